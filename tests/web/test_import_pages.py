"""The page and the command: nothing is saved until it is accepted, all or nothing, and an import can be taken back."""

from __future__ import annotations

import io
import json
import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from matcher.document import parse_profile, profile_document
from web import cli, store
from web.extensions import db
from web.matching import Board, Boards
from web.models import CorpusState, Entry, ImportDraft, Revision, ShortlistItem, Vector
from web.models.base import now
from web.security import AccountRole
from web.store import desk, imports, submissions
from web.store.accounts import Account
from web.store.imports import KEPT
from web.store.snapshots import Snapshot

MakeUser = Callable[..., Account]
SignIn = Callable[[FlaskClient, Account], FlaskClient]

HEADER = "Name (English),Country,Kind,Province,City,Source,Read on,Founded,Capability 1,Need 1"
LARCH = (
    "Larch Robotics Inc.,Canada,company,Quebec,Sherbrooke,https://larch.example/,2026-01-02,2012,"
    "Makes light robotic arms for larch tappers.,Looks for a distributor of tapping robots in Japan."
)
KINOVA = "Kinova,Canada,,,,,,1999,,"
FAULTY = "Somewhere Ltd.,Atlantis,,,,,,,,"
MAYBE = "Cyberdyne Corp,Japan,company,茨城県,Tsukuba,https://example.com/,2026-01-02,,,"


def file_of(*rows: str, encoding: str = "utf-8") -> bytes:
    return "\n".join((HEADER, *rows)).encode(encoding)


