"""Triangles: an organisation of Japan, one of Canada, and a programme that could fund what they do together.

A triangle needs rules that nothing known breaks (:mod:`matcher.eligibility`), dates that allow it, or an edition that
may come again (:mod:`matcher.window`), a pair that fits (:mod:`matcher.ranking`) and a topic that fits. The *topic fit*
of a programme to an organisation is what the organisation's statements, of either role, answer of the programme's: the
best-answered statement counts 0.6, the next 0.25, the third 0.15. To several organisations it is the mean. The value of
a triangle is half the pair's fit and half the topic fit: all of it adds up on paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.eligibility import NO_FACTS, Assessment, Facts, Outcome, assess, screen
from matcher.encoder import Progress, no_progress
from matcher.match import Affinity, Contribution, Match, Signals
from matcher.profile import Country, Profile, Programme, Role, Statement
from matcher.ranking import SLACK, Matcher, ranked_sum, segment_max, weigh_needs
from matcher.vectors import Rows, Scores, products
from matcher.window import Availability, Window, applicable

PAIR_WEIGHT: Final = 0.5
TOPIC_WEIGHT: Final = 0.5
# The best pairs of a programme are looked for among this many organisations of each side, the most on topic.
POOL: Final = 50
_BLOCK: Final = 8192


@dataclass(frozen=True, slots=True)
class TopicFit:
    """How much a programme speaks of what some organisations do: the mean of ``parts``, 0 to 1.

    Each part is one organisation's: its contributions say which statement of the programme (``wanted_id``) is answered
    by which of the organisation (``met_by_id``), and add up to it.
    """

    programme_id: str
    parts: Mapping[str, Affinity]

    @property
    def value(self) -> float:
        return sum(part.value for part in self.parts.values()) / len(self.parts)

    @property
    def shares(self) -> tuple[tuple[str, Contribution, float], ...]:
        """Each answer that counts, with whose it is and what it adds to the value, the most first."""
        size = len(self.parts)
        found = [(who, c, c.value / size) for who, part in self.parts.items() for c in part.contributions if c.value]
        return tuple(sorted(found, key=lambda one: (-one[2], one[0], one[1].wanted_id)))


@dataclass(frozen=True, slots=True)
class Triangle:
    """A pair and a programme: ``value == PAIR_WEIGHT * match.fit + TOPIC_WEIGHT * topic.value``."""

    programme_id: str
    match: Match
    topic: TopicFit
    assessment: Assessment
    window: Window

    @property
    def value(self) -> float:
        return PAIR_WEIGHT * self.match.fit + TOPIC_WEIGHT * self.topic.value

    @property
    def order(self) -> tuple[bool, float, str, str, str]:
        """What can be applied for comes before what is only watched; then the best first, ties by id."""
        return (self.window.is_watched, -self.value, self.programme_id, self.match.partner_id, self.match.seeker_id)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, numbers unrounded."""
        return {
            "programme": self.programme_id,
            "seeker": self.match.seeker_id,
            "partner": self.match.partner_id,
            "value": self.value,
            "fit": self.match.fit,
            "topic": {
                "value": self.topic.value,
                "parts": {
                    member: [
                        {"wanted": c.wanted_id, "met_by": c.met_by_id, "value": c.value} for c in part.contributions
                    ]
                    for member, part in self.topic.parts.items()
                },
            },
            "availability": self.window.availability.value,
            "is_watched": self.window.is_watched,
            "eligibility": self.assessment.to_dict(),
        }


