"""Dossiers as tables: CSV for programs, XLSX for people."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from flask_babel import gettext
from xlsxwriter import Workbook

from matcher.profile import Statement
from web import i18n
from web.exports.dossier import Dossier, Entry, Line, lines, method, programme_status, provenance
from web.exports.tables import cell


class Kind(StrEnum):
    """What a column holds: how it is typed, aligned and how wide it is."""

    COUNT = "count"
    NUMBER = "number"
    DATE = "date"
    WORD = "word"
    NAME = "name"
    TEXT = "text"


_WIDTHS: Final = {
    Kind.COUNT: 6, Kind.NUMBER: 11, Kind.DATE: 13, Kind.WORD: 17, Kind.NAME: 30, Kind.TEXT: 60,
}  # fmt: skip
# A row of Excel is at most 409 points high.
_MOST_LINES: Final = 25
# What Excel opens with the fewest surprises in each language: the Japanese face brings Latin letters along.
_FACES: Final = {"en": "Calibri", "fr": "Calibri", "ja": "Yu Gothic"}

Value = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """A heading in the reader's language, a type, and where the value of a row comes from."""

    heading: str
    kind: Kind
    value: Callable[[Any], Value]


def match_columns(dossier: Dossier) -> tuple[Column, ...]:
    """One row a match; long texts stand last, so that what is compared stays in sight."""
    lang = dossier.lang
    follow = (
        Column(gettext("Status"), Kind.WORD, lambda e: str(i18n.STATUSES[e.follow_up.status])),
        Column(gettext("Next step on"), Kind.DATE, lambda e: e.follow_up.next_step_on),
        Column(gettext("Assigned to"), Kind.WORD, lambda e: e.follow_up.assignee),
        Column(gettext("Reason for declining"), Kind.WORD, lambda e: str(i18n.REFUSALS.get(e.follow_up.refusal, ""))),
    )
    followed_texts = (
        Column(gettext("More on the reason"), Kind.TEXT, lambda e: e.follow_up.refusal_note),
        Column(gettext("Next step"), Kind.TEXT, lambda e: e.follow_up.next_step),
        Column(gettext("Note"), Kind.TEXT, lambda e: e.follow_up.note),
    )
    return (
        Column(gettext("No."), Kind.COUNT, lambda e: e.place),
        Column(gettext("Organisation"), Kind.NAME, lambda e: e.seeker.name(lang)),
        Column(gettext("Partner"), Kind.NAME, lambda e: e.partner.name(lang)),
        Column(gettext("Fit"), Kind.WORD, lambda e: str(i18n.BANDS[e.explanation.match.band])),
        Column(gettext("Fit (points)"), Kind.NUMBER, lambda e: round(100 * e.explanation.match.fit, 2)),
        Column(gettext("Confidence"), Kind.WORD, lambda e: str(i18n.LEVELS[e.explanation.match.confidence.level])),
        Column(gettext("Relation"), Kind.WORD, lambda e: str(i18n.RELATIONS[e.explanation.match.relation])),
        *(follow if dossier.is_followed else ()),
        Column(gettext("Kind of partner"), Kind.WORD, lambda e: str(i18n.KINDS[e.partner.kind])),
        Column(gettext("Place of partner"), Kind.NAME, lambda e: i18n.place(e.partner) if e.has_places else ""),
        Column(gettext("Website of partner"), Kind.NAME, lambda e: e.partner.website),
        Column(gettext("Partner in English"), Kind.NAME, lambda e: e.partner.names["en"]),
        Column(gettext("Partner in Japanese"), Kind.NAME, lambda e: e.partner.names.get("ja", "")),
        Column(gettext("Partner id"), Kind.WORD, lambda e: e.partner.id),
        Column(gettext("Data snapshot"), Kind.WORD, lambda e: e.corpus_id),
        Column(gettext("Reason"), Kind.TEXT, lambda e: i18n.reason(e.explanation, e.seeker, e.partner)),
        Column(gettext("What the organisation gains"), Kind.TEXT, lambda e: _gains(e)[0]),
        Column(gettext("What the partner gains"), Kind.TEXT, lambda e: _gains(e)[1]),
        Column(gettext("Programmes to check"), Kind.TEXT, lambda e: _programmes(e, lang)),
        *(followed_texts if dossier.is_followed else ()),
    )


