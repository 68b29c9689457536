"""What lets a program act for a person."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Keyed, Model


class ApiToken(Keyed, Model):
    """A secret that a program shows instead of a password; only its SHA-256 is kept.

    ``scopes`` are codes between spaces. ``stamp`` is the owner's when it was made: a new one there ends the token.
    """

    __tablename__ = "api_token"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[str] = mapped_column(String(200))
    stamp: Mapped[str] = mapped_column(String(32))
    expires_on: Mapped[date]
    last_used_on: Mapped[date | None]
