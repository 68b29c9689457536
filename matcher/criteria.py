"""Whether a profile that somebody sent may be published: what can be checked without an opinion, by statement.

Every criterion says passed, failed or cannot tell of each place that it looks at. What it means for the profile is for
a person to decide: a failure is a reason to look, and most often a reason to send it back.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from matcher.corpus import Corpus
from matcher.document import TEXT_LENGTHS, Fault, InvalidDocument, parse_profile
from matcher.duplicates import LIKELY, Candidate, NameIndex, names_of
from matcher.names import forms
from matcher.profile import LANGUAGES, Country
from matcher.quality import STALE_AFTER, Origin, origin
from matcher.sentences import Found, fault_of
from matcher.taxonomy import Taxonomy
from matcher.text import fold, guess_language, is_japanese, normalise


class Criterion(StrEnum):
    """What is looked at; in the order in which a page shows it."""

    COMPLETE = "complete"
    DUPLICATE = "duplicate"
    NEED = "need"
    SOURCE = "source"
    ORIGIN = "origin"
    DATE = "date"
    PERSONAL_DATA = "personal_data"
    PARTNER = "partner"
    LANGUAGE = "language"
    LENGTH = "length"
    SUBJECT = "subject"


class Result(StrEnum):
    """What a criterion says; cannot tell where only a person can see it."""

    PASSED = "passed"
    FAILED = "failed"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Checked:
    """What one criterion says of one place: a statement's id, a field, or with an empty place the whole.

    ``detail`` is a code, a language or what was found, by criterion; ``fault`` what the format is broken by.
    """

    criterion: Criterion
    result: Result
    place: str = ""
    detail: str = ""
    fault: Fault | None = None
    candidates: tuple[Candidate, ...] = ()
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examination:
    """All that was checked of one document."""

    checked: tuple[Checked, ...]

    @property
    def failed(self) -> tuple[Checked, ...]:
        return tuple(c for c in self.checked if c.result is Result.FAILED)

    @property
    def unclear(self) -> tuple[Checked, ...]:
        return tuple(c for c in self.checked if c.result is Result.UNCLEAR)

    @property
    def result(self) -> Result:
        """The worst of all."""
        return self.worst(self.checked)

    @staticmethod
    def worst(checked: Iterable[Checked]) -> Result:
        results = {c.result for c in checked}
        return next((r for r in (Result.FAILED, Result.UNCLEAR) if r in results), Result.PASSED)

    def at(self, place: str) -> tuple[Checked, ...]:
        """What was found at one place, without what passed."""
        return tuple(c for c in self.checked if c.place == place and c.result is not Result.PASSED)

    def by_criterion(self) -> Mapping[Criterion, tuple[Checked, ...]]:
        """What each criterion says, of all places."""
        return {one: tuple(c for c in self.checked if c.criterion is one) for one in Criterion}


class Examiner:
    """Checks documents against a corpus: who is known already, and whose names should not stand in a statement.

    >>> examiner = Examiner(Corpus.shipped(), Taxonomy.shipped())
    >>> statement = {"id": "c1", "role": "capability", "lang": "en", "source": "https://maple.example.ca/",
    ...              "read_on": "2026-01-02", "text": "Makes heat pumps for Rapidus. Write to info@example.ca."}
    >>> document = {"names": {"en": "Maple"}, "country": "CA", "website": "https://maple.example.ca/"}
    >>> found = examiner.examine(document | {"statements": [statement]}, date(2026, 2, 1))
    >>> [c.criterion.value for c in found.at("c1")]
    ['personal_data', 'partner']
    """

    def __init__(self, corpus: Corpus, taxonomy: Taxonomy) -> None:
        self._corpus = corpus
        self._taxonomy = taxonomy
        self._index = NameIndex(corpus.organisations.values())
        self._latin: dict[tuple[Country, str], set[str]] = defaultdict(set)
        self._japanese: dict[tuple[Country, str], set[tuple[str, str]]] = defaultdict(set)
        for profile in corpus.organisations.values():
            for form in (form for name in names_of(profile) for form in forms(name)):
                if form.is_japanese and len(form.core) >= _SHORTEST_JA:
                    key = normalise(form.text) if _HIRAGANA.search(form.text) else form.core
                    self._japanese[profile.country, key[:2]].add((key, profile.id))
                elif not form.is_japanese and len(form.core) >= _SHORTEST:
                    self._latin[profile.country, form.core].add(profile.id)

    def examine(
        self, document: Mapping[str, Any], day: date, *, own_id: str | None = None, two: Iterable[str] = ()
    ) -> Examination:
        """Everything that can be said of a document, however broken.

        ``own_id`` is the organisation that it is about where that is known already, ``two`` are the ids of those that
        were found to be others.
        """
        whole = {"id": _UNNAMED} | dict(document)
        checked = [*self._format(whole), *self._duplicates(whole, {own_id, *two}), _need(whole)]
        for statement in _statements(whole):
            checked += self._statement(statement, whole, day)
        order = list(Criterion)
        places = ["", *(_text(s, "id") for s in _statements(whole))]
        return Examination(tuple(sorted(checked, key=lambda c: (order.index(c.criterion), _place(c, places)))))

    # --- the whole ----------------------------------------------------------------------------------------------------

    def _format(self, document: Mapping[str, Any]) -> Iterator[Checked]:
        try:
            parse_profile(document, fields=self._taxonomy.fields)
        except InvalidDocument as error:
            for fault in error.faults:
                # A text of the wrong length is said where lengths are.
                if fault.code != "length":
                    yield Checked(Criterion.COMPLETE, Result.FAILED, place_of(fault, document), fault=fault)
        else:
            yield Checked(Criterion.COMPLETE, Result.PASSED)

    def _duplicates(self, document: Mapping[str, Any], without: set[str | None]) -> Iterator[Checked]:
        country, names = _country(document), _names(document)
        if country is None or not names:
            yield Checked(Criterion.DUPLICATE, Result.UNCLEAR)
            return
        identifiers = {k: v for k, v in _mapping(document, "identifiers").items() if isinstance(v, str)}
        found = self._index.find(
            names, country=country, identifiers=identifiers, website=_text(document, "website"), least=_WORTH_A_LOOK
        )
        candidates = tuple(c for c in found if c.profile_id not in without)[:_MOST_CANDIDATES]
        if not candidates:
            yield Checked(Criterion.DUPLICATE, Result.PASSED)
            return
        is_likely = candidates[0].score >= LIKELY
        yield Checked(
            Criterion.DUPLICATE, Result.FAILED if is_likely else Result.UNCLEAR, "names", candidates=candidates
        )

    # --- a statement --------------------------------------------------------------------------------------------------

    def _statement(self, statement: Mapping[str, Any], document: Mapping[str, Any], day: date) -> Iterator[Checked]:
        place, text, lang = (_text(statement, name) for name in ("id", "text", "lang"))
        source = _text(statement, "source")
        yield Checked(Criterion.SOURCE, Result.PASSED if source else Result.FAILED, place)
        if source:
            yield _origin(source, _text(document, "website"), place)
        yield _dated(statement, day, place)
        fault = fault_of(text)
        personal = fault in {Found.CONTACT, Found.PERSON}
        yield Checked(
            Criterion.PERSONAL_DATA, Result.FAILED if personal else Result.PASSED, place,
            fault.value if fault and personal else "",
        )  # fmt: skip
        named = self.named_in(text, _country(document))
        yield Checked(Criterion.PARTNER, Result.FAILED if named else Result.PASSED, place, named=named)
        yield _language(text, lang, place)
        yield _length(text, lang, place, fault)
        tagged = self._taxonomy.tag(text)
        yield Checked(Criterion.SUBJECT, Result.PASSED if tagged else Result.UNCLEAR, place, ", ".join(tagged))

    def named_in(self, text: str, country: Country | None) -> tuple[str, ...]:
        """The organisations of the other country that a text names, by id; of neither where the country is unknown."""
        if country is None:
            return ()
        other = country.other
        found = dict.fromkeys(i for core in _cores(text) for i in sorted(self._latin.get((other, core), ())))
        if is_japanese(text):
            found |= dict.fromkeys(self._japanese_in(text, other))
        return tuple(found)

    def _japanese_in(self, text: str, country: Country) -> Iterator[str]:
        # Hiragana ends a name: it is compared as katakana, which would make one word of both.
        runs = [form.core for run in _HIRAGANA.split(normalise(text)) for form in forms(run)]
        for whole in [*runs, normalise(text)]:
            for start in range(len(whole) - 1):
                for core, profile_id in sorted(self._japanese.get((country, whole[start : start + 2]), ())):
                    if whole.startswith(core, start) and not _goes_on(whole, start, start + len(core)):
                        yield profile_id


# A name of fewer letters is a word of some language.
_SHORTEST: Final = 4
_SHORTEST_JA: Final = 3
# No name of an organisation has more words than this.
_MOST_WORDS: Final = 8
_MOST_CANDIDATES: Final = 5
# The same website alone gives 0.7: too little to be likely, enough to be shown.
_WORTH_A_LOOK: Final = 0.6
# In place of the id that a new organisation gets when it is published.
_UNNAMED: Final = "new-organisation"
_WORD: Final = re.compile(r"[^\W_]+")
_KATAKANA: Final = re.compile("[ァ-ヺ]")
_HIRAGANA: Final = re.compile("[ぁ-ゖ]+")
_LATIN: Final = re.compile("[a-z0-9]")


def place_of(fault: Fault, document: Mapping[str, Any]) -> str:
    """The statement's id, or the path to the field, that a fault is about.

    >>> document = {"statements": [{"id": "c1"}]}
    >>> [place_of(Fault(path, "required"), document) for path in (("statements", 0, "lang"), ("city", "en"))]
    ['c1', 'city.en']
    """
    head, *rest = fault.path
    if head == "statements" and rest and isinstance(rest[0], int):
        return _text(list(document["statements"])[rest[0]], "id") or "statements"
    return str(head) if head == "statements" else ".".join(map(str, fault.path))


def _place(checked: Checked, places: Sequence[str]) -> int:
    return places.index(checked.place) if checked.place in places else 0


def _need(document: Mapping[str, Any]) -> Checked:
    has_need = any(s.get("role") == "need" for s in _statements(document))
    return Checked(Criterion.NEED, Result.PASSED if has_need else Result.FAILED)


def _origin(source: str, website: str, place: str) -> Checked:
    try:
        whose = origin(source, website)
    except ValueError:  # no address at all, which COMPLETE says
        return Checked(Criterion.ORIGIN, Result.UNCLEAR, place)
    return Checked(Criterion.ORIGIN, Result.UNCLEAR if whose is Origin.OTHER else Result.PASSED, place, whose.value)


def _dated(statement: Mapping[str, Any], day: date, place: str) -> Checked:
    try:
        read_on = date.fromisoformat(_text(statement, "read_on"))
    except ValueError:
        return Checked(Criterion.DATE, Result.FAILED, place, "missing")
    # Somewhere on earth it is tomorrow already.
    if read_on > day + timedelta(days=1):
        return Checked(Criterion.DATE, Result.FAILED, place, "future")
    is_old = read_on < day - timedelta(days=STALE_AFTER)
    return Checked(Criterion.DATE, Result.UNCLEAR if is_old else Result.PASSED, place, "stale" if is_old else "")


def _language(text: str, lang: str, place: str) -> Checked:
    guessed = guess_language(text)
    if not text or guessed == lang:
        return Checked(Criterion.LANGUAGE, Result.PASSED, place, lang)
    # English is also what a text without a telling word is taken for; another script leaves no doubt.
    is_sure = guessed != "en" or lang == "ja" or lang not in LANGUAGES
    return Checked(Criterion.LANGUAGE, Result.FAILED if is_sure else Result.UNCLEAR, place, guessed)


def _length(text: str, lang: str, place: str, fault: Found | None) -> Checked:
    low, high = TEXT_LENGTHS.get(lang, (20, 400))
    if not low <= len(text) <= high:
        return Checked(Criterion.LENGTH, Result.FAILED, place, "short" if len(text) < low else "long")
    is_odd = fault in {Found.TOO_SHORT, Found.NO_SENTENCE}
    return Checked(Criterion.LENGTH, Result.UNCLEAR if is_odd else Result.PASSED, place, "odd" if is_odd else "")


def _cores(text: str) -> Iterator[str]:
    """What may be a name in Latin letters, as :class:`matcher.names.Form` has it: runs that begin with a capital."""
    found = list(_WORD.finditer(text))
    plain = [fold(match[0]) for match in found]
    for start, match in enumerate(found):
        if not (match[0][0].isupper() or match[0][0].isdigit()):
            continue
        for end in range(start + 1, min(start + _MOST_WORDS, len(found)) + 1):
            # A name ends with a capital too, or with a number; what is between may be "of" or "de la".
            last = found[end - 1][0]
            if last[0].isupper() or last[0].isdigit():
                yield "".join(plain[start:end])


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether a name is only a part of a longer word in katakana or Latin letters."""
    joints = (text[max(start - 1, 0) : start + 1], text[end - 1 : end + 1])
    return any(len(joint) == 2 and all(map(script.match, joint)) for joint in joints for script in (_KATAKANA, _LATIN))


# --- of a document that may be anything -------------------------------------------------------------------------------


def _statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    value = document.get("statements")
    return [s for s in value if isinstance(s, Mapping)] if isinstance(value, list) else []


def _text(mapping: object, name: str) -> str:
    value = mapping.get(name) if isinstance(mapping, Mapping) else None
    return value.strip() if isinstance(value, str) else ""


def _mapping(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name)
    return value if isinstance(value, Mapping) else {}


def _country(document: Mapping[str, Any]) -> Country | None:
    return next((c for c in Country if c.value == document.get("country")), None)


def _names(document: Mapping[str, Any]) -> list[str]:
    aliases = document.get("aliases")
    every = [*_mapping(document, "names").values(), *(aliases if isinstance(aliases, list) else ())]
    return [name for name in every if isinstance(name, str) and name.strip()]
