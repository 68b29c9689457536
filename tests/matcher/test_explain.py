from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from matcher.corpus import Corpus
from matcher.explain import COVERED, PARTLY, Coverage, Explanation, Side, coverage_of, drops, explain
from matcher.match import Contribution, Match, Relation, Signals
from matcher.profile import Country, Kind, Profile
from matcher.ranking import Matcher
from matcher.taxonomy import Taxonomy
from matcher.vectors import StatementMatrix, wholes
from tests.matcher.builders import corpora, of_both_countries, profile, toy_matcher

Profiles = Mapping[str, Profile]


@pytest.fixture(scope="module")
def explanations(corpus: Corpus, matcher: Matcher, taxonomy: Taxonomy) -> list[Explanation]:
    """The ten best matches of every shipped organisation."""
    profiles = corpus.profiles
    return [
        explain(match, profiles[match.seeker_id], profiles[match.partner_id], taxonomy)
        for seeker_id in profiles
        for match in matcher.rank(seeker_id, 10)
    ]


def _explained(profiles: list[Profile]) -> Iterable[tuple[Explanation, Profiles]]:
    matcher, by_id = toy_matcher(profiles), {p.id: p for p in profiles}
    for one, other in of_both_countries(profiles):
        match = matcher.score(one, other)
        yield explain(match, by_id[one], by_id[other], matcher.taxonomy_), by_id


def _sides(match: Match, profiles: Profiles) -> Iterable[tuple[Side, Profile, Profile, tuple[Contribution, ...]]]:
    """Either side of a match: who wants, who has, and how each want is met."""
    seeker, partner = profiles[match.seeker_id], profiles[match.partner_id]
    yield Side.GETS, seeker, partner, match.gets.contributions
    yield Side.GIVES, partner, seeker, match.gives.contributions


# --- the waterfall ----------------------------------------------------------------------------------------------------


def _assert_bars_add_up(explanation: Explanation) -> None:
    bars = explanation.bars
    assert bars[0].start == 0
    assert all(one.end == other.start for one, other in pairwise(bars))
    assert bars[-1].end == pytest.approx(100 * explanation.match.fit, abs=1e-9)
    assert all(bar.end >= bar.start for bar in bars)
    *wants, ground = bars
    assert ground.side is Side.GROUND and ground.wanted_id == ground.met_by_id == ""
    assert [(b.side, b.wanted_id, b.met_by_id) for b in wants] == [
        (e.side, e.wanted.id, e.met_by.id) for e in explanation.evidence
    ]
    assert [b.end - b.start for b in wants] == pytest.approx([e.points for e in explanation.evidence], abs=1e-9)


def test_the_bars_of_every_shipped_match_begin_at_nothing_and_end_at_its_fit(explanations: list[Explanation]) -> None:
    assert len(explanations) > 900
    for explanation in explanations:
        _assert_bars_add_up(explanation)


@settings(max_examples=25)
@given(corpora())
def test_the_bars_of_any_match_begin_at_nothing_and_end_at_its_fit(profiles: list[Profile]) -> None:
    for explanation, _ in _explained(profiles):
        _assert_bars_add_up(explanation)


def test_a_match_of_common_ground_alone_has_one_bar() -> None:
    profiles = [
        profile("a", Country.JP, capabilities=["fuel cells"]),
        profile("b", Country.CA, capabilities=["fuel cells"]),
        profile("c", Country.JP, capabilities=["wheat and other grain"]),
    ]
    explanation, _ = next(iter(_explained(profiles)))
    assert explanation.best is None and explanation.evidence == () and explanation.gaps == ()
    [bar] = explanation.bars
    assert bar.end == pytest.approx(100 * explanation.match.ground.value) and bar.end > 0


# --- evidence ---------------------------------------------------------------------------------------------------------


def _assert_evidence_is_in_the_profiles(explanation: Explanation, profiles: Profiles) -> None:
    for side, wants, has, contributions in _sides(explanation.match, profiles):
        by_want = {c.wanted_id: c for c in contributions}
        own = explanation.of(side)
        assert {e.wanted.id for e in own} == {c.wanted_id for c in contributions if c.value > 0}
        for e in own:
            assert e.wanted in wants.statements and e.met_by in has.statements
            assert (e.met_by.id, e.signals) == (by_want[e.wanted.id].met_by_id, by_want[e.wanted.id].signals)
            assert e.coverage is coverage_of(by_want[e.wanted.id])


