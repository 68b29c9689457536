"""Pictures of the whole: what each country needs and the other has, the strongest matches, and an officer's desk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from flask import Blueprint, render_template, request

from web import pictures
from web.alerts import Section, news
from web.auth import require_user
from web.extensions import db
from web.forms.alerts import read_query
from web.forms.pictures import read_map, read_network
from web.matching import Board, UnknownEntry, current_board
from web.store.dashboard import list_follow_ups
from web.store.searches import SavedSearch, list_searches

bp = Blueprint("pictures", __name__)

# How many saved searches, the newest first, the desk looks through for news.
_MOST_SEARCHES: Final = 20


@bp.get("/map")
def heat_map() -> str:
    """Needs of one country against capabilities of the other, by field; one row or tile of it in full."""
    board = current_board()
    question = read_map(request.args, board.taxonomy.fields)
    picture = pictures.heat_map(board, question.country)
    wants = pictures.answers(board, question.country, question.asked, question.offered)
    return render_template(
        "pictures/map.html", board=board, pictures=pictures, picture=picture, question=question, wants=wants
    )


@bp.get("/network")
def network() -> str:
    """The strongest matches between the two countries, all or those of one field or relation."""
    board = current_board()
    field, relation = read_network(request.args, board.taxonomy.fields)
    picture = pictures.network(board, field, relation)
    return render_template(
        "pictures/network.html", board=board, pictures=pictures, picture=picture, field=field, relation=relation
    )


@bp.get("/desk")
def dashboard() -> str:
    """How far an officer's matches have come, what to do next, and what is new in the saved searches."""
    board, user, today = current_board(), require_user(), datetime.now(UTC).date()
    found = list_follow_ups(db.session, account_id=user.id)
    searches = list_searches(db.session, owner_id=user.id)
    return render_template(
        "pictures/dashboard.html", board=board, pictures=pictures, today=today,
        pipeline=pictures.pipeline(found, today), kept=searches,
        sections=[_section(board, search) for search in searches[:_MOST_SEARCHES]],
    )  # fmt: skip


def _section(board: Board, search: SavedSearch) -> Section:
    query = read_query(search, board)
    try:
        return Section(search, query, news(db.session, board, query, search))
    except UnknownEntry:
        # Its organisation is gone from the data; the page of the search says so.
        return Section(search, query, ())
