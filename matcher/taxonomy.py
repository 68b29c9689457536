"""The shared concepts in three languages, how reviewers change them, and which of them a text speaks of (SKOS words).

Labels are matched, not guessed: Latin-script labels as runs of words (case, accents and plurals aside), Japanese labels
as substrings, the longest first. A tag can therefore always be shown in the text that earned it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import Any, Final

from matcher.profile import LANGUAGES, Profile, Programme, Statement
from matcher.text import fold, is_japanese, located, located_words, normalise, words

# A concept that a public scheme names as well: a Wikidata item, or a code of ANZSRC (2020), NAICS (2022) or JSIC.
_EXACT_MATCH: Final = re.compile(r"wikidata:Q[1-9]\d*|anzsrc:\d{2}(?:\d{2}){0,2}|naics:\d{2,6}|jsic:(?:[A-T]|\d{2,4})")

_NOTATION: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_NOTATION: Final = 80
# Fields, and two levels under them.
_LEVELS: Final = 3


@dataclass(frozen=True, slots=True)
class Concept:
    """A SKOS concept: notation (its id), labels, one broader concept, and the same concept in public schemes.

    A retired one keeps its name for what was said of it before; no text earns it any more.
    """

    notation: str
    broader: str | None
    pref_label: Mapping[str, str]
    alt_labels: Mapping[str, tuple[str, ...]]
    exact_match: tuple[str, ...] = ()
    is_retired: bool = False

    def __post_init__(self) -> None:
        for code in self.exact_match:
            if not _EXACT_MATCH.fullmatch(code):
                raise ValueError(f"{self.notation}: {code!r} is no code of Wikidata, ANZSRC, NAICS or JSIC")

    def label(self, lang: str) -> str:
        return self.pref_label[lang]

    @property
    def labels(self) -> Iterator[str]:
        """Every label, in every language."""
        return (label for lang in LANGUAGES for label in (self.pref_label[lang], *self.alt_labels[lang]))


class ChangeKind(StrEnum):
    """What a change does to a concept."""

    PREFER = "prefer"
    ADD_LABEL = "add_label"
    DROP_LABEL = "drop_label"
    MOVE = "move"
    ADD = "add"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the taxonomy; which parts it has depends on its kind.

    ``PREFER``, ``ADD_LABEL`` and ``DROP_LABEL``: a label in a language. ``MOVE``: another broader concept. ``ADD``: a
    new concept with its broader one and a preferred label in each language. ``RETIRE``: nothing more.
    """

    kind: ChangeKind
    notation: str
    lang: str = ""
    label: str = ""
    broader: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON; :meth:`read` is the inverse."""
        parts = {"kind": self.kind.value, "notation": self.notation, "lang": self.lang, "label": self.label}
        return {k: v for k, v in (parts | {"broader": self.broader, "labels": dict(self.labels)}).items() if v}

    @staticmethod
    def read(document: Mapping[str, Any]) -> Change:
        """A change from its JSON document."""
        return Change(**{**document, "kind": ChangeKind(document["kind"])})


class InvalidChange(ValueError):
    """A change breaks a rule: its code, and what it clashes with."""

    def __init__(self, change: Change, code: str, detail: str = "") -> None:
        self.change, self.code, self.detail = change, code, detail
        super().__init__(f"{change.kind} {change.notation}: {code} {detail}".rstrip())


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
            for label in () if concept.is_retired else concept.labels:
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
    @cache
    def shipped() -> Taxonomy:
        """The taxonomy in ``matcher.data``."""
        return Taxonomy.of_csv((files("matcher.data") / "taxonomies" / "concepts.csv").read_text(encoding="utf-8"))

    @staticmethod
    def of_csv(text: str) -> Taxonomy:
        """A taxonomy from the text of such a file; :meth:`to_csv` is the inverse."""
        return Taxonomy(
            Concept(
                row["notation"],
                row["broader"] or None,
                {lang: row[f"pref_label_{lang}"] for lang in LANGUAGES},
                {lang: tuple(filter(None, row[f"alt_labels_{lang}"].split("|"))) for lang in LANGUAGES},
                tuple(filter(None, row["exact_match"].split("|"))),
                # A column that is there only where something was retired.
                is_retired=bool(row.get("retired")),
            )
            for row in csv.DictReader(text.splitlines())
        )

    def with_changes(self, changes: Iterable[Change], names: Iterable[str] = ()) -> Taxonomy:
        """The taxonomy with changes on top; this one stays as it is. The first that breaks a rule is raised.

        ``names`` are those of organisations, which are no labels.

        >>> label = Change(ChangeKind.ADD_LABEL, "quantum-annealing", lang="en", label="annealer")
        >>> Taxonomy.shipped().with_changes([label]).tag("Builds an annealer")
        ('quantum-annealing',)
        """
        sheet = _Sheet(self.concepts, names)
        for change in changes:
            sheet.apply(change)
        return Taxonomy(sheet.concepts.values())

    def with_those_that_fit(self, changes: Iterable[Change]) -> tuple[Taxonomy, tuple[InvalidChange, ...]]:
        """As :meth:`with_changes`, but what breaks a rule is left out and returned: a release may have overtaken it."""
        sheet, left = _Sheet(self.concepts, ()), []
        for change in changes:
            try:
                sheet.apply(change)
            except InvalidChange as error:
                left.append(error)
        return Taxonomy(sheet.concepts.values()), tuple(left)

    def broken_without(self, changes: Sequence[Change], undone: Change) -> InvalidChange | None:
        """What breaks a rule where one of some changes is taken back, and does not with it: it builds on that one."""
        before = {id(error.change) for error in self.with_those_that_fit(changes)[1]}
        left = self.with_those_that_fit(change for change in changes if change is not undone)[1]
        return next((error for error in left if id(error.change) not in before), None)

    @cached_property
    def digest(self) -> str:
        """Six hexadecimal digits that change when any concept does."""
        return hashlib.sha256(self.to_csv().encode()).hexdigest()[:6]

    def to_csv(self) -> str:
        """The file that :meth:`shipped` reads; with a column ``retired`` where something is.

        >>> Taxonomy.shipped().to_csv() == (files("matcher.data") / "taxonomies/concepts.csv").read_text("utf-8")
        True
        """
        retired = ["retired"] if any(c.is_retired for c in self.concepts.values()) else []
        text = io.StringIO(newline="")
        table = csv.writer(text, lineterminator="\n")
        labels = [f"{name}_{lang}" for name in ("pref_label", "alt_labels") for lang in LANGUAGES]
        table.writerow(["notation", "broader", *labels, "exact_match", *retired])
        for concept in self.concepts.values():
            preferred = [concept.pref_label[lang] for lang in LANGUAGES]
            others = ["|".join(concept.alt_labels[lang]) for lang in LANGUAGES]
            marks = ["yes" if concept.is_retired else ""] if retired else []
            schemes = "|".join(concept.exact_match)
            table.writerow([concept.notation, concept.broader or "", *preferred, *others, schemes, *marks])
        return text.getvalue()

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


class _Sheet:
    """Concepts while changes are written on them, with who has which label."""

    def __init__(self, concepts: Mapping[str, Concept], names: Iterable[str]) -> None:
        self.concepts = dict(concepts)
        self._names = {fold(name) for name in names}
        self._claims = {_key(label): c.notation for c in concepts.values() if not c.is_retired for label in c.labels}

    def apply(self, change: Change) -> None:
        """Writes one change, or raises :class:`InvalidChange` and writes nothing."""
        if change.kind is ChangeKind.ADD:
            self._add(change)
            return
        concept = self.concepts.get(change.notation)
        if concept is None:
            raise InvalidChange(change, "unknown_concept")
        if concept.is_retired:
            raise InvalidChange(change, "retired")
        if change.kind is ChangeKind.MOVE:
            self._move(change, concept)
        elif change.kind is ChangeKind.RETIRE:
            self._retire(change, concept)
        elif change.lang not in LANGUAGES:
            raise InvalidChange(change, "unknown_language", change.lang)
        elif change.kind is ChangeKind.DROP_LABEL:
            self._drop(change, concept)
        else:
            self._label(change, concept)

    def _add(self, change: Change) -> None:
        if not _NOTATION.fullmatch(change.notation) or len(change.notation) > _LONGEST_NOTATION:
            raise InvalidChange(change, "notation", change.notation)
        if change.notation in self.concepts:
            raise InvalidChange(change, "exists", change.notation)
        self._check_broader(change, height=0)
        labels = {lang: change.labels.get(lang, "").strip() for lang in LANGUAGES}
        for label in labels.values():
            self._check_label(change, label)
        added = Concept(change.notation, change.broader, labels, dict.fromkeys(LANGUAGES, ()))
        self._write(added)

    def _label(self, change: Change, concept: Concept) -> None:
        label, lang = change.label.strip(), change.lang
        self._check_label(change, label)
        preferred, others = concept.pref_label[lang], concept.alt_labels[lang]
        if label == preferred or (label in others and change.kind is ChangeKind.ADD_LABEL):
            raise InvalidChange(change, "known", label)
        if change.kind is ChangeKind.ADD_LABEL:
            alt_labels = {**concept.alt_labels, lang: (*others, label)}
            self._write(replace(concept, alt_labels=alt_labels))
            return
        # The label before stays as another one: texts go on earning the concept by it.
        alt_labels = {**concept.alt_labels, lang: tuple(a for a in (preferred, *others) if a != label)}
        self._write(replace(concept, pref_label={**concept.pref_label, lang: label}, alt_labels=alt_labels))

    def _drop(self, change: Change, concept: Concept) -> None:
        if change.label not in concept.alt_labels[change.lang]:
            raise InvalidChange(change, "unknown_label", change.label)
        left = tuple(a for a in concept.alt_labels[change.lang] if a != change.label)
        self._unclaim(concept)
        self._write(replace(concept, alt_labels={**concept.alt_labels, change.lang: left}))

    def _move(self, change: Change, concept: Concept) -> None:
        if concept.broader is None:
            raise InvalidChange(change, "is_field")
        if change.broader == concept.broader:
            raise InvalidChange(change, "known", change.broader)
        self._check_broader(change, height=self._height(concept.notation))
        self._write(replace(concept, broader=change.broader))

    def _retire(self, change: Change, concept: Concept) -> None:
        if concept.broader is None:
            raise InvalidChange(change, "is_field")
        narrower = [c.notation for c in self.concepts.values() if c.broader == concept.notation and not c.is_retired]
        if narrower:
            raise InvalidChange(change, "has_narrower", narrower[0])
        self._unclaim(concept)
        self.concepts[concept.notation] = replace(concept, is_retired=True)

    def _check_broader(self, change: Change, height: int) -> None:
        """Its broader concept is there, is not below it, and leaves room for ``height`` levels below it."""
        above: list[str] = []
        step: str | None = change.broader
        if step not in self.concepts or self.concepts[step].is_retired:
            raise InvalidChange(change, "unknown_broader", change.broader)
        while step is not None:
            above.append(step)
            step = self.concepts[step].broader
        if change.notation in above:
            raise InvalidChange(change, "cycle", change.broader)
        if len(above) + 1 + height > _LEVELS:
            raise InvalidChange(change, "too_deep", change.broader)

    def _height(self, notation: str) -> int:
        """How many levels there are below a concept."""
        below = [c.notation for c in self.concepts.values() if c.broader == notation]
        return 1 + max(map(self._height, below)) if below else 0

    def _check_label(self, change: Change, label: str) -> None:
        key = _key(label)
        if not label:
            raise InvalidChange(change, "empty")
        # A column of the file holds several labels.
        if not key or "|" in label or not label.isprintable():
            raise InvalidChange(change, "label", label)
        if self._claims.get(key, change.notation) != change.notation:
            raise InvalidChange(change, "taken", self._claims[key])
        if fold(label) in self._names:
            raise InvalidChange(change, "organisation", label)

    def _write(self, concept: Concept) -> None:
        self.concepts[concept.notation] = concept
        self._claims |= dict.fromkeys(map(_key, concept.labels), concept.notation)

    def _unclaim(self, concept: Concept) -> None:
        for key in map(_key, concept.labels):
            self._claims.pop(key, None)


def _key(label: str) -> str:
    """What makes two labels one: how texts are compared with them."""
    return normalise(label) if is_japanese(label) else " ".join(words(label))


@dataclass(frozen=True, slots=True)
class Retagged:
    """Which statements a concept would newly be earned by, and which would lose it, each with its owner's id."""

    notation: str
    gained: tuple[tuple[str, Statement], ...]
    lost: tuple[tuple[str, Statement], ...]