def test_the_evidence_of_every_shipped_match_is_in_the_profiles(
    corpus: Corpus, explanations: list[Explanation]
) -> None:
    for explanation in explanations:
        _assert_evidence_is_in_the_profiles(explanation, corpus.profiles)


@settings(max_examples=25)
@given(corpora())
def test_the_evidence_of_any_match_is_in_the_profiles(profiles: list[Profile]) -> None:
    for explanation, by_id in _explained(profiles):
        _assert_evidence_is_in_the_profiles(explanation, by_id)


def test_the_evidence_comes_strongest_first(explanations: list[Explanation]) -> None:
    for explanation in explanations:
        points = [e.points for e in explanation.evidence]
        assert points == sorted(points, reverse=True)
        assert explanation.best is None or explanation.best.points == max(points)
        for side in Side:
            own = [e.points for e in explanation.of(side)]
            assert own == sorted(own, reverse=True)


# --- gaps, and what is not known --------------------------------------------------------------------------------------


def test_the_gaps_of_every_shipped_match_are_the_wants_that_are_missing(
    corpus: Corpus, explanations: list[Explanation]
) -> None:
    for explanation in explanations:
        expected = [
            (side, wants.statement(c.wanted_id))
            for side, wants, _, contributions in _sides(explanation.match, corpus.profiles)
            for c in contributions
            if c.similarity < PARTLY
        ]
        assert [(g.side, g.wanted) for g in explanation.gaps] == expected
        assert all(g.coverage is Coverage.MISSING for g in explanation.gaps)


def test_every_need_is_either_answered_in_part_or_a_gap(corpus: Corpus, explanations: list[Explanation]) -> None:
    for explanation in explanations:
        if explanation.match.relation is not Relation.PEER:
            for side, wants, _, contributions in _sides(explanation.match, corpus.profiles):
                gaps = [g.wanted for g in explanation.gaps if g.side is side]
                met = [wants.statement(c.wanted_id) for c in contributions if c.similarity >= PARTLY]
                assert sorted(s.id for s in (*gaps, *met)) == sorted(s.id for s in wants.needs)


def test_shipped_organisations_all_say_what_they_need(explanations: list[Explanation]) -> None:
    assert not [e for e in explanations if e.unknown]


@pytest.mark.parametrize(
    ("needs", "unknown"),
    [
        ((["fuel cells"], []), (Side.GIVES,)),
        (([], ["robot arms"]), (Side.GETS,)),
        (([], []), (Side.GETS, Side.GIVES)),
        ((["fuel cells"], ["robot arms"]), ()),
    ],
)
def test_a_side_without_needs_is_unknown_and_not_unmet(
    needs: tuple[list[str], list[str]], unknown: tuple[Side, ...]
) -> None:
    profiles = [
        profile("a", Country.JP, capabilities=["robot arms"], needs=needs[0]),
        profile("b", Country.CA, capabilities=["fuel cells"], needs=needs[1]),
    ]
    [(explanation, _), (seen_from_the_other_side, _)] = _explained(profiles)
    assert explanation.unknown == unknown and explanation.gaps == ()
    swapped = {Side.GETS: Side.GIVES, Side.GIVES: Side.GETS}
    assert set(seen_from_the_other_side.unknown) == {swapped[side] for side in unknown}


def test_a_need_is_a_gap_where_the_other_side_has_nothing_like_it() -> None:
    profiles = [
        profile("a", Country.JP, capabilities=["量子アニーリング"], needs=["telescope mirrors"]),
        profile("b", Country.CA, capabilities=["wheat"], needs=["量子アニーリング"]),
    ]
    [(explanation, _), _] = _explained(profiles)
    assert [(g.side, g.wanted.text) for g in explanation.gaps] == [(Side.GETS, "telescope mirrors")]
    assert explanation.unknown == ()


def test_peers_share_a_mission_and_not_needs() -> None:
    texts = ["safety tests of language models", "common standards for public AI"]
    profiles = [
        profile(i, country, capabilities=texts, kind=Kind.GOVERNMENT_BODY)
        for i, country in zip("ab", Country, strict=True)
    ]
    [(explanation, _), _] = _explained(profiles)
    assert explanation.match.relation is Relation.PEER and explanation.unknown == ()
    assert [(e.wanted.text, e.met_by.text) for e in explanation.of(Side.GETS)] == [(t, t) for t in texts]


