"""Expressions of interest: whom an organisation would like to work with, what the other side says, and who knows whom.

Whoever is no part of one does not see that there is any (:class:`UnknownInterest`). Contacts are given out here and
nowhere else (:func:`get_contacts`), and only of what both sides have accepted.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from matcher.corpus import canonical_json
from matcher.document import parse_profile
from matcher.match import Relation
from matcher.profile import Profile
from web import models
from web.models import Entry, InterestMessage, Keeper
from web.models.base import now, utc
from web.store.accounts import find_account
from web.store.audit import record
from web.store.corpus import ORGANISATION
from web.store.desk import Refusal
from web.store.endings import ENDED, End, end
from web.store.submissions import Contact, Shown, find_listing, list_keepers

# What one person can express in a day, and what both sides of one can ask and answer.
MOST_A_DAY: Final = 20
MOST_MESSAGES: Final = 20
# How long an answer that revealed nothing can be taken back.
UNDO: Final = timedelta(hours=1)
# After how many days of waiting whoever has to answer is reminded.
REMINDED_AFTER: Final = (timedelta(days=7), timedelta(days=21))
# Letters and digits that nobody mistakes for each other.
_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class Status(StrEnum):
    """How far an interest has come. Unconfirmed: those who keep the sender have not said yet that it may go out."""

    UNCONFIRMED = "unconfirmed"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = ENDED

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to say something."""
        return self in (Status.UNCONFIRMED, Status.SENT)


class Place(StrEnum):
    """Where a person stands: at the side that expressed it, at the other, or as the officer who wrote it for others."""

    SENDER = "sender"
    RECEIVER = "receiver"
    WATCHER = "watcher"


class UnknownInterest(LookupError):
    """There is no such interest or organisation, or it is not this person's."""


class NotNow(RuntimeError):
    """Somebody was faster, or it is not in a state that allows this; nothing was written."""


class AlreadyOpen(RuntimeError):
    """There is an open one in this direction already."""


class TooManyInterests(ValueError):
    """More than one person can mean seriously in a day, or more messages than a first talk needs."""


class NobodySpeaks(ValueError):
    """The organisation is anonymous and nobody keeps it: nobody could confirm what is said for it."""


@dataclass(frozen=True, slots=True)
class Message:
    """A question or an answer."""

    is_sender: bool
    is_own: bool
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Interest:
    """An expression of interest; see :class:`web.models.Interest`."""

    id: uuid.UUID
    from_id: str
    to_id: str
    sender_id: uuid.UUID
    is_by_officer: bool
    is_vouched: bool
    relation: Relation
    programme_id: str | None
    reason: str
    status: Status
    ended_by: End | None
    refusal: Refusal | None
    refusal_note: str
    created_at: datetime
    waits_since: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    reminders: int
    muted: tuple[str, ...]
    reference: str
    certified: Mapping[str, Any] | None
    version: int

    def can_undo(self, at: datetime) -> bool:
        """Whether it was declined or withdrawn so lately that this can be taken back."""
        is_quiet = self.status in (Status.DECLINED, Status.WITHDRAWN)
        return is_quiet and self.settled_at is not None and at - self.settled_at <= UNDO


@dataclass(frozen=True, slots=True)
class Seen:
    """An interest as one person sees it.

    ``waits_for`` is the side that has to say something next. ``is_mutual``: the other side has expressed one too.
    ``is_kept``: somebody can answer for the other side.
    """

    interest: Interest
    place: Place
    messages: tuple[Message, ...]
    waits_for: Place | None
    is_mutual: bool
    is_kept: bool

    @property
    def is_due(self) -> bool:
        """Whether it waits for whoever looks."""
        return self.waits_for is self.place

    @property
    def knows_names(self) -> bool:
        """Whether whoever looks may know who both are: both have accepted, and this is one of them."""
        return self.interest.status is Status.ACCEPTED and self.place is not Place.WATCHER


@dataclass(frozen=True, slots=True)
class Due:
    """An interest that waits too long, and whom to remind."""

    interest: Interest
    place: Place
    account_ids: tuple[uuid.UUID, ...]


