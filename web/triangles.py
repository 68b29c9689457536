"""What pages and commands ask of programmes: when to apply, for which pair, with whom, and what is still to be asked.

The answers are those of the library (:mod:`matcher.triangles`); here they meet the clock. A date without a time of day
ends at 23:59 where the programme is run. One that both countries run ends where the day ends first, to be on the safe
side, and counts as closed only when the day is over in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from matcher import consortium
from matcher.consortium import LARGEST, Proposal
from matcher.eligibility import NO_FACTS, Assessment, Facts, Outcome, assess
from matcher.explain import Coverage, Explanation
from matcher.profile import Country, Profile, Programme, Statement
from matcher.screening import Hint, hints
from matcher.triangles import TopicFit, Triangle
from matcher.window import Availability, Window, applicable
from web.facets import funding
from web.matching import Board

# Canada spans six zones; calls of its federal bodies are read in the one of Ottawa.
ZONES: Final[Mapping[Country, ZoneInfo]] = {Country.JP: ZoneInfo("Asia/Tokyo"), Country.CA: ZoneInfo("America/Toronto")}
# Days on which something begins or is made known; the others are the last of something.
_BEGINNINGS: Final = frozenset({"opens"})
_NO_DEADLINES: Final = frozenset({"result"})
_MORE: Final = 4
_LONGEST_NAME: Final = 80
_MOST_NEAR: Final = 5


@dataclass(frozen=True, slots=True)
class Deadline:
    """A known date of a programme; ``at`` is the moment, None for a day that no one can miss."""

    code: str
    day: date
    country: Country
    at: datetime | None

    def in_zone(self, country: Country) -> datetime | None:
        """The moment on a clock of one side."""
        return self.at.astimezone(ZONES[country]) if self.at else None


def now() -> datetime:
    """The moment of asking, which tests put elsewhere."""
    return datetime.now(UTC)


def run_in(programme: Programme) -> Country | None:
    """Where a programme is run; None where both countries do."""
    return programme.countries[0] if len(programme.countries) == 1 else None


def today_of(programme: Programme, at: datetime) -> date:
    """The day it is for a programme.

    >>> from matcher.corpus import Corpus
    >>> joint = Corpus.shipped().programmes["globalstars-japan"]
    >>> today_of(joint, datetime(2026, 1, 22, 4, 0, tzinfo=UTC))
    datetime.date(2026, 1, 21)
    """
    country = run_in(programme)
    zones = [ZONES[country]] if country else ZONES.values()
    return min(at.astimezone(zone).date() for zone in zones)


def window_of(programme: Programme, at: datetime) -> Window:
    """Whether a programme can be applied for at a moment."""
    return applicable(programme, today_of(programme, at))


def deadlines(programme: Programme, at: datetime) -> tuple[Deadline, ...]:
    """The known dates that are not past, in order."""
    window, today = window_of(programme, at), today_of(programme, at)
    return tuple(_deadline(programme, code, day) for code, day in window.dates if day >= today)


def _deadline(programme: Programme, code: str, day: date) -> Deadline:
    # Of two zones the day ends first in the east.
    country = run_in(programme) or Country.JP
    if code in _NO_DEADLINES:
        return Deadline(code, day, country, None)
    clock = time(0, 0) if code in _BEGINNINGS else time(23, 59)
    return Deadline(code, day, country, datetime.combine(day, clock, ZONES[country]))


# --- triangles --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Excluded:
    """A programme that could be applied for, but not by this pair: the rules that are not met."""

    programme: Programme
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class ForPair:
    """The programmes of a pair.

    ``current`` pay or may pay, the open ones first; ``frames`` give a partnership a frame but no money; ``watched`` are
    closed and may come again; of ``excluded`` a rule is not met.
    """

    current: tuple[Triangle, ...]
    frames: tuple[Triangle, ...]
    watched: tuple[Triangle, ...]
    excluded: tuple[Excluded, ...]


def for_pair(board: Board, one: str, other: str, at: datetime) -> ForPair:
    """All programmes of a pair, best first."""
    return board.remembered("pair", one, other, _days(at), make=lambda: _for_pair(board, one, other, at))


def _for_pair(board: Board, one: str, other: str, at: datetime) -> ForPair:
    found = _seen_from(board, board.triangles().of_pair(one, other, _earliest(at)), at)
    members = [board.profile(one), board.profile(other)]
    excluded = []
    for programme in board.corpus.programmes.values():
        if window_of(programme, at).availability is not Availability.CLOSED:
            assessment = assess(programme, members, taxonomy=board.taxonomy)
            if assessment.outcome is Outcome.NOT_MET:
                excluded.append(Excluded(programme, assessment))
    current = sorted(
        (t for t in found if not t.window.is_watched), key=lambda t: (not t.window.is_applicable, *t.order)
    )
    pays = {t.programme_id: funding(board.corpus.programmes[t.programme_id]) != "no" for t in current}
    return ForPair(
        tuple(t for t in current if pays[t.programme_id]),
        tuple(t for t in current if not pays[t.programme_id]),
        tuple(t for t in found if t.window.is_watched),
        tuple(excluded),
    )


def for_organisation(board: Board, profile_id: str, at: datetime, k: int = 10) -> tuple[Triangle, ...]:
    """The best combinations of a partner and a programme that pays or may pay."""
    board.profile(profile_id)
    return board.remembered(
        "organisation", profile_id, _days(at), k, make=lambda: _for_organisation(board, profile_id, at, k)
    )


def _for_organisation(board: Board, profile_id: str, at: datetime, k: int) -> tuple[Triangle, ...]:
    # Most pay, so this many more make up for those that do not.
    found = board.triangles().of_organisation(profile_id, _earliest(at), _MORE * k)
    pays = {p.id: funding(p) != "no" for p in board.corpus.programmes.values()}
    return tuple(t for t in _seen_from(board, found, at) if pays[t.programme_id])[:k]


def for_programme(board: Board, programme_id: str, at: datetime, k: int = 5) -> tuple[Triangle, ...]:
    """The best pairs for a programme, among the organisations most on topic."""
    board.programme(programme_id)
    return board.remembered(
        "programme", programme_id, _days(at), k,
        make=lambda: _seen_from(
            board, board.triangles().of_programme(programme_id, _earliest(at), k), at
        ),
    )  # fmt: skip


def _earliest(at: datetime) -> date:
    """The day on the clock that is behind: nothing is past anywhere that is not past there."""
    return min(at.astimezone(zone).date() for zone in ZONES.values())


def _days(at: datetime) -> tuple[date, ...]:
    return tuple(at.astimezone(zone).date() for zone in ZONES.values())


def _seen_from(board: Board, triangles: Iterable[Triangle], at: datetime) -> tuple[Triangle, ...]:
    """The triangles by the clock of each programme, in order; those past for good are dropped."""
    found = []
    for triangle in triangles:
        window = window_of(board.corpus.programmes[triangle.programme_id], at)
        if window.availability is not Availability.CLOSED or window.is_watched:
            found.append(replace(triangle, window=window))
    return tuple(sorted(found, key=lambda t: t.order))


@dataclass(frozen=True, slots=True)
class OnTopic:
    """A statement of a programme, what answers it best and whose that is, and what this adds to the topic fit."""

    wanted: Statement
    owner: Profile
    met_by: Statement
    value: float


def evidence(board: Board, topic: TopicFit) -> tuple[OnTopic, ...]:
    """What a topic fit consists of, the most first."""
    said = {s.id: s for s in board.corpus.programmes[topic.programme_id].statements}
    profiles = board.corpus.profiles
    return tuple(
        OnTopic(said[c.wanted_id], profiles[who], profiles[who].statement(c.met_by_id), value)
        for who, c, value in topic.shares
    )


def screening(board: Board, explanation: Explanation) -> tuple[Hint, ...]:
    """The official lists that the evidence of a match touches."""
    answered = [e for e in explanation.evidence if e.coverage is not Coverage.MISSING]
    return hints([s for e in answered for s in (e.wanted, e.met_by)], board.taxonomy)


# --- one programme and some members -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """A programme held against some members: its rules, its dates and how much it speaks of what they do.

    ``plain`` is the assessment without what people have told, which says what there is to tell.
    """

    programme: Programme
    members: tuple[Profile, ...]
    plain: Assessment
    assessment: Assessment
    topic: TopicFit
    window: Window


@dataclass(frozen=True, slots=True)
class Gathered:
    """The organisations named for a programme, and what was named in vain: ``near`` may be meant instead."""

    members: tuple[Profile, ...] = ()
    unknown: tuple[str, ...] = ()
    near: tuple[Profile, ...] = ()
    is_cut: bool = False

    @property
    def ids(self) -> list[str]:
        return [p.id for p in self.members]


def gather(board: Board, ids: Sequence[str], typed: str = "") -> Gathered:
    """The organisations of an address, and one more by a name that somebody typed."""
    asked = list(dict.fromkeys(board.moved.get(i, i) for i in ids))
    unknown = [i for i in asked if i not in board.corpus.profiles]
    near: tuple[Profile, ...] = ()
    if typed:
        found = [p for p in board.lookup(typed[:_LONGEST_NAME]) if p.id in board.corpus.profiles]
        exact = [p for p in found if typed.casefold() in {n.casefold() for n in (p.id, *p.names.values(), *p.aliases)}]
        chosen = exact[:1] or (found if len(found) == 1 else [])
        asked += [p.id for p in chosen if p.id not in asked]
        if not chosen:
            unknown.append(typed[:_LONGEST_NAME])
            near = tuple(found[:_MOST_NEAR])
    members = tuple(board.corpus.profiles[i] for i in asked if i in board.corpus.profiles)
    return Gathered(members[:LARGEST], tuple(unknown), near, len(members) > LARGEST)


def check(board: Board, programme_id: str, members: Sequence[Profile], facts: Facts, at: datetime) -> Checked:
    """The rules of a programme for some members; ContradictoryFacts where shares cannot be true."""
    programme = board.programme(programme_id)
    plain = assess(programme, members, taxonomy=board.taxonomy)
    assessment = plain if facts == NO_FACTS else assess(programme, members, facts, board.taxonomy)
    topic = board.triangles().topic(programme_id, [m.id for m in members])
    return Checked(programme, tuple(members), plain, assessment, topic, window_of(programme, at))


def propose(  # noqa: PLR0913 - a question with its options
    board: Board,
    programme_id: str,
    given: Sequence[Profile],
    facts: Facts = NO_FACTS,
    *,
    without: Sequence[str] = (),
    size: int = 0,
) -> Proposal:
    """Whom else to invite, for the rules and for the needs."""
    board.programme(programme_id)
    ids = [p.id for p in given]
    return consortium.propose(board.triangles(), programme_id, ids, facts, size=size, without=without)
