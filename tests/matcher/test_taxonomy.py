from __future__ import annotations

import csv
import unicodedata
from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.profile import LANGUAGES, Country
from matcher.taxonomy import Change, ChangeKind, Concept, InvalidChange, Taxonomy, retagged
from matcher.text import fold, is_japanese, normalise, words
from tests.matcher.builders import profile

_LANGS = pytest.mark.parametrize("lang", LANGUAGES)


def _concept(notation: str, label: str, broader: str | None = None, **alt_labels: tuple[str, ...]) -> Concept:
    return Concept(
        notation, broader, dict.fromkeys(LANGUAGES, label), {lang: alt_labels.get(lang, ()) for lang in LANGUAGES}
    )


def _labels(taxonomy: Taxonomy, lang: str) -> list[tuple[str, str]]:
    """Every label of a language with its concept, the preferred first."""
    return [(label, c.notation) for c in taxonomy.concepts.values() for label in (c.label(lang), *c.alt_labels[lang])]


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _unaccented(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not "\u0300" <= c <= "\u036f")


# --- the shipped concepts ---------------------------------------------------------------------------------------------


def test_there_are_three_hundred_concepts_in_sixteen_fields(taxonomy: Taxonomy) -> None:
    assert len(taxonomy.concepts) >= 300
    assert len(taxonomy.fields) == 16


def test_every_concept_has_a_preferred_label_in_each_language(taxonomy: Taxonomy) -> None:
    for concept in taxonomy.concepts.values():
        assert all(concept.label(lang).strip() == concept.label(lang) != "" for lang in LANGUAGES), concept.notation


def test_the_hierarchy_ends_and_has_three_levels_at_most(taxonomy: Taxonomy) -> None:
    for notation in taxonomy.concepts:
        ancestors = taxonomy.ancestors(notation)
        assert notation not in ancestors and len(set(ancestors)) == len(ancestors) <= 2
        assert (ancestors or (notation,))[-1] in taxonomy.fields


@_LANGS
def test_no_label_is_claimed_twice_in_a_language(taxonomy: Taxonomy, lang: str) -> None:
    claims: dict[str, set[str]] = defaultdict(set)
    for label, notation in _labels(taxonomy, lang):
        claims[fold(label)].add(notation)
    assert not {label: sorted(notations) for label, notations in claims.items() if len(notations) > 1}


def test_a_label_belongs_to_one_concept_whatever_its_language(taxonomy: Taxonomy) -> None:
    claims: dict[tuple[str, ...] | str, set[str]] = defaultdict(set)
    for label, notation in (claim for lang in LANGUAGES for claim in _labels(taxonomy, lang)):
        claims[normalise(label) if is_japanese(label) else tuple(words(label))].add(notation)
    assert not {label: sorted(notations) for label, notations in claims.items() if len(notations) > 1}


def test_no_concept_is_matched_with_a_code_of_another(taxonomy: Taxonomy) -> None:
    codes = [code for concept in taxonomy.concepts.values() for code in concept.exact_match]
    assert len(codes) == len(set(codes)) >= 40
    assert taxonomy.concepts["ai"].exact_match == ("wikidata:Q11660", "anzsrc:4602")


@_LANGS
def test_every_label_earns_its_concept(taxonomy: Taxonomy, lang: str) -> None:
    missed = [(label, notation) for label, notation in _labels(taxonomy, lang) if notation not in taxonomy.tag(label)]
    assert not missed


@_LANGS
def test_every_label_earns_its_concept_in_capitals_without_accents_and_in_full_width(
    taxonomy: Taxonomy, lang: str
) -> None:
    for label, notation in _labels(taxonomy, lang):
        for spelling in (label.upper(), label.title(), _unaccented(label), _full_width(label)):
            assert notation in taxonomy.tag(spelling), spelling


@pytest.mark.parametrize(
    ("text", "notation"),
    [
        ("Builds annealing machines for quantum annealing.", "quantum-annealing"),
        ("Met au point le recuit quantique", "quantum-annealing"),
        ("量子アニーリングで配送計画を解く", "quantum-annealing"),
        ("Large Language Models in Japanese", "large-language-model"),
        ("de grands modèles de langage", "large-language-model"),
        ("大規模言語モデルの学習", "large-language-model"),
        ("ﾃﾞｰﾀｾﾝﾀｰの冷却", "data-centre"),
        ("centres de donnees", "data-centre"),
        ("Federated-learning across hospitals", "federated-learning"),
        ("l’apprentissage fédéré", "federated-learning"),
    ],
)
def test_a_sentence_is_tagged_whatever_its_language_number_case_or_width(
    taxonomy: Taxonomy, text: str, notation: str
) -> None:
    assert notation in taxonomy.tag(text)


@pytest.mark.parametrize("text", ["", "  ", "…", "the of a", "のがは", "Ottawa", "zzzz 龘龘"])
def test_a_text_that_names_nothing_has_no_tags(taxonomy: Taxonomy, text: str) -> None:
    assert taxonomy.tag(text) == ()


