"""What officers say of proposed pairs, and the weights that were learned from it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Keyed, Model


class Judgement(Keyed, Model):
    """Whether one person finds a pair relevant, and why.

    The digests are of what the reason is about in each profile, as it was when the pair was judged. A hidden pair stays
    away from the lists of whoever judged it, or of the team, as long as both digests hold. A withdrawn one stays for a
    while, so that withdrawing can be undone.
    """

    __tablename__ = "judgement"
    __table_args__ = (UniqueConstraint("account_id", "seeker_id", "partner_id"),)

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    seeker_id: Mapped[str] = mapped_column(String(80))
    partner_id: Mapped[str] = mapped_column(String(80))
    is_relevant: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text)
    is_hidden: Mapped[bool]
    team_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"), index=True)
    corpus_version: Mapped[int]
    snapshot_id: Mapped[str] = mapped_column(String(12))
    seeker_digest: Mapped[str] = mapped_column(String(64))
    partner_digest: Mapped[str] = mapped_column(String(64))
    judged_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Combination(Keyed, Model):
    """Weights of the matcher under a version, what they were learned from and what was measured then.

    At most one is active; where none is, the shipped weights are. ``replaced`` is the version that was active before.
    """

    __tablename__ = "combination"

    version: Mapped[str] = mapped_column(String(40), unique=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    learned_from: Mapped[dict[str, Any]] = mapped_column(JSON)
    measures: Mapped[dict[str, Any]] = mapped_column(JSON)
    replaced: Mapped[str] = mapped_column(String(40))
    is_active: Mapped[bool]
