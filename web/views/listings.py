"""A published profile in its keeper's hands: renewing, withdrawing, how often it was shown, and one's own data."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from flask import Blueprint, Response, flash, json, redirect, render_template, request, url_for
from flask_babel import gettext

from web import pictures
from web import submission_letters as letters
from web.alerts import BadLink
from web.auth import require_user
from web.exports import own_data
from web.extensions import db, limiter
from web.forms.submissions import read_version
from web.i18n import submissions as words
from web.matching import current_board
from web.store import Outdated, showings, submissions
from web.store.showings import Kind, Showing
from web.store.submissions import Listing, Shown, UnknownSubmission
from web.views import errors
from web.views.transaction import commit_after

bp = Blueprint("listings", __name__)
bp.register_error_handler(UnknownSubmission, errors.not_found)

_LINK_LIMIT: Final = "60/hour"
_WEEKS: Final = 12


@bp.errorhandler(Outdated)
def outdated(_error: Outdated) -> Any:
    """Pressed twice, or changed in another window."""
    flash(gettext("Nothing was changed: your profile has moved on since that page was loaded. This is how it stands."))
    return redirect(url_for("submissions.index"), 303)


@bp.errorhandler(BadLink)
def bad_link(_error: BadLink) -> tuple[str, int]:
    """A link from a mail that leads nowhere any more."""
    return render_template("submissions/bad_link.html"), 404


# --- listed or not ----------------------------------------------------------------------------------------------------


@bp.post("/my-organisation/renew")
@commit_after
def renew() -> Any:
    """Lists the profile for another year, from today on, also one that was withdrawn or has expired."""
    listing = _show(Shown.PUBLISHED)
    flash(gettext("Listed for another year."))
    return redirect(url_for("submissions.index", _anchor=listing.shown.value), 303)


@bp.route("/my-organisation/withdraw", methods=["GET", "POST"])
@commit_after
def withdraw() -> Any:
    """Says what withdrawing does, asks, and takes the profile away from all lists."""
    kept = _kept()
    if request.method == "GET":
        return render_template("submissions/withdraw.html", kept=kept)
    _show(Shown.WITHDRAWN)
    flash(gettext("Your profile is withdrawn: nobody sees it now. You can list it again at any time."))
    return redirect(url_for("submissions.index"), 303)


@bp.route("/listings/renew/<token>", methods=["GET", "POST"])
@limiter.limit(_LINK_LIMIT)
@commit_after
def renew_by_link(token: str) -> str:
    """Asks, then lists a profile for another year, for whoever has the mailed link."""
    account_id, entry_id, expires_on = letters.read_renewal(token)
    kept = submissions.find_kept(db.session, account_id=account_id)
    if kept is None or kept.entry_id != entry_id or kept.shown is Shown.WITHDRAWN:
        raise BadLink
    is_done = kept.expires_on != expires_on
    if request.method == "POST" and not is_done:
        kept, is_done = _shown(kept, Shown.PUBLISHED, kept.version, str(account_id)), True
    profile = submissions.get_entry_profile(db.session, entry_id=entry_id)
    return render_template("submissions/renew.html", kept=kept, profile=profile, is_done=is_done)


@bp.route("/listings/no-reminders/<token>", methods=["GET", "POST"])
@limiter.limit(_LINK_LIMIT)
@commit_after
def stop_by_link(token: str) -> str:
    """Asks, then sends no more reminders before a listing ends."""
    account_id = letters.read_stop(token)
    kept = submissions.find_kept(db.session, account_id=account_id)
    if kept is None:
        raise BadLink
    if request.method == "POST":
        submissions.save_unreminded(db.session, account_id=account_id)
    is_done = account_id not in submissions.list_reminded(db.session, entry_id=kept.entry_id)
    return render_template("submissions/no_reminders.html", kept=kept, is_done=is_done)


# --- how often it was shown, and what is kept -------------------------------------------------------------------------


@bp.get("/my-organisation/statistics")
def statistics() -> str:
    """How often one's own profile was shown, by week."""
    monday = _today() - timedelta(days=_today().weekday())
    weeks = [monday - timedelta(weeks=ago) for ago in reversed(range(_WEEKS))]
    found = showings.list_showings(db.session, entry_id=_kept().entry_id, since=weeks[0])
    sums = _by_week(found)
    totals = [(week, sum(sums[week, kind] for kind in Kind)) for week in weeks]
    return render_template(
        "submissions/statistics.html", weeks=weeks, sums=sums, bars=pictures.bars(totals), kinds=list(Kind),
        pictures=pictures, words=words, total=sum(count for _, count in totals),
    )  # fmt: skip


@bp.get("/my-organisation/matches")
def matches() -> Any:
    """One's own partners as everybody sees them; for an anonymous organisation under its alias."""
    kept = _kept()
    current_board().profile(kept.address)
    return redirect(url_for("organisations.partners", profile_id=kept.address))


@bp.get("/my-organisation/data.json")
def data() -> Response:
    """All that is kept of a person and their organisation, as a file."""
    text = json.dumps(own_data.collect(db.session, require_user()), ensure_ascii=False, indent=2, sort_keys=False)
    name = f"kakehashi-{_today().isoformat()}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text + "\n", mimetype="application/json", headers=headers)


def _kept() -> Listing:
    kept = submissions.find_kept(db.session, account_id=require_user().id)
    if kept is None:
        raise UnknownSubmission
    return kept


def _show(shown: Shown) -> Listing:
    return _shown(_kept(), shown, read_version(request.form), str(require_user().id))


def _shown(kept: Listing, shown: Shown, version: int, actor: str) -> Listing:
    return submissions.save_shown(
        db.session, entry_id=kept.entry_id, version=version, shown=shown, actor=actor, day=_today()
    )


def _by_week(found: tuple[Showing, ...]) -> Counter[tuple[date, Kind]]:
    sums: Counter[tuple[date, Kind]] = Counter()
    for one in found:
        sums[one.day - timedelta(days=one.day.weekday()), one.kind] += one.count
    return sums


def _today() -> date:
    return datetime.now(UTC).date()
