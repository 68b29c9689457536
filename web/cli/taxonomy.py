"""``kakehashi taxonomy list``, ``undo`` and ``export``: what reviewers changed of the shipped subjects."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from matcher.__main__ import Refused, add_json, print_json

_ACTOR = "kakehashi taxonomy"


def add(commands: Any) -> None:
    """Adds the commands."""
    taxonomy = commands.add_parser("taxonomy", help="what reviewers changed of the subjects").add_subparsers(
        required=True, metavar="COMMAND"
    )
    listing = taxonomy.add_parser("list", help="every change, the first made first")
    add_json(listing)
    listing.set_defaults(run=_list)

    undo = taxonomy.add_parser("undo", help="take a change back")
    undo.add_argument("change", type=int, help="its number in the list")
    add_json(undo)
    undo.set_defaults(run=_undo)

    export = taxonomy.add_parser("export", help="write the subjects with every change, to replace the shipped file")
    export.add_argument("output", type=Path, help="such as data/taxonomies/concepts.csv")
    add_json(export)
    export.set_defaults(run=_export)


def _list(args: argparse.Namespace) -> None:
    from web.cli import stored_corpus
    from web.extensions import db
    from web.store import taxonomy

    with stored_corpus():
        made = taxonomy.list_changes(db.session)
    if args.json:
        print_json(
            [
                {"id": one.id, "actor": one.actor, "made_at": one.made_at.isoformat(), **one.change.to_dict()}
                for one in made
            ]
        )
        return
    for one in made:
        parts = {name: value for name, value in one.change.to_dict().items() if name not in {"kind", "notation"}}
        told = ", ".join(f"{name}: {value}" for name, value in parts.items())
        print(f"{one.id:4}  {one.made_at:%Y-%m-%d}  {one.actor}  {one.change.kind} {one.change.notation}  {told}")


def _undo(args: argparse.Namespace) -> None:
    from matcher.taxonomy import Taxonomy
    from web.cli import stored_corpus
    from web.extensions import db
    from web.store import taxonomy

    with stored_corpus():
        made = taxonomy.list_changes(db.session)
        undone = next((one for one in made if one.id == args.change), None)
        if undone is None:
            raise Refused(f"there is no change {args.change}; see: kakehashi taxonomy list")
        broken = Taxonomy.shipped().broken_without([one.change for one in made], undone.change)
        if broken is not None:
            raise Refused(f"cannot be taken back: another change builds on it ({broken})")
        taxonomy.delete_change(db.session, undone.id, mark=taxonomy.mark_of(made), actor=_ACTOR)
        db.session.commit()
    if args.json:
        print_json({"undone": undone.id, **undone.change.to_dict()})
    else:
        print(f"taken back: {undone.change.kind} {undone.change.notation}")


def _export(args: argparse.Namespace) -> None:
    from web.cli import stored_corpus
    from web.extensions import db
    from web.store import taxonomy
    from web.subjects import changed_taxonomy

    with stored_corpus():
        count = taxonomy.count_changes(db.session)
        args.output.write_text(changed_taxonomy().to_csv(), encoding="utf-8", newline="")
    if args.json:
        print_json({"changes": count, "output": str(args.output)})
    else:
        print(f"{count} changes in {args.output}")
