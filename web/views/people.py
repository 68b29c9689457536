"""Everybody with an account, for administrators."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext

from web.auth import require_user
from web.extensions import db
from web.forms import accounts as forms
from web.security import AccountRole
from web.store import accounts
from web.views.transaction import commit_after

bp = Blueprint("people", __name__)


@bp.get("/people")
def index() -> str:
    """All accounts, each with its role and whether it may sign in."""
    return render_template("accounts/people.html", people=accounts.list_accounts(db.session))


@bp.post("/people/<uuid:account_id>/role")
@commit_after
def save_role(account_id: uuid.UUID) -> Any:
    """Gives somebody another role."""
    form, found = forms.ChooseRole(), _somebody_else(account_id)
    if not form.validate_on_submit():
        abort(400)
    if found:
        accounts.save_role(db.session, account_id, AccountRole(form.role.data), actor=str(require_user().id))
        flash(gettext("Saved."))
    return redirect(url_for("people.index"), 303)


@bp.post("/people/<uuid:account_id>/active")
@commit_after
def save_active(account_id: uuid.UUID) -> Any:
    """Lets somebody in, or keeps somebody out."""
    form, found = forms.ChooseActive(), _somebody_else(account_id)
    if not form.validate_on_submit():
        abort(400)
    if found:
        is_active = form.is_active.data == "yes"
        accounts.save_active(db.session, account_id, is_active=is_active, actor=str(require_user().id))
        flash(gettext("Saved."))
    return redirect(url_for("people.index"), 303)


def _somebody_else(account_id: uuid.UUID) -> bool:
    """False, with a message, for oneself: so there is always an administrator left."""
    if account_id == require_user().id:
        flash(gettext("Nothing was changed: another administrator has to change your own role."))
        return False
    if not any(account_id == account.id for account in accounts.list_accounts(db.session)):
        abort(404)
    return True
