"""The application on a database made by the commands themselves: migrated and loaded once for all tests."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import flask_limiter._extension
import html5lib
import limits.storage.memory
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask import session as flask_session
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import Databases
from web import auth, cli, create_app
from web.config import Settings
from web.extensions import db, limiter
from web.matching import Board, Boards, current_board
from web.security import AccountRole, TeamRight
from web.store import accounts, searches
from web.store.accounts import Account
from web.store.searches import Frequency, Page, SavedSearch

Get = Callable[..., TestResponse]
MakeUser = Callable[..., Account]
SignIn = Callable[[FlaskClient, Account], FlaskClient]

PASSWORD = "seven bridges over the river"  # noqa: S105 - of people who exist in tests only
_numbers = count(1)


@pytest.fixture(scope="session", autouse=True)
def secret() -> Iterator[None]:
    """No application is served without one."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KAKEHASHI_SECRET_KEY", "for-tests-only-0123456789-abcdefghijklmnop")
        yield


@pytest.fixture(scope="session", autouse=True)
def slow_hasher() -> Iterator[PasswordHasher]:
    """What hashes passwords where it matters. In tests they are hashed the same way, but in no time."""
    slow = auth._hasher
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield slow


@pytest.fixture(autouse=True)
def _no_limit_reached() -> Iterator[None]:
    """What one test used up of a rate limit is there again for the next."""
    yield
    if limiter.initialized:
        limiter.reset()


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """For rate limits time stands still: within a minute, a slow machine asks as often as a fast one."""
    now = time.time()
    clock = SimpleNamespace(time=lambda: now)
    for module in (limits.storage.memory, flask_limiter._extension):
        monkeypatch.setattr(module, "time", clock)


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[Path]:
    """An instance folder whose database holds the shipped data; in ``as-loaded`` there is another that stays so."""
    folder = tmp_path_factory.mktemp("instance")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KAKEHASHI_INSTANCE_FOLDER", str(folder))
        assert cli.main(["db", "upgrade"]) == 0
        assert cli.main(["load"]) == 0
        databases.copy(folder, folder / "as-loaded")
        yield folder


@pytest.fixture(scope="session")
def shared_app(instance: Path) -> Flask:
    """Forms are taken without the token, so that a test can send one straight away; see ``guarded_app``."""
    app = create_app(Settings(instance_folder=instance))
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture(scope="session")
def app(shared_app: Flask) -> Flask:
    """The application under test; a module that writes much may put one of its own (``own_app``) in its place."""
    return shared_app


@pytest.fixture(scope="session")
def guarded_app(app: Flask, instance: Path) -> Flask:
    """The same application as it is served: forms need the token."""
    guarded = create_app(Settings(instance_folder=instance))
    guarded.extensions["kakehashi.boards"] = app.extensions["kakehashi.boards"]
    return guarded


@pytest.fixture(scope="session")
def board(app: Flask) -> Board:
    with app.app_context():
        return current_board()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def guarded_client(guarded_app: Flask) -> FlaskClient:
    return guarded_app.test_client()


@pytest.fixture
def make_user(app: Flask) -> MakeUser:
    """Makes a person with the password ``PASSWORD``, on request in a team (an id of ``make_team``) with a right."""

    def make(
        role: str = "officer", team: uuid.UUID | None = None, right: str = "edit", name: str = "", lang: str = "en"
    ) -> Account:
        number = next(_numbers)
        with app.app_context():
            account = accounts.save_new_account(
                db.session,
                email=f"person{number}@example.com",
                name=name or f"Person {number}",
                role=AccountRole(role),
                lang=lang,
                password_hash=_hashed(),
                is_verified=True,
            )
            if team is not None:
                accounts.save_new_member(db.session, account.id, team_id=team, right=TeamRight(right))
            db.session.commit()
        return account

    return make


@pytest.fixture
def make_team(app: Flask, make_user: MakeUser) -> Callable[..., uuid.UUID]:
    """Makes a team, managed by ``manager`` or by somebody made for it, and returns its id."""

    def make(name: str = "Team", manager: Account | None = None) -> uuid.UUID:
        manager = manager or make_user()
        with app.app_context():
            team_id = accounts.save_new_team(db.session, manager.id, name=name)
            db.session.commit()
        return team_id

    return make


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """Signs a person in without the form, and returns the client."""

    def enter(client: FlaskClient, user: Account) -> FlaskClient:
        with client.session_transaction() as session, app.test_request_context():
            auth.sign_in(user)
            session.update(flask_session)
            session.permanent = True
        return client

    return enter


@cache
def _hashed() -> str:
    return auth.hash_password(PASSWORD)


@pytest.fixture
def get(client: FlaskClient) -> Get:
    """Fetches a page, which must be what a strict parser takes for HTML."""

    def fetch(address: str, status: int = 200, **options: object) -> TestResponse:
        response = client.get(address, **options)
        assert response.status_code == status, address
        html5lib.HTMLParser(strict=True).parse(response.text)
        return response

    return fetch


@pytest.fixture
def own_app(
    shared_app: Flask, instance: Path, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Flask]:
    """Makes an application on a fresh copy of the loaded database, with more settings; commands see the same."""

    def make(**values: object) -> Flask:
        databases.copy(instance / "as-loaded", tmp_path)
        more = {"INSTANCE_FOLDER": tmp_path, "PUBLIC_URL": "https://kakehashi.example"}
        for name, value in (more | values).items():
            monkeypatch.setenv(f"KAKEHASHI_{name}", str(value))
        own = create_app(Settings())
        # The test client speaks plain HTTP.
        own.config.update(WTF_CSRF_ENABLED=False, SESSION_COOKIE_SECURE=False, SESSION_COOKIE_NAME="kakehashi")
        with shared_app.app_context():
            current_board()
        own.extensions["kakehashi.boards"] = shared_app.extensions["kakehashi.boards"]
        return own

    return make


@pytest.fixture
def still_board(monkeypatch: pytest.MonkeyPatch) -> None:
    """The board stands whatever is saved: no thread fits a matcher beside the test."""
    monkeypatch.setattr(Boards, "_refit", lambda boards, _app: boards._lock.release())


@pytest.fixture
def keep_search(app: Flask) -> Callable[..., SavedSearch]:
    """Keeps a search without the form, as if nothing of it had been seen."""

    def keep(owner: Account, **values: Any) -> SavedSearch:
        given: dict[str, Any] = {
            "owner_id": owner.id, "title": "Robots", "page": Page.PARTNERS, "seeker_id": "kinova",
            "query": "kind=company", "lang": "en", "frequency": Frequency.DAILY, "seen": (),
        }  # fmt: skip
        with app.app_context():
            search = searches.save_search(db.session, **given | values)
            db.session.commit()
        return search

    return keep
