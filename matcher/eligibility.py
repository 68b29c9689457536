"""Who may take part in a programme: rules as data, answered with met, not met or unknown.

The rules bind one organisation, a pair or a consortium. Some can be read off the profiles (country, kind, size, place);
the others need *facts* that only people know. What nobody has said is unknown: it counts neither as a yes, nor as a
no, nor as a half, and turns into the next question and whom to ask. The vocabulary is described in
``docs/eligibility.md`` and ``data/README.md``. Codes and numbers, never sentences.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Any, Final

from matcher.profile import Country, Kind, Profile, Programme, Rule, RuleCode, Size
from matcher.taxonomy import Taxonomy


class Outcome(StrEnum):
    """Three-valued logic (Kleene, 1938).

    >>> all_of([Outcome.MET, Outcome.UNKNOWN]), any_of([Outcome.MET, Outcome.UNKNOWN]), all_of([])
    (<Outcome.UNKNOWN: 'unknown'>, <Outcome.MET: 'met'>, <Outcome.MET: 'met'>)
    """

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"

    @staticmethod
    def of(value: bool | None) -> Outcome:  # noqa: FBT001 - the value is what it is about
        """A yes, a no, or nothing said."""
        return Outcome.UNKNOWN if value is None else Outcome.MET if value else Outcome.NOT_MET


def all_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Not met if any is not, else unknown if any is, else met."""
    found = set(outcomes)
    return next((o for o in (Outcome.NOT_MET, Outcome.UNKNOWN) if o in found), Outcome.MET)


def any_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Met if any is, else unknown if any is, else not met."""
    found = set(outcomes)
    return next((o for o in (Outcome.MET, Outcome.UNKNOWN) if o in found), Outcome.NOT_MET)


class Datum(StrEnum):
    """What an outcome was decided on."""

    COUNTRY = "country"
    KIND = "kind"
    SIZE = "size"
    PEOPLE = "people"
    REVENUE = "revenue"
    SUBDIVISION = "subdivision"
    MEMBERS = "members"
    ROLE = "role"
    SHARE = "share"
    MENTION = "mention"
    FACT = "fact"


class QuestionCode(StrEnum):
    """What to ask next."""

    RULES = "rules"
    MORE_MEMBERS = "more_members"
    KIND = "kind"
    SME = "sme"
    PEOPLE = "people"
    REVENUE = "revenue"
    SHARES = "shares"
    PUBLIC_SHARE = "public_share"
    DURATION = "duration"
    LAUNCH = "launch"
    TOPIC = "topic"
    UNRELATED = "unrelated"
    IP_PLAN = "ip_plan"
    CONSORTIUM_AGREEMENT = "consortium_agreement"
    INTEREST = "interest"
    CIVILIAN = "civilian"
    FORMALISED = "formalised"
    DECISION_AUTHORITY = "decision_authority"
    PARTNER_FUNDING = "partner_funding"


class Asked(StrEnum):
    """Who can answer: the members that the question names, those who run the programme, or the officer."""

    MEMBER = "member"
    OPERATOR = "operator"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask next, and whom; ``fact`` is the field of :class:`Facts` that takes the answer."""

    code: QuestionCode
    asked: Asked
    members: tuple[str, ...] = ()
    fact: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What only people know of a project; whatever nobody has said is None or missing, and unknown.

    By member id: ``sme`` (small or medium as this programme defines it), ``people`` (employed), ``revenue`` (a year, in
    the rule's currency), ``accepted`` (the operator accepts this kind of organisation), ``shares`` (percent of the
    budget; also by country code). ``launch_years`` counts from now to the market, ``public_share`` is percent of costs
    paid from all public sources, ``is_complete`` says that no further member joins.
    """

    is_complete: bool | None = None
    unrelated: bool | None = None
    ip_plan: bool | None = None
    consortium_agreement: bool | None = None
    interest_confirmed: bool | None = None
    civilian: bool | None = None
    excluded_topic: bool | None = None
    is_formalised: bool | None = None
    decision_authority: bool | None = None
    partner_funded: bool | None = None
    duration_months: float | None = None
    launch_years: float | None = None
    public_share: float | None = None
    sme: Mapping[str, bool] = field(default_factory=dict)
    people: Mapping[str, int] = field(default_factory=dict)
    revenue: Mapping[str, float] = field(default_factory=dict)
    accepted: Mapping[str, bool] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)


NO_FACTS: Final = Facts()


class ContradictoryFacts(ValueError):
    """Budget shares that cannot all be true: ``key`` is the country or ``"total"``."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"the budget shares of {key} do not add up")


