"""What reviewers change of the shipped taxonomy."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, String
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Model, now


class TaxonomyChange(Model):
    """One change; all of them, in the order of their ids, lie on top of the shipped concepts.

    ``document`` is that of :class:`matcher.taxonomy.Change`. Taking a change back deletes the row; the audit log keeps
    what it was.
    """

    __tablename__ = "taxonomy_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    notation: Mapped[str] = mapped_column(String(80))
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
