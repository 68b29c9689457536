"""Why a match scores as it does: evidence, gaps and a sum that can be checked. Codes and numbers, never sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from matcher.match import Contribution, Match, Relation, Signals
from matcher.profile import Profile, Statement
from matcher.ranking import Matcher
from matcher.taxonomy import Taxonomy

# From this similarity on, a statement is met; from the lower one on, partly.
COVERED: Final = 0.15
PARTLY: Final = 0.06


class Coverage(StrEnum):
    """How far a want is met."""

    COVERED = "covered"
    PARTLY = "partly"
    MISSING = "missing"
    # The other side states nothing that could answer: nobody can say whether it is met.
    UNKNOWN = "unknown"


class Side(StrEnum):
    """Whose want it is, or what both share."""

    GETS = "gets"
    GIVES = "gives"
    GROUND = "ground"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One want beside the statement that answers it best, in the words of both, and what it adds to the fit.

    ``points`` is its part of the fit in hundredths; ``shared`` are concepts that both name, the narrowest first.
    """

    side: Side
    wanted: Statement
    met_by: Statement
    coverage: Coverage
    points: float
    signals: Signals
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drop:
    """By how many points the fit would fall were the statement that meets a want not there.

    ``side`` is that of the wants it meets. The fit is that of the same pair in the same relation, scored again without
    the statement; other statements may take its place, so it can fall by less than the points of the evidence, and by
    more where the whole profiles are less alike. Where the relation would no longer be open to the pair, the common
    ground is what remains of the fit.
    """

    side: Side
    met_by_id: str
    points: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A want that nothing on the other side answers, or of which that is not known."""

    side: Side
    wanted: Statement
    coverage: Coverage = Coverage.MISSING


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the waterfall, in points (hundredths of fit): ``end - start`` is what it adds.

    The bar of the common ground has no statements.
    """

    side: Side
    wanted_id: str
    met_by_id: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything the match page says, for it to put into words.

    ``unknown`` names the sides whose wants are not public at all: that is not the same as unmet. ``common`` are the
    concepts that both profiles speak of anywhere, the narrowest first.
    """

    match: Match
    evidence: tuple[Evidence, ...]
    gaps: tuple[Gap, ...]
    unknown: tuple[Side, ...]
    bars: tuple[Bar, ...]
    common: tuple[str, ...]

    @property
    def best(self) -> Evidence | None:
        """The evidence that adds most: the one plain reason."""
        return max(self.evidence, key=lambda e: e.points, default=None)

    def of(self, side: Side) -> tuple[Evidence, ...]:
        """The evidence of one side, the strongest first."""
        return tuple(sorted((e for e in self.evidence if e.side is side), key=lambda e: -e.points))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: the match and its evidence with texts and sources."""

        def statement(s: Statement) -> dict[str, Any]:
            return {"id": s.id, "lang": s.lang, "text": s.text, "source": s.source, "read_on": s.read_on.isoformat()}

        return self.match.to_dict() | {
            "evidence": [
                {
                    "side": e.side.value,
                    "wanted": statement(e.wanted),
                    "met_by": statement(e.met_by),
                    "coverage": e.coverage.value,
                    "points": e.points,
                    "shared_concepts": list(e.shared),
                }
                for e in self.evidence
            ],
            "gaps": [
                {"side": g.side.value, "wanted": statement(g.wanted), "coverage": g.coverage.value} for g in self.gaps
            ],
            "unknown": [side.value for side in self.unknown],
            "common_concepts": list(self.common),
            "waterfall": [
                {"side": b.side.value, "wanted": b.wanted_id, "met_by": b.met_by_id, "start": b.start, "end": b.end}
                for b in self.bars
            ],
        }


