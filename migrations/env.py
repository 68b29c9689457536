"""Alembic's entry point: runs migrations on the database of the current settings."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine, text

from web.config import Settings
from web.models import Model
from web.store import UnfitDatabase


def run() -> None:
    """Migrates over the caller's connection, or on the database that the caller or the settings name, in one go."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        migrate(connection)
        return
    url = context.config.attributes.get("database_url") or Settings().database()
    engine = create_engine(url)
    with engine.connect() as connection:
        check_order(connection)
        migrate(connection)
    engine.dispose()


def migrate(connection: Connection) -> None:
    """Runs the migrations; on a connection within a transaction the caller commits."""
    # SQLite cannot alter a table in place: batch mode copies it.
    context.configure(connection=connection, target_metadata=Model.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


def check_order(connection: Connection) -> None:
    """Refuses a database that sorts by the rules of a language: lists would come in another order than on SQLite."""
    if connection.dialect.name == "postgresql" and not connection.scalar(text("SELECT 'Z' < 'a' AND 'a-c' < 'ab'")):
        raise UnfitDatabase(
            "the database must sort by code point; make it with: createdb --locale=C --encoding=UTF8 "
            "--template=template0 NAME"
        )
    connection.rollback()


run()
