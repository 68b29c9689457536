from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from matcher.explain import Side
from matcher.match import Band, Relation
from matcher.profile import LANGUAGES
from matcher.ranking import MATCHER_VERSION
from web import i18n
from web.extensions import db
from web.forms import desk as forms
from web.matching import Board
from web.models import Shortlist, ShortlistItem
from web.store import desk, list_audit_events
from web.store.accounts import Account
from web.store.desk import Edit, Refusal, Status
from web.store.snapshots import Snapshot, changes_since

MakeUser = Callable[..., Account]
SignIn = Callable[[FlaskClient, Account], FlaskClient]

TODAY = date(2026, 11, 23)
PAIRS = [("rapidus", "tenstorrent"), ("kinova", "cyberdyne"), ("japan-aisi", "canada-caisi")]
EMPTY = Edit(Status.NEW, None, "", "", "", None, None)


@pytest.fixture
def officer(make_user: MakeUser) -> Account:
    return make_user(name="Aiko Martin")


@pytest.fixture
def desk_client(client: FlaskClient, sign_in: SignIn, officer: Account) -> FlaskClient:
    return sign_in(client, officer)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session


def snapshot(board: Board, one: str, other: str, relation: Relation | None = None) -> Snapshot:
    why = board.pair(one, other, relation)
    return Snapshot.of(why, *board.parties(why), board.pair(one, other).match.relation)


@pytest.fixture
def make_list(app: Flask, board: Board) -> Callable[..., tuple[uuid.UUID, list[uuid.UUID]]]:
    """Makes a shortlist with the first few pairs, and returns its id and theirs."""

    def make(
        owner: Account, count: int = 0, title: str = "Robots", team: uuid.UUID | None = None
    ) -> tuple[uuid.UUID, list[uuid.UUID]]:
        with app.app_context():
            made = desk.save_shortlist(db.session, owner, title=title, team_id=team)
            items = [add(db.session, owner, made, snapshot(board, *pair)) for pair in pairs(board)[:count]]
            db.session.commit()
        return made, items

    return make


def pairs(board: Board) -> list[tuple[str, str]]:
    """Pairs of the shipped data, the first named above where they are there."""
    known = [(a, b) for a, b in PAIRS if a in board.corpus.profiles and b in board.corpus.profiles]
    return known + [
        ("rapidus", p.match.partner_id) for p in board.partners("rapidus", 6) if p.match.partner_id != "tenstorrent"
    ]


def add(session: Session, account: Account, shortlist_id: uuid.UUID, kept: Snapshot) -> uuid.UUID:
    return desk.save_new_item(
        session, account, shortlist_id=shortlist_id, snapshot=kept, corpus_id="0123456789ab", matcher_version="1"
    ).item_id


def page(response: TestResponse, status: int = 200) -> str:
    assert response.status_code == status, response.text[:500]
    html5lib.HTMLParser(strict=True).parse(response.text)
    found = html5lib.parse(response.text, namespaceHTMLElements=False)
    return " ".join("".join(found.find("body").itertext()).split())


def hidden(response: TestResponse, form: str = "") -> dict[str, Any]:
    """What a form would send: its hidden fields, and what is chosen or written in the others."""
    found = html5lib.parse(response.text, namespaceHTMLElements=False)
    inside = next(f for f in found.iter("form") if form in (f.get("action") or ""))
    values: MultiDict[str, str] = MultiDict()
    for element in inside.iter():
        name = element.get("name")
        if not name:
            continue
        if element.tag == "input" and (
            element.get("type") not in {"radio", "checkbox"} or element.get("checked") is not None
        ):
            values.add(name, element.get("value", ""))
        elif element.tag == "textarea":
            values.add(name, "".join(element.itertext()))
        elif element.tag == "select":
            options = list(element.iter("option"))
            chosen = next((o for o in options if o.get("selected") is not None), options[0])
            values.add(name, chosen.get("value", ""))
    return {name: found[0] if len(found) == 1 else found for name, found in values.lists()}


