"""The file to fill in: headings in the reader's language, an example row, and a sheet that explains each column."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext
from xlsxwriter import Workbook

from matcher.profile import Role
from web import i18n
from web.i18n.imports import COLUMN_NOTES, in_a_list
from web.imports.columns import EXAMPLE_NAME, REQUIRED, Column, heading, known_columns

FORMATS: Final = ("csv", "xlsx")
_CAPABILITIES, _NEEDS = 5, 4
# An organisation that does not exist, at addresses that nobody can own, in the language of the template.
_EXAMPLE: Final = {
    "id": "", "name_en": EXAMPLE_NAME, "name_fr": "Robotique Exemple inc.", "name_ja": "",
    "aliases": "ExBot; ER", "city_en": "Sherbrooke", "city_fr": "Sherbrooke", "city_ja": "シャーブルック",
    "website": "https://robotics.example.com/", "founded": "2012", "fields": "robotics; health",
    "source": "https://robotics.example.com/about", "read_on": "2026-01-15",
}  # fmt: skip
_STATEMENTS: Final = {
    "en": (
        "Makes light robotic arms that mount on a wheelchair and are steered by joystick.",
        "Runs a test laboratory where clinics try out assistive robots with patients.",
        "Looks for a distributor of assistive robots with a service network in Japan.",
    ),
    "fr": (
        "Fabrique des bras robotisés légers qui se fixent à un fauteuil roulant et se commandent par manette.",
        "Exploite un laboratoire où des cliniques essaient des robots d’assistance avec des patients.",
        "Cherche un distributeur de robots d’assistance qui a un réseau de service au Japon.",
    ),
    "ja": (
        "車いすに取り付け、ジョイスティックで操作する軽量ロボットアームを製造している。",
        "診療所が患者とともに支援ロボットを試せる試験施設を運営している。",
        "日本国内に保守網を持つ支援ロボットの販売代理店を探している。",
    ),
}


@dataclass(frozen=True, slots=True)
class File:
    """A file to download."""

    name: str
    mimetype: str
    content: bytes


def template(file_format: str) -> File:
    """The template in the current locale."""
    if file_format == "xlsx":
        sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return File(f"kakehashi-{i18n.language()}.xlsx", sheet, _xlsx())
    return File(f"kakehashi-{i18n.language()}.csv", "text/csv", _csv())


def template_columns() -> tuple[Column, ...]:
    """The columns of the template in order."""
    statements = [
        Column(role.value, number, part)
        for role, count in ((Role.CAPABILITY, _CAPABILITIES), (Role.NEED, _NEEDS))
        for number in range(1, count + 1)
        for part in (("", "source", "read_on") if number == 1 else ("",))
    ]
    return (*known_columns(), *statements)


def _headings() -> list[str]:
    return [heading(column, i18n.language()) for column in template_columns()]


def _example() -> list[str]:
    lang = i18n.language()
    words: dict[Column, str] = {Column(key): text for key, text in _EXAMPLE.items()}
    words |= {
        Column("country"): str(i18n.COUNTRIES["CA"]),  # type: ignore[index]
        Column("kind"): str(i18n.KINDS["company"]),  # type: ignore[index]
        Column("size"): str(i18n.SIZES["small"]),  # type: ignore[index]
        Column("subdivision"): i18n.subdivision("CA-QC"),
        Column("fields"): "; ".join(i18n.concept(field) for field in ("robotics", "health")),
    }
    first, second, need = _STATEMENTS[lang]
    words |= {Column("capability", 1): first, Column("capability", 2): second, Column("need", 1): need}
    return [words.get(column, "") for column in template_columns()]


def _csv() -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_headings(), _example()])
    # The byte order mark is what makes Excel read UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _xlsx() -> bytes:
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#e6eef5", "border": 1})
        must = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#cfdfee", "border": 1})
        text = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        sheet = book.add_worksheet(gettext("Organisations"))
        for place, (column, title) in enumerate(zip(template_columns(), _headings(), strict=True)):
            sheet.write_string(0, place, title, must if column.key in REQUIRED else head)
        # Texts throughout: a number must keep its leading zeros, and a date its order.
        sheet.set_column(0, len(_headings()) - 1, 22, text)
        sheet.set_column(len(known_columns()), len(_headings()) - 1, 45, text)
        for place, value in enumerate(_example()):
            sheet.write_string(1, place, value, text)
        sheet.freeze_panes(1, 2)
        notes = book.add_worksheet(gettext("How to fill in"))
        notes.set_column(0, 0, 28, text)
        notes.set_column(1, 1, 14, text)
        notes.set_column(2, 2, 90, text)
        for line, values in enumerate([*_notes_top(), *_notes()]):
            for place, value in enumerate(values):
                notes.write_string(line, place, value, head if line == len(_notes_top()) - 1 else text)
    return file.getvalue()


def _notes_top() -> list[Sequence[str]]:
    return [
        [gettext("One row for each organisation. The example row may be deleted.")],
        [gettext("A blank cell leaves what is known as it is. Columns may stand in any order and be left out.")],
        [gettext("Column"), gettext("Needed"), gettext("What belongs in it")],
    ]


def _notes() -> list[Sequence[str]]:
    lang = i18n.language()
    rows: list[Sequence[str]] = []
    for column in known_columns():
        needed = gettext("yes") if column.key in REQUIRED else ""
        rows.append([heading(column, lang), needed, " ".join(filter(None, [_note(column.key), _choices(column.key)]))])
    for role in Role:
        rows.append([heading(Column(role.value, 1), lang), "", str(COLUMN_NOTES[role.value])])
        rows += [
            [heading(Column(role.value, 1, part), lang), "", str(COLUMN_NOTES[f"own_{part}"])]
            for part in ("source", "read_on", "trl", "cooperation", "inferred")
        ]
    return rows


def _note(key: str) -> str:
    return str(COLUMN_NOTES[key])


def _choices(key: str) -> str:
    """The words that a cell may have, where they are few."""
    labels = {"country": i18n.COUNTRIES, "kind": i18n.KINDS, "size": i18n.SIZES}.get(key)
    if key == "fields":
        return gettext("One of: %(choices)s.", choices=in_a_list(map(i18n.concept, i18n.taxonomy().fields)))
    return gettext("One of: %(choices)s.", choices=in_a_list(map(str, labels.values()))) if labels else ""  # type: ignore[attr-defined]
