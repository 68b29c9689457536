"""The collection of profiles and programmes: reading it whole or not at all, and finding an organisation by name."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from importlib.resources import as_file, files
from json.decoder import JSONDecodeError
from pathlib import Path
from typing import Any, TypeVar

from rapidfuzz import fuzz, process

from matcher.document import (
    Fault,
    InvalidDocument,
    parse_profile,
    parse_programme,
    profile_document,
    programme_document,
)
from matcher.profile import Closure, Country, Profile, Programme
from matcher.taxonomy import Taxonomy
from matcher.text import fold, is_japanese, katakana

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class FileFault:
    """A fault with the file and the line it stands on."""

    file: str
    line: int
    fault: Fault

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.fault.field}: {self.fault.code} {self.fault.detail}".rstrip()


class InvalidData(ValueError):
    """Data files have faults; nothing was loaded."""

    def __init__(self, faults: Iterable[FileFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class UnknownName(LookupError):
    """No organisation has this name; ``suggestions`` are the display names that come nearest."""

    def __init__(self, name: str, suggestions: tuple[str, ...]) -> None:
        self.name = name
        self.suggestions = suggestions
        super().__init__(name)


class HasClosed(LookupError):
    """The organisation of this name no longer exists, and has no partners."""

    def __init__(self, profile: Profile, closed: Closure) -> None:
        self.profile = profile
        super().__init__(f"{profile.names['en']} closed in {closed.year}: it has no partners")


class HasNoStatements(LookupError):
    """Nothing is known of what the organisation of this name offers or needs, so it has no partners yet."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        super().__init__(f"nothing is known of what {profile.names['en']} offers or needs: it has no partners yet")


_SPACE = re.compile(" ")


