from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.corpus import Corpus
from matcher.text import fold, guess_language, is_japanese, normalise, singular, terms, words

_LANGUAGE_OF = {
    "en": [
        "A joint laboratory for solid-state batteries opened in Sherbrooke last spring.",
        "We look for growers who will try drones over their orchards.",
        "Wafer inspection with soft X-rays",
        "The hospital wants quieter ventilators.",
        "Makes carbon fibre hulls for ferries and patrol boats",
        "Robots that fold laundry",
        "Which towns have tested flood sensors?",
        "Licences its wood-fibre foam to packagers in three provinces.",
        "Montréal and Québec are home to its two plants.",
        "RISC-V, NPU and chiplet IP",
    ],
    "fr": [
        "Un laboratoire commun sur les batteries à l’état solide a ouvert ses portes à Sherbrooke.",
        "Nous cherchons des pomiculteurs qui mettront des drones à l’essai dans leurs vergers.",
        "Inspection des plaquettes par rayons X mous",
        "L'hôpital souhaite des respirateurs plus silencieux.",
        "Fabrique des coques en fibre de carbone pour les traversiers",
        "Robots qui plient le linge",
        "Quelles villes ont mis à l'essai des capteurs de crue ?",
        "Octroie des licences pour sa mousse de bois à des emballeurs de trois provinces.",
        "Tokyo et Osaka accueillent ses deux usines.",
        "sécurité de l'IA",
    ],
    "ja": [
        "全固体電池の共同研究所を昨年春に開設した。",
        "果樹園でドローンを試してくれる農家を探している。",
        "軟X線によるウエハー検査",
        "病院は静かな人工呼吸器を求めている。",
        "炭素繊維の船体をフェリー向けに造る",
        "洗濯物をたたむロボット",
        "どの町が洪水センサーを試したか",
        "RISC-V CPUコアのIPをライセンス供与",
        "ﾄﾞﾛｰﾝ配送の実証",
        "AI Safety Instituteとの国際連携を担うカナダ側の窓口",
    ],
}

_anything = st.text() | st.text(alphabet=st.characters(codec="ascii"))
_japanese = st.text(
    alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF) | st.sampled_from("アイロボットー")
)
_kana = st.text(alphabet=st.sampled_from("ぁあいうえおかがきぎくとなにのはをんー、。 "))


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


# --- terms ------------------------------------------------------------------------------------------------------------


@given(_anything)
def test_terms_of_any_text_are_plain_and_the_same_each_time(text: str) -> None:
    found = terms(text)
    assert found == terms(text)
    assert all(re.fullmatch(r"[a-z0-9]+|[^\W\da-z_]+|[ー々〇]+", term) or is_japanese(term) for term in found)


@given(_anything, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_terms_do_not_depend_on_the_spelling_in_unicode(text: str, form: str) -> None:
    assert terms(unicodedata.normalize(form, text)) == terms(text)  # type: ignore[arg-type]


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_terms_do_not_depend_on_width_or_case(text: str) -> None:
    assert terms(_full_width(text)) == terms(text) == terms(text.upper()) == terms(text.lower())


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [("ﾛﾎﾞｯﾄｱｰﾑ", "ロボットアーム"), ("ﾊﾟﾜｰ半導体", "パワー半導体"), ("㈱日立", "(株)日立"), ("①号機", "1号機")],
)
def test_half_width_katakana_and_ligatures_are_read_as_usual(narrow: str, wide: str) -> None:
    assert terms(narrow) == terms(wide) != []


@given(_japanese.filter(lambda t: len(t) >= 4), _kana, _kana)
def test_a_japanese_sentence_has_more_than_one_term(run: str, before: str, after: str) -> None:
    assert len(terms(before + run + after)) > 1


@given(_japanese.filter(lambda t: len(t) >= 4), _kana, st.integers(1, 3))
def test_a_japanese_sentence_broken_by_hiragana_has_more_than_one_term(run: str, between: str, at: int) -> None:
    assert len(terms(run[:at] + between + run[at:])) > 1


def test_every_shipped_japanese_statement_has_many_terms(corpus: Corpus) -> None:
    japanese = [s.text for p in corpus.profiles.values() for s in p.statements if s.lang == "ja"]
    assert len(japanese) > 200 and min(len(set(terms(text))) for text in japanese) >= 5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("batteries", "battery"),
        ("Énergie solaire", "energies solaires"),
        ("l’hydrogène", "hydrogene"),
        ("d'aînés", "aines"),
        ("low‑carbon", "low-carbon"),
        ("low−carbon", "low-carbon"),
        ("The robots of the plant", "robot plant"),
        ("Les robots de l'usine", "robot usine"),
        ("réseaux", "réseau"),
        ("classes", "class"),
        ("ＡＩ", "ai"),
    ],
)
def test_two_ways_to_say_the_same_have_the_same_terms(one: str, other: str) -> None:
    assert terms(one) == terms(other) != []


@pytest.mark.parametrize(("one", "other"), [("カス", "ガス"), ("ハス", "バス"), ("gas", "gaz"), ("水素", "炭素")])
def test_voicing_marks_and_letters_tell_words_apart(one: str, other: str) -> None:
    assert set(terms(one)).isdisjoint(terms(other))


@pytest.mark.parametrize("text", ["", " \n\t", "…—!?", "the of and", "de la les", "のがは"])
def test_a_text_without_content_has_no_terms(text: str) -> None:
    assert terms(text) == []


def test_parts_of_a_compound_are_terms_of_it() -> None:
    assert {"水素", "燃料", "電池"} <= set(terms("水素燃料電池"))
    assert {"量子", "アニーリング"} <= set(terms("量子アニーリングの応用"))


# --- normal forms -----------------------------------------------------------------------------------------------------


@given(_anything)
def test_normal_forms_do_not_change_when_taken_twice(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert fold(text) == fold(normalise(text))
    assert fold(fold(text)).split() == fold(text).split()


@given(_anything)
def test_words_are_singular_and_found_again_among_themselves(text: str) -> None:
    found = words(text)
    assert words(" ".join(found)) == [singular(word) for word in found]


@pytest.mark.parametrize("word", ["gas", "bus", "glass", "lens", "this", "axis", "status", "its", "ai", "s"])
def test_a_short_or_singular_word_in_s_is_left_alone(word: str) -> None:
    # Where an ending is cut it must at least be cut alike in a query and in a statement.
    assert singular(word) in {word, word.removesuffix("s")} and singular(word) != ""


# --- languages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "text"), [(lang, text) for lang, texts in _LANGUAGE_OF.items() for text in texts])
def test_the_language_of_a_sentence(lang: str, text: str) -> None:
    assert guess_language(text) == lang


@given(_anything)
def test_every_text_has_one_of_the_three_languages(text: str) -> None:
    assert guess_language(text) in ("en", "fr", "ja")


def test_the_language_of_nearly_every_shipped_statement(corpus: Corpus) -> None:
    statements = [s for p in corpus.profiles.values() for s in p.statements]
    wrong = [s for s in statements if guess_language(s.text) != s.lang]
    assert len(wrong) <= len(statements) // 100, wrong
