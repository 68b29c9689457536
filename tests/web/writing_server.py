"""A server for the test that kills it: starts in no time, again and again, on the database of the settings.

Reads lines: ``start`` forks a server and answers with its process and port, ``wait`` waits until it is gone. What takes
long (imports, the application, its board) is done once, before the first.
"""

from __future__ import annotations

import os
import socket
import sys

from tests.web.writing import toy_board
from web import create_app, logs
from web.cli.serving import make_server
from web.config import Settings
from web.matching import Board, Boards


class Fixed(Boards):
    """A board that is there from the start, and stays."""

    def __init__(self, settings: Settings, board: Board) -> None:
        super().__init__(settings)
        self._board = board

    def current(self, *_: object) -> Board:
        assert self._board is not None
        return self._board


def main() -> None:
    settings = Settings()
    logs.start("json")
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    app.extensions["kakehashi.boards"] = Fixed(settings, toy_board())
    child = 0
    for line in sys.stdin:
        if line.strip() == "wait":
            os.waitpid(child, 0)
            print("gone", flush=True)
            continue
        listener = socket.create_server(("127.0.0.1", 0))
        child = os.fork()
        if not child:
            make_server(app, settings, listener).run()
            os._exit(0)
        print(child, listener.getsockname()[1], flush=True)
        listener.close()


if __name__ == "__main__":
    main()
