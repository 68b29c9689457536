"""The pages. Each view loads, validates, calls and renders; nothing more."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from flask import Flask, request
from jinja2 import StrictUndefined

from web import forms
from web.views import errors, home, matches, organisations, programmes, search

# Flask's documented pattern for languages in addresses (patterns/urlprocessors); an unknown language is a 404.
_PREFIX: Final = "/<any(en, fr, ja):lang>"


def init_app(app: Flask) -> None:
    """Adds every page, in every language, and the pages for what goes wrong."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(toggle_url=_toggle_url, query_url=_query_url)
    app.add_url_rule("/", view_func=home.choose)
    for module in (home, search, organisations, matches, programmes):
        app.register_blueprint(module.bp, url_prefix=_PREFIX)
    errors.init_app(app)


def _toggle_url(name: str, value: str) -> str:
    return _here(forms.toggled(request.args, name, value))


def _query_url(name: str, value: str | None) -> str:
    return _here(forms.replaced(request.args, name, value))


def _here(query: list[tuple[str, str]]) -> str:
    return f"{request.path}?{urlencode(query)}" if query else request.path
