"""Editing in words: what is wrong with a field, and what its place is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from matcher.profile import RuleCode
from web.i18n.changes import FIELD_LABELS
from web.i18n.imports import FAULTS, fault_sentence
from web.i18n.labels import LANGUAGE_NAMES, ROLES, RULES
from web.i18n.programmes import field_label

# What is wrong with a field, where a form says it otherwise than an import.
_FAULTS: Final[Mapping[tuple[str, str], Any]] = {
    **FAULTS,
    ("", "required"): _("Fill this in."),
    ("", "choice"): _("Choose one that is on offer."),
    ("id", "required"): _("Fill this in."),
    ("id", "taken"): _("The id “%(value)s” belongs to another entry. Choose another one."),
    ("closes_on", "range"): _("This day is before the first one."),
    ("amount", "type"): _("“%(value)s” is no whole number."),
    ("text", "length"): FAULTS["statement", "length"],
    ("statements", "too_few"): _("Say at least one thing that it provides and one that it looks for."),
    ("values", "too_few"): _("Give at least two pages that say different things."),
    ("value", "format"): _("This does not make a rule. Give at least one value; a lower limit comes before the upper."),
    ("parameter", "whole"): _("Write a whole number."),
    ("parameter", "number"): _("Write a number."),
    ("parameter", "day"): _("This is not a day. Write it as 2026-01-31."),
}  # fmt: skip
# What the parts of a programme are called, beside those that its page shows (web.i18n.programmes).
_PLACES: Final[Mapping[str, Any]] = {
    **FIELD_LABELS,
    "contradictions": _("Pages disagree"),
    "cooperation": _("Cooperation"),
    "id": _("Id"),
    "inferred": _("derived from published plans"),
    "links": _("Official text"),
    "role": _("Role"),
    "rules": _("Rules"),
}
# What the parameters of rules are called.
PARAMETER_LABELS: Final[Mapping[str, Any]] = {
    "CA": _("From Canada, at least"),
    "JP": _("From Japan, at least"),
    "amount": _("Amount"),
    "count": _("How many"),
    "country": _("Country"),
    "currency": _("Currency"),
    "interest": _("expression of interest"),
    "kinds": _("What they are"),
    "max": _("At most"),
    "max_people": _("People, at most"),
    "min": _("At least"),
    "min_people": _("People, at least"),
    "of": _("Share of"),
    "percent": _("Per cent"),
    "registration": _("registration"),
    "result": _("result"),
    "revenue-currency": _("Currency of the yearly revenue"),
    "revenue-max": _("Yearly revenue, at most"),
    "revenue-min": _("Yearly revenue, at least"),
    "sme": _("Small and medium-sized only"),
    "subdivisions": _("Only in"),
    "submission": _("submission"),
    "topics": _("Topics, one a line"),
    "unclear_kinds": _("Ask the operator about"),
}
SHARES_OF: Final[Mapping[str, Any]] = {
    "organisation": pgettext("share", "one organisation"),
    "country": pgettext("share", "one country"),
}


def fault_words(name: str, code: str, detail: str, value: str) -> str:
    """What is wrong with a field, and what to do."""
    return fault_sentence(_FAULTS, name, code, detail, value)


def place_words(path: Sequence[str]) -> str:
    """What a place in a programme's document is called."""
    first, *rest = path
    if first == "rules" and rest:
        return gettext("Rule: %(name)s", name=RULES[RuleCode(rest[0])])
    if first == "statements" and rest:
        parts = [_place(step) for step in rest[1:] if not step.isdigit()] or _role(rest[0])
        return " – ".join([gettext("Statement %(id)s", id=rest[0]), *parts])
    if first in {"names", "links"} and rest:
        return gettext("%(word)s (%(detail)s)", word=_place(first), detail=LANGUAGE_NAMES[rest[0]])
    return " – ".join(_place(step) for step in (first, *rest) if not step.isdigit())


def field_place(document: Mapping[str, Any], name: str) -> str:
    """What a field of the form is called, by its name there: a path with numbers of rows."""
    first, *rest = name.split("-")
    if first == "statements" and rest:
        return place_words((first, document[first][int(rest[0])].get("id", ""), *rest[1:]))
    if first == "rules" and rest:
        code = document[first][int(rest[0])]["rule"]
        # A parameter by both of its names, else the part of the rule.
        part = "-".join(rest[2:]) or rest[1]
        return " – ".join([str(RULES.get(code, code)), *([] if part == "value" else [_place(part)])])
    return place_words((first, *rest))


def _role(statement_id: str) -> list[str]:
    """What a statement of this id says; a new one may have none yet."""
    return [str(label) for role, label in ROLES.items() if statement_id[:1] == role.value[0]]


def _place(name: str) -> str:
    return str(_PLACES.get(name) or PARAMETER_LABELS.get(name) or field_label(name))
