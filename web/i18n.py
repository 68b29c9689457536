"""Languages: which one a request speaks, every label, and the sentences that put an explanation into words.

Nothing here knows of requests except :func:`init_app`; the command line uses the same sentences under ``force_locale``.
"""

from __future__ import annotations

import csv
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from babel.lists import format_list
from flask import Flask, current_app, g, has_request_context, request, url_for
from flask_babel import (
    format_currency,
    format_date,
    format_datetime,
    format_decimal,
    format_percent,
    get_locale,
    gettext,
)
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext
from markupsafe import Markup

from matcher.explain import Coverage, Evidence, Explanation, Side
from matcher.match import BANDS as BAND_BOUNDS
from matcher.match import LEVELS as LEVEL_BOUNDS
from matcher.match import Band, Level, Match, Relation
from matcher.profile import (
    LANGUAGES,
    Cooperation,
    Country,
    Kind,
    Profile,
    ProgrammeKind,
    ProgrammeStatus,
    Readiness,
    Role,
    Rule,
    RuleCode,
    Size,
    Statement,
)
from matcher.ranking import PEER_FACTOR
from matcher.taxonomy import Taxonomy
from matcher.text import is_japanese
from web.extensions import babel
from web.security import AccountRole, TeamRight

# Numbers and dates follow the country: 500 000 with a no-break space in Québec, not the narrow one of France.
LOCALES: Final = {"en": "en_CA", "fr": "fr_CA", "ja": "ja_JP"}
# A language names itself in itself: whoever looks for it must be able to read it.
AUTONYMS: Final = {"en": "English", "fr": "Français", "ja": "日本語"}

# --- labels: one dictionary for each code ---------------------------------------------------------------------------

