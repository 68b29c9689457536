"""What every export says: matches with their reasons, and on which data and by which matcher they were computed."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final

from flask_babel import gettext, ngettext
from markupsafe import Markup

from matcher.corpus import canonical_json
from matcher.eligibility import Outcome, assess
from matcher.explain import Coverage, Evidence, Explanation, Gap, Side
from matcher.match import Relation, Where
from matcher.profile import Cooperation, Kind, Profile, Programme, Readiness, Rule, Statement
from matcher.window import Availability
from web import i18n, triangles
from web.exports import kept
from web.facets import chosen_values
from web.matching import Board
from web.store.desk import Item, Shortlist

FORMAT: Final = "kakehashi-dossier"
FORMAT_VERSION: Final = 1
# More than anyone reads, and about what one request can make in the time a visitor waits.
MOST_ENTRIES: Final = 200
_MOST_PROGRAMMES: Final = 5
_MOST_QUESTIONS: Final = 6


class Source(StrEnum):
    """Where the matches of a dossier come from."""

    RANKING = "ranking"
    MATCH = "match"
    SHORTLIST = "shortlist"


@dataclass(frozen=True, slots=True)
class Origin:
    """The question that the dossier answers, so that it can be asked again; ``without`` are ids that were left out."""

    source: Source
    seeker_id: str = ""
    where: Where = field(default_factory=Where)
    top: int = 0
    shortlist_id: str = ""
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """How far a match on a shortlist has come; ``status`` and ``refusal`` are codes."""

    item_id: str
    version: int
    status: str
    refusal: str
    refusal_note: str
    note: str
    next_step: str
    next_step_on: date | None
    assignee: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One match as it was computed, with both sides as they were known then. ``place`` counts from 1."""

    place: int
    seeker: Profile
    partner: Profile
    explanation: Explanation
    corpus_id: str
    matcher_version: str
    programmes: tuple[Programme, ...]
    follow_up: FollowUp | None = None

    @property
    def has_places(self) -> bool:
        """Whether it is known where both are; a snapshot of an organisation since removed has its names only."""
        return all(p.subdivision for p in (self.seeker, self.partner))


@dataclass(frozen=True, slots=True)
class Dossier:
    """What a file is made of. ``corpus_id`` is the data at the time of export; entries may be older."""

    title: str
    lang: str
    made_at: datetime
    corpus_id: str
    matcher_version: str
    note: str
    origin: Origin
    entries: tuple[Entry, ...]

    @property
    def verification_id(self) -> str:
        """Sixteen hexadecimal digits, the same for every format and language of one content."""
        return verification_id(document(self))

    @property
    def is_followed(self) -> bool:
        """Whether it comes from a shortlist, with status and next steps."""
        return self.origin.source is Source.SHORTLIST


# --- from what is stored ----------------------------------------------------------------------------------------------


def of_ranking(board: Board, profile_id: str, where: Where, top: int, without: Collection[str] = ()) -> Dossier:
    """The best partners of an organisation under some filters, in the current locale; some of them left out."""
    seeker, top = board.profile(profile_id), min(top, MOST_ENTRIES)
    explanations = board.ranked(seeker.id, where, k=top, without=without).explanations
    title = gettext("Best partners of %(name)s", name=i18n.short_name(seeker))
    origin = Origin(Source.RANKING, seeker.id, where, top, without=tuple(sorted(without)))
    return _dossier(board, title, _filters(where), origin, explanations)


def of_match(board: Board, seeker_id: str, partner_id: str, relation: Relation | None) -> Dossier:
    """One match, in the relation asked for where the pair can have it."""
    relations = board.relations(seeker_id, partner_id) if relation else ()
    explanation = board.pair(seeker_id, partner_id, relation if relation in relations else None)
    seeker, partner = map(i18n.short_name, board.parties(explanation))
    where = Where(relations=(explanation.match.relation,))
    title = gettext("%(one)s and %(two)s", one=seeker, two=partner)
    origin = Origin(Source.MATCH, seeker_id, where, 1)
    return _dossier(board, title, "", origin, [explanation])


