"""The eligibility rules of programmes, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from flask_babel import format_currency, format_percent, gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from matcher.profile import Country, Kind, Rule, RuleCode
from web.i18n.formats import in_a_row, listed
from web.i18n.labels import COUNTRIES, KINDS


def rule_sentence(rule: Rule) -> str:
    """An eligibility rule in words."""
    value: Any = rule.value
    sentence = _RULE_SENTENCES.get(rule.code)
    return sentence(value) if sentence else str(_RULE_FACTS[rule.code])


def _applicant(value: Mapping[str, Any]) -> str:
    kinds = listed((KINDS[Kind(k)] for k in value.get("kinds", ())), "or") or gettext("any organisation")
    if "country" in value:
        country = COUNTRIES[Country(value["country"])]
        who = gettext("Applicants from %(country)s: %(kinds)s.", country=country, kinds=kinds)
    else:
        who = gettext("Applicants: %(kinds)s.", kinds=kinds)
    return in_a_row(who, gettext("Small and medium-sized only.")) if value.get("sme") else who


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
        money = format_currency(value["amount"], value.get("currency", "CAD"), "#,##0 ¤¤¤", currency_digits=False)
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


_RULE_SENTENCES: Final[Mapping[RuleCode, Callable[[Any], str]]] = {
    RuleCode.APPLICANT: _applicant,
    RuleCode.MIN_MEMBERS: _min_members,
    RuleCode.MAX_SHARE: _max_share,
    RuleCode.FUNDING_CAP: _funding_cap,
    RuleCode.DURATION_MONTHS: _duration,
    RuleCode.EXCLUDED_TOPICS: _excluded,
}
_RULE_FACTS: Final[Mapping[RuleCode, Any]] = {
    RuleCode.UNRELATED_PARTIES: _("The partners must be independent of each other."),
    RuleCode.IP_PLAN: _("The proposal must say how intellectual property will be shared."),
    RuleCode.CONSORTIUM_AGREEMENT: _("The partners must sign a consortium agreement."),
    RuleCode.CONFIRMED_INTEREST: _("Each partner must confirm its interest in writing."),
    RuleCode.CIVILIAN_ONLY: _("The results must serve civilian purposes only."),
}
