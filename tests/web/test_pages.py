from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from math import prod
from pathlib import Path
from urllib.parse import quote
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, insert
from werkzeug.exceptions import RequestEntityTooLarge, RequestURITooLarge
from werkzeug.test import TestResponse

from matcher.explain import Explanation, Side
from matcher.match import Relation
from matcher.profile import LANGUAGES
from web import create_app, matching
from web.config import Settings
from web.extensions import db
from web.matching import Board
from web.models import User
from web.models.base import now
from web.store import Collision, accounts, list_audit_events
from web.views import errors
from web.views.transaction import commit_after

pytestmark = pytest.mark.once

Get = Callable[..., TestResponse]

PAGES = {
    "/": 200,
    "/search": 200,
    "/search?q=quantum+annealing": 200,
    "/search?q=量子アニーリング&country=CA&kind=company&field=quantum": 200,
    "/search?field=robotics&country=JP": 200,
    "/search?q=zzzzqq": 200,
    "/organisations/kinova": 200,
    "/organisations/rapidus": 200,
    "/organisations/kinova/matches": 200,
    "/organisations/kinova/matches?page=2": 200,
    "/organisations/kinova/matches?kind=hospital&field=space": 200,
    "/matches/rapidus/tenstorrent": 200,
    "/matches/tenstorrent/rapidus?relation=co_development": 200,
    "/matches/japan-aisi/canada-caisi": 200,
    "/programmes": 200,
    "/programmes/globalstars-japan": 200,
    "/about": 200,
    "/search?q=" + "x" * 501: 400,
    "/nothing": 404,
    "/organisations/nobody": 404,
    "/organisations/nobody/matches": 404,
    "/programmes/nothing": 404,
    "/matches/kinova/nobody": 404,
    "/matches/kinova/mila": 404,
}
SVG = "{http://www.w3.org/2000/svg}"
IN_ALL_LANGUAGES = [(lang, page, status) for lang in LANGUAGES for page, status in PAGES.items()]


def tree(response: TestResponse) -> Element:
    found: Element = html5lib.parse(response.text, namespaceHTMLElements=False)
    return found


def text(element: Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def links(response: TestResponse, containing: str = "") -> list[str]:
    return [a.get("href", "") for a in tree(response).iter("a") if containing in a.get("href", "")]


def decimal(words: str) -> Decimal:
    return Decimal(words.replace(",", "."))


def rows(response: TestResponse) -> list[Element]:
    return [li for li in tree(response).iter("li") if "row" in li.get("class", "").split()]


# --- every page, in every language -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "page", "status"), IN_ALL_LANGUAGES)
def test_page_is_whole(get: Get, lang: str, page: str, status: int) -> None:
    root = tree(get(f"/{lang}{page}", status))
    assert root.get("lang") == lang
    assert len(list(root.iter("h1"))) == 1
    assert text(root.find("head/title")).endswith("– Kakehashi")
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert {"main", "languages"} <= set(ids)


@pytest.mark.parametrize(("lang", "page", "status"), IN_ALL_LANGUAGES)
def test_nothing_inline_that_the_content_security_policy_forbids(get: Get, lang: str, page: str, status: int) -> None:
    response = get(f"/{lang}{page}", status)
    root = tree(response)
    assert not list(root.iter("style"))
    assert all(script.get("src") and not text(script) for script in root.iter("script"))
    assert not [n for e in root.iter() for n in e.attrib if n == "style" or n.startswith("on")]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(("lang", "page", "status"), IN_ALL_LANGUAGES)
def test_every_link_within_the_site_leads_somewhere(
    client: FlaskClient, get: Get, lang: str, page: str, status: int, known: dict[str, int]
) -> None:
    for address in links(get(f"/{lang}{page}", status), "/"):
        if not address.startswith("/"):
            continue
        place = address.removeprefix(f"/{lang}")
        if place not in known:
            known[place] = client.get(address, follow_redirects=True).status_code
        assert known[place] == 200 or status >= 400, address


@pytest.fixture(scope="module")
def known() -> dict[str, int]:
    """What answered at each place, in whichever language it was asked first."""
    return {}


@pytest.mark.parametrize("page", [page for page, status in PAGES.items() if status == 200])
def test_language_switch_keeps_page_and_query(get: Get, page: str) -> None:
    response = get(f"/en{page}")
    nav = next(nav for nav in tree(response).iter("nav") if nav.get("id") == "languages")
    for link in nav.iter("a"):
        lang, address = link.get("lang"), link.get("href", "")
        assert address.startswith(f"/{lang}/")
        assert tree(get(address)).get("lang") == lang
    french = get(f"/fr{page}")
    back = next(href for href in links(french) if href.startswith("/en/"))
    assert get(back).text == response.text
    alternates = [link.get("hreflang") for link in tree(response).iter("link") if link.get("rel") == "alternate"]
    assert alternates == list(LANGUAGES)


@pytest.mark.parametrize(("lang", "page", "status"), IN_ALL_LANGUAGES)
def test_get_writes_nothing(app: Flask, get: Get, lang: str, page: str, status: int) -> None:
    with statements(app) as executed:
        get(f"/{lang}{page}", status)
    assert all(statement.lstrip().upper().startswith("SELECT") for statement in executed)


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """What the database is told meanwhile."""
    executed: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        executed.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield executed
    finally:
        event.remove(engine, "before_cursor_execute", note)


# --- languages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "lang"), [("ja,en;q=0.5", "ja"), ("fr-CA, fr;q=0.9", "fr"), ("en-CA", "en"), ("de", "en"), ("", "en")]
)
def test_root_redirects_by_accepted_language(client: FlaskClient, accepted: str, lang: str) -> None:
    response = client.get("/", headers={"Accept-Language": accepted})
    assert response.status_code == 302
    assert response.location == f"/{lang}/"
    assert "Accept-Language" in response.headers["Vary"]


