"""Languages: which one a request speaks, every label, and the sentences that put explanations and rules into words.

Nothing here knows of requests except this module; the command line uses the same sentences under ``force_locale``.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, g, has_request_context, request, url_for

from matcher.match import BANDS as BAND_BOUNDS
from matcher.match import LEVELS as LEVEL_BOUNDS
from matcher.profile import LANGUAGES
from web.extensions import babel
from web.i18n.formats import (
    added_up,
    band_bounds,
    concept,
    concepts,
    day,
    decimal,
    facet_label,
    ground_steps,
    host,
    iso_day,
    language,
    listed,
    moment,
    name_language,
    number,
    place,
    points,
    short_day,
    short_name,
    shorten,
    steps,
    subdivision,
    subdivisions,
)
from web.i18n.labels import (
    ACCOUNT_ROLES,
    AUTONYMS,
    BANDS,
    COOPERATIONS,
    COUNTRIES,
    COVERAGES,
    FACETS,
    IDENTIFIERS,
    KINDS,
    LANGUAGE_NAMES,
    LEVELS,
    LIKENESSES,
    LOCALES,
    PROGRAMME_KINDS,
    PROGRAMME_STATUSES,
    READINESS,
    REFUSALS,
    RELATIONS,
    ROLES,
    RULES,
    SIZES,
    SORTS,
    STATUSES,
    TEAM_RIGHTS,
)
from web.i18n.matches import gains, gains_markup, offers_heading, reason, reason_markup, rule, wants_heading
from web.i18n.rules import rule_sentence

__all__ = (
    "ACCOUNT_ROLES",
    "AUTONYMS",
    "BANDS",
    "COOPERATIONS",
    "COUNTRIES",
    "COVERAGES",
    "FACETS",
    "IDENTIFIERS",
    "KINDS",
    "LANGUAGE_NAMES",
    "LEVELS",
    "LIKENESSES",
    "LOCALES",
    "PROGRAMME_KINDS",
    "PROGRAMME_STATUSES",
    "READINESS",
    "REFUSALS",
    "RELATIONS",
    "ROLES",
    "RULES",
    "SIZES",
    "SORTS",
    "STATUSES",
    "TEAM_RIGHTS",
    "added_up",
    "band_bounds",
    "best_language",
    "concept",
    "concepts",
    "day",
    "decimal",
    "facet_label",
    "gains",
    "gains_markup",
    "ground_steps",
    "host",
    "in_language",
    "init_app",
    "iso_day",
    "language",
    "listed",
    "moment",
    "name_language",
    "number",
    "offers_heading",
    "place",
    "points",
    "reason",
    "reason_markup",
    "rule",
    "rule_sentence",
    "short_day",
    "short_name",
    "shorten",
    "steps",
    "subdivision",
    "subdivisions",
    "wants_heading",
)


def init_app(app: Flask) -> None:
    """Takes the language from the address, and gives templates the labels and formats."""
    babel.init_app(app, locale_selector=_select_locale)
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_add_language)
    app.jinja_env.globals.update(
        ACCOUNT_ROLES=ACCOUNT_ROLES, TEAM_RIGHTS=TEAM_RIGHTS,
        AUTONYMS=AUTONYMS, BANDS=BANDS, LEVEL_BOUNDS=LEVEL_BOUNDS,
        BAND_BOUNDS=BAND_BOUNDS, COOPERATIONS=COOPERATIONS, COUNTRIES=COUNTRIES,
        COVERAGES=COVERAGES, IDENTIFIERS=IDENTIFIERS, KINDS=KINDS, LANGUAGE_NAMES=LANGUAGE_NAMES, LEVELS=LEVELS,
        LIKENESSES=LIKENESSES, ground_steps=ground_steps,
        PROGRAMME_KINDS=PROGRAMME_KINDS, PROGRAMME_STATUSES=PROGRAMME_STATUSES, RELATIONS=RELATIONS, ROLES=ROLES,
        FACETS=FACETS, SORTS=SORTS, facet_label=facet_label,
        REFUSALS=REFUSALS, RULES=RULES, SIZES=SIZES, STATUSES=STATUSES, added_up=added_up, band_bounds=band_bounds,
        concept_label=concept, gains=gains_markup, in_language=in_language, language=language,
        name_language=name_language,
        offers_heading=offers_heading, reason=reason_markup, rule=rule, rule_sentence=rule_sentence, steps=steps,
        subdivision_label=subdivision, wants_heading=wants_heading,
    )  # fmt: skip
    filters = (
        concept, concepts, day, decimal, host, iso_day, listed, moment, number, place, points, short_day,
        short_name, shorten, subdivision,
    )  # fmt: skip
    app.jinja_env.filters.update({one.__name__: one for one in filters})


def best_language() -> str:
    """The language where an address names no known one: its first part, or what the browser asks for."""
    first = request.path.split("/")[1]
    return first if first in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "en"


def in_language(lang: str) -> str:
    """The address of this page, with its query, in another language; the home page where there is no such page."""
    if request.endpoint is None or request.view_args is None or "lang" not in g:
        return url_for("home.index", lang=lang)
    path = url_for(request.endpoint, **request.view_args | {"lang": lang})
    query = urlencode(list(request.args.items(multi=True)))
    return f"{path}?{query}" if query else path


def _select_locale() -> str:
    return LOCALES[g.get("lang") or (best_language() if has_request_context() else "en")]


def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "lang" in values:
        g.lang = values.pop("lang")


def _add_language(endpoint: str, values: dict[str, Any]) -> None:
    # `url_for` would append to the query what the address has no place for.
    if "lang" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = language()
