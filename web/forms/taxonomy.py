"""A change of the taxonomy on a form; what is wrong with it is for :mod:`matcher.taxonomy` to say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from werkzeug.datastructures import MultiDict

from matcher.profile import LANGUAGES
from matcher.taxonomy import Change, ChangeKind
from web.forms.desk import line
from web.forms.draft import make_id

_LONGEST: Final = 120


def read_change(form: MultiDict[str, str], notation: str = "") -> Change | None:
    """The change that was sent; a new subject's notation is made of its English label. None for no kind of ours."""
    kind = next((k for k in ChangeKind if k.value == form.get("kind")), None)
    if kind is None:
        return None
    labels = {lang: _text(form, f"labels-{lang}") for lang in LANGUAGES}
    is_new = kind is ChangeKind.ADD
    if is_new:
        notation = _text(form, "notation") or (make_id(labels["en"]) if labels["en"] else "")
    return Change(
        kind, notation, form.get("lang", ""), _text(form, "label"), _text(form, "broader"), labels if is_new else {}
    )


def fields_of(change: Change) -> Iterator[tuple[str, str]]:
    """The fields of a form that holds a change."""
    for name, value in change.to_dict().items():
        if isinstance(value, dict):
            yield from ((f"{name}-{key}", text) for key, text in value.items())
        else:
            yield name, value


def _text(form: MultiDict[str, str], name: str) -> str:
    return line(form.get(name))[:_LONGEST]
