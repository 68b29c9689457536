"""Which migration the database is at, and which one this release wants. Numbers are sequential, so they compare."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session


class LaterRelease(RuntimeError):
    """The database was migrated by a later release. This one can serve it, but not migrate it."""


def is_reachable(session: Session) -> bool:
    """Whether the database answers at all."""
    try:
        session.execute(text("SELECT 1"))
    except DBAPIError:
        return False
    return True


def find_migration(session: Session) -> str:
    """The number of the migration that the database is at; empty where it has no tables yet."""
    try:
        found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    except (OperationalError, ProgrammingError):
        session.rollback()
        return ""
    return found or ""


@cache
def latest() -> str:
    """The number of the newest migration that this release knows."""
    with _config() as config:
        return ScriptDirectory.from_config(config).get_current_head() or ""


def upgrade(target: str | Connection, migration: str = "head") -> None:
    """Migrates a database, by its address or over a connection that the caller commits."""
    with _config() as config:
        config.attributes["connection" if isinstance(target, Connection) else "database_url"] = target
        try:
            command.upgrade(config, migration)
        except CommandError as error:
            raise LaterRelease from error


@contextmanager
def _config() -> Iterator[Config]:
    with as_file(files("web.migrations")) as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        yield config
