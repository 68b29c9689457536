"""Who is asking: sessions, passwords, and the links that mails carry."""

from __future__ import annotations

import secrets
import unicodedata
import uuid
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Flask, abort, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer

from web.config import Settings
from web.extensions import db
from web.security import AccountRole, InvalidToken, Scope, is_api
from web.store import accounts, tokens
from web.store.accounts import Account
from web.store.tokens import Token

# A session ends after a night away from the desk, and after a week whatever happens.
IDLE: Final = timedelta(hours=8)
ABSOLUTE: Final = timedelta(days=7)
LEAST_PASSWORD: Final = 12
# Long enough for any phrase, short enough that hashing it costs nothing more.
MOST_PASSWORD: Final = 200

_hasher = PasswordHasher()


class Purpose(StrEnum):
    """What a mailed link is for; one made for one purpose serves no other."""

    VERIFY = "verify"
    RESET = "reset"
    JOIN = "join"


_LIFETIMES: Final = {
    Purpose.VERIFY: timedelta(days=2),
    Purpose.RESET: timedelta(hours=1),
    Purpose.JOIN: timedelta(days=7),
}


def init_app(app: Flask, settings: Settings) -> None:
    """Sets up sessions in a signed cookie, and gives templates the ``user``."""
    app.config.update(
        # Commands that serve nothing sign nothing that lasts.
        SECRET_KEY=settings.secret_key.get_secret_value() or secrets.token_urlsafe(48),
        # With this prefix browsers take the cookie over TLS only, and from this very host.
        SESSION_COOKIE_NAME="__Host-kakehashi" if settings.is_https else "kakehashi",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=IDLE,
        # A form stays good as long as its session.
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = _Sessions()
    app.context_processor(lambda: {"user": current_user(), "has_oidc": settings.has_oidc})


# --- sessions ---------------------------------------------------------------------------------------------------------


def current_user() -> Account | None:
    """Who is signed in; for the API, whose token was sent."""
    if "user" not in g:
        # Nobody, should the database fail: the page that says so asks once more.
        g.user = None
        g.user = _user_of_token() if is_api() else _user_of_session()
    user: Account | None = g.user
    return user


def require_user() -> Account:
    """Who is signed in; 403 where nobody is, though the table of policies lets no such request through."""
    return current_user() or abort(403)


def current_role() -> AccountRole | None:
    """The role of who is signed in."""
    user = current_user()
    return user.role if user else None


def sign_in(account: Account) -> None:
    """Starts a new session; nothing of the one before remains."""
    session.clear()
    session.permanent = True
    session["user"] = account.id.hex
    session["stamp"] = account.stamp
    session["since"] = int(datetime.now(UTC).timestamp())
    g.user = account


def sign_out() -> None:
    """Ends the session of this browser."""
    session.clear()
    g.user = None


def _user_of_session() -> Account | None:
    key = session.get("user")
    if key is None:
        return None
    account = accounts.find_account(db.session, uuid.UUID(hex=key))
    age = datetime.now(UTC) - datetime.fromtimestamp(session.get("since", 0), UTC)
    if account is None or age > ABSOLUTE or not secrets.compare_digest(account.stamp, session.get("stamp", "")):
        session.clear()
        return None
    return account


class _Sessions(SecureCookieSessionInterface):
    """Sessions of people. A call of the API neither reads one nor makes it last longer.

    Nor does a file: a browser may fetch an icon so late that its answer would bring back a session that has ended.
    """

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        return not is_api() and request.endpoint != "static" and super().should_set_cookie(app, session)


# --- tokens -----------------------------------------------------------------------------------------------------------


def current_token() -> Token | None:
    """The token of this request; :class:`InvalidToken` where one was sent that does not work."""
    if "token" not in g:
        g.token = _token_of_header()
    token: Token | None = g.token
    return token


def current_scopes() -> frozenset[Scope] | None:
    """What the token of this request may be used for; None without one."""
    token = current_token()
    return token.scopes if token else None


def _token_of_header() -> Token | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _blank, secret = header.partition(" ")
    found = tokens.find_token(db.session, secret.strip()) if scheme.casefold() == "bearer" else None
    if found is None:
        raise InvalidToken
    return found


def _user_of_token() -> Account | None:
    token = current_token()
    return accounts.find_account(db.session, token.owner_id) if token else None


# --- passwords --------------------------------------------------------------------------------------------------------


def hash_password(password: str) -> str:
    """The argon2id hash of a password."""
    return _hasher.hash(_normal(password))


def authenticate(email: str, password: str) -> Account | None:
    """Whoever has this address and this password. An unknown address takes as long as a wrong password."""
    found = accounts.find_credentials(db.session, email)
    known = found.password_hash if found else None
    try:
        _hasher.verify(known or _nobodys_hash(), _normal(password))
    except (VerificationError, InvalidHashError):
        return None
    if found is None or known is None:
        return None
    if _hasher.check_needs_rehash(known):
        accounts.save_rehashed_password(db.session, found.account.id, hash_password(password))
    return found.account


def _normal(password: str) -> str:
    # The same password typed with another input method, in full width for instance, stays the same.
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))


# --- links in mails ---------------------------------------------------------------------------------------------------


def make_token(purpose: Purpose, account: Account, **more: str) -> str:
    """What a mailed link carries: signed, for one purpose, and good as long as the person's stamp stands."""
    return _serializer(purpose).dumps({"account": account.id.hex, "stamp": account.stamp} | more)


def read_token(purpose: Purpose, token: str) -> tuple[Account, dict[str, str], datetime] | None:
    """Whose link it is, what else it says and when it was made; None where it is not ours, used up or too old."""
    try:
        content, made_at = _serializer(purpose).loads(
            token, max_age=int(_LIFETIMES[purpose].total_seconds()), return_timestamp=True
        )
    except BadSignature:
        return None
    account = accounts.find_account(db.session, uuid.UUID(hex=content["account"]))
    if account is None or not secrets.compare_digest(account.stamp, content["stamp"]):
        return None
    return account, content, made_at


def _serializer(purpose: Purpose) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=f"kakehashi.{purpose}")
