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

from matcher.eligibility import who_of
from matcher.match import Relation, Where
from matcher.profile import (
    LANGUAGES,
    Cooperation,
    Country,
    Kind,
    Profile,
    Programme,
    ProgrammeKind,
    Readiness,
    RuleCode,
)
from matcher.taxonomy import Taxonomy
from matcher.window import Availability, Window

_Marks = NDArray[np.bool_]
_Table = tuple[tuple[str, ...], _Marks]

# The filters of the list of programmes, by their names in the query of an address, with all their values.
PROGRAMME_FACETS: Final[Mapping[str, tuple[str, ...]]] = {
    "status": (Availability.OPEN, "closing", Availability.UPCOMING, Availability.UNKNOWN, Availability.CLOSED),
    "country": tuple(Country),
    "foreign": ("yes",),
    "applicant": (*Kind, "unstated"),
    "funding": ("yes", "no", "unknown"),
    "kind": tuple(ProgrammeKind),
}
# Days to the last day of applying from which a programme counts as closing.
CLOSING_DAYS: Final = 60
_PAYING: Final = frozenset({ProgrammeKind.JOINT_CALL, ProgrammeKind.NATIONAL_FUNDING})
_NOT_PAYING: Final = frozenset(
    {ProgrammeKind.MEMORANDUM, ProgrammeKind.FRAMEWORK, ProgrammeKind.STRATEGY, ProgrammeKind.REGULATORY}
)


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
        subdivisions = sorted({p.subdivision for p in ordered if p.subdivision})
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
        return _narrowed(tables, chosen_values(where, country), len(ids))


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


def narrow_programmes(
    programmes: Sequence[Programme], windows: Sequence[Window], chosen: Mapping[str, tuple[str, ...]]
) -> Narrowed:
    """The programmes that pass the filters, and every facet of them; ``windows`` are theirs, in the same order.

    >>> from datetime import date
    >>> from matcher.corpus import Corpus
    >>> from matcher.window import applicable
    >>> programmes = list(Corpus.shipped().programmes.values())
    >>> windows = [applicable(p, date(2026, 11, 23)) for p in programmes]
    >>> chosen = dict.fromkeys(PROGRAMME_FACETS, ()) | {"status": ("open",), "funding": ("yes",)}
    >>> found = narrow_programmes(programmes, windows, chosen)
    >>> {windows[i].availability.value for i in found.kept}
    {'open'}
    """
    held: dict[str, list[tuple[str, ...]]] = {
        "status": [_statuses(w) for w in windows],
        "country": [p.countries for p in programmes],
        "foreign": [("yes",) if is_open_to_foreign(p) else () for p in programmes],
        "applicant": [_applicants(p) for p in programmes],
        "funding": [(funding(p),) for p in programmes],
        "kind": [(p.kind,) for p in programmes],
    }
    tables = {name: _table(PROGRAMME_FACETS[name], values) for name, values in held.items()}
    return _narrowed(tables, chosen, len(programmes))


def _statuses(window: Window) -> tuple[str, ...]:
    left = window.days_left
    is_closing = window.availability is Availability.OPEN and left is not None and left <= CLOSING_DAYS
    return (window.availability, "closing") if is_closing else (window.availability,)


def is_open_to_foreign(programme: Programme) -> bool:
    """Whether organisations of both countries have a part: by what the programme says of itself, or by a rule."""
    named = {*programme.countries}
    for rule in programme.rules:
        if rule.code in (RuleCode.APPLICANT, RuleCode.ROLE):
            named |= {c for c in (who_of(rule).country,) if c}
        elif rule.code is RuleCode.MIN_MEMBERS and isinstance(rule.value, Mapping):
            named |= set(map(Country, rule.value))
        elif rule.code is RuleCode.PARTNER_FUNDING:  # of the partner abroad
            named |= set(Country)
    return len(named) > 1


def _applicants(programme: Programme) -> tuple[str, ...]:
    """The kinds that may apply; all where the rule names none, and a mark where no rule has been read."""
    rules = [who_of(r) for r in programme.rules if r.code is RuleCode.APPLICANT]
    if not rules:
        return ("unstated",)
    return tuple(sorted({kind for who in rules for kind in who.kinds or tuple(Kind)}))


def funding(programme: Programme) -> str:
    """Whether it pays: a limit says so, and so do calls and funds; a strategy's budget is nobody's to apply for."""
    if programme.kind in _PAYING or any(r.code is RuleCode.FUNDING_CAP for r in programme.rules):
        return "yes"
    return "no" if programme.kind in _NOT_PAYING else "unknown"


def _narrowed(tables: Mapping[str, _Table], chosen: Mapping[str, tuple[str, ...]], size: int) -> Narrowed:
    passed = {name: _any_of(tables[name], chosen[name], size) for name in tables}
    failed = np.zeros(size, np.intp)
    for passes in passed.values():
        failed += ~passes
    facets = []
    for name, (values, marks) in tables.items():
        others = failed - ~passed[name] == 0
        totals = marks @ others.astype(np.intp)
        counts = tuple((v, int(n)) for v, n in zip(values, totals, strict=True) if n or v in chosen[name])
        facets.append(Facet(name, counts, chosen[name], int(others.sum())))
    return Narrowed(tuple(np.flatnonzero(failed == 0).tolist()), tuple(facets))


def _table(values: Iterable[str], held: Sequence[Collection[str]]) -> _Table:
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


def _any_of(table: _Table, chosen: Sequence[str], count: int) -> _Marks:
    values, marks = table
    if not chosen:
        return np.ones(count, np.bool_)
    return np.asarray(marks[[values.index(v) for v in chosen if v in values]].any(axis=0))
