"""Shortlists: keeping matches in order, following them up alone or in a team."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from web.auth import current_user, require_user
from web.extensions import db
from web.forms import desk as forms
from web.forms.judgements import verdict_of
from web.matching import Board, current_board
from web.security import Policy, TeamRight, own_path
from web.store import desk, judgements
from web.store.desk import Full, Head, Item, Listed, ReadOnly, Shortlist, Stale, Status, UnknownShortlist
from web.store.snapshots import Since, Snapshot, changes_since
from web.views.judgements import save_verdict
from web.views.transaction import commit_after

bp = Blueprint("shortlists", __name__)


# --- lists -----------------------------------------------------------------------------------------------------------


@bp.get("/shortlists")
def index() -> str:
    """All shortlists one may see, with how far their matches have come."""
    return _index(forms.ShortlistForm())


@bp.post("/shortlists")
@commit_after
def create() -> Response | tuple[str, int]:
    """A new shortlist."""
    form = forms.ShortlistForm().offer(desk.list_teams(db.session, require_user()))
    if not form.validate():
        return _index(form), 422
    made = desk.save_shortlist(db.session, require_user(), title=form.title.data, team_id=form.team_id)
    return redirect(url_for("shortlists.page", shortlist_id=made), 303)


@bp.get("/shortlists/<uuid:shortlist_id>")
def page(shortlist_id: uuid.UUID) -> str:
    """One shortlist as a table, with filters."""
    shortlist = desk.get_shortlist(db.session, require_user(), shortlist_id=shortlist_id)
    return _page(shortlist, forms.settings_form(shortlist.head, desk.list_teams(db.session, require_user())))


@bp.post("/shortlists/<uuid:shortlist_id>")
@commit_after
def save(shortlist_id: uuid.UUID) -> Response | tuple[str, int]:
    """Title and team."""
    user = require_user()
    shortlist = desk.get_shortlist(db.session, user, shortlist_id=shortlist_id, right=TeamRight.EDIT)
    form = forms.settings_form(shortlist.head, desk.list_teams(db.session, user))
    if not form.validate():
        return _page(shortlist, form), 422
    try:
        desk.save_head(
            db.session, user, shortlist_id=shortlist_id, version=form.version.data or 0, was=form.was.data,
            title=form.title.data, team_id=form.team_id,
        )  # fmt: skip
    except Stale:
        return render_template("shortlists/title_conflict.html", head=shortlist.head, form=form), 409
    flash(gettext("Saved."))
    return redirect(url_for("shortlists.page", shortlist_id=shortlist_id), 303)


@bp.post("/shortlists/<uuid:shortlist_id>/order")
@commit_after
def order(shortlist_id: uuid.UUID) -> Response | tuple[str, int]:
    """Puts the matches in another order."""
    user, sent = require_user(), forms.read_order(request.form)
    try:
        desk.save_order(
            db.session, user, shortlist_id=shortlist_id, version=sent.version, was=sent.was, order=sent.order
        )
    except Stale:
        shortlist = desk.get_shortlist(db.session, user, shortlist_id=shortlist_id)
        mine = sorted(shortlist.items, key=lambda i: sent.order.index(i.id) if i.id in sent.order else len(sent.order))
        return render_template("shortlists/order_conflict.html", shortlist=shortlist, mine=mine, **_board()), 409
    return redirect(url_for("shortlists.page", shortlist_id=shortlist_id, _anchor="matches"), 303)


@bp.post("/shortlists/<uuid:shortlist_id>/archive")
@commit_after
def archive(shortlist_id: uuid.UUID) -> Response:
    """Puts a shortlist away, or takes it out again."""
    is_archived = request.form.get("archived") == "1"
    desk.save_archived(db.session, require_user(), shortlist_id=shortlist_id, is_archived=is_archived)
    return redirect(url_for("shortlists.index", archived=shortlist_id if is_archived else None), 303)


@bp.post("/shortlists/<uuid:shortlist_id>/delete")
@commit_after
def delete(shortlist_id: uuid.UUID) -> Response:
    """Deletes a shortlist; the next page offers to bring it back."""
    desk.delete_shortlist(db.session, require_user(), shortlist_id=shortlist_id)
    return redirect(url_for("shortlists.index", deleted=shortlist_id), 303)


@bp.post("/shortlists/<uuid:shortlist_id>/restore")
@commit_after
def restore(shortlist_id: uuid.UUID) -> Response:
    """Brings a deleted shortlist back."""
    head = desk.restore_shortlist(db.session, require_user(), shortlist_id=shortlist_id)
    flash(gettext("“%(title)s” is back.", title=head.title))
    return redirect(url_for("shortlists.page", shortlist_id=shortlist_id), 303)


# --- matches on a list -----------------------------------------------------------------------------------------------


@bp.get("/shortlists/add")
def choose() -> str:
    """Which shortlist to put a match on."""
    pair = forms.read_pair(request.args)
    return _choose(pair, forms.ShortlistForm(formdata=None))


@bp.post("/shortlists/add")
@commit_after
def add() -> Response | tuple[str, int]:
    """Puts a match on a shortlist, as it is now; on a new one where none was chosen."""
    user, pair = require_user(), forms.read_pair(request.form)
    shortlist_id, form = forms.read_id(request.form.get("shortlist")), forms.ShortlistForm()
    if shortlist_id is None:
        if not form.offer(desk.list_teams(db.session, user)).validate():
            return _choose(pair, form), 422
        shortlist_id = desk.save_shortlist(db.session, user, title=form.title.data, team_id=form.team_id)
    board = current_board()
    added = desk.save_new_item(
        db.session, user, shortlist_id=shortlist_id, snapshot=_snapshot(board, pair),
        corpus_id=board.corpus.snapshot_id, matcher_version=board.matcher_version,
    )  # fmt: skip
    flash(gettext("Added to the shortlist.") if added.is_new else gettext("This match is on that shortlist already."))
    return redirect(_back(pair) or url_for("shortlists.page", shortlist_id=shortlist_id), 303)


@bp.get("/shortlists/items/<uuid:item_id>")
def item(item_id: uuid.UUID) -> str:
    """One match on a shortlist: follow-up, history, the match as it was and what has changed since."""
    shortlist, found = desk.get_item(db.session, require_user(), item_id=item_id)
    return _item(shortlist, found, forms.item_form(found, shortlist.people))


@bp.post("/shortlists/items/<uuid:item_id>")
@commit_after
def save_item(item_id: uuid.UUID) -> Response | tuple[str, int]:
    """Saves the follow-up; where someone else has saved meanwhile, shows both."""
    user = require_user()
    shortlist, found = desk.get_item(db.session, user, item_id=item_id, right=TeamRight.EDIT)
    form = forms.item_form(found, shortlist.people)
    if not form.validate():
        return _item(shortlist, found, form), 422
    edit = form.settled(found)
    try:
        is_changed = desk.save_item(db.session, user, item_id=item_id, version=form.version.data, edit=edit)
    except Stale:
        return _conflict(shortlist, form.version.data, edit, item_id), 409
    is_judged = form.counts.data and _count_as_refused(item_id)
    flash(gettext("Saved.") if is_changed or is_judged else gettext("Nothing was changed."))
    return redirect(url_for("shortlists.item", item_id=item_id), 303)


@bp.post("/shortlists/items/<uuid:item_id>/delete")
@commit_after
def delete_item(item_id: uuid.UUID) -> Response:
    """Takes a match off its shortlist; the next page offers to bring it back."""
    removed = desk.delete_item(db.session, require_user(), item_id=item_id)
    return redirect(url_for("shortlists.page", shortlist_id=removed.shortlist_id, removed=item_id), 303)


@bp.post("/shortlists/items/<uuid:item_id>/restore")
@commit_after
def restore_item(item_id: uuid.UUID) -> Response:
    """Brings a removed match back."""
    back = desk.restore_item(db.session, require_user(), item_id=item_id)
    flash(gettext("The match is back on the shortlist."))
    return redirect(url_for("shortlists.page", shortlist_id=back.shortlist_id, _anchor=f"item-{item_id}"), 303)


# --- what goes wrong -------------------------------------------------------------------------------------------------


@bp.app_errorhandler(UnknownShortlist)
def unknown(_error: UnknownShortlist) -> tuple[str, int]:
    """Not there, or not for this person's eyes; nobody learns which."""
    return render_template("shortlists/unknown.html"), 404


