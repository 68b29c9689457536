"""The vocabulary of the field: organisations, programmes and what they state of themselves.

A profile is a list of statements, each a capability or a need, in English, French or Japanese, each with its source.
Everything here is immutable. :mod:`matcher.document` reads these types from JSON and writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

LANGUAGES: Final = ("en", "fr", "ja")


class Country(StrEnum):
    """ISO 3166-1 code of one of the two countries.

    >>> Country.JP.other
    <Country.CA: 'CA'>
    """

    JP = "JP"
    CA = "CA"

    @property
    def other(self) -> Country:
        return Country.CA if self is Country.JP else Country.JP


class Kind(StrEnum):
    """What sort of organisation it is."""

    COMPANY = "company"
    STARTUP = "startup"
    UNIVERSITY = "university"
    RESEARCH_INSTITUTE = "research_institute"
    HOSPITAL = "hospital"
    GOVERNMENT_BODY = "government_body"
    MUNICIPALITY = "municipality"
    ASSOCIATION = "association"
    INVESTOR = "investor"

    @property
    def is_commercial(self) -> bool:
        """Whether it sells: only then can a relation be one of supply or licensing."""
        return self in (Kind.COMPANY, Kind.STARTUP, Kind.INVESTOR)

    def kinship(self, other: Kind) -> float:
        """1 for the same kind, 0.5 for kinds of one sort (business, research, public), else 0.

        >>> Kind.COMPANY.kinship(Kind.COMPANY), Kind.COMPANY.kinship(Kind.STARTUP), Kind.COMPANY.kinship(Kind.HOSPITAL)
        (1.0, 0.5, 0.0)
        """
        return 1.0 if self is other else 0.5 if any({self, other} <= sort for sort in _SORTS) else 0.0


_SORTS: Final = (
    frozenset({Kind.COMPANY, Kind.STARTUP, Kind.INVESTOR}),
    frozenset({Kind.UNIVERSITY, Kind.RESEARCH_INSTITUTE, Kind.HOSPITAL}),
    frozenset({Kind.GOVERNMENT_BODY, Kind.MUNICIPALITY}),
)


class Role(StrEnum):
    """Which side of a match a statement speaks for."""

    CAPABILITY = "capability"
    NEED = "need"


class Cooperation(StrEnum):
    """What is offered or sought in a statement."""

    SUPPLY = "supply"
    LICENSING = "licensing"
    JOINT_DEVELOPMENT = "joint_development"
    JOINT_RESEARCH = "joint_research"
    PILOT = "pilot"
    MANUFACTURING = "manufacturing"
    DISTRIBUTION = "distribution"
    INVESTMENT = "investment"
    STANDARDS = "standards"
    POLICY = "policy"
    TALENT = "talent"
    FUNDING = "funding"


class Size(StrEnum):
    """Size band by people employed: under 10, under 50, under 250, 250 and more."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Readiness(StrEnum):
    """Technology readiness levels in bands; ``UNKNOWN`` where no statement gives one.

    >>> Readiness.of(7), Readiness.of(None)
    (<Readiness.DEMONSTRATED: '7-8'>, <Readiness.UNKNOWN: 'unknown'>)
    """

    RESEARCH = "1-3"
    PROTOTYPE = "4-6"
    DEMONSTRATED = "7-8"
    IN_USE = "9"
    UNKNOWN = "unknown"

    @staticmethod
    def of(trl: int | None) -> Readiness:
        """The band of a level from 1 to 9."""
        if trl is None:
            return Readiness.UNKNOWN
        bands = {3: Readiness.RESEARCH, 6: Readiness.PROTOTYPE, 8: Readiness.DEMONSTRATED, 9: Readiness.IN_USE}
        return next(band for highest, band in bands.items() if trl <= highest)


class ProgrammeKind(StrEnum):
    """What sort of programme it is."""

    JOINT_CALL = "joint_call"
    NATIONAL_FUNDING = "national_funding"
    BUSINESS_MATCHING = "business_matching"
    BUSINESS_SUPPORT = "business_support"
    MOBILITY = "mobility"
    MEMORANDUM = "memorandum"
    FRAMEWORK = "framework"
    STRATEGY = "strategy"
    REGULATORY = "regulatory"
    TAX = "tax"


class ProgrammeStatus(StrEnum):
    """Whether a programme can be applied to, joined or used, as of the day it was read."""

    OPEN = "open"
    CLOSED = "closed"
    UPCOMING = "upcoming"
    UNKNOWN = "unknown"


class RuleCode(StrEnum):
    """The kinds of eligibility rule; their values are described in ``data/README.md``."""

    APPLICANT = "applicant"
    MIN_MEMBERS = "min_members"
    MAX_SHARE = "max_share"
    FUNDING_CAP = "funding_cap"
    DURATION_MONTHS = "duration_months"
    EXCLUDED_TOPICS = "excluded_topics"
    UNRELATED_PARTIES = "unrelated_parties"
    IP_PLAN = "ip_plan"
    CONSORTIUM_AGREEMENT = "consortium_agreement"
    CONFIRMED_INTEREST = "confirmed_interest"
    CIVILIAN_ONLY = "civilian_only"
    ROLE = "role"
    STACKING_LIMIT = "stacking_limit"
    BEFORE_AGREEMENT = "before_agreement"
    DECISION_AUTHORITY = "decision_authority"
    LAUNCH_YEARS = "launch_years"
    PARTNER_FUNDING = "partner_funding"
    DATES = "dates"


