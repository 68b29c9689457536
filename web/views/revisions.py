"""What an entry said before, what has changed since, and bringing an earlier state back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from matcher.difference import difference
from web.auth import require_user
from web.extensions import db
from web.forms.search import read_number
from web.i18n import editing
from web.i18n import reviews as words
from web.store import Outdated, revisions
from web.store.revisions import History, UnknownRevision
from web.views import errors
from web.views.transaction import commit_after

bp = Blueprint("revisions", __name__)
bp.register_error_handler(UnknownRevision, errors.not_found)


@bp.get("/organisations/<entry_id>/history")
def page(entry_id: str) -> str:
    """All states of an organisation, and what differs between two: the last two, unless others are asked for."""
    return _page(_history(entry_id, is_programme=False))


@bp.get("/review/programmes/<entry_id>/history")
def programme(entry_id: str) -> str:
    """The same of a programme."""
    return _page(_history(entry_id, is_programme=True))


@bp.post("/history/<entry_id>/<int:number>/restore")
@commit_after
def restore(entry_id: str, number: int) -> Response | tuple[str, int]:
    """Brings an earlier state back, as a new one."""
    latest, actor = read_number(request.form.get("latest")), str(require_user().id)
    try:
        revisions.save_restored(db.session, entry_id=entry_id, number=number, latest=latest, actor=actor)
    except Outdated:
        return _page(revisions.get_history(db.session, entry_id=entry_id), is_outdated=True), 409
    flash(gettext("Brought back. What was there before is kept below; lists and matches follow within a minute."))
    return redirect(_address(revisions.get_history(db.session, entry_id=entry_id)), 303)


def _history(entry_id: str, *, is_programme: bool) -> History:
    history = revisions.get_history(db.session, entry_id=entry_id)
    if history.is_programme is not is_programme:
        raise UnknownRevision(entry_id)
    return history


def _page(history: History, *, is_outdated: bool = False) -> str:
    newer = history.revision(read_number(request.args.get("to")) or history.latest.number)
    older = history.revision(read_number(request.args.get("from")) or max(newer.number - 1, 1))
    found = difference(older.document, newer.document)
    return render_template(
        "reviews/history.html", history=history, older=older, newer=newer, difference=found, words=words,
        label=editing.place_words if history.is_programme else words.path_label, address=_address(history),
        is_outdated=is_outdated,
    )  # fmt: skip


def _address(history: History) -> str:
    return url_for("revisions.programme" if history.is_programme else "revisions.page", entry_id=history.entry_id)
