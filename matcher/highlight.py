"""Which words of two statements carry their similarity, whatever the languages: 異常検知 ≈ anomaly detection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp
from typing import Final

from matcher.explain import Evidence
from matcher.profile import Statement
from matcher.ranking import Matcher
from matcher.text import is_japanese, located_terms

# A term that stands in more statements than this share of them ("project", "開発") links everything with everything.
_COMMON: Final = 0.01
# Kanji mean something from two on; of katakana, two letters are a syllable of anything.
_SHORTEST: Final = {"kanji": 2, "kana": 3}


@dataclass(frozen=True, slots=True)
class Highlight:
    """A stretch of a statement's text, ``text[start:end]``, that says the same as one of the other statement.

    ``number`` is the same for those that belong together, on both sides. ``concept`` is the notation of the concept
    that both name, empty where it is only a ``term``, the words themselves.
    """

    start: int
    end: int
    number: int
    concept: str
    term: str


@dataclass(frozen=True, slots=True)
class Highlights:
    """The marked stretches of the want and of what meets it, each in text order and without overlap."""

    wanted: tuple[Highlight, ...]
    met_by: tuple[Highlight, ...]


@dataclass(frozen=True, slots=True)
class _Stretch:
    start: int
    end: int
    keys: frozenset[str]


def highlights(evidence: Evidence, matcher: Matcher) -> Highlights:
    """The words of an evidence that both statements share, as terms or by the labels of a shared concept.

    There are none where a statement is withheld: they would tell its words.

    >>> from matcher.corpus import Corpus
    >>> from matcher.explain import explain
    >>> corpus = Corpus.shipped()
    >>> matcher = Matcher().fit(corpus.profiles.values())
    >>> why = explain(matcher.score("rapidus", "tenstorrent"), *map(corpus.get, ("rapidus", "tenstorrent")),
    ...               matcher.taxonomy_)
    >>> found = [highlights(e, matcher) for e in why.evidence]
    >>> all({h.number for h in f.wanted} == {h.number for h in f.met_by} for f in found)
    True
    """
    texts = (evidence.wanted, evidence.met_by)
    if any(statement.is_withheld for statement in texts):
        return Highlights((), ())
    shared = _telling(evidence, matcher)
    both = [_stretches(s, evidence.shared, shared, matcher) for s in texts]
    groups = _groups(both[0], both[1])
    first, second = (_numbered(s, own, groups, evidence.shared) for s, own in zip(texts, both, strict=True))
    return Highlights(first, second)


def _telling(evidence: Evidence, matcher: Matcher) -> frozenset[str]:
    """The terms of both statements that not every other statement has too."""
    tfidf = matcher.vectoriser_.tfidf_
    count = sum(len(matrix) for side in matcher.sides_.values() for matrix in side.matrices.values())
    most = max(_COMMON, 3 / (1 + count))  # two statements may share what no third one has
    one, other = ({term for term, _, _ in located_terms(s.text)} for s in (evidence.wanted, evidence.met_by))
    known = tfidf.vocabulary_
    # The inverse document frequency is ln((1 + n) / (1 + df)) + 1.
    return frozenset(t for t in one & other if t in known and exp(1 - tfidf.idf_[known[t]]) <= most and not t.isdigit())


def _stretches(
    statement: Statement, concepts: Iterable[str], terms: frozenset[str], matcher: Matcher
) -> list[_Stretch]:
    taxonomy, text = matcher.taxonomy_, statement.text
    found = [
        _Stretch(start, end, frozenset({f"concept {shared}"}))
        for notation, start, end in taxonomy.locate(text)
        for shared in concepts
        if shared in (notation, *taxonomy.ancestors(notation))
    ]
    named = _joined(found, text)
    worded = [_Stretch(a, b, frozenset({f"term {term}"})) for term, a, b in located_terms(text) if term in terms]
    # A word within a label says no more than the label.
    free = [s for s in worded if not any(s.start < n.end and n.start < s.end for n in named)]
    long_enough = [s for s in _joined(free, text) if s.end - s.start >= _shortest(text[s.start : s.end])]
    return sorted([*named, *long_enough], key=lambda s: s.start)


def _shortest(words: str) -> int:
    if not is_japanese(words):
        return 1
    return _SHORTEST["kana" if all("\u30a0" <= c <= "\u30ff" for c in words) else "kanji"]


def _joined(stretches: Iterable[_Stretch], text: str) -> list[_Stretch]:
    """Those that overlap, or that only a space or a hyphen parts, as one."""
    joined: list[_Stretch] = []
    for one in sorted(stretches, key=lambda s: (s.start, s.end)):
        last = joined[-1] if joined else None
        if last and (one.start < last.end or text[last.end : one.start] in {"", " ", "-", "‑", "・"}):
            joined[-1] = _Stretch(last.start, max(last.end, one.end), last.keys | one.keys)
        else:
            joined.append(one)
    return joined


def _groups(one: list[_Stretch], other: list[_Stretch]) -> list[frozenset[str]]:
    """Keys that belong together since some stretch has both; only those that are on both sides, in text order."""
    groups: list[frozenset[str]] = []
    for stretch in (*one, *other):
        linked = [g for g in groups if g & stretch.keys]
        groups = [g for g in groups if not g & stretch.keys]
        groups.append(stretch.keys.union(*linked))
    sides = [frozenset().union(*(s.keys for s in own)) for own in (one, other)]
    both = [g for g in groups if g & sides[0] and g & sides[1]]
    return sorted(both, key=lambda g: next(i for i, s in enumerate(one) if s.keys & g))


def _numbered(
    statement: Statement, stretches: list[_Stretch], groups: list[frozenset[str]], concepts: tuple[str, ...]
) -> tuple[Highlight, ...]:
    found = []
    for stretch in stretches:
        for number, keys in enumerate(groups, 1):
            if stretch.keys & keys:
                concept = next((c for c in concepts if f"concept {c}" in keys), "")
                term = "" if concept else statement.text[stretch.start : stretch.end]
                found.append(Highlight(stretch.start, stretch.end, number, concept, term))
    return tuple(found)
