"""Expressions of interest: writing one, answering, asking, and what both sides learn of each other in the end."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from matcher.profile import Profile
from web import triangles
from web.alerts import BadLink
from web.auth import current_user, require_user
from web.exports.certificate import PAIRS, certificate, read_pair
from web.exports.printing import Busy, NotPrinted
from web.extensions import db, limiter
from web.forms import interests as forms
from web.interests import News, parties, read_mute, tell
from web.matching import current_board
from web.security import Policy
from web.store import interests, submissions
from web.store.desk import Refusal
from web.store.interests import (
    AlreadyOpen,
    Interest,
    NobodySpeaks,
    NotNow,
    Place,
    Seen,
    TooManyInterests,
    UnknownInterest,
)
from web.views import errors
from web.views.transaction import commit_after

bp = Blueprint("interests", __name__)
bp.register_error_handler(UnknownInterest, errors.not_found)

_LINK_LIMIT: Final = "60/hour"
_Answer = AnyResponse | str | tuple[str, int]


@bp.get("/interests")
def index() -> str:
    """All that one is part of, what waits for one first."""
    found = interests.list_own(db.session, account_id=require_user().id)
    shown = [(seen, *parties(db.session, seen.interest, seen.place)) for seen in found]
    return render_template("interests/index.html", shown=shown, is_keeper=_kept_id() is not None)


@bp.route("/interests/new/<seeker_id>/<partner_id>", methods=["GET", "POST"])
@commit_after
def new(seeker_id: str, partner_id: str) -> _Answer:
    """Expresses the interest of the first in the second; whoever keeps the second is sent the other way round."""
    from_id, to_id = _speak(seeker_id, partner_id)
    if from_id == _kept_id() == _real_id(partner_id):
        return redirect(url_for(".new", seeker_id=partner_id, partner_id=seeker_id))
    form = _interest_form(seeker_id, partner_id, from_id)
    if form.validate_on_submit():
        try:
            return _express(form, from_id, to_id)
        except (AlreadyOpen, TooManyInterests) as error:
            form.form_errors.append(_fault(error))
            return _new(form, seeker_id, partner_id), 409
    return _new(form, seeker_id, partner_id), 400 if form.is_submitted() else 200


@bp.get("/interests/<uuid:interest_id>")
def page(interest_id: uuid.UUID) -> str:
    """One interest: why, what was asked, and what can be said now."""
    return _page(_seen(interest_id))


@bp.post("/interests/<uuid:interest_id>/confirm")
@commit_after
def confirm(interest_id: uuid.UUID) -> _Answer:
    """Lets what an officer wrote go out, or not."""
    is_confirmed = request.form.get("do") == "confirm"
    done = interests.save_confirmed(db.session, **_what(interest_id), is_confirmed=is_confirmed)
    if is_confirmed:
        _tell_sent(done)
    return _done(interest_id, gettext("It is sent.") if is_confirmed else gettext("It is not sent."))


@bp.post("/interests/<uuid:interest_id>/accept")
@commit_after
def accept(interest_id: uuid.UUID) -> _Answer:
    """Accepts: both sides are shown whom to write to."""
    for settled in interests.save_accepted(db.session, **_what(interest_id)):
        tell(db.session, settled, Place, News.ACCEPTED, but=None)
    return _done(interest_id, gettext("You have both accepted. Below is whom to write to."))


@bp.post("/interests/<uuid:interest_id>/decline")
@commit_after
def decline(interest_id: uuid.UUID) -> _Answer:
    """Declines, with a reason."""
    seen, form = _seen(interest_id), forms.DeclineForm()
    form.hidden = _hidden(_own_id(seen))
    if not form.validate():
        return _page(seen, decline=form), 422
    try:
        done = interests.save_declined(
            db.session, **_what(interest_id), refusal=Refusal(form.refusal.data), note=form.note.data
        )
    except NotNow:
        return _page(_seen(interest_id), decline=form, is_stale=True), 409
    tell(db.session, done, (Place.SENDER, Place.WATCHER), News.DECLINED, but=require_user().id)
    return _done(interest_id, gettext("Declined. You can take this back for an hour."))


@bp.post("/interests/<uuid:interest_id>/messages")
@commit_after
def ask(interest_id: uuid.UUID) -> _Answer:
    """Asks or answers."""
    seen, form = _seen(interest_id), forms.MessageForm()
    form.hidden = _hidden(_own_id(seen))
    if not form.validate():
        return _page(seen, message=form), 422
    try:
        done, place = interests.save_message(db.session, **_what(interest_id), text=form.text.data)
    except (NotNow, TooManyInterests) as error:
        form.form_errors.append(_fault(error))
        return _page(_seen(interest_id), message=form), 409
    to = Place.RECEIVER if place is Place.SENDER else Place.SENDER
    tell(db.session, done, (to,), News.MESSAGE, but=require_user().id)
    return _done(interest_id, gettext("Sent to the other side."))


@bp.post("/interests/<uuid:interest_id>/withdraw")
@commit_after
def withdraw(interest_id: uuid.UUID) -> _Answer:
    """Takes an interest back."""
    done = interests.save_withdrawn(db.session, **_what(interest_id))
    if done.sent_at:
        tell(db.session, done, Place, News.WITHDRAWN, but=require_user().id)
    return _done(interest_id, gettext("Withdrawn. You can take this back for an hour."))


@bp.post("/interests/<uuid:interest_id>/undo")
@commit_after
def undo(interest_id: uuid.UUID) -> _Answer:
    """Takes back what was declined or withdrawn a moment ago."""
    done = interests.save_undone(db.session, **_what(interest_id))
    if done.sent_at:
        tell(db.session, done, Place, News.REOPENED, but=require_user().id)
    return _done(interest_id, gettext("It is open again."))


@bp.get("/interests/<uuid:interest_id>/certificate")
@limiter.limit("30 per hour")
def certificate_file(interest_id: uuid.UUID) -> Response:
    """What both have said, as PDF in two languages; for both sides only."""
    seen = _seen(interest_id)
    if not seen.knows_names or seen.interest.certified is None:
        raise UnknownInterest(str(interest_id))
    file = certificate(seen.interest.certified, read_pair(request.args.get("languages")), _now().date())
    return Response(file.content, headers=dict(file.headers))


@bp.route("/interests/mute/<token>", methods=["GET", "POST"])
@limiter.limit(_LINK_LIMIT)
@commit_after
def mute(token: str) -> str:
    """Asks, then ends the reminders of one interest to one person, whether or not they are signed in."""
    interest_id, account_id = read_mute(token)
    if request.method == "POST":
        interests.save_muted(db.session, interest_id=interest_id, account_id=account_id)
    return render_template("interests/mute.html", is_done=request.method == "POST")


# --- what goes wrong --------------------------------------------------------------------------------------------------


@bp.errorhandler(NobodySpeaks)
def nobody(_error: NobodySpeaks) -> tuple[str, int]:
    """An anonymous organisation that nobody keeps."""
    return render_template("interests/nobody.html"), 409


@bp.errorhandler(NotNow)
def not_now(_error: NotNow) -> tuple[str, int]:
    """Somebody was faster; the page shows how it stands."""
    interest_id = (request.view_args or {}).get("interest_id")
    return (_page(_seen(interest_id), is_stale=True) if interest_id else render_template("error.html", code=409)), 409


@bp.errorhandler(BadLink)
def bad_link(_error: BadLink) -> tuple[str, int]:
    """A link from a mail that was cut."""
    return render_template("interests/mute.html", is_done=None), 404


@bp.errorhandler(NotPrinted)
def not_printed(error: NotPrinted) -> tuple[str, int, dict[str, str]]:
    """No PDF for now."""
    return render_template("exports/not_printed.html", is_busy=isinstance(error, Busy)), 503, {"Retry-After": "60"}


# --- on other pages ---------------------------------------------------------------------------------------------------


@bp.app_context_processor
def _for_other_pages() -> dict[str, Any]:
    return {"can_express": _can_express, "interests_between": _interests_between}


def _can_express(*addresses: str) -> bool:
    """Whether whoever looks may speak for one of some organisations: officers for all, others for their own."""
    user = current_user()
    return user is not None and (Policy.OFFICER.admits(user.role) or _own_address() in addresses)


def _interests_between(one: str, other: str) -> tuple[Seen, ...]:
    user = current_user()
    return interests.list_of_pair(db.session, account_id=user.id, addresses=(one, other)) if user else ()


# --- within -----------------------------------------------------------------------------------------------------------


def _now() -> datetime:
    return datetime.now(UTC)


def _kept_id() -> str | None:
    return interests.find_kept_id(db.session, account_id=require_user().id)


def _own_address() -> str | None:
    # Each row of a page asks.
    if "own_address" not in g:
        listing = submissions.find_kept(db.session, account_id=require_user().id)
        g.own_address = listing.address if listing else None
    address: str | None = g.own_address
    return address


def _real_id(address: str) -> str:
    found = interests.find_entry_id(db.session, address=address)
    if found is None:
        raise UnknownInterest(address)
    return found


def _speak(seeker_id: str, partner_id: str) -> tuple[str, str]:
    """Whom the person speaks for, and to whom; raises where they may for neither, or the two cannot match."""
    current_board().pair(seeker_id, partner_id)
    user, both = require_user(), (_real_id(seeker_id), _real_id(partner_id))
    from_id, to_id = both[::-1] if _kept_id() == both[1] else both
    interests.check_sender(
        db.session, account_id=user.id, from_id=from_id, to_id=to_id, is_officer=Policy.OFFICER.admits(user.role)
    )
    return from_id, to_id


def _what(interest_id: uuid.UUID) -> dict[str, Any]:
    """Who acts on what, as it was shown."""
    version = request.form.get("version", type=int)
    return {"account_id": require_user().id, "interest_id": interest_id, "version": -1 if version is None else version}


def _seen(interest_id: uuid.UUID) -> Seen:
    return interests.get_seen(db.session, account_id=require_user().id, interest_id=interest_id)


def _own_id(seen: Seen) -> str:
    return seen.interest.to_id if seen.place is Place.RECEIVER else seen.interest.from_id


def _hidden(entry_id: str) -> Profile | None:
    """The writer's organisation, where it must not be named."""
    listing = submissions.find_listing(db.session, entry_id=entry_id)
    is_hidden = listing is not None and listing.is_anonymous
    return interests.get_organisation(db.session, entry_id=entry_id) if is_hidden else None


