"""One organisation, and its best partners."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from web.forms import search as forms
from web.matching import current_board
from web.views import recent

bp = Blueprint("organisations", __name__)


@bp.get("/organisations/<profile_id>")
def page(profile_id: str) -> str:
    """What an organisation can offer and looks for, and its five best partners."""
    board = current_board()
    profile = board.organisation(profile_id)
    recent.remember(profile)
    best = [] if profile.closed else board.partners(profile.id, 5)
    return render_template("organisation.html", board=board, profile=profile, best=best)


@bp.get("/organisations/<profile_id>/matches")
def partners(profile_id: str) -> str:
    """The partners of an organisation, best first, with filters."""
    board = current_board()
    profile = board.profile(profile_id)
    where, page = forms.read_where(request.args, board.taxonomy.fields), forms.read_page(request.args)
    ranked = board.ranked(profile.id, where, page=page)
    return render_template("partners.html", board=board, profile=profile, where=where, page=page, ranked=ranked)