@pytest.mark.parametrize(
    ("similarity", "coverage"),
    [
        (1.0, Coverage.COVERED),
        (COVERED, Coverage.COVERED),
        (COVERED - 1e-9, Coverage.PARTLY),
        (PARTLY, Coverage.PARTLY),
        (PARTLY - 1e-9, Coverage.MISSING),
        (0.0, Coverage.MISSING),
    ],
)
def test_how_far_a_want_is_met(similarity: float, coverage: Coverage) -> None:
    signals = Signals(similarity, 0, 0, 0)
    assert coverage_of(Contribution("n1", "c1", similarity, 0, 0, signals)) is coverage


# --- shared concepts --------------------------------------------------------------------------------------------------


def _named(texts: Iterable[str], taxonomy: Taxonomy) -> set[str]:
    """The concepts that some text names, with the broader ones of each."""
    return {n for text in texts for tag in taxonomy.tag(text) for n in (tag, *taxonomy.ancestors(tag))}


def _assert_shared(shared: tuple[str, ...], one: set[str], other: set[str], taxonomy: Taxonomy) -> None:
    assert set(shared) <= one & other
    assert not [n for n in shared if any(n in taxonomy.ancestors(m) for m in shared)]
    depths = [len(taxonomy.ancestors(n)) for n in shared]
    assert depths == sorted(depths, reverse=True)


def test_shared_concepts_of_every_shipped_match_are_named_on_both_sides(
    corpus: Corpus, explanations: list[Explanation], taxonomy: Taxonomy
) -> None:
    whole = {p.id: _named((s.text for s in p.statements), taxonomy) for p in corpus.profiles.values()}
    single = {s.text: _named([s.text], taxonomy) for p in corpus.profiles.values() for s in p.statements}
    assert sum(bool(e.shared) for x in explanations for e in x.evidence) > 1000
    for explanation in explanations:
        match = explanation.match
        _assert_shared(explanation.common, whole[match.seeker_id], whole[match.partner_id], taxonomy)
        for e in explanation.evidence:
            _assert_shared(e.shared, single[e.wanted.text], single[e.met_by.text], taxonomy)


@pytest.mark.parametrize(
    ("wanted", "met_by", "shared"),
    [
        ("quantum annealing", "量子アニーリング", ("quantum-annealing",)),
        ("quantum annealing for logistics", "recuit quantique", ("quantum-annealing",)),
        ("artificial intelligence", "deep learning", ("ai",)),  # named on one side, a narrower one on the other
        ("deep learning", "reinforcement learning", ()),  # the broader one is named on neither side
    ],
)
def test_what_two_statements_share(wanted: str, met_by: str, shared: tuple[str, ...]) -> None:
    profiles = [profile("a", Country.JP, needs=[wanted]), profile("b", Country.CA, capabilities=[met_by])]
    matcher = toy_matcher(profiles)
    seeker, partner = profiles
    found = explain(matcher.score("a", "b"), seeker, partner, matcher.taxonomy_)
    assert found.common == shared
    assert all(e.shared == shared for e in found.evidence)


# --- for other programs -----------------------------------------------------------------------------------------------


def test_every_explanation_becomes_json(explanations: list[Explanation]) -> None:
    for explanation in explanations[::10]:
        document = json.loads(json.dumps(explanation.to_dict(), allow_nan=False))
        assert document.keys() > explanation.match.to_dict().keys()
        assert [e["wanted"]["text"] for e in document["evidence"]] == [e.wanted.text for e in explanation.evidence]
        assert [g["wanted"]["id"] for g in document["gaps"]] == [g.wanted.id for g in explanation.gaps]
        assert document["waterfall"][-1]["end"] == explanation.bars[-1].end
        assert all(e["met_by"]["source"].startswith("http") for e in document["evidence"])


# --- what hangs on a statement ----------------------------------------------------------------------------------------


