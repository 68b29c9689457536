"""The permission matrix: every route for every role, from the table of policies, and what holds for all of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select
from werkzeug.routing import Rule

from matcher.match import Relation
from matcher.profile import LANGUAGES
from web import alerts
from web.extensions import db, limiter
from web.matching import Board
from web.models import Model
from web.security import HEADERS, POLICIES, AccountRole, Policy, TeamRight
from web.store import accounts, desk, judgements, searches
from web.store.accounts import Account
from web.store.desk import Status
from web.store.judgements import Reason, Verdict
from web.store.searches import Frequency, SavedSearch
from web.store.snapshots import Snapshot

MakeUser = Callable[..., Account]
MakeTeam = Callable[..., uuid.UUID]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
KeepSearch = Callable[..., SavedSearch]

ROLES = [None, *AccountRole]
# Something for each part of an address. What it names need not exist: the policy comes first.
_PARTS: dict[str, Any] = {"lang": "en", "filename": "kakehashi.css", "seeker_id": "kinova", "partner_id": "rapidus"}
_WRITES = {"POST", "PUT", "PATCH", "DELETE"}


def routes(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Each rule with each of its methods and an address; those of the API go by tokens (test_tokens.py)."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.endpoint.startswith("api."):
                continue
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
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if _WRITES & (rule.methods or set())}
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


def test_only_pages_make_a_session_last(app: Flask, make_user: MakeUser, sign_in: SignIn) -> None:
    """A file that arrives after the answer to "sign out" would otherwise sign its reader in again."""
    client = sign_in(app.test_client(), make_user())
    assert "Set-Cookie" in client.get("/en/about").headers
    with client.get("/static/favicon.svg") as icon:
        assert icon.status_code == 200 and "Set-Cookie" not in icon.headers


def test_unknown_endpoint_is_closed_even_for_administrators(
    app: Flask, make_user: MakeUser, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(POLICIES, "home.about")
    response = sign_in(app.test_client(), make_user(role="administrator")).get("/en/about")
    assert response.status_code == 403


# --- single objects ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Desk:
    """One of everything that has an owner, in a team of two."""

    owner: Account
    ids: dict[str, str]

    def address(self, rule: Rule) -> str:
        """The rule for this desk; empty where it is about something else."""
        if not rule.arguments & self.ids.keys() or rule.endpoint.startswith(("people.", "api.")):
            return ""
        parts = {name: self.ids.get(name) or _part(rule, name) for name in rule.arguments}
        built = rule.build(parts, append_unknown=False)
        assert built
        return built[1]

    def forms(self) -> dict[str, str]:
        """What makes every form valid, and names the objects wherever a form can."""
        return {
            "title": "Mine now", "was": "Secret", "version": "1", "team": self.ids["team_id"], "archived": "1",
            "shortlist": self.ids["shortlist_id"], "seeker": "rapidus", "partner": "tenstorrent", "status": "parked",
            "order": self.ids["item_id"], "item": self.ids["item_id"], "assignee": str(self.owner.id),
            "name": "Mine now", "email": self.owner.email, "right": "view", "profile": "cyberdyne",
            "frequency": "off", "lang": "ja",
        }  # fmt: skip


@pytest.fixture
def make_desk(
    app: Flask, board: Board, make_user: MakeUser, make_team: MakeTeam, keep_search: KeepSearch
) -> Callable[[], Desk]:
    def make() -> Desk:
        owner = make_user()
        team = make_team("Secret", manager=owner)
        member, search = make_user(team=team), keep_search(owner, title="Secret")
        why = board.pair("kinova", "cyberdyne")
        snapshot = Snapshot.of(why, *board.parties(why), why.match.relation)
        with app.app_context():
            kept = desk.save_shortlist(db.session, owner, title="Secret", team_id=team)
            item = desk.save_new_item(
                db.session, owner, shortlist_id=kept, snapshot=snapshot, corpus_id="x", matcher_version="1"
            )
            said = judgements.save_judgement(
                db.session, owner, seeker=board.corpus.profiles["kinova"], partner=board.corpus.profiles["cyberdyne"],
                verdict=Verdict(is_relevant=False, reason=Reason.NO_FIT, note="Secret", is_hidden=True),
                corpus_version=board.version, snapshot_id="x",
            )  # fmt: skip
            db.session.commit()
        ids = {
            "judgement_id": said,
            "shortlist_id": kept,
            "item_id": item.item_id,
            "team_id": team,
            "member_id": member.id,
        }
        return Desk(owner, {name: str(i) for name, i in (ids | {"search_id": search.id}).items()})

    return make


def everything(app: Flask) -> dict[str, list[Any]]:
    """All that people keep, row by row."""
    with app.app_context():
        corpus = {"entry", "revision", "vector"}
        tables = [t for t in Model.metadata.sorted_tables if t.name not in {"audit_event", *corpus}]
        return {t.name: sorted(map(repr, db.session.execute(select(t)))) for t in tables}


def test_ids_of_another_team_open_and_change_nothing(
    app: Flask, make_user: MakeUser, make_desk: Callable[[], Desk], sign_in: SignIn
) -> None:
    theirs, mine = make_desk(), make_desk()
    strangers = [mine.owner, make_user(role="administrator")]
    before, tried = everything(app), set()
    for rule in app.url_map.iter_rules():
        address = theirs.address(rule)
        for method in {"GET", "POST"} & (rule.methods or set()) if address else ():
            tried.add(f"{method} {rule.endpoint}")
            for stranger in strangers:
                client = sign_in(app.test_client(), stranger)
                sent = theirs.forms() if method == "POST" else {}
                answer = client.open(address, method=method, data=sent, query_string={"format": "json"}, buffered=True)
                assert answer.status_code == 404, f"{method} {address}"
                assert "Secret" not in answer.text and theirs.owner.email not in answer.text
    assert len(tried) >= 25 and "POST searches.trim" in tried and "POST teams.save_right" in tried, tried
    assert everything(app) == before


def test_ids_of_another_team_in_a_form_change_nothing(
    app: Flask, make_desk: Callable[[], Desk], sign_in: SignIn
) -> None:
    """One's own page, with somebody else's ids in the fields."""
    theirs, mine = make_desk(), make_desk()
    client, own = sign_in(app.test_client(), mine.owner), f"/en/shortlists/{mine.ids['shortlist_id']}"
    before = everything(app)
    sent = theirs.forms()
    assert client.post("/en/shortlists/add", data=sent).status_code == 404
    assert client.post("/en/shortlists", data=sent).status_code == 422
    assert client.post(own, data=sent).status_code == 422
    assert client.post(f"/en/shortlists/items/{mine.ids['item_id']}", data=sent).status_code == 422
    assert client.post(f"{own}/order", data=sent).status_code == 303
    assert client.post(f"/en/teams/{mine.ids['team_id']}/members/{theirs.ids['member_id']}/remove").status_code == 404
    assert client.get(f"{own}/export", query_string=sent | {"format": "json"}).get_json()["entries"] == []
    assert everything(app) == before


def test_a_link_of_one_person_stops_no_mail_of_another(
    app: Flask, make_desk: Callable[[], Desk], sign_in: SignIn
) -> None:
    """A link is for what it was signed for, whoever is signed in."""
    theirs, mine = make_desk(), make_desk()
    with app.test_request_context():
        token = alerts.sign(alerts._STOP_ALL, mine.owner.id.hex)
    assert sign_in(app.test_client(), theirs.owner).post(f"/en/alerts/stop/{token}").status_code == 200
    with app.app_context():
        frequencies = [
            searches.get_search(db.session, owner_id=d.owner.id, search_id=uuid.UUID(d.ids["search_id"])).frequency
            for d in (theirs, mine)
        ]
    assert frequencies == [Frequency.DAILY, Frequency.OFF]


def test_who_left_or_was_deactivated_reads_nothing_more(
    app: Flask, make_user: MakeUser, make_desk: Callable[[], Desk], sign_in: SignIn
) -> None:
    """The maker of a shared list too: "shortlists you made stay with the team"."""
    theirs = make_desk()
    team = uuid.UUID(theirs.ids["team_id"])
    heir = make_user(team=team, right="manage")
    maker, address = sign_in(app.test_client(), theirs.owner), f"/en/shortlists/{theirs.ids['shortlist_id']}"
    assert "Secret" in maker.get(address).text and "Secret" in maker.get("/en/desk").text
    assert maker.post(f"/en/teams/{team}/leave").status_code == 303
    for page in (address, f"{address}/export?format=json", f"/en/shortlists/items/{theirs.ids['item_id']}"):
        assert maker.get(page).status_code == 404
    assert maker.post(f"{address}/delete").status_code == 404
    assert address not in maker.get("/en/desk").text and address not in maker.get("/en/shortlists").text
    staying = sign_in(app.test_client(), heir)
    item = staying.get(f"/en/shortlists/items/{theirs.ids['item_id']}").text
    assert theirs.owner.name not in item.partition('name="assignee"')[2].partition("</select>")[0]
    with app.app_context():
        accounts.save_active(db.session, heir.id, is_active=False, actor="test")
        db.session.commit()
    assert staying.get(address).headers["Location"].startswith("/en/sign-in")


# --- whatever is sent -------------------------------------------------------------------------------------------------

_CODES = [*Status, *Reason, *TeamRight, *AccountRole, *Frequency, *Relation, *LANGUAGES, "yes", "no", "1", "both"]
_VALUES = st.text(max_size=60) | st.sampled_from([str(code) for code in _CODES]) | st.integers().map(str)
_FIELDS = [
    "archived", "assignee", "code", "do", "email", "frequency", "is_active", "item", "keep_note", "lang", "merged_note",
    "move", "name", "next", "next_step_on", "note", "order", "pair", "partner", "password", "present", "profile",
    "reach", "reason", "refusal", "relevant", "right", "role", "seeker", "shortlist", "state", "status", "step",
    "subject", "team", "title", "version", "was",
]  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.dictionaries(st.sampled_from(_FIELDS), st.lists(_VALUES, max_size=3)))
def test_every_form_takes_anything(
    app: Flask, make_desk: Callable[[], Desk], sign_in: SignIn, sent: dict[str, list[str]]
) -> None:
    mine = make_desk()
    for rule, method, unknown in routes(app):
        if method != "POST" or rule.endpoint in {"accounts.delete", "accounts.sign_out_everywhere", "teams.delete"}:
            continue
        address = mine.address(rule) or unknown
        answer = sign_in(app.test_client(), mine.owner).post(address, data=sent, query_string=sent, buffered=True)
        assert answer.status_code in {200, 303, 400, 403, 404, 409, 422}, f"{address}: {answer.status_code}"
        limiter.reset()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.dictionaries(st.sampled_from(_FIELDS), st.lists(_VALUES, max_size=3)))
def test_forms_that_end_something_take_anything(
    app: Flask, make_user: MakeUser, make_team: MakeTeam, sign_in: SignIn, sent: dict[str, list[str]]
) -> None:
    """Each on somebody of its own, who may be gone afterwards."""
    for end in ("/en/account/delete", "/en/sign-out-everywhere", "/en/teams/{}/delete"):
        user = make_user()
        answer = sign_in(app.test_client(), user).post(end.format(make_team(manager=user)), data=sent, buffered=True)
        assert answer.status_code in {200, 303, 400, 403, 404, 409, 422}, f"{end}: {answer.status_code}"
        limiter.reset()
