"""The form for a new token of the API."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, SelectMultipleField, StringField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from web.forms.accounts import one_line
from web.i18n import SCOPES
from web.security import Policy, Scope
from web.store.accounts import Account

USUAL_DAYS: Final = 90
MOST_DAYS: Final = 365
_MAX_NAME: Final = 120
# Of no use to whoever may keep no shortlists.
_OF_OFFICERS: Final = frozenset({Scope.SHORTLISTS_READ, Scope.SHORTLISTS_WRITE})


def _today() -> date:
    return datetime.now(UTC).date()


class NewToken(FlaskForm):
    """What a token is for, what it may do, and until when."""

    name = StringField(
        _("What it is for"),
        [DataRequired(_("Enter a name.")), Length(max=_MAX_NAME, message=_("A name has at most 120 characters."))],
        filters=[one_line],
        description=_("A name by which you will know it, such as the program that uses it."),
        render_kw={"maxlength": _MAX_NAME, "autocomplete": "off"},
    )
    scopes = SelectMultipleField(
        _("What it may do"),
        [InputRequired(_("Choose at least one."))],
    )
    expires_on = DateField(
        _("Last day"),
        [InputRequired(_("Choose a day."))],
        description=_("At most a year from now."),
    )

    def offer(self, account: Account) -> NewToken:
        """Lets the form choose among what the role of its owner allows, and fills in what is usual."""
        is_officer = Policy.OFFICER.admits(account.role)
        offered = {s: text for s, text in SCOPES.items() if is_officer or s not in _OF_OFFICERS}
        self.scopes.choices = [SelectChoice(s.value, text) for s, text in offered.items()]
        if not self.is_submitted():
            self.scopes.data, self.expires_on.data = [Scope.READ.value], _today() + timedelta(USUAL_DAYS)
        return self

    def validate_expires_on(self, field: Any) -> None:
        """A token that nobody needs any more should not work for ever."""
        if field.data and not _today() <= field.data <= _today() + timedelta(MOST_DAYS):
            raise ValidationError(_("Choose a day from today to a year from now."))

    @property
    def chosen(self) -> frozenset[Scope]:
        return frozenset(map(Scope, self.scopes.data or ()))
