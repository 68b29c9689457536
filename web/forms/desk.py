"""What officers send about shortlists, checked. What was typed is never lost: it comes back with the reason."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from flask import request
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from matcher.explain import Side
from matcher.match import Relation
from matcher.profile import LANGUAGES
from web.forms.search import is_unprintable, read_number
from web.i18n import REFUSALS, STATUSES, language
from web.store.desk import Edit, Head, Item, Person, Refusal, Status, TeamName

MAX_TITLE: Final = 200
MAX_STEP: Final = 300
MAX_NOTE: Final = 10_000
_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 1, 1)
# What of an item changes together, and so is chosen together when two people have saved at once.
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "status": ("status", "refusal", "refusal_note"),
    "next_step": ("next_step", "next_step_on"),
    "assignee": ("assignee_id",),
    "note": ("note",),
}


def line(value: object) -> str:
    """Typed text on one line, without control characters."""
    text = unicodedata.normalize("NFC", str(value or ""))
    kept = (" " if is_unprintable(c) or unicodedata.category(c) in {"Zl", "Zp"} else c for c in text)
    return " ".join("".join(kept).split())


def lines(value: object) -> str:
    """Typed text with its line breaks, without other control characters."""
    text = unicodedata.normalize("NFC", str(value or "")).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or not is_unprintable(c)).strip()


def read_id(value: str | None) -> uuid.UUID | None:
    """An id as addresses and forms carry it; None for anything else."""
    try:
        return uuid.UUID(value or "")
    except ValueError:
        return None


def _choices(labels: Mapping[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(code, label) for code, label in labels.items()]


def _too_long(most: int) -> Length:
    return Length(max=most, message=_("Too long: at most %(most)s characters.", most=most))


class ShortlistForm(FlaskForm):
    """Title and team of a shortlist; ``was`` is the title that the form was loaded with."""

    title = StringField(
        _("Title"), filters=[line], validators=[InputRequired(_("Give the shortlist a title.")), _too_long(MAX_TITLE)]
    )
    team = SelectField(_("Who sees it"), default="")
    version = IntegerField(default=0, validators=[Optional(), NumberRange(min=0, max=2**31 - 1)])
    was = HiddenField(filters=[line])

    def offer(self, teams: Iterable[TeamName]) -> ShortlistForm:
        """Lets the form choose among these teams."""
        self.team.choices = [SelectChoice("", _("only me")), *(SelectChoice(str(t.id), t.name) for t in teams)]
        return self

    @property
    def team_id(self) -> uuid.UUID | None:
        return read_id(self.team.data)

    def validate_title(self, field: StringField) -> None:
        """What is typed as spaces only is no title."""
        if not field.data:
            raise ValidationError(_("Give the shortlist a title."))


class ItemForm(FlaskForm):
    """How far a match has come."""

    version = IntegerField(default=0, validators=[InputRequired(), NumberRange(min=0, max=2**31 - 1)])
    status = SelectField(_("Status"), choices=_choices(STATUSES))
    refusal = SelectField(_("Reason for declining"), choices=_choices({"": _("choose a reason"), **REFUSALS}))
    refusal_note = TextAreaField(_("In their words"), filters=[lines], validators=[_too_long(2000)])
    counts = BooleanField(_("Also count this pair as not relevant, for this reason"))
    next_step = StringField(_("Next step"), filters=[line], validators=[_too_long(MAX_STEP)])
    next_step_on = DateField(_("By"), validators=[Optional()])
    assignee = SelectField(_("Assigned to"))
    note = TextAreaField(_("Note"), filters=[lines], validators=[_too_long(MAX_NOTE)])

    def offer(self, people: Iterable[Person], now: Person | None) -> ItemForm:
        """Lets the form choose among these people, and whoever it is now."""
        options = {str(p.id): p.name for p in [*people, *([now] if now else [])]}
        self.assignee.choices = _choices({"": _("nobody yet")} | options)
        return self

    def validate_refusal(self, field: SelectField) -> None:
        """Whoever declined had a reason; without it nobody learns from it."""
        if self.status.data == Status.DECLINED and not field.data:
            raise ValidationError(_("Choose why they declined."))

    def validate_next_step_on(self, field: DateField) -> None:
        """Years that somebody mistyped would hide a reminder for ever."""
        if field.data and not _EARLIEST <= field.data <= _LATEST:
            raise ValidationError(_("Check the year."))

    @property
    def edit(self) -> Edit:
        """What was sent; a reason is kept only with what was declined."""
        is_declined = self.status.data == Status.DECLINED
        return Edit(
            status=Status(self.status.data),
            refusal=Refusal(self.refusal.data) if is_declined and self.refusal.data else None,
            refusal_note=self.refusal_note.data if is_declined else "",
            note=self.note.data,
            next_step=self.next_step.data,
            next_step_on=self.next_step_on.data,
            assignee_id=read_id(self.assignee.data),
        )

    def settled(self, item: Item) -> Edit:
        """What was sent, after the choices made where two had saved at once."""
        edit = self.edit
        for group, names in GROUPS.items():
            if request.form.get(f"keep_{group}") == "theirs" and self.version.data == item.version:
                edit = replace(edit, **{name: getattr(item.edit, name) for name in names})
        if request.form.get("keep_note") == "both":
            edit = replace(edit, note=lines(request.form.get("merged_note"))[: 2 * MAX_NOTE])
        return edit


def item_form(item: Item, people: Iterable[Person]) -> ItemForm:
    """The form of an item: as it was just sent, and as it is stored in whatever was not sent."""
    assignee = str(item.assignee.id) if item.assignee else ""
    codes = {"refusal": item.refusal or "", "assignee": assignee}
    form = ItemForm(obj=item.edit, data={"version": item.version, **codes})
    return form.offer(people, item.assignee)


def settings_form(head: Head, teams: Iterable[TeamName]) -> ShortlistForm:
    """The form of a shortlist's title and team: as stored, or as it was just sent."""
    team = str(head.team.id) if head.team else ""
    form = ShortlistForm(data={"title": head.title, "was": head.title, "team": team, "version": head.version})
    offered = {t.id: t for t in [*teams, *([head.team] if head.team else [])]}
    return form.offer(offered.values())


