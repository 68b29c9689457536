"""One organisation entered twice: what looks like it, merging, and remembering what is two after all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from matcher.duplicates import Candidate
from matcher.profile import Profile
from web.auth import require_user
from web.extensions import db
from web.i18n.labels import DUPLICATE_REASONS
from web.matching import Board, current_board
from web.store import Outdated, merging
from web.store.merging import UnknownPair
from web.views import errors
from web.views.transaction import commit_after

bp = Blueprint("duplicates", __name__)
bp.register_error_handler(UnknownPair, errors.not_found)

_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Pair:
    """Two organisations that may be one: the fuller first."""

    keep: Profile
    remove: Profile
    candidate: Candidate


@bp.get("/duplicates")
def index() -> str:
    """Pairs that may be one organisation, the last merges, and pairs that were found to be two."""
    return _index()


@bp.get("/duplicates/<keep_id>/<remove_id>")
def preview(keep_id: str, remove_id: str) -> str:
    """What merging the two would give."""
    return _preview(keep_id, remove_id)


@bp.post("/duplicates/<keep_id>/<remove_id>")
@commit_after
def merge(keep_id: str, remove_id: str) -> Any:
    """Merges the second into the first, where both still are as they were shown."""
    mark, actor = request.form.get("mark", ""), str(require_user().id)
    try:
        merging.save_merge(db.session, keep_id=keep_id, remove_id=remove_id, actor=actor, mark=mark)
    except Outdated:
        return _preview(keep_id, remove_id, is_stale=True), 409
    flash(gettext("Merged. Its old address leads to the entry that stays; you can undo this below."))
    return redirect(url_for("duplicates.index", _anchor="merged"), 303)


@bp.post("/duplicates/<one_id>/<other_id>/decision")
@commit_after
def decide(one_id: str, other_id: str) -> Any:
    """Remembers that two are not one, or takes that back."""
    is_back = request.form.get("decision") == "open"
    act = merging.delete_distinct if is_back else merging.save_distinct
    act(db.session, one_id=one_id, other_id=other_id, actor=str(require_user().id))
    flash(gettext("The pair is back on the list.") if is_back else gettext("Remembered: these are two organisations."))
    return redirect(url_for("duplicates.index"), 303)


@bp.post("/duplicates/<removed_id>/undo")
@commit_after
def undo(removed_id: str) -> Any:
    """Makes two of one again."""
    try:
        merging.save_unmerge(db.session, removed_id=removed_id, actor=str(require_user().id))
    except Outdated:
        return _index(is_stale=True), 409
    flash(gettext("Undone: both entries are as they were before the merge."))
    return redirect(url_for("duplicates.index"), 303)


def count_open() -> int:
    """How many pairs wait for somebody to look at them."""
    return len(list(_open_pairs(current_board(), set(merging.list_distinct(db.session)))))


def _index(*, is_stale: bool = False) -> str:
    board, distinct = current_board(), merging.list_distinct(db.session)
    pairs = list(_open_pairs(board, set(distinct)))
    organisations = board.corpus.organisations
    decided = [(organisations[a], organisations[b]) for a, b in distinct if {a, b} <= organisations.keys()]
    return render_template(
        "duplicates/index.html", board=board, pairs=pairs[:_MOST], total=len(pairs), decided=decided[:_MOST],
        merges=merging.list_merges(db.session), is_stale=is_stale, reasons=DUPLICATE_REASONS,
    )  # fmt: skip


def _open_pairs(board: Board, distinct: set[tuple[str, str]]) -> Iterator[Pair]:
    """What nobody has decided. The board may be of before the last merge: what was merged since is left out."""
    merged, organisations = merging.list_redirects(db.session), board.corpus.organisations
    for keep_id, remove_id, candidate in board.duplicates():
        is_decided = (min(keep_id, remove_id), max(keep_id, remove_id)) in distinct
        if not is_decided and not {keep_id, remove_id} & merged.keys():
            yield Pair(organisations[keep_id], organisations[remove_id], candidate)


def _preview(keep_id: str, remove_id: str, *, is_stale: bool = False) -> str:
    proposal = merging.get_proposal(db.session, keep_id=keep_id, remove_id=remove_id)
    pairs = {(a, b): c for a, b, c in current_board().duplicates()}
    candidate = pairs.get((keep_id, remove_id)) or pairs.get((remove_id, keep_id))
    return render_template(
        "duplicates/preview.html", board=current_board(), proposal=proposal, candidate=candidate,
        is_stale=is_stale, reasons=DUPLICATE_REASONS,
    )  # fmt: skip