LANGUAGE_NAMES: Final[Mapping[str, Any]] = {"en": _("English"), "fr": _("French"), "ja": _("Japanese")}
COUNTRIES: Final[Mapping[Country, Any]] = {Country.JP: _("Japan"), Country.CA: _("Canada")}
KINDS: Final[Mapping[Kind, Any]] = {
    Kind.COMPANY: _("company"),
    Kind.STARTUP: _("start-up"),
    Kind.UNIVERSITY: _("university"),
    Kind.RESEARCH_INSTITUTE: _("research institute"),
    Kind.HOSPITAL: _("hospital"),
    Kind.GOVERNMENT_BODY: _("government body"),
    Kind.MUNICIPALITY: _("municipality"),
    Kind.ASSOCIATION: _("association"),
    Kind.INVESTOR: _("investor"),
}
ROLES: Final[Mapping[Role, Any]] = {Role.CAPABILITY: _("Can offer"), Role.NEED: _("Looks for")}
COOPERATIONS: Final[Mapping[Cooperation, Any]] = {
    Cooperation.SUPPLY: _("supply"),
    Cooperation.LICENSING: _("licensing"),
    Cooperation.JOINT_DEVELOPMENT: _("joint development"),
    Cooperation.JOINT_RESEARCH: _("joint research"),
    Cooperation.PILOT: _("pilot project"),
    Cooperation.MANUFACTURING: _("manufacturing"),
    Cooperation.DISTRIBUTION: _("distribution"),
    Cooperation.INVESTMENT: _("investment"),
    Cooperation.STANDARDS: _("standards"),
    Cooperation.POLICY: _("policy"),
    Cooperation.TALENT: _("talent"),
    Cooperation.FUNDING: _("funding"),
}
SIZES: Final[Mapping[Size, Any]] = {
    Size.MICRO: _("under 10 people"),
    Size.SMALL: _("10 to 49 people"),
    Size.MEDIUM: _("50 to 249 people"),
    Size.LARGE: _("250 people or more"),
}
READINESS: Final[Mapping[Readiness, Any]] = {
    Readiness.RESEARCH: _("1 to 3: research"),
    Readiness.PROTOTYPE: _("4 to 6: prototype"),
    Readiness.DEMONSTRATED: _("7 and 8: demonstrated"),
    Readiness.IN_USE: _("9: in use"),
    Readiness.UNKNOWN: _("not stated"),
}
SORTS: Final[Mapping[str, Any]] = {
    "best": pgettext("order", "best first"),
    "name": pgettext("order", "name"),
    "newest": pgettext("order", "newest data"),
}
RELATIONS: Final[Mapping[Relation, Any]] = {
    Relation.CO_DEVELOPMENT: _("co-development"),
    Relation.SUPPLY: _("supply or licensing"),
    Relation.PEER: _("peers with one mission"),
}
BANDS: Final[Mapping[Band, Any]] = {
    Band.STRONG: pgettext("fit", "strong"),
    Band.PROMISING: pgettext("fit", "promising"),
    Band.POSSIBLE: pgettext("fit", "possible"),
}
LEVELS: Final[Mapping[Level, Any]] = {
    Level.HIGH: pgettext("confidence", "high"),
    Level.MEDIUM: pgettext("confidence", "medium"),
    Level.LOW: pgettext("confidence", "low"),
}
COVERAGES: Final[Mapping[Coverage, Any]] = {
    Coverage.COVERED: pgettext("coverage", "covered"),
    Coverage.PARTLY: pgettext("coverage", "partly covered"),
    Coverage.MISSING: pgettext("coverage", "missing"),
}
ACCOUNT_ROLES: Final[Mapping[AccountRole, Any]] = {
    AccountRole.OFFICER: _("trade officer"),
    AccountRole.ORGANISATION: _("organisation member"),
    AccountRole.REVIEWER: _("reviewer"),
    AccountRole.ADMINISTRATOR: _("administrator"),
}
TEAM_RIGHTS: Final[Mapping[TeamRight, Any]] = {
    TeamRight.VIEW: pgettext("right", "view"),
    TeamRight.EDIT: pgettext("right", "edit"),
    TeamRight.MANAGE: pgettext("right", "manage"),
}
PROGRAMME_KINDS: Final[Mapping[ProgrammeKind, Any]] = {
    ProgrammeKind.JOINT_CALL: _("joint call"),
    ProgrammeKind.NATIONAL_FUNDING: _("national funding"),
    ProgrammeKind.BUSINESS_MATCHING: _("business matching"),
    ProgrammeKind.BUSINESS_SUPPORT: _("business support"),
    ProgrammeKind.MOBILITY: _("mobility"),
    ProgrammeKind.MEMORANDUM: _("memorandum of understanding"),
    ProgrammeKind.FRAMEWORK: _("framework"),
    ProgrammeKind.STRATEGY: _("strategy"),
    ProgrammeKind.REGULATORY: _("regulatory measure"),
    ProgrammeKind.TAX: _("tax measure"),
}
PROGRAMME_STATUSES: Final[Mapping[ProgrammeStatus, Any]] = {
    ProgrammeStatus.OPEN: pgettext("status", "open"),
    ProgrammeStatus.UPCOMING: pgettext("status", "opening soon"),
    ProgrammeStatus.CLOSED: pgettext("status", "closed"),
    ProgrammeStatus.UNKNOWN: pgettext("status", "status not known"),
}
RULES: Final[Mapping[RuleCode, Any]] = {
    RuleCode.APPLICANT: _("Who may apply"),
    RuleCode.MIN_MEMBERS: _("Members needed"),
    RuleCode.MAX_SHARE: _("Largest share"),
    RuleCode.FUNDING_CAP: _("Funding limit"),
    RuleCode.DURATION_MONTHS: _("Duration"),
    RuleCode.EXCLUDED_TOPICS: _("Excluded topics"),
    RuleCode.UNRELATED_PARTIES: _("Independence"),
    RuleCode.IP_PLAN: _("Intellectual property"),
    RuleCode.CONSORTIUM_AGREEMENT: _("Consortium agreement"),
    RuleCode.CONFIRMED_INTEREST: _("Confirmed interest"),
    RuleCode.CIVILIAN_ONLY: _("Civilian use"),
}
# How far a match on a shortlist has come, and why a side declined: the codes of web.store.desk, which tests compare.
STATUSES: Final[Mapping[str, Any]] = {
    "new": pgettext("follow-up", "new"),
    "contacted": pgettext("follow-up", "contacted"),
    "in_talks": pgettext("follow-up", "in talks"),
    "agreement": pgettext("follow-up", "agreement"),
    "declined": pgettext("follow-up", "declined"),
    "parked": pgettext("follow-up", "parked"),
}
REFUSALS: Final[Mapping[str, Any]] = {
    "too_early": _("at too early a stage"),
    "no_fit": _("does not fit their plans"),
    "no_resources": _("no people or money for it now"),
    "has_partner": _("already has a partner"),
    "benefit_unclear": _("benefit not clear"),
    "route_unclear": _("way to the market not clear"),
    "ip_terms": _("terms for intellectual property"),
    "other": _("another reason"),
}
# The facets, by their names in the query of an address: what each asks, in the visitor's words.
FACETS: Final[Mapping[str, Any]] = {
    "country": _("Partner in"),
    "kind": _("What they are"),
    "field": _("Field"),
    "subdivision": _("Prefecture or province"),
    "relation": _("What you would be to each other"),
    "cooperation": _("Open to"),
    "trl": _("Technology readiness"),
    "language": _("Language of their texts"),
}
# Names of identifier schemes are proper names; the address takes the identifier.
IDENTIFIERS: Final[Mapping[str, tuple[Any, str]]] = {
    "ror": ("ROR", "{}"),
    "wikidata": ("Wikidata", "https://www.wikidata.org/wiki/{}"),
    "corporate_number": (
        _("Japanese corporate number"),
        "https://www.houjin-bangou.nta.go.jp/henkorireki-johoto.html?selHouzinNo={}",
    ),
    "lei": ("LEI", "https://search.gleif.org/#/record/{}"),
    "business_number": (_("Canadian business number"), ""),
}