@dataclass(frozen=True, slots=True)
class Difference:
    """What two people have saved at once: the fields, and whose is offered first (``theirs``, ``mine`` or ``both``)."""

    group: str
    theirs: Edit
    mine: Edit
    offered: str


def differences(theirs: Edit, mine: Edit, changed: Iterable[str]) -> tuple[Difference, ...]:
    """Where both differ; ``changed`` are the fields the other has changed since, whose new values are offered first."""
    since = set(changed)
    found = []
    for group, names in GROUPS.items():
        if any(getattr(theirs, n) != getattr(mine, n) for n in names):
            offered = ("both" if group == "note" and mine.note else "theirs") if since & set(names) else "mine"
            found.append(Difference(group, theirs, mine, offered))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Order:
    """An order of items as it was sent, with the one that the page showed before."""

    version: int
    was: tuple[uuid.UUID, ...]
    order: tuple[uuid.UUID, ...]


def read_order(form: MultiDict[str, str]) -> Order:
    """The order sent: as dragged, or with one item moved a place up or down (``move=<id>:up``)."""
    was, order = _ids(form.getlist("was")), list(_ids(form.getlist("order")))
    moved, _colon, way = form.get("move", "").partition(":")
    if (item_id := read_id(moved)) in order:
        place = order.index(item_id)
        order.remove(item_id)
        order.insert(max(place + {"up": -1, "down": 1}.get(way, 0), 0), item_id)
    return Order(read_number(form.get("version")), was, tuple(order))


def _ids(values: Sequence[str]) -> tuple[uuid.UUID, ...]:
    return tuple(dict.fromkeys(i for value in values if (i := read_id(value))))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two organisations to keep or to introduce, in the relation they were looked at."""

    seeker_id: str
    partner_id: str
    relation: Relation | None


def read_pair(values: MultiDict[str, str]) -> Pair:
    """A pair from an address or a form: ``seeker`` and ``partner``, or both in ``pair`` as one button sends them."""
    one, _colon, other = values.get("pair", "").partition(":")
    relation = next((r for r in Relation if r.value == values.get("relation")), None)
    return Pair(one or values.get("seeker", ""), other or values.get("partner", ""), relation)


@dataclass(frozen=True, slots=True)
class Filter:
    """What of a shortlist to show."""

    status: Status | None
    is_overdue: bool

    def admits(self, item: Item, today: date) -> bool:
        return self.status in (None, item.status) and (not self.is_overdue or item.is_overdue(today))

    @property
    def is_used(self) -> bool:
        return self.status is not None or self.is_overdue


def read_filter(args: MultiDict[str, str]) -> Filter:
    """A filter from an address; unknown values are dropped."""
    status = next((s for s in Status if s.value == args.get("status")), None)
    return Filter(status, args.get("overdue") == "1")


# --- introductions ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IntroductionChoice:
    """To which side a mail goes (``partner`` or ``seeker``), in which language and relation."""

    to: str
    lang: str
    relation: Relation | None

    @property
    def side(self) -> Side:
        """Whose wants the mail speaks of."""
        return Side.GETS if self.to == "seeker" else Side.GIVES


def read_introduction(args: MultiDict[str, str]) -> IntroductionChoice:
    """The choice from an address; the mail is in the language of the page unless another is asked for."""
    lang = args.get("mail", "")
    to = "seeker" if args.get("to") == "seeker" else "partner"
    return IntroductionChoice(to, lang if lang in LANGUAGES else language(), read_pair(args).relation)


@dataclass(frozen=True, slots=True)
class Letter:
    """An edited draft."""

    subject: str
    body: str

    def as_file(self) -> bytes:
        """UTF-8 with a byte order mark and the line ends that every text editor knows."""
        return f"\ufeff{self.subject}\n\n{self.body}\n".replace("\n", "\r\n").encode()


def read_letter(form: MultiDict[str, str]) -> Letter:
    """Subject and text as they were sent, cut to what a mail can hold."""
    return Letter(line(form.get("subject"))[:MAX_STEP], lines(form.get("body"))[:20_000])
