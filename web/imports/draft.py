"""Rows into profile documents, each compared with what is known: new, changed, nothing new, a fault, or a question.

A row adds: a blank cell leaves what is known as it is, a name more is kept as another name, a statement is added or,
where it says nearly the same, put in place of the old one. A spreadsheet never removes anything. A document of JSON
Lines stands for the whole organisation.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from flask import current_app

from matcher.corpus import Corpus
from matcher.document import MIN_CAPABILITIES, MIN_NEEDS, Fault, InvalidDocument, parse_profile, profile_document
from matcher.duplicates import Candidate, NameIndex, Reason
from matcher.encoder import Progress, no_progress
from matcher.profile import LANGUAGES, Country, Profile, Role
from matcher.text import fold, guess_language, katakana, normalise
from web import i18n, store
from web.extensions import db
from web.imports import columns
from web.imports.columns import IDENTIFIERS, Column, Headings, read_headings, several
from web.imports.tables import PAGE, Deadline, Limits, Row, Table, Unreadable
from web.store.submissions import list_listings

ANOTHER: Final = "another"
SAME: Final = "same:"
# Overwrites what an organisation keeps itself.
INSIST: Final = "insist:"
# From this likeness on, a statement is another wording of one that is known.
_ONE_STATEMENT: Final = 0.9
_LONGEST_ID: Final = 60
# Whoever has more to mend mends the first, and sends the file again.
MOST_FAULTY: Final = 1000


class State(StrEnum):
    """What taking a row would do."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    UNDECIDED = "undecided"
    FAULTY = "faulty"


