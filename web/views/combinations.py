"""The weights of the matcher, for administrators: what was measured, which are in use, and the way back."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from web.auth import require_user
from web.extensions import db
from web.store import combinations
from web.store.combinations import NothingBefore, UnknownCombination
from web.views.transaction import commit_after

bp = Blueprint("combinations", __name__)


@bp.get("/models")
def index() -> str:
    """All weights, the newest first."""
    return render_template("combinations/index.html", stored=combinations.list_combinations(db.session))


@bp.post("/models/activate")
@commit_after
def activate() -> Response:
    """Puts the weights of a version in use."""
    version, actor = request.form.get("version", ""), str(require_user().id)
    try:
        is_changed = combinations.save_active(db.session, version=version, actor=actor)
    except UnknownCombination:
        abort(404)
    flash(gettext("%(version)s is in use.", version=version) if is_changed else gettext("Nothing was changed."))
    return redirect(url_for("combinations.index"), 303)


@bp.post("/models/rollback")
@commit_after
def rollback() -> Response:
    """Puts in use again what was in use before."""
    try:
        version = combinations.save_rollback(db.session, actor=str(require_user().id))
        flash(gettext("%(version)s is in use.", version=version))
    except NothingBefore:
        flash(gettext("Nothing was changed: the shipped weights are in use."))
    return redirect(url_for("combinations.index"), 303)
