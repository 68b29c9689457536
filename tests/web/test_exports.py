from __future__ import annotations

import csv
import io
import json
import subprocess
import uuid
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from pypdf import PdfReader
from werkzeug.datastructures import MultiDict
from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse

from matcher.corpus import Corpus
from matcher.profile import LANGUAGES
from matcher.ranking import MATCHER_VERSION, Matcher
from web import cli
from web.exports import printing
from web.exports import verify as verifying
from web.exports.dossier import MOST_ENTRIES, Source, of_shortlist, spaced
from web.exports.files import OFFERED, Format, disposition, make_file
from web.exports.verify import Code, NoDossier, Verification, read_dossier, verify
from web.extensions import db
from web.forms.exports import read_export
from web.matching import Board
from web.models import Shortlist, ShortlistItem
from web.store import desk
from web.store.accounts import Account
from web.store.snapshots import Snapshot

pytestmark = pytest.mark.once

Get = Callable[..., TestResponse]

RANKING = "/{lang}/organisations/rapidus/matches/export?format={format}&top=3"
MATCH = "/{lang}/matches/kinova/cyberdyne/export?format={format}"
NOTE = "=1+1"
STEP = "-5"
LONG_STEP = "Envoyer la note à l’équipe\n送付：提案書 & <brief>"


def fetch(client: FlaskClient, address: str, wanted: str, lang: str = "en") -> TestResponse:
    response = client.get(address.format(lang=lang, format=wanted))
    assert response.status_code == 200, address
    return response


@dataclass(frozen=True)
class Kept:
    """A shortlist with two matches, as somebody keeps it."""

    owner: Account
    client: FlaskClient
    shortlist_id: uuid.UUID
    items: tuple[uuid.UUID, ...]

    @property
    def address(self) -> str:
        return f"/{{lang}}/shortlists/{self.shortlist_id}/export?format={{format}}"


@pytest.fixture
def kept(app: Flask, board: Board, make_user: Callable[..., Account], sign_in: Callable[..., FlaskClient]) -> Kept:
    owner = make_user(name="橋本 Élise")
    with app.app_context():
        made = desk.save_shortlist(db.session, owner, title="Réunion de Sherbrooke/東京")
        items = []
        for one, other in (("rapidus", "tenstorrent"), ("kinova", "cyberdyne")):
            explanation = board.pair(one, other)
            snapshot = Snapshot.of(explanation, *board.parties(explanation), explanation.match.relation)
            added = desk.save_new_item(
                db.session, owner, shortlist_id=made, snapshot=snapshot, corpus_id=board.corpus.snapshot_id,
                matcher_version=MATCHER_VERSION,
            )  # fmt: skip
            items.append(added.item_id)
        notes = ((NOTE, STEP, date(2027, 1, 8)), ("", LONG_STEP, None))
        for item_id, (note, step, day) in zip(items, notes, strict=True):
            _, item = desk.get_item(db.session, owner, item_id=item_id)
            edit = replace(item.edit, note=note, next_step=step, next_step_on=day, assignee_id=owner.id)
            desk.save_item(db.session, owner, item_id=item_id, version=item.version, edit=edit)
        db.session.commit()
    return Kept(owner, sign_in(app.test_client(), owner), made, tuple(items))


# --- tables -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_csv_opens_in_a_spreadsheet(client: FlaskClient, board: Board, lang: str) -> None:
    response = fetch(client, RANKING, "csv", lang)
    assert response.data.startswith(b"\xef\xbb\xbf")
    heading, *rows = csv.reader(io.StringIO(response.data.decode("utf-8-sig")))
    best = board.partners("rapidus", 3)
    assert [row[2] for row in rows] == [board.corpus.profiles[e.match.partner_id].name(lang) for e in best]
    assert [float(row[4]) for row in rows] == [round(100 * e.match.fit, 2) for e in best]
    assert {len(row) for row in rows} == {len(heading)} and all(heading)