# --- the officer's way -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pages_of_a_shortlist(desk_client: FlaskClient, officer: Account, make_list: Any, lang: str) -> None:
    made, items = make_list(officer, 3)
    for address in ("", f"/{made}", f"/{made}?status=new", f"/{made}?status=declined&overdue=1", f"/items/{items[0]}",
                    f"/{made}?removed={items[0]}", "/add?seeker=rapidus&partner=tenstorrent"):  # fmt: skip
        page(desk_client.get(f"/{lang}/shortlists{address}"))


def test_from_a_match_to_a_shortlist_and_back(desk_client: FlaskClient) -> None:
    assert "Add to shortlist" in page(desk_client.get("/en/matches/rapidus/tenstorrent"))
    sent = {"seeker": "rapidus", "partner": "tenstorrent", "title": "Chips", "next": "/en/matches/rapidus/tenstorrent"}
    answer = desk_client.post("/en/shortlists/add", data=sent)
    assert (answer.status_code, answer.location) == (303, "/en/matches/rapidus/tenstorrent")
    shown = page(desk_client.get(answer.location))
    assert "Added to the shortlist." in shown and "On: Chips (new)" in shown
    # Seen from the other side it is the same match.
    assert "On: Chips (new)" in page(desk_client.get("/en/matches/tenstorrent/rapidus"))
    assert "On: Chips (new)" in page(desk_client.get("/en/organisations/rapidus/matches"))


def test_a_row_of_the_partners_adds_with_one_button(desk_client: FlaskClient, officer: Account, make_list: Any) -> None:
    made, _ = make_list(officer)
    shown = desk_client.get("/en/organisations/rapidus/matches")
    pair = re.findall(r'name="pair" value="([^"]+)"', shown.text)[1]
    values = hidden(shown, "/shortlists/add")
    assert values["shortlist"] == str(made)
    answer = desk_client.post("/en/shortlists/add", data=values | {"pair": pair})
    assert answer.location == "/en/organisations/rapidus/matches#with-" + pair.partition(":")[2]
    assert ":".join(desk_items(desk_client, made)[0]) == pair


def desk_items(client: FlaskClient, shortlist_id: uuid.UUID) -> list[tuple[str, str]]:
    rows = re.findall(r'data-item="([^"]+)"', client.get(f"/en/shortlists/{shortlist_id}").text)
    with client.application.app_context():
        found = {str(i.id): i for i in db.session.query(ShortlistItem)}
        return [(found[row].seeker_id, found[row].partner_id) for row in rows]


def test_nothing_leads_off_the_site(desk_client: FlaskClient, officer: Account, make_list: Any) -> None:
    made, _ = make_list(officer)
    sent = {"seeker": "rapidus", "partner": "tenstorrent", "shortlist": made, "next": "//evil.example/"}
    assert desk_client.post("/en/shortlists/add", data=sent).location == f"/en/shortlists/{made}"


def test_a_visitor_is_asked_to_sign_in_and_comes_back(client: FlaskClient) -> None:
    shown = client.get("/en/organisations/rapidus/matches").text
    link = next(a for a in re.findall(r'href="([^"]+)"', shown) if "/shortlists/add" in a).replace("&amp;", "&")
    answer = client.get(link)
    assert answer.status_code == 303 and answer.location.startswith("/en/sign-in?next=/en/shortlists/add?seeker")


def test_a_member_of_an_organisation_sees_no_buttons(client: FlaskClient, sign_in: SignIn, make_user: MakeUser) -> None:
    sign_in(client, make_user("organisation"))
    assert "Add to shortlist" not in page(client.get("/en/organisations/rapidus/matches"))
    assert client.get("/en/shortlists").status_code == 403


