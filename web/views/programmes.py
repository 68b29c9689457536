"""Programmes that could pay for a partnership or give it a frame."""

from __future__ import annotations

from flask import Blueprint, render_template

from web.matching import current_board

bp = Blueprint("programmes", __name__)


@bp.get("/programmes")
def index() -> str:
    """All programmes, by status."""
    return render_template("programmes.html", programmes=list(current_board().corpus.programmes.values()))


@bp.get("/programmes/<programme_id>")
def page(programme_id: str) -> str:
    """One programme with its rules."""
    board = current_board()
    return render_template("programme.html", programme=board.programme(programme_id), taxonomy=board.taxonomy)
