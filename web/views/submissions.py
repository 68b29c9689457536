"""My organisation: finding or beginning its profile, typing it step by step, and sending it to the reviewers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from matcher.advice import Assessment, assess, sketch
from matcher.corpus import canonical_json
from matcher.document import profile_document
from matcher.draft import shipped_drafter
from matcher.duplicates import Candidate, NameIndex
from matcher.explain import Explanation
from matcher.profile import Country, Profile
from web import submission_letters as letters
from web.anonymity import cover
from web.auth import require_user
from web.extensions import db, limiter
from web.forms import draft as drafting
from web.forms import search as search_forms
from web.forms import submissions as forms
from web.forms.desk import line
from web.forms.submissions import Problem, Step, Typed
from web.i18n import draft as draft_words
from web.i18n import language, moment
from web.i18n import submissions as words
from web.i18n.labels import DUPLICATE_REASONS
from web.matching import Board, current_board
from web.store import Outdated, submissions
from web.store.submissions import ALIAS, Listing, Shown, Submission, UnknownSubmission
from web.views.transaction import commit_after

bp = Blueprint("submissions", __name__)

# A long text keeps a processor busy for seconds, and a preview for a good part of one.
_FEW: Final = limiter.limit("30 per 10 minutes", methods=["POST"], key_func=lambda: str(require_user().id))
_OFTEN: Final = limiter.limit("60 per minute", key_func=lambda: str(require_user().id))
_MATCHES: Final = 5


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a working copy is worth at present: its quality, and whom it would be proposed to."""

    assessment: Assessment | None
    profile: Profile | None
    matches: tuple[Explanation, ...] = ()


# --- finding it, or beginning -----------------------------------------------------------------------------------------


@bp.get("/my-organisation")
def index() -> Any:
    """Where one's profile stands and what happens next; whoever has none looks for it first."""
    user = require_user()
    submission, kept = _find(), submissions.find_kept(db.session, account_id=user.id)
    if submission is None and kept is None:
        return redirect(url_for(".find"))
    entry_id = kept.entry_id if kept else submission.entry_id if submission else None
    events = submissions.list_events(
        db.session, submission_id=submission.id if submission else None, entry_id=kept.entry_id if kept else None
    )
    entry = submissions.get_entry_profile(db.session, entry_id=entry_id) if entry_id else None
    return render_template(
        "submissions/index.html", submission=submission, kept=kept, events=events, words=words, today=_today(),
        name=letters.document_name(submission.document if submission else profile_document(entry) if entry else {}),
        is_behind=_is_behind(submission), Step=Step, comment_step=forms.comment_step,
    )  # fmt: skip


@bp.get("/my-organisation/find")
def find() -> str:
    """Looks for an organisation by its name."""
    text = search_forms.read_name(request.args)
    return _find_page(forms.NewForm(formdata=None, data={"name": text}), text=text)


@bp.post("/my-organisation/new")
@commit_after
def create() -> Any:
    """Begins a new profile; asks once more where the name looks like that of a known organisation."""
    form = forms.NewForm()
    if _has_begun():
        return redirect(url_for(".index"), 303)
    if not form.validate_on_submit():
        return _find_page(form), 400
    near = () if request.form.get("is_new") else _near(current_board(), form)
    if near:
        return _find_page(form, near=near), 422
    submissions.save_new_submission(db.session, owner_id=require_user().id, document=form.begun())
    return redirect(url_for(".step", step=Step.ABOUT.value), 303)


@bp.route("/my-organisation/claim/<profile_id>", methods=["GET", "POST"])
@commit_after
def claim(profile_id: str) -> Any:
    """Begins with what is known of an organisation, by a person who says why they may speak for it."""
    profile, form = current_board().organisation(profile_id), forms.ClaimForm()
    if _has_begun():
        return redirect(url_for(".index"), 303)
    if profile.is_anonymous or profile.closed:
        raise UnknownSubmission(profile_id)
    if not form.validate_on_submit():
        page = render_template("submissions/claim.html", form=form, profile=profile)
        return page, 400 if form.is_submitted() else 200
    _begin(profile.id, form.evidence.data)
    return redirect(url_for(".step", step=Step.ABOUT.value), 303)


@bp.post("/my-organisation/change")
@commit_after
def change() -> Any:
    """Begins a working copy of the profile that one keeps."""
    kept = submissions.find_kept(db.session, account_id=require_user().id)
    if kept is None:
        raise UnknownSubmission
    _begin(kept.entry_id, "")
    return redirect(url_for(".step", step=Step.ABOUT.value), 303)


