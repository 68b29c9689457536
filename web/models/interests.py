"""Expressions of interest of one organisation in another, and what both sides ask each other before they answer."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Keyed, Model


class Interest(Keyed, Model):
    """That one organisation would like to work with another, and what became of it.

    ``open_key`` names the pair while it waits for somebody, so that there is one at a time in each direction.
    ``is_vouched``: the officer ``sender_id`` stands for a sender that nobody keeps. ``muted`` are the people who want
    no reminder of it. ``certified`` is what the certificate says, written down when both had accepted.
    """

    __tablename__ = "interest"

    from_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), index=True)
    to_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), index=True)
    open_key: Mapped[str | None] = mapped_column(String(170), unique=True)
    sender_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    is_by_officer: Mapped[bool]
    is_vouched: Mapped[bool]
    relation: Mapped[str] = mapped_column(String(20))
    programme_id: Mapped[str | None] = mapped_column(ForeignKey("entry.id"))
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), index=True)
    ended_by: Mapped[str] = mapped_column(String(20))
    is_end_told: Mapped[bool]
    refusal: Mapped[str | None] = mapped_column(String(40))
    refusal_note: Mapped[str] = mapped_column(Text)
    waits_since: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reminders: Mapped[int]
    muted: Mapped[list[str]] = mapped_column(JSON)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    certified: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    version: Mapped[int] = mapped_column(default=1)


class InterestMessage(Keyed, Model):
    """A question or an answer of one side; ``is_sender``: of the side that expressed the interest."""

    __tablename__ = "interest_message"

    interest_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("interest.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    is_sender: Mapped[bool]
    text: Mapped[str] = mapped_column(Text)
