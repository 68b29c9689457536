"""The API for other programs, version 1: the same answers as on the pages, as JSON, with tokens for what is one's own.

``contract`` declares operations and reads what is sent; ``schemas`` says what comes back; ``openapi`` writes both down.
"""

from __future__ import annotations

from flask import Flask, Response

from web.api import access, exports, openapi, organisations, programmes, shortlists, submission
from web.api.contract import bp
from web.extensions import csrf
from web.security import is_api

__all__ = ("exports", "init_app", "openapi", "organisations", "programmes", "shortlists", "submission")

# A blueprint is finished before the first application takes it.
access.guard(bp)


def init_app(app: Flask) -> None:
    """Adds every operation."""
    # Forged requests ride on cookies, which mean nothing here (web.auth).
    csrf.exempt(bp)
    app.register_blueprint(bp)
    app.after_request(_without_page)


def _without_page(response: Response) -> Response:
    """To the address with fewer slashes Flask redirects by itself, with a page for browsers of long ago."""
    if is_api() and response.mimetype == "text/html":
        response.set_data(b"")
        del response.headers["Content-Type"]
    return response