class Basis(StrEnum):
    """By what an organisation was recognised."""

    ID = "id"
    IDENTIFIER = "identifier"
    NAME = "name"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with one cell, and what stands there; ``place`` is its heading as the file has it, or a path."""

    place: str
    key: str
    code: str
    detail: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A field that would change: its text before (empty: none) and after."""

    column: Column
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the preview. ``known`` is the organisation that it is about, where there is one already."""

    number: int
    state: State
    name: str
    profile: Profile | None = None
    known: Profile | None = None
    basis: Basis | None = None
    changes: tuple[Change, ...] = ()
    faults: tuple[CellFault, ...] = ()
    candidates: tuple[tuple[Profile, Candidate], ...] = ()

    @property
    def is_thin(self) -> bool:
        """Whether it states too little for a good match: to be filled in later."""
        return self.profile is not None and (
            len(self.profile.capabilities) < MIN_CAPABILITIES or len(self.profile.needs) < MIN_NEEDS
        )


@dataclass(frozen=True, slots=True)
class Preview:
    """What taking a file would do, on one version of the corpus. ``unseen`` counts faulty rows that are not listed."""

    version: int
    lines: tuple[Line, ...]
    headings: Headings | None
    unseen: int = 0

    @property
    def counts(self) -> Mapping[State, int]:
        """How many rows there are of each state."""
        counted = Counter(line.state for line in self.lines)
        return {state: counted[state] + (self.unseen if state is State.FAULTY else 0) for state in State}

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """What would be saved."""
        return tuple(li.profile for li in self.lines if li.profile and li.state in {State.NEW, State.CHANGED})


class Known:
    """The organisations that are kept already, and who among them a row may be about.

    ``own`` are the ids of those whose profile the organisation keeps itself.
    """

    def __init__(self, version: int, corpus: Corpus, own: Collection[str] = ()) -> None:
        self.version = version
        self.corpus = corpus
        self.own = own
        self._by_identifier: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._by_name: dict[tuple[Country, str], set[str]] = defaultdict(set)
        for profile in corpus.organisations.values():
            for item in profile.identifiers.items():
                self._by_identifier[item].add(profile.id)
            for name in (*profile.names.values(), *profile.aliases):
                self._by_name[profile.country, name_key(name)].add(profile.id)

    @cached_property
    def _index(self) -> NameIndex:
        return NameIndex(self.corpus.organisations.values())

    def is_taken(self, entry_id: str) -> bool:
        """Whether an organisation or programme has this id."""
        return entry_id in self.corpus.organisations or entry_id in self.corpus.programmes

    def surely(
        self, names: Sequence[str], country: Country | None, identifiers: Mapping[str, str]
    ) -> tuple[Basis, Profile] | None:
        """The one organisation with one of these identifiers, or with exactly one of these names."""
        ids = {i for item in identifiers.items() for i in self._by_identifier.get(item, ())}
        if len(ids) == 1:
            return Basis.IDENTIFIER, self.corpus.organisations[ids.pop()]
        countries = [country] if country else list(Country)
        ids = {i for c in countries for name in names for i in self._by_name.get((c, name_key(name)), ())}
        return (Basis.NAME, self.corpus.organisations[ids.pop()]) if len(ids) == 1 else None

    def probably(
        self, names: Sequence[str], country: Country, identifiers: Mapping[str, str]
    ) -> tuple[tuple[Profile, Candidate], ...]:
        """Those that a person should look at before a new one is made, best first."""
        found = self._index.find(names, country=country, identifiers=identifiers)
        return tuple((self.corpus.organisations[c.profile_id], c) for c in found[:5])


def current_known() -> Known:
    """What is kept at present; read anew once it has changed."""
    version = store.find_corpus_version(db.session)
    known: Known | None = current_app.extensions.get("kakehashi.imports")
    if known is None or known.version != version:
        own = {listing.entry_id for listing in list_listings(db.session)}
        known = Known(version, store.get_corpus(db.session), own)
        current_app.extensions["kakehashi.imports"] = known
    return known


def name_key(name: str) -> str:
    """What makes two spellings exactly one name: case, accents, width and kana aside."""
    return katakana(fold(name))


def preview(
    table: Table,
    known: Known,
    choices: Mapping[str, str] | None = None,
    *,
    limits: Limits = PAGE,
    progress: Progress = no_progress,
) -> Preview:
    """What taking a table would do.

    ``choices`` are a person's, by row number: ``another``, ``same:<id>``, or ``insist:<id>`` to overwrite what an
    organisation keeps itself. Raises :class:`web.imports.tables.Unreadable` where no row can say which organisation
    it is about, or time is over.
    """
    choices, deadline = choices or {}, Deadline(limits)
    headings = None
    if table.header:
        headings = read_headings(table.header)
        if headings.twice:
            raise Unreadable("twice", headings=", ".join(headings.twice))
        if not headings.can_tell:
            raise Unreadable("no_header", first=", ".join(filter(None, table.header))[:80])
    found = _rows(table, headings, known, choices) if headings else _documents(table, known, choices)
    lines: list[Line] = []
    seen: dict[str, int] = {}
    faulty = 0
    for read in found:
        deadline.check()
        progress(1)
        line = _once(read, seen)
        faulty += line.state is State.FAULTY
        if line.state is not State.FAULTY or faulty <= MOST_FAULTY:
            lines.append(line)
    return Preview(known.version, tuple(lines), headings, max(faulty - MOST_FAULTY, 0))


def _once(line: Line, seen: dict[str, int]) -> Line:
    """The line, or a fault where an earlier row is about the same organisation."""
    if line.profile is None:
        return line
    first = seen.setdefault(line.profile.id, line.number)
    if first == line.number:
        return line
    fault = CellFault("", "id", "repeated", str(first), line.name)
    return Line(line.number, State.FAULTY, line.name, faults=(fault,))


# --- documents -------------------------------------------------------------------------------------------------------


def _documents(table: Table, known: Known, choices: Mapping[str, str]) -> Iterator[Line]:
    parts: list[tuple[int, object]] = [*table.documents, *table.broken]
    is_broken = {number for number, _ in table.broken}
    for number, value in sorted(parts, key=lambda part: part[0]):
        if number in is_broken:
            yield Line(number, State.FAULTY, "", faults=(CellFault("", "", "json", str(value)),))
        else:
            yield _of_document(number, value, known, choices.get(str(number), ""))


def _of_document(number: int, document: object, known: Known, choice: str) -> Line:
    name = _name_of(document)
    try:
        profile = parse_profile(document, fields=i18n.taxonomy().fields, complete=False)
    except InvalidDocument as error:
        faults = tuple(CellFault(f.field, _key_of(f.path), f.code, f.detail) for f in error.faults)
        return Line(number, State.FAULTY, name, faults=faults[:20])
    names = (*profile.names.values(), *profile.aliases)
    who = _recognise(_Told(profile.id, names, profile.country, profile.identifiers), known, choice)
    if who.known:
        profile = replace(profile, id=who.known.id)
    return _line(number, profile, who, known)


def _name_of(document: object) -> str:
    names = document.get("names") if isinstance(document, dict) else None
    text = names.get("en") if isinstance(names, dict) else None
    return text[:200] if isinstance(text, str) else ""


def _key_of(path: Sequence[str | int]) -> str:
    texts = [part for part in path if isinstance(part, str)]
    return texts[-1] if texts else ""


# --- who it is -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Who:
    known: Profile | None = None
    basis: Basis | None = None
    candidates: tuple[tuple[Profile, Candidate], ...] = ()
    is_insisted: bool = False


@dataclass(frozen=True, slots=True)
class _Told:
    """What a row says of whom it is about."""

    own_id: str
    names: Sequence[str]
    country: Country | None
    identifiers: Mapping[str, str]


def _recognise(told: _Told, known: Known, choice: str) -> _Who:
    """Whom a row is about, and whether a person insists on changing what that organisation keeps itself."""
    if choice.startswith(INSIST):
        return replace(_told_of(told, known, choice.replace(INSIST, SAME, 1)), is_insisted=True)
    return _told_of(told, known, choice)


def _told_of(told: _Told, known: Known, choice: str) -> _Who:
    """Whom a row is about: by id; as a person chose; by identifier or name; else who may be meant."""
    organisations = known.corpus.organisations
    if told.own_id in organisations:
        return _Who(organisations[told.own_id], Basis.ID)
    if choice == ANOTHER:
        return _Who(None, Basis.CHOICE)
    if choice.startswith(SAME) and (chosen := organisations.get(choice.removeprefix(SAME))):
        return _Who(chosen, Basis.CHOICE)
    sure = known.surely(told.names, told.country, told.identifiers)
    if sure and not told.own_id:
        return _Who(sure[1], sure[0])
    candidates = known.probably(told.names, told.country, told.identifiers) if told.country and told.names else ()
    if sure and not any(profile is sure[1] for profile, _ in candidates):
        reason = Reason.SAME_NAME if sure[0] is Basis.NAME else Reason.SAME_IDENTIFIER
        candidates = ((sure[1], Candidate(sure[1].id, 1.0, (reason,))), *candidates)
    return _Who(candidates=candidates)


def _line(number: int, profile: Profile, who: _Who, known: Known) -> Line:
    name = profile.names["en"]
    if who.known is None and profile.id in known.corpus.programmes:
        fault = CellFault("id", "id", "taken", profile.id, profile.id)
        return Line(number, State.FAULTY, name, faults=(fault,))
    if who.candidates:
        return Line(number, State.UNDECIDED, name, profile, candidates=who.candidates)
    if who.known is None:
        return Line(number, State.NEW, name, profile, basis=who.basis)
    changes = _changes(who.known, profile)
    state = State.CHANGED if changes else State.UNCHANGED
    if changes and who.known.id in known.own and not who.is_insisted:
        state = State.KEPT
    return Line(number, state, name, profile, who.known, who.basis, changes)


# --- rows of a spreadsheet -------------------------------------------------------------------------------------------


def _rows(table: Table, headings: Headings, known: Known, choices: Mapping[str, str]) -> Iterator[Line]:
    for row in table.rows:
        cells = _cells(row, headings)
        if cells or row.flaws:
            yield _of_row(row, cells, _Sheet(table.header, headings, known), choices.get(str(row.number), ""))


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What all rows of a file are read against."""

    header: Sequence[str]
    headings: Headings
    known: Known

    def place(self, column: Column) -> str:
        """The heading of a column as the file has it, or as the template would."""
        found = [text for text, one in zip(self.header, self.headings.columns, strict=True) if one == column]
        return found[0] if found else columns.heading(column, i18n.language())


