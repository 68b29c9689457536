"""What a ranking says of a pair: the match with its parts, which add up, and the filters and words around it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.profile import Cooperation, Kind, Profile, Readiness

if TYPE_CHECKING:
    import pandas as pd


class Band(StrEnum):
    """A word for how good a fit is; the lower bounds are in :data:`BANDS`."""

    STRONG = "strong"
    PROMISING = "promising"
    POSSIBLE = "possible"


class Level(StrEnum):
    """A word for how much is known of a pair; the lower bounds are in :data:`LEVELS`."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


# Round numbers, measured on judged pairs: from the first, three in four are worth a talk; at the second, the chance of
# it is about one quarter. How many of each band were, on organisations not measured on, is in docs/scoring.md.
BANDS: Final = {Band.STRONG: 0.2, Band.PROMISING: 0.11, Band.POSSIBLE: 0.0}


LEVELS: Final = {Level.HIGH: 0.7, Level.MEDIUM: 0.55, Level.LOW: 0.0}


class Relation(StrEnum):
    """What the two would be to each other."""

    CO_DEVELOPMENT = "co_development"
    SUPPLY = "supply"
    PEER = "peer"


@dataclass(frozen=True, slots=True)
class Signals:
    """The parts of one statement similarity; they add up to ``total``. Hubness is zero or negative."""

    meaning: float
    terms: float
    concepts: float
    hubness: float

    @property
    def total(self) -> float:
        return self.meaning + self.terms + self.concepts + self.hubness

    def to_dict(self) -> dict[str, float]:
        """Plain values for JSON."""
        return {"meaning": self.meaning, "terms": self.terms, "concepts": self.concepts, "hubness": self.hubness}


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one statement adds to an affinity: ``value == weight * signals.total``.

    ``wanted_id`` is the statement that asks (a need; between peers, any statement), ``met_by_id`` the statement of the
    other side that answers best. A statement that nothing answers has weight and value 0.
    """

    wanted_id: str
    met_by_id: str
    similarity: float
    weight: float
    value: float
    signals: Signals


@dataclass(frozen=True, slots=True)
class Affinity:
    """How well one side's wants are met by the other; the contributions add up to ``value``."""

    value: float
    contributions: tuple[Contribution, ...]


class Likeness(StrEnum):
    """In what two profiles as wholes can be alike."""

    MEANING = "meaning"
    KINSHIP = "kinship"
    TERMS = "terms"
    CONCEPTS = "concepts"


@dataclass(frozen=True, slots=True)
class GroundPart:
    """One likeness of two profiles, 0 to 1, and how much it counts."""

    likeness: Likeness
    similarity: float
    weight: float

    @property
    def value(self) -> float:
        return self.weight * self.similarity


@dataclass(frozen=True, slots=True)
class Ground:
    """How alike two profiles are as wholes: the cosines of their mean statements, and what they add.

    Kinship is the cosine of meaning once more, as far as the two are of one kind of organisation.
    """

    parts: tuple[GroundPart, ...]

    @property
    def value(self) -> float:
        return sum(part.value for part in self.parts)


@dataclass(frozen=True, slots=True)
class Confidence:
    """How much is known of the pair, 0 to 1: the product of its parts, apart from how well they fit."""

    completeness: float
    freshness: float
    directness: float

    @property
    def value(self) -> float:
        return self.completeness * self.freshness * self.directness

    @property
    def level(self) -> Level:
        return next(level for level, least in LEVELS.items() if self.value >= least)


@dataclass(frozen=True, slots=True)
class Match:
    """A proposed partnership: ``fit == gets_factor * gets.value + gives_factor * gives.value + ground.value``."""

    seeker_id: str
    partner_id: str
    relation: Relation
    fit: float
    gets: Affinity
    gives: Affinity
    gets_factor: float
    gives_factor: float
    ground: Ground
    confidence: Confidence

    @property
    def band(self) -> Band:
        return next((band for band, least in BANDS.items() if self.fit >= least), Band.POSSIBLE)

    def swapped(self) -> Match:
        """The same match seen from the other side."""
        return Match(
            self.partner_id,
            self.seeker_id,
            self.relation,
            self.fit,
            self.gives,
            self.gets,
            self.gives_factor,
            self.gets_factor,
            self.ground,
            self.confidence,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, numbers unrounded."""

        def affinity(side: Affinity) -> dict[str, Any]:
            return {
                "value": side.value,
                "contributions": [
                    {
                        "wanted": c.wanted_id,
                        "met_by": c.met_by_id,
                        "similarity": c.similarity,
                        "weight": c.weight,
                        "value": c.value,
                        "signals": c.signals.to_dict(),
                    }
                    for c in side.contributions
                ],
            }

        return {
            "seeker": self.seeker_id,
            "partner": self.partner_id,
            "relation": self.relation.value,
            "fit": self.fit,
            "band": self.band.value,
            "gets_factor": self.gets_factor,
            "gives_factor": self.gives_factor,
            "gets": affinity(self.gets),
            "gives": affinity(self.gives),
            "ground": {
                "value": self.ground.value,
                "parts": [
                    {"likeness": p.likeness.value, "similarity": p.similarity, "weight": p.weight, "value": p.value}
                    for p in self.ground.parts
                ],
            },
            "confidence": {
                "value": self.confidence.value,
                "completeness": self.confidence.completeness,
                "freshness": self.confidence.freshness,
                "directness": self.confidence.directness,
                "level": self.confidence.level.value,
            },
        }


@dataclass(frozen=True, slots=True)
class Where:
    """Which partners to consider; an empty tuple lets all pass."""

    kinds: tuple[Kind, ...] = ()
    fields: tuple[str, ...] = ()
    subdivisions: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    languages: tuple[str, ...] = ()
    readiness: tuple[Readiness, ...] = ()
    cooperations: tuple[Cooperation, ...] = ()

    def admits(self, profile: Profile) -> bool:
        return (
            (not self.kinds or profile.kind in self.kinds)
            and (not self.fields or any(f in self.fields for f in profile.fields))
            and (not self.subdivisions or profile.subdivision in self.subdivisions)
            and (not self.languages or any(lang in self.languages for lang in profile.languages))
            and (not self.readiness or any(band in self.readiness for band in profile.readiness))
            and (not self.cooperations or any(c in self.cooperations for c in profile.cooperations))
        )

    def rows(self, profiles: Sequence[Profile]) -> NDArray[np.intp]:
        """Positions of the profiles that pass."""
        if self == Where(relations=self.relations):
            return np.arange(len(profiles))
        return np.flatnonzero([self.admits(p) for p in profiles])


@dataclass(frozen=True, slots=True)
class Hit:
    """An organisation found by a search: the statement that answers best, and how well."""

    profile_id: str
    statement_id: str
    score: float


def matches_frame(matches: Iterable[Match]) -> pd.DataFrame:
    """Matches as a pandas table, a row each, in the order given.

    >>> matches_frame([]).columns.tolist()
    ['seeker', 'partner', 'relation', 'band', 'fit', 'gets', 'gives', 'ground', 'confidence']
    """
    import pandas as pd

    rows = [
        (m.seeker_id, m.partner_id, m.relation.value, m.band.value, m.fit, m.gets.value, m.gives.value, m.ground.value,
         m.confidence.value)
        for m in matches
    ]  # fmt: skip
    columns = ["seeker", "partner", "relation", "band", "fit", "gets", "gives", "ground", "confidence"]
    return pd.DataFrame(rows, columns=columns)
