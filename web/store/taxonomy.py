"""What reviewers change of the shipped taxonomy, in the order in which the changes lie on top of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matcher.taxonomy import Change
from web.models import TaxonomyChange
from web.models.base import utc
from web.store import people
from web.store.audit import record
from web.store.corpus import Outdated, save_refit


class UnknownChange(LookupError):
    """There is no such change; it may have been taken back."""


@dataclass(frozen=True, slots=True)
class StoredChange:
    """A change with who made it (a command's name, or empty for who has left) and when."""

    id: int
    change: Change
    actor: str
    made_at: datetime


def list_changes(session: Session) -> tuple[StoredChange, ...]:
    """Every change, the first made first."""
    rows = session.scalars(select(TaxonomyChange).order_by(TaxonomyChange.id)).all()
    names = people.list_actor_names(session, [row.actor for row in rows])
    return tuple(
        StoredChange(row.id, Change.read(row.document), names.get(row.actor, row.actor), utc(row.created_at))
        for row in rows
    )


def count_changes(session: Session) -> int:
    """How many changes there are."""
    return session.scalars(select(func.count()).select_from(TaxonomyChange)).one()


def mark_of(changes: Sequence[StoredChange]) -> str:
    """What changes when any change is made or taken back."""
    # An id alone may be given once more.
    states = " ".join(f"{stored.id} {stored.made_at.isoformat()}" for stored in changes)
    return hashlib.sha256(states.encode()).hexdigest()[:16]


def save_change(session: Session, change: Change, *, mark: str, actor: str) -> None:
    """Adds a change where the others are as they were shown, and lets matchers be fitted anew."""
    _lock(session, mark)
    session.add(TaxonomyChange(notation=change.notation, document=change.to_dict(), actor=actor))
    record(session, actor, "taxonomy.change", change.notation, {"change": change.to_dict()})


def delete_change(session: Session, change_id: int, *, mark: str, actor: str) -> None:
    """Takes a change back where the others are as they were shown, and lets matchers be fitted anew."""
    _lock(session, mark)
    row = session.get(TaxonomyChange, change_id)
    if row is None:
        raise UnknownChange(str(change_id))
    record(session, actor, "taxonomy.undo", row.notation, {"change": row.document})
    session.delete(row)


def _lock(session: Session, mark: str) -> None:
    # Two who save at once take turns at this row.
    save_refit(session)
    session.flush()
    if mark_of(list_changes(session)) != mark:
        raise Outdated