@dataclass(frozen=True, slots=True)
class Basis:
    """One thing that an outcome was decided on: of which member, what, its value, and what it alone gives."""

    datum: Datum
    value: object
    outcome: Outcome
    member: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One rule, or several that are alternatives or count together, with the outcome and what decided it."""

    outcome: Outcome
    rules: tuple[Rule, ...]
    basis: tuple[Basis, ...]
    question: Question | None = None

    @property
    def code(self) -> RuleCode:
        return self.rules[0].code


@dataclass(frozen=True, slots=True)
class Assessment:
    """A programme's rules held against some members: not met if any rule is, else unknown if any is, else met.

    ``terms`` are the rules that exclude nobody: what is paid, and the dates. Where no condition is known, the whole is
    unknown.
    """

    programme_id: str
    edition: str | None
    members: tuple[str, ...]
    outcome: Outcome
    checks: tuple[Check, ...]
    terms: tuple[Rule, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """What to ask, one question for each rule that is unknown."""
        if not self.checks:
            return (Question(QuestionCode.RULES, Asked.OPERATOR),)
        return tuple(c.question for c in self.checks if c.question is not None)

    def edition_of(self, rule: Rule) -> str | None:
        """The edition whose text a rule was read from."""
        return rule.edition or self.edition

    def of(self, outcome: Outcome) -> tuple[Check, ...]:
        """The checks with this outcome."""
        return tuple(c for c in self.checks if c.outcome is outcome)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "programme": self.programme_id,
            "edition": self.edition,
            "members": list(self.members),
            "outcome": self.outcome.value,
            "checks": [self._check(c) for c in self.checks],
            "terms": [self._rule(r) for r in self.terms],
            "questions": [question_dict(q) for q in self.questions],
        }

    def _check(self, check: Check) -> dict[str, Any]:
        return {
            "rule": check.code.value,
            "outcome": check.outcome.value,
            "rules": [self._rule(r) for r in check.rules],
            "basis": [
                {"datum": b.datum.value, "value": b.value, "outcome": b.outcome.value, "member": b.member}
                for b in check.basis
            ],
            "question": question_dict(check.question) if check.question else None,
        }

    def _rule(self, rule: Rule) -> dict[str, Any]:
        return {
            "rule": rule.code.value,
            "value": rule.value,
            "edition": self.edition_of(rule),
            "source": rule.source,
            "read_on": rule.read_on.isoformat(),
        }


def question_dict(question: Question) -> dict[str, Any]:
    """A question for JSON."""
    return {
        "code": question.code.value,
        "asked": question.asked.value,
        "members": list(question.members),
        "fact": question.fact,
    }


def assess(
    programme: Programme, members: Iterable[Profile], facts: Facts = NO_FACTS, taxonomy: Taxonomy | None = None
) -> Assessment:
    """Every rule of a programme, for one organisation, a pair or a consortium, in whatever order they come.

    ``taxonomy`` says which statements speak of an excluded topic; the shipped one unless given.
    Raises ValueError where nobody or somebody twice is named, :class:`ContradictoryFacts` where shares cannot be true.

    >>> from matcher.corpus import Corpus
    >>> corpus = Corpus.shipped()
    >>> found = assess(corpus.programmes["globalstars-japan"], [corpus.profiles["toyota"]])
    >>> found.outcome, found.of(Outcome.NOT_MET)[0].code
    (<Outcome.NOT_MET: 'not_met'>, <RuleCode.APPLICANT: 'applicant'>)
    """
    who = tuple(sorted(members, key=lambda p: p.id))
    if not who or len({p.id for p in who}) != len(who):
        raise ValueError("name at least one member, and nobody twice")
    _check_shares(who, facts)
    rules = sorted(programme.rules, key=_rule_order)
    case = _Case(programme, who, facts, taxonomy or Taxonomy.shipped())
    checks = tuple(_CHECKS[group[0].code](case, group) for group in _groups(rules))
    outcome = all_of(c.outcome for c in checks) if checks else Outcome.UNKNOWN
    terms = tuple(r for r in rules if r.code in TERMS)
    return Assessment(programme.id, programme.edition, tuple(p.id for p in who), outcome, checks, terms)


def screen(programme: Programme, profile: Profile) -> Outcome:
    """What the profile alone says of an organisation as the applicant of its side: met where no rule speaks of it.

    A pair whose members are not both screened out may still fail on facts; one with a member screened out is out.
    """
    rules = tuple(r for r in programme.rules if r.code is RuleCode.APPLICANT and who_of(r).country is profile.country)
    return any_of(fills(who_of(r), profile, NO_FACTS) for r in rules) if rules else Outcome.MET


# --- rules and their groups -------------------------------------------------------------------------------------------

# Rules that say what is paid and when, and exclude nobody.
TERMS: Final = (RuleCode.FUNDING_CAP, RuleCode.DATES)
_ORDER: Final = {code: place for place, code in enumerate(RuleCode)}


def _rule_order(rule: Rule) -> tuple[int, str, str]:
    return _ORDER[rule.code], json.dumps(rule.value, sort_keys=True), rule.source


def _groups(rules: Sequence[Rule]) -> list[tuple[Rule, ...]]:
    """Rules that are answered together: the alternatives of one side's applicant, and all the roles."""
    groups: dict[tuple[object, ...], list[Rule]] = defaultdict(list)
    for place, rule in enumerate(rules):
        if rule.code is RuleCode.APPLICANT:
            groups[rule.code, who_of(rule).country].append(rule)
        elif rule.code is RuleCode.ROLE:
            groups[(rule.code,)].append(rule)
        elif rule.code not in TERMS:
            groups[rule.code, place].append(rule)
    return [tuple(group) for group in groups.values()]


