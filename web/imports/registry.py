"""Organisations from a dump of the Research Organization Registry (ror.org, schema v2, CC0): names, places, links.

The registry says who exists, not what they offer or need. Its records become organisations without statements, and add
to those that are here already what is missing there; nothing that is here is overwritten.
"""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Final

from matcher.document import Fault, InvalidDocument, parse_profile, profile_document
from matcher.duplicates import Candidate, NameIndex, names_of
from matcher.names import forms
from matcher.profile import Country, Profile
from matcher.text import fold, guess_language, is_japanese

MOST_BYTES: Final = 2 * 1024**3
LONGEST_RECORD: Final = 1024 * 1024
# From this score on, and only where no other organisation comes near, a record is taken for one that is here.
SURE: Final = 0.9
_CHUNK: Final = 256 * 1024
_LONGEST_ID: Final = 60
_SCHEME: Final = "ror"
# A body of several types is what most tells it from others.
_KINDS: Final = {
    "education": "university",
    "healthcare": "hospital",
    "company": "company",
    "government": "government_body",
    "facility": "research_institute",
    "archive": "association",
    "nonprofit": "association",
    "funder": "association",
    "other": "association",
}
_COUNTRY_IN_BRACKETS: Final = re.compile(r"\s*\((?:Japan|Canada|Japon)\)$")
_SPACES: Final = re.compile(r"\s+")
_NOT_IN_ID: Final = re.compile(r"[^a-z0-9]+")


class Skip(StrEnum):
    """Why a record is left out."""

    OTHER_COUNTRY = "other_country"
    WITHDRAWN = "withdrawn"
    INACTIVE = "inactive"
    NO_PLACE = "no_place"
    PERHAPS_KNOWN = "perhaps_known"
    REPEATED = "repeated"
    FAULTY = "faulty"


