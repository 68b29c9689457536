"""Statements proposed from a text: nothing of it is stored, neither here nor between the two steps."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge

from matcher.document import profile_document
from matcher.draft import Draft, shipped_drafter
from web.auth import require_user
from web.extensions import limiter
from web.forms import draft as forms
from web.i18n import draft as words
from web.matching import current_board

bp = Blueprint("draft", __name__)

# A long text keeps a processor busy for seconds.
_FEW: Final = limiter.limit("30 per 10 minutes", methods=["POST"], key_func=lambda: str(require_user().id))


@bp.route("/draft", methods=["GET", "POST"])
@_FEW
def page() -> Any:
    """Takes a text, and shows what it proposes."""
    form = forms.TextForm()
    if not form.validate_on_submit():
        return render_template("draft/index.html", form=form), 400 if request.method == "POST" else 200
    draft = shipped_drafter(current_board().matcher.cache_).draft(form.given.text)
    if not draft.proposals:
        form.form_errors = [gettext("No sentence says what is offered or sought. Paste a text that does.")]
        return render_template("draft/index.html", form=form), 422
    organisation, is_cut = forms.organisation_form(draft), draft.is_cut or form.given.is_cut
    return _proposals(organisation, forms.entries_of(draft), draft=draft, is_cut=is_cut)


@bp.get("/draft/profile")
def begin() -> Any:
    """Where a link to another language leads from the form with a mistake: there is nothing to show without it."""
    return redirect(url_for("draft.page"), 303)


@bp.post("/draft/profile")
def finish() -> Any:
    """The accepted proposals as a file, or the form again with what is wrong."""
    organisation, entries = forms.OrganisationForm(), forms.read_entries(request.form)
    profile = forms.make_profile(organisation, entries, datetime.now(UTC).date())
    if profile is None:
        return _proposals(organisation, entries), 400
    if request.form.get("do") == "csv":
        return _file(forms.to_csv(profile), f"{profile.id}.csv", "text/csv")
    text = json.dumps(profile_document(profile), ensure_ascii=False, indent=2) + "\n"
    return _file(text.encode(), f"{profile.id}.json", "application/json")


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> tuple[str, int]:
    """A body beyond what is read at all: what was pasted beside the file has not arrived."""
    form = forms.TextForm(formdata=None)
    form.file.errors = [words.PROBLEMS["too_large"]]
    return render_template("draft/index.html", form=form), 413


def _proposals(
    organisation: forms.OrganisationForm, entries: tuple[forms.Entry, ...], *, draft: Draft | None = None,
    is_cut: bool = False,
) -> str:  # fmt: skip
    return render_template(
        "draft/proposals.html", form=organisation, entries=entries, is_cut=is_cut,
        left_out=draft.left_out if draft else (), CERTAINTIES=words.CERTAINTIES, REASONS=words.REASONS,
    )  # fmt: skip


def _file(content: bytes, name: str, mimetype: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, mimetype=mimetype, headers=headers)
