"""A ranking or a shortlist as a file, the same as on the pages."""

from __future__ import annotations

import uuid
from typing import Final

from flask import Response
from flask_babel import force_locale

from web import i18n
from web.api import schemas
from web.api.asked import ExportQuery, MatchesExportQuery
from web.api.contract import JSON, N_, operation
from web.auth import require_user
from web.exports import dossier
from web.exports.dossier import Dossier
from web.exports.files import TYPES, Format, make_file
from web.extensions import db, limiter
from web.matching import current_board
from web.store import desk

# With those that the same person makes on the pages (web.views.exports).
_limited: Final = limiter.shared_limit(
    "60 per 5 minutes", "exports", key_func=lambda: str(require_user().id), override_defaults=False
)
_MEDIA: Final = (*(TYPES[f].partition(";")[0] for f in (Format.CSV, Format.XLSX)), JSON)


@operation(
    "GET", "/organisations/<organisation_id>/matches/export", tag="exports",
    summary=N_("The partners of an organisation as a file"), query=MatchesExportQuery, answers={200: schemas.Dossier},
    media=_MEDIA, problems=(301, 404, 410), example={"organisation_id": "kinova", "format": "csv"},
)  # fmt: skip
@_limited
def export_matches(organisation_id: str, query: MatchesExportQuery) -> Response:
    """Under the filters of the list."""
    with force_locale(i18n.LOCALES[query.lang]):
        where = query.where(query.relation)
        return _file(dossier.of_ranking(current_board(), organisation_id, where, query.top), query)


@operation(
    "GET", "/shortlists/<uuid:shortlist_id>/export", tag="exports", summary=N_("A shortlist as a file"),
    query=ExportQuery, answers={200: schemas.Dossier}, media=_MEDIA, problems=(404,),
    example={"shortlist_id": "00000000-0000-4000-8000-000000000001", "format": "csv"},
)  # fmt: skip
@_limited
def export_shortlist(shortlist_id: uuid.UUID, query: ExportQuery) -> Response:
    """With each match as it was when it was put there."""
    kept = desk.get_shortlist(db.session, require_user(), shortlist_id=shortlist_id)
    with force_locale(i18n.LOCALES[query.lang]):
        return _file(dossier.of_shortlist(current_board(), kept), query)


def _file(found: Dossier, query: ExportQuery) -> Response:
    file = make_file(found, Format(query.format))
    return Response(file.content, headers=dict(file.headers))