@dataclass(frozen=True, slots=True)
class Statement:
    """One fact that an organisation or programme states, or that is read of it, with its source.

    ``is_withheld``: its words are kept back, and ``text`` only tells it from others.
    """

    id: str
    role: Role
    lang: str
    text: str
    source: str
    read_on: date
    trl: int | None = None
    cooperation: tuple[Cooperation, ...] = ()
    is_inferred: bool = False
    is_withheld: bool = False


@dataclass(frozen=True, slots=True)
class Closure:
    """That an organisation no longer exists: since when, and who carries on its work where a source says so."""

    year: int
    source: str
    read_on: date
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """An organisation with its statements.

    ``is_anonymous``: name, place, website and words are kept back; ``city`` and ``source`` are empty.

    >>> profile = Profile(id="x", country=Country.JP, kind=Kind.COMPANY, names={"en": "X K.K.", "ja": "株式会社X"},
    ...                   subdivision="JP-13", city={"en": "Tokyo"}, website="https://x.example/", fields=("ai",),
    ...                   source="https://x.example/", read_on=date(2026, 1, 2), statements=())
    >>> profile.name("ja"), profile.name("fr")
    ('株式会社X', 'X K.K.')
    """

    id: str
    country: Country
    kind: Kind
    names: Mapping[str, str]
    subdivision: str
    city: Mapping[str, str]
    website: str
    fields: tuple[str, ...]
    source: str
    read_on: date
    statements: tuple[Statement, ...]
    aliases: tuple[str, ...] = ()
    identifiers: Mapping[str, str] = field(default_factory=dict)
    founded: int | None = None
    size: Size | None = None
    closed: Closure | None = None
    is_anonymous: bool = False

    def name(self, lang: str) -> str:
        """The official name in a language, or the English one where there is none."""
        return self.names.get(lang) or self.names["en"]

    def place(self, lang: str) -> str:
        """The city in a language, or its English name; empty where it is kept back."""
        return self.city.get(lang) or self.city.get("en", "")

    @property
    def capabilities(self) -> tuple[Statement, ...]:
        return tuple(s for s in self.statements if s.role is Role.CAPABILITY)

    @property
    def needs(self) -> tuple[Statement, ...]:
        return tuple(s for s in self.statements if s.role is Role.NEED)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages its statements are written in, in the order of :data:`LANGUAGES`."""
        used = {s.lang for s in self.statements}
        return tuple(lang for lang in LANGUAGES if lang in used)

    @property
    def cooperations(self) -> tuple[Cooperation, ...]:
        """What it is open to: every cooperation that a statement offers or seeks."""
        named = {c for s in self.statements for c in s.cooperation}
        return tuple(c for c in Cooperation if c in named)

    @property
    def readiness(self) -> tuple[Readiness, ...]:
        """The bands of technology readiness that its statements give."""
        given = {Readiness.of(s.trl) for s in self.statements if s.trl is not None}
        return tuple(band for band in Readiness if band in given) or (Readiness.UNKNOWN,)

    def statement(self, statement_id: str) -> Statement:
        """The statement with this id; KeyError where there is none."""
        for statement in self.statements:
            if statement.id == statement_id:
                return statement
        raise KeyError(statement_id)


@dataclass(frozen=True, slots=True)
class Rule:
    """One eligibility rule of a programme, as data: see ``data/README.md`` for the value of each code.

    ``edition`` is given where the source speaks of another edition than the one the programme describes.
    """

    code: RuleCode
    value: object
    source: str
    read_on: date
    edition: str | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """What a programme has to spend in all, as announced; ``currency`` is an ISO 4217 code."""

    currency: str
    amount: int
    source: str
    read_on: date


@dataclass(frozen=True, slots=True)
class Reading:
    """What one page says of a field."""

    value: str
    source: str
    read_on: date


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A field of which two or more pages say different things."""

    field: str
    values: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """A call, fund, framework or measure, with what it provides, whom it looks for, and its rules."""

    id: str
    kind: ProgrammeKind
    names: Mapping[str, str]
    countries: tuple[Country, ...]
    operators: tuple[str, ...]
    website: str
    fields: tuple[str, ...]
    status: ProgrammeStatus
    source: str
    read_on: date
    statements: tuple[Statement, ...]
    aliases: tuple[str, ...] = ()
    edition: str | None = None
    opens_on: date | None = None
    closes_on: date | None = None
    founded: int | None = None
    rules: tuple[Rule, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    budget: Budget | None = None
    contradictions: tuple[Contradiction, ...] = ()

    def name(self, lang: str) -> str:
        return self.names.get(lang) or self.names["en"]