def of_shortlist(board: Board, shortlist: Shortlist, chosen: Collection[uuid.UUID] = ()) -> Dossier:
    """A shortlist, or the chosen ones of its items, each as it was when it was put there."""
    items = [item for item in shortlist.items if not chosen or item.id in chosen][:MOST_ENTRIES]
    entries = []
    for place, item in enumerate(items, 1):
        seeker, partner = (kept.party(board, side) for side in (item.snapshot.seeker, item.snapshot.partner))
        explanation = kept.explanation(item.snapshot, seeker, partner)
        programmes = programmes_for(board, seeker, partner)
        made_from = item.corpus_id, item.matcher_version
        entries.append(Entry(place, seeker, partner, explanation, *made_from, programmes, _follow_up(item)))
    origin = Origin(Source.SHORTLIST, shortlist_id=str(shortlist.id))
    return Dossier(
        shortlist.title, i18n.language(), datetime.now(UTC), board.corpus.snapshot_id, board.matcher_version, "",
        origin, tuple(entries),
    )  # fmt: skip


def _follow_up(item: Item) -> FollowUp:
    return FollowUp(
        item_id=str(item.id),
        version=item.version,
        status=item.status.value,
        refusal=item.refusal.value if item.refusal else "",
        refusal_note=item.refusal_note,
        note=item.note,
        next_step=item.next_step,
        next_step_on=item.next_step_on,
        assignee=item.assignee.name if item.assignee else "",
    )


def _dossier(board: Board, title: str, note: str, origin: Origin, explanations: Iterable[Explanation]) -> Dossier:
    snapshot = board.corpus.snapshot_id
    entries = []
    for place, explanation in enumerate(explanations, 1):
        seeker, partner = board.parties(explanation)
        programmes = programmes_for(board, seeker, partner)
        entries.append(Entry(place, seeker, partner, explanation, snapshot, board.matcher_version, programmes))
    return Dossier(
        title, i18n.language(), datetime.now(UTC), snapshot, board.matcher_version, note, origin, tuple(entries)
    )  # fmt: skip


def programmes_for(board: Board, one: Profile, other: Profile) -> tuple[Programme, ...]:
    """Programmes of a field that both sides work in and that no known rule closes to them, the usable ones first."""
    fields = {*one.fields} & {*other.fields}
    order = list(Availability)
    found = (p for p in board.corpus.programmes.values() if fields & {*p.fields} and _is_open_to(p, one, other))
    # One for both countries says more about a pair than one for either.
    best = sorted(found, key=lambda p: (order.index(_today(p)), -len(p.countries), p.id))
    return tuple(best[:_MOST_PROGRAMMES])


def _is_open_to(programme: Programme, one: Profile, other: Profile) -> bool:
    return assess(programme, [one, other]).outcome is not Outcome.NOT_MET


def _today(programme: Programme) -> Availability:
    return triangles.window_of(programme, triangles.now()).availability


def programme_status(programme: Programme) -> str:
    """The status as read, or closed where the last day has passed since, in words."""
    return i18n.programme_facet_label("status", _today(programme))


def checklist(entry: Entry, programme: Programme) -> tuple[tuple[Rule, Outcome | None], ...]:
    """The rules of a programme with what is known of this pair; None for terms, which exclude nobody."""
    found = assess(programme, [entry.seeker, entry.partner])
    checked = [(rule, check.outcome) for check in found.checks for rule in check.rules]
    return (*checked, *((rule, None) for rule in found.terms))


def _filters(where: Where) -> str:
    """The filters in words."""
    chosen = {name: values for name, values in chosen_values(where).items() if values}
    words = (
        gettext(
            "%(facet)s: %(value)s",
            facet=i18n.FACETS[name],
            value=gettext(", ").join(i18n.facet_label(name, value) for value in values),
        )
        for name, values in chosen.items()
    )
    return gettext("; ").join(words)


def status(follow_up: FollowUp) -> str:
    """How far it has come, in words, with the reason where a side declined."""
    word = str(i18n.STATUSES[follow_up.status])
    if not follow_up.refusal:
        return word
    reason = str(i18n.REFUSALS[follow_up.refusal])
    if follow_up.refusal_note:
        reason = gettext("%(label)s: %(value)s", label=reason, value=follow_up.refusal_note)
    return gettext("%(word)s (%(detail)s)", word=word, detail=reason)


