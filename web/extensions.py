"""Flask extensions, bound to an application in ``create_app``."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_sqlalchemy_lite import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import event


def visitor() -> str:
    """Where a request comes from: what limits count by. One visitor has all addresses of an IPv6 network of /64."""
    address = get_remote_address()
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(IPv6Address(int(known) >> 64 << 64)) if known.version == 6 else address


db = SQLAlchemy()
babel = Babel()
csrf = CSRFProtect()
# Counted in memory: each process for itself, from nothing after a restart (docs/deploy.md).
limiter = Limiter(visitor, storage_uri="memory://", strategy="moving-window")


def init_database(app: Flask, url: str, *, connections: int) -> None:
    """Binds the database, with as many connections kept open as work is done at the same time.

    SQLite is told to keep foreign keys, and to let readers go on while one writes; PostgreSQL which time zone we mean.
    """
    app.config["SQLALCHEMY_ENGINES"] = {
        "default": {
            "url": url,
            # Errors of the database end up in the log: without the values, which may be a mailed link or a note.
            "hide_parameters": True,
            # A server that was restarted costs a connection and not a page.
            "pool_pre_ping": True,
            "pool_size": connections,
        }
    }
    db.init_app(app)
    with app.app_context():
        is_sqlite = db.engine.dialect.name == "sqlite"
        event.listen(db.engine, "connect", _prepare_sqlite if is_sqlite else _prepare_postgresql)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA busy_timeout = 5000")
    # What was confirmed outlives a power cut too. With NORMAL only a killed process loses nothing.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _prepare_postgresql(connection: Any, _record: object) -> None:
    connection.execute("SET TIME ZONE 'UTC'")
    # As long as SQLite waits for whoever writes.
    connection.execute("SET lock_timeout = '5s'")
    connection.commit()