class NoDump(ValueError):
    """The file is no dump of the registry; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that was left out: why, and what a person needs to look at it."""

    ror: str
    name: str
    why: Skip
    detail: str = ""
    candidate: Candidate | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What importing a dump would do: whole organisations to save, and what is left out."""

    added: tuple[Profile, ...] = ()
    enriched: tuple[tuple[Profile, tuple[str, ...]], ...] = ()
    unchanged: int = 0
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def to_save(self) -> tuple[Profile, ...]:
        return (*self.added, *(profile for profile, _ in self.enriched))


@dataclass(slots=True)
class _Draft:
    """A plan in the making."""

    added: list[Profile] = field(default_factory=list)
    enriched: dict[str, tuple[Profile, list[str]]] = field(default_factory=dict)
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


# --- reading ----------------------------------------------------------------------------------------------------------


def read_records(path: Path) -> Iterator[Mapping[str, Any]]:
    """The records of a dump one by one, never all at once: ``.jsonl``, ``.jsonl.gz``, ``.json`` or the ``.zip`` of it.

    Raises :class:`NoDump` where the file is something else, holds too much, or is cut off.
    """
    try:
        with _opened(path) as stream:
            lines = path.name.endswith((".jsonl", ".jsonl.gz"))
            for number, record in enumerate(_lines(stream) if lines else _array(stream), 1):
                if not isinstance(record, dict) or not isinstance(record.get("names"), list):
                    raise NoDump(f"record {number} is none of schema v2: it has no list of names")
                yield record
    except (OSError, EOFError, zipfile.BadZipFile, UnicodeDecodeError, RecursionError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise NoDump(f"{path.name} cannot be read to its end: {error}") from error


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    if path.suffix == ".gz":
        with gzip.open(path) as stream:
            yield stream  # type: ignore[misc]
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            # The registry packs its older schema and a CSV beside it.
            inside = [i for i in archive.infolist() if i.filename.endswith(".json") and "schema_v1" not in i.filename]
            inside.sort(key=lambda i: ("schema_v2" not in i.filename, i.filename))
            if not inside:
                raise NoDump(f"{path.name} holds no .json file")
            with archive.open(inside[0]) as stream:
                yield stream
    elif path.suffix in (".json", ".jsonl"):
        with path.open("rb") as stream:
            yield stream
    else:
        raise NoDump(f"{path.name} ends neither in .jsonl, .jsonl.gz, .json nor .zip")


def _lines(stream: IO[bytes]) -> Iterator[object]:
    total, number = 0, 0
    while line := stream.readline(LONGEST_RECORD + 1):
        total, number = total + len(line), number + 1
        if len(line) > LONGEST_RECORD or total > MOST_BYTES:
            raise NoDump(f"line {number} is too long, or the file too large")
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise NoDump(f"line {number} is no JSON: {error}") from error


def _array(stream: IO[bytes]) -> Iterator[object]:
    """The members of one JSON array, read in pieces."""
    import codecs

    decode, read = json.JSONDecoder().raw_decode, codecs.getincrementaldecoder("utf-8-sig")()
    text, total, is_inside, is_over = "", 0, False, False
    while not is_over:
        piece = stream.read(_CHUNK)
        total += len(piece)
        if total > MOST_BYTES:
            raise NoDump("the file is too large")
        text, is_over = text + read.decode(piece, final=not piece), not piece
        if not is_inside and text.lstrip():
            text, is_inside = text.lstrip(), True
            if not text.startswith("["):
                raise NoDump("the file is no list of records")
            text = text[1:]
        while (text := text.lstrip(" \t\r\n,")) and not text.startswith("]"):
            try:
                record, end = decode(text)
            except ValueError as error:
                if is_over or len(text) > LONGEST_RECORD:
                    raise NoDump(f"the list ends within a record, or is no JSON: {error}") from error
                break
            yield record
            text = text[end:]
        if text.startswith("]"):
            return
    raise NoDump("the list of records does not end")


def places(records: Iterator[Mapping[str, Any]]) -> tuple[dict[str, str], int]:
    """The subdivision of each place that some record names with it, for others leave it out; and how many records."""
    found: dict[str, set[str]] = defaultdict(set)
    count = 0
    for record in records:
        count += 1
        for place in record.get("locations") or ():
            details = place.get("geonames_details") or {}
            country, code = details.get("country_code"), details.get("country_subdivision_code")
            if code:
                found[f"{country} {details.get('name')}"].add(f"{country}-{code}")
    return {place: min(codes) for place, codes in found.items() if len(codes) == 1}, count


# --- one record -------------------------------------------------------------------------------------------------------


def document_of(record: Mapping[str, Any], subdivision: str, read_on: date) -> dict[str, Any]:
    """The document of an organisation as the registry knows it; its ``id`` is made from its name."""
    details = record["locations"][0]["geonames_details"]
    names, aliases = _names(record)
    links = [link["value"] for link in record.get("links") or () if link.get("type") == "website"]
    document: dict[str, Any] = {
        "id": slug(names["en"]) or slug(record["id"].rpartition("/")[2]),
        "country": details["country_code"],
        "kind": next((kind for name, kind in _KINDS.items() if name in record["types"]), "association"),
        "names": names,
        "aliases": aliases,
        "subdivision": subdivision,
        "city": {"en": details["name"]},
        "website": links[0] if links else None,
        "founded": record.get("established"),
        "identifiers": {_SCHEME: record["id"], **_wikidata(record)},
        "source": record["id"],
        "read_on": read_on.isoformat(),
        "statements": [],
    }
    return {name: value for name, value in document.items() if value is not None}


def _names(record: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Official names by language and all others. What the registry shows first comes first, less the country's name."""
    labels: dict[str, str] = {}
    aliases: list[str] = []
    entries = sorted(record["names"], key=lambda n: ("ror_display" not in n["types"], "acronym" in n["types"]))
    known = {_clean(n["value"]) for n in entries}
    shown = next((_clean(n["value"]) for n in entries if "ror_display" in n["types"]), None)
    for entry in entries:
        name, lang = _clean(entry["value"]), entry.get("lang")
        bare = _COUNTRY_IN_BRACKETS.sub("", name)
        if bare != name and bare in known:
            continue
        if lang is None:
            lang = guess_language(name)
        is_label = "label" in entry["types"] and lang in ("en", "fr", "ja") and is_japanese(name) == (lang == "ja")
        if is_label and lang not in labels:
            labels[lang] = bare
        elif bare not in aliases:
            aliases.append(bare)
    # Wherever a name in English is asked for, the registry shows this one.
    labels.setdefault("en", _COUNTRY_IN_BRACKETS.sub("", shown) if shown else next(iter(labels.values()), aliases[0]))
    return labels, [alias for alias in aliases if alias not in labels.values()]


