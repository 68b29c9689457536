"""Signing in over OpenID Connect, against an issuer that the test serves on this machine."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr
from werkzeug.test import TestResponse

from web import auth, create_app
from web.config import Settings
from web.extensions import db
from web.security import AccountRole
from web.store import accounts
from web.store.accounts import Account

MakeUser = Callable[..., Account]

CLIENT_SECRET = "between the issuer and us, long enough to sign with"  # noqa: S105 - of an issuer that is a test


class Issuer:
    """Discovery, keys and the token endpoint; what it says next can be set."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.signer: Any = self.key
        self.challenges: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []

    def document(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append(form)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.challenges.pop(form.get("code", ""), None):
            return 400, {"error": "invalid_grant"}
        token = jwt.encode(self.header, self.claims, self.signer, algorithms=["RS256", "HS256"])
        return 200, {"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": token}


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pages = {"/.well-known/openid-configuration": issuer.document, "/keys": self.keys}
            page = pages.get(self.path)
            self.answer(200 if page else 404, page() if page else {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.answer(*issuer.token({name: values[0] for name, values in parse_qs(body).items()}))

        def keys(self) -> dict[str, Any]:
            return {"keys": [issuer.key.as_dict(private=False)]}

        def answer(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@pytest.fixture(scope="module")
def served() -> Iterator[Issuer]:
    issuer = Issuer()
    thread = threading.Thread(target=issuer.server.serve_forever, daemon=True)
    thread.start()
    yield issuer
    issuer.server.shutdown()
    issuer.server.server_close()
    thread.join()


@pytest.fixture
def issuer(served: Issuer) -> Issuer:
    served.header, served.signer, served.asked = {"alg": "RS256", "kid": "one"}, served.key, []
    return served


@pytest.fixture
def client(instance: Path, app: Flask, issuer: Issuer) -> FlaskClient:
    linked = create_app(
        Settings(
            instance_folder=instance,
            oidc_issuer=issuer.address,
            oidc_client_id="kakehashi",
            oidc_client_secret=SecretStr(CLIENT_SECRET),
        )
    )
    linked.config["WTF_CSRF_ENABLED"] = False
    linked.extensions["kakehashi.boards"] = app.extensions["kakehashi.boards"]
    return linked.test_client()


def go(client: FlaskClient, issuer: Issuer, start: str = "/en/oidc/start", **claims: Any) -> tuple[str, str]:
    """To the issuer and back; returns code and state."""
    response = client.get(start)
    assert response.status_code == 302
    asked = {name: values[0] for name, values in parse_qs(urlsplit(response.headers["Location"]).query).items()}
    assert asked["code_challenge_method"] == "S256" and asked["response_type"] == "code"
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/oidc/callback"
    code, now = uuid.uuid4().hex, int(time.time())
    issuer.challenges[code] = asked["code_challenge"]
    issuer.claims = {
        "iss": issuer.address, "aud": "kakehashi", "sub": uuid.uuid4().hex, "iat": now, "exp": now + 60,
        "nonce": asked["nonce"], "email": f"{uuid.uuid4().hex}@example.com", "email_verified": True, "name": "Léa 山田",
    } | claims  # fmt: skip
    return code, asked["state"]


def come_back(client: FlaskClient, code: str, state: str) -> TestResponse:
    page = client.get("/oidc/callback", query_string={"code": code, "state": state})
    assert page.status_code == 200
    posting = html5lib.parse(page.text, namespaceHTMLElements=False).iter("form")
    form = next(form for form in posting if form.get("data-onward") is not None)
    data = {i.get("name", ""): i.get("value", "") for i in form.iter("input")}
    return client.post(form.get("action", ""), data=data)


def sign_in(client: FlaskClient, issuer: Issuer, **claims: Any) -> TestResponse:
    return come_back(client, *go(client, issuer, **claims))


def found(app: Flask, email: str) -> Account | None:
    with app.app_context():
        return accounts.find_account_by_email(db.session, email)


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/en/account").status_code == 200


def test_button_is_shown_only_where_there_is_an_issuer(app: Flask, client: FlaskClient) -> None:
    assert "/en/oidc/start" in client.get("/en/sign-in").text
    assert "oidc" not in app.test_client().get("/en/sign-in").text
    assert app.test_client().get("/en/oidc/start").status_code == 404


def test_first_sign_in_opens_an_officers_account(app: Flask, client: FlaskClient, issuer: Issuer) -> None:
    code, state = go(client, issuer, "/ja/oidc/start?next=/ja/teams")
    assert come_back(client, code, state).headers["Location"] == "/ja/teams"
    assert is_signed_in(client)
    account = found(app, issuer.claims["email"])
    assert account and account.role is AccountRole.OFFICER and account.is_verified and not account.has_password
    assert (account.name, account.lang) == ("Léa 山田", "ja")
    assert issuer.asked[0]["redirect_uri"].endswith("/oidc/callback")


def test_callback_writes_nothing_and_needs_no_script(app: Flask, client: FlaskClient, issuer: Issuer) -> None:
    code, state = go(client, issuer, "/fr/oidc/start")
    page = client.get("/oidc/callback", query_string={"code": code, "state": state})
    assert 'lang="fr"' in page.text and "<button" in page.text
    html5lib.HTMLParser(strict=True).parse(page.text)
    assert not issuer.asked and found(app, issuer.claims["email"]) is None


def test_account_is_found_again_even_when_its_address_changes(app: Flask, client: FlaskClient, issuer: Issuer) -> None:
    sign_in(client, issuer)
    first = issuer.claims
    client.post("/en/sign-out")
    sign_in(client, issuer, sub=first["sub"], email="new@example.com")
    assert is_signed_in(client) and found(app, "new@example.com") is None
    assert first["email"] in client.get("/en/account").text


def test_account_is_linked_by_a_verified_address(
    app: Flask, client: FlaskClient, issuer: Issuer, make_user: MakeUser
) -> None:
    user = make_user(role="reviewer")
    assert sign_in(client, issuer, email=user.email.upper()).status_code == 303
    account = found(app, user.email)
    assert is_signed_in(client) and account and account.role is AccountRole.REVIEWER and account.has_password


def test_password_of_an_address_never_confirmed_is_dropped(app: Flask, client: FlaskClient, issuer: Issuer) -> None:
    with app.app_context():
        planted = accounts.save_new_account(
            db.session, email=f"{uuid.uuid4().hex}@example.com", name="x", role=AccountRole.OFFICER, lang="en",
            password_hash=auth.hash_password("the intruder"),
        )  # fmt: skip
        db.session.commit()
    sign_in(client, issuer, email=planted.email)
    account = found(app, planted.email)
    assert account and account.is_verified and not account.has_password and account.stamp != planted.stamp


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": "no address"},
        {"email": None},
        {"sub": None},
        {"nonce": "another"},
        {"aud": "somebody else"},
        {"aud": "somebody else", "azp": "kakehashi"},
        {"aud": ["somebody else"], "azp": "kakehashi"},
        {"aud": None},
        {"email": 7},
        {"iss": "https://evil.example"},
        {"exp": 1},
    ],
    ids=str,
)
def test_wrong_claims_sign_nobody_in(client: FlaskClient, issuer: Issuer, claims: dict[str, Any]) -> None:
    code, state = go(client, issuer)
    issuer.claims = {name: value for name, value in (issuer.claims | claims).items() if value is not None}
    response = come_back(client, code, state)
    assert response.status_code == 400 and not is_signed_in(client)
    html5lib.HTMLParser(strict=True).parse(response.text)


def test_wrong_signatures_sign_nobody_in(client: FlaskClient, issuer: Issuer) -> None:
    issuer.signer = RSAKey.generate_key(2048, {"kid": "one"})
    assert sign_in(client, issuer).status_code == 400
    # The trick of signing with what both sides know, which the issuer never said it would do.
    issuer.header, issuer.signer = {"alg": "HS256"}, OctKey.import_key(CLIENT_SECRET)
    assert sign_in(client, issuer).status_code == 400
    assert not is_signed_in(client)


def test_state_and_code_are_good_once_and_here_only(client: FlaskClient, issuer: Issuer) -> None:
    code, state = go(client, issuer)
    elsewhere = client.application.test_client()
    assert come_back(elsewhere, code, state).status_code == 400, "a state of another browser"
    assert come_back(client, code, "made up").status_code == 400
    assert come_back(client, "made up", state).status_code == 400
    assert come_back(client, code, state).status_code == 400, "a state is used up by its first try"
    assert not is_signed_in(client)


def test_refusal_at_the_issuer_shows_a_page(client: FlaskClient, issuer: Issuer) -> None:
    go(client, issuer, "/ja/oidc/start")
    response = client.get("/oidc/callback?error=access_denied")
    assert response.status_code == 400 and 'lang="ja"' in response.text


def test_deactivated_people_stay_out(app: Flask, client: FlaskClient, issuer: Issuer, make_user: MakeUser) -> None:
    user = make_user()
    with app.app_context():
        accounts.save_active(db.session, user.id, is_active=False, actor="test")
        db.session.commit()
    assert sign_in(client, issuer, email=user.email).status_code == 400
    assert not is_signed_in(client)
    with app.app_context():
        subject = issuer.claims["sub"]
        linked = accounts.find_account_by_identity(db.session, issuer=issuer.address, subject=subject)
    assert linked is None, "a way in that failed leaves no other behind"


def test_issuer_that_is_away_shows_a_page(instance: Path) -> None:
    away = create_app(Settings(instance_folder=instance, oidc_issuer="http://127.0.0.1:1", oidc_client_id="kakehashi"))
    response = away.test_client().get("/fr/oidc/start")
    assert response.status_code == 400 and 'lang="fr"' in response.text


def test_a_token_for_several_names_us_among_them(client: FlaskClient, issuer: Issuer) -> None:
    assert sign_in(client, issuer, aud=["kakehashi", "a service of theirs"], azp="kakehashi").status_code == 303


def test_words_of_an_address_stay_out_of_the_log(
    client: FlaskClient, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    go(client, issuer)
    client.get("/oidc/callback", query_string={"error": "x\nWARNING all is lost"})
    assert "OpenID Connect failed" in caplog.text and "all is lost" not in caplog.text


def test_next_never_leads_away(client: FlaskClient, issuer: Issuer) -> None:
    code, state = go(client, issuer, "/en/oidc/start?next=//evil.example")
    assert come_back(client, code, state).headers["Location"] == "/en/"
