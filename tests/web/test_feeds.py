from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient

from matcher.profile import LANGUAGES
from web import alerts
from web.extensions import db
from web.forms.alerts import read_query
from web.matching import current_board
from web.store import searches
from web.store.accounts import Account
from web.store.searches import SavedSearch

Keep = Callable[..., SavedSearch]
MakeUser = Callable[..., Account]
SignIn = Callable[[FlaskClient, Account], FlaskClient]

ATOM = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture
def app(own_app: Callable[..., Flask]) -> Flask:
    return own_app()


@pytest.fixture
def user(make_user: MakeUser) -> Account:
    return make_user()


@pytest.fixture
def keep(keep_search: Keep, user: Account) -> Keep:
    return lambda **values: keep_search(user, **values)


def found(app: Flask, search: SavedSearch) -> list[str]:
    """What the search finds now."""
    with app.app_context():
        board = current_board()
        return [result.profile.id for result in alerts.results(board, read_query(search, board))]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_feed_is_valid_atom(app: Flask, client: FlaskClient, keep: Keep, lang: str) -> None:
    search = keep(lang=lang, title="A < B & “C”")
    answer = client.get(f"/{lang}/feeds/{search.feed_key}.atom")
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    root = ET.fromstring(answer.data)  # noqa: S314 - our own
    assert root.tag == f"{ATOM}feed" and root.get(XML_LANG) == lang
    assert_has_what_atom_requires(root)
    assert root.findtext(f"{ATOM}title") == "A < B & “C”"
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    selves = [e.get("href") for e in root.findall(f"{ATOM}link") if e.get("rel") == "self"]
    assert selves == [f"https://kakehashi.example/{lang}/feeds/{search.feed_key}.atom"]
    entries = root.findall(f"{ATOM}entry")
    assert [e.findtext(f"{ATOM}id", "").rpartition("/")[2] for e in entries] == found(app, search)
    assert len({e.findtext(f"{ATOM}id") for e in entries}) == len(entries)
    for entry in entries:
        assert_has_what_atom_requires(entry)
        assert entry.findtext(f"{ATOM}summary")
        assert entry.findtext(f"{ATOM}updated", "") <= root.findtext(f"{ATOM}updated", "")


def assert_has_what_atom_requires(element: ET.Element) -> None:
    for name in ("id", "title", "updated"):
        assert len(element.findall(f"{ATOM}{name}")) == 1
    assert re.fullmatch(r"tag:kakehashi\.example,\d{4}-\d\d-\d\d:searches/[\w/-]+", element.findtext(f"{ATOM}id", ""))
    assert datetime.fromisoformat(element.findtext(f"{ATOM}updated", "")).tzinfo
    alternates = [link.get("href", "") for link in element.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
    assert len(alternates) == 1 and alternates[0].startswith("https://kakehashi.example/")


def test_feed_stays_the_same_until_something_changes(app: Flask, client: FlaskClient, keep: Keep) -> None:
    search = keep()
    address = f"/en/feeds/{search.feed_key}.atom"
    first = client.get(address)
    assert first.headers["Cache-Control"] == "private, max-age=900"
    assert (first.headers["X-Robots-Tag"], first.headers["Referrer-Policy"]) == ("noindex", "no-referrer")
    same = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    assert same.headers["Referrer-Policy"] == "no-referrer"
    with app.app_context():
        searches.save_dismissals(db.session, search_id=search.id, profile_ids=found(app, search)[:1], actor="test")
        db.session.commit()
    changed = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    ids = [[e.text for e in ET.fromstring(r.data).iter(f"{ATOM}id")] for r in (first, changed)]  # noqa: S314 - our own
    assert ids[1] == ids[0][:1] + ids[0][2:]


def test_feed_key_is_secret_and_can_be_renewed(
    app: Flask, client: FlaskClient, sign_in: SignIn, user: Account, keep: Keep
) -> None:
    search, officer = keep(), sign_in(app.test_client(), user)
    assert len(search.feed_key) >= 43
    assert officer.post(f"/en/searches/{search.id}/feed").status_code == 303
    with app.app_context():
        renewed = searches.get_search(db.session, owner_id=user.id, search_id=search.id)
    assert client.get(f"/en/feeds/{search.feed_key}.atom").status_code == 404
    assert client.get(f"/en/feeds/{renewed.feed_key}.atom").status_code == 200
    assert client.get("/en/feeds/nothing.atom").status_code == 404
    officer.post(f"/en/searches/{search.id}/delete")
    assert client.get(f"/en/feeds/{renewed.feed_key}.atom").status_code == 404


def test_guessing_keys_is_slowed_down(client: FlaskClient) -> None:
    answers = [client.get(f"/en/feeds/{n}.atom").status_code for n in range(241)]
    assert set(answers[:240]) == {404} and answers[240] == 429


def test_no_query_or_title_breaks_a_feed(app: Flask, client: FlaskClient, user: Account, sign_in: SignIn) -> None:
    sign_in(client, user)
    answer = client.post(
        "/en/searches/new?q=robots\uffff%00&q=x", data={"title": "a\ufffeb", "frequency": "off", "lang": "ja"}
    )
    assert answer.status_code == 303
    with app.app_context():
        [kept] = searches.list_searches(db.session, owner_id=user.id)
    ET.fromstring(client.get(f"/ja/feeds/{kept.feed_key}.atom").data)  # noqa: S314 - our own