@bp.app_errorhandler(ReadOnly)
def read_only(error: ReadOnly) -> tuple[str, int]:
    """May look, but not change."""
    return render_template("shortlists/read_only.html", head=error.head), 403


@bp.app_errorhandler(Full)
def full(_error: Full) -> tuple[str, int]:
    """As many matches as one person can follow."""
    return render_template("shortlists/full.html", most=desk.MAX_ITEMS), 409


@bp.app_errorhandler(Stale)
def stale(_error: Stale) -> tuple[str, int]:
    """Someone else saved in the very same moment."""
    return render_template("shortlists/stale.html"), 409


# --- within ----------------------------------------------------------------------------------------------------------


def _today() -> date:
    return datetime.now(UTC).date()


def _board() -> dict[str, Any]:
    return {"board": current_board(), "today": _today()}


def _back(pair: forms.Pair) -> str | None:
    """Where a match was added from: on a page of many, the very row whose button it was."""
    back = own_path(request.form.get("next"))
    return f"{back}#with-{pair.partner_id}" if back and "pair" in request.form else back


def _index(form: forms.ShortlistForm) -> str:
    user = require_user()
    listings = desk.list_shortlists(db.session, user, today=_today())
    form.offer(desk.list_teams(db.session, user))
    undo = {name: forms.read_id(request.args.get(name)) for name in ("archived", "deleted")}
    return render_template("shortlists/index.html", listings=listings, form=form, undo_of=undo)


