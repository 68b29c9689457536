"""The desks of reviewers and administrators, and the list of people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient

from web.extensions import db
from web.security import AccountRole
from web.store import accounts, letters, list_audit_events, people
from web.store.accounts import Account

MakeUser = Callable[..., Account]
SignIn = Callable[[FlaskClient, Account], FlaskClient]


@pytest.fixture
def admin(app: Flask, make_user: MakeUser, sign_in: SignIn) -> FlaskClient:
    return sign_in(app.test_client(), make_user("administrator", name="Admin"))


def page(client: FlaskClient, address: str) -> str:
    response = client.get(f"/en{address}")
    assert response.status_code == 200
    html5lib.HTMLParser(strict=True).parse(response.text)
    return response.text


# --- the desks --------------------------------------------------------------------------------------------------------


def test_a_reviewer_finds_everything_from_one_page(app: Flask, make_user: MakeUser, sign_in: SignIn) -> None:
    reviewer = sign_in(app.test_client(), make_user("reviewer"))
    text = page(reviewer, "/review")
    for path in ("duplicates", "imports", "review/programmes", "review/subjects"):
        assert f'href="/en/{path}"' in text, path
    assert 'href="/en/review" aria-current="page"' in text and 'href="/en/administration"' not in text
    assert 'href="/en/review" aria-current="page"' in page(reviewer, "/duplicates")
    assert reviewer.get("/en/administration").status_code == 403


def test_an_administrator_finds_everything_from_two_pages(admin: FlaskClient) -> None:
    text = page(admin, "/administration")
    for path in ("people", "audit", "models"):
        assert f'href="/en/{path}"' in text, path
    assert 'href="/en/review"' in text and 'href="/en/administration" aria-current="page"' in text
    assert "Newest entry:" in text


def test_an_officer_sees_neither(app: Flask, make_user: MakeUser, sign_in: SignIn) -> None:
    text = page(sign_in(app.test_client(), make_user()), "/")
    assert "/en/review" not in text and "/en/administration" not in text


# --- people -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("q=zelie beaupre", True), ("q=BEAUPRÉ", True), ("q=zelie&role=reviewer", True),
        ("q=zelie&role=officer", False), ("q=zelie&active=yes", True), ("q=zelie&active=no", False),
        ("q=zelie&role=emperor", True), ("q=zelia", False),
    ],
)  # fmt: skip
def test_people_are_found(admin: FlaskClient, make_user: MakeUser, query: str, is_found: bool) -> None:  # noqa: FBT001
    person = make_user("reviewer", name="Zélie Beaupré")
    text = page(admin, f"/people?{query}")
    assert (f"/en/people/{person.id}" in text) is is_found
    assert is_found or "Nobody was found" in text


def test_the_list_comes_in_pages(admin: FlaskClient, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.forms.people.PAGE_SIZE", 2)
    made = [make_user(name="Paginate Me") for _ in range(3)]
    shown = [page(admin, f"/people?q=paginate&page={n}") for n in (1, 2)]
    assert [sum(str(person.id) in text for person in made) for text in shown] == [2, 1]
    assert "3 accounts" in shown[0]


def test_a_page_shows_a_person_with_teams(
    admin: FlaskClient, make_user: MakeUser, make_team: Callable[..., Any]
) -> None:
    person = make_user(team=make_team("Robots & ponts"), right="view", name="In A Team")
    text = page(admin, f"/people/{person.id}")
    assert "Robots &amp; ponts (view)" in text and person.email in text and "never" in text
    assert f"/en/audit?actor={person.id}" in text
    assert admin.get(f"/en/people/{'0' * 8}-0000-0000-0000-000000000001").status_code == 404


def test_taking_rights_away_is_asked_about(app: Flask, admin: FlaskClient, make_user: MakeUser) -> None:
    person = make_user("reviewer")
    address = f"/en/people/{person.id}/role"
    asked = admin.post(address, data={"role": "officer"})
    assert asked.status_code == 200 and "Take rights away" in asked.text and "programmes and subjects" in asked.text
    assert _role(app, person) is AccountRole.REVIEWER
    assert admin.post(address, data={"role": "officer", "confirmed": "yes"}).status_code == 303
    assert _role(app, person) is AccountRole.OFFICER
    # More rights need no second asking.
    assert admin.post(address, data={"role": "administrator"}).status_code == 303
    assert _role(app, person) is AccountRole.ADMINISTRATOR


def test_all_sessions_of_a_person_are_ended(
    app: Flask, admin: FlaskClient, make_user: MakeUser, sign_in: SignIn
) -> None:
    person = make_user()
    client = sign_in(app.test_client(), person)
    assert client.get("/en/account").status_code == 200
    assert admin.post(f"/en/people/{person.id}/sign-out").status_code == 303
    assert client.get("/en/account").status_code == 303
    with app.app_context():
        actor, action, _ = list_audit_events(db.session, str(person.id))[-1]
    assert action == "account.sign_out_everywhere" and actor != str(person.id)


def test_a_link_for_a_new_password_is_mailed(app: Flask, admin: FlaskClient, make_user: MakeUser) -> None:
    person = make_user(lang="en")
    assert admin.post(f"/en/people/{person.id}/password-link").status_code == 303
    with app.app_context():
        mail = [m for m in letters.list_letters(db.session, with_given_up=True) if m.recipient == person.email]
        assert len(mail) == 1 and "/en/reset/" in mail[0].body and "An administrator" in mail[0].body
        assert list_audit_events(db.session, str(person.id))[-1][1] == "account.send_reset"
        accounts.save_active(db.session, person.id, is_active=False, actor="test")
        db.session.commit()
    refused = admin.post(f"/en/people/{person.id}/password-link", follow_redirects=True)
    assert "Nothing was sent" in refused.text


@pytest.mark.parametrize("what", ["role", "active", "sign-out"])
def test_nobody_changes_their_own_account_here(app: Flask, make_user: MakeUser, sign_in: SignIn, what: str) -> None:
    user = make_user("administrator")
    client = sign_in(app.test_client(), user)
    sent = {"role": "officer", "is_active": "no", "confirmed": "yes"}
    assert client.post(f"/en/people/{user.id}/{what}", data=sent).status_code == 303
    assert "another administrator has to" in client.get("/en/people").text
    assert _role(app, user) is AccountRole.ADMINISTRATOR


def test_who_has_left_is_not_found(app: Flask, admin: FlaskClient, make_user: MakeUser) -> None:
    person = make_user(name="Gone Away")
    with app.app_context():
        accounts.delete_account(db.session, person.id)
        db.session.commit()
        assert people.find_ids(db.session, people.Wanted(str(person.id))) == ()
    assert admin.get(f"/en/people/{person.id}").status_code == 404


def _role(app: Flask, person: Account) -> AccountRole:
    with app.app_context():
        found = accounts.find_person(db.session, person.id)
    assert found is not None
    return found.role