def _clean(name: str) -> str:
    return _SPACES.sub(" ", name).strip()


def _wikidata(record: Mapping[str, Any]) -> dict[str, str]:
    for entry in record.get("external_ids") or ():
        if entry.get("type") == "wikidata" and (given := entry.get("preferred") or next(iter(entry["all"]), None)):
            return {"wikidata": given}
    return {}


def slug(name: str) -> str:
    """An id made from a name: its Latin letters and digits, cut at a word.

    >>> slug("Université de Montréal, Faculté de médecine"), slug("東京大学")
    ('universite-de-montreal-faculte-de-medecine', '')
    """
    plain = _NOT_IN_ID.sub("-", fold(name)).strip("-")
    return plain if len(plain) <= _LONGEST_ID else plain[: _LONGEST_ID + 1].rpartition("-")[0] or plain[:_LONGEST_ID]


# --- the whole dump ---------------------------------------------------------------------------------------------------


class Importer:
    """Holds records of the registry against the organisations that are here, and says what to save.

    ``taken`` are ids that are no longer free, ``merged`` the registry's numbers of organisations that were merged into
    another, ``subdivisions`` those of places that records leave out (:func:`places`). Without a day, each record was
    read on the day it was last modified.
    """

    def __init__(  # noqa: PLR0913 - each is a fact of its own about what is here
        self,
        profiles: Sequence[Profile],
        *,
        taken: frozenset[str] = frozenset(),
        merged: Mapping[str, str] | None = None,
        subdivisions: Mapping[str, str] | None = None,
        read_on: date | None = None,
        country: Country | None = None,
        adds_uncertain: bool = False,
    ) -> None:
        self._known = {p.id: p for p in profiles}
        self._taken = set(taken) | self._known.keys()
        # The number of an organisation that was merged into another stands for that one.
        self._by_ror = {ror: profile_id for ror, profile_id in (merged or {}).items() if profile_id in self._known}
        self._by_ror |= {p.identifiers[_SCHEME]: p.id for p in profiles if _SCHEME in p.identifiers}
        self._adds_uncertain = adds_uncertain
        self._index = NameIndex(profiles)
        self._subdivisions = subdivisions or {}
        self._read_on = read_on
        self._country = country
        self._draft = _Draft()
        self._seen: set[str] = set()
        self._named: dict[str, list[tuple[Mapping[str, Any], Profile, Candidate]]] = defaultdict(list)

    def take(self, record: Mapping[str, Any]) -> None:
        """Adds one record to the plan."""
        try:
            self._take(record)
        except InvalidDocument as error:
            self._skip(record, Skip.FAULTY, str(error))
        except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
            self._skip(record, Skip.FAULTY, f"not of schema v2: {error!r}")

    def plan(self) -> Plan:
        """What was found."""
        draft = self._draft
        for named in self._named.values():
            for record, read, candidate in named:
                if len(named) == 1:
                    self._enrich(candidate.profile_id, read)
                else:
                    # The parts of a merged university each know it under a name of their own.
                    self._doubt(record, read, candidate)
        self._named.clear()
        enriched = tuple((profile, tuple(fields)) for profile, fields in draft.enriched.values())
        return Plan(tuple(draft.added), enriched, draft.unchanged, tuple(draft.skipped), tuple(draft.notes))

    def _take(self, record: Mapping[str, Any]) -> None:
        details = record["locations"][0]["geonames_details"]
        country = details["country_code"]
        if record["id"] in self._seen:
            self._skip(record, Skip.REPEATED)
            return
        self._seen.add(record["id"])
        if country not in tuple(Country) or self._country not in (None, country):
            self._skip(record, Skip.OTHER_COUNTRY)
            return
        if record["status"] != "active":
            self._skip(record, Skip.INACTIVE if record["status"] == "inactive" else Skip.WITHDRAWN)
            return
        code = details.get("country_subdivision_code")
        subdivision = f"{country}-{code}" if code else self._subdivisions.get(f"{country} {details['name']}")
        if subdivision is None and record["id"] in self._by_ror:
            subdivision = self._known[self._by_ror[record["id"]]].subdivision
        if subdivision is None:
            self._skip(record, Skip.NO_PLACE, details["name"])
            return
        self._place(record, self._parsed(record, document_of(record, subdivision, self._day(record))))

    def _day(self, record: Mapping[str, Any]) -> date:
        if self._read_on is not None:
            return self._read_on
        return date.fromisoformat(record["admin"]["last_modified"]["date"])

    def _parsed(self, record: Mapping[str, Any], document: dict[str, Any]) -> Profile:
        """The organisation of a document, without those of its lesser parts that have faults."""
        try:
            return parse_profile(document, complete=False)
        except InvalidDocument as error:
            lesser = {f.path[0] for f in error.faults} & {"website", "founded"}
            schemes = {f.path[1] for f in error.faults if f.path[0] == "identifiers" and len(f.path) > 1} - {_SCHEME}
            if not lesser and not schemes:
                raise
            self._draft.notes.extend(f"{record['id']}: left out {_told(fault)}" for fault in error.faults)
            kept = {name: value for name, value in document.items() if name not in lesser}
            kept["identifiers"] = {k: v for k, v in document["identifiers"].items() if k not in schemes}
            return parse_profile(kept, complete=False)

    def _place(self, record: Mapping[str, Any], read: Profile) -> None:
        known = self._by_ror.get(record["id"])
        if known is not None:
            self._enrich(known, read)
            return
        candidates = self._index.find(
            names_of(read), country=read.country, identifiers=read.identifiers, website=read.website
        )
        if not candidates:
            self._add(read)
        elif self._is_sure(read, candidates):
            # Only once all records are read is it known whether another one claims the same organisation.
            self._named[candidates[0].profile_id].append((record, read, candidates[0]))
        else:
            self._doubt(record, read, candidates[0])

    def _is_sure(self, read: Profile, candidates: Sequence[Candidate]) -> bool:
        best, *others = candidates
        is_alone = best.score >= SURE and all(c.score < SURE for c in others)
        return is_alone and self._known[best.profile_id].subdivision == read.subdivision

    def _doubt(self, record: Mapping[str, Any], read: Profile, candidate: Candidate) -> None:
        if self._adds_uncertain:
            self._add(read)
        else:
            self._skip(record, Skip.PERHAPS_KNOWN, candidate.profile_id, candidate)

    def _add(self, read: Profile) -> None:
        tries = (read.id, f"{read.id}-{slug(read.city['en'])}", f"{read.id}-{read.identifiers[_SCHEME][-9:]}")
        free = next(i for i in tries if i not in self._taken)
        self._taken.add(free)
        self._draft.added.append(replace(read, id=free))

    def _enrich(self, known_id: str, read: Profile) -> None:
        known, fields = self._draft.enriched.get(known_id, (self._known[known_id], []))
        fuller, more = enriched(known, read)
        if more:
            self._draft.enriched[known_id] = (fuller, [*fields, *(name for name in more if name not in fields)])
        else:
            self._draft.unchanged += 1

    def _skip(self, record: Mapping[str, Any], why: Skip, detail: str = "", candidate: Candidate | None = None) -> None:
        self._draft.skipped.append(Skipped(str(record.get("id")), _shown(record), why, detail, candidate))


