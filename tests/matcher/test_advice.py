"""Advice on a profile in the making: each aim is told where it is missed, and only there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.advice import OLD, POINTS, Aim, Grade, assess, is_general, sketch
from matcher.document import parse_profile
from matcher.profile import Cooperation, Country, Profile
from matcher.sentences import tells_proof
from matcher.taxonomy import Taxonomy
from tests.matcher.builders import DAY, profile, profile_json

TAXONOMY = Taxonomy.shipped()
CAPABILITIES = (
    "Makes light robotic arms that mount on a wheelchair, tested in three care homes in Sherbrooke.",
    "Fabrique des préhenseurs souples pour la robotique agricole, qui saisissent des fruits mûrs.",
    "Designs force sensors for collaborative robots that share a bench with people.",
)
NEEDS = (
    "Looks for a distributor of assistive robots with a service network in Japan.",
    "Wants a partner for trials of its robotic arms in Japanese rehabilitation hospitals.",
)


def full() -> Profile:
    made = profile("x", Country.CA, capabilities=CAPABILITIES, needs=NEEDS)
    return replace(
        made, statements=tuple(replace(s, trl=7, cooperation=(Cooperation.SUPPLY,)) for s in made.statements)
    )


def aims(of: Profile, day: Any = DAY) -> set[Aim]:
    return {advice.aim for advice in assess(of, TAXONOMY, day).advice}


def with_first(of: Profile, **changes: Any) -> Profile:
    return replace(of, statements=(replace(of.statements[0], **changes), *of.statements[1:]))


def test_a_full_profile_needs_no_advice() -> None:
    found = assess(full(), TAXONOMY, DAY)
    assert (found.grade, found.advice, found.next_grade) == (Grade.RICH, (), None)
    assert found.points == sum(POINTS.values())


def test_an_empty_one_has_no_points_and_is_first_asked_for_a_need() -> None:
    found = assess(profile("x", Country.CA), TAXONOMY, DAY)
    assert (found.grade, found.points, found.advice[0].aim) == (Grade.THIN, 0, Aim.ADD_NEED)


@pytest.mark.parametrize(
    ("changes", "aim"),
    [
        ({"text": "Write to sales@example.com about robotic arms for wheelchairs."}, Aim.NO_CONTACT),
        ({"text": "Dr. Tremblay leads the design of robotic arms for wheelchairs here."}, Aim.NO_PERSON),
        ({"text": "Makes robotic arms for us."}, Aim.SAY_MORE),
        ({"text": "We offer AI solutions to everybody."}, Aim.BE_SPECIFIC),
        (
            {"text": "Keeps seventeen peculiar widgets beside nine unusual blue doors under an awning."},
            Aim.NAME_SUBJECT,
        ),
        ({"source": ""}, Aim.GIVE_SOURCE),
        ({"read_on": DAY - OLD - timedelta(1)}, Aim.READ_AGAIN),
    ],
)
def test_a_statement_that_misses_an_aim_is_named(changes: dict[str, Any], aim: Aim) -> None:
    found = next(a for a in assess(with_first(full(), **changes), TAXONOMY, DAY).advice if a.aim is aim)
    assert found.statements == (full().statements[0].id,) and found.gain == POINTS[aim]
    assert aim not in aims(full())


@pytest.mark.parametrize(
    ("of", "aim"),
    [
        (replace(full(), statements=full().needs), Aim.ADD_CAPABILITY),
        (replace(full(), statements=full().capabilities), Aim.ADD_NEED),
        (replace(full(), statements=tuple(replace(s, trl=None) for s in full().statements)), Aim.GIVE_TRL),
        (
            replace(full(), statements=tuple(replace(s, cooperation=()) for s in full().statements)),
            Aim.NAME_COOPERATION,
        ),
        (replace(full(), statements=tuple(s for s in full().statements if s.lang == "en")), Aim.SECOND_LANGUAGE),
        (replace(full(), statements=full().statements[1:]), Aim.TELL_PROOF),
    ],
)
def test_what_the_whole_misses_is_advised(of: Profile, aim: Aim) -> None:
    assert aim in aims(of)


def test_what_must_not_be_published_is_never_good() -> None:
    found = assess(with_first(full(), text="Dr. Tremblay tested robotic arms for wheelchairs in Osaka."), TAXONOMY, DAY)
    assert found.grade is Grade.FAIR and found.advice[0].aim is Aim.NO_PERSON


@given(st.integers(0, 5))
def test_a_statement_more_never_lowers_a_profile_of_good_ones(count: int) -> None:
    less, more = (assess(replace(full(), statements=full().statements[:n]), TAXONOMY, DAY) for n in (count, count + 1))
    assert less.points <= more.points
    assert less.points + less.needed <= sum(POINTS.values()) and less.points + sum(a.gain for a in less.advice) == 18


@pytest.mark.parametrize(
    ("text", "is_proof"),
    [
        ("Arms in use at two hospitals.", True),
        ("Bras éprouvés dans trois CHSLD.", True),
        ("介護施設3か所で実証した。", True),
        ("Designs arms.", False),
        ("Conçoit des bras.", False),
        ("腕を設計する。", False),
    ],
)
def test_proof_is_seen_in_three_languages(text: str, is_proof: bool) -> None:  # noqa: FBT001 - a test parameter
    assert tells_proof(text) is is_proof


def test_a_general_sentence_in_japanese() -> None:
    assert is_general("幅広い技術を提供する。", TAXONOMY)
    assert not is_general("量子アニーリングで配送の経路を最適化する。", TAXONOMY)


def test_a_whole_document_is_sketched_as_it_is_read() -> None:
    document = profile_json()
    read = parse_profile(document, complete=False)
    found = sketch(document, DAY)
    assert found and (found.statements, found.country, found.kind) == (read.statements, read.country, read.kind)


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
)


@given(
    st.dictionaries(st.sampled_from(["country", "kind", "names", "fields", "statements", "size", "id"]), _ANY),
    st.lists(st.dictionaries(st.sampled_from(["id", "role", "text", "lang", "trl", "read_on", "cooperation"]), _ANY)),
)
def test_anything_can_be_sketched_and_assessed(document: dict[str, Any], rows: list[Any]) -> None:
    for made in (document, document | {"country": "CA", "statements": [r | {"role": "need"} for r in rows]}):
        found = sketch(made, DAY)
        assert found is None or assess(found, TAXONOMY, DAY).points >= 0