@dataclass(frozen=True, slots=True)
class _Case:
    programme: Programme
    members: tuple[Profile, ...]
    facts: Facts
    taxonomy: Taxonomy

    def of(self, country: Country | None) -> tuple[Profile, ...]:
        return self.members if country is None else tuple(p for p in self.members if p.country is country)

    @property
    def too_few(self) -> Outcome:
        """What a place that nobody fills means: others may still join, unless somebody has said otherwise."""
        return Outcome.NOT_MET if self.facts.is_complete else Outcome.UNKNOWN

    def more(self, outcome: Outcome) -> Question | None:
        """Whom else the consortium needs is for the officer to find."""
        unknown = outcome is Outcome.UNKNOWN
        return Question(QuestionCode.MORE_MEMBERS, Asked.OFFICER, fact="is_complete") if unknown else None


# --- who may take part ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Who:
    """Whom an ``applicant`` or ``role`` rule speaks of; what is not given is open."""

    country: Country | None
    kinds: tuple[Kind, ...]
    unclear_kinds: tuple[Kind, ...]
    is_sme: bool
    max_people: int | None
    min_people: int | None
    revenue: tuple[float, float] | None
    subdivisions: tuple[str, ...]
    count: int


def who_of(rule: Rule) -> Who:
    """The value of an ``applicant`` or ``role`` rule."""
    value: Any = rule.value
    revenue = value.get("revenue")
    return Who(
        Country(value["country"]) if "country" in value else None,
        tuple(map(Kind, value.get("kinds", ()))),
        tuple(map(Kind, value.get("unclear_kinds", ()))),
        bool(value.get("sme")),
        value.get("max_people"),
        value.get("min_people"),
        (revenue.get("min", 0), revenue.get("max", inf)) if revenue else None,
        tuple(value.get("subdivisions", ())),
        value.get("count", 1),
    )


# People employed, in each size band: see matcher.profile.Size.
_PEOPLE: Final = {Size.MICRO: (1, 9), Size.SMALL: (10, 49), Size.MEDIUM: (50, 249), Size.LARGE: (250, inf)}


def _is_sme(profile: Profile, limit: int | None) -> bool | None:
    """Whether the size band decides it; without a limit of its own, all but the large band are small or medium."""
    if profile.size is None:
        return None
    if limit is None:
        return profile.size is not Size.LARGE
    low, high = _PEOPLE[profile.size]
    return True if high <= limit else False if low > limit else None


def _people(profile: Profile, low: int, high: float, facts: Facts) -> bool | None:
    least, most = _PEOPLE[profile.size] if profile.size else (0, inf)
    if low <= least and most <= high:
        return True
    if most < low or least > high:
        return False
    count = facts.people.get(profile.id)
    return None if count is None else low <= count <= high


