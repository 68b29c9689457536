"""Organisations that a visitor looked at lately: in the signed cookie of their session and nowhere else."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from matcher.profile import Profile
from web.matching import Board
from web.security import own_path

bp = Blueprint("recent", __name__)

_KEY: Final = "recent"
_MOST: Final = 8


@bp.post("/recent/clear")
def clear() -> Response:
    """Forgets them all."""
    session.pop(_KEY, None)
    flash(gettext("The list of what you looked at is empty now."))
    return redirect(own_path(request.form.get("next")) or url_for("home.index"), 303)


def remember(profile: Profile) -> None:
    """Puts an organisation first in the list; a visitor who asks not to be tracked has no list."""
    if request.headers.get("DNT") == "1" or request.headers.get("Sec-GPC") == "1":
        session.pop(_KEY, None)
        return
    before = session.get(_KEY, [])
    if before[:1] != [profile.id]:
        session[_KEY] = [profile.id, *(i for i in before if i != profile.id)][:_MOST]


def viewed(board: Board) -> tuple[Profile, ...]:
    """What the visitor looked at, the latest first."""
    return tuple(board.corpus.organisations[i] for i in session.get(_KEY, ()) if i in board.corpus.organisations)