def _cells(row: Row, headings: Headings) -> dict[Column, str]:
    return {column: value for column, value in zip(headings.columns, row.values, strict=False) if column and value}


def _of_row(row: Row, cells: Mapping[Column, str], sheet: _Sheet, choice: str) -> Line:
    names = [cells[c] for lang in LANGUAGES if (c := Column(f"name_{lang}")) in cells]
    name = names[0] if names else cells.get(Column("id"), "")
    identifiers = {s: columns.read_identifier(s, cells[Column(s)]) for s in IDENTIFIERS if Column(s) in cells}
    # A former or short name alone may be somebody else's too: what a row is told by are its official names.
    told = _Told(cells.get(Column("id"), ""), names, _country(cells), identifiers)
    who = _recognise(told, sheet.known, choice)
    document, places = _document(cells, identifiers, who, sheet.known)
    faults, profile = _flaws(row, sheet), None
    try:
        profile = parse_profile(document, fields=i18n.taxonomy().fields, complete=False)
    except InvalidDocument as error:
        for column, fault in _cell_faults(error.faults, places, cells):
            key = column.part or ("statement" if column.number else column.key)
            faults.append(CellFault(sheet.place(column), key, fault.code, fault.detail, cells.get(column, "")))
    if columns.EXAMPLE_NAME in names:
        faults = [CellFault("", "", "example")]
    if profile is None or faults:
        return Line(row.number, State.FAULTY, name, faults=tuple(_without_echoes(faults)))
    return _line(row.number, profile, who, sheet.known)


