"""Letters to those who keep a profile: receipt, what a reviewer decided, and that a listing ends."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from flask_babel import force_locale, gettext

from matcher.document import profile_document
from web import i18n
from web.alerts import link, sign, unsign
from web.config import current_settings
from web.i18n.submissions import OBJECTIONS, days_ahead, place_words
from web.mail import queue_letter
from web.store import accounts, submissions
from web.store.accounts import Account
from web.store.submissions import Comment, Listing, Shown

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Each salt is one purpose. A link to renew is for one listing as it stood: it does nothing once that was renewed.
_RENEW: Final = "listings: renew"
_STOP: Final = "listings: no reminders"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in the language of whoever gets it; ``unsubscribe`` is the address that stops its sort."""

    subject: str
    body: str
    unsubscribe: str = ""


def queue(session: Session, account: Account, letter: Letter) -> None:
    """Queues a letter; the caller commits."""
    queue_letter(
        session, recipient=account.email, subject=letter.subject, body=letter.body, unsubscribe=letter.unsubscribe
    )


# --- what they say ----------------------------------------------------------------------------------------------------


def received(account: Account, document: Mapping[str, Any]) -> Letter:
    """That a submission has arrived, and what happens now."""
    with force_locale(i18n.LOCALES[account.lang]):
        name = document_name(document)
        return _letter(
            account,
            gettext("Kakehashi: the profile of %(name)s has arrived", name=name),
            gettext("Thank you. A reviewer reads the profile of %(name)s and publishes it, or returns it with "
                    "comments. You get a mail either way.", name=name),
            gettext("To see where it stands, or to take it back, go to:"),
            _own_page(account),
        )  # fmt: skip


def returned(account: Account, document: Mapping[str, Any], comments: tuple[Comment, ...]) -> Letter:
    """What a reviewer asks to mend, each with its place."""
    with force_locale(i18n.LOCALES[account.lang]):
        name = document_name(document)
        return _letter(
            account,
            gettext("Kakehashi: the profile of %(name)s came back with comments", name=name),
            gettext("A reviewer has read the profile of %(name)s and asks you to mend this:", name=name),
            "\n\n".join(_comment(comment, document) for comment in comments),
            gettext("Nothing is lost: the comments stand beside what you wrote. Mend it here, and send it again:"),
            _own_page(account),
        )


def published(account: Account, document: Mapping[str, Any], listing: Listing) -> Letter:
    """That the profile can be read, where, and until when."""
    with force_locale(i18n.LOCALES[account.lang]):
        name, until = document_name(document), i18n.day(listing.expires_on)
        manner = (
            gettext("It shows country, kind, size and fields only, until you and a partner have both accepted.")
            if listing.is_anonymous
            else gettext("It is shown by name.")
        )
        return _letter(
            account,
            gettext("Kakehashi: the profile of %(name)s is published", name=name),
            gettext("The profile of %(name)s is published and is listed until %(date)s.", name=name, date=until)
            + f"\n{manner}",
            link("organisations.page", account.lang, profile_id=listing.address),
            gettext("Your matches, how often it was shown, and changes to it are here:"),
            _own_page(account),
        )


def ending(account: Account, document: Mapping[str, Any], listing: Listing, day: date) -> Letter:
    """That a listing ends soon, or today, with the link that renews it."""
    with force_locale(i18n.LOCALES[account.lang]):
        name, left = document_name(document), (listing.expires_on - day).days
        stop = link("listings.stop_by_link", account.lang, token=reminders_token(account.id))
        renew = link("listings.renew_by_link", account.lang, token=renewal_token(account.id, listing))
        if left > 0:
            subject = gettext("Kakehashi: the listing of %(name)s ends soon", name=name)
            first = gettext("The profile of %(name)s is listed until %(date)s (%(left)s).", name=name,
                            date=i18n.day(listing.expires_on), left=days_ahead(left))  # fmt: skip
        else:
            subject = gettext("Kakehashi: the listing of %(name)s has ended", name=name)
            first = gettext("The profile of %(name)s was listed until %(date)s and is not shown any more.", name=name,
                            date=i18n.day(listing.expires_on))  # fmt: skip
        return _letter(
            account, subject, first,
            gettext("If what it says is still right, open this address and press the button: it is then listed for "
                    "another year."),
            renew,
            gettext("If something has changed, change it here:"),
            _own_page(account),
            gettext("No more reminders like this one:") + f"\n{stop}",
            unsubscribe=stop,
        )  # fmt: skip


