"""``kakehashi serve`` for the test that stops it: its board takes no time, and its home page some."""

from __future__ import annotations

import sys
import time
from typing import Any

import web
from tests.web.writing import toy_board
from tests.web.writing_server import Fixed
from web import cli
from web.config import Settings
from web.store import schema

make_app = web.create_app


def slow() -> str:
    print("begun", flush=True)
    time.sleep(0.8)
    return "done"


def create_app(settings: Settings | None = None, **options: Any) -> Any:
    app = make_app(settings, **options)
    app.extensions["kakehashi.boards"] = Fixed(settings or Settings(), toy_board())
    app.view_functions["choose"] = slow
    return app


if __name__ == "__main__":
    schema.upgrade(Settings().database())
    web.create_app = create_app
    sys.exit(cli.main(["serve", "--port", "0"]))
