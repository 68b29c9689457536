"""Organisations and programmes, their history, and what else the matcher needs.

An organisation or programme is kept as its whole JSON document: the library's types are the schema, and ``store``
validates on the way in. Columns beside it are what queries filter by.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Model, now


class Entry(Model):
    """An organisation or a programme as it stands now."""

    __tablename__ = "entry"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    entry_type: Mapped[str] = mapped_column(String(20), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, onupdate=now)


class Revision(Model):
    """One saved state of an entry; the last one equals the entry."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("entry_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), index=True)
    number: Mapped[int]
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class Vector(Model):
    """A sentence vector (float16) that is not among the shipped ones, by its content address."""

    __tablename__ = "vector"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class CorpusState(Model):
    """The one row that says how often the corpus has changed."""

    __tablename__ = "corpus_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]


class AuditEvent(Model):
    """Who did what, written in the transaction that did it."""

    __tablename__ = "audit_event"
    # What is searched by, newest first; days and subjects have an index of their own.
    __table_args__ = (Index("ix_audit_event_actor", "actor", "id"), Index("ix_audit_event_action", "action", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    happened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, index=True)
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
