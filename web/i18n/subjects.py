"""Changes of the subjects in words: what each does, and which rule one breaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from matcher.taxonomy import Change, ChangeKind, InvalidChange
from web.i18n.formats import concept
from web.i18n.labels import LANGUAGE_NAMES

_FAULTS: Final[Mapping[str, Any]] = {
    "unknown_concept": _("There is no such subject."),
    "unknown_broader": _("Choose a broader subject that is in use."),
    "unknown_language": _("Choose a language."),
    "unknown_label": _("The subject has no such label in this language."),
    "cycle": _("A subject cannot be narrower than itself."),
    "too_deep": _("There are three levels: a field, and two under it. Choose a broader subject further up."),
    "is_field": _("Fields stay as the release has them: they cannot be moved or retired."),
    "empty": _("Fill in a label in each language that is asked for."),
    "label": _("“%(detail)s” cannot be a label: it needs a word, and no vertical bar."),
    "taken": _("This label belongs to the subject “%(concept)s” already."),
    "organisation": _("“%(detail)s” is the name of an organisation, and names are no subjects."),
    "known": _("It is so already."),
    "notation": _("The id may have small letters, digits and hyphens only, as in quantum-annealing."),
    "exists": _("The id “%(detail)s” belongs to another subject. Choose another one."),
    "has_narrower": _("“%(concept)s” is narrower and still in use: move or retire it first."),
    "retired": _("The subject is retired. Take that change back first."),
}


def change_fault(error: InvalidChange) -> str:
    """Which rule a change breaks, and what to do."""
    return str(_FAULTS[error.code]) % {"detail": error.detail, "concept": concept(error.detail)}


def change_words(change: Change) -> str:
    """What a change does."""
    return _WORDS[change.kind](change)


def _labelled(change: Change) -> dict[str, str]:
    return {"language": str(LANGUAGE_NAMES[change.lang]), "label": change.label, "concept": concept(change.notation)}


def _prefer(change: Change) -> str:
    return gettext("“%(concept)s” is called “%(label)s” in %(language)s", **_labelled(change))


def _add_label(change: Change) -> str:
    return gettext("“%(concept)s” is also named by “%(label)s” in %(language)s", **_labelled(change))


def _drop_label(change: Change) -> str:
    return gettext("“%(concept)s” is no longer named by “%(label)s” in %(language)s", **_labelled(change))


def _move(change: Change) -> str:
    names = {"concept": concept(change.notation), "broader": concept(change.broader)}
    return gettext("“%(concept)s” is moved under “%(broader)s”", **names)


def _add(change: Change) -> str:
    return gettext(
        "“%(label)s” is new, under “%(broader)s”", label=change.labels.get("en", ""), broader=concept(change.broader)
    )


def _retire(change: Change) -> str:
    return gettext("“%(concept)s” is retired", concept=concept(change.notation))


_WORDS: Final[Mapping[ChangeKind, Callable[[Change], str]]] = {
    ChangeKind.PREFER: _prefer,
    ChangeKind.ADD_LABEL: _add_label,
    ChangeKind.DROP_LABEL: _drop_label,
    ChangeKind.MOVE: _move,
    ChangeKind.ADD: _add,
    ChangeKind.RETIRE: _retire,
}
