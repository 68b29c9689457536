"""Who did what, for administrators: searched, and taken out as a file."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, abort, render_template, request, stream_with_context, url_for

from web.auth import require_user
from web.exports.audit import write
from web.extensions import db
from web.forms import audit as forms
from web.i18n.audit import action_words, detail_words
from web.store import audit
from web.store.audit import Event
from web.views.transaction import commit_after

bp = Blueprint("audit", __name__)

_PAGE: Final = 50
_TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}


@bp.get("/audit")
def index() -> Any:
    """The newest events that pass the filter, fifty at a time."""
    form = forms.AuditFilter(request.args, audit.list_actions(db.session))
    if not form.validate():
        return render_template("audit/index.html", form=form, events=(), older=None, is_start=True), 400
    before = forms.read_before(request.args)
    events = audit.list_events(db.session, form.wanted, most=_PAGE + 1, before=before)
    older = events[_PAGE - 1].id if len(events) > _PAGE else None
    return render_template(
        "audit/index.html", form=form, events=events[:_PAGE], older=older, is_start=before is None,
    )  # fmt: skip


@bp.post("/audit/export")
@commit_after
def export() -> Any:
    """The events that pass the filter, as a file; that somebody took them out is written down first."""
    form = forms.AuditFilter(request.form, audit.list_actions(db.session))
    file_format = request.form.get("format", "")
    if file_format not in forms.FORMATS or not form.validate():
        abort(400)
    audit.save_export(db.session, form.wanted, file_format=file_format, actor=str(require_user().id))
    lines = write(audit.iterate_events(db.session, form.wanted), file_format)
    name = f"kakehashi-audit.{file_format}"
    headers = {"Content-Type": _TYPES[file_format], "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(lines), headers=headers)


# --- what the template asks for ---------------------------------------------------------------------------------------

# The pages of subjects, by the first part of an action.
_PAGES: Final = {
    "organisation": ("organisations.page", "profile_id"),
    "programme": ("revisions.programme", "entry_id"),
    "account": ("people.page", "account_id"),
    "token": ("people.page", "account_id"),
    "import": ("imports.page", "import_id"),
}
_LISTS: Final = {"combination": "combinations.index", "taxonomy": "taxonomy.changes", "audit": "audit.index"}


@bp.app_template_global()
def audit_subject_url(event: Event) -> str | None:
    """The page of what an event is about, where there is one that an administrator may see."""
    sort, _dot, verb = event.action.partition(".")
    if sort in _LISTS:
        return url_for(_LISTS[sort])
    is_gone = verb == "delete" or (sort in {"account", "token"} and not event.names.get(event.subject))
    if sort not in _PAGES or is_gone:
        return None
    endpoint, name = _PAGES[sort]
    parts: dict[str, Any] = {name: event.subject}
    return url_for(endpoint, **parts)


bp.add_app_template_global(action_words, "audit_action")
bp.add_app_template_global(detail_words, "audit_detail")
