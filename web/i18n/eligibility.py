"""What the rules of a programme say of some organisations, in words: outcomes, what decided them, and what to ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from flask_babel import format_datetime, format_decimal, format_percent, gettext, ngettext
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from matcher.consortium import Place
from matcher.eligibility import Asked, Basis, Check, Datum, Outcome, Question, QuestionCode
from matcher.profile import Country, Kind, Profile, RuleCode, Size
from matcher.window import Window
from web.i18n.formats import added_up, day, language, listed, number, short_name, subdivision
from web.i18n.labels import COUNTRIES, KINDS, RULES, SIZES

OUTCOMES: Final[Mapping[Outcome, Any]] = {
    Outcome.MET: pgettext("rule", "met"),
    Outcome.NOT_MET: pgettext("rule", "not met"),
    Outcome.UNKNOWN: pgettext("rule", "not known yet"),
}
# Repeats the word for the eye.
OUTCOME_SIGNS: Final[Mapping[Outcome, str]] = {Outcome.MET: "✓", Outcome.NOT_MET: "✕", Outcome.UNKNOWN: "?"}
VERDICTS: Final[Mapping[Outcome, Any]] = {
    Outcome.MET: _("All rules that were read are met."),
    Outcome.NOT_MET: _("At least one rule is not met."),
    Outcome.UNKNOWN: _("It is not known yet whether all rules are met."),
}
QUESTIONS: Final[Mapping[QuestionCode, Any]] = {
    QuestionCode.RULES: _("Who may take part? No condition has been read from public sources."),
    QuestionCode.MORE_MEMBERS: _("Who else takes part? More members are needed."),
    QuestionCode.KIND: _("Is this kind of organisation accepted? The source leaves it open."),
    QuestionCode.SME: _("Small or medium-sized, as this programme defines it?"),
    QuestionCode.PEOPLE: _("How many people are employed?"),
    QuestionCode.REVENUE: _("How high is the yearly revenue?"),
    QuestionCode.SHARES: _("Which part of the budget goes to whom?"),
    QuestionCode.PUBLIC_SHARE: _("Which part of the costs would public money pay in all?"),
    QuestionCode.DURATION: _("How many months will the project run?"),
    QuestionCode.LAUNCH: _("In how many years will the technology reach the market?"),
    QuestionCode.TOPIC: _("Does the project touch an excluded topic?"),
    QuestionCode.UNRELATED: _("Are the partners independent of each other?"),
    QuestionCode.IP_PLAN: _("Is there a plan for intellectual property that all agree to?"),
    QuestionCode.CONSORTIUM_AGREEMENT: _("Will the partners sign a consortium agreement?"),
    QuestionCode.INTEREST: _("Is interest confirmed in writing?"),
    QuestionCode.CIVILIAN: _("Will the results serve civilian purposes only?"),
    QuestionCode.FORMALISED: _("Is an agreement signed already, or work begun?"),
    QuestionCode.DECISION_AUTHORITY: _("Is there authority to decide on the technology?"),
    QuestionCode.PARTNER_FUNDING: _("Does the partner abroad bring its own funding?"),
}
# What a form asks for each field of the facts, with the unit where it is a number.
FACTS: Final[Mapping[str, Any]] = {
    "is_complete": _("Are these all the members?"),
    "unrelated": QUESTIONS[QuestionCode.UNRELATED],
    "ip_plan": QUESTIONS[QuestionCode.IP_PLAN],
    "consortium_agreement": QUESTIONS[QuestionCode.CONSORTIUM_AGREEMENT],
    "interest_confirmed": QUESTIONS[QuestionCode.INTEREST],
    "civilian": QUESTIONS[QuestionCode.CIVILIAN],
    "excluded_topic": QUESTIONS[QuestionCode.TOPIC],
    "is_formalised": QUESTIONS[QuestionCode.FORMALISED],
    "decision_authority": QUESTIONS[QuestionCode.DECISION_AUTHORITY],
    "partner_funded": QUESTIONS[QuestionCode.PARTNER_FUNDING],
    "duration_months": QUESTIONS[QuestionCode.DURATION],
    "launch_years": QUESTIONS[QuestionCode.LAUNCH],
    "public_share": _("Public money in all, in percent of costs"),
    "sme": QUESTIONS[QuestionCode.SME],
    "people": _("People employed"),
    "revenue": _("Yearly revenue, in the currency of the rule"),
    "accepted": _("Does the operator accept this kind of organisation?"),
    "shares": _("Part of the budget, in percent"),
}
FACT_FAULTS: Final[Mapping[str, Any]] = {
    "number": _("This is not a number. Type digits, such as 24 or 33.3."),
    "range": _("This number is out of range."),
    "shares": _("These parts do not add up: together they are more than the whole, or differ from their country’s."),
}
DATES: Final[Mapping[str, Any]] = {
    "opens": _("Opens"),
    "closes": _("Last day to apply"),
    "registration": _("Last day to register"),
    "interest": _("Last day for an expression of interest"),
    "submission": _("Last day to submit"),
    "result": _("Result expected"),
}
ZONE_NAMES: Final[Mapping[Country, Any]] = {
    Country.JP: _("Japan (JST)"),
    Country.CA: _("Eastern Canada (Ottawa)"),
}

_NOT_KNOWN: Final[Mapping[Datum, Any]] = {
    Datum.SIZE: _("size not known"),
    Datum.PEOPLE: _("number of people not known"),
    Datum.REVENUE: _("revenue not known"),
    Datum.SHARE: _("part of the budget not known"),
}


def asked(question: Question, members: Mapping[str, Profile]) -> str:
    """Whom to ask, by name where it is a member."""
    if question.asked is Asked.MEMBER:
        return listed(short_name(members[i]) for i in question.members if i in members)
    return gettext("the operator") if question.asked is Asked.OPERATOR else gettext("yourself")


def question_line(question: Question, members: Mapping[str, Profile]) -> str:
    """The next thing to ask, and whom."""
    if question.asked is Asked.OPERATOR and question.members:
        about = listed(short_name(members[i]) for i in question.members if i in members)
        return gettext("Ask the operator about %(names)s: %(question)s", names=about, question=QUESTIONS[question.code])
    if question.asked is Asked.OFFICER:
        return gettext("To settle: %(question)s", question=QUESTIONS[question.code])
    return gettext("Ask %(who)s: %(question)s", who=asked(question, members), question=QUESTIONS[question.code])


def basis_line(basis: Basis, members: Mapping[str, Profile]) -> str:
    """What an outcome was decided on."""
    words = _known(basis)
    owner = members.get(basis.member or "")
    name = short_name(owner) if owner else str(COUNTRIES[Country(basis.member)]) if basis.member else ""
    return gettext("%(name)s: %(value)s", name=name, value=words) if name else words


def _known(basis: Basis) -> str:  # noqa: PLR0911 - a sentence for each datum
    value: Any = basis.value
    if basis.datum is Datum.FACT:
        return _said(value)
    if basis.datum is Datum.ROLE:
        return gettext("place %(number)s", number=value + 1) if basis.member else gettext("nobody for this place")
    if basis.datum is Datum.MEMBERS:
        country, count = value
        return ngettext(
            "%(country)s: %(number)s member", "%(country)s: %(number)s members", count,
            country=COUNTRIES[Country(country)], number=number(count),
        )  # fmt: skip
    if basis.datum is Datum.COUNTRY:
        return gettext("nobody from %(country)s", country=COUNTRIES[Country(value)]) if value else gettext("nobody")
    if value is None:
        return str(_NOT_KNOWN.get(basis.datum, _("not known")))
    if basis.datum is Datum.PEOPLE and isinstance(value, int):
        return ngettext("%(number)s person", "%(number)s people", value, number=number(value))
    return _datum(basis.datum, value)


def _datum(datum: Datum, value: Any) -> str:
    if datum is Datum.KIND:
        return str(KINDS[Kind(value)])
    if datum in (Datum.SIZE, Datum.PEOPLE):
        return str(SIZES[Size(value)])
    if datum is Datum.SUBDIVISION:
        return subdivision(value)
    if datum is Datum.SHARE:
        return gettext("%(number)s%% of the budget", number=format_decimal(value))
    if datum is Datum.MENTION:
        return gettext("a statement names an excluded topic; read it")
    return str(format_decimal(value))


def _said(value: Any) -> str:
    if value is None:
        return gettext("nobody has said")
    if isinstance(value, bool):
        return gettext("as you say: yes") if value else gettext("as you say: no")
    return gettext("as you say: %(value)s", value=format_decimal(value))


def place_line(place: Place) -> str:
    """Which place an organisation is to fill."""
    where = COUNTRIES[place.country] if place.country else None
    if place.code is None:
        return gettext("one more member")
    if place.code is RuleCode.MIN_MEMBERS or not place.alternatives:
        return gettext("one more member from %(country)s", country=where) if where else gettext("one more member")
    kinds = listed(dict.fromkeys(str(KINDS[k]) for who in place.alternatives for k in who.kinds), "or")
    rule = RULES[place.code]
    words = " · ".join(str(w) for w in (where, kinds) if w)
    return gettext("%(label)s: %(value)s", label=rule, value=words) if words else str(rule)


def days_left(window: Window) -> str:
    """How long one can still apply; empty where no last day is known."""
    if window.days_left is None:
        return ""
    if window.days_left == 0:
        return gettext("last day today")
    return ngettext("%(number)s day left", "%(number)s days left", window.days_left, number=number(window.days_left))


def clock(at: datetime) -> str:
    """A moment on the clock of its own zone, with the day of the week left out and the zone not said."""
    pattern = {"fr": "HH'\u00a0h\u00a0'mm", "ja": "H時mm分"}.get(language(), "HH:mm")
    spoken = format_datetime(at.replace(tzinfo=None), pattern, rebase=False)
    if language() == "ja":
        return day(at.date()) + spoken
    return gettext("%(day)s, %(time)s", day=day(at.date()), time=spoken)


def names(members: Iterable[Profile]) -> str:
    """Several organisations in a row."""
    return listed(short_name(p) for p in members)


def no_time_given(country: Country, *, is_joint: bool) -> str:
    """How a date without a time of day is read."""
    where = COUNTRIES[country]
    if is_joint:
        return gettext(
            "The source gives no time of day: read as 23:59 in %(country)s, where the day ends first.", country=where
        )
    return gettext("The source gives no time of day: read as 23:59 in %(country)s.", country=where)


def topic_points(values: Iterable[float]) -> list[float]:
    """What answers add to a topic fit, in points, so that the shown numbers add up to the one shown."""
    return added_up(100 * value for value in values)


def share_of_whole(part: float) -> str:
    """A part of a whole that the sentence around it names."""
    return str(format_percent(part))


def rule_names(checks: Iterable[Check]) -> str:
    """What some rules are about, in a row."""
    return listed(dict.fromkeys(str(RULES[c.code]) for c in checks))
