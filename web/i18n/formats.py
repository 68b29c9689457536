"""Names, places, numbers and dates as the language writes them."""

from __future__ import annotations

import csv
import re
import textwrap
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import Any, Final
from urllib.parse import urlsplit

from babel.lists import format_list
from flask import current_app, has_app_context
from flask_babel import format_date, format_datetime, format_decimal, get_locale, gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from matcher.explain import Explanation
from matcher.match import BANDS as BAND_BOUNDS
from matcher.profile import LANGUAGES, Country, Profile, Statement
from matcher.taxonomy import Taxonomy
from matcher.text import is_japanese
from web.i18n.labels import BANDS, COOPERATIONS, COUNTRIES, KINDS, LANGUAGE_NAMES, READINESS, RELATIONS

# The extension that finds the taxonomy in use: what keeps the matcher is not known here.
TAXONOMY: Final = "kakehashi.taxonomy"


def language() -> str:
    """The language of the current locale: ``en``, ``fr`` or ``ja``."""
    locale = get_locale()
    return locale.language if locale and locale.language in LANGUAGES else "en"


def name_language(names: Mapping[str, str]) -> str:
    """The language that a name is shown in: the reader's where it exists, else English."""
    return language() if language() in names else "en"


def short_name(profile: Profile) -> str:
    """How an organisation is called within a sentence: without legal form, or by its acronym where it is very long."""
    name = profile.name(language())
    in_japanese = is_japanese(name)
    parts = [a for a in profile.aliases if (a in name if in_japanese else name.casefold().startswith(a.casefold()))]
    shorter = max((a for a in parts if len(a) < len(name)), key=len, default=None)
    if shorter is None and len(name) > 40 and not in_japanese:
        latin = [a for a in profile.aliases if not is_japanese(a) and len(a) < len(name)]
        acronyms = [a for a in latin if _is_acronym(a, name)]
        # Aliases bear no language: an English one may stand for an English name only.
        shorter = next(iter(acronyms or (latin if name_language(profile.names) == "en" else [])), None)
    return shorter or name


def _is_acronym(alias: str, name: str) -> bool:
    """Whether the letters of an alias are first letters of the words of a name, in order, from the first on."""
    initials = iter(re.findall(r"\b\w", name.casefold()))
    return name[:1] == alias[:1] and all(letter in initials for letter in alias.casefold())


def taxonomy() -> Taxonomy:
    """The subjects that are in use: those that the matcher was fitted with, where one serves; else the shipped ones."""
    find = current_app.extensions.get(TAXONOMY) if has_app_context() else None
    found: Taxonomy = find() if find else Taxonomy.shipped()
    return found


def concept(notation: str) -> str:
    """The label of a concept, or its notation where the taxonomy no longer has it."""
    known = taxonomy().concepts.get(notation)
    return known.label(language()).replace("'", "’") if known else notation


def concepts(notations: Iterable[str], most: int = 3) -> str:
    """The labels of the first few concepts, as they stand within a sentence."""
    labels = [concept(notation) for notation in tuple(notations)[:most]]
    return str(_(", ")).join(a[:1].lower() + a[1:] if a[1:2].islower() or a[1:2] == "-" else a for a in labels)


@cache
def subdivisions() -> Mapping[str, Mapping[str, str]]:
    """Names of the prefectures, provinces and territories by ISO 3166-2 code and language."""
    table = files("matcher.data") / "taxonomies" / "subdivisions.csv"
    return {row["code"]: row for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines())}


def subdivision(code: str) -> str:
    """The name of a prefecture, province or territory."""
    return subdivisions()[code][language()]


def place(profile: Profile) -> str:
    """City and subdivision in the order and with the punctuation of the language."""
    if profile.is_anonymous:
        return gettext("place withheld")
    city, region = profile.place(language()), subdivision(profile.subdivision)
    if language() == "ja":
        if profile.country is Country.CA:
            return f"{region} {city}"
        return city if city.startswith(region) else region if region.startswith(city) else region + city
    if profile.country is Country.JP and (city == region or city.endswith(f", {region}")):
        return city
    return f"{city} ({region})" if language() == "fr" else f"{city}, {region}"


def number(value: int) -> str:
    """A whole number with the separators of the language."""
    if 0 <= value < 1000:  # no separator in any of them, and by far the most frequent
        return str(value)
    return str(format_decimal(value, "#,##0"))


def decimal(value: float, digits: int = 2) -> str:
    """A number with a fixed count of decimals."""
    # Rounded before, so that a number in a sum and the same number elsewhere can never differ by a tie.
    return str(format_decimal(round(value, digits), "0." + "0" * digits))


