"""What was decided of entries that looked like one organisation twice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Model, now


class Redirect(Model):
    """An entry that was merged into another, whose address leads there from then on.

    ``undo`` is what it takes to separate the two again.
    """

    __tablename__ = "redirect"

    from_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    to_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), index=True)
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    undo: Mapped[dict[str, Any]] = mapped_column(JSON)


class Distinct(Model):
    """Two entries that look alike and are not one; the lesser id first."""

    __tablename__ = "distinct_pair"

    one_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    other_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