def evidence_columns(dossier: Dossier) -> tuple[Column, ...]:
    """One row a want; the values are taken from an entry and one of its lines."""
    lang = dossier.lang
    columns: tuple[tuple[str, Kind, Callable[[Entry, Line], Value]], ...] = (
        (gettext("No."), Kind.COUNT, lambda e, _: e.place),
        (gettext("Who wants it"), Kind.NAME, lambda _, x: x.wants.name(lang)),
        (gettext("Who answers"), Kind.NAME, lambda _, x: x.has.name(lang)),
        (gettext("Coverage"), Kind.WORD, lambda _, x: str(i18n.COVERAGES[x.coverage])),
        (gettext("Adds (points)"), Kind.NUMBER, lambda _, x: x.points),
        (gettext("Shared concepts"), Kind.NAME, lambda _, x: i18n.concepts(x.shared)),
        (gettext("Language of the want"), Kind.WORD, lambda _, x: _language(x.wanted)),
        (gettext("Derived from published plans"), Kind.WORD, lambda _, x: _yes(is_true=x.wanted.is_inferred)),
        (gettext("Want read on"), Kind.DATE, lambda _, x: x.wanted.read_on),
        (gettext("Language of the answer"), Kind.WORD, lambda _, x: _language(x.met_by)),
        (gettext("Answer read on"), Kind.DATE, lambda _, x: x.met_by.read_on if x.met_by else None),
        (gettext("What is wanted"), Kind.TEXT, lambda _, x: i18n.words(x.wanted)),
        (gettext("What answers it"), Kind.TEXT, lambda _, x: i18n.words(x.met_by) if x.met_by else ""),
        (gettext("Source of the want"), Kind.TEXT, lambda _, x: x.wanted.source),
        (gettext("Source of the answer"), Kind.TEXT, lambda _, x: x.met_by.source if x.met_by else ""),
    )  # fmt: skip
    return tuple(Column(heading, kind, _of_row(get)) for heading, kind, get in columns)


def _of_row(get: Callable[[Entry, Line], Value]) -> Callable[[tuple[Entry, Line]], Value]:
    return lambda row: get(*row)


def _language(statement: Statement | None) -> str:
    return str(i18n.LANGUAGE_NAMES[statement.lang]) if statement else ""


def _gains(entry: Entry) -> tuple[str, str]:
    return i18n.gains(entry.explanation, entry.seeker, entry.partner)


def _programmes(entry: Entry, lang: str) -> str:
    return gettext("; ").join(
        gettext("%(word)s (%(detail)s)", word=p.name(lang), detail=programme_status(p)) for p in entry.programmes
    )


def _yes(*, is_true: bool) -> str:
    return gettext("yes") if is_true else gettext("no")


# --- CSV --------------------------------------------------------------------------------------------------------------


def to_csv(dossier: Dossier) -> bytes:
    """UTF-8 with a byte order mark, commas and points, dates as ISO 8601; formulas are inert."""
    columns, written = match_columns(dossier), io.StringIO()
    table = csv.writer(written)
    table.writerow(column.heading for column in columns)
    for entry in dossier.entries:
        table.writerow(_plain(column.value(entry)) for column in columns)
    return written.getvalue().encode("utf-8-sig")


def _plain(value: Value) -> object:
    return value.isoformat() if isinstance(value, date) else cell(value)


# --- XLSX -------------------------------------------------------------------------------------------------------------


def to_xlsx(dossier: Dossier) -> bytes:
    """Three sheets: the matches, the evidence behind them, and where all of it comes from."""
    written = io.BytesIO()
    # Texts stay texts: nothing that someone typed becomes a formula, a number or a link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(written, options) as book:
        _set_properties(book, dossier)
        styles = _styles(book, dossier.lang)
        _write_table(book, gettext("Matches"), match_columns(dossier), dossier.entries, styles)
        evidence = list(_evidence(dossier.entries))
        _write_table(book, gettext("Evidence"), evidence_columns(dossier), evidence, styles)
        _write_provenance(book, dossier, styles)
    return written.getvalue()


def _evidence(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Line]]:
    return ((entry, line) for entry in entries for line in lines(entry))


def _set_properties(book: Workbook, dossier: Dossier) -> None:
    title = printable(dossier.title)
    book.set_properties(
        {"title": title, "author": "Kakehashi", "comments": dossier.verification_id, "created": dossier.made_at}
    )


