"""What a watcher asks: is the process alive, and can it serve."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.web.writing import toy_board
from web import create_app
from web.config import Settings
from web.extensions import db, limiter
from web.matching import Boards
from web.store import schema

ALL = {"database": True, "migrations": True, "corpus": True}


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[..., Flask]:
    """An application on a database at a migration, with or without a board."""

    def make(migration: str, *, is_fitted: bool = True) -> Flask:
        settings = Settings(instance_folder=tmp_path)
        if migration:
            schema.upgrade(settings.database(), migration)
        app = create_app(settings)
        if is_fitted:
            boards: Boards = app.extensions["kakehashi.boards"]
            boards._board = toy_board()
        return app

    return make


@pytest.mark.usefixtures("board")
def test_a_served_application_is_alive_and_ready(client: FlaskClient) -> None:
    for _ in range(100):
        assert client.get("/healthz").json == {"alive": True}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"ready": True, "checks": ALL})
    assert answer.headers["Cache-Control"] == "no-store" and "Set-Cookie" not in answer.headers
    assert limiter.initialized


@pytest.mark.parametrize(
    ("migration", "is_fitted", "failing"),
    [("head", False, {"corpus"}), ("0003", True, {"migrations"}), ("", False, {"migrations", "corpus"})],
)
def test_what_fails_is_named(
    fresh: Callable[..., Flask],
    migration: str,
    is_fitted: bool,  # noqa: FBT001 - a test parameter
    failing: set[str],
) -> None:
    answer = fresh(migration, is_fitted=is_fitted).test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"ready": False, "checks": {name: name not in failing for name in ALL}}


def test_a_database_that_a_later_release_has_migrated_will_do(fresh: Callable[..., Flask]) -> None:
    app = fresh("head")
    with app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        db.session.commit()
    assert app.test_client().get("/readyz").status_code == 200


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql+psycopg://kakehashi@/x?host=/nowhere"])
def test_without_a_database_the_process_is_alive_but_not_ready(tmp_path: Path, url: str) -> None:
    client = create_app(Settings(instance_folder=tmp_path, database_url=url)).test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503 and "nowhere" not in answer.text
    assert answer.json == {"ready": False, "checks": dict.fromkeys(ALL, False)}


def test_being_alive_takes_no_database(fresh: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a query")

    app = fresh("head")
    monkeypatch.setattr("sqlalchemy.orm.Session.execute", refuse)
    monkeypatch.setattr("sqlalchemy.orm.Session.scalar", refuse)
    assert app.test_client().get("/healthz").status_code == 200
