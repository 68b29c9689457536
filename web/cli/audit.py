"""``kakehashi audit list`` and ``audit export``: who did what."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.__main__ import Refused, add_json, print_json

if TYPE_CHECKING:
    from web.store.audit import Wanted

_ACTOR = "kakehashi audit"
_MOST = 50


def add(commands: Any) -> None:
    """Adds the commands."""
    audit = commands.add_parser("audit", help="who did what").add_subparsers(required=True, metavar="COMMAND")

    listing = audit.add_parser("list", help="the newest entries")
    _add_filter(listing)
    listing.add_argument("--most", type=int, default=_MOST, metavar="N", help=f"how many (default: {_MOST})")
    add_json(listing)
    listing.set_defaults(run=_list)

    export = audit.add_parser("export", help="write every entry that passes the filter to a file; that is audited too")
    export.add_argument("output", type=Path, help="a name ending in .csv or .jsonl")
    _add_filter(export)
    add_json(export)
    export.set_defaults(run=_export)


def _add_filter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--actor", default="", help="name, mail address or id of a person, or the name of a command")
    parser.add_argument("--action", default="", help="such as account.role")
    parser.add_argument("--subject", default="", help="the id of what it was done to")
    parser.add_argument("--since", type=date.fromisoformat, metavar="DAY", help="from this day on, as 2026-01-31")
    parser.add_argument("--until", type=date.fromisoformat, metavar="DAY", help="to this day")


def _wanted(args: argparse.Namespace) -> Wanted:
    from web.store.audit import Wanted

    if args.since and args.until and args.until < args.since:
        raise Refused("--until is before --since")
    return Wanted(args.actor, args.action, args.subject, args.since, args.until)


def _list(args: argparse.Namespace) -> None:
    from web.cli import stored_corpus
    from web.exports.audit import record_of
    from web.extensions import db
    from web.store import audit

    wanted = _wanted(args)
    with stored_corpus():
        events = audit.list_events(db.session, wanted, most=max(args.most, 1))
    if args.json:
        print_json([record_of(event) for event in events])
        return
    for event in events:
        who = event.names.get(event.actor) or event.actor
        print(
            f"{event.happened_at:%Y-%m-%d %H:%M:%S}  {who}  {event.action}  {event.subject}  {dict(event.detail) or ''}"
        )


def _export(args: argparse.Namespace) -> None:
    from web.cli import stored_corpus
    from web.exports.audit import write
    from web.extensions import db
    from web.forms.audit import FORMATS
    from web.store import audit

    wanted, file_format = _wanted(args), args.output.suffix.removeprefix(".")
    if file_format not in FORMATS:
        raise Refused(f"'{args.output.name}' must end in .csv or .jsonl")
    count = 0
    with stored_corpus():
        audit.save_export(db.session, wanted, file_format=file_format, actor=_ACTOR)
        db.session.commit()
        with args.output.open("w", encoding="utf-8", newline="") as file:
            for line in write(audit.iterate_events(db.session, wanted), file_format):
                count += 1
                file.write(line)
    records = count - (file_format == "csv")
    if args.json:
        print_json({"records": records, "output": str(args.output)})
    else:
        print(f"{records} records in {args.output}")
