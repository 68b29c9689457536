"""Profiles and programmes as JSON documents: read with every fault at once, and written.

The format is described in ``data/README.md``. A fault names its field, so that a form, an import or a data file can
point at it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from matcher.profile import (
    LANGUAGES,
    Budget,
    Closure,
    Contradiction,
    Cooperation,
    Country,
    Kind,
    Profile,
    Programme,
    ProgrammeKind,
    ProgrammeStatus,
    Reading,
    Role,
    Rule,
    RuleCode,
    Size,
    Statement,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field: a code and its parameters, never a sentence.

    ``path`` leads to the field through the JSON document, for example ``("statements", 2, "lang")``.
    """

    path: tuple[str | int, ...]
    code: str
    detail: str = ""

    @property
    def field(self) -> str:
        """The path as people write it.

        >>> Fault(("statements", 2, "lang"), "choice").field
        'statements[2].lang'
        """
        text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return text.lstrip(".") or "(document)"


class InvalidDocument(ValueError):
    """A profile or programme document has faults; ``faults`` lists all of them."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{f.field}: {f.code} {f.detail}".rstrip() for f in self.faults))


_T = TypeVar("_T")


_E = TypeVar("_E", bound=StrEnum)


_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


_HALVES = re.compile("[\ud800-\udfff]")


_STATEMENT_ID = re.compile(r"[cn][1-9][0-9]?")


_SUBDIVISION = re.compile(r"(JP-(0[1-9]|[1-3][0-9]|4[0-7])|CA-(AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT))")


_IDENTIFIERS: Final = {
    "ror": re.compile(r"https://ror\.org/0[a-z0-9]{6}[0-9]{2}"),
    "wikidata": re.compile(r"Q[1-9][0-9]*"),
    "corporate_number": re.compile(r"[1-9][0-9]{12}"),
    "lei": re.compile(r"[A-Z0-9]{18}[0-9]{2}"),
    "business_number": re.compile(r"[0-9]{9}"),
}


CURRENCIES: Final = ("CAD", "JPY", "USD", "EUR")


MIN_CAPABILITIES: Final = 3


MIN_NEEDS: Final = 2


TEXT_LENGTHS: Final = {"en": (20, 400), "fr": (20, 400), "ja": (10, 200)}


class _Reader:
    """Reads one JSON object field by field, noting faults instead of stopping at the first."""

    def __init__(self, value: object, path: tuple[str | int, ...], faults: list[Fault]) -> None:
        self.path = path
        self.faults = faults
        self.seen: set[str] = set()
        self.is_object = isinstance(value, dict)
        self.value: Mapping[str, Any] = value if isinstance(value, dict) else {}
        if not self.is_object:
            faults.append(Fault(path, "object"))

    def fault(self, name: str, code: str, detail: str = "") -> None:
        self.faults.append(Fault((*self.path, name), code, detail))

    def get(self, name: str, kind: type[_T], *, required: bool = True) -> _T | None:
        self.seen.add(name)
        value = self.value.get(name)
        if value is None:
            if required and self.is_object:
                self.fault(name, "required")
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.fault(name, "type", kind.__name__)
            return None
        return value

    def text(
        self, name: str, check: Callable[[str], bool] | None = None, code: str = "format", *, required: bool = True
    ) -> str:
        value = self.get(name, str, required=required)
        if value is None:
            return ""
        value = value.strip()
        if not value:
            self.fault(name, "required")
        elif not _is_text(value):
            self.fault(name, "format", ascii(value))
        elif check is not None and not check(value):
            self.fault(name, code, value)
        return value

    def choice(self, name: str, options: type[_E], *, required: bool = True) -> _E | None:
        value = self.text(name, required=required)
        return self._option(value, options, (*self.path, name)) if value else None

    def _option(self, value: Any, options: type[_E], path: tuple[str | int, ...]) -> _E | None:
        try:
            return options(value)
        except ValueError:
            self.faults.append(Fault(path, "choice", f"{value!r} not in {', '.join(options)}"))
            return None

    def choices(self, name: str, options: type[_E]) -> tuple[_E, ...]:
        found = (self._option(v, options, (*self.path, name, i)) for i, v in enumerate(self.items(name)))
        return tuple(option for option in found if option is not None)

    def items(self, name: str, *, required: bool = False) -> list[Any]:
        return self.get(name, list, required=required) or []

    def texts(self, name: str, *, required: bool = False) -> tuple[str, ...]:
        values = self.items(name, required=required)
        for index, value in enumerate(values):
            if not _is_text(value):
                self.faults.append(Fault((*self.path, name, index), "type", "str"))
        return tuple(v.strip() for v in values if isinstance(v, str) and v.strip())

    def by_language(self, name: str) -> Mapping[str, str]:
        values = self.get(name, dict) or {}
        for lang, text in values.items():
            if lang not in LANGUAGES:
                self.faults.append(Fault((*self.path, name, lang), "choice", f"not in {', '.join(LANGUAGES)}"))
            elif not _is_text(text):
                self.faults.append(Fault((*self.path, name, lang), "type", "str"))
        if isinstance(self.value.get(name), dict) and "en" not in values:
            self.faults.append(Fault((*self.path, name, "en"), "required"))
        return {lang: text.strip() for lang, text in values.items() if isinstance(text, str)}

    def day(self, name: str, *, required: bool = True) -> date:
        value = self.text(name, required=required)
        try:
            return date.fromisoformat(value)
        except ValueError:
            if value:
                self.fault(name, "date", value)
            return date.min

    def optional_date(self, name: str) -> date | None:
        value = self.day(name, required=False)
        return None if value == date.min else value

    def whole(self, name: str, low: int, high: int, *, required: bool = False) -> int | None:
        value = self.get(name, int, required=required)
        if value is not None and not low <= value <= high:
            self.fault(name, "range", f"{low}–{high}")
        return value

    def address(self, name: str, *, required: bool = True) -> str:
        return self.text(name, _is_address, "address", required=required)

    def close(self) -> None:
        for name in self.value:
            if name not in self.seen:
                self.fault(str(name), "unknown")


def _is_text(value: object) -> bool:
    """Whether a value is text with something in it; JSON can also spell half a character, which nothing can store."""
    return isinstance(value, str) and bool(value.strip()) and not _HALVES.search(value)


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in parts.netloc and not any(c.isspace() for c in value)


def _statement(value: object, path: tuple[str | int, ...], faults: list[Fault]) -> Statement | None:
    before = len(faults)
    read = _Reader(value, path, faults)
    statement_id = read.text("id", lambda v: _STATEMENT_ID.fullmatch(v) is not None)
    role = read.choice("role", Role)
    lang = read.text("lang", LANGUAGES.__contains__, "choice")
    text = read.text("text")
    low, high = TEXT_LENGTHS.get(lang, (1, 400))
    if text and not low <= len(text) <= high:
        read.fault("text", "length", f"{len(text)}, expected {low}–{high}")
    if role and _STATEMENT_ID.fullmatch(statement_id) and statement_id[0] != role.value[0]:
        read.fault("id", "format", f"{statement_id} on a {role}")
    inferred = read.get("inferred", bool, required=False) or False
    if inferred and role is Role.CAPABILITY:
        read.fault("inferred", "unknown", "only a need can be inferred")
    trl, cooperation = read.whole("trl", 1, 9), read.choices("cooperation", Cooperation)
    source, read_on = read.address("source"), read.day("read_on")
    read.close()
    if len(faults) > before or role is None:
        return None
    return Statement(statement_id, role, lang, text, source, read_on, trl, cooperation, inferred)


def _statements(read: _Reader, minimum: Mapping[Role, int]) -> tuple[Statement, ...]:
    values = read.items("statements", required=True)
    parsed = [_statement(v, (*read.path, "statements", i), read.faults) for i, v in enumerate(values)]
    statements = tuple(s for s in parsed if s is not None)
    seen: set[str] = set()
    for index, statement in enumerate(parsed):
        if statement and statement.id in seen:
            read.faults.append(Fault((*read.path, "statements", index, "id"), "duplicate", statement.id))
        seen.update([statement.id] if statement else [])
    if isinstance(read.value.get("statements"), list) and len(statements) == len(values):
        for role, count in minimum.items():
            have = sum(s.role is role for s in statements)
            if have < count:
                read.fault("statements", "too_few", f"{role}: {have}, expected at least {count}")
    return statements


def _document(value: object) -> _Reader:
    read = _Reader(value, (), [])
    if read.faults:
        raise InvalidDocument(read.faults)
    return read


def _finish(read: _Reader) -> None:
    read.close()
    if read.faults:
        raise InvalidDocument(read.faults)


def parse_profile(value: object, *, fields: Iterable[str] | None = None, complete: bool = True) -> Profile:
    """An organisation from its JSON document (format: ``data/README.md``).

    Parameters: ``fields``, where given, are the only field notations allowed; ``complete=False`` asks for no statement,
    field, website or Japanese name, for drafts and for organisations of which little is known yet. Raises
    :class:`InvalidDocument` naming every fault.

    >>> parse_profile({"id": "Bad Id", "country": "FR"})
    Traceback (most recent call last):
    ...
    matcher.document.InvalidDocument: id: format Bad Id; country: choice 'FR' not in JP, CA; ...
    """
    read = _document(value)
    faults = read.faults
    profile_id = read.text("id", lambda v: _ID.fullmatch(v) is not None)
    country, kind = read.choice("country", Country), read.choice("kind", Kind)
    names, aliases = read.by_language("names"), read.texts("aliases")
    if complete and country is Country.JP and names and "ja" not in names:
        faults.append(Fault(("names", "ja"), "required"))
    subdivision = read.text("subdivision", lambda v: _SUBDIVISION.fullmatch(v) is not None)
    if country and _SUBDIVISION.fullmatch(subdivision) and not subdivision.startswith(country):
        read.fault("subdivision", "format", f"{subdivision} is not in {country}")
    city, website = read.by_language("city"), read.address("website", required=complete)
    identifiers = read.get("identifiers", dict, required=False) or {}
    for scheme, identifier in identifiers.items():
        pattern = _IDENTIFIERS.get(scheme)
        if pattern is None:
            faults.append(Fault(("identifiers", scheme), "unknown"))
        elif not isinstance(identifier, str) or not pattern.fullmatch(identifier):
            faults.append(Fault(("identifiers", scheme), "format", str(identifier)))
    founded, size = read.whole("founded", 1000, 2100), read.choice("size", Size, required=False)
    closed = _closure(read.get("closed", object, required=False), faults)
    own_fields = _fields(read, fields, required=complete)
    source, read_on = read.address("source"), read.day("read_on")
    minimum = {Role.CAPABILITY: MIN_CAPABILITIES, Role.NEED: MIN_NEEDS} if complete else {}
    if closed:
        minimum = {Role.CAPABILITY: min(1, minimum.get(Role.CAPABILITY, 0))}
    statements = _statements(read, minimum)
    _finish(read)
    assert country is not None  # noqa: S101 - _finish raised otherwise
    assert kind is not None  # noqa: S101 - the same
    return Profile(
        profile_id,
        country,
        kind,
        names,
        subdivision,
        city,
        website,
        own_fields,
        source,
        read_on,
        statements,
        aliases,
        identifiers,
        founded,
        size,
        closed,
    )


def _closure(value: object | None, faults: list[Fault]) -> Closure | None:
    if value is None:
        return None
    read = _Reader(value, ("closed",), faults)
    year, successor = read.whole("year", 1000, 2100, required=True), read.text("successor", required=False) or None
    source, read_on = read.address("source"), read.day("read_on")
    read.close()
    return Closure(year, source, read_on, successor) if year is not None else None


def _fields(read: _Reader, allowed: Iterable[str] | None, *, required: bool = True) -> tuple[str, ...]:
    values = read.texts("fields", required=required)
    known = None if allowed is None else set(allowed)
    for index, value in enumerate(values):
        if known is not None and value not in known:
            read.faults.append(Fault((*read.path, "fields", index), "choice", f"{value!r} is not a top concept"))
    if isinstance(read.value.get("fields"), list) and not (1 if required else 0) <= len(values) <= 3:
        read.fault("fields", "range", "1–3")
    return values


def parse_programme(value: object, *, fields: Iterable[str] | None = None) -> Programme:
    """A programme from its JSON document (format: ``data/README.md``); raises :class:`InvalidDocument`."""
    read = _document(value)
    faults = read.faults
    programme_id = read.text("id", lambda v: _ID.fullmatch(v) is not None)
    kind, status = read.choice("kind", ProgrammeKind), read.choice("status", ProgrammeStatus)
    names, aliases = read.by_language("names"), read.texts("aliases")
    countries, operators = read.choices("countries", Country), read.texts("operators", required=True)
    if not countries:
        read.fault("countries", "required")
    website, own_fields = read.address("website"), _fields(read, fields)
    edition = read.text("edition", required=False) or None
    opens_on, closes_on = read.optional_date("opens_on"), read.optional_date("closes_on")
    if opens_on and closes_on and closes_on < opens_on:
        read.fault("closes_on", "range", "before opens_on")
    founded = read.whole("founded", 1000, 2100)
    source, read_on = read.address("source"), read.day("read_on")
    rules = tuple(r for i, v in enumerate(read.items("rules")) if (r := _rule(v, ("rules", i), faults)) is not None)
    links, budget = _links(read), _budget(read.get("budget", object, required=False), faults)
    contradictions = tuple(
        c for i, v in enumerate(read.items("contradictions")) if (c := _contradiction(v, i, faults)) is not None
    )
    statements = _statements(read, {Role.CAPABILITY: 1, Role.NEED: 1})
    _finish(read)
    assert kind is not None  # noqa: S101 - _finish raised otherwise
    assert status is not None  # noqa: S101 - the same
    return Programme(
        programme_id,
        kind,
        names,
        countries,
        operators,
        website,
        own_fields,
        status,
        source,
        read_on,
        statements,
        aliases,
        edition,
        opens_on,
        closes_on,
        founded,
        rules,
        links,
        budget,
        contradictions,
    )


def _links(read: _Reader) -> Mapping[str, str]:
    links = read.get("links", dict, required=False) or {}
    inner = _Reader(links, ("links",), read.faults)
    found = {lang: inner.text(lang, _is_address, "address", required=False) for lang in LANGUAGES}
    inner.close()
    return {lang: address for lang, address in found.items() if address}


def _budget(value: object | None, faults: list[Fault]) -> Budget | None:
    if value is None:
        return None
    read = _Reader(value, ("budget",), faults)
    currency = read.text("currency", CURRENCIES.__contains__, "choice")
    amount = read.whole("amount", 1, 10**15, required=True)
    source, read_on = read.address("source"), read.day("read_on")
    read.close()
    return Budget(currency, amount, source, read_on) if amount is not None else None


def _contradiction(value: object, index: int, faults: list[Fault]) -> Contradiction | None:
    before = len(faults)
    read = _Reader(value, ("contradictions", index), faults)
    name, values = read.text("field"), read.items("values", required=True)
    readings = []
    for i, item in enumerate(values):
        each = _Reader(item, (*read.path, "values", i), faults)
        readings.append(Reading(each.text("value"), each.address("source"), each.day("read_on")))
        each.close()
    if values and len({reading.value for reading in readings}) < 2:
        read.fault("values", "too_few", "expected at least two that differ")
    read.close()
    return Contradiction(name, tuple(readings)) if len(faults) == before else None


def _rule(value: object, path: tuple[str | int, ...], faults: list[Fault]) -> Rule | None:
    before = len(faults)
    read = _Reader(value, path, faults)
    code = read.choice("rule", RuleCode)
    shape = _RULE_SHAPES.get(code) if code else None
    rule_value = read.get("value", object)
    if shape is not None and rule_value is not None and not shape(rule_value):
        read.fault("value", "format", str(rule_value))
    source, read_on = read.address("source"), read.day("read_on")
    edition = read.text("edition", required=False) or None
    read.close()
    if len(faults) > before or code is None:
        return None
    return Rule(code, rule_value, source, read_on, edition)


def _is_object_of(**checks: Callable[[Any], bool]) -> Callable[[object], bool]:
    """A check that a value is an object with only these keys, at least one of them, each passing its check."""

    def check(value: object) -> bool:
        return isinstance(value, dict) and bool(value) and all(k in checks and checks[k](v) for k, v in value.items())

    return check


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_percent(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 100


def _is_kinds(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(k in tuple(Kind) for k in value)


def _is_day(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None and _is_date(value)


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_range(value: object) -> bool:
    """Limits of which at least one is given, the lower first."""
    return _is_object_of(min=_is_count, max=_is_count)(value) and _is_ordered(value)


def _is_ordered(value: Any) -> bool:
    return "min" not in value or "max" not in value or value["min"] <= value["max"]


def _is_revenue(value: object) -> bool:
    amounts = _is_object_of(currency=CURRENCIES.__contains__, min=_is_count, max=_is_count)
    return amounts(value) and isinstance(value, dict) and "currency" in value and len(value) > 1 and _is_ordered(value)


# Whom a rule speaks of: the keys that `applicant` and `role` share.
_WHO: Final[Mapping[str, Callable[[Any], bool]]] = {
    "country": lambda v: v in tuple(Country),
    "kinds": _is_kinds,
    "unclear_kinds": _is_kinds,
    "sme": lambda v: isinstance(v, bool),
    "max_people": lambda v: _is_count(v) and v > 0,
    "min_people": lambda v: _is_count(v) and v > 0,
    "revenue": _is_revenue,
    "subdivisions": lambda v: isinstance(v, list) and bool(v) and all(_is_subdivision(s) for s in v),
}


def _is_subdivision(value: object) -> bool:
    return isinstance(value, str) and _SUBDIVISION.fullmatch(value) is not None


_RULE_SHAPES: Final[Mapping[RuleCode, Callable[[object], bool]]] = {
    RuleCode.APPLICANT: _is_object_of(**_WHO),
    RuleCode.ROLE: _is_object_of(**_WHO, count=lambda v: _is_count(v) and v > 0),
    RuleCode.MIN_MEMBERS: _is_object_of(JP=_is_count, CA=_is_count),
    RuleCode.MAX_SHARE: _is_object_of(of=lambda v: v in ("organisation", "country"), percent=_is_percent),
    RuleCode.FUNDING_CAP: _is_object_of(
        country=lambda v: v in tuple(Country),
        currency=CURRENCIES.__contains__,
        amount=_is_count,
        percent=_is_percent,
    ),
    RuleCode.STACKING_LIMIT: _is_object_of(percent=_is_percent),
    RuleCode.DURATION_MONTHS: _is_range,
    RuleCode.LAUNCH_YEARS: _is_range,
    RuleCode.DATES: _is_object_of(registration=_is_day, interest=_is_day, submission=_is_day, result=_is_day),
    RuleCode.EXCLUDED_TOPICS: lambda v: isinstance(v, list) and bool(v) and all(isinstance(t, str) and t for t in v),
    **{
        code: lambda v: v is True
        for code in (
            RuleCode.UNRELATED_PARTIES,
            RuleCode.IP_PLAN,
            RuleCode.CONSORTIUM_AGREEMENT,
            RuleCode.CONFIRMED_INTEREST,
            RuleCode.CIVILIAN_ONLY,
            RuleCode.BEFORE_AGREEMENT,
            RuleCode.DECISION_AUTHORITY,
            RuleCode.PARTNER_FUNDING,
        )
    },
}


def profile_document(profile: Profile) -> dict[str, Any]:
    """The JSON document of a profile: the inverse of :func:`parse_profile`."""
    document: dict[str, Any] = {
        "id": profile.id,
        "country": profile.country.value,
        "kind": profile.kind.value,
        "names": dict(profile.names),
        "aliases": list(profile.aliases),
        "subdivision": profile.subdivision,
        "city": dict(profile.city),
        "website": profile.website,
        "founded": profile.founded,
        "size": profile.size.value if profile.size else None,
        "identifiers": dict(profile.identifiers),
        "closed": _closure_document(profile.closed),
        "fields": list(profile.fields),
        "source": profile.source,
        "read_on": profile.read_on.isoformat(),
    }
    document = {name: value for name, value in document.items() if value not in (None, [], {}, "")}
    return document | {"statements": [_statement_document(s) for s in profile.statements]}


def programme_document(programme: Programme) -> dict[str, Any]:
    """The JSON document of a programme: the inverse of :func:`parse_programme`."""
    document: dict[str, Any] = {
        "id": programme.id,
        "kind": programme.kind.value,
        "names": dict(programme.names),
        "aliases": list(programme.aliases),
        "countries": [c.value for c in programme.countries],
        "operators": list(programme.operators),
        "website": programme.website,
        "fields": list(programme.fields),
        "edition": programme.edition,
        "status": programme.status.value,
        "opens_on": programme.opens_on.isoformat() if programme.opens_on else None,
        "closes_on": programme.closes_on.isoformat() if programme.closes_on else None,
        "founded": programme.founded,
        "source": programme.source,
        "read_on": programme.read_on.isoformat(),
        "rules": [_rule_document(r) for r in programme.rules],
        "links": dict(programme.links),
        "budget": _budget_document(programme.budget),
        "contradictions": [
            {"field": c.field, "values": [{"value": v.value, **_sourced(v)} for v in c.values]}
            for c in programme.contradictions
        ],
    }
    document = {name: value for name, value in document.items() if value not in (None, [], {})}
    return document | {"statements": [_statement_document(s) for s in programme.statements]}


def _sourced(fact: Closure | Budget | Reading | Rule) -> dict[str, str]:
    return {"source": fact.source, "read_on": fact.read_on.isoformat()}


def _rule_document(rule: Rule) -> dict[str, Any]:
    edition = {"edition": rule.edition} if rule.edition else {}
    return {"rule": rule.code.value, "value": rule.value, **edition, **_sourced(rule)}


def _closure_document(closed: Closure | None) -> dict[str, Any] | None:
    if closed is None:
        return None
    document = {"year": closed.year, "successor": closed.successor, **_sourced(closed)}
    return {name: value for name, value in document.items() if value is not None}


def _budget_document(budget: Budget | None) -> dict[str, Any] | None:
    return {"currency": budget.currency, "amount": budget.amount, **_sourced(budget)} if budget else None


def _statement_document(statement: Statement) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": statement.id,
        "role": statement.role.value,
        "lang": statement.lang,
        "text": statement.text,
        "trl": statement.trl,
        "cooperation": [c.value for c in statement.cooperation],
        "inferred": statement.is_inferred or None,
        "source": statement.source,
        "read_on": statement.read_on.isoformat(),
    }
    return {name: value for name, value in document.items() if value not in (None, [], {})}
