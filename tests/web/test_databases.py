"""SQLite or PostgreSQL, by one setting: two who write at once, a database that goes away, and what it cannot keep."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError
from sqlalchemy import func, select, update
from sqlalchemy.exc import DataError, OperationalError

from matcher.corpus import Corpus
from matcher.profile import Country, Profile
from tests import postgres
from tests.matcher.builders import profile
from web import cli, create_app, extensions, mail, models, store
from web.config import Settings
from web.extensions import db
from web.models.base import now
from web.security import AccountRole, TeamRight
from web.store import accounts, letters


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An application on an empty database of its own."""
    monkeypatch.setenv("KAKEHASHI_INSTANCE_FOLDER", str(tmp_path))
    assert cli.main(["db", "upgrade"]) == 0
    return create_app(Settings())


def together(app: Flask, *works: Callable[[], Any]) -> list[Any]:
    """Does several things at the same time, each in a session of its own, and returns what came of each."""
    start = threading.Barrier(len(works))

    def do(work: Callable[[], Any]) -> Any:
        with app.app_context():
            start.wait(60)
            return work()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(do, works))


def test_sqlite_confirms_nothing_before_it_is_on_the_disk(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "kakehashi.db")) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        extensions._prepare_sqlite(connection, None)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


# --- two at once -----------------------------------------------------------------------------------------------------


def test_two_who_load_at_once_both_do(own: Flask) -> None:
    def load(*profiles: Profile) -> Callable[[], store.Loaded]:
        def save() -> store.Loaded:
            loaded = store.save_corpus(db.session, Corpus(profiles), actor="kakehashi load")
            db.session.commit()
            return loaded

        return save

    one, two = (profile(name, Country.CA, capabilities=["Builds robots."]) for name in ("one", "two"))
    with own.app_context():
        load(one, two)()
    changed = [load(replace(one, founded=year), replace(two, founded=year)) for year in (1999, 2000, 2001)]
    assert [loaded.updated for loaded in together(own, *changed)] == [2, 2, 2]
    with own.app_context():
        assert store.find_corpus_version(db.session) == 4
        for entry in db.session.scalars(select(models.Entry)):
            query = select(models.Revision).where(models.Revision.entry_id == entry.id)
            revisions = db.session.scalars(query.order_by(models.Revision.number)).all()
            assert [r.number for r in revisions] == [1, 2, 3, 4]
            assert revisions[-1].document == entry.document
            assert all(before.document != after.document for before, after in pairwise(revisions))


def person(number: int) -> uuid.UUID:
    return accounts.save_new_account(
        db.session, email=f"person{number}@example.com", name=f"Person {number}", role=AccountRole.ADMINISTRATOR,
        lang="en", password_hash=None, is_verified=True,
    ).id  # fmt: skip


def tried(work: Callable[[uuid.UUID], None], account_id: uuid.UUID) -> Callable[[], bool]:
    """Work that commits, and says whether it was allowed."""

    def do() -> bool:
        # Both have read before one of them writes.
        accounts.find_account(db.session, account_id)
        try:
            work(account_id)
        except (accounts.LastAdministrator, accounts.LastManager):
            db.session.rollback()
            return False
        db.session.commit()
        return True

    return do


def test_of_the_last_administrators_one_stays(own: Flask) -> None:
    with own.app_context():
        people = [person(number) for number in range(3)]
        db.session.commit()

    def leave(account_id: uuid.UUID) -> None:
        accounts.delete_account(db.session, account_id)

    assert sorted(together(own, *(tried(leave, i) for i in people))) == [False, True, True]


def test_of_the_last_managers_one_stays(own: Flask) -> None:
    with own.app_context():
        people = [person(number) for number in range(3)]
        team_id = accounts.save_new_team(db.session, people[0], name="Team")
        for account_id in people[1:]:
            accounts.save_new_member(db.session, account_id, team_id=team_id, right=TeamRight.MANAGE)
        db.session.commit()

    def step_down(account_id: uuid.UUID) -> None:
        accounts.save_member_right(db.session, account_id, team_id=team_id, member_id=account_id, right=TeamRight.EDIT)

    assert sorted(together(own, *(tried(step_down, i) for i in people))) == [False, True, True]