def _parts(who: Who, profile: Profile, facts: Facts) -> list[Basis]:
    """Each thing that an organisation must be, in the order in which one would ask."""
    found: list[tuple[Datum, object, bool | None]] = []
    if who.kinds:
        known = profile.kind in who.kinds or (False if profile.kind not in who.unclear_kinds else None)
        found.append((Datum.KIND, profile.kind.value, facts.accepted.get(profile.id) if known is None else known))
    if who.subdivisions:
        found.append((Datum.SUBDIVISION, profile.subdivision, profile.subdivision in who.subdivisions))
    size = profile.size.value if profile.size else None
    if who.is_sme:
        known = _is_sme(profile, who.max_people)
        found.append((Datum.SIZE, size, facts.sme.get(profile.id) if known is None else known))
    if who.min_people or (who.max_people and not who.is_sme):
        high = inf if who.is_sme or who.max_people is None else who.max_people
        known = _people(profile, who.min_people or 0, high, facts)
        found.append((Datum.PEOPLE, facts.people.get(profile.id, size), known))
    if who.revenue:
        revenue = facts.revenue.get(profile.id)
        known = None if revenue is None else who.revenue[0] <= revenue <= who.revenue[1]
        found.append((Datum.REVENUE, revenue, known))
    return [Basis(datum, value, Outcome.of(known), profile.id) for datum, value, known in found]


def fills(who: Who, profile: Profile, facts: Facts = NO_FACTS) -> Outcome:
    """Whether an organisation is such a one, wherever it is."""
    return all_of(b.outcome for b in _parts(who, profile, facts))


_ASK_OF_MEMBER: Final = {
    Datum.KIND: (QuestionCode.KIND, Asked.OPERATOR, "accepted"),
    Datum.SIZE: (QuestionCode.SME, Asked.MEMBER, "sme"),
    Datum.PEOPLE: (QuestionCode.PEOPLE, Asked.MEMBER, "people"),
    Datum.REVENUE: (QuestionCode.REVENUE, Asked.MEMBER, "revenue"),
}


def _ask_members(basis: Iterable[Basis]) -> Question | None:
    """The first thing unknown, of every member of whom just that is unknown."""
    unknown = [b for b in basis if b.outcome is Outcome.UNKNOWN and b.datum in _ASK_OF_MEMBER]
    if not unknown:
        return None
    code, asked, fact = _ASK_OF_MEMBER[unknown[0].datum]
    members = {b.member for b in unknown if b.datum is unknown[0].datum and b.member}
    return Question(code, asked, tuple(sorted(members)), fact)


def _applicant(case: _Case, rules: tuple[Rule, ...]) -> Check:
    """At least one member of the side is one of the alternatives; more may take part besides."""
    alternatives = [who_of(r) for r in rules]
    members = case.of(alternatives[0].country)
    if not members:
        missing = Basis(Datum.COUNTRY, alternatives[0].country, case.too_few)
        return Check(case.too_few, rules, (missing,), case.more(case.too_few))
    closest = [_closest(alternatives, p, case.facts) for p in members]
    outcome = any_of(all_of(b.outcome for b in parts) for parts in closest)
    basis = tuple(b for parts in closest for b in parts)
    if outcome is not Outcome.UNKNOWN:
        return Check(outcome, rules, basis)
    unsure = [b for parts in closest if all_of(b.outcome for b in parts) is Outcome.UNKNOWN for b in parts]
    return Check(outcome, rules, basis, _ask_members(unsure))


def _closest(alternatives: Sequence[Who], profile: Profile, facts: Facts) -> list[Basis]:
    """The parts of the alternative that an organisation comes nearest to."""
    order = (Outcome.MET, Outcome.UNKNOWN, Outcome.NOT_MET)
    parts = [_parts(who, profile, facts) for who in alternatives]
    return min(parts, key=lambda found: order.index(all_of(b.outcome for b in found)))


def _role(case: _Case, rules: tuple[Rule, ...]) -> Check:
    """Every role has its members, no member in two roles."""
    places = [who_of(r) for r in rules for _ in range(who_of(r).count)]
    numbers = [number for number, r in enumerate(rules) for _ in range(who_of(r).count)]
    table = [
        [fills(w, p, case.facts) if p in case.of(w.country) else Outcome.NOT_MET for p in case.members] for w in places
    ]
    sure = assign([[o is Outcome.MET for o in row] for row in table])
    if None not in sure:
        return Check(Outcome.MET, rules, _filled(case, numbers, sure, table))
    chosen = assign([[o is not Outcome.NOT_MET for o in row] for row in table])
    basis = _filled(case, numbers, chosen, table)
    if None in chosen:
        return Check(case.too_few, rules, basis, case.more(case.too_few))
    parts = [
        b
        for place, at in zip(places, chosen, strict=True)
        if at is not None
        for b in _parts(place, case.members[at], case.facts)
    ]
    return Check(Outcome.UNKNOWN, rules, basis, _ask_members(parts))


