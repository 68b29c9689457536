"""Pages for what goes wrong: what happened, what was kept, what to do."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Conflict, HTTPException, NotFound

from web.matching import ClosedEntry, MovedEntry, SameCountry, SilentEntry, UnknownEntry
from web.store import Collision, DatabaseNotReady
from web.store.accounts import NoSuchTeam, RightMissing, TooMany

_log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Answers every error with a page."""
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(UnknownEntry, unknown)
    app.register_error_handler(ClosedEntry, closed)
    app.register_error_handler(SilentEntry, silent)
    app.register_error_handler(MovedEntry, moved)
    app.register_error_handler(SameCountry, same_country)
    app.register_error_handler(DatabaseNotReady, not_ready)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(NoSuchTeam, lambda _: http(NotFound()))
    app.register_error_handler(RightMissing, right_missing)
    app.register_error_handler(TooMany, lambda _: http(Conflict()))
    app.register_error_handler(Collision, conflict)


def http(error: HTTPException) -> Any:
    """Any error that HTTP has a number for."""
    response = error.get_response()
    # A redirect to the address with the right slash comes as an exception too.
    if response.status_code >= 400:
        response.data = render_template("error.html", code=response.status_code)
    return response


def unknown(error: UnknownEntry) -> tuple[str, int]:
    """No such organisation or programme."""
    return render_template("unknown.html", error=error, is_programme=request.blueprint == "programmes"), 404


def closed(error: ClosedEntry) -> tuple[str, int]:
    """Partners of an organisation that no longer exists."""
    return render_template("closed.html", profile=error.profile), 410


def silent(error: SilentEntry) -> tuple[str, int]:
    """Partners of an organisation of which too little is known."""
    return render_template("silent.html", profile=error.profile), 404


def moved(error: MovedEntry) -> Any:
    """An address that names an organisation which was merged into another: the same page of that one."""
    given = request.view_args or {}
    parts: dict[str, Any] = {name: error.new_id if value == error.entry_id else value for name, value in given.items()}
    if request.method not in {"GET", "HEAD"} or parts == given or request.endpoint is None:
        return unknown(error)
    query = request.query_string.decode("ascii", "replace")
    return redirect(url_for(request.endpoint, **parts) + (f"?{query}" if query else ""), 301)


def same_country(error: SameCountry) -> tuple[str, int]:
    """A match within one country."""
    return render_template("same_country.html", both=error.both), 404


def forged(error: CSRFError) -> tuple[str, int]:
    """A form without the token of the session: an old page, or a page of somebody else."""
    _log.info("a form was refused: %s", error.description)
    return render_template("form_expired.html"), 400


def conflict(error: Collision) -> Any:
    """Two wrote the same in one moment, such as a button that was pressed twice, and this one came second."""
    _log.warning("nothing was written: %s", error.orig)
    return http(Conflict())


def right_missing(_error: RightMissing) -> tuple[str, int]:
    """Something in a team that the person may see but not do."""
    return render_template("error.html", code=403, reason="right"), 403


def not_ready(error: DatabaseNotReady) -> tuple[str, int, dict[str, str]]:
    """No usable database."""
    _log.error("the database is not ready: %s", error)
    # Who is signed in cannot be looked up for this page either.
    g.user = None
    return render_template("error.html", code=503), 503, {"Retry-After": "60"}
