"""One match, with everything behind it; and why another organisation is not on a list."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from web import showings, triangles
from web.extensions import limiter
from web.forms import search, why
from web.matching import current_board
from web.store.showings import Kind
from web.views import judgements
from web.views.search import suggestion

bp = Blueprint("matches", __name__)


@bp.get("/matches/<seeker_id>/<partner_id>")
def page(seeker_id: str, partner_id: str) -> str:
    """Why two organisations fit, what is missing, and how the score adds up."""
    board, asked = current_board(), search.read_relation(request.args)
    best = board.pair(seeker_id, partner_id)
    relations = board.relations(seeker_id, partner_id)
    explanation = board.pair(seeker_id, partner_id, asked) if asked in relations else best
    seeker, partner = board.parties(explanation)
    showings.count(Kind.MATCH, [seeker.id, partner.id])
    return render_template(
        "match.html", board=board, why=explanation, match=explanation.match, seeker=seeker, partner=partner,
        calls=triangles.for_pair(board, seeker_id, partner_id, triangles.now()),
        notes=triangles.screening(board, explanation), relations=relations, best_relation=best.match.relation,
        refused=asked if asked not in relations else None, behind=board.behind(explanation),
    )  # fmt: skip


@bp.get("/organisations/<seeker_id>/why/<partner_id>")
@limiter.limit("60 per minute")
def why_not(seeker_id: str, partner_id: str) -> tuple[str, int]:
    """Where a partner stands in the list of an organisation, why not higher, and what would move it."""
    board, saying = current_board(), why.read_saying(request.args)
    standing = board.standing(seeker_id, partner_id, search.read_where(request.args, board.taxonomy.fields))
    seeker, partner = board.profile(seeker_id), board.profile(partner_id)
    typed = saying.addition(seeker_id, partner_id)
    shown = render_template(
        "why/page.html", board=board, seeker=seeker, partner=partner, standing=standing, saying=saying,
        tried=board.what_if(seeker_id, partner_id, typed) if typed else (), kept=why.filters(request.args),
        changes=board.what_if(seeker_id, partner_id), is_away=partner_id in judgements.refused(board, seeker),
    )  # fmt: skip
    return shown, 400 if saying.is_too_long else 200


@bp.get("/organisations/<seeker_id>/why")
def find_why(seeker_id: str) -> AnyResponse | tuple[str, int]:
    """Which organisation is meant by a name; straight on where it can only be one."""
    board, name = current_board(), why.read_partner_name(request.args)
    seeker, kept = board.profile(seeker_id), why.filters(request.args)
    found = board.possible_partners(seeker_id, name) if name else ()
    if len(found) == 1:
        return redirect(url_for(".why_not", seeker_id=seeker_id, partner_id=found[0].id, **kept))
    near = board.lookup(name) if name and not found else ()
    shown = render_template("why/find.html", seeker=seeker, name_typed=name, found=found, near=near, kept=kept)
    return shown, 404 if name and not found else 200


@bp.get("/organisations/<seeker_id>/names")
@limiter.limit("120 per minute")
def names(seeker_id: str) -> Response:
    """Possible partners by the beginning of a name, for the box that is being typed in."""
    kept = why.filters(request.args)
    found = current_board().possible_partners(seeker_id, search.read_name(request.args))
    response = jsonify([
        suggestion(profile, url_for(".why_not", seeker_id=seeker_id, partner_id=profile.id, **kept))
        for profile in found
    ])  # fmt: skip
    response.headers["Cache-Control"] = "private, max-age=60"
    return response