# --- looking ----------------------------------------------------------------------------------------------------------


def find_entry_id(session: Session, *, address: str) -> str | None:
    """The organisation that an address on the pages stands for; None for one that is not shown under it."""
    listing = session.scalar(select(models.Listing).where(models.Listing.alias == address))
    if listing is None:
        listing = session.get(models.Listing, address)
        if listing is None:
            entry = session.get(Entry, address)
            return address if entry is not None and entry.entry_type == ORGANISATION else None
    shown_as = listing.alias if listing.is_anonymous else listing.entry_id
    return listing.entry_id if (listing.status, shown_as) == (Shown.PUBLISHED.value, address) else None


def find_kept_id(session: Session, *, account_id: uuid.UUID) -> str | None:
    """The organisation that a person keeps."""
    return session.scalar(select(Keeper.entry_id).where(Keeper.account_id == account_id))


def get_organisation(session: Session, *, entry_id: str) -> Profile:
    """An organisation as it stands, whether it is shown, merged into another or neither."""
    return parse_profile(session.get_one(Entry, entry_id).document, complete=False)


def get_seen(session: Session, *, account_id: uuid.UUID, interest_id: uuid.UUID) -> Seen:
    """An interest as a person sees it; raises :class:`UnknownInterest`."""
    row = session.get(models.Interest, interest_id)
    place = None if row is None else _place(session, row, account_id)
    if row is None or place is None:
        raise UnknownInterest(str(interest_id))
    return _seen(session, row, place, account_id)


def list_own(session: Session, *, account_id: uuid.UUID) -> tuple[Seen, ...]:
    """All that a person is part of, what waits for them first, then the newest."""
    kept, row = find_kept_id(session, account_id=account_id), models.Interest
    mine = [row.sender_id == account_id]
    if kept is not None:
        mine += [row.from_id == kept, row.to_id == kept]
    found = []
    for one in session.scalars(select(row).where(or_(*mine)).order_by(row.created_at.desc(), row.id)):
        place = _place(session, one, account_id)
        if place is not None:
            found.append(_seen(session, one, place, account_id))
    return tuple(sorted(found, key=lambda seen: not seen.is_due))


def list_of_pair(session: Session, *, account_id: uuid.UUID, addresses: tuple[str, str]) -> tuple[Seen, ...]:
    """What a person can see of interests between two organisations, by their addresses on the pages."""
    ids = {find_entry_id(session, address=address) for address in addresses}
    return tuple(
        seen for seen in list_own(session, account_id=account_id) if {seen.interest.from_id, seen.interest.to_id} == ids
    )


def get_contacts(session: Session, *, account_id: uuid.UUID, interest_id: uuid.UUID) -> tuple[Contact, Contact]:
    """Whom to write to at the side that expressed it and at the other.

    Raises :class:`UnknownInterest` unless both sides have accepted and the person is of one of them.
    """
    seen = get_seen(session, account_id=account_id, interest_id=interest_id)
    if not seen.knows_names:
        raise UnknownInterest(str(interest_id))
    row = session.get_one(models.Interest, interest_id)
    sender = _person(session, row.sender_id) if row.is_vouched else _contact(session, row.from_id)
    return sender, _contact(session, row.to_id)


def list_concerned(session: Session, interest: Interest, place: Place) -> tuple[uuid.UUID, ...]:
    """The people at one place of an interest."""
    if place is Place.RECEIVER:
        return list_keepers(session, entry_id=interest.to_id)
    if place is Place.SENDER and not interest.is_vouched:
        return list_keepers(session, entry_id=interest.from_id)
    return (interest.sender_id,) if interest.is_by_officer and interest.is_vouched is (place is Place.SENDER) else ()


def find_certified(session: Session, *, reference: str) -> Mapping[str, Any] | None:
    """What the certificate of this reference number says; None where none was given out."""
    return session.scalar(select(models.Interest.certified).where(models.Interest.reference == reference))