class Corpus:
    """Profiles and programmes by id, in id order whatever order they came in.

    ``profiles`` are the organisations that can be partners. Those in ``closed``, and those in ``silent``, of which
    nothing but the name and the like is known, can still be found by name.

    >>> corpus = Corpus.shipped()
    >>> corpus.get("ラピダス").id == corpus.get("rapidus").id
    True
    >>> corpus.get("Rapidos")
    Traceback (most recent call last):
    ...
    matcher.corpus.UnknownName: Rapidos
    """

    def __init__(self, profiles: Iterable[Profile], programmes: Iterable[Programme] = ()) -> None:
        self.organisations: dict[str, Profile] = {p.id: p for p in sorted(profiles, key=lambda p: p.id)}
        self.profiles = {p.id: p for p in self.organisations.values() if p.closed is None and p.statements}
        self.closed = {p.id: p for p in self.organisations.values() if p.closed is not None}
        self.silent = {p.id: p for p in self.organisations.values() if p.closed is None and not p.statements}
        self.programmes: dict[str, Programme] = {p.id: p for p in sorted(programmes, key=lambda p: p.id)}

    @staticmethod
    def shipped() -> Corpus:
        """The data in ``matcher.data``."""
        with as_file(files("matcher.data")) as folder:
            return Corpus.read(folder)

    @staticmethod
    def read(folder: Path) -> Corpus:
        """Every ``profiles/*/*.json`` and ``programmes/*.json`` below a folder.

        Raises :class:`InvalidData` with all faults of all files, or FileNotFoundError where there is no profile.
        """
        corpus, faults = Corpus.inspect(folder)
        if faults:
            raise InvalidData(faults)
        return corpus

    @staticmethod
    def inspect(folder: Path) -> tuple[Corpus, tuple[FileFault, ...]]:
        """What of a folder can be read, and the faults of the rest; FileNotFoundError where there is no profile."""
        fields = Taxonomy.shipped().fields
        faults: list[FileFault] = []
        profile_files = sorted(folder.glob("profiles/*/*.json"))
        if not profile_files:
            raise FileNotFoundError(f"no profiles/<country>/*.json below {folder}")
        profiles = _read_all(folder, profile_files, lambda v: parse_profile(v, fields=fields), faults)
        programme_files = sorted(folder.glob("programmes/*.json"))
        programmes = _read_all(folder, programme_files, lambda v: parse_programme(v, fields=fields), faults)
        seen: dict[str, str] = {}
        entries: list[tuple[Path, Profile | Programme]] = [*profiles.items(), *programmes.items()]
        for path, entry in entries:
            if entry.id != path.stem:
                faults.append(
                    _place(folder, path, Fault(("id",), "format", f"{entry.id}, but the file is {path.name}"))
                )
            if entry.id in seen:
                faults.append(
                    _place(folder, path, Fault(("id",), "duplicate", f"{entry.id} is also in {seen[entry.id]}"))
                )
            seen[entry.id] = path.name
        return Corpus(profiles.values(), programmes.values()), tuple(faults)

    @cached_property
    def snapshot_id(self) -> str:
        """Twelve hexadecimal digits that change when any profile or programme does."""
        digest = hashlib.sha256()
        for profile in self.organisations.values():
            digest.update(canonical_json(profile_document(profile)))
        for programme in self.programmes.values():
            digest.update(canonical_json(programme_document(programme)))
        return digest.hexdigest()[:12]

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, set[str]] = defaultdict(set)
        for profile in self.organisations.values():
            for name in (profile.id, *profile.names.values(), *profile.aliases):
                found[_name_key(name)].add(profile.id)
        return {name: tuple(sorted(ids)) for name, ids in found.items()}

    @cached_property
    def _starts(self) -> Mapping[str, Sequence[tuple[str, int, tuple[str, ...]]]]:
        """Names from each of their words on, with the length of the whole, by each of their first two letters."""
        found: dict[str, list[tuple[str, int, tuple[str, ...]]]] = defaultdict(list)
        for name, ids in self._by_name.items():
            for at in (0, *(m.end() for m in _SPACE.finditer(name))):
                for first in set(name[at : at + 2]):
                    found[first].append((name[at:], len(name), ids))
        return found

    def get(self, name: str) -> Profile:
        """The one organisation with this id, name or alias, in any script; :class:`UnknownName` otherwise.

        :class:`HasClosed` where it no longer exists, :class:`HasNoStatements` where it has no statement.
        """
        ids = self._by_name.get(_name_key(name), ())
        if len(ids) == 1:
            profile = self.organisations[ids[0]]
            if profile.closed:
                raise HasClosed(profile, profile.closed)
            if not profile.statements:
                raise HasNoStatements(profile)
            return profile
        suggestions = ids or self.suggest(name)
        raise UnknownName(name, tuple(self.display_name(i) for i in suggestions))

    def display_name(self, profile_id: str) -> str:
        """The first alias (the usual short form), or the English name."""
        profile = self.organisations[profile_id]
        return next(iter(profile.aliases), profile.names["en"])

    def find_named(self, text: str) -> tuple[str, ...]:
        """Ids of organisations one of whose names starts with, or has a word starting with, the text.

        Japanese is written without spaces, so two characters of it may stand anywhere in a name. Case, accents, width
        and the two kana are one.

        >>> Corpus.shipped().find_named("らぴだす")
        ('rapidus',)
        """
        key = _name_key(text)
        if not key:
            return ()
        anywhere = len(key) > 1 and is_japanese(key)
        hits: dict[str, int] = {}
        for name, ids in self._by_name.items():
            if name.startswith(key) or (len(key) > 1 and f" {key}" in name) or (anywhere and key in name):
                for profile_id in ids:
                    length = len(name) - len(key)
                    hits[profile_id] = min(length, hits.get(profile_id, length))
        return tuple(sorted(hits, key=lambda i: (hits[i], i)))

    def find_almost_named(self, text: str) -> tuple[str, ...]:
        """Ids of organisations one of whose names, or a word of it, starts one letter away from the text.

        >>> Corpus.shipped().find_almost_named("Rapidsu"), Corpus.shipped().find_almost_named("ラピタス")
        (('rapidus',), ('rapidus',))
        """
        key = _name_key(text)
        if len(key) < (3 if is_japanese(key) else 4):
            return ()
        hits: dict[str, int] = {}
        # Whatever the one letter is, one of the first two is among the first two of the word.
        for first in set(key[:2]):
            for start, whole, ids in self._starts.get(first, ()):
                if _starts_almost(start, key):
                    for profile_id in ids:
                        length = abs(whole - len(key))
                        hits[profile_id] = min(length, hits.get(profile_id, length))
        return tuple(sorted(hits, key=lambda i: (hits[i], i)))

    def suggest(self, name: str, most: int = 3, cutoff: float = 0.6) -> tuple[str, ...]:
        """Ids of the organisations whose names look most like a mistyped one."""
        key = _name_key(name)
        ratios: dict[str, float] = {}
        # The longest common subsequence bounds what SequenceMatcher finds, and costs next to nothing.
        for known, _, _ in process.extract_iter(
            key, self._by_name.keys(), scorer=fuzz.ratio, score_cutoff=100 * cutoff
        ):
            if (ratio := SequenceMatcher(None, key, known).ratio()) >= cutoff:
                for profile_id in self._by_name[known]:
                    ratios[profile_id] = max(ratio, ratios.get(profile_id, 0.0))
        return tuple(sorted(ratios, key=lambda i: (-ratios[i], i))[:most])

    def of(self, country: Country) -> Iterator[Profile]:
        """The organisations of one country, in id order."""
        return (p for p in self.profiles.values() if p.country is country)


