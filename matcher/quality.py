"""How good the data is: what is wrong in it, what is weak, and what it holds by country, kind, field and language.

An error is a fault in the data, and fails ``check``. A warning says where a reader should trust less and an editor
could do more. Counted are the organisations that can be partners, as a search lists them; those that have closed are
counted apart, and what they stated is not.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from matcher.corpus import Corpus, FileFault
from matcher.document import MIN_CAPABILITIES, MIN_NEEDS
from matcher.profile import (
    LANGUAGES,
    Country,
    Kind,
    Profile,
    Programme,
    ProgrammeKind,
    ProgrammeStatus,
    Role,
    Statement,
)
from matcher.taxonomy import Taxonomy, fields_of

STALE_AFTER: Final = 365
# A profile with no more than what is required at least says little.
FEW: Final = MIN_CAPABILITIES + MIN_NEEDS


class Check(StrEnum):
    """What the report looks for; the first four are errors."""

    BROKEN_FORMAT = "broken_format"
    NO_SOURCE = "no_source"
    NO_DATE = "no_date"
    UNKNOWN_FIELD = "unknown_field"
    READ_IN_FUTURE = "read_in_future"
    STALE = "stale"
    NO_STATEMENT = "no_statement"
    FEW_STATEMENTS = "few_statements"
    NO_NEED = "no_need"
    NEEDS_INFERRED = "needs_inferred"
    ONE_LANGUAGE = "one_language"
    UNTAGGED = "untagged"
    FIELD_WITHOUT_NEEDS = "field_without_needs"
    FIELD_WITHOUT_CAPABILITIES = "field_without_capabilities"
    UNUSED_CONCEPT = "unused_concept"
    STATUS_OUTDATED = "status_outdated"
    NO_RULES = "no_rules"
    PAGES_DISAGREE = "pages_disagree"

    @property
    def is_error(self) -> bool:
        return self in _ERRORS


_ERRORS: Final = frozenset({Check.BROKEN_FORMAT, Check.NO_SOURCE, Check.NO_DATE, Check.UNKNOWN_FIELD})
THIN: Final = (Check.FEW_STATEMENTS, Check.NO_NEED, Check.NEEDS_INFERRED, Check.ONE_LANGUAGE)


class Origin(StrEnum):
    """Who stands behind a source: the organisation itself, a public body or university, or somebody else."""

    OWN = "own"
    PUBLIC = "public"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found: in a file, an organisation, a programme, a field of a country, or a concept."""

    check: Check
    about: str
    country: Country | None = None
    statements: tuple[str, ...] = ()
    detail: str = ""

    def __str__(self) -> str:
        where = f"{self.about} ({self.country})" if self.country else self.about
        return " ".join(filter(None, (where, *self.statements, self.detail)))


