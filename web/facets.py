"""Facets: how many of what was found have each value of each filter.

A count respects every other filter but not those of its own facet, so that it says what one gets by choosing the value
as well. Values of one facet are alternatives; facets narrow each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.match import Relation, Where
from matcher.profile import LANGUAGES, Cooperation, Country, Kind, Profile, Readiness
from matcher.taxonomy import Taxonomy

_Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Facet:
    """One filter with the values that occur, or are chosen, and how many organisations each would show.

    ``without`` is how many there would be with this filter taken out.
    """

    name: str
    counts: tuple[tuple[str, int], ...]
    chosen: tuple[str, ...]
    without: int


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What passes all filters, as places in what was given, in its order; and every facet."""

    kept: tuple[int, ...]
    facets: tuple[Facet, ...]


class FacetIndex:
    """The filter values of every organisation, a row of marks for each value.

    >>> from matcher.corpus import Corpus
    >>> profiles = Corpus.shipped().profiles
    >>> found = FacetIndex(profiles.values()).narrow(list(profiles), Where(kinds=(Kind.UNIVERSITY,)), Country.JP)
    >>> {profiles[list(profiles)[i]].kind.value for i in found.kept}
    {'university'}
    """

    def __init__(self, profiles: Iterable[Profile]) -> None:
        ordered = list(profiles)
        self._place: Final = {p.id: i for i, p in enumerate(ordered)}
        subdivisions = sorted({p.subdivision for p in ordered})
        self._tables: Final = {
            "country": _table(Country, [(p.country,) for p in ordered]),
            "kind": _table(Kind, [(p.kind,) for p in ordered]),
            "field": _table(Taxonomy.shipped().fields, [p.fields for p in ordered]),
            "subdivision": _table(subdivisions, [(p.subdivision,) for p in ordered]),
            "language": _table(LANGUAGES, [p.languages for p in ordered]),
            "trl": _table(Readiness, [p.readiness for p in ordered]),
            "cooperation": _table(Cooperation, [p.cooperations for p in ordered]),
        }

    def narrow(
        self,
        ids: Sequence[str],
        where: Where,
        country: Country | None = None,
        relations: Mapping[str, Relation] | None = None,
    ) -> Narrowed:
        """Applies the filters to some organisations; ``relations`` is the relation of each, where there is a seeker."""
        places = np.array([self._place[i] for i in ids], np.intp)
        tables = {name: (values, marks[:, places]) for name, (values, marks) in self._tables.items()}
        if relations is not None:
            tables["relation"] = _table(Relation, [(relations[i],) for i in ids])
        chosen = chosen_values(where, country)
        passed = {name: _any_of(tables[name], chosen[name], len(ids)) for name in tables}
        failed = np.zeros(len(ids), np.intp)
        for passes in passed.values():
            failed += ~passes
        facets = []
        for name, (values, marks) in tables.items():
            others = failed - ~passed[name] == 0
            totals = marks @ others.astype(np.intp)
            counts = tuple((v, int(n)) for v, n in zip(values, totals, strict=True) if n or v in chosen[name])
            facets.append(Facet(name, counts, chosen[name], int(others.sum())))
        return Narrowed(tuple(np.flatnonzero(failed == 0).tolist()), tuple(facets))


def chosen_values(where: Where, country: Country | None = None) -> dict[str, tuple[str, ...]]:
    """The chosen values of each facet, by its name in the query of an address."""
    return {
        "country": (country,) if country else (),
        "kind": where.kinds,
        "field": where.fields,
        "subdivision": where.subdivisions,
        "language": where.languages,
        "trl": where.readiness,
        "cooperation": where.cooperations,
        "relation": where.relations,
    }


def _table(values: Iterable[str], held: Sequence[Collection[str]]) -> tuple[tuple[str, ...], _Marks]:
    """The values, and for each a row that marks who holds it."""
    named = tuple(values)
    row = {value: i for i, value in enumerate(named)}
    marks: NDArray[Any] = np.zeros((len(named), len(held)), np.bool_)
    for column, own in enumerate(held):
        for value in own:
            # A field that the taxonomy no longer has is no choice either.
            if value in row:
                marks[row[value], column] = True
    return named, marks


def _any_of(table: tuple[tuple[str, ...], _Marks], chosen: Sequence[str], count: int) -> _Marks:
    values, marks = table
    if not chosen:
        return np.ones(count, np.bool_)
    return np.asarray(marks[[values.index(v) for v in chosen if v in values]].any(axis=0))
