"""The reviewers' desk: who is looking at which submission, and what was decided lately."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web import models
from web.models import AuditEvent, Entry, User
from web.models.base import now, utc
from web.store import people
from web.store.audit import record
from web.store.corpus import Outdated
from web.store.submissions import Objection, Status, UnknownSubmission, get_base_digest

# Whoever has not come back to a submission by then is doing something else.
READING_FOR: Final = timedelta(minutes=30)
# How long a decision stays on the desk.
SHOWN_FOR: Final = timedelta(days=90)
_MOST_DECIDED: Final = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """A reviewer who has a submission before them, until when that counts."""

    account_id: uuid.UUID
    name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a submission: ``who`` is a person's name, or that of a command."""

    action: str
    who: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision on a submission. ``entry_id`` and ``names`` are those of the organisation, as far as still known."""

    submission_id: uuid.UUID
    is_published: bool
    who: str
    decided_at: datetime
    entry_id: str | None
    names: Mapping[str, str]
    objections: tuple[Objection, ...]
    judged: tuple[str, ...]


# --- who is looking ---------------------------------------------------------------------------------------------------


def list_readings(session: Session) -> dict[uuid.UUID, Reading]:
    """Who is looking at which submission at present."""
    row = models.Reading
    query = select(row, User.name).join(User, User.id == row.account_id).where(row.since > now() - READING_FOR)
    return {
        reading.submission_id: Reading(reading.account_id, name, utc(reading.since) + READING_FOR)
        for reading, name in session.execute(query)
    }


def save_reading(session: Session, *, submission_id: uuid.UUID, account_id: uuid.UUID) -> None:
    """Says that somebody is looking at a submission, in place of whoever did before."""
    if session.get(models.Submission, submission_id) is None:
        raise UnknownSubmission(str(submission_id))
    row = session.get(models.Reading, submission_id, with_for_update=True)
    if row is None:
        row = models.Reading(submission_id=submission_id)
        session.add(row)
    row.account_id, row.since = account_id, now()
    session.flush()


def delete_reading(session: Session, *, submission_id: uuid.UUID, account_id: uuid.UUID) -> None:
    """Says that somebody is done with it."""
    row = session.get(models.Reading, submission_id, with_for_update=True)
    if row is not None and row.account_id == account_id:
        session.delete(row)
        session.flush()


# --- what waits, and what was decided ---------------------------------------------------------------------------------


def count_waiting(session: Session) -> int:
    """How many submissions wait for a reviewer."""
    row = models.Submission
    return session.scalar(select(func.count()).select_from(row).where(row.status == Status.SUBMITTED.value)) or 0


def list_rivals(session: Session, *, submission_id: uuid.UUID, entry_id: str | None) -> tuple[uuid.UUID, ...]:
    """Other submissions that wait and are about the same organisation."""
    row = models.Submission
    query = select(row.id).where(
        row.entry_id == entry_id, row.id != submission_id, row.status == Status.SUBMITTED.value
    )
    return () if entry_id is None else tuple(session.scalars(query.order_by(row.submitted_at)))


def list_events(session: Session, *, submission_id: uuid.UUID) -> tuple[Event, ...]:
    """What happened to a submission, oldest first."""
    query = select(AuditEvent).where(AuditEvent.subject == str(submission_id)).order_by(AuditEvent.id)
    events = session.scalars(query).all()
    names = people.list_actor_names(session, [event.actor for event in events])
    return tuple(Event(e.action, names.get(e.actor, e.actor), utc(e.happened_at)) for e in events)


def list_decided(session: Session) -> tuple[Decision, ...]:
    """What was decided lately, the last first; one taken back and sent anew may be there more than once."""
    actions = "submission.publish", "submission.return"
    query = select(AuditEvent).where(AuditEvent.action.in_(actions), AuditEvent.happened_at > now() - SHOWN_FOR)
    events = session.scalars(query.order_by(AuditEvent.id.desc()).limit(_MOST_DECIDED)).all()
    actors = people.list_actor_names(session, [event.actor for event in events])
    rows = models.Submission
    keys = [uuid.UUID(event.subject) for event in events]
    found = {row.id: row for row in session.scalars(select(rows).where(rows.id.in_(keys)))}
    entries = {row.entry_id for row in found.values()} | {event.detail.get("organisation") for event in events}
    known = [entry_id for entry_id in entries if entry_id]
    names: dict[str, Mapping[str, str]] = {
        entry_id: document["names"]
        for entry_id, document in session.execute(select(Entry.id, Entry.document).where(Entry.id.in_(known)))
    }
    return tuple(_decision(event, key, actors, found.get(key), names) for event, key in zip(events, keys, strict=True))


def _decision(
    event: AuditEvent, key: uuid.UUID, actors: Mapping[str, str], row: models.Submission | None,
    names: Mapping[str, Mapping[str, str]],
) -> Decision:  # fmt: skip
    entry_id = event.detail.get("organisation") or (row.entry_id if row else None)
    own = names.get(entry_id or "") or (_names(row.document) if row else {})
    return Decision(
        key, event.action == "submission.publish", actors.get(event.actor, event.actor), utc(event.happened_at),
        entry_id if entry_id in names else None, own,
        tuple(Objection(code) for code in event.detail.get("reasons", ())), tuple(event.detail.get("judged", ())),
    )  # fmt: skip


def _names(document: Mapping[str, Any]) -> Mapping[str, str]:
    names = document.get("names")
    return {k: v for k, v in names.items() if isinstance(v, str)} if isinstance(names, dict) else {}


# --- whose it is ------------------------------------------------------------------------------------------------------


def save_attached(
    session: Session, *, submission_id: uuid.UUID, version: int, entry_id: str | None, actor: str
) -> None:
    """Says which organisation a waiting submission is about (None: a new one), as the reviewer who looked at both sees.

    Raises :class:`Outdated` where it is no longer waiting, :class:`UnknownSubmission` where there is no such one.
    """
    row = session.get(models.Submission, submission_id, with_for_update=True)
    if row is None:
        raise UnknownSubmission(str(submission_id))
    if row.version != version or row.status != Status.SUBMITTED.value:
        raise Outdated(str(submission_id))
    row.base_digest = get_base_digest(session, entry_id)
    row.entry_id, row.version = entry_id, row.version + 1
    record(session, actor, "submission.attach", str(submission_id), {"organisation": entry_id})
    session.flush()
