"""The eligibility rules of programmes, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

from flask_babel import format_currency, format_decimal, format_percent, gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from matcher.profile import Country, Kind, Rule, RuleCode
from web.i18n.formats import day, in_a_row, listed, subdivision
from web.i18n.labels import COUNTRIES, KINDS


def rule_sentence(rule: Rule) -> str:
    """An eligibility rule in words."""
    value: Any = rule.value
    sentence = _RULE_SENTENCES.get(rule.code)
    return sentence(value) if sentence else str(_RULE_FACTS[rule.code])


def _kinds(codes: Iterable[str]) -> str:
    return listed((KINDS[Kind(k)] for k in codes), "or")


def _applicant(value: Mapping[str, Any]) -> str:
    kinds = _kinds(value.get("kinds", ())) or gettext("any organisation")
    if "country" in value:
        country = COUNTRIES[Country(value["country"])]
        who = gettext("Applicants from %(country)s: %(kinds)s.", country=country, kinds=kinds)
    else:
        who = gettext("Applicants: %(kinds)s.", kinds=kinds)
    return _who(who, value)


def _role(value: Mapping[str, Any]) -> str:
    kinds = _kinds(value.get("kinds", ())) or gettext("any organisation")
    count = value.get("count", 1)
    if "country" in value:
        country = COUNTRIES[Country(value["country"])]
        who = gettext("At least %(count)s from %(country)s: %(kinds)s.", count=count, country=country, kinds=kinds)
    else:
        who = gettext("At least %(count)s: %(kinds)s.", count=count, kinds=kinds)
    return _who(who, value)


def _who(sentence: str, value: Mapping[str, Any]) -> str:
    """What else an applicant or partner must be, after the sentence that says which kind."""
    if value.get("sme"):
        sentence = in_a_row(sentence, gettext("Small and medium-sized only."))
    if "min_people" in value:
        least = format_decimal(value["min_people"])
        sentence = in_a_row(sentence, gettext("With at least %(count)s people.", count=least))
    if "max_people" in value:
        most = format_decimal(value["max_people"])
        sentence = in_a_row(sentence, gettext("With at most %(count)s people.", count=most))
    if "revenue" in value:
        sentence = in_a_row(sentence, _revenue(value["revenue"]))
    if "subdivisions" in value:
        places = listed((subdivision(s) for s in value["subdivisions"]), "or")
        sentence = in_a_row(sentence, gettext("Only in: %(places)s.", places=places))
    if "unclear_kinds" in value:
        kinds = _kinds(value["unclear_kinds"])
        sentence = in_a_row(sentence, gettext("Ask the operator whether these count: %(kinds)s.", kinds=kinds))
    return sentence


def _revenue(value: Mapping[str, Any]) -> str:
    least, most = (_money(value[k], value["currency"]) if k in value else "" for k in ("min", "max"))
    if not most:
        return gettext("With a yearly revenue of at least %(amount)s.", amount=least)
    if not least:
        return gettext("With a yearly revenue of at most %(amount)s.", amount=most)
    return gettext("With a yearly revenue of %(least)s to %(most)s.", least=least, most=most)


def _money(amount: int, currency: str) -> str:
    return format_currency(amount, currency, "#,##0 ¤¤¤", currency_digits=False)


def _min_members(value: Mapping[str, int]) -> str:
    members = (gettext("%(country)s (%(count)s)", country=COUNTRIES[Country(c)], count=n) for c, n in value.items())
    return gettext("At least: %(members)s.", members=listed(members))


def _max_share(value: Mapping[str, Any]) -> str:
    percent = format_percent(value.get("percent", 100) / 100)
    if value.get("of") == "country":
        return gettext("The members of one country together carry at most %(percent)s of the budget.", percent=percent)
    return gettext("One organisation carries at most %(percent)s of the budget.", percent=percent)


def _funding_cap(value: Mapping[str, Any]) -> str:
    parts = []
    if "amount" in value:
        money = _money(value["amount"], value.get("currency", "CAD"))
        parts.append(gettext("up to %(amount)s", amount=money))
    if "percent" in value:
        parts.append(gettext("up to %(percent)s of costs", percent=format_percent(value["percent"] / 100)))
    limits = listed(parts)
    if "country" not in value:
        return gettext("Funding: %(limits)s.", limits=limits)
    return gettext("Funding for %(country)s: %(limits)s.", country=COUNTRIES[Country(value["country"])], limits=limits)


def _duration(value: Mapping[str, int]) -> str:
    if "min" not in value:
        return gettext("Projects run for at most %(max)s months.", max=value["max"])
    if "max" not in value:
        return gettext("Projects run for at least %(min)s months.", min=value["min"])
    return gettext("Projects run for %(min)s to %(max)s months.", min=value["min"], max=value["max"])


def _excluded(value: Iterable[str]) -> str:
    # Topics are data in English, whatever the language around them.
    topics = Markup('<span lang="en">{}</span>').format(", ".join(value))
    return Markup(gettext("Not accepted: %(topics)s.")) % {"topics": topics}  # noqa: S704 - a message of ours


def _stacking(value: Mapping[str, Any]) -> str:
    percent = format_percent(value["percent"] / 100)
    return gettext("Public money from all sources may pay at most %(percent)s of costs.", percent=percent)


def _launch(value: Mapping[str, int]) -> str:
    if "min" not in value:
        return gettext("The technology must reach the market within %(max)s years.", max=value["max"])
    if "max" not in value:
        return gettext("The technology must be at least %(min)s years from the market.", min=value["min"])
    return gettext("The technology must reach the market in %(min)s to %(max)s years.", **value)


def _dates(value: Mapping[str, str]) -> str:
    named = {
        "registration": gettext("registration"),
        "interest": gettext("expression of interest"),
        "submission": gettext("submission"),
        "result": gettext("result"),
    }
    given = {code: day(date.fromisoformat(value[code])) for code in named if code in value}
    parts = [gettext("%(name)s %(date)s", name=named[code], date=on) for code, on in given.items()]
    return gettext("Dates: %(dates)s.", dates=listed(parts))


_RULE_SENTENCES: Final[Mapping[RuleCode, Callable[[Any], str]]] = {
    RuleCode.APPLICANT: _applicant,
    RuleCode.MIN_MEMBERS: _min_members,
    RuleCode.MAX_SHARE: _max_share,
    RuleCode.FUNDING_CAP: _funding_cap,
    RuleCode.DURATION_MONTHS: _duration,
    RuleCode.EXCLUDED_TOPICS: _excluded,
    RuleCode.ROLE: _role,
    RuleCode.STACKING_LIMIT: _stacking,
    RuleCode.LAUNCH_YEARS: _launch,
    RuleCode.DATES: _dates,
}
_RULE_FACTS: Final[Mapping[RuleCode, Any]] = {
    RuleCode.UNRELATED_PARTIES: _("The partners must be independent of each other."),
    RuleCode.IP_PLAN: _("The proposal must say how intellectual property will be shared."),
    RuleCode.CONSORTIUM_AGREEMENT: _("The partners must sign a consortium agreement."),
    RuleCode.CONFIRMED_INTEREST: _("Each partner must confirm its interest in writing."),
    RuleCode.CIVILIAN_ONLY: _("The results must serve civilian purposes only."),
    RuleCode.BEFORE_AGREEMENT: _("The partners must not have signed an agreement or begun the work."),
    RuleCode.DECISION_AUTHORITY: _("The applicant must have authority to decide on the technology."),
    RuleCode.PARTNER_FUNDING: _("The partner abroad must bring its own funding."),
}