def _flaws(row: Row, sheet: _Sheet) -> list[CellFault]:
    """What is wrong with cells before anybody asks what they mean; in columns that are not ours it is nothing."""
    found = []
    for flaw in row.flaws:
        column = sheet.headings.columns[flaw.column] if flaw.column < len(sheet.header) else None
        if column or flaw.code == "beyond":
            place = sheet.header[flaw.column] if column else ""
            found.append(CellFault(place, column.key if column else "", flaw.code, flaw.detail))
    return found


def _country(cells: Mapping[Column, str]) -> Country | None:
    try:
        return Country(columns.read_code("country", cells.get(Column("country"), "")))
    except ValueError:
        return None


def _document(
    cells: Mapping[Column, str], identifiers: Mapping[str, str], who: _Who, known: Known
) -> tuple[dict[str, Any], dict[int, Column]]:
    """The document that a row makes of what is known, and which column each of its own statements comes from."""
    document: dict[str, Any] = profile_document(who.known) if who.known else {"names": {}, "city": {}, "statements": []}
    _set_names(document, cells, is_official=who.known is None or who.basis is Basis.ID)
    country = columns.read_code("country", cells.get(Column("country"), "")) or document.get("country", "")
    readers = {
        "country": lambda text: columns.read_code("country", text),
        "kind": lambda text: columns.read_code("kind", text),
        "subdivision": lambda text: columns.read_subdivision(text, country),
        "website": columns.read_address,
        "founded": columns.read_whole,
        "size": columns.read_size,
        "fields": _read_fields,
        "source": columns.read_address,
        "read_on": columns.read_day,
    }
    if who.known and columns.read_day(cells.get(Column("read_on"), "")) <= document["read_on"]:
        # An older page says nothing of the organisation as it is known by now; its statements carry it.
        readers = {key: reader for key, reader in readers.items() if key not in {"source", "read_on"}}
    document |= {key: reader(cells[Column(key)]) for key, reader in readers.items() if Column(key) in cells}
    document.setdefault("fields", [])
    cities = {lang: cells[c] for lang in LANGUAGES if (c := Column(f"city_{lang}")) in cells}
    document["city"] = dict(document["city"]) | cities
    if kept := dict(document.get("identifiers", {})) | dict(identifiers):
        document["identifiers"] = kept
    places = _set_statements(document, cells)
    if who.known is None:
        document["id"] = cells.get(Column("id")) or new_id(document["names"].get("en", ""), known.is_taken)
    return document, places


