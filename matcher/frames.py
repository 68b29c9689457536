"""Profiles as a pandas table and back: one row a statement, beside the facts of its organisation.

The columns carry the fields of ``data/README.md``; a cell with several values separates them by ``|``. A table may come
from a CSV file or a spreadsheet as well as from :func:`profiles_frame`. A fault names its row and column.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.document import Fault, InvalidDocument, parse_profile, profile_document
from matcher.profile import LANGUAGES, Profile
from matcher.taxonomy import Taxonomy

SEPARATOR: Final = "|"

_Path = tuple[str, ...]
# Where the value of each column stands in the JSON document of an organisation, and in that of a statement.
_OWN: Final[Mapping[str, _Path]] = {
    "organisation": ("id",),
    "country": ("country",),
    "kind": ("kind",),
    **{f"name_{lang}": ("names", lang) for lang in LANGUAGES},
    "aliases": ("aliases",),
    "subdivision": ("subdivision",),
    **{f"city_{lang}": ("city", lang) for lang in LANGUAGES},
    "website": ("website",),
    "founded": ("founded",),
    "size": ("size",),
    "identifiers": ("identifiers",),
    "fields": ("fields",),
    "organisation_source": ("source",),
    "organisation_read_on": ("read_on",),
    **{f"closed_{name}": ("closed", name) for name in ("year", "successor", "source", "read_on")},
}
_STATED: Final[Mapping[str, _Path]] = {
    "statement": ("id",),
    **{name: (name,) for name in ("role", "lang", "text", "trl", "cooperation", "inferred", "source", "read_on")},
}
COLUMNS: Final = (*_OWN, *_STATED)
REQUIRED: Final = tuple("""
    organisation country kind name_en subdivision city_en website fields organisation_source organisation_read_on
    statement role lang text source read_on
""".split())  # fmt: skip
_LISTS: Final = frozenset({"aliases", "identifiers", "fields", "cooperation"})
_WHOLE: Final = frozenset({"founded", "closed_year", "trl"})
_DAYS: Final = frozenset({"organisation_read_on", "closed_read_on", "read_on"})


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with one cell, or with a whole column where ``row`` is None: a code and its parameters.

    ``row`` is the label in the table's index, so that ``frame.loc[row]`` shows it.
    """

    row: Hashable | None
    column: str
    code: str
    detail: str = ""

    def __str__(self) -> str:
        place = f"column {self.column}" if self.row is None else f"row {self.row}, {self.column}"
        return f"{place}: {self.code} {self.detail}".rstrip()


