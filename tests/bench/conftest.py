"""An application with the shipped data under the server that people use, to measure answers of."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any

import pytest
from flask import Flask, jsonify
from waitress.server import create_server

from matcher.explain import explain
from web import cli, create_app
from web.extensions import limiter
from web.matching import current_board
from web.security import POLICIES, Policy


def _ranked(seeker_id: str) -> Any:
    board = current_board()
    best = board.matcher.rank(seeker_id, 20)
    parties = [(board.profile(match.seeker_id), board.profile(match.partner_id)) for match in best]
    return jsonify([explain(m, *both, board.taxonomy).to_dict() for m, both in zip(best, parties, strict=True)])


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """With a view at ``/empty`` that does nothing, and one that remembers nothing of what it ranked and explained."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAKEHASHI_SECRET_KEY", "for-tests-only-0123456789-abcdefghijklmnop")
        patch.setenv("KAKEHASHI_INSTANCE_FOLDER", str(tmp_path_factory.mktemp("instance")))
        patch.setitem(POLICIES, "empty", Policy.PUBLIC)
        patch.setitem(POLICIES, "ranked", Policy.PUBLIC)
        assert cli.main(["db", "upgrade"]) == 0
        assert cli.main(["load"]) == 0
        app = create_app()
        app.add_url_rule("/empty", "empty", lambda: "")
        app.add_url_rule("/ranked/<seeker_id>", "ranked", _ranked)
        yield app


@pytest.fixture(scope="module")
def fetch(app: Flask) -> Iterator[Callable[[str], tuple[float, bytes]]]:
    """Asks over one connection, kept open, and returns the seconds and the body.

    Limits are counted, and never reached.
    """
    server: Any = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    connection = HTTPConnection("127.0.0.1", server.effective_port, timeout=30)

    def ask(address: str) -> tuple[float, bytes]:
        limiter.reset()
        start = time.perf_counter()
        connection.request("GET", address)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, address
        return time.perf_counter() - start, body

    try:
        ask("/empty")
        yield ask
    finally:
        connection.close()
        server.task_dispatcher.shutdown()
        server.close()
        thread.join(10)
