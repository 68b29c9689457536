"""How good the data is, for everybody to see."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from flask import Blueprint, render_template

from matcher.quality import Check
from web.matching import current_board

bp = Blueprint("quality", __name__)

# How many rows of a long list the page shows; the command names them all.
_MOST: Final = 40


@bp.get("/quality")
def page() -> str:
    """What is wrong in the data, what is weak, and what it holds."""
    board = current_board()
    report = board.quality(datetime.now(UTC).date())
    return render_template("quality.html", board=board, report=report, checks=list(Check), most=_MOST)
