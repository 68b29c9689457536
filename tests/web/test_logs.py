"""The log: one line a request, enough to find a fault, and nothing that anybody typed."""

from __future__ import annotations

import io
import json
import logging
import smtplib
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from web import logs
from web.extensions import db
from web.matching import Board
from web.models import User
from web.store import accounts
from web.store.accounts import Account

pytestmark = pytest.mark.once

MakeUser = Callable[..., Account]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
Lines = Callable[[], list[dict[str, Any]]]
TYPED = ("alice@example.com", "correct horse battery", "水素 for a secret project")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], io.StringIO]]:
    """Starts the log in a format, and returns where it goes."""
    root, ours = logging.getLogger(), logging.getLogger("web")
    levels = root.level, ours.level
    monkeypatch.setattr(root, "handlers", [])

    def start(log_format: Any) -> io.StringIO:
        written = io.StringIO()
        monkeypatch.setattr(logs._Handler, "stream", property(lambda _: written, lambda *_: None))
        logs.start(log_format)
        return written

    yield start
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


@pytest.fixture
def lines(log: Callable[[str], io.StringIO]) -> Lines:
    """Every line so far, as JSON."""
    written = log("json")
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_request_is_one_line_by_the_pattern_of_its_route(client: FlaskClient, lines: Lines) -> None:
    client.get("/fr/organisations/kinova?q=secret", headers={"X-Request-ID": "0af7651916cd43dd"})
    (line,) = lines()
    assert line["route"] == "/<any(en, fr, ja):lang>/organisations/<profile_id>"
    assert (line["method"], line["status"], line["request_id"]) == ("GET", 200, "0af7651916cd43dd")
    assert line["level"] == "INFO" and line["account"] is None and line["time"].endswith("+00:00")
    assert line["milliseconds"] > 0
    assert "secret" not in str(line) and "kinova" not in str(line)


def test_a_line_says_whose_request_it_was_by_id_alone(
    client: FlaskClient, lines: Lines, make_user: MakeUser, sign_in: SignIn
) -> None:
    user = make_user()
    sign_in(client, user).get("/en/shortlists")
    (line,) = lines()
    assert line["account"] == str(user.id)
    assert user.email not in str(line) and user.name not in str(line)


@pytest.mark.parametrize("given", ["", "short", "a" * 65, "alice@example.com", "id with spaces", "日本語日本語日本語"])
def test_a_request_id_that_is_none_is_replaced(client: FlaskClient, lines: Lines, given: str) -> None:
    answer = client.get("/en/about", headers={"X-Request-ID": given.encode().decode("latin-1")})
    assert answer.headers["X-Request-ID"] == lines()[0]["request_id"] != given
    assert len(answer.headers["X-Request-ID"]) == 32


def test_what_is_not_found_or_not_allowed_has_a_line_too(client: FlaskClient, lines: Lines) -> None:
    client.get("/en/alice@example.com")
    client.post("/en/about")
    client.open("/en/about", method="ALICE")
    assert [(line["method"], line["route"], line["status"]) for line in lines()] == [
        ("GET", None, 404), ("POST", None, 405), ("OTHER", None, 405),
    ]  # fmt: skip
    assert "alice" not in str(lines())


def test_watchers_leave_no_line(client: FlaskClient, lines: Lines) -> None:
    client.get("/healthz")
    client.get("/readyz")
    assert lines() == []


def fail_with_values(*_: object, **__: object) -> Any:
    """Fails as badly as possible: all that was typed in the message, from an error with more of it."""
    try:
        db.session.execute(insert(User).values(email=TYPED[0], name=TYPED[1]))
    except Exception as error:
        raise ValueError(*TYPED) from error


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_what_was_typed_never_gets_into_the_log(
    client: FlaskClient, log: Callable[[str], io.StringIO], monkeypatch: pytest.MonkeyPatch, log_format: str
) -> None:
    written = log(log_format)
    monkeypatch.setattr(accounts, "find_credentials", fail_with_values)
    monkeypatch.setattr(Board, "search", fail_with_values)
    form = {"email": TYPED[0], "password": TYPED[1]}
    assert client.post("/en/sign-in?next=/en/search?q=" + TYPED[2], data=form).status_code == 500
    assert client.get("/ja/search", query_string={"q": TYPED[2]}).status_code == 500
    text = written.getvalue()
    assert text.count("fail_with_values") >= 2 and "ValueError" in text and "IntegrityError" in text
    assert "sign-in" in text and "/search" in text
    for typed in TYPED:
        assert typed not in text and json.dumps(typed)[1:-1] not in text and typed.split()[0] not in text


def test_a_fault_is_found_by_the_id_of_its_request(
    client: FlaskClient, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Board, "search", fail_with_values)
    client.get("/en/search?q=robot", headers={"X-Request-ID": "a-failing-request"})
    fault, request = lines()
    assert fault["request_id"] == request["request_id"] == "a-failing-request"
    assert (fault["level"], fault["message"], request["status"]) == ("ERROR", "a request failed unexpectedly", 500)
    assert "in fail_with_values" in fault["exception"] and "which led to:" in fault["exception"]


def test_an_error_page_that_fails_has_its_line_too(app: Flask, lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "full_dispatch_request", fail_with_values)
    monkeypatch.setattr(app, "handle_exception", fail_with_values)
    with pytest.raises(ValueError, match="alice"):
        app.test_client().get("/en/about")
    assert lines()[-1]["status"] == 500


def test_the_server_in_front_names_no_path(lines: Lines) -> None:
    logging.getLogger("waitress").error("Exception while serving /en/verify/a-secret-token")
    logging.getLogger("waitress.queue").warning("Task queue depth is %d", 7)
    assert [line["message"] for line in lines()] == ["Exception while serving a request", "Task queue depth is 7"]


def test_what_libraries_tell_by_the_way_stays_out(lines: Lines) -> None:
    logging.getLogger("flask-limiter").info("limit exceeded by %s", "203.0.113.9")
    assert lines() == []


def _locked() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("a value")
    error.sqlite_errorname = "SQLITE_BUSY"
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "OSError (No space left on device)"),
        (_locked(), "OperationalError (SQLITE_BUSY)"),
        (smtplib.SMTPDataError(550, b"<alice@example.com> is unknown"), "SMTPDataError (550)"),
        (smtplib.SMTPRecipientsRefused({"alice@example.com": (550, b"")}), "SMTPRecipientsRefused"),
    ],
)
def test_a_cause_is_a_type_and_a_code(error: Exception, said: str) -> None:
    assert logs.cause(error) == said