def test_follow_up_is_saved_and_logged(desk_client: FlaskClient, officer: Account, make_list: Any) -> None:
    made, [item] = make_list(officer, 1)
    values = hidden(desk_client.get(f"/en/shortlists/items/{item}"), f"/items/{item}")
    sent = values | {
        "status": "contacted", "next_step": "Call  back", "next_step_on": "2026-01-05", "note": "One\r\nTwo",
        "assignee": str(officer.id),
    }  # fmt: skip
    assert desk_client.post(f"/en/shortlists/items/{item}", data=sent).status_code == 303
    shown = page(desk_client.get(f"/en/shortlists/items/{item}"))
    assert "Saved." in shown and "Status: new → contacted" in shown and "Assigned to: nothing → Aiko Martin" in shown
    listed = page(desk_client.get(f"/fr/shortlists/{made}"))
    assert "Call back" in listed and "5 janv. 2026" in listed
    assert "1" in page(desk_client.get(f"/en/shortlists/{made}?overdue=1"))
    # Emptying a date and a person works too.
    values = hidden(desk_client.get(f"/en/shortlists/items/{item}"), f"/items/{item}")
    assert values["next_step_on"] == "2026-01-05" and values["note"] == "One\nTwo"
    desk_client.post(f"/en/shortlists/items/{item}", data=values | {"next_step_on": "", "assignee": ""})
    values = hidden(desk_client.get(f"/en/shortlists/items/{item}"), f"/items/{item}")
    assert (values["next_step_on"], values["assignee"], values["version"]) == ("", "", "3")


def test_whoever_declined_had_a_reason(desk_client: FlaskClient, officer: Account, make_list: Any) -> None:
    _, [item] = make_list(officer, 1)
    values = hidden(desk_client.get(f"/en/shortlists/items/{item}"), f"/items/{item}")
    sent = values | {"status": "declined", "refusal": "", "refusal_note": "Zu früh", "note": "kept"}
    refused = desk_client.post(f"/en/shortlists/items/{item}", data=sent)
    shown = page(refused, 422)
    assert "Choose why they declined." in shown
    again = hidden(refused, f"/items/{item}")
    assert (again["note"], again["refusal_note"]) == ("kept", "Zu früh")
    assert desk_client.post(f"/en/shortlists/items/{item}", data=again | {"refusal": "too_early"}).status_code == 303
    assert "at too early a stage" in page(desk_client.get(f"/en/shortlists/items/{item}"))


def test_every_code_has_a_label() -> None:
    assert list(i18n.STATUSES) == list(Status) and list(i18n.REFUSALS) == list(Refusal)
    assert {name for names in forms.GROUPS.values() for name in names} == {f.name for f in fields(Edit)}


def test_overdue_ends_with_the_talks(session: Session, officer: Account, board: Board) -> None:
    made = desk.save_shortlist(session, officer, title="x")
    item_id = add(session, officer, made, snapshot(board, *PAIRS[0]))
    desk.save_item(session, officer, item_id=item_id, version=1, edit=replace(EMPTY, next_step_on=TODAY - timedelta(1)))
    [listing] = desk.list_shortlists(session, officer, today=TODAY)
    assert listing.overdue == 1
    declined = replace(EMPTY, status=Status.DECLINED, refusal=Refusal.NO_FIT, next_step_on=TODAY - timedelta(1))
    desk.save_item(session, officer, item_id=item_id, version=2, edit=declined)
    [listing] = desk.list_shortlists(session, officer, today=TODAY)
    assert (listing.overdue, listing.counts) == (0, {Status.DECLINED: 1})
    session.rollback()


# --- order -----------------------------------------------------------------------------------------------------------


def test_order_by_buttons(desk_client: FlaskClient, officer: Account, make_list: Any) -> None:
    made, items = make_list(officer, 3)
    shown = desk_client.get(f"/en/shortlists/{made}")
    values = hidden(shown, "/order")
    assert values["order"] == [str(i) for i in items]
    answer = desk_client.post(f"/en/shortlists/{made}/order", data=values | {"move": f"{items[2]}:up"})
    assert answer.status_code == 303
    order = re.findall(r'data-item="([^"]+)"', desk_client.get(f"/en/shortlists/{made}").text)
    assert order == [str(items[0]), str(items[2]), str(items[1])]


def test_two_orders_at_once_are_both_shown(desk_client: FlaskClient, officer: Account, make_list: Any) -> None:
    made, items = make_list(officer, 3)
    values = hidden(desk_client.get(f"/en/shortlists/{made}"), "/order")
    move = f"/en/shortlists/{made}/order"
    assert desk_client.post(move, data=values | {"move": f"{items[2]}:up"}).status_code == 303
    both = desk_client.post(move, data=values | {"move": f"{items[0]}:down"})
    assert "Their order" in page(both, 409) and "Your order" in page(both, 409)
    second = html5lib.parse(both.text, namespaceHTMLElements=False)
    mine = [f for f in second.iter("form") if f.get("action") == move][1]
    sent = MultiDict([(i.get("name"), i.get("value")) for i in mine.iter("input")])
    assert desk_client.post(move, data=sent).status_code == 303
    order = re.findall(r'data-item="([^"]+)"', desk_client.get(f"/en/shortlists/{made}").text)
    assert order == [str(items[1]), str(items[0]), str(items[2])]


