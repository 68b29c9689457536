"""The permission matrix: every route for every role, from the table of policies, and what holds for all of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.routing import Rule

from web.extensions import db
from web.security import HEADERS, POLICIES, AccountRole, Policy
from web.store.accounts import Account

MakeUser = Callable[..., Account]
SignIn = Callable[[FlaskClient, Account], FlaskClient]

ROLES = [None, *AccountRole]
# Something for each part of an address. What it names need not exist: the policy comes first.
_PARTS: dict[str, Any] = {"lang": "en", "filename": "kakehashi.css", "seeker_id": "kinova", "partner_id": "rapidus"}
_WRITES = {"POST", "PUT", "PATCH", "DELETE"}


def routes(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Each rule with each of its methods and an address."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            parts = {name: _part(rule, name) for name in rule.arguments}
            address = app.url_map.bind("localhost").build(rule.endpoint, parts, append_unknown=False)
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, address


def _part(rule: Rule, name: str) -> Any:
    if name in _PARTS:
        return _PARTS[name]
    converter = type(rule._converters[name]).__name__
    if converter == "AnyConverter":
        return min(vars(rule._converters[name])["items"])
    return {"UUIDConverter": uuid.UUID(int=1), "IntegerConverter": 1}.get(converter, "kinova")


def admits(policy: Policy, role: AccountRole | None) -> bool:
    """The table once more, written down independently."""
    if role is AccountRole.ADMINISTRATOR or policy is Policy.PUBLIC:
        return True
    return role is not None and policy.value in {"signed_in", role.value}


def test_every_endpoint_has_a_policy_and_every_policy_an_endpoint(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(POLICIES)


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_every_route_for_every_role(app: Flask, make_user: MakeUser, sign_in: SignIn, role: AccountRole | None) -> None:
    user = make_user(role=role) if role else None
    wrong = []
    for rule, method, address in routes(app):
        # A new client for each: some routes sign out.
        client = sign_in(app.test_client(), user) if user else app.test_client()
        response = client.open(address, method=method, buffered=True)
        is_sent_to_sign_in = response.status_code == 303 and response.headers["Location"].startswith("/en/sign-in")
        is_refused = is_sent_to_sign_in if role is None else response.status_code == 403
        if is_refused == admits(POLICIES[rule.endpoint], role) or response.status_code in {401, 405, 500}:
            wrong.append(f"{method} {address}: {response.status_code}")
        assert all(response.headers[name] for name in HEADERS)
    assert wrong == []


def test_roles_see_each_other_alike_where_nothing_exists(app: Flask, make_user: MakeUser, sign_in: SignIn) -> None:
    """An id that is nobody's: 404 for whoever may call the view at all."""
    officer = make_user()
    for rule, method, address in routes(app):
        if POLICIES[rule.endpoint] is Policy.OFFICER and f"{uuid.UUID(int=1)}" in address:
            response = sign_in(app.test_client(), officer).open(address, method=method, buffered=True)
            assert response.status_code in {400, 404}, f"{method} {address}: {response.status_code}"


def test_nothing_is_committed_by_get(app: Flask, make_user: MakeUser, sign_in: SignIn) -> None:
    user = make_user(role="administrator")
    committed: list[str] = []
    with app.app_context():
        engine = db.engine
    address = ""

    def note(_connection: object) -> None:
        committed.append(address)

    event.listen(engine, "commit", note)
    try:
        for _rule, method, address in routes(app):
            if method == "GET":
                sign_in(app.test_client(), user).get(address, buffered=True)
    finally:
        event.remove(engine, "commit", note)
    assert committed == []


def test_only_views_that_take_post_commit(app: Flask) -> None:
    committing = {name for name, view in app.view_functions.items() if _commits(view)}
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert committing and committing <= posts


def _commits(view: Any) -> bool:
    while view is not None:
        if getattr(view, "commits", False):
            return True
        view = getattr(view, "__wrapped__", None)
    return False


def test_no_route_writes_by_another_method_than_post(app: Flask) -> None:
    assert not [rule for rule, method, _ in routes(app) if method in _WRITES - {"POST"}]


def test_every_post_needs_the_token(guarded_app: Flask, make_user: MakeUser, sign_in: SignIn) -> None:
    user = make_user(role="administrator")
    for _rule, method, address in routes(guarded_app):
        if method in _WRITES:
            response = sign_in(guarded_app.test_client(), user).open(
                address, method=method, data={"name": "x"}, buffered=True
            )
            assert response.status_code == 400, address
            assert "This form has expired" in response.text, address


def test_every_form_that_posts_carries_the_token(guarded_app: Flask, make_user: MakeUser, sign_in: SignIn) -> None:
    user = make_user(role="administrator")
    for _rule, method, address in routes(guarded_app):
        if method == "GET":
            page = sign_in(guarded_app.test_client(), user).get(address, buffered=True).get_data(as_text=True)
            for form in page.split("<form")[1:]:
                if 'method="post"' in form.split(">")[0]:
                    assert 'name="csrf_token"' in form.split("</form>")[0], address


def test_unknown_endpoint_is_closed_even_for_administrators(
    app: Flask, make_user: MakeUser, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(POLICIES, "home.about")
    response = sign_in(app.test_client(), make_user(role="administrator")).get("/en/about")
    assert response.status_code == 403
