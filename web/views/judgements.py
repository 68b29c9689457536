"""What officers say of proposed pairs, and what that keeps away from their lists."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from matcher.profile import Profile
from web.auth import current_user, require_user
from web.extensions import db
from web.forms import judgements as forms
from web.forms.desk import read_id
from web.matching import Board, SameCountry, current_board
from web.security import Policy, own_path
from web.store import desk, judgements
from web.store.accounts import Account
from web.store.desk import Item
from web.store.judgements import Judgement, UnknownJudgement, Verdict
from web.views.transaction import commit_after

bp = Blueprint("judgements", __name__)


class Judged(NamedTuple):
    """What is said of a pair, with both organisations; None for one that is no longer in the data."""

    judgement: Judgement
    seeker: Profile | None
    partner: Profile | None
    holds: bool


@bp.get("/judgements")
def index() -> str:
    """All that one has said, with a way out of each."""
    user, board = require_user(), current_board()
    found = [_judged(board, j) for j in judgements.list_judgements(db.session, user)]
    withdrawn = read_id(request.args.get("withdrawn"))
    return render_template("judgements/index.html", board=board, found=found, withdrawn=withdrawn)


@bp.post("/judgements")
@commit_after
def save() -> Response | tuple[str, int]:
    """Keeps what is said of a pair; before a refusal keeps it away from any list, shows what that does."""
    user, board, form = require_user(), current_board(), forms.JudgementForm()
    form.offer(desk.list_teams(db.session, user))
    pair = _parties(board, form.seeker.data, form.partner.data)
    if not form.validate():
        return _form(board, form, pair), 422
    if form.needs_preview or request.form.get("step") == "edit":
        is_preview = form.needs_preview
        form.reach.data = form.reach.data or _reach(user, pair)
        return _form(board, form, pair, is_preview=is_preview), 200
    save_verdict(user, board, pair, form.verdict)
    flash(gettext("Saved."))
    return redirect(own_path(form.next.data) or url_for("judgements.index"), 303)


@bp.get("/judgements/<uuid:judgement_id>")
def page(judgement_id: uuid.UUID) -> str:
    """One's judgement of a pair, to be changed."""
    user, board = require_user(), current_board()
    found = judgements.get_judgement(db.session, user, judgement_id=judgement_id)
    form = forms.judgement_form(found.seeker_id, found.partner_id, found)
    form.offer(desk.list_teams(db.session, user))
    return _form(board, form, _parties(board, found.seeker_id, found.partner_id))


@bp.post("/judgements/<uuid:judgement_id>/show")
@commit_after
def show(judgement_id: uuid.UUID) -> Response:
    """Lets a pair back on the lists."""
    judgements.save_shown(db.session, require_user(), judgement_id=judgement_id)
    flash(gettext("The pair is back on the lists."))
    return redirect(own_path(request.form.get("next")) or url_for("judgements.index"), 303)


@bp.post("/judgements/<uuid:judgement_id>/withdraw")
@commit_after
def withdraw(judgement_id: uuid.UUID) -> Response:
    """Takes a judgement back; the next page offers to restore it."""
    judgements.delete_judgement(db.session, require_user(), judgement_id=judgement_id)
    return redirect(url_for("judgements.index", withdrawn=judgement_id), 303)


@bp.post("/judgements/<uuid:judgement_id>/restore")
@commit_after
def restore(judgement_id: uuid.UUID) -> Response:
    """Brings a withdrawn judgement back as it was."""
    judgements.restore_judgement(db.session, require_user(), judgement_id=judgement_id)
    flash(gettext("The answer is back."))
    return redirect(url_for("judgements.index"), 303)


@bp.app_errorhandler(UnknownJudgement)
def unknown(_error: UnknownJudgement) -> tuple[str, int]:
    """Not there, or not one's own; nobody learns which."""
    return render_template("judgements/unknown.html"), 404


# --- for other views -------------------------------------------------------------------------------------------------


def save_verdict(user: Account, board: Board, pair: tuple[Profile, Profile], verdict: Verdict) -> None:
    """Writes down a verdict on the data as it is now."""
    judgements.save_judgement(
        db.session, user, seeker=pair[0], partner=pair[1], verdict=verdict, corpus_version=board.version,
        snapshot_id=board.corpus.snapshot_id,
    )  # fmt: skip


def refused(board: Board, profile: Profile) -> dict[str, Judgement]:
    """The partners that stay away from the lists of whoever looks, each with the refusal that still holds."""
    return judgements.find_refused(db.session, current_user(), profile_id=profile.id, profiles=board.corpus.profiles)


# --- within ----------------------------------------------------------------------------------------------------------


@bp.app_context_processor
def _for_other_pages() -> dict[str, Any]:
    return {"own_judgement": _own_judgement, "judgement_form": _judgement_form}


def _officer() -> Account | None:
    user = current_user()
    return user if user is not None and Policy.OFFICER.admits(user.role) else None


def _own_judgement(seeker_id: str, partner_id: str) -> Judgement | None:
    user = _officer()
    return judgements.find_judgement(db.session, user, pair=(seeker_id, partner_id)) if user else None


def _judgement_form(
    seeker_id: str, partner_id: str, found: Judgement | None, item: Item | None = None
) -> forms.JudgementForm | None:  # fmt: skip
    return forms.judgement_form(seeker_id, partner_id, found, item) if _officer() else None


def _parties(board: Board, seeker_id: str, partner_id: str) -> tuple[Profile, Profile]:
    seeker, partner = board.profile(seeker_id), board.profile(partner_id)
    if seeker.country is partner.country:
        raise SameCountry(seeker, partner)
    return seeker, partner


def _judged(board: Board, judgement: Judgement) -> Judged:
    profiles = board.corpus.organisations
    both = profiles.get(judgement.seeker_id), profiles.get(judgement.partner_id)
    return Judged(judgement, *both, judgement.holds(board.corpus.profiles))


def _reach(user: Account, pair: tuple[Profile, Profile]) -> str:
    """From whose lists the pair stays away until something else is chosen: as before, or one's own."""
    found = judgements.find_judgement(db.session, user, pair=(pair[0].id, pair[1].id))
    return forms.reach_of(found) if found and not found.verdict.is_relevant else forms.ME


def _form(board: Board, form: forms.JudgementForm, pair: tuple[Profile, Profile], *, is_preview: bool = False) -> str:
    """The form; as a preview, with what a refusal does to the lists of both."""
    seeker, partner = pair
    ranks = board.rank_of(seeker.id, partner.id), board.rank_of(partner.id, seeker.id)
    respects = {reason.value: judgements.respect_of(reason).value for reason in judgements.Reason}
    return render_template(
        "judgements/form.html", form=form, seeker=seeker, partner=partner, ranks=ranks, respects=respects,
        is_preview=is_preview,
    )  # fmt: skip
