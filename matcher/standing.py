"""Where one organisation stands among the partners of another, why not higher, and what would move it.

Codes and numbers, all computed: ranks by ranking, changes by scoring again, stability by other weightings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any, Final

import numpy as np

from matcher.explain import COVERED, Gap, Side, explain
from matcher.match import Likeness, Match, Where
from matcher.profile import Profile, Role, Statement
from matcher.ranking import Matcher
from matcher.text import guess_language
from matcher.vectors import Scores

TOP: Final = 10
DRAWS: Final = 200
# A weighting is plausible as if it had been learned from this many answers: a weight of 0.5 then strays by 0.07.
_CONCENTRATION: Final = 50
_SEED: Final = 20260
# Added to a statement's id where it was not stated.
_ADDED: Final = "+"


class Filter(StrEnum):
    """The filters of :class:`Where`, by which a partner can be kept out."""

    KIND = "kind"
    FIELD = "field"
    SUBDIVISION = "subdivision"
    RELATION = "relation"
    LANGUAGE = "language"
    READINESS = "trl"
    COOPERATION = "cooperation"


class Part(StrEnum):
    """What a fit is made of: both affinities, what the relation makes of them, and the likenesses."""

    GETS = "gets"
    GIVES = "gives"
    RELATION = "relation"
    MEANING = "meaning"
    KINSHIP = "kinship"
    TERMS = "terms"
    CONCEPTS = "concepts"


@dataclass(frozen=True, slots=True)
class Measure:
    """One part of two fits in points. Affinities are before the rule of the relation, the other parts after weighing.

    The parts from the relation on add up to the fits.
    """

    part: Part
    own: float
    other: float

    @property
    def is_short(self) -> bool:
        return self.own < self.other


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a partner stands in the list of a seeker, and what it lacks.

    ``rank`` is its place among all ``total`` partners, ``rank_within`` among the ``within`` that pass the filters; None
    where it is not in that list. ``kept_out`` are the filters that it does not pass. ``last`` is the match on the last
    of the ``top`` places of the filtered list, and ``measures`` compare with it. ``gaps`` are the wants of either side
    that nothing answers, ``unknown`` the sides whose wants are not public.
    """

    match: Match
    rank: int | None
    total: int
    rank_within: int | None
    within: int
    kept_out: tuple[Filter, ...]
    top: int
    last: Match | None
    measures: tuple[Measure, ...]
    gaps: tuple[Gap, ...]
    unknown: tuple[Side, ...]

    @property
    def is_at_top(self) -> bool:
        """Whether it is among the first of the filtered list."""
        return self.rank_within is not None and self.rank_within <= self.top

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, numbers unrounded."""
        return {
            "seeker": self.match.seeker_id,
            "partner": self.match.partner_id,
            "fit": self.match.fit,
            "band": self.match.band.value,
            "relation": self.match.relation.value,
            "rank": self.rank,
            "total": self.total,
            "rank_within_filters": self.rank_within,
            "within_filters": self.within,
            "kept_out_by": [one.value for one in self.kept_out],
            "top": self.top,
            "last_of_top": {"partner": self.last.partner_id, "fit": self.last.fit} if self.last else None,
            "parts": [
                {"part": m.part.value, "points": m.own, "points_of_last": m.other, "is_short": m.is_short}
                for m in self.measures
            ],
            "gaps": [
                {"side": g.side.value, "wanted": g.wanted.id, "text": g.wanted.text, "coverage": g.coverage.value}
                for g in self.gaps
            ],
            "unknown": [side.value for side in self.unknown],
        }


@dataclass(frozen=True, slots=True)
class Addition:
    """A statement that an organisation could add."""

    profile_id: str
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """What one added statement would make of a pair: computed by scoring it again and finding its place.

    ``like`` is the organisation whose capability was taken for it, and ``answers`` the need that it would meet; None
    where the text was typed.
    """

    profile_id: str
    statement: Statement
    like: str | None
    answers: Statement | None
    before: Match
    after: Match
    rank_before: int
    rank_after: int

    @property
    def points(self) -> float:
        """By how much the fit would grow, in points."""
        return 100 * (self.after.fit - self.before.fit)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, numbers unrounded."""
        return {
            "added_to": self.profile_id,
            "role": self.statement.role.value,
            "text": self.statement.text,
            "like": self.like,
            "answers": self.answers.id if self.answers else None,
            "fit_before": self.before.fit,
            "fit_after": self.after.fit,
            "rank_before": self.rank_before,
            "rank_after": self.rank_after,
        }


