"""Saved searches: keeping one, trimming what it finds, its mail and its feed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from web import alerts, i18n
from web.alerts import BadLink, Result
from web.auth import require_user
from web.extensions import db, limiter
from web.forms import alerts as forms
from web.matching import current_board
from web.store import searches
from web.store.searches import Frequency, SavedSearch, TooManySearches, UnknownSearch
from web.views import errors
from web.views.transaction import commit_after

bp = Blueprint("searches", __name__)
bp.register_error_handler(UnknownSearch, errors.not_found)

# A reader that asks every quarter of an hour, from an office behind one address.
_FEED_LIMIT: Final = "240/hour"
_LINK_LIMIT: Final = "60/hour"
# The address is a secret: it goes into no search engine, no shared cache and no other site's log.
_FEED_HEADERS: Final = {
    "Cache-Control": "private, max-age=900",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}


@bp.errorhandler(TooManySearches)
def full(_error: TooManySearches) -> tuple[str, int]:
    """No room to bring a deleted search back."""
    return render_template("searches/full.html"), 409


@bp.errorhandler(BadLink)
def bad_link(_error: BadLink) -> tuple[str, int]:
    """A link from a mail that leads nowhere any more."""
    return render_template("searches/bad_link.html"), 404


# --- one's own searches ----------------------------------------------------------------------------------------------


@bp.get("/searches")
def index() -> str:
    """All saved searches of a person, and the way back for one just deleted."""
    user, board, deleted = require_user(), current_board(), None
    gone = request.args.get("deleted", type=uuid.UUID)
    if gone is not None:
        deleted = searches.find_deleted_search(db.session, owner_id=user.id, search_id=gone)
    kept = [(s, forms.read_query(s, board)) for s in searches.list_searches(db.session, owner_id=user.id)]
    return render_template("searches/index.html", board=board, kept=kept, deleted=deleted, alerts=alerts)


@bp.route("/searches/new", methods=["GET", "POST"])
@bp.route("/searches/new/<seeker_id>", methods=["GET", "POST"])
@commit_after
def new(seeker_id: str | None = None) -> str | AnyResponse | tuple[str, int]:
    """Keeps the search in the query of this very address, or the partners of an organisation with such filters."""
    user, board = require_user(), current_board()
    wanted = forms.read_wanted(request.args, seeker_id, board)
    if wanted is None:
        return render_template("searches/nothing.html"), 400
    words, away = alerts.in_words(wanted.query, board), alerts.refused(db.session, board, wanted.query, user.id)
    results = alerts.results(board, wanted.query, away)
    form = forms.SearchForm(lang=i18n.language(), title=forms.plain_title(words)[: forms.MAX_TITLE])
    if form.validate_on_submit() and (kept := _keep(form, wanted, results, user.id)):
        return redirect(url_for("searches.page", search_id=kept.id), 303)
    page = render_template("searches/new.html", form=form, wanted=wanted, words=words, alerts=alerts)
    return page, 400 if form.is_submitted() else 200


@bp.route("/searches/<uuid:search_id>", methods=["GET", "POST"])
@commit_after
def page(search_id: uuid.UUID) -> str | AnyResponse | tuple[str, int]:
    """What a saved search finds now, to be trimmed; its title, mail and feed."""
    search = _own(search_id)
    form = forms.SearchForm(title=search.title, frequency=search.frequency.value, lang=search.lang)
    if form.validate_on_submit():
        searches.save_search_settings(db.session, search, **form.settings())
        return redirect(url_for("searches.page", search_id=search.id), 303)
    board = current_board()
    shown = alerts.show(db.session, board, search, forms.read_query(search, board))
    page = render_template("searches/page.html", board=board, search=search, shown=shown, form=form, alerts=alerts)
    return page, 400 if form.is_submitted() else 200


@bp.post("/searches/<uuid:search_id>/trim")
@commit_after
def trim(search_id: uuid.UUID) -> AnyResponse:
    """Takes the ticked organisations off: neither page, mail nor feed names them again."""
    search, board = _own(search_id), current_board()
    ticked = [i for i in request.form.getlist("profile") if i in board.corpus.profiles]
    searches.save_dismissals(db.session, search_id=search.id, profile_ids=ticked, actor=str(search.owner_id))
    return redirect(url_for("searches.page", search_id=search.id), 303)


@bp.post("/searches/<uuid:search_id>/restore")
@commit_after
def restore(search_id: uuid.UUID) -> AnyResponse:
    """Takes the ticked organisations back in."""
    search, ticked = _own(search_id), request.form.getlist("profile")
    searches.delete_dismissals(db.session, search_id=search.id, profile_ids=ticked, actor=str(search.owner_id))
    return redirect(url_for("searches.page", search_id=search.id), 303)


@bp.post("/searches/<uuid:search_id>/feed")
@commit_after
def renew_feed(search_id: uuid.UUID) -> AnyResponse:
    """A new secret address for the feed."""
    searches.save_new_feed_key(db.session, owner_id=require_user().id, search_id=search_id)
    return redirect(url_for("searches.page", search_id=search_id, _anchor="feed"), 303)


@bp.post("/searches/<uuid:search_id>/delete")
@commit_after
def delete(search_id: uuid.UUID) -> AnyResponse:
    """Deletes a search; the list then offers to bring it back."""
    searches.delete_search(db.session, owner_id=require_user().id, search_id=search_id)
    return redirect(url_for("searches.index", deleted=search_id), 303)


@bp.post("/searches/<uuid:search_id>/undelete")
@commit_after
def undelete(search_id: uuid.UUID) -> AnyResponse:
    """Brings a deleted search back as it was."""
    searches.save_deleted_search(db.session, owner_id=require_user().id, search_id=search_id)
    return redirect(url_for("searches.index"), 303)


def _own(search_id: uuid.UUID) -> SavedSearch:
    return searches.get_search(db.session, owner_id=require_user().id, search_id=search_id)


def _keep(
    form: forms.SearchForm, wanted: forms.Wanted, results: Sequence[Result], owner_id: uuid.UUID
) -> SavedSearch | None:
    seen = [result.profile.id for result in results]
    try:
        return searches.save_search(
            db.session, owner_id=owner_id, page=wanted.query.page, seeker_id=wanted.query.seeker_id,
            query=wanted.stored, seen=seen, **form.settings(),
        )  # fmt: skip
    except TooManySearches:
        form.form_errors.append(_("You keep as many searches as one person can. Delete one first."))
        return None


# --- links from mails, for people who are not signed in --------------------------------------------------------------


@bp.route("/alerts/dismiss/<token>", methods=["GET", "POST"])
@limiter.limit(_LINK_LIMIT)
@commit_after
def dismiss_by_link(token: str) -> str:
    """Asks, then never names an organisation again for one search."""
    search_id, profile_id = alerts.read_dismissal(token)
    search = searches.find_search(db.session, search_id=search_id)
    profile = current_board().corpus.profiles.get(profile_id)
    if search is None or profile is None:
        raise BadLink
    if request.method == "POST":
        searches.save_dismissals(db.session, search_id=search.id, profile_ids=[profile_id], actor="mailed link")
    is_done = request.method == "POST" or profile_id in search.dismissed
    return render_template("searches/dismiss.html", search=search, profile=profile, is_done=is_done)


@bp.route("/alerts/stop/<token>", methods=["GET", "POST"])
@limiter.limit(_LINK_LIMIT)
@commit_after
def stop_by_link(token: str) -> str:
    """Asks, then stops the mail of one search, or of all searches of a person."""
    stopped = alerts.list_stopped(db.session, token)
    if request.method == "POST":
        searches.save_alerts_off(db.session, search_ids=[search.id for search in stopped], actor="mailed link")
    is_done = request.method == "POST" or all(search.frequency is Frequency.OFF for search in stopped)
    return render_template("searches/stop.html", stopped=stopped, is_done=is_done)


# --- the feed --------------------------------------------------------------------------------------------------------


@bp.get("/feeds/<key>.atom")
@limiter.limit(_FEED_LIMIT)
def feed(key: str) -> AnyResponse:
    """A saved search as a feed, for whoever knows its address."""
    search = searches.find_search_by_feed_key(db.session, feed_key=key)
    if search is None:
        raise UnknownSearch
    board = current_board()
    text = alerts.feed(db.session, board, search, forms.read_query(search, board))
    response = Response(text, content_type="application/atom+xml; charset=utf-8", headers=_FEED_HEADERS)
    response.add_etag()
    return response.make_conditional(request)
