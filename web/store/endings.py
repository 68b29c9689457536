"""How expressions of interest end that nobody can answer any more: their organisation or their person has left."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from web.models import Interest, InterestMessage, Keeper
from web.models.base import now
from web.store.audit import record

# The status of what came to an end without an answer.
ENDED: Final = "ended"


class End(StrEnum):
    """Why an interest ended without an answer."""

    NOT_CONFIRMED = "not_confirmed"
    DELISTED = "delisted"
    LEFT = "left"
    MERGED = "merged"
    SETTLED = "settled"


def end(session: Session, interest: Interest, why: End, *, actor: str) -> None:
    """Ends one that was open; those concerned are told by the next run of ``kakehashi interests remind``."""
    interest.status, interest.ended_by, interest.open_key = ENDED, why.value, None
    interest.settled_at, interest.version = now(), interest.version + 1
    record(session, actor, "interest.end", str(interest.id), {"why": why.value})


def end_of_organisation(session: Session, entry_id: str, why: End, *, actor: str) -> None:
    """Ends all that is open from and to an organisation."""
    _end_all(session, or_(Interest.from_id == entry_id, Interest.to_id == entry_id), why, actor)


def end_of_person(session: Session, account_id: uuid.UUID) -> None:
    """Ends what is open for a person who leaves, and takes what they wrote away.

    An organisation that others keep goes on.
    """
    kept = session.scalar(select(Keeper.entry_id).where(Keeper.account_id == account_id))
    if kept is not None and len(session.scalars(select(Keeper.id).where(Keeper.entry_id == kept)).all()) == 1:
        end_of_organisation(session, kept, End.LEFT, actor=str(account_id))
    _end_all(session, (Interest.sender_id == account_id) & Interest.is_by_officer, End.LEFT, str(account_id))
    session.execute(update(Interest).where(Interest.sender_id == account_id).values(reason=""))
    session.execute(update(InterestMessage).where(InterestMessage.author_id == account_id).values(text=""))


def _end_all(session: Session, which: ColumnElement[bool], why: End, actor: str) -> None:
    for interest in session.scalars(select(Interest).where(which, Interest.open_key.is_not(None))).all():
        end(session, interest, why, actor=actor)
    session.flush()
