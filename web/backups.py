"""Backups: the whole database in one file, from SQLite or PostgreSQL, for either.

A backup is a ZIP archive with a file of JSON lines for each table, and ``manifest.json``: what made it, at which
migration, how many rows each table has, and the SHA-256 of all lines in the order of the tables. It holds all that the
database does, so only its owner may read it. The secret key is not in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812 - an error of that library

from web import store
from web.store import archive, schema
from web.store.archive import Column, Table

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_FORMAT: Final = 1
_MANIFEST: Final = "manifest.json"
_DAMAGED: Final = (BadZipFile, ZlibError, EOFError, KeyError, TypeError, ValueError, OSError)

Progress = Callable[[int], object]


class Unusable(RuntimeError):
    """A backup cannot be made or restored; the message says why, and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    application: str
    migration: str
    corpus_version: int
    made_at: str
    sha256: str
    rows: dict[str, int]
    tables: tuple[Table, ...]

    @classmethod
    def read(cls, document: dict[str, Any]) -> Self:
        """The manifest from its JSON."""
        tables = tuple(Table(t["name"], tuple(Column(**c) for c in t["columns"])) for t in document["tables"])
        return cls(**document | {"tables": tables})


def save_backup(session: Session, path: Path, progress: Progress) -> Manifest:
    """Writes all that the database holds at this moment; servers go on. The file is there whole or not at all."""
    if path.exists():
        raise Unusable(f"{path} is there already; choose another name")
    with archive.snapshot(session):
        _check_current(schema.find_migration(session))
        with _partial(path) as file, ZipFile(file, "w", ZIP_DEFLATED) as target:
            manifest = _write(session, target, progress)
            target.writestr(_MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
    return manifest


def read_manifest(path: Path) -> Manifest:
    """What a backup says of itself, once it is known to be whole, and of a release that this one understands."""
    try:
        with ZipFile(path) as source:
            document = json.loads(source.read(_MANIFEST))
            if document["format"] != _FORMAT or document["migration"] > schema.latest():
                raise Unusable(
                    f"{path} was made by Kakehashi {document['application']} (migration {document['migration']}); "
                    f"this is {version('kakehashi')} (migration {schema.latest()}): restore it with that release"
                )
            manifest = Manifest.read(document)
            digest = hashlib.sha256()
            for table in manifest.tables:
                for line in source.open(_name(table)):
                    digest.update(line)
    except FileNotFoundError as error:
        raise Unusable(f"there is no file {path}") from error
    except _DAMAGED as error:
        raise Unusable(f"{path} is no backup, or it is damaged ({type(error).__name__})") from error
    if digest.hexdigest() != manifest.sha256:
        raise Unusable(f"{path} is damaged: its content is not what the manifest says")
    return manifest


def restore_backup(
    session: Session, path: Path, manifest: Manifest, progress: Progress, *, replaces: bool
) -> dict[str, int]:
    """Puts a backup in the place of the database, all or nothing, and returns how many rows each table has then."""
    if not replaces and archive.has_rows(session):
        raise Unusable("the database is not empty; with --replace the backup takes the place of all that it holds")
    try:
        with ZipFile(path) as source:
            rows = ((table, _counted(source.open(_name(table)), progress)) for table in manifest.tables)
            archive.replace_all(session, manifest.migration, rows, source=f"{path.name}, made at {manifest.made_at}")
    except archive.Unfit as error:
        raise Unusable(f"the backup cannot be restored here: {error}; nothing was changed") from error
    except archive.Busy as error:
        raise Unusable("others kept the database busy; nothing was changed; stop the server and try again") from error
    return archive.count_rows(session)


def _check_current(migration: str) -> None:
    if not migration:
        raise store.DatabaseNotReady("it has no tables")
    if migration != schema.latest():
        what = "back up with that release" if migration > schema.latest() else "run: kakehashi db upgrade"
        raise Unusable(
            f"the database is as another release left it, at migration {migration}, and this one wants "
            f"{schema.latest()}: {what}"
        )


def _write(session: Session, target: ZipFile, progress: Progress) -> Manifest:
    digest, tables, counts = hashlib.sha256(), archive.tables(), dict[str, int]()
    for table in tables:
        counts[table.name] = 0
        with target.open(_name(table), "w", force_zip64=True) as lines:
            for line in archive.list_rows(session, table):
                lines.write(line)
                digest.update(line)
                counts[table.name] += 1
                progress(1)
    return Manifest(
        format=_FORMAT, application=version("kakehashi"), migration=schema.latest(),
        corpus_version=store.find_corpus_version(session), made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        sha256=digest.hexdigest(), rows=counts, tables=tables,
    )  # fmt: skip


def _name(table: Table) -> str:
    return f"{table.name}.jsonl"


def _counted(lines: Any, progress: Progress) -> Iterator[bytes]:
    for line in lines:
        yield line
        progress(1)


@contextmanager
def _partial(path: Path) -> Iterator[Any]:
    """A file for its owner's eyes under a name of its own, which gets its real name once all of it is on the disk."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    finally:
        partial.unlink(missing_ok=True)
