"""How much a profile in the making lets a matcher and a reader work with, and what would help next.

A profile earns points by a fixed list of :class:`Aim`; how many make which :class:`Grade` is in :data:`_LEAST`. Codes
and numbers only: the sentences live elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

from matcher.document import TEXT_LENGTHS
from matcher.profile import LANGUAGES, Cooperation, Country, Kind, Profile, Role, Size, Statement
from matcher.sentences import Found, fault_of, tells_proof
from matcher.taxonomy import Taxonomy
from matcher.text import guess_language, is_japanese, terms

_E = TypeVar("_E", bound=StrEnum)

# A source read longer ago may no longer say what it said.
OLD: Final = timedelta(days=365)
# Under so many different terms a sentence that names no narrow subject could be anybody's.
_FEW_TERMS: Final = 8
_FEW_TERMS_JA: Final = 12
# How much longer than the least allowed a statement must be to say something.
_SHORT: Final = 1.5


class Grade(StrEnum):
    """How much a profile gives to work with."""

    THIN = "thin"
    FAIR = "fair"
    GOOD = "good"
    RICH = "rich"


class Aim(StrEnum):
    """What a good profile has; each is also the advice to one that lacks it."""

    NO_CONTACT = "no_contact"
    NO_PERSON = "no_person"
    ADD_CAPABILITY = "add_capability"
    ADD_NEED = "add_need"
    SAY_MORE = "say_more"
    BE_SPECIFIC = "be_specific"
    NAME_SUBJECT = "name_subject"
    TELL_PROOF = "tell_proof"
    GIVE_TRL = "give_trl"
    NAME_COOPERATION = "name_cooperation"
    GIVE_SOURCE = "give_source"
    READ_AGAIN = "read_again"
    SECOND_LANGUAGE = "second_language"


# The most that each aim can earn. Statements, and needs above all, are what a match is made of.
POINTS: Final[Mapping[Aim, int]] = {
    Aim.NO_CONTACT: 0,
    Aim.NO_PERSON: 0,
    Aim.ADD_CAPABILITY: 3,
    Aim.ADD_NEED: 4,
    Aim.SAY_MORE: 1,
    Aim.BE_SPECIFIC: 2,
    Aim.NAME_SUBJECT: 1,
    Aim.TELL_PROOF: 2,
    Aim.GIVE_TRL: 1,
    Aim.NAME_COOPERATION: 1,
    Aim.GIVE_SOURCE: 1,
    Aim.READ_AGAIN: 1,
    Aim.SECOND_LANGUAGE: 1,
}
_WANTED: Final[Mapping[Role, int]] = {Role.CAPABILITY: 3, Role.NEED: 2}
_LEAST: Final[Mapping[Grade, int]] = {Grade.THIN: 0, Grade.FAIR: 7, Grade.GOOD: 12, Grade.RICH: 16}


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next, about which statements (none: the profile as a whole), and how many points it can bring."""

    aim: Aim
    statements: tuple[str, ...]
    gain: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """A grade, the points behind it, and advice with the most helpful first.

    ``needed`` is how many points the next grade takes; 0 at the top.
    """

    grade: Grade
    points: int
    needed: int
    advice: tuple[Advice, ...]

    @property
    def next_grade(self) -> Grade | None:
        """What the profile would be called next; None at the top."""
        order = list(Grade)
        return order[order.index(self.grade) + 1] if self.needed else None


def assess(profile: Profile, taxonomy: Taxonomy, day: date) -> Assessment:
    """How much a profile gives to work with as of a day.

    >>> from matcher.corpus import Corpus
    >>> kinova = Corpus.shipped().get("kinova")
    >>> assess(kinova, Taxonomy.shipped(), kinova.read_on).grade in {Grade.GOOD, Grade.RICH}
    True
    """
    found = [*_number(profile), *_whole(profile), *_each(profile, taxonomy, day)]
    points = sum(POINTS.values()) - sum(advice.gain for advice in found)
    is_unfit = any(advice.aim in {Aim.NO_CONTACT, Aim.NO_PERSON} for advice in found)
    # What must not be published is not good, however much there is of it.
    earned = [g for g, least in _LEAST.items() if points >= least and not (is_unfit and least > _LEAST[Grade.FAIR])]
    above = [least for least in _LEAST.values() if least > _LEAST[earned[-1]]]
    order = list(Aim)
    ranked = sorted(found, key=lambda a: (a.gain != 0, -a.gain, order.index(a.aim)))
    return Assessment(earned[-1], points, max(above[0] - points, 1) if above else 0, tuple(ranked))


