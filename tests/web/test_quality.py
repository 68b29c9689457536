"""The page on data quality, the filters of programmes, and what a programme's page says of its sources."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from flask_babel import force_locale
from werkzeug.test import TestResponse

from matcher.corpus import Corpus
from matcher.document import parse_programme
from matcher.profile import LANGUAGES, Budget, Closure, Programme
from matcher.quality import Check, Finding, Origin
from tests.matcher.builders import ADDRESS, DAY, programme_json
from web import i18n
from web.matching import Board, Memory
from web.views import programmes, quality

pytestmark = pytest.mark.once

Get = Callable[..., TestResponse]
Show = Callable[..., Board]


def tree(response: TestResponse) -> Element:
    found: Element = html5lib.parse(response.text, namespaceHTMLElements=False)
    return found


def text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def main_text(response: TestResponse) -> str:
    return text(next(e for e in tree(response).iter("main")))


def section(response: TestResponse, name: str) -> Element:
    return next(e for e in tree(response).iter("section") if e.get("aria-labelledby") == name)


def number(words: str) -> int:
    return int(re.sub(r"\D", "", words.partition(":")[0]))


@pytest.fixture
def show(board: Board, monkeypatch: pytest.MonkeyPatch) -> Show:
    """Lets the pages show another corpus, on the matcher of the shipped one."""

    def put(corpus: Corpus) -> Board:
        changed = replace(board, corpus=corpus, _searches=Memory(64), _answers=Memory(64), _made=Memory(1))
        for module in (quality, programmes):
            monkeypatch.setattr(module, "current_board", lambda: changed)
        return changed

    return put


def with_programme(board: Board, **changes: Any) -> Corpus:
    return Corpus(board.corpus.organisations.values(), [parse_programme(programme_json(**changes))])


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_counts_what_there_is(get: Get, board: Board, lang: str) -> None:
    response = get(f"/{lang}/quality")
    shown = [text(e) for e in tree(response).iter("strong")]
    report = board.quality(date(2026, 12, 1))
    with force_locale_of(lang):
        assert " ".join(i18n.number(report.statements).split()) in shown
    assert not re.search(r"\d\s?[%％]", main_text(response))


def force_locale_of(lang: str) -> Any:
    return force_locale(i18n.LOCALES[lang])


@pytest.fixture(autouse=True)
def _in_app(app: Flask) -> Any:
    with app.test_request_context():
        yield


@pytest.mark.parametrize("name", ["fields", "kinds", "languages", "subdivisions"])
def test_each_number_of_organisations_is_that_of_its_search(get: Get, name: str) -> None:
    links = [a for a in section(get("/en/quality"), name).iter("a") if "/search?" in a.get("href", "")]
    assert len(links) > 2
    for link in (links[0], links[-1]):
        status = next(e for e in tree(get(link.get("href", ""))).iter("span") if e.get("role") == "status")
        assert number(text(status)) == number(text(link))


def test_each_number_of_needs_is_that_of_the_map(get: Get) -> None:
    link = next(a for a in section(get("/en/quality"), "fields").iter("a") if "/map?" in a.get("href", ""))
    table = next(t for t in tree(get(link.get("href", ""))).iter("table") if "fieldsums" in t.get("class", ""))
    counts = {text(row[0]): number(text(row[1])) for row in table.iter("tr") if row[0].get("scope") == "row"}
    assert counts[text(link).partition(": ")[2]] == number(text(link))


@pytest.mark.parametrize("param", ["status", "country", "kind"])
def test_each_number_of_programmes_is_that_of_its_list(get: Get, param: str) -> None:
    part = section(get("/en/quality"), "programmes")
    links = [a for a in part.iter("a") if f"?{param}=" in a.get("href", "")]
    assert links
    for link in links:
        status = next(e for e in tree(get(link.get("href", ""))).iter("p") if e.get("role") == "status")
        assert number(text(status)) == number(text(link))


def test_findings_lead_to_what_they_are_about(get: Get, board: Board, show: Show) -> None:
    kinova = board.corpus.profiles["kinova"]
    old = replace(kinova.needs[0], read_on=DAY - timedelta(days=900))
    changed = replace(kinova, statements=(*kinova.capabilities, old))
    show(Corpus([changed], with_programme(board).programmes.values()))
    work = section(get("/en/quality"), "work")
    hrefs = [a.get("href") for a in work.iter("a")]
    assert f"/en/organisations/kinova#{old.id}" in hrefs
    assert "/en/programmes/joint-call" in hrefs
    with force_locale_of("en"):
        assert f"oldest read on {i18n.day(old.read_on)}" in text(work)


def test_errors_are_shown_unfolded(get: Get, board: Board, show: Show) -> None:
    kinova = board.corpus.profiles["kinova"]
    show(Corpus([replace(kinova, fields=("alchemy",))]))
    work = section(get("/fr/quality"), "work")
    opened = [text(d) for d in work.iter("details") if "open" in d.attrib]
    assert len(opened) == 1
    assert "alchemy" in opened[0]


def test_a_long_list_says_how_much_more_there_is(get: Get, board: Board, show: Show) -> None:
    kinova = board.corpus.profiles["kinova"]
    bare = [replace(kinova, id=f"bare-{i}", statements=()) for i in range(quality._MOST + 3)]
    show(Corpus([kinova, *bare]))
    work = section(get("/en/quality"), "work")
    assert "And 3 more." in text(work)
    assert sum("/organisations/bare-" in a.get("href", "") for a in work.iter("a")) == quality._MOST


def test_the_closed_are_named(get: Get, board: Board, show: Show) -> None:
    kinova = board.corpus.profiles["kinova"]
    show(Corpus([board.corpus.profiles["rapidus"], replace(kinova, closed=Closure(2020, ADDRESS, DAY))]))
    assert "2020" in text(section(get("/ja/quality"), "closed"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_names_are_shown_as_text(get: Get, board: Board, show: Show, lang: str) -> None:
    kinova = board.corpus.profiles["kinova"]
    names = dict.fromkeys(LANGUAGES, "<script>alert(1)</script>")
    show(Corpus([replace(kinova, names=names, statements=())]))
    response = get(f"/{lang}/quality")
    assert "<script>alert" not in response.text
    assert "<script>alert(1)</script>" in main_text(response)


def test_no_data_at_all_is_no_error(get: Get, show: Show) -> None:
    show(Corpus([]))
    assert "No errors." in main_text(get("/en/quality"))


def test_the_report_is_made_once_a_day(board: Board) -> None:
    day = date(2026, 12, 1)
    assert board.quality(day) is board.quality(day)
    assert board.quality(day + timedelta(days=1)).day != day


@pytest.mark.parametrize("page", ["/en/", "/en/about"])
def test_the_page_is_linked(get: Get, page: str) -> None:
    assert "/en/quality" in [a.get("href") for a in tree(get(page)).iter("a")]


def test_every_code_has_words() -> None:
    for lang in LANGUAGES:
        with force_locale_of(lang):
            assert all(str(i18n.CHECKS[c]) and str(i18n.CHECK_MEANINGS[c]) for c in Check)
            assert all(str(i18n.ORIGINS[o]) for o in Origin)


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (Finding(Check.ONE_LANGUAGE, "x", detail="ja"), "Japanese"),
        (Finding(Check.STALE, "x", detail="2024-02-01"), "oldest read on February 1, 2024"),
        (Finding(Check.STATUS_OUTDATED, "x", detail="2024-02-01"), "February 1, 2024"),
        (Finding(Check.PAGES_DISAGREE, "x", detail="budget, closes_on"), "Budget and Closes on"),
        (Finding(Check.FEW_STATEMENTS, "x", detail="5"), ""),
        (Finding(Check.UNKNOWN_FIELD, "x", detail="alchemy"), "alchemy"),
    ],
)
def test_details_in_words(finding: Finding, words: str) -> None:
    with force_locale_of("en"):
        assert i18n.finding_detail(finding) == words


# --- the list of programmes -------------------------------------------------------------------------------------------


@pytest.fixture
def three(board: Board, show: Show) -> Board:
    """An open joint call of both countries, a closed one of Japan, and an open tax measure of Canada."""
    documents = [
        programme_json(id="call", closes_on="2999-06-30"),
        programme_json(id="old", countries=["JP"], status="closed"),
        programme_json(id="tax", countries=["CA"], kind="tax", closes_on="2999-06-30"),
    ]
    return show(Corpus([board.corpus.profiles["kinova"]], map(parse_programme, documents)))


def listed(response: TestResponse) -> set[str]:
    found = (a.get("href", "") for a in tree(response).iter("a"))
    return {href.rpartition("/")[2] for href in found if "/programmes/" in href}


def counts(response: TestResponse, facet: str) -> list[str]:
    return [text(a) for a in section(response, f"facet-{facet}").iter("a")]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"call", "old", "tax"}),
        ("status=open", {"call", "tax"}),
        ("country=JP", {"call", "old"}),
        ("country=JP&country=CA&status=closed", {"old"}),
        ("kind=tax&kind=joint_call&status=open", {"call", "tax"}),
        ("kind=tax&country=JP", set()),
        ("kind=nonsense&status=%3Cscript%3E&country=FR", {"call", "old", "tax"}),
        ("status=open&status=open", {"call", "tax"}),
    ],
)
def test_filters_of_one_facet_widen_and_facets_narrow(get: Get, query: str, expected: set[str]) -> None:
    assert listed(get(f"/en/programmes?{query}")) == expected


@pytest.mark.usefixtures("three")
def test_a_facet_says_what_its_values_would_show(get: Get) -> None:
    response = get("/en/programmes?country=JP")
    assert counts(response, "status") == ["open 1", "closed 1"]
    assert counts(response, "country") == ["Japan (remove this filter) 2", "Canada 2"]
    assert 'id="facet-kind"' not in response.text  # one kind alone is no choice


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_filters_in_use_can_be_taken_out(get: Get, lang: str) -> None:
    response = get(f"/{lang}/programmes?status=open&kind=tax")
    chips = next(u for u in tree(response).iter("ul") if u.get("class") == "chips")
    assert [a.get("href") for a in chips.iter("a")] == [
        f"/{lang}/programmes?kind=tax", f"/{lang}/programmes?status=open", f"/{lang}/programmes",
    ]  # fmt: skip


@pytest.mark.usefixtures("three")
def test_an_empty_list_says_what_to_do(get: Get) -> None:
    assert "No programme passes all these filters." in main_text(get("/en/programmes?kind=tax&country=JP"))


def test_without_programmes_there_is_no_filter(get: Get, board: Board, show: Show) -> None:
    show(Corpus([board.corpus.profiles["kinova"]]))
    response = get("/en/programmes?status=open")
    assert "0 programmes" in main_text(response)
    assert counts(response, "status") == ["open (remove this filter) 0"]


# --- the page of a programme ------------------------------------------------------------------------------------------


def page_of(get: Get, board: Board, show: Show, lang: str = "en", **changes: Any) -> TestResponse:
    show(with_programme(board, **changes))
    return get(f"/{lang}/programmes/joint-call")


def disagreement(field: str, *values: str) -> dict[str, Any]:
    readings = [{"value": v, "source": f"{ADDRESS}/{i}", "read_on": "2026-01-02"} for i, v in enumerate(values)]
    return {"field": field, "values": readings}


def test_links_to_the_official_text_say_their_language(get: Get, board: Board, show: Show) -> None:
    links = {"en": f"{ADDRESS}/en", "ja": f"{ADDRESS}/ja"}
    response = page_of(get, board, show, links=links)
    found = {a.get("hreflang"): (a.get("href"), text(a)) for a in tree(response).iter("a") if a.get("rel")}
    assert found["ja"] == (links["ja"], "in Japanese")
    assert found["en"] == (links["en"], "in English")


@pytest.mark.parametrize(
    ("lang", "shown"), [("en", "2,000,000 CAD"), ("fr", "2\u00a0000\u00a0000\u00a0CAD"), ("ja", "2,000,000 CAD")]
)
def test_the_budget_is_shown_with_its_source(get: Get, board: Board, show: Show, lang: str, shown: str) -> None:
    facts = next(e for e in tree(page_of(get, board, show, lang)).iter("dl") if e.get("class") == "facts-table")
    assert " ".join(shown.split()) in text(facts).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("field", "values", "shown"),
    [
        ("budget", ("14000000", "12500000"), ["14,000,000 CAD", "12,500,000 CAD"]),
        ("closes_on", ("2026-06-30", "2026-07-01"), ["June 30, 2026", "July 1, 2026"]),
        ("status", ("open", "closed"), ["open", "closed"]),
        ("founded", ("1991", "1992"), ["1991", "1992"]),
        ("closes_on", ("end of June", "2026-07-01"), ["end of June", "July 1, 2026"]),
        ("colour", ("<b>red</b>", "blue"), ["<b>red</b>", "blue"]),
    ],
)
def test_both_readings_are_shown_with_their_sources(
    get: Get, board: Board, show: Show, field: str, values: tuple[str, ...], shown: list[str]
) -> None:
    part = section(page_of(get, board, show, contradictions=[disagreement(field, *values)]), "disagree")
    answers = [text(dd) for dd in part.iter("dd")]
    assert all(words in answer for words, answer in zip(shown, answers, strict=True))
    assert [a.get("href") for a in part.iter("a")] == [f"{ADDRESS}/0", f"{ADDRESS}/1"]


def test_a_disputed_value_says_so_where_it_stands(get: Get, board: Board, show: Show) -> None:
    response = page_of(get, board, show, contradictions=[disagreement("budget", "1", "2")])
    marks = [a for a in tree(response).iter("a") if a.get("href") == "#disagree"]
    assert [text(mark) for mark in marks] == ["pages disagree"]


def test_a_programme_that_says_nothing_of_them_shows_nothing(get: Get, board: Board, show: Show) -> None:
    response = page_of(get, board, show, links={}, budget=None, contradictions=[])
    assert not {"Official text", "Budget", "Pages disagree"} & {text(e) for e in tree(response).iter("dt")}
    assert "disagree" not in response.text


@pytest.mark.parametrize("budget", [None, Budget("JPY", 5, ADDRESS, DAY)])
def test_an_amount_has_the_currency_of_the_budget(budget: Budget | None) -> None:
    programme: Programme = replace(parse_programme(programme_json()), budget=budget)
    with force_locale_of("en"):
        assert i18n.reading(programme, "budget", "1500") == ("1,500 JPY" if budget else "1,500")
