"""``kakehashi import-registry``: organisations from a dump of the Research Organization Registry."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from matcher.__main__ import Refused, add_json, print_json
from matcher.profile import Country

if TYPE_CHECKING:
    from web.imports.registry import Plan

_ACTOR: Final = "kakehashi import-registry"
_SHOWN: Final = 20


def add(commands: Any) -> None:
    """Adds the command."""
    registry = commands.add_parser(
        "import-registry", help="add or enrich organisations from a dump of the Research Organization Registry (v2)"
    )
    registry.add_argument("file", type=Path, help="the registry's .zip or .json, or .jsonl, .jsonl.gz")
    registry.add_argument("--country", type=Country, choices=list(Country), help="only organisations of this country")
    registry.add_argument(
        "--read-on", type=date.fromisoformat, metavar="YYYY-MM-DD",
        help="the day the dump is of (default: the day each record was last modified)",
    )  # fmt: skip
    registry.add_argument(
        "--add-uncertain", action="store_true",
        help="add records that may be known here as entries of their own; `kakehashi duplicates` then names them",
    )  # fmt: skip
    registry.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    registry.add_argument(
        "--skip-faulty", action="store_true", help="leave records with faults out instead of stopping"
    )
    add_json(registry)
    registry.set_defaults(run=_import)


def _import(args: argparse.Namespace) -> None:
    from matcher.corpus import Corpus
    from web import store
    from web.cli import stored_corpus
    from web.extensions import db
    from web.imports.registry import NoDump

    with stored_corpus() as corpus:
        try:
            plan = _plan(args, corpus)
        except NoDump as error:
            raise Refused(str(error)) from error
        faulty = sum(s.why == "faulty" for s in plan.skipped)
        is_refused = faulty > 0 and not args.skip_faulty
        if not args.dry_run and not is_refused and plan.to_save:
            store.save_corpus(db.session, Corpus(plan.to_save), actor=_ACTOR)
            db.session.commit()
    _print(plan, is_saved=not (args.dry_run or is_refused), as_json=args.json)
    if is_refused:
        raise Refused(f"{faulty} records have faults, and nothing was saved; --skip-faulty leaves them out")


def _plan(args: argparse.Namespace, corpus: Any) -> Plan:
    """Reads the file twice: for the places that some records leave out, then for the records."""
    from web.cli import _progress_bar
    from web.extensions import db
    from web.imports.registry import Importer, places, read_records
    from web.store import merging

    found, total = places(read_records(args.file))
    redirects = merging.list_redirects(db.session)
    importer = Importer(
        list(corpus.organisations.values()),
        taken=frozenset(corpus.programmes) | frozenset(redirects),
        merged=merging.list_merged_identifiers(db.session, "ror"),
        subdivisions=found, read_on=args.read_on, country=args.country, adds_uncertain=args.add_uncertain,
    )  # fmt: skip
    with _progress_bar("records", total) as progress:
        for record in read_records(args.file):
            importer.take(record)
            progress(1)
    return importer.plan()


def _print(plan: Plan, *, is_saved: bool, as_json: bool) -> None:
    reasons = Counter(s.why.value for s in plan.skipped)
    if as_json:
        print_json(
            {
                "saved": is_saved, "added": len(plan.added), "enriched": len(plan.enriched),
                "unchanged": plan.unchanged, "skipped": dict(reasons),
                "enriched_fields": {profile.id: list(fields) for profile, fields in plan.enriched},
                "skipped_records": [
                    {"ror": s.ror, "name": s.name, "why": s.why.value, "detail": s.detail}
                    for s in plan.skipped if s.why.value != "other_country"
                ],
                "notes": list(plan.notes),
            }
        )  # fmt: skip
        return
    would = "" if is_saved else "would be "
    print(f"{len(plan.added)} {would}added, {len(plan.enriched)} {would}enriched, {plan.unchanged} unchanged")
    for why, count in sorted(reasons.items()):
        print(f"  skipped, {why.replace('_', ' ')}: {count}")
    told = [s for s in plan.skipped if s.why.value in {"perhaps_known", "no_place", "faulty"}]
    for s in told[:_SHOWN]:
        print(f"  {s.why.value.replace('_', ' ')}: {s.name} <{s.ror}> {s.detail}", file=sys.stderr)
    for note in plan.notes[:_SHOWN]:
        print(f"  {note}", file=sys.stderr)
    if len(told) > _SHOWN or len(plan.notes) > _SHOWN:
        print("  more with --json", file=sys.stderr)