# --- in words ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One want with its best answer, or without one."""

    side: Side
    wants: Profile
    has: Profile
    wanted: Statement
    met_by: Statement | None
    coverage: Coverage
    points: float
    shared: tuple[str, ...]


def lines(entry: Entry) -> tuple[Line, ...]:
    """The evidence of a match, the strongest first, then what nothing answers. The points add up to the fit shown.

    The common ground is the rest: it stands on no statement.
    """
    why, steps = entry.explanation, i18n.steps(entry.explanation)

    def line(of: Evidence | Gap, points: float) -> Line:
        wants, has = (entry.seeker, entry.partner) if of.side is Side.GETS else (entry.partner, entry.seeker)
        if isinstance(of, Gap):
            return Line(of.side, wants, has, of.wanted, None, of.coverage, 0.0, ())
        return Line(of.side, wants, has, of.wanted, of.met_by, of.coverage, points, of.shared)

    found = [line(e, points) for e, points in zip(why.evidence, steps, strict=False)]
    answered = {(e.side, e.wanted.id) for e in why.evidence}
    return (*found, *(line(g, 0.0) for g in why.gaps if (g.side, g.wanted.id) not in answered))


def questions(entry: Entry) -> tuple[str, ...]:
    """What to ask next, in the current locale: what is not public, derived only, or not answered."""
    return _questions(entry, i18n.shorten)


def questions_markup(entry: Entry) -> tuple[str, ...]:
    """:func:`questions` with the language of quoted words marked."""
    return _questions(entry, lambda statement: i18n.quoted(statement, 100))


def _questions(entry: Entry, quote: Callable[[Statement], str]) -> tuple[str, ...]:
    asked: list[tuple[str, Mapping[str, str]]] = []
    for side in entry.explanation.unknown:
        wants = entry.seeker if side is Side.GETS else entry.partner
        message = gettext("Ask %(name)s what it looks for: no public need was found.")
        asked.append((message, {"name": i18n.short_name(wants)}))
    for line in lines(entry):
        values = {"name": i18n.short_name(line.wants), "other": i18n.short_name(line.has), "text": quote(line.wanted)}
        if line.coverage in (Coverage.MISSING, Coverage.UNKNOWN):
            message = gettext("Ask %(other)s whether it could answer %(name)s: “%(text)s”")
            asked.append((message, values))
        elif line.wanted.is_inferred:
            message = gettext("Check with %(name)s that it still wants this: “%(text)s”")
            asked.append((message, values))
    return tuple(_filled(message, values) for message, values in asked[:_MOST_QUESTIONS])


def _filled(message: str, values: Mapping[str, str]) -> str:
    """A message with its values; escaped for a page where one of them is markup."""
    if any(isinstance(value, Markup) for value in values.values()):
        return Markup(message) % dict(values)  # noqa: S704 - a message of ours
    return message % dict(values)


def counted(dossier: Dossier) -> str:
    """How many matches there are."""
    count = len(dossier.entries)
    return ngettext("%(number)s match", "%(number)s matches", count, number=i18n.number(count))


