"""Whom to invite: the members that a consortium lacks for a programme, so that its rules hold and needs are covered.

A proposal fills the *places* that the rules leave open (a role, a side's applicant, a number of members) with the
organisations that together cover most of the members' needs and of what the programme looks for. A need counts with the
similarity of the capability that answers it best in any other member; an invitation whose place is surely filled, not
only perhaps, counts :data:`SURE` more. This sum has diminishing returns, so the greedy choice is never below a third of
the best one (Fisher, Nemhauser and Wolsey, 1978: two matroids, one seat a place and one place a member), and branch and
bound from there finds the best one exactly unless it would take more than :data:`MOST_NODES` steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.eligibility import (
    NO_FACTS,
    Assessment,
    Check,
    Facts,
    Outcome,
    Who,
    any_of,
    assess,
    assign,
    fills,
    who_of,
)
from matcher.explain import COVERED, PARTLY, Coverage
from matcher.profile import Country, Profile, Programme, Role, RuleCode, Statement
from matcher.ranking import segment_max
from matcher.triangles import Triangles
from matcher.vectors import Rows, Scores, products

# What it counts for that an invitation surely fills its place: less than one need covered.
SURE: Final = 0.05
MOST_NODES: Final = 20_000
GREEDY_BOUND: Final = 1 / 3
LARGEST: Final = 12
_NEIGHBOURS: Final = 10
_LEAST: Final = 1e-9


class Method(StrEnum):
    """How a proposal was found."""

    EXACT = "exact"
    GREEDY = "greedy"


@dataclass(frozen=True, slots=True)
class Place:
    """A place that the rules leave open: on which side (None: either), for whom, and because of which rule.

    ``code`` is None for a place that no rule demands.
    """

    country: Country | None
    alternatives: tuple[Who, ...]
    code: RuleCode | None


@dataclass(frozen=True, slots=True)
class Cover:
    """How well one need of a member, or of the programme (``owner`` is its id), is met, and by what of whom."""

    owner: str
    need: Statement
    coverage: Coverage
    similarity: float
    member: str | None
    met_by: str | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """An organisation to invite: the place it fills, how surely, and the needs that it covers best of all."""

    member: str
    place: Place
    fills: Outcome
    covers: tuple[Cover, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A whole consortium: those given, those to invite, every need, and what the rules say of it.

    ``value`` is the sum of the similarities of ``covers`` and of :data:`SURE` for each sure invitation; no other choice
    is worth more than ``value / bound``. ``open_places`` could be filled by nobody.
    """

    programme_id: str
    given: tuple[str, ...]
    invited: tuple[Invitation, ...]
    open_places: tuple[Place, ...]
    covers: tuple[Cover, ...]
    assessment: Assessment
    value: float
    method: Method
    bound: float

    @property
    def members(self) -> tuple[str, ...]:
        return self.assessment.members

    @property
    def uncovered(self) -> tuple[Cover, ...]:
        """The needs that no member answers, in full."""
        return tuple(c for c in self.covers if c.coverage is Coverage.MISSING)

    @property
    def unmet(self) -> tuple[Check, ...]:
        """The rules that this consortium cannot meet."""
        return self.assessment.of(Outcome.NOT_MET)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""

        def cover(c: Cover) -> dict[str, Any]:
            found = {"owner": c.owner, "need": c.need.id, "coverage": c.coverage.value, "similarity": c.similarity}
            return found | {"member": c.member, "met_by": c.met_by}

        def place(p: Place) -> dict[str, Any]:
            return {"country": p.country and p.country.value, "rule": p.code and p.code.value}

        return {
            "programme": self.programme_id,
            "given": list(self.given),
            "invited": [
                {
                    "member": i.member,
                    **place(i.place),
                    "fills": i.fills.value,
                    "covers": [cover(c) for c in i.covers],
                }
                for i in self.invited
            ],
            "open_places": [place(p) for p in self.open_places],
            "covers": [cover(c) for c in self.covers],
            "value": self.value,
            "method": self.method.value,
            "bound": self.bound,
            "eligibility": self.assessment.to_dict(),
        }


