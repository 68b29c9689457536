"""Programmes: when to apply, for which pair, with whom, and what their rules say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, request

from matcher.document import programme_document
from matcher.profile import Profile, Programme
from matcher.triangles import Triangle
from web import triangles
from web.api import answers, schemas
from web.api.asked import CheckQuery, ConsortiumQuery, ProgrammesQuery
from web.api.contract import N_, operation
from web.facets import narrow_programmes
from web.forms import programmes as forms
from web.matching import Board, current_board
from web.problems import FieldFault, Invalid

_PROGRAMME = {"programme_id": "globalstars-japan"}


@operation(
    "GET", "/programmes", tag="programmes", summary=N_("List programmes with their status today"),
    query=ProgrammesQuery, answers={200: schemas.Programmes}, example={"status": "open"},
)  # fmt: skip
def programmes(query: ProgrammesQuery) -> Response:
    """The programmes that pass the filters of the page."""
    board, at = current_board(), triangles.now()
    every = list(board.corpus.programmes.values())
    chosen = {name: tuple(map(str, getattr(query, name))) for name in ProgrammesQuery.model_fields}
    kept = narrow_programmes(every, [triangles.window_of(p, at) for p in every], chosen)
    return answers.of_board(board, programmes=[_programme(every[i]) for i in kept.kept])


@operation(
    "GET", "/programmes/<programme_id>", tag="programmes", summary=N_("One programme and its best pairs"),
    answers={200: schemas.ProgrammeAnswer}, problems=(404,), example=_PROGRAMME,
)  # fmt: skip
def programme(programme_id: str) -> Response:
    """What it says, how it stands today, and for whom it is."""
    board, at = current_board(), triangles.now()
    found = _programme(board.programme(programme_id))
    return answers.of_board(board, programme=found, triangles=_all(triangles.for_programme(board, programme_id, at)))


@operation(
    "GET", "/organisations/<organisation_id>/programmes", tag="programmes",
    summary=N_("The best combinations of a partner and a programme"), answers={200: schemas.OrganisationProgrammes},
    problems=(301, 404, 410), example={"organisation_id": "kinova"},
)  # fmt: skip
def organisation_programmes(organisation_id: str) -> Response:
    """Whom to apply with, and where."""
    board, at = current_board(), triangles.now()
    profile = board.profile(organisation_id)
    found = _all(triangles.for_organisation(board, profile.id, at))
    return answers.of_board(board, organisation=profile.id, triangles=found)


@operation(
    "GET", "/matches/<seeker_id>/<partner_id>/programmes", tag="programmes", summary=N_("The programmes for a pair"),
    answers={200: schemas.MatchProgrammes}, problems=(301, 404, 410),
    example={"seeker_id": "kinova", "partner_id": "cyberdyne"},
)  # fmt: skip
def match_programmes(seeker_id: str, partner_id: str) -> Response:
    """Those that pay or may pay, those that give a frame, and those to watch."""
    board, at = current_board(), triangles.now()
    match = board.pair(seeker_id, partner_id).match
    found = triangles.for_pair(board, match.seeker_id, match.partner_id, at)
    return answers.of_board(board, current=_all(found.current), frames=_all(found.frames), watched=_all(found.watched))


@operation(
    "GET", "/programmes/<programme_id>/check", tag="programmes",
    summary=N_("Hold some organisations against the rules of a programme"), query=CheckQuery,
    answers={200: schemas.Check}, problems=(301, 404, 410), example=_PROGRAMME | {"with": "kinova"},
)  # fmt: skip
def check(programme_id: str, query: CheckQuery) -> Response:
    """Each rule met, not met or unknown, and the next question to ask."""
    board, form = current_board(), _facts()
    board.programme(programme_id)
    members = _members(board, query.members)
    found = triangles.check(board, programme_id, members, form.facts, triangles.now())
    return answers.of_board(board, eligibility=found.assessment.to_dict(), topic=found.topic.value)


@operation(
    "GET", "/programmes/<programme_id>/consortium", tag="programmes",
    summary=N_("Propose whom else to bring together for a programme"), query=ConsortiumQuery,
    answers={200: schemas.Consortium}, problems=(301, 404, 410), example=_PROGRAMME | {"with": "kinova"},
)  # fmt: skip
def consortium(programme_id: str, query: ConsortiumQuery) -> Response:
    """Members for the rules and for the needs."""
    board, form = current_board(), _facts()
    board.programme(programme_id)
    members = _members(board, query.members)
    found = triangles.propose(board, programme_id, members, form.facts, without=query.without, size=query.size)
    return answers.of_board(board, **found.to_dict())


# --- within -----------------------------------------------------------------------------------------------------------


def _programme(programme: Programme) -> dict[str, Any]:
    window = triangles.window_of(programme, triangles.now())
    today = {
        "availability": window.availability.value,
        "is_watched": window.is_watched,
        "days_left": window.days_left,
        "dates": {code: day.isoformat() for code, day in window.dates},
    }
    return programme_document(programme) | {"today": today}


def _all(found: Iterable[Triangle]) -> list[dict[str, Any]]:
    return [triangle.to_dict() for triangle in found]


def _members(board: Board, ids: Sequence[str]) -> list[Profile]:
    return [board.profile(i) for i in dict.fromkeys(ids)]


def _facts() -> forms.FactForm:
    """What only people know of a project, as on the page; what cannot be used is a fault here."""
    form = forms.read_facts(request.args)
    told = [name for name in request.args if name not in {"with", "without", "size"}]
    faults = [FieldFault(name, code) for name, code in form.faults.items()]
    faults += [FieldFault(n, "choice" if forms.is_fact(n) else "unknown") for n in told if n not in form.texts]
    if faults:
        raise Invalid(faults)
    return form
