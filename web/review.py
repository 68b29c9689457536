"""What a reviewer sees of a submission: what was checked, what publishing it would change, and who sent it."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from flask import current_app

from matcher.criteria import Examination, Examiner, Result
from matcher.difference import Difference, difference
from matcher.document import parse_profile, profile_document
from matcher.profile import Profile
from matcher.quality import site_of
from web.extensions import db
from web.imports.draft import Known, current_known, new_id
from web.matching import Memory, current_board
from web.store import accounts, has_entry, merging, reviews, submissions
from web.store.accounts import Account
from web.store.reviews import Event, Reading
from web.store.submissions import ALIAS, Submission

# How many submissions' checks are kept: more than wait at a time.
_REMEMBERED: Final = 512


class Sort(StrEnum):
    """What a submission asks for."""

    NEW = "new"
    CLAIM = "claim"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submission in the queue."""

    submission: Submission
    sort: Sort
    names: Mapping[str, str]
    days: int
    examination: Examination
    reading: Reading | None

    def name(self, lang: str) -> str:
        """The name in a language, or any; empty where none was given."""
        return self.names.get(lang) or self.names.get("en") or next(iter(self.names.values()), "")


@dataclass(frozen=True, slots=True)
class Review:
    """A submission with all that speaks for and against it.

    ``known`` is the organisation as it stands, ``is_based`` whether the owner has seen it so; ``rivals`` are other
    submissions about the same organisation, ``keepers`` how many others keep it.
    """

    waiting: Waiting
    owner: Account | None
    known: Profile | None
    is_based: bool
    difference: Difference
    rivals: tuple[uuid.UUID, ...]
    keepers: int
    events: tuple[Event, ...]
    organisations: Mapping[str, Profile]

    @property
    def submission(self) -> Submission:
        return self.waiting.submission

    @property
    def mail_domain(self) -> str:
        """Where the owner's mail address is."""
        return self.owner.email.rpartition("@")[2] if self.owner else ""

    @property
    def has_own_domain(self) -> bool:
        """Whether the owner's mail address is of the organisation's own site."""
        website = self.submission.document.get("website")
        try:
            return isinstance(website, str) and bool(website) and site_of(f"//{self.mail_domain}") == site_of(website)
        except ValueError:
            return False


class Which(StrEnum):
    """Which of the waiting ones a queue shows, by what was found."""

    ALL = ""
    WITH = "with"
    WITHOUT = "without"


def queue(sort: Sort | None = None, which: Which = Which.ALL) -> tuple[Waiting, ...]:
    """What waits for a reviewer, the longest first."""
    readings = reviews.list_readings(db.session)
    found = (_waiting(s, readings.get(s.id)) for s in submissions.list_submitted(db.session))
    return tuple(
        w
        for w in found
        if sort in {None, w.sort}
        and (which is Which.ALL or (which is Which.WITH) == (w.examination.result is Result.FAILED))
    )


def review(submission_id: uuid.UUID) -> Review:
    """Everything about one submission; raises :class:`web.store.submissions.UnknownSubmission`."""
    submission = submissions.get_submission(db.session, submission_id=submission_id)
    known = submission.entry_id and submissions.get_entry_profile(db.session, entry_id=submission.entry_id)
    keepers = submissions.list_keepers(db.session, entry_id=submission.entry_id) if submission.entry_id else ()
    return Review(
        waiting=_waiting(submission, reviews.list_readings(db.session).get(submission.id)),
        owner=accounts.find_account(db.session, submission.owner_id),
        known=known or None,
        is_based=submission.base_digest == submissions.get_base_digest(db.session, submission.entry_id),
        difference=difference(_without_id(profile_document(known)) if known else {}, _without_id(submission.document)),
        rivals=reviews.list_rivals(db.session, submission_id=submission.id, entry_id=submission.entry_id),
        keepers=len([k for k in keepers if k != submission.owner_id]),
        events=reviews.list_events(db.session, submission_id=submission.id),
        organisations=current_known().corpus.organisations,
    )


def profile_of(submission: Submission) -> Profile:
    """The profile that publishing a submission makes.

    A new organisation gets an id made of its name, or where it is anonymous one that says nothing. Raises
    :class:`matcher.document.InvalidDocument`, naming every fault.
    """
    document = dict(submission.document)
    names = document.get("names")
    name = names.get("en") if isinstance(names, Mapping) and not submission.is_anonymous else None
    slug = new_id(name, lambda entry_id: has_entry(db.session, entry_id)) if isinstance(name, str) else ""
    document["id"] = submission.entry_id or slug or f"{ALIAS}{secrets.token_hex(4)}"
    return parse_profile(document, fields=current_board().taxonomy.fields, complete=False)


def _without_id(document: Mapping[str, Any]) -> dict[str, Any]:
    """What is held against another document: what was sent may have no id yet."""
    return {name: value for name, value in document.items() if name != "id"}


def _waiting(submission: Submission, reading: Reading | None) -> Waiting:
    sent, names = submission.submitted_at or submission.saved_at, submission.document.get("names")
    return Waiting(
        submission=submission,
        sort=_sort(submission),
        names={k: v for k, v in names.items() if isinstance(v, str) and v} if isinstance(names, Mapping) else {},
        days=(datetime.now(UTC) - sent).days,
        examination=_examination(submission),
        reading=reading,
    )


def _sort(submission: Submission) -> Sort:
    if submission.entry_id is None:
        return Sort.NEW
    is_own = submission.owner_id in submissions.list_keepers(db.session, entry_id=submission.entry_id)
    return Sort.CHANGE if is_own else Sort.CLAIM


def _examination(submission: Submission) -> Examination:
    """What was checked: made once for what was sent, the organisations known and the day."""
    known, day, own = current_known(), datetime.now(UTC).date(), submission.entry_id
    pairs = [pair for pair in merging.list_distinct(db.session) if own in pair] if own else []
    two = frozenset(entry_id for pair in pairs for entry_id in pair)
    memory: Memory = current_app.extensions.setdefault("kakehashi.examinations", Memory(_REMEMBERED))
    key = (submission.id, submission.version, known.version, two, day)
    return memory.recall(key, lambda: _examiner(memory, known).examine(submission.document, day, own_id=own, two=two))


def _examiner(memory: Memory, known: Known) -> Examiner:
    """The one for the organisations known at present, anonymous ones too: nobody but reviewers sees what it says."""
    return memory.recall(("examiner", known.version), lambda: Examiner(known.corpus, current_board().taxonomy))