def document_name(document: Mapping[str, Any]) -> str:
    """How an organisation is called in the language of the letter or page."""
    names = document.get("names")
    known = names if isinstance(names, dict) else {}
    return str(known.get(i18n.language()) or known.get("en") or next(iter(known.values()), ""))


def _comment(comment: Comment, document: Mapping[str, Any]) -> str:
    place = place_words(comment.place, document)
    note = f"\n  {comment.note}" if comment.note else ""
    return f"- {place}\n  {OBJECTIONS[comment.objection]}{note}"


def _letter(account: Account, subject: str, *paragraphs: str, unsubscribe: str = "") -> Letter:
    greeting = gettext("Hello %(name)s,", name=account.name)
    address = current_settings().base_url() + "/"
    signature = gettext("Kakehashi – partners between Japan and Canada\n%(address)s", address=address)
    return Letter(subject, "\n\n".join([greeting, *paragraphs, f"-- \n{signature}"]) + "\n", unsubscribe)


def _own_page(account: Account) -> str:
    return link("submissions.index", account.lang)


# --- links ------------------------------------------------------------------------------------------------------------


def renewal_token(account_id: uuid.UUID, listing: Listing) -> str:
    """What a link carries that renews a listing once."""
    return sign(_RENEW, [account_id.hex, listing.entry_id, listing.expires_on.isoformat()])


def reminders_token(account_id: uuid.UUID) -> str:
    """What a link carries that stops the reminders of one keeper."""
    return sign(_STOP, account_id.hex)


def read_renewal(token: str) -> tuple[uuid.UUID, str, date]:
    """Whose link it is, the organisation, and when the listing ended that it renews; raises ``BadLink``."""
    account_id, entry_id, expires_on = unsign(_RENEW, token)
    return uuid.UUID(account_id), entry_id, date.fromisoformat(expires_on)


def read_stop(token: str) -> uuid.UUID:
    """Whose reminders a link stops; raises ``BadLink``."""
    return uuid.UUID(unsign(_STOP, token))


# --- before a listing ends, and when it does --------------------------------------------------------------------------

# How many days before the end a reminder goes out; on the last the listing ends.
REMINDERS: Final = (30, 7, 0)
_ACTOR: Final = "kakehashi listings"


@dataclass(frozen=True, slots=True)
class Told:
    """A keeper who got a mail, or with a rehearsal would have."""

    email: str
    entry_id: str
    days_left: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did: mails queued, listings that have ended, and keepers who want no reminders or cannot get any."""

    told: tuple[Told, ...]
    expired: tuple[str, ...]
    silent: int


def is_due(listing: Listing, day: date) -> bool:
    """Whether one of :data:`REMINDERS` has come since the keepers were last told."""
    passed = [since for left in REMINDERS if (since := listing.expires_on - timedelta(days=left)) <= day]
    is_listed = listing.shown is Shown.PUBLISHED
    return is_listed and bool(passed) and (listing.reminded_on is None or listing.reminded_on < passed[-1])


def remind(session: Session, *, day: date, is_rehearsal: bool = False) -> Report:
    """Mails the keepers of listings that end soon, and ends those whose time is over. The caller commits.

    A second run on the same day does nothing. A run that was missed is made up for by one mail, not by several.
    """
    due = [listing for listing in submissions.list_listings(session) if is_due(listing, day)]
    told: list[Told] = []
    silent = 0
    for listing in due:
        reminded = set(submissions.list_reminded(session, entry_id=listing.entry_id))
        document = profile_document(submissions.get_entry_profile(session, entry_id=listing.entry_id))
        for keeper_id in submissions.list_keepers(session, entry_id=listing.entry_id):
            account, left = accounts.find_account(session, keeper_id), (listing.expires_on - day).days
            # That it has ended is news to everybody who keeps it; that it will is a reminder.
            if account is None or not account.is_verified or (left > 0 and keeper_id not in reminded):
                silent += 1
                continue
            told.append(Told(account.email, listing.entry_id, max(left, 0)))
            if not is_rehearsal:
                queue(session, account, ending(account, document, listing, day))
        if not is_rehearsal:
            _note(session, listing, day)
    return Report(tuple(told), tuple(one.entry_id for one in due if one.expires_on <= day), silent)


def _note(session: Session, listing: Listing, day: date) -> None:
    submissions.save_reminded(session, entry_id=listing.entry_id, day=day)
    if listing.expires_on <= day:
        submissions.save_shown(
            session, entry_id=listing.entry_id, version=listing.version, shown=Shown.EXPIRED, actor=_ACTOR, day=day
        )
