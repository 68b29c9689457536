"""The application on a database that the commands made: migrated and loaded once, for all tests that only read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from web import cli, create_app
from web.config import Settings
from web.matching import Board, current_board

Get = Callable[..., TestResponse]


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder whose database holds the shipped data."""
    folder = tmp_path_factory.mktemp("instance")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KAKEHASHI_INSTANCE_FOLDER", str(folder))
        assert cli.main(["db", "upgrade"]) == 0
        assert cli.main(["load"]) == 0
    return folder


@pytest.fixture(scope="session")
def app(instance: Path) -> Flask:
    return create_app(Settings(instance_folder=instance))


@pytest.fixture(scope="session")
def board(app: Flask) -> Board:
    with app.app_context():
        return current_board()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def get(client: FlaskClient) -> Get:
    """Fetches a page, which must be what a strict parser takes for HTML."""

    def fetch(address: str, status: int = 200, **options: object) -> TestResponse:
        response = client.get(address, **options)
        assert response.status_code == status, address
        html5lib.HTMLParser(strict=True).parse(response.text)
        return response

    return fetch
