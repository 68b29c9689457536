"""Teams: who shares work with whom, and with what right."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from web import auth
from web.auth import Purpose, require_user
from web.extensions import db, limiter
from web.forms import accounts as forms
from web.security import TeamRight
from web.store import accounts
from web.store.accounts import LastManager
from web.views import letters
from web.views.transaction import commit_after

bp = Blueprint("teams", __name__)


@bp.route("/teams", methods=["GET", "POST"])
@commit_after
def index() -> Any:
    """One's teams, and a form for a new one."""
    user, form = require_user(), forms.TeamName()
    if form.validate_on_submit():
        team_id = accounts.save_new_team(db.session, user.id, name=form.name.data)
        return redirect(url_for("teams.page", team_id=team_id), 303)
    status = 400 if request.method == "POST" else 200
    return render_template("teams/index.html", form=form, teams=accounts.list_teams(db.session, user.id)), status


@bp.get("/teams/<uuid:team_id>")
def page(team_id: uuid.UUID) -> str:
    """A team with its members."""
    return _page(team_id)


@bp.post("/teams/<uuid:team_id>/name")
@commit_after
def rename(team_id: uuid.UUID) -> Any:
    """Renames a team."""
    form = forms.TeamName()
    if not form.validate_on_submit():
        return _page(team_id, rename=form), 400
    accounts.save_team_name(db.session, require_user().id, team_id=team_id, name=form.name.data)
    flash(gettext("Saved."))
    return redirect(url_for("teams.page", team_id=team_id), 303)


@bp.post("/teams/<uuid:team_id>/invitations")
@limiter.limit("30 per hour")
@commit_after
def invite(team_id: uuid.UUID) -> Any:
    """Invites by mail address; the answer does not say who has an account."""
    user, form = require_user(), forms.Invite()
    team = accounts.get_team(db.session, user.id, team_id=team_id, right=TeamRight.MANAGE)
    if not form.validate_on_submit():
        return _page(team_id, invite=form), 400
    invited = accounts.find_account_by_email(db.session, form.email.data)
    if invited is not None and invited.is_active and invited.is_verified:
        letters.send_invitation(invited, user, team, TeamRight(form.right.data))
    flash(gettext("If %(email)s has an account, an invitation is on its way.", email=form.email.data))
    return redirect(url_for("teams.page", team_id=team_id), 303)


@bp.route("/teams/join/<token>", methods=["GET", "POST"])
@commit_after
def join(token: str) -> Any:
    """Takes up an invitation."""
    user, form, found = require_user(), forms.Confirm(), auth.read_token(Purpose.JOIN, token)
    if found is None or found[0].id != user.id:
        return render_template("accounts/link_used.html", purpose="join"), 404
    if not form.validate_on_submit():
        return render_template("teams/join.html", form=form)
    _account, says, made_at = found
    team_id, by, right = uuid.UUID(says["team"]), uuid.UUID(says["by"]), TeamRight(says["right"])
    if not accounts.save_member(db.session, user.id, team_id=team_id, right=right, invited_by=by, invited_at=made_at):
        return render_template("accounts/link_used.html", purpose="join"), 404
    return redirect(url_for("teams.page", team_id=team_id), 303)


@bp.post("/teams/<uuid:team_id>/members/<uuid:member_id>/right")
@commit_after
def save_right(team_id: uuid.UUID, member_id: uuid.UUID) -> Any:
    """Gives a member another right."""
    form = forms.ChooseRight()
    if not form.validate_on_submit():
        abort(400)
    return _changed(team_id, accounts.save_member_right, member_id=member_id, right=TeamRight(form.right.data))


@bp.post("/teams/<uuid:team_id>/members/<uuid:member_id>/remove")
@commit_after
def remove(team_id: uuid.UUID, member_id: uuid.UUID) -> Any:
    """Takes a member out."""
    return _changed(team_id, accounts.delete_member, member_id=member_id)


@bp.post("/teams/<uuid:team_id>/leave")
@commit_after
def leave(team_id: uuid.UUID) -> Any:
    """Takes oneself out."""
    return _changed(team_id, accounts.delete_member, member_id=require_user().id)


@bp.route("/teams/<uuid:team_id>/delete", methods=["GET", "POST"])
@commit_after
def delete(team_id: uuid.UUID) -> Any:
    """Asks, and takes a team apart."""
    user, form = require_user(), forms.Confirm()
    team = accounts.get_team(db.session, user.id, team_id=team_id, right=TeamRight.MANAGE)
    if not form.validate_on_submit():
        return render_template("teams/delete.html", form=form, team=team)
    accounts.delete_team(db.session, user.id, team_id=team_id)
    flash(gettext("The team “%(team)s” is deleted.", team=team.name))
    return redirect(url_for("teams.index"), 303)


def _page(team_id: uuid.UUID, **given: Any) -> str:
    team = accounts.get_team(db.session, require_user().id, team_id=team_id)
    team_forms = {
        "rename": forms.TeamName(formdata=None, data={"name": team.name}),
        "invite": forms.Invite(formdata=None),
    }
    return render_template("teams/page.html", team=team, **team_forms | given)


def _changed(team_id: uuid.UUID, change: Any, **values: Any) -> Any:
    try:
        change(db.session, require_user().id, team_id=team_id, **values)
    except LastManager:
        flash(gettext("Nothing was changed: without this person nobody could manage the team. Let somebody else manage "
                      "it first, or delete the team."))  # fmt: skip
    is_out = values["member_id"] == require_user().id and not accounts.is_member(db.session, require_user().id, team_id)
    return redirect(url_for("teams.index") if is_out else url_for("teams.page", team_id=team_id), 303)
