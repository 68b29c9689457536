"""Which entries speak of one organisation: names compared across spellings, scripts and legal forms, with reasons.

Two names are one where they differ in case, width, accents, kana, old characters, legal form or word order only, where
English and French say the same words, where kana are heard as the Latin letters sound, or where few letters are
mistyped. A word more on one side (an institute of a university, a subsidiary) makes two organisations. Organisations of
two countries are never one, nor are two with different official numbers.

A score is what the reasons leave of doubt, multiplied: two reasons of 0.6 and 0.7 give 1 - 0.4 x 0.3 = 0.88.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import prod
from typing import Final
from unicodedata import normalize
from urllib.parse import urlsplit

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, Levenshtein
from rapidfuzz.process import cdist

from matcher.names import Form, Legal, consonants, forms, heard
from matcher.profile import Country, Profile, Statement
from matcher.text import normalise


class Reason(StrEnum):
    """Why two entries may speak of one organisation."""

    SAME_IDENTIFIER = "same_identifier"
    SAME_NAME = "same_name"
    SAME_NAME_OTHER_LEGAL_FORM = "same_name_other_legal_form"
    SAME_NAME_OTHER_SCRIPT = "same_name_other_script"
    SAME_WORDS = "same_words"
    NEAR_NAME = "near_name"
    ACRONYM = "acronym"
    SAME_WEBSITE = "same_website"


# How sure each reason alone makes that two entries are one: near what was measured on pairs of names from the Research
# Organization Registry (tests/bench/duplicates.py), rounded.
WEIGHTS: Final[Mapping[Reason, float]] = {
    Reason.SAME_IDENTIFIER: 0.999,
    Reason.SAME_NAME: 0.97,
    Reason.SAME_NAME_OTHER_LEGAL_FORM: 0.95,
    Reason.SAME_NAME_OTHER_SCRIPT: 0.85,
    Reason.SAME_WORDS: 0.85,
    Reason.NEAR_NAME: 0.82,
    Reason.ACRONYM: 0.6,
    Reason.SAME_WEBSITE: 0.7,
}
# From here on a pair is shown to a person.
LIKELY: Final = 0.8
# Numbers that an authority gives: whoever has two of them is two. Wikidata and others may hold one body twice.
_OFFICIAL: Final = ("corporate_number", "business_number", "lei", "ror")
# A name or website that several share says less of each.
_SHARED: Final = 0.6
# From so many letters on, one or two in a word may be mistyped: romanised Japanese words of five letters are often one
# letter apart (Kyowa, Kyoto). A Japanese name needs as many characters as _SHORT.
_SHORT: Final = 5
_ONE_SLIP, _TWO_SLIPS = 7, 11
# Consonants in common by which kana are taken for Latin letters.
_ENOUGH_SOUNDS: Final = 4
# Of 100: how alike the two then sound with their vowels.
_SOUNDS_ALIKE: Final = 65.0
_ROOTS: Final = frozenset("en fr ja jp ca e english global home index.html index.htm index.php".split())


@dataclass(frozen=True, slots=True)
class Candidate:
    """An organisation that may be the one asked for: how surely, from 0 to 1, and why."""

    profile_id: str
    score: float
    reasons: tuple[Reason, ...]


_Note = Callable[[str, Reason, float], None]


@dataclass(frozen=True, slots=True)
class _Known:
    """One known name and whose it is."""

    form: Form
    profile_id: str


class NameIndex:
    """Finds the organisation behind names that are written otherwise.

    >>> from matcher.corpus import Corpus
    >>> index = NameIndex(Corpus.shipped().organisations.values())
    >>> [(c.profile_id, *c.reasons) for c in index.find(["㈱ラピダス"], country=Country.JP)]
    [('rapidus', <Reason.SAME_NAME_OTHER_LEGAL_FORM: 'same_name_other_legal_form'>)]
    >>> index.find(["Rapidus"], country=Country.CA)
    []
    """

    def __init__(self, profiles: Iterable[Profile]) -> None:
        self._profiles = {p.id: p for p in profiles}
        self._keys: dict[tuple[Country, Reason, str], set[str]] = defaultdict(set)
        self._identifiers: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._blocks: dict[tuple[Country, str, int], dict[str, list[_Known]]] = defaultdict(lambda: defaultdict(list))
        self._sounds: dict[tuple[Country, bool, str], list[tuple[str, str]]] = defaultdict(list)
        self._legal: dict[str, set[Legal]] = defaultdict(set)
        for profile in self._profiles.values():
            self._add(profile)

    def find(
        self,
        names: Sequence[str],
        *,
        country: Country,
        identifiers: Mapping[str, str] | None = None,
        website: str = "",
        least: float = LIKELY,
    ) -> list[Candidate]:
        """Who may bear these names, identifiers or this website: from a score of ``least`` on, the surest first."""
        identifiers = identifiers or {}
        found: dict[str, dict[Reason, float]] = defaultdict(dict)

        def note(profile_id: str, reason: Reason, score: float) -> None:
            found[profile_id][reason] = max(score, found[profile_id].get(reason, 0.0))

        for scheme, value in identifiers.items():
            for profile_id in self._identifiers.get((scheme, value), ()):
                note(profile_id, Reason.SAME_IDENTIFIER, WEIGHTS[Reason.SAME_IDENTIFIER])
        own = list(dict.fromkeys(form for name in names for form in forms(name)))
        for form in own:
            self._by_key(form, country, note)
            self._by_sound(form, country, note)
            self._by_likeness(form, country, note)
        self._by_website(website, country, note)
        candidates = [
            _candidate(profile_id, reasons)
            for profile_id, reasons in found.items()
            if self._profiles[profile_id].country is country
            and not _differ(self._profiles[profile_id].identifiers, identifiers)
        ]
        kept = [c for c in candidates if c.score >= least]
        return sorted(kept, key=lambda c: (-c.score, c.profile_id))

    # --- the index ---------------------------------------------------------------------------------------------------

    def _add(self, profile: Profile) -> None:
        for scheme, value in profile.identifiers.items():
            self._identifiers[scheme, value].add(profile.id)
        if key := _website_key(profile.website):
            self._keys[profile.country, Reason.SAME_WEBSITE, key].add(profile.id)
        for form in dict.fromkeys(form for name in names_of(profile) for form in forms(name)):
            for reason, key in _keys(form, profile.country):
                self._keys[profile.country, reason, key].add(profile.id)
            sound = heard(form)
            if len(consonants(sound)) >= _ENOUGH_SOUNDS:
                self._sounds[profile.country, form.is_japanese, consonants(sound)].append((sound, profile.id))
            self._legal[profile.id].update([form.legal] if form.legal else [])
            if not form.is_acronym:
                text = _text(form)
                block = self._blocks[profile.country, _initials(form), len(text)]
                block[text].append(_Known(form, profile.id))

    def _by_key(self, form: Form, country: Country, note: _Note) -> None:
        for reason, key in _keys(form, country):
            holders = self._keys.get((country, reason, key), ())
            # A name that several bear, such as that of a parish hospital, says less.
            share = _SHARED if len(holders) > 2 else 1.0
            for profile_id in holders:
                if self._may_be_one(form, profile_id):
                    note(profile_id, reason, share * WEIGHTS[reason])

    def _by_sound(self, form: Form, country: Country, note: _Note) -> None:
        """Kana against Latin letters: the same consonants, and vowels that do not contradict each other."""
        own = heard(form)
        for sound, profile_id in self._sounds.get((country, not form.is_japanese, consonants(own)), ()):
            if fuzz.ratio(own, sound) >= _SOUNDS_ALIKE and self._may_be_one(form, profile_id):
                note(profile_id, Reason.SAME_NAME_OTHER_SCRIPT, WEIGHTS[Reason.SAME_NAME_OTHER_SCRIPT])

    def _may_be_one(self, form: Form, profile_id: str) -> bool:
        legal = self._legal[profile_id]
        return form.legal is None or not legal or form.legal in legal

    def _by_likeness(self, form: Form, country: Country, note: _Note) -> None:
        """Names of about the same length, with the same first letters of words, are compared letter by letter."""
        text = _text(form)
        if form.is_acronym or len(text) < _SHORT:
            return
        most = 1 if form.is_japanese else 2
        for length in range(len(text) - most, len(text) + most + 1):
            block = self._blocks.get((country, _initials(form), length))
            if not block:
                continue
            texts = list(block)
            distances = cdist([text], texts, scorer=OSA.distance, score_cutoff=most, dtype=np.uint8)[0]
            for place in np.flatnonzero((distances > 0) & (distances <= most)):
                for known in block[texts[place]]:
                    if _is_near(form, known.form) and self._may_be_one(form, known.profile_id):
                        note(known.profile_id, Reason.NEAR_NAME, WEIGHTS[Reason.NEAR_NAME])

    def _by_website(self, website: str, country: Country, note: _Note) -> None:
        key = _website_key(website)
        holders = self._keys.get((country, Reason.SAME_WEBSITE, key), ()) if key else ()
        for profile_id in holders:
            share = _SHARED if len(holders) > 2 else 1.0
            note(profile_id, Reason.SAME_WEBSITE, share * WEIGHTS[Reason.SAME_WEBSITE])


def duplicates(profiles: Iterable[Profile], *, least: float = LIKELY) -> list[tuple[str, str, Candidate]]:
    """All pairs of a corpus that may be one organisation, the surest first.

    Each pair is ``(keep, remove, candidate)``: the fuller profile first, and what was found of the other.
    """
    entries = {p.id: p for p in profiles}
    index = NameIndex(entries.values())
    found: dict[tuple[str, str], Candidate] = {}
    for profile in entries.values():
        for candidate in index.find(
            names_of(profile),
            country=profile.country,
            identifiers=profile.identifiers,
            website=profile.website,
            least=least,
        ):
            if candidate.profile_id == profile.id:
                continue
            keep, remove = in_order(profile, entries[candidate.profile_id])
            before = found.get((keep.id, remove.id))
            if before is None or before.score < candidate.score:
                found[keep.id, remove.id] = Candidate(remove.id, candidate.score, candidate.reasons)
    pairs = [(keep, remove, candidate) for (keep, remove), candidate in found.items()]
    return sorted(pairs, key=lambda pair: (-pair[2].score, pair[0], pair[1]))


def in_order(one: Profile, other: Profile) -> tuple[Profile, Profile]:
    """The fuller of two profiles first: by statements, names, then what else is known; by id where all is equal."""

    def fullness(p: Profile) -> tuple[int, ...]:
        return (p.closed is None, len(p.statements), len(p.identifiers), len(names_of(p)), bool(p.website))

    first, second = sorted((one, other), key=lambda p: p.id)
    return (second, first) if fullness(second) > fullness(first) else (first, second)


def names_of(profile: Profile) -> list[str]:
    """Every name of an organisation: official ones, short ones and old ones."""
    return list(dict.fromkeys((*profile.names.values(), *profile.aliases)))


# --- within -----------------------------------------------------------------------------------------------------------


def _keys(form: Form, country: Country) -> Iterator[tuple[Reason, str]]:
    """What two forms have to share to be one name, by the reason that it gives."""
    if form.is_acronym:
        yield Reason.ACRONYM, form.exact
        return
    yield Reason.SAME_NAME, form.exact
    yield Reason.SAME_NAME_OTHER_LEGAL_FORM, form.core
    if len(form.words) > 1:
        yield Reason.SAME_WORDS, "=" + " ".join(form.words)
        # Shizuoka University and the University of Shizuoka are two, as are those of Nagasaki and of Hyogo.
        if country is not Country.JP or "university" not in form.words or len(form.words) > 3:
            yield Reason.SAME_WORDS, " ".join(sorted(form.words))
    if form.initials:
        yield Reason.ACRONYM, form.initials
    if form.words and country is Country.JP:
        yield Reason.NEAR_NAME, " ".join(_romanised(word) for word in form.words)


def _initials(form: Form) -> str:
    """What two names that are near always share: the first letters of their words, in order of the alphabet."""
    return "".join(sorted(word[0] for word in form.words))


def _text(form: Form) -> str:
    """What is compared letter by letter."""
    return form.core if form.is_japanese else " ".join(sorted(form.words))


def _is_near(one: Form, other: Form) -> bool:
    """Whether nothing but slips of the pen is between two names that are close as a whole."""
    if one.is_japanese:
        # Another Chinese character, digit or Latin letter is another name, and so is most of other kana; but the
        # voicing of one is often written otherwise, and a long word in kana may have a slip.
        edits = Levenshtein.editops(one.core, other.core)
        changed = [(one.core[e.src_pos], other.core[e.dest_pos]) for e in edits if e.tag == "replace"]
        if len(changed) == len(edits):
            return all(normalize("NFD", a)[0] == normalize("NFD", b)[0] for a, b in changed)
        return len(one.core) >= _TWO_SLIPS and _KATAKANA.fullmatch(one.core + other.core) is not None
    mine, theirs = list(one.words), list(other.words)
    for word in one.words:
        if word in theirs:
            mine.remove(word)
            theirs.remove(word)
    if len(mine) != len(theirs):
        return False
    return all(_is_slip(a, b) for a, b in zip(sorted(mine), sorted(theirs), strict=True))


def _is_slip(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    most = 2 if shorter >= _TWO_SLIPS else 1 if shorter >= _ONE_SLIP else 0
    return one[0] == other[0] and not _DIGIT.search(one + other) and OSA.distance(one, other) <= most


_KATAKANA: Final = re.compile(r"[ァ-ヺ]+")
_DIGIT: Final = re.compile(r"[0-9]")
_LONG_VOWELS: Final = (
    (re.compile(r"o[uoh](?![aeiouy])|oh(?![aeiouy])"), "o"),
    (re.compile(r"uu"), "u"),
    (re.compile(r"m(?=[bmp])"), "n"),
)


def _romanised(word: str) -> str:
    """A Latin word with its long vowels short: Ohmi and Oumi, Shimbun and Shinbun are one."""
    for pattern, plain in _LONG_VOWELS:
        word = pattern.sub(plain, word)
    return word


def _candidate(profile_id: str, reasons: Mapping[Reason, float]) -> Candidate:
    """The best of what names say, with what identifiers and websites say beside it."""
    beside = (Reason.SAME_IDENTIFIER, Reason.SAME_WEBSITE)
    by_name: dict[Reason, float] = {r: s for r, s in reasons.items() if r not in beside}
    best = max(by_name, key=lambda r: (by_name[r], -_ORDER[r]), default=None)
    kept = {r: s for r, s in reasons.items() if r not in by_name or r is best}
    score = 1 - prod(1 - s for s in kept.values())
    return Candidate(profile_id, round(score, 3), tuple(sorted(kept, key=_ORDER.__getitem__)))


_ORDER: Final = {reason: place for place, reason in enumerate(Reason)}


def _differ(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two have different official numbers of one register, and none in common."""
    both = [scheme for scheme in _OFFICIAL if scheme in one and scheme in other]
    return bool(both) and all(one[scheme] != other[scheme] for scheme in both)


