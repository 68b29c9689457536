from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from matcher.corpus import Corpus
from matcher.match import Where
from matcher.profile import LANGUAGES, Country
from matcher.text import collation_key
from web.facets import FacetIndex, chosen_values
from web.forms.search import read_where
from web.matching import Board, Listing, Sort, read_on

pytestmark = pytest.mark.once

Get = Callable[..., TestResponse]


def tree(response: TestResponse) -> Element:
    found: Element = html5lib.parse(response.text, namespaceHTMLElements=False)
    return found


def text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def shown(response: TestResponse) -> list[str]:
    """Ids of the organisations in the list, in order."""
    boxes = [box for box in tree(response).iter("input") if box.get("name") == "with"]
    return [box.get("value", "") for box in boxes]


def counts(response: TestResponse, facet: str) -> dict[str, int]:
    """What each value of a facet promises."""
    found = {}
    for link in tree(response).iter("a"):
        if (link.get("id") or "").startswith(f"by-{facet}-"):
            number = next(span for span in link.iter("span") if span.get("class") == "count")
            found[link.get("id", "").removeprefix(f"by-{facet}-")] = int(text(number))
    return found


def href(response: TestResponse, link_id: str) -> str:
    return next(a.get("href", "") for a in tree(response).iter("a") if a.get("id") == link_id)


# --- facets ----------------------------------------------------------------------------------------------------------

LISTS = [
    "/en/search?q=robots",
    "/en/search?country=JP&kind=company",
    "/ja/search?q=AI&cooperation=joint_research&cooperation=supply",
    "/fr/organisations/kinova/matches?kind=company",
    "/en/organisations/rapidus/matches?relation=supply&trl=9",
]


@pytest.mark.parametrize("address", LISTS)
def test_every_count_is_what_choosing_the_value_as_well_would_add(get: Get, address: str) -> None:
    response = get(address)
    for facet in ("kind", "field", "subdivision", "language", "trl", "cooperation", "relation"):
        chosen = re.findall(rf"[?&]{facet}=([^&]+)", address)
        for value, promised in list(counts(response, facet).items())[:4]:
            # Alone in its facet, whatever else of the facet is chosen.
            bare = re.sub(rf"&{facet}=[^&]+", "", address.replace("?", "?&"))
            alone = get(f"{bare}&{facet}={value}".replace("?&", "?"))
            assert total(alone) == promised, (facet, value, chosen)


def total(response: TestResponse) -> int:
    heading = next(h for h in tree(response).iter("h2") if h.get("id") == "count")
    return int(re.sub(r"\D", "", text(heading)))


def test_values_of_one_facet_are_alternatives_and_facets_narrow(get: Get) -> None:
    one, other = (total(get(f"/en/search?kind={kind}")) for kind in ("university", "startup"))
    assert total(get("/en/search?kind=university&kind=startup")) == one + other
    assert total(get("/en/search?kind=university&kind=startup&country=JP")) < one + other


def test_facet_link_puts_its_value_in_and_out(get: Get) -> None:
    response = get("/en/search?q=robots&page=2")
    put_in = href(response, "by-kind-company")
    assert put_in == "/en/search?q=robots&kind=company"
    assert href(get(put_in), "by-kind-company") == "/en/search?q=robots"


def test_country_is_one_or_the_other(get: Get) -> None:
    assert href(get("/en/search?q=robots&country=JP"), "by-country-CA") == "/en/search?q=robots&country=CA"


def test_chips_name_the_filters_and_take_them_out(get: Get) -> None:
    response = get("/en/search?q=robots&country=JP&trl=9")
    chips = next(ul for ul in tree(response).iter("ul") if ul.get("class") == "chips")
    links = {text(a): a.get("href") for a in chips.iter("a")}
    assert links == {
        "Remove: Partner in: Japan ×": "/en/search?q=robots&trl=9",
        "Remove: Technology readiness: 9: in use ×": "/en/search?q=robots&country=JP",
        "Remove all filters": "/en/search?q=robots",
    }


def test_filters_go_along_with_a_new_search(get: Get) -> None:
    form = next(f for f in tree(get("/en/search?q=robots&trl=9&sort=name")).iter("form") if f.get("role") == "search")
    hidden = [(i.get("name"), i.get("value")) for i in form.iter("input") if i.get("type") == "hidden"]
    assert hidden == [("trl", "9"), ("sort", "name")]


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["kind", "field", "subdivision", "language", "trl", "cooperation", "relation"]),
        st.lists(st.sampled_from(["company", "robotics", "ai", "JP-13", "CA-QC", "fr", "ja", "9", "supply", "x"])),
    )
)
def test_narrowing_agrees_with_admitting(query: Mapping[str, list[str]]) -> None:
    corpus = Corpus.shipped()
    where = read_where(MultiDict(query), ["robotics", "ai"])
    where = Where(
        where.kinds, where.fields, where.subdivisions, (), where.languages, where.readiness, where.cooperations
    )
    ids = list(corpus.profiles)
    for country in (None, Country.JP):
        narrowed = INDEX.narrow(ids, where, country)
        admitted = [
            i for i, p in enumerate(corpus.profiles.values()) if where.admits(p) and country in (None, p.country)
        ]
        assert list(narrowed.kept) == admitted
        assert {f.name: f.chosen for f in narrowed.facets}.items() <= chosen_values(where, country).items()


