"""When a programme can be applied to: its status as last read, and its dates seen from one day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from matcher.profile import Programme, ProgrammeStatus, RuleCode


class Availability(StrEnum):
    """Whether a programme can be applied to, joined or used today."""

    OPEN = "open"
    UPCOMING = "upcoming"
    UNKNOWN = "unknown"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Window:
    """A programme's dates seen from one day.

    ``dates`` are all that are known, by code and in order; ``next_date`` the first that is not past; ``days_left`` are
    those to the last day of applying. ``is_watched`` marks a closed call that has editions: the next one may come.
    ``is_registration_over``: only those who have registered can still apply.
    """

    availability: Availability
    dates: tuple[tuple[str, date], ...]
    next_date: tuple[str, date] | None
    days_left: int | None
    is_watched: bool
    is_registration_over: bool

    @property
    def is_applicable(self) -> bool:
        """Known to be open or about to open."""
        return self.availability in (Availability.OPEN, Availability.UPCOMING)


# A call that ended longer ago than this has had its day.
WATCHED: Final = timedelta(days=5 * 365)


def applicable(programme: Programme, today: date) -> Window:
    """Whether a programme can be applied to on a day, by its status as last read and by its dates.

    A status says how things stood when it was read; a date that has passed since overrules it. A programme read as
    closed stays closed whatever its dates say.

    >>> from matcher.corpus import Corpus
    >>> window = applicable(Corpus.shipped().programmes["globalstars-japan"], date(2026, 11, 23))
    >>> window.availability, window.is_applicable, window.is_watched
    (<Availability.CLOSED: 'closed'>, False, True)
    """
    dates = _dates(programme)
    last = max((day for code, day in dates if code in ("closes", "submission")), default=None)
    availability = _availability(programme, last, today)
    is_open = availability in (Availability.OPEN, Availability.UPCOMING, Availability.UNKNOWN)
    registration = dict(dates).get("registration")
    return Window(
        availability,
        dates,
        next(((code, day) for code, day in dates if day >= today), None),
        (last - today).days if last and is_open else None,
        availability is Availability.CLOSED and _recurs(programme, last, today),
        bool(is_open and registration and registration < today),
    )


def _dates(programme: Programme) -> tuple[tuple[str, date], ...]:
    own = [("opens", programme.opens_on), ("closes", programme.closes_on)]
    found = [(code, day) for code, day in own if day]
    for rule in programme.rules:
        if rule.code is RuleCode.DATES and isinstance(rule.value, Mapping):
            found += [(code, date.fromisoformat(day)) for code, day in rule.value.items()]
    return tuple(sorted(set(found), key=lambda pair: (pair[1], pair[0])))


def _availability(programme: Programme, last: date | None, today: date) -> Availability:
    if programme.status is ProgrammeStatus.CLOSED or (last and last < today):
        return Availability.CLOSED
    if programme.status is ProgrammeStatus.UNKNOWN:
        return Availability.UNKNOWN
    if programme.opens_on:
        return Availability.UPCOMING if programme.opens_on > today else Availability.OPEN
    return Availability.UPCOMING if programme.status is ProgrammeStatus.UPCOMING else Availability.OPEN


def _recurs(programme: Programme, last: date | None, today: date) -> bool:
    if programme.edition is None:
        return False
    year = re.search(r"(?:19|20)\d\d", programme.edition)
    known = last or (date(int(year[0]), 12, 31) if year else programme.read_on)
    return today - known <= WATCHED