@dataclass(frozen=True, slots=True)
class Stability:
    """Under how many of the plausible weightings a partner is among the first ``top``."""

    times: int
    draws: int
    top: int


# --- why not ----------------------------------------------------------------------------------------------------------


def standing(
    matcher: Matcher,
    seeker_id: str,
    partner_id: str,
    where: Where | None = None,
    ranking: Sequence[Match] | None = None,
) -> Standing:
    """Why a partner is not in the list of a seeker, or where it stands in it.

    ``ranking`` is the whole unfiltered list, for whoever has it already. A filter by relation keeps the partners whose
    best relation it is. Raises like :meth:`Matcher.score`.

    >>> from matcher.corpus import Corpus
    >>> matcher = Matcher().fit(Corpus.shipped().profiles.values())
    >>> best = matcher.rank("rapidus", 1)[0]
    >>> standing(matcher, "rapidus", best.partner_id).rank
    1
    """
    match, where = matcher.score(seeker_id, partner_id), where or Where()
    seeker, partner = matcher.profile(seeker_id), matcher.profile(partner_id)
    whole = matcher.rank(seeker_id, len(matcher.country_)) if ranking is None else ranking
    passing = [m for m in whole if not kept_out(matcher.profile(m.partner_id), m, where)]
    last = passing[:TOP][-1] if passing else None
    why = explain(match, seeker, partner, matcher.taxonomy_)
    rank = _rank(whole, partner_id)
    if rank is None and match.fit > 0:  # further down than the list that was given
        rank = matcher.place(seeker, match)
    return Standing(
        match=match,
        rank=rank,
        total=max(len(whole), rank or 0),
        rank_within=_rank(passing, partner_id),
        within=len(passing),
        kept_out=kept_out(partner, match, where),
        top=TOP,
        last=last,
        measures=_measures(match, last) if last else (),
        gaps=why.gaps,
        unknown=why.unknown,
    )


def kept_out(partner: Profile, match: Match, where: Where) -> tuple[Filter, ...]:
    """The filters that a partner does not pass."""
    single = {
        Filter.KIND: Where(kinds=where.kinds),
        Filter.FIELD: Where(fields=where.fields),
        Filter.SUBDIVISION: Where(subdivisions=where.subdivisions),
        Filter.LANGUAGE: Where(languages=where.languages),
        Filter.READINESS: Where(readiness=where.readiness),
        Filter.COOPERATION: Where(cooperations=where.cooperations),
    }
    found = {name for name, one in single.items() if not one.admits(partner)}
    if where.relations and match.relation not in where.relations:
        found.add(Filter.RELATION)
    return tuple(name for name in Filter if name in found)


def _rank(matches: Sequence[Match], partner_id: str) -> int | None:
    return next((place for place, m in enumerate(matches, 1) if m.partner_id == partner_id), None)


def _measures(own: Match, other: Match) -> tuple[Measure, ...]:
    one, two = _parts(own), _parts(other)
    return tuple(Measure(part, one.get(part, 0.0), two.get(part, 0.0)) for part in Part if part in one or part in two)


def _parts(match: Match) -> Mapping[Part, float]:
    parts = {
        Part.GETS: match.gets.value,
        Part.GIVES: match.gives.value,
        Part.RELATION: match.fit - match.ground.value,
        **{Part(p.likeness.value): p.value for p in match.ground.parts},
    }
    return {part: 100 * value for part, value in parts.items()}


# --- what if ----------------------------------------------------------------------------------------------------------


