"""How often profiles that somebody keeps were shown: sums by day, and nothing of whom they were shown to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from web import models


class Kind(StrEnum):
    """Where it was shown: on its own page, as a row of a list, or as a side of a match."""

    PAGE = "page"
    LIST = "list"
    MATCH = "match"


@dataclass(frozen=True, slots=True)
class Showing:
    """How often one organisation was shown in one way on one day."""

    day: date
    kind: Kind
    count: int


def save_showings(session: Session, counts: Mapping[tuple[str, date, Kind], int]) -> None:
    """Adds counts by address, day and kind to what was counted before; those of organisations nobody keeps are dropped.

    No audit row: nobody did anything.
    """
    addresses = {address for address, _, _ in counts}
    listing = models.Listing
    kept = session.execute(
        select(listing.entry_id, listing.alias).where(
            or_(listing.entry_id.in_(addresses), listing.alias.in_(addresses))
        )
    )
    known = {address: entry_id for entry_id, alias in kept for address in (entry_id, alias)}
    # In one order everywhere, so that two processes cannot wait for each other.
    for (address, day, kind), count in sorted(counts.items()):
        if address not in known:
            continue
        key = (known[address], day, kind.value)
        row = session.get(models.Showing, key, with_for_update=True)
        if row is None:
            session.add(models.Showing(entry_id=key[0], day=day, kind=kind.value, count=count))
            session.flush()
        else:
            row.count += count


def list_showings(session: Session, *, entry_id: str, since: date | None = None) -> tuple[Showing, ...]:
    """How often an organisation was shown, by day and kind, from a day on."""
    row = models.Showing
    query = select(row).where(row.entry_id == entry_id).order_by(row.day, row.kind)
    found = session.scalars(query if since is None else query.where(row.day >= since))
    return tuple(Showing(one.day, Kind(one.kind), one.count) for one in found)