def propose(  # noqa: PLR0913 - a question with its options
    triangles: Triangles,
    programme_id: str,
    given: Iterable[str],
    facts: Facts = NO_FACTS,
    *,
    size: int = 0,
    without: Iterable[str] = (),
) -> Proposal:
    """The members that one or more organisations lack for a programme.

    ``size`` asks for at least so many members in all (at most :data:`LARGEST`), beyond what the rules demand;
    ``without`` are organisations not to propose. Raises KeyError for an unknown programme or organisation, ValueError
    where nobody is given, or more than :data:`LARGEST`.

    >>> from datetime import date
    >>> from matcher.corpus import Corpus
    >>> from matcher.ranking import Matcher
    >>> corpus = Corpus.shipped()
    >>> triangles = Triangles(Matcher().fit(corpus.profiles.values()), corpus.programmes.values())
    >>> proposal = propose(triangles, "canada-japan-3-plus-2", ["kinova", "cyberdyne"])
    >>> len(proposal.members), proposal.method, proposal.unmet
    (5, <Method.EXACT: 'exact'>, ())
    """
    programme = triangles.programmes[programme_id]
    everybody = sorted(
        (p for c in Country for p in triangles.matcher.profiles(c)),
        key=lambda p: p.id,
    )
    at = {p.id: i for i, p in enumerate(everybody)}
    seeds = [everybody[at[i]] for i in sorted(set(given))]
    if not 1 <= len(seeds) <= LARGEST:
        raise ValueError(f"name 1 to {LARGEST} members")
    wants = _wants(triangles, programme, seeds)
    table = _answers(triangles, everybody, wants)
    start = _covered(table, [at[p.id] for p in seeds])
    barred = {at[i] for i in [*(p.id for p in seeds), *without] if i in at}
    places = _places(programme, seeds, facts, min(size, LARGEST))
    options = [_option(place, everybody, barred, facts) for place in places]
    kept = _fillable(options)
    chosen, method, bound = _Search(table, [options[i] for i in kept]).run(start)
    members = [*seeds, *(everybody[i] for i in chosen)]
    covers = _covers(triangles, wants, members, table[[at[p.id] for p in members]])
    invited = tuple(
        _invitation(everybody[person].id, places[i], options[i].outcome(person), covers)
        for i, person in zip(kept, chosen, strict=True)
    )
    sure = SURE * sum(i.fills is Outcome.MET for i in invited)
    return Proposal(
        programme_id,
        tuple(p.id for p in seeds),
        tuple(sorted(invited, key=lambda i: i.member)),
        tuple(place for i, place in enumerate(places) if i not in kept),
        covers,
        assess(programme, members, replace(facts, is_complete=True), triangles.matcher.taxonomy_),
        sum(c.similarity for c in covers) + sure,
        method,
        bound,
    )


def _invitation(member: str, place: Place, outcome: Outcome, covers: Iterable[Cover]) -> Invitation:
    answered = (c for c in covers if c.member == member and c.coverage is not Coverage.MISSING)
    return Invitation(member, place, outcome, tuple(answered))


# --- the places that rules leave open ---------------------------------------------------------------------------------


def _places(programme: Programme, seeds: Sequence[Profile], facts: Facts, size: int) -> list[Place]:
    rules = programme.rules
    roles = [who_of(r) for r in sorted(rules, key=repr) if r.code is RuleCode.ROLE for _ in range(who_of(r).count)]
    taken = assign([[_suits(w, p, facts) for p in seeds] for w in roles])
    places = [Place(w.country, (w,), RuleCode.ROLE) for w, seed in zip(roles, taken, strict=True) if seed is None]
    for country, least in sorted(_least(programme).items()):
        have = sum(p.country is country for p in seeds) + sum(p.country is country for p in places)
        places += [Place(country, (), RuleCode.MIN_MEMBERS)] * max(least - have, 0)
    for country in Country:
        places = _with_applicant(programme, country, seeds, facts, places)
    return places + [Place(None, (), None)] * max(size - len(seeds) - len(places), 0)


def _least(programme: Programme) -> dict[Country, int]:
    """Members needed of each side: what rules say, and one of each country where both are concerned."""
    least = dict.fromkeys(programme.countries, 1) if len(programme.countries) > 1 else {}
    for rule in programme.rules:
        if rule.code is RuleCode.MIN_MEMBERS:
            value: Any = rule.value
            for country, count in value.items():
                least[Country(country)] = max(least.get(Country(country), 0), count)
    return least


def _with_applicant(
    programme: Programme, country: Country, seeds: Sequence[Profile], facts: Facts, places: Sequence[Place]
) -> list[Place]:
    """The places, one of them for the applicant of this side where no seed can be it."""
    rules = [r for r in programme.rules if r.code is RuleCode.APPLICANT]
    alternatives = tuple(w for r in sorted(rules, key=repr) if (w := who_of(r)).country is country)
    found = list(places)
    if not alternatives or any(_suits(w, p, facts) for w in alternatives for p in seeds):
        return found
    applicant = Place(country, alternatives, RuleCode.APPLICANT)
    bare = next((i for i, p in enumerate(found) if p.country is country and not p.alternatives), None)
    if bare is None:
        return [*found, applicant]
    found[bare] = applicant
    return found