def _set_names(document: dict[str, Any], cells: Mapping[Column, str], *, is_official: bool) -> None:
    """Official names, and others. Where a row was recognised by its name, another spelling is another name."""
    names, aliases = dict(document["names"]), list(document.get("aliases", []))
    more = several(cells.get(Column("aliases"), ""))
    for lang in LANGUAGES:
        text = cells.get(Column(f"name_{lang}"))
        if text and (is_official or lang not in names):
            names[lang] = text
        elif text:
            more.append(text)
    have = {name_key(text) for text in (*names.values(), *aliases)}
    for text in more:
        if name_key(text) not in have:
            aliases.append(text)
            have.add(name_key(text))
    document["names"] = names
    if aliases:
        document["aliases"] = aliases


def _read_fields(text: str) -> list[str]:
    """Notations; a comma separates too, unless it stands within the label of a field."""
    found: list[str] = []
    for part in several(text):
        code = columns.read_code("fields", part)
        if code == part and "," in part:
            found += [columns.read_code("fields", each.strip()) for each in part.split(",") if each.strip()]
        else:
            found.append(code)
    return list(dict.fromkeys(found))


def new_id(name: str, is_taken: Callable[[str], bool]) -> str:
    """An id made of an English name, which nobody has yet; empty where the name has no Latin letter.

    >>> new_id("Énergie Ltée (Québec)", {"energie-ltee-quebec"}.__contains__)
    'energie-ltee-quebec-2'
    """
    slug = "-".join(re.findall("[a-z0-9]+", fold(name)))[:_LONGEST_ID].strip("-")
    number, made = 1, slug
    while slug and is_taken(made):
        number += 1
        made = f"{slug}-{number}"
    return made


# --- statements ------------------------------------------------------------------------------------------------------


def _set_statements(document: dict[str, Any], cells: Mapping[Column, str]) -> dict[int, Column]:
    """Adds the row's statements to the document, or finds them in it; the places of those that it touched."""
    statements = [dict(statement) for statement in document["statements"]]
    places: dict[int, Column] = {}
    for column in sorted(c for c in cells if c.number and not c.part):
        text = " ".join(cells[column].split())
        index, is_same = _find_statement(statements, column.key, text)
        if index is None:
            index = len(statements)
            statements.append({"id": _next_id(statements, column.key), "role": column.key})
        if not is_same:
            statements[index] |= {"text": text, "lang": guess_language(text)}
        _set_parts(statements[index], cells, column, is_same=is_same)
        places[index] = column
    document["statements"] = statements
    return places


def _find_statement(statements: Sequence[Mapping[str, Any]], role: str, text: str) -> tuple[int | None, bool]:
    """The place of the statement of a role that says this, and whether in the same words."""
    key = normalise(text)
    nearest, likeness = None, _ONE_STATEMENT
    for index, statement in enumerate(statements):
        if statement["role"] != role:
            continue
        other = normalise(statement["text"])
        if other == key:
            return index, True
        matcher = SequenceMatcher(None, other, key)
        if matcher.real_quick_ratio() >= likeness and matcher.quick_ratio() >= likeness and matcher.ratio() >= likeness:
            nearest, likeness = index, matcher.ratio()
    return nearest, False


