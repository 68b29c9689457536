"""Backup and restore: complete, private, between databases of both kinds, and consistent while others write."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import count, takewhile
from pathlib import Path
from typing import Any, Self

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from matcher.corpus import Corpus
from tests import postgres
from tests.web.writing import faults, keep, make_officer, profiles, toy_board, written_app
from web import backups, cli, create_app, store
from web.backups import Manifest
from web.config import Settings
from web.extensions import db
from web.models import AuditEvent, ImportDraft, Letter, Model
from web.store import archive, schema

pytestmark = pytest.mark.once

KINDS = ["sqlite", "postgresql"]
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def new_url(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Makes the address of an empty database of a kind."""
    numbers = count()

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / f'{next(numbers)}.db'}"
        server: postgres.Server = request.getfixturevalue("postgresql")
        return server.new()

    return make


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, new_url: Callable[[str], str]) -> str:
    """A database with tables."""
    made = new_url(request.param)
    schema.upgrade(made)
    return made


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """An application on a database; with organisations where it is ``written``."""
    made: list[Flask] = []

    def make(url: str, *, written: bool = False) -> Flask:
        settings = Settings(instance_folder=tmp_path, database_url=url)
        made.append(written_app(settings) if written else create_app(settings))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on a database."""
    monkeypatch.setenv("KAKEHASHI_INSTANCE_FOLDER", str(tmp_path))

    def call(url: str, *arguments: object) -> tuple[int, str]:
        monkeypatch.setenv("KAKEHASHI_DATABASE_URL", url)
        capsys.readouterr()
        code = cli.main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return code, captured.out or captured.err

    return call


def content(app: Flask) -> dict[str, list[bytes]]:
    """All rows, as an archive writes them."""
    with app.app_context():
        return {table.name: list(archive.list_rows(db.session, table)) for table in archive.tables()}


def fill(app: Flask) -> None:
    """One of everything that is easily lost: bytes, a time with its fractions, other alphabets, nested JSON."""
    with app.app_context():
        officer = make_officer(db.session, "橋本")
        keep(db.session, officer, toy_board(), "Québec–東京 “quoted”\n\\")
        at = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
        db.session.add(
            ImportDraft(
                owner_id=officer.id, file_name="a.csv", content=bytes(range(256)), rows={"a": [None, 1.5, "é"]},
                choices={}, corpus_version=1, result=[], created_at=at,
            )
        )  # fmt: skip
        db.session.add(Letter(recipient="a@example.com", subject="x", body="y", sent_at=at, created_at=at))
        db.session.commit()


@pytest.mark.parametrize("other", KINDS)
def test_what_one_database_held_another_holds(
    url: str, other: str, new_url: Callable[[str], str], make_app: Callable[..., Flask], run: Run, tmp_path: Path
) -> None:
    app, path, target = make_app(url, written=True), tmp_path / "b.zip", new_url(other)
    fill(app)
    code, said = run(url, "backup", path, "--json")
    made = json.loads(said)
    assert code == 0 and made["migration"] == schema.latest() and made["corpus_version"] == 1
    assert made["rows"]["shortlist_item"] == 1 and made["bytes"] == path.stat().st_size
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    code, said = run(target, "restore", path, "--json")
    assert code == 0 and json.loads(said)["restored"]["entry"] == 4
    before, after = content(app), content(make_app(target))
    # Every server fits its matcher again, and the audit log says why.
    assert before.pop("corpus_state") == [b"[1,1]\n"] and after.pop("corpus_state") == [b"[1,2]\n"]
    last = json.loads(after["audit_event"].pop())
    assert last[3] == "database.restore" and last[5]["source"].startswith("b.zip, made at ")
    assert after == before
    with make_app(target).app_context():
        assert faults(db.session) == []
        # New rows are numbered after the restored ones.
        store.save_corpus(db.session, Corpus(profiles(3), []), actor="test")
        db.session.commit()
        assert faults(db.session) == []


class Writers:
    """Three officers and a loader who write all the time."""

    def __init__(self, app: Flask) -> None:
        self._app, self._board, self._stop = app, toy_board(), threading.Event()
        self._written, self._failed = [0] * 4, list[BaseException]()
        self._threads = [threading.Thread(target=self._keep_writing, args=(number,)) for number in range(4)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert not self._failed

    def wait(self) -> None:
        """Until each has written once more."""
        seen = list(self._written)
        while any(now == then for now, then in zip(self._written, seen, strict=True)):
            assert not self._failed
            self._stop.wait(0.01)

    def _keep_writing(self, number: int) -> None:
        try:
            with self._app.app_context():
                # The pauses are for the others: SQLite does not let whoever waits longest go first.
                for turn in takewhile(lambda _: not self._stop.wait(0.005), count()):
                    self._write(number, turn)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self._failed.append(error)

    def _write(self, number: int, turn: int) -> None:
        try:
            self._load(turn) if not number else self._keep(number, turn)
            db.session.commit()
            self._written[number] += 1
        except OperationalError:
            # It waited too long for the others, as on a slow machine it may; nothing was confirmed.
            db.session.rollback()

    def _load(self, turn: int) -> None:
        changed = Corpus(profiles(2, capability=f"Makes robotic arms of kind {turn}."), [])
        store.save_corpus(db.session, changed, actor="test")

    def _keep(self, number: int, turn: int) -> None:
        # Somebody new each time: nobody may make many shortlists.
        keep(db.session, make_officer(db.session, f"officer{number}.{turn}"), self._board, f"list {number}.{turn}")


def test_a_backup_under_load_is_of_one_moment(
    url: str, new_url: Callable[[str], str], make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    app = make_app(url, written=True)
    made: list[tuple[Path, Manifest]] = []
    with Writers(app) as writers, app.app_context():
        for number in range(3):
            writers.wait()
            path = tmp_path / f"{number}.zip"
            made.append((path, backups.save_backup(db.session, path, lambda _: None)))
    assert made[0][1].rows["shortlist"] < made[2][1].rows["shortlist"]
    for path, manifest in made:
        with make_app(new_url("sqlite")).app_context():
            assert backups.read_manifest(path) == manifest
            counts = backups.restore_backup(db.session, path, manifest, lambda _: None, replaces=False)
            assert counts == manifest.rows | {"audit_event": manifest.rows["audit_event"] + 1}
            assert faults(db.session) == []


def test_a_restore_under_a_server_is_seen_whole(url: str, make_app: Callable[..., Flask], tmp_path: Path) -> None:
    app, path, stop = make_app(url, written=True), tmp_path / "b.zip", threading.Event()
    fill(app)
    with app.app_context():
        manifest = backups.save_backup(db.session, path, lambda _: None)
        keep(db.session, make_officer(db.session, "later"), toy_board(), "later")
        db.session.commit()
        version = store.find_corpus_version(db.session)
    seen, failed = set[int](), list[BaseException]()

    def read() -> None:
        try:
            with app.app_context():
                while not stop.is_set():
                    seen.add(len(list(db.session.execute(text("SELECT id FROM shortlist")))))
                    db.session.rollback()
        except BaseException as error:  # noqa: BLE001 - raised again where pytest sees it
            failed.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    with app.app_context():
        backups.restore_backup(db.session, path, manifest, lambda _: None, replaces=True)
    stop.set()
    reader.join()
    assert not failed and seen <= {2, 1}
    with app.app_context():
        assert store.find_corpus_version(db.session) == version + 1
        assert faults(db.session) == []


def test_a_database_that_holds_something_stays_unless_told(
    url: str, make_app: Callable[..., Flask], run: Run, tmp_path: Path
) -> None:
    app = make_app(url, written=True)
    assert run(url, "backup", tmp_path / "b.zip")[0] == 0
    before = content(app)
    code, said = run(url, "restore", tmp_path / "b.zip")
    assert code == 1 and "--replace" in said and content(app) == before
    assert run(url, "restore", tmp_path / "b.zip", "--replace")[0] == 0


def test_an_older_backup_is_brought_up_to_date(
    url: str, new_url: Callable[[str], str], make_app: Callable[..., Flask], run: Run, tmp_path: Path
) -> None:
    """A backup as the release made it that knew no judgements and nothing later."""
    make_app(url, written=True)
    run(url, "backup", tmp_path / "new.zip")
    older = new_url("sqlite")
    schema.upgrade(older, "0006")
    with make_app(older).app_context():
        known = set(db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
    with zipfile.ZipFile(tmp_path / "new.zip") as new, zipfile.ZipFile(tmp_path / "old.zip", "w") as old:
        manifest = json.loads(new.read("manifest.json"))
        gone = [t["name"] for t in manifest["tables"] if t["name"] not in known]
        assert gone
        manifest["tables"] = [t for t in manifest["tables"] if t["name"] in known]
        manifest["migration"] = "0006"
        for table in manifest["tables"]:
            old.writestr(f"{table['name']}.jsonl", new.read(f"{table['name']}.jsonl"))
        old.writestr("manifest.json", json.dumps(manifest))
    code, said = run(url, "restore", tmp_path / "old.zip", "--replace", "--json")
    assert code == 0, said
    assert json.loads(said)["restored"]["entry"] == 4
    with make_app(url).app_context():
        assert schema.find_migration(db.session) == schema.latest() and faults(db.session) == []


def _spoil(path: Path, how: str) -> None:
    if how == "cut":
        path.write_bytes(path.read_bytes()[:-200])
        return
    if how == "text":
        path.write_text("no archive")
        return
    with zipfile.ZipFile(path) as archive_:
        files = {name: archive_.read(name) for name in archive_.namelist()}
    manifest = json.loads(files["manifest.json"])
    if how == "newer":
        manifest |= {"migration": "9999", "application": "9.0"}
    elif how == "changed":
        files["entry.jsonl"] = files["entry.jsonl"].replace(b"wheelchairs", b"wheelbarrow")
    elif how == "orphan":
        files["revision.jsonl"] = files["revision.jsonl"].replace(b'"ca1"', b'"ca9"', 1)
        lines = b"".join(files[f"{t['name']}.jsonl"] for t in manifest["tables"])
        manifest["sha256"] = hashlib.sha256(lines).hexdigest()
    files["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as archive_:
        for name, data in files.items():
            archive_.writestr(name, data)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("cut", "no backup, or it is damaged"),
        ("text", "no backup, or it is damaged"),
        ("newer", "made by Kakehashi 9.0 (migration 9999)"),
        ("changed", "its content is not what the manifest says"),
        ("orphan", "revision"),
    ],
)
def test_what_is_no_good_backup_changes_nothing(
    url: str, make_app: Callable[..., Flask], run: Run, tmp_path: Path, how: str, why: str
) -> None:
    app, path = make_app(url, written=True), tmp_path / "b.zip"
    run(url, "backup", path)
    before = content(app)
    _spoil(path, how)
    code, said = run(url, "restore", path, "--replace")
    assert code == 1 and why in said
    assert content(app) == before
    assert not list(tmp_path.glob("*.restoring*"))


def test_a_backup_names_what_stands_in_its_way(run: Run, new_url: Callable[[str], str], tmp_path: Path) -> None:
    url = new_url("sqlite")
    assert run(url, "backup", tmp_path / "b.zip")[0] == 3
    schema.upgrade(url, "0006")
    code, said = run(url, "backup", tmp_path / "b.zip")
    assert code == 1, said
    assert "migration 0006" in said and "kakehashi db upgrade" in said
    schema.upgrade(url)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
        file.commit()
        code, said = run(url, "backup", tmp_path / "b.zip")
        assert code == 1 and "migration 9999" in said and "with that release" in said
        code, said = run(url, "db", "upgrade")
        assert code == 1 and "a later release" in said
        file.execute("UPDATE alembic_version SET version_num = ?", [schema.latest()])
        file.commit()
    code, said = run(url, "backup", tmp_path / "nowhere" / "b.zip")
    assert code == 1 and "nowhere" in said
    (tmp_path / "b.zip").write_text("precious")
    assert run(url, "backup", tmp_path / "b.zip")[0] == 1
    assert (tmp_path / "b.zip").read_text() == "precious"
    assert run(url, "restore", tmp_path / "c.zip") == (1, f"error: there is no file {tmp_path / 'c.zip'}\n")
    assert not list(tmp_path.glob(".*.partial"))


def test_a_failing_backup_leaves_no_file(
    url: str, make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Iterator[bytes]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "list_rows", fail)
    with make_app(url).app_context(), pytest.raises(OSError, match="No space"):
        backups.save_backup(db.session, tmp_path / "b.zip", lambda _: None)
    assert not list(tmp_path.glob("*.zip")) and not list(tmp_path.glob(".*"))


def test_every_column_can_be_kept() -> None:
    # A type that an archive does not know would stop every backup.
    assert {table.name for table in archive.tables()} == set(Model.metadata.tables)


def test_the_audit_log_goes_on_where_it_ended(
    url: str, make_app: Callable[..., Flask], run: Run, tmp_path: Path
) -> None:
    app = make_app(url, written=True)
    run(url, "backup", tmp_path / "b.zip")
    run(url, "restore", tmp_path / "b.zip", "--replace")
    with app.app_context():
        ids = list(db.session.scalars(select(AuditEvent.id).order_by(AuditEvent.id)))
    assert ids == list(range(1, len(ids) + 1))
