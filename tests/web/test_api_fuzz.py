"""schemathesis over the description of the API, against the application itself, with a token and without.

Every check that it has: no 5xx; statuses, types, headers and bodies as described; what the description allows is taken
and what it forbids is refused; other methods get 405; nothing opens without its token. The seed is fixed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from flask import Flask
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.transport.wsgi import WSGITransport

from web.extensions import db, limiter
from web.security import AccountRole, Scope
from web.store import accounts, tokens
from web.store.accounts import Account

# What a description cannot say: which ids exist (422 names the field), whether a document is complete, and which
# version is current (412, 428).
_ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409"]
_LESS_STRICT = {
    "POST /api/v1/shortlists": ["422"],
    "PATCH /api/v1/shortlists/{shortlist_id}/items/{item_id}": ["412", "422", "428"],
    "DELETE /api/v1/shortlists/{shortlist_id}": ["412"],
    "DELETE /api/v1/shortlists/{shortlist_id}/items/{item_id}": ["412"],
    "PUT /api/v1/submission": ["412", "428"],
    "POST /api/v1/submission/submit": ["412", "422", "428"],
}
# A change without If-Match gets 428 (RFC 6585), which schemathesis does not think of.
_WITHOUT_HEADER = {"missing_required_header": {"expected-statuses": ["401", "403", "422", "428"]}}


@pytest.fixture
def served(own_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application on a copy of the database, answering as often as it is asked."""
    send = WSGITransport.send

    def send_in_process(self: Any, case: Any, **options: Any) -> Any:
        # Of a connection that there is none of; the check for ignored tokens hands it on, and WSGI does not take it.
        kept = {n: v for n, v in options.items() if n not in {"max_redirects", "verify", "cert", "proxies"}}
        return send(self, case, **kept)

    monkeypatch.setattr(WSGITransport, "send", send_in_process)
    monkeypatch.setattr(limiter, "enabled", False)
    return own_app()


@pytest.fixture
def officer(served: Flask) -> Account:
    with served.app_context():
        made = accounts.save_new_account(
            db.session, email="fuzz@example.com", name="Fuzz", role=AccountRole.OFFICER, lang="en", password_hash=None,
            is_verified=True,
        )  # fmt: skip
        db.session.commit()
    return made


def run(app: Flask, **settings: Any) -> tuple[int, list[str]]:
    """How many requests were made, and everything that is wrong."""
    strict = [
        {"include-name": name, "checks": {"positive_data_acceptance": {"expected-statuses": [*_ACCEPTED, *more]}}}
        for name, more in _LESS_STRICT.items()
    ]
    fixed = {"seed": 6, "generation": {"max-examples": 3, "deterministic": True, "database": "none"}}
    config = SchemathesisConfig.from_dict(fixed | {"operations": strict, "checks": _WITHOUT_HEADER} | settings)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=config)
    count, wrong = 0, []
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            wrong.append(f"{event.label}: {event.value}")
        elif isinstance(event, events.FatalError):
            raise event.exception
        elif isinstance(event, events.ScenarioFinished):
            count += len(event.recorder.cases)
            failed = [c.failure_info for of in event.recorder.checks.values() for c in of if c.failure_info]
            wrong += [f"{event.label}: {f.failure}\n{f.code_sample}" for f in failed]
    return count, wrong


def test_without_a_token(served: Flask) -> None:
    # The phase of all the edges of every parameter is the other test's; here is what a stranger meets.
    count, wrong = run(served, phases={"coverage": {"enabled": False}, "stateful": {"enabled": False}})
    assert count > 100
    assert not wrong, "\n\n".join(wrong[:5])


def test_with_a_token_of_every_scope(served: Flask, officer: Account) -> None:
    today = datetime.now(UTC).date()
    with served.app_context():
        _token, secret = tokens.save_new_token(
            db.session, officer, name="fuzz", scopes=frozenset(Scope), expires_on=today
        )
        db.session.commit()
    count, wrong = run(served, auth={"openapi": {"token": {"bearer": secret}}}, phases={"stateful": {"max-steps": 4}})
    assert count > 2000
    assert not wrong, "\n\n".join(wrong[:5])
