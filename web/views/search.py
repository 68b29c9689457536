"""Searching organisations by name or by what they state, and browsing them by field."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from web import forms
from web.matching import current_board
from web.security import public

bp = Blueprint("search", __name__)


@bp.get("/search")
@public
def results() -> str | tuple[str, int]:
    """What a search found; with filters only, all organisations that pass; with nothing, the fields."""
    board = current_board()
    form = forms.read_search(request.args, board.taxonomy.fields)
    if form.is_too_long:
        return render_template("search.html", board=board, form=form, results=None), 400
    found = None
    if form.text:
        found = board.search(form.text, form.where, form.country, page=form.page)
    elif form.is_filtered:
        found = board.browse(form.where, form.country, page=form.page)
    return render_template("search.html", board=board, form=form, results=found)
