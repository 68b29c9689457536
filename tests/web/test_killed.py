"""A server that is killed in the middle of its work loses nothing it has confirmed and leaves nothing half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from typing import Self
from urllib.parse import urlencode

import pytest
from flask import Flask, session
from sqlalchemy import select

from tests import postgres
from tests.web.writing import faults, make_officer, written_app
from web import auth
from web.config import Settings
from web.extensions import db
from web.models import Shortlist
from web.store import archive, schema

pytestmark = pytest.mark.once

ROUNDS, CLIENTS = 50, 4
PATIENCE = 60  # seconds that anything may take on a slow machine


class Killable:
    """A server that can be started again after it was killed."""

    def __init__(self, url: str, folder: Path) -> None:
        self._folder, self._url = folder, url
        self.pid = self.port = 0

    def __enter__(self) -> Self:
        settings = {"KAKEHASHI_DATABASE_URL": self._url, "KAKEHASHI_INSTANCE_FOLDER": str(self._folder)}
        self._log = (self._folder / "log").open("ab")
        self._launcher = subprocess.Popen(
            [sys.executable, "-m", "tests.web.writing_server"], cwd=Path(__file__).parents[2],
            env=os.environ | settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self._launcher.communicate(timeout=PATIENCE)
        self._log.close()

    def start(self) -> None:
        self.pid, self.port = map(int, self._say("start").split())

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        assert self._say("wait") == "gone"

    def _say(self, word: str) -> str:
        assert self._launcher.stdin and self._launcher.stdout
        self._launcher.stdin.write(word + "\n")
        self._launcher.stdin.flush()
        return self._launcher.stdout.readline().strip()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'kakehashi.db'}"
        return
    # One that confirms nothing before it is on the disk.
    with postgres.running(is_durable=True) as server:
        yield server.new()


@pytest.fixture
def app(url: str, tmp_path: Path) -> Iterator[Flask]:
    schema.upgrade(url)
    made = written_app(Settings(instance_folder=tmp_path, database_url=url))
    yield made
    with made.app_context():
        db.engine.dispose()


def cookies(app: Flask, number: int) -> list[str]:
    """New officers who are signed in; nobody may make many shortlists."""
    made = []
    for client in range(CLIENTS):
        with app.test_request_context():
            officer = make_officer(db.session, f"officer{number}.{client}")
            db.session.commit()
            auth.sign_in(officer)
            serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
            made.append(f"kakehashi={serializer.dumps(dict(session))}")
    return made


def write(port: int, cookie: str, name: str, confirmed: list[str], answers: set[int]) -> None:
    """Puts a match on a new shortlist, again and again, until nobody answers any more."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    try:
        for turn in range(150):
            title = f"{name}.{turn}"
            body = urlencode({"seeker": "jp0", "partner": "ca1", "title": title})
            connection.request("POST", "/en/shortlists/add", body, headers)
            answer = connection.getresponse()
            answers.add(answer.status)
            if answer.status < 400:
                confirmed.append(title)
            answer.read()
    except (OSError, HTTPException):
        pass
    finally:
        connection.close()


def one_round(server: Killable, app: Flask, number: int, confirmed: list[str], answers: set[int]) -> None:
    """Starts, writes from several sides, kills at a moment of its own, and looks at what is left."""
    people, begin = cookies(app, number), len(confirmed)
    server.start()
    clients = [
        threading.Thread(target=write, args=(server.port, cookie, f"{number}.{i}", confirmed, answers))
        for i, cookie in enumerate(people)
    ]
    for client in clients:
        client.start()
    until = time.monotonic() + PATIENCE
    while len(confirmed) == begin and time.monotonic() < until:
        time.sleep(0.002)
    time.sleep(Random(number).uniform(0, 0.2))  # noqa: S311 - any moment will do
    server.kill()
    for client in clients:
        client.join()
    assert len(confirmed) > begin, "nothing was written before the kill"
    with app.app_context(), archive.snapshot(db.session):
        assert faults(db.session) == []
        assert set(confirmed) <= set(db.session.scalars(select(Shortlist.title)))
    with app.app_context():
        # The next server finds the file as the killed one left it, with nobody else around.
        db.engine.dispose()


def test_kills_lose_nothing(url: str, app: Flask, tmp_path: Path) -> None:
    confirmed, answers = list[str](), set[int]()
    with Killable(url, tmp_path) as server:
        for number in range(ROUNDS):
            one_round(server, app, number, confirmed, answers)
        server.start()
        connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        connection.request("GET", "/readyz")
        assert connection.getresponse().status == 200
        connection.close()
        server.kill()
    assert answers == {303}
    with app.app_context():
        kept = len(db.session.scalars(select(Shortlist.id)).all())
    print(f"\n{ROUNDS} kills, {len(confirmed)} writes confirmed, {kept - len(confirmed)} more kept")
    assert ROUNDS <= len(confirmed) <= kept
