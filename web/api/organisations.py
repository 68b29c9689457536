"""Organisations: searching and browsing them, their partners, and one match."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask import Response

from matcher.document import profile_document
from matcher.explain import Evidence, Explanation
from matcher.profile import Profile
from web.api import answers, schemas
from web.api.asked import MatchesQuery, MatchQuery, OrganisationsQuery, Paged, SearchQuery
from web.api.contract import N_, operation
from web.facets import Facet
from web.matching import Board, Found, Listing, current_board
from web.problems import NoRelation

# Up to so many rows, without all their reasons, a list is kept as it was written.
_USUAL: Final = 20
_ORGANISATION = {"organisation_id": "kinova"}
_PAIR = {"seeker_id": "kinova", "partner_id": "cyberdyne"}


@operation(
    "GET", "/search", tag="organisations", summary=N_("Search organisations by name or by what they state"),
    query=SearchQuery, answers={200: schemas.Search}, problems=(409,), example={"q": "robots for elder care"},
)  # fmt: skip
def search(query: SearchQuery) -> Response:
    """The best answers to a text, with what else to look at."""
    board = current_board()
    answers.check_edition(board, query)
    listing = Listing(query.page, query.sort, query.lang)
    found = board.search(query.q, query.where(), query.country, query.per_page, listing)
    return _listed(
        board, query, found.total, found.facets, organisations=[_hit(f) for f in found.found],
        programmes=[p.id for p in found.programmes], suggestions=[p.id for p in found.suggestions],
    )  # fmt: skip


@operation(
    "GET", "/organisations", tag="organisations", summary=N_("List organisations"),
    query=OrganisationsQuery, answers={200: schemas.Organisations}, problems=(409,), example={"country": "CA"},
)  # fmt: skip
def organisations(query: OrganisationsQuery) -> Response:
    """All that pass the filters."""
    board = current_board()
    answers.check_edition(board, query)
    listing = Listing(query.page, query.sort, query.lang)
    found = board.browse(query.where(), query.country, query.per_page, listing)
    return _listed(board, query, found.total, found.facets, organisations=[party(f.profile) for f in found.found])


@operation(
    "GET", "/organisations/<organisation_id>", tag="organisations", summary=N_("One organisation with its statements"),
    answers={200: schemas.Organisation}, problems=(301, 404), example=_ORGANISATION,
)  # fmt: skip
def organisation(organisation_id: str) -> Response:
    """A profile, whether or not it can have matches."""
    board = current_board()
    profile = board.organisation(organisation_id)
    state = "closed" if profile.id in board.corpus.closed else "silent"
    return answers.one(
        profile_document(profile) | {"state": "listed" if profile.id in board.corpus.profiles else state}
    )


@operation(
    "GET", "/organisations/<organisation_id>/matches", tag="matches",
    summary=N_("The partners of an organisation, best first"), query=MatchesQuery, answers={200: schemas.Matches},
    problems=(301, 404, 409, 410), example=_ORGANISATION | {"kind": "company"},
)  # fmt: skip
def matches(organisation_id: str, query: MatchesQuery) -> Response:
    """A ranked list, each partner in the relation that fits best."""
    board = current_board()
    seeker = board.profile(organisation_id)
    answers.check_edition(board, query)
    is_usual = not query.explain and query.per_page <= _USUAL
    key = ("matches", seeker.id, query.model_copy(update={"edition": None}))
    total, text = (
        board.document(*key, make=lambda: _ranked(board, seeker, query)) if is_usual else _ranked(board, seeker, query)
    )
    return answers.linked(answers.written(text), query, total, board.version)


def _ranked(board: Board, seeker: Profile, query: MatchesQuery) -> tuple[int, str]:
    ranked = board.ranked(seeker.id, query.where(query.relation), query.per_page, query.page)
    first = (query.page - 1) * query.per_page + 1
    rows = [_row(board, i, why, is_explained=query.explain) for i, why in enumerate(ranked.explanations, first)]
    content = {
        "snapshot": board.corpus.snapshot_id, "edition": board.version, "matcher_version": board.matcher_version,
        "organisation": seeker.id, **answers.paged(query, ranked.total, rows, "matches"),
        "facets": facet_counts(ranked.facets),
    }  # fmt: skip
    return ranked.total, answers.dumped(content)


@operation(
    "GET", "/matches/<seeker_id>/<partner_id>", tag="matches", summary=N_("One match with all its reasons"),
    query=MatchQuery, answers={200: schemas.Match}, problems=(301, 404, 410), example=_PAIR,
)  # fmt: skip
def match(seeker_id: str, partner_id: str, query: MatchQuery) -> Response:
    """Why two organisations fit, in the relation asked for or in their best one."""
    board = current_board()
    best = board.pair(seeker_id, partner_id)
    relations = board.relations(seeker_id, partner_id)
    if query.relation is not None and query.relation not in relations:
        raise NoRelation(query.relation)
    why = best if query.relation is None else board.pair(seeker_id, partner_id, query.relation)
    seeker, partner = board.parties(why)
    return answers.of_board(
        board, matcher_version=board.matcher_version, seeker=party(seeker), partner=party(partner),
        relations=relations, best_relation=best.match.relation, explanation=why.to_dict(),
    )  # fmt: skip


# --- within -----------------------------------------------------------------------------------------------------------


def party(profile: Profile) -> dict[str, Any]:
    """An organisation in a list."""
    return {
        "id": profile.id,
        "names": dict(profile.names),
        "country": profile.country,
        "kind": profile.kind,
        "subdivision": profile.subdivision,
        "fields": list(profile.fields),
    }


def facet_counts(facets: Iterable[Facet]) -> Mapping[str, list[dict[str, Any]]]:
    """How many there would be with each value of each filter."""
    return {f.name: [{"value": value, "count": count} for value, count in f.counts] for f in facets}


def _listed(board: Board, query: Paged, total: int, facets: Iterable[Facet], **rows: Any) -> Response:
    content = {"edition": board.version, "total": total, "page": query.page, "per_page": query.per_page}
    answer = answers.of_board(board, **content, **rows, facets=facet_counts(facets))
    return answers.linked(answer, query, total, board.version)


def _hit(found: Found) -> dict[str, Any]:
    said = found.statement
    statement = None if said is None else {"id": said.id, "role": said.role, "lang": said.lang, "text": said.text}
    by = {"found_by": "name" if said is None else "meaning", "statement": statement}
    return party(found.profile) | by | {"shared_concepts": list(found.shared)}


def _row(board: Board, rank: int, why: Explanation, *, is_explained: bool) -> dict[str, Any]:
    explained, best = why.to_dict(), why.best
    row = {
        "rank": rank,
        "partner": party(board.parties(why)[1]),
        **{name: explained[name] for name in ("relation", "fit", "band", "confidence")},
        "evidence": None if best is None else _evidence(explained, why.evidence, best),
    }
    return row | {"explanation": explained} if is_explained else row


def _evidence(explained: Mapping[str, Any], every: tuple[Evidence, ...], best: Evidence) -> Any:
    return explained["evidence"][every.index(best)]
