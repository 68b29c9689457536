from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from matcher.corpus import Corpus
from matcher.profile import Cooperation, Country, Profile, Role
from matcher.questions import Ask, questions
from tests.matcher.builders import DAY, of_both_countries, profile, statement, toy_matcher

FULL = ("robot arms", "fuel cells", "telescopes", "wheat")


def full(profile_id: str, country: Country) -> Profile:
    """An organisation of which nothing is left to ask."""
    made = profile(profile_id, country, capabilities=FULL, needs=FULL[:3])
    first, *others = made.statements
    first = replace(first, trl=7, cooperation=(Cooperation.SUPPLY,))
    return replace(made, statements=(first, *others))


def asked(one: Profile, other: Profile) -> list[tuple[Ask, str, str | None]]:
    found = questions(toy_matcher([one, other]), one.id, other.id)
    return [(q.ask, q.profile_id, q.statement.id if q.statement else None) for q in found]


def test_nothing_is_asked_where_all_is_known() -> None:
    assert asked(full("a", Country.JP), full("b", Country.CA)) == []


def test_every_open_point_is_asked() -> None:
    known = full("a", Country.JP)
    bare = profile("b", Country.CA, capabilities=["robot arms"])
    assert set(asked(known, bare)) == {
        (Ask.STATE_NEED, "b", None),
        (Ask.STATE_CAPABILITY, "b", None),
        (Ask.GIVE_READINESS, "b", None),
        (Ask.NAME_COOPERATION, "b", None),
    }


def test_an_inferred_need_is_to_be_confirmed_and_an_old_source_renewed() -> None:
    known, other = full("a", Country.JP), full("b", Country.CA)
    old = statement(Role.CAPABILITY, 2, "fuel cells", read_on=DAY - timedelta(days=800))
    inferred = statement(Role.NEED, 1, "robot arms", is_inferred=True)
    changed = {old.id: old, inferred.id: inferred}
    other = replace(other, statements=tuple(changed.get(s.id, s) for s in other.statements))
    found = questions(toy_matcher([known, other]), "a", "b")
    assert {(q.ask, q.statement.id if q.statement else None) for q in found} == {
        (Ask.RENEW_SOURCE, "c2"),
        (Ask.CONFIRM_NEED, "n1"),
    }
    assert all(q.gain > 0 for q in found)


def test_an_answer_is_worth_what_the_formula_says() -> None:
    known, bare = full("a", Country.JP), profile("b", Country.CA, capabilities=FULL)
    [first, *_] = questions(toy_matcher([known, bare]), "a", "b")
    answered = replace(bare, statements=(*bare.statements, statement(Role.NEED, 1, "anything")))
    before, after = (toy_matcher([known, b]).score("a", "b").confidence for b in (bare, answered))
    assert first.ask is Ask.STATE_NEED
    assert first.settled == after
    assert first.gain == pytest.approx(after.value - before.value, abs=1e-9)


def test_the_most_useful_question_comes_first_for_every_shipped_pair(corpus: Corpus) -> None:
    matcher = toy_matcher(list(corpus.profiles.values()))
    pairs = of_both_countries(list(corpus.profiles.values()))[::97]
    for one, other in pairs:
        found = questions(matcher, one, other)
        assert all(a.gain >= b.gain for a, b in pairwise(found))
        now = matcher.confidence(matcher.profile(one), matcher.profile(other)).value
        assert all(q.settled.value == pytest.approx(now + q.gain, abs=1e-9) for q in found)
        # Both sides would ask the same.
        swapped = {(q.ask, q.profile_id, q.statement) for q in questions(matcher, other, one)}
        assert swapped == {(q.ask, q.profile_id, q.statement) for q in found}


def test_an_answer_never_lowers_confidence(corpus: Corpus) -> None:
    matcher = toy_matcher(list(corpus.profiles.values()))
    for one, other in of_both_countries(list(corpus.profiles.values()))[::97]:
        assert all(q.gain >= 0 for q in questions(matcher, one, other))
