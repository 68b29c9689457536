"""The pages. Each view loads, validates, calls and renders; nothing more."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

from flask import Flask, request, url_for
from jinja2 import StrictUndefined

from web import i18n
from web.facets import Facet
from web.forms import search as forms
from web.forms import why
from web.views import (
    accounts,
    administration,
    audit,
    combinations,
    compare,
    draft,
    duplicates,
    errors,
    exports,
    health,
    home,
    imports,
    interests,
    introductions,
    judgements,
    listings,
    matches,
    oidc,
    organisations,
    people,
    pictures,
    programme_editing,
    programmes,
    quality,
    recent,
    reference,
    reviews,
    revisions,
    search,
    searches,
    shortlists,
    submissions,
    taxonomy,
    teams,
    tokens,
)

# Flask's documented pattern for languages in addresses (patterns/urlprocessors); an unknown language is a 404.
_PREFIX: Final = "/<any(en, fr, ja):lang>"
# Facets whose values come in their own order, and the one of which a single value can be chosen.
_ORDERED: Final = ("country", "trl", "language")
_SINGLE: Final = "country"


def init_app(app: Flask) -> None:
    """Adds every page, in every language, and the pages for what goes wrong."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        facet_choices=_facet_choices,
        toggle_url=_toggle_url,
        query_url=_query_url,
        sign_in_url=_sign_in_url,
        filters_in_use=lambda: why.filters(request.args),
    )
    app.add_url_rule("/", view_func=home.choose)
    for module in (
        home, search, organisations, matches, programmes, quality, pictures, exports, searches, compare, recent,
        accounts, tokens, reference, people, duplicates, teams, oidc, shortlists, introductions, imports, draft,
        judgements, combinations, interests, submissions, listings, reviews, revisions, administration, audit,
        programme_editing, taxonomy,
    ):  # fmt: skip
        app.register_blueprint(module.bp, url_prefix=_PREFIX)
    # Not in any language.
    app.register_blueprint(health.bp)
    oidc.init_app(app, app.extensions["kakehashi.settings"])
    errors.init_app(app)


class _Choice(NamedTuple):
    """One value of a facet as it stands on a page: a link that puts it in, or takes it out again."""

    value: str
    label: str
    shown: int
    url: str
    is_on: bool


def _facet_choices(facet: Facet) -> list[_Choice]:
    """The values of a facet: codes with an order of their own keep it, the others come by how many they would show."""
    counts = facet.counts if facet.name in _ORDERED else sorted(facet.counts, key=lambda c: -c[1])
    # A page has some sixty of these links: what they have in common is written once.
    base = urlencode(forms.replaced(request.args, facet.name if facet.name == _SINGLE else "page", None))
    start = f"{request.path}?{base}&{facet.name}=" if base else f"{request.path}?{facet.name}="
    return [
        _Choice(value, i18n.facet_label(facet.name, value), count, _toggle_url(facet.name, value), is_on=True)
        if value in facet.chosen
        else _Choice(value, i18n.facet_label(facet.name, value), count, start + quote(value), is_on=False)
        for value, count in counts
    ]


def _toggle_url(name: str, value: str) -> str:
    return _here(forms.toggled(request.args, name, value))


def _query_url(name: str, value: str | None) -> str:
    return _here(forms.replaced(request.args, name, value))


def _sign_in_url() -> str:
    """The page to sign in on, which leads back here; from pages about signing in it leads home."""
    is_page = request.method == "GET" and request.endpoint is not None and request.blueprint not in {"accounts", "oidc"}
    return url_for("accounts.sign_in", next=_here(list(request.args.items(multi=True))) if is_page else None)


def _here(query: list[tuple[str, str]]) -> str:
    return f"{request.path}?{urlencode(query)}" if query else request.path
