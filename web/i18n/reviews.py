"""Reviews in words: what is checked, what was found where, and what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from matcher.criteria import Checked, Criterion, Result
from matcher.profile import LANGUAGES, Profile, Role
from matcher.quality import Origin
from web.i18n.changes import FIELD_LABELS
from web.i18n.formats import listed, number, short_name
from web.i18n.imports import fault_words
from web.i18n.labels import DUPLICATE_REASONS, IDENTIFIERS, LANGUAGE_NAMES, ORIGINS, ROLES
from web.i18n.programmes import field_label
from web.i18n.submissions import FIELDS, OBJECTIONS

CRITERIA: Final[Mapping[Criterion, Any]] = {
    Criterion.COMPLETE: _("Required fields"),
    Criterion.DUPLICATE: _("Not known already"),
    Criterion.NEED: _("Says what it looks for"),
    Criterion.SOURCE: _("Source of each statement"),
    Criterion.ORIGIN: _("Whose source it is"),
    Criterion.DATE: _("Date of reading"),
    Criterion.PERSONAL_DATA: _("No personal data"),
    Criterion.PARTNER: _("No partner named"),
    Criterion.LANGUAGE: _("Language marked right"),
    Criterion.LENGTH: _("Length"),
    Criterion.SUBJECT: _("Subjects recognised"),
}
RESULTS: Final[Mapping[Result, Any]] = {
    Result.PASSED: pgettext("check", "passed"),
    Result.FAILED: pgettext("check", "failed"),
    Result.UNCLEAR: pgettext("check", "cannot tell"),
}
SIGNS: Final[Mapping[Result, str]] = {Result.PASSED: "✓", Result.FAILED: "✗", Result.UNCLEAR: "?"}
# For templates, which get this module whole.
REASONS: Final = OBJECTIONS
LIKELY: Final = DUPLICATE_REASONS
# What only a person can say; the codes are kept with the decision.
JUDGED: Final[Mapping[str, Any]] = {
    "clear": _("Clear: a reader from another field understands each statement"),
    "specific": _("Specific: it says what this organisation does, and others do not"),
    "has_need": _("Has a need that somebody could answer"),
    "entitled": _("Whoever sent it may speak for the organisation"),
}
SORTS_OF_SUBMISSION: Final[Mapping[str, Any]] = {
    "new": _("new organisation"),
    "claim": _("claims a known organisation"),
    "change": _("changes its own profile"),
}
# What happened to a submission or an entry: actions of the audit log.
_ACTIONS: Final[Mapping[str, Any]] = {
    "submission.create": _("begun"),
    "submission.submit": _("sent"),
    "submission.take_back": _("taken back by its organisation"),
    "submission.return": _("returned"),
    "submission.publish": _("published"),
    "submission.attach": _("taken for another organisation by a reviewer"),
    "organisation.create": _("added"),
    "organisation.update": _("changed"),
    "organisation.merge": _("merged with another entry"),
    "organisation.unmerge": _("merge undone"),
    "organisation.restore": _("earlier state brought back"),
    "programme.create": _("added"),
    "programme.update": _("changed"),
    "programme.restore": _("earlier state brought back"),
}
_FIELDS: Final[Mapping[str, Any]] = {
    **FIELD_LABELS,
    "country": _("Country"),
    "subdivision": _("Prefecture or province"),
    "city": _("City"),
    "founded": _("Founded"),
    "size": _("Size"),
    "cooperation": _("Open to"),
    "inferred": _("Derived from published plans"),
}
_DATES: Final[Mapping[str, Any]] = {
    "missing": _("The day on which the source was read is missing."),
    "future": _("The source is said to have been read on a day that is still to come."),
    "stale": _("The source was read more than a year ago."),
}
_PERSONAL: Final[Mapping[str, Any]] = {
    "contact": _("It holds an address, a telephone number or a link."),
    "person": _("It seems to name a person."),
}
_LENGTHS: Final[Mapping[str, Any]] = {
    "short": _("The text is too short."),
    "long": _("The text is too long."),
    "odd": _("It does not read like a sentence."),
}


def checked_words(checked: Checked, organisations: Mapping[str, Profile]) -> str:
    """What a criterion found in one place, as a sentence; empty where the label says it all."""
    if checked.result is Result.PASSED:
        return str(ORIGINS[Origin(checked.detail)]) if checked.criterion is Criterion.ORIGIN else ""
    words: Mapping[Criterion, Any] = {
        Criterion.COMPLETE: lambda: _fault(checked),
        Criterion.DUPLICATE: lambda: _duplicate(checked),
        Criterion.NEED: lambda: gettext("It does not say what it looks for."),
        Criterion.SOURCE: lambda: gettext("No source is given."),
        Criterion.ORIGIN: lambda: gettext("The source is of somebody else: read whether it says this."),
        Criterion.DATE: lambda: str(_DATES[checked.detail]),
        Criterion.PERSONAL_DATA: lambda: str(_PERSONAL[checked.detail]),
        Criterion.PARTNER: lambda: _partner(checked, organisations),
        Criterion.LANGUAGE: lambda: gettext(
            "The text looks like %(language)s.", language=LANGUAGE_NAMES[checked.detail]
        ),
        Criterion.LENGTH: lambda: str(_LENGTHS[checked.detail]),
        Criterion.SUBJECT: lambda: gettext("It names no subject of the taxonomy."),
    }
    return str(words[checked.criterion]())


def grouped(found: Iterable[Checked], organisations: Mapping[str, Profile]) -> list[tuple[str, list[Checked]]]:
    """What a criterion found, each sentence once with all the places that it is about."""
    groups: dict[str, list[Checked]] = {}
    for one in found:
        groups.setdefault(checked_words(one, organisations), []).append(one)
    return list(groups.items())


def _fault(checked: Checked) -> str:
    fault = checked.fault
    if fault is None:
        return ""
    if fault.code == "too_few":
        return gettext("There are fewer than three capabilities or two needs.")
    keys = [part for part in fault.path if isinstance(part, str)]
    where = path_label(tuple(keys[-1:] if keys[0] == "statements" else keys))
    said = fault_words(keys[-1], fault.code, fault.detail, "")
    if fault.code == "required":
        said = gettext("this is missing.")
    return gettext("%(label)s: %(value)s", label=where, value=said)


def _duplicate(checked: Checked) -> str:
    count = len(checked.candidates)
    if not count:
        return gettext("Without a country and a name nothing can be compared.")
    return ngettext(
        "%(number)s known organisation looks like it.", "%(number)s known organisations look like it.", count,
        number=number(count),
    )  # fmt: skip


def _partner(checked: Checked, organisations: Mapping[str, Profile]) -> str:
    names = [short_name(organisations[i]) for i in checked.named if i in organisations]
    return gettext("It names an organisation of the other country: %(names)s.", names=listed(names))


def action_words(action: str) -> str:
    """What was done, in words; an action without words keeps its code."""
    return str(_ACTIONS.get(action, action))


def place_words(place: str) -> str:
    """The statement or field that something is about."""
    if _is_statement(place):
        role = Role.CAPABILITY if place[0] == "c" else Role.NEED
        return gettext("%(role)s %(number)s", role=ROLES[role], number=place[1:])
    if not place:
        return gettext("the whole profile")
    return str(FIELDS.get(place) or path_label(tuple(place.split("."))))


def owners_place(place: str) -> str:
    """A place as the form of the organisation calls it, so that a reason stands there beside what was typed.

    >>> [owners_place(place) for place in ("c1", "names", "city.fr", "identifiers.ror")]
    ['c1', 'name_en', 'city_fr', '']
    """
    head, _dot, rest = place.partition(".")
    if head in {"names", "city"}:
        return f"{head.removesuffix('s')}_{rest or 'en'}"
    return place if place in FIELDS or _is_statement(place) else ""


def _is_statement(place: str) -> bool:
    return place[:1] in {"c", "n"} and place[1:].isdigit()


def path_label(path: tuple[str, ...]) -> str:
    """What a field is called."""
    head, *rest = path
    if head == "statements" and rest:
        return place_words(rest[0])
    if head == "identifiers" and rest and rest[0] in IDENTIFIERS:
        return str(IDENTIFIERS[rest[0]][0])
    label = str(_FIELDS.get(head) or field_label(head))
    if rest and rest[0] in LANGUAGES:
        return gettext("%(word)s (%(detail)s)", word=label, detail=LANGUAGE_NAMES[rest[0]])
    return ".".join((label, *rest))
