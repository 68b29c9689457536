from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.corpus import Corpus
from matcher.explain import Coverage, Evidence, Side, explain, shared_concepts
from matcher.highlight import Highlight, highlights
from matcher.match import Signals
from matcher.profile import Role
from matcher.ranking import Matcher
from matcher.taxonomy import Taxonomy
from matcher.text import located, located_terms, located_words, normalise, terms, words
from tests.matcher.builders import statement

ANOMALY = {
    "ja": "工場の設備の異常検知に使えるセンサーを造る。",
    "en": "Sells software for anomaly detection in factories.",
    "fr": "Cherche une méthode de détection d’anomalies pour ses usines.",
}


def evidence(wanted: str, met_by: str, taxonomy: Taxonomy) -> Evidence:
    shared = shared_concepts(frozenset(taxonomy.tag(wanted)), frozenset(taxonomy.tag(met_by)), taxonomy)
    need, capability = statement(Role.NEED, 1, wanted), statement(Role.CAPABILITY, 1, met_by)
    return Evidence(Side.GETS, need, capability, Coverage.COVERED, 1.0, Signals(0.2, 0, 0, 0), shared)


def said(text: str, marks: tuple[Highlight, ...]) -> list[tuple[str, int]]:
    return [(text[m.start : m.end], m.number) for m in marks]


@pytest.mark.parametrize(("one", "other"), [p for p in product(ANOMALY, repeat=2) if p[0] != p[1]])
def test_one_concept_is_marked_in_the_words_of_each_language(
    matcher: Matcher, taxonomy: Taxonomy, one: str, other: str
) -> None:
    labels = {"ja": "異常検知", "en": "anomaly detection", "fr": "détection d’anomalies"}
    found = highlights(evidence(ANOMALY[one], ANOMALY[other], taxonomy), matcher)
    [concept] = {m.concept for m in found.wanted if "detection" in m.concept or "anomal" in m.concept}
    for lang, marks in ((one, found.wanted), (other, found.met_by)):
        [mark] = [m for m in marks if m.concept == concept]
        assert ANOMALY[lang][mark.start : mark.end] == labels[lang]
        assert mark.term == ""


def test_rare_words_of_both_are_marked_and_common_ones_are_not(matcher: Matcher, taxonomy: Taxonomy) -> None:
    one, other = "Needs a technology for zygote warehouses.", "Runs warehouses with a new technology and zygotes."
    found = highlights(evidence(one, other, taxonomy), matcher)
    assert {text.casefold() for text, _ in said(one, found.wanted)} <= {"zygote warehouses", "zygote", "warehouses"}
    assert "technology" not in str(said(one, found.wanted))


def test_marks_of_every_shipped_match_are_in_the_text_and_stand_on_both_sides(
    corpus: Corpus, matcher: Matcher, taxonomy: Taxonomy
) -> None:
    profiles, marked = corpus.profiles, 0
    for seeker_id in list(profiles)[::25]:
        for match in matcher.rank(seeker_id, 5):
            why = explain(match, profiles[seeker_id], profiles[match.partner_id], taxonomy)
            for e in why.evidence:
                found = highlights(e, matcher)
                marked += bool(found.wanted)
                assert {m.number for m in found.wanted} == {m.number for m in found.met_by}
                assert {m.concept for m in found.wanted if m.concept} <= set(e.shared)
                for text, marks in ((e.wanted.text, found.wanted), (e.met_by.text, found.met_by)):
                    assert all(0 <= m.start < m.end <= len(text) and (not m.concept or not m.term) for m in marks)
                    assert all(a.end <= b.start for a, b in pairwise(marks))
                numbers = list(dict.fromkeys(m.number for m in found.wanted))
                assert numbers == list(range(1, len(numbers) + 1))
    assert marked > 50


def test_a_concept_that_both_name_is_always_marked(corpus: Corpus, matcher: Matcher, taxonomy: Taxonomy) -> None:
    profiles, seen = corpus.profiles, 0
    for seeker_id in list(profiles)[::25]:
        for match in matcher.rank(seeker_id, 5):
            why = explain(match, profiles[seeker_id], profiles[match.partner_id], taxonomy)
            for e in (e for e in why.evidence if e.shared):
                found = highlights(e, matcher)
                assert found.wanted[0].concept or any(m.concept for m in found.wanted)
                seen += 1
    assert seen > 20


def test_nothing_in_common_marks_nothing(matcher: Matcher, taxonomy: Taxonomy) -> None:
    found = highlights(evidence("Grows wheat.", "量子アニーリング", taxonomy), matcher)
    assert found.wanted == found.met_by == ()


# --- where in a text --------------------------------------------------------------------------------------------------


def test_terms_words_and_concepts_of_every_shipped_statement_are_found_where_they_stand(
    corpus: Corpus, taxonomy: Taxonomy
) -> None:
    for p in list(corpus.profiles.values())[::4]:
        for s in p.statements:
            assert [t for t, _, _ in located_terms(s.text)] == terms(s.text)
            assert [w for w, _, _ in located_words(s.text)] == words(s.text)
            assert {n for n, _, _ in taxonomy.locate(s.text)} == set(taxonomy.tag(s.text))
            # The words alone, cut out, still name the concept.
            assert all(n in taxonomy.tag(s.text[a:b]) for n, a, b in taxonomy.locate(s.text))


@pytest.mark.parametrize(
    "text",
    ["ＲＩＳＣ－Ｖ　ｱｸｾﾗﾚｰﾀ", "L’énergie  de l'hydrogène", "e\u0301nergie\u00a0: «\u00a0œuvre »", "ﬁbre  ①㎏", " ", ""],
)
def test_a_located_text_is_the_normalised_one(text: str) -> None:
    for is_folded in (False, True):
        plain, places = located(text, is_folded=is_folded)
        assert len(plain) == len(places)
        assert all(0 <= a < b <= len(text) for a, b in places)
    assert located(text)[0] == normalise(text)


@given(st.text(max_size=30))
def test_any_text_can_be_located(text: str) -> None:
    plain, places = located(text)
    assert len(plain) == len(places) and all(0 <= a < b <= len(text) for a, b in places)
    assert all(0 <= a < b <= len(text) for _, a, b in located_terms(text))


def test_an_evidence_keeps_its_marks_whoever_asks(matcher: Matcher, taxonomy: Taxonomy) -> None:
    one = evidence(ANOMALY["en"], ANOMALY["ja"], taxonomy)
    other = replace(one, wanted=one.met_by, met_by=one.wanted)
    here, there = highlights(one, matcher).wanted, highlights(other, matcher).met_by
    assert here and [(m.start, m.end, m.concept) for m in here] == [(m.start, m.end, m.concept) for m in there]
