from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from itertools import product
from math import isnan, log, log2
from urllib.parse import urlsplit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.corpus import Corpus
from matcher.evaluate import (
    MEASURES,
    RELEVANT,
    Judgement,
    Part,
    Row,
    bm25,
    compare,
    evaluate,
    main_language,
    ndcg,
    read_judgements,
    read_pairs,
    read_parts,
    recall,
    reciprocal_rank,
)
from matcher.profile import Country, Profile
from matcher.ranking import Matcher
from tests.matcher.builders import profile, toy_matcher

Measure = Callable[[Sequence[str], Mapping[str, int]], float]

# Judged organisations whose profiles are still to be written.

# --- one list: empty, no match, perfect, perfect but short, ties ------------------------------------------------------

_RELEVANT = {"a": 3, "b": 1, "z": 0}
# For what knows only yes and no, 2 is the least that counts.
_YES_OR_NO = {"a": 3, "b": 2, "w": 1, "z": 0}
# Gains are 2^relevance - 1, that is 7 and 1, and at rank r count 1 / log2(r + 1).
_IDEAL = 7 + 1 / log2(3)


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
@pytest.mark.parametrize("relevance", [{}, {"a": 0}])
def test_nothing_relevant_is_unknown_and_not_zero(measure: Measure, relevance: dict[str, int]) -> None:
    for ranking in ([], ["a"], ["x", "y"]):
        assert isnan(measure(ranking, relevance))


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
@pytest.mark.parametrize("ranking", [[], ["x"], ["z", "x", "y"]])
def test_an_empty_list_and_one_without_a_match_are_zero(measure: Measure, ranking: list[str]) -> None:
    assert measure(ranking, _RELEVANT) == 0


@pytest.mark.parametrize(
    ("ranking", "value"),
    [
        (["a", "b"], 1),  # perfect
        (["a", "b", "z", "x"], 1),  # perfect, and what follows does not matter
        (["b", "a"], (1 + 7 / log2(3)) / _IDEAL),  # the wrong way round
        (["a"], 7 / _IDEAL),  # perfect but short
        (["x", "a", "y", "b"], (7 / log2(3) + 1 / log2(5)) / _IDEAL),
        (["z", "b"], (1 / log2(3)) / _IDEAL),
    ],
)
def test_ndcg(ranking: list[str], value: float) -> None:
    assert ndcg(ranking, _RELEVANT) == pytest.approx(value, abs=1e-12)


def test_ndcg_of_ties_is_the_same_in_either_order() -> None:
    relevance = {"a": 2, "b": 2, "c": 1}
    assert ndcg(["a", "b", "c"], relevance) == ndcg(["b", "a", "c"], relevance) == 1


def test_ndcg_looks_no_further_than_k_and_wants_no_more_than_k() -> None:
    relevance = dict.fromkeys("abc", 1)
    assert ndcg(["x", "a"], relevance, k=1) == 0
    assert ndcg(["a", "x", "b"], relevance, k=2) == pytest.approx(1 / (1 + 1 / log2(3)))
    assert ndcg(["a", "b"], relevance, k=2) == 1


@pytest.mark.parametrize(
    ("ranking", "k", "value"),
    [
        (["a", "b"], 10, 1),
        (["a"], 10, 0.5),
        (["x", "a", "b"], 2, 0.5),
        (["x", "w", "b"], 2, 0),
        (["b", "a"], 1, 0.5),
    ],
)
def test_recall(ranking: list[str], k: int, value: float) -> None:
    assert recall(ranking, _YES_OR_NO, k) == value


@pytest.mark.parametrize(
    ("ranking", "value"), [(["a"], 1), (["b", "a"], 1), (["x", "b"], 1 / 2), (["z", "x", "w", "a"], 1 / 4)]
)
def test_reciprocal_rank(ranking: list[str], value: float) -> None:
    assert reciprocal_rank(ranking, _YES_OR_NO) == value


_items = st.permutations([f"i{n}" for n in range(14)])
_relevances = st.dictionaries(st.sampled_from([f"i{n}" for n in range(20)]), st.integers(0, 3), max_size=12)


@given(_items, _relevances)
def test_values_lie_between_nothing_and_all_or_are_unknown(ranking: Sequence[str], relevance: dict[str, int]) -> None:
    for measure in MEASURES.values():
        value = measure(ranking, relevance)
        least = 1 if measure is ndcg else RELEVANT
        known = any(r >= least for r in relevance.values())
        assert 0 <= value <= 1 + 1e-12 if known else isnan(value)


