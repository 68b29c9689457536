"""Pages for what goes wrong: what happened, what was kept, what to do."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest, Conflict, HTTPException, NotFound

from web import problems
from web.extensions import db
from web.matching import ClosedEntry, DelistedEntry, MovedEntry, SameCountry, SilentEntry, UnknownEntry
from web.security import KEEPS_TYPED, is_api
from web.store import Collision, DatabaseAway, DatabaseNotReady, Unavailable, Unstorable
from web.store.accounts import NoSuchTeam, RightMissing, TooMany
from web.store.interests import find_entry_id

_log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Answers every error with a page."""
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(UnknownEntry, unknown)
    app.register_error_handler(ClosedEntry, closed)
    app.register_error_handler(DelistedEntry, delisted)
    app.register_error_handler(SilentEntry, silent)
    app.register_error_handler(MovedEntry, moved)
    app.register_error_handler(SameCountry, same_country)
    app.register_error_handler(DatabaseNotReady, not_ready)
    app.register_error_handler(DatabaseAway, away)
    app.register_error_handler(Unavailable, away)
    app.register_error_handler(Unstorable, unstorable)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(NoSuchTeam, not_found)
    app.register_error_handler(RightMissing, right_missing)
    app.register_error_handler(TooMany, lambda _: http(Conflict()))
    app.register_error_handler(Collision, conflict)


def http(error: HTTPException) -> Any:
    """Any error that HTTP has a number for. An address under that of the API is never answered by a page."""
    if is_api():
        return problems.answer(error)
    if error.code == 401 and request.endpoint in KEEPS_TYPED:
        return render_template("typed_again.html"), 401
    response = error.get_response()
    # A redirect to the address with the right slash comes as an exception too.
    if response.status_code >= 400:
        response.data = render_template("error.html", code=response.status_code)
    return response


def not_found(_error: Exception) -> Any:
    """Not there, or not this person's: nobody learns which."""
    return http(NotFound())


def unknown(error: UnknownEntry) -> Any:
    """No such organisation or programme; or one that was published a moment ago, which is being taken in."""
    if request.blueprint != "programmes" and find_entry_id(db.session, address=error.entry_id):
        return render_template("arriving.html"), 503, {"Retry-After": "10"}
    return render_template("unknown.html", error=error, is_programme=request.blueprint == "programmes"), 404


def closed(error: ClosedEntry) -> tuple[str, int]:
    """Partners of an organisation that no longer exists."""
    return render_template("closed.html", profile=error.profile), 410


def delisted(_error: DelistedEntry) -> tuple[str, int]:
    """An organisation that was withdrawn or has expired: nothing is said of it that it did not want said."""
    return render_template("delisted.html"), 410


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
    page = "typed_again.html" if request.endpoint in KEEPS_TYPED and request.form else "form_expired.html"
    return render_template(page), 400


def conflict(error: Collision) -> Any:
    """Two wrote the same in one moment, such as a button that was pressed twice, and this one came second."""
    # The first line names the constraint, later ones of PostgreSQL the values.
    _log.warning("nothing was written: %s", str(error.orig).partition("\n")[0])
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


def away(error: DatabaseAway | Unavailable) -> tuple[str, int, dict[str, str]]:
    """A database that does not answer, or whose lock somebody else holds too long."""
    # The first line says why, later ones of PostgreSQL may quote what was written.
    _log.error("the database is away or busy: %s", str(getattr(error, "orig", error)).partition("\n")[0])
    g.user = None
    return render_template("error.html", code=503, reason="away"), 503, {"Retry-After": "30"}


def unstorable(error: Unstorable) -> Any:
    """A text that is too long, or a number too large, which the form should have refused."""
    _log.error("the database refused a value: %s", str(error.orig).partition("\n")[0])
    return http(BadRequest())
