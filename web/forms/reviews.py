"""What reviewers send about a submission, checked. What was typed is never lost: it comes back with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict

from matcher.criteria import Checked, Criterion
from matcher.profile import Profile
from web.forms.desk import lines
from web.i18n.reviews import JUDGED, checked_words, owners_place
from web.review import Sort, Which
from web.store.submissions import Comment, Objection

MAX_NOTE: Final = 1000
# More than anybody reads; whoever has more to say sends it back for the first.
MOST_ROWS: Final = 40
# Empty rows below those that say something.
_MORE: Final = 3
# What a failed check is an instance of.
_OBJECTIONS: Final[Mapping[Criterion, Objection]] = {
    Criterion.COMPLETE: Objection.OTHER,
    Criterion.DUPLICATE: Objection.DUPLICATE,
    Criterion.NEED: Objection.NO_NEED,
    Criterion.SOURCE: Objection.SOURCE_MISSING,
    Criterion.ORIGIN: Objection.SOURCE_DIFFERS,
    Criterion.DATE: Objection.OTHER,
    Criterion.PERSONAL_DATA: Objection.PERSONAL_DATA,
    Criterion.PARTNER: Objection.NAMES_PARTNER,
    Criterion.LANGUAGE: Objection.WRONG_LANGUAGE,
    Criterion.LENGTH: Objection.UNCLEAR,
    Criterion.SUBJECT: Objection.TOO_GENERAL,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One reason as it was chosen and typed, with what is wrong with it."""

    objection: str = ""
    place: str = ""
    note: str = ""
    error: Any = ""

    @property
    def is_blank(self) -> bool:
        return not (self.objection or self.note)


@dataclass(frozen=True, slots=True)
class Reasons:
    """The reasons for which a submission goes back; ``error`` is what is wrong with all of them together."""

    rows: tuple[Row, ...]
    error: Any = ""

    @property
    def is_valid(self) -> bool:
        return not self.error and not any(row.error for row in self.rows)

    @property
    def comments(self) -> tuple[Comment, ...]:
        """The reasons as they are sent."""
        return tuple(Comment(Objection(r.objection), r.place, r.note) for r in self.rows if not r.is_blank)

    @property
    def shown(self) -> tuple[Row, ...]:
        """The rows of the form, with room for more."""
        rows = tuple(row for row in self.rows if not row.is_blank)
        return rows + (Row(),) * min(_MORE, MOST_ROWS - len(rows))


def suggest_reasons(failed: Iterable[Checked], organisations: Mapping[str, Profile]) -> Reasons:
    """A reason for each check that failed, its note in the current locale: that of whoever will read it."""
    rows = [Row(_OBJECTIONS[c.criterion].value, owners_place(c.place), checked_words(c, organisations)) for c in failed]
    return Reasons(tuple(rows[:MOST_ROWS]))


def read_reasons(form: MultiDict[str, str], places: Iterable[str]) -> Reasons:
    """The reasons of the form; ``places`` are the statements and fields that there are."""
    known = {"", *places}
    rows = tuple(_row(form, number, known) for number in range(MOST_ROWS))
    if all(row.is_blank for row in rows):
        return Reasons(rows, _("Choose at least one reason."))
    return Reasons(rows)


def _row(form: MultiDict[str, str], number: int, places: set[str]) -> Row:
    objection, place = form.get(f"objection-{number}", ""), form.get(f"place-{number}", "")
    note = lines(form.get(f"note-{number}", ""))
    known = {o.value for o in Objection}
    objection, place = objection if objection in known else "", place if place in places else ""
    if not objection and not note:
        return Row()
    error: Any = ""
    if not objection:
        error = _("Choose the reason that this note belongs to.")
    elif objection == Objection.OTHER.value and not note:
        error = _("Say in the note what it is.")
    elif len(note) > MAX_NOTE:
        error = _("Too long: at most %(most)s characters.", most=MAX_NOTE)
    return Row(objection, place, note, error)


def read_judged(form: MultiDict[str, str]) -> tuple[str, ...]:
    """What the reviewer has ticked as being in order."""
    ticked = set(form.getlist("judged"))
    return tuple(code for code in JUDGED if code in ticked)


def read_asked(args: MultiDict[str, str]) -> tuple[Sort | None, Which]:
    """Which part of the queue is asked for; unknown values are dropped."""
    sort = next((s for s in Sort if s.value == args.get("sort")), None)
    which = next((w for w in Which if w.value == args.get("findings")), Which.ALL)
    return sort, which