class InvalidFrame(ValueError):
    """A table of statements has faults; ``faults`` lists all of them, and nothing was read."""

    def __init__(self, faults: Iterable[CellFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def profiles_frame(profiles: Iterable[Profile]) -> pd.DataFrame:
    """The statements of profiles as a table with :data:`COLUMNS`, in the order given; a profile with none has one row.

    Raises ValueError where a value of a list contains the separator.

    >>> from matcher.corpus import Corpus
    >>> rapidus = Corpus.shipped().get("Rapidus")
    >>> frame = profiles_frame([rapidus])
    >>> len(frame) == len(rapidus.statements), read_frame(frame) == [rapidus]
    (True, True)
    """
    rows = []
    for profile in profiles:
        document = profile_document(profile)
        own = {column: _written(_at(document, path)) for column, path in _OWN.items()}
        rows += [
            own | {column: _written(_at(statement, path)) for column, path in _STATED.items()}
            for statement in document["statements"] or [{}]
        ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    types = {c: "Int64" if c in _WHOLE else "datetime64[s]" if c in _DAYS else "str" for c in COLUMNS}
    return frame.astype(types | {"inferred": "bool"})


def read_frame(frame: pd.DataFrame, *, fields: Iterable[str] | None = None, complete: bool = False) -> list[Profile]:
    """Profiles from a table with a row a statement, in the order in which their organisations first appear.

    A fact of an organisation may stand on each of its rows or on one; an empty cell says nothing. A row with no
    statement cell filled has no statement. Columns beside :data:`REQUIRED` may be absent.

    Parameters: ``fields`` are the field notations allowed (those of the shipped taxonomy if None); ``complete=True``
    asks for the number of statements that a shipped profile must have. Raises :class:`InvalidFrame` with every fault.

    >>> read_frame(pd.DataFrame({"organisation": ["x"], "colour": ["red"]}))
    Traceback (most recent call last):
    ...
    matcher.frames.InvalidFrame: column colour: unknown
    column country: required
    ...
    """
    names = [str(column) for column in frame.columns]
    faults = [CellFault(None, name, "unknown") for name in names if name not in COLUMNS]
    faults += [CellFault(None, name, "duplicate") for name in COLUMNS if names.count(name) > 1]
    faults += [CellFault(None, name, "required") for name in REQUIRED if name not in names]
    if faults:
        raise InvalidFrame(faults)
    allowed = Taxonomy.shipped().fields if fields is None else tuple(fields)
    cells = {name: [_plain(name, value) for value in frame[name]] for name in names}
    found: dict[str, _Gathered] = {}
    for number, row in enumerate(frame.index):
        filled = {name: values[number] for name, values in cells.items() if values[number] is not None}
        if "organisation" in filled:
            faults += found.setdefault(str(filled["organisation"]), _Gathered(row)).add(row, filled)
        else:
            faults.append(CellFault(row, "organisation", "required"))
    profiles = []
    for gathered in found.values():
        try:
            profiles.append(parse_profile(gathered.document(), fields=allowed, complete=complete))
        except InvalidDocument as error:
            faults += map(gathered.place, error.faults)
    if faults:
        raise InvalidFrame(faults)
    return profiles


@dataclass(slots=True)
class _Gathered:
    """What the rows of one organisation say, and on which row it was said first."""

    first_row: Hashable
    own: dict[str, tuple[Hashable, Any]] = field(default_factory=dict)
    statements: list[tuple[Hashable, dict[str, Any]]] = field(default_factory=list)

    def add(self, row: Hashable, filled: Mapping[str, Any]) -> list[CellFault]:
        """Takes in one row; returns where it contradicts an earlier one."""
        faults = []
        for column in _OWN.keys() & filled.keys():
            said_on, said = self.own.setdefault(column, (row, filled[column]))
            if said != filled[column]:
                detail = f"{_shown(filled[column])}, but {_shown(said)} on row {said_on}"
                faults.append(CellFault(row, column, "differs", detail))
        stated = {column: filled[column] for column in _STATED if column in filled}
        if stated.keys() - {"inferred"}:
            self.statements.append((row, stated))
        return sorted(faults, key=lambda fault: COLUMNS.index(fault.column))

    def document(self) -> dict[str, Any]:
        """As :func:`matcher.document.parse_profile` reads it."""
        statements = [{_STATED[column][0]: value for column, value in stated.items()} for _, stated in self.statements]
        document: dict[str, Any] = {"statements": statements}
        for column, (_, value) in self.own.items():
            *outer, name = _OWN[column]
            inside = document.setdefault(outer[0], {}) if outer else document
            inside[name] = _by_scheme(value) if column == "identifiers" else value
        return document

    def place(self, fault: Fault) -> CellFault:
        """The cell that a fault of the document is about; for what is nowhere said, on the organisation's first row."""
        if fault.path[0] != "statements":
            column = _column(_OWN, fault.path)
            row = self.own[column][0] if column in self.own else self.first_row
        elif len(fault.path) == 1:
            row, column = self.first_row, "statement"
        else:
            row, column = self.statements[int(fault.path[1])][0], _column(_STATED, fault.path[2:])
        scheme = str(fault.path[1]) if column == "identifiers" and len(fault.path) > 1 else ""
        return CellFault(row, column, fault.code, f"{scheme} {fault.detail}".strip())


def _column(columns: Mapping[str, _Path], path: tuple[str | int, ...]) -> str:
    """The first column that stands at a path, inside it or around it."""
    return next(c for c, own in columns.items() if all(a == b for a, b in zip(own, path, strict=False)))


def _at(document: Mapping[str, Any], path: _Path) -> Any:
    value: Any = document
    for name in path:
        value = value.get(name) if value else None
    return value


def _written(value: Any) -> Any:
    """A JSON value as one cell."""
    if isinstance(value, dict):
        value = [f"{scheme}:{identifier}" for scheme, identifier in value.items()]
    if isinstance(value, list):
        if broken := next((item for item in value if SEPARATOR in item), None):
            raise ValueError(f"{broken!r} contains the separator {SEPARATOR}")
        return SEPARATOR.join(value) or None
    return value


def _plain(column: str, value: Any) -> Any:
    """A cell as its JSON value, None where it is empty; what cannot be one is left for the reader to refuse."""
    if isinstance(value, list | tuple):
        return list(value) or None
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    if isinstance(value, datetime):  # pandas knows no days without a time
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():  # a column of whole numbers with an empty cell holds floats
        value = int(value)
    if isinstance(value, str):
        return _from_text(column, value.strip())
    if isinstance(value, int) and not isinstance(value, bool) and column not in _WHOLE | {"inferred"}:
        return _from_text(column, str(value))
    return value


def _from_text(column: str, text: str) -> Any:
    if column in _LISTS:
        return [item.strip() for item in text.split(SEPARATOR) if item.strip()] or None
    if column in _WHOLE and text.isdecimal():
        return int(text)
    if column == "inferred":
        return {"true": True, "false": False, "": None}.get(text.lower(), text)
    return text or None


def _by_scheme(items: Any) -> Any:
    """``["ror:https://…", "wikidata:Q1"]`` as an object."""
    if not isinstance(items, list):
        return items
    return {scheme: identifier for scheme, _, identifier in (str(item).partition(":") for item in items)}


def _shown(value: Any) -> str:
    return SEPARATOR.join(map(str, value)) if isinstance(value, list) else str(value)
