"""The subjects for reviewers: what they are called, what is narrower than what, and every change with its way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from matcher.profile import Profile, Programme, Statement
from matcher.taxonomy import Change, ChangeKind, Concept, InvalidChange, Taxonomy, retagged
from matcher.text import fold
from web.auth import require_user
from web.extensions import db
from web.forms import taxonomy as forms
from web.forms.desk import line
from web.i18n import language
from web.i18n.subjects import change_fault, change_words
from web.matching import current_board
from web.store import Outdated
from web.store import taxonomy as store
from web.store.taxonomy import StoredChange, UnknownChange
from web.subjects import changed_taxonomy
from web.views import errors
from web.views.transaction import commit_after

bp = Blueprint("taxonomy", __name__)
bp.register_error_handler(UnknownChange, errors.not_found)

_EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to one subject: the statements that newly earn it and those that lose it, with examples."""

    label: str
    gained: int
    lost: int
    examples: tuple[tuple[Profile | Programme, Statement, bool], ...]


@bp.get("/review/subjects")
def index() -> str:
    """All subjects by field, or those that a word names."""
    subjects, asked = changed_taxonomy(), line(request.args.get("q"))[:120]
    found = _named(subjects, asked) if asked else ()
    return render_template(
        "taxonomy/index.html", subjects=subjects, asked=asked, found=found, changes=store.count_changes(db.session)
    )


@bp.route("/review/subjects/<notation>", methods=["GET", "POST"])
@commit_after
def page(notation: str) -> Any:
    """One subject; a change of it is looked at, then saved."""
    subjects = changed_taxonomy()
    if notation not in subjects.concepts:
        abort(404)
    if request.method == "GET":
        return _page(subjects, notation)
    change = forms.read_change(request.form, notation) or abort(400)
    return _answer(subjects, change, lambda error: _page(subjects, notation, change, error))


@bp.route("/review/new-subject", methods=["GET", "POST"])
@commit_after
def create() -> Any:
    """A subject that is not there yet."""
    subjects = changed_taxonomy()
    if request.method == "GET":
        return render_template("taxonomy/new.html", subjects=subjects, typed={}, error="")
    change = forms.read_change(request.form) or abort(400)
    return _answer(
        subjects, change,
        lambda error: render_template(
            "taxonomy/new.html", subjects=subjects, typed=dict(forms.fields_of(change)), error=error
        ),
    )  # fmt: skip


@bp.get("/review/subject-changes")
def changes() -> str:
    """Every change, the last first, each with its way back."""
    made = store.list_changes(db.session)
    _, left = Taxonomy.shipped().with_those_that_fit(stored.change for stored in made)
    overtaken = {id(error.change): change_fault(error) for error in left}
    rows = [(stored, change_words(stored.change), overtaken.get(id(stored.change), "")) for stored in reversed(made)]
    return render_template("taxonomy/changes.html", rows=rows)


@bp.route("/review/subject-changes/<int:change_id>/undo", methods=["GET", "POST"])
@commit_after
def undo(change_id: int) -> Any:
    """What taking a change back does; then takes it back."""
    made = store.list_changes(db.session)
    stored = next((one for one in made if one.id == change_id), None)
    if stored is None:
        raise UnknownChange(str(change_id))
    before, after, error = _without(made, stored)
    if request.method == "GET" or error:
        return _preview(made, before, after, stored.change, undone=stored, error=error), 400 if error else 200
    return _save(
        lambda mark, actor: store.delete_change(db.session, change_id, mark=mark, actor=actor),
        lambda: _preview(made, before, after, stored.change, undone=stored, is_stale=True),
    )


@bp.get("/review/subjects.csv")
def export() -> Response:
    """The file of subjects with every change in it, to take the place of the one that is shipped."""
    headers = {"Content-Disposition": 'attachment; filename="concepts.csv"'}
    return Response(changed_taxonomy().to_csv(), mimetype="text/csv", headers=headers)


