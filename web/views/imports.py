"""Importing organisations: a file is sent, looked at, accepted or thrown away, and can be taken back."""

from __future__ import annotations

import uuid
from typing import Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from web.auth import require_user
from web.extensions import db, limiter
from web.forms import imports as forms
from web.i18n import imports as words
from web.i18n import language
from web.imports import columns, template
from web.imports.draft import Preview, current_known, preview
from web.imports.tables import ENCODINGS, PAGE, Table, Unreadable, read
from web.matching import current_board
from web.store import Outdated, find_corpus_version, imports
from web.store.imports import CannotUndo, ImportFile, UnknownImport
from web.views import errors
from web.views.transaction import commit_after

bp = Blueprint("imports", __name__)
bp.register_error_handler(UnknownImport, errors.not_found)

# Reading a large file takes seconds of one processor.
_FEW: Final = limiter.shared_limit("30 per 10 minutes", "imports", methods=["POST"])


@bp.get("/imports")
def index() -> str:
    """Where to send a file; those that wait for a decision, and what was imported."""
    return _index()


@bp.post("/imports")
@_FEW
@commit_after
def create() -> AnyResponse:
    """Reads a file and keeps it for the preview."""
    upload = forms.read_upload(request.files.get("file"))
    table = read(upload.content, is_header=columns.is_header)
    preview(table, current_known())
    made = imports.save_draft(
        db.session, require_user().id, file_name=upload.name, rows=table.to_json(),
        content=upload.content if table.encoding else None,
    )  # fmt: skip
    return redirect(url_for("imports.page", import_id=made), 303)


@bp.get("/imports/template.<any(csv, xlsx):file_format>")
def template_file(file_format: str) -> Response:
    """The file to fill in, in the language of the page."""
    made = template.template(file_format)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(made.content, mimetype=made.mimetype, headers=headers)


@bp.get("/imports/<uuid:import_id>")
def page(import_id: uuid.UUID) -> str:
    """The preview of a file, or what an accepted one has changed."""
    found = _get(import_id)
    if found.head.accepted_at:
        is_ready = current_board().version == find_corpus_version(db.session)
        return render_template("imports/accepted.html", head=found.head, is_ready=is_ready, obstacles=None)
    return _page(found, _preview(found))


@bp.post("/imports/<uuid:import_id>/read")
@_FEW
@commit_after
def reread(import_id: uuid.UUID) -> AnyResponse:
    """Reads the same file in another encoding."""
    found = _get(import_id)
    if found.content is not None:
        table = read(found.content, encoding=forms.read_encoding(request.form), is_header=columns.is_header)
        preview(table, current_known())
        imports.save_rows(db.session, owner_id=require_user().id, import_id=import_id, rows=table.to_json())
    return redirect(url_for("imports.page", import_id=import_id), 303)


@bp.post("/imports/<uuid:import_id>/choose")
@commit_after
def choose(import_id: uuid.UUID) -> AnyResponse:
    """Keeps which rows are about organisations that are known."""
    choices = forms.read_choices(request.form)
    imports.save_choices(db.session, owner_id=require_user().id, import_id=import_id, choices=choices)
    flash(gettext("Saved."))
    return redirect(url_for("imports.page", import_id=import_id), 303)


@bp.post("/imports/<uuid:import_id>/accept")
@commit_after
def accept(import_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Takes every row without a fault or an open question, all or none."""
    found = _get(import_id)
    shown = _preview(found)
    if found.head.accepted_at or not shown.profiles:
        return redirect(url_for("imports.page", import_id=import_id), 303)
    # Of a preview that was made anew just now nobody has seen anything: its version counts for none.
    seen = shown.version if forms.read_version(request.form) == shown.version else 0
    try:
        imports.save_accepted(db.session, import_id, shown.profiles, version=seen, actor=str(require_user().id))
    except Outdated:
        return _page(found, _preview(found), is_outdated=True), 409
    return redirect(url_for("imports.page", import_id=import_id), 303)


@bp.post("/imports/<uuid:import_id>/delete")
@commit_after
def delete(import_id: uuid.UUID) -> AnyResponse:
    """Throws a file away."""
    imports.delete_draft(db.session, owner_id=require_user().id, import_id=import_id)
    flash(gettext("The file was thrown away. Nothing was imported."))
    return redirect(url_for("imports.index"), 303)


@bp.post("/imports/<uuid:import_id>/undo")
@commit_after
def undo(import_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Takes an accepted import back."""
    user = require_user()
    try:
        imports.save_undone(db.session, owner_id=user.id, import_id=import_id, actor=str(user.id))
    except CannotUndo as error:
        head = _get(import_id).head
        return render_template("imports/accepted.html", head=head, is_ready=True, obstacles=error), 409
    flash(gettext("The import was taken back."))
    return redirect(url_for("imports.page", import_id=import_id), 303)


@bp.errorhandler(Unreadable)
def unreadable(error: Unreadable) -> tuple[str, int]:
    """A file that cannot be read: why, and what to do; everything else stays."""
    return _index(words.refusal_words(error.code, error.values)), 422


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> tuple[str, int]:
    """A file that was not even taken in."""
    return _index(words.refusal_words("too_large", {"most": PAGE.megabytes})), 413


def _index(refusal: str = "") -> str:
    heads = imports.list_imports(db.session, owner_id=require_user().id)
    return render_template("imports/index.html", heads=heads, refusal=refusal, limits=PAGE, days=imports.KEPT.days)


def _get(import_id: uuid.UUID) -> ImportFile:
    return imports.get_import(db.session, owner_id=require_user().id, import_id=import_id)


def _preview(found: ImportFile) -> Preview:
    if found.head.accepted_at:
        return Preview(0, (), None)
    return preview(Table.of_json(found.rows), current_known(), found.choices)


def _page(found: ImportFile, shown: Preview, *, is_outdated: bool = False) -> str:
    asked = forms.read_shown(request.args)
    lines = [line for line in shown.lines if asked.state in {None, line.state}]
    return render_template(
        "imports/page.html", found=found, preview=shown, lines=lines[asked.window], total=len(lines), asked=asked,
        table=Table.of_json(dict(found.rows) | {"rows": [], "documents": [], "broken": []}), encodings=ENCODINGS,
        page_size=forms.PAGE_SIZE, is_outdated=is_outdated, words=words, heading=columns.heading, kept=imports.KEPT,
        missing=_headings(shown),
    )  # fmt: skip


def _headings(shown: Preview) -> list[str]:
    """What new organisations need and the file has no column for."""
    missing = shown.headings.missing if shown.headings else ()
    return [columns.heading(columns.Column(key), language()) for key in missing]
