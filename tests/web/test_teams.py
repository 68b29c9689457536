"""Teams: who may do what in them, and that somebody always can."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from web.extensions import db
from web.security import TeamRight
from web.store import accounts
from web.store.accounts import Account, LastManager, NoSuchTeam, RightMissing

MakeUser = Callable[..., Account]
MakeTeam = Callable[..., uuid.UUID]
SignIn = Callable[[FlaskClient, Account], FlaskClient]


def test_team_always_has_somebody_to_manage_it(
    app: Flask, client: FlaskClient, make_user: MakeUser, make_team: MakeTeam, sign_in: SignIn
) -> None:
    manager = make_user()
    team = make_team(manager=manager)
    other = make_user(team=team, right="view")
    sign_in(client, manager)
    page = client.post(f"/en/teams/{team}/leave", follow_redirects=True)
    assert "nobody could manage the team" in page.text
    client.post(f"/en/teams/{team}/members/{manager.id}/right", data={"right": "view"})
    with app.app_context():
        assert accounts.get_team(db.session, manager.id, team_id=team).right is TeamRight.MANAGE
    client.post(f"/en/teams/{team}/members/{other.id}/right", data={"right": "manage"})
    assert client.post(f"/en/teams/{team}/leave").headers["Location"] == "/en/teams"
    assert client.get(f"/en/teams/{team}").status_code == 404
    assert client.post(f"/en/teams/{team}/delete").status_code == 404
    theirs = sign_in(app.test_client(), other)
    assert theirs.get(f"/en/teams/{team}/delete").status_code == 200
    assert theirs.post(f"/en/teams/{team}/delete").status_code == 303
    with app.app_context():
        assert accounts.list_teams(db.session, other.id) == ()


def test_nobody_makes_more_teams_than_anyone_needs(
    client: FlaskClient, make_user: MakeUser, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "MOST_TEAMS", 1)
    sign_in(client, make_user())
    assert client.post("/en/teams", data={"name": "one"}).status_code == 303
    assert client.post("/en/teams", data={"name": "two"}).status_code == 409


def test_rights_in_a_team(app: Flask, make_user: MakeUser, make_team: MakeTeam) -> None:
    team = make_team()
    viewer = make_user(team=team, right="view")
    with app.app_context():
        accounts.get_team(db.session, viewer.id, team_id=team)
        with pytest.raises(RightMissing):
            accounts.get_team(db.session, viewer.id, team_id=team, right=TeamRight.EDIT)
        with pytest.raises(NoSuchTeam):
            accounts.get_team(db.session, make_user().id, team_id=team)
        with pytest.raises(NoSuchTeam):
            accounts.get_team(db.session, viewer.id, team_id=uuid.uuid4())
        manager = accounts.get_team(db.session, viewer.id, team_id=team).members[0]
        with pytest.raises(LastManager):
            accounts.delete_member(db.session, manager.account_id, team_id=team, member_id=manager.account_id)
    assert TeamRight.MANAGE.includes(TeamRight.VIEW) and not TeamRight.VIEW.includes(TeamRight.EDIT)
