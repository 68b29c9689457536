"""One match, with everything behind it."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from web.forms import search as forms
from web.matching import current_board

bp = Blueprint("matches", __name__)


@bp.get("/matches/<seeker_id>/<partner_id>")
def page(seeker_id: str, partner_id: str) -> str:
    """Why two organisations fit, what is missing, and how the score adds up."""
    board, asked = current_board(), forms.read_relation(request.args)
    best = board.pair(seeker_id, partner_id)
    relations = board.relations(seeker_id, partner_id)
    explanation = board.pair(seeker_id, partner_id, asked) if asked in relations else best
    seeker, partner = board.parties(explanation)
    return render_template(
        "match.html", board=board, why=explanation, match=explanation.match, seeker=seeker, partner=partner,
        relations=relations, best_relation=best.match.relation, refused=asked if asked not in relations else None,
    )  # fmt: skip
