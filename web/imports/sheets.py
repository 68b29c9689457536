"""The first sheet of an XLSX file with something in it, read row by row. Formulas are never run."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from web.imports.tables import MOST_COLUMNS, Deadline, Flaw, Row, Unreadable

_MOST_PARTS: Final = 1000
_MOST_MERGED: Final = 1000
_CHUNK: Final = 256 * 1024
# A sheet whose values start further down is no list.
_EMPTY_AT_TOP: Final = 1000
_ERRORS: Final = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s>/]")
_ENTITIES: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with the rows that hold something; ``others`` is how many more sheets the file has."""

    title: str
    others: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Merged:
    """A merged range, rows and columns from 1."""

    name: str
    top: int
    left: int
    bottom: int
    right: int

    def hides(self, row: int, column: int) -> bool:
        is_inside = self.top <= row <= self.bottom and self.left <= column <= self.right
        return is_inside and (row, column) != (self.top, self.left)


def read_xlsx(content: bytes, deadline: Deadline) -> Sheet:
    """The first sheet that is not empty; :class:`Unreadable` where the file is broken or unpacks to too much."""
    try:
        with warnings.catch_warnings():
            # What a library would rather see otherwise is of no use to whoever sent the file.
            warnings.simplefilter("ignore")
            return _read(content, deadline)
    except Unreadable:
        raise
    except Exception as error:  # a broken file makes the libraries raise nearly anything
        raise Unreadable("broken_excel") from error


def _read(content: bytes, deadline: Deadline) -> Sheet:
    _check_size(content, deadline)
    book = _open(content, is_cached=True)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    sheet = next((one for one in sheets if _has_values(one, deadline)), None)
    if sheet is None:
        raise Unreadable("empty")
    # openpyxl reads merged cells only when it loads a whole file.
    merged, has_formulas = _scan(content, sheet._worksheet_path, deadline)  # noqa: SLF001
    formulas = _open(content, is_cached=False)[sheet.title] if has_formulas else None
    return Sheet(sheet.title, len(sheets) - 1, tuple(_rows(sheet, formulas, merged, deadline)))


def _open(content: bytes, *, is_cached: bool) -> Any:
    from openpyxl import load_workbook

    return load_workbook(io.BytesIO(content), read_only=True, data_only=is_cached, keep_links=False)


def _check_size(content: bytes, deadline: Deadline) -> None:
    """Refuses what says that it unpacks to too much, before unpacking, and what does so without saying it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts, most = archive.infolist(), deadline.limits.unpacked * 1024 * 1024
        too_large = Unreadable("unpacks_too_large", most=deadline.limits.unpacked)
        if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > most:
            raise too_large
        if any(part.flag_bits & 1 for part in parts):
            raise Unreadable("old_excel")
        if "[Content_Types].xml" not in archive.namelist():
            raise Unreadable("broken_excel")
        unpacked = 0
        for part in parts:
            with archive.open(part) as source:
                start = True
                while chunk := source.read(_CHUNK):
                    deadline.check()
                    unpacked += len(chunk)
                    if unpacked > most:
                        raise too_large
                    if start and _ENTITIES.search(chunk):
                        raise Unreadable("broken_excel")
                    start = False


def _scan(content: bytes, path: str, deadline: Deadline) -> tuple[tuple[_Merged, ...], bool]:
    """The merged ranges of a sheet, and whether it has a formula: the row reader says neither."""
    found: dict[bytes, _Merged] = {}
    has_formulas, rest = False, b""
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(path) as source:
        while chunk := source.read(_CHUNK):
            deadline.check()
            window = rest + chunk
            has_formulas = has_formulas or _FORMULA.search(window) is not None
            for match in _MERGED.finditer(window):
                left, top, right, bottom = match.groups()
                name = b"%b%b:%b%b" % (left, top, right, bottom)
                found[name] = _Merged(name.decode(), int(top), _column(left), int(bottom), _column(right))
            if len(found) > _MOST_MERGED:
                raise Unreadable("too_many_merged", most=_MOST_MERGED)
            rest = window[-200:]
    return tuple(found.values()), has_formulas


def _column(letters: bytes) -> int:
    """The number of a column, from 1.

    >>> _column(b"A"), _column(b"AB")
    (1, 28)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _values(sheet: Any) -> Iterator[Sequence[Any]]:
    """The values of each row from the first on, whatever size the file says the sheet has."""
    sheet.reset_dimensions()
    return (values[: MOST_COLUMNS + 1] for values in sheet.iter_rows(values_only=True))


def _has_values(sheet: Any, deadline: Deadline) -> bool:
    for number, values in enumerate(_values(sheet)):
        deadline.check()
        if any(value not in (None, "") for value in values) or number > _EMPTY_AT_TOP:
            return number <= _EMPTY_AT_TOP
    return False


def _rows(sheet: Any, formulas: Any, merged: Sequence[_Merged], deadline: Deadline) -> Iterator[Row]:
    written = _values(formulas) if formulas else iter(())
    taken = 0
    for number, values in enumerate(_values(sheet), 1):
        deadline.check()
        originals = next(written, ())
        if any(value is not None for value in (*values, *originals)):
            yield _row(number, values, originals, [m for m in merged if m.top <= number <= m.bottom])
            taken += 1
            if taken > deadline.limits.rows + 10:
                raise Unreadable("too_many_rows", most=deadline.limits.rows)


def _row(number: int, values: Sequence[Any], originals: Sequence[Any], merged: Sequence[_Merged]) -> Row:
    flaws = []
    texts = [_text(value) for value in values]
    for column, value in enumerate(values):
        original = originals[column] if column < len(originals) else None
        if merged and (hiding := next((m for m in merged if m.hides(number, column + 1)), None)):
            flaws.append(Flaw(column, "merged", hiding.name))
        elif isinstance(value, str) and value in _ERRORS:
            flaws.append(Flaw(column, "error_value", value))
            texts[column] = ""
        elif value is None and original is not None:
            flaws.append(Flaw(column, "formula", str(getattr(original, "text", original))[:80]))
    for hiding in merged:  # at the end of a row no cell need be written
        hidden = range(max(len(values), hiding.left - 1), min(hiding.right, MOST_COLUMNS))
        flaws += [Flaw(column, "merged", hiding.name) for column in hidden if hiding.hides(number, column + 1)]
    return Row(number, tuple(texts), tuple(flaws))


def _text(value: object) -> str:
    """A cell as a person would type it: whole numbers without a point, dates as ISO 8601.

    >>> [_text(v) for v in (None, 1998.0, 2.5, datetime(2026, 1, 2), True, " 水素 ")]
    ['', '1998', '2.5', '2026-01-02', 'TRUE', '水素']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]", "", str(value)).strip()
