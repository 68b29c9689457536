"""A match as it was on the day it was kept, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from matcher.explain import Explanation, Side
from matcher.match import Band, Level, Relation
from matcher.profile import Profile, Statement

Change = Literal["added", "changed", "removed"]


@dataclass(frozen=True, slots=True)
class KeptStatement:
    """The words of a statement, in their language, with their source."""

    id: str
    role: str
    lang: str
    text: str
    source: str
    read_on: str
    is_inferred: bool = False
    is_withheld: bool = False

    @classmethod
    def of(cls, statement: Statement) -> Self:
        """What is kept of a statement."""
        return cls(
            statement.id, statement.role.value, statement.lang, statement.text, statement.source,
            statement.read_on.isoformat(), statement.is_inferred, statement.is_withheld,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a kept match: its names by language and all it stated."""

    id: str
    names: Mapping[str, str]
    country: str
    kind: str
    statements: tuple[KeptStatement, ...]

    @classmethod
    def of(cls, profile: Profile) -> Self:
        """What is kept of an organisation."""
        statements = tuple(KeptStatement.of(s) for s in profile.statements)
        return cls(profile.id, dict(profile.names), profile.country.value, profile.kind.value, statements)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """A party from stored JSON."""
        statements = tuple(KeptStatement(**s) for s in document["statements"])
        return cls(document["id"], document["names"], document["country"], document["kind"], statements)

    def name(self, lang: str) -> str:
        return self.names.get(lang) or self.names["en"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A match as it was: its explanation as JSON (``Explanation.to_dict()``) and both parties in their own words."""

    match: Mapping[str, Any]
    seeker: Party
    partner: Party
    best_relation: Relation

    @classmethod
    def of(cls, explanation: Explanation, seeker: Profile, partner: Profile, best_relation: Relation) -> Self:
        """What is kept of a match. ``best_relation`` is the one in which the pair fits best, whichever was chosen."""
        return cls(explanation.to_dict(), Party.of(seeker), Party.of(partner), best_relation)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """A snapshot from stored JSON."""
        parties = Party.read(document["seeker"]), Party.read(document["partner"])
        return cls(document["match"], *parties, Relation(document["best_relation"]))

    def document(self) -> dict[str, Any]:
        """Plain values for JSON; the inverse of :meth:`read`."""
        return {
            "match": dict(self.match),
            "seeker": asdict(self.seeker),
            "partner": asdict(self.partner),
            "best_relation": self.best_relation.value,
        }

    @property
    def fit(self) -> float:
        return float(self.match["fit"])

    @property
    def band(self) -> Band:
        return Band(self.match["band"])

    @property
    def relation(self) -> Relation:
        return Relation(self.match["relation"])

    @property
    def level(self) -> Level:
        return Level(self.match["confidence"]["level"])

    def evidence(self, side: Side | str) -> tuple[tuple[KeptStatement, KeptStatement, str], ...]:
        """What was wanted, what met it, and how far, the strongest first."""
        side = Side(side)
        wants, has = (self.seeker, self.partner) if side is Side.GETS else (self.partner, self.seeker)
        stated = {s.id: s for s in wants.statements}, {s.id: s for s in has.statements}
        found = [e for e in self.match["evidence"] if e["side"] == side.value]
        found.sort(key=lambda e: -e["points"])
        return tuple((stated[0][e["wanted"]["id"]], stated[1][e["met_by"]["id"]], e["coverage"]) for e in found)


@dataclass(frozen=True, slots=True)
class StatementChange:
    """A statement that one party has added, reworded or taken back since."""

    party_id: str
    change: Change
    before: KeptStatement | None
    now: KeptStatement | None


@dataclass(frozen=True, slots=True)
class Since:
    """What has changed since a snapshot. ``now`` is missing where the pair can no longer be matched.

    ``gone`` names parties that are no longer in the data. Each pair of values is before and now.
    """

    gone: tuple[str, ...]
    fit: tuple[float, float] | None
    band: tuple[Band, Band] | None
    level: tuple[Level, Level] | None
    relation: tuple[Relation, Relation] | None
    statements: tuple[StatementChange, ...]

    @property
    def is_unchanged(self) -> bool:
        return not (self.gone or self.fit or self.band or self.level or self.relation or self.statements)


def changes_since(snapshot: Snapshot, now: Snapshot | None, *, gone: tuple[str, ...] = ()) -> Since:
    """What differs between a snapshot and the same pair now; ``now`` is None where a party is gone.

    A fit counts as changed from a hundredth of a point on, which is what pages show.
    """
    if now is None:
        return Since(gone, None, None, None, None, ())
    has_moved = round(100 * snapshot.fit, 2) != round(100 * now.fit, 2)
    relations = snapshot.best_relation, now.best_relation
    if snapshot.relation is not now.relation:
        # The relation that was chosen is no longer open to the pair.
        relations = snapshot.relation, now.relation
    return Since(
        gone=gone,
        fit=(snapshot.fit, now.fit) if has_moved else None,
        band=(snapshot.band, now.band) if snapshot.band is not now.band else None,
        level=(snapshot.level, now.level) if snapshot.level is not now.level else None,
        relation=relations if relations[0] is not relations[1] else None,
        statements=(*_reworded(snapshot.seeker, now.seeker), *_reworded(snapshot.partner, now.partner)),
    )


def _reworded(before: Party, now: Party) -> Iterator[StatementChange]:
    old, new = {s.id: s for s in before.statements}, {s.id: s for s in now.statements}
    for statement_id in dict.fromkeys((*old, *new)):
        was, is_now = old.get(statement_id), new.get(statement_id)
        if was is None:
            yield StatementChange(now.id, "added", None, is_now)
        elif is_now is None:
            yield StatementChange(now.id, "removed", was, None)
        elif (was.role, was.lang, was.text) != (is_now.role, is_now.lang, is_now.text):
            yield StatementChange(now.id, "changed", was, is_now)