def test_unsupported_language_is_not_found_in_the_best_language(get: Get) -> None:
    response = get("/de/organisations/kinova", 404, headers={"Accept-Language": "ja"})
    assert tree(response).get("lang") == "ja"
    assert "/ja/search" in links(response)


def test_unknown_page_keeps_the_language_of_its_address(get: Get) -> None:
    assert tree(get("/fr/rien", 404, headers={"Accept-Language": "ja"})).get("lang") == "fr"


def test_statements_are_marked_with_their_own_language(get: Get, board: Board) -> None:
    root = tree(get("/ja/organisations/kinova"))
    shown = {text(p): p.get("lang") for p in root.iter("p") if p.get("class") == "words"}
    for statement in board.corpus.profiles["kinova"].statements:
        assert shown[" ".join(statement.text.split())] == statement.lang


# --- search ----------------------------------------------------------------------------------------------------------


def test_empty_search_explains_and_offers_fields(get: Get) -> None:
    response = get("/en/search?q=++")
    assert "Type a name" in response.text
    assert links(response, "search?field=robotics")


def test_search_finds_a_name_first_in_any_script(get: Get) -> None:
    for name in ("rapidus", "ラピダス", "RAPIDUS CORP"):
        assert "/en/organisations/rapidus" in [a.get("href") for a in rows(get(f"/en/search?q={name}"))[0].iter("a")]


@pytest.mark.parametrize("query", ["quantum annealing", "recuit quantique", "量子アニーリング"])
def test_search_finds_a_meaning_in_any_language(get: Get, query: str) -> None:
    assert any("D-Wave" in text(row) for row in rows(get(f"/en/search?q={query}"))[:3])


def test_search_filters(get: Get) -> None:
    everything = get("/en/search?q=quantum")
    filtered = get("/en/search?q=quantum&country=JP&kind=company")
    assert 0 < len(rows(filtered)) < len(rows(everything))
    assert all("Japan · company" in text(row) for row in rows(filtered))
    assert links(filtered, "/search?q=quantum&country=JP")  # the link that takes the kind out again


def test_filter_without_a_query_browses(get: Get) -> None:
    found = rows(get("/en/search?field=robotics&country=CA"))
    assert found
    assert all("Canada" in text(row) for row in found)