INDEX = FacetIndex(Corpus.shipped().profiles.values())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    query=st.lists(
        st.tuples(
            st.sampled_from(
                ["q", "country", "kind", "field", "trl", "language", "cooperation", "sort", "page", "with"]
            ),
            st.one_of(st.text(max_size=30), st.sampled_from(["JP", "company", "ai", "9", "ja", "supply", "name", "2"])),
        ),
        max_size=8,
    )
)
def test_any_query_shows_a_page(client: FlaskClient, query: list[tuple[str, str]]) -> None:
    pairs = [(name, value.encode("utf-8", "ignore").decode()) for name, value in query]
    for page in ("search", "organisations/kinova/matches", "compare", "suggest"):
        assert client.get(f"/en/{page}?{urlencode(pairs)}").status_code in (200, 400)


# --- order and pages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("query", ["q=AI", "country=JP"])
def test_pages_in_every_order_show_each_organisation_once(get: Get, lang: str, query: str) -> None:
    everything = []
    for sort in ("best", "name", "newest"):
        pages, number = [], 1
        while found := shown(get(f"/{lang}/search?{query}&sort={sort}&page={number}")):
            pages.extend(found)
            number += 1
        assert len(pages) == len(set(pages)) == total(get(f"/{lang}/search?{query}&sort={sort}"))
        everything.append(pages)
    assert sorted(everything[0]) == sorted(everything[1]) == sorted(everything[2])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_names_are_in_the_order_of_the_reader(board: Board, lang: str) -> None:
    found = board.browse(Where(), k=200, listing=Listing(sort=Sort.NAME, lang=lang)).found
    keys = [collation_key(f.profile.name(lang)) for f in found]
    assert keys == sorted(keys)
    names = [f.profile.name(lang) for f in found]
    if lang == "ja":
        kanji = [n for n in names if "\u4e00" <= n[0] <= "\u9fff" and not n.startswith(("株式", "国立研究", "独立"))]
        assert names.index(kanji[0]) > names.index("株式会社ABEJA")


def test_newest_data_comes_first(board: Board) -> None:
    found = board.browse(Where(), k=200, listing=Listing(sort=Sort.NEWEST)).found
    days = [read_on(f.profile) for f in found]
    assert days == sorted(days, reverse=True)


# --- what a row says -------------------------------------------------------------------------------------------------


def test_rows_say_what_matched_in_the_language_of_the_reader(get: Get) -> None:
    rows = [
        li for li in tree(get("/en/search?q=量子アニーリング")).iter("li") if "row" in (li.get("class") or "").split()
    ]
    assert "In common with your search: quantum annealing" in text(rows[0])
    named = [li for li in tree(get("/en/search?q=rapidus")).iter("li") if "row" in (li.get("class") or "").split()]
    assert "found by its name" in text(named[0])


def test_a_row_never_comes_from_another_language(get: Get) -> None:
    for lang, words in (("en", "Best partners"), ("fr", "Meilleurs partenaires"), ("en", "Best partners")):
        assert words in get(f"/{lang}/search?q=robots").text


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("rapi", "rapidus"), ("らぴだす", "rapidus"), ("ﾗﾋﾟﾀﾞｽ", "rapidus"), ("ＲＡＰＩＤＵＳ", "rapidus"),
        ("Rapidsu", "rapidus"), ("Tenstorent", "tenstorrent"), ("電機", "mitsubishi-electric"), ("hitahci", "hitachi"),
    ],
)  # fmt: skip
def test_names_are_suggested_in_any_script_and_with_a_slip(client: FlaskClient, typed: str, meant: str) -> None:
    response = client.get("/ja/suggest", query_string={"q": typed})
    assert f"/ja/organisations/{meant}" in [one["address"] for one in response.json or []]
    assert len(response.json or []) <= 8


def test_nothing_typed_suggests_nothing(client: FlaskClient) -> None:
    assert client.get("/en/suggest").json == client.get("/en/suggest?q=" + "x" * 400).json == []


@pytest.mark.usefixtures("still_clock")
def test_suggestions_are_limited(client: FlaskClient) -> None:
    statuses = [client.get("/en/suggest?q=a").status_code for _ in range(125)]
    assert statuses[0] == 200
    assert statuses[-1] == 429


# --- what was looked at ----------------------------------------------------------------------------------------------


def recent(response: TestResponse) -> list[str]:
    section = next((s for s in tree(response).iter("section") if s.get("class") == "recent"), None)
    return [] if section is None else [(a.get("href") or "").rsplit("/", 1)[1] for a in section.iter("a")]


def test_the_last_eight_are_kept_latest_first(client: FlaskClient, board: Board) -> None:
    ids = list(board.corpus.profiles)[:10]
    for one in [*ids, ids[4]]:
        client.get(f"/en/organisations/{one}")
    expected = [ids[4], *reversed([i for i in ids[2:] if i != ids[4]])][:8]
    assert recent(client.get("/fr/")) == recent(client.get("/ja/search")) == expected
    assert recent(client.get("/en/search?q=robots")) == []


def test_the_list_can_be_cleared(client: FlaskClient) -> None:
    client.get("/en/organisations/kinova")
    response = client.post("/en/recent/clear", data={"next": "/en/search"})
    assert (response.status_code, response.location) == (303, "/en/search")
    assert recent(client.get("/en/")) == []
    assert client.post("/en/recent/clear", data={"next": "https://evil.example/"}).location == "/en/"


def test_clearing_needs_the_token(guarded_app: Flask) -> None:
    assert guarded_app.test_client().post("/en/recent/clear").status_code == 400


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_nothing_is_kept_of_visitors_who_ask_not_to_be_tracked(client: FlaskClient, header: str) -> None:
    client.get("/en/organisations/kinova")
    response = client.get("/en/organisations/rapidus", headers={header: "1"})
    assert recent(client.get("/en/")) == []
    client.delete_cookie("session")
    assert "Set-Cookie" not in client.get("/en/organisations/rapidus", headers={header: "1"}).headers
    assert response.status_code == 200
