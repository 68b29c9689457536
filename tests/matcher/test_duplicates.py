from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.__main__ import main
from matcher.corpus import Corpus
from matcher.duplicates import LIKELY, WEIGHTS, Candidate, NameIndex, Reason, duplicates, in_order, names_of, unite
from matcher.names import Legal, forms
from matcher.profile import Country, Profile, Role
from tests.matcher.builders import profile, statement

with (Path(__file__).parent / "pairs_of_names.csv").open(encoding="utf-8", newline="") as _file:
    PAIRS = [(row["country"], row["one"], row["other"], row["same"] == "yes") for row in csv.DictReader(_file)]


def named(profile_id: str, *names: str, country: Country = Country.JP, **changes: Any) -> Profile:
    """An organisation with these names, and nothing else that tells it from another."""
    made = replace(profile(profile_id, country), names={"en": names[0]}, aliases=tuple(names[1:]), website="")
    return replace(made, **changes)


def score(country: str, one: str, other: str) -> float:
    found = NameIndex([named("x", other, country=Country(country))]).find([one], country=Country(country), least=0)
    return max((c.score for c in found), default=0.0)


@pytest.mark.parametrize(("country", "one", "other", "is_same"), PAIRS)
def test_two_names_of_one_organisation_and_of_two(country: str, one: str, other: str, *, is_same: bool) -> None:
    there, back = score(country, one, other), score(country, other, one)
    assert there == back
    assert (there >= LIKELY) is is_same


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("Rapidus Corporation", "RAPIDUS CORPORATION", Reason.SAME_NAME),
        ("Kokuyo Co., Ltd.", "Kokuyo K.K.", Reason.SAME_NAME_OTHER_LEGAL_FORM),
        ("ラピダス株式会社", "Rapidus", Reason.SAME_NAME_OTHER_SCRIPT),
        ("Ocean Research Institute", "Institut de recherche de l’Ocean", Reason.SAME_WORDS),
        ("Semiconductor Institute", "Semiconducter Institute", Reason.NEAR_NAME),
        ("Japan Ocean Robot Agency", "JORA", Reason.ACRONYM),
    ],
)
def test_the_reason_is_named(one: str, other: str, reason: Reason) -> None:
    (found,) = NameIndex([named("x", other)]).find([one], country=Country.JP, least=0)
    assert found == Candidate("x", WEIGHTS[reason], (reason,))


def test_an_acronym_alone_is_not_enough_and_with_the_website_is() -> None:
    index = NameIndex([named("x", "Japan Ocean Robot Agency", website="https://www.jora.example/en/")])
    assert index.find(["JORA"], country=Country.JP) == []
    (found,) = index.find(["JORA"], country=Country.JP, website="http://jora.example")
    assert found.reasons == (Reason.ACRONYM, Reason.SAME_WEBSITE)
    assert found.score == round(1 - (1 - WEIGHTS[Reason.ACRONYM]) * (1 - WEIGHTS[Reason.SAME_WEBSITE]), 3)


def test_a_page_of_the_same_site_is_another_website() -> None:
    index = NameIndex([named("x", "Kita University", website="https://kita.example/medicine")])
    assert index.find(["Something Else"], country=Country.JP, website="https://kita.example/", least=0) == []


def test_official_numbers_decide() -> None:
    known = named("x", "Rapidus", identifiers={"corporate_number": "1234567890123", "wikidata": "Q1"})
    index = NameIndex([known])
    same = index.find(["何か"], country=Country.JP, identifiers={"corporate_number": "1234567890123"})
    assert [c.reasons for c in same] == [(Reason.SAME_IDENTIFIER,)]
    assert index.find(["Rapidus"], country=Country.JP, identifiers={"corporate_number": "9234567890123"}) == []
    # Wikidata may hold one body twice.
    assert index.find(["Rapidus"], country=Country.JP, identifiers={"wikidata": "Q2"})


def test_nobody_of_the_other_country_is_ever_found() -> None:
    index = NameIndex([named("x", "Rapidus", identifiers={"wikidata": "Q1"}, website="https://rapidus.example/")])
    found = index.find(
        ["Rapidus"], country=Country.CA, identifiers={"wikidata": "Q1"}, website="https://rapidus.example/", least=0
    )
    assert found == []


def test_a_name_that_many_bear_says_less() -> None:
    parishes = [named(f"p{n}", "中央病院") for n in range(3)]
    assert NameIndex(parishes[:2]).find(["中央病院"], country=Country.JP)
    assert NameIndex(parishes).find(["中央病院"], country=Country.JP) == []


def test_the_best_comes_first_and_ties_by_id() -> None:
    index = NameIndex([named("b", "Kokuyo"), named("a", "Kokuyo"), named("c", "Kokuyo Inc.")])
    found = index.find(["Kokuyo Inc."], country=Country.JP, least=0.5)
    assert [c.profile_id for c in found] == ["c", "a", "b"]


