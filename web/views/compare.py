"""Up to four organisations side by side."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from web.forms import search as forms
from web.matching import current_board

bp = Blueprint("compare", __name__)


@bp.get("/compare")
def page() -> tuple[str, int]:
    """Organisations beside each other, as partners of a seeker where one is named."""
    board = current_board()
    ids, seeker_id = forms.read_compared(request.args)
    found = board.compare(ids, seeker_id)
    status = 200 if found.columns else 400
    return render_template("compare.html", board=board, compared=found, seeker=found.seeker), status