# --- names, places, numbers ------------------------------------------------------------------------------------------


def language() -> str:
    """The language of the current locale: ``en``, ``fr`` or ``ja``."""
    locale = get_locale()
    return locale.language if locale and locale.language in LANGUAGES else "en"


def name_language(names: Mapping[str, str]) -> str:
    """The language that a name is shown in: the reader's where it exists, else English."""
    return language() if language() in names else "en"


def short_name(profile: Profile) -> str:
    """How an organisation is called within a sentence: without legal form, or by its acronym where it is very long."""
    name = profile.name(language())
    in_japanese = is_japanese(name)
    parts = [a for a in profile.aliases if (a in name if in_japanese else name.casefold().startswith(a.casefold()))]
    shorter = max((a for a in parts if len(a) < len(name)), key=len, default=None)
    if shorter is None and len(name) > 40 and not in_japanese:
        latin = [a for a in profile.aliases if not is_japanese(a) and len(a) < len(name)]
        acronyms = [a for a in latin if _is_acronym(a, name)]
        # Aliases bear no language: an English one may stand for an English name only.
        shorter = next(iter(acronyms or (latin if name_language(profile.names) == "en" else [])), None)
    return shorter or name


def _is_acronym(alias: str, name: str) -> bool:
    """Whether the letters of an alias are first letters of the words of a name, in order, from the first on."""
    initials = iter(re.findall(r"\b\w", name.casefold()))
    return name[:1] == alias[:1] and all(letter in initials for letter in alias.casefold())


def concept(notation: str) -> str:
    """The label of a concept, or its notation where the taxonomy no longer has it."""
    known = Taxonomy.shipped().concepts.get(notation)
    return known.label(language()).replace("'", "’") if known else notation


def concepts(notations: Iterable[str], most: int = 3) -> str:
    """The labels of the first few concepts, as they stand within a sentence."""
    labels = [concept(notation) for notation in tuple(notations)[:most]]
    return str(_(", ")).join(a[:1].lower() + a[1:] if a[1:2].islower() or a[1:2] == "-" else a for a in labels)


@cache
def subdivisions() -> Mapping[str, Mapping[str, str]]:
    """Names of the prefectures, provinces and territories by ISO 3166-2 code and language."""
    table = files("matcher.data") / "taxonomies" / "subdivisions.csv"
    return {row["code"]: row for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines())}


def subdivision(code: str) -> str:
    """The name of a prefecture, province or territory."""
    return subdivisions()[code][language()]


def place(profile: Profile) -> str:
    """City and subdivision in the order and with the punctuation of the language."""
    city, region = profile.place(language()), subdivision(profile.subdivision)
    if language() == "ja":
        if profile.country is Country.CA:
            return f"{region} {city}"
        return city if city.startswith(region) else region if region.startswith(city) else region + city
    if profile.country is Country.JP and (city == region or city.endswith(f", {region}")):
        return city
    return f"{city} ({region})" if language() == "fr" else f"{city}, {region}"


def number(value: int) -> str:
    """A whole number with the separators of the language."""
    if 0 <= value < 1000:  # no separator in any of them, and by far the most frequent
        return str(value)
    return str(format_decimal(value, "#,##0"))