def _page(subjects: Taxonomy, notation: str, typed: Change | None = None, error: str = "") -> str:
    entries = _entries()
    carried = sum(notation in subjects.tag(s.text) for entry in entries for s in entry.statements)
    narrower = [c for c in subjects.concepts.values() if c.broader == notation]
    return render_template(
        "taxonomy/page.html", subjects=subjects, one=subjects.concepts[notation], narrower=narrower, carried=carried,
        typed=dict(forms.fields_of(typed)) if typed else {}, error=error,
    )  # fmt: skip


def _answer(subjects: Taxonomy, change: Change, again: Callable[[str], str]) -> Any:
    """The form again where the change breaks a rule; else what it does, or that it is saved."""
    made = store.list_changes(db.session)
    try:
        after = subjects.with_changes([change], _names())
    except InvalidChange as error:
        return again(change_fault(error)), 400
    if request.form.get("do") != "save":
        return _preview(made, subjects, after, change)
    return _save(
        lambda mark, actor: store.save_change(db.session, change, mark=mark, actor=actor),
        lambda: _preview(made, subjects, after, change, is_stale=True),
    )


def _save(save: Callable[[str, str], None], again: Callable[[], str]) -> Any:
    try:
        save(request.form.get("mark", ""), str(require_user().id))
    except Outdated:
        db.session.rollback()
        return again(), 409
    flash(gettext("Saved. The pages show it as soon as the matcher has taken it in, within a minute as a rule."))
    return redirect(url_for("taxonomy.changes"), 303)


def _preview(  # noqa: PLR0913 - what a preview says, by name
    made: Sequence[StoredChange],
    before: Taxonomy,
    after: Taxonomy,
    change: Change,
    *,
    undone: StoredChange | None = None,
    is_stale: bool = False,
    error: str = "",
) -> str:
    return render_template(
        "taxonomy/preview.html", change=change, words=change_words(change), effects=_effects(before, after),
        fields=tuple(forms.fields_of(change)), mark=store.mark_of(made), undone=undone, is_stale=is_stale, error=error,
        is_new=change.kind is ChangeKind.ADD,
    )  # fmt: skip


def _without(made: Sequence[StoredChange], undone: StoredChange) -> tuple[Taxonomy, Taxonomy, str]:
    """The taxonomy with and without a change, and why it cannot be without it, where others build on it."""
    shipped = Taxonomy.shipped()
    before, _ = shipped.with_those_that_fit(one.change for one in made)
    after, _ = shipped.with_those_that_fit(one.change for one in made if one is not undone)
    broken = shipped.broken_without([one.change for one in made], undone.change)
    first = gettext("Take this back first: %(change)s.", change=change_words(broken.change)) if broken else ""
    return before, after, first


def _effects(before: Taxonomy, after: Taxonomy) -> tuple[Effect, ...]:
    entries = _entries()
    by_id = {entry.id: entry for entry in entries}
    found = []
    for one in retagged(before, after, entries):
        shown = [(by_id[i], s, True) for i, s in one.gained[:_EXAMPLES]]
        shown += [(by_id[i], s, False) for i, s in one.lost[:_EXAMPLES]]
        # A new subject is known to the taxonomy after the change only, a withdrawn one to that before it.
        known = after if one.notation in after.concepts else before
        label = known.label(one.notation, language())
        found.append(Effect(label, len(one.gained), len(one.lost), tuple(shown)))
    return tuple(found)


def _entries() -> list[Profile | Programme]:
    corpus = current_board().corpus
    return [*corpus.organisations.values(), *corpus.programmes.values()]


def _names() -> Iterator[str]:
    """Every name of every organisation."""
    for profile in current_board().corpus.organisations.values():
        yield from (*profile.names.values(), *profile.aliases)


def _named(subjects: Taxonomy, asked: str) -> tuple[Concept, ...]:
    word = fold(asked)
    return tuple(
        c for c in subjects.concepts.values() if word in c.notation or any(word in fold(label) for label in c.labels)
    )