def _suits(who: Who, profile: Profile, facts: Facts) -> bool:
    return who.country in (None, profile.country) and fills(who, profile, facts) is not Outcome.NOT_MET


@dataclass(frozen=True, slots=True)
class _Option:
    """Who could take a place: positions in the list of everybody, ascending, and what each is worth for being sure."""

    who: NDArray[np.intp]
    bonus: Scores
    key: object

    def outcome(self, person: int) -> Outcome:
        return Outcome.MET if self.bonus[np.searchsorted(self.who, person)] else Outcome.UNKNOWN


def _option(place: Place, everybody: Sequence[Profile], barred: set[int], facts: Facts) -> _Option:
    who, bonus = [], []
    for i, profile in enumerate(everybody):
        if i in barred or place.country not in (None, profile.country):
            continue
        alternatives = place.alternatives
        outcome = any_of(fills(w, profile, facts) for w in alternatives) if alternatives else Outcome.MET
        if outcome is not Outcome.NOT_MET:
            who.append(i)
            bonus.append(SURE if outcome is Outcome.MET else 0.0)
    return _Option(np.array(who, np.intp), np.array(bonus), (place.country, place.alternatives))


def _fillable(options: Sequence[_Option]) -> list[int]:
    """As many places as can be filled at once with different people."""
    people = sorted({int(i) for o in options for i in o.who})
    table = [np.isin(people, o.who).tolist() for o in options]
    return [i for i, person in enumerate(assign(table)) if person is not None]


# --- what is needed, and who answers it -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wants:
    """Needs with their owners, their vectors, and what each loses for resembling everything."""

    owners: tuple[str, ...]
    needs: tuple[Statement, ...]
    rows: Rows


def _wants(triangles: Triangles, programme: Programme, seeds: Sequence[Profile]) -> _Wants:
    places = [i for i, s in enumerate(programme.statements) if s.role is Role.NEED]
    rows = triangles.programme_rows(programme.id).take(np.array(places, np.intp))
    owners, needs = [programme.id] * len(places), [programme.statements[i] for i in places]
    for profile in seeds:
        own = triangles.statements(profile.id)[1]
        rows = rows.above(own.take(slice(len(profile.capabilities), None)))
        owners += [profile.id] * len(profile.needs)
        needs += profile.needs
    return _Wants(tuple(owners), tuple(needs), rows)


def _answers(triangles: Triangles, everybody: Sequence[Profile], wants: _Wants) -> Scores:
    """What everybody's best capability is worth for every need, at least 0; for one's own need nothing."""
    matcher = triangles.matcher
    found: dict[str, Scores] = {}
    values = {c: products(matcher.matrix(c, Role.CAPABILITY).rows, wants.rows).total for c in Country}
    hubness = {c: matcher.sides_[c].hubness[Role.CAPABILITY, Role.NEED] for c in Country}
    both = np.concatenate(list(values.values()))
    near = min(_NEIGHBOURS, len(both))
    general = np.partition(both, -near, axis=0)[-near:].mean(axis=0) if near else np.zeros(len(wants.needs))
    for country in Country:
        less = matcher.hubness / 2 * (hubness[country][:, None] + np.maximum(general, 0)[None, :])
        best = segment_max(np.round(values[country] - less, 9), matcher.matrix(country, Role.CAPABILITY).starts)
        found |= {p.id: row for p, row in zip(matcher.profiles(country), best, strict=True)}
    table = np.stack([found[p.id] for p in everybody])
    at = {p.id: i for i, p in enumerate(everybody)}
    for column, owner in enumerate(wants.owners):
        if owner in at:
            table[at[owner], column] = 0
    return table


def _covered(table: Scores, members: Sequence[int]) -> Scores:
    return np.asarray(table[members].max(axis=0, initial=0))


