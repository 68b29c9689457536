"""Who did what, in the transaction that did it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.models import AuditEvent


def record(session: Session, actor: str, action: str, subject: str, detail: dict[str, Any]) -> None:
    """Adds an audit row; ``actor`` is a user's id or the name of a command, ``action`` such as ``shortlist.create``."""
    session.add(AuditEvent(actor=actor, action=action, subject=subject, detail=detail))


def list_audit_events(session: Session, subject: str) -> Sequence[tuple[str, str, Mapping[str, Any]]]:
    """Actor, action and detail of everything done to a subject, oldest first."""
    events = session.scalars(select(AuditEvent).where(AuditEvent.subject == subject).order_by(AuditEvent.id))
    return [(event.actor, event.action, event.detail) for event in events]
