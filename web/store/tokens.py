"""Tokens of the API: what a program shows to act for a person.

A token is good until its last day, and as long as its owner's stamp stands: a new password, signing out everywhere, and
an account that is deactivated or deleted end it at once.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Row, Select, func, select
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from web.models import ApiToken, User
from web.models.base import now, utc
from web.security import Scope
from web.store.accounts import Account, TooMany
from web.store.audit import record
from web.store.corpus import DatabaseNotReady

# What secret scanners know ours by. The rest is 256 random bits, so one round of SHA-256 keeps it as safe as any.
PREFIX: Final = "kkh_"
# How many tokens one person can have.
MOST_TOKENS: Final = 50


class UnknownToken(LookupError):
    """There is no such token, or it is somebody else's, which must look alike."""


class TokenState(StrEnum):
    """Whether a token works."""

    GOOD = "good"
    EXPIRED = "expired"
    # The owner has a new password, signed out everywhere or was deactivated.
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret, which nobody can read again."""

    id: uuid.UUID
    owner_id: uuid.UUID
    owner_email: str
    name: str
    scopes: frozenset[Scope]
    state: TokenState
    created_at: datetime
    expires_on: date
    last_used_on: date | None


def save_new_token(
    session: Session, account: Account, *, name: str, scopes: Collection[Scope], expires_on: date
) -> tuple[Token, str]:
    """Makes a token, and returns it with its secret; :class:`TooMany` where there are :data:`MOST_TOKENS`."""
    own = select(func.count()).where(ApiToken.user_id == account.id)
    if session.scalars(own).one() >= MOST_TOKENS:
        raise TooMany
    secret = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        user_id=account.id, name=name, digest=_digest(secret), scopes=" ".join(sorted(scopes)), stamp=account.stamp,
        expires_on=expires_on,
    )  # fmt: skip
    session.add(row)
    session.flush()
    detail = {"token": str(row.id), "scopes": row.scopes, "expires_on": expires_on.isoformat()}
    record(session, str(account.id), "token.create", str(account.id), detail)
    return get_token(session, account, token_id=row.id), secret


def find_token(session: Session, secret: str) -> Token | None:
    """The token that a program shows; None where it is none, or does not work any more."""
    try:
        found = session.execute(_tokens().where(ApiToken.digest == _digest(secret), User.is_active)).first()
    except (OperationalError, ProgrammingError) as error:
        raise DatabaseNotReady(str(error.orig)) from error
    token = _token(found) if found else None
    return token if token and token.state is TokenState.GOOD else None


def get_token(session: Session, account: Account, *, token_id: uuid.UUID) -> Token:
    """One's own token; raises :class:`UnknownToken`."""
    found = session.execute(_tokens().where(ApiToken.id == token_id, ApiToken.user_id == account.id)).first()
    if found is None:
        raise UnknownToken(str(token_id))
    return _token(found)


def list_tokens(session: Session, account: Account | None = None) -> tuple[Token, ...]:
    """All tokens of a person, or of everybody, the newest first."""
    query = _tokens().order_by(ApiToken.created_at.desc(), ApiToken.id)
    if account is not None:
        query = query.where(ApiToken.user_id == account.id)
    return tuple(map(_token, session.execute(query)))


def save_used(session: Session, *, token_id: uuid.UUID) -> None:
    """Writes down that a token was used today. Not worth an audit row: it changes nothing that anybody decided."""
    row = session.get(ApiToken, token_id)
    if row is not None:
        row.last_used_on = now().date()


def delete_token(session: Session, *, token_id: uuid.UUID, actor: str) -> Token:
    """Revokes a token for good; raises :class:`UnknownToken`. Whose it may be is for the caller to know."""
    found = session.execute(_tokens().where(ApiToken.id == token_id)).first()
    if found is None:
        raise UnknownToken(str(token_id))
    token = _token(found)
    session.delete(found[0])
    record(session, actor, "token.revoke", str(token.owner_id), {"token": str(token_id)})
    session.flush()
    return token


def _tokens() -> Select[ApiToken, User]:
    return select(ApiToken, User).join(User, User.id == ApiToken.user_id)


def _token(found: Row[ApiToken, User]) -> Token:
    row, owner = found
    state = TokenState.EXPIRED if row.expires_on < now().date() else TokenState.GOOD
    # No secret to compare in constant time: both are ours, and neither comes from the request.
    if row.stamp != owner.stamp:
        state = TokenState.ENDED
    known = {scope.value: scope for scope in Scope}
    return Token(
        id=row.id, owner_id=owner.id, owner_email=owner.email, name=row.name,
        # A scope that a later release knew, and this one does not, allows nothing.
        scopes=frozenset(known[s] for s in row.scopes.split() if s in known), state=state,
        created_at=utc(row.created_at), expires_on=row.expires_on, last_used_on=row.last_used_on,
    )  # fmt: skip


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
