"""Signing in with an account elsewhere, over OpenID Connect: authorisation code with PKCE, state and nonce.

The issuer sends the browser back with a GET, which must write nothing; the page it gets sends the code on by itself, or
with a button where there is no JavaScript.
"""

from __future__ import annotations

import logging
from typing import Any, Final

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, abort, current_app, g, redirect, render_template, request, session, url_for
from joserfc.errors import JoseError

from web import auth, logs
from web.config import Settings, current_settings
from web.extensions import db, limiter
from web.forms import accounts as forms
from web.i18n import language
from web.security import AccountRole, own_path
from web.store import accounts
from web.store.accounts import Account
from web.views.transaction import commit_after

_log = logging.getLogger(__name__)

_FAILED: Final = (AuthlibBaseError, JoseError, requests.RequestException, KeyError, ValueError, RuntimeError)

bp = Blueprint("oidc", __name__)


def init_app(app: Flask, settings: Settings) -> None:
    """Registers the issuer, and the one address without a language, which the issuer has to know."""
    app.add_url_rule("/oidc/callback", endpoint="oidc_callback", view_func=callback)
    if not settings.has_oidc:
        return
    app.extensions["kakehashi.oidc"] = OAuth(app).register(
        "oidc",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value() or None,
        server_metadata_url=settings.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256", "timeout": 10},
    )


@bp.get("/oidc/start")
@limiter.limit("20 per minute")
def start() -> Any:
    """Sends the browser to the issuer."""
    session["oidc"] = {"next": own_path(request.args.get("next")), "lang": language()}
    try:
        return _client().authorize_redirect(current_settings().base_url() + url_for("oidc_callback"))
    except _FAILED as error:
        return _failed(error)


def callback() -> Any:
    """Where the issuer sends the browser back to: hands the code on to :func:`finish`."""
    g.lang = session.get("oidc", {}).get("lang", "en")
    form = forms.OidcFinish(formdata=None, data={name: request.args.get(name, "") for name in ("code", "state")})
    if not form.code.data:
        return _failed(RuntimeError(request.args.get("error", "no code")))
    return render_template("accounts/oidc.html", form=form)


@bp.post("/oidc/finish")
@limiter.limit("20 per minute")
@commit_after
def finish() -> Any:
    """Trades the code for who it is, and signs the person in."""
    if not forms.OidcFinish().validate_on_submit():
        abort(400)
    try:
        account = _account_of(_client().authorize_access_token(claims_options=_expected())["userinfo"])
    except _FAILED as error:
        return _failed(error)
    onward = session.get("oidc", {}).get("next")
    accounts.save_seen(db.session, account.id, "oidc")
    auth.sign_in(account)
    return redirect(own_path(onward) or url_for("home.index"), 303)


def _expected() -> dict[str, Any]:
    """Who must have said it, and to whom: the library itself takes a token for others that names us as a party."""
    settings = current_settings()
    return {
        "iss": {"essential": True, "value": settings.oidc_issuer},
        "aud": {"essential": True, "value": settings.oidc_client_id},
    }


def _account_of(claims: Any) -> Account:
    """The account linked to the claims, else the one with the verified address, else a new one for an officer."""
    issuer, subject = claims["iss"], claims["sub"]
    account = accounts.find_account_by_identity(db.session, issuer=issuer, subject=subject)
    if account is None:
        # Without the issuer's word for the address anybody could take over anybody's account.
        if claims.get("email_verified") is not True:
            raise ValueError("the issuer has not verified the mail address")
        account = _account_with(forms.read_email(str(claims["email"])), str(claims.get("name") or ""))
        accounts.save_identity(db.session, account.id, issuer=issuer, subject=subject)
    return _active(account)


def _active(account: Account) -> Account:
    if not account.is_active:
        raise ValueError("the account is deactivated")
    return account


def _account_with(email: str, name: str) -> Account:
    account = accounts.find_account_by_email(db.session, email)
    if account is None:
        return accounts.save_new_account(
            db.session, email=email, name=forms.read_name(name) or email.partition("@")[0], role=AccountRole.OFFICER,
            lang=language(), password_hash=None, is_verified=True,
        )  # fmt: skip
    if not _active(account).is_verified:
        # Whoever chose this password never showed that the address is theirs.
        account = accounts.save_password(db.session, account.id, None, is_verified=True)
    return account


def _client() -> Any:
    return current_app.extensions.get("kakehashi.oidc") or abort(404)


def _failed(error: Exception) -> tuple[str, int]:
    # Its message may come from the address, or say whose account it was.
    _log.warning("signing in over OpenID Connect failed: %s", logs.cause(error))
    return render_template("accounts/oidc_failed.html"), 400
