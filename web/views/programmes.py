"""Programmes that could pay for a partnership or give it a frame."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext

from matcher.consortium import Proposal
from matcher.eligibility import ContradictoryFacts
from matcher.profile import Profile, Programme
from matcher.triangles import TopicFit
from web import i18n, triangles
from web.exports.calendar import programmes_to_ics
from web.facets import Narrowed, narrow_programmes
from web.forms import programmes as forms
from web.matching import Board, current_board
from web.triangles import Checked, Gathered

bp = Blueprint("programmes", __name__)


@bp.get("/programmes")
def index() -> str:
    """The programmes that pass the filters, by status today."""
    board, at = current_board(), triangles.now()
    programmes, found = list(board.corpus.programmes.values()), _narrowed(board)
    rows = [(programmes[i], triangles.window_of(programmes[i], at)) for i in found.kept]
    chosen = [(facet.name, value) for facet in found.facets for value in facet.chosen]
    return render_template("programmes.html", rows=rows, facets=found.facets, chosen=chosen)


@bp.get("/programmes.ics")
def calendar() -> Response:
    """The dates of the programmes that pass the filters."""
    programmes = list((board := current_board()).corpus.programmes.values())
    kept = [programmes[i] for i in _narrowed(board).kept]
    return _calendar(programmes_to_ics(kept, gettext("Programmes: dates"), triangles.now()), "programmes")


@bp.get("/programmes/<programme_id>")
def page(programme_id: str) -> str:
    """One programme with its rules, its dates and its best pairs."""
    board, at = current_board(), triangles.now()
    programme = board.programme(programme_id)
    return render_template(
        "programme.html", board=board, programme=programme, taxonomy=board.taxonomy,
        window=triangles.window_of(programme, at), deadlines=triangles.deadlines(programme, at),
        is_joint=triangles.run_in(programme) is None, pairs=triangles.for_programme(board, programme_id, at),
    )  # fmt: skip


@bp.get("/programmes/<programme_id>.ics")
def programme_calendar(programme_id: str) -> Response:
    """The dates of one programme."""
    programme = current_board().programme(programme_id)
    return _calendar(programmes_to_ics([programme], programme.name(i18n.language()), triangles.now()), programme_id)


@bp.get("/programmes/<programme_id>/check")
def check(programme_id: str) -> str:
    """The rules of a programme for some organisations, with what only people know taken from the address."""
    board, form, at = current_board(), forms.read_facts(request.args), triangles.now()
    programme, asked = board.programme(programme_id), _gathered(board)
    checked, form = _checked(board, programme_id, asked, form) if asked.members else (None, form)
    return render_template(
        "programmes/check.html", board=board, programme=programme, asked=asked, checked=checked, form=form,
        deadlines=triangles.deadlines(programme, at), is_joint=triangles.run_in(programme) is None,
    )  # fmt: skip


@bp.get("/programmes/<programme_id>/consortium")
def consortium(programme_id: str) -> str:
    """Whom else to bring together for a programme."""
    board, form, at = current_board(), forms.read_facts(request.args), triangles.now()
    programme, asked = board.programme(programme_id), _gathered(board)
    without, size = forms.read_ids(request.args, "without"), forms.read_size(request.args)
    proposal, form = _proposed(board, programme_id, asked, form, without, size) if asked.members else (None, form)
    return render_template(
        "programmes/consortium.html", board=board, programme=programme, asked=asked, form=form, proposal=proposal,
        without=without, size=size, window=triangles.window_of(programme, at),
    )  # fmt: skip


def _narrowed(board: Board) -> Narrowed:
    programmes, at = list(board.corpus.programmes.values()), triangles.now()
    windows = [triangles.window_of(p, at) for p in programmes]
    return narrow_programmes(programmes, windows, forms.read_programmes(request.args))


def _gathered(board: Board) -> Gathered:
    return triangles.gather(board, forms.read_ids(request.args, "with"), request.args.get("add", "").strip())


def _checked(board: Board, programme_id: str, asked: Gathered, form: forms.FactForm) -> tuple[Checked, forms.FactForm]:
    try:
        return triangles.check(board, programme_id, asked.members, form.facts, triangles.now()), form
    except ContradictoryFacts:
        form = form.with_contradiction()
        return triangles.check(board, programme_id, asked.members, form.facts, triangles.now()), form


def _proposed(  # noqa: PLR0913, PLR0917 - what the address says
    board: Board, programme_id: str, asked: Gathered, form: forms.FactForm, without: tuple[str, ...], size: int
) -> tuple[Proposal, forms.FactForm]:
    try:
        found = triangles.propose(board, programme_id, asked.members, form.facts, without=without, size=size)
    except ContradictoryFacts:
        form = form.with_contradiction()
        found = triangles.propose(board, programme_id, asked.members, form.facts, without=without, size=size)
    return found, form


def _calendar(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="kakehashi-{name}.ics"'}
    return Response(content, mimetype="text/calendar", headers=headers)


# --- what the templates of these pages ask for ------------------------------------------------------------------------

_Query = list[tuple[str, str]]


@bp.app_template_global()
def topic_evidence(board: Board, topic: TopicFit) -> tuple[triangles.OnTopic, ...]:
    """What a topic fit consists of."""
    return triangles.evidence(board, topic)


@bp.app_template_global()
def programme_dates(programme: Programme) -> tuple[triangles.Deadline, ...]:
    """The dates of a programme that are not past."""
    return triangles.deadlines(programme, triangles.now())


@bp.app_template_global()
def with_member(action: str, kept: _Query, member_id: str | None) -> str:
    """The address of a page about members, with one more of them."""
    return _address(action, [*kept, *([("with", member_id)] if member_id else [])])


@bp.app_template_global()
def without_member(action: str, kept: _Query, member_id: str) -> str:
    """The same without one, and without what was told of it."""
    return _address(
        action, [(k, v) for k, v in kept if (k, v) != ("with", member_id) and k.partition(".")[2] != member_id]
    )


@bp.app_template_global()
def refused_member(action: str, kept: _Query, member_id: str) -> str:
    """The same with somebody else proposed in its place."""
    return _address(action, [*kept, ("without", member_id)])


@bp.app_template_global()
def with_size(action: str, kept: _Query, size: int) -> str:
    """The same with more members."""
    return _address(action, [*[(k, v) for k, v in kept if k != "size"], ("size", str(size))])


def _address(action: str, query: _Query) -> str:
    return f"{action}?{urlencode(query)}" if query else action


@bp.app_template_filter()
def pairs_of(values: Iterable[str], name: str) -> _Query:
    """Values of one name, as they stand in an address."""
    return [(name, value) for value in values]


@bp.app_template_filter()
def known_in(ids: Iterable[str], board: Board) -> list[Profile]:
    """The organisations of some ids, where there are such."""
    return [board.corpus.profiles[i] for i in ids if i in board.corpus.profiles]


@bp.app_template_filter()
def by_id(members: Iterable[Profile]) -> dict[str, Profile]:
    """Organisations by their ids."""
    return {p.id: p for p in members}