def _filled(
    case: _Case, numbers: Sequence[int], chosen: Sequence[int | None], table: Sequence[Sequence[Outcome]]
) -> tuple[Basis, ...]:
    """Which rule's place, counted from 0, goes to which member."""
    return tuple(
        Basis(Datum.ROLE, number, case.too_few)
        if at is None
        else Basis(Datum.ROLE, number, row[at], case.members[at].id)
        for number, at, row in zip(numbers, chosen, table, strict=True)
    )


def assign(can_fill: Sequence[Sequence[bool]]) -> list[int | None]:
    """Gives as many places as possible to different members (augmenting paths); None where nobody is left.

    >>> assign([[True, True], [True, False]]), assign([[True], [True]])
    ([1, 0], [0, None])
    """
    chosen: list[int | None] = [None] * len(can_fill)

    def place(row: int, tried: set[int]) -> bool:
        for at, fits in enumerate(can_fill[row]):
            if fits and at not in tried:
                tried.add(at)
                holder = chosen.index(at) if at in chosen else None
                if holder is None or place(holder, tried):
                    chosen[row] = at
                    return True
        return False

    for row in range(len(can_fill)):
        place(row, set())
    return chosen


def _min_members(case: _Case, rules: tuple[Rule, ...]) -> Check:
    value: Any = rules[0].value
    counts = {country: len(case.of(Country(country))) for country in sorted(value)}
    basis = tuple(
        Basis(Datum.MEMBERS, [c, n], Outcome.MET if n >= value[c] else case.too_few) for c, n in counts.items()
    )
    outcome = all_of(b.outcome for b in basis)
    return Check(outcome, rules, basis, case.more(outcome))


# --- what only people know --------------------------------------------------------------------------------------------


def _check_shares(members: Sequence[Profile], facts: Facts) -> None:
    """Shares of members must fit into those of their countries, and all into the whole."""
    total = 0.0
    for country in Country:
        own = [facts.shares.get(p.id) for p in members if p.country is country]
        known = sum(s for s in own if s is not None)
        whole = facts.shares.get(country.value)
        if whole is not None and (known > whole + _ROUNDING or (None not in own and abs(known - whole) > _ROUNDING)):
            raise ContradictoryFacts(country.value)
        total += known if whole is None else whole
    if total > 100 + _ROUNDING or any(s < 0 for s in facts.shares.values()):
        raise ContradictoryFacts("total")


# Shares are typed with few digits: three times 33.3 makes a whole.
_ROUNDING: Final = 0.5


def _max_share(case: _Case, rules: tuple[Rule, ...]) -> Check:
    value: Any = rules[0].value
    limit, by_country = value.get("percent", 100), value.get("of") == "country"
    shares = _country_shares(case) if by_country else {p.id: case.facts.shares.get(p.id) for p in case.members}
    basis = tuple(
        Basis(Datum.SHARE, share, Outcome.of(None if share is None else share <= limit), key)
        for key, share in shares.items()
    )
    outcome = all_of(b.outcome for b in basis)
    return Check(outcome, rules, basis, _asks(case, QuestionCode.SHARES, "shares") if outcome is _UNKNOWN else None)


def _country_shares(case: _Case) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for country in sorted({p.country.value for p in case.members}):
        own = [case.facts.shares.get(p.id) for p in case.of(Country(country))]
        added = sum(s for s in own if s is not None) if None not in own else None
        found[country] = case.facts.shares.get(country, added)
    return found


_UNKNOWN: Final = Outcome.UNKNOWN


def _asks(case: _Case, code: QuestionCode, fact: str) -> Question:
    """A question to all members, to the applicant's side or to the partner's, or to the officer."""
    own = [p.id for p in case.members if p.country in case.programme.countries]
    abroad = [p.id for p in case.members if p.country not in case.programme.countries]
    if code in (QuestionCode.TOPIC, QuestionCode.CIVILIAN):
        members: list[str] = []
    elif code in (QuestionCode.INTEREST, QuestionCode.PARTNER_FUNDING):
        members = abroad or own
    elif code is QuestionCode.DECISION_AUTHORITY:
        members = own
    else:
        members = [p.id for p in case.members]
    return Question(code, Asked.MEMBER if members else Asked.OFFICER, tuple(members), fact)


