"""A PostgreSQL server of the tests' own: in a temporary folder, reached through a socket there, gone at the end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

# Where Debian keeps what must run in the version of the data.
_DEBIAN: Final = Path("/usr/lib/postgresql")
_OWNER: Final = "kakehashi"
_PATIENCE: Final = 120


class Server:
    """A server that is started, stopped and killed as a test wants it."""

    def __init__(self, folder: Path, *, is_durable: bool = False) -> None:
        self._folder = folder
        self._settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "max_connections": "300",
            # Nobody's zone, so that a time that is taken for UTC without being so is found out.
            "timezone": "Asia/Tokyo",
            "fsync": "on" if is_durable else "off",
            "synchronous_commit": "on" if is_durable else "off",
            "full_page_writes": "on" if is_durable else "off",
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        user = _unprivileged_user()
        self._as: dict[str, Any] = {"user": user, "group": user, "extra_groups": []} if user else {}
        if user:
            shutil.chown(folder, user)
        subprocess.run(
            [_program("initdb"), "--pgdata", folder / "data", "--username", _OWNER, "--auth", "trust", "--no-sync",
             "--locale", "C", "--encoding", "UTF8"],
            check=True, capture_output=True, cwd=folder, **self._as,
        )  # fmt: skip

    def start(self) -> None:
        """Starts the server and waits until it answers; it replays its log first where it was killed."""
        settings = [part for item in self._settings.items() for part in ("-c", "=".join(item))]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [_program("postgres"), "-D", self._folder / "data", *settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder, **self._as,
            )  # fmt: skip
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                psycopg.connect(self._address("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > end or self._process.poll() is not None:
                    pytest.fail("PostgreSQL does not start: " + (self._folder / "log").read_text()[-2000:])
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stops it: SIGINT ends all connections in good order, SIGQUIT is a crash of the whole server."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_PATIENCE)
            self._process = None

    def new(self, template: str = "template0") -> str:
        """The address of a new database: an empty one, or a copy of another, which nobody may be using."""
        name = f"test_{next(self._numbers)}"
        source = _name(template)
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [source])
            connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(source)))
        return f"postgresql+psycopg://{_OWNER}@/{name}?host={self._folder}"

    def drop(self, url: str) -> None:
        """Lets go of a database, whoever still uses it."""
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(_name(url))))

    def _address(self, database: str) -> str:
        return f"host={self._folder} user={_OWNER} dbname={database}"


@contextmanager
def running(*, is_durable: bool = False) -> Iterator[Server]:
    """A server that runs; a durable one keeps what it has confirmed even where it is killed, and is slower."""
    # Not below pytest's own folder: that is closed to the user that the server runs as where the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="kakehashi-pg-"))
    server = None
    try:
        server = Server(folder, is_durable=is_durable)
        server.start()
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder)


def _unprivileged_user() -> str | None:
    """Whom to run it as; PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def _program(name: str) -> str:
    newest_first = sorted(_DEBIAN.glob(f"*/bin/{name}"), key=lambda p: -int(p.parts[-3]))
    found = next((str(path) for path in newest_first), None) or shutil.which(name)
    if found is None:
        pytest.fail(f"these tests need PostgreSQL ({name}); .ci/system-packages says how to install it")
    return found
