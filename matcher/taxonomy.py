"""The shared concepts in three languages, and which of them a text speaks of (SKOS words).

Labels are matched, not guessed: Latin-script labels as runs of words (case, accents and plurals aside), Japanese labels
as substrings, the longest first. A tag can therefore always be shown in the text that earned it.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from matcher.profile import LANGUAGES, Profile, Statement
from matcher.text import is_japanese, located, located_words, normalise, words

# A concept that a public scheme names as well: a Wikidata item, or a code of ANZSRC (2020), NAICS (2022) or JSIC.
_EXACT_MATCH: Final = re.compile(r"wikidata:Q[1-9]\d*|anzsrc:\d{2}(?:\d{2}){0,2}|naics:\d{2,6}|jsic:(?:[A-T]|\d{2,4})")


@dataclass(frozen=True, slots=True)
class Concept:
    """A SKOS concept: notation (its id), labels, one broader concept, and the same concept in public schemes."""

    notation: str
    broader: str | None
    pref_label: Mapping[str, str]
    alt_labels: Mapping[str, tuple[str, ...]]
    exact_match: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for code in self.exact_match:
            if not _EXACT_MATCH.fullmatch(code):
                raise ValueError(f"{self.notation}: {code!r} is no code of Wikidata, ANZSRC, NAICS or JSIC")

    def label(self, lang: str) -> str:
        return self.pref_label[lang]


class Taxonomy:
    """Concepts with their hierarchy, and a tagger.

    >>> taxonomy = Taxonomy.shipped()
    >>> taxonomy.tag("Research on quantum annealing"), taxonomy.tag("量子アニーリングの研究")
    (('quantum-annealing',), ('quantum-annealing',))
    """

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self.concepts: Final = {c.notation: c for c in concepts}
        for concept in self.concepts.values():
            if concept.broader is not None and concept.broader not in self.concepts:
                raise ValueError(f"{concept.notation}: broader concept {concept.broader!r} does not exist")
        # Labels by how they begin, the longest first: a text is compared only with labels that could start there.
        self._latin: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        self._japanese: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for concept in self.concepts.values():
            for label in self._labels(concept):
                if is_japanese(label):
                    key = normalise(label)
                    self._japanese[key[:2]].append((key, concept.notation))
                elif tokens := tuple(words(label)):
                    self._latin[tokens[0]].append((tokens, concept.notation))
        for index in (self._latin, self._japanese):
            for entries in index.values():
                entries.sort(key=lambda entry: (-len(entry[0]), entry))
        # A page asks for the same statements again and again.
        self._remembered = lru_cache(maxsize=16_384)(self._tags)

    @staticmethod
    def _labels(concept: Concept) -> list[str]:
        return [label for lang in LANGUAGES for label in (concept.pref_label[lang], *concept.alt_labels[lang])]

    @staticmethod
    @cache
    def shipped() -> Taxonomy:
        """The taxonomy in ``matcher.data``."""
        table = files("matcher.data") / "taxonomies" / "concepts.csv"
        return Taxonomy(
            Concept(
                row["notation"],
                row["broader"] or None,
                {lang: row[f"pref_label_{lang}"] for lang in LANGUAGES},
                {lang: tuple(filter(None, row[f"alt_labels_{lang}"].split("|"))) for lang in LANGUAGES},
                tuple(filter(None, row["exact_match"].split("|"))),
            )
            for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines())
        )

    @property
    def fields(self) -> tuple[str, ...]:
        """Notations of the top concepts, in the order of the file."""
        return tuple(n for n, c in self.concepts.items() if c.broader is None)

    def label(self, notation: str, lang: str) -> str:
        """The preferred label of a concept in a language."""
        return self.concepts[notation].label(lang)

    def ancestors(self, notation: str) -> tuple[str, ...]:
        """The broader concepts of a concept, nearest first, without itself.

        >>> Taxonomy.shipped().ancestors("quantum-annealing")[-1]
        'quantum'
        """
        chain: list[str] = []
        broader = self.concepts[notation].broader
        while broader is not None and broader not in chain:
            chain.append(broader)
            broader = self.concepts[broader].broader
        return tuple(chain)

    def tag(self, text: str) -> tuple[str, ...]:
        """Notations of the concepts a text names, sorted; a broader concept also named is left in."""
        return self._remembered(text)

    def locate(self, text: str) -> tuple[tuple[str, int, int], ...]:
        """The concepts of :meth:`tag` with where the text names them: ``(notation, start, end)``, in text order.

        >>> Taxonomy.shipped().locate("Research on quantum annealing")
        (('quantum-annealing', 12, 29),)
        """
        tokens, (plain, places) = located_words(text), located(text)
        latin = ((n, tokens[a][1], tokens[b - 1][2]) for n, a, b in self._latin_runs([word for word, _, _ in tokens]))
        japanese = ((n, places[a][0], places[b - 1][1]) for n, a, b in self._japanese_runs(plain))
        return tuple(sorted({*latin, *japanese}, key=lambda found: (found[1], found[2], found[0])))

    def _tags(self, text: str) -> tuple[str, ...]:
        found = (*self._latin_runs(words(text)), *self._japanese_runs(normalise(text)))
        return tuple(sorted({notation for notation, _, _ in found}))

    def _latin_runs(self, tokens: list[str]) -> list[tuple[str, int, int]]:
        found: list[tuple[str, int, int]] = []
        start = 0
        while start < len(tokens):
            length = 0
            for label, notation in self._latin.get(tokens[start], ()):
                if len(label) < length:
                    break
                if tuple(tokens[start : start + len(label)]) == label:
                    found.append((notation, start, start + len(label)))
                    length = len(label)
            start += length or 1
        return found

    def _japanese_runs(self, text: str) -> list[tuple[str, int, int]]:
        found: list[tuple[str, int, int]] = []
        start = 0 if is_japanese(text) else len(text)
        while start < len(text):
            length = 0
            for label, notation in self._japanese.get(text[start : start + 2], ()):
                if len(label) < length:
                    break
                if text.startswith(label, start):
                    found.append((notation, start, start + len(label)))
                    length = len(label)
            start += length or 1
        return found


def fields_of(statement: Statement, profile: Profile, taxonomy: Taxonomy) -> tuple[str, ...]:
    """The fields that a statement speaks of, sorted: those of its concepts, or where it names none its organisation's.

    >>> from matcher.corpus import Corpus
    >>> kinova = Corpus.shipped().get("kinova")
    >>> {f for s in kinova.statements for f in fields_of(s, kinova, Taxonomy.shipped())} >= {"robotics"}
    True
    """
    named = {(notation, *taxonomy.ancestors(notation))[-1] for notation in taxonomy.tag(statement.text)}
    return tuple(sorted(named or profile.fields))
