"""A file of a person into rows: CSV in any usual encoding, XLSX, JSON Lines. Whatever the bytes are, rows or a reason.

Nothing here knows what a column means. Every limit is checked before the work that it limits.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

MOST_COLUMNS: Final = 200
LONGEST_CELL: Final = 4000
# In the order in which they are tried; each is strict, so that a wrong one is seldom taken.
ENCODINGS: Final[Mapping[str, str]] = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "cp932": "Shift_JIS",
    "cp1252": "Windows-1252",
}
_DELIMITERS: Final = (",", ";", "\t")
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
# Japanese text has kana, or characters in a row; accents misread as Shift_JIS are single characters among letters.
_JAPANESE_RUN: Final = re.compile("[\u3041-\u30ff]|[\u4e00-\u9fff]{2}")
# What no text holds: control characters apart from tab and line ends, and halves of characters.
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Format(StrEnum):
    """What a file is, by its content."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


class Unreadable(ValueError):
    """The file cannot be read: a code and what belongs into its sentence."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        super().__init__(f"{code} {values}" if values else code)


@dataclass(frozen=True, slots=True)
class Flaw:
    """A cell whose value cannot be taken; ``column`` counts from 0."""

    column: int
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``number`` is the one that a spreadsheet or an editor shows."""

    number: int
    values: tuple[str, ...]
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A file as rows. A file of JSON Lines has no header, and ``documents`` (line number and document) for rows."""

    format: Format
    header: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    documents: tuple[tuple[int, object], ...] = ()
    encoding: str = ""
    sheet: str = ""
    other_sheets: int = 0
    broken: tuple[tuple[int, str], ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Plain values, to keep."""
        return asdict(self)

    @staticmethod
    def of_json(value: Mapping[str, Any]) -> Table:
        r"""The inverse of :meth:`to_json`.

        >>> table = read(b"Name,Country\nX Inc.,CA\n")
        >>> Table.of_json(json.loads(json.dumps(table.to_json()))) == table
        True
        """
        rows = tuple(
            Row(row["number"], tuple(row["values"]), tuple(Flaw(**flaw) for flaw in row["flaws"]))
            for row in value["rows"]
        )
        pairs = {name: tuple(map(tuple, value[name])) for name in ("documents", "broken")}
        more = {"format": Format(value["format"]), "header": tuple(value["header"]), "rows": rows}
        return Table(**dict(value) | pairs | more)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost: its size and what an XLSX file unpacks to in megabytes, rows, and seconds to read it."""

    megabytes: int
    unpacked: int
    rows: int
    seconds: float


# What one person may cost all others; and what whoever runs the service may do.
PAGE: Final = Limits(megabytes=5, unpacked=64, rows=5_000, seconds=20)
COMMAND: Final = Limits(megabytes=64, unpacked=512, rows=100_000, seconds=600)


class Deadline:
    """Time to work with; what takes longer is refused."""

    def __init__(self, limits: Limits = PAGE) -> None:
        self.limits = limits
        self._ends = time.monotonic() + limits.seconds

    def check(self) -> None:
        """Raises :class:`Unreadable` once the time is over."""
        if time.monotonic() > self._ends:
            raise Unreadable("too_slow")


def read(
    content: bytes, *, encoding: str = "", is_header: Callable[[Sequence[str]], bool] | None = None,
    limits: Limits = PAGE,
) -> Table:  # fmt: skip
    r"""The rows of a file; :class:`Unreadable` with the reason otherwise.

    Parameters: ``encoding``, a key of :data:`ENCODINGS`, where a person has chosen one; ``is_header`` says of a row
    whether it is the header, which may stand below a title (default: the first row that is not empty).

    >>> table = read("名称;国\n北海道大学;日本\n".encode("cp932"))
    >>> table.encoding, table.header, table.rows[0]
    ('cp932', ('名称', '国'), Row(number=2, values=('北海道大学', '日本'), flaws=()))
    """
    if len(content) > limits.megabytes * 1024 * 1024:
        raise Unreadable("too_large", most=limits.megabytes)
    if not content.strip(b"\0\t\n\r \xef\xbb\xbf\xff\xfe"):
        raise Unreadable("empty")
    deadline = Deadline(limits)
    if content.startswith(_OLD_EXCEL):
        raise Unreadable("old_excel")
    if content.startswith(b"PK"):
        from web.imports.sheets import read_xlsx

        sheet = read_xlsx(content, deadline)
        found = Table(Format.XLSX, sheet=sheet.title, other_sheets=sheet.others)
        return _table(sheet.rows, is_header, found, limits)
    text, taken = _decode(content, encoding)
    if text.lstrip().startswith("{"):
        return _documents(text, taken, deadline)
    return _table(_csv_rows(text, deadline), is_header, Table(Format.CSV, encoding=taken), limits)


def _decode(content: bytes, encoding: str) -> tuple[str, str]:
    """The text, and which encoding made it."""
    for name in [encoding] if encoding in ENCODINGS else ENCODINGS:
        if name == "utf-16" and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            continue
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "cp932" and not encoding and not _JAPANESE_RUN.search(text):
            continue
        if _NO_TEXT.search(text):
            raise Unreadable("no_text")
        return text, name
    raise Unreadable("wrong_encoding" if encoding else "no_text")


# --- JSON Lines ------------------------------------------------------------------------------------------------------


def _documents(text: str, encoding: str, deadline: Deadline) -> Table:
    documents: list[tuple[int, object]] = []
    broken: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        deadline.check()
        if not line.strip():
            continue
        if len(documents) + len(broken) >= deadline.limits.rows:
            raise Unreadable("too_many_rows", most=deadline.limits.rows)
        try:
            documents.append((number, json.loads(line, parse_constant=_refuse)))
        except (ValueError, RecursionError) as error:
            broken.append((number, getattr(error, "msg", "") or str(error)))
    return Table(Format.JSONL, documents=tuple(documents), broken=tuple(broken), encoding=encoding)


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")


# --- CSV -------------------------------------------------------------------------------------------------------------


def _csv_rows(text: str, deadline: Deadline) -> Iterator[Row]:
    """The rows with a value. Quotation marks must be closed: else the rest of the file would be one cell."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    number = 0
    while True:
        number += 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable("bad_quotes", row=number) from error
        deadline.check()
        yield Row(number, tuple(value.strip() for value in values))