def decimal(value: float, digits: int = 2) -> str:
    """A number with a fixed count of decimals."""
    # Rounded before, so that a number in a sum and the same number elsewhere can never differ by a tie.
    return str(format_decimal(round(value, digits), "0." + "0" * digits))


def points(fit: float) -> str:
    """A fit, or a part of one, in points: hundredths, never written as a percentage."""
    return decimal(100 * fit)


def day(value: date) -> str:
    """A date written out."""
    return str(format_date(value, "long"))


def short_day(value: date) -> str:
    """A date in few characters."""
    return str(format_date(value, "medium"))


def iso_day(value: str) -> str:
    """A stored ISO date in few characters."""
    return short_day(date.fromisoformat(value))


def moment(value: datetime) -> str:
    """A date with the time of day, which is that of UTC and says so."""
    shown = format_datetime(value.astimezone(UTC), "medium", rebase=False)
    return gettext("%(time)s UTC", time=shown)


def listed(items: Iterable[object], style: str = "standard") -> str:
    """Several things in a row, the last joined as the language joins it."""
    return str(format_list([str(item) for item in items], style=style, locale=get_locale() or "en"))  # type: ignore[arg-type]


def added_up(values: Iterable[float], digits: int = 2) -> list[float]:
    """Values rounded so that they add up, as shown, to their rounded total: each is the step between rounded sums.

    >>> added_up([0.333, 0.333, 0.333])
    [0.33, 0.34, 0.33]
    """
    sums = [0.0, *(round(total, digits) for total in accumulate(values))]
    return [round(after - before, digits) for before, after in pairwise(sums)]


def steps(explanation: Explanation) -> list[float]:
    """What each bar of the waterfall adds, in points, so that the shown numbers add up to the shown fit."""
    return added_up(bar.end - bar.start for bar in explanation.bars)


def band_bounds() -> str:
    """From how many points on each band starts."""
    bounds = [(BANDS[band], least) for band, least in BAND_BOUNDS.items() if least]
    words = listed(gettext("%(band)s from %(least)s points", band=band, least=points(least)) for band, least in bounds)
    return gettext("%(bounds)s; possible below.", bounds=words[0].upper() + words[1:])


def host(address: str) -> str:
    """The site of an address, as people say it."""
    return urlsplit(address).netloc.removeprefix("www.")


