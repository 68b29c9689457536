"""Every code of the library and the application, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from matcher.duplicates import Reason
from matcher.explain import Coverage
from matcher.match import Band, Level, Likeness, Relation
from matcher.profile import (
    Cooperation,
    Country,
    Kind,
    ProgrammeKind,
    ProgrammeStatus,
    Readiness,
    Role,
    RuleCode,
    Size,
)
from matcher.quality import Check, Origin
from web.security import AccountRole, Policy, Scope, TeamRight

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
LIKENESSES: Final[Mapping[Likeness, Any]] = {
    Likeness.MEANING: _("Meaning"),
    Likeness.KINSHIP: _("Meaning, as far as both are of one kind"),
    Likeness.TERMS: _("Words"),
    Likeness.CONCEPTS: _("Concepts"),
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
    Coverage.UNKNOWN: pgettext("coverage", "unknown"),
}
ACCOUNT_ROLES: Final[Mapping[AccountRole, Any]] = {
    AccountRole.OFFICER: _("trade officer"),
    AccountRole.ORGANISATION: _("organisation member"),
    AccountRole.REVIEWER: _("reviewer"),
    AccountRole.ADMINISTRATOR: _("administrator"),
}
# What a role lets a person do, for the page that takes it away.
POLICY_RIGHTS: Final[Mapping[Policy, Any]] = {
    Policy.OFFICER: _("keep shortlists, answer on pairs and work in teams"),
    Policy.REVIEWER: _("review, and edit programmes and subjects"),
    Policy.ADMINISTRATOR: _("administer people and the matcher, and read the audit log"),
}
TEAM_RIGHTS: Final[Mapping[TeamRight, Any]] = {
    TeamRight.VIEW: pgettext("right", "view"),
    TeamRight.EDIT: pgettext("right", "edit"),
    TeamRight.MANAGE: pgettext("right", "manage"),
}
# What a token of the API may do, and, by code, why one does not work.
SCOPES: Final[Mapping[Scope, Any]] = {
    Scope.READ: _("Read what everybody may read, under a limit of its own"),
    Scope.SHORTLISTS_READ: _("Read your shortlists and those of your teams"),
    Scope.SHORTLISTS_WRITE: _("Make, change and delete shortlists and the matches on them"),
    Scope.SUBMISSIONS_WRITE: _("Write your organisation’s profile and send it in"),
    Scope.EXPORT: _("Get rankings as files, and shortlists where it may read them"),
}
TOKEN_STATES: Final[Mapping[str, Any]] = {
    "good": _("works"),
    "expired": _("has expired"),
    "ended": _("was ended by a new password"),
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
CHECKS: Final[Mapping[Check, Any]] = {
    Check.BROKEN_FORMAT: _("Broken format"),
    Check.NO_SOURCE: _("No source"),
    Check.NO_DATE: _("No date of reading"),
    Check.UNKNOWN_FIELD: _("Unknown field"),
    Check.READ_IN_FUTURE: _("Date of reading in the future"),
    Check.STALE: _("Stale sources"),
    Check.NO_STATEMENT: _("No statements"),
    Check.FEW_STATEMENTS: _("Few statements"),
    Check.NO_NEED: _("No needs"),
    Check.NEEDS_INFERRED: _("Needs from published plans only"),
    Check.ONE_LANGUAGE: _("One language only"),
    Check.UNTAGGED: _("Statements without a subject"),
    Check.FIELD_WITHOUT_NEEDS: _("Fields without needs"),
    Check.FIELD_WITHOUT_CAPABILITIES: _("Fields without capabilities"),
    Check.UNUSED_CONCEPT: _("Subjects never named"),
    Check.STATUS_OUTDATED: _("Status out of date"),
    Check.NO_RULES: _("No eligibility rules"),
    Check.PAGES_DISAGREE: _("Pages disagree"),
}
ORIGINS: Final[Mapping[Origin, Any]] = {
    Origin.OWN: _("site of the organisation itself"),
    Origin.PUBLIC: _("government, university or public body"),
    Origin.OTHER: _("press, associations and others"),
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
    RuleCode.ROLE: _("Partner needed"),
    RuleCode.STACKING_LIMIT: _("Public money in all"),
    RuleCode.BEFORE_AGREEMENT: _("Before any agreement"),
    RuleCode.DECISION_AUTHORITY: _("Authority over the technology"),
    RuleCode.LAUNCH_YEARS: _("Time to market"),
    RuleCode.PARTNER_FUNDING: _("Partner’s own funding"),
    RuleCode.DATES: _("Dates"),
}
DUPLICATE_REASONS: Final[Mapping[Reason, Any]] = {
    Reason.SAME_IDENTIFIER: _("the same official number"),
    Reason.SAME_NAME: _("the same name"),
    Reason.SAME_NAME_OTHER_LEGAL_FORM: _("the same name in another legal form or spelling"),
    Reason.SAME_NAME_OTHER_SCRIPT: _("names that sound alike in kana and Latin letters"),
    Reason.SAME_WORDS: _("the same words in another language or order"),
    Reason.NEAR_NAME: _("names a slip of the pen apart"),
    Reason.ACRONYM: _("the same acronym"),
    Reason.SAME_WEBSITE: _("the same website"),
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
# Why an officer finds a proposed pair relevant or not, and what of the two profiles each reason is about: the codes of
# web.store.judgements, which tests compare. Refusals are worded as above.
JUDGEMENT_REASONS: Final[Mapping[str, Any]] = {
    "good_complement": _("they complement each other well"),
    "known_contact": _("they know each other already"),
    **REFUSALS,
}
RESPECTS: Final[Mapping[str, Any]] = {
    "all": _("what either of them needs or can offer"),
    "needs": _("what either of them needs"),
    "offers": _("what either of them can offer"),
    "readiness": _("what either of them can offer, or how ready it is"),
    "cooperation": _("the kinds of cooperation that either of them is open to"),
}
# What is measured of weights: the measures of matcher.evaluate, and how true the chances are.
MEASURES: Final[Mapping[str, Any]] = {
    "nDCG@10": _("Order of the first ten (nDCG@10, more is better)"),
    "recall@10": _("Relevant partners among the first ten (recall@10, more is better)"),
    "RR": _("How soon the first relevant partner comes (RR, more is better)"),
    "log loss": _("How far the chances are from the answers (log loss, less is better)"),
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
