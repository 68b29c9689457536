"""Everybody with an account, for administrators."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from web.auth import require_user
from web.extensions import db
from web.forms import accounts as forms
from web.forms import people as filters
from web.security import AccountRole
from web.store import accounts, people
from web.store.accounts import Account
from web.views import letters
from web.views.transaction import commit_after

bp = Blueprint("people", __name__)


@bp.get("/people")
def index() -> str:
    """People by name or address, role, and whether they may sign in; a page of them."""
    asked = filters.read_people(request.args)
    ids = people.find_ids(db.session, asked.wanted)
    shown = accounts.list_accounts(db.session, ids[asked.window])
    return render_template("people/index.html", people=shown, total=len(ids), asked=asked, size=filters.PAGE_SIZE)


@bp.get("/people/<uuid:account_id>")
def page(account_id: uuid.UUID) -> str:
    """One person: role, teams, and what an administrator can do."""
    person = _person(account_id)
    return render_template("people/page.html", person=person, teams=accounts.list_teams(db.session, account_id))


@bp.post("/people/<uuid:account_id>/role")
@commit_after
def save_role(account_id: uuid.UUID) -> Any:
    """Gives somebody another role; asks first where that takes rights away."""
    form, person = forms.ChooseRole(), _person(account_id)
    if not form.validate_on_submit():
        abort(400)
    role = AccountRole(form.role.data)
    lost = role.lacks(person.role)
    if lost and _is_other(person) and not request.form.get("confirmed"):
        return render_template("people/role.html", person=person, role=role, lost=lost)
    if _may_change(person):
        accounts.save_role(db.session, account_id, role, actor=str(require_user().id))
        flash(gettext("Saved."))
    return _back(account_id)


@bp.post("/people/<uuid:account_id>/active")
@commit_after
def save_active(account_id: uuid.UUID) -> Any:
    """Lets somebody in, or keeps somebody out."""
    form, person = forms.ChooseActive(), _person(account_id)
    if not form.validate_on_submit():
        abort(400)
    if _may_change(person):
        is_active = form.is_active.data == "yes"
        accounts.save_active(db.session, account_id, is_active=is_active, actor=str(require_user().id))
        flash(gettext("Saved."))
    return _back(account_id)


@bp.post("/people/<uuid:account_id>/sign-out")
@commit_after
def sign_out(account_id: uuid.UUID) -> Any:
    """Ends all sessions of somebody, and the links in mails."""
    person = _person(account_id)
    if _may_change(person):
        accounts.save_new_stamp(db.session, account_id, actor=str(require_user().id))
        flash(gettext("%(name)s is signed out on all devices.", name=person.name))
    return _back(account_id)


@bp.post("/people/<uuid:account_id>/password-link")
@commit_after
def send_reset(account_id: uuid.UUID) -> Any:
    """Mails somebody a link to set a new password."""
    person = _person(account_id)
    if not person.is_active:
        flash(gettext("Nothing was sent: %(name)s may not sign in.", name=person.name))
    else:
        letters.send_reset(person)
        accounts.save_reset_sent(db.session, account_id, actor=str(require_user().id))
        flash(gettext("A link to set a new password is on its way to %(email)s.", email=person.email))
    return _back(account_id)


def _person(account_id: uuid.UUID) -> Account:
    return accounts.find_person(db.session, account_id) or abort(404)


def _is_other(person: Account) -> bool:
    return person.id != require_user().id


def _may_change(person: Account) -> bool:
    """False, with a message, for oneself: so there is always an administrator left."""
    if not _is_other(person):
        flash(gettext("Nothing was changed: another administrator has to change your own role."))
    return _is_other(person)


def _back(account_id: uuid.UUID) -> Any:
    return redirect(url_for("people.page", account_id=account_id), 303)
