"""What has changed between two states of an entry, in words; what a field is called, each sort of entry says itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext
from markupsafe import Markup

from matcher.difference import Fate, FieldChange
from matcher.profile import LANGUAGES, Rule, RuleCode
from web.i18n.formats import in_a_row, iso_day, language, listed, number, subdivisions
from web.i18n.imports import cell_words, in_a_list
from web.i18n.labels import COUNTRIES, KINDS, LANGUAGE_NAMES, PROGRAMME_KINDS, PROGRAMME_STATUSES
from web.i18n.rules import rule_sentence

FATES: Final[Mapping[Fate, Any]] = {
    Fate.SAME: pgettext("revision", "unchanged"),
    Fate.ADDED: pgettext("revision", "new"),
    Fate.REMOVED: pgettext("revision", "taken out"),
    Fate.CHANGED: pgettext("revision", "changed"),
}
# What organisations and programmes call alike.
FIELD_LABELS: Final[Mapping[str, Any]] = {
    "aliases": _("Other names"),
    "fields": _("Fields"),
    "kind": _("Kind"),
    "lang": _("Language"),
    "names": _("Name"),
    "read_on": _("Read on"),
    "source": _("Source"),
    "statements": _("Statements"),
    "text": _("Text"),
    "trl": _("Technology readiness"),
    "website": _("Website"),
}
# Lists whose parts say something only as a whole.
WHOLE_PARTS: Final = frozenset({"rules", "contradictions"})
# Fields that hold words of their own; of others a value is shown whole.
_WORDED: Final = frozenset({"names", "aliases", "operators", "city", "text"})
_CODES: Final[Mapping[str, Mapping[Any, Any]]] = {
    "countries": COUNTRIES,
    "kind": {**KINDS, **PROGRAMME_KINDS},
    "lang": LANGUAGE_NAMES,
    "status": PROGRAMME_STATUSES,
}


def is_worded(field: FieldChange) -> bool:
    """Whether what changed in a field is to be seen word by word."""
    return field.path[0] in _WORDED


def field_language(field: FieldChange) -> str:
    """The language that a field is in, where its name says so."""
    return field.path[-1] if field.path[-1] in LANGUAGES and is_worded(field) else ""


def value_words(path: tuple[str, ...], value: str) -> str:
    """A value as a reader would write it: codes in words, dates as dates."""
    name = path[-1]
    if name in _CODES:
        return in_a_list(str(_CODES[name].get(code, code)) for code in value.split("; "))
    if name == "subdivision" and value in subdivisions():
        return subdivisions()[value][language()]
    if name == "amount" and value.isdecimal():
        return number(int(value))
    if name in {"read_on", "opens_on", "closes_on"}:
        return _day(value)
    return cell_words(name, value)


def whole_words(part: Mapping[str, Any]) -> str:
    """A rule, or what pages disagree on, as a sentence; nothing for what is not there."""
    if not part:
        return ""
    if "rule" in part:
        return _sourced(_rule(part), part)
    return listed((_sourced(one["value"], one) for one in part["values"]), "unit")


def _rule(value: Mapping[str, Any]) -> str:
    rule = Rule(RuleCode(value["rule"]), value["value"], value["source"], date.fromisoformat(value["read_on"]))
    sentence = rule_sentence(rule)
    # What is quoted in it is marked as English; here it stands within another sentence.
    plain = sentence.striptags() if isinstance(sentence, Markup) else sentence
    return in_a_row(plain, gettext("Edition %(edition)s.", edition=value["edition"])) if "edition" in value else plain


def _sourced(words: str, value: Mapping[str, Any]) -> str:
    on = iso_day(value["read_on"])
    return gettext("%(words)s [%(source)s, %(date)s]", words=words, source=value["source"], date=on)


def _day(value: str) -> str:
    try:
        return iso_day(value)
    except ValueError:
        return value