def _told(code: QuestionCode, fact: str, wanted: bool = True) -> Callable[[_Case, tuple[Rule, ...]], Check]:  # noqa: FBT001, FBT002 - the fact's value
    """A rule that one yes or no decides."""

    def check(case: _Case, rules: tuple[Rule, ...]) -> Check:
        said: bool | None = getattr(case.facts, fact)
        outcome = Outcome.of(None if said is None else said is wanted)
        question = _asks(case, code, fact) if outcome is _UNKNOWN else None
        return Check(outcome, rules, (Basis(Datum.FACT, said, outcome),), question)

    return check


def _counted(code: QuestionCode, fact: str) -> Callable[[_Case, tuple[Rule, ...]], Check]:
    """A rule that one number decides: between ``min`` and ``max``, or at most ``percent``."""

    def check(case: _Case, rules: tuple[Rule, ...]) -> Check:
        value: Any = rules[0].value
        low, high = value.get("min", 0), value.get("max", value.get("percent", inf))
        said: float | None = getattr(case.facts, fact)
        outcome = Outcome.of(None if said is None else low <= said <= high)
        question = _asks(case, code, fact) if outcome is _UNKNOWN else None
        return Check(outcome, rules, (Basis(Datum.FACT, said, outcome),), question)

    return check


def _excluded_topics(case: _Case, rules: tuple[Rule, ...]) -> Check:
    """Whether the project touches what is excluded is for the officer to say; statements that do are pointed at."""
    touches = case.facts.excluded_topic
    outcome = Outcome.of(None if touches is None else not touches)
    question = _asks(case, QuestionCode.TOPIC, "excluded_topic") if outcome is _UNKNOWN else None
    basis = (Basis(Datum.FACT, touches, outcome), *_mentions(case, rules[0]))
    return Check(outcome, rules, basis, question)


def _mentions(case: _Case, rule: Rule) -> list[Basis]:
    """Statements of members that name an excluded topic's concept: a hint, which decides nothing."""
    taxonomy = case.taxonomy
    topics: Any = rule.value
    excluded = {notation for topic in topics for notation in taxonomy.tag(topic)}
    return [
        Basis(Datum.MENTION, s.id, Outcome.UNKNOWN, p.id)
        for p in case.members
        for s in p.statements
        if any(excluded & {notation, *taxonomy.ancestors(notation)} for notation in taxonomy.tag(s.text))
    ]


_CHECKS: Final[Mapping[RuleCode, Callable[[_Case, tuple[Rule, ...]], Check]]] = {
    RuleCode.APPLICANT: _applicant,
    RuleCode.ROLE: _role,
    RuleCode.MIN_MEMBERS: _min_members,
    RuleCode.MAX_SHARE: _max_share,
    RuleCode.STACKING_LIMIT: _counted(QuestionCode.PUBLIC_SHARE, "public_share"),
    RuleCode.DURATION_MONTHS: _counted(QuestionCode.DURATION, "duration_months"),
    RuleCode.LAUNCH_YEARS: _counted(QuestionCode.LAUNCH, "launch_years"),
    RuleCode.EXCLUDED_TOPICS: _excluded_topics,
    RuleCode.UNRELATED_PARTIES: _told(QuestionCode.UNRELATED, "unrelated"),
    RuleCode.IP_PLAN: _told(QuestionCode.IP_PLAN, "ip_plan"),
    RuleCode.CONSORTIUM_AGREEMENT: _told(QuestionCode.CONSORTIUM_AGREEMENT, "consortium_agreement"),
    RuleCode.CONFIRMED_INTEREST: _told(QuestionCode.INTEREST, "interest_confirmed"),
    RuleCode.CIVILIAN_ONLY: _told(QuestionCode.CIVILIAN, "civilian"),
    RuleCode.BEFORE_AGREEMENT: _told(QuestionCode.FORMALISED, "is_formalised", wanted=False),
    RuleCode.DECISION_AUTHORITY: _told(QuestionCode.DECISION_AUTHORITY, "decision_authority"),
    RuleCode.PARTNER_FUNDING: _told(QuestionCode.PARTNER_FUNDING, "partner_funded"),
}
