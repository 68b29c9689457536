"""What is known of real partnerships comes out of the ranking, and by no back door."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

import matcher as library
from matcher.corpus import Corpus
from matcher.evaluate import RELEVANT, Part, Row, compare, evaluate, read_judgements, read_pairs, read_parts
from matcher.match import Band
from matcher.profile import Country, Profile
from matcher.ranking import Matcher
from matcher.taxonomy import Taxonomy
from matcher.text import fold, is_japanese

# --- they are found ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seeker_id", "partner_id", "within"),
    [
        ("rapidus", "tenstorrent", 3),
        ("tenstorrent", "rapidus", 3),
        ("japan-aisi", "canada-caisi", 1),
        ("canada-caisi", "japan-aisi", 1),
        ("gpai-tokyo-centre", "ceimia", 3),
        ("ceimia", "gpai-tokyo-centre", 3),
        ("fujitsu", "cohere", 5),
    ],
)
def test_a_real_partner_is_among_the_first(matcher: Matcher, seeker_id: str, partner_id: str, within: int) -> None:
    assert partner_id in [m.partner_id for m in matcher.rank(seeker_id, within)]


@pytest.fixture(scope="module")
def rows(corpus: Corpus, matcher: Matcher) -> Mapping[tuple[str, str], Row]:
    """Measured on the half of the organisations that nothing was tuned on."""
    judgements = read_judgements(Part.CHECK)
    found = evaluate(compare(corpus, matcher), judgements, corpus.profiles, read_parts())
    return {(row.ranker, row.slice): row for row in found}


# Floors, not goals: two or three hundredths under what was measured on the day they were set (overall 0.63, 0.70 and
# 0.89), so that a change which costs good partners fails here. A few hundredths are chance; raise a floor when the
# ranking has become better for good, and never lower one to let a change pass.
@pytest.mark.parametrize(
    ("slice_name", "measure", "floor"),
    [
        ("all", "nDCG@10", 0.6),
        ("all", "RR", 0.67),
        ("all", "recall@10", 0.86),
        ("JP→CA", "nDCG@10", 0.59),
        ("CA→JP", "nDCG@10", 0.6),
        ("same language", "nDCG@10", 0.63),
        ("cross-language", "nDCG@10", 0.44),
    ],
)
def test_judged_partners_rank_no_lower_than_before(
    rows: Mapping[tuple[str, str], Row], slice_name: str, measure: str, floor: float
) -> None:
    assert rows["Kakehashi", slice_name].values[measure] >= floor


@pytest.mark.parametrize("baseline", ["TF-IDF cosine", "BM25", "dense cosine"])
@pytest.mark.parametrize("slice_name", ["all", "cross-language"])
def test_matching_is_better_than_plain_likeness(
    rows: Mapping[tuple[str, str], Row], baseline: str, slice_name: str
) -> None:
    ours, theirs = rows["Kakehashi", slice_name].values, rows[baseline, slice_name].values
    assert ours["nDCG@10"] > theirs["nDCG@10"] and ours["RR"] > theirs["RR"]


def test_bands_mean_what_they_say(corpus: Corpus, matcher: Matcher) -> None:
    """Of judged pairs, most strong ones and few possible ones are worth a talk, on organisations not measured on."""
    worth: dict[Band, list[bool]] = {band: [] for band in Band}
    for pair in read_pairs(Part.CHECK):
        if {pair.japan_id, pair.canada_id} <= corpus.profiles.keys():
            worth[matcher.score(pair.japan_id, pair.canada_id).band].append(pair.relevance >= RELEVANT)
    rates = {band: sum(of) / len(of) for band, of in worth.items()}
    assert rates[Band.STRONG] > 0.75 and 0.25 < rates[Band.PROMISING] < 0.5 and rates[Band.POSSIBLE] < 0.2


# --- and nothing gives them away --------------------------------------------------------------------------------------


# Aliases that are words of the language first, or places.
_ORDINARY_WORDS = {"vector", "quebec"}


@cache
def _pattern(folded: str) -> re.Pattern[str]:
    """A folded name where it stands alone: not within a longer word of Latin letters or of katakana."""

    def kin(end: str) -> str:
        return "[a-z0-9]" if end.isascii() else "[ァ-ヺー]" if "ァ" <= end <= "ー" else "$^"

    return re.compile(f"(?<!{kin(folded[0])}){re.escape(folded)}(?!{kin(folded[-1])})")


def _names(profiles: Iterable[Profile]) -> set[str]:
    """Folded names, without abbreviations so short that they mean something else as well."""
    names = [name for p in profiles for name in (*p.names.values(), *p.aliases)]
    return {fold(n) for n in names if is_japanese(n) or sum(c.isalpha() for c in n) >= 4} - _ORDINARY_WORDS


def _naming(texts: Iterable[str], names: set[str]) -> list[str]:
    """The texts that name somebody, each after the name."""
    folded = {text: fold(text) for text in texts}
    return [f"{n}: {text}" for text, form in folded.items() for n in names if n in form and _pattern(n).search(form)]


def _texts(profiles: Iterable[Profile]) -> list[str]:
    return [s.text for p in profiles for s in p.statements]


@pytest.mark.parametrize(
    ("name", "text", "is_found"),
    [
        ("Mila", "with MILA.", True),
        ("Mila", "Milaと組む", True),
        ("Mila", "similar", False),
        ("Hydro-Québec", "l’hydro‑quebec", True),
        ("トヨタ", "ﾄﾖﾀ車", True),
        ("コボ", "コボット", False),
        ("東大", "東大と", True),
    ],
)
def test_names_are_found_where_they_stand_alone(name: str, text: str, is_found: bool) -> None:  # noqa: FBT001 - a test parameter
    assert bool(_naming([text], {fold(name)})) is is_found


def test_no_profile_names_its_judged_partner(corpus: Corpus) -> None:
    pairs = [(j.seeker_id, j.partner_id) for j in read_judgements()]
    shipped = [(corpus.profiles[a], corpus.profiles[b]) for a, b in pairs if {a, b} <= corpus.profiles.keys()]
    assert len(shipped) > 50
    found = [hit for one, other in shipped for hit in _naming(_texts([one]), _names([other]))]
    assert not found


@pytest.mark.parametrize("country", Country)
def test_no_profile_names_any_organisation_of_the_other_country(corpus: Corpus, country: Country) -> None:
    found = _naming(_texts(corpus.of(country)), _names(corpus.of(country.other)))
    assert not found


def _spoken(path: Path) -> Iterator[str]:
    """Every string and identifier of a module that can steer it: comments, docstrings and their examples cannot."""
    tree = ast.parse(path.read_text("utf-8"))
    silent = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.value
        elif isinstance(node, ast.Name | ast.arg | ast.Attribute | ast.keyword | ast.FunctionDef | ast.ClassDef):
            field = node._fields[1] if isinstance(node, ast.Attribute) else node._fields[0]
            yield str(getattr(node, field) or "").replace("_", " ")


def test_no_code_of_the_library_knows_an_organisation(corpus: Corpus) -> None:
    [folder] = map(Path, library.__path__)
    modules = sorted(folder.glob("*.py"))
    assert {"ranking.py", "explain.py", "text.py"} <= {path.name for path in modules}
    spoken = {text for path in modules for text in _spoken(path)}
    assert "Ranks" not in " ".join(spoken) and "seeker id" in spoken
    found = _naming(spoken, _names(corpus.profiles.values()) | corpus.profiles.keys())
    assert not found


def test_no_concept_is_named_after_an_organisation(corpus: Corpus) -> None:
    labels = [
        label
        for concept in Taxonomy.shipped().concepts.values()
        for lang, alt_labels in concept.alt_labels.items()
        for label in (concept.label(lang), *alt_labels)
    ]
    found = _naming(labels, _names(corpus.profiles.values()))
    assert not found


def test_judgements_are_read_for_evaluation_only() -> None:
    [folder] = map(Path, library.__path__)
    readers = {p.name for p in folder.glob("*.py") if "judgement" in " ".join(_spoken(p)).casefold()}
    assert readers == {"evaluate.py", "__main__.py"}
    table = (files("matcher.data") / "judgements" / "partnerships.csv").read_text("utf-8")
    assert "relevance" in next(csv.reader(table.splitlines()))
