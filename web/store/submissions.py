"""Profiles in their organisations' own hands: working copies, review, and how long a profile stays listed.

A person has one working copy (:class:`Submission`). Publishing puts it in the place of the entry, makes the person its
keeper and lists it for a year; from then on the working copy can change without what is published.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from matcher.corpus import Corpus
from matcher.document import parse_profile, profile_document
from matcher.profile import Profile
from web import models
from web.models import AuditEvent, Entry, Keeper
from web.models.base import now, utc
from web.store.audit import record
from web.store.corpus import ORGANISATION, Outdated, get_digest, save_change, save_corpus, save_refit
from web.store.endings import End, end_of_organisation, end_of_person

# A profile that nobody has looked at for longer is out of date more often than not.
LISTED_FOR: Final = timedelta(days=365)
# Begins every alias: an address that says no more than that somebody is there.
ALIAS: Final = "organisation-"


class Status(StrEnum):
    """How far a working copy has come; published: it says what everybody can read."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PUBLISHED = "published"


class Shown(StrEnum):
    """Whether a kept organisation is among the others."""

    PUBLISHED = "published"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Objection(StrEnum):
    """Why a reviewer sends a submission back."""

    SOURCE_MISSING = "source_missing"
    SOURCE_DIFFERS = "source_differs"
    UNCLEAR = "unclear"
    TOO_GENERAL = "too_general"
    NO_NEED = "no_need"
    PERSONAL_DATA = "personal_data"
    NAMES_PARTNER = "names_partner"
    DUPLICATE = "duplicate"
    NOT_ENTITLED = "not_entitled"
    WRONG_LANGUAGE = "wrong_language"
    OTHER = "other"


class UnknownSubmission(LookupError):
    """There is no such working copy, listing or organisation, or it is not this person's to see."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to introduce, once both sides want it."""

    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """Why a submission came back; ``place`` is the statement or field that it is about, empty for the whole."""

    objection: Objection
    place: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """A working copy. ``document`` is a profile's, or part of one; see :class:`web.models.Submission`."""

    id: uuid.UUID
    owner_id: uuid.UUID
    entry_id: str | None
    base_digest: str
    document: Mapping[str, Any]
    is_anonymous: bool
    contact: Contact
    evidence: str
    status: Status
    comments: tuple[Comment, ...]
    version: int
    created_at: datetime
    saved_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None

    @property
    def can_edit(self) -> bool:
        """Whether the owner can change it: not while a reviewer has it."""
        return self.status is not Status.SUBMITTED


@dataclass(frozen=True, slots=True)
class Listing:
    """How a kept organisation is shown; see :class:`web.models.Listing`."""

    entry_id: str
    shown: Shown
    is_anonymous: bool
    alias: str
    contact: Contact
    expires_on: date
    reminded_on: date | None
    version: int

    @property
    def address(self) -> str:
        """What stands for the organisation in addresses, as long as it is shown."""
        return self.alias if self.is_anonymous else self.entry_id


# --- working copies ---------------------------------------------------------------------------------------------------


def find_submission(session: Session, *, owner_id: uuid.UUID) -> Submission | None:
    """A person's working copy."""
    row = session.scalar(select(models.Submission).where(models.Submission.owner_id == owner_id))
    return None if row is None else _submission(row)


def get_submission(session: Session, *, submission_id: uuid.UUID) -> Submission:
    """A working copy, for reviewers; raises :class:`UnknownSubmission`."""
    row = session.get(models.Submission, submission_id)
    if row is None:
        raise UnknownSubmission(str(submission_id))
    return _submission(row)


def list_submitted(session: Session) -> tuple[Submission, ...]:
    """What waits for a reviewer, the longest first."""
    query = select(models.Submission).where(models.Submission.status == Status.SUBMITTED.value)
    return tuple(_submission(row) for row in session.scalars(query.order_by(models.Submission.submitted_at)))


def save_new_submission(
    session: Session, *, owner_id: uuid.UUID, document: Mapping[str, Any], entry_id: str | None = None
) -> Submission:
    """Begins a working copy, of an organisation that is known already or of a new one.

    Raises :class:`Outdated` where the person has one, :class:`UnknownSubmission` where there is no such organisation.
    """
    if find_submission(session, owner_id=owner_id) is not None:
        raise Outdated(str(owner_id))
    row = models.Submission(
        owner_id=owner_id, entry_id=entry_id, base_digest=get_base_digest(session, entry_id), document=dict(document),
        is_anonymous=False, contact={}, evidence="", status=Status.DRAFT.value, comments=[],
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, str(owner_id), "submission.create", str(row.id), {"organisation": entry_id})
    return _submission(row)


