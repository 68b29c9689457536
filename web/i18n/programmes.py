"""Money, and what pages say differently of a programme, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask_babel import format_currency
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext
from markupsafe import Markup

from matcher.profile import Programme, ProgrammeStatus
from web.i18n.formats import day, number
from web.i18n.labels import COUNTRIES, KINDS, PROGRAMME_KINDS, PROGRAMME_STATUSES

# The fields of a programme that pages may disagree on, as its own page calls them.
PROGRAMME_PLACES: Final[Mapping[str, Any]] = {
    "budget": _("Budget"),
    "closes_on": _("Closes on"),
    "countries": _("For organisations in"),
    "edition": _("Edition"),
    "founded": _("Since"),
    "opens_on": _("Opens on"),
    "operators": _("Run by"),
    "status": _("Status"),
}

# The filters of the list, by their names in the query of an address: what each asks, and its values.
PROGRAMME_FACETS: Final[Mapping[str, Any]] = {
    "status": _("Status"),
    "country": _("For organisations in"),
    "foreign": _("From abroad"),
    "applicant": _("Who may apply"),
    "funding": _("Funding"),
    "kind": _("Kind"),
}
_FACET_VALUES: Final[Mapping[str, Mapping[Any, Any]]] = {
    "status": {**{s.value: label for s, label in PROGRAMME_STATUSES.items()}, "closing": _("closing within 60 days")},
    "country": {c.value: label for c, label in COUNTRIES.items()},
    "foreign": {"yes": _("open to foreign organisations")},
    "applicant": {**{k.value: label for k, label in KINDS.items()}, "unstated": _("not stated")},
    "funding": {
        "yes": pgettext("funding", "yes"),
        "no": pgettext("funding", "no"),
        "unknown": pgettext("funding", "not known"),
    },
    "kind": {k.value: label for k, label in PROGRAMME_KINDS.items()},
}


def programme_facet_label(facet: str, value: str) -> str:
    """A value of a filter of the list of programmes, in words."""
    return str(_FACET_VALUES[facet][value])


def money(amount: int, currency: str) -> str:
    """An amount with the code of its currency, which no reader can mistake for another dollar."""
    return str(format_currency(amount, currency, "#,##0 ¤¤", currency_digits=False))


def field_label(field: str) -> str:
    """What the page of a programme calls one of its fields; other fields keep the name they have in the data."""
    return str(PROGRAMME_PLACES.get(field, field))


def reading(programme: Programme, field: str, value: str) -> str:
    """What a page says of a field, as the page of a programme would show it; else its own words, which are English."""
    if field == "budget" and value.isdecimal():
        return money(int(value), programme.budget.currency) if programme.budget else number(int(value))
    if field in ("opens_on", "closes_on") and (on := _date(value)):
        return day(on)
    if field == "status" and value in set(ProgrammeStatus):
        return str(PROGRAMME_STATUSES[ProgrammeStatus(value)])
    return value if value.isdecimal() else Markup('<span lang="en">{}</span>').format(value)


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
