"""``kakehashi why``: where one organisation stands on the list of another, and what would move it."""

from __future__ import annotations

import argparse
from typing import Any

from matcher.__main__ import add_why, answer_why, print_answer
from web.cli import asking


def add(commands: Any) -> None:
    """Registers the command."""
    add_why(commands).set_defaults(run=_why)


def _why(args: argparse.Namespace) -> None:
    from web import i18n

    with asking(args.lang) as board:
        found = answer_why(args, board.corpus, board.matcher)
        if args.json:
            print_answer(found, board.corpus)
            return
        standing, changes, firm = found
        profiles = board.corpus.profiles
        seeker, partner = profiles[standing.match.seeker_id], profiles[standing.match.partner_id]
        last = profiles[standing.last.partner_id] if standing.last else None
        print("\n".join(i18n.standing_lines(standing, seeker, partner, last)))
        print(i18n.stability_sentence(firm))
        for measure in standing.measures if last and not standing.is_at_top else ():
            label = i18n.part_label(measure.part, seeker)
            print(f"  {measure.own:7.2f} {measure.other:7.2f}  {label}")
        for gap in standing.gaps:
            print(f"  {i18n.COVERAGES[gap.coverage]}: {i18n.words(gap.wanted)}")
        for change in changes:
            print(f"\n  {profiles[change.profile_id].name(args.lang)} + {change.statement.text}")
            print(f"  {i18n.change_sentence(change)}")
