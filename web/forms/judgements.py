"""What officers say of a pair, checked. What was typed is never lost: it comes back with the reason."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectChoice, SelectField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from web.forms.desk import line, lines, read_id
from web.i18n import JUDGEMENT_REASONS
from web.store.desk import Item, Status, TeamName
from web.store.judgements import Judgement, Reason, Verdict

MAX_NOTE: Final = 2000
# From whose lists a refused pair stays away; else the id of a team.
NOBODY, ME = "nobody", "me"


def _reasons() -> list[SelectChoice]:
    grouped = [(_("It is relevant"), True), (_("It is not"), False)]
    return [
        SelectChoice("", _("choose a reason")),
        *(
            SelectChoice(reason.value, JUDGEMENT_REASONS[reason.value], optgroup=group)
            for group, is_for in grouped
            for reason in Reason
            if reason.is_for is is_for
        ),
    ]


class JudgementForm(FlaskForm):
    """Whether a pair is relevant, why, and from whose lists it stays away (``reach``; empty before that is asked)."""

    seeker = HiddenField(filters=[line])
    partner = HiddenField(filters=[line])
    next = HiddenField()
    relevant = RadioField(
        _("Is this pair relevant?"), choices=[SelectChoice("yes", _("yes")), SelectChoice("no", _("no"))],
        validators=[InputRequired(_("Choose yes or no."))],
    )  # fmt: skip
    reason = SelectField(_("Because"), choices=_reasons())
    note = TextAreaField(
        _("Note, for yourself"), filters=[lines],
        validators=[Length(max=MAX_NOTE, message=_("Too long: at most %(most)s characters.", most=MAX_NOTE))],
    )  # fmt: skip
    reach = RadioField(_("From now on"), default="", validate_choice=False)

    def offer(self, teams: Iterable[TeamName]) -> JudgementForm:
        """Lets a refused pair stay away from the lists of these teams."""
        self.reach.choices = [
            SelectChoice(ME, _("keep it out of my lists")),
            *(SelectChoice(str(t.id), _("keep it out of the lists of all in %(team)s", team=t.name)) for t in teams),
            SelectChoice(NOBODY, _("keep showing it")),
        ]
        return self

    def validate_reason(self, field: SelectField) -> None:
        """A reason that belongs to the answer; without one nobody learns from it."""
        if not field.data:
            raise ValidationError(_("Choose a reason."))
        if field.data in set(Reason) and self.relevant.data in {"yes", "no"}:
            is_for = Reason(field.data).is_for
            if is_for != (self.relevant.data == "yes"):
                raise ValidationError(_("Choose a reason that goes with your answer."))

    def validate_reach(self, field: RadioField) -> None:
        """Asked only in the second step; what is not offered is none of one's own teams."""
        if field.data and field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(_("Choose one of these."))

    @property
    def needs_preview(self) -> bool:
        """Whether it has not been said yet from whose lists a refused pair stays away."""
        return self.relevant.data == "no" and not self.reach.data

    @property
    def verdict(self) -> Verdict:
        """What was sent."""
        is_hidden = self.reach.data not in {"", NOBODY}
        team_id: uuid.UUID | None = read_id(self.reach.data) if is_hidden else None
        return Verdict(self.relevant.data == "yes", Reason(self.reason.data), self.note.data, is_hidden, team_id)


def reach_of(found: Judgement) -> str:
    """From whose lists a judged pair stays away, as the form says it."""
    return str(found.verdict.team_id or ME) if found.verdict.is_hidden else NOBODY


def judgement_form(
    seeker_id: str, partner_id: str, found: Judgement | None, item: Item | None = None
) -> JudgementForm:  # fmt: skip
    """The form for a pair as it was judged; on a declined match, as the decline suggests."""
    data: dict[str, Any] = {"seeker": seeker_id, "partner": partner_id}
    if found is not None:
        verdict = found.verdict
        data |= {"relevant": "yes" if verdict.is_relevant else "no", "reason": verdict.reason.value}
        data |= {"note": verdict.note, "reach": "" if verdict.is_relevant else reach_of(found)}
    elif item is not None and item.status is Status.DECLINED and item.refusal is not None:
        data |= {"relevant": "no", "reason": item.refusal.value}
    return JudgementForm(formdata=None, data=data)


def verdict_of(item: Item, found: Judgement | None) -> Verdict:
    """What a declined match counts as where its officer says so: not relevant, and on the lists as before."""
    reason = Reason(item.refusal.value) if item.refusal else Reason.OTHER
    if found is None:
        return Verdict(is_relevant=False, reason=reason)
    return replace(found.verdict, is_relevant=False, reason=reason)