def _delimiter(text: str) -> str:
    r"""What stands, outside of quotation marks, in most lines at the top, and there most often.

    >>> [_delimiter(t) for t in ('a;"b,c,d";e', "a\tb,c\td", "Title\na,b", "a\tb\nc, d\te")]
    [';', '\t', ',', '\t']
    """
    lines = re.sub(r'"[^"]*"', "", "\n".join(text[:20_000].splitlines()[:10])).splitlines()

    def weight(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines]
        return sum(count > 0 for count in counts), max(counts, default=0)

    return max(_DELIMITERS, key=weight)


# --- any table -------------------------------------------------------------------------------------------------------


def _table(
    rows: Iterable[Row], is_header: Callable[[Sequence[str]], bool] | None, empty: Table, limits: Limits
) -> Table:
    """Finds the header among the first rows, and takes what follows."""
    filled = (row for row in rows if any(row.values) or row.flaws)
    above: list[Row] = []
    for row in filled:
        above.append(row)
        if is_header is None or is_header(row.values):
            break
        if len(above) == 10:
            raise Unreadable("no_header", first=_first(above))
    else:
        raise Unreadable("no_header", first=_first(above)) if above else Unreadable("empty")
    header = above[-1].values
    while header and not header[-1]:
        header = header[:-1]
    if len(header) > MOST_COLUMNS:
        raise Unreadable("too_many_columns", most=MOST_COLUMNS)
    body = tuple(_fitted(row, len(header)) for row in _few(filled, limits.rows))
    if not body:
        raise Unreadable("no_rows")
    return Table(empty.format, header, body, (), empty.encoding, empty.sheet, empty.other_sheets)


def _first(rows: Sequence[Row]) -> str:
    return ", ".join(filter(None, rows[0].values))[:80]


def _few(rows: Iterator[Row], most: int) -> Iterator[Row]:
    for count, row in enumerate(rows, 1):
        if count > most:
            raise Unreadable("too_many_rows", most=most)
        yield row


def _fitted(row: Row, width: int) -> Row:
    """A row as wide as the header; what does not fit, or is too long to be kept, is a flaw."""
    flaws = [flaw for flaw in row.flaws if flaw.column < width]
    values = [*row.values[:width], *[""] * (width - len(row.values))]
    if any(row.values[width:]):
        flaws.append(Flaw(width, "beyond", next(value for value in row.values[width:] if value)[:80]))
    for column, value in enumerate(values):
        if len(value) > LONGEST_CELL:
            flaws.append(Flaw(column, "too_long", str(len(value))))
            values[column] = ""
    return Row(row.number, tuple(values), tuple(flaws))