# --- the form ---------------------------------------------------------------------------------------------------------


@bp.get(f"/my-organisation/edit/<any({', '.join(Step)}):step>")
def step(step: str) -> Any:
    """One page of the form."""
    submission, shown = _own(), Step(step)
    if not submission.can_edit:
        flash(gettext("A reviewer has your profile. Take it back to change it."))
        return redirect(url_for(".index"))
    return _step_page(shown, submission)


@bp.post(f"/my-organisation/edit/<any({', '.join(Step)}):step>")
@commit_after
def save(step: str) -> Any:
    """Keeps what was typed on a page, right or wrong; from a script it answers with a few words."""
    here, submission = Step(step), _own()
    typed = forms.read_step(here, request.form, Typed.of(submission))
    if any(name.startswith("keep_") for name in request.form):
        typed = forms.chosen(here, typed, Typed.of(submission), request.form)
    if request.form.get("take_back") and not submission.can_edit:
        submission = submissions.save_taken_back(db.session, owner_id=submission.owner_id, version=_version())
    elif not submission.can_edit or _version() != submission.version:
        return _save_too_late(here, typed, submission)
    return _saved(here, _keep(typed, submission))


@bp.get("/my-organisation/outlook")
@_OFTEN
def outlook() -> str:
    """Quality and matches as they would be, for the side of the form."""
    submission = _own()
    return render_template(
        "submissions/outlook.html", board=current_board(), outlook=_outlook(submission), words=words,
        submission=submission,
    )  # fmt: skip


@bp.post("/my-organisation/send")
@commit_after
def send() -> Any:
    """Hands the profile to the reviewers, complete and in order."""
    submission, user = _own(), require_user()
    typed = Typed.of(submission)
    if _problems(submission):
        return redirect(url_for(".step", step=Step.CHECK.value, checked=1, _anchor="problems"), 303)
    ready = replace(typed, document=profile_document(forms.to_profile(typed, submission.entry_id, _today())))
    kept = _keep(ready, submission, version=_version())
    sent = submissions.save_submitted(db.session, owner_id=user.id, version=kept.version)
    letters.queue(db.session, user, letters.received(user, sent.document))
    flash(gettext("Sent. A reviewer reads it now; you get a mail when it is published or comes back."))
    return redirect(url_for(".index"), 303)


@bp.post("/my-organisation/take-back")
@commit_after
def take_back() -> Any:
    """Takes the profile back from the reviewers, to change it."""
    submissions.save_taken_back(db.session, owner_id=require_user().id, version=_version())
    flash(gettext("You have it back. Nothing of it is lost."))
    return redirect(url_for(".step", step=Step.CHECK.value), 303)


@bp.post("/my-organisation/seen")
@commit_after
def seen() -> Any:
    """Says that the owner knows what the published profile has come to say meanwhile."""
    submissions.save_rebased(db.session, owner_id=require_user().id, version=_version())
    return redirect(url_for(".index"), 303)


@bp.route("/my-organisation/discard", methods=["GET", "POST"])
@commit_after
def discard() -> Any:
    """Asks, then throws the working copy away; what is published stays."""
    submission = _own()
    if request.method == "GET":
        return render_template("submissions/discard.html", submission=submission)
    submissions.delete_submission(db.session, owner_id=submission.owner_id, version=_version())
    flash(gettext("The draft is thrown away."))
    return redirect(url_for(".index"), 303)


# --- statements from a text -------------------------------------------------------------------------------------------


@bp.route("/my-organisation/text", methods=["GET", "POST"])
@_FEW
def text() -> Any:
    """Takes a text, and shows which statements it proposes."""
    form, submission = drafting.TextForm(), _own()
    if not form.validate_on_submit():
        return _text_page(form), 400 if request.method == "POST" else 200
    draft = shipped_drafter(current_board().matcher.cache_).draft(form.given.text)
    if not draft.proposals:
        form.form_errors = [gettext("No sentence says what is offered or sought. Paste a text that does.")]
        return _text_page(form), 422
    is_cut = draft.is_cut or form.given.is_cut
    return _proposals(drafting.entries_of(draft), submission, is_cut=is_cut, left_out=draft.left_out)


