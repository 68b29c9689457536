"""On which database the tests run: ``pytest --database postgresql``, or on SQLite where nothing is said.

Every instance folder has a database of its own. On SQLite that is a file in it; on PostgreSQL it is made when the
settings are first asked for it, so that a test reads the same for both.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import event
from sqlalchemy.pool import Pool

from tests import postgres
from web.config import Settings

# The same examples in every run: a test fails for whoever breaks it, not for whoever comes next. Nothing counts
# seconds, since a shared machine is slow at times.
settings.register_profile(
    "kakehashi", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None
)
settings.load_profile("kakehashi")


class Databases(Protocol):
    """The databases of instance folders."""

    def copy(self, source: Path, target: Path) -> None:
        """Gives a folder the database of another as it stands."""

    def drop_those_since(self, number: int) -> None:
        """Lets go of all but the first so many."""

    def __len__(self) -> int: ...


class Files:
    """Files of SQLite; they go with pytest's folders."""

    def copy(self, source: Path, target: Path) -> None:
        """Also of a database in use, whatever is still in its journal."""
        target.mkdir(parents=True, exist_ok=True)
        with (
            closing(sqlite3.connect(source / "kakehashi.db")) as found,
            closing(sqlite3.connect(target / "kakehashi.db")) as copy,
        ):
            found.backup(copy)

    def drop_those_since(self, number: int) -> None:
        pass

    def __len__(self) -> int:
        return 0


class Served:
    """Databases of a PostgreSQL server."""

    def __init__(self, server: postgres.Server) -> None:
        self._server = server
        self._urls: dict[Path, str] = {}

    def of(self, folder: Path) -> str:
        """The address of a folder's database, which is empty at first."""
        return self._urls.get(folder.resolve()) or self._urls.setdefault(folder.resolve(), self._server.new())

    def copy(self, source: Path, target: Path) -> None:
        self._urls[target.resolve()] = self._server.new(self.of(source))

    def drop_those_since(self, number: int) -> None:
        for folder in list(self._urls)[number:]:
            self._server.drop(self._urls.pop(folder))

    def __len__(self) -> int:
        return len(self._urls)


class Connections:
    """Connections to PostgreSQL that pools have opened; the driver complains of those that nobody closes."""

    def __init__(self) -> None:
        self._open: list[tuple[weakref.ref[Any], psycopg.Connection[Any]]] = []

    def watch(self, connection: Any, record: Any) -> None:
        """Notes one."""
        if isinstance(connection, psycopg.Connection):
            self._open.append((weakref.ref(record), connection))

    def close(self, *, whoever_uses_them: bool = False) -> None:
        """Closes those whose application has gone, or all."""
        noted, self._open = self._open, []
        for record, connection in noted:
            if whoever_uses_them or record() is None:
                connection.close()
            else:
                self._open.append((record, connection))


def _wait_for_no_disk(connection: Any, *_: object) -> None:
    """No test outlives a power cut, on SQLite as little as on the tests' PostgreSQL."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF").close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=["sqlite", "postgresql"], default="sqlite", help="what the tests run on (default: sqlite)"
    )


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    """A PostgreSQL server, whatever the tests run on otherwise."""
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def is_postgresql(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--database") == "postgresql")


@pytest.fixture(scope="session", autouse=True)
def connections() -> Iterator[Connections]:
    noted = Connections()
    event.listen(Pool, "connect", noted.watch)
    event.listen(Pool, "checkout", _wait_for_no_disk)
    yield noted
    event.remove(Pool, "checkout", _wait_for_no_disk)
    event.remove(Pool, "connect", noted.watch)
    noted.close(whoever_uses_them=True)


@pytest.fixture(scope="session", autouse=True)
def databases(request: pytest.FixtureRequest, is_postgresql: bool) -> Iterator[Databases]:  # noqa: FBT001 - a fixture
    """Where every instance folder has its database."""
    if not is_postgresql:
        yield Files()
        return
    served = Served(request.getfixturevalue("postgresql"))
    named = Settings.database

    def database(settings: Settings) -> str:
        return named(settings) if settings.database_url else served.of(settings.instance_folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Settings, "database", database)
        yield served


@pytest.fixture(autouse=True)
def _leave_no_database(databases: Databases, connections: Connections) -> Iterator[None]:
    """What one test made goes with it; fixtures that live longer are made before."""
    before = len(databases)
    yield
    databases.drop_those_since(before)
    connections.close()