@given(st.lists(st.text(max_size=40), max_size=4))
def test_whatever_a_name_is_it_is_found_under_itself_or_has_nothing_to_compare(names: Sequence[str]) -> None:
    whole = [name for name in names if forms(name)]
    index = NameIndex([named("x", *(whole or ["x"]))])
    for name in whole:
        found = index.find([name], country=Country.JP, least=0)
        assert [c.profile_id for c in found] == ["x"]
    assert index.find([name for name in names if not forms(name)], country=Country.JP, least=0) == []


def test_legal_forms_are_known_in_both_scripts_and_places() -> None:
    told = {name: forms(name)[0].legal for name in ("㈱甲", "甲株式会社", "Kō K.K.", "一般財団法人甲", "Kō Inc.", "甲")}
    assert list(told.values()) == [Legal.COMPANY, Legal.COMPANY, Legal.COMPANY, Legal.FOUNDATION, None, None]


def test_a_name_that_is_nothing_but_a_legal_form_keeps_it() -> None:
    assert forms("株式会社")[0].core == "株式会社"
    assert forms("Inc.")[0].core == "inc"


# --- a whole corpus ---------------------------------------------------------------------------------------------------


def test_pairs_of_a_corpus_are_named_once_the_fuller_first() -> None:
    full = named("z", "Kokuyo Co., Ltd.", statements=(statement(Role.NEED, 1, "battery"),))
    thin, other = named("a", "Kokuyo K.K."), named("b", "Somebody Else")
    assert [(keep, remove, c.profile_id) for keep, remove, c in duplicates([thin, other, full])] == [("z", "a", "a")]
    assert duplicates([full, other, thin]) == duplicates([thin, other, full])


def test_of_two_equals_the_lesser_id_stays() -> None:
    one, other = named("a", "Kokuyo"), named("b", "Kokuyo")
    assert in_order(other, one) == in_order(one, other) == (one, other)


def test_three_thousand_against_each_other_take_seconds() -> None:
    chance = Random(1)  # noqa: S311 - names, not secrets
    syllables = [k + v for k in "kstnhmyrwgzdbp" for v in "aiueo"]

    def word() -> str:
        return "".join(chance.choices(syllables, k=chance.randint(2, 4))).title()

    crowd = [named(f"o{n}", f"{word()} {word()} Research Co., Ltd.", f"{word()} {n}") for n in range(3000)]
    started = process_time()
    found = duplicates([*crowd, named("twin", crowd[7].names["en"].replace("Co., Ltd.", "K.K."))])
    assert process_time() - started < 20
    assert {"o7", "twin"} in [{keep, remove} for keep, remove, _ in found]


def test_the_command_prints_pairs_with_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["duplicates"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("organisations")
    assert main(["duplicates", "--json"]) == 0
    assert capsys.readouterr().out.startswith("[")


def test_the_command_names_a_folder_that_is_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["duplicates", str(tmp_path)]) == 1
    assert "no profiles" in capsys.readouterr().err


# --- one of two -------------------------------------------------------------------------------------------------------


def test_a_union_adds_only_what_is_new() -> None:
    keep = replace(
        profile("keep", Country.CA, capabilities=["makes robots for care homes in Quebec"], needs=["motors"]),
        names={"en": "Maple Robotics Inc."}, aliases=("Maple",), website="", identifiers={"wikidata": "Q1"},
    )  # fmt: skip
    remove = replace(
        profile("remove", Country.CA, capabilities=["makes robots for care homes in Québec.", "sells batteries"]),
        names={"en": "Maple Robotics", "fr": "Robotique Érable"}, aliases=("maple", "MRI"), founded=2009,
        identifiers={"wikidata": "Q2", "lei": "A" * 18 + "00"},
    )  # fmt: skip
    union = unite(keep, remove)
    merged = union.profile
    assert merged.names == {"en": "Maple Robotics Inc.", "fr": "Robotique Érable"}
    assert merged.aliases == ("Maple", "Maple Robotics", "MRI") and union.aliases == merged.aliases[1:]
    assert merged.identifiers == {"wikidata": "Q1", "lei": "A" * 18 + "00"}
    assert (merged.id, merged.founded, merged.website) == ("keep", 2009, remove.website)
    assert [s.text for s in merged.statements] == [*(s.text for s in keep.statements), "sells batteries"]
    assert [s.id for s in merged.statements] == ["c1", "n1", "c2"]
    assert [(a.text, b.id) for a, b in union.same] == [("makes robots for care homes in Québec.", "c1")]


def test_a_need_and_a_capability_in_the_same_words_are_two() -> None:
    offers = profile("a", Country.CA, capabilities=["hydrogen storage at sea"])
    asks = profile("b", Country.CA, needs=["hydrogen storage at sea"])
    assert len(unite(offers, asks).profile.statements) == 2


@pytest.fixture(scope="module")
def shipped() -> list[Profile]:
    return list(Corpus.shipped().organisations.values())


def test_whatever_is_united_holds_all_of_both_and_can_be_united_again(shipped: list[Profile]) -> None:
    for one, other in pairwise(shipped[:40]):
        merged = unite(one, other).profile
        assert {*names_of(one)} <= {*names_of(merged)}
        assert set(one.statements) <= set(merged.statements)
        assert len({s.id for s in merged.statements}) == len(merged.statements)
        assert unite(merged, other).profile == merged