class Triangles:
    """Programmes beside a fitted matcher: their statements are vectorised with its terms, concepts and means.

    Programmes come in any order. Making one compares every statement of every programme with every statement of every
    organisation once, and keeps one number for each programme and organisation.

    >>> from matcher.corpus import Corpus
    >>> corpus = Corpus.shipped()
    >>> triangles = Triangles(Matcher().fit(corpus.profiles.values()), corpus.programmes.values())
    >>> best = triangles.of_organisation("kinova", date(2026, 11, 23), k=3)
    >>> [t.assessment.outcome is not Outcome.NOT_MET for t in best]
    [True, True, True]
    """

    def __init__(self, matcher: Matcher, programmes: Iterable[Programme], progress: Progress = no_progress) -> None:
        self.matcher = matcher
        self.programmes = {p.id: p for p in sorted(programmes, key=lambda p: p.id)}
        ordered = list(self.programmes.values())
        matcher.cache_.encode([s.text for p in ordered for s in p.statements], progress)
        matrix = self._matrix = matcher.vectoriser_.matrix([p.statements for p in ordered])
        self._rows = {p.id: matrix.rows.take(matrix.span(i)) for i, p in enumerate(ordered)}
        self._place = {p.id: i for i, p in enumerate(ordered)}
        self._member = {p.id: (c, i) for c in Country for i, p in enumerate(matcher.profiles(c))}
        self._topics = {c: self._all_topics(c) for c in Country}
        self._allowed = {c: self._screened(c) for c in Country}
        # Evidence is asked for again and again: by the next list, and by the pages that it leads to.
        self._remembered = lru_cache(maxsize=16_384)(self._part)
        self.statements = lru_cache(maxsize=4_096)(self._statements)

    # --- what users call ---------------------------------------------------------------------------------------------

    def topic(self, programme_id: str, members: Iterable[str]) -> TopicFit:
        """The topic fit of a programme to one or more organisations, with its evidence; KeyError where unknown."""
        return TopicFit(programme_id, {m: self._remembered(programme_id, m) for m in sorted(members)})

    def of_pair(self, seeker_id: str, partner_id: str, today: date, facts: Facts = NO_FACTS) -> list[Triangle]:
        """The programmes that could fund a pair, best first. KeyError, ValueError: as :meth:`Matcher.score`."""
        match = self.matcher.score(seeker_id, partner_id)
        return self._judged([(i, match) for i in self.programmes], today, facts)

    def of_organisation(
        self, seeker_id: str, today: date, k: int = 10, facts: Mapping[str, Facts] | None = None
    ) -> list[Triangle]:
        """The ``k`` best combinations of a partner and a programme. ``facts``: what is known, by programme id."""
        country, at = self._member[seeker_id]
        partners, fits = self.matcher.fits(seeker_id)
        found: list[Triangle] = []
        for ids in self._by_window(today):
            rows = [self._place[i] for i in ids if self._allowed[country][self._place[i], at]]
            if len(found) >= k or not rows or not partners:
                continue
            topics = (self._topics[country.other][rows] + self._topics[country][rows, at][:, None]) / 2
            values = PAIR_WEIGHT * fits[None, :] + TOPIC_WEIGHT * topics
            values[~(self._allowed[country.other][rows] & (fits > 0)[None, :])] = -np.inf
            names = [list(self.programmes)[row] for row in rows]
            found += self._leaders(seeker_id, partners, names, values, k - len(found), today, facts or {})
        return found

    def of_programme(
        self, programme_id: str, today: date, k: int = 10, facts: Facts = NO_FACTS, pool: int = POOL
    ) -> list[Triangle]:
        """The ``k`` best pairs for a programme, among the ``pool`` organisations of each country most on topic.

        The seeker is the Japanese organisation. A programme that is neither open nor watched has none.
        """
        programme, row = self.programmes[programme_id], self._place[programme_id]
        window = applicable(programme, today)
        if k < 1 or (window.availability is Availability.CLOSED and not window.is_watched):
            return []
        found: list[Triangle] = []
        for value, seeker, partner in self._promising(row, pool):
            # What follows can be better by no more than single precision errs.
            if len(found) >= k and value < found[k - 1].value - SLACK:
                break
            assessment = self._assess(programme, (seeker, partner), facts)
            if assessment.outcome is Outcome.NOT_MET:
                continue
            match = self.matcher.scores(seeker, [partner]).get(partner)
            if match is not None and match.fit > 0:
                topic = self.topic(programme_id, (seeker, partner))
                found = sorted(
                    [*found, Triangle(programme_id, match, topic, assessment, window)], key=lambda t: t.order
                )
        return found[:k]

    def forget(self) -> None:
        """Drops the evidence kept for the next question, as for measuring."""
        self._remembered.cache_clear()
        self.statements.cache_clear()

    # --- fitting -----------------------------------------------------------------------------------------------------

    def _all_topics(self, country: Country) -> Scores:
        """Topic fit of every programme to every organisation of a country: shape (programmes, organisations)."""
        starts, rows = self._matrix.starts, self._matrix.rows
        found = np.zeros((len(self.programmes), len(self.matcher.profiles(country))))
        best = np.zeros((found.shape[1], len(rows)))
        for role in Role:
            matrix = self.matcher.matrix(country, role)
            for first, last in _blocks(matrix.starts):
                block = slice(int(matrix.starts[first]), int(matrix.starts[last]))
                values = products(matrix.rows.take(block), rows).total
                own = segment_max(values, matrix.starts[first : last + 1] - matrix.starts[first])
                np.maximum(best[first:last], own, out=best[first:last])
        for i in range(len(found)):
            found[i] = ranked_sum(best[:, starts[i] : starts[i + 1]])
        return found

    def _screened(self, country: Country) -> NDArray[np.bool_]:
        """Whom the profile alone does not rule out as the applicant of its side: (programmes, organisations)."""
        profiles = self.matcher.profiles(country)
        # What a profile says of itself in this respect is soon said: most are alike.
        alike = {(p.kind, p.size, p.subdivision): p for p in profiles}
        found = np.zeros((len(self.programmes), len(profiles)), bool)
        for row, programme in enumerate(self.programmes.values()):
            known = {key: screen(programme, p) is not Outcome.NOT_MET for key, p in alike.items()}
            found[row] = [known[p.kind, p.size, p.subdivision] for p in profiles]
        return found

    # --- one query ---------------------------------------------------------------------------------------------------

    def _by_window(self, today: date) -> tuple[list[str], list[str]]:
        """Programmes that may be applied for, and those only watched; the others are past."""
        windows = {i: applicable(p, today) for i, p in self.programmes.items()}
        may = [i for i, w in windows.items() if w.availability is not Availability.CLOSED]
        return may, [i for i, w in windows.items() if w.is_watched]

    def _leaders(  # noqa: PLR0913, PLR0917 - one step of of_organisation, with all that it has found out
        self,
        seeker_id: str,
        partners: Sequence[Profile],
        names: Sequence[str],
        values: Scores,
        k: int,
        today: date,
        facts: Mapping[str, Facts],
    ) -> list[Triangle]:
        """The best of a table of programmes by partners; more are judged only while rules rule leaders out."""
        flat = values.ravel()
        country, at = self._member[seeker_id]
        count = min(max(2 * k, 1), flat.size)
        while True:
            cut = np.partition(flat, -count)[-count]
            chosen = np.flatnonzero((flat >= cut - SLACK) & np.isfinite(flat)).tolist()
            pairs = [(names[i // len(partners)], i % len(partners)) for i in chosen]
            matches = self.matcher.scores(seeker_id, [partners[i].id for i in sorted({i for _, i in pairs})])
            ordered = []
            for name, i in pairs:
                row, match = self._place[name], matches.get(partners[i].id)
                if match is not None:
                    topic = (self._topics[country][row, at] + self._topics[country.other][row, i]) / 2
                    ordered.append((-(PAIR_WEIGHT * match.fit + TOPIC_WEIGHT * float(topic)), name, match.partner_id))
            found: list[Triangle] = []
            for _, name, partner in sorted(ordered):
                if len(found) >= k:
                    break
                found += self._judged([(name, matches[partner])], today, facts.get(name, NO_FACTS))
            if count == flat.size or (len(found) >= k and found[-1].value >= cut):
                return sorted(found, key=lambda t: t.order)
            count = min(4 * count, flat.size)

    def _assess(self, programme: Programme, members: Sequence[str], facts: Facts) -> Assessment:
        return assess(programme, [self._profile(m) for m in members], facts, self.matcher.taxonomy_)

    def _judged(self, pairs: Iterable[tuple[str, Match]], today: date, facts: Facts) -> list[Triangle]:
        """The triangles that neither rules nor dates forbid, best first."""
        found = []
        for programme_id, match in pairs:
            programme = self.programmes[programme_id]
            window = applicable(programme, today)
            members = (match.seeker_id, match.partner_id)
            if window.availability is Availability.CLOSED and not window.is_watched:
                continue
            assessment = self._assess(programme, members, facts)
            if assessment.outcome is not Outcome.NOT_MET:
                found.append(Triangle(programme_id, match, self.topic(programme_id, members), assessment, window))
        return sorted(found, key=lambda t: t.order)

    def _pool(self, row: int, country: Country, size: int) -> list[str]:
        topics, profiles = self._topics[country][row], self.matcher.profiles(country)
        allowed = np.flatnonzero(self._allowed[country][row])
        return sorted(profiles[i].id for i in allowed[np.argsort(-topics[allowed], kind="stable")][:size])

    def _promising(self, row: int, size: int) -> list[tuple[float, str, str]]:
        """Pairs of the pools of a programme with about their value, the best first, ties by id."""
        own, other = self._pool(row, Country.JP, size), self._pool(row, Country.CA, size)
        places = [self._member[i][1] for i in other]
        topics = self._topics[Country.CA][row, places]
        found = []
        for seeker in own if other else ():
            fits = self.matcher.fits(seeker)[1][places]
            mine = self._topics[Country.JP][row, self._member[seeker][1]]
            values = PAIR_WEIGHT * fits + TOPIC_WEIGHT * (topics + mine) / 2
            found += [(float(v), seeker, i) for v, i, fit in zip(values, other, fits, strict=True) if fit > 0]
        return sorted(found, key=lambda one: (-one[0], one[1], one[2]))

    def _profile(self, profile_id: str) -> Profile:
        country, at = self._member[profile_id]
        return self.matcher.profiles(country)[at]

    def _statements(self, profile_id: str) -> tuple[tuple[Statement, ...], Rows]:
        """An organisation's statements, capabilities first, and their vectors."""
        country, at = self._member[profile_id]
        profile = self.matcher.profiles(country)[at]
        capabilities, needs = (self.matcher.matrix(country, role) for role in (Role.CAPABILITY, Role.NEED))
        rows = capabilities.rows.take(capabilities.span(at)).above(needs.rows.take(needs.span(at)))
        return (*profile.capabilities, *profile.needs), rows

    def _part(self, programme_id: str, profile_id: str) -> Affinity:
        asked = self.programmes[programme_id].statements
        offered, rows = self.statements(profile_id)
        found = products(self._rows[programme_id], rows)
        if not offered:
            return Affinity(0.0, ())
        answers, best = [], found.total.argmax(axis=1).tolist()
        for (i, statement), j in zip(enumerate(asked), best, strict=True):
            signals = Signals(float(found.meaning[i, j]), float(found.terms[i, j]), float(found.concepts[i, j]), 0.0)
            answers.append(Contribution(statement.id, offered[j].id, max(signals.total, 0.0), 0.0, 0.0, signals))
        return weigh_needs(answers)

    def programme_rows(self, programme_id: str) -> Rows:
        """The vectors of a programme's statements, in its order."""
        return self._rows[programme_id]


def _blocks(starts: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Runs of profiles, each of about :data:`_BLOCK` rows and at least one profile."""
    found, first = [], 0
    while first < len(starts) - 1:
        last = max(int(np.searchsorted(starts, starts[first] + _BLOCK, side="right")) - 1, first + 1)
        found.append((first, last))
        first = last
    return found
