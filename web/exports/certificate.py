"""The certificate of a confirmed interest: what both organisations have said, in two languages, on one page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask import render_template
from flask_babel import force_locale, gettext
from markupsafe import Markup

from web import i18n
from web.exports.dossier import spaced
from web.exports.files import File, disposition
from web.exports.printing import print_page
from web.store.interests import check_code

# Which two languages a certificate can be in, the usual first.
PAIRS: Final[tuple[tuple[str, str], ...]] = (("en", "ja"), ("en", "fr"), ("fr", "ja"))


def read_pair(value: str | None) -> tuple[str, str]:
    """The two languages asked for, such as ``fr-ja``; the usual ones for anything else.

    >>> read_pair("fr-ja"), read_pair("ja-ja")
    (('fr', 'ja'), ('en', 'ja'))
    """
    return next((pair for pair in PAIRS if "-".join(pair) == value), PAIRS[0])


def certificate(certified: Mapping[str, Any], langs: tuple[str, str], made_on: date) -> File:
    """The certificate as PDF; raises :class:`web.exports.printing.NotPrinted`."""
    headers = {
        "Content-Type": "application/pdf",
        "Content-Disposition": disposition(f"Kakehashi {certified['reference']}", "pdf"),
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
    }
    return File(print_page(lambda: _page(certified, langs, made_on), "certificate.css"), headers)


def _page(certified: Mapping[str, Any], langs: tuple[str, str], made_on: date) -> str:
    parts = []
    for lang in langs:
        with force_locale(i18n.LOCALES[lang]):
            text = render_template("exports/certificate_part.html", rows=rows(certified, made_on), lang=lang)
            parts.append(Markup(text))  # noqa: S704 - a template of ours, which has escaped what is in it
    return render_template("exports/certificate.html", parts=parts, lang=langs[0], reference=certified["reference"])


def rows(certified: Mapping[str, Any], made_on: date) -> tuple[tuple[str, str], ...]:
    """What a certificate says, as labels and values in the current locale."""
    relation = str(i18n.RELATIONS[certified["relation"]])
    expressed, accepted = (date.fromisoformat(certified[name]) for name in ("expressed_on", "accepted_on"))
    return (
        (gettext("Organisation that expressed its interest"), _names(certified["from"])),
        (gettext("Organisation that accepted"), _names(certified["to"])),
        (gettext("Relation proposed"), relation),
        (gettext("Expressed on"), i18n.day(expressed)),
        (gettext("Accepted on"), i18n.day(accepted)),
        (gettext("Reference number"), certified["reference"]),
        (gettext("Check code"), spaced(check_code(certified))),
        (gettext("Printed on"), i18n.day(made_on)),
    )


def _names(names: Mapping[str, str]) -> str:
    """The name in the current language, and the official one beside it where that is another."""
    shown = names.get(i18n.language()) or names["en"]
    others = [name for lang, name in names.items() if name != shown and lang in {"en", "ja"}]
    return gettext("%(word)s (%(detail)s)", word=shown, detail=others[0]) if others else shown