def test_filter_that_leaves_nothing_can_be_taken_out(get: Get) -> None:
    response = get("/en/search?q=quantum&kind=municipality")
    assert not rows(response)
    assert "No organisation passes all filters" in response.text
    assert "/en/search?q=quantum" in links(response)


def test_unknown_filter_values_are_dropped(get: Get) -> None:
    odd = get("/en/search?q=quantum&country=FR&kind=shop&field=nothing&page=x")
    assert len(rows(odd)) == len(rows(get("/en/search?q=quantum")))
    get("/en/organisations/kinova/matches?kind=shop&field=x&subdivision=XX-1&relation=love&page=-3")


@pytest.mark.parametrize(
    "query", ["%00", "%ff%fe", "%", "<script>alert(1)</script>", "' OR 1=1 --", "\u202e", "𠮷" * 100]
)
def test_odd_queries_are_only_text(get: Get, query: str) -> None:
    assert "<script>alert" not in get(f"/en/search?q={query}").text


def test_nothing_found_says_what_to_try(get: Get) -> None:
    response = get("/fr/search?q=zzzzqq")
    assert not rows(response)
    assert "Rien trouvé" in response.text


def test_mistyped_name_is_suggested(get: Get) -> None:
    assert "/en/organisations/rapidus" in links(get("/en/search?q=Rapidos"))


def test_text_that_is_too_long_is_kept(get: Get) -> None:
    query = "robots " * 1430
    response = get(f"/en/search?q={query}", 400)
    box = next(box for box in tree(response).iter("input") if box.get("id") == "q")
    assert box.get("value") == query.strip()
    assert "10,009 characters" in response.text


def test_page_past_the_end_leads_back(get: Get) -> None:
    assert "/en/search?q=robots" in links(get("/en/search?q=robots&page=99"))
    assert "/en/organisations/kinova/matches" in links(get("/en/organisations/kinova/matches?page=99"))


# --- partners --------------------------------------------------------------------------------------------------------


def test_partners_are_those_of_the_matcher_in_order(get: Get, board: Board) -> None:
    ranked = [match.partner_id for match in board.matcher.rank("kinova", 40)]
    shown = [
        href.rsplit("/", 1)[1]
        for page in ("", "?page=2")
        for href in links(get(f"/en/organisations/kinova/matches{page}"), "/matches/kinova/")
    ]
    assert shown == ranked


def test_partner_filters(get: Get, board: Board) -> None:
    for query in ("kind=university", "subdivision=JP-13", "field=robotics", "relation=supply"):
        found = links(get(f"/en/organisations/kinova/matches?{query}"), "/matches/kinova/")
        assert 0 < len(found) <= 20
    assert all(
        board.corpus.profiles[href.rsplit("/", 1)[1]].kind == "university"
        for href in links(get("/en/organisations/kinova/matches?kind=university"), "/matches/kinova/")
    )


def test_no_partner_left_says_which_filter_to_loosen(get: Get) -> None:
    response = get("/en/organisations/kinova/matches?kind=hospital&field=space")
    assert "Loosen one" in response.text
    assert "/en/organisations/kinova/matches?field=space" in links(response)


def test_unknown_organisation_suggests(get: Get) -> None:
    for page in ("/en/organisations/kinov", "/en/organisations/kinov/matches", "/en/matches/rapidus/kinov"):
        assert "/en/organisations/kinova" in links(get(page, 404))


def test_closed_organisation_can_be_read_but_has_no_partners(get: Get, board: Board) -> None:
    closed = next(iter(board.corpus.closed.values()))
    assert closed.closed is not None
    page = get(f"/en/organisations/{closed.id}")
    assert f"Closed in {closed.closed.year}" in page.text
    assert not any("/matches" in address for address in links(page))
    for address in (f"/en/organisations/{closed.id}/matches", f"/en/matches/rapidus/{closed.id}"):
        assert f"/en/organisations/{closed.id}" in links(get(address, 410))
    assert f"/en/organisations/{closed.id}" in links(get(f"/en/search?q={quote(closed.names['en'])}"))


