"""Who may call a view, and what every answer says to the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Flask, Response, abort, current_app, request

_View = TypeVar("_View", bound=Callable[..., Any])

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def public(view: _View) -> _View:
    """Declares that anyone may call a view."""
    view.policy = "public"  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    """Denies every view that declares no policy, and adds the headers to every answer."""
    app.view_functions["static"] = public(app.view_functions["static"])
    app.before_request(_check_policy)
    app.after_request(_add_headers)


def _check_policy() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is not None and getattr(view, "policy", None) != "public":
        abort(403)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
