"""Forms for signing up, signing in and keeping an account or a team."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from email_validator import validate_email
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField, RadioField, SelectField, StringField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from web.auth import LEAST_PASSWORD, MOST_PASSWORD
from web.i18n import ACCOUNT_ROLES, AUTONYMS, TEAM_RIGHTS
from web.security import AccountRole, TeamRight, own_path

_MAX_EMAIL: Final = 254
_MAX_NAME: Final = 120
# An address that cannot be one stays on the page for the sentence about it; what sends more than this is no browser.
_MAX_INPUT: Final = 1000


def one_line(value: str | None) -> str:
    """Without control characters, and with single spaces: names end up in mails and lists."""
    text = "".join(" " if unicodedata.category(c).startswith("C") else c for c in (value or "")[:_MAX_INPUT])
    return " ".join(text.split())


def read_email(text: str) -> str:
    """A mail address in the spelling that is kept, which every mail server takes; ``ValueError`` where it is none."""
    found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    email = (found.ascii_email or "").lower()
    if not 0 < len(email) <= _MAX_EMAIL:
        raise ValueError("too long")
    return email


def read_name(text: str) -> str:
    """A name on one line, cut to what is kept."""
    return one_line(text)[:_MAX_NAME]


def _email(_form: FlaskForm, field: Any) -> None:
    try:
        field.data = read_email(field.data or "")
    except ValueError:
        raise ValidationError(_("This is not a mail address: it needs the form name@example.org.")) from None


def check_new_password(password: str, *names: str) -> None:
    """Raises where a new password is too short or too long, or is the person's own name or address."""
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        raise ValidationError(_("A password has 12 to 200 characters. Several words in a row are easy to remember."))
    normal = unicodedata.normalize("NFKC", password).casefold()
    if normal in {unicodedata.normalize("NFKC", name).casefold() for name in names if name}:
        raise ValidationError(_("The password must not be your name or mail address."))


def _new_password_field(label: Any) -> PasswordField:
    return PasswordField(
        label,
        [InputRequired(_("Choose a password."))],
        description=_("12 characters or more. No other rules; several words in a row are easy to remember."),
        render_kw={"autocomplete": "new-password", "minlength": LEAST_PASSWORD},
    )


class _NewPassword(FlaskForm):
    """A form that sets a password; what it must not equal comes with ``names``."""

    password = _new_password_field(_("New password"))

    def __init__(self, *args: Any, names: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names = names

    def validate_password(self, field: Any) -> None:
        check_new_password(field.data, *self._names)


def _choices(labels: Mapping[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice(str(code), label) for code, label in labels.items()]


def _email_field(**render_kw: Any) -> EmailField:
    return EmailField(
        _("Mail address"),
        [InputRequired(_("Enter your mail address.")), _email],
        filters=[one_line],
        render_kw={"autocomplete": "email", "maxlength": _MAX_EMAIL, "spellcheck": "false", **render_kw},
    )


def _name_field() -> StringField:
    return StringField(
        _("Your name"),
        [DataRequired(_("Enter your name.")), Length(max=_MAX_NAME, message=_("A name has at most 120 characters."))],
        filters=[one_line],
        description=_("As colleagues in your teams should see it."),
        render_kw={"autocomplete": "name", "maxlength": _MAX_NAME},
    )


def _old_password_field(label: Any) -> PasswordField:
    return PasswordField(
        label,
        [InputRequired(_("Enter your password.")), Length(max=_MAX_INPUT)],
        render_kw={"autocomplete": "current-password"},
    )


class SignUp(_NewPassword):
    """A new account."""

    name = _name_field()
    email = _email_field()
    role = RadioField(
        _("I am here for"),
        [InputRequired(_("Choose what you are here for."))],
        choices=[
            SelectChoice(AccountRole.OFFICER.value, _("a trade office or another body that brings partners together")),
            SelectChoice(AccountRole.ORGANISATION.value, _("an organisation that looks for partners")),
        ],
        default=AccountRole.OFFICER.value,
    )
    password = _new_password_field(_("Password"))

    def validate_password(self, field: Any) -> None:
        email = self.email.data or ""
        check_new_password(field.data, self.name.data or "", email, email.partition("@")[0])


class SignIn(FlaskForm):
    """Address and password, and where to go on to."""

    email = _email_field(autocomplete="username")
    password = _old_password_field(_("Password"))
    next = HiddenField(filters=[lambda value: own_path(value) or ""])


class Verify(FlaskForm):
    """The password of a new account, which only whoever signed up knows."""

    password = _old_password_field(_("The password you chose"))


class Forgotten(FlaskForm):
    """The address to send a link to."""

    email = _email_field()


class Reset(_NewPassword):
    """A new password for whoever has the link."""


class NameAndLanguage(FlaskForm):
    """How a person is called, and the language of mails."""

    name = _name_field()
    lang = RadioField(_("Language of mails"), [InputRequired(_("Choose a language."))], choices=_choices(AUTONYMS))


class ChangePassword(_NewPassword):
    """A new password for whoever knows the present one."""

    present = _old_password_field(_("Present password"))
    # Once more, so that what is wrong is listed in the order of the page.
    password = _new_password_field(_("New password"))


class Confirm(FlaskForm):
    """A button and nothing else: the form carries the token against forged requests."""


class DeleteAccount(FlaskForm):
    """The second asking before an account goes: the address, typed."""

    email = _email_field(autocomplete="off")
    profile = RadioField(
        _("The profile of your organisation"), default="leave",
        choices=[
            SelectChoice("leave", _("leave it as it is, until its year is over")),
            SelectChoice("withdraw", _("withdraw it")),
        ],
    )  # fmt: skip


class ChooseRole(FlaskForm):
    """A role, for an administrator to give."""

    role = SelectField(_("Role"), [InputRequired(_("Choose a role."))], choices=_choices(ACCOUNT_ROLES))


class ChooseActive(FlaskForm):
    """Whether somebody may sign in."""

    is_active = SelectField(_("May sign in"), [InputRequired()], choices=_choices({"yes": _("yes"), "no": _("no")}))


class OidcFinish(FlaskForm):
    """What the issuer sent the browser back with."""

    code = HiddenField(validators=[InputRequired(), Length(max=4000)])
    state = HiddenField(validators=[InputRequired(), Length(max=200)])


class TeamName(FlaskForm):
    """What a team is called."""

    name = StringField(
        _("Name of the team"),
        [DataRequired(_("Enter a name.")), Length(max=_MAX_NAME, message=_("A name has at most 120 characters."))],
        filters=[one_line],
        render_kw={"maxlength": _MAX_NAME, "autocomplete": "off"},
    )


class ChooseRight(FlaskForm):
    """A right in a team."""

    right = SelectField(_("Right"), [InputRequired(_("Choose a right."))], choices=_choices(TEAM_RIGHTS))


class Invite(ChooseRight):
    """Whom to invite into a team, and with what right."""

    email = _email_field(autocomplete="off")
    right = SelectField(
        _("Right"), [InputRequired(_("Choose a right."))], choices=_choices(TEAM_RIGHTS), default=TeamRight.EDIT
    )