class SlowServer:
    """In place of a mail server: takes its time with every letter."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def sendmail(self, _sender: str, recipients: list[str], _text: bytes) -> None:
        threading.Event().wait(0.02)
        self.taken += recipients

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch) -> SlowServer:
    server = SlowServer()
    monkeypatch.setattr(mail, "_connect", lambda _settings: server)
    return server


def test_of_several_servers_one_sends_a_letter(own: Flask, mail_server: SlowServer) -> None:
    recipients = [f"person{number}@example.com" for number in range(12)]
    with own.app_context():
        for recipient in recipients:
            mail.queue_letter(db.session, recipient=recipient, subject="News", body="Some.")
        db.session.commit()

    def deliver() -> None:
        # Not by way of the lock that keeps one process from doing so twice: these stand for processes.
        for _ in range(3):
            mail._send_all(db.session, letters.list_letters(db.session), Settings(), None)

    together(own, deliver, deliver, deliver)
    assert sorted(mail_server.taken) == sorted(recipients)


def test_a_letter_in_hand_stays_there_until_its_sender_must_have_died(own: Flask) -> None:
    with own.app_context():
        mail.queue_letter(db.session, recipient="a@example.com", subject="News", body="Some.")
        db.session.commit()
        (waiting,) = letters.list_letters(db.session)
        assert letters.save_try(db.session, waiting)
        db.session.commit()
        (claimed,) = letters.list_letters(db.session)
        assert not letters.save_try(db.session, claimed)
        db.session.execute(update(models.Letter).values(claimed_at=now() - timedelta(hours=1)))
        assert letters.save_try(db.session, claimed)


def test_a_refused_letter_is_in_nobodys_hand(own: Flask) -> None:
    with own.app_context():
        mail.queue_letter(db.session, recipient="a@example.com", subject="News", body="Some.")
        (waiting,) = letters.list_letters(db.session)
        assert letters.save_try(db.session, waiting)
        letters.save_refused(db.session, waiting, "full")
        (refused,) = letters.list_letters(db.session)
        assert letters.save_try(db.session, refused)


# --- what it cannot keep ---------------------------------------------------------------------------------------------


def test_the_character_that_no_text_may_hold_is_left_out(own: Flask) -> None:
    own.config["WTF_CSRF_ENABLED"] = False
    form = {
        "name": "Ma\0ry", "email": "ma\0ry@example.com", "password": "seven bridges over the river", "role": "officer"
    }  # fmt: skip
    assert own.test_client().post("/en/sign-up", data=form).status_code == 303
    with own.app_context():
        account = accounts.find_account_by_email(db.session, "mary@example.com")
        assert account is not None and account.name == "Mary"


@pytest.mark.parametrize(
    ("address", "status"),
    [("/en/organisations/kin%00ova", 404), ("/en/search?q=ro%00bot", 200), ("/en/alerts/stop/%00", 404)],
)
def test_no_address_with_that_character_fails(client: FlaskClient, address: str, status: int) -> None:
    assert client.get(address).status_code == status


def test_a_letter_leaves_that_character_out(own: Flask) -> None:
    with own.app_context():
        mail.queue_letter(db.session, recipient="a@example.com", subject="a\0b", body="c\0d", html="<p>e\0f</p>")
        (letter,) = letters.list_letters(db.session)
        assert (letter.body, letter.html) == ("cd", "<p>ef</p>")


def test_a_value_that_does_not_fit_is_no_fault_of_ours(own: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    own.config["WTF_CSRF_ENABLED"] = False
    fail(monkeypatch, DataError("INSERT", {}, Exception("value too long\nDETAIL: secret")))
    answer = own.test_client().post("/en/sign-in", data={"email": "a@example.com", "password": "x" * 12})
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.text


# --- a database that goes away ----------------------------------------------------------------------------------------


def fail(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def find_credentials(*_: object) -> None:
        raise error

    monkeypatch.setattr(accounts, "find_credentials", find_credentials)


def test_a_busy_database_is_said_and_its_values_are_not(
    own: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    own.config["WTF_CSRF_ENABLED"] = False
    fail(monkeypatch, OperationalError("UPDATE", {}, Exception("lock timeout\nCONTEXT: secret")))
    answer = own.test_client().post("/en/sign-in", data={"email": "a@example.com", "password": "x" * 12})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "does not answer at the moment, or is busy" in answer.text
    assert "lock timeout" in caplog.text and "secret" not in caplog.text


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    """A server of one's own, which may be stopped."""
    with postgres.running() as server:
        yield server


def test_a_server_that_goes_and_comes_back_costs_one_page(
    server: postgres.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAKEHASHI_INSTANCE_FOLDER", str(tmp_path))
    monkeypatch.setenv("KAKEHASHI_DATABASE_URL", server.new().replace("+psycopg", ""))
    assert cli.main(["db", "upgrade"]) == 0
    app = create_app(Settings())
    client = app.test_client()
    assert "kakehashi load" in client.get("/en/").text
    server.stop()
    away = client.get("/en/")
    assert away.status_code == 503
    assert "does not answer at the moment" in away.text and "kakehashi load" not in away.text
    for command in (["db", "upgrade"], ["users", "list"], ["rank", "Kinova"]):
        assert cli.main(command) == 3
        assert "the database does not answer" in capsys.readouterr().err
    server.start()
    assert "kakehashi load" in client.get("/en/").text
    with app.app_context():
        assert db.session.execute(func.current_setting("TimeZone").select()).scalar() == "UTC"
        db.engine.dispose()


def test_a_database_that_sorts_otherwise_is_refused(
    server: postgres.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = server.new()
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE DATABASE sorted TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-CA'")
    monkeypatch.setenv("KAKEHASHI_INSTANCE_FOLDER", str(tmp_path))
    monkeypatch.setenv("KAKEHASHI_DATABASE_URL", url.replace("/test_1?", "/sorted?"))
    assert cli.main(["db", "upgrade"]) == 3
    assert "createdb --locale=C" in capsys.readouterr().err


# --- the setting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["postgresql://", "postgres://", "postgresql+psycopg://"])
def test_postgresql_is_spoken_to_by_one_driver(start: str) -> None:
    assert Settings(database_url=f"{start}me@host/name").database() == "postgresql+psycopg://me@host/name"


@pytest.mark.parametrize("url", ["mysql://me:hidden@host/name", "host/hidden", "postgresql+asyncpg://me:hidden@host/n"])
def test_another_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValidationError, match="database_url") as refused:
        Settings(database_url=url)
    assert "hidden" not in str(refused.value)


def test_no_setting_shows_the_password() -> None:
    assert "hidden" not in repr(Settings(database_url="postgresql://me:hidden@host/name"))
