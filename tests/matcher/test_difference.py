from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.difference import Fate, difference, stretches
from tests.matcher.builders import profile_json, programme_json, statement_document


def _said(text: str, statement_id: str = "c1") -> dict[str, Any]:
    return statement_document(statement_id, text=text)


@given(st.text(max_size=60), st.text(max_size=60))
def test_both_texts_can_be_read_off_what_is_marked(old: str, new: str) -> None:
    found = stretches(old, new)
    assert "".join(s.text for s in found if s.fate is not Fate.ADDED) == old
    assert "".join(s.text for s in found if s.fate is not Fate.REMOVED) == new
    assert all(s.text for s in found)


@pytest.mark.parametrize("document", [profile_json(), programme_json()], ids=["profile", "programme"])
def test_a_document_is_the_same_as_itself_and_new_as_a_whole(document: dict[str, Any]) -> None:
    assert difference(document, document).is_empty
    found = difference({}, document)
    assert {f.fate for f in found.fields} == {p.fate for p in found.parts} == {Fate.ADDED}
    back = difference(document, {})
    assert {p.fate for p in back.parts} == {Fate.REMOVED} and len(back.fields) == len(found.fields)


def test_fields_are_named_by_their_path_and_lists_of_words_are_one_field() -> None:
    old, new = profile_json(), profile_json(names={"en": "Maple Arms Inc.", "fr": "Robotique Érable inc."}, aliases=[])
    found = {f.path: f for f in difference(old, new).changed_fields}
    assert {path: f.fate for path, f in found.items()} == {
        ("names", "en"): Fate.CHANGED, ("names", "ja"): Fate.REMOVED, ("aliases",): Fate.REMOVED,
    }  # fmt: skip
    assert found["aliases",].old == "Maple; MRI"


def test_a_statement_under_another_number_is_the_same_one() -> None:
    old = {"statements": [_said("Makes light arms for wheelchairs."), _said("Looks after seals in the sea.", "c2")]}
    new = {
        "statements": [_said("Looks after seals in the cold sea."), _said("Makes light arms for wheelchairs.", "c2")]
    }
    found = difference(old, new)
    assert [(p.place, p.fate) for p in found.parts] == [("c1", Fate.CHANGED), ("c2", Fate.CHANGED)]
    first, second = found.parts
    assert [s.text.strip() for s in first.changed[1].stretches if s.fate is Fate.ADDED] == ["cold"]
    assert [f.path for f in second.changed] == [("id",)]


def test_what_was_rewritten_keeps_its_number_and_shows_both_whole() -> None:
    found = difference({"statements": [_said("Makes arms.")]}, {"statements": [_said("Grows kelp off Tofino!")]})
    (part,) = found.parts
    assert (part.place, part.fate) == ("c1", Fate.CHANGED)
    text = part.field("text")
    assert text and [s.fate for s in text.stretches] == [Fate.REMOVED, Fate.ADDED]


def test_what_came_and_went_is_told() -> None:
    old = {"statements": [_said("Makes arms."), _said("Trains people.", "c2")]}
    new = {"statements": [_said("Makes arms."), statement_document("n1")]}
    found = difference(old, new)
    assert [(p.place, p.fate) for p in found.parts] == [("c1", Fate.SAME), ("n1", Fate.ADDED), ("c2", Fate.REMOVED)]


def test_rules_of_a_programme_are_parts_too() -> None:
    rules = programme_json()["rules"]
    changed = [dict(rules[0]) | {"value": {"country": "CA", "kinds": ["university"], "sme": True}}]
    found = difference(programme_json(), programme_json(rules=changed))
    assert [(p.name, p.fate) for p in found.changed_parts] == [("rules", Fate.CHANGED)]
    assert [(f.path, f.old, f.new) for f in found.changed_parts[0].changed] == [
        (("value", "kinds"), "company", "university")
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("rules", {"rule": "applicant", "value": {}}, {"rule": "applicant", "value": {"sme": False}}, [Fate.CHANGED]),
        ("rules", {"rule": "max_share", "value": 0}, {"rule": "max_share"}, [Fate.CHANGED]),
        ("contradictions", {"field": "opens_on", "values": "2026"}, {"field": "closes_on", "values": "2026"},
         [Fate.ADDED, Fate.REMOVED]),
    ],
)  # fmt: skip
def test_a_no_or_a_zero_says_something_and_parts_of_two_sorts_are_two(
    name: str, old: dict[str, Any], new: dict[str, Any], expected: list[Fate]
) -> None:
    parts = difference({name: [old]}, {name: [new]}).parts
    assert [part.fate for part in parts] == expected
    assert [part.path for part in parts] == [(name, part.get("rule") or part["field"]) for part in (new, old)][
        : len(expected)
    ]


@given(st.data())
def test_no_part_is_lost_or_told_twice(data: st.DataObject) -> None:
    texts = st.lists(
        st.sampled_from(["Makes arms.", "Makes light arms.", "水素を造る。", "水素を運ぶ。", "Sells."]), max_size=5
    )
    old, new = ([_said(text, f"c{n}") for n, text in enumerate(data.draw(texts), 1)] for _ in "ab")
    fates = [part.fate for part in difference({"statements": old}, {"statements": new}).parts]
    assert len(fates) - fates.count(Fate.REMOVED) == len(new) and len(fates) - fates.count(Fate.ADDED) == len(old)
