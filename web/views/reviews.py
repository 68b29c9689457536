"""The reviewers' desk: what organisations have sent, looked at, published or returned."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import force_locale, gettext
from werkzeug.wrappers import Response

from matcher.criteria import Result
from matcher.document import InvalidDocument
from web import review, submission_letters
from web.auth import current_user, require_user
from web.extensions import db
from web.forms import reviews as forms
from web.forms.search import read_number
from web.i18n import LOCALES
from web.i18n import reviews as words
from web.i18n.submissions import FIELDS
from web.review import Review, Sort, Which
from web.security import Policy
from web.store import Outdated, reviews, submissions
from web.store.submissions import Status, UnknownSubmission
from web.views import errors
from web.views.transaction import commit_after

bp = Blueprint("reviews", __name__)
bp.register_error_handler(UnknownSubmission, errors.not_found)

Answer = str | Response | tuple[str, int]


@bp.get("/reviews")
def index() -> str:
    """What waits, the longest first."""
    sort, which = forms.read_asked(request.args)
    waiting = review.queue(sort, which)
    return render_template(
        "reviews/index.html", waiting=waiting, total=reviews.count_waiting(db.session), sort=sort, which=which,
        sorts=Sort, whiches=Which, words=words,
    )  # fmt: skip


@bp.get("/reviews/decided")
def decided() -> str:
    """What was decided lately."""
    found = reviews.list_decided(db.session)
    days = reviews.SHOWN_FOR.days
    return render_template("reviews/decided.html", decisions=found, days=days, words=words)


@bp.get("/reviews/<uuid:submission_id>")
def page(submission_id: uuid.UUID) -> str:
    """One submission: checks, what it would change, who sent it, and the decision."""
    return _page(submission_id)


@bp.post("/reviews/<uuid:submission_id>/read")
@commit_after
def read(submission_id: uuid.UUID) -> Answer:
    """Tells the other reviewers that one looks at it, or no longer does."""
    act = reviews.delete_reading if request.form.get("done") else reviews.save_reading
    act(db.session, submission_id=submission_id, account_id=require_user().id)
    return redirect(url_for("reviews.page", submission_id=submission_id), 303)


@bp.post("/reviews/<uuid:submission_id>/attach")
@commit_after
def attach(submission_id: uuid.UUID) -> Answer:
    """Takes a submission for one about an organisation that is known, or for a new one again."""
    entry_id, version = request.form.get("organisation") or None, read_number(request.form.get("version"))
    try:
        reviews.save_attached(
            db.session, submission_id=submission_id, version=version, entry_id=entry_id, actor=str(require_user().id)
        )
    except Outdated:
        return _page(submission_id, is_outdated=True), 409
    return redirect(url_for("reviews.page", submission_id=submission_id, _anchor="changes"), 303)


@bp.post("/reviews/<uuid:submission_id>/publish")
@commit_after
def publish(submission_id: uuid.UUID) -> Answer:
    """Puts what was sent in the place of what is published, and tells its organisation."""
    found = review.review(submission_id)
    try:
        _publish(found)
    except Outdated:
        return _page(submission_id, is_outdated=True), 409
    except InvalidDocument:
        return _page(submission_id, is_broken=True), 422
    flash(gettext("Published. Its organisation gets a mail; lists and matches follow within a minute."))
    return redirect(url_for("reviews.index"), 303)


@bp.get("/reviews/<uuid:submission_id>/return")
def choose_reasons(submission_id: uuid.UUID) -> Answer:
    """Reasons to send it back, with those that follow from the checks."""
    found = review.review(submission_id)
    with force_locale(LOCALES[_language(found)]):
        reasons = forms.suggest_reasons(found.waiting.examination.failed, found.organisations)
    return _reasons(found, reasons)


@bp.post("/reviews/<uuid:submission_id>/return")
@commit_after
def give_back(submission_id: uuid.UUID) -> Answer:
    """Sends it back with reasons; before that, as often as wanted, shows the mail."""
    found = review.review(submission_id)
    reasons = forms.read_reasons(request.form, _places(found))
    step = request.form.get("step")
    if not reasons.is_valid and step != "more":
        return _reasons(found, reasons), 422
    if step != "send":
        return _reasons(found, reasons, is_preview=step == "preview")
    try:
        _give_back(found, reasons)
    except Outdated:
        return _page(submission_id, is_outdated=True), 409
    flash(gettext("Returned. Its organisation gets a mail with the reasons."))
    return redirect(url_for("reviews.index"), 303)


# --- within ----------------------------------------------------------------------------------------------------------


@bp.app_context_processor
def _for_all_pages() -> dict[str, Any]:
    return {"waiting_reviews": _count_waiting}


def _count_waiting() -> int:
    user = current_user()
    return reviews.count_waiting(db.session) if user and Policy.REVIEWER.admits(user.role) else 0


def _page(submission_id: uuid.UUID, *, is_outdated: bool = False, is_broken: bool = False) -> str:
    found = review.review(submission_id)
    if found.submission.status is not Status.SUBMITTED:
        return render_template("reviews/gone.html", review=found, words=words, is_outdated=is_outdated)
    return render_template(
        "reviews/page.html", review=found, words=words, is_outdated=is_outdated, is_broken=is_broken,
        results=Result, judged=forms.read_judged(request.form),
    )  # fmt: skip


def _publish(found: Review) -> None:
    done = submissions.save_published(
        db.session, submission_id=found.submission.id, version=read_number(request.form.get("version")),
        actor=str(require_user().id), profile=review.profile_of(found.submission), day=datetime.now(UTC).date(),
        judged=forms.read_judged(request.form),
    )  # fmt: skip
    listing = submissions.find_listing(db.session, entry_id=done.entry_id or "")
    if found.owner and listing:
        letter = submission_letters.published(found.owner, done.document, listing)
        submission_letters.queue(db.session, found.owner, letter)


def _give_back(found: Review, reasons: forms.Reasons) -> None:
    returned = submissions.save_returned(
        db.session, submission_id=found.submission.id, version=read_number(request.form.get("version")),
        actor=str(require_user().id), comments=reasons.comments, judged=forms.read_judged(request.form),
    )  # fmt: skip
    if found.owner:
        letter = submission_letters.returned(found.owner, returned.document, returned.comments)
        submission_letters.queue(db.session, found.owner, letter)


def _reasons(found: Review, reasons: forms.Reasons, *, is_preview: bool = False) -> str:
    owner, document = found.owner, found.submission.document
    letter = submission_letters.returned(owner, document, reasons.comments) if owner and is_preview else None
    return render_template(
        "reviews/return.html", review=found, reasons=reasons, places=_places(found), words=words, letter=letter,
        lang=_language(found), most=forms.MAX_NOTE, judged=forms.read_judged(request.form),
    )  # fmt: skip


def _places(found: Review) -> list[str]:
    """The statements and fields that a reason can be about."""
    document = found.submission.document
    statements = document.get("statements")
    ids = [str(s.get("id", "")) for s in statements if isinstance(s, dict)] if isinstance(statements, list) else []
    return [*filter(None, ids), *FIELDS]


def _language(found: Review) -> str:
    """The language of whoever reads the reasons."""
    return found.owner.lang if found.owner else "en"