def _name_key(name: str) -> str:
    """What makes two spellings of a name equal: see :func:`matcher.text.fold`, and one kana."""
    return katakana(fold(name))


def _starts_almost(name: str, key: str) -> bool:
    """Whether a name starts with the key but for one letter: another one, one too many, one too few, or two swapped.

    >>> [_starts_almost("tenstorrent", key) for key in ("tenstorent", "tenztorr", "tennstor", "tnesto", "tesla")]
    [True, True, True, True, False]
    """
    i = next((i for i, (a, b) in enumerate(zip(name, key, strict=False)) if a != b), min(len(name), len(key)))
    return (
        name.startswith(key[i + 1 :], i + 1)
        or name.startswith(key[i + 1 :], i)
        or name.startswith(key[i:], i + 1)
        or (name[i : i + 2] == key[i : i + 2][::-1] and name.startswith(key[i + 2 :], i + 2))
    )


def canonical_json(document: object) -> bytes:
    """One spelling of a JSON document: sorted keys, no spaces, UTF-8."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _read_all(
    folder: Path, paths: Iterable[Path], parse: Callable[[Any], _T], faults: list[FileFault]
) -> dict[Path, _T]:
    found: dict[Path, _T] = {}
    for path in paths:
        try:
            found[path] = parse(json.loads(path.read_text(encoding="utf-8")))
        except JSONDecodeError as error:
            faults.append(FileFault(_relative(folder, path), error.lineno, Fault((), "json", error.msg)))
        except UnicodeDecodeError as error:
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            faults.append(FileFault(_relative(folder, path), line, Fault((), "utf8", error.reason)))
        except InvalidDocument as error:
            faults.extend(_place(folder, path, fault) for fault in error.faults)
    return found


def _relative(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _place(folder: Path, path: Path, fault: Fault) -> FileFault:
    return FileFault(_relative(folder, path), line_of(path.read_text(encoding="utf-8"), fault.path), fault)


def line_of(text: str, path: Iterable[str | int]) -> int:
    r"""The line, from 1, on which a value stands in a valid JSON text; that of its nearest parent where it is missing.

    >>> line_of('{"a": 1,\n "b": [10,\n 20]}', ("b", 1)), line_of('{"a": 1,\n "b": {}}', ("b", "missing"))
    (3, 2)
    """
    decoder = json.JSONDecoder()

    def skip(at: int) -> int:
        while text[at : at + 1] and text[at] in " \t\r\n,:":
            at += 1
        return at

    at = skip(0)
    for part in path:
        opening, child, index = text[at], skip(at + 1), 0
        found = None
        while opening in "{[" and text[child] not in "}]":
            key: str | int = index
            if opening == "{":
                key, child = decoder.raw_decode(text, child)
                child = skip(child)
            if key == part:
                found = child
                break
            child = skip(decoder.raw_decode(text, child)[1])
            index += 1
        if found is None:
            break
        at = found
    return text.count("\n", 0, at) + 1
