"""What a page of search results costs beside an empty view of the same application under the same server."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from waitress.server import create_server

from web import cli, create_app
from web.security import POLICIES, Policy

pytestmark = pytest.mark.bench

_ROUNDS = 40
_QUESTIONS = ["robots", "AI", "医療", "énergie", "robots pour aînés", "人工知能", "intelligence artificielle"]
_PAGES = [
    *(f"/{lang}/search?{urlencode({'q': q})}" for lang in ("en", "fr", "ja") for q in _QUESTIONS),
    "/en/search?country=JP",
    "/fr/search?country=CA&sort=newest",
    "/ja/search?country=JP&cooperation=joint_research&cooperation=supply",
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAKEHASHI_SECRET_KEY", "for-tests-only-0123456789-abcdefghijklmnop")
        patch.setenv("KAKEHASHI_INSTANCE_FOLDER", str(tmp_path_factory.mktemp("instance")))
        patch.setitem(POLICIES, "empty", Policy.PUBLIC)
        assert cli.main(["db", "upgrade"]) == 0
        assert cli.main(["load"]) == 0
        app = create_app()
        app.add_url_rule("/empty", "empty", lambda: "")
        yield app


@contextmanager
def served(app: Flask) -> Iterator[HTTPConnection]:
    """A connection, kept open, to the application under the server that people use."""
    server: Any = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    connection = HTTPConnection("127.0.0.1", server.effective_port, timeout=30)
    try:
        yield connection
    finally:
        connection.close()
        server.task_dispatcher.shutdown()
        server.close()
        thread.join(10)


def fetch(connection: HTTPConnection, address: str) -> tuple[float, bytes]:
    """Seconds and body of one page."""
    start = time.perf_counter()
    connection.request("GET", address)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, address
    return time.perf_counter() - start, body


def test_page_of_twenty_rows_against_an_empty_view(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    empty, pages = [], []
    with served(app) as connection:
        fetch(connection, "/empty")
        first = [fetch(connection, page)[0] for page in _PAGES]
        assert {page: fetch(connection, page)[1].count(b'class="row ') for page in _PAGES} == dict.fromkeys(_PAGES, 20)
        order = random.Random(5)  # noqa: S311 - no secret
        for _ in range(_ROUNDS):
            for page in order.sample(_PAGES, len(_PAGES)):
                empty.append(fetch(connection, "/empty")[0])
                pages.append(fetch(connection, page)[0])
    p99, p99_empty = (quantiles(times, n=100)[98] for times in (pages, empty))
    with capsys.disabled():
        print(
            f"\nsearch results, 20 rows: {median(pages) / median(empty):.1f}x an empty view at the median "
            f"({1000 * median(pages):.1f} ms); p99 {p99 / median(pages):.1f}x p50, of the empty view "
            f"{p99_empty / median(empty):.1f}x; "
            f"asked for the first time {median(first) / median(pages):.1f}x"
        )
    assert median(pages) <= 5 * median(empty)
    assert p99 <= 4 * median(pages)
