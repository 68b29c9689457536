"""Searching organisations by name or by what they state, and browsing them by what they are."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from matcher.profile import Profile
from web import i18n, showings
from web.extensions import limiter
from web.forms import search as forms
from web.matching import current_board
from web.store.showings import Kind
from web.views import recent

bp = Blueprint("search", __name__)


@bp.get("/search")
def results() -> str | tuple[str, int]:
    """What a search found; with filters only, all organisations that pass; with nothing, the fields."""
    board = current_board()
    form = forms.read_search(request.args, board.taxonomy.fields)
    if form.is_too_long:
        return render_template("search.html", board=board, form=form, results=None, viewed=()), 400
    if form.text:
        found = board.search(form.text, form.where, form.country, listing=form.listing)
    elif form.is_asked:
        found = board.browse(form.where, form.country, listing=form.listing)
    else:
        return render_template("search.html", board=board, form=form, results=None, viewed=recent.viewed(board))
    showings.count(Kind.LIST, [one.profile.id for one in found.found])
    return render_template("search.html", board=board, form=form, results=found)


@bp.get("/suggest")
@limiter.limit("120 per minute")
def suggest() -> Response:
    """Organisations by the beginning of a name, for the box that is being typed in."""
    found = current_board().lookup(forms.read_name(request.args))
    response = jsonify([suggestion(p, url_for("organisations.page", profile_id=p.id)) for p in found])
    response.headers["Cache-Control"] = "private, max-age=60"
    return response


def suggestion(profile: Profile, address: str) -> dict[str, str]:
    """One name in the list under a box, and where choosing it leads."""
    return {
        "name": profile.name(i18n.language()),
        "lang": i18n.name_language(profile.names),
        "facts": f"{i18n.place(profile)} · {i18n.KINDS[profile.kind]}",
        "address": address,
    }