@pytest.mark.parametrize(
    ("text", "notation"),
    [
        ("A consortium led by a university", "led-lighting"),
        ("Seed-stage companies", "internship"),  # « stage » is one in French
        ("Consacre 15,2 M$ à une stratégie", "mergers"),  # not M&A
        ("Le coût élevé de la construction", "education"),  # not « élèves »
        ("Bridges the gap between research and industry", "construction"),
        ("パイロット装置を建設中", "construction"),
        ("電波望遠鏡を造る", "wireless-radio"),
        ("Ocean-going cable ships", "ocean-science"),
        ("Splits natural gas by methane pyrolysis", "methane-emissions"),
    ],
)
def test_a_word_of_another_meaning_earns_nothing(taxonomy: Taxonomy, text: str, notation: str) -> None:
    assert notation not in taxonomy.tag(text)


@pytest.mark.parametrize("text", ["A chair in every room", "She said so", "It rained on the plain", "Paint the fence"])
def test_a_label_inside_a_longer_word_is_none(taxonomy: Taxonomy, text: str) -> None:
    assert "ai" not in taxonomy.tag(text)


@given(text=st.text())
def test_any_text_has_sorted_tags_that_exist(taxonomy: Taxonomy, text: str) -> None:
    found = taxonomy.tag(text)
    assert list(found) == sorted(set(found)) and set(found) <= taxonomy.concepts.keys()


# --- the rules of tagging, on few concepts ----------------------------------------------------------------------------

_FEW = Taxonomy(
    [
        _concept("energy", "energy", en=("power plant",)),
        _concept("cell", "cell", "energy", ja=("電池",)),
        _concept("fuel-cell", "fuel cell", "cell", ja=("燃料電池",)),
        _concept("plant", "plant", en=("plant cell",)),
    ]
)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("a fuel cell", ("fuel-cell",)),  # not also the cell inside it
        ("Fuel cells and other cells", ("cell", "fuel-cell")),
        ("燃料電池", ("fuel-cell",)),
        ("燃料電池と電池", ("cell", "fuel-cell")),
        ("電池", ("cell",)),
        ("power plant cell", ("cell", "energy")),  # read from the left, no word twice
        ("fuel, cell", ("fuel-cell",)),
        ("cellular", ()),
    ],
)
def test_the_longest_label_wins(text: str, tags: tuple[str, ...]) -> None:
    assert _FEW.tag(text) == tags


def test_broader_concepts_come_nearest_first() -> None:
    assert _FEW.ancestors("fuel-cell") == ("cell", "energy")
    assert _FEW.ancestors("energy") == ()
    assert _FEW.fields == ("energy", "plant")


def test_a_broader_concept_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="cell: broader concept 'energy' does not exist"):
        Taxonomy([_concept("cell", "cell", "energy")])


@pytest.mark.parametrize(
    "code", ["wikidata:Q11660", "anzsrc:46", "anzsrc:4602", "anzsrc:461105", "naics:482", "jsic:42", "jsic:L"]
)
def test_a_code_of_a_public_scheme_is_read(code: str) -> None:
    concept = replace(_concept("cell", "cell"), exact_match=(code,))
    assert Taxonomy([concept]).concepts["cell"].exact_match == (code,)


@pytest.mark.parametrize(
    "code", ["", "Q11660", "wikidata:11660", "wikidata:Q0", "anzsrc:460", "naics:", "jsic:l", "x:1"]
)
def test_a_code_of_no_scheme_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match=r"cell: .* is no code of Wikidata, ANZSRC, NAICS or JSIC"):
        replace(_concept("cell", "cell"), exact_match=(code,))


def test_concepts_that_are_broader_than_each_other_do_not_hang() -> None:
    circle = Taxonomy([_concept("hen", "hen", "egg"), _concept("egg", "egg", "hen")])
    assert len(circle.ancestors("hen")) <= 2


# --- changes ----------------------------------------------------------------------------------------------------------


def _change(kind: str, notation: str = "quantum-annealing", **parts: Any) -> Change:
    return Change(ChangeKind(kind), notation, **parts)


_NEW = {"en": "Zorbian turbine", "fr": "Zorbolienne", "ja": "ゾルブ発電"}
_ADD = _change("add", "zorbian-turbine", broader="energy", labels=_NEW)


@pytest.mark.parametrize(
    ("change", "text", "notation"),
    [
        (_change("add_label", lang="fr", label="recuiseur"), "Vend des recuiseurs", "quantum-annealing"),
        (_change("add_label", lang="ja", label="焼きなまし機"), "焼きなまし機を売る", "quantum-annealing"),
        (_change("prefer", lang="en", label="Annealing computer"), "an annealing computer", "quantum-annealing"),
        (_ADD, "Des zorboliennes en mer", "zorbian-turbine"),
    ],
)
def test_a_change_earns_the_concept_and_leaves_the_taxonomy_as_it_was(
    taxonomy: Taxonomy, change: Change, text: str, notation: str
) -> None:
    changed = taxonomy.with_changes([change])
    assert notation in changed.tag(text) and notation not in taxonomy.tag(text)
    assert Change.read(change.to_dict()) == change
    assert changed.fields == taxonomy.fields and changed.digest != taxonomy.digest


