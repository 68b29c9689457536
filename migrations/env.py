"""Alembic's entry point: runs migrations on the database of the current settings."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine

from web.config import Settings
from web.models import Model


def run() -> None:
    """Opens the database that the settings name, or the one that the caller passed, and migrates it in one go."""
    url = context.config.attributes.get("database_url") or Settings().database()
    engine = create_engine(url)
    with engine.connect() as connection:
        # SQLite cannot alter a table in place: batch mode copies it.
        context.configure(connection=connection, target_metadata=Model.metadata, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