def points(fit: float) -> str:
    """A fit, or a part of one, in points: hundredths, never written as a percentage."""
    return decimal(100 * fit)


def day(value: date) -> str:
    """A date written out."""
    return str(format_date(value, "long"))


def short_day(value: date) -> str:
    """A date in few characters."""
    return str(format_date(value, "medium"))


def iso_day(value: str) -> str:
    """A stored ISO date in few characters."""
    return short_day(date.fromisoformat(value))


def moment(value: datetime) -> str:
    """A date with the time of day, which is that of UTC and says so."""
    shown = format_datetime(value.astimezone(UTC), "medium", rebase=False)
    # French writes "9 h 05 min 3 s": no number may lose its unit at the end of a line.
    shown = re.sub(r"(?<=\d) (?=(?:h|min|s)\b)", "\u00a0", shown)
    return gettext("%(time)s UTC", time=shown)


def listed(items: Iterable[object], style: str = "standard") -> str:
    """Several things in a row, the last joined as the language joins it."""
    return str(format_list([str(item) for item in items], style=style, locale=get_locale() or "en"))  # type: ignore[arg-type]


def added_up(values: Iterable[float], digits: int = 2) -> list[float]:
    """Values rounded so that they add up, as shown, to their rounded total: each is the step between rounded sums.

    >>> added_up([0.333, 0.333, 0.333])
    [0.33, 0.34, 0.33]
    """
    sums = [0.0, *(round(total, digits) for total in accumulate(values))]
    return [round(after - before, digits) for before, after in pairwise(sums)]


def steps(explanation: Explanation) -> list[float]:
    """What each bar of the waterfall adds, in points, so that the shown numbers add up to the shown fit."""
    return added_up(bar.end - bar.start for bar in explanation.bars)


def ground_steps(explanation: Explanation) -> list[float]:
    """What each likeness adds to the common ground, in points, so that the shown numbers add up to its bar."""
    parts = explanation.match.ground.parts
    return added_up([explanation.bars[-1].start, *(100 * part.value for part in parts)])[1:]


def band_bounds() -> str:
    """From how many points on each band starts."""
    bounds = [(BANDS[band], least) for band, least in BAND_BOUNDS.items() if least]
    words = listed(gettext("%(band)s from %(least)s points", band=band, least=points(least)) for band, least in bounds)
    return gettext("%(bounds)s; possible below.", bounds=words[0].upper() + words[1:])


def host(address: str) -> str:
    """The site of an address, as people say it."""
    return urlsplit(address).netloc.removeprefix("www.")


def words(statement: Statement) -> str:
    """What a statement says; in the reader's language that it is withheld, where it is."""
    return gettext("Withheld until both sides accept") if statement.is_withheld else statement.text


def words_language(statement: Statement) -> str:
    """The language of :func:`words`."""
    return language() if statement.is_withheld else statement.lang


def quoted(statement: Statement, width: int | None = None) -> Markup:
    """The words of a statement, all or the first, with their language marked."""
    text = words(statement) if width is None else shorten(statement, width)
    return Markup('<span lang="{}">{}</span>').format(words_language(statement), text)


def shorten(statement: Statement, width: int = 100) -> str:
    """The first words of a statement; a Japanese character counts as two."""
    if statement.is_withheld:
        return words(statement)
    if statement.lang == "ja":
        return statement.text if 2 * len(statement.text) <= width else statement.text[: width // 2 - 1] + "…"
    return textwrap.shorten(statement.text, width, placeholder="…")


def facet_label(facet: str, value: str) -> str:
    """A value of a facet, in words."""
    # Labels of subjects change while the application runs.
    return concept(value) if facet == "field" else _facet_label(language(), facet, value)


# A page of results shows some fifty of them. The language is that of the current locale.
@lru_cache(maxsize=2048)
def _facet_label(_lang: str, facet: str, value: str) -> str:
    if facet == "subdivision":
        return subdivision(value)
    labels: Mapping[str, Mapping[Any, Any]] = {
        "country": COUNTRIES, "kind": KINDS, "relation": RELATIONS, "cooperation": COOPERATIONS, "trl": READINESS,
        "language": LANGUAGE_NAMES,
    }  # fmt: skip
    return str(labels[facet][value])


def in_a_row(*sentences: str) -> str:
    """Sentences one after the other, with the space of the language."""
    return ("" if language() == "ja" else " ").join(sentences)