def test_another_name_is_shown_and_the_one_before_still_earns(taxonomy: Taxonomy) -> None:
    before = taxonomy.label("quantum-annealing", "en")
    changed = taxonomy.with_changes([_change("prefer", lang="en", label="Annealing computer")])
    assert changed.label("quantum-annealing", "en") == "Annealing computer"
    assert "quantum-annealing" in changed.tag(before)


def test_a_label_taken_out_earns_no_more_and_is_free(taxonomy: Taxonomy) -> None:
    drop = _change("drop_label", "quantum", lang="en", label="quantum information")
    give = _change("add_label", "quantum-annealing", lang="en", label="quantum information")
    assert taxonomy.with_changes([drop, give]).tag("quantum information") == ("quantum-annealing",)


def test_a_retired_concept_keeps_its_name_and_earns_no_more(taxonomy: Taxonomy) -> None:
    changed = taxonomy.with_changes([_change("retire")])
    assert changed.label("quantum-annealing", "fr") == taxonomy.label("quantum-annealing", "fr")
    assert (
        "quantum-annealing" not in changed.tag("quantum annealing")
        and changed.concepts.keys() == taxonomy.concepts.keys()
    )


def test_a_concept_is_moved(taxonomy: Taxonomy) -> None:
    changed = taxonomy.with_changes([_change("move", broader="energy")])
    assert changed.ancestors("quantum-annealing") == ("energy",)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_change("add_label", "nothing", lang="en", label="x"), "unknown_concept"),
        (_change("add_label", lang="de", label="x"), "unknown_language"),
        (_change("add_label", lang="en", label="  "), "empty"),
        (_change("add_label", lang="en", label="…"), "label"),
        (_change("add_label", lang="en", label="a|b"), "label"),
        (_change("add_label", lang="en", label="Robots"), "taken"),
        (_change("add_label", lang="ja", label="ロボット"), "taken"),
        (_change("add_label", lang="en", label="acme robotics"), "organisation"),
        (_change("prefer", lang="en", label="Quantum annealing"), "known"),
        (_change("drop_label", lang="en", label="never there"), "unknown_label"),
        (_change("move", broader="nothing"), "unknown_broader"),
        (_change("move", "ai", broader="energy"), "is_field"),
        (_change("move", "machine-learning", broader="deep-learning"), "cycle"),
        (_change("move", "machine-learning", broader="generative-ai"), "too_deep"),
        (_change("retire", "ai"), "is_field"),
        (_change("retire", "machine-learning"), "has_narrower"),
        (_change("add", "Bad Id", broader="energy", labels=_NEW), "notation"),
        (_change("add", "ai", broader="energy", labels=_NEW), "exists"),
        (_change("add", "zorb", labels=_NEW), "unknown_broader"),
        (_change("add", "zorb", broader="energy", labels={"en": "Zorb"}), "empty"),
    ],
)
def test_a_change_that_breaks_a_rule_is_refused(taxonomy: Taxonomy, change: Change, code: str) -> None:
    with pytest.raises(InvalidChange) as raised:
        taxonomy.with_changes([change], names=["ACME Robotics"])
    assert (raised.value.code, raised.value.change) == (code, change)


def test_what_no_longer_fits_is_left_out_and_what_builds_on_a_change_is_named(taxonomy: Taxonomy) -> None:
    label = _change("add_label", "zorbian-turbine", lang="en", label="zorbian mill")
    changed, left = taxonomy.with_those_that_fit([label, _ADD, label])
    assert [(error.change, error.code) for error in left] == [(label, "unknown_concept")]
    assert changed.tag("a zorbian mill") == ("zorbian-turbine",)
    broken = taxonomy.broken_without([_ADD, label], _ADD)
    assert broken is not None and broken.change == label and taxonomy.broken_without([_ADD, label], label) is None


def test_the_file_holds_every_change(taxonomy: Taxonomy) -> None:
    changed = taxonomy.with_changes([_ADD, _change("retire")])
    rows = list(csv.DictReader(changed.to_csv().splitlines()))
    by_notation = {row["notation"]: row for row in rows}
    assert by_notation["zorbian-turbine"]["pref_label_ja"] == _NEW["ja"]
    assert [row["notation"] for row in rows if row["retired"]] == ["quantum-annealing"]
    assert Taxonomy.of_csv(changed.to_csv()).digest == changed.digest


def test_what_changes_hands_is_said_by_concept() -> None:
    before = Taxonomy([_concept("a", "alpha"), _concept("b", "beta", "a")])
    after = before.with_changes([Change(ChangeKind.RETIRE, "b"), Change(ChangeKind.ADD_LABEL, "a", "en", "gamma")])
    owner = profile("owner", Country.CA, capabilities=["A beta and an alpha", "Some gamma"])
    found = {one.notation: (one.gained, one.lost) for one in retagged(before, after, [owner])}
    beta, gamma = ((owner.id, statement) for statement in owner.statements)
    assert found == {"a": ((gamma,), ()), "b": ((), (beta,))}
