"""How often the API may be asked, and what its answers say about that and about keeping them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

from flask import Blueprint, Response, request

from web import problems
from web.auth import current_token
from web.extensions import db, limiter, visitor
from web.security import POLICIES, Policy
from web.store import tokens

# Requests a minute.
PER_TOKEN: Final = 300
PER_ADDRESS: Final = 60


def guard(bp: Blueprint) -> None:
    """Puts one limit over all operations, and headers on all answers."""
    limiter.shared_limit(_most, "api", key_func=caller)(bp)
    for error in problems.ANSWERED:
        bp.register_error_handler(error, problems.answer)
    bp.after_request(_note_use)
    bp.after_request(_add_headers)


def _most() -> str:
    return f"{PER_TOKEN if current_token() else PER_ADDRESS} per minute"


def caller() -> str:
    """Whose requests are counted together: those of a token, or of an address."""
    token = current_token()
    return f"token {token.id}" if token else visitor()


def _note_use(response: Response) -> Response:
    """Writes down the day on which a token was used last: once a day, in a transaction of its own, reading or not.

    That is the one thing a GET writes. It is about the token, of which its owner has to see whether it is in use.
    """
    token = current_token() if response.status_code < 400 else None
    if token is not None and token.last_used_on != datetime.now(UTC).date():
        tokens.save_used(db.session, token_id=token.id)
        db.session.commit()
    return response


def _add_headers(response: Response) -> Response:
    response.vary.add("Authorization")
    is_public = POLICIES.get(request.endpoint or "") is Policy.PUBLIC
    # Anybody may keep what everybody sees, and asks whether it still holds; nobody keeps what a token shows.
    response.headers.setdefault("Cache-Control", "no-cache" if is_public else "private, no-store")
    limit = limiter.current_limit
    if limit is not None:
        reset = max(int(limit.reset_at - time.time()), 0)
        response.headers["RateLimit-Limit"] = str(limit.limit.amount)
        response.headers["RateLimit-Remaining"] = str(max(limit.remaining, 0))
        response.headers["RateLimit-Reset"] = str(reset)
        if response.status_code == 429:
            response.headers["Retry-After"] = str(max(reset, 1))
    return response
