"""Signing up, signing in, and keeping one's account."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from web import auth
from web.auth import Purpose, require_user
from web.extensions import db, limiter, visitor
from web.forms import accounts as forms
from web.i18n import language
from web.security import AccountRole, own_path
from web.store import accounts, submissions
from web.store.accounts import Account, LastAdministrator
from web.store.submissions import Shown
from web.views import letters
from web.views.transaction import commit_after

bp = Blueprint("accounts", __name__)

# For each visitor's address; a person who mistypes never meets them.
_FEW = limiter.shared_limit("10 per minute; 60 per hour", "accounts", methods=["POST"])


def _address_asked() -> str:
    # As it is looked up, not as it is typed: blanks or full width would each get ten tries of their own.
    try:
        return forms.read_email(forms.one_line(request.form.get("email", "")))
    except ValueError:
        return visitor()


# For each mail address asked about, from wherever it comes.
_FEW_PER_ADDRESS = limiter.shared_limit("10 per 15 minutes", "address", methods=["POST"], key_func=_address_asked)


@bp.route("/sign-up", methods=["GET", "POST"])
@_FEW
@_FEW_PER_ADDRESS
@commit_after
def sign_up() -> Any:
    """A new account. The answer does not say whether the address had one."""
    form = forms.SignUp()
    if not form.validate_on_submit():
        return render_template("accounts/sign_up.html", form=form), _status()
    letters.begin_sign_up(
        email=form.email.data, name=form.name.data, role=AccountRole(form.role.data), password=form.password.data
    )
    return redirect(url_for("accounts.mail_sent"), 303)


@bp.get("/mail-sent")
def mail_sent() -> str:
    """Says to look into one's mail."""
    return render_template("accounts/mail_sent.html")


@bp.route("/verify/<token>", methods=["GET", "POST"])
@_FEW
@commit_after
def verify(token: str) -> Any:
    """Confirms a mail address: whoever has the mailed link and the password chosen at sign-up is signed in."""
    account, form = _of_link(Purpose.VERIFY, token), forms.Verify()
    if account is None or account.is_verified:
        return render_template("accounts/link_used.html", purpose="verify"), 404
    if form.validate_on_submit():
        if auth.authenticate(account.email, form.password.data):
            return _welcome(accounts.save_verified(db.session, account.id), "verify")
        form.password.errors = [gettext("This is not the password chosen at sign-up.")]
    return render_template("accounts/verify.html", form=form, account=account), _status()


@bp.route("/sign-in", methods=["GET", "POST"])
@_FEW
@_FEW_PER_ADDRESS
@commit_after
def sign_in() -> Any:
    """Address and password."""
    form = forms.SignIn(data={"next": request.args.get("next")})
    if form.validate_on_submit():
        account = auth.authenticate(form.email.data, form.password.data)
        if account is None:
            form.form_errors.append(gettext("Address and password do not go together. Check both, or set a new one."))
        elif not account.is_verified:
            letters.send_verification(account)
            return redirect(url_for("accounts.mail_sent"), 303)
        else:
            return _welcome(account, "password", form.next.data)
    return render_template("accounts/sign_in.html", form=form), _status()


@bp.post("/sign-out")
def sign_out() -> Any:
    """Ends this session."""
    auth.sign_out()
    flash(gettext("You are signed out."))
    return redirect(url_for("home.index"), 303)


@bp.post("/sign-out-everywhere")
@commit_after
def sign_out_everywhere() -> Any:
    """Ends all sessions and mailed links."""
    accounts.save_new_stamp(db.session, require_user().id)
    auth.sign_out()
    flash(gettext("You are signed out on all devices, and links in earlier mails no longer work."))
    return redirect(url_for("home.index"), 303)


@bp.route("/forgotten", methods=["GET", "POST"])
@_FEW
@_FEW_PER_ADDRESS
@commit_after
def forgotten() -> Any:
    """Asks for a link to set a new password. The answer does not say whether there is such an account."""
    form = forms.Forgotten()
    if not form.validate_on_submit():
        return render_template("accounts/forgotten.html", form=form), _status()
    letters.begin_reset(form.email.data)
    return redirect(url_for("accounts.mail_sent"), 303)


