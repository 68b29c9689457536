"""``kakehashi interests remind``, and ``kakehashi verify`` of a certificate of interest."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import Any

from matcher.__main__ import Refused, add_json, print_json


def add(commands: Any) -> None:
    """Adds the commands."""
    interests = commands.add_parser("interests", help="expressions of interest").add_subparsers(
        required=True, metavar="COMMAND"
    )
    remind = interests.add_parser("remind", help="remind whoever keeps others waiting; run it once a day")
    remind.add_argument("--dry-run", action="store_true", help="say what would be mailed, and change nothing")
    add_json(remind)
    remind.set_defaults(run=_remind)


def _remind(args: argparse.Namespace) -> None:
    from datetime import UTC, datetime

    from web.cli import signing_settings, stored_corpus
    from web.extensions import db
    from web.interests import remind

    signing_settings()
    with stored_corpus():
        report = remind(db.session, at=datetime.now(UTC), is_rehearsal=args.dry_run)
    if args.json:
        print_json(asdict(report))
    else:
        for told in report.told:
            print(f"{told.email}: {told.news}")
        mails = f"{len(report.told)} mail{'s' * (len(report.told) != 1)}"
        print(f"{mails} {'would be queued' if args.dry_run else 'queued'}")
    for interest_id in report.failed:
        print(f"error: no mail about the interest {interest_id}: the log says why", file=sys.stderr)
    if report.failed:
        raise Refused(f"{len(report.failed)} interests left; the next run tries again")


def check_certificate(args: argparse.Namespace) -> None:
    """Whether a certificate with this reference number and check code was given out, and what it says."""
    from web.cli import stored_corpus
    from web.extensions import db
    from web.store import interests

    reference = str(args.file).strip().upper()
    with stored_corpus():
        certified = interests.find_certified(db.session, reference=reference)
    code = args.code.replace("-", "").replace(" ", "").lower()
    if certified is None or interests.check_code(certified) != code:
        # The same words for both: a wrong code must not tell that there is such a number.
        raise Refused(f"no certificate {reference} with this code was given out")
    if args.json:
        print_json({"certificate": dict(certified), "valid": True})
        return
    print(f"{reference} was given out")
    print(f"  expressed by: {certified['from']['en']}, on {certified['expressed_on']}")
    print(f"  accepted by:  {certified['to']['en']}, on {certified['accepted_on']}")
    print(f"  relation:     {certified['relation']}")
