"""``kakehashi judgements``, ``train`` and ``models``: what officers say of pairs, and learning from it."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from matcher.__main__ import Refused, add_json, print_json
from web.cli import _application

if TYPE_CHECKING:
    from web.store.combinations import Stored
    from web.training import Trained

# As data/judgements/graded.csv.
_COLUMNS: Final = ("japan_id", "canada_id", "relevance", "judge", "reason")
_ACTOR: Final = "kakehashi models"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Registers the commands."""
    judgements = commands.add_parser("judgements", help="what officers say of proposed pairs").add_subparsers(
        required=True, metavar="COMMAND"
    )
    export = judgements.add_parser("export", help="write all judgements to a CSV file, without who gave them")
    export.add_argument("output", type=Path, help="a name ending in .csv")
    add_json(export)
    export.set_defaults(run=_export)

    train = commands.add_parser("train", help="learn new weights from judgements; use them where they are not worse")
    train.add_argument("--dry-run", action="store_true", help="measure and say what would happen, and change nothing")
    add_json(train)
    train.set_defaults(run=_train)

    models = commands.add_parser("models", help="the weights of the matcher").add_subparsers(
        required=True, metavar="COMMAND"
    )
    listing = models.add_parser("list", help="all weights with what was measured, the newest first")
    activate = models.add_parser("activate", help="use the weights of a version")
    activate.add_argument("version")
    rollback = models.add_parser("rollback", help="use the weights that were in use before")
    for command, run in ((listing, _list), (activate, _activate), (rollback, _roll_back)):
        add_json(command)
        command.set_defaults(run=run)


def _export(args: argparse.Namespace) -> None:
    from web import store
    from web.extensions import db
    from web.store.judgements import list_given
    from web.training import as_pair, grade_of

    if args.output.suffix != ".csv":
        raise Refused(f"{args.output.name} must end in .csv")
    with _application(fitted=False):
        profiles, given = store.get_corpus(db.session).profiles, list_given(db.session)
    # Numbers in the order of first judgements: nobody can be told from them.
    first = {g.judge.id: g.judged_at for g in sorted(given, key=lambda g: g.judged_at, reverse=True)}
    number = {judge: f"officer {n}" for n, judge in enumerate(sorted(first, key=lambda j: first[j]), 1)}
    rows = [
        (*pair, grade_of(g), number[g.judge.id], g.verdict.reason.value)
        for g in given
        if (pair := as_pair(g, profiles)) is not None
    ]
    with args.output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(sorted(rows))
    if args.json:
        print_json({"judgements": len(rows), "judges": len({row[3] for row in rows}), "output": str(args.output)})
    else:
        print(f"{len(rows)} judgements in {args.output}")


class Worse(Refused):
    """New weights are worse than those in use."""


def _train(args: argparse.Namespace) -> None:
    from web.extensions import db
    from web.store import combinations
    from web.store.judgements import list_given
    from web.training import train

    with _application() as (_app, board):
        assert board is not None  # noqa: S101 - fitted by default
        try:
            found = train(board, list_given(db.session), combinations.next_version(db.session))
        except ValueError as error:
            raise Refused(str(error)) from error
        is_used = found.is_new and found.is_not_worse and not args.dry_run
        if is_used:
            _use(found)
    _print_training(found, is_used=is_used, args=args)
    if not found.is_not_worse:
        raise Worse(f"the new weights are worse than {found.current.version}, which stays in use")


def _use(found: Trained) -> None:
    from web.extensions import db
    from web.store import Collision, combinations

    kept = {"document": found.candidate.to_dict(), "learned_from": found.learned_from, "measures": found.report()}
    try:
        version = combinations.save_combination(db.session, **kept, actor="kakehashi train")
        combinations.save_active(db.session, version=version, actor="kakehashi train")
        db.session.commit()
    except Collision as error:
        raise Refused("somebody else has trained at the same time; run: kakehashi models list") from error


def _print_training(found: Trained, *, is_used: bool, args: argparse.Namespace) -> None:

    if args.json:
        print_json(
            found.report()
            | {
                "candidate": found.candidate.to_dict(), "learned_from": found.learned_from, "is_new": found.is_new,
                "is_not_worse": found.is_not_worse, "activated": is_used,
            }
        )  # fmt: skip
        return
    pairs = found.learned_from
    print(
        f"learned from {pairs['pairs']} pairs, {pairs['worth_a_talk']} of them worth a talk\n"
        f"{pairs['stored']} judgements were given here; {pairs['unused']} pairs lie across the halves and serve neither"
    )
    print(f"measured on {found.seekers} organisations and {found.pairs} pairs that nothing was learned from\n")
    print(f"{'':12}{found.candidate.version:>28}{found.current.version + ' (in use)':>28}")
    for name, both in found.measures.items():
        print(f"{name:12}" + "".join(f"{m.value:10.4f} ({m.low:.4f}–{m.high:.4f})" for m in both))
    if not found.is_new:
        print("\nthe same weights: nothing to change")
    elif is_used:
        print(f"\n{found.candidate.version} is in use now")
    elif found.is_not_worse:
        print(f"\n{found.candidate.version} would be put in use")


def _list(args: argparse.Namespace) -> None:
    from web.extensions import db
    from web.store import combinations

    with _application(fitted=False):
        found = combinations.list_combinations(db.session)
    if args.json:
        print_json([_record(stored) for stored in found])
        return
    for stored in found:
        made = stored.created_at.date().isoformat() if stored.created_at else "shipped"
        parts = ", ".join(
            f"{name} {values['candidate']['value']:.4f} (then in use: {values['current']['value']:.4f})"
            for name, values in stored.measures.get("measures", {}).items()
            if name in {"nDCG@10", "log loss"}
        )
        print(f"{'*' if stored.is_active else ' '} {stored.version:16}{made:12}{parts}")


def _record(stored: Stored) -> dict[str, Any]:
    return {
        "version": stored.version, "is_active": stored.is_active, "is_shipped": stored.is_shipped,
        "created_at": stored.created_at.isoformat() if stored.created_at else None,
        "combination": stored.document, "learned_from": stored.learned_from, "measures": stored.measures,
    }  # fmt: skip


def _activate(args: argparse.Namespace) -> None:
    from web.extensions import db
    from web.store import combinations

    with _application(fitted=False):
        try:
            is_changed = combinations.save_active(db.session, version=args.version, actor=_ACTOR)
        except combinations.UnknownCombination as error:
            raise Refused(f"there are no weights '{args.version}'; see: kakehashi models list") from error
        db.session.commit()
    if args.json:
        print_json({"version": args.version, "changed": is_changed})
    else:
        print(f"{args.version} is in use" + ("" if is_changed else " already"))


def _roll_back(args: argparse.Namespace) -> None:
    from web.extensions import db
    from web.store import combinations

    with _application(fitted=False):
        try:
            version = combinations.save_rollback(db.session, actor=_ACTOR)
        except combinations.NothingBefore as error:
            raise Refused("the shipped weights are in use; there is nothing to go back to") from error
        db.session.commit()
    if args.json:
        print_json({"version": version, "changed": True})
    else:
        print(f"{version} is in use again")