def save_draft(  # noqa: PLR0913 - the columns of a row, by name
    session: Session, *, owner_id: uuid.UUID, version: int, document: Mapping[str, Any], is_anonymous: bool,
    contact: Contact, evidence: str,
) -> Submission:  # fmt: skip
    """Keeps what was typed so far. What was returned stays marked so, with its comments, until it is sent again.

    Raises :class:`Outdated` where the version has moved on or a reviewer has it. No audit row: typing is no deed.
    """
    row = _own(session, owner_id, version)
    if row.status == Status.SUBMITTED.value:
        raise Outdated(row.status)
    new = (dict(document), is_anonymous, _contact_document(contact), evidence)
    if new != (row.document, row.is_anonymous, row.contact, row.evidence):
        row.document, row.is_anonymous, row.contact, row.evidence = new
        row.version, row.saved_at = row.version + 1, now()
        if row.status == Status.PUBLISHED.value:
            row.status = Status.DRAFT.value
    session.flush()
    return _submission(row)


def save_submitted(session: Session, *, owner_id: uuid.UUID, version: int) -> Submission:
    """Hands it to the reviewers; raises :class:`Outdated` where it is with them already or says nothing new."""
    row = _own(session, owner_id, version)
    if row.status not in {Status.DRAFT.value, Status.RETURNED.value}:
        raise Outdated(row.status)
    row.submitted_at = now()
    return _moved(session, row, Status.SUBMITTED, "submission.submit", str(owner_id))


def save_taken_back(session: Session, *, owner_id: uuid.UUID, version: int) -> Submission:
    """Takes it back from the reviewers, to change it."""
    row = _own(session, owner_id, version)
    if row.status != Status.SUBMITTED.value:
        raise Outdated(row.status)
    return _moved(session, row, Status.DRAFT, "submission.take_back", str(owner_id))


def delete_submission(session: Session, *, owner_id: uuid.UUID, version: int) -> None:
    """Throws the working copy away; what is published stays."""
    row = _own(session, owner_id, version)
    record(session, str(owner_id), "submission.delete", str(row.id), {})
    session.delete(row)
    session.flush()


# --- review -----------------------------------------------------------------------------------------------------------


def save_returned(  # noqa: PLR0913 - a decision with all that belongs to it, by name
    session: Session, *, submission_id: uuid.UUID, version: int, actor: str, comments: tuple[Comment, ...],
    judged: tuple[str, ...] = (),
) -> Submission:  # fmt: skip
    """Sends a submission back with what is to be mended; raises :class:`Outdated` where it is no longer waiting.

    ``judged`` are the codes of what the reviewer found to be in order.
    """
    row = _waiting(session, submission_id, version)
    row.comments = [{"objection": c.objection.value, "place": c.place, "note": c.note} for c in comments]
    reasons = [c.objection.value for c in comments]
    return _decided(session, row, Status.RETURNED, "submission.return", actor, reasons=reasons, judged=list(judged))


def save_published(  # noqa: PLR0913 - what is published, by whom and when, by name
    session: Session, *, submission_id: uuid.UUID, version: int, actor: str, profile: Profile, day: date,
    judged: tuple[str, ...] = (),
) -> Submission:  # fmt: skip
    """Puts a profile, made of the submission, in the place of the entry, and lists it for :data:`LISTED_FOR`.

    Raises :class:`Outdated` where it is no longer waiting, or the entry has changed since the owner looked at it, or a
    new organisation's id is taken.
    """
    row = _waiting(session, submission_id, version)
    if row.entry_id is None:
        if session.get(Entry, profile.id) is not None:
            raise Outdated(profile.id)
        save_corpus(session, Corpus([profile]), actor=actor)
    else:
        entry = session.get_one(Entry, row.entry_id, with_for_update=True)
        if entry.digest != row.base_digest or entry.entry_type != ORGANISATION:
            raise Outdated(row.entry_id)
        save_change(session, entry, profile_document(profile), actor=actor, action="organisation.update")
    session.flush()
    row.entry_id, row.base_digest = profile.id, get_base_digest(session, profile.id)
    row.comments, row.document = [], profile_document(profile)
    _keep(session, row, day)
    detail = {"organisation": profile.id, "judged": list(judged)}
    return _decided(session, row, Status.PUBLISHED, "submission.publish", actor, **detail)


