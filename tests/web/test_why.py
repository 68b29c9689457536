"""The pages that answer questions about a match: marked words, what hangs on a statement, why not, what if."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from werkzeug.test import TestResponse

from matcher.explain import Drop, Side
from matcher.match import Where
from matcher.profile import LANGUAGES
from matcher.questions import Ask
from matcher.standing import Filter, Stability
from web import cli, i18n
from web.forms.why import MAX_STATEMENT
from web.i18n.why import FILTERS
from web.matching import Board

pytestmark = pytest.mark.once

Get = Callable[..., TestResponse]
PAIR = ("kinova", "cyberdyne")


def tree(response: TestResponse) -> Element:
    found: Element = html5lib.parse(response.text, namespaceHTMLElements=False)
    return found


def text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def classed(root: Element, name: str) -> list[Element]:
    return [e for e in root.iter() if name in (e.get("class") or "").split()]


@pytest.fixture
def far(board: Board) -> str:
    """A partner of Kinova that is not among its first ten."""
    return board.matcher.rank(PAIR[0], 1000)[30].partner_id


# --- the page of a match ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_shared_words_are_marked_on_both_sides_with_the_same_number(get: Get, board: Board, lang: str) -> None:
    root = tree(get(f"/{lang}/matches/rapidus/tenstorrent"))
    pairs = [p for p in classed(root, "pair") if classed(p, "step")]
    behind = board.behind(board.pair("rapidus", "tenstorrent"))
    assert len(pairs) == len(behind.highlights)
    seen = 0
    for pair in pairs:
        one, other = (list(side.iter("mark")) for side in classed(pair, "cited"))
        numbers = [{text(next(m.iter("sup"))) for m in marks} for marks in (one, other)]
        assert numbers[0] == numbers[1]
        seen += len(one)
    assert seen >= 2


def test_marks_leave_the_words_of_a_statement_whole(get: Get, board: Board) -> None:
    root = tree(get("/en/matches/rapidus/tenstorrent"))
    for sup in list(root.iter("mark")):
        for number in list(sup.iter("sup")):
            for e in number.iter():
                e.text = e.tail = ""
    shown = {" ".join("".join(p.itertext()).split()) for p in classed(root, "words")}
    why = board.pair("rapidus", "tenstorrent")
    assert {" ".join(e.wanted.text.split()) for e in why.evidence} <= shown


def test_what_hangs_on_a_statement_is_said_once(app: Flask, get: Get, board: Board) -> None:
    page = get("/en/matches/rapidus/tenstorrent").text
    drops = [d for d in board.behind(board.pair("rapidus", "tenstorrent")).drops if d]
    seeker, partner = (board.corpus.profiles[i] for i in ("rapidus", "tenstorrent"))
    assert drops
    with app.test_request_context(), force_locale("en"):
        for sentence in {i18n.drop_sentence(d, seeker if d.side is Side.GIVES else partner) for d in drops}:
            assert sentence in page
    assert page.count("Without this statement") == len(drops)


@pytest.mark.parametrize(("lost", "word"), [(2.5, "lower"), (-0.5, "higher"), (0.001, "the same")])
def test_a_drop_is_told_as_it_is(app: Flask, board: Board, lost: float, word: str) -> None:
    with app.test_request_context(), force_locale("en"):
        assert word in i18n.drop_sentence(Drop(Side.GETS, "c1", lost), board.corpus.profiles["kinova"])


def test_how_firm_a_place_is_has_no_percentage(app: Flask, get: Get) -> None:
    with app.test_request_context(), force_locale("en"):
        said = i18n.stability_sentence(Stability(188, 200, 10))
    assert "10 in 188 of 200" in said
    page = get("/en/matches/kinova/cyberdyne").text
    assert "of 200 plausible weightings" in page and "%" not in tree_text(page)


def tree_text(page: str) -> str:
    root = html5lib.parse(page, namespaceHTMLElements=False)
    return text(next(root.iter("main")))


def test_the_page_says_what_to_ask_next(app: Flask, get: Get, board: Board) -> None:
    why = board.pair(*PAIR)
    best = board.behind(why).questions[0]
    shown = [text(li) for ol in classed(tree(get(f"/en/matches/{'/'.join(PAIR)}")), "asks") for li in ol.iter("li")]
    with app.test_request_context(), force_locale("en"):
        assert i18n.question_worth(best, why.match) in shown[0]
    assert 1 <= len(shown) <= 3


@pytest.mark.parametrize("ask", list(Ask))
def test_every_question_has_a_sentence(app: Flask, board: Board, ask: Ask) -> None:
    profile = board.corpus.profiles["kinova"]
    some = board.behind(board.pair(*PAIR)).questions[0]
    asked = replace(some, ask=ask, profile_id="kinova", statement=profile.needs[0], gain=0.0)
    with app.test_request_context(), force_locale("en"):
        said = i18n.question_markup(asked, profile)
        assert "Kinova" in said and "%(" not in said
        assert "not count" in i18n.question_worth(asked, board.pair(*PAIR).match)
        bare = replace(profile, statements=profile.capabilities)
        assert ("no public need" in i18n.question_markup(asked, bare)) is (ask is Ask.STATE_NEED)


def test_quoted_words_of_a_question_are_escaped(app: Flask, board: Board) -> None:
    profile = board.corpus.profiles["kinova"]
    bad = replace(profile.needs[0], text="<b>needs</b>")
    some = board.behind(board.pair(*PAIR)).questions[0]
    with app.test_request_context(), force_locale("en"):
        assert "<b>" not in i18n.question_markup(replace(some, ask=Ask.CONFIRM_NEED, statement=bad), profile)


def test_a_forced_relation_has_its_own_drops(board: Board) -> None:
    match = board.pair(*PAIR).match
    others = [r for r in board.relations(*PAIR) if r is not match.relation]
    assert others
    for relation in others:
        why = board.pair(*PAIR, relation)
        assert [d for d in board.behind(why).drops if d] != [d for d in board.behind(board.pair(*PAIR)).drops if d]
        assert board.behind(why).rank == board.behind(board.pair(*PAIR)).rank


# --- why not ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_why_not_shows_the_place_and_what_there_is_less_of(get: Get, board: Board, far: str, lang: str) -> None:
    root = tree(get(f"/{lang}/organisations/kinova/why/{far}"))
    assert "31" in text(next(e for e in classed(root, "lead")))
    [table] = list(root.iter("table"))
    standing = board.standing("kinova", far, Where())
    assert len(list(table.iter("tr"))) == len(standing.measures) + 2
    assert any(list(td.iter("strong")) for td in table.iter("td"))


def test_a_filter_that_keeps_it_out_is_named(get: Get) -> None:
    page = get("/en/organisations/kinova/why/cyberdyne?kind=hospital&field=energy").text
    assert "The filters keep it out" in page and "What they are" in page and "Field" in page


def test_a_partner_that_passes_has_a_place_among_the_filtered(get: Get) -> None:
    assert (
        "that pass the filters it is number"
        in get("/en/organisations/kinova/why/cyberdyne?kind=company&kind=startup").text
    )


def test_every_filter_has_a_name_in_words(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        assert all(str(FILTERS[one]) for one in Filter)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/en/organisations/kinova/why/mila", 404),
        ("/en/organisations/kinova/why/nobody", 404),
        ("/en/organisations/nobody/why/mila", 404),
        ("/en/organisations/nobody/why", 404),
        ("/en/organisations/nobody/names?q=a", 404),
    ],
)
def test_who_cannot_be_a_partner_is_said(get: Get, address: str, status: int) -> None:
    get(address, status)


# --- the name that is asked about -------------------------------------------------------------------------------------


def test_the_list_asks_about_those_who_are_not_on_it(get: Get) -> None:
    root = tree(get("/en/organisations/kinova/matches?kind=company"))
    [form] = classed(root, "whynot")
    assert form.get("action") == "/en/organisations/kinova/why"
    values = {i.get("name"): i.get("value") for i in form.iter("input")}
    assert values["kind"] == "company"
    assert (next(i for i in form.iter("input") if i.get("name") == "name").get("data-suggest") or "").endswith(
        "/en/organisations/kinova/names?kind=company"
    )


def test_a_name_that_is_one_leads_on_with_the_filters(client: FlaskClient) -> None:
    response = client.get("/en/organisations/kinova/why?name=cyberdyne&kind=company&page=2")
    assert response.status_code == 302
    target = urlsplit(response.headers["Location"])
    assert target.path == "/en/organisations/kinova/why/cyberdyne"
    assert parse_qs(target.query) == {"kind": ["company"]}


def test_several_names_are_offered_and_own_country_left_out(get: Get, board: Board) -> None:
    page = get("/en/organisations/kinova/why?name=University")
    links = [a.get("href") or "" for a in next(tree(page).iter("main")).iter("a")]
    offered = [h.rsplit("/", 1)[1] for h in links if "/why/" in h]
    assert len(offered) > 1
    assert all(board.corpus.profiles[i].country.value == "JP" for i in offered)


def test_a_name_nobody_has_keeps_what_was_typed(get: Get) -> None:
    page = get("/en/organisations/kinova/why?name=zzzz%3Cb%3E", 404)
    [box] = [i for i in tree(page).iter("input") if i.get("id") == "why-name"]
    assert box.get("value") == "zzzz<b>"
    assert "No organisation in Japan has such a name" in page.text


def test_a_name_of_the_same_country_is_explained(get: Get) -> None:
    page = get("/en/organisations/kinova/why?name=mila", 404).text
    assert "In the same country" in page and "/en/organisations/mila" in page


def test_names_for_the_box_lead_to_the_answer(client: FlaskClient) -> None:
    response = client.get("/fr/organisations/kinova/names?q=cyber&kind=company")
    [found] = [
        one for one in json.loads(response.text) if one["address"].startswith("/fr/organisations/kinova/why/cyberdyne")
    ]
    assert found["address"].endswith("?kind=company")
    assert client.get("/fr/organisations/kinova/names?q=mila").json == []


# --- what if ----------------------------------------------------------------------------------------------------------


def test_what_would_help_is_computed_for_both_sides(get: Get, board: Board, far: str) -> None:
    changes = board.what_if("kinova", far)
    assert changes and all(c.points > 0 for c in changes)
    shown = text(next(tree(get(f"/en/organisations/kinova/why/{far}")).iter("main")))
    assert " ".join(changes[0].statement.text.split()) in shown
    assert "Fit rises from" in shown


def test_a_typed_statement_is_tried_and_kept_in_the_form(get: Get, board: Board) -> None:
    need = board.corpus.profiles["kinova"].needs[0].text
    page = get(
        "/en/organisations/kinova/why/cyberdyne", query_string={"said": need, "who": "partner", "role": "capability"}
    )
    root = tree(page)
    [tried] = [e for e in root.iter() if e.get("id") == "tried"]
    assert "Fit rises from" in text(tried)
    [box] = root.iter("textarea")
    assert text(box) == " ".join(need.split())


def test_what_would_not_help_is_said_too(get: Get) -> None:
    page = get("/en/organisations/kinova/why/cyberdyne?said=zither+fjord&who=seeker&role=capability").text
    assert "If Kinova could also offer:" in page
    assert "Fit falls from" in page or "Fit stays at" in page or "Fit rises from" in page


def test_a_statement_that_is_too_long_is_kept_and_not_tried(get: Get) -> None:
    long = "chips " * (MAX_STATEMENT // 6 + 1) + "end"
    root = tree(get("/en/organisations/kinova/why/cyberdyne", 400, query_string={"said": long}))
    [box] = root.iter("textarea")
    assert text(box) == long
    assert "Nothing is lost" in text(next(e for e in root.iter() if e.get("role") == "alert"))
    assert not [e for e in root.iter() if e.get("id") == "tried"]


def test_odd_values_are_taken_for_the_usual_ones(get: Get) -> None:
    page = get("/en/organisations/kinova/why/cyberdyne?who=x&role=y&said=%00%0A%3Cscript%3E")
    assert "&lt;script&gt;" in page.text and "<script>&" not in page.text
    chosen = [o.get("value") for o in tree(page).iter("option") if o.get("selected") is not None]
    assert chosen == ["partner", "capability"]


# --- compared, and on the command line --------------------------------------------------------------------------------


def test_a_comparison_shows_place_and_firmness(get: Get) -> None:
    page = text(tree(get("/en/compare?seeker=kinova&with=cyberdyne&with=rapidus")))
    assert page.count("plausible weightings") == 2


def test_the_command_says_why(instance: object, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ARG001 - its database
    assert cli.main(["why", "kinova", "cyberdyne", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["seeker"], found["partner"]) == ("kinova", "cyberdyne")
    assert 1 <= found["rank"] <= found["total"] and found["stability"]["draws"] == 200
    assert cli.main(["why", "Kinova", "Cyberdyne", "--offer", "robots", "--lang", "fr"]) == 0
    assert "robots" in capsys.readouterr().out
    assert cli.main(["why", "kinova", "mila"]) == 1
    assert "other country" in capsys.readouterr().err
