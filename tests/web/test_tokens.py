"""Tokens of the API: made and revoked by their owner, shown once, and good for no more than was chosen."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from web import cli
from web.extensions import db
from web.models import ApiToken
from web.security import POLICIES, SCOPES, AccountRole, Policy, Scope
from web.store import accounts, list_audit_events, tokens
from web.store.accounts import Account, TooMany

MakeUser = Callable[..., Account]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
MakeToken = Callable[..., str]


def today() -> date:
    return datetime.now(UTC).date()


@pytest.fixture
def make_token(app: Flask) -> MakeToken:
    """Makes a token and returns its secret."""

    def make(owner: Account, *scopes: Scope, days: int = 1) -> str:
        with app.app_context():
            _token, secret = tokens.save_new_token(
                db.session, owner, name="Test", scopes=scopes or tuple(Scope), expires_on=today() + timedelta(days)
            )
            db.session.commit()
        return secret

    return make


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def status(app: Flask, secret: str, path: str = "/shortlists") -> int:
    return app.test_client().get(f"/api/v1{path}", headers=bearer(secret)).status_code


# --- pages ------------------------------------------------------------------------------------------------------------


def test_a_token_is_made_shown_once_and_revoked(app: Flask, make_user: MakeUser, sign_in: SignIn) -> None:
    user = make_user()
    client = sign_in(app.test_client(), user)
    day = (today() + timedelta(90)).isoformat()
    page = client.get("/en/account/tokens").text
    assert f'value="{day}"' in page and "new password ends all tokens" in page
    sent = {"name": " Notebook ", "scopes": ["read", "shortlists:read"], "expires_on": day}
    made = client.post("/en/account/tokens", data=sent)
    assert made.status_code == 201 and made.headers["Cache-Control"] == "no-store"
    found = re.search(r"<code>(kkh_[\w-]{43})</code>", made.text)
    assert found
    secret = found[1]
    assert status(app, secret) == 200
    page = client.get("/en/account/tokens").text
    assert secret not in page and "Notebook" in page
    with app.app_context():
        row = db.session.scalars(select(ApiToken).where(ApiToken.user_id == user.id)).one()
        assert row.digest == hashlib.sha256(secret.encode()).hexdigest() and row.last_used_on == today()
        address = f"/en/account/tokens/{row.id}/revoke"
        actions = [action for _actor, action, _detail in list_audit_events(db.session, str(user.id))]
        assert "token.create" in actions
    assert "Notebook" in client.get(address).text and status(app, secret) == 200
    assert client.post(address).status_code == 303
    assert status(app, secret) == 401
    assert client.get(address).status_code == client.post(address).status_code == 404


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "n" * 121}, "at most 120"),
        ({"scopes": []}, "Choose at least one."),
        ({"scopes": ["everything"]}, "everything"),
        ({"expires_on": ""}, "Choose a day."),
        ({"expires_on": "soon"}, "valid"),
        ({"expires_on": "2020-01-01"}, "a year from now"),
        ({"expires_on": (today() + timedelta(366)).isoformat()}, "a year from now"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    app: Flask, make_user: MakeUser, sign_in: SignIn, sent: dict[str, Any], said: str
) -> None:
    user = make_user()
    good = {"name": "Notebook", "scopes": ["shortlists:read"], "expires_on": today().isoformat()}
    answer = sign_in(app.test_client(), user).post("/en/account/tokens", data=good | sent)
    assert answer.status_code == 422 and said in answer.text
    assert "scopes" in sent or 'value="shortlists:read" checked' in answer.text
    with app.app_context():
        assert not tokens.list_tokens(db.session, user)


def test_an_organisation_is_offered_no_scope_of_officers(app: Flask, make_user: MakeUser, sign_in: SignIn) -> None:
    client = sign_in(app.test_client(), make_user(role="organisation"))
    page = client.get("/en/account/tokens").text
    assert 'value="submissions:write"' in page and 'value="shortlists:read"' not in page
    sent = {"name": "x", "scopes": ["shortlists:read"], "expires_on": today().isoformat()}
    assert client.post("/en/account/tokens", data=sent).status_code == 422


def test_nobody_revokes_the_token_of_another(
    app: Flask, make_user: MakeUser, make_token: MakeToken, sign_in: SignIn
) -> None:
    owner = make_user()
    secret = make_token(owner)
    with app.app_context():
        token_id = tokens.list_tokens(db.session, owner)[0].id
    client = sign_in(app.test_client(), make_user(role="administrator"))
    for answer in (client.get, client.post):
        assert answer(f"/en/account/tokens/{token_id}/revoke").status_code == 404
    assert status(app, secret) == 200


# --- what a token may do ----------------------------------------------------------------------------------------------


def _calls(app: Flask) -> list[tuple[str, str, str]]:
    """Every endpoint of the API with a method and an address; what it names need not exist."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api."):
            method = min((rule.methods or set()) - {"HEAD", "OPTIONS"})
            address = re.sub("<uuid:[^>]+>", str(uuid.UUID(int=1)), rule.rule)
            found.append((rule.endpoint, method, re.sub("<[^>]+>", "kinova", address)))
    return found