def test_csv_has_no_formulas_and_keeps_negative_numbers(kept: Kept) -> None:
    rows = list(csv.DictReader(io.StringIO(fetch(kept.client, kept.address, "csv").data.decode("utf-8-sig"))))
    assert [row["Note"] for row in rows] == [f"'{NOTE}", ""]
    assert [row["Next step"] for row in rows] == [STEP, LONG_STEP]
    assert [row["Next step on"] for row in rows] == ["2027-01-08", ""]
    assert rows[0]["Assigned to"] == "橋本 Élise"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_xlsx_is_typed_and_ready_to_filter(kept: Kept, lang: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(fetch(kept.client, kept.address, "xlsx", lang).data))
    matches, evidence, provenance = book.worksheets
    assert matches.freeze_panes == "D2"
    assert matches.auto_filter.ref and evidence.auto_filter.ref
    cells = {str(cell.value): cell for row in matches.iter_rows(min_row=2) for cell in row}
    assert cells[NOTE].data_type == "s" and cells[STEP].data_type == "s"
    assert not [c for c in cells.values() if c.data_type == "f" or c.hyperlink]
    assert isinstance(matches["E2"].value, float) and isinstance(matches["A2"].value, int)
    assert [c.value.date() for c in cells.values() if c.is_date] == [date(2027, 1, 8)]
    assert matches["B2"].value == {"ja": "Rapidus株式会社"}.get(lang, "Rapidus Corporation")
    assert evidence.max_row > 6 and provenance.max_row > 8


def test_xlsx_points_of_a_match_add_up(client: FlaskClient) -> None:
    book = openpyxl.load_workbook(io.BytesIO(fetch(client, MATCH, "xlsx").data))
    matches, evidence, _ = book.worksheets
    parts = sum(row[4].value for row in evidence.iter_rows(min_row=2))
    with_ground = json.loads(fetch(client, MATCH, "json").data)["entries"][0]["match"]["ground"]["value"] * 100
    assert parts + with_ground == pytest.approx(matches["E2"].value, abs=0.011)


# --- documents --------------------------------------------------------------------------------------------------------


def pdf_of(file: bytes) -> tuple[PdfReader, str]:
    reader = PdfReader(io.BytesIO(file))
    return reader, "".join("".join(page.extract_text().split()) for page in reader.pages)


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "RapidusCorporation"), ("fr", "Instantanédesdonnées"), ("ja", "Rapidus株式会社")]
)
def test_pdf_holds_the_words_of_its_language(client: FlaskClient, board: Board, lang: str, words: str) -> None:
    reader, text = pdf_of(fetch(client, RANKING, "pdf", lang).data)
    assert words in text
    explanation = board.partners("rapidus", 1)[0]
    for evidence in explanation.evidence:
        for statement in (evidence.wanted, evidence.met_by):
            # A hyphen at the end of a line is part of the page, not of the text.
            assert "".join(statement.text.split()).replace("-", "") in text.replace("-", "")
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == lang and root["/MarkInfo"]["/Marked"]
    assert len(reader.pages) >= 3 + 3
    assert len(reader.outline) >= 3


def test_pdf_links_to_every_source(client: FlaskClient, board: Board) -> None:
    reader, _ = pdf_of(fetch(client, MATCH, "pdf", "fr").data)
    annotations = [a.get_object() for page in reader.pages for a in page.get("/Annots", ())]
    links = {a["/A"]["/URI"] for a in annotations if "/A" in a and "/URI" in a["/A"]}
    explanation = board.pair("kinova", "cyberdyne")
    assert {s.source for e in explanation.evidence for s in (e.wanted, e.met_by)} <= links


def test_pdf_shows_follow_up(kept: Kept) -> None:
    _, text = pdf_of(fetch(kept.client, kept.address, "pdf", "ja").data)
    assert "送付：提案書&<brief>" in text
    assert "橋本Élise" in text


