"""The mails about accounts and teams, in the language of whoever gets them."""

from __future__ import annotations

import hashlib

from flask import url_for
from flask_babel import LazyString, force_locale, gettext
from flask_babel import lazy_gettext as _

from web import auth
from web.auth import Purpose
from web.config import current_settings
from web.extensions import db
from web.i18n import LOCALES, TEAM_RIGHTS, language
from web.mail import queue_letter
from web.security import AccountRole, TeamRight
from web.store import Collision, accounts
from web.store.accounts import Account, TeamMembership


def begin_sign_up(*, email: str, name: str, role: AccountRole, password: str) -> None:
    """Keeps a new account and mails the link that confirms it; whoever has one is told so by mail only."""
    # Hashed and written down in both cases: the time must not tell. Before the look, so that of two clicks the second
    # waits for the first.
    hashed = auth.hash_password(password)
    accounts.save_attempt(db.session, "account.sign_up", _digest(email))
    known = accounts.find_account_by_email(db.session, email)
    if known is not None and (known.is_verified or not known.is_active):
        if known.is_active:
            _send_has_account(known)
        return
    try:
        with db.session.begin_nested():
            account = accounts.save_new_account(
                db.session, email=email, name=name, role=role, lang=language(), password_hash=hashed
            )
    except Collision:
        # The other of two clicks in one moment was the first; its letter is on its way.
        return
    send_verification(account)


def begin_reset(email: str) -> None:
    """Mails a link to set a new password, where there is such an account."""
    accounts.save_attempt(db.session, "account.forgotten", _digest(email))
    account = accounts.find_account_by_email(db.session, email)
    if account is None or not account.is_active:
        return
    asked = _("Somebody asked for a new password for your account. If it was you, open this address within an "
              "hour and choose one:")  # fmt: skip
    _send_reset(account, asked, _("If it was not you, do nothing: your password stays as it is."))


def send_reset(account: Account) -> None:
    """Mails a link to set a new password, because an administrator said so."""
    asked = _("An administrator has this link sent to you, so that you can set a new password. Open this address "
              "within an hour and choose one:")  # fmt: skip
    _send_reset(account, asked, _("If you do not need it, do nothing: your password stays as it is."))


def send_verification(account: Account) -> None:
    """Mails the link that confirms an address."""
    with force_locale(LOCALES[account.lang]):
        _send(
            account,
            gettext("Kakehashi: confirm your mail address"),
            gettext("An account with this address was asked for. To confirm it, open this address within two days and "
                    "enter the password you chose:"),
            _link("accounts.verify", Purpose.VERIFY, account),
            gettext("If it was not you, do nothing: without your confirmation the account stays closed."),
        )  # fmt: skip


def send_password_changed(account: Account) -> None:
    """Says that the password was changed."""
    with force_locale(LOCALES[account.lang]):
        _send(
            account,
            gettext("Kakehashi: your password was changed"),
            gettext("The password of your account was changed. If it was not you, set a new one at once:"),
            _address(url_for("accounts.forgotten", lang=account.lang)),
        )


def send_invitation(account: Account, inviter: Account, team: TeamMembership, right: TeamRight) -> None:
    """Mails an invitation into a team."""
    with force_locale(LOCALES[account.lang]):
        token = auth.make_token(Purpose.JOIN, account, team=team.id.hex, by=inviter.id.hex, right=right.value)
        _send(
            account,
            gettext("Kakehashi: an invitation to the team “%(team)s”", team=team.name),
            gettext("%(name)s invites you to the team “%(team)s”, with the right: %(right)s. To join, open this "
                    "address within seven days:", name=inviter.name, team=team.name, right=TEAM_RIGHTS[right]),
            _address(url_for("teams.join", lang=account.lang, token=token)),
            gettext("If you do not want to join, do nothing."),
        )  # fmt: skip


def _send_reset(account: Account, why: LazyString, otherwise: LazyString) -> None:
    with force_locale(LOCALES[account.lang]):
        _send(
            account,
            gettext("Kakehashi: set a new password"),
            str(why),
            _link("accounts.reset", Purpose.RESET, account),
            str(otherwise),
        )


def _send_has_account(account: Account) -> None:
    with force_locale(LOCALES[account.lang]):
        _send(
            account,
            gettext("Kakehashi: you already have an account"),
            gettext("Somebody tried to open a second account with your address. Nothing was changed. To sign in, or to "
                    "set a new password, go to:"),
            _address(url_for("accounts.sign_in", lang=account.lang)),
        )  # fmt: skip


def _send(account: Account, subject: str, *paragraphs: str) -> None:
    # A name that nobody has confirmed may be an advertisement, and the address that of a stranger.
    greeting = [gettext("Hello %(name)s,", name=account.name)] if account.is_verified else []
    signature = gettext("Kakehashi – partners between Japan and Canada\n%(address)s", address=_address("/"))
    body = "\n\n".join([*greeting, *paragraphs, f"-- \n{signature}"])
    queue_letter(db.session, recipient=account.email, subject=subject, body=body + "\n")


def _link(endpoint: str, purpose: Purpose, account: Account) -> str:
    return _address(url_for(endpoint, lang=account.lang, token=auth.make_token(purpose, account)))


def _address(path: str) -> str:
    return current_settings().base_url() + path


def _digest(email: str) -> str:
    # Enough to see one address asked about again and again, without keeping the addresses of strangers.
    return hashlib.sha256(email.encode()).hexdigest()[:16]
