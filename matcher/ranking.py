"""Ranking partners of the other country by what each side needs and the other can do.

The similarity of two statements is one dot product (see :mod:`matcher.vectors`), less a *hubness* correction: a
statement that resembles everything says little (cross-domain similarity local scaling, Conneau et al., 2018,
arXiv:1710.04087). The affinity of A towards B is a weighted sum over A's needs of what B's best-meeting capability
brings. The relation says how the two affinities combine:

=================  =======================================================  ==========================================
relation           both affinities give                                     open to
=================  =======================================================  ==========================================
co-development     harmonic mean: as good as the weaker side                pairs with something to gain on both sides
supply             0.8 x (0.8 x the stronger side + 0.2 x the weaker)        pairs with a company, startup or investor
peer               0.8 x harmonic mean of the shared mission both ways       pairs of two public-interest bodies
=================  =======================================================  ==========================================

To this the *common ground* of the two profiles is added: how alike they are as wholes, in meaning, terms and concepts.
Complementarity is the reason to work together, common ground is what makes it possible. The weights are data
(:mod:`matcher.combination`). A pair takes the relation in which it fits best. Every fit is a weighted sum of
contributions and can be added up on paper.

Ranking reads each matrix once, in single precision; the leaders are scored again in double precision, so that order
never depends on the order of input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from math import fsum
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from matcher.combination import Combination
from matcher.encoder import Progress, VectorCache, no_progress, text_key
from matcher.match import (
    Affinity,
    Confidence,
    Contribution,
    Ground,
    GroundPart,
    Hit,
    Likeness,
    Match,
    Relation,
    Signals,
    Where,
)
from matcher.profile import Country, Kind, Profile, Role, Statement
from matcher.taxonomy import Taxonomy
from matcher.text import guess_language
from matcher.vectors import (
    Products,
    Rows,
    Scores,
    SignalWeights,
    StatementMatrix,
    StatementVectoriser,
    dense_product,
    products,
    wholes,
)

# Grows whenever the same data could rank otherwise; kept with every stored match, beside the snapshot of the data.
MATCHER_VERSION: Final = "3"

# The best-met need counts most, the next ones less: one well-met need is reason enough to talk, more are better.
RANK_WEIGHTS: Final = (0.6, 0.25, 0.15)
# A relation of one direction is worth less than one of both; see the table above.
SUPPLY_FACTOR: Final = 0.8
SUPPLY_ACCEPTABILITY: Final = 0.2
PEER_FACTOR: Final = 0.8
HUBNESS: Final = 0.5
_NEIGHBOURS: Final = 10
_SAMPLE: Final = 1024
_BLOCK: Final = 8192
# Values in one block of all needs against all capabilities: some tens of megabytes with what they are made of.
_STEP_OF_ANSWERS: Final = 524_288
# Single precision is trusted to this much when the leaders are chosen.
SLACK: Final = 1e-4


# A search is a few words: the subject that they name says more than it does in a whole sentence, their meaning less.
_SEARCH_EMPHASIS: Final = SignalWeights(meaning=0.8, terms=1.0, concepts=2.0)
_KINSHIP: Final = np.array([[one.kinship(other) for other in Kind] for one in Kind])

Meeting = tuple[Role, Role]


@dataclass(frozen=True, slots=True)
class _Side:
    """One country's profiles as matrices, with each statement's hubness towards the other country."""

    country: Country
    profiles: tuple[Profile, ...]
    index: Mapping[str, int]
    is_commercial: NDArray[np.bool_]
    kinds: NDArray[np.intp]
    matrices: Mapping[Role, StatementMatrix]
    wholes: StatementMatrix
    hubness: Mapping[Meeting, Scores]


@dataclass(frozen=True, slots=True)
class _Pack:
    """One profile's own rows of a side."""

    profile: Profile
    rows: Mapping[Role, Rows]
    whole: Rows
    hubness: Mapping[Meeting, Scores]


# Which roles meet: a need is met by capabilities; between peers, like is held against like.
_DIRECTED: Final = ((Role.NEED, Role.CAPABILITY), (Role.CAPABILITY, Role.NEED))
_MISSION: Final = ((Role.CAPABILITY, Role.CAPABILITY), (Role.NEED, Role.NEED))
_MEETINGS: Final = _DIRECTED + _MISSION