def _page(shortlist: Shortlist, form: forms.ShortlistForm) -> str:
    chosen, today = forms.read_filter(request.args), _today()
    return render_template(
        "shortlists/page.html", shortlist=shortlist, form=form, chosen=chosen, **_board(),
        items=[i for i in shortlist.items if chosen.admits(i, today)],
        removed=forms.read_id(request.args.get("removed")),
        can_export="exports.shortlist" in current_app.view_functions,
    )  # fmt: skip


def _choose(pair: forms.Pair, form: forms.ShortlistForm) -> str:
    user, board = require_user(), current_board()
    why = board.pair_as(pair.seeker_id, pair.partner_id, pair.relation)
    form.offer(desk.list_teams(db.session, user))
    seeker, partner = board.parties(why)
    return render_template(
        "shortlists/add.html", pair=pair, why=why, seeker=seeker, partner=partner, form=form,
        heads=desk.list_editable(db.session, user), back=own_path(request.values.get("next")),
    )  # fmt: skip


def _item(shortlist: Shortlist, found: Item, form: forms.ItemForm) -> str:
    board = current_board()
    events = desk.list_events(db.session, require_user(), item_id=found.id)
    return render_template(
        "shortlists/item.html", shortlist=shortlist, item=found, form=form, events=events,
        since=_since(board, found), **_board(),
    )  # fmt: skip


def _conflict(shortlist: Shortlist, version: int, mine: desk.Edit, item_id: uuid.UUID) -> str:
    # Read again: what the other has saved in this very moment is not in what was read before.
    shortlist, theirs = desk.get_item(db.session, require_user(), item_id=item_id)
    changed = desk.list_changed_since(db.session, require_user(), item_id=item_id, version=version)
    return render_template(
        "shortlists/conflict.html", shortlist=shortlist, item=theirs, mine=mine, people=shortlist.people,
        found=forms.differences(theirs.edit, mine, changed), **_board(),
        last=next(iter(desk.list_events(db.session, require_user(), item_id=item_id)), None),
    )  # fmt: skip


def _snapshot(board: Board, pair: forms.Pair) -> Snapshot:
    best = board.pair(pair.seeker_id, pair.partner_id)
    chosen = board.pair_as(pair.seeker_id, pair.partner_id, pair.relation)
    return Snapshot.of(chosen, *board.parties(chosen), best.match.relation)


def _count_as_refused(item_id: uuid.UUID) -> bool:
    """Writes down that a declined match is not relevant, where its officer says so; it stays on the lists."""
    user, board = require_user(), current_board()
    _, item = desk.get_item(db.session, user, item_id=item_id)
    both = [board.corpus.profiles.get(i) for i in (item.seeker_id, item.partner_id)]
    if item.status is not Status.DECLINED or both[0] is None or both[1] is None:
        return False
    known = judgements.find_judgement(db.session, user, pair=(item.seeker_id, item.partner_id))
    save_verdict(user, board, (both[0], both[1]), verdict_of(item, known))
    return True


def _since(board: Board, item: Item) -> Since:
    gone = tuple(i for i in (item.seeker_id, item.partner_id) if i not in board.corpus.profiles)
    now = None if gone else _snapshot(board, forms.Pair(item.seeker_id, item.partner_id, item.relation))
    return changes_since(item.snapshot, now, gone=gone)


# --- on other pages --------------------------------------------------------------------------------------------------


@bp.app_context_processor
def _for_other_pages() -> dict[str, Any]:
    return {"is_desk_open": _is_desk_open, "my_shortlists": _my_shortlists, "listed_with": _listed_with}


def _is_desk_open() -> bool:
    """Whether whoever looks may keep shortlists, or could after signing in."""
    user = current_user()
    return user is None or Policy.OFFICER.admits(user.role)


def _my_shortlists() -> tuple[Head, ...]:
    user = current_user()
    if "my_shortlists" not in g:
        # Each row of a page asks.
        g.my_shortlists = desk.list_editable(db.session, user) if user and Policy.OFFICER.admits(user.role) else ()
    heads: tuple[Head, ...] = g.my_shortlists
    return heads


def _listed_with(profile_id: str, other_ids: Collection[str]) -> Mapping[str, tuple[Listed, ...]]:
    user = current_user()
    if user is None or not Policy.OFFICER.admits(user.role):
        return {}
    return desk.list_listed(db.session, user, profile_id=profile_id, other_ids=other_ids)
