"""Finding people among many: by name or address, by role, by whether they may sign in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from matcher.text import fold
from web.models import User
from web.security import AccountRole

# What stands for the address of somebody who has left; no such address can be signed up with.
GONE: Final = "@deleted.invalid"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to find: words of a name or an address, a role, and whether they may sign in; None asks for any."""

    text: str = ""
    role: AccountRole | None = None
    is_active: bool | None = None


def find_ids(session: Session, wanted: Wanted) -> tuple[uuid.UUID, ...]:
    """Everybody who has not left and is as wanted, by address; case, accents and width are one.

    Names are compared here and not in the database: what is one letter to a reader is not one to SQLite.
    """
    query = select(User.id, User.name, User.email).where(User.email.not_like(f"%{GONE}"), *_conditions(wanted))
    words = fold(wanted.text).split()
    return tuple(
        account_id
        for account_id, name, email in session.execute(query.order_by(User.email))
        if all(word in f"{fold(name)} {fold(email)} {account_id}" for word in words)
    )


def list_names(session: Session, account_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """What people are called; empty for those who have left."""
    rows = session.execute(select(User.id, User.name).where(User.id.in_(set(account_ids))))
    return {account_id: name for account_id, name in rows}  # noqa: C416 - a result of rows is no mapping


def _conditions(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    if wanted.role is not None:
        yield User.role == wanted.role.value
    if wanted.is_active is not None:
        yield User.is_active.is_(wanted.is_active)


def list_actor_names(session: Session, actors: Iterable[str]) -> Mapping[str, str]:
    """What those actors are called that are people: the ids in an audit log, beside the names of commands."""
    ids = {found: actor for actor in actors if (found := _uuid(actor)) is not None}
    return {ids[account_id]: name for account_id, name in list_names(session, ids).items()}


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