def test_every_scope_opens_its_endpoints_and_no_other(app: Flask, make_user: MakeUser, make_token: MakeToken) -> None:
    owner = make_user(role="administrator")
    for scope in Scope:
        headers = bearer(make_token(owner, scope))
        for endpoint, method, address in _calls(app):
            answer = app.test_client().open(address, method=method, headers=headers)
            is_open = SCOPES[endpoint] <= {scope}
            assert (answer.status_code == 403) != is_open, f"{method} {address} with {scope}: {answer.status_code}"
            assert answer.content_type == "application/problem+json" or answer.status_code < 400
            if not is_open:
                assert answer.get_json()["missing"] == sorted(SCOPES[endpoint] - {scope})
                assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("role", AccountRole)
def test_a_token_does_no_more_than_its_owner_may(
    app: Flask, make_user: MakeUser, make_token: MakeToken, role: AccountRole
) -> None:
    headers = bearer(make_token(make_user(role=role)))
    for endpoint, method, address in _calls(app):
        answer = app.test_client().open(address, method=method, headers=headers)
        assert (answer.status_code == 403) != POLICIES[endpoint].admits(role), f"{method} {address}"


def test_a_session_counts_for_nothing(app: Flask, make_user: MakeUser, sign_in: SignIn) -> None:
    """So nobody's browser can be made to call the API for somebody else, and it needs no token against that."""
    user = make_user(role="administrator")
    for endpoint, method, address in _calls(app):
        client = sign_in(app.test_client(), user)
        answer = client.open(address, method=method, json={"title": "Forged"})
        is_closed = POLICIES[endpoint] is not Policy.PUBLIC
        assert (answer.status_code == 401) == is_closed, f"{method} {address}: {answer.status_code}"
        assert "Set-Cookie" not in answer.headers and "Cookie" not in answer.headers.get("Vary", "")


def test_the_api_writes_without_the_token_of_forms(
    guarded_app: Flask, make_user: MakeUser, make_token: MakeToken
) -> None:
    secret = make_token(make_user())
    answer = guarded_app.test_client().post("/api/v1/shortlists", json={"title": "Mine"}, headers=bearer(secret))
    assert answer.status_code == 201


