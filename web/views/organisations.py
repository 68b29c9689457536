"""One organisation, and its best partners."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from web import showings, triangles
from web.forms import search as forms
from web.matching import current_board
from web.store.showings import Kind
from web.views import judgements, recent

bp = Blueprint("organisations", __name__)


@bp.get("/organisations/<profile_id>")
def page(profile_id: str) -> str:
    """What an organisation can offer and looks for, and its five best partners."""
    board = current_board()
    profile = board.organisation(profile_id)
    recent.remember(profile)
    away = judgements.refused(board, profile)
    has_partners = profile.id in board.corpus.profiles
    best = board.partners(profile.id, 5, without=away) if has_partners else []
    showings.count(Kind.PAGE, [profile.id])
    showings.count(Kind.LIST, [why.match.partner_id for why in best])
    return render_template("organisation.html", board=board, profile=profile, best=best, away=away)


@bp.get("/organisations/<profile_id>/matches")
def partners(profile_id: str) -> str:
    """The partners of an organisation, best first, with filters."""
    board = current_board()
    profile = board.profile(profile_id)
    where, page = forms.read_where(request.args, board.taxonomy.fields), forms.read_page(request.args)
    away, is_shown = judgements.refused(board, profile), request.args.get("hidden") == "show"
    ranked = board.ranked(profile.id, where, page=page, without=() if is_shown else away)
    showings.count(Kind.LIST, [why.match.partner_id for why in ranked.explanations])
    return render_template(
        "partners.html", board=board, profile=profile, where=where, page=page, ranked=ranked, away=away,
        is_shown=is_shown,
    )  # fmt: skip


@bp.get("/organisations/<profile_id>/programmes")
def programmes(profile_id: str) -> str:
    """The best combinations of a partner and a programme."""
    board = current_board()
    profile = board.profile(profile_id)
    found = triangles.for_organisation(board, profile.id, triangles.now())
    return render_template("programmes/organisation.html", board=board, profile=profile, found=found)