def _interest_form(seeker_id: str, partner_id: str, from_id: str) -> forms.InterestForm:
    board = current_board()
    calls = triangles.for_pair(board, seeker_id, partner_id, triangles.now())
    programmes = dict.fromkeys(t.programme_id for t in (*calls.current, *calls.frames))
    best = board.pair(seeker_id, partner_id).match.relation
    form = forms.InterestForm(data={"relation": best.value})
    form.hidden = _hidden(from_id)
    return form.offer(board.relations(seeker_id, partner_id), [board.programme(i) for i in programmes])


def _express(form: forms.InterestForm, from_id: str, to_id: str) -> AnyResponse:
    user = require_user()
    made = interests.save_new(
        db.session, account_id=user.id, is_officer=Policy.OFFICER.admits(user.role), from_id=from_id, to_id=to_id,
        relation=form.chosen_relation, programme_id=form.programme.data or None, reason=form.reason.data,
    )  # fmt: skip
    if made.sent_at:
        _tell_sent(made)
    else:
        tell(db.session, made, (Place.SENDER,), News.TO_CONFIRM, but=user.id)
    return _done(
        made.id, gettext("It is sent.") if made.sent_at else gettext("It is written, and waits to be confirmed.")
    )


def _tell_sent(interest: Interest) -> None:
    """Tells the other side; where that one has expressed an interest too, both."""
    user = require_user()
    is_mutual = interests.get_seen(db.session, account_id=user.id, interest_id=interest.id).is_mutual
    if is_mutual:
        tell(db.session, interest, (Place.SENDER, Place.RECEIVER), News.MUTUAL, but=None)
    else:
        tell(db.session, interest, (Place.RECEIVER,), News.RECEIVED, but=user.id)


