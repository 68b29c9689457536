"""A profile in its organisation's own hands: from a working copy to what is listed, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from matcher.document import profile_document
from web import store
from web.extensions import db
from web.store import Outdated, accounts, submissions
from web.store.accounts import Account
from web.store.submissions import (
    LISTED_FOR,
    Comment,
    Contact,
    Objection,
    Shown,
    Status,
    Submission,
    UnknownSubmission,
)

MakeUser = Callable[..., Account]
DAY = date(2026, 5, 1)
CONTACT = Contact("Partnerships desk", "partners@example.com")


@pytest.fixture
def app(own_app: Callable[..., Flask]) -> Flask:
    return own_app()


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def other(make_user: MakeUser) -> Account:
    return make_user("organisation")


@pytest.fixture
def owner(make_user: MakeUser) -> Account:
    return make_user("organisation")


def _begin(owner: Account, entry_id: str | None = "kinova", **changes: Any) -> Submission:
    document = profile_document(submissions.get_entry_profile(db.session, entry_id="kinova")) | changes
    begun = submissions.save_new_submission(db.session, owner_id=owner.id, document=document, entry_id=entry_id)
    return submissions.save_draft(
        db.session, owner_id=owner.id, version=begun.version, document=document, is_anonymous=False, contact=CONTACT,
        evidence="I answer for partnerships there.",
    )  # fmt: skip


def _publish(owner: Account, entry_id: str | None = "kinova", **changes: Any) -> Submission:
    draft = _begin(owner, entry_id, **changes)
    sent = submissions.save_submitted(db.session, owner_id=owner.id, version=draft.version)
    profile = replace(submissions.get_entry_profile(db.session, entry_id="kinova"), **changes)
    return submissions.save_published(
        db.session, submission_id=sent.id, version=sent.version, actor="reviewer", profile=profile, day=DAY
    )


def test_what_is_published_is_what_the_reviewer_saw_and_is_listed_for_a_year(owner: Account) -> None:
    before = store.find_corpus_version(db.session)
    done = _publish(owner, founded=2007)
    assert (done.status, done.entry_id) == (Status.PUBLISHED, "kinova")
    assert store.get_corpus(db.session).organisations["kinova"].founded == 2007
    assert store.find_corpus_version(db.session) > before
    kept = submissions.find_kept(db.session, account_id=owner.id)
    assert kept and (kept.entry_id, kept.shown, kept.expires_on) == ("kinova", Shown.PUBLISHED, DAY + LISTED_FOR)
    assert kept.contact == CONTACT and "kinova" not in kept.alias


def test_a_new_organisation_gets_an_entry_once_and_never_somebody_elses(owner: Account, other: Account) -> None:
    assert _publish(owner, None, id="kinova-two").entry_id == "kinova-two"
    with pytest.raises(Outdated):
        _publish(other, None, id="kinova")


def test_nothing_is_published_over_what_the_owner_has_not_seen(owner: Account, other: Account) -> None:
    draft = _begin(owner)
    _publish(other, founded=2001)
    sent = submissions.save_submitted(db.session, owner_id=owner.id, version=draft.version)
    profile = submissions.get_entry_profile(db.session, entry_id="kinova")
    again: dict[str, Any] = {
        "submission_id": sent.id,
        "actor": "reviewer",
        "profile": replace(profile, founded=1999),
        "day": DAY,
    }
    with pytest.raises(Outdated):
        submissions.save_published(db.session, version=sent.version, **again)
    seen = submissions.save_rebased(db.session, owner_id=owner.id, version=sent.version)
    submissions.save_published(db.session, version=seen.version, **again)
    assert submissions.get_entry_profile(db.session, entry_id="kinova").founded == 1999


def test_a_returned_one_keeps_its_comments_until_it_is_sent_again(owner: Account) -> None:
    draft = _begin(owner)
    sent = submissions.save_submitted(db.session, owner_id=owner.id, version=draft.version)
    assert submissions.list_submitted(db.session)[-1].id == sent.id
    comment = Comment(Objection.TOO_GENERAL, "c1", "Which robots?")
    back = submissions.save_returned(
        db.session, submission_id=sent.id, version=sent.version, actor="reviewer", comments=(comment,)
    )
    assert (back.status, back.comments) == (Status.RETURNED, (comment,)) and back.can_edit
    typed = submissions.save_draft(
        db.session, owner_id=owner.id, version=back.version, document={"names": {}}, is_anonymous=True,
        contact=CONTACT, evidence="",
    )  # fmt: skip
    assert (typed.status, typed.comments) == (Status.RETURNED, (comment,))


def test_an_old_window_and_a_copy_under_review_change_nothing(owner: Account) -> None:
    draft = _begin(owner)
    same: dict[str, Any] = {"document": {}, "is_anonymous": False, "contact": CONTACT, "evidence": ""}
    with pytest.raises(Outdated):
        submissions.save_draft(db.session, owner_id=owner.id, version=draft.version - 1, **same)
    sent = submissions.save_submitted(db.session, owner_id=owner.id, version=draft.version)
    with pytest.raises(Outdated):
        submissions.save_draft(db.session, owner_id=owner.id, version=sent.version, **same)
    back = submissions.save_taken_back(db.session, owner_id=owner.id, version=sent.version)
    assert back.status is Status.DRAFT and back.document == draft.document


def test_withdrawing_hides_and_listing_again_brings_back(owner: Account) -> None:
    _publish(owner)
    listing = submissions.find_listing(db.session, entry_id="kinova")
    assert listing
    change: dict[str, Any] = {"entry_id": "kinova", "actor": str(owner.id), "day": DAY + timedelta(30)}
    gone = submissions.save_shown(db.session, version=listing.version, shown=Shown.WITHDRAWN, **change)
    assert "kinova" not in store.get_corpus(db.session).organisations
    with pytest.raises(Outdated):
        submissions.save_shown(db.session, version=listing.version, shown=Shown.PUBLISHED, **change)
    again = submissions.save_shown(db.session, version=gone.version, shown=Shown.PUBLISHED, **change)
    assert again.expires_on == DAY + timedelta(30) + LISTED_FOR
    assert "kinova" in store.get_corpus(db.session).organisations


def test_loading_the_files_again_leaves_a_kept_organisation_alone(owner: Account) -> None:
    _publish(owner, founded=2007)
    files = store.get_corpus(db.session)
    newer = {i: replace(p, founded=1800) for i, p in files.organisations.items() if i in {"kinova", "cyberdyne"}}
    loaded = store.save_corpus(db.session, type(files)(newer.values()), actor="kakehashi load", keeps_edits=True)
    assert loaded.updated == 1 and loaded.kept == ("kinova",)
    assert submissions.get_entry_profile(db.session, entry_id="kinova").founded == 2007


def test_whoever_leaves_takes_copy_and_contact_along_and_leaves_the_profile(owner: Account) -> None:
    _publish(owner)
    accounts.delete_account(db.session, owner.id)
    assert submissions.find_submission(db.session, owner_id=owner.id) is None
    listing = submissions.find_listing(db.session, entry_id="kinova")
    assert listing and listing.contact == Contact() and listing.shown is Shown.PUBLISHED


def test_one_copy_a_person_and_only_of_what_there_is(owner: Account) -> None:
    _begin(owner)
    with pytest.raises(Outdated):
        submissions.save_new_submission(db.session, owner_id=owner.id, document={})
    with pytest.raises(UnknownSubmission):
        submissions.get_base_digest(db.session, "nobody-at-all")