def explain(match: Match, seeker: Profile, partner: Profile, taxonomy: Taxonomy) -> Explanation:
    """Explains a match of these two profiles. The bars start at 0 and end at ``100 * match.fit``.

    >>> from matcher.corpus import Corpus
    >>> from matcher.ranking import Matcher
    >>> corpus, taxonomy = Corpus.shipped(), Taxonomy.shipped()
    >>> match = Matcher().fit(corpus.profiles.values()).score("rapidus", "tenstorrent")
    >>> why = explain(match, corpus.get("rapidus"), corpus.get("tenstorrent"), taxonomy)
    >>> abs(why.bars[-1].end - 100 * match.fit) < 1e-9
    True
    """
    evidence: list[Evidence] = []
    gaps: list[Gap] = []
    unknown: list[Side] = []
    sides = ((Side.GETS, match.gets, match.gets_factor, seeker, partner),
             (Side.GIVES, match.gives, match.gives_factor, partner, seeker))  # fmt: skip
    concepts = _memoised(taxonomy)
    for side, affinity, factor, wants, has in sides:
        if not wants.needs and match.relation is not Relation.PEER:
            unknown.append(side)
        if not affinity.contributions:  # the other side states nothing that could answer
            gaps.extend(Gap(side, wanted, Coverage.UNKNOWN) for wanted in wants.needs)
        for c in affinity.contributions:
            wanted, coverage = wants.statement(c.wanted_id), coverage_of(c)
            if coverage is Coverage.MISSING:
                gaps.append(Gap(side, wanted))
            if c.value > 0:
                met_by = has.statement(c.met_by_id)
                shared = shared_concepts(concepts(wanted), concepts(met_by), taxonomy)
                evidence.append(Evidence(side, wanted, met_by, coverage, 100 * factor * c.value, c.signals, shared))
    evidence.sort(key=lambda e: (-e.points, e.side, e.wanted.id))
    bars, level = [], 0.0
    for e in evidence:
        bars.append(Bar(e.side, e.wanted.id, e.met_by.id, level, level + e.points))
        level += e.points
    bars.append(Bar(Side.GROUND, "", "", level, level + 100 * match.ground.value))
    whole = [frozenset().union(*map(concepts, profile.statements)) for profile in (seeker, partner)]
    common = shared_concepts(whole[0], whole[1], taxonomy)
    return Explanation(match, tuple(evidence), tuple(gaps), tuple(unknown), tuple(bars), common)


def drops(matcher: Matcher, match: Match) -> tuple[Drop, ...]:
    """What would be lost without each statement that meets a want, by side, in the order of the contributions.

    >>> from matcher.corpus import Corpus
    >>> matcher = Matcher().fit(Corpus.shipped().profiles.values())
    >>> lost = drops(matcher, matcher.score("rapidus", "tenstorrent"))
    >>> {drop.side.value for drop in lost} <= {"gets", "gives"} and max(drop.points for drop in lost) > 0
    True
    """
    found = []
    for side, one in ((Side.GETS, match.swapped()), (Side.GIVES, match)):
        has = matcher.profile(one.seeker_id)
        for met_by_id in dict.fromkeys(c.met_by_id for c in one.gives.contributions if c.value > 0):
            left = replace(has, statements=tuple(s for s in has.statements if s.id != met_by_id))
            found.append(Drop(side, met_by_id, 100 * (match.fit - _fit_as(matcher, left, one))))
    return tuple(found)


def _fit_as(matcher: Matcher, profile: Profile, match: Match) -> float:
    """The fit of a match, were its seeker described so."""
    again = matcher.score_as(profile, match.partner_id, match.relation)
    if again is None:  # a direction has come to nothing
        other = matcher.score_as(profile, match.partner_id)
        return other.ground.value if other else 0.0
    return again.fit


def coverage_of(contribution: Contribution) -> Coverage:
    """How far a want is met by its best answer."""
    if contribution.similarity >= COVERED:
        return Coverage.COVERED
    return Coverage.PARTLY if contribution.similarity >= PARTLY else Coverage.MISSING


def _memoised(taxonomy: Taxonomy) -> Callable[[Statement], frozenset[str]]:
    known: dict[str, frozenset[str]] = {}

    def concepts(statement: Statement) -> frozenset[str]:
        if statement.text not in known:
            known[statement.text] = frozenset(taxonomy.tag(statement.text))
        return known[statement.text]

    return concepts


def shared_concepts(one: frozenset[str], other: frozenset[str], taxonomy: Taxonomy) -> tuple[str, ...]:
    """Concepts that both name, or one names and the other names a narrower one of; narrowest first."""
    if not (one and other):
        return ()

    def with_broader(notations: frozenset[str]) -> set[str]:
        return {n for notation in notations for n in (notation, *taxonomy.ancestors(notation))}

    both = (one & with_broader(other)) | (other & with_broader(one))
    redundant = {ancestor for notation in both for ancestor in taxonomy.ancestors(notation)}
    return tuple(sorted(both - redundant, key=lambda n: (-len(taxonomy.ancestors(n)), n)))
