"""``kakehashi listings``: reminders before a profile's year ends, and the end of those whose year is over."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from matcher.__main__ import add_json, print_json
from web.cli import _application, signing_settings

if TYPE_CHECKING:
    from web.submission_letters import Report


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Registers the commands."""
    listings = commands.add_parser("listings", help="profiles that organisations keep themselves").add_subparsers(
        required=True, metavar="COMMAND"
    )
    run = listings.add_parser(
        "run", help="mail reminders that are due, and end listings whose year is over; once a day"
    )
    run.add_argument("--dry-run", action="store_true", help="say what would be mailed, and change nothing")
    add_json(run)
    run.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from datetime import UTC, datetime

    from web import submission_letters
    from web.extensions import db

    with _application(signing_settings(), fitted=False):
        report = submission_letters.remind(db.session, day=datetime.now(UTC).date(), is_rehearsal=args.dry_run)
        db.session.commit()
    if args.json:
        print_json(asdict(report))
    else:
        _print(report, is_rehearsal=args.dry_run)


def _print(report: Report, *, is_rehearsal: bool) -> None:
    for told in report.told:
        print(f"{told.email}: {told.entry_id}, {told.days_left} days left")
    verb = "would be queued" if is_rehearsal else "queued"
    ended = f"{len(report.expired)} listings {'would end' if is_rehearsal else 'ended'}"
    print(f"{len(report.told)} mails {verb}, {report.silent} held back; {ended}")
