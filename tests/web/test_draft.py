"""Drafting a profile on the page: files of every sort, what is typed comes back, and the files that come out."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter
from weasyprint import HTML

from matcher.document import parse_profile
from matcher.draft import Certainty, Reason
from matcher.profile import LANGUAGES, Role
from web import cli, uploads
from web.forms.draft import make_id
from web.i18n.draft import CERTAINTIES, PROBLEMS, REASONS
from web.imports import columns, tables
from web.security import UPLOADS
from web.uploads import LARGEST, Problem, Unreadable, read

pytestmark = pytest.mark.once

TEXT = """Acme Hydro, founded in 1974, is proud of its people.
We design and build small turbines for irrigation canals.
Nous cherchons un distributeur au Japon pour nos turbines.
農業用水路の水位を測るセンサーも製造しています。
"""
SAID = ("We design and build small turbines", "Nous cherchons un distributeur", "水位を測るセンサー")
ORGANISATION = {
    "name_en": "Acmé Hydro Inc.", "name_fr": "Acmé Hydro inc.", "country": "CA", "kind": "company",
    "subdivision": "CA-QC", "city": "Sherbrooke", "website": "https://acme.example/",
    "source": "https://acme.example/about", "fields": ["energy"],
}  # fmt: skip


@pytest.fixture
def user(app: Flask, make_user: Callable[..., Any], sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    return sign_in(app.test_client(), make_user(role="organisation"))


def tree(text: str) -> Any:
    html5lib.HTMLParser(strict=True).parse(text)
    return html5lib.parse(text, namespaceHTMLElements=False)


def sent_back(text: str) -> dict[str, list[str]]:
    """What a browser would send of the form of proposals."""
    (form,) = [f for f in tree(text).iter("form") if f.get("action", "").endswith("/draft/profile")]
    sent: dict[str, list[str]] = {}
    for one in form.iter():
        name = one.get("name")
        is_off = one.get("type") in {"radio", "checkbox"} and one.get("checked") is None
        if not name or one.tag == "button" or is_off:
            continue
        if one.tag == "select":
            chosen = [o.get("value") for o in one.iter("option") if o.get("selected") is not None]
            sent.setdefault(name, []).extend(chosen)
        else:
            # The parser of a browser drops the line break after <textarea>, and so does html5lib.
            sent.setdefault(name, []).append(one.text or "" if one.tag == "textarea" else one.get("value", ""))
    return sent


def propose(user: FlaskClient, text: str = TEXT, lang: str = "en") -> dict[str, list[str]]:
    answer = user.post(f"/{lang}/draft", data={"text": text}, content_type="multipart/form-data")
    assert answer.status_code == 200, answer.text[:500]
    return sent_back(answer.text)


def a_pdf(body: str) -> bytes:
    made: bytes = HTML(string=f"<html lang=en><body>{body}</body></html>").write_pdf()
    return made


def a_docx() -> bytes:
    document = docx.Document()
    for line in TEXT.splitlines()[:3]:
        document.add_paragraph(line)
    document.add_table(1, 1).cell(0, 0).text = TEXT.splitlines()[3]
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def locked(content: bytes) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(content))
    writer.encrypt("secret", algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def a_zip(name: str, size: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, b"\0" * size)
    return file.getvalue()


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932", "cp1252"])
def test_a_text_file_in_any_usual_encoding(encoding: str) -> None:
    text = {"cp932": "水位を測るセンサーを製造。", "cp1252": "Numérisation d’archives à Montréal — œuvres"}.get(
        encoding, TEXT
    )
    assert read(text.encode(encoding)).text == text


def test_the_text_of_pdf_and_word_files() -> None:
    found = read(a_docx())
    assert all(said in found.text for said in SAID) and not found.is_cut
    pdf = read(a_pdf("".join(f"<p>{line}</p>" for line in TEXT.splitlines())))
    assert all(said.replace(" ", "") in pdf.text.replace(" ", "") for said in SAID)


def test_a_long_pdf_is_read_to_its_fortieth_page() -> None:
    found = read(a_pdf("<p style='break-after: page'>One page of words.</p>" * 42))
    assert found.is_cut and found.text.count("One page of words.") == 40


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", Problem.EMPTY),
        (b" \n\t", Problem.EMPTY),
        (b"a" * (LARGEST + 1), Problem.TOO_LARGE),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, Problem.UNKNOWN),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 50, Problem.UNKNOWN),
        (b"\0\1\2\3" * 50, Problem.UNKNOWN),
        (b"%PDF-1.7 broken", Problem.BROKEN),
        (b"PK\x03\x04 broken", Problem.BROKEN),
        (lambda: a_zip("data.bin", 10), Problem.UNKNOWN),
        (lambda: a_zip("word/document.xml", 45 * 1024 * 1024), Problem.TOO_LARGE),
        (lambda: a_zip("word/document.xml", 10), Problem.BROKEN),
        (lambda: a_pdf("<svg width=9 height=9><rect width=9 height=9 /></svg>"), Problem.SCANNED),
        (lambda: locked(a_pdf("<p>Words.</p>")), Problem.ENCRYPTED),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes | Callable[[], bytes], problem: Problem) -> None:
    with pytest.raises(Unreadable) as refused:
        read(content() if callable(content) else content)
    assert refused.value.problem is problem


def test_a_file_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_SECONDS", 0.01)
    with pytest.raises(Unreadable) as refused:
        read(a_docx())
    assert refused.value.problem is Problem.TOO_SLOW


@settings(max_examples=60)
@given(st.binary(max_size=200).filter(lambda content: not content.startswith((b"%PDF-", b"PK\x03\x04"))))
def test_any_bytes_are_a_text_or_refused(content: bytes) -> None:
    try:
        problem = None if read(content).text.strip() else "nothing read"
    except Unreadable as error:
        problem = error.problem
    assert problem in {None, Problem.EMPTY, Problem.UNKNOWN}


def test_every_code_has_its_words() -> None:
    assert set(PROBLEMS) == set(Problem) and set(REASONS) == set(Reason) and set(CERTAINTIES) == set(Certainty)


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_from_a_text_to_a_document_in_each_language(user: FlaskClient, lang: str) -> None:
    tree(user.get(f"/{lang}/draft").text)
    sent = propose(user, lang=lang)
    assert [sent[f"role-{i}"] for i in range(3)] == [["capability"], ["need"], ["capability"]]
    answer = user.post(f"/{lang}/draft/profile", data=sent | ORGANISATION | {"do": "json"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"] == 'attachment; filename="acme-hydro-inc.json"'
    profile = parse_profile(json.loads(answer.data), complete=False)
    assert [(s.id, s.lang) for s in profile.statements] == [("c1", "en"), ("c2", "ja"), ("n1", "fr")]
    assert profile.names["fr"] == "Acmé Hydro inc." and profile.statements[0].source == "https://acme.example/about"


def test_accept_edit_and_leave_out(user: FlaskClient) -> None:
    sent = propose(user) | ORGANISATION
    sent |= {"role-0": ["need"], "text-0": ["Wants small turbines for irrigation canals."], "role-1": [""]}
    sent |= {"cooperation-0": ["supply", "nonsense"], "lang-2": ["ja"]}
    document = json.loads(user.post("/en/draft/profile", data=sent).data)
    statements = [(s["id"], s["text"], s.get("cooperation")) for s in document["statements"]]
    assert statements[1] == ("n1", "Wants small turbines for irrigation canals.", ["supply"])
    assert len(statements) == 2 and not any("distributeur" in text for _, text, _ in statements)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_csv_is_what_an_import_takes(user: FlaskClient, lang: str) -> None:
    answer = user.post(f"/{lang}/draft/profile", data=propose(user, lang=lang) | ORGANISATION | {"do": "csv"})
    table = tables.read(answer.data, is_header=columns.is_header)
    headings = columns.read_headings(table.header)
    assert not headings.unknown and not headings.missing and len(table.rows) == 1
    row = dict(zip(headings.columns, table.rows[0].values, strict=True))
    assert row[columns.Column("name_en")] == "Acmé Hydro Inc."
    assert "distributeur" in row[columns.Column("need", 1)] and "センサー" in row[columns.Column("capability", 2)]


def test_no_cell_is_a_formula(user: FlaskClient) -> None:
    sent = propose(user) | ORGANISATION | {"do": "csv", "text-0": ["=HYPERLINK(1) makes turbines for canals."]}
    answer = user.post("/en/draft/profile", data=sent)
    cells = next(iter(list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))[1:]))
    assert any("HYPERLINK" in cell for cell in cells) and not any(cell.startswith("=") for cell in cells)


def test_an_uploaded_file_is_taken(user: FlaskClient) -> None:
    answer = user.post("/en/draft", data={"text": "", "file": (io.BytesIO(a_docx()), "brochure.docx")})
    assert answer.status_code == 200 and all(said in answer.text for said in SAID)


def test_mistakes_lose_nothing(user: FlaskClient) -> None:
    sent = propose(user) | ORGANISATION
    wrong = sent | {
        "text-0": ["Write to sales@example.com for our turbines."], "text-1": ["short"], "website": "not an address",
        "subdivision": "JP-13", "fields": [], "city": "Sherbrooke-sur-Mer",
    }  # fmt: skip
    answer = user.post("/en/draft/profile", data=wrong)
    assert answer.status_code == 400
    again = sent_back(answer.text)
    for name in ("text-0", "sentence-0", "text-1", "role-1", "text-2", "certainty-2", "lang-2"):
        assert again.get(name) == wrong[name], name
    assert again["website"] == ["not an address"] and again["city"] == ["Sherbrooke-sur-Mer"]
    for said in ("Take out addresses", "20 to 400", "not in the country", "one to three"):
        assert said in answer.text
    answer = user.post("/en/draft/profile", data=sent | {"website": "not an address"})
    assert answer.status_code == 400 and "not a web address" in answer.text
    none = user.post("/en/draft/profile", data=sent | {f"role-{i}": "" for i in range(3)})
    assert none.status_code == 400 and "at least one" in none.text


@pytest.mark.parametrize(("text", "status"), [("", 400), ("   ", 400), ("?!", 422), ("Welcome to our page!", 422)])
def test_a_text_that_proposes_nothing_stays_on_the_page(user: FlaskClient, text: str, status: int) -> None:
    answer = user.post("/en/draft", data={"text": text})
    assert answer.status_code == status
    tree(answer.text)
    assert text.strip() in answer.text


def test_a_file_that_cannot_be_read_keeps_what_was_pasted(user: FlaskClient) -> None:
    data = {"text": "Kept <b>words</b>", "file": (io.BytesIO(b"%PDF-1.7 broken"), "a.pdf")}
    answer = user.post("/en/draft", data=data)
    assert answer.status_code == 400 and "Kept &lt;b&gt;words" in answer.text and "damaged" in answer.text


def test_a_huge_text_is_cut_and_a_huge_body_refused(user: FlaskClient) -> None:
    answer = user.post("/en/draft", data={"text": "We make pumps for fish farms. " + "Page. " * 60_000})
    assert answer.status_code == 200 and "end was not read" in answer.text
    body = b"a" * (UPLOADS["draft.page"] + 1)
    answer = user.post("/en/draft", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413 and "4 megabytes" in answer.text


def test_hostile_text_is_shown_as_text(user: FlaskClient) -> None:
    sent = propose(user, "We make <script>alert('pumps')</script> pumps for fish farms & \"ponds\".")
    assert "<script>alert" in sent["text-0"][0]
    answer = user.post("/en/draft/profile", data=sent | {"text-0": "</textarea><script>alert(1)</script>"})
    assert answer.status_code == 400 and "<script>alert" not in answer.text
    assert sent_back(answer.text)["text-0"] == ["</textarea><script>alert(1)</script>"]


@settings(max_examples=20, deadline=None)
@given(values=st.lists(st.text(max_size=30), min_size=12, max_size=12))
def test_anything_may_be_sent_back(app: Flask, values: list[str]) -> None:
    from werkzeug.datastructures import MultiDict

    from web.forms.draft import read_entries

    names = [
        "text-0",
        "role-0",
        "lang-0",
        "sentence-0",
        "certainty-0",
        "cooperation-0",
        "text-39",
        "text-40",
        "text--1",
    ]
    with app.test_request_context("/en/"):
        entries = read_entries(MultiDict(zip(names, values, strict=False)))
        assert len(entries) == 2 and all(e.fault in {"", "length", "contact", "person"} for e in entries)


def test_only_who_signed_in_drafts_and_nothing_is_kept(client: FlaskClient, guarded_client: FlaskClient) -> None:
    for answer in (client.get("/en/draft"), client.post("/en/draft", data={"text": TEXT})):
        assert answer.status_code == 303 and "/sign-in" in answer.headers["Location"]
    assert guarded_client.post("/en/draft/profile", data=ORGANISATION).status_code == 303


def test_an_id_is_made_of_a_name() -> None:
    assert make_id("  (Ōtsu) – R&D 2  ") == "otsu-r-d-2" and make_id("") == "organisation"


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.docx").write_bytes(a_docx())
    assert cli.main(["draft", str(tmp_path / "a.docx"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [p["role"] for p in found["proposals"]] == [Role.CAPABILITY, Role.NEED, Role.CAPABILITY]
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7 broken")
    assert cli.main(["draft", str(tmp_path / "b.pdf")]) == 1
    assert "damaged" in capsys.readouterr().err
    assert cli.main(["draft", str(tmp_path)]) == 1 and cli.main(["draft", str(tmp_path / "none")]) == 1