@bp.post("/my-organisation/text/accept")
@commit_after
def accept() -> Any:
    """Takes accepted proposals in as statements, beside those that are there."""
    submission, entries = _own(), drafting.read_entries(request.form)
    accepted = [entry for entry in entries if entry.role]
    source = line(request.form.get("source"))
    if not accepted or any(entry.fault for entry in accepted):
        return _proposals(entries, submission, is_none=not accepted), 400
    _keep(forms.with_entries(Typed.of(submission), accepted, source), submission)
    flash(gettext("Taken in. Check each statement here."))
    first = Step.OFFER if any(e.role is Step.OFFER.role for e in accepted) else Step.NEED
    return redirect(url_for(".step", step=first.value), 303)


@bp.get("/my-organisation/text/accept")
def begin_text() -> Any:
    """Where a link to another language leads from the proposals: there is nothing to show without the text."""
    return redirect(url_for(".text"), 303)


# --- what goes wrong --------------------------------------------------------------------------------------------------


@bp.errorhandler(UnknownSubmission)
def unknown(_error: UnknownSubmission) -> Any:
    """There is no working copy: the page to begin one."""
    if request.method == "GET" and request.endpoint != "submissions.claim":
        return redirect(url_for(".index"))
    return render_template("error.html", code=404), 404


@bp.errorhandler(Outdated)
def outdated(_error: Outdated) -> Any:
    """It has moved on since the page was loaded, by a second window, a double click or a reviewer."""
    flash(gettext("Nothing was changed: your profile has moved on since that page was loaded. This is how it stands."))
    return redirect(url_for(".index"), 303)


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> tuple[str, int]:
    """A body beyond what is read at all."""
    if request.endpoint != "submissions.text":
        return render_template("error.html", code=413), 413
    form = drafting.TextForm(formdata=None)
    form.file.errors = [draft_words.PROBLEMS["too_large"]]
    return _text_page(form), 413


# --- within -----------------------------------------------------------------------------------------------------------


def _find() -> Submission | None:
    return submissions.find_submission(db.session, owner_id=require_user().id)


def _has_begun() -> bool:
    """Whether the person has an organisation already, in the making or published."""
    return _find() is not None or submissions.find_kept(db.session, account_id=require_user().id) is not None


def _own() -> Submission:
    found = _find()
    if found is None:
        raise UnknownSubmission
    return found


def _begin(entry_id: str, evidence: str) -> None:
    profile = submissions.get_entry_profile(db.session, entry_id=entry_id)
    kept = submissions.find_kept(db.session, account_id=require_user().id)
    begun = submissions.save_new_submission(
        db.session, owner_id=require_user().id, document=profile_document(profile), entry_id=entry_id
    )
    typed = replace(Typed.of(begun), evidence=evidence)
    _keep(replace(typed, is_anonymous=kept.is_anonymous, contact=kept.contact) if kept else typed, begun)


def _keep(typed: Typed, submission: Submission, version: int | None = None) -> Submission:
    return submissions.save_draft(
        db.session, owner_id=submission.owner_id, version=submission.version if version is None else version,
        document=typed.document, is_anonymous=typed.is_anonymous, contact=typed.contact, evidence=typed.evidence,
    )  # fmt: skip


def _version() -> int:
    return forms.read_version(request.form)


def _today() -> date:
    return datetime.now(UTC).date()


def _near(board: Board, form: forms.NewForm) -> tuple[tuple[Profile, Candidate], ...]:
    """Organisations whose name is like the new one's; those that want no name shown are not among them."""
    index = board.remembered(
        "names", make=lambda: NameIndex(p for p in board.corpus.organisations.values() if not p.is_anonymous)
    )
    found = index.find([form.name.data or ""], country=Country(form.country.data))
    return tuple((board.corpus.organisations[c.profile_id], c) for c in found[:_MATCHES])


def _find_page(form: forms.NewForm, *, text: str = "", near: tuple[tuple[Profile, Candidate], ...] = ()) -> str:
    known = [p for p in current_board().lookup(text) if not p.is_anonymous] if text else []
    return render_template(
        "submissions/find.html",
        form=form,
        text=text,
        known=known,
        near=near,
        has_begun=_has_begun(),
        reasons=DUPLICATE_REASONS,
    )


def _problems(submission: Submission) -> tuple[Problem, ...]:
    is_kept = submissions.find_kept(db.session, account_id=submission.owner_id) is not None
    return forms.problems(Typed.of(submission), submission.entry_id, _today(), is_kept=is_kept)


