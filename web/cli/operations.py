"""Commands that keep an installation: backup and restore."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matcher.__main__ import Refused, add_json, print_json


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Registers the commands."""
    backup = commands.add_parser("backup", help="write the whole database to one file, while a server may run")
    backup.add_argument("file", type=Path, help="a new file, such as kakehashi-2026-01-31.zip; only you can read it")
    add_json(backup)
    backup.set_defaults(run=_backup)

    restore = commands.add_parser("restore", help="put a backup in the place of the database, all or nothing")
    restore.add_argument("file", type=Path, help="what `kakehashi backup` wrote, on SQLite or on PostgreSQL")
    restore.add_argument("--replace", action="store_true", help="give up all that the database holds")
    add_json(restore)
    restore.set_defaults(run=_restore)


def _backup(args: argparse.Namespace) -> None:
    from web import backups
    from web.cli import _progress_bar
    from web.extensions import db

    with _refusing(), _progress_bar("rows") as progress:
        manifest = backups.save_backup(db.session, args.file, progress)
    rows = sum(manifest.rows.values())
    answer = {"file": str(args.file), "bytes": args.file.stat().st_size, **_told(manifest)}
    _answer(args, answer, f"{rows} rows of {len(manifest.rows)} tables in {args.file}")


def _restore(args: argparse.Namespace) -> None:
    from web import backups
    from web.cli import _progress_bar
    from web.extensions import db

    with _refusing():
        manifest = backups.read_manifest(args.file)
        with _progress_bar("rows", sum(manifest.rows.values())) as progress:
            counts = backups.restore_backup(db.session, args.file, manifest, progress, replaces=args.replace)
    answer = {"file": str(args.file), **_told(manifest), "restored": counts}
    what = f"the state of {manifest.made_at} is back: {sum(counts.values())} rows of {len(counts)} tables"
    _answer(args, answer, what)


@contextmanager
def _refusing() -> Iterator[None]:
    """An application context whose expected failures become one clear message each."""
    from web import backups, create_app, store
    from web.cli import NotReady
    from web.extensions import db

    with create_app(needs_secret=False).app_context():
        try:
            yield
        except backups.Unusable as error:
            raise Refused(str(error)) from error
        except store.DatabaseNotReady as error:
            raise NotReady(f"no usable database ({error}); run: kakehashi db upgrade") from error
        except OSError as error:
            raise Refused(f"{error.strerror}: {error.filename}") from error
        finally:
            db.session.close()
            db.engine.dispose()


def _told(manifest: Any) -> dict[str, object]:
    names = ("application", "migration", "corpus_version", "made_at", "sha256", "rows")
    return {name: getattr(manifest, name) for name in names}


def _answer(args: argparse.Namespace, answer: dict[str, object], text: str) -> None:
    print_json(answer) if args.json else print(text)