def test_an_endpoint_without_scopes_is_closed(
    app: Flask, make_user: MakeUser, make_token: MakeToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = bearer(make_token(make_user(role="administrator")))
    for table in (SCOPES, POLICIES):
        with monkeypatch.context() as patch:
            patch.delitem(table, "api.search")
            assert app.test_client().get("/api/v1/search?q=robots", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer kkh_nothing", "Basic kkh_x", "kkh_x", "Bearer \u00e9", "bearer  kkh_x y"]
)
def test_a_token_that_is_none_is_refused_even_where_none_is_needed(client: FlaskClient, header: str) -> None:
    for path in ("/api/v1/programmes", "/api/v1/shortlists"):
        answer = client.get(path, headers={"Authorization": header})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="kakehashi", error="invalid_token"'


def test_a_token_has_a_limit_of_its_own_and_its_answers_are_kept_by_nobody(
    app: Flask, make_user: MakeUser, make_token: MakeToken
) -> None:
    secrets = [make_token(make_user()) for _ in range(2)]
    for secret in secrets:
        answer = app.test_client().get("/api/v1/shortlists", headers=bearer(secret))
        assert (answer.headers["RateLimit-Limit"], answer.headers["RateLimit-Remaining"]) == ("300", "299")
        assert answer.headers["Cache-Control"] == "private, no-store"


# --- how it ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "end",
    [
        lambda session, owner: accounts.save_password(session, owner.id, "a new hash"),
        lambda session, owner: accounts.save_new_stamp(session, owner.id),
        lambda session, owner: accounts.save_active(session, owner.id, is_active=False, actor="test"),
        lambda session, owner: accounts.delete_account(session, owner.id),
    ],
    ids=["password", "everywhere", "deactivated", "deleted"],
)
def test_a_token_ends_with(app: Flask, make_user: MakeUser, make_token: MakeToken, end: Any) -> None:
    owner = make_user()
    secret = make_token(owner)
    assert status(app, secret) == 200
    with app.app_context():
        end(db.session, owner)
        db.session.commit()
        left = tokens.list_tokens(db.session, owner)
    assert status(app, secret) == 401
    assert [token.state.value for token in left] in ([], ["ended"])


def test_letting_somebody_in_again_revives_no_token(app: Flask, make_user: MakeUser, make_token: MakeToken) -> None:
    owner = make_user()
    secret = make_token(owner)
    with app.app_context():
        for is_active in (False, True):
            accounts.save_active(db.session, owner.id, is_active=is_active, actor="test")
        db.session.commit()
    assert status(app, secret) == 401


def test_a_token_works_to_the_end_of_its_last_day(app: Flask, make_user: MakeUser, make_token: MakeToken) -> None:
    owner = make_user()
    assert status(app, make_token(owner, days=0)) == 200
    assert status(app, make_token(owner, days=-1)) == 401
    with app.app_context():
        assert {t.state.value for t in tokens.list_tokens(db.session, owner)} == {"good", "expired"}


def test_there_is_an_end_to_how_many_one_can_make(
    make_user: MakeUser, make_token: MakeToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MOST_TOKENS", 1)
    owner = make_user()
    make_token(owner)
    with pytest.raises(TooMany):
        make_token(owner)


# --- for administrators -----------------------------------------------------------------------------------------------


def test_administrators_list_and_revoke(own_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]) -> None:
    app = own_app()
    with app.app_context():
        owner = accounts.save_new_account(
            db.session, email="owner@example.com", name="Owner", role=AccountRole.OFFICER, lang="en",
            password_hash=None, is_verified=True,
        )  # fmt: skip
        made, secret = tokens.save_new_token(
            db.session, owner, name="Notebook", scopes=(Scope.READ,), expires_on=today()
        )
        db.session.commit()
    assert cli.main(["tokens", "list"]) == 0
    shown = capsys.readouterr().out
    assert "owner@example.com" in shown and "never" in shown and secret not in shown
    assert cli.main(["tokens", "list", "--json"]) == 0
    assert [t["id"] for t in json.loads(capsys.readouterr().out)] == [str(made.id)]
    assert cli.main(["tokens", "revoke", str(made.id), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "Notebook"
    assert status(app, secret, "/programmes") == 401
    for unknown in (str(made.id), "nothing"):
        assert cli.main(["tokens", "revoke", unknown]) == 1
        assert f"there is no token {unknown}" in capsys.readouterr().err