def test_no_font_for_japanese_is_said_plainly(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise printing.NoJapaneseFont("none")

    monkeypatch.setattr(printing, "japanese_font", missing)
    response = get("/en/matches/kinova/cyberdyne/export?format=pdf", 503)
    assert "no font that can show Japanese" in response.text
    assert response.headers["Retry-After"]


def test_no_font_at_all_is_noticed() -> None:
    with pytest.raises(printing.NoJapaneseFont):
        printing.choose_font([])


def test_a_busy_printer_says_so(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    class Taken:
        def acquire(self, timeout: float) -> bool:
            return timeout < 0

    monkeypatch.setattr(printing, "_presses", Taken())
    assert "try again in a minute" in get("/en/matches/kinova/cyberdyne/export?format=pdf", 503).text


def test_nothing_is_fetched_for_a_dossier() -> None:
    with pytest.raises(ValueError, match="nothing is fetched"):
        printing._refuse("http://169.254.0.1/")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_docx_is_a_document_to_edit(client: FlaskClient, board: Board, lang: str) -> None:
    response = fetch(client, MATCH, "docx", lang)
    paper = Document(io.BytesIO(response.data))
    styles = [paragraph.style.name for paragraph in paper.paragraphs if paragraph.style]
    assert "Heading 1" in styles and styles.count("Heading 2") >= 4
    words = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    for evidence in board.pair("kinova", "cyberdyne").evidence:
        assert any(evidence.wanted.text in word for word in words)
        assert any(evidence.met_by.text in word for word in words)
    xml = zipfile.ZipFile(io.BytesIO(response.data)).read("word/styles.xml").decode()
    assert 'w:eastAsia="Yu Gothic"' in xml and 'w:eastAsia="ja-JP"' in xml


def test_another_program_reads_the_same_texts(kept: Kept, board: Board, tmp_path: Path) -> None:
    for lang in LANGUAGES:
        (tmp_path / f"{lang}.xlsx").write_bytes(fetch(kept.client, kept.address, "xlsx", lang).data)
        (tmp_path / f"{lang}.docx").write_bytes(fetch(kept.client, kept.address, "docx", lang).data)
    # UTF-8, and every sheet into a file of its own.
    convert(tmp_path, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", "xlsx")
    convert(tmp_path, "txt:Text (encoded):UTF8", "docx")
    explanation = board.pair("kinova", "cyberdyne")
    for lang in LANGUAGES:
        sheets = sorted(tmp_path.glob(f"{lang}-*.csv"))
        assert len(sheets) == 3
        cells = {c for sheet in sheets for row in csv.reader(io.StringIO(sheet.read_text("utf-8"))) for c in row}
        text = (tmp_path / f"{lang}.txt").read_text("utf-8-sig")
        for evidence in explanation.evidence:
            assert {evidence.wanted.text, evidence.met_by.text} <= cells
            assert evidence.wanted.text in text and evidence.met_by.text in text
        assert {NOTE, STEP, LONG_STEP} <= cells
        assert NOTE in text and "送付：提案書 & <brief>" in text


def convert(folder: Path, wanted: str, ending: str) -> None:
    """Has LibreOffice convert all files of one kind, with a profile of its own."""
    files = sorted(map(str, folder.glob(f"*.{ending}")))
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", wanted, "--outdir", str(folder), *files]
    subprocess.run(command, check=True, capture_output=True, timeout=180)


# --- calendar ---------------------------------------------------------------------------------------------------------


def test_calendar_has_a_whole_day_for_each_next_step(kept: Kept) -> None:
    first, again = (
        Calendar.from_ical(fetch(kept.client, kept.address, "ics", lang).data).walk("VEVENT") for lang in ("en", "ja")
    )
    assert len(first) == len(again) == 1
    event: Any = first[0]
    assert event["DTSTART"].dt == date(2027, 1, 8) and event["DTEND"].dt == date(2027, 1, 9)
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert event["UID"] == again[0]["UID"] == f"{kept.items[0]}@kakehashi"
    assert event["DTSTAMP"].dt.tzinfo is not None
    assert event["SUMMARY"].startswith(STEP)


# --- who may have what ------------------------------------------------------------------------------------------------


def test_chosen_items_only(kept: Kept) -> None:
    address = f"{kept.address}&item={kept.items[1]}&item={uuid.uuid4()}&item=nonsense"
    entries = json.loads(fetch(kept.client, address, "json").data)["entries"]
    assert [entry["partner"]["id"] for entry in entries] == ["cyberdyne"]


def test_a_shortlist_is_for_those_who_may_see_it(
    app: Flask, kept: Kept, make_user: Callable[..., Account], sign_in: Callable[..., FlaskClient]
) -> None:
    address = kept.address.format(lang="en", format="json")
    assert app.test_client().get(address).status_code == 303
    assert sign_in(app.test_client(), make_user()).get(address).status_code == 404
    assert sign_in(app.test_client(), make_user(role="organisation")).get(address).status_code == 403
    assert kept.client.get(address).status_code == 200


def test_visitors_have_so_many_files_an_hour(client: FlaskClient, kept: Kept) -> None:
    address = RANKING.format(lang="en", format="csv")
    codes = [client.get(address).status_code for _ in range(31)]
    assert codes == [200] * 30 + [429]
    assert client.get(MATCH.format(lang="en", format="json")).status_code == 429
    assert kept.client.get(address).status_code == 200


@pytest.mark.parametrize("wanted", ["", "exe", "ics", "docx"])
def test_formats_that_are_not_offered(get: Get, wanted: str) -> None:
    get(f"/en/organisations/rapidus/matches/export?format={wanted}", 404)


def test_unknown_organisations(get: Get) -> None:
    get("/en/organisations/nobody/matches/export?format=pdf", 404)
    get("/en/matches/kinova/mila/export?format=pdf", 404)


@pytest.mark.parametrize("page", ["/organisations/rapidus/matches?kind=company", "/matches/kinova/cyberdyne"])
def test_pages_offer_the_export(get: Get, page: str) -> None:
    text = get(f"/fr{page}").text
    assert 'name="format"' in text and "/export" in text
    assert ('name="kind" value="company"' in text) == ("kind=company" in page)
    # A robot that follows links has no files made.
    assert 'href="/fr' + page.partition("?")[0] + "/export" not in text


def test_filters_go_into_the_file(client: FlaskClient) -> None:
    content = json.loads(fetch(client, RANKING + "&kind=university&in=fr", "json").data)
    assert content["origin"]["filters"] == {"kind": ["university"]} and content["lang"] == "fr"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_file_names_and_caching(kept: Kept, lang: str) -> None:
    for wanted in Format:
        response = fetch(kept.client, kept.address, wanted.value, lang)
        kind, options = parse_options_header(response.headers["Content-Disposition"])
        assert kind == "attachment"
        assert unquote(options["filename"]).startswith("Réunion_de_Sherbrooke_東京_20")
        assert unquote(options["filename"]).endswith(f".{wanted}")
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Content-Language"] == lang


@given(st.text(max_size=300))
def test_any_title_makes_a_safe_name(title: str) -> None:
    header = disposition(title, "pdf")
    assert header.isascii() and header.isprintable()
    _, options = parse_options_header(header)
    name = unquote(options["filename"])
    assert name.endswith(".pdf") and len(name) <= 70
    assert not set(name) & set('/\\:*?"<>|\0') and not name.startswith((".", "-"))


@given(
    st.lists(st.tuples(st.sampled_from(["format", "in", "top", "item"]), st.text(max_size=40) | st.just("pdf"))),
    st.sampled_from(Source),
)
def test_any_address_is_read(pairs: list[tuple[str, str]], source: Source) -> None:
    wanted = read_export(MultiDict(pairs), source, "ja")
    if wanted is not None:
        assert wanted.format in OFFERED[source]
        assert wanted.lang in LANGUAGES and 1 <= wanted.top <= MOST_ENTRIES


def test_a_removed_organisation_is_exported_as_it_was(app: Flask, board: Board, kept: Kept) -> None:
    corpus = Corpus((p for p in board.corpus.profiles.values() if p.id != "cyberdyne"), ())
    without = Board(
        board.version, corpus, Matcher(cache=board.matcher.cache_).fit(corpus.profiles.values()), board.taxonomy
    )
    name = board.corpus.profiles["cyberdyne"].names["ja"]
    with app.test_request_context("/ja/"), force_locale("ja_JP"):
        shortlist = desk.get_shortlist(db.session, kept.owner, shortlist_id=kept.shortlist_id)
        dossier = of_shortlist(without, shortlist)
        made = {wanted: make_file(dossier, wanted).content for wanted in Format}
    assert name in made[Format.CSV].decode() and name in made[Format.JSON].decode()
    assert name in pdf_of(made[Format.PDF])[1]
    found = codes(verify(without, json.loads(made[Format.JSON])))
    assert {Code.GONE, Code.DATA} <= found and Code.EDITED not in found


# --- verifying --------------------------------------------------------------------------------------------------------


def test_every_format_and_language_carries_one_id(kept: Kept, client: FlaskClient) -> None:
    for address, browser in ((kept.address, kept.client), (RANKING, client)):
        ids = {json.loads(fetch(browser, address, "json", lang).data)["verification_id"] for lang in LANGUAGES}
        assert len(ids) == 1
        found = spaced(ids.pop())
        assert found in pdf_of(fetch(browser, address, "pdf").data)[1]
        book = openpyxl.load_workbook(io.BytesIO(fetch(browser, address, "xlsx", "fr").data))
        assert found in [row[1].value for row in book.worksheets[2].iter_rows()]
        if address == kept.address:
            paper = Document(io.BytesIO(fetch(browser, address, "docx", "ja").data))
            assert found == paper.core_properties.identifier


def read(client: FlaskClient, address: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(fetch(client, address, "json").data)
    return content


def codes(found: Verification) -> set[Code]:
    return {difference.code for difference in found.differences}


@pytest.mark.parametrize(
    "address",
    [
        RANKING,
        RANKING + "&kind=university",
        RANKING + "&relation=supply&relation=co_development&language=en&trl=in_use&cooperation=supply",
        RANKING + "&field=semiconductors&subdivision=CA-ON",
        RANKING.replace("top=3", "top=200"),
        MATCH,
        MATCH + "&relation=co_development",
    ],
)
def test_the_same_data_verifies(client: FlaskClient, board: Board, address: str) -> None:
    found = verify(board, read(client, address))
    assert found.is_identical, list(map(str, found.differences))
    assert found.entries > 0


def test_a_shortlist_verifies(kept: Kept, board: Board) -> None:
    assert verify(board, read(kept.client, kept.address)).is_identical


def edited(content: Mapping[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(content))
    changed["entries"][0]["match"]["fit"] += 0.01
    changed["entries"][0]["place"], changed["entries"][1]["place"] = 2, 1
    return changed


def test_an_edited_file_is_found_out(client: FlaskClient, board: Board) -> None:
    assert codes(verify(board, edited(read(client, RANKING)))) == {Code.EDITED, Code.FIT, Code.RANK}


def test_what_changed_in_the_data_is_listed(client: FlaskClient, board: Board) -> None:
    content = read(client, RANKING)
    gone, reworded = (entry["partner"]["id"] for entry in content["entries"][:2])
    profiles = {p.id: p for p in board.corpus.profiles.values() if p.id != gone}
    statements = tuple(
        replace(s, text="Grows lettuce in towers near the harbour", lang="en") for s in profiles[reworded].statements
    )
    profiles[reworded] = replace(profiles[reworded], statements=statements)
    corpus = Corpus(profiles.values(), board.corpus.programmes.values())
    matcher = Matcher(cache=board.matcher.cache_).fit(profiles.values())
    other = Board(board.version, corpus, matcher, board.taxonomy)
    found = codes(verify(other, content))
    assert {Code.DATA, Code.GONE, Code.EVIDENCE, Code.FIT, Code.NEW} <= found
    assert Code.EDITED not in found


@pytest.mark.parametrize(
    "damage",
    [
        {"entries": None},
        {"entries": [{"place": 1}]},
        {"origin": {}},
        {"origin": {"source": "ranking", "seeker": "rapidus", "top": 3, "filters": {"colour": ["blue"]}}},
        {"data_snapshot": None, "entries": [1, 2]},
    ],
)
def test_damaged_files_are_refused(client: FlaskClient, board: Board, damage: dict[str, Any]) -> None:
    with pytest.raises(NoDossier):
        verify(board, read(client, RANKING) | damage)


def test_the_command(client: FlaskClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, file = read(client, RANKING), tmp_path / "dossier.json"
    file.write_text(json.dumps(content), "utf-8")
    assert cli.main(["verify", str(file)]) == 0
    assert capsys.readouterr().out == f"identical: 3 matches, id {content['verification_id']}\n"
    file.write_text(json.dumps(edited(content)), "utf-8")
    assert cli.main(["verify", str(file), "--json"]) == 1
    printed = json.loads(capsys.readouterr().out)
    assert not printed["identical"] and {d["code"] for d in printed["differences"]} >= {"fit_changed", "rank_changed"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "kakehashi-dossier", "version": 9}', "\udcff"])
def test_the_command_refuses_other_files(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "other.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert cli.main(["verify", str(file)]) == 1
    assert capsys.readouterr().err.startswith("error: other.json")


def test_the_command_names_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", str(tmp_path / "none.json")]) == 1
    assert "none.json" in capsys.readouterr().err


# --- what is meant for a program --------------------------------------------------------------------------------------

HOSTILE = [
    "<r><t>a</t></r>",
    "<r><</r>",
    "a\uffffb\ufffe",
    "]]>&lt;!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "\ud7ff\U0001ffff",
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("wanted", ["xlsx", "docx", "json", "csv", "ics"])
def test_a_note_of_one_cannot_spoil_the_file_of_all(kept: Kept, text: str, wanted: str) -> None:
    # As an earlier release may have stored it: straight into the table.
    with kept.client.application.app_context():
        db.session.get_one(ShortlistItem, kept.items[0]).note = text
        db.session.get_one(Shortlist, kept.shortlist_id).title = text[:200]
        db.session.commit()
    made = fetch(kept.client, kept.address, wanted).data
    if wanted in {"xlsx", "docx"}:
        with zipfile.ZipFile(io.BytesIO(made)) as parts:
            for name in parts.namelist():
                if name.endswith((".xml", ".rels")):
                    ET.fromstring(parts.read(name))  # noqa: S314 - our own
    if wanted == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(made)).worksheets[0]
        shown = {str(cell.value).strip() for row in sheet.iter_rows(min_row=2) for cell in row}
        assert text.replace("\uffff", "").replace("\ufffe", "") in shown


def test_what_no_file_can_hold_is_not_stored(kept: Kept) -> None:
    address = f"/en/shortlists/items/{kept.items[0]}"
    texts = {"note": "one\ufffftwo\x00", "next_step": "three\ufffe\x1bfour"}
    sent = {"version": "2", "status": "new", "refusal": "", "assignee": ""} | texts
    assert kept.client.post(address, data=sent).status_code == 303
    with kept.client.application.app_context():
        _, item = desk.get_item(db.session, kept.owner, item_id=kept.items[0])
    assert (item.note, item.next_step) == ("onetwo", "three four")


def test_who_is_signed_in_has_many_files_but_not_any_number(kept: Kept) -> None:
    address = kept.address.format(lang="en", format="ics")
    codes = [kept.client.get(address).status_code for _ in range(61)]
    assert codes == [200] * 60 + [429]


def test_printing_leaves_threads_for_pages(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    waited = list[float | None]()

    class Queue(BoundedSemaphore):
        def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:  # noqa: FBT001, FBT002 - as there
            waited.append(timeout)
            return super().acquire(blocking, timeout)

    queue = Queue(1)
    monkeypatch.setattr(printing, "_queue", queue)
    with printing._taken(queue, timeout=0):
        assert "try again in a minute" in get("/en/matches/kinova/cyberdyne/export?format=pdf", 503).text
    assert waited == [0, 0], "whoever comes too late is told so at once"
    assert queue.acquire(timeout=0), "given back after a refusal"


@pytest.mark.parametrize("content", ['{"a": NaN}', '{"a": "\\ud800"}', "[" * 100_000, "1" * 10_000, "\ufeff", "null"])
def test_verify_survives_any_json(tmp_path: Path, board: Board, content: str) -> None:
    file = tmp_path / "dossier.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(NoDossier):
        verify(board, read_dossier(file))


def test_verify_reads_no_more_than_a_dossier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "_LARGEST", 1000)
    # As of a pipe, nobody knows how long it is.
    with pytest.raises(NoDossier, match="larger than any dossier"):
        read_dossier(Path("/dev/zero"))