def test_what_was_added_meanwhile_comes_last(session: Session, officer: Account, board: Board) -> None:
    made = desk.save_shortlist(session, officer, title="x")
    one, two, three = (add(session, officer, made, snapshot(board, *pair)) for pair in pairs(board)[:3])
    desk.save_order(session, officer, shortlist_id=made, version=1, was=[one, two], order=[two, one, uuid.uuid4()])
    shortlist = desk.get_shortlist(session, officer, shortlist_id=made)
    assert [i.id for i in shortlist.items] == [two, one, three]
    session.rollback()


# --- two officers at once --------------------------------------------------------------------------------------------


@pytest.fixture
def colleagues(
    app: Flask, sign_in: SignIn, make_user: MakeUser, make_team: Callable[..., uuid.UUID]
) -> tuple[Account, FlaskClient, FlaskClient, uuid.UUID]:
    manager = make_user(name="Aiko Martin")
    team = make_team(manager=manager)
    other = make_user(team=team, right="edit", name="Benoît Sato")
    return manager, sign_in(app.test_client(), manager), sign_in(app.test_client(), other), team


def test_two_officers_lose_nothing(colleagues: Any, make_list: Any) -> None:
    manager, aiko, benoit, team = colleagues
    _, [item] = make_list(manager, 1, team=team)
    address = f"/en/shortlists/items/{item}"
    hers, his = (hidden(c.get(address), f"/items/{item}") for c in (aiko, benoit))
    assert aiko.post(address, data=hers | {"note": "Her text", "status": "contacted"}).status_code == 303
    both = benoit.post(address, data=his | {"note": "His text", "next_step": "Call"})
    shown = page(both, 409)
    assert "Her text" in shown and "His text" in shown and "Aiko Martin saved on" in shown
    # What only one of them has changed is offered as that one left it; of two notes, both.
    values = hidden(both, f"/items/{item}")
    assert (values["keep_status"], values["keep_next_step"], values["keep_note"]) == ("theirs", "mine", "both")
    assert values["merged_note"].strip() == "Her text\n\nHis text"
    assert benoit.post(address, data=values).status_code == 303
    now = hidden(aiko.get(address), f"/items/{item}")
    assert now["note"] == "Her text\n\nHis text"
    assert (now["status"], now["next_step"], now["version"]) == ("contacted", "Call", "3")


def test_a_third_save_during_the_choice_is_seen_too(colleagues: Any, make_list: Any) -> None:
    manager, aiko, benoit, team = colleagues
    _, [item] = make_list(manager, 1, team=team)
    address = f"/en/shortlists/items/{item}"
    hers, his = (hidden(c.get(address), f"/items/{item}") for c in (aiko, benoit))
    aiko.post(address, data=hers | {"note": "First"})
    values = hidden(benoit.post(address, data=his | {"note": "His"}), f"/items/{item}")
    aiko.post(address, data=hidden(aiko.get(address), f"/items/{item}") | {"note": "Second"})
    again = benoit.post(address, data=values | {"keep_note": "mine"})
    assert "Second" in page(again, 409) and "His" in page(again, 409)