def enriched(known: Profile, read: Profile) -> tuple[Profile, tuple[str, ...]]:
    """A profile with what another knows besides, and which fields grew. What it has itself stays as it is."""
    identifiers = {**read.identifiers, **known.identifiers}
    spelled = {form.exact for name in names_of(known) for form in forms(name)}
    new = [name for name in names_of(read) if not {form.exact for form in forms(name)} <= spelled]
    fuller = replace(
        known,
        identifiers={scheme: identifiers[scheme] for scheme in (*known.identifiers, *read.identifiers)},
        aliases=(*known.aliases, *new),
        founded=known.founded or read.founded,
        website=known.website or read.website,
    )
    before, after = profile_document(known), profile_document(fuller)
    return fuller, tuple(name for name in after if before.get(name) != after[name])


def _shown(record: Mapping[str, Any]) -> str:
    """The name that the registry shows, of whatever shape the record is."""
    names = [n for n in record["names"] if isinstance(n, dict)] if isinstance(record.get("names"), list) else []
    types = [n["types"] if isinstance(n.get("types"), list) else [] for n in names]
    shown = [n for n, of in zip(names, types, strict=True) if "ror_display" in of] or names
    return str(shown[0].get("value")) if shown else ""


def _told(fault: Fault) -> str:
    return f"{fault.field} ({fault.code} {fault.detail})".replace(" )", ")")
