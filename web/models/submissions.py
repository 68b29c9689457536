"""What organisations say of themselves: working copies, who keeps which organisation, and how it is listed."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, String, Text, true
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Keyed, Model, now


class Submission(Keyed, Model):
    """The working copy of a profile: one a person, in whatever state typing has left it.

    ``entry_id`` is the organisation that it is about where there is one already, ``base_digest`` what that one said
    when it was last looked at, ``evidence`` why the person may speak for it. ``document`` need not be a whole profile.
    ``version`` grows with every change, so that two windows cannot overwrite each other unseen.
    """

    __tablename__ = "submission"

    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), unique=True)
    entry_id: Mapped[str | None] = mapped_column(ForeignKey("entry.id"), index=True)
    base_digest: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    is_anonymous: Mapped[bool]
    contact: Mapped[dict[str, str]] = mapped_column(JSON)
    evidence: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), index=True)
    comments: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    submitted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), index=True)
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Reading(Model):
    """That a reviewer has a submission before them: told to the others, so that no two do the same, and no more."""

    __tablename__ = "reading"

    submission_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class Keeper(Keyed, Model):
    """A person who speaks for an organisation, as a reviewer has found."""

    __tablename__ = "keeper"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), unique=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), index=True)
    is_reminded: Mapped[bool] = mapped_column(default=True, server_default=true())


class Listing(Model):
    """How a kept organisation is shown: by name or as an anonymous one, until when, and whom to introduce.

    An organisation without a row is shown by name, from public sources alone. ``alias`` stands in addresses in place of
    the id as long as it is anonymous, and leads to it afterwards. ``contact`` is for those who have been accepted.
    """

    __tablename__ = "listing"

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    status: Mapped[str] = mapped_column(String(20), index=True)
    is_anonymous: Mapped[bool]
    alias: Mapped[str] = mapped_column(String(40), unique=True)
    contact: Mapped[dict[str, str]] = mapped_column(JSON)
    expires_on: Mapped[date] = mapped_column(index=True)
    reminded_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)


class Showing(Model):
    """How often a kept profile was shown on a day, as a page, in a list or in a match; nothing of who looked."""

    __tablename__ = "showing"

    entry_id: Mapped[str] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    count: Mapped[int]
