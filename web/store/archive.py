"""Every row of every table, out of one database and into another of either kind.

A backup reads and a restore writes whole tables, by name and type, whatever they mean. So these functions take
sessions and connections, know nothing of organisations or people, and record one audit row for the whole.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from web.models import CorpusState, Model
from web.models.base import utc
from web.store import schema
from web.store.audit import record

_BATCH: Final = 500
# How long a restore waits for what a running server is doing.
_LOCK_SECONDS: Final = 30


class Unfit(ValueError):
    """The rows cannot be taken as they are; the message says which."""


class Busy(RuntimeError):
    """Somebody is writing and does not end."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as an archive describes it: enough to write its values without the models of today."""

    name: str
    type: str
    is_nullable: bool
    is_key: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table as an archive describes it."""

    name: str
    columns: tuple[Column, ...]


Rows: TypeAlias = Iterable[tuple[Table, Iterable[bytes]]]


# --- values ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kind:
    """One type of values: what the models call it, and how its values become JSON and come back exactly."""

    name: str
    type: type[sa.types.TypeEngine[Any]]
    pack: Callable[[Any], Any]
    unpack: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


# The first that fits: a date and time is no date, a text of any length is a text.
_KINDS: Final = (
    _Kind("boolean", sa.Boolean, _same, _same),
    _Kind("integer", sa.Integer, _same, _same),
    _Kind("float", sa.Float, _same, _same),
    _Kind("uuid", sa.Uuid, lambda v: v.hex, uuid.UUID),
    _Kind("json", sa.JSON, _same, _same),
    _Kind("bytes", sa.LargeBinary, lambda v: base64.b64encode(v).decode("ascii"), base64.b64decode),
    # SQLite forgets the zone, PostgreSQL answers in its own.
    _Kind("datetime", sa.DateTime, lambda v: utc(v).astimezone(UTC).isoformat(), datetime.fromisoformat),
    _Kind("date", sa.Date, lambda v: v.isoformat(), date.fromisoformat),
    _Kind("text", sa.String, _same, _same),
)
_BY_NAME: Final = {kind.name: kind for kind in _KINDS}


def _kind(column: sa.Column[Any]) -> _Kind:
    return next(kind for kind in _KINDS if isinstance(column.type, kind.type))


# --- out -------------------------------------------------------------------------------------------------------------


def tables() -> tuple[Table, ...]:
    """Every table of the models, each after those it refers to."""
    return tuple(
        Table(
            table.name,
            tuple(Column(c.name, _kind(c).name, bool(c.nullable), c.primary_key) for c in table.columns),
        )
        for table in Model.metadata.sorted_tables
    )


@contextmanager
def snapshot(session: Session) -> Iterator[None]:
    """All that is read within is of one moment, however much is written meanwhile; nothing is written within."""
    # What the session read before belongs to another moment.
    session.rollback()
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    # The driver of SQLite begins no transaction for reading; told not to meddle, it takes ours.
    level = "AUTOCOMMIT" if is_sqlite else "REPEATABLE READ"
    connection = session.connection(execution_options={"isolation_level": level})
    if is_sqlite:
        connection.exec_driver_sql("BEGIN")
    try:
        yield
    finally:
        session.rollback()


def list_rows(session: Session, table: Table) -> Iterator[bytes]:
    """The rows of a table by primary key, each as a line of JSON."""
    source = Model.metadata.tables[table.name]
    packs = [_BY_NAME[column.type].pack for column in table.columns]
    query = sa.select(source).order_by(*source.primary_key.columns).execution_options(yield_per=_BATCH)
    for row in session.execute(query):
        values = [None if value is None else pack(value) for pack, value in zip(packs, row, strict=True)]
        yield json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def count_rows(session: Session) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in Model.metadata.sorted_tables
    }


# --- in --------------------------------------------------------------------------------------------------------------


def has_rows(session: Session) -> bool:
    """Whether anything would be lost by replacing the database."""
    known = sa.inspect(session.connection()).get_table_names()
    return any(
        session.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None
        for table in Model.metadata.sorted_tables
        if table.name in known
    )


def replace_all(session: Session, migration: str, rows: Rows, *, source: str) -> None:
    """Puts rows that were read at a migration in the place of all there is: all or nothing, and for good.

    A server may go on meanwhile: it sees what was there before, and then what was restored. On PostgreSQL that is one
    transaction. SQLite can change no table that others read; there a second file is made beside the first and, once it
    is right, copied over it in one transaction of the file. (Not renamed: a server would go on writing to the old one.)
    """
    session.rollback()
    if session.get_bind().dialect.name == "sqlite":
        _replace_file(session, migration, rows, source)
        return
    connection = session.connection()
    version = _corpus_version(connection)
    connection.execute(sa.text(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'"))
    try:
        _drop_all(connection)
    except OperationalError as error:
        raise Busy from error
    _fill(connection, migration, rows)
    _finish(session, version, source)
    session.commit()


def _replace_file(session: Session, migration: str, rows: Rows, source: str) -> None:
    version = _corpus_version(session.connection())
    session.rollback()
    live = session.get_bind().engine
    aside = Path(f"{live.url.database}.restoring")
    aside.unlink(missing_ok=True)
    engine = sa.create_engine(f"sqlite:///{aside}")
    try:
        with engine.begin() as connection:
            _fill(connection, migration, rows)
        with Session(engine) as new:
            _finish(new, version, source)
            new.commit()
            _check_file(new.connection())
        _copy_file(engine, live)
    finally:
        engine.dispose()
        aside.unlink(missing_ok=True)


def _copy_file(source: sa.Engine, target: sa.Engine) -> None:
    until = monotonic() + _LOCK_SECONDS

    def give_up(_status: int, remaining: int, _total: int) -> None:
        if remaining and monotonic() > until:
            raise Busy

    with closing(source.raw_connection()) as new, closing(target.raw_connection()) as old:
        # In one step, which waits for whoever is writing; in parts it would begin anew with each write of a server.
        file: Any = new.driver_connection
        file.backup(old.driver_connection, progress=give_up)


def _corpus_version(connection: sa.Connection) -> int:
    if not sa.inspect(connection).has_table(CorpusState.__tablename__):
        return 0
    return connection.scalar(sa.select(CorpusState.version)) or 0


def _drop_all(connection: sa.Connection) -> None:
    """Every table of the database, known or not: a later release may have added some."""
    found = sa.MetaData()
    found.reflect(connection)
    found.drop_all(connection)


def _fill(connection: sa.Connection, migration: str, rows: Rows) -> None:
    schema.upgrade(connection, migration)
    for table, lines in rows:
        target = sa.Table(table.name, sa.MetaData(), *(_column(c) for c in table.columns))
        # A migration may have put something in.
        connection.execute(target.delete())
        values = _read(table, lines)
        try:
            while batch := list(islice(values, _BATCH)):
                connection.execute(target.insert(), batch)
        except DBAPIError as error:
            # Later lines of PostgreSQL's message hold values.
            raise Unfit(f"{table.name}: {str(error.orig).partition(chr(10))[0]}") from error
        _set_sequence(connection, table)
    schema.upgrade(connection)


def _column(column: Column) -> sa.Column[Any]:
    kind: sa.types.TypeEngine[Any] = _BY_NAME[column.type].type()
    if column.type == "json":
        # Without a value, a column of JSON holds NULL where it may, and else the `null` of JSON.
        kind = sa.JSON(none_as_null=column.is_nullable)
    elif column.type == "datetime":
        kind = sa.DateTime(timezone=True)
    return sa.Column(column.name, kind, primary_key=column.is_key)


def _read(table: Table, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    unpacks = [(c.name, _BY_NAME[c.type].unpack) for c in table.columns]
    for line in lines:
        values = json.loads(line)
        yield {n: None if v is None else unpack(v) for (n, unpack), v in zip(unpacks, values, strict=True)}


def _set_sequence(connection: sa.Connection, table: Table) -> None:
    """Lets PostgreSQL number new rows after those that brought their numbers along; SQLite does by itself."""
    keys = [column for column in table.columns if column.is_key]
    if connection.dialect.name != "postgresql" or len(keys) != 1 or keys[0].type != "integer":
        return
    target = sa.Table(table.name, sa.MetaData(), _column(keys[0]))
    largest = connection.scalar(sa.select(sa.func.max(target.c[keys[0].name])))
    sequence = sa.func.pg_get_serial_sequence(table.name, keys[0].name)
    connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(largest, 1), largest is not None)))


def _finish(session: Session, version: int, source: str) -> None:
    """Raises the version of the corpus above both, so that every server fits its matcher again."""
    state = session.get(CorpusState, 1)
    if state is not None:
        state.version = max(state.version, version) + 1
    record(session, "kakehashi restore", "database.restore", "database", {"source": source})
    session.flush()


def _check_file(connection: sa.Connection) -> None:
    """SQLite looks at foreign keys only where it is told to, and these rows came in without."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise Unfit(f"{broken[0][0]}: a row refers to one of {broken[0][2]} that is not there")
    if connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
        raise Unfit("the restored file is damaged")