def _covers(triangles: Triangles, wants: _Wants, members: Sequence[Profile], table: Scores) -> tuple[Cover, ...]:
    found = []
    for column, (owner, need) in enumerate(zip(wants.owners, wants.needs, strict=True)):
        best = int(table[:, column].argmax())
        value = float(table[best, column])
        if value < PARTLY:
            found.append(Cover(owner, need, Coverage.MISSING, value, None, None))
            continue
        member = members[best]
        rows = triangles.statements(member.id)[1].take(slice(0, len(member.capabilities)))
        own = triangles.matcher.sides_[member.country]
        span = own.matrices[Role.CAPABILITY].span(own.index[member.id])
        hubness = triangles.matcher.hubness / 2 * own.hubness[Role.CAPABILITY, Role.NEED][span]
        values = products(rows, wants.rows.take(slice(column, column + 1))).total[:, 0] - hubness
        coverage = Coverage.COVERED if value >= COVERED else Coverage.PARTLY
        met_by = member.capabilities[int(values.argmax())].id
        found.append(Cover(owner, need, coverage, value, member.id, met_by))
    return tuple(found)


# --- choosing ---------------------------------------------------------------------------------------------------------


class _Search:
    """Fills places with different people so that the sum of covered needs, and of sure places, is greatest."""

    def __init__(self, table: Scores, options: Sequence[_Option]) -> None:
        self.table = table
        self.options = options
        self.nodes = 0
        self.best: list[int] = []
        self.best_gain = -np.inf

    def run(self, start: Scores) -> tuple[list[int], Method, float]:
        """A person for each option, the method, and the share of the optimum that is certain.

        All options can be filled at once with different people.
        """
        if not self.options:
            return [], Method.EXACT, 1.0
        greedy = self._greedy(start)
        if len(greedy) == len(self.options):
            self.best, self.best_gain = greedy, self._worth(start, greedy)
        self._branch(start, [], 0.0)
        if self.nodes <= MOST_NODES:
            return self.best, Method.EXACT, 1.0
        return self.best, Method.GREEDY, self._bound(start, is_greedy=len(greedy) == len(self.options))

    def _bound(self, start: Scores, *, is_greedy: bool) -> float:
        """What was reached beside what no choice can exceed: the sum of what each place alone could gain at first."""
        base, most = float(start.sum()), sum(float(self._gains(o, start).max()) for o in self.options)
        reached = (base + self.best_gain) / (base + most) if base + most > 0 else 1.0
        return max(GREEDY_BOUND if is_greedy else 0.0, reached)

    def _worth(self, start: Scores, chosen: Sequence[int]) -> float:
        sure = sum(float(o.bonus[np.searchsorted(o.who, i)]) for o, i in zip(self.options, chosen, strict=True))
        return float(np.maximum(start, self.table[list(chosen)].max(axis=0)).sum() - start.sum()) + sure

    def _gains(self, option: _Option, covered: Scores) -> Scores:
        return np.asarray(np.maximum(self.table[option.who] - covered, 0).sum(axis=1) + option.bonus)

    def _greedy(self, start: Scores) -> list[int]:
        """The best next choice for any place, again and again; too short where that leads to a dead end."""
        chosen: dict[int, int] = {}
        covered = start
        while len(chosen) < len(self.options):
            ranked = []
            for place, option in enumerate(self.options):
                free = ~np.isin(option.who, list(chosen.values()))
                if place not in chosen and free.any():
                    gains = np.where(free, self._gains(option, covered), -1)
                    ranked.append((-round(float(gains.max()), 9), int(option.who[gains.argmax()]), place))
            if not ranked:
                break
            _, person, place = min(ranked)
            chosen[place], covered = person, np.maximum(covered, self.table[person])
        return [chosen[place] for place in sorted(chosen)]

    def _branch(self, covered: Scores, chosen: list[int], gain: float) -> None:
        """Depth first, the most promising first; a branch that cannot beat the best is cut.

        The gain of several choices is never more than the sum of what each alone would gain here.
        """
        place = len(chosen)
        option = self.options[place]
        gains = self._gains(option, covered)
        gains[np.isin(option.who, chosen)] = -1
        # Places for the same people are alike: only one order of filling them is tried.
        if place and option.key == self.options[place - 1].key:
            gains[option.who <= chosen[-1]] = -1
        rest = sum(float(self._gains(o, covered).max()) for o in self.options[place + 1 :])
        for i in np.argsort(-gains, kind="stable"):
            if gains[i] < 0 or gain + gains[i] + rest <= self.best_gain + _LEAST:
                return
            self.nodes += 1
            if self.nodes > MOST_NODES:
                return
            person = int(option.who[i])
            if place + 1 == len(self.options):
                self.best, self.best_gain = [*chosen, person], gain + float(gains[i])
                return
            self._branch(np.maximum(covered, self.table[person]), [*chosen, person], gain + float(gains[i]))