@bp.route("/reset/<token>", methods=["GET", "POST"])
@_FEW
@commit_after
def reset(token: str) -> Any:
    """Sets a new password, which also confirms the address, and ends all sessions."""
    account = _of_link(Purpose.RESET, token)
    if account is None:
        return render_template("accounts/link_used.html", purpose="reset"), 404
    form = forms.Reset(names=_names(account))
    if not form.validate_on_submit():
        return render_template("accounts/reset.html", form=form, account=account), _status()
    hashed = auth.hash_password(form.password.data)
    saved = accounts.save_password(db.session, account.id, hashed, is_verified=True)
    flash(gettext("Your new password is set."))
    return _welcome(saved, "reset")


@bp.get("/account")
def page() -> str:
    """One's own account."""
    return _page()


@bp.post("/account/profile")
@commit_after
def save_profile() -> Any:
    """Sets name and language."""
    form = forms.NameAndLanguage()
    if not form.validate_on_submit():
        return _page(profile=form), 400
    accounts.save_name_and_language(db.session, require_user().id, name=form.name.data, lang=form.lang.data)
    flash(gettext("Saved."))
    return redirect(url_for("accounts.page"), 303)


@bp.post("/account/password")
@_FEW
@commit_after
def save_password() -> Any:
    """Sets a new password; other devices are signed out."""
    user = require_user()
    form = forms.ChangePassword(names=_names(user))
    if not form.validate_on_submit():
        return _page(password=form), 400
    if not auth.authenticate(user.email, form.present.data):
        form.present.errors = [gettext("This is not your present password.")]
        return _page(password=form), 400
    auth.sign_in(accounts.save_password(db.session, user.id, auth.hash_password(form.password.data)))
    letters.send_password_changed(user)
    flash(gettext("Your new password is set; other devices are signed out."))
    return redirect(url_for("accounts.page"), 303)


@bp.route("/account/delete", methods=["GET", "POST"])
@_FEW
@commit_after
def delete() -> Any:
    """Says what goes and what stays, asks for the address, and deletes the account."""
    user, form = require_user(), forms.DeleteAccount()
    if form.validate_on_submit():
        if form.email.data == user.email:
            return _delete(user, is_withdrawn=form.profile.data == "withdraw")
        form.email.errors = [gettext("This is not the address of your account.")]
    kept = submissions.find_kept_alone(db.session, account_id=user.id)
    return render_template("accounts/delete.html", form=form, kept=kept), _status()


def _delete(user: Account, *, is_withdrawn: bool) -> Any:
    try:
        if is_withdrawn:
            _withdraw(user)
        accounts.delete_account(db.session, user.id)
    except LastAdministrator:
        flash(gettext("Nothing was changed: another administrator has to change your own role."))
        return redirect(url_for("accounts.page"), 303)
    auth.sign_out()
    flash(gettext("Your account is deleted."))
    return redirect(url_for("home.index"), 303)


def _withdraw(user: Account) -> None:
    """Takes the profile of whoever leaves away from all lists, where nobody else keeps it."""
    kept = submissions.find_kept_alone(db.session, account_id=user.id)
    if kept is not None and kept.shown is Shown.PUBLISHED:
        submissions.save_shown(
            db.session, entry_id=kept.entry_id, version=kept.version, shown=Shown.WITHDRAWN, actor=str(user.id),
            day=datetime.now(UTC).date(),
        )  # fmt: skip


def _page(**given: Any) -> str:
    user = require_user()
    account_forms = {
        "profile": forms.NameAndLanguage(formdata=None, data={"name": user.name, "lang": user.lang}),
        "password": forms.ChangePassword(formdata=None),
    }
    return render_template("accounts/page.html", **account_forms | given)


def _welcome(account: Account, how: str, onward: str | None = None) -> Any:
    accounts.save_seen(db.session, account.id, how)
    auth.sign_in(account)
    home = url_for("home.index", lang=language())
    return redirect(own_path(onward) or home, 303)


def _of_link(purpose: Purpose, token: str) -> Account | None:
    found = auth.read_token(purpose, token)
    return found[0] if found else None


def _names(account: Account) -> tuple[str, ...]:
    return account.name, account.email, account.email.partition("@")[0]


def _status() -> int:
    """A form that is shown again after sending is an answer to a mistake."""
    return 400 if request.method == "POST" else 200
