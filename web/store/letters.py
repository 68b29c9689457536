"""Mail on its way."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from web.models import Letter
from web.models.base import now

# After this many refusals a letter stays where it is, with its cause.
MOST_TRIES: Final = 20
# How long a letter is in one sender's hands: longer than the mail server is waited for, so that only a sender that has
# died loses it to another.
_IN_HAND: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class QueuedLetter:
    """A mail that the mail server has not taken yet."""

    id: uuid.UUID
    created_at: datetime
    recipient: str
    subject: str
    body: str
    html: str
    unsubscribe: str
    tries: int
    error: str


def save_letter(  # noqa: PLR0913 - the columns of a row, by name
    session: Session, *, recipient: str, subject: str, body: str, html: str = "", unsubscribe: str = ""
) -> None:
    """Puts a mail in the queue."""
    session.add(Letter(recipient=recipient, subject=subject, body=body, html=html, unsubscribe=unsubscribe))


def list_letters(session: Session, *, with_given_up: bool = False) -> tuple[QueuedLetter, ...]:
    """Mail that waits, oldest first; on request also what has been refused too often to be tried again."""
    waiting = select(Letter).where(Letter.sent_at.is_(None)).order_by(Letter.created_at, Letter.id)
    if not with_given_up:
        waiting = waiting.where(Letter.tries < MOST_TRIES)
    return tuple(_queued(letter) for letter in session.scalars(waiting))


def save_try(session: Session, letter: QueuedLetter) -> bool:
    """Claims a letter for one try; False where somebody else was faster, or has it in hand."""
    mine = update(Letter).where(Letter.id == letter.id, Letter.tries == letter.tries, Letter.sent_at.is_(None))
    is_free = or_(Letter.claimed_at.is_(None), Letter.claimed_at < now() - _IN_HAND)
    # No text comes back into the log, and only one of two senders finds the count unchanged.
    taken = mine.where(is_free).values(tries=letter.tries + 1, claimed_at=now())
    return session.connection().execute(taken).rowcount == 1


def save_sent(session: Session, letter: QueuedLetter) -> None:
    """Writes down that the mail server took it. The text goes: it may hold a link that signs somebody in."""
    taken = update(Letter).where(Letter.id == letter.id)
    session.execute(taken.values(sent_at=now(), error="", body="", html=""))


def save_refused(session: Session, letter: QueuedLetter, cause: str) -> None:
    """Writes down why a letter is still here."""
    session.execute(update(Letter).where(Letter.id == letter.id).values(error=cause[:500], claimed_at=None))


def _queued(letter: Letter) -> QueuedLetter:
    return QueuedLetter(
        id=letter.id,
        created_at=letter.created_at,
        recipient=letter.recipient,
        subject=letter.subject,
        body=letter.body,
        html=letter.html,
        unsubscribe=letter.unsubscribe,
        tries=letter.tries,
        error=letter.error,
    )