def _without_row(matcher: Matcher, profile_id: str, statement_id: str) -> Matcher:
    """The same fitted matcher, from which one row was taken out by hand; nothing is fitted again."""
    side = matcher.sides_[matcher.country_[profile_id]]
    place = side.index[profile_id]
    old = side.profiles[place]
    gone = old.statement(statement_id)
    role = gone.role
    row = side.matrices[role].span(place).start + [s for s in old.statements if s.role is role].index(gone)
    matrix = side.matrices[role]
    starts = matrix.starts - (np.arange(len(matrix.starts)) > place)
    kept = np.delete(np.arange(len(matrix)), row)
    matrices = {**side.matrices, role: StatementMatrix.of(starts, matrix.rows.take(kept))}
    new = replace(old, statements=tuple(s for s in old.statements if s is not gone))
    twin = copy(matcher)
    twin.sides_ = {
        **matcher.sides_,
        side.country: replace(
            side,
            profiles=tuple(new if p is old else p for p in side.profiles),
            matrices=matrices,
            wholes=wholes(matrices.values()),
            hubness={meeting: np.delete(h, row) if meeting[0] is role else h for meeting, h in side.hubness.items()},
        ),
    }
    return twin


def _fit_in(matcher: Matcher, match: Match) -> float:
    """The fit of a pair in the relation of a match; the common ground where the pair can no longer have it."""
    try:
        return matcher.score(match.seeker_id, match.partner_id, match.relation).fit
    except ValueError:
        return matcher.score(match.seeker_id, match.partner_id).ground.value


@pytest.mark.parametrize("seeker_id", ["rapidus", "japan-aisi"])
def test_without_a_statement_the_fit_falls_by_what_was_said(corpus: Corpus, matcher: Matcher, seeker_id: str) -> None:
    seeker = corpus.profiles[seeker_id]
    twins = {s.id: _without_row(matcher, seeker_id, s.id) for s in seeker.statements}
    checked = 0
    for partner in corpus.profiles.values():
        if partner.country is seeker.country:
            continue
        match = matcher.score(seeker_id, partner.id)
        seen = {(d.side, d.met_by_id): d.points for d in drops(matcher, match)}
        from_there = {(d.side, d.met_by_id): d.points for d in drops(matcher, match.swapped())}
        for (side, statement_id), points in seen.items():
            other = Side.GETS if side is Side.GIVES else Side.GIVES
            assert from_there[other, statement_id] == pytest.approx(points, abs=1e-9)
            if side is Side.GIVES:
                expected = 100 * (match.fit - _fit_in(twins[statement_id], match))
                assert points == pytest.approx(expected, abs=1e-6)
                checked += 1
    assert checked > 50


def test_every_statement_that_meets_a_want_has_a_drop(matcher: Matcher, explanations: list[Explanation]) -> None:
    for explanation in explanations[::40]:
        found = {(d.side, d.met_by_id) for d in drops(matcher, explanation.match)}
        assert found == {(e.side, e.met_by.id) for e in explanation.evidence}


def test_a_drop_can_end_the_relation() -> None:
    profiles = [
        profile("a", Country.JP, capabilities=["量子アニーリング"], needs=["fuel cells"], kind=Kind.UNIVERSITY),
        profile("b", Country.CA, capabilities=["fuel cells"], needs=["量子アニーリング"], kind=Kind.UNIVERSITY),
        profile("c", Country.JP, capabilities=["wheat and other grain"]),
    ]
    matcher = toy_matcher(profiles)
    match = matcher.score("a", "b", Relation.CO_DEVELOPMENT)
    [lost] = [d for d in drops(matcher, match) if d.side is Side.GETS]
    # Without its only capability nothing is met in that direction, and only the common ground remains.
    left = replace(profiles[1], statements=profiles[1].needs)
    assert matcher.score_as(left, "a", Relation.CO_DEVELOPMENT) is None
    remains = matcher.score_as(left, "a", Relation.PEER)
    assert remains is not None
    assert lost.points == pytest.approx(100 * (match.fit - remains.ground.value), abs=1e-9)


# --- what nobody knows ------------------------------------------------------------------------------------------------


def test_a_need_is_unknown_and_not_missing_where_the_other_side_states_nothing() -> None:
    profiles = [
        profile("a", Country.JP, capabilities=["robot arms"], needs=["telescope mirrors"]),
        profile("b", Country.CA, needs=["robot arms"]),
    ]
    [(explanation, _), _] = _explained(profiles)
    assert [(g.side, g.wanted.text, g.coverage) for g in explanation.gaps] == [
        (Side.GETS, "telescope mirrors", Coverage.UNKNOWN)
    ]
    assert explanation.to_dict()["gaps"][0]["coverage"] == "unknown"
