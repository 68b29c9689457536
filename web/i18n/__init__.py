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
from web.i18n.changes import FATES, WHOLE_PARTS, field_language, is_worded, value_words, whole_words
from web.i18n.eligibility import (
    DATES,
    FACT_FAULTS,
    FACTS,
    OUTCOME_SIGNS,
    OUTCOMES,
    QUESTIONS,
    VERDICTS,
    ZONE_NAMES,
    basis_line,
    clock,
    days_left,
    names,
    no_time_given,
    place_line,
    question_line,
    rule_names,
    share_of_whole,
    topic_points,
)
from web.i18n.formats import (
    TAXONOMY,
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
    quoted,
    short_day,
    short_name,
    shorten,
    steps,
    subdivision,
    subdivisions,
    taxonomy,
    words,
    words_language,
)
from web.i18n.interests import INTEREST_ENDS, INTEREST_STATUSES
from web.i18n.labels import (
    ACCOUNT_ROLES,
    AUTONYMS,
    BANDS,
    CHECKS,
    COOPERATIONS,
    COUNTRIES,
    COVERAGES,
    FACETS,
    IDENTIFIERS,
    JUDGEMENT_REASONS,
    KINDS,
    LANGUAGE_NAMES,
    LEVELS,
    LIKENESSES,
    LOCALES,
    MEASURES,
    ORIGINS,
    POLICY_RIGHTS,
    PROGRAMME_KINDS,
    PROGRAMME_STATUSES,
    READINESS,
    REFUSALS,
    RELATIONS,
    RESPECTS,
    ROLES,
    RULES,
    SCOPES,
    SIZES,
    SORTS,
    STATUSES,
    TEAM_RIGHTS,
    TOKEN_STATES,
)
from web.i18n.matches import gains, gains_markup, offers_heading, reason, reason_markup, rule, wants_heading
from web.i18n.programmes import PROGRAMME_FACETS, field_label, money, programme_facet_label, reading
from web.i18n.quality import CHECK_MEANINGS, finding_detail
from web.i18n.rules import rule_sentence
from web.i18n.why import (
    change_sentence,
    drop_sentence,
    part_label,
    question_markup,
    question_worth,
    stability_sentence,
    standing_lines,
)

__all__ = (
    "ACCOUNT_ROLES",
    "AUTONYMS",
    "BANDS",
    "CHECKS",
    "CHECK_MEANINGS",
    "COOPERATIONS",
    "COUNTRIES",
    "COVERAGES",
    "DATES",
    "FACETS",
    "FACTS",
    "FACT_FAULTS",
    "FATES",
    "IDENTIFIERS",
    "INTEREST_ENDS",
    "INTEREST_STATUSES",
    "JUDGEMENT_REASONS",
    "KINDS",
    "LANGUAGE_NAMES",
    "LEVELS",
    "LIKENESSES",
    "LOCALES",
    "MEASURES",
    "ORIGINS",
    "OUTCOMES",
    "OUTCOME_SIGNS",
    "POLICY_RIGHTS",
    "PROGRAMME_FACETS",
    "PROGRAMME_KINDS",
    "PROGRAMME_STATUSES",
    "QUESTIONS",
    "READINESS",
    "REFUSALS",
    "RELATIONS",
    "RESPECTS",
    "ROLES",
    "RULES",
    "SCOPES",
    "SIZES",
    "SORTS",
    "STATUSES",
    "TAXONOMY",
    "TEAM_RIGHTS",
    "TOKEN_STATES",
    "VERDICTS",
    "WHOLE_PARTS",
    "ZONE_NAMES",
    "added_up",
    "band_bounds",
    "basis_line",
    "best_language",
    "change_sentence",
    "clock",
    "concept",
    "concepts",
    "day",
    "days_left",
    "decimal",
    "drop_sentence",
    "facet_label",
    "field_label",
    "field_language",
    "finding_detail",
    "gains",
    "gains_markup",
    "ground_steps",
    "host",
    "in_language",
    "init_app",
    "is_worded",
    "iso_day",
    "language",
    "listed",
    "moment",
    "money",
    "name_language",
    "names",
    "no_time_given",
    "number",
    "offers_heading",
    "part_label",
    "place",
    "place_line",
    "points",
    "programme_facet_label",
    "question_line",
    "question_markup",
    "question_worth",
    "quoted",
    "reading",
    "reason",
    "reason_markup",
    "rule",
    "rule_names",
    "rule_sentence",
    "share_of_whole",
    "short_day",
    "short_name",
    "shorten",
    "stability_sentence",
    "standing_lines",
    "steps",
    "subdivision",
    "subdivisions",
    "taxonomy",
    "topic_points",
    "value_words",
    "wants_heading",
    "whole_words",
    "words",
    "words_language",
)