class Matcher(BaseEstimator):
    """Ranks organisations of the other country for any organisation it was fitted on.

    Parameters are stored as given; ``as_of`` is the day against which sources age (the newest ``read_on`` if None).

    >>> from matcher.corpus import Corpus
    >>> corpus = Corpus.shipped()
    >>> matcher = Matcher().fit(list(corpus.profiles.values()))
    >>> best = matcher.rank("tenstorrent", k=3)
    >>> total = [m.gets_factor * m.gets.value + m.gives_factor * m.gives.value + m.ground.value for m in best]
    >>> [abs(m.fit - t) < 1e-9 for m, t in zip(best, total)]
    [True, True, True]
    """

    def __init__(  # noqa: PLR0913 - an estimator takes its parameters one by one
        self,
        *,
        cache: VectorCache | None = None,
        taxonomy: Taxonomy | None = None,
        weights: SignalWeights | None = None,
        hubness: float = HUBNESS,
        combination: Combination | None = None,
        as_of: date | None = None,
    ) -> None:
        self.cache = cache
        self.taxonomy = taxonomy
        self.weights = weights
        self.hubness = hubness
        self.combination = combination
        self.as_of = as_of

    def fit(self, profiles: Iterable[Profile], progress: Progress = no_progress) -> Self:
        """Vectorises the profiles, encoding only texts whose vectors are not known; ``progress`` counts those.

        Organisations that have closed are left out: they neither seek nor are proposed.
        """
        ordered = sorted((p for p in profiles if p.closed is None), key=lambda p: p.id)
        self.cache_ = self.cache or VectorCache.shipped()
        self.taxonomy_ = self.taxonomy or Taxonomy.shipped()
        self.combination_ = self.combination or Combination.shipped()
        self.vectoriser_ = StatementVectoriser(self.cache_, self.taxonomy_, self.weights).fit(
            ordered, progress=progress
        )
        self.as_of_ = self.as_of or max(s.read_on for p in ordered for s in p.statements)
        sides = {}
        for country in Country:
            own = tuple(p for p in ordered if p.country is country)
            index = {p.id: i for i, p in enumerate(own)}
            is_commercial = np.array([p.kind.is_commercial for p in own], bool)
            kinds = np.array([list(Kind).index(p.kind) for p in own], np.intp)
            matrices = self.vectoriser_.transform(own)
            sides[country] = _Side(country, own, index, is_commercial, kinds, matrices, wholes(matrices.values()), {})
        self.sides_ = {c: replace(s, hubness=self._hubness(s, sides[c.other])) for c, s in sides.items()}
        self.country_ = {p.id: p.country for p in ordered}
        return self

    # --- what users call ---------------------------------------------------------------------------------------------

    def rank(self, seeker_id: str, k: int = 10, where: Where | None = None) -> list[Match]:
        """The ``k`` best partners for an organisation, best first, ties by id. KeyError where it is unknown."""
        check_is_fitted(self)
        side = self.sides_[self.country_[seeker_id]]
        return self._rank(_pack(side, side.index[seeker_id]), k, where or Where())

    def rank_as(self, profile: Profile, k: int = 10) -> list[Match]:
        """:meth:`rank` of a profile that it was not fitted on, or that states something else than it was fitted with.

        As in :meth:`score_as`, nothing is fitted anew.
        """
        check_is_fitted(self)
        return self._rank(self._pack_as(profile), k, Where()) if profile.statements else []

    def _rank(self, seeker: _Pack, k: int, where: Where) -> list[Match]:
        other = self.sides_[seeker.profile.country.other]
        admitted = where.rows(other.profiles)
        if k < 1 or admitted.size == 0:
            return []
        rough = self._rough_fits(seeker, other, where.relations)[admitted]
        # Single precision may misplace near-ties at the cut: keep all that could still belong above it.
        cut = np.partition(rough, -k)[-k] - SLACK if rough.size > k else 0.0
        leaders = admitted[(rough >= cut) & (rough > -SLACK)]
        matches = [m for m in self._matches(seeker, other, leaders, where.relations) if m is not None and m.fit > 0]
        return sorted(matches, key=lambda m: (-m.fit, m.partner_id))[:k]

    def score(self, seeker_id: str, partner_id: str, relation: Relation | None = None) -> Match:
        """The match of one pair, in the relation asked for or in its best one.

        Raises KeyError for an unknown organisation, ValueError for two of one country and for a relation that the pair
        cannot have.
        """
        check_is_fitted(self)
        side, other = self.sides_[self.country_[seeker_id]], self.sides_[self.country_[partner_id]]
        if side is other:
            raise ValueError("both organisations are of the same country")
        where = np.array([other.index[partner_id]])
        wanted = (relation,) if relation else ()
        match = self._matches(_pack(side, side.index[seeker_id]), other, where, wanted)[0]
        if match is None:
            raise ValueError(
                f"this pair cannot have the relation {relation}" if relation else "this pair has no relation"
            )
        return match

    def fits(self, seeker_id: str) -> tuple[tuple[Profile, ...], Scores]:
        """Every organisation of the other country with its fit, to within :data:`SLACK`; -inf where there is none.

        Single precision: for choosing leaders, whose numbers :meth:`scores` gives.
        """
        check_is_fitted(self)
        side = self.sides_[self.country_[seeker_id]]
        other = self.sides_[side.country.other]
        return other.profiles, self._rough_fits(_pack(side, side.index[seeker_id]), other, ())

    def scores(self, seeker_id: str, partner_ids: Sequence[str]) -> dict[str, Match]:
        """The matches with some organisations of the other country, in their best relation; without it, none."""
        check_is_fitted(self)
        side = self.sides_[self.country_[seeker_id]]
        other = self.sides_[side.country.other]
        indices = np.array([other.index[i] for i in partner_ids], np.intp)
        found = self._matches(_pack(side, side.index[seeker_id]), other, indices, ())
        return {match.partner_id: match for match in found if match is not None}

    def profiles(self, country: Country) -> tuple[Profile, ...]:
        """The organisations of a country that it was fitted on, in id order."""
        check_is_fitted(self)
        return self.sides_[country].profiles

    def matrix(self, country: Country, role: Role) -> StatementMatrix:
        """Their statements of a role, in the order of :meth:`profiles`."""
        check_is_fitted(self)
        return self.sides_[country].matrices[role]

    def search(self, text: str, k: int = 20, country: Country | None = None, where: Where | None = None) -> list[Hit]:
        """Organisations whose statements answer a free text in any of the three languages, best first, ties by id."""
        check_is_fitted(self)
        query = self.vectoriser_.transform_texts([(text, guess_language(text))]).scaled(_SEARCH_EMPHASIS)
        hits: list[Hit] = []
        for side in self.sides_.values():
            if country not in (None, side.country):
                continue
            values = {role: m.similarities(query) for role, m in side.matrices.items()}
            best = np.maximum(*(segment_max(values[role], m.starts)[:, 0] for role, m in side.matrices.items()))
            rows = (where or Where()).rows(side.profiles)
            for i in rows[np.argsort(-best[rows], kind="stable")][:k]:
                if best[i] <= 0:
                    break
                own = [
                    (float(value), statement.id)
                    for role, statements in _by_role(side.profiles[i]).items()
                    for value, statement in zip(values[role][side.matrices[role].span(i), 0], statements, strict=True)
                ]
                score, statement_id = max(own, key=lambda pair: pair[0])
                hits.append(Hit(side.profiles[i].id, statement_id, round(score, 6)))
        return sorted(hits, key=lambda h: (-h.score, h.profile_id))[:k]

    def statements(self, country: Country, role: Role) -> list[tuple[Profile, Statement]]:
        """The capabilities or the needs of a country with their organisations, in the order of :meth:`answers`."""
        check_is_fitted(self)
        return [(p, s) for p in self.sides_[country].profiles for s in _by_role(p)[role]]

    def answers(self, country: Country) -> Iterator[tuple[int, Scores]]:
        """How well every capability of the other country answers every need of this one, in blocks of needs.

        Each block comes with the number of its first need; rows are needs, columns capabilities, in the order of
        :meth:`statements`. The values are the ``similarity`` of :class:`Contribution`, in double precision.

        >>> from matcher.corpus import Corpus
        >>> matcher = Matcher().fit(Corpus.shipped().profiles.values())
        >>> start, values = next(matcher.answers(Country.JP))
        >>> start, values.shape[1] == len(matcher.statements(Country.CA, Role.CAPABILITY))
        (0, True)
        """
        check_is_fitted(self)
        mine, theirs = Role.NEED, Role.CAPABILITY
        side, other = self.sides_[country], self.sides_[country.other]
        needs, offers = side.matrices[mine], other.matrices[theirs]
        size = max(_STEP_OF_ANSWERS // max(len(offers), 1), 1)
        for start in range(0, len(needs), size):
            block = slice(start, min(start + size, len(needs)))
            hubness = -self.hubness / 2 * (side.hubness[mine, theirs][block, None] + other.hubness[theirs, mine])
            yield start, np.maximum(products(needs.rows.take(block), offers.rows).total + hubness, 0)

    def profile(self, profile_id: str) -> Profile:
        """An organisation it was fitted on; KeyError where it was not."""
        side = self.sides_[self.country_[profile_id]]
        return side.profiles[side.index[profile_id]]

    def score_as(self, profile: Profile, partner_id: str, relation: Relation | None = None) -> Match | None:
        """:meth:`score` of a profile that states something else than it was fitted with; None where it has no match.

        Nothing is fitted anew: term weights, concept weights, means and the hubness of all other statements stay.
        """
        other = self.sides_[profile.country.other]
        where = np.array([other.index[partner_id]])
        return self._matches(self._pack_as(profile), other, where, (relation,) if relation else ())[0]

    def place(self, profile: Profile, match: Match) -> int:
        """Which place, from 1, a match takes among the partners of a profile, in its own words or in others."""
        other = self.sides_[profile.country.other]
        pack = self._pack_as(profile)
        ahead = self._rough_fits(pack, other, ()) - match.fit
        ahead[other.index[match.partner_id]] = -np.inf
        near = self._matches(pack, other, np.flatnonzero(np.abs(ahead) <= SLACK), ())
        own = (-match.fit, match.partner_id)
        return 1 + int((ahead > SLACK).sum()) + sum((-m.fit, m.partner_id) < own for m in near if m)

    def parts(self, seeker_id: str) -> tuple[tuple[str, ...], Scores]:
        """Every possible partner's id, and what makes its fit, not yet weighed: the relation, then each likeness.

        A row times the weights of a combination, in this order, is the fit under it, in single precision.
        """
        side = self.sides_[self.country_[seeker_id]]
        other, seeker = self.sides_[side.country.other], _pack(side, side.index[seeker_id])
        meaning = np.maximum(dense_product(other.wholes.rows.dense, seeker.whole.dense)[:, 0], 0)
        likenesses = {
            Likeness.MEANING: meaning,
            Likeness.KINSHIP: meaning * _kinships(seeker.profile, other),
            Likeness.TERMS: other.wholes.words(seeker.whole, 1, 0),
            Likeness.CONCEPTS: other.wholes.words(seeker.whole, 0, 1),
        }
        ground = np.stack([likenesses[likeness] for likeness in Likeness], axis=1).astype(np.float64)
        weights = self.combination_
        met = self._rough_fits(seeker, other, ()) - ground @ [weights.ground[likeness] for likeness in Likeness]
        relation = np.maximum(met / weights.relation, 0) if weights.relation else np.zeros_like(met)
        return tuple(p.id for p in other.profiles), np.column_stack([relation, ground])

    def best_offers(self, profile: Profile, without: str) -> list[tuple[Statement, Profile, Statement, float]]:
        """For each need of a profile: the capability of the other country that answers it best, whose, and how well.

        One organisation is left out: the one that is asked what it lacks.
        """
        other = self.sides_[profile.country.other]
        pack, mine, theirs = self._pack_as(profile), Role.NEED, Role.CAPABILITY
        offers = other.matrices[theirs]
        if not len(offers) or not profile.needs:
            return []
        values = offers.similarities(pack.rows[mine]) - self.hubness / 2 * other.hubness[theirs, mine][:, None]
        values[offers.span(other.index[without])] = -np.inf
        owners, found = offers.owners(), []
        for need, column, hubness in zip(profile.needs, values.T, pack.hubness[mine, theirs], strict=True):
            best = int(column.argmax())
            owner = other.profiles[int(owners[best])]
            offer = owner.capabilities[best - offers.span(int(owners[best])).start]
            found.append((need, owner, offer, max(float(column[best] - self.hubness / 2 * hubness), 0.0)))
        return found

    def with_combination(self, combination: Combination) -> Self:
        """The matcher as it was fitted, with other weights: fitting does not depend on them."""
        other = copy(self)
        other.combination = other.combination_ = combination
        return other

    # --- fitting -----------------------------------------------------------------------------------------------------

    def _hubness(self, own: _Side, other: _Side) -> dict[Meeting, Scores]:
        """Per statement, the mean similarity to its nearest statements of the other country, for each meeting of roles.

        A fixed, evenly spaced sample of the other side keeps the cost linear in the number of profiles.
        """
        found = {}
        for mine, theirs in _MEETINGS:
            matrix, others = own.matrices[mine], other.matrices[theirs]
            means = np.zeros(len(matrix))
            if len(others):
                spread = np.linspace(0, len(others) - 1, min(len(others), _SAMPLE))
                sample = others.rows.take(np.unique(spread.astype(np.intp)))
                near = min(_NEIGHBOURS, len(sample))
                for start in range(0, len(matrix), _BLOCK):
                    block = slice(start, min(start + _BLOCK, len(matrix)))
                    rows = matrix.rows.take(block)
                    values = rows.dense @ sample.dense.T + (rows.sparse @ sample.sparse.T).toarray()
                    means[block] = np.partition(values, -near, axis=1)[:, -near:].mean(axis=1)
            means[means < 0] = 0  # a correction takes away, and never adds
            found[mine, theirs] = np.round(means, 6)
        return found

    def _pack_as(self, profile: Profile) -> _Pack:
        """An organisation as it is described here: the rows it was fitted with, and new ones where it says more."""
        side, other = self.sides_[profile.country], self.sides_[profile.country.other]
        if profile.id not in side.index:
            fresh = self._vectors_aside(profile)
            towards = self._hubness(replace(side, matrices=fresh), other)
            return _Pack(profile, {r: m.rows for r, m in fresh.items()}, wholes(fresh.values()).rows, towards)
        fitted = _pack(side, side.index[profile.id])
        if profile.statements == fitted.profile.statements:
            return fitted
        known = set(fitted.profile.statements)
        added = replace(profile, statements=tuple(s for s in profile.statements if s not in known))
        rows, hubness = fitted.rows, fitted.hubness
        if added.statements:
            fresh = self._vectors_aside(added)
            towards = self._hubness(replace(side, matrices=fresh), other)
            rows = {role: r.above(fresh[role].rows) for role, r in rows.items()}
            hubness = {meeting: np.concatenate([own, towards[meeting]]) for meeting, own in hubness.items()}
        now, before, new = _by_role(profile), _by_role(fitted.profile), _by_role(added)
        order = {role: _places(now[role], (*before[role], *new[role])) for role in now}
        rows = {role: r.take(order[role]) for role, r in rows.items()}
        whole = wholes([StatementMatrix.of(np.array([0, len(r)], np.intp), r) for r in rows.values()]).rows
        return _Pack(profile, rows, whole, {m: own[order[m[0]]] for m, own in hubness.items()})

    def _vectors_aside(self, profile: Profile) -> dict[Role, StatementMatrix]:
        """Matrices of one profile. What people type is not worth remembering, and the cache must not grow with it."""
        keys = {text_key(self.cache_.model_id, s.text) for s in profile.statements} & self.cache_.known.keys()
        vectoriser = copy(self.vectoriser_)
        vectoriser.cache = VectorCache(self.cache_.encoder, {key: self.cache_.known[key] for key in keys})
        return vectoriser.transform([profile])

    # --- one against all, single precision ---------------------------------------------------------------------------

    def _rough_fits(self, seeker: _Pack, other: _Side, relations: Sequence[Relation]) -> Scores:
        """Fit of the seeker with every profile of the other side, within :data:`SLACK`; -inf where there is none."""

        def similarities(mine: Role, theirs: Role) -> NDArray[np.float32]:
            values = other.matrices[theirs].similarities(seeker.rows[mine])
            values -= np.float32(self.hubness / 2) * other.hubness[theirs, mine][:, None].astype(np.float32)
            values -= np.float32(self.hubness / 2) * seeker.hubness[mine, theirs].astype(np.float32)
            return np.maximum(values, 0, out=values)

        def met(values: NDArray[np.float32], theirs: Role) -> Scores:
            """Per profile and statement of the seeker: what the profile's best answer is worth."""
            return segment_max(values, other.matrices[theirs].starts)

        def meets(values: NDArray[np.float32], theirs: Role) -> Scores:
            """Per profile and statement of its own, padded: what the seeker's best answer is worth."""
            return padded(values.max(axis=1, initial=0), other.matrices[theirs].starts)

        gets = ranked_sum(met(similarities(Role.NEED, Role.CAPABILITY), Role.CAPABILITY))
        gives = ranked_sum(meets(similarities(Role.CAPABILITY, Role.NEED), Role.NEED))
        wanted = relations or tuple(Relation)
        fits = np.full(len(other.profiles), -np.inf)
        if Relation.CO_DEVELOPMENT in wanted:
            np.maximum(fits, _harmonic(gets, gives), out=fits, where=(gets > 0) & (gives > 0))
        if Relation.SUPPLY in wanted:
            strong, weak = np.maximum(gets, gives), np.minimum(gets, gives)
            supply = SUPPLY_FACTOR * ((1 - SUPPLY_ACCEPTABILITY) * strong + SUPPLY_ACCEPTABILITY * weak)
            np.maximum(fits, supply, out=fits, where=other.is_commercial | seeker.profile.kind.is_commercial)
        if Relation.PEER in wanted and not seeker.profile.kind.is_commercial:
            shared = {mine: similarities(mine, theirs) for mine, theirs in _MISSION}
            mine = sum(met(v, role).sum(axis=1) for role, v in shared.items()) / max(len(seeker.profile.statements), 1)
            lengths = np.maximum(sum(np.diff(m.starts) for m in other.matrices.values()), 1)
            theirs = sum(meets(v, role).sum(axis=1) for role, v in shared.items()) / lengths
            np.maximum(fits, PEER_FACTOR * _harmonic(mine, theirs), out=fits, where=~other.is_commercial)
        weights = self.combination_.ground
        meaning = np.maximum(dense_product(other.wholes.rows.dense, seeker.whole.dense)[:, 0], 0)
        meaning *= weights[Likeness.MEANING] + weights[Likeness.KINSHIP] * _kinships(seeker.profile, other)
        words = other.wholes.words(seeker.whole, weights[Likeness.TERMS], weights[Likeness.CONCEPTS])
        return self.combination_.relation * fits + meaning + words

    # --- one against a few, double precision -------------------------------------------------------------------------

    def _matches(
        self, seeker: _Pack, other: _Side, indices: NDArray[np.intp], relations: Sequence[Relation]
    ) -> list[Match | None]:
        """The seeker with each of some profiles of the other side; None where they can have none of the relations."""
        meetings = _DIRECTED if seeker.profile.kind.is_commercial else _MEETINGS
        tables = {meeting: self._table(seeker, other, indices, *meeting) for meeting in meetings}
        grounds = self._grounds(seeker, other, indices)
        matches = []
        for place, index in enumerate(indices):
            partner = other.profiles[index]
            here = {meeting: table[place] for meeting, table in tables.items()}
            matches.append(self._match(seeker.profile, partner, here, grounds[place], relations))
        return matches

    def _grounds(self, seeker: _Pack, other: _Side, indices: NDArray[np.intp]) -> list[Ground]:
        """How alike the seeker and each of some profiles are as wholes."""
        rows, weights = other.wholes.rows.take(indices), self.combination_.ground
        # Summed in the order of the dimensions, so that the cosine is the same from either side.
        cosines = np.round((seeker.whole.dense.astype(np.float64) * rows.dense).sum(axis=1), 9)
        found = products(seeker.whole, rows)
        kinships = _kinships(seeker.profile, other)[indices]
        grounds = []
        for i, cosine in enumerate(np.maximum(cosines, 0)):
            alike = {
                Likeness.MEANING: float(cosine),
                Likeness.KINSHIP: round(float(cosine * kinships[i]), 9),
                Likeness.TERMS: float(found.terms[0, i]),
                Likeness.CONCEPTS: float(found.concepts[0, i]),
            }
            grounds.append(Ground(tuple(GroundPart(k, v, weights[k]) for k, v in alike.items() if weights[k])))
        return grounds

    def _table(
        self, seeker: _Pack, other: _Side, indices: NDArray[np.intp], mine: Role, theirs: Role
    ) -> list[_Answers]:
        """Statements of a role of the seeker against those of a role of each profile."""
        matrix, spans = other.matrices[theirs], [other.matrices[theirs].span(int(i)) for i in indices]
        chosen = np.concatenate([np.arange(s.start, s.stop) for s in spans]) if spans else np.empty(0, np.intp)
        found = products(seeker.rows[mine], matrix.rows.take(chosen))
        hubness = -self.hubness / 2 * (seeker.hubness[mine, theirs][:, None] + other.hubness[theirs, mine][chosen])
        bounds = np.cumsum([0, *(s.stop - s.start for s in spans)])
        return [
            _Answers(
                _by_role(seeker.profile)[mine],
                _by_role(other.profiles[i])[theirs],
                Products(found.meaning[:, a:b], found.terms[:, a:b], found.concepts[:, a:b]),
                hubness[:, a:b],
            )
            for i, a, b in zip(indices, bounds[:-1], bounds[1:], strict=True)
        ]

    def _match(
        self,
        seeker: Profile,
        partner: Profile,
        answers: Mapping[Meeting, _Answers],
        ground: Ground,
        relations: Sequence[Relation],
    ) -> Match | None:
        needs_met = answers[Role.NEED, Role.CAPABILITY].met()
        needs_it_meets = answers[Role.CAPABILITY, Role.NEED].meets()
        directed = weigh_needs(needs_met), weigh_needs(needs_it_meets)
        is_commercial = seeker.kind.is_commercial or partner.kind.is_commercial
        share = self.combination_.relation
        best: tuple[Relation, float, Affinity, Affinity, float, float] | None = None
        for relation in relations or tuple(Relation):
            gets, gives = directed
            if relation is Relation.CO_DEVELOPMENT and not (gets.value > 0 and gives.value > 0):
                continue
            if relation is Relation.SUPPLY and not is_commercial:
                continue
            if relation is Relation.PEER:
                if is_commercial:
                    continue
                gets = _weigh_mission([c for m in _MISSION for c in answers[m].met()], seeker)
                gives = _weigh_mission([c for m in _MISSION for c in answers[m].meets()], partner)
            gets_factor, gives_factor = _factors(relation, gets.value, gives.value)
            gets_factor, gives_factor = gets_factor * share, gives_factor * share
            fit = (gets_factor * gets.value + gives_factor * gives.value) + ground.value
            if best is None or fit > best[1]:
                best = relation, fit, gets, gives, gets_factor, gives_factor
        if best is None:
            return None
        return Match(seeker.id, partner.id, *best, ground, self.confidence(seeker, partner))

    def confidence(self, one: Profile, other: Profile) -> Confidence:
        """How much is known of two profiles, in these words or in others."""
        both = (one, other)
        statements = [s for p in both for s in p.statements]
        needs = [s for p in both for s in p.needs]
        full = [min(1.0, len(p.capabilities) / 4) + min(1.0, len(p.needs) / 3) for p in both]
        years = [max((self.as_of_ - s.read_on).days, 0) / 365.25 for s in statements]
        return Confidence(
            completeness=sum(full) / 4,
            # fsum is exact, so that the value is the same from either side.
            freshness=fsum(0.5 ** (y / 2) for y in years) / len(years) if years else 0.0,
            directness=1 - 0.5 * sum(s.is_inferred for s in needs) / len(needs) if needs else 0.5,
        )


# --- arithmetic ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Answers:
    """Statements of one profile against statements of another: similarities by signal, and the hubness correction."""

    mine: tuple[Statement, ...]
    theirs: tuple[Statement, ...]
    found: Products
    hubness: Scores

    def met(self) -> list[Contribution]:
        """For each statement of mine, the best answer of theirs, not yet weighed."""
        if not (self.mine and self.theirs):
            return []
        best = (self.found.total + self.hubness).argmax(axis=1)
        return self._answered(np.arange(len(best)), best, self.mine, [self.theirs[j] for j in best])

    def meets(self) -> list[Contribution]:
        """For each statement of theirs, the best answer of mine, not yet weighed."""
        if not (self.mine and self.theirs):
            return []
        best = (self.found.total + self.hubness).argmax(axis=0)
        return self._answered(best, np.arange(len(best)), self.theirs, [self.mine[i] for i in best])

    def _answered(
        self, mine: NDArray[np.intp], theirs: NDArray[np.intp], wanted: Sequence[Statement], met_by: Sequence[Statement]
    ) -> list[Contribution]:
        found = self.found
        parts = (part[mine, theirs].tolist() for part in (found.meaning, found.terms, found.concepts, self.hubness))
        signals = [Signals(*values) for values in zip(*parts, strict=True)]
        return [
            Contribution(w.id, m.id, max(s.total, 0.0), 0.0, 0.0, s)
            for w, m, s in zip(wanted, met_by, signals, strict=True)
        ]


def _pack(side: _Side, index: int) -> _Pack:
    rows = {role: m.rows.take(m.span(index)) for role, m in side.matrices.items()}
    hubness = {meeting: values[side.matrices[meeting[0]].span(index)] for meeting, values in side.hubness.items()}
    return _Pack(side.profiles[index], rows, side.wholes.rows.take(slice(index, index + 1)), hubness)


def _kinships(profile: Profile, other: _Side) -> Scores:
    """How much each profile of the other side is the same kind of organisation: see :meth:`Kind.kinship`."""
    return np.asarray(_KINSHIP[list(Kind).index(profile.kind), other.kinds])


def _by_role(profile: Profile) -> dict[Role, tuple[Statement, ...]]:
    return {Role.CAPABILITY: profile.capabilities, Role.NEED: profile.needs}


def _places(of: Sequence[Statement], among: Sequence[Statement]) -> NDArray[np.intp]:
    place = {statement: i for i, statement in enumerate(among)}
    return np.array([place[statement] for statement in of], np.intp)


def segment_max(values: NDArray[Any], starts: NDArray[np.intp]) -> NDArray[Any]:
    """Column-wise maximum over each profile's rows, at least 0; 0 for a profile without rows."""
    found = np.zeros((len(starts) - 1, values.shape[1]), values.dtype)
    filled = np.diff(starts) > 0
    if filled.any():
        found[filled] = np.maximum.reduceat(values, starts[:-1][filled], axis=0)
    return found


def padded(values: NDArray[Any], starts: NDArray[np.intp]) -> NDArray[Any]:
    """One row a profile with its rows' values, filled up with zeros."""
    lengths = np.diff(starts)
    found = np.zeros((len(lengths), max(int(lengths.max(initial=0)), 1)), values.dtype)
    found[np.repeat(np.arange(len(lengths)), lengths), np.arange(len(values)) - np.repeat(starts[:-1], lengths)] = (
        values
    )
    return found


def ranked_sum(values: Scores) -> Scores:
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
        if gets == gives:  # neither side is the stronger one, whichever asks
            return (strong + weak) / 2, (strong + weak) / 2
        return (strong, weak) if gets > gives else (weak, strong)
    total = gets + gives
    share = PEER_FACTOR if relation is Relation.PEER else 1.0
    return (share * gives / total, share * gets / total) if total > 0 else (0.0, 0.0)


def weigh_needs(answers: Sequence[Contribution]) -> Affinity:
    """The best-met needs under :data:`RANK_WEIGHTS`; the others weigh nothing."""
    order = sorted(range(len(answers)), key=lambda i: (-answers[i].similarity, i))
    weights = dict(zip(order, RANK_WEIGHTS, strict=False))
    return _weighed(answers, [weights.get(i, 0.0) for i in range(len(answers))])


def _weigh_mission(answers: Sequence[Contribution], profile: Profile) -> Affinity:
    """All statements of a profile alike, answered or not: between peers it counts how much of the work is shared."""
    return _weighed(answers, [1 / len(profile.statements) for _ in answers])


def _weighed(answers: Sequence[Contribution], weights: Sequence[float]) -> Affinity:
    contributions = tuple(
        Contribution(a.wanted_id, a.met_by_id, a.similarity, w, w * a.similarity, a.signals) if a.similarity > 0 else a
        for a, w in zip(answers, weights, strict=True)
    )
    return Affinity(sum(c.value for c in contributions), contributions)