def provenance(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    """What one needs to make the same list again, as labels and values."""
    older = sorted({e.corpus_id for e in dossier.entries} - {dossier.corpus_id})
    return (
        (gettext("Verification id"), spaced(dossier.verification_id)),
        (gettext("Data snapshot"), dossier.corpus_id),
        *(((gettext("Snapshots of the matches"), ", ".join(older)),) if older else ()),
        (gettext("Matcher version"), gettext(", ").join(sorted({e.matcher_version for e in dossier.entries}) or ["–"])),
        (gettext("Made on"), i18n.day(dossier.made_at.date())),
        (gettext("Matches"), i18n.number(len(dossier.entries))),
        *(((gettext("Filters"), dossier.note),) if dossier.note and not dossier.is_followed else ()),
        *(((gettext("Left out"), _left_out(dossier)),) if dossier.origin.without else ()),
    )


def _left_out(dossier: Dossier) -> str:
    count = len(dossier.origin.without)
    return ngettext(
        "%(number)s partner that was refused", "%(number)s partners that were refused", count, number=i18n.number(count)
    )


def method() -> tuple[str, ...]:
    """How to read an export, a paragraph each."""
    return (
        gettext("Fit says how well needs and offers meet, in points; confidence says how much is known of both sides."),
        gettext("Words for the fit: %(bounds)s", bounds=i18n.band_bounds()),
        gettext(
            "Each want is held against every statement of the other side, across languages. What its best answer adds "
            "is listed; the parts and the common ground of both profiles add up to the fit."
        ),
        gettext(
            "A machine compares the statements; it can mistake likeness of words for a real answer. Read both texts, "
            "and the sources, before you act."
        ),
        gettext(
            "Only public sources are read. A need that is missing here is not a need that is absent. Programmes are as "
            "they were on the day they were read: check status and rules with the operator."
        ),
        gettext(
            "To check this list later, export it as JSON too and run: kakehashi verify FILE. It ranks again and says "
            "what differs."
        ),
    )


def spaced(digits: str) -> str:
    """An id in groups of four, to be read aloud.

    >>> spaced("0123456789abcdef")
    '0123-4567-89ab-cdef'
    """
    return "-".join(digits[i : i + 4] for i in range(0, len(digits), 4))


# --- as JSON ----------------------------------------------------------------------------------------------------------


def document(dossier: Dossier) -> dict[str, Any]:
    """The whole dossier as plain values for JSON; ``verify`` needs nothing else."""
    origin = dossier.origin
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "title": dossier.title,
        "lang": dossier.lang,
        "made_at": dossier.made_at.isoformat(timespec="seconds"),
        "data_snapshot": dossier.corpus_id,
        "matcher_version": dossier.matcher_version,
        "origin": {
            "source": origin.source.value,
            "seeker": origin.seeker_id,
            "top": origin.top,
            "filters": {name: list(values) for name, values in chosen_values(origin.where).items() if values},
            "shortlist": origin.shortlist_id,
            # Only where there are any: the id of a dossier of before stays what it was.
            **({"without": list(origin.without)} if origin.without else {}),
        },
        "entries": [_entry_document(entry) for entry in dossier.entries],
    }


def _entry_document(entry: Entry) -> dict[str, Any]:
    follow = entry.follow_up
    return {
        "place": entry.place,
        "seeker": _party(entry.seeker),
        "partner": _party(entry.partner),
        "data_snapshot": entry.corpus_id,
        "matcher_version": entry.matcher_version,
        "match": entry.explanation.to_dict(),
        "programmes": [p.id for p in entry.programmes],
        "follow_up": None if follow is None else {
            "item": follow.item_id,
            "status": follow.status,
            "refusal": follow.refusal,
            "refusal_note": follow.refusal_note,
            "note": follow.note,
            "next_step": follow.next_step,
            "next_step_on": follow.next_step_on.isoformat() if follow.next_step_on else None,
            "assignee": follow.assignee,
        },
    }  # fmt: skip


def _party(profile: Profile) -> dict[str, Any]:
    return {"id": profile.id, "names": dict(profile.names), "country": profile.country.value}


_FILTERS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "kind": ("kinds", Kind),
    "field": ("fields", str),
    "subdivision": ("subdivisions", str),
    "relation": ("relations", Relation),
    "language": ("languages", str),
    "trl": ("readiness", Readiness),
    "cooperation": ("cooperations", Cooperation),
}


def read_filters(filters: Mapping[str, Iterable[str]]) -> Where:
    """The filters of a document again; KeyError or ValueError for what is none."""
    named = {_FILTERS[name][0]: tuple(map(_FILTERS[name][1], values)) for name, values in filters.items()}
    return Where(**named)


# Words of the reader's language and the moment of export: the same list has the same id in every language.
_WORDS: Final = ("verification_id", "title", "lang", "made_at")


def verification_id(content: Mapping[str, Any]) -> str:
    """The id of a dossier document: the start of a SHA-256 over everything but its words and time."""
    rest = {name: value for name, value in content.items() if name not in _WORDS}
    return hashlib.sha256(canonical_json(rest)).hexdigest()[:16]
