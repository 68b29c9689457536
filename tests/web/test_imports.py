"""Importing organisations: any file gives rows or a reason, a preview changes nothing, an import can be taken back."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook as PlainWorkbook
from openpyxl import load_workbook
from xlsxwriter import Workbook

from matcher.corpus import Corpus
from matcher.document import parse_profile, profile_document
from matcher.duplicates import Reason
from matcher.profile import LANGUAGES
from web import i18n
from web.i18n import imports as words
from web.imports import columns, tables
from web.imports.columns import Column, find_column, heading, read_headings
from web.imports.draft import Basis, Known, Preview, State, preview
from web.imports.tables import COMMAND, Format, Limits, Table, Unreadable
from web.imports.template import template, template_columns
from web.matching import Board

pytestmark = pytest.mark.once

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# --- files ------------------------------------------------------------------------------------------------------------

NEW: Mapping[str, str] = {
    "Name (English)": "Larch Robotics Inc.", "Country": "Canada", "Kind": "company", "Province": "Québec",
    "City": "Sherbrooke", "Source": "https://larch.example/about", "Read on": "2026-01-02", "Fields": "robotics",
    "Capability 1": "Makes light robotic arms that mount on a wheelchair.",
    "Need 1": "Looks for a distributor with a service network in Japan.",
}  # fmt: skip


def csv_file(*rows: Mapping[str, str], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    text = "\r\n".join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in line) for line in lines)
    return text.encode(encoding)


def xlsx_file(rows: Sequence[Sequence[object]], change: Callable[[Any, Any], None] | None = None) -> bytes:
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                sheet.write(number, place, value)
        if change:
            change(book, sheet)
    return file.getvalue()


def read(content: bytes, **more: Any) -> Table:
    return tables.read(content, is_header=columns.is_header, **more)


def reason(content: bytes, **more: Any) -> str:
    with pytest.raises(Unreadable) as caught:
        read(content, **more)
    return caught.value.code


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "name", "taken"),
    [
        ("utf-8", "北海道大学", "utf-8-sig"), ("utf-8-sig", "Université Laval", "utf-8-sig"),
        ("utf-16", "北海道大学", "utf-16"), ("cp932", "株式会社北海道ロボット", "cp932"),
        ("cp932", "ﾗﾋﾟﾀﾞｽ（株）の工場", "cp932"),
        ("cp1252", "Société de développement économique née à Lévis", "cp1252"), ("cp1252", "L’Été – œuvre", "cp1252"),
        ("ascii", "Laval University", "utf-8-sig"),
    ],
)  # fmt: skip
def test_encodings_are_recognised(encoding: str, name: str, taken: str) -> None:
    table = read(csv_file({"Name": name, "Country": "CA"}, encoding=encoding))
    assert (table.encoding, table.rows[0].values[0]) == (taken, name)


def test_another_encoding_can_be_chosen() -> None:
    content = csv_file({"Name": "北海道大学"}, encoding="cp932")
    assert read(content, encoding="cp932").rows[0].values == ("北海道大学",)
    assert read(content, encoding="cp1252").rows[0].values != ("北海道大学",)
    assert reason(content, encoding="utf-8-sig") == "wrong_encoding"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(delimiter: str) -> None:
    table = read(csv_file({"Name": "A, B; C", "Country": "CA"}, delimiter=delimiter))
    assert table.header == ("Name", "Country")
    assert table.rows[0].number == 2


def test_a_title_may_stand_above_the_headings_and_empty_rows_between() -> None:
    table = read(b"Partners of our office,,\n\n,Name,Country\n\n,X Inc.,CA\n")
    assert table.header == ("", "Name", "Country")
    assert [(row.number, row.values) for row in table.rows] == [(5, ("", "X Inc.", "CA"))]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"), (b"\xef\xbb\xbf", "empty"), (b"\r\n  \r\n", "empty"), (b"Name,Country\n", "no_rows"),
        (b"Colour,Shape\nred,round\n", "no_header"), (b"just a text", "no_header"),
        (b"\n" * 30 + b"x\n" * 30, "no_header"),
        (b'Name,Country\n"X Inc.,CA\nY,CA\n', "bad_quotes"), (b'Name,Country\n"X" Inc.,CA\n', "bad_quotes"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "no_text"), (bytes(range(256)), "no_text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_excel"), (b"PK\x03\x04 and no more", "broken_excel"),
        (("Name," + ",".join(f"Note {i}" for i in range(300)) + "\nX\n").encode(), "too_many_columns"),
        (b"Name\n" + b"x" * (5 * 1024 * 1024), "too_large"), (b"Name\n" + b"x" * 200_000, "bad_quotes"),
        (b"Name\n" + b"X Inc.\n" * 5001, "too_many_rows"), (b"{}\n" * 5001, "too_many_rows"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(content: bytes, code: str, app: Flask) -> None:
    with pytest.raises(Unreadable) as caught:
        read(content)
    assert caught.value.code == code
    with app.app_context():
        for lang in LANGUAGES:
            with force_locale(lang):
                assert "%(" not in words.refusal_words(code, caught.value.values)


def test_a_row_that_is_too_wide_or_a_cell_that_is_too_long_is_a_flaw_of_that_row_alone() -> None:
    table = read(f"Name,Country\nX,CA\nY,CA,slipped\n{'z' * 5000},CA\n".encode())
    assert [[flaw.code for flaw in row.flaws] for row in table.rows] == [[], ["beyond"], ["too_long"]]


def test_a_hundred_thousand_rows() -> None:
    content = b"Name,Country\n" + b"X Inc.,CA\n" * 100_000
    assert reason(content) == "too_many_rows"
    table = read(content, limits=COMMAND)
    assert (len(table.rows), table.rows[-1].number) == (100_000, 100_001)


def test_reading_ends_in_time() -> None:
    assert reason(b"Name\n" + b"X Inc.\n" * 100, limits=Limits(1, 1, 1000, seconds=-1)) == "too_slow"


def test_json_lines() -> None:
    table = read(b'\n{"id": "x"}\n{"id": \n{"id": NaN}\n[1]\n')
    assert (table.format, table.documents) == (Format.JSONL, ((2, {"id": "x"}), (5, [1])))
    assert [number for number, _ in table.broken] == [3, 4]


# --- spreadsheets -----------------------------------------------------------------------------------------------------


def test_a_spreadsheet_keeps_types_and_japanese() -> None:
    def more(book: Any, sheet: Any) -> None:
        sheet.write_datetime(
            1, 3, __import__("datetime").datetime(2026, 1, 2), book.add_format({"num_format": "d mmm"})
        )

    table = read(xlsx_file([["名称", "設立", "法人番号", "確認日"], ["北海道大学", 1918, 5430001022345]], more))
    assert table.rows[0].values == ("北海道大学", "1918", "5430001022345", "2026-01-02")
    assert table.rows[0].flaws == ()


def test_formulas_are_not_run_but_their_stored_results_are_taken() -> None:
    book = PlainWorkbook()
    book.active.append(["Name", "Country", "Website"])
    book.active.append(["X Inc.", '="C"&"A"', '=HYPERLINK("https://x.example/")'])
    file = io.BytesIO()
    book.save(file)
    row = read(file.getvalue()).rows[0]
    assert [(flaw.column, flaw.code, flaw.detail) for flaw in row.flaws] == [
        (1, "formula", '="C"&"A"'), (2, "formula", '=HYPERLINK("https://x.example/")'),
    ]  # fmt: skip

    def stored(_book: Any, sheet: Any) -> None:
        sheet.write_formula(1, 1, '="C"&"A"', None, "CA")
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")

    row = read(xlsx_file([["Name", "Country", "Website"], ["X Inc."]], stored)).rows[0]
    assert row.values == ("X Inc.", "CA", "")
    assert [(flaw.column, flaw.code) for flaw in row.flaws] == [(2, "error_value")]


def test_merged_cells_that_hide_a_value_are_named() -> None:
    def merge(_book: Any, sheet: Any) -> None:
        sheet.merge_range(1, 1, 3, 1, "CA")
        sheet.merge_range(1, 2, 1, 3, "QC")

    rows = [["Name", "Country", "Province", "City"], ["A"], ["B"], ["C"], ["D", "CA", "QC", "Laval"]]
    found = {
        row.values[0]: [(f.column, f.code, f.detail) for f in row.flaws] for row in read(xlsx_file(rows, merge)).rows
    }
    assert found["A"] == [(3, "merged", "C2:D2")]
    assert found["B"] == found["C"] == [(1, "merged", "B2:B4")]
    assert found["D"] == []


def test_the_first_sheet_with_something_in_it_is_read_whatever_size_it_claims() -> None:
    book = PlainWorkbook()
    book.active.title = "empty"
    sheet = book.create_sheet("list")
    for row in (["Name"], ["X Inc."], ["Y Inc."]):
        sheet.append(row)
    book.create_sheet("hidden").sheet_state = "hidden"
    file = io.BytesIO()
    book.save(file)
    lying = io.BytesIO()
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(lying, "w") as target:
        for part in source.infolist():
            target.writestr(part, re.sub(rb'dimension ref="[^"]+"', b'dimension ref="A1"', source.read(part)))
    table = read(lying.getvalue())
    assert (table.sheet, table.other_sheets, len(table.rows)) == ("list", 1, 2)


def bomb(size: int) -> bytes:
    file = io.BytesIO(xlsx_file([["Name"], ["X Inc."]]))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", b"\0" * size)
    return file.getvalue()


def test_a_zip_bomb_is_refused_before_it_unpacks() -> None:
    content = bomb(65 * 1024 * 1024)
    assert len(content) < 100_000
    assert reason(content) == "unpacks_too_large"
    # One that says it is small is no better: nothing is read past what the directory says.
    size = (65 * 1024 * 1024).to_bytes(4, "little")
    assert content.count(size) == 2
    assert reason(content.replace(size, (1000).to_bytes(4, "little"))) == "broken_excel"


def test_entities_and_a_thousand_parts_are_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx_file([["Name"], ["X"]]))) as source, zipfile.ZipFile(file, "w") as target:
        for part in source.infolist():
            text = source.read(part)
            if part.filename.endswith("sheet1.xml"):
                text = text.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "aaaa">]>', 1)
            target.writestr(part, text)
    assert reason(file.getvalue()) == "broken_excel"
    with zipfile.ZipFile(file, "a") as target:
        for number in range(1001):
            target.writestr(f"{number}.xml", b"")
    assert reason(file.getvalue()) == "unpacks_too_large"


# --- whatever is sent -------------------------------------------------------------------------------------------------


def table_or_reason(content: bytes) -> Table | str:
    try:
        return read(content)
    except Unreadable as error:
        return error.code


_ONE = xlsx_file([["Name", "Country"], ["X Inc.", "CA"]])


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda rest: b"PK\x03\x04" + rest))
@example(b"{" * 5000)
@example(b'{"a":' * 5000)
@example(b"\xff\xfe\x00")
def test_any_bytes_give_rows_or_a_reason(content: bytes) -> None:
    table = table_or_reason(content)
    if isinstance(table, Table):
        assert table.rows or table.documents or table.broken
        assert Table.of_json(json.loads(json.dumps(table.to_json()))) == table
    else:
        assert table in words._REFUSALS


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(_ONE) - 1), st.binary(min_size=1, max_size=6))
def test_a_damaged_spreadsheet_gives_rows_or_a_reason(at: int, damage: bytes) -> None:
    table = table_or_reason(_ONE[:at] + damage + _ONE[at + len(damage) :])
    assert table.rows if isinstance(table, Table) else table in words._REFUSALS


_CELLS = st.text(max_size=30) | st.sampled_from(
    [
        "CA",
        "カナダ",
        "company",
        "企業",
        "Québec",
        "JP-13",
        "2026-01-02",
        "2026/13/45",
        "https://[",
        "1e9",
        "7",
        "robotics",
    ]
)
_NAMES = st.sampled_from([heading(column, "en") for column in template_columns()])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(_NAMES, _CELLS, max_size=12), min_size=1, max_size=4))
def test_any_cells_give_a_preview_with_words_for_every_fault(app: Flask, rows: list[dict[str, str]]) -> None:
    names = [
        "Id",
        "Name",
        *(n for n in dict.fromkeys(n for row in rows for n in row) if n not in {"Id", "Name (English)"}),
    ]
    body = tuple(tables.Row(number, tuple(row.get(name, "") for name in names)) for number, row in enumerate(rows, 2))
    with app.app_context(), force_locale("fr"):
        shown = preview(Table(Format.CSV, tuple(names), body), KNOWN)
        for line in shown.lines:
            assert (line.profile is None) == (line.state is State.FAULTY) == bool(line.faults)
            for fault in line.faults:
                assert "%(" not in words.fault_words(fault.key, fault.code, fault.detail, fault.value)
            if line.profile:
                assert parse_profile(profile_document(line.profile), complete=False) == line.profile


# --- what columns and cells mean --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_heading_of_the_template_is_understood(lang: str) -> None:
    found = [find_column(heading(column, lang)) for column in template_columns()]
    assert found == list(template_columns())


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("  PAYS ", Column("country")), ("ＮＡＭＥ　（ＥＮＧＬＩＳＨ）", Column("name_en")),
        ("Prefecture", Column("subdivision")),
        ("PRÉFECTURE", Column("subdivision")), ("besoin n° 2", None), ("Besoin 2", Column("need", 2)),
        ("能力３ 出典", Column("capability", 3, "source")), ("Need", Column("need", 1)), ("Capability 0", None),
        ("Need 4 derived", Column("need", 4, "inferred")), ("read_on", Column("read_on")), ("", None), ("Colour", None),
    ],
)  # fmt: skip
def test_headings_in_any_spelling(text: str, column: Column | None) -> None:
    assert find_column(text) == column


def test_no_two_columns_share_a_heading() -> None:
    texts = [columns._key(t) for by in columns._HEADINGS.values() for lang in by.values() for t in set(lang)]
    meant = {text: {find_column(text)} for text in texts}
    for key, by in columns._HEADINGS.items():
        for names in by.values():
            for text in names:
                meant[columns._key(text)].add(Column(key))
    assert {text: found for text, found in meant.items() if len(found) > 1} == {}


def test_the_same_column_twice() -> None:
    assert read_headings(["Name", "Country", "国", "nom (anglais)"]).twice == ("国", "nom (anglais)")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", ["country", "kind", "size", "cooperation"])
def test_labels_of_every_language_are_codes(app: Flask, lang: str, key: str) -> None:
    labels: Any = {"country": i18n.COUNTRIES, "kind": i18n.KINDS, "size": i18n.SIZES, "cooperation": i18n.COOPERATIONS}
    with app.app_context(), force_locale(lang):
        for code, label in labels[key].items():
            assert columns.read_code(key, str(label)) == columns.read_code(key, str(code)) == code


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("qc", "CA", "CA-QC"), ("Québec", "CA", "CA-QC"), ("quebec", "CA", "CA-QC"), ("ケベック", "CA", "CA-QC"),
        ("東京", "JP", "JP-13"), ("東京都", "", "JP-13"), ("Hokkaido", "JP", "JP-01"), ("北海道", "JP", "JP-01"),
        ("Colombie-Britannique", "CA", "CA-BC"), ("JP-47", "JP", "JP-47"), ("Nowhere", "CA", "Nowhere"),
    ],
)  # fmt: skip
def test_subdivisions(text: str, country: str, code: str) -> None:
    assert columns.read_subdivision(text, country) == code


def test_sizes_are_bands_or_people(app: Flask) -> None:
    with app.app_context():
        assert [columns.read_size(t) for t in ("9", "10", "249人", "1,000", "12000", "10–49", "large")] == [
            "micro", "small", "medium", "1,000", "large", "small", "large",
        ]  # fmt: skip


# --- previews ---------------------------------------------------------------------------------------------------------

_ORGANISATION = {
    "id": "maple-robotics", "country": "CA", "kind": "company", "names": {"en": "Maple Robotics Inc."},
    "aliases": ["Maple"], "subdivision": "CA-QC", "city": {"en": "Laval"}, "website": "https://maple.example/",
    "identifiers": {"business_number": "123456789"}, "fields": ["robotics"], "source": "https://maple.example/",
    "read_on": "2026-01-02",
    "statements": [
        {"id": "c1", "role": "capability", "lang": "en", "trl": 9, "source": "https://maple.example/",
         "text": "Makes light robotic arms that mount on a wheelchair.", "read_on": "2026-01-02"},
    ],
}  # fmt: skip
KNOWN = Known(3, Corpus([parse_profile(_ORGANISATION, complete=False)]))


@pytest.fixture
def look(app: Flask) -> Iterator[Callable[..., Preview]]:
    """The preview of rows."""
    with app.app_context():
        yield lambda *rows, known=KNOWN, choices=None: preview(read(csv_file(*rows)), known, choices)


def test_a_new_organisation(look: Callable[..., Preview]) -> None:
    line = look(NEW).lines[0]
    assert (line.state, line.faults) == (State.NEW, ())
    profile = line.profile
    assert profile and (profile.id, profile.kind, profile.subdivision) == ("larch-robotics-inc", "company", "CA-QC")
    assert [(s.id, s.lang, s.source) for s in profile.statements] == [
        ("c1", "en", NEW["Source"]), ("n1", "en", NEW["Source"]),
    ]  # fmt: skip
    assert line.is_thin


@pytest.mark.parametrize(
    ("told", "basis"),
    [
        ({"Id": "maple-robotics"}, Basis.ID), ({"Name": "MAPLE ROBOTICS INC."}, Basis.NAME),
        ({"Name": "maple"}, Basis.NAME),
        ({"Name": "Other", "Business number": "123456789RC0001"}, Basis.IDENTIFIER),
    ],
)  # fmt: skip
def test_known_organisations_are_recognised(look: Callable[..., Preview], told: dict[str, str], basis: Basis) -> None:
    line = look({**told, "Founded": "2009"}).lines[0]
    assert (line.known and line.known.id, line.basis, line.state) == ("maple-robotics", basis, State.CHANGED)
    assert Column("founded") in [change.column for change in line.changes]
    assert line.profile and line.profile.names["en"] == "Maple Robotics Inc."


def test_a_blank_cell_changes_nothing_and_a_known_statement_keeps_its_source(look: Callable[..., Preview]) -> None:
    same = "  Makes light robotic arms that  mount on a wheelchair. "
    row = {
        "Id": "maple-robotics",
        "City": "",
        "Capability 4": same,
        "Source": "https://new.example/",
        "Read on": "2025-01-01",
    }
    assert look(row).lines[0].state is State.UNCHANGED


def test_a_statement_said_nearly_the_same_takes_the_place_of_the_old(look: Callable[..., Preview]) -> None:
    text = "Makes light robotic arms that mount on any wheelchair."
    row = {"Id": "maple-robotics", "Capability 1": text, "Source": "https://new.example/", "Read on": "2026-02-01"}
    profile = look(row).lines[0].profile
    assert profile and [(s.id, s.text, s.source, s.trl) for s in profile.statements] == [
        ("c1", text, "https://new.example/", 9)
    ]
    more = look({**row, "Capability 1": "Runs a test laboratory with clinics in Laval."}).lines[0].profile
    assert more and [s.id for s in more.statements] == ["c1", "c2"]


def test_a_probable_duplicate_is_a_question(look: Callable[..., Preview]) -> None:
    row = {**NEW, "Name (English)": "Maple Robotics Ltd."}
    line = look(row).lines[0]
    assert line.state is State.UNDECIDED
    assert [profile.id for profile, _ in line.candidates] == ["maple-robotics"]
    same = look(row, choices={"2": "same:maple-robotics"}).lines[0]
    assert (same.state, same.basis) == (State.CHANGED, Basis.CHOICE)
    assert same.profile and "Maple Robotics Ltd." in same.profile.aliases
    other = look(row, choices={"2": "another"}).lines[0]
    assert other.state is State.NEW and other.profile and other.profile.id == "maple-robotics-ltd"
    # What was decided once is not asked again.
    for line in (same, other):
        assert line.profile
        kept = {**KNOWN.corpus.organisations, line.profile.id: line.profile}
        assert look(row, known=Known(4, Corpus(kept.values()))).lines[0].state is State.UNCHANGED


def test_faults_name_row_and_column_and_what_to_do(look: Callable[..., Preview]) -> None:
    bad = {
        "Kind": "shop", "Province": "Hokkaido", "Source": "none", "Read on": "01/02/2026", "Capability 1": "Short.",
        "Fields": "robotics; shoes", "Founded": "long ago", "ROR": "123",
    }  # fmt: skip
    (line,) = look({**NEW, **bad}).lines
    assert (line.number, line.state) == (2, State.FAULTY)
    assert {f.place: f.code for f in line.faults} == {
        "Kind": "choice", "Province": "format", "Source": "address", "Read on": "date", "Capability 1": "length",
        "Fields": "choice", "Founded": "type", "ROR": "format",
    }  # fmt: skip
    said = {f.place: words.fault_words(f.key, f.code, f.detail, f.value) for f in line.faults}
    assert "“shop” is not known here. One of: company; start-up;" in said["Kind"]
    assert "2026-01-31" in said["Read on"]
    assert "has 6 characters; there must be 20 to 400" in said["Capability 1"]


def test_a_file_with_only_faults_and_missing_columns(look: Callable[..., Preview]) -> None:
    shown = look({"Name": "X Inc."}, {"Name": "Y Inc."})
    assert shown.counts[State.FAULTY] == 2 and shown.profiles == ()
    assert shown.headings and set(shown.headings.missing) == {
        "country",
        "kind",
        "subdivision",
        "city_en",
        "source",
        "read_on",
    }
    assert {f.place for f in shown.lines[0].faults} >= {"Country", "Kind", "City", "Source", "Read on"}


def test_faults_of_a_row(look: Callable[..., Preview], board: Board) -> None:
    programme = next(iter(board.corpus.programmes))
    known = Known(1, board.corpus)
    twice = look(NEW, {**NEW, "City": "Laval"}).lines[1]
    assert [(f.code, f.detail) for f in twice.faults] == [("repeated", "2")]
    assert look({**NEW, "Id": programme}, known=known).lines[0].faults[0].code == "taken"
    assert look({**NEW, "Name (English)": "北海道"}).lines[0].faults[0].key == "id"
    example_row = read(_template("csv"))
    assert [line.faults[0].code for line in preview(example_row, KNOWN).lines] == ["example"]


def test_only_the_first_thousand_faulty_rows_are_listed(look: Callable[..., Preview]) -> None:
    shown = look(*[{"Name": f"X {i}"} for i in range(1005)])
    assert (len(shown.lines), shown.unseen, shown.counts[State.FAULTY]) == (1000, 5, 1005)


def test_headings_that_make_a_file_useless(app: Flask) -> None:
    for content, code in ((b"Name,nom (anglais)\nX,Y\n", "twice"), (b"Country,City\nCA,Laval\n", "no_header")):
        with app.app_context(), pytest.raises(Unreadable) as caught:
            preview(read(content), KNOWN)
        assert caught.value.code == code


def test_an_export_of_everything_changes_nothing(app: Flask, board: Board) -> None:
    text = "\n".join(json.dumps(profile_document(p), ensure_ascii=False) for p in board.corpus.organisations.values())
    with app.app_context():
        shown = preview(read(text.encode(), limits=COMMAND), Known(1, board.corpus))
    assert {line.state for line in shown.lines} == {State.UNCHANGED}


def test_json_lines_name_line_and_path(app: Flask) -> None:
    good, bad = {**_ORGANISATION, "founded": 2009}, {**_ORGANISATION, "country": "FR"}
    text = f"{json.dumps(good)}\n{json.dumps(bad)}\nnot json\n7\n"
    with app.app_context():
        lines = preview(read(text.encode()), KNOWN).lines
    assert [(line.number, line.state.value) for line in lines] == [
        (1, "changed"),
        (2, "faulty"),
        (3, "faulty"),
        (4, "faulty"),
    ]
    assert lines[1].faults[0].place == "country"
    assert [line.faults[0].code for line in lines[2:]] == ["json", "object"]


def test_every_code_has_words() -> None:
    assert set(words.ROW_STATES) == set(State)
    assert set(words.BASES) == set(Basis)
    assert set(words.LIKENESSES) == set(Reason)
    assert {column.key for column in template_columns()} <= set(words.COLUMN_NOTES)


# --- the template -----------------------------------------------------------------------------------------------------


def _template(file_format: str) -> bytes:
    return template(file_format).content


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_the_template_can_be_read_and_its_example_is_right(app: Flask, lang: str, file_format: str) -> None:
    with app.app_context(), force_locale(lang):
        table = read(_template(file_format))
        assert read_headings(table.header).unknown == ()
        changed = [tables.Row(2, tuple(v.replace(columns.EXAMPLE_NAME, "Other Inc.") for v in table.rows[0].values))]
        (line,) = preview(Table(table.format, table.header, tuple(changed)), KNOWN).lines
    assert (line.state, line.faults) == (State.NEW, ())
    assert line.profile and line.profile.languages == (lang,)
    if file_format == "xlsx":
        notes = load_workbook(io.BytesIO(template_bytes(app, lang)), read_only=True).worksheets[1]
        assert len(list(notes.values)) > len(columns.known_columns())


def template_bytes(app: Flask, lang: str) -> bytes:
    with app.app_context(), force_locale(lang):
        return _template("xlsx")
