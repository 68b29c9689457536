from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.profile import LANGUAGES
from matcher.taxonomy import Concept, Taxonomy
from matcher.text import fold, is_japanese, normalise, words

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