def test_the_database_itself_compares_the_versions(
    session: Session, officer: Account, make_list: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, [item] = make_list(officer, 1)
    read = desk.get_item

    def read_then_overtaken(*args: Any, **kwargs: Any) -> Any:
        found = read(*args, **kwargs)
        with Session(db.engine) as other:
            monkeypatch.setattr(desk, "get_item", read)
            desk.save_item(other, officer, item_id=item, version=1, edit=replace(EMPTY, note="First"))
            other.commit()
        return found

    monkeypatch.setattr(desk, "get_item", read_then_overtaken)
    with pytest.raises(desk.Stale):
        desk.save_item(session, officer, item_id=item, version=1, edit=replace(EMPTY, note="Second"))
    session.rollback()
    _, now = desk.get_item(session, officer, item_id=item)
    assert (now.note, now.version) == ("First", 2)


def test_the_same_change_twice_is_no_conflict(colleagues: Any, make_list: Any) -> None:
    manager, aiko, benoit, team = colleagues
    _, [item] = make_list(manager, 1, team=team)
    address = f"/en/shortlists/items/{item}"
    values = hidden(benoit.get(address), f"/items/{item}") | {"status": "contacted"}
    assert aiko.post(address, data=values).status_code == 303
    # A double click, or a colleague with the same news.
    assert benoit.post(address, data=values).status_code == 303


def test_two_titles_at_once(colleagues: Any, make_list: Any) -> None:
    manager, aiko, benoit, team = colleagues
    made, _ = make_list(manager, team=team)
    address = f"/en/shortlists/{made}"
    hers, his = (hidden(c.get(address), f"/shortlists/{made}") for c in (aiko, benoit))
    assert aiko.post(address, data=hers | {"title": "Her title"}).status_code == 303
    both = benoit.post(address, data=his | {"title": "His title"})
    assert "Her title" in page(both, 409) and "His title" in page(both, 409)
    assert "Her title" in page(aiko.get(address))


# --- rights ----------------------------------------------------------------------------------------------------------

WRITES = {
    "/shortlists/{list}": {"title": "Mine now", "version": "1"},
    "/shortlists/{list}/order": {"order": "{item}", "version": "1"},
    "/shortlists/{list}/archive": {"archived": "1"},
    "/shortlists/{list}/delete": {},
    "/shortlists/{list}/restore": {},
    "/shortlists/items/{item}": {"status": "parked", "version": "1"},
    "/shortlists/items/{item}/delete": {},
    "/shortlists/items/{item}/restore": {},
    "/shortlists/add": {"shortlist": "{list}", "seeker": "rapidus", "partner": "tenstorrent"},
}


@pytest.mark.parametrize("address", WRITES)
def test_another_teams_shortlist_does_not_exist(
    desk_client: FlaskClient, make_user: MakeUser, make_team: Callable[..., uuid.UUID], make_list: Any, address: str
) -> None:
    owner = make_user()
    made, [item] = make_list(owner, 1, title="Secret", team=make_team(manager=owner))
    ids = {"list": made, "item": item}
    sent = {name: value.format(**ids) for name, value in WRITES[address].items()}
    assert "Secret" not in page(desk_client.post("/en" + address.format(**ids), data=sent), 404)
    unknown = {"list": uuid.uuid4(), "item": uuid.uuid4()}
    sent = {name: value.format(**unknown) for name, value in WRITES[address].items()}
    assert page(desk_client.post("/en" + address.format(**unknown), data=sent), 404)
    for read in (f"/en/shortlists/{made}", f"/en/shortlists/items/{item}"):
        assert "Secret" not in page(desk_client.get(read), 404)
    assert "Secret" not in page(desk_client.get("/en/shortlists"))


@pytest.mark.parametrize("address", [a for a in WRITES if a != "/shortlists/add"])
def test_who_may_look_may_not_change(
    client: FlaskClient, sign_in: SignIn, make_user: MakeUser, make_team: Callable[..., uuid.UUID], make_list: Any,
    address: str,
) -> None:  # fmt: skip
    owner = make_user()
    team = make_team(manager=owner)
    made, [item] = make_list(owner, 1, title="Ours", team=team)
    sign_in(client, make_user(team=team, right="view"))
    ids = {"list": made, "item": item}
    sent = {name: value.format(**ids) for name, value in WRITES[address].items()}
    assert "Ours" in page(client.post("/en" + address.format(**ids), data=sent), 403)
    for read in (f"/en/shortlists/{made}", f"/en/shortlists/items/{item}"):
        shown = page(client.get(read))
        assert "Ours" in shown and "Save" not in shown.replace("Saved searches", "")


def test_editors_edit_but_only_managers_delete(
    client: FlaskClient, sign_in: SignIn, make_user: MakeUser, make_team: Callable[..., uuid.UUID], make_list: Any
) -> None:
    owner = make_user()
    team = make_team(manager=owner)
    made, _ = make_list(owner, title="Ours", team=team)
    sign_in(client, make_user(team=team, right="edit"))
    assert (
        client.post(f"/en/shortlists/{made}", data={"title": "New", "version": "1", "was": "Ours"}).status_code == 303
    )
    assert client.post(f"/en/shortlists/{made}/delete").status_code == 403
    # Sharing stays with whoever made it: an editor's form cannot take it out of the team.
    shown = page(sign_in(client, owner).get(f"/en/shortlists/{made}"))
    assert "shared in Team" in shown and "New" in shown


def test_nobody_shares_into_a_foreign_team(
    desk_client: FlaskClient, make_team: Callable[..., uuid.UUID], session: Session, officer: Account
) -> None:
    foreign = make_team()
    assert desk_client.post("/en/shortlists", data={"title": "x", "team": str(foreign)}).status_code == 422
    with pytest.raises(desk.UnknownShortlist):
        desk.save_shortlist(session, officer, title="x", team_id=foreign)
    session.rollback()


def test_nobody_is_assigned_who_may_not_look(
    desk_client: FlaskClient, officer: Account, make_user: MakeUser, make_list: Any
) -> None:
    _, [item] = make_list(officer, 1)
    values = hidden(desk_client.get(f"/en/shortlists/items/{item}"), f"/items/{item}")
    sent = values | {"assignee": str(make_user().id)}
    assert desk_client.post(f"/en/shortlists/items/{item}", data=sent).status_code == 422


# --- away and back ---------------------------------------------------------------------------------------------------


def test_deleting_can_be_undone(desk_client: FlaskClient, officer: Account, make_list: Any) -> None:
    made, [item] = make_list(officer, 1, title="Gone")
    answer = desk_client.post(f"/en/shortlists/{made}/delete")
    assert "“Gone” was deleted." in page(desk_client.get(answer.location))
    assert desk_client.get(f"/en/shortlists/{made}").status_code == 404
    assert desk_client.get(f"/en/shortlists/items/{item}").status_code == 404
    answer = desk_client.post(f"/en/shortlists/{made}/restore")
    assert "“Gone” is back." in page(desk_client.get(answer.location))
    answer = desk_client.post(f"/en/shortlists/items/{item}/delete")
    assert "The match was taken off this shortlist." in page(desk_client.get(answer.location))
    desk_client.post(f"/en/shortlists/items/{item}/restore")
    assert "brought back" in page(desk_client.get(f"/en/shortlists/items/{item}"))


def test_putting_away_can_be_undone(desk_client: FlaskClient, officer: Account, make_list: Any) -> None:
    made, _ = make_list(officer, title="Old")
    answer = desk_client.post(f"/en/shortlists/{made}/archive", data={"archived": "1"})
    assert "“Old” was put away." in page(desk_client.get(answer.location))
    assert str(made) not in desk_client.get("/en/shortlists/add?seeker=rapidus&partner=tenstorrent").text
    desk_client.post(f"/en/shortlists/{made}/archive")
    assert str(made) in desk_client.get("/en/shortlists/add?seeker=rapidus&partner=tenstorrent").text


def test_what_is_long_deleted_goes_for_good(
    session: Session, officer: Account, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (desk.save_shortlist(session, officer, title=t) for t in "ab")
    add(session, officer, old, snapshot(board, *PAIRS[0]))
    desk.delete_shortlist(session, officer, shortlist_id=old)
    later = datetime.now(UTC) + desk.KEPT + timedelta(days=1)
    monkeypatch.setattr(desk, "now", lambda: later)
    with pytest.raises(desk.UnknownShortlist):
        desk.restore_shortlist(session, officer, shortlist_id=old)
    desk.delete_shortlist(session, officer, shortlist_id=new)
    assert session.get(Shortlist, old) is None and session.get(Shortlist, new) is not None
    session.rollback()


def test_a_removed_match_that_is_added_again_keeps_its_history(
    session: Session, officer: Account, board: Board
) -> None:
    made = desk.save_shortlist(session, officer, title="x")
    item_id = add(session, officer, made, snapshot(board, *PAIRS[0]))
    desk.save_item(session, officer, item_id=item_id, version=1, edit=replace(EMPTY, note="remember"))
    desk.delete_item(session, officer, item_id=item_id)
    # Also when it is found from the other side.
    assert add(session, officer, made, snapshot(board, PAIRS[0][1], PAIRS[0][0])) == item_id
    _, item = desk.get_item(session, officer, item_id=item_id)
    assert item.note == "remember"
    assert [e.field for e in desk.list_events(session, officer, item_id=item_id)] == [
        "restored",
        "removed",
        "note",
        "added",
    ]
    assert [action for _, action, _ in list_audit_events(session, str(item_id))] == [
        "item.create", "item.save", "item.delete", "item.restore",
    ]  # fmt: skip
    session.rollback()


def test_a_full_shortlist_says_so(
    desk_client: FlaskClient, officer: Account, board: Board, make_list: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = make_list(officer, 2)
    monkeypatch.setattr(desk, "MAX_ITEMS", 2)
    seeker, partner = pairs(board)[2]
    answer = desk_client.post("/en/shortlists/add", data={"shortlist": made, "seeker": seeker, "partner": partner})
    assert "at most 2 matches" in page(answer, 409)


# --- as it was, and since --------------------------------------------------------------------------------------------


def test_a_snapshot_comes_back_as_it_was_put_in(board: Board) -> None:
    kept = snapshot(board, *PAIRS[0])
    assert Snapshot.read(kept.document()) == kept
    assert kept.evidence(Side.GETS) and kept.seeker.names == board.corpus.profiles[PAIRS[0][0]].names


def test_what_changed_since(board: Board) -> None:
    now = snapshot(board, *PAIRS[0])
    assert changes_since(now, now).is_unchanged
    first, second, *rest = now.partner.statements
    before = replace(
        now,
        match={**now.match, "fit": 0.1, "band": "possible"},
        partner=replace(now.partner, statements=(replace(first, text="Other words"), *rest)),
        seeker=replace(now.seeker, statements=(*now.seeker.statements, replace(first, id="taken-back"))),
        best_relation=Relation.PEER,
    )
    since = changes_since(before, now)
    assert since.fit == (0.1, now.fit) and since.relation == (Relation.PEER, now.best_relation)
    assert since.band is None or since.band[0] is Band.POSSIBLE
    found = {(s.party_id, s.change, kept.id) for s in since.statements if (kept := s.now or s.before)}
    assert found == {
        (now.partner.id, "changed", first.id), (now.partner.id, "added", second.id),
        (now.seeker.id, "removed", "taken-back"),
    }  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_partner_that_is_gone(
    desk_client: FlaskClient, officer: Account, board: Board, app: Flask, lang: str
) -> None:
    kept = snapshot(board, *PAIRS[0])
    lost = replace(kept, partner=replace(kept.partner, id="no-more", names={"en": "No More Inc."}))
    with app.app_context():
        made = desk.save_shortlist(db.session, officer, title="x")
        item = add(db.session, officer, made, lost)
        db.session.commit()
    assert "No More Inc." in page(desk_client.get(f"/{lang}/shortlists/{made}"))
    shown = page(desk_client.get(f"/{lang}/shortlists/items/{item}"))
    assert kept.partner.statements[0].text in shown or kept.evidence(Side.GETS)[0][1].text in shown


def test_the_relation_that_was_chosen_is_kept(desk_client: FlaskClient, board: Board) -> None:
    best = board.pair(*PAIRS[0]).match.relation
    other = next(r for r in board.relations(*PAIRS[0]) if r is not best)
    sent = {"seeker": PAIRS[0][0], "partner": PAIRS[0][1], "relation": other.value, "title": "x"}
    answer = desk_client.post("/en/shortlists/add", data=sent)
    item = re.findall(r'data-item="([^"]+)"', desk_client.get(answer.location).text)[0]
    shown = page(desk_client.get(f"/en/shortlists/items/{item}"))
    assert "Nothing: fit, relation and all statements are as they were." in shown
    assert f"Data snapshot {board.corpus.snapshot_id}, matcher version {MATCHER_VERSION}." in shown


# --- whatever is typed -----------------------------------------------------------------------------------------------

TEXT = st.text(max_size=400)
QUIET = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUIET
@given(title=TEXT, team=TEXT, version=TEXT, was=TEXT)
def test_any_title(desk_client: FlaskClient, title: str, team: str, version: str, was: str) -> None:
    sent = {"title": title, "team": team, "version": version, "was": was}
    assert desk_client.post("/en/shortlists", data=sent).status_code in (303, 422)


@QUIET
@given(
    values=st.fixed_dictionaries(
        {},
        optional={f.name: TEXT for f in fields(Edit)} | {
            "assignee": TEXT, "version": st.integers(-1, 3).map(str) | TEXT,
            "status": st.sampled_from(list(Status)), "keep_note": st.sampled_from(["both", "mine"]),
            "merged_note": TEXT, "next_step_on": st.dates().map(str) | TEXT,
        },
    )
)  # fmt: skip
def test_any_follow_up(desk_client: FlaskClient, item_of: uuid.UUID, values: dict[str, str]) -> None:
    answer = desk_client.post(f"/en/shortlists/items/{item_of}", data=values)
    assert answer.status_code in (303, 409, 422)
    page(desk_client.get(f"/ja/shortlists/items/{item_of}"))


@pytest.fixture
def item_of(officer: Account, make_list: Any) -> uuid.UUID:
    item: uuid.UUID = make_list(officer, 1)[1][0]
    return item


@QUIET
@given(order=st.lists(TEXT, max_size=5), move=TEXT, version=TEXT)
def test_any_order(
    desk_client: FlaskClient, officer: Account, make_list: Any, order: list[str], move: str, version: str
) -> None:
    made, _ = make_list(officer, 1)
    sent = {"order": order, "was": order, "move": move, "version": version}
    assert desk_client.post(f"/en/shortlists/{made}/order", data=sent).status_code == 303


@QUIET
@given(subject=TEXT, body=TEXT, to=TEXT, mail=TEXT)
def test_any_draft(client: FlaskClient, subject: str, body: str, to: str, mail: str) -> None:
    query = {"to": to, "mail": mail}
    answer = client.post(
        "/fr/matches/rapidus/tenstorrent/introduction", query_string=query, data={"subject": subject, "body": body}
    )
    assert answer.status_code == 200


# --- all or nothing --------------------------------------------------------------------------------------------------


def test_a_match_is_added_with_its_history_or_not_at_all(session: Session, officer: Account, board: Board) -> None:
    made = desk.save_shortlist(session, officer, title="x")
    session.commit()
    add(session, officer, made, snapshot(board, *PAIRS[0]))
    session.rollback()
    assert desk.get_shortlist(session, officer, shortlist_id=made).items == ()


def test_of_two_who_add_a_pair_at_once_one_does(app: Flask, officer: Account, board: Board, make_list: Any) -> None:
    made, _ = make_list(officer)
    one, other = PAIRS[0]
    ready = threading.Barrier(2)

    def put(kept: Snapshot) -> bool:
        with app.app_context():
            desk.get_head(db.session, officer, shortlist_id=made)
            ready.wait()
            added = desk.save_new_item(
                db.session, officer, shortlist_id=made, snapshot=kept, corpus_id="x", matcher_version="1"
            )
            db.session.commit()
            return added.is_new

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(put, [snapshot(board, one, other), snapshot(board, other, one)]))
    assert sorted(done) == [False, True]


def test_what_comes_back_needs_room(
    desk_client: FlaskClient, officer: Account, make_list: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, items = make_list(officer, 2)
    desk_client.post(f"/en/shortlists/items/{items[0]}/delete")
    monkeypatch.setattr(desk, "MAX_ITEMS", 1)
    assert "at most 1 match" in page(desk_client.post(f"/en/shortlists/items/{items[0]}/restore"), 409)
    assert str(items[0]) not in desk_client.get(f"/en/shortlists/{made}").text


def test_nobody_makes_more_shortlists_than_anyone_needs(
    desk_client: FlaskClient, officer: Account, make_list: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = make_list(officer)
    monkeypatch.setattr(desk, "MAX_SHORTLISTS", 2)
    make_list(officer)
    # What is deleted can come back, so it counts.
    desk_client.post(f"/en/shortlists/{first}/delete")
    assert "Nothing was changed" in page(desk_client.post("/en/shortlists", data={"title": "one more"}), 409)
