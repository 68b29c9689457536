from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

import html5lib
import pytest
from werkzeug.test import TestResponse

from matcher.explain import Coverage, coverage_of
from matcher.profile import LANGUAGES
from web.matching import Board

pytestmark = pytest.mark.once

Get = Callable[..., TestResponse]
PARTNERS = ["cyberdyne", "toyota", "denso", "aist"]


def tree(response: TestResponse) -> Element:
    found: Element = html5lib.parse(response.text, namespaceHTMLElements=False)
    return found


def text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def address(*ids: str, seeker: str | None = None, lang: str = "en") -> str:
    return f"/{lang}/compare?" + "&".join([*(f"with={i}" for i in ids), *([f"seeker={seeker}"] if seeker else [])])


def columns(response: TestResponse) -> list[str]:
    heads = [th for th in tree(response).iter("th") if th.get("scope") == "col"]
    return [(next(th.iter("a")).get("href") or "").rsplit("/", 1)[1] for th in heads]


def lines(response: TestResponse) -> dict[str, list[str]]:
    found = {}
    for tr in tree(response).iter("tr"):
        heads, cells = list(tr.iter("th")), list(tr.iter("td"))
        if len(heads) == 1 and heads[0].get("scope") == "row":
            found[text(heads[0])] = [text(td) for td in cells]
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_four_partners_side_by_side(get: Get, board: Board, lang: str) -> None:
    response = get(address(*PARTNERS, seeker="kinova", lang=lang))
    assert columns(response) == PARTNERS
    needs = [" ".join(need.text.split()) for need in board.corpus.profiles["kinova"].needs]
    table = lines(response)
    assert needs and set(needs) <= set(table)
    assert all(len(cells) == 4 for cells in table.values())
    assert '"alert"' not in response.text


def test_needs_are_answered_as_on_the_page_of_the_match(board: Board) -> None:
    compared = board.compare(PARTNERS, "kinova")
    for column in compared.columns:
        match = board.pair("kinova", column.profile.id).match
        by_need = {c.wanted_id: coverage_of(c) for c in match.gets.contributions}
        for need, answer in zip(board.corpus.profiles["kinova"].needs, column.answers, strict=True):
            assert answer.coverage is by_need.get(need.id, Coverage.MISSING)
            assert (answer.statement is None) is (answer.coverage is Coverage.MISSING)


def test_profiles_side_by_side_without_a_seeker(get: Get) -> None:
    response = get(address("kinova", "cyberdyne", "mila"))
    assert columns(response) == ["kinova", "cyberdyne", "mila"]
    assert {"Can offer", "Looks for", "Subjects", "Open to"} <= set(lines(response))
    assert "Fit" not in lines(response)


def test_common_concepts_are_those_of_all(board: Board) -> None:
    compared = board.compare(["kinova", "cyberdyne"])
    assert "robotics" in compared.common or any(
        "robotics" in board.taxonomy.ancestors(notation) for notation in compared.common
    )
    assert board.compare(["kinova"]).common == ()


def test_what_cannot_be_compared_is_said(get: Get) -> None:
    response = get(address("cyberdyne", "kinov", "mila", "toyota", seeker="kinova"))
    assert columns(response) == ["cyberdyne", "toyota"]
    assert "There is no organisation “kinov”" in response.text
    assert "/en/organisations/kinova" in response.text
    assert "in the same country as Kinova: Mila" in response.text


def test_more_than_four_are_named_and_left_out(get: Get) -> None:
    response = get(address(*PARTNERS, "hitachi", "rapidus"))
    assert columns(response) == PARTNERS
    assert "Left out: Hitachi and Rapidus" in response.text


@pytest.mark.parametrize("query", ["/en/compare", "/en/compare?with=&with=%20", "/en/compare?with=nobody"])
def test_nothing_to_compare_says_how(get: Get, query: str) -> None:
    assert "Tick two to four organisations" in get(query, 400).text


def test_one_alone_asks_for_another(get: Get) -> None:
    assert "tick one more" in get(address("kinova", "kinova")).text


def test_unknown_seeker_is_not_found(get: Get) -> None:
    assert "/en/organisations/kinova" in get(address("toyota", seeker="kinov"), 404).text


def test_lists_offer_to_compare(get: Get) -> None:
    for page, seeker in (("/en/organisations/kinova/matches", "kinova"), ("/en/search?q=robots", None)):
        root = tree(get(page))
        form = next(f for f in root.iter("form") if f.get("id") == "compare")
        assert form.get("action") == "/en/compare"
        assert [i.get("value") for i in form.iter("input")] == ([seeker] if seeker else [])
        boxes = [i for i in root.iter("input") if i.get("form") == "compare"]
        assert len(boxes) == 20


def test_a_column_can_be_removed(get: Get) -> None:
    root = tree(get(address("toyota", "denso", seeker="kinova")))
    removing = [a.get("href") for a in root.iter("a") if text(a).startswith("Remove")]
    assert removing == ["/en/compare?with=denso&seeker=kinova", "/en/compare?with=toyota&seeker=kinova"]
