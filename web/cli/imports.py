"""``kakehashi import``: organisations from a spreadsheet or JSON Lines, with the same preview as the page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.__main__ import Refused, add_json, add_lang, print_json

if TYPE_CHECKING:
    from web.imports.draft import Line, Preview
    from web.store.imports import Head

_ACTOR = "kakehashi import"


def add(commands: Any) -> None:
    """Registers the command."""
    one: argparse.ArgumentParser = commands.add_parser(
        "import", help="add or change organisations from a CSV, XLSX or JSON Lines file"
    )
    one.add_argument("file", type=Path)
    one.add_argument("--dry-run", action="store_true", help="say what the file would change, and change nothing")
    one.add_argument("--skip-faulty", action="store_true", help="take the other rows where some have faults")
    one.add_argument("--encoding", default="", help="utf-8-sig, utf-16, cp932 or cp1252 (default: recognised)")
    add_lang(one)
    add_json(one)
    one.set_defaults(run=_import)


def _import(args: argparse.Namespace) -> None:
    from flask_babel import force_locale

    from web import i18n
    from web.cli import _application, _progress_bar
    from web.extensions import db
    from web.i18n import imports as words
    from web.imports.draft import current_known, preview
    from web.imports.tables import COMMAND, Unreadable
    from web.store import imports

    with _application(fitted=False), force_locale(i18n.LOCALES[args.lang]):
        try:
            table = _read(args)
            with _progress_bar("rows looked at", len(table.rows) + len(table.documents)) as progress:
                shown = preview(table, current_known(), limits=COMMAND, progress=progress)
        except Unreadable as error:
            raise Refused(f"{args.file.name}: {words.refusal_words(error.code, error.values)}") from error
        faults = sum(shown.counts[state] for state in shown.counts if state.value in {"faulty", "undecided"})
        is_taken = not args.dry_run and (not faults or args.skip_faulty)
        head = None
        if is_taken and shown.profiles:
            made = imports.save_draft(db.session, None, file_name=args.file.name, rows={})
            head = _accept(shown, made)
        _report(args, shown, head)
        if faults and not args.skip_faulty:
            raise Refused(
                f"{faults} row{'s' * (faults > 1)} to mend or decide; "
                + ("nothing would be imported" if args.dry_run else "nothing was imported")
                + " (--skip-faulty takes the others)"
            )


def _read(args: argparse.Namespace) -> Any:
    from web.imports import columns
    from web.imports.tables import COMMAND, ENCODINGS, Unreadable, read

    if args.encoding and args.encoding not in ENCODINGS:
        raise Refused(f"there is no encoding '{args.encoding}'; choose {', '.join(ENCODINGS)}")
    try:
        if args.file.stat().st_size > COMMAND.megabytes * 1024 * 1024:
            raise Unreadable("too_large", most=COMMAND.megabytes)
        content = args.file.read_bytes()
    except OSError as error:
        raise Refused(f"cannot read {args.file}: {error.strerror}") from error
    return read(content, encoding=args.encoding, is_header=columns.is_header, limits=COMMAND)


def _accept(shown: Preview, import_id: Any) -> Head:
    from matcher.corpus import Corpus
    from web import store
    from web.cli import _progress_bar
    from web.extensions import db
    from web.matching import encode_corpus
    from web.store import imports

    try:
        with _progress_bar("texts encoded") as progress:
            fresh = encode_corpus(Corpus(shown.profiles), progress)
        head = imports.save_accepted(db.session, import_id, shown.profiles, version=shown.version, actor=_ACTOR)
        store.save_vectors(db.session, fresh)
        db.session.commit()
    except store.Outdated as error:
        raise Refused("the data has changed in the meantime; nothing was imported, run the command again") from error
    return head


def _report(args: argparse.Namespace, shown: Preview, head: Head | None) -> None:
    from web.i18n import imports as words

    counts = {state.value: count for state, count in shown.counts.items()}
    if args.json:
        print_json(
            {
                "counts": counts,
                "imported": str(head.id) if head else None,
                "added": len(head.added) if head else 0,
                "changed": len(head.changed) if head else 0,
                "rows": [_plain(line) for line in shown.lines],
            }
        )
        return
    for line in shown.lines:
        _print(line, args.lang)
    print(", ".join(f"{count} {words.ROW_STATES[state]}" for state, count in counts.items() if count) or "0")
    if head:
        print(f"{len(head.added)} added, {len(head.changed)} changed; to take it back: /imports/{head.id}")


def _print(line: Line, lang: str) -> None:
    from web.i18n import imports as words
    from web.imports.columns import heading

    if line.state.value == "unchanged":
        return
    stream = sys.stderr if line.state.value in {"faulty", "undecided"} else sys.stdout
    print(f"{line.number:6}  {words.ROW_STATES[line.state]}: {line.name}", file=stream)
    for fault in line.faults:
        text = words.fault_words(fault.key, fault.code, fault.detail, fault.value)
        print(f"        {fault.place + ': ' if fault.place else ''}{text}", file=stream)
    for change in line.changes:
        print(f"        {heading(change.column, lang)}: {change.old or '–'} → {change.new or '–'}", file=stream)
    for profile, candidate in line.candidates:
        reasons = words.likeness_words(candidate.reasons)
        print(f"        {profile.name(lang)} [{profile.id}]: {reasons}", file=stream)
    if line.candidates:
        print(f"        {words.DECIDE}", file=stream)


def _plain(line: Line) -> dict[str, object]:
    return {
        "row": line.number,
        "state": line.state.value,
        "name": line.name,
        "id": line.profile.id if line.profile else None,
        "changes": [{"field": _path(c.column), "old": c.old, "new": c.new} for c in line.changes],
        "faults": [{"column": f.place, "code": f.code, "detail": f.detail, "value": f.value} for f in line.faults],
        "candidates": [{"id": p.id, "reasons": [str(r) for r in c.reasons]} for p, c in line.candidates],
    }


def _path(column: Any) -> str:
    return " ".join(str(part) for part in (column.key, column.number or "", column.part) if part)