@given(_items, _relevances, st.integers(0, 12))
def test_a_better_item_moved_up_never_lowers_a_value(
    ranking: Sequence[str], relevance: dict[str, int], at: int
) -> None:
    first, second = ranking[at : at + 2]
    if relevance.get(second, 0) > relevance.get(first, 0):
        better = [*ranking[:at], second, first, *ranking[at + 2 :]]
        for measure in MEASURES.values():
            before, after = measure(ranking, relevance), measure(better, relevance)
            assert after >= before or (isnan(before) and isnan(after))


@given(_items, _relevances)
def test_unlabelled_items_may_change_places_with_each_other(ranking: Sequence[str], relevance: dict[str, int]) -> None:
    unlabelled = iter([item for item in ranking if item not in relevance][::-1])
    other = [item if item in relevance else next(unlabelled) for item in ranking]
    for measure in MEASURES.values():
        assert measure(other, relevance) == pytest.approx(measure(ranking, relevance), nan_ok=True)


# --- many lists -------------------------------------------------------------------------------------------------------

_PROFILES = {
    p.id: p
    for p in (
        profile("j1", Country.JP, capabilities=["水素で動く船"]),
        profile("j2", Country.JP, capabilities=["the ships of the sea"]),
        profile("c1", Country.CA, capabilities=["the fuel cells of ships"]),
        profile("c2", Country.CA, capabilities=["les piles à combustible des navires"]),
    )
}


def _rows(judgements: list[Judgement], ranking: Sequence[str] = ("c1", "c2", "j1", "j2")) -> dict[str, Row]:
    return {row.slice: row for row in evaluate({"fixed": lambda _: ranking}, judgements, _PROFILES)}


def test_every_slice_has_its_seekers_and_their_mean() -> None:
    rows = _rows([Judgement("j1", "c1", 3), Judgement("j2", "c2", 3), Judgement("c1", "j2", 2)])
    assert {name: row.seekers for name, row in rows.items()} == {
        "all": 3,
        "JP→CA": 2,
        "CA→JP": 1,
        "same language": 1,
        "cross-language": 2,
    }
    assert rows["JP→CA"].values["RR"] == pytest.approx((1 + 1 / 2) / 2)
    assert rows["all"].values["RR"] == pytest.approx((1 + 1 / 2 + 1 / 4) / 3)
    assert list(rows) == ["all", "JP→CA", "CA→JP", "same language", "cross-language"]


def test_a_slice_without_a_judgement_has_no_row() -> None:
    assert list(_rows([Judgement("j1", "c1", 3)])) == ["all", "JP→CA", "cross-language"]
    assert _rows([]) == {}


def test_a_judgement_on_a_profile_not_given_is_left_out() -> None:
    judgements = [Judgement("j1", "c1", 3)]
    assert _rows([*judgements, Judgement("j1", "nobody", 3), Judgement("nobody", "c1", 3)]) == _rows(judgements)


def test_a_seeker_with_nothing_relevant_does_not_lower_the_mean() -> None:
    with_one = _rows([Judgement("j1", "c1", 3), Judgement("j2", "c1", 0)])["all"]
    assert with_one.values == {"nDCG@10": 1, "recall@10": 1, "RR": 1}


def test_nothing_relevant_at_all_is_unknown() -> None:
    assert all(isnan(value) for value in _rows([Judgement("j1", "c1", 0)])["all"].values.values())


def test_unlabelled_partners_change_nothing() -> None:
    judgements = [Judgement("j1", "c1", 3)]
    assert _rows(judgements, ["c2", "c1"]) == _rows(judgements, ["anyone", "c1"])


@pytest.mark.parametrize(("profile_id", "lang"), [("j1", "ja"), ("j2", "en"), ("c1", "en"), ("c2", "fr")])
def test_the_main_language_of_a_profile(profile_id: str, lang: str) -> None:
    assert main_language(_PROFILES[profile_id]) == lang


def test_a_profile_of_two_languages_counts_as_english_first() -> None:
    both = profile("x", Country.CA, capabilities=["les navires de la mer", "the ships of the sea"])
    assert main_language(both) == "en"


# --- baselines --------------------------------------------------------------------------------------------------------