@dataclass(frozen=True, slots=True)
class Count:
    """What one country has under one key: organisations and what they state; and organisations that have closed."""

    key: str
    country: Country
    organisations: int
    closed: int
    capabilities: int
    needs: int
    inferred: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many programmes, or statements, go by one key."""

    key: str
    count: int


@dataclass(frozen=True, slots=True)
class Host:
    """A site that statements name as their source; ``official`` are those of which the site is no third party."""

    name: str
    statements: int
    organisations: int
    official: int


@dataclass(frozen=True, slots=True)
class Use:
    """How many statements name a concept, and of how many organisations."""

    notation: str
    statements: int
    organisations: int


@dataclass(frozen=True, slots=True)
class Thin:
    """A profile that says little, and in which ways."""

    profile_id: str
    statements: int
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Programmes:
    """The programmes by kind, status and country; those with rules, a link to the official text, or a contradiction."""

    total: int
    kinds: tuple[Tally, ...]
    statuses: tuple[Tally, ...]
    countries: tuple[Tally, ...]
    with_rules: int
    with_links: int
    with_contradictions: int


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report, as of a day; findings in the order of :class:`Check`, so errors first."""

    day: date
    stale_after: int
    snapshot_id: str
    findings: tuple[Finding, ...]
    countries: tuple[Count, ...]
    kinds: tuple[Count, ...]
    fields: tuple[Count, ...]
    languages: tuple[Count, ...]
    subdivisions: tuple[Count, ...]
    origins: tuple[Tally, ...]
    hosts: tuple[Host, ...]
    concepts: tuple[Use, ...]
    thin: tuple[Thin, ...]
    closed: tuple[str, ...]
    programmes: Programmes

    @property
    def by_check(self) -> Mapping[Check, tuple[Finding, ...]]:
        """The findings of every check that found any."""
        found: dict[Check, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            found[finding.check].append(finding)
        return {check: tuple(own) for check, own in found.items()}

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.check.is_error)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if not f.check.is_error)

    @property
    def statements(self) -> int:
        """How many statements there are in all."""
        return sum(count.capabilities + count.needs for count in self.countries)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values for JSON."""
        values = {"errors": len(self.errors), "warnings": len(self.warnings)} | asdict(self)
        return values | {"day": self.day.isoformat()}


def examine(
    corpus: Corpus,
    taxonomy: Taxonomy,
    day: date,
    *,
    stale_after: int = STALE_AFTER,
    faults: Iterable[FileFault] = (),
) -> Report:
    """The report on a corpus as of a day, and on the faults of files that are not in it.

    A source is stale when it was read more than ``stale_after`` days before.

    >>> report = examine(Corpus.shipped(), Taxonomy.shipped(), date(2026, 12, 1))
    >>> report.errors, sum(origin.count for origin in report.origins) == report.statements
    ((), True)
    """
    partners = list(corpus.profiles.values())
    found = [
        *(Finding(Check.BROKEN_FORMAT, f"{f.file}:{f.line}", detail=_words(f)) for f in faults),
        *(f for p in corpus.organisations.values() for f in _of_entry(p, taxonomy, day, stale_after)),
        *(f for p in corpus.programmes.values() for f in _of_entry(p, taxonomy, day, stale_after)),
        *(Finding(Check.NO_STATEMENT, profile_id) for profile_id in corpus.silent),
        *(f for p in partners for f in _of_profile(p, taxonomy)),
        *_of_fields(partners, taxonomy),
        *(f for p in corpus.programmes.values() for f in _of_programme(p, day)),
    ]
    uses = _uses(partners, taxonomy)
    found += [Finding(Check.UNUSED_CONCEPT, notation) for notation in _unused(uses, taxonomy)]
    order = list(Check)
    counted = [*partners, *corpus.closed.values()]
    return Report(
        day=day,
        stale_after=stale_after,
        snapshot_id=corpus.snapshot_id,
        findings=tuple(sorted(found, key=lambda f: (order.index(f.check), f.about, f.country or ""))),
        countries=_counts(counted, Country, lambda p: (p.country,)),
        kinds=_counts(counted, Kind, lambda p: (p.kind,)),
        fields=_counts(counted, taxonomy.fields, lambda p: p.fields, lambda s, p: fields_of(s, p, taxonomy)),
        languages=_counts(counted, LANGUAGES, lambda p: p.languages, lambda s, _: (s.lang,)),
        subdivisions=_counts(counted, sorted({p.subdivision for p in counted}), lambda p: (p.subdivision,)),
        origins=_tallies(Origin, (origin(s.source, p.website) for p in partners for s in p.statements)),
        hosts=_hosts(partners),
        concepts=uses,
        thin=_thin(found, corpus),
        closed=tuple(corpus.closed),
        programmes=_programmes(list(corpus.programmes.values())),
    )


# --- findings ---------------------------------------------------------------------------------------------------------


def _words(fault: FileFault) -> str:
    return f"{fault.fault.field}: {fault.fault.code} {fault.fault.detail}".rstrip()


def _of_entry(entry: Profile | Programme, taxonomy: Taxonomy, day: date, stale_after: int) -> Iterator[Finding]:
    """What can be wrong with any entry: its sources, their dates, its fields."""
    # The facts of the entry itself have no id of their own; a statement has.
    dated = [("", entry.source, entry.read_on), *((s.id, s.source, s.read_on) for s in entry.statements)]
    oldest = day - timedelta(days=stale_after)
    # Somewhere on earth it is tomorrow already.
    newest = day + timedelta(days=1)
    tests: Mapping[Check, Callable[[str, date], bool]] = {
        Check.NO_SOURCE: lambda source, _: not source,
        Check.NO_DATE: lambda _, read_on: read_on == date.min,
        Check.READ_IN_FUTURE: lambda _, read_on: read_on > newest,
        Check.STALE: lambda _, read_on: date.min < read_on < oldest,
    }
    for check, is_wrong in tests.items():
        wrong = [(i, read_on) for i, source, read_on in dated if is_wrong(source, read_on)]
        if wrong:
            detail = min(read_on for _, read_on in wrong).isoformat() if check is Check.STALE else ""
            yield Finding(check, entry.id, statements=tuple(filter(None, (i for i, _ in wrong))), detail=detail)
    unknown = [field for field in entry.fields if field not in taxonomy.fields]
    if unknown:
        yield Finding(Check.UNKNOWN_FIELD, entry.id, detail=", ".join(unknown))


def _of_profile(profile: Profile, taxonomy: Taxonomy) -> Iterator[Finding]:
    if len(profile.statements) <= FEW:
        yield Finding(Check.FEW_STATEMENTS, profile.id, detail=str(len(profile.statements)))
    if not profile.needs:
        yield Finding(Check.NO_NEED, profile.id)
    elif all(s.is_inferred for s in profile.needs):
        yield Finding(Check.NEEDS_INFERRED, profile.id)
    if len(profile.languages) == 1:
        yield Finding(Check.ONE_LANGUAGE, profile.id, detail=profile.languages[0])
    untagged = tuple(s.id for s in profile.statements if not taxonomy.tag(s.text))
    if untagged:
        yield Finding(Check.UNTAGGED, profile.id, statements=untagged)


def _of_fields(partners: Iterable[Profile], taxonomy: Taxonomy) -> Iterator[Finding]:
    spoken_of = {
        (p.country, s.role, field) for p in partners for s in p.statements for field in fields_of(s, p, taxonomy)
    }
    missing = {Role.NEED: Check.FIELD_WITHOUT_NEEDS, Role.CAPABILITY: Check.FIELD_WITHOUT_CAPABILITIES}
    for field in taxonomy.fields:
        for country in Country:
            for role, check in missing.items():
                if (country, role, field) not in spoken_of:
                    yield Finding(check, field, country)


def _of_programme(programme: Programme, day: date) -> Iterator[Finding]:
    status, opens_on, closes_on = programme.status, programme.opens_on, programme.closes_on
    if status in (ProgrammeStatus.OPEN, ProgrammeStatus.UPCOMING) and closes_on and closes_on < day:
        yield Finding(Check.STATUS_OUTDATED, programme.id, detail=closes_on.isoformat())
    elif status is ProgrammeStatus.UPCOMING and opens_on and opens_on <= day:
        yield Finding(Check.STATUS_OUTDATED, programme.id, detail=opens_on.isoformat())
    if not programme.rules:
        yield Finding(Check.NO_RULES, programme.id)
    if programme.contradictions:
        names = ", ".join(c.field for c in programme.contradictions)
        yield Finding(Check.PAGES_DISAGREE, programme.id, detail=names)


def _thin(findings: Iterable[Finding], corpus: Corpus) -> tuple[Thin, ...]:
    """The thinnest profiles first: those with the most reasons, then those with the fewest statements."""
    checks: dict[str, list[Check]] = defaultdict(list)
    for finding in findings:
        if finding.check in THIN:
            checks[finding.about].append(finding.check)
    thin = (Thin(i, len(corpus.profiles[i].statements), tuple(own)) for i, own in checks.items())
    return tuple(sorted(thin, key=lambda t: (-len(t.checks), t.statements, t.profile_id)))


# --- counts -----------------------------------------------------------------------------------------------------------


def _counts(
    profiles: Sequence[Profile],
    keys: Iterable[str],
    of_profile: Callable[[Profile], Iterable[str]],
    of_statement: Callable[[Statement, Profile], Iterable[str]] | None = None,
) -> tuple[Count, ...]:
    """A count for each key and country that has any, in the order of the keys.

    A statement goes by the keys of its organisation, unless it has its own.
    """
    have: Counter[tuple[str, Country]] = Counter()
    closed: Counter[tuple[str, Country]] = Counter()
    stated: dict[str, Counter[tuple[str, Country]]] = {name: Counter() for name in (*Role, "inferred")}
    for profile in profiles:
        places = [(key, profile.country) for key in of_profile(profile)]
        if profile.closed:
            closed.update(places)
            continue
        have.update(places)
        for s in profile.statements:
            own = [(key, profile.country) for key in of_statement(s, profile)] if of_statement else places
            stated[s.role].update(own)
            stated["inferred"].update(own if s.is_inferred else ())
    capabilities, needs, inferred = (stated[name] for name in (Role.CAPABILITY, Role.NEED, "inferred"))
    return tuple(
        Count(key, country, have[place], closed[place], capabilities[place], needs[place], inferred[place])
        for key in keys
        for country in Country
        if have[place := (key, country)] or closed[place] or capabilities[place] or needs[place]
    )


def _tallies(keys: Iterable[str], found: Iterable[str]) -> tuple[Tally, ...]:
    counts = Counter(found)
    return tuple(Tally(key, counts[key]) for key in keys if counts[key])


def _uses(partners: Iterable[Profile], taxonomy: Taxonomy) -> tuple[Use, ...]:
    """Every concept, the most used first."""
    statements: Counter[str] = Counter()
    organisations: Counter[str] = Counter()
    for profile in partners:
        tags = [taxonomy.tag(s.text) for s in profile.statements]
        statements.update(notation for own in tags for notation in own)
        organisations.update({notation for own in tags for notation in own})
    uses = (Use(notation, statements[notation], organisations[notation]) for notation in taxonomy.concepts)
    return tuple(sorted(uses, key=lambda use: (-use.statements, use.notation)))


def _unused(uses: Iterable[Use], taxonomy: Taxonomy) -> list[str]:
    """The concepts that no statement names, nor anything narrower."""
    named = {use.notation for use in uses if use.statements}
    named |= {broader for notation in named for broader in taxonomy.ancestors(notation)}
    return [n for n, concept in taxonomy.concepts.items() if n not in named and not concept.is_retired]


def _programmes(programmes: Sequence[Programme]) -> Programmes:
    return Programmes(
        total=len(programmes),
        kinds=_tallies(ProgrammeKind, (p.kind for p in programmes)),
        statuses=_tallies(ProgrammeStatus, (p.status for p in programmes)),
        countries=_tallies(Country, (c for p in programmes for c in p.countries)),
        with_rules=sum(bool(p.rules) for p in programmes),
        with_links=sum(bool(p.links) for p in programmes),
        with_contradictions=sum(bool(p.contradictions) for p in programmes),
    )


# --- sources ----------------------------------------------------------------------------------------------------------

# Below these anybody can register a name: one label more belongs to the name of a site. The part of the public suffix
# list (publicsuffix.org) that the two countries and their neighbours on the web need.
_SUFFIXES: Final = re.compile(
    r"(^|\.)(((ac|ad|co|ed|go|gr|lg|ne|or)\.jp)|((ab|bc|mb|nb|nf|nl|ns|nt|nu|on|pe|qc|sk|yk|gc|gov)\.ca)"
    r"|((ac|co|gov|org)\.(uk|kr|nz|za))|((com|edu|gov|net|org)\.(au|br|cn|hk|sg|tw))"
    r"|(github|gitlab|blogspot|wordpress|wixsite|notion|hatenablog|fc2)\.(io|com|site))$"
)
# Governments, universities and public bodies of both countries, and what every country reserves for its own.
_PUBLIC: Final = re.compile(
    r"(^|\.)((go|lg|ac|ed)\.jp|gc\.ca|gov|edu|mil|gov\.\w\w|(canada|alberta|ontario|quebec|manitoba|saskatchewan)\.ca"
    r"|gov\.\w\w\.ca|gouv\.(qc\.ca|fr)|europa\.eu|(ac|gov)\.uk|who\.int)$"
)


def host_of(address: str) -> str:
    """The host of an address, without ``www``.

    >>> host_of("https://WWW.Example.co.jp:8080/en/")
    'example.co.jp'
    """
    return (urlsplit(address).hostname or "").removeprefix("www.")


def site_of(address: str) -> str:
    """The name that somebody registered for a site: what addresses of one owner have in common.

    >>> site_of("https://news.example.co.jp/a"), site_of("https://www.example.ca/"), site_of("https://x.github.io/")
    ('example.co.jp', 'example.ca', 'x.github.io')
    """
    labels = host_of(address).split(".")
    return ".".join(labels[-3 if _SUFFIXES.search(".".join(labels[-2:])) else -2 :])


def origin(source: str, website: str) -> Origin:
    """Who stands behind a source of an organisation with a website.

    >>> [origin(a, "https://www.example.ca/").value for a in (
    ...     "https://news.example.ca/1", "https://www.meti.go.jp/", "https://example.com/")]
    ['own', 'public', 'other']
    """
    if website and site_of(source) == site_of(website):
        return Origin.OWN
    return Origin.PUBLIC if _PUBLIC.search(host_of(source)) else Origin.OTHER


def _hosts(partners: Iterable[Profile]) -> tuple[Host, ...]:
    """The sites that statements name, the most named first."""
    statements: Counter[str] = Counter()
    official: Counter[str] = Counter()
    organisations: dict[str, set[str]] = defaultdict(set)
    for profile in partners:
        for statement in profile.statements:
            host = host_of(statement.source)
            statements[host] += 1
            official[host] += origin(statement.source, profile.website) is not Origin.OTHER
            organisations[host].add(profile.id)
    hosts = (Host(name, count, len(organisations[name]), official[name]) for name, count in statements.items())
    return tuple(sorted(hosts, key=lambda host: (-host.statements, host.name)))