def _website_key(address: str) -> str:
    """Host and path of a website, without what every one has: www, the page of a language, the front page."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    path = [part for part in parts.path.casefold().split("/") if part and part not in _ROOTS]
    return "/".join([(parts.hostname or "").removeprefix("www."), *path])


# --- one of two -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Union:
    """What merging two profiles gives: ``added`` are the statements that come over, under the ids they get.

    ``same`` pairs each statement that stays out with the one that says it already.
    """

    profile: Profile
    aliases: tuple[str, ...]
    added: tuple[Statement, ...]
    same: tuple[tuple[Statement, Statement], ...]


def unite(keep: Profile, remove: Profile) -> Union:
    """One profile of two: what the first says stays, and the second fills in what is missing.

    Names of the second become aliases, or the official name of a language that had none. Its statements come over
    where no statement of the same role and language says nearly the same.

    >>> from matcher.corpus import Corpus
    >>> rapidus = Corpus.shipped().get("rapidus")
    >>> unite(rapidus, rapidus).profile == rapidus
    True
    """
    spelled = {form.exact for name in names_of(keep) for form in forms(name)}
    names = {**{lang: name for lang, name in remove.names.items() if lang not in keep.names}, **keep.names}
    aliases = []
    for name in names_of(remove):
        shapes = {form.exact for form in forms(name)}
        if not shapes <= spelled and name not in names.values():
            aliases.append(name)
            spelled |= shapes
    added, same = _new_statements(keep, remove)
    profile = replace(
        keep,
        names={lang: names[lang] for lang in (*keep.names, *(k for k in remove.names if k not in keep.names))},
        aliases=(*keep.aliases, *aliases),
        city=keep.city if keep.subdivision != remove.subdivision else {**remove.city, **keep.city},
        website=keep.website or remove.website,
        fields=tuple(dict.fromkeys((*keep.fields, *remove.fields)))[:_MOST_FIELDS],
        identifiers={**keep.identifiers, **{k: v for k, v in remove.identifiers.items() if k not in keep.identifiers}},
        founded=keep.founded or remove.founded,
        size=keep.size or remove.size,
        statements=(*keep.statements, *added),
    )
    return Union(profile, tuple(aliases), added, same)


_MOST_FIELDS: Final = 3
_MOST_STATEMENTS: Final = 99
# Of 100: statements that are so alike say one thing.
_ALIKE: Final = 90.0


def _new_statements(
    keep: Profile, remove: Profile
) -> tuple[tuple[Statement, ...], tuple[tuple[Statement, Statement], ...]]:
    added: list[Statement] = []
    same = []
    used = {s.id for s in keep.statements}
    for statement in remove.statements:
        known = next((s for s in (*keep.statements, *added) if _says_the_same(s, statement)), None)
        if known is not None:
            same.append((statement, known))
            continue
        letter = statement.role.value[0]
        free = next((f"{letter}{n}" for n in range(1, _MOST_STATEMENTS + 1) if f"{letter}{n}" not in used), None)
        if free is None:
            break
        used.add(free)
        added.append(replace(statement, id=free))
    return tuple(added), tuple(same)


def _says_the_same(one: Statement, other: Statement) -> bool:
    if (one.role, one.lang) != (other.role, other.lang):
        return False
    return fuzz.ratio(normalise(one.text), normalise(other.text), score_cutoff=_ALIKE) > 0