def shorten(statement: Statement, width: int = 100) -> str:
    """The first words of a statement; a Japanese character counts as two."""
    if statement.lang == "ja":
        return statement.text if 2 * len(statement.text) <= width else statement.text[: width // 2 - 1] + "…"
    return textwrap.shorten(statement.text, width, placeholder="…")


def facet_label(facet: str, value: str) -> str:
    """A value of a facet, in words."""
    return _facet_label(language(), facet, value)


# A page of results shows some fifty of them. The language is that of the current locale.
@lru_cache(maxsize=2048)
def _facet_label(_lang: str, facet: str, value: str) -> str:
    if facet == "field":
        return concept(value)
    if facet == "subdivision":
        return subdivision(value)
    labels: Mapping[str, Mapping[Any, Any]] = {
        "country": COUNTRIES, "kind": KINDS, "relation": RELATIONS, "cooperation": COOPERATIONS, "trl": READINESS,
        "language": LANGUAGE_NAMES,
    }  # fmt: skip
    return str(labels[facet][value])


# --- sentences -------------------------------------------------------------------------------------------------------

_Words = Callable[[Statement], str]


def reason(explanation: Explanation, seeker: Profile, partner: Profile) -> str:
    """Why these two, in one plain line."""
    return _reason(explanation, seeker, partner, _plain)


def reason_markup(explanation: Explanation, seeker: Profile, partner: Profile) -> Markup:
    """:func:`reason` with the language of quoted words marked."""
    return Markup("{}").format(_reason(explanation, seeker, partner, _marked))


def gains(explanation: Explanation, seeker: Profile, partner: Profile) -> tuple[str, str]:
    """What each side gains, the seeker first, in one line each."""
    one, other = (_gain(explanation, side, seeker, partner, _plain) for side in (Side.GETS, Side.GIVES))
    return one, other


def gains_markup(explanation: Explanation, seeker: Profile, partner: Profile) -> tuple[Markup, Markup]:
    """:func:`gains` with the language of quoted words marked."""
    lines = (_gain(explanation, side, seeker, partner, _marked) for side in (Side.GETS, Side.GIVES))
    one, other = map(Markup("{}").format, lines)
    return one, other


def rule(match: Match) -> str:
    """The rule that made one fit of what is gained, what is given and the common ground, with its numbers in points."""
    met, ground = map(decimal, added_up([100 * (match.fit - match.ground.value), 100 * match.ground.value]))
    common = gettext(
        "Common ground adds %(ground)s, so the fit is %(fit)s points.", ground=ground, fit=points(match.fit)
    )
    return _in_a_row(_relation_rule(match, met), common)


def _relation_rule(match: Match, met: str) -> str:
    gets, gives = points(match.gets.value), points(match.gives.value)
    if match.relation is Relation.SUPPLY:
        sides = sorted(((match.gets_factor, gets), (match.gives_factor, gives)), reverse=True)
        (strong_factor, strong), (weak_factor, weak) = sides
        return gettext(
            "Supply or licensing rests on its stronger direction: "
            "%(strong_factor)s × %(strong)s + %(weak_factor)s × %(weak)s = %(met)s.",
            strong=strong, weak=weak, met=met, strong_factor=decimal(strong_factor), weak_factor=decimal(weak_factor),
        )  # fmt: skip
    if match.gets.value + match.gives.value == 0:
        return gettext("Neither side answers anything the other states: 0.")
    if match.relation is Relation.PEER:
        return gettext(
            "Peers share a mission as far as both do: %(share)s × the harmonic mean of both directions, "
            "%(share)s × 2 × %(gets)s × %(gives)s ÷ (%(gets)s + %(gives)s) = %(met)s.",
            share=decimal(PEER_FACTOR, 1), gets=gets, gives=gives, met=met,
        )  # fmt: skip
    return gettext(
        "Co-development is as good as its weaker side: the harmonic mean of both directions, "
        "2 × %(gets)s × %(gives)s ÷ (%(gets)s + %(gives)s) = %(met)s.",
        gets=gets, gives=gives, met=met,
    )  # fmt: skip


def _in_a_row(*sentences: str) -> str:
    return ("" if language() == "ja" else " ").join(sentences)


def wants_heading(wants: Profile, relation: Relation) -> str:
    """The heading over what one side asks for."""
    if relation is Relation.PEER:
        return gettext("What %(name)s does and seeks", name=short_name(wants))
    return gettext("What %(name)s needs", name=short_name(wants))


def offers_heading(has: Profile, relation: Relation) -> str:
    """The heading over what the other side answers with."""
    if relation is Relation.PEER:
        return gettext("What %(name)s does and seeks", name=short_name(has))
    return gettext("What %(name)s offers", name=short_name(has))


def _reason(explanation: Explanation, seeker: Profile, partner: Profile, quote: _Words) -> str:
    best = explanation.best
    if best is None:
        if explanation.common:
            return gettext("Both work on the same subject: %(words)s", words=concepts(explanation.common))
        return gettext("Nothing that one states answers what the other needs.")
    giver, taker = (partner, seeker) if best.side is Side.GETS else (seeker, partner)
    message = _template(best, explanation.match.relation)
    words = _words(best, quote)
    # A quotation is markup on a page; whatever stands around it must then be escaped too.
    template = Markup(message) if isinstance(words, Markup) else message  # noqa: S704 - a message of ours
    return template % {"giver": short_name(giver), "taker": short_name(taker), "words": words}


def _template(best: Evidence, relation: Relation) -> str:
    if relation is Relation.PEER:
        if best.shared:
            return gettext("Both work on the same subject: %(words)s")
        return gettext("%(giver)s pursues something similar: %(words)s")
    if best.coverage is Coverage.COVERED:
        if best.shared:
            return gettext("%(giver)s offers what %(taker)s needs: %(words)s")
        return gettext("%(giver)s can meet a need of %(taker)s: %(words)s")
    if best.shared:
        return gettext("%(giver)s offers part of what %(taker)s needs: %(words)s")
    return gettext("%(giver)s comes closest to a need of %(taker)s with: %(words)s")


def _words(evidence: Evidence, quote: _Words) -> str:
    taxonomy = Taxonomy.shipped().concepts
    narrow = [n for n in evidence.shared if n not in taxonomy or taxonomy[n].broader is not None]
    if narrow:
        return concepts(narrow)
    quoted = quote(evidence.met_by)
    if not evidence.shared:
        return quoted
    # A whole field says too little of why these two.
    message = gettext("%(field)s – %(quote)s")
    template = Markup(message) if isinstance(quoted, Markup) else message  # noqa: S704 - a message of ours
    return template % {"field": concepts(evidence.shared, 1), "quote": quoted}


def _gain(explanation: Explanation, side: Side, seeker: Profile, partner: Profile, quote: _Words) -> str:
    taker, giver = (seeker, partner) if side is Side.GETS else (partner, seeker)
    names = {"taker": short_name(taker), "giver": short_name(giver)}
    if side in explanation.unknown:
        return gettext("%(taker)s: no public need found. Ask what it looks for.", **names)
    answered = [e for e in explanation.of(side) if e.coverage is not Coverage.MISSING]
    if not answered:
        return gettext("%(taker)s: nothing found that %(giver)s could answer with.", **names)
    shared = dict.fromkeys(notation for e in answered for notation in e.shared)
    words = concepts(shared) if shared else quote(answered[0].met_by)
    message = gettext("%(taker)s gains: %(words)s")
    template = Markup(message) if isinstance(words, Markup) else message  # noqa: S704 - a message of ours
    return template % (names | {"words": words})


def _plain(statement: Statement) -> str:
    return gettext("“%(text)s”", text=shorten(statement))


def _marked(statement: Statement) -> str:
    text = Markup('<span lang="{}">{}</span>').format(statement.lang, shorten(statement))
    return Markup(gettext("“%(text)s”")) % {"text": text}  # noqa: S704 - a message of ours


# --- rules of programmes ---------------------------------------------------------------------------------------------


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
    return _in_a_row(who, gettext("Small and medium-sized only.")) if value.get("sme") else who


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


# --- the application -------------------------------------------------------------------------------------------------


def init_app(app: Flask) -> None:
    """Takes the language from the address, and gives templates the labels and formats."""
    babel.init_app(app, locale_selector=_select_locale)
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_add_language)
    app.jinja_env.globals.update(
        ACCOUNT_ROLES=ACCOUNT_ROLES, TEAM_RIGHTS=TEAM_RIGHTS,
        AUTONYMS=AUTONYMS, BANDS=BANDS, LEVEL_BOUNDS=LEVEL_BOUNDS,
        BAND_BOUNDS=BAND_BOUNDS, COOPERATIONS=COOPERATIONS, COUNTRIES=COUNTRIES,
        COVERAGES=COVERAGES, IDENTIFIERS=IDENTIFIERS, KINDS=KINDS, LANGUAGE_NAMES=LANGUAGE_NAMES, LEVELS=LEVELS,
        PROGRAMME_KINDS=PROGRAMME_KINDS, PROGRAMME_STATUSES=PROGRAMME_STATUSES, RELATIONS=RELATIONS, ROLES=ROLES,
        FACETS=FACETS, SORTS=SORTS, facet_label=facet_label,
        REFUSALS=REFUSALS, RULES=RULES, SIZES=SIZES, STATUSES=STATUSES, added_up=added_up, band_bounds=band_bounds,
        concept_label=concept, gains=gains_markup, in_language=in_language, language=language,
        name_language=name_language,
        offers_heading=offers_heading, reason=reason_markup, rule=rule, rule_sentence=rule_sentence, steps=steps,
        subdivision_label=subdivision, wants_heading=wants_heading,
    )  # fmt: skip
    filters = (
        concept, concepts, day, decimal, host, iso_day, listed, moment, number, place, points, short_day,
        short_name, shorten, subdivision,
    )  # fmt: skip
    app.jinja_env.filters.update({one.__name__: one for one in filters})


def best_language() -> str:
    """The language where an address names no known one: its first part, or what the browser asks for."""
    first = request.path.split("/")[1]
    return first if first in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "en"


def in_language(lang: str) -> str:
    """The address of this page, with its query, in another language; the home page where there is no such page."""
    if request.endpoint is None or request.view_args is None or "lang" not in g:
        return url_for("home.index", lang=lang)
    path = url_for(request.endpoint, **request.view_args | {"lang": lang})
    query = urlencode(list(request.args.items(multi=True)))
    return f"{path}?{query}" if query else path


def _select_locale() -> str:
    return LOCALES[g.get("lang") or (best_language() if has_request_context() else "en")]


def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "lang" in values:
        g.lang = values.pop("lang")


def _add_language(endpoint: str, values: dict[str, Any]) -> None:
    # `url_for` would append to the query what the address has no place for.
    if "lang" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = language()
