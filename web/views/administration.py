"""The desks of reviewers and administrators: where each of their pages is, what it is for, and how much there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, render_template, url_for
from flask_babel import gettext, ngettext

from web.auth import require_user
from web.extensions import db
from web.i18n import moment, number
from web.matching import current_board
from web.store import audit, combinations, imports, people, reviews, taxonomy
from web.views import duplicates

bp = Blueprint("administration", __name__)

_DESKS: Final = {
    **dict.fromkeys(("reviews", "revisions", "duplicates", "imports", "programme_editing", "taxonomy"), "review"),
    **dict.fromkeys(("people", "audit", "combinations"), "administration"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of a desk."""

    url: str
    title: str
    purpose: str
    state: str


@bp.get("/review")
def review() -> str:
    """What reviewers keep in order."""
    return render_template("administration/review.html", entries=tuple(_review()))


@bp.get("/administration")
def index() -> str:
    """What administrators keep in order."""
    return render_template("administration/index.html", entries=tuple(_administration()))


def _review() -> Iterator[Entry]:
    sent = reviews.count_waiting(db.session)
    yield Entry(
        url_for("reviews.index"), gettext("Submissions"), gettext("Profiles that organisations have sent in."),
        ngettext("%(number)s waits", "%(number)s wait", sent, number=number(sent)),
    )  # fmt: skip
    waiting = duplicates.count_open()
    yield Entry(
        url_for("duplicates.index"), gettext("Duplicates"), gettext("Entries that may be one organisation."),
        ngettext("%(number)s pair to look at", "%(number)s pairs to look at", waiting, number=number(waiting)),
    )  # fmt: skip
    drafts = sum(head.accepted_at is None for head in imports.list_imports(db.session, owner_id=require_user().id))
    yield Entry(
        url_for("imports.index"), gettext("Import"), gettext("Organisations from a spreadsheet, looked at row by row."),
        ngettext("%(number)s file waits", "%(number)s files wait", drafts, number=number(drafts)),
    )  # fmt: skip
    programmes = len(current_board().corpus.programmes)
    yield Entry(
        url_for("programme_editing.index"), gettext("Programmes"),
        gettext("Dates, rules and sources of each programme, with their history."),
        ngettext("%(number)s programme", "%(number)s programmes", programmes, number=number(programmes)),
    )  # fmt: skip
    changes = taxonomy.count_changes(db.session)
    yield Entry(
        url_for("taxonomy.index"), gettext("Subjects"),
        gettext("What statements are about: labels in three languages, and what is narrower than what."),
        ngettext("%(number)s change", "%(number)s changes", changes, number=number(changes)),
    )  # fmt: skip


def _administration() -> Iterator[Entry]:
    everybody = len(people.find_ids(db.session, people.Wanted()))
    yield Entry(
        url_for("people.index"), gettext("People"), gettext("Roles, teams, and who may sign in."),
        ngettext("%(number)s account", "%(number)s accounts", everybody, number=number(everybody)),
    )  # fmt: skip
    newest = audit.list_events(db.session, audit.Wanted(), most=1)
    yield Entry(
        url_for("audit.index"), gettext("Audit log"), gettext("Who did what, to search and to export."),
        gettext("Newest entry: %(time)s", time=moment(newest[0].happened_at)) if newest else gettext("No entry yet"),
    )  # fmt: skip
    active = combinations.get_active(db.session)
    yield Entry(
        url_for("combinations.index"), gettext("Weights of the matcher"),
        gettext("What was measured of them, and which are in use."),
        gettext("In use: %(version)s", version=active.version),
    )  # fmt: skip


@bp.app_template_global()
def desk_of(blueprint: str | None) -> str:
    """Which of the two desks a page belongs to; empty where it is neither's."""
    return _DESKS.get(blueprint or "", "")
