"""The server stops in good order: what has begun is finished, and nothing is begun."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.inbox import serving as serving_mail
from tests.inbox import taken_port
from web import create_app, mail
from web.cli import serving
from web.config import Settings
from web.extensions import db
from web.matching import Boards
from web.store import letters, schema

pytestmark = pytest.mark.once

Served = tuple[int, threading.Event, threading.Thread]
# Seconds that anything may take on a slow machine.
PATIENCE = 60


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Serves an application, and returns the port, what stops the server, and its thread."""
    threads = []

    def start(application: Any, seconds: float = PATIENCE) -> Served:
        listener, stop = socket.create_server(("127.0.0.1", 0)), threading.Event()
        server = serving.make_server(application, Settings(instance_folder=tmp_path, threads=2), listener)
        thread = threading.Thread(target=serving.serve_until, args=(stop, server, seconds))
        thread.start()
        threads.append((stop, thread, server))
        return server.effective_port, stop, thread

    yield start
    for stop, thread, server in threads:
        stop.set()
        thread.join(PATIENCE)
        # Not before its last thread has ended, which may wake the loop.
        while server.task_dispatcher.threads:
            time.sleep(0.01)
        server.trigger.close()


class Slow:
    """An application whose answer is as large and as late as a test wants it."""

    def __init__(self, size: int = 2) -> None:
        self.begun, self.may_end, self._size = threading.Event(), threading.Event(), size

    def __call__(self, _environ: Any, start_response: Any) -> list[bytes]:
        self.begun.set()
        self.may_end.wait(2 * PATIENCE)
        start_response("200 OK", [("Content-Length", str(self._size))])
        return [b"x" * self._size]


def ask(port: int) -> HTTPConnection:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/")
    return connection


# An answer of some megabytes does not fit into the buffers of the system: it is still being sent after the view ended.
@pytest.mark.parametrize("size", [2, 20_000_000])
def test_a_request_in_progress_is_finished(serve: Callable[..., Served], size: int) -> None:
    slow = Slow(size)
    port, stop, thread = serve(slow)
    connection = ask(port)
    assert slow.begun.wait(PATIENCE)
    stop.set()
    # It takes a second at most until nobody is let in any more.
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
        except OSError:
            break
        time.sleep(0.02)
    else:
        pytest.fail("the server still accepts connections")
    slow.may_end.set()
    answer = connection.getresponse()
    assert answer.status == 200 and len(answer.read()) == size
    thread.join(PATIENCE)
    assert not thread.is_alive()
    connection.close()


def test_a_request_that_never_ends_is_given_up(serve: Callable[..., Served]) -> None:
    slow = Slow()
    port, stop, thread = serve(slow, seconds=0.3)
    connection = ask(port)
    assert slow.begun.wait(PATIENCE)
    stop.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    with pytest.raises((HTTPException, OSError)):
        connection.getresponse()
    slow.may_end.set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_server_finish_and_end_with_0(tmp_path: Path, number: signal.Signals) -> None:
    """The command itself, with a board that takes no time and a view that takes some."""
    settings = {"KAKEHASHI_INSTANCE_FOLDER": str(tmp_path), "KAKEHASHI_DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}"}
    settings |= {"KAKEHASHI_LOG_FORMAT": "json", "KAKEHASHI_SMTP_HOST": "127.0.0.1", "KAKEHASHI_SMTP_PORT": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.web.slow_server"], cwd=Path(__file__).parents[2], env=os.environ | settings,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout and process.stderr
        port = int(process.stdout.readline().split("127.0.0.1:")[1].split("/")[0])
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", "/")
        assert process.stdout.readline() == "begun\n"
        process.send_signal(number)
        assert connection.getresponse().read() == b"done"
        connection.close()
        assert process.wait(PATIENCE) == 0
        assert "Traceback" not in process.stderr.read()
    finally:
        process.kill()
        process.communicate()


def test_mail_stops_after_the_letter_in_hand(tmp_path: Path) -> None:
    stop, taken = threading.Event(), list[str]()

    class Inbox:
        async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - its name
            taken.append(envelope.rcpt_tos[0])
            stop.set()
            return "250 taken"

    with taken_port() as place, serving_mail(Inbox(), place) as port:
        settings = Settings(
            instance_folder=tmp_path, smtp_host="127.0.0.1", smtp_port=port, smtp_security="none",
            smtp_password=SecretStr(""),
        )  # fmt: skip
        schema.upgrade(settings.database())
        with create_app(settings).app_context():
            for number in range(3):
                mail.queue_letter(db.session, recipient=f"p{number}@example.com", subject="x", body="y")
            db.session.commit()
            assert mail.deliver(db.session, settings, stop).sent == len(taken) == 1
            assert len(letters.list_letters(db.session)) == 2


def test_the_delivery_ends_when_the_server_does(tmp_path: Path) -> None:
    stop = threading.Event()
    thread = mail.start_delivery(create_app(Settings(instance_folder=tmp_path)), Settings(), stop)
    assert thread.is_alive()
    stop.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_a_closed_board_waits_for_a_refit_and_begins_no_other(tmp_path: Path) -> None:
    boards = Boards(Settings(instance_folder=tmp_path))
    # A refit holds the lock from begin to end.
    boards._lock.acquire()
    assert not boards.close(0.01)
    threading.Timer(0.05, boards._lock.release).start()
    assert boards.close(PATIENCE)
    assert not boards._lock.acquire(blocking=False)
