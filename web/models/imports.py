"""Files of organisations: looked at before they are taken, and what taking them changed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Keyed, Model


class ImportDraft(Keyed, Model):
    """A file that somebody has sent. ``rows`` is what was read of it, ``choices`` are the person's, by row.

    ``content`` is the file itself, kept as long as it may be read in another encoding. Once accepted, ``result`` says
    for each organisation from which revision to which it went, and rows and file are let go.
    """

    __tablename__ = "import_draft"

    owner_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("user_account.id", ondelete="SET NULL"), index=True
    )  # none: a command
    file_name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    rows: Mapped[dict[str, Any]] = mapped_column(JSON)
    choices: Mapped[dict[str, str]] = mapped_column(JSON)
    corpus_version: Mapped[int]
    result: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    accepted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    undone_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