def retagged(
    before: Taxonomy, after: Taxonomy, entries: Iterable[Profile | Programme]
) -> tuple[Retagged, ...]:  # fmt: skip
    """What another taxonomy makes of the statements of organisations and programmes, by concept."""
    gained, lost = defaultdict(list), defaultdict(list)
    for entry in entries:
        for statement in entry.statements:
            old, new = set(before.tag(statement.text)), set(after.tag(statement.text))
            for notation in new - old:
                gained[notation].append((entry.id, statement))
            for notation in old - new:
                lost[notation].append((entry.id, statement))
    return tuple(Retagged(n, tuple(gained[n]), tuple(lost[n])) for n in sorted({*gained, *lost}))


def fields_of(statement: Statement, profile: Profile, taxonomy: Taxonomy) -> tuple[str, ...]:
    """The fields that a statement speaks of, sorted: those of its concepts, or where it names none its organisation's.

    >>> from matcher.corpus import Corpus
    >>> kinova = Corpus.shipped().get("kinova")
    >>> {f for s in kinova.statements for f in fields_of(s, kinova, Taxonomy.shipped())} >= {"robotics"}
    True
    """
    named = {(notation, *taxonomy.ancestors(notation))[-1] for notation in taxonomy.tag(statement.text)}
    return tuple(sorted(named or profile.fields))