def get_base_digest(session: Session, entry_id: str | None) -> str:
    """What an organisation says now, as a digest; empty for a new one. Raises :class:`UnknownSubmission`."""
    if entry_id is None:
        return ""
    digest = get_digest(session, entry_id)
    if digest is None:
        raise UnknownSubmission(entry_id)
    return digest


def save_rebased(session: Session, *, owner_id: uuid.UUID, version: int) -> Submission:
    """Says that the owner has seen what the organisation's entry says now."""
    row = _own(session, owner_id, version)
    row.base_digest = get_base_digest(session, row.entry_id)
    row.version += 1
    session.flush()
    return _submission(row)


def _keep(session: Session, row: models.Submission, day: date) -> None:
    keeper = session.scalar(select(Keeper).where(Keeper.account_id == row.owner_id))
    if keeper is None:
        session.add(Keeper(account_id=row.owner_id, entry_id=row.entry_id))
    listing = session.get(models.Listing, row.entry_id, with_for_update=True)
    if listing is None:
        listing = models.Listing(entry_id=row.entry_id, alias=_new_alias(), version=0)
        session.add(listing)
    elif row.is_anonymous and not listing.is_anonymous:
        # The one before leads to the name, as everybody could see.
        listing.alias = _new_alias()
    listing.is_anonymous, listing.contact, listing.status = row.is_anonymous, row.contact, Shown.PUBLISHED.value
    listing.expires_on, listing.reminded_on, listing.version = day + LISTED_FOR, None, listing.version + 1


def _new_alias() -> str:
    return f"{ALIAS}{secrets.token_hex(4)}"


# --- what is listed ---------------------------------------------------------------------------------------------------


def find_kept(session: Session, *, account_id: uuid.UUID) -> Listing | None:
    """The organisation that a person keeps."""
    joined = select(models.Listing).join(Keeper, Keeper.entry_id == models.Listing.entry_id)
    row = session.scalar(joined.where(Keeper.account_id == account_id))
    return None if row is None else _listing(row)


def find_kept_alone(session: Session, *, account_id: uuid.UUID) -> Listing | None:
    """The organisation that a person keeps and nobody else does."""
    kept = find_kept(session, account_id=account_id)
    return kept if kept and list_keepers(session, entry_id=kept.entry_id) == (account_id,) else None


def find_listing(session: Session, *, entry_id: str) -> Listing | None:
    """How a kept organisation is shown; None for one that nobody keeps."""
    row = session.get(models.Listing, entry_id)
    return None if row is None else _listing(row)


def list_listings(session: Session) -> tuple[Listing, ...]:
    """All kept organisations, by id."""
    return tuple(_listing(row) for row in session.scalars(select(models.Listing).order_by(models.Listing.entry_id)))


def list_keepers(session: Session, *, entry_id: str) -> tuple[uuid.UUID, ...]:
    """Who keeps an organisation, the first first."""
    query = select(Keeper.account_id).where(Keeper.entry_id == entry_id).order_by(Keeper.created_at)
    return tuple(session.scalars(query))


def list_reminded(session: Session, *, entry_id: str) -> tuple[uuid.UUID, ...]:
    """Which keepers are reminded before the listing ends."""
    query = select(Keeper.account_id).where(Keeper.entry_id == entry_id, Keeper.is_reminded)
    return tuple(session.scalars(query.order_by(Keeper.created_at)))


def save_unreminded(session: Session, *, account_id: uuid.UUID) -> None:
    """Ends the reminders of one keeper."""
    kept = session.scalar(select(Keeper).where(Keeper.account_id == account_id))
    if kept is not None and kept.is_reminded:
        kept.is_reminded = False
        record(session, str(account_id), "keeper.no_reminders", kept.entry_id, {})


def get_entry_profile(session: Session, *, entry_id: str) -> Profile:
    """An organisation as it stands, whether it is shown or not; raises :class:`UnknownSubmission`."""
    entry = session.get(Entry, entry_id)
    if entry is None or entry.entry_type != ORGANISATION:
        raise UnknownSubmission(entry_id)
    return parse_profile(entry.document, complete=False)