def test_bm25_of_two_short_texts_by_hand() -> None:
    # Two texts of 3 and 2 terms, mean 2.5. "solar" and "wall" are in one of them, "cell" in both.
    rare, common = log(1 + 1.5 / 1.5), log(1 + 0.5 / 2.5)
    long, short = (1.2 * (0.25 + 0.75 * length / 2.5) for length in (3, 2))
    expected = [
        [2 * rare * 2 * 2.2 / (2 + long) + common * 2.2 / (1 + long), common * 2.2 / (1 + short)],
        [common * 2.2 / (1 + long), (common + rare) * 2.2 / (1 + short)],
    ]
    assert np.allclose(bm25(["Solar cells, solar", "the cell wall"]), expected, atol=1e-12)


def test_bm25_of_texts_without_a_common_term_is_zero() -> None:
    found = bm25(["solar", "tidal", "量子"])
    assert np.array_equal(found > 0, np.eye(3, dtype=bool))


def test_every_ranker_ranks_the_other_country_whole_and_ties_by_id(corpus: Corpus, matcher: Matcher) -> None:
    rankers = compare(corpus, matcher)
    assert list(rankers) == ["Kakehashi", "TF-IDF cosine", "BM25", "dense cosine"]
    others = {country: {p.id for p in corpus.of(country.other)} for country in Country}
    for (name, ranker), seeker_id in product(rankers.items(), ["rapidus", "mila"]):
        found, expected = ranker(seeker_id), others[corpus.profiles[seeker_id].country]
        assert len(found) == len(set(found)) and set(found) <= expected
        assert name == "Kakehashi" or set(found) == expected


def test_baselines_break_ties_by_id() -> None:
    profiles: list[Profile] = [
        profile("seeker", Country.JP, needs=["hydrogen ships"]),
        *(profile(i, Country.CA, capabilities=["hydrogen ships"]) for i in ("c", "a", "b")),
    ]
    rankers = compare(Corpus(profiles), toy_matcher(profiles))
    assert all(list(rankers[name]("seeker")) == list("abc") for name in rankers if name != "Kakehashi")


# --- the judgements ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def partnerships() -> list[dict[str, str]]:
    text = (files("matcher.data") / "judgements" / "partnerships.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_judged_organisations_are_shipped(corpus: Corpus, partnerships: list[dict[str, str]]) -> None:
    for row in partnerships:
        for country in Country:
            judged = row["japan_id" if country is Country.JP else "canada_id"]
            assert corpus.organisations[judged].country is country


def test_every_judgement_names_its_source(partnerships: list[dict[str, str]]) -> None:
    without = [(r["japan_id"], r["canada_id"]) for r in partnerships if urlsplit(r["source"]).scheme[:4] != "http"]
    assert not without


def test_every_judgement_is_between_0_and_3_and_made_once(partnerships: list[dict[str, str]]) -> None:
    assert all(row["relevance"] in "0123" for row in partnerships)
    assert len({(row["japan_id"], row["canada_id"]) for row in partnerships}) == len(partnerships) >= 30


def test_every_pair_is_judged_from_both_sides(partnerships: list[dict[str, str]]) -> None:
    judgements = read_judgements()
    assert len(judgements) == 2 * len(read_pairs()) >= 2 * len(partnerships)
    assert {(j.partner_id, j.seeker_id, j.relevance) for j in judgements} == {
        (j.seeker_id, j.partner_id, j.relevance) for j in judgements
    }


def test_the_halves_share_no_organisation_and_part_no_partners(corpus: Corpus) -> None:
    halves = {part: {i for p in read_pairs(part) for i in (p.japan_id, p.canada_id)} for part in Part}
    assert not halves[Part.TUNE] & halves[Part.CHECK]
    parts, known = read_parts(), corpus.organisations
    drawn = [p for p in read_pairs() if {p.japan_id, p.canada_id} <= parts.keys()]
    assert all(parts[p.japan_id] == parts[p.canada_id] for p in drawn)
    assert len(read_pairs(Part.TUNE)) + len(read_pairs(Part.CHECK)) >= 500
    assert set(parts) <= set(known)


def test_rankings_are_kept_within_a_half() -> None:
    parts = {"j1": Part.TUNE, "c1": Part.TUNE, "j2": Part.CHECK, "c2": Part.CHECK}
    ranking = ["c2", "j2", "c1", "j1"]
    [row, *_] = evaluate({"fixed": lambda _: ranking}, [Judgement("j1", "c1", 3)], _PROFILES, parts)
    assert row.values["RR"] == 1
    low, high = row.intervals["RR"]
    assert low == high == 1