def test_pair_of_one_country_is_refused_plainly(get: Get) -> None:
    response = get("/en/matches/kinova/mila", 404)
    assert "Both are in Canada" in response.text
    assert "/en/organisations/mila/matches" in links(response)


# --- one match -------------------------------------------------------------------------------------------------------

PAIRS = ["rapidus/tenstorrent", "kinova/cyberdyne", "japan-aisi/canada-caisi", "nrc/aist", "d-wave/nec"]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("relation", list(Relation))
def test_waterfall_adds_up_to_the_fit_shown(get: Get, lang: str, pair: str, relation: str) -> None:
    root = tree(get(f"/{lang}/matches/{pair}?relation={relation}"))
    cells = list(root.iter("td"))
    adds = [decimal(text(td)) for td in cells if td.get("class") == "num adds"]
    total = decimal(next(text(td) for td in cells if td.get("class") == "num total"))
    assert sum(adds) == total
    readout = next(dl for dl in root.iter("dl") if "wide" in dl.get("class", ""))
    assert total in [decimal(number) for number in re.findall(r"\d+[.,]\d\d", text(readout))]
    svg = next(svg for svg in root.iter(f"{SVG}svg") if svg.get("class") == "waterfall")
    labels = [text(t) for t in svg.iter(f"{SVG}text")]
    assert [decimal(label) for label in labels if re.fullmatch(r"\d+[.,]\d\d", label)] == [*adds, total]
    assert text(svg.find(f"{SVG}title")) and text(svg.find(f"{SVG}desc"))


@pytest.mark.parametrize("pair", PAIRS)
def test_signals_of_each_row_add_up(get: Get, pair: str) -> None:
    root = tree(get(f"/en/matches/{pair}"))
    *rows_of_evidence, ground = [table for details in root.iter("details") for table in details.iter("table")]
    assert rows_of_evidence
    for table in rows_of_evidence:
        signals, (similarity, *factors, points) = numbers(table, "tbody"), numbers(table, "tfoot")
        assert sum(signals) == similarity
        # Four decimals in each of three factors leave the second decimal of their product uncertain by a little.
        assert abs(similarity * prod(factors) * 100 - points) < Decimal("0.05")
    rows = [[decimal(text(td)) for td in row.findall("td")] for row in ground.findall("tbody/tr")]
    assert rows and all(abs(alike * weight * 100 - points) < Decimal("0.02") for alike, weight, points in rows)
    assert [sum(points for _, _, points in rows)] == numbers(ground, "tfoot")


def numbers(table: Element, part: str) -> list[Decimal]:
    return [decimal(text(td)) for td in table.findall(f"{part}/tr/td") if text(td)]


def test_relation_can_be_forced_where_it_is_open(get: Get, board: Board) -> None:
    relations = board.relations("rapidus", "tenstorrent")
    assert relations == (Relation.CO_DEVELOPMENT, Relation.SUPPLY)
    response = get("/en/matches/rapidus/tenstorrent")
    assert len(links(response, "?relation=")) == 1
    forced = get("/en/matches/rapidus/tenstorrent?relation=peer")
    assert "cannot have the relation “peers with one mission”" in forced.text


def test_relation_never_offers_one_that_scores_nothing(board: Board) -> None:
    assert Relation.SUPPLY not in board.relations("japan-aisi", "canada-caisi")
    assert Relation.PEER in board.relations("japan-aisi", "canada-caisi")