def check_code(certified: Mapping[str, Any]) -> str:
    """What stands on a certificate to check it by: sixteen hexadecimal digits of a SHA-256 over all it says."""
    return hashlib.sha256(canonical_json(certified)).hexdigest()[:16]


# --- expressing -------------------------------------------------------------------------------------------------------


def save_new(  # noqa: PLR0913 - what is expressed, by whom and when, by name
    session: Session, *, account_id: uuid.UUID, is_officer: bool, from_id: str, to_id: str, relation: Relation,
    programme_id: str | None, reason: str,
) -> Interest:  # fmt: skip
    """Expresses an interest: at once where a keeper does, or an officer for an organisation that nobody keeps.

    Where somebody keeps it, they have to confirm what an officer says for it. Raises :class:`UnknownInterest` where the
    person may not speak for the organisation, :class:`NobodySpeaks`, :class:`AlreadyOpen` and
    :class:`TooManyInterests`.
    """
    is_kept, is_vouched = check_sender(
        session, account_id=account_id, from_id=from_id, to_id=to_id, is_officer=is_officer
    )
    row, key = models.Interest, f"{from_id}>{to_id}"
    if session.scalar(select(row.id).where(row.open_key == key)) is not None:
        raise AlreadyOpen(key)
    lately = select(func.count()).where(row.sender_id == account_id, row.created_at > now() - timedelta(days=1))
    if session.scalars(lately).one() >= MOST_A_DAY:
        raise TooManyInterests
    is_sent = is_kept or is_vouched
    made = row(
        from_id=from_id, to_id=to_id, open_key=key, sender_id=account_id, is_by_officer=not is_kept,
        is_vouched=is_vouched, relation=relation.value, programme_id=programme_id, reason=reason,
        status=(Status.SENT if is_sent else Status.UNCONFIRMED).value, ended_by="", is_end_told=False, refusal=None,
        refusal_note="", waits_since=now(), sent_at=now() if is_sent else None, reminders=0, muted=[],
        reference=_new_reference(), certified=None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    record(session, str(account_id), "interest.express", str(made.id), {"from": from_id, "to": to_id})
    return _interest(made)


def check_sender(
    session: Session, *, account_id: uuid.UUID, from_id: str, to_id: str, is_officer: bool
) -> tuple[bool, bool]:
    """Whether the person keeps the organisation, and whether they stand for one that nobody keeps.

    Raises :class:`UnknownInterest` where they may not speak for it, and :class:`NobodySpeaks`.
    """
    kept = find_kept_id(session, account_id=account_id)
    if kept == from_id:
        return True, False
    # Nobody speaks for both sides.
    if not is_officer or kept == to_id:
        raise UnknownInterest(from_id)
    if list_keepers(session, entry_id=from_id):
        return False, False
    listing = find_listing(session, entry_id=from_id)
    if listing is not None and listing.is_anonymous:
        raise NobodySpeaks(from_id)
    return False, True


def save_confirmed(
    session: Session, *, account_id: uuid.UUID, interest_id: uuid.UUID, version: int, is_confirmed: bool
) -> Interest:
    """Lets what an officer wrote go out in the organisation's name, or not."""
    row = _own(session, account_id, interest_id, version, {Place.SENDER}, {Status.UNCONFIRMED})
    if not is_confirmed:
        end(session, row, End.NOT_CONFIRMED, actor=str(account_id))
        session.flush()
        return _interest(row)
    row.sent_at = row.waits_since = now()
    row.reminders = 0
    return _moved(session, row, Status.SENT, "interest.confirm", account_id)


# --- answering --------------------------------------------------------------------------------------------------------


def save_accepted(
    session: Session, *, account_id: uuid.UUID, interest_id: uuid.UUID, version: int
) -> tuple[Interest, ...]:
    """Accepts: both sides know each other from now on. Also settles what goes the other way; the first is the one."""
    row = _own(session, account_id, interest_id, version, {Place.RECEIVER}, {Status.SENT})
    settled = [_accepted(session, row, account_id)]
    other = _opposite(session, row)
    if other is not None and other.status == Status.SENT.value:
        settled.append(_accepted(session, other, account_id))
    elif other is not None:
        end(session, other, End.SETTLED, actor=str(account_id))
    session.flush()
    return tuple(settled)


def _accepted(session: Session, row: models.Interest, account_id: uuid.UUID) -> Interest:
    row.settled_at, row.open_key = now(), None
    names = {
        side: dict(get_organisation(session, entry_id=entry_id).names)
        for side, entry_id in (("from", row.from_id), ("to", row.to_id))
    }
    row.certified = {
        "reference": row.reference,
        **names,
        "relation": row.relation,
        "programme": row.programme_id,
        "expressed_on": utc(row.created_at).date().isoformat(),
        "accepted_on": utc(row.settled_at).date().isoformat(),
    }
    record(session, str(account_id), "interest.reveal", str(row.id), {"from": row.from_id, "to": row.to_id})
    return _moved(session, row, Status.ACCEPTED, "interest.accept", account_id)


def save_declined(  # noqa: PLR0913 - the answer, by whom, by name
    session: Session, *, account_id: uuid.UUID, interest_id: uuid.UUID, version: int, refusal: Refusal, note: str
) -> Interest:
    """Declines, with a reason."""
    row = _own(session, account_id, interest_id, version, {Place.RECEIVER}, {Status.SENT})
    row.refusal, row.refusal_note, row.settled_at, row.open_key = refusal.value, note, now(), None
    return _moved(session, row, Status.DECLINED, "interest.decline", account_id, refusal=refusal.value)


def save_withdrawn(session: Session, *, account_id: uuid.UUID, interest_id: uuid.UUID, version: int) -> Interest:
    """Takes an interest back; so may the officer who wrote it for others."""
    places = {Place.SENDER, Place.WATCHER}
    row = _own(session, account_id, interest_id, version, places, {Status.UNCONFIRMED, Status.SENT})
    row.settled_at, row.open_key = now(), None
    return _moved(session, row, Status.WITHDRAWN, "interest.withdraw", account_id)


def save_undone(session: Session, *, account_id: uuid.UUID, interest_id: uuid.UUID, version: int) -> Interest:
    """Opens again what the same side declined or withdrew within :data:`UNDO`; :class:`NotNow` later."""
    row = _own(session, account_id, interest_id, version, set(Place), {Status.DECLINED, Status.WITHDRAWN})
    place, key = _place(session, row, account_id), f"{row.from_id}>{row.to_id}"
    is_theirs = (place is Place.RECEIVER) is (row.status == Status.DECLINED.value)
    is_taken = session.scalar(select(models.Interest.id).where(models.Interest.open_key == key)) is not None
    if not is_theirs or is_taken or not _interest(row).can_undo(now()):
        raise NotNow(str(interest_id))
    row.refusal, row.refusal_note, row.settled_at, row.open_key = None, "", None, key
    back = Status.SENT if row.sent_at else Status.UNCONFIRMED
    return _moved(session, row, back, "interest.undo", account_id)


def save_message(
    session: Session, *, account_id: uuid.UUID, interest_id: uuid.UUID, version: int, text: str
) -> tuple[Interest, Place]:
    """Asks or answers; also says from which side. :class:`TooManyInterests` after :data:`MOST_MESSAGES`."""
    row = _own(session, account_id, interest_id, version, {Place.SENDER, Place.RECEIVER}, {Status.SENT})
    place = Place.RECEIVER if _place(session, row, account_id) is Place.RECEIVER else Place.SENDER
    if len(_messages(session, row, account_id)) >= MOST_MESSAGES:
        raise TooManyInterests(str(interest_id))
    session.add(InterestMessage(interest_id=row.id, author_id=account_id, is_sender=place is Place.SENDER, text=text))
    row.waits_since, row.reminders = now(), 0
    return _moved(session, row, Status.SENT, "interest.message", account_id), place


# --- reminders --------------------------------------------------------------------------------------------------------


def list_due(session: Session, *, at: datetime) -> tuple[Due, ...]:
    """What waits too long for somebody who wants to be reminded, the longest first."""
    row = models.Interest
    query = select(row).where(row.open_key.is_not(None), row.waits_since <= at - REMINDED_AFTER[0])
    found = []
    for one in session.scalars(query.order_by(row.waits_since, row.id)):
        place = _waits_for(session, one)
        if place is None or _passed(one, at) <= one.reminders:
            continue
        asked = [i for i in list_concerned(session, _interest(one), place) if str(i) not in one.muted]
        if asked:
            found.append(Due(_interest(one), place, tuple(asked)))
    return tuple(found)


def save_reminded(session: Session, interest: Interest, *, at: datetime) -> None:
    """Writes down that a reminder was sent; :class:`NotNow` where another run was faster."""
    row = session.get_one(models.Interest, interest.id, with_for_update=True, populate_existing=True)
    if row.reminders != interest.reminders or not Status(row.status).is_open:
        raise NotNow(str(interest.id))
    row.reminders = _passed(row, at)
    record(session, "kakehashi interests", "interest.remind", str(row.id), {"reminders": row.reminders})
    session.flush()


def save_muted(session: Session, *, interest_id: uuid.UUID, account_id: uuid.UUID) -> None:
    """No more reminders of this interest to this person."""
    row = session.get(models.Interest, interest_id, with_for_update=True)
    if row is None:
        raise UnknownInterest(str(interest_id))
    if str(account_id) not in row.muted:
        row.muted = [*row.muted, str(account_id)]
        record(session, str(account_id), "interest.mute", str(row.id), {})
    session.flush()


def list_untold(session: Session) -> tuple[Interest, ...]:
    """What ended without an answer and without those concerned having been told."""
    row = models.Interest
    query = select(row).where(row.status == ENDED, row.is_end_told.is_(False)).order_by(row.settled_at, row.id)
    return tuple(_interest(one) for one in session.scalars(query))


def save_told(session: Session, interest: Interest) -> None:
    """Writes down that they were; :class:`NotNow` where another run was faster."""
    row = session.get_one(models.Interest, interest.id, with_for_update=True, populate_existing=True)
    if row.is_end_told:
        raise NotNow(str(interest.id))
    row.is_end_told = True
    session.flush()


def _passed(row: models.Interest, at: datetime) -> int:
    return sum(at - utc(row.waits_since) >= days for days in REMINDED_AFTER)


# --- when two entries become one --------------------------------------------------------------------------------------


def carry(session: Session, from_id: str, to_id: str) -> dict[str, list[str]]:
    """Lets interests name the entry that ``from_id`` is merged into; says which, for :func:`carry_back`.

    What is open twice then, or between an organisation and itself, ends.
    """
    carried: dict[str, list[str]] = {"from": [], "to": []}
    row = models.Interest
    for one in session.scalars(select(row).where(or_(row.from_id == from_id, row.to_id == from_id))).all():
        carried["from" if one.from_id == from_id else "to"].append(str(one.id))
        _rename(session, one, from_id, to_id)
    return carried


def carry_back(session: Session, from_id: str, to_id: str, carried: Mapping[str, Iterable[str]]) -> None:
    """Undoes :func:`carry` for all that still names the entry that stayed."""
    for side, ids in carried.items():
        for interest_id in ids:
            one = session.get(models.Interest, uuid.UUID(interest_id))
            if one is not None and getattr(one, f"{side}_id") == to_id:
                _rename(session, one, to_id, from_id)


def _rename(session: Session, row: models.Interest, old: str, new: str) -> None:
    row.from_id, row.to_id = (new if i == old else i for i in (row.from_id, row.to_id))
    if row.open_key is not None:
        key, column = f"{row.from_id}>{row.to_id}", models.Interest.open_key
        is_taken = session.scalar(select(models.Interest.id).where(column == key, models.Interest.id != row.id))
        if is_taken is not None or row.from_id == row.to_id:
            end(session, row, End.MERGED, actor="merge")
        else:
            row.open_key = key
    session.flush()


# --- rows -------------------------------------------------------------------------------------------------------------


def _own(  # noqa: PLR0913, PLR0917 - what is asked for, and what it must be
    session: Session, account_id: uuid.UUID, interest_id: uuid.UUID, version: int, places: set[Place],
    statuses: set[Status],
) -> models.Interest:  # fmt: skip
    row = session.get(models.Interest, interest_id, with_for_update=True, populate_existing=True)
    place = None if row is None else _place(session, row, account_id)
    if row is None or place is None:
        raise UnknownInterest(str(interest_id))
    if place not in places or Status(row.status) not in statuses or row.version != version:
        raise NotNow(str(interest_id))
    return row


def _place(session: Session, row: models.Interest, account_id: uuid.UUID) -> Place | None:
    kept = find_kept_id(session, account_id=account_id)
    if kept is not None and kept == row.from_id:
        return Place.SENDER
    if kept is not None and kept == row.to_id and row.sent_at is not None:
        return Place.RECEIVER
    if row.sender_id == account_id and row.is_by_officer:
        return Place.SENDER if row.is_vouched else Place.WATCHER
    return None


def _waits_for(session: Session, row: models.Interest) -> Place | None:
    if row.status == Status.UNCONFIRMED.value:
        return Place.SENDER
    if row.status != Status.SENT.value:
        return None
    message = InterestMessage
    query = select(message.is_sender).where(message.interest_id == row.id)
    is_last_of_sender = session.scalar(query.order_by(message.created_at.desc(), message.id).limit(1))
    return Place.SENDER if is_last_of_sender is False else Place.RECEIVER


def _opposite(session: Session, row: models.Interest) -> models.Interest | None:
    return session.scalar(select(models.Interest).where(models.Interest.open_key == f"{row.to_id}>{row.from_id}"))


def _messages(session: Session, row: models.Interest, account_id: uuid.UUID) -> tuple[Message, ...]:
    query = select(InterestMessage).where(InterestMessage.interest_id == row.id)
    return tuple(
        Message(m.is_sender, m.author_id == account_id, m.text, utc(m.created_at))
        for m in session.scalars(query.order_by(InterestMessage.created_at, InterestMessage.id))
    )


def _seen(session: Session, row: models.Interest, place: Place, account_id: uuid.UUID) -> Seen:
    other = _opposite(session, row)
    # What waits for somebody's confirmation is not the other side's to know.
    is_mutual = row.status == Status.SENT.value and other is not None and other.status == Status.SENT.value
    return Seen(
        _interest(row), place, _messages(session, row, account_id) if place is not Place.WATCHER else (),
        _waits_for(session, row), is_mutual and place is not Place.WATCHER,
        bool(list_keepers(session, entry_id=row.to_id)),
    )  # fmt: skip


def _contact(session: Session, entry_id: str) -> Contact:
    listing = find_listing(session, entry_id=entry_id)
    if listing is not None and listing.contact.email:
        return listing.contact
    keepers = list_keepers(session, entry_id=entry_id)
    return _person(session, keepers[0]) if keepers else Contact()


def _person(session: Session, account_id: uuid.UUID) -> Contact:
    account = find_account(session, account_id)
    return Contact(account.name, account.email) if account else Contact()


def _moved(
    session: Session, row: models.Interest, status: Status, action: str, account_id: uuid.UUID, **detail: Any
) -> Interest:
    row.status, row.version = status.value, row.version + 1
    session.flush()
    record(session, str(account_id), action, str(row.id), detail)
    return _interest(row)


def _new_reference() -> str:
    digits = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"KI-{digits[:4]}-{digits[4:]}"


def _interest(row: models.Interest) -> Interest:
    return Interest(
        row.id, row.from_id, row.to_id, row.sender_id, row.is_by_officer, row.is_vouched, Relation(row.relation),
        row.programme_id, row.reason, Status(row.status), End(row.ended_by) if row.ended_by else None,
        Refusal(row.refusal) if row.refusal else None, row.refusal_note, utc(row.created_at), utc(row.waits_since),
        row.sent_at and utc(row.sent_at), row.settled_at and utc(row.settled_at), row.reminders, tuple(row.muted),
        row.reference, row.certified, row.version,
    )  # fmt: skip