@pytest.fixture
def app(own_app: Callable[..., Flask], board: Board, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An application of its own, whose matcher stands still: fitting it anew is tested elsewhere."""
    made = own_app()
    boards = Boards(made.extensions["kakehashi.settings"])
    boards._board = board
    made.extensions["kakehashi.boards"] = boards
    monkeypatch.setattr(Boards, "_refit", lambda self, _app: self._lock.release())
    return made


@pytest.fixture
def no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command encodes at once, which takes seconds; that it stores what it encodes is tested once."""
    monkeypatch.setattr("web.matching.encode_corpus", lambda _corpus, _progress: {})


@pytest.fixture
def board(shared_app: Flask) -> Board:
    with shared_app.app_context():
        found: Board = shared_app.extensions["kakehashi.boards"].current()
    return found


@pytest.fixture
def reviewer(app: Flask, make_user: MakeUser, sign_in: SignIn) -> FlaskClient:
    return sign_in(app.test_client(), make_user(role="reviewer"))


def send(client: FlaskClient, content: bytes, name: str = "list.csv") -> TestResponse:
    return client.post("/en/imports", data={"file": (io.BytesIO(content), name)})


def upload(client: FlaskClient, *rows: str) -> str:
    """Sends a file and returns the address of its preview."""
    answer = send(client, file_of(*rows))
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def look(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    html5lib.HTMLParser(strict=True).parse(answer.text)
    return answer.text


def accept(client: FlaskClient, address: str) -> TestResponse:
    version = re.search(r'name="version" value="(\d+)"', client.get(address).text)
    assert version
    return client.post(f"{address}/accept", data={"version": version[1]})


def founded(app: Flask, entry_id: str) -> Any:
    with app.app_context():
        entry = db.session.get(Entry, entry_id)
        return entry.document.get("founded", "unknown") if entry else None


def counts(app: Flask) -> tuple[Any, ...]:
    with app.app_context():
        tables = (Entry, Revision, Vector)
        return (*(db.session.scalar(select(func.count()).select_from(t)) for t in tables), version(app))


def version(app: Flask) -> int:
    with app.app_context():
        return store.find_corpus_version(db.session)


# --- preview and acceptance -------------------------------------------------------------------------------------------


def test_a_preview_saves_nothing_and_survives_a_reload(app: Flask, reviewer: FlaskClient) -> None:
    before = counts(app)
    address = upload(reviewer, LARCH, KINOVA, FAULTY, MAYBE)
    page = look(reviewer, address)
    assert look(reviewer, address) == page
    for text in (
        "Larch Robotics Inc.", "recognised by its name", "“Atlantis” is not known here", "Accept 2 organisations",
        "Is this organisation known already?", "CYBERDYNE", "same name, other legal form",
    ):  # fmt: skip
        assert text in page
    assert counts(app) == before
    only = look(reviewer, f"{address}?state=faulty&page=1")
    assert "Somewhere" in only and "Larch" not in only.partition("<tbody>")[2]
    look(reviewer, f"{address}?state=nothing&page=999")


def test_accepting_saves_all_in_one_go_with_revisions_and_audit(app: Flask, reviewer: FlaskClient) -> None:
    was = founded(app, "kinova")
    address = upload(reviewer, LARCH, KINOVA, FAULTY)
    before = counts(app)
    assert accept(reviewer, address).status_code == 303
    page = look(reviewer, address)
    assert "1 added · 1 changed" in page and "Take the import back" in page
    entries, revisions, _vectors, _version = counts(app)
    assert (entries - before[0], revisions - before[1]) == (1, 2)
    assert was != 1999 and (founded(app, "kinova"), founded(app, "larch-robotics-inc")) == (1999, 2012)
    with app.app_context():
        assert store.list_audit_events(db.session, "larch-robotics-inc")[0][1] == "organisation.create"
        (event,) = store.list_audit_events(db.session, address.rpartition("/")[2])
        assert (event[1], event[2]) == ("import.accept", {"organisations": 2})
    assert "list.csv" in look(reviewer, "/en/imports").partition('id="done"')[2]


def test_the_same_file_twice_changes_nothing(app: Flask, reviewer: FlaskClient) -> None:
    accept(reviewer, upload(reviewer, LARCH, KINOVA))
    before = counts(app)
    page = look(reviewer, address := upload(reviewer, LARCH, KINOVA))
    assert "The file says nothing new" in page
    assert reviewer.post(f"{address}/accept", data={"version": str(before[-1])}).status_code == 303
    assert counts(app) == before


def test_pressing_accept_twice_imports_once(app: Flask, reviewer: FlaskClient) -> None:
    address = upload(reviewer, LARCH)
    accepted = {"version": str(version(app))}
    assert [reviewer.post(f"{address}/accept", data=accepted).status_code for _ in range(2)] == [303, 303]
    assert "1 added" in look(reviewer, address)


def test_an_outdated_preview_is_shown_anew(app: Flask, reviewer: FlaskClient) -> None:
    address = upload(reviewer, LARCH)
    seen = version(app)
    accept(reviewer, upload(reviewer, KINOVA))
    answer = reviewer.post(f"{address}/accept", data={"version": str(seen)})
    assert answer.status_code == 409 and "The data has changed since this page was made" in answer.text
    assert founded(app, "larch-robotics-inc") is None
    assert accept(reviewer, address).status_code == 303
    assert founded(app, "larch-robotics-inc") == 2012


def test_a_change_in_the_very_moment_is_noticed_too(
    app: Flask, reviewer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else saves between the preview that is made for accepting and the saving itself."""
    address = upload(reviewer, LARCH)

    save = imports.save_accepted

    def meanwhile(*args: Any, **more: Any) -> Any:
        with db.engine.begin() as other:
            other.execute(update(CorpusState).values(version=CorpusState.version + 1))
        return save(*args, **more)

    monkeypatch.setattr(imports, "save_accepted", meanwhile)
    assert accept(reviewer, address).status_code == 409
    assert founded(app, "larch-robotics-inc") is None


@pytest.mark.parametrize("choice", ["same:cyberdyne", "another"])
def test_a_person_says_whether_an_organisation_is_known(app: Flask, reviewer: FlaskClient, choice: str) -> None:
    address = upload(reviewer, MAYBE)
    assert "Accept" not in look(reviewer, address).partition("<main")[2].partition("<table")[0]
    sent = {"row-2": choice, "row-x": "another", "row-3": "same:../../etc", "csrf": ""}
    assert reviewer.post(f"{address}/choose", data=sent).status_code == 303
    page = look(reviewer, address)
    assert "Accept 1 organisation" in page and "Choose again" in page
    assert reviewer.post(f"{address}/choose", data={"row-2": ""}).status_code == 303
    assert "Is this organisation known already?" in look(reviewer, address)
    reviewer.post(f"{address}/choose", data=sent)
    before = counts(app)[0]
    accept(reviewer, address)
    assert counts(app)[0] - before == (choice == "another")


def test_another_encoding_reads_the_file_again(reviewer: FlaskClient) -> None:
    address = send(reviewer, file_of(LARCH.replace("Larch", "介護"), encoding="cp932")).headers["Location"]
    assert '"cp932" selected' in look(reviewer, address) and "介護" in look(reviewer, address)
    assert reviewer.post(f"{address}/read", data={"encoding": "cp1252"}).status_code == 303
    assert "介護" not in look(reviewer, address)
    wrong = reviewer.post(f"{address}/read", data={"encoding": "utf-8-sig"})
    assert wrong.status_code == 422 and "not written in that encoding" in wrong.text and "list.csv" in wrong.text
    assert '"cp1252" selected' in look(reviewer, address)


def test_throwing_a_file_away(reviewer: FlaskClient) -> None:
    address = upload(reviewer, LARCH)
    assert reviewer.post(f"{address}/delete").status_code == 303
    look(reviewer, address, 404)
    assert "list.csv" not in look(reviewer, "/en/imports")


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.csv", "The file is empty."), (b"x", "", "Choose a file first."),
        (b"Colour\nred\n", "a.csv", "No row of headings was found. The file starts with “Colour”."),
        (b"Name,Name\nX,Y\n", "a.csv", "More than one column means the same: Name."),
        (b"<b>\0", "<script>.csv", "This is no text file."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read(reviewer: FlaskClient, content: bytes, name: str, said: str) -> None:
    waiting = upload(reviewer, LARCH)
    answer = send(reviewer, content, name)
    assert answer.status_code == 422 and said in answer.text and waiting in answer.text


def test_a_file_that_is_too_large_is_not_even_taken_in(reviewer: FlaskClient) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        + b"x" * 6_000_000
        + b"\r\n--x--"
    )
    answer = reviewer.post("/en/imports", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413 and "larger than 5 megabytes" in answer.text


def test_names_and_cells_are_shown_as_text(reviewer: FlaskClient) -> None:
    content = file_of(LARCH.replace("Larch", "<script>alert(1)</script>"), FAULTY.replace("Atlantis", "<img src=x>"))
    address = send(reviewer, content, "../../<b>x</b>.csv").headers["Location"]
    page = look(reviewer, address)
    assert "<script>alert" not in page and "<img" not in page and "&lt;b&gt;x&lt;" not in page.partition("<title>")[0]


def test_many_rows_come_in_pages(reviewer: FlaskClient) -> None:
    rows = [f"{LARCH.replace('Larch', f'Larch {n:03}')}" for n in range(120)]
    address = upload(reviewer, *rows)
    assert "Larch 000" in look(reviewer, address) and "Larch 119" not in look(reviewer, address)
    assert "Larch 119" in look(reviewer, f"{address}?page=3")


# --- whose it is ------------------------------------------------------------------------------------------------------


def test_a_file_that_waits_is_its_senders_alone(
    app: Flask, reviewer: FlaskClient, make_user: MakeUser, sign_in: SignIn
) -> None:
    address, other = upload(reviewer, LARCH), sign_in(app.test_client(), make_user(role="administrator"))
    look(other, address, 404)
    assert address not in look(other, "/en/imports")
    for action in ("read", "choose", "accept", "delete", "undo"):
        assert other.post(f"{address}/{action}", data={"version": str(version(app))}).status_code == 404
    accept(reviewer, address)
    assert "1 added" in look(other, address) and address in look(other, "/en/imports")


@pytest.mark.parametrize("role", [AccountRole.OFFICER, AccountRole.ORGANISATION])
def test_only_reviewers_import(app: Flask, make_user: MakeUser, sign_in: SignIn, role: AccountRole) -> None:
    client = sign_in(app.test_client(), make_user(role=role))
    assert send(client, file_of(LARCH)).status_code == 403
    assert "/imports" not in client.get("/en/account").text


def test_a_form_without_the_token_is_refused(app: Flask, reviewer: FlaskClient) -> None:
    address, before = upload(reviewer, LARCH), counts(app)
    app.config["WTF_CSRF_ENABLED"] = True
    for target in ("/en/imports", f"{address}/accept", f"{address}/delete", f"{address}/undo", f"{address}/choose"):
        assert reviewer.post(target, data={"version": str(before[-1])}).status_code == 400
    assert counts(app) == before


def test_what_waits_too_long_is_let_go(app: Flask, reviewer: FlaskClient) -> None:
    address, done = upload(reviewer, LARCH), upload(reviewer, KINOVA)
    accept(reviewer, done)
    with app.app_context():
        db.session.execute(update(ImportDraft).values(created_at=now() - KEPT - timedelta(hours=1)))
        db.session.commit()
    look(reviewer, address, 404)
    assert "1 changed" in look(reviewer, done)
    upload(reviewer, FAULTY)
    with app.app_context():
        assert db.session.get(ImportDraft, uuid.UUID(address.rpartition("/")[2])) is None


# --- taking back ------------------------------------------------------------------------------------------------------


def test_an_import_can_be_taken_back(app: Flask, reviewer: FlaskClient) -> None:
    was = founded(app, "kinova")
    address = upload(reviewer, LARCH, KINOVA)
    accept(reviewer, address)
    before = version(app)
    assert reviewer.post(f"{address}/undo").status_code == 303
    assert "Everything is as it was before" in look(reviewer, address)
    assert (founded(app, "kinova"), founded(app, "larch-robotics-inc")) == (was, None)
    assert version(app) > before
    with app.app_context():
        numbers = db.session.scalars(select(Revision.number).where(Revision.entry_id == "kinova")).all()
        assert sorted(numbers) == [1, 2, 3]
        deleted = store.list_audit_events(db.session, "larch-robotics-inc")[-1]
        assert deleted[1] == "organisation.delete" and deleted[2]["document"]["founded"] == 2012
    assert reviewer.post(f"{address}/undo").status_code == 404
    # And once more, as if nothing had been.
    accept(reviewer, upload(reviewer, LARCH, KINOVA))
    assert (founded(app, "kinova"), founded(app, "larch-robotics-inc")) == (1999, 2012)


def test_what_somebody_has_changed_since_is_not_taken_back(app: Flask, reviewer: FlaskClient) -> None:
    address = upload(reviewer, LARCH, KINOVA)
    accept(reviewer, address)
    accept(reviewer, upload(reviewer, KINOVA.replace("1999", "2001")))
    before = counts(app)
    answer = reviewer.post(f"{address}/undo")
    assert answer.status_code == 409 and "changed again after the import" in answer.text
    assert "Kinova" in answer.text.partition("Nothing was taken back")[2].partition("</div>")[0]
    assert counts(app) == before and founded(app, "larch-robotics-inc") == 2012


def test_what_stands_on_a_shortlist_is_not_deleted(
    app: Flask, reviewer: FlaskClient, make_user: MakeUser, board: Board
) -> None:
    address, officer = upload(reviewer, LARCH), make_user()
    accept(reviewer, address)
    why = board.pair("kinova", "cyberdyne")
    snapshot = Snapshot.of(why, *board.parties(why), why.match.relation)
    with app.app_context():
        kept = desk.save_shortlist(db.session, officer, title="Secret", team_id=None)
        desk.save_new_item(
            db.session, officer, shortlist_id=kept, snapshot=snapshot, corpus_id="x", matcher_version="1"
        )
        db.session.execute(update(ShortlistItem).values(seeker_id="larch-robotics-inc"))
        db.session.commit()
    answer = reviewer.post(f"{address}/undo")
    assert answer.status_code == 409 and "stand on a shortlist" in answer.text and "Secret" not in answer.text
    assert founded(app, "larch-robotics-inc") == 2012


def test_the_new_data_reaches_the_matcher_in_the_background(
    app: Flask, reviewer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    accept(reviewer, address := upload(reviewer, LARCH))
    before = counts(app)[2]
    # Looking at the page is what starts it.
    assert "Search and rankings show the new data in a moment" in look(reviewer, address)
    boards: Boards = app.extensions["kakehashi.boards"]
    with boards._lock, app.app_context():
        assert "larch-robotics-inc" in boards.current().corpus.profiles
    assert counts(app)[2] - before == 2
    assert "in a moment" not in look(reviewer, address)


@pytest.mark.parametrize("lang", ["en", "fr", "ja"])
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_the_template_is_a_file_to_download(reviewer: FlaskClient, lang: str, file_format: str) -> None:
    answer = reviewer.get(f"/{lang}/imports/template.{file_format}")
    assert answer.status_code == 200 and f"kakehashi-{lang}.{file_format}" in answer.headers["Content-Disposition"]
    assert send(reviewer, answer.data, f"x.{file_format}").status_code == 303


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs ``kakehashi import`` on a file with these rows."""

    def command(*rows: str, options: str = "", content: bytes | None = None) -> tuple[int, str, str]:
        file = tmp_path / "list.csv"
        file.write_bytes(file_of(*rows) if content is None else content)
        code = cli.main(["import", str(file), *options.split()])
        return code, *capsys.readouterr()

    return command


@pytest.mark.usefixtures("no_encoder")
def test_command_imports_and_says_what(app: Flask, run: Callable[..., tuple[int, str, str]]) -> None:
    before = counts(app)
    code, out, _ = run(LARCH, KINOVA, options="--dry-run")
    assert code == 0 and "new: Larch Robotics Inc." in out and "→ 1999" in out and counts(app) == before
    code, out, _ = run(LARCH, KINOVA)
    assert code == 0 and "1 added, 1 changed" in out
    code, out, _ = run(LARCH, KINOVA, options="--json")
    answer = json.loads(out)
    assert (answer["added"], answer["changed"], answer["counts"]["unchanged"]) == (0, 0, 2)


@pytest.mark.usefixtures("no_encoder")
def test_command_leaves_everything_where_there_are_faults(app: Flask, run: Callable[..., tuple[int, str, str]]) -> None:
    before = counts(app)
    code, _, err = run(LARCH, FAULTY, MAYBE)
    assert code == 1 and "Country: “Atlantis” is not known here" in err and "[cyberdyne]" in err
    assert "2 rows to mend or decide; nothing was imported" in err and counts(app) == before
    code, out, _ = run(LARCH, FAULTY, MAYBE, options="--skip-faulty --json")
    answer = json.loads(out)
    assert code == 0 and answer["added"] == 1 and answer["rows"][1]["faults"][0]["column"] == "Country"


def test_what_a_command_imported_can_be_taken_back_on_the_page(
    app: Flask, reviewer: FlaskClient, run: Callable[..., tuple[int, str, str]]
) -> None:
    before = counts(app)[2]
    _, out, _ = run(LARCH)
    assert counts(app)[2] - before == 2
    address = re.search(r"/imports/[0-9a-f-]+", out)
    assert address
    look(reviewer, f"/en{address[0]}")
    assert reviewer.post(f"/en{address[0]}/undo").status_code == 303
    assert founded(app, "larch-robotics-inc") is None


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (b"", "", "list.csv: The file is empty."), (b"", "--lang fr", "list.csv"),
        (b"Name\nX\n", "--encoding latin-9", "there is no encoding 'latin-9'"),
    ],
)  # fmt: skip
def test_command_refuses_with_one_clear_message(
    run: Callable[..., tuple[int, str, str]], content: bytes, options: str, said: str
) -> None:
    code, out, err = run(content=content, options=options)
    assert code == 1 and err.startswith("error: ") and said in err and not out


@pytest.mark.usefixtures("app")
def test_command_names_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["import", "nowhere.csv"]) == 1
    assert "cannot read nowhere.csv" in capsys.readouterr().err