def what_if(
    matcher: Matcher, seeker_id: str, partner_id: str, texts: Iterable[Addition] | None = None
) -> tuple[Change, ...]:
    """What each of some added statements would make of a pair, the most helpful first.

    Without texts, those are tried that could help most: for every need of one side that is not covered, the capability
    by which some other organisation of the other side's country answers it best, as if this one had it too.

    >>> from matcher.corpus import Corpus
    >>> matcher = Matcher().fit(Corpus.shipped().profiles.values())
    >>> [change.rank_before for change in what_if(matcher, "rapidus", matcher.rank("rapidus", 1)[0].partner_id)][:1]
    [1]
    """
    before = matcher.score(seeker_id, partner_id)
    if texts is None:
        tried = _candidates(matcher, before)
    else:
        tried = [(a.profile_id, _statement(matcher, a), None, None) for a in texts]
    rank = matcher.place(matcher.profile(seeker_id), before)
    found = []
    for profile_id, statement, like, answers in tried:
        after, rank_after = _after(matcher, before, profile_id, statement)
        found.append(Change(profile_id, statement, like, answers, before, after, rank, rank_after))
    if texts is not None:
        return tuple(found)
    helpful = (c for c in found if c.after.fit > before.fit)
    return tuple(sorted(helpful, key=lambda c: (-c.after.fit, c.profile_id, c.statement.id)))


_Candidate = tuple[str, Statement, str | None, Statement | None]


def _statement(matcher: Matcher, addition: Addition) -> Statement:
    profile = matcher.profile(addition.profile_id)
    lang = guess_language(addition.text)
    return Statement(_ADDED, addition.role, lang, addition.text, profile.website, matcher.as_of_)


def _candidates(matcher: Matcher, match: Match) -> list[_Candidate]:
    found: list[_Candidate] = []
    for one in (match, match.swapped()):
        met = {c.wanted_id: c.similarity for c in one.gets.contributions}
        for need, owner, offer, value in matcher.best_offers(matcher.profile(one.seeker_id), one.partner_id):
            own = met.get(need.id, 0.0)
            # What is kept back is no advice to anybody.
            if own < COVERED and value > own and not offer.is_withheld:
                statement = replace(offer, id=f"{_ADDED}{need.id}")
                found.append((one.partner_id, statement, owner.id, need))
    return found


def _after(matcher: Matcher, before: Match, profile_id: str, statement: Statement) -> tuple[Match, int]:
    """The match, had one side said this too, and its place in the seeker's list."""
    seeker, partner = matcher.profile(before.seeker_id), matcher.profile(before.partner_id)
    if profile_id == seeker.id:
        seeker = replace(seeker, statements=(*seeker.statements, statement))
        match = matcher.score_as(seeker, partner.id)
    else:
        partner = replace(partner, statements=(*partner.statements, statement))
        seen = matcher.score_as(partner, seeker.id)
        match = seen.swapped() if seen else None
    match = match or before
    return match, matcher.place(seeker, match)


# --- stability --------------------------------------------------------------------------------------------------------


@cache
def weightings(weights: tuple[float, ...], draws: int = DRAWS) -> Scores:
    """Plausible weightings around some weights, of shape (draws, weights): Dirichlet, the same at every call.

    A weight of 0 stays 0.

    >>> weightings((0.5, 0.3, 0.2, 0.0)).shape
    (200, 4)
    """
    drawn = np.random.default_rng(_SEED).standard_gamma(_CONCENTRATION * np.array(weights), (draws, len(weights)))
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))


def stability(matcher: Matcher, seeker_id: str, partner_ids: Iterable[str]) -> dict[str, Stability]:
    """Under how many plausible weightings of the combination each partner is among the first ten of a seeker.

    >>> from matcher.corpus import Corpus
    >>> matcher = Matcher().fit(Corpus.shipped().profiles.values())
    >>> best = matcher.rank("rapidus", 1)[0].partner_id
    >>> 0 < stability(matcher, "rapidus", [best])[best].times <= 200
    True
    """
    combination = matcher.combination_
    weights = (combination.relation, *(combination.ground[likeness] for likeness in Likeness))
    ids, parts = matcher.parts(seeker_id)
    fits = parts @ weightings(weights).T
    place = {profile_id: i for i, profile_id in enumerate(ids)}
    found = {}
    for partner_id in partner_ids:
        own = place[partner_id]
        ahead = (fits > fits[own]).sum(axis=0) + (fits[:own] == fits[own]).sum(axis=0)  # ids are in order
        times = int(((ahead < TOP) & (fits[own] > 0)).sum())
        found[partner_id] = Stability(times, DRAWS, TOP)
    return found
