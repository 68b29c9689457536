"""Ranking partners of the other country by what each side needs and the other can do.

The similarity of two statements is one dot product (see :mod:`matcher.vectors`), less a *hubness* correction: a
statement that resembles everything says little (cross-domain similarity local scaling, Conneau et al., 2018,
arXiv:1710.04087). The affinity of A towards B is a weighted sum over A's needs of what B's best-meeting capability
brings. The relation says how the two affinities combine:

=================  =======================================================  ==========================================
relation           fit                                                      open to
=================  =======================================================  ==========================================
co-development     harmonic mean of both: as good as the weaker side        every pair
supply             0.8 x (0.8 x the stronger side + 0.2 x the weaker)        pairs with a company, startup or investor
peer               0.8 x harmonic mean of the shared mission both ways       pairs of two public-interest bodies
=================  =======================================================  ==========================================

A pair takes the relation in which it fits best. Every fit is a weighted sum of contributions and can be added up on
paper. Ranking reads each matrix once in single precision; the leaders are scored again pair by pair in double
precision, so that order never depends on the order of input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from matcher.encoder import VectorCache
from matcher.profile import Country, Kind, Profile, Role, Statement
from matcher.taxonomy import Taxonomy
from matcher.text import guess_language
from matcher.vectors import SignalWeights, StatementMatrix, StatementVectoriser

Scores = NDArray[np.float64]

# The best-met need counts most, the next ones less: one well-met need is reason enough to talk, more are better.
RANK_WEIGHTS: Final = (0.6, 0.25, 0.15)
# A relation of one direction is worth less than one of both; see the table above.
SUPPLY_FACTOR: Final = 0.8
SUPPLY_ACCEPTABILITY: Final = 0.2
PEER_FACTOR: Final = 0.8
HUBNESS: Final = 0.5
_NEIGHBOURS: Final = 10
_SAMPLE: Final = 2048
_BLOCK: Final = 8192
_DIGITS: Final = 9


class Relation(StrEnum):
    """What the two would be to each other."""

    CO_DEVELOPMENT = "co_development"
    SUPPLY = "supply"
    PEER = "peer"


@dataclass(frozen=True, slots=True)
class Signals:
    """The parts of one statement similarity; they add up to ``total``. Hubness is zero or negative."""

    meaning: float
    terms: float
    concepts: float
    hubness: float

    @property
    def total(self) -> float:
        return self.meaning + self.terms + self.concepts + self.hubness


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one statement adds to an affinity: ``value == weight * signals.total``.

    ``wanted_id`` is the statement that asks (a need; between peers, any statement), ``met_by_id`` the statement of the
    other side that answers best. A statement that nothing answers has weight and value 0.
    """

    wanted_id: str
    met_by_id: str
    similarity: float
    weight: float
    value: float
    signals: Signals


@dataclass(frozen=True, slots=True)
class Affinity:
    """How well one side's wants are met by the other; the contributions add up to ``value``."""

    value: float
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Confidence:
    """How much is known of the pair, 0 to 1: the product of its parts, apart from how well they fit."""

    completeness: float
    freshness: float
    directness: float

    @property
    def value(self) -> float:
        return self.completeness * self.freshness * self.directness


