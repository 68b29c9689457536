"""Expressions of interest and what is said about them, checked. What was typed comes back with what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from matcher.match import Relation
from matcher.profile import Profile, Programme
from matcher.sentences import Found, fault_of
from web.anonymity import gives_away
from web.forms.desk import lines
from web.i18n import REFUSALS, RELATIONS, language
from web.store.desk import Refusal

LEAST_REASON: Final = 20
MOST_TEXT: Final = 2000
_TOO_LONG: Final = _("Too long: at most %(most)s characters.", most=MOST_TEXT)
_TOO_SHORT: Final = _("Say a little more: at least %(least)s characters.", least=LEAST_REASON)
_FAULTS: Final = {
    Found.CONTACT: _("Leave out addresses, telephone numbers and links: contacts are shown once both sides accept."),
    Found.PERSON: _("Leave out names of people: contacts are shown once both sides accept."),
}


class _Words(FlaskForm):
    """A text for the other side. ``hidden`` is the writer's organisation, where it is to stay anonymous."""

    hidden: Profile | None = None

    def check_words(self, field: Field) -> None:
        """Nothing that tells whom to write to before both have accepted."""
        text = " ".join(str(field.data or "").split())
        if (fault := fault_of(text)) in _FAULTS:
            raise ValidationError(_FAULTS[fault])
        if self.hidden is not None and gives_away(text, self.hidden):
            raise ValidationError(_("This names your organisation, which is anonymous until both sides accept."))


class InterestForm(_Words):
    """Why one organisation would like to work with another, and as what."""

    relation = RadioField(_("What you propose"), validators=[InputRequired(_("Choose one of these."))])
    programme = SelectField(_("Programme, if you have one in mind"), default="")
    reason = TextAreaField(
        _("Why you would like to work together"), filters=[lines],
        description=_("The other side reads this first. Say what you need or offer, and what you would do together. "
                      "No names of people, addresses or links."),
        validators=[
            InputRequired(_("Say why.")),
            Length(min=LEAST_REASON, message=_TOO_SHORT),
            Length(max=MOST_TEXT, message=_TOO_LONG),
        ],
    )  # fmt: skip

    def offer(self, relations: Iterable[Relation], programmes: Iterable[Programme]) -> InterestForm:
        """Lets the form choose among what is open to the pair."""
        self.relation.choices = [SelectChoice(r.value, RELATIONS[r]) for r in relations]
        named = (SelectChoice(p.id, p.name(language())) for p in programmes)
        self.programme.choices = [SelectChoice("", _("none yet")), *named]
        return self

    @property
    def chosen_relation(self) -> Relation:
        return Relation(self.relation.data)

    def validate_reason(self, field: Field) -> None:
        """See :meth:`check_words`."""
        self.check_words(field)


class DeclineForm(_Words):
    """Why not."""

    refusal = SelectField(
        _("Reason"), choices=[SelectChoice("", _("choose a reason")), *map(SelectChoice, REFUSALS, REFUSALS.values())]
    )
    note = TextAreaField(
        _("In your words, if you like"), filters=[lines], validators=[Length(max=MOST_TEXT, message=_TOO_LONG)]
    )

    def validate_refusal(self, field: SelectField) -> None:
        """Whoever declines has a reason, from which the other side learns."""
        if field.data not in set(Refusal):
            raise ValidationError(_("Choose a reason."))

    def validate_note(self, field: Field) -> None:
        """See :meth:`check_words`."""
        self.check_words(field)


class MessageForm(_Words):
    """A question or an answer."""

    text = TextAreaField(
        _("Your question or answer"), filters=[lines],
        validators=[InputRequired(_("Write something.")), Length(max=MOST_TEXT, message=_TOO_LONG)],
    )  # fmt: skip

    def validate_text(self, field: Field) -> None:
        """See :meth:`check_words`."""
        if not field.data:
            raise ValidationError(_("Write something."))
        self.check_words(field)
