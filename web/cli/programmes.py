"""``kakehashi programmes`` and ``consortium``: which calls fit, and whom to bring together."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from matcher.__main__ import add_consortium, add_programmes, print_programmes, print_proposal

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.triangles import Triangles


def add(commands: Any) -> None:
    """Adds the commands."""
    add_programmes(commands).set_defaults(run=_programmes)
    add_consortium(commands).set_defaults(run=_consortium)


def _programmes(args: argparse.Namespace) -> None:
    from web.cli import stored_corpus

    if args.seeker is None:  # a list needs no matcher
        with stored_corpus() as corpus:
            print_programmes(args, corpus, _never, str)
        return
    _answer(args, print_programmes)


def _consortium(args: argparse.Namespace) -> None:
    _answer(args, print_proposal)


def _answer(args: argparse.Namespace, show: Callable[..., None]) -> None:
    """The answer with the questions in the words of the pages."""
    from web import i18n
    from web.cli import asking

    with asking(args.lang) as board:
        show(args, board.corpus, board.triangles, lambda q: i18n.question_line(q, board.corpus.profiles))


def _never() -> Triangles:
    raise AssertionError("a list needs no matcher")
