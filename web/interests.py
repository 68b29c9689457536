"""What goes out about expressions of interest: who is shown to whom, the mails, and reminders.

A mail says what its reader may know at that moment: the name of an anonymous side, and whom to write to, only where
both sides have accepted.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _

from matcher.profile import Profile
from web import i18n
from web.alerts import link, sign, unsign
from web.anonymity import cover
from web.config import current_settings
from web.mail import queue_letter
from web.store import accounts, interests, submissions
from web.store.accounts import Account
from web.store.interests import Interest, NotNow, Place, Status

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_log = logging.getLogger(__name__)

_MUTE: Final = "interests: no reminders"


class News(StrEnum):
    """What a mail tells."""

    TO_CONFIRM = "to_confirm"
    RECEIVED = "received"
    MUTUAL = "mutual"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"
    MESSAGE = "message"
    ENDED = "ended"
    REMINDER = "reminder"


_SUBJECTS: Final[Mapping[News, Any]] = {
    News.TO_CONFIRM: _("Kakehashi: may this interest in %(receiver)s go out in your name?"),
    News.RECEIVED: _("Kakehashi: %(sender)s is interested in %(receiver)s"),
    News.MUTUAL: _("Kakehashi: %(sender)s and %(receiver)s are interested in each other"),
    News.ACCEPTED: _("Kakehashi: %(sender)s and %(receiver)s have both accepted"),
    News.DECLINED: _("Kakehashi: %(receiver)s has declined"),
    News.WITHDRAWN: _("Kakehashi: %(sender)s has withdrawn its interest"),
    News.REOPENED: _("Kakehashi: the interest of %(sender)s in %(receiver)s is open again"),
    News.MESSAGE: _("Kakehashi: a question or an answer about an interest"),
    News.ENDED: _("Kakehashi: the interest of %(sender)s in %(receiver)s has ended"),
    News.REMINDER: _("Kakehashi: an interest waits for you"),
}
_WORDS: Final[Mapping[News, Any]] = {
    News.TO_CONFIRM: _(
        "A trade officer has written an expression of interest in %(receiver)s for %(sender)s. It goes out only when "
        "you confirm it."
    ),
    News.RECEIVED: _(
        "%(sender)s would like to work with %(receiver)s. Read why, then accept, decline or ask. How to reach you is "
        "shown only when you accept."
    ),
    News.MUTUAL: _(
        "Both sides have expressed an interest in the other, so each is asked once more: as soon as one of you "
        "accepts, both see the name and the contact of the other."
    ),
    News.ACCEPTED: _("%(sender)s and %(receiver)s have both accepted."),
    News.DECLINED: _("%(receiver)s has declined the interest of %(sender)s."),
    News.WITHDRAWN: _("%(sender)s has withdrawn its interest in %(receiver)s. You need not answer."),
    News.REOPENED: _("What was said last was taken back: the interest of %(sender)s in %(receiver)s is open again."),
    News.MESSAGE: _("The other side has asked or answered something about the interest of %(sender)s in %(receiver)s."),
    News.ENDED: _("The interest of %(sender)s in %(receiver)s has ended without an answer."),
    News.REMINDER: _("The interest of %(sender)s in %(receiver)s waits for you since %(date)s."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One mail of a run, or with a rehearsal one that would have been queued."""

    email: str
    news: str
    interest_id: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a run of reminders did; ``failed`` are the interests where something went wrong."""

    told: tuple[Told, ...]
    failed: tuple[str, ...]


def parties(session: Session, interest: Interest, place: Place) -> tuple[Profile, Profile]:
    """Sender and receiver as somebody at one place may see them."""
    knows_both = interest.status is Status.ACCEPTED and place is not Place.WATCHER
    sides = ((interest.from_id, Place.SENDER), (interest.to_id, Place.RECEIVER))
    sender, receiver = (
        _party(session, entry_id, is_known=knows_both or place is own) for entry_id, own in sides
    )  # fmt: skip
    return sender, receiver


def _party(session: Session, entry_id: str, *, is_known: bool) -> Profile:
    profile = interests.get_organisation(session, entry_id=entry_id)
    listing = submissions.find_listing(session, entry_id=entry_id)
    is_hidden = listing is not None and listing.is_anonymous and not is_known
    return cover(profile, listing) if is_hidden and listing is not None else profile


# --- mails ------------------------------------------------------------------------------------------------------------


def tell(session: Session, interest: Interest, places: Iterable[Place], news: News, *, but: uuid.UUID | None) -> None:
    """Queues a mail to everybody at some places, but not to whoever did it; the caller commits."""
    for place in places:
        for account_id in interests.list_concerned(session, interest, place):
            account = accounts.find_account(session, account_id)
            if account is not None and account.is_verified and account.id != but:
                _queue(session, interest, place, news, account)


def _queue(session: Session, interest: Interest, place: Place, news: News, account: Account) -> None:
    mute = link("interests.mute", account.lang, token=mute_token(interest.id, account.id))
    with force_locale(i18n.LOCALES[account.lang]):
        names = dict(zip(("sender", "receiver"), map(i18n.short_name, parties(session, interest, place)), strict=True))
        values = names | {"date": i18n.day(interest.waits_since.date())}
        lines = [gettext("Hello %(name)s,", name=account.name), str(_WORDS[news]) % values]
        lines += _details(session, interest, news, place, account)
        lines += [gettext("Read it and answer here:"), link("interests.page", account.lang, interest_id=interest.id)]
        if news is News.REMINDER:
            lines += [gettext("No more reminders of this interest:"), mute]
        address = current_settings().base_url() + "/"
        signature = gettext("Kakehashi – partners between Japan and Canada\n%(address)s", address=address)
        queue_letter(
            session, recipient=account.email, subject=str(_SUBJECTS[news]) % values,
            body="\n\n".join([*lines, f"-- \n{signature}"]) + "\n",
            unsubscribe=mute if news is News.REMINDER else "",
        )  # fmt: skip


def _details(session: Session, interest: Interest, news: News, place: Place, account: Account) -> Iterable[str]:
    if news is News.RECEIVED and interest.is_vouched:
        yield gettext("Expressed by a trade officer.")
    if news is News.DECLINED and interest.refusal:
        yield gettext("%(label)s: %(value)s", label=gettext("Reason"), value=i18n.REFUSALS[interest.refusal.value])
    if news is News.ENDED and interest.ended_by:
        yield str(i18n.INTEREST_ENDS[interest.ended_by.value])
    if news is News.ACCEPTED and place is not Place.WATCHER:
        contacts = interests.get_contacts(session, account_id=account.id, interest_id=interest.id)
        other = contacts[0] if place is Place.RECEIVER else contacts[1]
        yield gettext("Whom to write to: %(name)s, %(address)s", name=other.name, address=other.email)


# --- reminders --------------------------------------------------------------------------------------------------------


def remind(session: Session, *, at: datetime, is_rehearsal: bool = False) -> Report:
    """Reminds whoever keeps others waiting, and tells of what ended; each in a transaction of its own.

    Run again at once, it finds nothing. A rehearsal changes nothing.
    """
    reminders = [
        (due.interest, News.REMINDER, [(due.place, i) for i in due.account_ids])
        for due in interests.list_due(session, at=at)
    ]
    ends = [(one, News.ENDED, _left_with(session, one)) for one in interests.list_untold(session)]
    told: list[Told] = []
    failed = []
    for interest, news, found in (*reminders, *ends):
        sent = _send(session, interest, news, found, at=None if is_rehearsal else at)
        if sent is None:
            failed.append(str(interest.id))
        else:
            told += sent
    return Report(tuple(told), tuple(failed))


def _left_with(session: Session, ended: Interest) -> list[tuple[Place, uuid.UUID]]:
    """Everybody who knows of an interest that ended."""
    places = (Place.SENDER, Place.WATCHER, *((Place.RECEIVER,) if ended.sent_at else ()))
    return [(place, i) for place in places for i in interests.list_concerned(session, ended, place)]


def _send(
    session: Session, interest: Interest, news: News, found: Iterable[tuple[Place, uuid.UUID]], *, at: datetime | None
) -> tuple[Told, ...] | None:
    """Queues one mail to each and writes that down; without a time, only says to whom. None where it failed."""
    known = [(place, accounts.find_account(session, i)) for place, i in found]
    people = [(place, account) for place, account in known if account is not None and account.is_verified]
    try:
        if at is not None:
            for place, account in people:
                _queue(session, interest, place, news, account)
            if news is News.REMINDER:
                interests.save_reminded(session, interest, at=at)
            else:
                interests.save_told(session, interest)
            session.commit()
    except NotNow:
        session.rollback()
        return ()
    except Exception:  # noqa: BLE001 - whatever it was, the log says it and the others get their mail
        session.rollback()
        _log.exception("no mail about the interest %s", interest.id)
        return None
    return tuple(Told(account.email, news.value, str(interest.id)) for _place, account in people)


def mute_token(interest_id: uuid.UUID, account_id: uuid.UUID) -> str:
    """What a link carries that ends the reminders of one interest to one person."""
    return sign(_MUTE, [interest_id.hex, account_id.hex])


def read_mute(token: str) -> tuple[uuid.UUID, uuid.UUID]:
    """The interest and the person of a link that ends reminders; raises ``BadLink``."""
    interest_id, account_id = unsign(_MUTE, token)
    return uuid.UUID(interest_id), uuid.UUID(account_id)
