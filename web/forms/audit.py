"""What an administrator asks of the audit log, checked; a filter in an address carries no token."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectField, StringField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import Length, Optional

from web.forms.accounts import one_line
from web.forms.search import read_number
from web.i18n.audit import ACTIONS, action_words
from web.store.audit import Wanted

FORMATS: Final = ("csv", "jsonl")
_MOST: Final = 120


def _text(label: Any, description: Any) -> StringField:
    too_long = _("At most %(most)s characters.", most=_MOST)
    return StringField(
        label, [Length(max=_MOST, message=too_long)], filters=[one_line], description=description,
        render_kw={"autocomplete": "off"},
    )  # fmt: skip


def _day(label: Any) -> DateField:
    field: DateField = DateField(label, [Optional()])
    return field


class AuditFilter(FlaskForm):
    """Which events to show."""

    class Meta:
        """Nothing is changed by it."""

        csrf = False

    actor = _text(_("By whom"), _("Name, mail address or id of a person, or the name of a command."))
    action = SelectField(_("What"), [Optional()])
    subject = _text(_("About"), _("The id of what it was done to."))
    since = _day(pgettext("period", "From"))
    until = _day(pgettext("period", "To"))

    def __init__(self, sent: MultiDict[str, str], actions: Iterable[str]) -> None:
        super().__init__(sent)
        known = sorted(actions, key=lambda action: (action.partition(".")[0], action_words(action)))
        self.action.choices = [
            SelectChoice("", _("anything")),
            *(SelectChoice(a, f"{action_words(a)} ({a})" if a in ACTIONS else a) for a in known),
        ]
        if self.action.data and self.action.data not in known:
            # Nothing of it has happened yet; an address that asks for it is right all the same.
            self.action.choices.append(SelectChoice(self.action.data, self.action.data))

    def validate_since(self, field: DateField) -> None:
        """A day that cannot be read is said in our words, not in those of the field."""
        _check_day(field)

    def validate_until(self, field: DateField) -> None:
        """The same; and the last day is not before the first."""
        _check_day(field)
        if self.since.data and field.data and field.data < self.since.data:
            raise ValidationError(_("This day is before the first one."))

    @property
    def wanted(self) -> Wanted:
        """The filter of a valid form."""
        return Wanted(
            self.actor.data or "", self.action.data or "", self.subject.data or "", self.since.data, self.until.data
        )

    @property
    def query(self) -> list[tuple[str, str]]:
        """What was asked for, as it stands in an address."""
        asked = (("actor", self.actor.data), ("action", self.action.data), ("subject", self.subject.data))
        days = ((field.name, field.data.isoformat()) for field in (self.since, self.until) if field.data)
        return [(name, value) for name, value in asked if value] + list(days)


def read_before(args: MultiDict[str, str]) -> int | None:
    """The event before which a page starts; anything else starts with the newest."""
    return read_number(args.get("before"), 18) or None


def _check_day(field: DateField) -> None:
    if field.raw_data and field.raw_data[0] and field.data is None:
        field.errors = []
        raise ValidationError(_("This is not a day. Write it as 2026-01-31."))