def _styles(book: Workbook, lang: str) -> dict[Kind | str, Any]:
    base = {"font_name": _FACES[lang], "font_size": 11, "valign": "top"}
    styles: dict[Kind | str, Any] = {kind: book.add_format(base) for kind in Kind}
    styles[Kind.TEXT] = book.add_format(base | {"text_wrap": True})
    styles[Kind.NAME] = book.add_format(base | {"text_wrap": True})
    styles[Kind.NUMBER] = book.add_format(base | {"num_format": "0.00"})
    styles[Kind.DATE] = book.add_format(base | {"num_format": "yyyy/mm/dd" if lang == "ja" else "yyyy-mm-dd"})
    styles["heading"] = book.add_format(
        base | {"bold": True, "bg_color": "#26374A", "font_color": "#FFFFFF", "text_wrap": True, "valign": "vcenter"}
    )
    styles["label"] = book.add_format(base | {"bold": True})
    return styles


def _write_table(
    book: Workbook, title: str, columns: Sequence[Column], rows: Sequence[Any], styles: dict[Kind | str, Any]
) -> None:
    sheet = book.add_worksheet(sheet_name(title))
    sheet.set_row(0, 32)
    for x, column in enumerate(columns):
        sheet.set_column(x, x, _WIDTHS[column.kind])
        sheet.write_string(0, x, column.heading, styles["heading"])
    for y, row in enumerate(rows, 1):
        values = [column.value(row) for column in columns]
        _set_height(sheet, y, [(value, _WIDTHS[column.kind]) for value, column in zip(values, columns, strict=True)])
        for x, (value, column) in enumerate(zip(values, columns, strict=True)):
            _write(sheet, y, x, value, styles[column.kind])
    # The number, both names and the headings stay in sight.
    sheet.freeze_panes(1, 3)
    sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.repeat_rows(0)


def _set_height(sheet: Any, y: int, cells: Iterable[tuple[Value, int]]) -> None:
    """As high as the longest text needs; not every program finds out by itself. A Japanese character counts as two."""
    needed = 1
    for value, width in cells:
        if isinstance(value, str):
            parts = (
                sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in part) for part in value.split("\n")
            )
            needed = max(needed, sum(1 + part // width for part in parts))
    sheet.set_row(y, 16 * min(needed, _MOST_LINES))


def _write(sheet: Any, y: int, x: int, value: Value, style: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(y, x, value, style)
    elif isinstance(value, str):
        sheet.write_string(y, x, _plain_string(value), style)
    elif value is not None:
        sheet.write_number(y, x, value, style)


def _write_provenance(book: Workbook, dossier: Dossier, styles: dict[Kind | str, Any]) -> None:
    sheet = book.add_worksheet(sheet_name(gettext("Provenance")))
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    sheet.fit_to_pages(1, 0)
    rows = [(gettext("Title"), dossier.title), *provenance(dossier)]
    rows += [(gettext("How to read it") if i == 0 else "", text) for i, text in enumerate(method())]
    for y, (label, value) in enumerate(rows):
        _set_height(sheet, y, [(value, 90)])
        sheet.write_string(y, 0, label, styles["label"])
        sheet.write_string(y, 1, _plain_string(value), styles[Kind.TEXT])


def sheet_name(title: str) -> str:
    """A title as Excel accepts it for a sheet.

    >>> sheet_name("Éléments de preuve [2/3]: tout ce qui compte")
    'Éléments de preuve 2 3 tout ce'
    """
    return " ".join(re.sub(r"[][:*?/\\\\]", " ", title).split())[:31].strip("' ")


def _plain_string(text: str) -> str:
    """A text as xlsxwriter takes it for one: what looks like its own markup for formats it would write as it is."""
    kept = printable(text)
    return f"{kept} " if kept.startswith("<r>") and kept.endswith("</r>") else kept


def printable(text: str) -> str:
    r"""A text without the characters that XML cannot hold.

    >>> printable("one\x0btwo\uffff")
    'onetwo'
    """
    return "".join(c for c in text if c in "\n\t" or _is_character(c))


def _is_character(c: str) -> bool:
    return unicodedata.category(c) not in ("Cc", "Cs") and c not in "\ufffe\uffff"
