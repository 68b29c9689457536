"""Matches as files to download."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import force_locale

from web import i18n, logs
from web.auth import current_user, require_user
from web.exports import dossier
from web.exports.dossier import Dossier, Source
from web.exports.files import LABELS, OFFERED, make_file
from web.exports.printing import Busy, NotPrinted
from web.extensions import db, limiter, visitor
from web.forms.exports import Wanted, read_export
from web.forms.search import read_relation, read_where
from web.matching import current_board
from web.store import desk
from web.views import judgements

bp = Blueprint("exports", __name__)

_log = logging.getLogger(__name__)


def _exporter() -> str:
    user = current_user()
    return str(user.id) if user else visitor()


# A file costs more than a page. Who has signed in is known, and works with them all day.
_limited: Final = limiter.shared_limit(
    lambda: "60 per 5 minutes" if current_user() else "30 per hour", scope="exports", key_func=_exporter
)


@bp.get("/organisations/<profile_id>/matches/export")
@_limited
def ranking(profile_id: str) -> Response:
    """The partners of an organisation, under the filters of the page and without those that it keeps away."""
    board = current_board()
    where, is_shown = read_where(request.args, board.taxonomy.fields), request.args.get("hidden") == "show"
    away = () if is_shown else judgements.refused(board, board.profile(profile_id))
    return _answer(Source.RANKING, lambda wanted: dossier.of_ranking(board, profile_id, where, wanted.top, away))


@bp.get("/matches/<seeker_id>/<partner_id>/export")
@_limited
def match(seeker_id: str, partner_id: str) -> Response:
    """One match."""
    board, relation = current_board(), read_relation(request.args)
    return _answer(Source.MATCH, lambda _: dossier.of_match(board, seeker_id, partner_id, relation))


@bp.get("/shortlists/<uuid:shortlist_id>/export")
@_limited
def shortlist(shortlist_id: uuid.UUID) -> Response:
    """A shortlist that one may see, or the chosen ones of its items."""
    kept = desk.get_shortlist(db.session, require_user(), shortlist_id=shortlist_id)
    board = current_board()
    return _answer(Source.SHORTLIST, lambda wanted: dossier.of_shortlist(board, kept, wanted.items))


def _answer(source: Source, make: Callable[[Wanted], Dossier]) -> Response:
    wanted = read_export(request.args, source, i18n.language()) or abort(404)
    with force_locale(i18n.LOCALES[wanted.lang]):
        file = make_file(make(wanted), wanted.format)
    return Response(file.content, headers=dict(file.headers))


@bp.errorhandler(NotPrinted)
def not_printed(error: NotPrinted) -> tuple[str, int, dict[str, str]]:
    """No PDF for now; the other formats work."""
    _log.error("no PDF was made: %s", logs.cause(error))
    return render_template("exports/not_printed.html", is_busy=isinstance(error, Busy)), 503, {"Retry-After": "60"}


@bp.app_template_global()
def export_formats(source: str) -> list[tuple[str, Any]]:
    """The formats on offer, with their labels."""
    return [(f.value, LABELS[f]) for f in OFFERED[Source(source)]]
