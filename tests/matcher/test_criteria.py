from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.corpus import Corpus
from matcher.criteria import Checked, Criterion, Examiner, Result
from matcher.document import parse_profile
from matcher.profile import Country
from matcher.taxonomy import Taxonomy
from tests.matcher.builders import profile, profile_json, statement_document

DAY = date(2026, 2, 1)


def _named(profile_id: str, country: Country, *names: str) -> Any:
    return replace(profile(profile_id, country), names={"en": names[0]}, aliases=names[1:])


@pytest.fixture(scope="module")
def examiner() -> Examiner:
    corpus = Corpus(
        [
            parse_profile(profile_json()),
            _named("sumo", Country.JP, "Sumo Robotics Co., Ltd.", "スモウロボット株式会社"),
            _named("kagaku", Country.JP, "Kagaku Institute", "科学研究所"),
            _named("steel", Country.JP, "Steel", "みずの鉄"),
        ]
    )
    return Examiner(corpus, Taxonomy.shipped())


def _of(examiner: Examiner, criterion: Criterion, own_id: str | None = None, **changes: Any) -> list[Checked]:
    found = examiner.examine(profile_json(**changes), DAY, own_id=own_id)
    return [c for c in found.checked if c.criterion is criterion]


def _stating(text: str, **changes: Any) -> dict[str, Any]:
    return {"statements": [statement_document("c1", text=text, **changes)]}


def test_a_good_profile_of_its_own_organisation_passes(examiner: Examiner) -> None:
    found = examiner.examine(profile_json(), DAY, own_id="maple-robotics")
    assert found.failed == () and {c.criterion for c in found.unclear} <= {Criterion.SUBJECT, Criterion.LANGUAGE}


def test_what_is_missing_is_said_at_its_place(examiner: Examiner) -> None:
    found = _of(examiner, Criterion.COMPLETE, website="", names={"fr": "Érable"})
    assert {(c.place, c.result) for c in found} == {("website", Result.FAILED), ("names.en", Result.FAILED)}


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({}, Result.FAILED),
        ({"names": {"en": "Maple Robotics Ltd."}, "identifiers": {}, "aliases": []}, Result.FAILED),
        ({"names": {"en": "Quite Another"}, "identifiers": {}, "aliases": []}, Result.UNCLEAR),  # the same website
        ({"names": {"en": "Quite Another"}, "identifiers": {}, "aliases": [], "website": ""}, Result.PASSED),
        ({"names": {}, "aliases": []}, Result.UNCLEAR),
        ({"country": "JP"}, Result.PASSED),
    ],
)
def test_whoever_is_known_already_is_found(examiner: Examiner, changes: dict[str, Any], result: Result) -> None:
    assert [c.result for c in _of(examiner, Criterion.DUPLICATE, **changes)] == [result]
    assert _of(examiner, Criterion.DUPLICATE, "maple-robotics")[0].result is Result.PASSED


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Makes joints for the arms of Sumo Robotics in Osaka.", ("sumo",)),
        ("Fabrique des joints pour SUMO ROBOTICS CO., LTD. depuis 2001.", ("sumo",)),
        ("スモウロボットの腕に使う関節を造る。", ("sumo",)),
        ("スモウロボットトの腕に使う関節を造る。", ()),
        ("科学研究所と腕を試験した。", ("kagaku",)),
        ("みずの鉄の腕を試験した。", ("steel",)),
        ("Makes sumo robotics kits for schools in Japan.", ()),
        ("Makes parts of steel for wheelchairs and beds.", ()),
        ("Makes parts with Steel for wheelchairs and beds.", ("steel",)),
        ("Makes arms with Maple Robotics in Sherbrooke.", ()),  # of the same country
    ],
)
def test_names_of_the_other_country_are_found_in_any_spelling(
    examiner: Examiner, text: str, named: tuple[str, ...]
) -> None:
    (found,) = _of(examiner, Criterion.PARTNER, **_stating(text))
    assert (found.named, found.result) == (named, Result.FAILED if named else Result.PASSED)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("Ask for the arm at info@example.com today.", "contact"),
        ("Led by Dr. Tremblay, the team makes arms.", "person"),
        ("Makes light arms for wheelchairs in Quebec.", ""),
    ],
)
def test_personal_data_is_found(examiner: Examiner, text: str, detail: str) -> None:
    (found,) = _of(examiner, Criterion.PERSONAL_DATA, **_stating(text))
    assert (found.detail, found.result) == (detail, Result.FAILED if detail else Result.PASSED)


@pytest.mark.parametrize(
    ("text", "lang", "result"),
    [
        ("Makes light arms for wheelchairs, and tests them.", "en", Result.PASSED),
        ("Fabrique des bras légers pour les fauteuils roulants.", "en", Result.FAILED),
        ("Makes light arms for wheelchairs, and tests them.", "ja", Result.FAILED),
        ("Batteries lithium-ion prismatiques compactes.", "fr", Result.UNCLEAR),
        ("車いすの腕を造り、試験する。", "en", Result.FAILED),
    ],
)
def test_the_language_marked_is_that_of_the_text(examiner: Examiner, text: str, lang: str, result: Result) -> None:
    assert [c.result for c in _of(examiner, Criterion.LANGUAGE, **_stating(text, lang=lang))] == [result]


@pytest.mark.parametrize(
    ("read_on", "result"),
    [("2026-01-02", Result.PASSED), ("2026-02-02", Result.PASSED), ("2026-02-03", Result.FAILED),
     ("2024-12-31", Result.UNCLEAR), ("soon", Result.FAILED)],
)  # fmt: skip
def test_a_date_is_given_past_and_not_too_old(examiner: Examiner, read_on: str, result: Result) -> None:
    assert [c.result for c in _of(examiner, Criterion.DATE, **_stating("Makes arms.", read_on=read_on))] == [result]


@pytest.mark.parametrize(
    ("source", "result"),
    [("https://news.example.com/1", Result.PASSED), ("https://www.meti.go.jp/x", Result.PASSED),
     ("https://elsewhere.example.org/", Result.UNCLEAR), ("https://[", Result.UNCLEAR)],
)  # fmt: skip
def test_whose_source_it_is(examiner: Examiner, source: str, result: Result) -> None:
    assert [c.result for c in _of(examiner, Criterion.ORIGIN, **_stating("Makes arms.", source=source))] == [result]


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*profile_json(), "what"]), _values, max_size=6))
def test_no_document_is_too_broken_to_be_checked(changes: dict[str, Any]) -> None:
    examiner = Examiner(Corpus([]), Taxonomy.shipped())
    found = examiner.examine(profile_json() | changes, DAY)
    assert {c.criterion for c in found.checked} >= {Criterion.COMPLETE, Criterion.DUPLICATE, Criterion.NEED}
