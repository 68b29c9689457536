"""Programmes for reviewers: edited on a form, and looked at before they are saved."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from matcher.difference import difference
from matcher.document import CURRENCIES
from matcher.profile import RuleCode
from web.auth import require_user
from web.extensions import db
from web.forms import programme_editing as forms
from web.forms.programme_editing import Typed
from web.i18n import concept, subdivision, subdivisions
from web.i18n.editing import PARAMETER_LABELS, SHARES_OF, fault_words, field_place, place_words
from web.i18n.programmes import PROGRAMME_PLACES
from web.matching import current_board
from web.store import Outdated, programmes, revisions
from web.store.programmes import Stored, Taken, UnknownProgramme
from web.views import errors
from web.views.transaction import commit_after

bp = Blueprint("programme_editing", __name__)
bp.register_error_handler(UnknownProgramme, errors.not_found)


@bp.get("/review/programmes")
def index() -> str:
    """All programmes, to edit one or to add another."""
    programmes = current_board().corpus.programmes.values()
    return render_template("programme_editing/index.html", programmes=programmes)


@bp.route("/review/programmes/new", methods=["GET", "POST"])
@commit_after
def create() -> Any:
    """A programme that is not there yet."""
    if request.method == "GET":
        return _form(forms.blank(_today()), None)
    return _answer(forms.read_typed(request.form, current_board().taxonomy.fields, _today()), None)


@bp.route("/review/programmes/<programme_id>", methods=["GET", "POST"])
@commit_after
def edit(programme_id: str) -> Any:
    """A programme with all its fields; looked at, then saved."""
    stored = programmes.get_programme(db.session, programme_id)
    if request.method == "GET":
        return _form(forms.shown(stored.document, stored.mark), stored)
    return _answer(
        forms.read_typed(request.form, current_board().taxonomy.fields, _today(), programme_id), stored
    )  # fmt: skip


def _answer(typed: Typed, stored: Stored | None) -> Any:
    if typed.is_unfinished:
        return _form(typed, stored)
    if typed.programme is None:
        return _form(typed, stored), 400
    if typed.step == forms.SAVE:
        return _save(typed, stored)
    before = stored.document if stored else {}
    return render_template(
        "programme_editing/preview.html", typed=typed, stored=stored, found=difference(before, typed.document),
    )  # fmt: skip


def _save(typed: Typed, stored: Stored | None) -> Any:
    programme, actor = typed.programme, str(require_user().id)
    assert programme is not None  # noqa: S101 - only such a form is saved
    try:
        if stored is None:
            programmes.save_new_programme(db.session, programme, actor=actor)
        else:
            programmes.save_programme(db.session, programme, mark=typed.mark, actor=actor)
    except Taken:
        return _form(typed.with_fault("id", fault_words("id", "taken", "", programme.id)), stored), 400
    except Outdated:
        return _conflict(typed), 409
    return _saved(programme.id)


def _conflict(typed: Typed) -> str:
    """Both versions, where somebody else has saved meanwhile."""
    programme_id = typed.document["id"]
    theirs = programmes.get_programme(db.session, programme_id)
    last = revisions.get_history(db.session, entry_id=programme_id).latest
    return render_template(
        "programme_editing/conflict.html", typed=typed, stored=theirs, last=last,
        found=difference(theirs.document, typed.document),
    )  # fmt: skip


def _saved(programme_id: str) -> Any:
    flash(gettext("Saved. The pages show it as soon as the matcher has taken it in, within a minute as a rule."))
    return redirect(url_for("revisions.programme", entry_id=programme_id), 303)


def _form(typed: Typed, stored: Stored | None) -> str:
    fields = [(notation, concept(notation)) for notation in current_board().taxonomy.fields]
    return render_template(
        "programme_editing/form.html", typed=typed, stored=stored, values=typed.values, faults=typed.faults,
        fields=fields, currencies=[(code, code) for code in CURRENCIES], shares_of=SHARES_OF,
        subdivisions=[(code, subdivision(code)) for code in sorted(subdivisions())], places=PROGRAMME_PLACES,
        rule_codes=tuple(RuleCode), parameters=forms.PARAMETERS, parameter_labels=PARAMETER_LABELS,
    )  # fmt: skip


def _today() -> date:
    return datetime.now(UTC).date()


bp.add_app_template_global(field_place, "field_place")
bp.add_app_template_global(place_words, "programme_place")
