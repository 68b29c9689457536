"""Triangles and consortia: numbers that add up, rules that hold, and one answer whatever the order of the input."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import consortium
from matcher.consortium import GREEDY_BOUND, SURE, Method, Proposal, propose
from matcher.corpus import Corpus
from matcher.document import parse_programme
from matcher.eligibility import NO_FACTS, Facts, Outcome, assess
from matcher.explain import Coverage
from matcher.profile import Country, Kind, Profile, Programme, RuleCode
from matcher.ranking import Matcher
from matcher.triangles import PAIR_WEIGHT, TOPIC_WEIGHT, Triangle, Triangles
from matcher.window import Availability
from tests.matcher.builders import corpora, profile, programme_json, rule_document, statement_document, toy_matcher

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def triangles(corpus: Corpus, matcher: Matcher) -> Triangles:
    return Triangles(matcher, corpus.programmes.values())


def _made(programme_id: str, rules: Sequence[tuple[str, object]], texts: Sequence[str], **changes: Any) -> Programme:
    statements = [statement_document("c1", text="Pays for a battery robot")]
    statements += [statement_document(f"n{i}", text=f"Looks for a very good {text}") for i, text in enumerate(texts, 1)]
    dates = {"status": "open", "opens_on": None, "closes_on": None}
    documents = [rule_document(code, value) for code, value in rules]
    return parse_programme(programme_json(id=programme_id, rules=documents, statements=statements, **dates | changes))


_CALLS = [
    _made("joint", [("applicant", {"country": "CA", "kinds": ["company"]}), ("min_members", {"JP": 1, "CA": 1})],
          ["hydrogen sensor", "wheat telescope"]),
    _made("open-to-all", [], ["quantum robot"]),
    _made("national", [("applicant", {"country": "CA", "kinds": ["university"]})], ["forest imaging"],
          countries=["CA"]),
    _made("past", [], ["battery robot"], status="closed"),
    _made("over", [], ["battery robot"], status="closed", edition=None),
    _made("wide", [("min_members", {"JP": 2, "CA": 2}), ("role", {"kinds": ["university"]})], ["annealing moteur"]),
]  # fmt: skip


def _key(t: Triangle) -> tuple[str, str, float]:
    return t.programme_id, t.match.partner_id, round(t.value, 6)


# --- triangles --------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(corpora(), st.randoms(use_true_random=False))
def test_the_best_combinations_are_those_of_every_pair(profiles: list[Profile], mixer: Any) -> None:
    matcher = toy_matcher(profiles)
    made = Triangles(matcher, _CALLS)
    calls = list(_CALLS)
    mixer.shuffle(calls)
    again = Triangles(matcher, calls)
    for seeker in profiles:
        every = [
            t
            for other in profiles
            if other.country is not seeker.country
            for t in made.of_pair(seeker.id, other.id, TODAY)
            if t.match.fit > 0
        ]
        best = sorted(every, key=lambda t: t.order)[:5]
        assert [_key(t) for t in made.of_organisation(seeker.id, TODAY, 5)] == [_key(t) for t in best]
        assert [_key(t) for t in again.of_organisation(seeker.id, TODAY, 5)] == [_key(t) for t in best]


def test_a_triangle_can_be_added_up(triangles: Triangles) -> None:
    for found in triangles.of_organisation("kinova", TODAY, 10):
        parts = found.topic.parts
        assert set(parts) == {found.match.seeker_id, found.match.partner_id}
        for part in parts.values():
            assert part.value == pytest.approx(sum(c.weight * c.similarity for c in part.contributions), abs=1e-9)
            assert all(c.similarity == pytest.approx(max(c.signals.total, 0), abs=1e-9) for c in part.contributions)
        topic = sum(c.value for part in parts.values() for c in part.contributions) / len(parts)
        assert found.value == pytest.approx(PAIR_WEIGHT * found.match.fit + TOPIC_WEIGHT * topic, abs=1e-9)
        assert 0 <= found.topic.value <= 1


def test_what_is_past_is_not_applicable(triangles: Triangles, corpus: Corpus) -> None:
    found = triangles.of_pair("kinova", "cyberdyne", TODAY)
    assert {t.programme_id for t in found} <= set(corpus.programmes)
    assert all(t.window.is_watched or t.window.availability is not Availability.CLOSED for t in found)
    watched = [t.window.is_watched for t in found]
    assert watched == sorted(watched)
    assert all(t.assessment.outcome is not Outcome.NOT_MET for t in found)


def test_facts_rule_a_programme_out(triangles: Triangles) -> None:
    before = triangles.of_programme("globalstars-japan", TODAY, 3)
    assert len(before) == 3 and before == sorted(before, key=lambda t: t.order)
    assert triangles.of_programme("globalstars-japan", TODAY, 3, Facts(civilian=False)) == []
    seeker, name = "kinova", triangles.of_organisation("kinova", TODAY, 1)[0].programme_id
    if any(r.code is RuleCode.APPLICANT for r in triangles.programmes[name].rules):
        return
    assert triangles.of_organisation(seeker, TODAY, 3, {name: Facts(is_complete=True)})


def test_the_best_pairs_of_a_programme_are_those_of_every_pair() -> None:
    people = [
        *(_org(f"jp-{i}", Country.JP, words) for i, words in enumerate(("battery robot", "wheat", "quantum 水素"))),
        *(_org(f"ca-{i}", Country.CA, words) for i, words in enumerate(("hydrogen sensor", "forest", "robot"))),
    ]
    made = Triangles(toy_matcher(people), _CALLS)
    every = [
        t
        for a in people[:3]
        for b in people[3:]
        for t in made.of_pair(a.id, b.id, TODAY)
        if t.programme_id == "joint" and t.match.fit > 0
    ]
    found = made.of_programme("joint", TODAY, 4)
    assert [_key(t) for t in found] == [_key(t) for t in sorted(every, key=lambda t: t.order)[:4]]
    assert made.of_programme("over", TODAY) == []


def _org(profile_id: str, country: Country, words: str, **changes: Any) -> Profile:
    return profile(profile_id, country, capabilities=[f"makes {words}"], needs=[f"wants {words} and sensor"], **changes)


def test_the_topic_tells_programmes_apart(triangles: Triangles) -> None:
    """Assistive arms and robot suits are what the call on ageing is about, and chips what the chip fund is about."""

    def first(seeker: str, partner: str, *ids: str) -> str:
        return max(ids, key=lambda i: triangles.topic(i, [seeker, partner]).value)

    assert first("kinova", "cyberdyne", "canada-japan-3-plus-2", "nedo-post-5g", "jst-nserc") == "canada-japan-3-plus-2"
    assert first("tenstorrent", "rapidus", "canada-japan-3-plus-2", "nedo-post-5g", "jst-nserc") == "nedo-post-5g"


# --- consortia --------------------------------------------------------------------------------------------------------


def _value(made: Triangles, programme_id: str, members: Sequence[str], given_ids: Sequence[str]) -> float:
    """What a consortium covers, asked for as one that is already whole."""
    whole = propose(made, programme_id, members)
    needs = [c for c in whole.covers if c.owner in (programme_id, *given_ids)]
    return sum(c.similarity for c in needs)


@settings(max_examples=40)
@given(corpora(), st.sampled_from(_CALLS), st.data())
def test_a_proposal_meets_its_rules_or_says_which_it_cannot(
    profiles: list[Profile], call: Programme, data: st.DataObject
) -> None:
    made = Triangles(toy_matcher(profiles), _CALLS)
    seeds = data.draw(st.lists(st.sampled_from([p.id for p in profiles]), min_size=1, max_size=2, unique=True))
    found = propose(made, call.id, seeds)
    assert set(seeds) <= set(found.members) and len(set(found.members)) == len(found.members)
    members = [p for p in profiles if p.id in found.members]
    assert assess(call, members, Facts(is_complete=True)) == found.assessment
    # A rule is left unmet only where some place could be filled by nobody.
    assert bool(found.unmet) <= bool(found.open_places)
    assert found.value == pytest.approx(
        sum(c.similarity for c in found.covers) + SURE * sum(i.fills is Outcome.MET for i in found.invited)
    )
    assert propose(Triangles(toy_matcher(profiles[::-1]), _CALLS[::-1]), call.id, seeds[::-1]) == found


@settings(max_examples=25)
@given(corpora(), st.data())
def test_a_small_consortium_is_the_best_there_is(profiles: list[Profile], data: st.DataObject) -> None:
    made = Triangles(toy_matcher(profiles), _CALLS)
    seed = data.draw(st.sampled_from([p.id for p in profiles]))
    found = propose(made, "open-to-all", [seed], size=3)
    assert found.method is Method.EXACT and found.bound == 1
    others = [p for p in profiles if p.id != seed]
    country = next(p.country for p in profiles if p.id == seed)
    count = len(found.invited)
    for some in combinations(others, count):
        if count and any(p.country is not country for p in some):
            value = _value(made, "open-to-all", [seed, *(p.id for p in some)], [seed])
            assert sum(c.similarity for c in found.covers) >= value - 1e-6


def test_too_large_a_search_says_how_good_it_is(monkeypatch: pytest.MonkeyPatch, triangles: Triangles) -> None:
    exact = propose(triangles, "canada-japan-3-plus-2", ["kinova"])
    monkeypatch.setattr(consortium, "MOST_NODES", 1)
    rough = propose(triangles, "canada-japan-3-plus-2", ["kinova"])
    assert (exact.method, rough.method) == (Method.EXACT, Method.GREEDY)
    assert GREEDY_BOUND <= rough.bound <= 1
    assert rough.value >= rough.bound * exact.value - 1e-9
    assert exact.value >= rough.value - 1e-9


def test_the_three_plus_two_call(triangles: Triangles, corpus: Corpus) -> None:
    found = propose(triangles, "canada-japan-3-plus-2", ["kinova", "cyberdyne"])
    countries = [corpus.profiles[m].country for m in found.members]
    assert (countries.count(Country.CA), countries.count(Country.JP)) == (3, 2)
    assert not found.unmet and not found.open_places
    assert {c.owner for c in found.covers} == {"canada-japan-3-plus-2", "kinova", "cyberdyne"}
    for invitation in found.invited:
        assert invitation.place.code is RuleCode.MIN_MEMBERS
        assert all(c.member == invitation.member and c.met_by for c in invitation.covers)
    without = propose(triangles, "canada-japan-3-plus-2", ["kinova", "cyberdyne"], without=[found.invited[0].member])
    assert found.invited[0].member not in without.members and without.value <= found.value + 1e-9


def test_someone_who_can_fill_the_last_place_is_not_spent_on_another() -> None:
    """The only university must take the role, although any Canadian would fill the other place."""
    rules = [("role", {"country": "CA", "kinds": ["university"]}), ("min_members", {"CA": 2, "JP": 1})]
    call = _made("tight", rules, ["robot"])
    people = [
        _org("seed", Country.JP, "sensor"),
        _org("firm", Country.CA, "forest"),
        _org("campus", Country.CA, "robot", kind=Kind.UNIVERSITY),
    ]
    found = propose(Triangles(toy_matcher(people), [call]), "tight", ["seed"])
    assert {i.member: i.place.code for i in found.invited} == {
        "campus": RuleCode.ROLE, "firm": RuleCode.MIN_MEMBERS,
    }  # fmt: skip
    assert not found.unmet


def test_what_cannot_be_met_is_said() -> None:
    call = _made("tight", [("applicant", {"country": "CA", "kinds": ["hospital"]}), ("civilian_only", True)], ["robot"])
    people = [_org("seed", Country.JP, "sensor"), _org("firm", Country.CA, "forest")]
    found: Proposal = propose(Triangles(toy_matcher(people), [call]), "tight", ["seed"], Facts(civilian=False))
    assert [c.code for c in found.unmet] == [RuleCode.APPLICANT, RuleCode.CIVILIAN_ONLY]
    assert [p.code for p in found.open_places] == [RuleCode.APPLICANT]
    assert all(c.coverage in Coverage for c in found.covers)
    assert set(found.to_dict()) >= {"invited", "open_places", "covers", "bound"}


@pytest.mark.parametrize("seeds", [[], [f"x{i}" for i in range(13)]])
def test_nobody_or_too_many(triangles: Triangles, seeds: list[str]) -> None:
    with pytest.raises((ValueError, KeyError)):
        propose(triangles, "canada-japan-3-plus-2", seeds)


def test_unknown_names(triangles: Triangles) -> None:
    with pytest.raises(KeyError):
        propose(triangles, "no-such-call", ["kinova"])
    with pytest.raises(KeyError):
        triangles.topic("globalstars-japan", ["nobody"])
    assert np.isfinite(triangles.topic("globalstars-japan", ["kinova"]).value)
    assert triangles.of_pair("kinova", "cyberdyne", TODAY, NO_FACTS) == triangles.of_pair("kinova", "cyberdyne", TODAY)
