"""Who did what: written in the transaction that did it, searched and exported by administrators."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from web.models import AuditEvent
from web.models.base import utc
from web.store import people

# How many rows an export reads at a time.
_AT_ONCE: Final = 1000
# People whose name holds a word; who looks for more than that has not said whom.
_MOST_PEOPLE: Final = 500
_ID: Final = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: whose (an id, or words of a name or address), which action, about what, and between which days."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was done. ``actor`` is a person's id or the name of a command, ``detail`` codes and ids.

    ``names`` has the people that the event names by their ids, with an empty name for those who have left.
    """

    id: int
    happened_at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    names: Mapping[str, str]


def record(session: Session, actor: str, action: str, subject: str, detail: dict[str, Any]) -> None:
    """Adds an audit row; ``actor`` is a user's id or the name of a command, ``action`` such as ``shortlist.create``.

    ``detail`` holds codes, numbers and ids: no secret, no name or address of a person, and no text that one typed.
    """
    session.add(AuditEvent(actor=actor, action=action, subject=subject, detail=detail))


def list_audit_events(session: Session, subject: str) -> Sequence[tuple[str, str, Mapping[str, Any]]]:
    """Actor, action and detail of everything done to a subject, oldest first."""
    events = session.scalars(select(AuditEvent).where(AuditEvent.subject == subject).order_by(AuditEvent.id))
    return [(event.actor, event.action, event.detail) for event in events]


def list_events(session: Session, wanted: Wanted, *, most: int, before: int | None = None) -> tuple[Event, ...]:
    """The newest events, or the newest before one, the last first."""
    return _events(session, _query(session, wanted), most, before)


def iterate_events(session: Session, wanted: Wanted) -> Iterator[Event]:
    """Every event up to now, the last first, a thousand in memory at a time."""
    query, before = _query(session, wanted), None
    while events := _events(session, query, _AT_ONCE, before):
        yield from events
        before = events[-1].id


def list_actions(session: Session) -> tuple[str, ...]:
    """Every action that occurs."""
    return tuple(_distinct(session, AuditEvent.action))


def save_export(session: Session, wanted: Wanted, *, file_format: str, actor: str) -> None:
    """Writes down that somebody takes events out, and which."""
    asked = {
        "actors": _actors(session, wanted.actor) if wanted.actor else None, "action": wanted.action,
        "subject": wanted.subject, "since": wanted.since and wanted.since.isoformat(),
        "until": wanted.until and wanted.until.isoformat(),
    }  # fmt: skip
    detail = {"format": file_format} | {name: value for name, value in asked.items() if value}
    record(session, actor, "audit.export", "audit", detail)


# --- within -----------------------------------------------------------------------------------------------------------


def _query(session: Session, wanted: Wanted) -> Select[AuditEvent]:
    return select(AuditEvent).where(*_conditions(session, wanted)).order_by(AuditEvent.id.desc())


def _conditions(session: Session, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.actor:
        yield AuditEvent.actor.in_(_actors(session, wanted.actor))
    if wanted.action:
        yield AuditEvent.action == wanted.action
    if wanted.subject:
        yield AuditEvent.subject == wanted.subject
    if wanted.since:
        yield AuditEvent.happened_at >= _midnight(wanted.since)
    if wanted.until:
        yield AuditEvent.happened_at < _midnight(wanted.until + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _actors(session: Session, text: str) -> list[str]:
    """Whom a text may mean: an actor of exactly this spelling, people, and commands whose name has it."""
    found = people.find_ids(session, people.Wanted(text))[:_MOST_PEOPLE]
    others = (actor for actor in _distinct(session, AuditEvent.actor) if not _is_id(actor))
    return [text, *map(str, found), *(name for name in others if text.casefold() in name)]


def _is_id(actor: str) -> bool:
    """Whether it is a person's; a command is called by words."""
    return _ID.fullmatch(actor) is not None


def _distinct(session: Session, column: InstrumentedAttribute[str]) -> Sequence[str]:
    """The different values of an indexed column, in order, each looked up by itself: not a row more is read."""
    seen = select(func.min(column).label("value")).cte("seen", recursive=True)
    following = getattr(aliased(AuditEvent), column.key)
    more = select(func.min(following)).where(following > seen.c.value).scalar_subquery()
    every = seen.union_all(select(more).where(seen.c.value.is_not(None)))
    return list(session.scalars(select(every.c.value).where(every.c.value.is_not(None))))


def _events(session: Session, query: Select[AuditEvent], most: int, before: int | None) -> tuple[Event, ...]:
    if before is not None:
        query = query.where(AuditEvent.id < before)
    rows = session.execute(
        query.with_only_columns(
            AuditEvent.id, AuditEvent.happened_at, AuditEvent.actor, AuditEvent.action, AuditEvent.subject,
            AuditEvent.detail,
        ).limit(most)
    ).all()  # fmt: skip
    named = [_mentioned(row.actor, row.subject, row.detail) for row in rows]
    names = people.list_actor_names(session, chain.from_iterable(named))
    return tuple(
        Event(
            row.id, utc(row.happened_at), row.actor, row.action, row.subject, row.detail,
            {i: names[i] for i in ids if i in names},
        )
        for row, ids in zip(rows, named, strict=True)
    )  # fmt: skip


def _mentioned(actor: str, subject: str, detail: Mapping[str, Any]) -> tuple[str, ...]:
    """What may be the ids of people."""
    return (actor, subject, str(detail.get("member", "")))
