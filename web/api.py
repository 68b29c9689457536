"""Answers as JSON for other programs: programmes, what they allow, and with whom. Read only, version 1.

The same questions as on the pages, with the same parameters; names and texts come in all their languages. What is wrong
with a question is answered as problem details (RFC 9457).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from matcher.document import programme_document
from matcher.eligibility import ContradictoryFacts
from matcher.profile import Programme
from matcher.triangles import Triangle
from web import triangles
from web.extensions import limiter
from web.facets import narrow_programmes
from web.forms import programmes as forms
from web.matching import Board, SameCountry, UnknownEntry, current_board

bp = Blueprint("api", __name__, url_prefix="/api/v1")
_LIMIT = "60 per minute"


@bp.get("/programmes")
@limiter.limit(_LIMIT)
def programmes() -> Response:
    """The programmes that pass the filters of the page, with their status today."""
    board, at = current_board(), triangles.now()
    every = list(board.corpus.programmes.values())
    kept = narrow_programmes(every, [triangles.window_of(p, at) for p in every], forms.read_programmes(request.args))
    return _answer(board, programmes=[_programme(every[i]) for i in kept.kept])


@bp.get("/programmes/<programme_id>")
@limiter.limit(_LIMIT)
def programme(programme_id: str) -> Response:
    """One programme and its best pairs."""
    board, at = current_board(), triangles.now()
    found = _programme(board.programme(programme_id))
    return _answer(board, programme=found, triangles=_all(triangles.for_programme(board, programme_id, at)))


@bp.get("/organisations/<profile_id>/programmes")
@limiter.limit(_LIMIT)
def organisation(profile_id: str) -> Response:
    """The best combinations of a partner and a programme."""
    board, at = current_board(), triangles.now()
    profile = board.profile(profile_id)
    return _answer(board, organisation=profile.id, triangles=_all(triangles.for_organisation(board, profile.id, at)))


@bp.get("/matches/<seeker_id>/<partner_id>/programmes")
@limiter.limit(_LIMIT)
def pair(seeker_id: str, partner_id: str) -> Response:
    """The programmes for a pair: those that pay or may pay, those that give a frame, and those to watch."""
    board, at = current_board(), triangles.now()
    match = board.pair(seeker_id, partner_id).match
    found = triangles.for_pair(board, match.seeker_id, match.partner_id, at)
    return _answer(board, current=_all(found.current), frames=_all(found.frames), watched=_all(found.watched))


@bp.get("/programmes/<programme_id>/check")
@limiter.limit(_LIMIT)
def check(programme_id: str) -> Response:
    """The rules of a programme for some organisations (``with``), and what only people know."""
    board, form = current_board(), forms.read_facts(request.args)
    members = triangles.gather(board, forms.read_ids(request.args, "with")).members
    found = triangles.check(board, programme_id, members, form.facts, triangles.now())
    return _answer(board, eligibility=found.assessment.to_dict(), topic=found.topic.value, faults=form.faults)


@bp.get("/programmes/<programme_id>/consortium")
@limiter.limit(_LIMIT)
def consortium(programme_id: str) -> Response:
    """Whom else to bring together for a programme."""
    board, form = current_board(), forms.read_facts(request.args)
    members = triangles.gather(board, forms.read_ids(request.args, "with")).members
    if not members:
        return _problem(422, "name at least one member: with=ID")
    without, size = forms.read_ids(request.args, "without"), forms.read_size(request.args)
    found = triangles.propose(board, programme_id, members, form.facts, without=without, size=size)
    return _answer(board, **found.to_dict(), faults=form.faults)


def _programme(programme: Programme) -> dict[str, Any]:
    window = triangles.window_of(programme, triangles.now())
    today = {
        "availability": window.availability.value,
        "is_watched": window.is_watched,
        "days_left": window.days_left,
        "dates": {code: day.isoformat() for code, day in window.dates},
    }
    return programme_document(programme) | {"today": today}


def _all(found: tuple[Triangle, ...]) -> list[dict[str, Any]]:
    return [triangle.to_dict() for triangle in found]


def _answer(board: Board, **content: Any) -> Response:
    answer = jsonify({"snapshot": board.corpus.snapshot_id} | content)
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _problem(status: int, detail: str) -> Response:
    answer = jsonify({"status": status, "detail": detail})
    answer.status_code, answer.content_type = status, "application/problem+json"
    return answer


@bp.errorhandler(UnknownEntry)
def _unknown(error: UnknownEntry) -> Response:
    near = ", ".join(p.id for p in error.suggestions)
    return _problem(404, f"no '{error.entry_id}'" + (f"; did you mean {near}?" if near else ""))


@bp.errorhandler(SameCountry)
def _same_country(error: SameCountry) -> Response:
    return _problem(404, str(error))


@bp.errorhandler(ContradictoryFacts)
def _contradictory(error: ContradictoryFacts) -> Response:
    return _problem(422, str(error))


@bp.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    return _problem(error.code or 500, error.name)
