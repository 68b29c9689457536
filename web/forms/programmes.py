"""What the addresses of programme pages ask for; unknown values are dropped.

What only people know of a project stands in the address too, so that a page with answers can be sent to a colleague:
``ip_plan=yes``, ``duration_months=24``, and for one member ``sme.kinova=no``. Nothing of it is stored.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from matcher.consortium import LARGEST
from matcher.eligibility import Assessment, Facts
from matcher.profile import Profile, RuleCode
from web.facets import PROGRAMME_FACETS

NUMBERS: Final = frozenset({"duration_months", "launch_years", "public_share", "people", "revenue", "shares"})
PER_MEMBER: Final = frozenset({"sme", "people", "revenue", "accepted", "shares"})
MOST: Final = {
    "duration_months": 600, "launch_years": 100, "public_share": 100, "people": 10**7, "revenue": 10**14, "shares": 100,
}  # fmt: skip
_ORDER: Final = [f.name for f in fields(Facts)]
_LONGEST: Final = 40
_MOST_IDS: Final = 40


def read_programmes(args: MultiDict[str, str]) -> dict[str, tuple[str, ...]]:
    """The values chosen of each facet.

    >>> read_programmes(MultiDict([("status", "open"), ("status", "ajar"), ("status", "open")]))["status"]
    ('open',)
    """
    return {
        name: tuple(dict.fromkeys(v for v in args.getlist(name) if v in set(values)))
        for name, values in PROGRAMME_FACETS.items()
    }


def read_ids(args: MultiDict[str, str], name: str) -> tuple[str, ...]:
    """Organisations named in an address, each once."""
    return tuple(dict.fromkeys(i.strip() for i in args.getlist(name)[:_MOST_IDS] if i.strip()))


def read_size(args: MultiDict[str, str]) -> int:
    """How many members a consortium is to have at least; 0 where nothing usable is said."""
    text = args.get("size", "")
    return min(int(text), LARGEST) if text.isdecimal() and len(text) <= 4 else 0


@dataclass(frozen=True, slots=True)
class FactField:
    """One question of the form: its name in the address, the field of ``Facts``, whom it is about, what was typed.

    ``fault`` is the code of what is wrong with it.
    """

    name: str
    fact: str
    member: str | None
    text: str
    fault: str | None

    @property
    def is_number(self) -> bool:
        return self.fact in NUMBERS


@dataclass(frozen=True, slots=True)
class FactForm:
    """What was told of a project, as far as it can be used, and everything that was typed."""

    facts: Facts
    texts: Mapping[str, str]
    faults: Mapping[str, str]

    def fields(self, assessments: Iterable[Assessment], members: Sequence[Profile]) -> tuple[FactField, ...]:
        """The questions of some assessments, and those already answered, in the order of :class:`Facts`."""
        asked = {(fact, who) for a in assessments for fact, who in _asked(a, members)}
        asked |= {_split(name) for name in self.texts}
        known = {p.id for p in members}
        found = sorted(
            ((f, m) for f, m in asked if m is None or m in known), key=lambda one: (_ORDER.index(one[0]), one[1] or "")
        )
        return tuple(self._field(fact, member) for fact, member in found)

    def _field(self, fact: str, member: str | None) -> FactField:
        name = f"{fact}.{member}" if member else fact
        return FactField(name, fact, member, self.texts.get(name, ""), self.faults.get(name))

    @property
    def query(self) -> list[tuple[str, str]]:
        """What was typed, for the address of a page that goes on from here."""
        return sorted(self.texts.items())

    def with_contradiction(self) -> FactForm:
        """The same, with the shares set aside and marked: they cannot all be true."""
        kept = {f.name: getattr(self.facts, f.name) for f in fields(Facts) if f.name != "shares"}
        wrong = {name: "shares" for name in self.texts if _split(name)[0] == "shares"}
        return FactForm(Facts(**kept), self.texts, {**self.faults, **wrong})


def read_facts(args: MultiDict[str, str]) -> FactForm:
    """What the address tells of a project.

    >>> form = read_facts(MultiDict({"ip_plan": "yes", "sme.kinova": "no", "people.kinova": "few"}))
    >>> form.facts.ip_plan, form.facts.sme, form.faults
    (True, {'kinova': False}, {'people.kinova': 'number'})
    """
    values: dict[str, Any] = {}
    texts: dict[str, str] = {}
    faults: dict[str, str] = {}
    for name, text in args.items():
        fact, member = _split(name)
        if not is_fact(name) or not text.strip():
            continue
        value, fault = _number(text, MOST[fact]) if fact in NUMBERS else (_YES_NO.get(text), None)
        if value is None and fault is None:
            continue
        texts[name] = text.strip()[:_LONGEST]
        if fault:
            faults[name] = fault
        elif member is None:
            values[fact] = value
        else:
            values.setdefault(fact, {})[member] = int(value) if fact == "people" else value  # type: ignore[arg-type]
    return FactForm(Facts(**values), texts, faults)


def is_fact(name: str) -> bool:
    """Whether an address may tell something under this name.

    >>> is_fact("ip_plan"), is_fact("sme.kinova"), is_fact("sme"), is_fact("colour")
    (True, True, False, False)
    """
    fact, member = _split(name)
    return fact in _ORDER and (fact in PER_MEMBER) == (member is not None)


_YES_NO: Final[Mapping[str, Any]] = {"yes": True, "no": False}


def _split(name: str) -> tuple[str, str | None]:
    fact, dot, member = name.partition(".")
    return fact, member if dot else None


def _number(text: str, most: float) -> tuple[float | None, str | None]:
    """A number as people type it: full-width digits, spaces, a comma for the decimals."""
    plain = unicodedata.normalize("NFKC", text).replace("\u202f", "").replace(" ", "").removesuffix("%")
    if plain.count(",") == 1 and "." not in plain and len(plain.partition(",")[2]) != 3:
        plain = plain.replace(",", ".")
    try:
        value = float(plain.replace(",", ""))
    except ValueError:
        return None, "number"
    if not math.isfinite(value):
        return None, "number"
    return (value, None) if 0 <= value <= most else (None, "range")


def _asked(assessment: Assessment, members: Sequence[Profile]) -> set[tuple[str, str | None]]:
    found: set[tuple[str, str | None]] = set()
    for question in assessment.questions:
        if question.fact in PER_MEMBER:
            found |= {(question.fact, m) for m in question.members}
        elif question.fact:
            found.add((question.fact, None))
    if any(c.code is RuleCode.MAX_SHARE for c in assessment.checks):
        found |= {("shares", p.id) for p in members}
    return found
