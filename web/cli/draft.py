"""``kakehashi draft``: statements proposed from a file; needs no database, and stores nothing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from matcher.__main__ import Refused, add_json, print_draft, progress_line


def add(commands: Any) -> None:
    """Adds the command."""
    draft = commands.add_parser("draft", help="propose statements from a text, Word or PDF file; needs no database")
    draft.add_argument("file", type=Path, help="a .txt, .docx or .pdf file in English, French or Japanese")
    add_json(draft)
    draft.set_defaults(run=_draft)


def _draft(args: argparse.Namespace) -> None:
    from flask_babel import force_locale

    from matcher.draft import shipped_drafter
    from web import create_app
    from web.i18n.draft import PROBLEMS
    from web.uploads import Unreadable, read

    try:
        found = read(args.file.read_bytes())
    except IsADirectoryError as error:
        raise Refused(f"{args.file} is a folder; name a file") from error
    except Unreadable as error:
        with create_app(needs_secret=False).app_context(), force_locale("en"):
            raise Refused(f"{args.file}: {PROBLEMS[error.problem.value]}") from error
    print_draft(shipped_drafter(progress=progress_line).draft(found.text), as_json=args.json, is_cut=found.is_cut)
