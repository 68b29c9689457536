"""Tokens of the API: one's own, made, shown once and revoked."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from web.auth import require_user
from web.extensions import db, limiter
from web.forms.accounts import Confirm
from web.forms.tokens import NewToken
from web.store import tokens
from web.store.tokens import UnknownToken
from web.views import errors
from web.views.transaction import commit_after

bp = Blueprint("tokens", __name__)
bp.register_error_handler(UnknownToken, errors.not_found)


@bp.get("/account/tokens")
def index() -> str:
    """All of one's own, and a form for another."""
    return _page(NewToken())


@bp.post("/account/tokens")
@limiter.limit("30 per hour")
@commit_after
def create() -> Any:
    """A new token, whose secret is on this one answer and nowhere else."""
    user, form = require_user(), NewToken().offer(require_user())
    if not form.validate():
        return _page(form), 422
    made, secret = tokens.save_new_token(
        db.session, user, name=form.name.data, scopes=form.chosen, expires_on=form.expires_on.data
    )
    # Nobody's browser or proxy keeps it.
    return render_template("tokens/made.html", made=made, secret=secret), 201, {"Cache-Control": "no-store"}


@bp.route("/account/tokens/<uuid:token_id>/revoke", methods=["GET", "POST"])
@commit_after
def revoke(token_id: uuid.UUID) -> Any:
    """Asks, and ends a token for good."""
    user, form = require_user(), Confirm()
    token = tokens.get_token(db.session, user, token_id=token_id)
    if not form.validate_on_submit():
        return render_template("tokens/revoke.html", token=token)
    tokens.delete_token(db.session, token_id=token_id, actor=str(user.id))
    flash(gettext("The token “%(name)s” is revoked.", name=token.name))
    return redirect(url_for("tokens.index"), 303)


def _page(form: NewToken) -> str:
    user = require_user()
    return render_template("tokens/index.html", tokens=tokens.list_tokens(db.session, user), form=form.offer(user))
