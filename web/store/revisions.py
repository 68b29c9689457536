"""What an entry said before, who changed it, and bringing an earlier state back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matcher.document import parse_profile, parse_programme
from web import models
from web.models import AuditEvent, Entry
from web.models.base import utc
from web.store import people
from web.store.corpus import MERGED, PROGRAMME, Outdated, save_change


class UnknownRevision(LookupError):
    """There is no such entry, or it has no such revision."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One saved state of an entry.

    ``action`` is empty where the log does not say, ``who`` there too, and where it was somebody who has left.
    """

    number: int
    document: Mapping[str, Any]
    saved_at: datetime
    action: str
    who: str


@dataclass(frozen=True, slots=True)
class History:
    """All states of an entry, the newest first; a merged one is kept for its history alone."""

    entry_id: str
    entry_type: str
    revisions: tuple[Revision, ...]

    @property
    def latest(self) -> Revision:
        return self.revisions[0]

    @property
    def is_programme(self) -> bool:
        return self.entry_type == PROGRAMME

    @property
    def is_merged(self) -> bool:
        return self.entry_type == MERGED

    def revision(self, number: int) -> Revision:
        """One state by its number; raises :class:`UnknownRevision`."""
        for revision in self.revisions:
            if revision.number == number:
                return revision
        raise UnknownRevision(f"{self.entry_id} {number}")


def get_history(session: Session, *, entry_id: str) -> History:
    """All that an organisation or programme ever said; raises :class:`UnknownRevision`."""
    entry = session.get(Entry, entry_id)
    if entry is None:
        raise UnknownRevision(entry_id)
    events = session.scalars(select(AuditEvent).where(AuditEvent.subject == entry_id).order_by(AuditEvent.id))
    made = {event.detail["revision"]: event for event in events if "revision" in event.detail}
    names = people.list_actor_names(session, [event.actor for event in made.values()])
    row = models.Revision
    found = session.scalars(select(row).where(row.entry_id == entry_id).order_by(row.number.desc()))
    return History(entry_id, entry.entry_type, tuple(_revision(r, made.get(r.number), names) for r in found))


def save_restored(session: Session, *, entry_id: str, number: int, latest: int, actor: str) -> None:
    """Makes an earlier state the newest one, where it says something else: nothing between them is lost.

    Raises :class:`UnknownRevision`; :class:`Outdated` where ``latest`` is not the newest revision any more, or the
    entry was merged into another; and :class:`matcher.document.InvalidDocument` for what could not be read any more.
    """
    entry = session.get(Entry, entry_id, with_for_update=True, populate_existing=True)
    row = models.Revision
    found = session.scalar(select(row).where(row.entry_id == entry_id, row.number == number))
    if entry is None or found is None:
        raise UnknownRevision(f"{entry_id} {number}")
    newest = session.scalar(select(func.max(row.number)).where(row.entry_id == entry_id))
    if newest != latest or entry.entry_type == MERGED:
        raise Outdated(entry_id)
    if entry.entry_type == PROGRAMME:
        parse_programme(found.document)
    else:
        parse_profile(found.document, complete=False)
    if found.document != entry.document:
        action, detail = f"{entry.entry_type}.restore", {"restored": number}
        save_change(session, entry, found.document, actor=actor, action=action, detail=detail)
        session.flush()


def _revision(row: models.Revision, event: AuditEvent | None, names: Mapping[str, str]) -> Revision:
    who = names.get(event.actor, event.actor) if event else ""
    return Revision(row.number, row.document, utc(row.saved_at), event.action if event else "", who)