def test_unknown_needs_are_not_called_unmet(get: Get, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    why = board.pair("rapidus", "tenstorrent")
    kept = tuple(e for e in why.evidence if e.side is Side.GIVES)
    bars = tuple(bar for bar in why.bars if bar.side is not Side.GETS)
    silent: Explanation = replace(why, evidence=kept, gaps=(), unknown=(Side.GETS,), bars=bars)
    monkeypatch.setattr(matching.Board, "pair", lambda *_: silent)
    response = get("/en/matches/rapidus/tenstorrent")
    assert "No public need found for Rapidus" in response.text
    assert "Rapidus: no public need found" in response.text


def test_both_sides_tell_the_same(get: Get) -> None:
    one, other = (tree(get(f"/en/matches/{p}")) for p in ("rapidus/tenstorrent", "tenstorrent/rapidus"))
    totals = [text(td) for root in (one, other) for td in root.iter("td") if td.get("class") == "num total"]
    assert len(set(totals)) == 1


# --- what goes wrong -------------------------------------------------------------------------------------------------


def test_route_without_a_policy_is_closed(instance: Path) -> None:
    app = create_app(Settings(instance_folder=instance))
    app.add_url_rule("/open", view_func=lambda: "secret")
    response = app.test_client().get("/open", headers={"Accept-Language": "en"})
    assert response.status_code == 403
    assert "not open to you" in response.text


def test_database_that_is_not_ready_says_what_to_run(tmp_path: Path) -> None:
    app = create_app(Settings(instance_folder=tmp_path))
    for page in ("/ja/", "/ja/organisations/kinova", "/ja/matches/a/b"):
        response = app.test_client().get(page)
        assert response.status_code == 503
        assert "kakehashi db upgrade\nkakehashi load" in response.text
        assert response.headers["Retry-After"]


def test_other_methods_are_refused(client: FlaskClient) -> None:
    response = client.post("/en/search", data={"q": "x"})
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize("error", [RequestEntityTooLarge, RequestURITooLarge])
def test_too_much_is_refused_in_words(app: Flask, error: type[RequestEntityTooLarge | RequestURITooLarge]) -> None:
    with app.test_request_context("/fr/search"):
        response = errors.http(error())
    assert response.status_code == error.code
    page = response.get_data(as_text=True)
    assert "Erreur" in page
    html5lib.HTMLParser(strict=True).parse(page)


def test_unexpected_error_shows_a_page(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(matching.Board, "organisation", fail)
    response = client.get("/en/organisations/kinova")
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.text
    assert "secret" not in response.text


def test_an_answer_that_says_something_is_wrong_commits_nothing(app: Flask) -> None:
    events = uuid.uuid4().hex, uuid.uuid4().hex
    for subject, answer in zip(events, ["done", ("not done", 422)], strict=True):
        with app.test_request_context(method="POST"):

            @commit_after
            def view(subject: str = subject, answer: object = answer) -> object:
                accounts.save_attempt(db.session, "test", subject)
                return answer

            assert view() == answer
    with app.app_context():
        assert [len(list_audit_events(db.session, subject)) for subject in events] == [1, 0]


def test_two_writes_of_the_same_are_no_fault_of_ours(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    row = {"email": "collision@example.com", "role": "officer", "lang": "en", "stamp": "x", "is_active": True}
    twice = [row | {"id": uuid.uuid4(), "created_at": now(), "name": "whom nobody may read about"} for _ in range(2)]
    with app.app_context(), pytest.raises(Collision) as caught:
        db.session.execute(insert(User).values(twice))
    assert "nobody may read" not in str(caught.value), "errors of the database end up in the log"
    with app.test_request_context("/fr/"):
        assert errors.conflict(caught.value).status_code == 409
    assert "nobody may read" not in caplog.text


def test_without_a_database_people_who_are_signed_in_are_told_too(tmp_path: Path) -> None:
    client = create_app(Settings(instance_folder=tmp_path)).test_client()
    with client.session_transaction() as session:
        session.update(user=uuid.uuid4().hex, stamp="x", since=0)
    assert "kakehashi db upgrade" in client.get("/ja/").text


@pytest.mark.parametrize("address", ["/en/organisations/{}", "/en/compare?seeker={}", "/en/search?country=JP&x={}"])
@pytest.mark.usefixtures("board")
def test_what_is_too_long_for_an_address_costs_nothing(client: FlaskClient, address: str) -> None:
    assert client.get(address.format("x" * 17_000)).status_code == 414
    # What this thread works, whatever else the machine has to do.
    started = time.thread_time()
    assert client.get(address.format("x" * 15_000)).status_code in {200, 404}
    assert time.thread_time() - started < 1