def _done(interest_id: uuid.UUID, words: str) -> AnyResponse:
    flash(words)
    return redirect(url_for("interests.page", interest_id=interest_id), 303)


def _fault(error: Exception) -> str:
    if isinstance(error, AlreadyOpen):
        return gettext("There is an interest of the one in the other already, and it waits for an answer.")
    if isinstance(error, TooManyInterests):
        return gettext("That is more than one person can follow. Wait for answers first, or go on tomorrow.")
    return gettext("Somebody was faster. See below how it stands now; what you wrote is still here.")


def _new(form: forms.InterestForm, seeker_id: str, partner_id: str) -> str:
    board = current_board()
    why = board.pair(seeker_id, partner_id)
    seeker, partner = board.parties(why)
    keepers = submissions.list_keepers(db.session, entry_id=_real_id(seeker_id))
    return render_template(
        "interests/new.html", form=form, why=why, seeker=seeker, partner=partner, is_own=seeker_id == _own_address(),
        is_kept=bool(keepers),
    )  # fmt: skip


def _page(seen: Seen, *, is_stale: bool = False, **given: Any) -> str:
    interest, user = seen.interest, require_user()
    sender, receiver = parties(db.session, interest, seen.place)
    contacts = None
    if seen.knows_names:
        contacts = interests.get_contacts(db.session, account_id=user.id, interest_id=interest.id)
    sent = {"decline": forms.DeclineForm(formdata=None), "message": forms.MessageForm(formdata=None)} | given
    return render_template(
        "interests/page.html", seen=seen, interest=interest, sender=sender, receiver=receiver, contacts=contacts,
        board=current_board(), can_undo=interest.can_undo(_now()), is_stale=is_stale, pairs=PAIRS, **sent,
    )  # fmt: skip