def _next_id(statements: Iterable[Mapping[str, Any]], role: str) -> str:
    used = [int(s["id"][1:]) for s in statements if s["role"] == role and s["id"][1:].isdigit()]
    return f"{role[0]}{max(used, default=0) + 1}"


def _set_parts(statement: dict[str, Any], cells: Mapping[Column, str], column: Column, *, is_same: bool) -> None:
    """Source, date and the rest: the statement's own cells; for a new wording the row's source and date."""
    own = {part: cells[c] for part in ("source", "read_on", "trl", "cooperation", "inferred")
           if (c := replace(column, part=part)) in cells}  # fmt: skip
    if not is_same:
        own = {k: cells[Column(k)] for k in ("source", "read_on") if Column(k) in cells} | own
    readers = {
        "source": columns.read_address,
        "read_on": columns.read_day,
        "trl": columns.read_whole,
        "cooperation": lambda text: [columns.read_code("cooperation", part) for part in several(text)],
        "inferred": columns.read_yes,
    }
    statement |= {part: readers[part](text) for part, text in own.items()}
    if statement.get("inferred") is False:
        del statement["inferred"]


# --- faults ----------------------------------------------------------------------------------------------------------


def _cell_faults(
    faults: Iterable[Fault], places: Mapping[int, Column], cells: Mapping[Column, str]
) -> Iterator[tuple[Column, Fault]]:
    """Each fault with the column it is in."""
    for fault in faults:
        head, *rest = fault.path
        if head == "statements" and rest and isinstance(rest[0], int):
            column = places.get(rest[0], Column("statements"))
            part = next((p for p in rest[1:] if isinstance(p, str)), "")
            if part in {"source", "read_on"} and replace(column, part=part) not in cells:
                column = Column(part)
            elif part not in {"text", "lang", "role", "id", ""}:
                column = replace(column, part=part)
        elif head in {"names", "city"}:
            column = Column(f"{str(head).removesuffix('s')}_{rest[0] if rest else 'en'}")
        elif head == "identifiers" and rest:
            column = Column(str(rest[0]))
        else:
            column = Column(str(head))
        yield column, fault


def _without_echoes(faults: Iterable[CellFault]) -> Iterator[CellFault]:
    """One fault a cell: the first; and no fault of an id that is made of a name which itself is missing."""
    kept: dict[str, CellFault] = {}
    for fault in faults:
        kept.setdefault(fault.place, fault)
    is_nameless = any(f.key == "name_en" for f in kept.values())
    return (f for f in kept.values() if not (f.key == "id" and f.code == "required" and is_nameless))


# --- changes ---------------------------------------------------------------------------------------------------------


def _changes(known: Profile, profile: Profile) -> tuple[Change, ...]:
    before, after = _flat(known), _flat(profile)
    places = list(dict.fromkeys((*before, *after)))
    return tuple(
        Change(column, before.get(column, ""), after.get(column, ""))
        for column in places
        if before.get(column, "") != after.get(column, "")
    )


def _flat(profile: Profile) -> dict[Column, str]:
    """A profile as one text a field."""
    document = profile_document(profile)
    flat: dict[Column, str] = {}
    for key, value in document.items():
        if key in {"names", "city"}:
            flat |= {Column(f"{key.removesuffix('s')}_{lang}"): text for lang, text in value.items()}
        elif key == "identifiers":
            flat |= {Column(scheme): text for scheme, text in value.items()}
        elif key in {"aliases", "fields"}:
            flat[Column(key)] = "; ".join(value)
        elif key == "closed":
            flat[Column(key)] = "; ".join(str(part) for part in value.values())
        elif key not in {"statements", "id"}:
            flat[Column(key)] = str(value)
    for statement in document["statements"]:
        column = Column(Role(statement["role"]).value, int(statement["id"][1:]))
        flat[column] = statement["text"]
        for part in ("source", "read_on", "trl", "cooperation", "inferred"):
            if part in statement:
                value = statement[part]
                flat[replace(column, part=part)] = "; ".join(value) if isinstance(value, list) else str(value)
    return flat