def save_shown(  # noqa: PLR0913 - what changes, by whom and when, by name
    session: Session, *, entry_id: str, version: int, shown: Shown, actor: str, day: date
) -> Listing:
    """Withdraws, lets expire or lists an organisation again, from the day given on; raises :class:`Outdated`."""
    row = session.get(models.Listing, entry_id, with_for_update=True)
    if row is None:
        raise UnknownSubmission(entry_id)
    if row.version != version:
        raise Outdated(entry_id)
    row.status, row.version = shown.value, row.version + 1
    if shown is Shown.PUBLISHED:
        row.expires_on, row.reminded_on = day + LISTED_FOR, None
    else:
        end_of_organisation(session, entry_id, End.DELISTED, actor=actor)
    record(session, actor, f"organisation.{shown.value}", entry_id, {"until": row.expires_on.isoformat()})
    save_refit(session)
    session.flush()
    return _listing(row)


def save_reminded(session: Session, *, entry_id: str, day: date) -> None:
    """Writes down that the keepers were told that the listing ends soon."""
    session.get_one(models.Listing, entry_id).reminded_on = day


def forget_owner(session: Session, account_id: uuid.UUID) -> None:
    """Takes a person's working copy and keeping away, and the contact where nobody else keeps the organisation.

    What they have expressed, and what only they could answer, ends.
    """
    end_of_person(session, account_id)
    session.execute(delete(models.Submission).where(models.Submission.owner_id == account_id))
    kept = session.scalar(select(Keeper).where(Keeper.account_id == account_id))
    if kept is not None:
        session.delete(kept)
        session.flush()
        if not list_keepers(session, entry_id=kept.entry_id):
            session.get_one(models.Listing, kept.entry_id).contact = {}


# --- what happened ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """A step in the life of a working copy or a listing; ``action`` as in the log."""

    happened_at: datetime
    action: str


def list_events(session: Session, *, submission_id: uuid.UUID | None, entry_id: str | None) -> tuple[Event, ...]:
    """What became of a working copy and of the profile that it is about, the newest first."""
    subjects = [str(subject) for subject in (submission_id, entry_id) if subject is not None]
    rows = select(AuditEvent).where(AuditEvent.subject.in_(subjects)).order_by(AuditEvent.id.desc())
    return tuple(Event(utc(row.happened_at), row.action) for row in session.scalars(rows))


# --- rows -------------------------------------------------------------------------------------------------------------


def _own(session: Session, owner_id: uuid.UUID, version: int) -> models.Submission:
    query = select(models.Submission).where(models.Submission.owner_id == owner_id).with_for_update()
    row = session.scalar(query)
    if row is None:
        raise UnknownSubmission(str(owner_id))
    if row.version != version:
        raise Outdated(str(row.id))
    return row


def _waiting(session: Session, submission_id: uuid.UUID, version: int) -> models.Submission:
    row = session.get(models.Submission, submission_id, with_for_update=True)
    if row is None:
        raise UnknownSubmission(str(submission_id))
    if row.version != version or row.status != Status.SUBMITTED.value:
        raise Outdated(str(submission_id))
    return row


def _moved(
    session: Session, row: models.Submission, status: Status, action: str, actor: str, **detail: Any
) -> Submission:
    row.status, row.version = status.value, row.version + 1
    session.flush()
    record(session, actor, action, str(row.id), detail)
    return _submission(row)


def _decided(
    session: Session, row: models.Submission, status: Status, action: str, actor: str, **detail: Any
) -> Submission:
    row.decided_at = now()
    session.execute(delete(models.Reading).where(models.Reading.submission_id == row.id))
    return _moved(session, row, status, action, actor, **detail)


def _contact_document(contact: Contact) -> dict[str, str]:
    return {"name": contact.name, "email": contact.email}


def _contact(document: Mapping[str, str]) -> Contact:
    return Contact(document.get("name", ""), document.get("email", ""))


def _submission(row: models.Submission) -> Submission:
    comments = (Comment(Objection(c["objection"]), c["place"], c["note"]) for c in row.comments)
    return Submission(
        row.id, row.owner_id, row.entry_id, row.base_digest, row.document, row.is_anonymous, _contact(row.contact),
        row.evidence, Status(row.status), tuple(comments), row.version, utc(row.created_at), utc(row.saved_at),
        row.submitted_at and utc(row.submitted_at), row.decided_at and utc(row.decided_at),
    )  # fmt: skip


def _listing(row: models.Listing) -> Listing:
    return Listing(
        row.entry_id, Shown(row.status), row.is_anonymous, row.alias, _contact(row.contact), row.expires_on,
        row.reminded_on, row.version,
    )  # fmt: skip
