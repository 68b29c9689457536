"""What all tables share: constraint names for migrations, keys and times."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from sqlalchemy import DateTime, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(DeclarativeBase):
    """Base of all tables, with predictable constraint names for migrations."""

    metadata = MetaData(naming_convention=NAMING)


def now() -> datetime:
    """The current time, UTC."""
    return datetime.now(UTC)


def utc(value: datetime) -> datetime:
    """A stored time with its zone, which SQLite forgets."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


class Keyed:
    """A random key, which says nothing about how many rows there are, and the time the row was made."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4, sort_order=-2)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, sort_order=-1)