def _number(profile: Profile) -> Iterator[Advice]:
    for role, aim in ((Role.CAPABILITY, Aim.ADD_CAPABILITY), (Role.NEED, Aim.ADD_NEED)):
        wanted = _WANTED[role]
        lacking = max(wanted - sum(s.role is role for s in profile.statements), 0)
        if lacking:
            yield Advice(aim, (), -(-POINTS[aim] * lacking // wanted))


def _whole(profile: Profile) -> Iterator[Advice]:
    """What one statement is enough for."""
    capabilities = profile.capabilities
    tests: Mapping[Aim, bool] = {
        Aim.TELL_PROOF: any(tells_proof(s.text) for s in capabilities),
        Aim.GIVE_TRL: any(s.trl for s in capabilities),
        Aim.NAME_COOPERATION: 2 * sum(bool(s.cooperation) for s in profile.statements) > len(profile.statements),
        Aim.SECOND_LANGUAGE: len({s.lang for s in profile.statements}) > 1,
    }
    for aim, is_met in tests.items():
        if not is_met:
            yield Advice(aim, (), POINTS[aim])


def _each(profile: Profile, taxonomy: Taxonomy, day: date) -> Iterator[Advice]:
    """What every statement has to be."""
    tests: Mapping[Aim, Callable[[Statement], bool]] = {
        Aim.NO_CONTACT: lambda s: fault_of(s.text) is not Found.CONTACT,
        Aim.NO_PERSON: lambda s: fault_of(s.text) is not Found.PERSON,
        Aim.SAY_MORE: lambda s: len(s.text) >= _SHORT * TEXT_LENGTHS[s.lang][0],
        Aim.BE_SPECIFIC: lambda s: not is_general(s.text, taxonomy),
        Aim.NAME_SUBJECT: lambda s: bool(taxonomy.tag(s.text)),
        Aim.GIVE_SOURCE: lambda s: bool(s.source),
        Aim.READ_AGAIN: lambda s: s.read_on >= day - OLD,
    }
    for aim, is_met in tests.items():
        short = tuple(s.id for s in profile.statements if not is_met(s))
        if short or (POINTS[aim] and not profile.statements):
            yield Advice(aim, short, POINTS[aim])


def is_general(text: str, taxonomy: Taxonomy) -> bool:
    """Whether a sentence could be anybody's: it names no narrow subject, and little else.

    >>> is_general("We offer AI solutions.", Taxonomy.shipped())
    True
    >>> is_general("We design RISC-V accelerators for quantum annealing.", Taxonomy.shipped())
    False
    """
    if any(taxonomy.concepts[notation].broader for notation in taxonomy.tag(text)):
        return False
    return len(set(terms(text))) < (_FEW_TERMS_JA if is_japanese(text) else _FEW_TERMS)


# --- a profile in the making ------------------------------------------------------------------------------------------


def sketch(document: Mapping[str, Any], day: date) -> Profile | None:
    """What can be read of an unfinished document, to rank and to advise on; None where the country is not said.

    What is missing is left blank, what is faulty left out: nothing of it may be published.

    >>> found = sketch({"country": "CA", "statements": [{"id": "c1", "role": "capability", "text": "Makes pumps."}, 7]},
    ...                date(2026, 1, 2))
    >>> found.kind, [s.text for s in found.statements]
    (<Kind.COMPANY: 'company'>, ['Makes pumps.'])
    """
    country = _option(document.get("country"), Country)
    if country is None:
        return None
    statements = document.get("statements")
    read = [_statement(value, day) for value in statements] if isinstance(statements, list) else []
    names = document.get("names")
    return Profile(
        id=str(document.get("id") or ""),
        country=country,
        kind=_option(document.get("kind"), Kind) or Kind.COMPANY,
        names={"en": "", **names} if isinstance(names, dict) else {"en": ""},
        subdivision="",
        city={"en": ""},
        website="",
        fields=tuple(f for f in _list(document.get("fields")) if isinstance(f, str)),
        source="",
        read_on=day,
        statements=tuple(s for s in read if s is not None),
        size=_option(document.get("size"), Size),
    )


def _statement(value: object, day: date) -> Statement | None:
    if not isinstance(value, dict):
        return None
    role, text = _option(value.get("role"), Role), value.get("text")
    if role is None or not isinstance(text, str) or not text.strip():
        return None
    lang, trl, read_on = value.get("lang"), value.get("trl"), day
    with suppress(TypeError, ValueError):
        read_on = date.fromisoformat(value["read_on"]) if value.get("read_on") else day
    return Statement(
        id=str(value.get("id") or ""),
        role=role,
        lang=lang if lang in LANGUAGES else guess_language(text),
        text=text.strip(),
        source=str(value.get("source") or ""),
        read_on=read_on,
        trl=trl if isinstance(trl, int) and 1 <= trl <= 9 else None,
        cooperation=tuple(c for c in Cooperation if c.value in _list(value.get("cooperation"))),
        is_inferred=bool(value.get("inferred")),
    )


def _option(value: object, options: type[_E]) -> _E | None:
    return options(value) if isinstance(value, str) and value in tuple(options) else None


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