def init_app(app: Flask) -> None:
    """Takes the language from the address, and gives templates the labels and formats."""
    babel.init_app(app, locale_selector=_select_locale)
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_add_language)
    app.jinja_env.globals.update(
        ACCOUNT_ROLES=ACCOUNT_ROLES, POLICY_RIGHTS=POLICY_RIGHTS, TEAM_RIGHTS=TEAM_RIGHTS,
        SCOPES=SCOPES, TOKEN_STATES=TOKEN_STATES,
        AUTONYMS=AUTONYMS, BANDS=BANDS, LEVEL_BOUNDS=LEVEL_BOUNDS,
        BAND_BOUNDS=BAND_BOUNDS, COOPERATIONS=COOPERATIONS, COUNTRIES=COUNTRIES,
        COVERAGES=COVERAGES, IDENTIFIERS=IDENTIFIERS, KINDS=KINDS, LANGUAGE_NAMES=LANGUAGE_NAMES, LEVELS=LEVELS,
        LIKENESSES=LIKENESSES, ground_steps=ground_steps,
        PROGRAMME_KINDS=PROGRAMME_KINDS, PROGRAMME_STATUSES=PROGRAMME_STATUSES, RELATIONS=RELATIONS, ROLES=ROLES,
        FACETS=FACETS, SORTS=SORTS, facet_label=facet_label,
        CHECKS=CHECKS, CHECK_MEANINGS=CHECK_MEANINGS, ORIGINS=ORIGINS, field_label=field_label,
        finding_detail=finding_detail, money=money, reading=reading,
        INTEREST_ENDS=INTEREST_ENDS, INTEREST_STATUSES=INTEREST_STATUSES,
        JUDGEMENT_REASONS=JUDGEMENT_REASONS, MEASURES=MEASURES, RESPECTS=RESPECTS,
        REFUSALS=REFUSALS, RULES=RULES, SIZES=SIZES, STATUSES=STATUSES, added_up=added_up, band_bounds=band_bounds,
        concept_label=concept, gains=gains_markup, in_language=in_language, language=language,
        name_language=name_language,
        offers_heading=offers_heading, reason=reason_markup, rule=rule, rule_sentence=rule_sentence, steps=steps,
        subdivision_label=subdivision, wants_heading=wants_heading,
        DATES=DATES, FACTS=FACTS, FACT_FAULTS=FACT_FAULTS, OUTCOMES=OUTCOMES, OUTCOME_SIGNS=OUTCOME_SIGNS,
        PROGRAMME_FACETS=PROGRAMME_FACETS, VERDICTS=VERDICTS, ZONE_NAMES=ZONE_NAMES, basis_line=basis_line,
        days_left=days_left, no_time_given=no_time_given, place_line=place_line,
        programme_facet_label=programme_facet_label, question_line=question_line,
        change_sentence=change_sentence, drop_sentence=drop_sentence, part_label=part_label,
        question=question_markup, question_worth=question_worth, stability_sentence=stability_sentence,
        standing_lines=standing_lines,
        FATES=FATES, WHOLE_PARTS=WHOLE_PARTS, field_language=field_language, is_worded=is_worded,
        value_words=value_words, whole_words=whole_words,
    )  # fmt: skip
    filters = (
        clock, concept, concepts, day, decimal, host, iso_day, listed, moment, number, place, points, short_day,
        short_name, shorten, subdivision, names, quoted, rule_names, share_of_whole, topic_points, words,
        words_language,
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