@dataclass(frozen=True, slots=True)
class Match:
    """A proposed partnership: ``fit == gets_factor * gets.value + gives_factor * gives.value``."""

    seeker_id: str
    partner_id: str
    relation: Relation
    fit: float
    gets: Affinity
    gives: Affinity
    gets_factor: float
    gives_factor: float
    confidence: Confidence

    def swapped(self) -> Match:
        """The same match seen from the other side."""
        return Match(
            self.partner_id, self.seeker_id, self.relation, self.fit, self.gives, self.gets,
            self.gives_factor, self.gets_factor, self.confidence,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, numbers unrounded."""

        def affinity(side: Affinity) -> dict[str, Any]:
            return {
                "value": side.value,
                "contributions": [
                    {
                        "wanted": c.wanted_id,
                        "met_by": c.met_by_id,
                        "similarity": c.similarity,
                        "weight": c.weight,
                        "value": c.value,
                        "signals": {
                            "meaning": c.signals.meaning,
                            "terms": c.signals.terms,
                            "concepts": c.signals.concepts,
                            "hubness": c.signals.hubness,
                        },
                    }
                    for c in side.contributions
                ],
            }

        return {
            "seeker": self.seeker_id,
            "partner": self.partner_id,
            "relation": self.relation.value,
            "fit": self.fit,
            "gets_factor": self.gets_factor,
            "gives_factor": self.gives_factor,
            "gets": affinity(self.gets),
            "gives": affinity(self.gives),
            "confidence": {
                "value": self.confidence.value,
                "completeness": self.confidence.completeness,
                "freshness": self.confidence.freshness,
                "directness": self.confidence.directness,
            },
        }


@dataclass(frozen=True, slots=True)
class Where:
    """Which partners to consider; an empty tuple lets all pass."""

    kinds: tuple[Kind, ...] = ()
    fields: tuple[str, ...] = ()
    subdivisions: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()

    def admits(self, profile: Profile) -> bool:
        return (
            (not self.kinds or profile.kind in self.kinds)
            and (not self.fields or any(f in self.fields for f in profile.fields))
            and (not self.subdivisions or profile.subdivision in self.subdivisions)
        )

    def rows(self, profiles: Sequence[Profile]) -> NDArray[np.intp]:
        """Positions of the profiles that pass."""
        if not (self.kinds or self.fields or self.subdivisions):
            return np.arange(len(profiles))
        return np.flatnonzero([self.admits(p) for p in profiles])


@dataclass(frozen=True, slots=True)
class Hit:
    """An organisation found by a search: the statement that answers best, and how well."""

    profile_id: str
    statement_id: str
    score: float


Meeting = tuple[Role, Role]


@dataclass(frozen=True, slots=True)
class _Side:
    """One country's profiles as matrices, with each statement's hubness towards the other country."""

    country: Country
    profiles: tuple[Profile, ...]
    index: Mapping[str, int]
    is_commercial: NDArray[np.bool_]
    matrices: Mapping[Role, StatementMatrix]
    hubness: Mapping[Meeting, Scores]


@dataclass(frozen=True, slots=True)
class _Pack:
    """One profile's own rows of a side."""

    profile: Profile
    matrices: Mapping[Role, StatementMatrix]
    hubness: Mapping[Meeting, Scores]

    @property
    def stacked(self) -> StatementMatrix:
        """Capabilities, then needs."""
        return self.matrices[Role.CAPABILITY].above(self.matrices[Role.NEED])


# Which roles meet: a need is met by capabilities; between peers, like is held against like.
_MISSION: Final = ((Role.CAPABILITY, Role.CAPABILITY), (Role.NEED, Role.NEED))
_MEETINGS: Final = ((Role.NEED, Role.CAPABILITY), (Role.CAPABILITY, Role.NEED), *_MISSION)


class Matcher(BaseEstimator):
    """Ranks organisations of the other country for any organisation it was fitted on.

    Parameters are stored as given; ``as_of`` is the day against which sources age (the newest ``read_on`` if None).

    >>> from matcher.corpus import Corpus
    >>> corpus = Corpus.shipped()
    >>> matcher = Matcher().fit(list(corpus.profiles.values()))
    >>> best = matcher.rank("tenstorrent", k=3)
    >>> [round(m.fit, 9) == round(m.gets_factor * m.gets.value + m.gives_factor * m.gives.value, 9) for m in best]
    [True, True, True]
    """

    def __init__(
        self,
        cache: VectorCache | None = None,
        taxonomy: Taxonomy | None = None,
        weights: SignalWeights | None = None,
        hubness: float = HUBNESS,
        as_of: date | None = None,
    ) -> None:
        self.cache = cache
        self.taxonomy = taxonomy
        self.weights = weights
        self.hubness = hubness
        self.as_of = as_of

    def fit(self, profiles: Iterable[Profile], progress: Callable[[int], object] = lambda n: None) -> Self:
        """Vectorises the profiles, encoding only texts whose vectors are not known; ``progress`` counts those."""
        ordered = sorted(profiles, key=lambda p: p.id)
        self.cache_ = self.cache or VectorCache.shipped()
        self.taxonomy_ = self.taxonomy or Taxonomy.shipped()
        self.vectoriser_ = StatementVectoriser(self.cache_, self.taxonomy_, self.weights).fit(ordered, progress=progress)
        self.as_of_ = self.as_of or max(s.read_on for p in ordered for s in p.statements)
        sides = {}
        for country in Country:
            own = tuple(p for p in ordered if p.country is country)
            index = {p.id: i for i, p in enumerate(own)}
            is_commercial = np.array([p.kind.is_commercial for p in own], bool)
            sides[country] = _Side(country, own, index, is_commercial, self.vectoriser_.transform(own), {})
        self.sides_ = {c: replace(s, hubness=self._hubness(s, sides[c.other])) for c, s in sides.items()}
        self.country_ = {p.id: p.country for p in ordered}
        return self

    # --- what users call ---------------------------------------------------------------------------------------------

    def rank(self, seeker_id: str, k: int = 10, where: Where | None = None) -> list[Match]:
        """The ``k`` best partners for an organisation, best first, ties by id. KeyError where it is unknown."""
        check_is_fitted(self)
        side = self.sides_[self.country_[seeker_id]]
        other = self.sides_[side.country.other]
        where = where or Where()
        admitted = where.rows(other.profiles)
        if k < 1 or admitted.size == 0:
            return []
        seeker = _pack(side, side.index[seeker_id])
        rough = self._rough_fits(seeker, other, where.relations)[admitted]
        # Single precision may misplace near-ties at the cut: keep all that could still belong above it.
        cut = np.partition(rough, -k)[-k] - 1e-4 if rough.size > k else 0.0
        leaders = admitted[(rough >= cut) & (rough > -1e-4)]
        matches = [self._match(seeker, _pack(other, int(i)), where.relations) for i in leaders]
        return sorted((m for m in matches if m.fit > 0), key=lambda m: (-m.fit, m.partner_id))[:k]

    def score(self, seeker_id: str, partner_id: str, relation: Relation | None = None) -> Match:
        """The match of one pair, in the relation asked for or in its best one.

        Raises KeyError for an unknown organisation, ValueError for two of one country.
        """
        check_is_fitted(self)
        sides = self.sides_[self.country_[seeker_id]], self.sides_[self.country_[partner_id]]
        if sides[0] is sides[1]:
            raise ValueError("both organisations are of the same country")
        seeker, partner = (_pack(s, s.index[i]) for s, i in zip(sides, (seeker_id, partner_id), strict=True))
        return self._match(seeker, partner, (relation,) if relation else ())

    def search(self, text: str, k: int = 20, country: Country | None = None, where: Where | None = None) -> list[Hit]:
        """Organisations whose statements answer a free text in any of the three languages, best first, ties by id."""
        check_is_fitted(self)
        query = self.vectoriser_.transform_texts([(text, guess_language(text))])
        hits: list[Hit] = []
        for side in self.sides_.values():
            if country not in (None, side.country):
                continue
            values = {role: _similarities(m, query)[:, 0] for role, m in side.matrices.items()}
            best = np.maximum(*(_segment_max(values[r][:, None], m.starts)[:, 0] for r, m in side.matrices.items()))
            rows = (where or Where()).rows(side.profiles)
            for i in rows[np.argsort(-best[rows], kind="stable")][:k]:
                if best[i] <= 0:
                    break
                own = [
                    (float(value), statement.id)
                    for role, statements in _by_role(side.profiles[i]).items()
                    for value, statement in zip(values[role][side.matrices[role].of(i)], statements, strict=True)
                ]
                score, statement_id = max(own, key=lambda pair: pair[0])
                hits.append(Hit(side.profiles[i].id, statement_id, round(score, _DIGITS)))
        return sorted(hits, key=lambda h: (-h.score, h.profile_id))[:k]

    # --- fitting -----------------------------------------------------------------------------------------------------

    def _hubness(self, own: _Side, other: _Side) -> dict[Meeting, Scores]:
        """Per statement, the mean similarity to its nearest statements of the other country, for each meeting of roles.

        A fixed, evenly spaced sample of the other side keeps the cost linear in the number of profiles.
        """
        found = {}
        for mine, theirs in _MEETINGS:
            rows, sample = own.matrices[mine], other.matrices[theirs]
            if sample.rows == 0:
                found[mine, theirs] = np.zeros(rows.rows)
                continue
            chosen = sample.take(np.unique(np.linspace(0, sample.rows - 1, min(sample.rows, _SAMPLE)).astype(np.intp)))
            near = min(_NEIGHBOURS, chosen.rows)
            means = np.empty(rows.rows)
            for start in range(0, rows.rows, _BLOCK):
                block = slice(start, min(start + _BLOCK, rows.rows))
                values = _similarities(rows.take(block), chosen)
                means[block] = np.partition(values, -near, axis=1)[:, -near:].mean(axis=1)
            found[mine, theirs] = np.round(means, 6)
        return found

    # --- one against all, single precision ---------------------------------------------------------------------------

    def _rough_fits(self, seeker: _Pack, other: _Side, relations: Sequence[Relation]) -> Scores:
        """Fit of the seeker with every profile of the other side, to about 1e-5."""
        by_role = {role: _similarities(m, seeker.stacked) for role, m in other.matrices.items()}
        columns = {
            Role.CAPABILITY: slice(0, seeker.matrices[Role.CAPABILITY].rows),
            Role.NEED: slice(seeker.matrices[Role.CAPABILITY].rows, None),
        }

        def met(mine: Role, theirs: Role) -> Scores:
            """Per profile and statement of the seeker, what the profile's best answer is worth."""
            values = by_role[theirs][:, columns[mine]]
            values = values - (self.hubness / 2 * other.hubness[theirs, mine]).astype(np.float32)[:, None]
            best = _segment_max(values, other.matrices[theirs].starts)
            return np.maximum(best - self.hubness / 2 * seeker.hubness[mine, theirs], 0)

        def meets(mine: Role, theirs: Role) -> Scores:
            """Per statement of the other side, padded to a row a profile, what the seeker's best answer is worth."""
            matrix = other.matrices[theirs]
            values = by_role[theirs][:, columns[mine]]
            values = values - (self.hubness / 2 * seeker.hubness[mine, theirs]).astype(np.float32)
            best = values.max(axis=1, initial=-1.0) - self.hubness / 2 * other.hubness[theirs, mine]
            lengths = np.diff(matrix.starts)
            padded = np.zeros((len(lengths), max(int(lengths.max(initial=0)), 1)))
            position = np.arange(matrix.rows) - np.repeat(matrix.starts[:-1], lengths)
            padded[np.repeat(np.arange(len(lengths)), lengths), position] = np.maximum(best, 0)
            return padded

        gets = _ranked_sum(met(Role.NEED, Role.CAPABILITY))
        gives = _ranked_sum(meets(Role.CAPABILITY, Role.NEED))
        fits = np.full(len(other.profiles), -np.inf)
        wanted = relations or tuple(Relation)
        if Relation.CO_DEVELOPMENT in wanted:
            fits = np.maximum(fits, _harmonic(gets, gives))
        commercial = seeker.profile.kind.is_commercial | other.is_commercial
        if Relation.SUPPLY in wanted:
            strong, weak = np.maximum(gets, gives), np.minimum(gets, gives)
            supply = SUPPLY_FACTOR * ((1 - SUPPLY_ACCEPTABILITY) * strong + SUPPLY_ACCEPTABILITY * weak)
            fits = np.maximum(fits, np.where(commercial, supply, -np.inf))
        if Relation.PEER in wanted and not seeker.profile.kind.is_commercial:
            mine = np.hstack([met(*m) for m in _MISSION]).sum(axis=1) / max(len(seeker.profile.statements), 1)
            theirs = np.hstack([meets(*m) for m in _MISSION]).sum(axis=1)
            theirs /= np.maximum(sum(np.diff(m.starts) for m in other.matrices.values()), 1)
            peer = PEER_FACTOR * _harmonic(mine, theirs)
            fits = np.maximum(fits, np.where(other.is_commercial, -np.inf, peer))
        return fits

    # --- one against one, double precision ---------------------------------------------------------------------------

    def _match(self, seeker: _Pack, partner: _Pack, relations: Sequence[Relation]) -> Match:
        best: tuple[float, Relation, Affinity, Affinity, float, float] | None = None
        directed = self._directed(seeker, partner), self._directed(partner, seeker)
        commercial = seeker.profile.kind.is_commercial, partner.profile.kind.is_commercial
        for relation in relations or tuple(Relation):
            gets, gives = directed
            if relation is Relation.SUPPLY and not any(commercial):
                continue
            if relation is Relation.PEER:
                if any(commercial):
                    continue
                gets, gives = self._mission(seeker, partner), self._mission(partner, seeker)
            factors = _factors(relation, gets.value, gives.value)
            fit = factors[0] * gets.value + factors[1] * gives.value
            if best is None or fit > best[0]:
                best = fit, relation, gets, gives, *factors
        if best is None:  # only relations that this pair cannot have were asked for
            best = -1.0, relations[0], *directed, 0.0, 0.0
        fit, relation, gets, gives, gets_factor, gives_factor = best
        confidence = self._confidence(seeker.profile, partner.profile)
        return Match(
            seeker.profile.id, partner.profile.id, relation, fit, gets, gives, gets_factor, gives_factor, confidence
        )

    def _directed(self, wants: _Pack, has: _Pack) -> Affinity:
        """How well one side's needs are met by the other's capabilities."""
        answers = self._answers(wants, has, Role.NEED, Role.CAPABILITY)
        order = sorted(range(len(answers)), key=lambda i: (-answers[i].similarity, i))
        weights = dict(zip(order, RANK_WEIGHTS, strict=False))
        return _affinity(answers, [weights.get(i, 0.0) for i in range(len(answers))])

    def _mission(self, one: _Pack, other: _Pack) -> Affinity:
        """How far one body's statements, capabilities and needs alike, are shared by the other."""
        answers = [answer for meeting in _MISSION for answer in self._answers(one, other, *meeting)]
        return _affinity(answers, [1 / len(one.profile.statements)] * len(answers))

    def _answers(self, one: _Pack, other: _Pack, mine: Role, theirs: Role) -> list[Contribution]:
        """For each statement of a role, the best answer of the other side's statements of a role, not yet weighed."""
        rows, columns = one.matrices[mine], other.matrices[theirs]
        if not rows.rows or not columns.rows:
            return []
        meaning = np.round(rows.dense.astype(np.float64) @ columns.dense.astype(np.float64).T, _DIGITS)
        terms, concepts = (
            np.round((a.astype(np.float64) @ b.astype(np.float64).T).toarray(), _DIGITS)
            for a, b in ((rows.terms, columns.terms), (rows.concepts, columns.concepts))
        )
        hubs = -self.hubness / 2 * (one.hubness[mine, theirs][:, None] + other.hubness[theirs, mine][None, :])
        total = np.round(meaning + terms + concepts + hubs, _DIGITS)
        asked, offered = _by_role(one.profile)[mine], _by_role(other.profile)[theirs]
        answers = []
        for i, statement in enumerate(asked):
            j = int(total[i].argmax())
            signals = Signals(float(meaning[i, j]), float(terms[i, j]), float(concepts[i, j]), float(hubs[i, j]))
            answers.append(Contribution(statement.id, offered[j].id, max(signals.total, 0.0), 0.0, 0.0, signals))
        return answers

    def _confidence(self, one: Profile, other: Profile) -> Confidence:
        both = (one, other)
        statements = [s for p in both for s in p.statements]
        needs = [s for p in both for s in p.needs]
        full = [min(1.0, len(p.capabilities) / 4) + min(1.0, len(p.needs) / 3) for p in both]
        years = [max((self.as_of_ - s.read_on).days, 0) / 365.25 for s in statements]
        return Confidence(
            completeness=sum(full) / 4,
            freshness=sum(0.5 ** (y / 2) for y in years) / len(years) if years else 0.0,
            directness=1 - 0.5 * sum(s.is_inferred for s in needs) / len(needs) if needs else 0.5,
        )


# --- arithmetic ------------------------------------------------------------------------------------------------------


def _pack(side: _Side, index: int) -> _Pack:
    matrices = {role: m.take(m.of(index)) for role, m in side.matrices.items()}
    hubness = {meeting: values[side.matrices[meeting[0]].of(index)] for meeting, values in side.hubness.items()}
    return _Pack(side.profiles[index], matrices, hubness)


def _by_role(profile: Profile) -> dict[Role, tuple[Statement, ...]]:
    return {Role.CAPABILITY: profile.capabilities, Role.NEED: profile.needs}


def _similarities(matrix: StatementMatrix, queries: StatementMatrix) -> NDArray[np.float32]:
    """Similarity of every row to every query, before hubness: shape (rows, queries)."""
    values = matrix.dense @ queries.dense.T
    values += matrix.sparse_product(queries)
    return np.asarray(values, np.float32)


def _segment_max(values: NDArray[Any], starts: NDArray[np.intp]) -> NDArray[Any]:
    """Column-wise maximum over each profile's rows; -1 for a profile without rows."""
    found = np.full((len(starts) - 1, values.shape[1]), -1.0, values.dtype)
    filled = np.diff(starts) > 0
    if filled.any():
        found[filled] = np.maximum.reduceat(values, starts[:-1][filled], axis=0)
    return found


def _ranked_sum(values: Scores) -> Scores:
    """Row-wise sum of the best few values under :data:`RANK_WEIGHTS`."""
    best = -np.sort(-values, axis=1)[:, : len(RANK_WEIGHTS)]
    return np.asarray(best @ np.array(RANK_WEIGHTS[: best.shape[1]]))


def _harmonic(a: Scores, b: Scores) -> Scores:
    total = a + b
    return np.divide(2 * a * b, total, out=np.zeros_like(total), where=total > 0)


def _factors(relation: Relation, gets: float, gives: float) -> tuple[float, float]:
    """The multipliers that make ``fit = f * gets + g * gives`` exact, also for the harmonic mean.

    Half of 2ab / (a + b) is a * (b / (a + b)), and half is b * (a / (a + b)).
    """
    if relation is Relation.SUPPLY:
        strong, weak = SUPPLY_FACTOR * (1 - SUPPLY_ACCEPTABILITY), SUPPLY_FACTOR * SUPPLY_ACCEPTABILITY
        return (strong, weak) if gets >= gives else (weak, strong)
    total = gets + gives
    share = PEER_FACTOR if relation is Relation.PEER else 1.0
    return (share * gives / total, share * gets / total) if total > 0 else (0.0, 0.0)


def _affinity(answers: Sequence[Contribution], weights: Sequence[float]) -> Affinity:
    weighed = tuple(
        Contribution(a.wanted_id, a.met_by_id, a.similarity, w, w * a.similarity, a.signals) if a.similarity > 0 else a
        for a, w in zip(answers, weights, strict=True)
    )
    return Affinity(sum(c.value for c in weighed), weighed)