def test_an_entry_as_it_was_before_is_saved_as_it_was(app: Flask, reviewer: FlaskClient) -> None:
    """Undoing goes through the documents of revisions: none of their fields may get lost."""
    with app.app_context():
        before = db.session.get_one(Entry, "kinova").document
        assert profile_document(parse_profile(before, complete=False)) == before
    address = upload(reviewer, KINOVA)
    accept(reviewer, address)
    reviewer.post(f"{address}/undo")
    with app.app_context():
        assert db.session.get_one(Entry, "kinova").document == before


# --- what organisations keep themselves -------------------------------------------------------------------------------


def keep(app: Flask, owner: Account, entry_id: str) -> None:
    """Puts an organisation into its own hands, as it stands."""
    with app.app_context():
        profile = submissions.get_entry_profile(db.session, entry_id=entry_id)
        begun = submissions.save_new_submission(
            db.session, owner_id=owner.id, document=profile_document(profile), entry_id=entry_id
        )
        sent = submissions.save_submitted(db.session, owner_id=owner.id, version=begun.version)
        submissions.save_published(
            db.session, submission_id=sent.id, version=sent.version, actor="reviewer", profile=profile,
            day=date(2026, 5, 1),
        )  # fmt: skip
        db.session.commit()


def test_a_kept_organisation_is_left_alone_unless_one_insists(
    app: Flask, reviewer: FlaskClient, make_user: MakeUser
) -> None:
    keep(app, make_user(role="organisation"), "kinova")
    before = founded(app, "kinova")
    address = upload(reviewer, KINOVA, LARCH)
    page = look(reviewer, address)
    assert "This organisation keeps its profile itself" in page and "Accept 1 organisation" in page
    assert reviewer.post(f"{address}/choose", data={"row-2": "insist:kinova"}).status_code == 303
    assert "Accept 2 organisations" in look(reviewer, address)
    assert reviewer.post(f"{address}/choose", data={"row-2": ""}).status_code == 303
    assert "Accept 1 organisation" in look(reviewer, address)
    assert founded(app, "kinova") == before
    reviewer.post(f"{address}/choose", data={"row-2": "insist:kinova"})
    assert accept(reviewer, address).status_code == 303
    assert founded(app, "kinova") == 1999


def test_an_import_is_not_undone_under_an_organisation_that_took_its_profile_over(
    app: Flask, reviewer: FlaskClient, make_user: MakeUser
) -> None:
    address = upload(reviewer, LARCH)
    accept(reviewer, address)
    keep(app, make_user(role="organisation"), "larch-robotics-inc")
    assert reviewer.post(f"{address}/undo").status_code == 409
    assert founded(app, "larch-robotics-inc") == 2012
