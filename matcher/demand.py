"""Which needs of one country the other can answer, by field: where both meet, and what nobody covers yet.

The field of a statement is that of the concepts it names; where it names none, the fields of its organisation. A
statement that touches several fields counts in each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.explain import COVERED, PARTLY, Coverage
from matcher.profile import Country, Profile, Role, Statement
from matcher.ranking import Matcher
from matcher.taxonomy import Taxonomy, fields_of


@dataclass(frozen=True, slots=True)
class Want:
    """One need, and the statement of the other country that answers it best, if there is any to compare with."""

    profile: Profile
    need: Statement
    fields: tuple[str, ...]
    coverage: Coverage
    partner: Profile | None
    answer: Statement | None


@dataclass(frozen=True, slots=True)
class Cell:
    """Needs of one field that capabilities of one field cover, those they only partly cover, and how many these are.

    ``capabilities`` counts the statements that answer at least one of these needs at least partly.
    """

    covered: int
    partly: int
    capabilities: int


@dataclass(frozen=True, slots=True)
class Demand:
    """The needs of a country against the capabilities of the other.

    ``cells`` has an entry for each pair of a need's field and a capability's field where something is answered.
    """

    country: Country
    wants: tuple[Want, ...]
    cells: Mapping[tuple[str, str], Cell]

    def count(self, coverage: Coverage, field: str | None = None) -> int:
        """How many needs, of one field or of all, are met that far at best."""
        return sum(w.coverage is coverage for w in self.wants if field is None or field in w.fields)

    def total(self, field: str | None = None) -> int:
        """How many needs there are, of one field or of all."""
        return sum(field is None or field in w.fields for w in self.wants)

    @property
    def need_fields(self) -> tuple[str, ...]:
        """Fields in which something is needed."""
        return tuple(dict.fromkeys(f for w in self.wants for f in w.fields))

    @property
    def capability_fields(self) -> tuple[str, ...]:
        """Fields whose capabilities answer something."""
        return tuple(dict.fromkeys(offered for _, offered in self.cells))


def demand(matcher: Matcher, country: Country, taxonomy: Taxonomy) -> Demand:
    """What a country needs and the other has, on a fitted matcher.

    Every need is held against every capability of the other country, in blocks, so the work grows with the square of
    the corpus while the memory does not; the shipped data takes a twentieth of a second.

    >>> from matcher.corpus import Corpus
    >>> matcher = Matcher().fit(Corpus.shipped().profiles.values())
    >>> found = demand(matcher, Country.JP, Taxonomy.shipped())
    >>> found.total() == sum(found.count(coverage) for coverage in Coverage) == len(found.wants)
    True
    """
    needs, offers = matcher.statements(country, Role.NEED), matcher.statements(country.other, Role.CAPABILITY)
    need_fields = [fields_of(s, p, taxonomy) for p, s in needs]
    asks = _indicator(need_fields, taxonomy.fields)
    has = _indicator([fields_of(s, p, taxonomy) for p, s in offers], taxonomy.fields)
    n_fields = len(taxonomy.fields)
    covered, partly = np.zeros((n_fields, n_fields), int), np.zeros((n_fields, n_fields), int)
    answering = np.zeros((n_fields, len(offers)), bool)
    wants: list[Want] = []
    for start, values in matcher.answers(country):
        block = asks[start : start + len(values)]
        is_covered = _joined(values >= COVERED, has)
        is_partly = _joined(values >= PARTLY, has) & ~is_covered
        covered += block.T.astype(int) @ is_covered
        partly += block.T.astype(int) @ is_partly
        answering |= _joined(block.T, values >= PARTLY)
        for i, row in enumerate(values, start):
            wants.append(_want(needs[i], need_fields[i], row, offers))
    behind = answering.astype(int) @ has
    cells = {
        (asked, offered): Cell(int(covered[i, j]), int(partly[i, j]), int(behind[i, j]))
        for i, asked in enumerate(taxonomy.fields)
        for j, offered in enumerate(taxonomy.fields)
        if behind[i, j]
    }
    return Demand(country, tuple(wants), cells)


def answered(matcher: Matcher, country: Country, taxonomy: Taxonomy, *, asked: str, offered: str) -> tuple[Want, ...]:
    """The needs of one cell with their best answers among the capabilities of its field, the best answered first.

    >>> from matcher.corpus import Corpus
    >>> matcher, taxonomy = Matcher().fit(Corpus.shipped().profiles.values()), Taxonomy.shipped()
    >>> cell = demand(matcher, Country.JP, taxonomy).cells["robotics", "robotics"]
    >>> found = answered(matcher, Country.JP, taxonomy, asked="robotics", offered="robotics")
    >>> len(found) == cell.covered + cell.partly
    True
    """
    needs, offers = matcher.statements(country, Role.NEED), matcher.statements(country.other, Role.CAPABILITY)
    columns = [j for j, (p, s) in enumerate(offers) if offered in fields_of(s, p, taxonomy)]
    chosen = [offers[j] for j in columns]
    found: list[tuple[float, Want]] = []
    for start, values in matcher.answers(country):
        for i, row in enumerate(values[:, columns], start):
            fields = fields_of(needs[i][1], needs[i][0], taxonomy)
            if asked in fields and row.max(initial=0) >= PARTLY:
                found.append((float(row.max()), _want(needs[i], fields, row, chosen)))
    return tuple(want for _, want in sorted(found, key=lambda pair: (-pair[0], pair[1].profile.id, pair[1].need.id)))


def _indicator(groups: Sequence[Sequence[str]], fields: Sequence[str]) -> NDArray[np.bool_]:
    """One row a statement, one column a field: whether it speaks of it."""
    return np.array([[f in group for f in fields] for group in groups], bool).reshape(len(groups), len(fields))


def _joined(left: NDArray[np.bool_], right: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a row of one and a column of the other share a place; in numbers, since BLAS knows no truth values."""
    return (left.astype(np.float32) @ right.astype(np.float32)) > 0


def _want(
    asked: tuple[Profile, Statement],
    fields: tuple[str, ...],
    values: NDArray[np.float64],
    offers: Sequence[tuple[Profile, Statement]],
) -> Want:
    if not values.size:
        return Want(*asked, fields, Coverage.MISSING, None, None)
    # The first of equals is that of the organisation whose id comes first.
    best = int(values.argmax())
    least = float(values[best])
    coverage = Coverage.COVERED if least >= COVERED else Coverage.PARTLY if least >= PARTLY else Coverage.MISSING
    return Want(*asked, fields, coverage, *offers[best])
