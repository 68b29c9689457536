"""The first page, and the page that says how it all works."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, url_for

from matcher import ranking
from matcher.explain import COVERED, PARTLY
from matcher.profile import ProgrammeStatus
from web import pictures
from web.i18n import best_language
from web.matching import current_board
from web.views import recent

bp = Blueprint("home", __name__)


def choose() -> Response:
    """Sends a visitor to the language their browser asks for."""
    response = redirect(url_for("home.index", lang=best_language()))
    response.vary.add("Accept-Language")
    return response  # type: ignore[return-value]


@bp.get("/")
def index() -> str:
    """The search box, examples and fields."""
    board = current_board()
    open_programmes = [p for p in board.corpus.programmes.values() if p.status is ProgrammeStatus.OPEN]
    return render_template(
        "home.html", board=board, overview=board.overview(), open_programmes=open_programmes,
        viewed=recent.viewed(board), pictures=pictures, maps=pictures.small_maps(board),
    )  # fmt: skip


@bp.get("/about")
def about() -> str:
    """How scores are made, what they are worth, and what the data holds."""
    board = current_board()
    bounds = {"COVERED": COVERED, "PARTLY": PARTLY}
    return render_template(
        "about.html", board=board, overview=board.overview(), ranking=ranking, bounds=bounds,
        weights=board.matcher.combination_,
    )  # fmt: skip
