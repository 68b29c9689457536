"""What an officer keeps: shortlists with their follow-up, saved searches, and mail on its way."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Keyed, Model


class Shortlist(Keyed, Model):
    """Matches in order, its owner's alone or shared in a team. ``version`` grows with every change to order or name.

    A deleted one is kept for a while, so that deleting can be undone; the same holds for its items.
    """

    __tablename__ = "shortlist"

    title: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    team_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("team.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ShortlistItem(Keyed, Model):
    """One match on a shortlist, as it was when it was added, and how far it has come.

    ``snapshot`` is the explanation as JSON; ``corpus_id`` and ``matcher_version`` say on what it was computed.
    ``version`` grows with every change, so that two people who edit at once cannot overwrite each other unseen.
    """

    __tablename__ = "shortlist_item"
    __table_args__ = (UniqueConstraint("shortlist_id", "seeker_id", "partner_id"),)

    shortlist_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("shortlist.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    seeker_id: Mapped[str] = mapped_column(String(80))
    partner_id: Mapped[str] = mapped_column(String(80))
    relation: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    refusal: Mapped[str | None] = mapped_column(String(40))
    refusal_note: Mapped[str] = mapped_column(Text, default="", server_default="")
    note: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(String(300), default="")
    next_step_on: Mapped[date | None]
    assignee_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON)
    corpus_id: Mapped[str] = mapped_column(String(12))
    matcher_version: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(default=1)
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ItemEvent(Keyed, Model):
    """One change to a shortlist item: who changed which field from what to what."""

    __tablename__ = "item_event"

    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("shortlist_item.id", ondelete="CASCADE"), index=True)
    actor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    field: Mapped[str] = mapped_column(String(30))
    old: Mapped[str] = mapped_column(Text)
    new: Mapped[str] = mapped_column(Text)


class SavedSearch(Keyed, Model):
    """A stored query with its alert. ``query`` is the query part of the page's address, ``seen`` what was reported.

    A deleted one stays for a while with ``deleted_at``, so that deleting can be undone.
    """

    __tablename__ = "saved_search"

    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    page: Mapped[str] = mapped_column(String(20))
    seeker_id: Mapped[str | None] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(String(1000))
    lang: Mapped[str] = mapped_column(String(2))
    frequency: Mapped[str] = mapped_column(String(10))
    feed_key: Mapped[str] = mapped_column(String(64), unique=True)
    seen: Mapped[list[str]] = mapped_column(JSON)
    reported_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Dismissal(Keyed, Model):
    """A result that an alert must not name again."""

    __tablename__ = "dismissal"
    __table_args__ = (UniqueConstraint("search_id", "profile_id"),)

    search_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("saved_search.id", ondelete="CASCADE"))
    profile_id: Mapped[str] = mapped_column(String(80))


class Letter(Keyed, Model):
    """A mail to send: kept until the mail server has taken it, so that none is lost while the server is away.

    ``html`` is the same text once more, ``unsubscribe`` the address that stops such mail; both may be empty. A claimed
    letter is being sent.
    """

    __tablename__ = "letter"

    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), index=True)
    error: Mapped[str] = mapped_column(String(500), default="")
    html: Mapped[str] = mapped_column(Text, default="", server_default="")
    unsubscribe: Mapped[str] = mapped_column(String(500), default="", server_default="")
    claimed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