def _is_behind(submission: Submission | None) -> bool:
    """Whether the published profile has changed since the owner last looked at it."""
    if submission is None or submission.entry_id is None:
        return False
    return submissions.get_base_digest(db.session, submission.entry_id) != submission.base_digest


def _step_page(shown: Step, submission: Submission) -> str:
    typed, found = Typed.of(submission), _problems(submission)
    comments = [c for c in submission.comments if forms.comment_step(c.place) is shown]
    is_checked = bool(request.args.get("checked")) or shown in {Step.CHECK, Step.SEND}
    here = [p for p in found if p.step is shown and (is_checked or not p.is_missing)]
    faults: dict[str, list[str]] = {}
    for problem in here:
        faults.setdefault(problem.key, []).append(problem.message)
    about = forms.AboutForm(MultiDict(forms.about_data(typed))) if shown is Step.ABOUT else None
    for key, messages in faults.items() if about else ():
        if about and key in about:
            about[key].errors = messages
    return render_template(
        f"submissions/{shown.value if shown.role is None else 'statements'}.html", here=shown, submission=submission,
        typed=typed, problems=here if shown.role or about else found, faults=faults, comments=comments, about=about,
        form=forms, words=words, outlook=_outlook(submission), is_behind=_is_behind(submission), Step=Step,
        website=typed.document.get("website", ""), board=current_board(), sample=_sample(submission),
    )  # fmt: skip


def _sample(submission: Submission) -> Profile | None:
    """What others would see of an anonymous organisation."""
    profile = sketch(submission.document, _today())
    listing = Listing(
        entry_id="", shown=Shown.PUBLISHED, is_anonymous=True, alias=f"{ALIAS}1a2b3c4d", contact=submission.contact,
        expires_on=_today(), reminded_on=None, version=0,
    )  # fmt: skip
    return cover(profile, listing) if profile else None


def _saved(here: Step, submission: Submission) -> Any:
    if request.form.get("do") == "autosave":
        return {"version": submission.version, "said": _said(submission)}
    is_on = request.form.get("do") == "next"
    mended = not any(p.step is here for p in _problems(submission))
    if is_on and mended:
        return redirect(url_for(".step", step=here.following.value), 303)
    if request.form.get("do", "").startswith(("add", "remove", "restore")):
        return redirect(url_for(".step", step=here.value, _anchor="rows-end"), 303)
    if not is_on:
        flash(_said(submission))
    return redirect(url_for(".step", step=here.value, checked=1 if is_on else None, _anchor="problems"), 303)


def _said(submission: Submission) -> str:
    return gettext("Saved on %(when)s.", when=moment(submission.saved_at))


def _save_too_late(here: Step, typed: Typed, submission: Submission) -> Any:
    """What was typed on a page that is no longer the newest: it is shown beside what is, and nothing is lost."""
    found = forms.differences(here, typed, Typed.of(submission))
    if not found and submission.can_edit:
        return _saved(here, submission)
    if request.form.get("do") == "autosave":
        return {"said": gettext("Not saved: this profile was changed in another window. Save to see both.")}, 409
    return render_template(
        "submissions/conflict.html", here=here, submission=submission, found=found, words=words, fields=words.FIELDS
    ), 409


def _outlook(submission: Submission) -> Outlook:
    """Quality and matches of a working copy."""
    board, today = current_board(), _today()
    document = forms.completed(Typed.of(submission), submission.entry_id, today)
    profile = sketch(document, today)
    if profile is None:
        return Outlook(None, None)
    named = replace(profile, names={**_no_name(), **{k: v for k, v in profile.names.items() if v}})
    key = ("outlook", canonical_json(document), today, language())
    return board.remembered(*key, make=lambda: _computed(board, named, today))


def _computed(board: Board, profile: Profile, today: date) -> Outlook:
    matches = board.preview(profile, _MATCHES)
    return Outlook(assess(profile, board.taxonomy, today), profile, tuple(matches))


def _no_name() -> Mapping[str, str]:
    return {"en": gettext("Your organisation")}


def _text_page(form: drafting.TextForm) -> str:
    return render_template("submissions/text.html", form=form)


def _proposals(entries: tuple[drafting.Entry, ...], submission: Submission, **more: Any) -> str:
    values: dict[str, Any] = {"is_cut": False, "left_out": (), "is_none": False} | more
    return render_template(
        "submissions/proposals.html", entries=entries, submission=submission, CERTAINTIES=draft_words.CERTAINTIES,
        REASONS=draft_words.REASONS, source=request.form.get("source", ""), **values,
    )  # fmt: skip
