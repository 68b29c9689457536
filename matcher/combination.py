"""How the parts of a fit are weighed, and what a fit was measured to mean on judged pairs: shipped as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp
from typing import Any

from matcher.match import Likeness


@dataclass(frozen=True, slots=True)
class Combination:
    """Weights of what the relation makes of needs and capabilities, and of each likeness of the two profiles.

    They add up to one, so that a fit lies between 0 and 1. ``slope`` and ``intercept`` turn a fit into the chance that
    a person would call the pair worth a talk: 1 / (1 + exp(-(slope * fit + intercept))).

    >>> shipped = Combination.shipped()
    >>> round(shipped.relation + sum(shipped.ground.values()), 9)
    1.0
    """

    version: str
    relation: float
    ground: Mapping[Likeness, float]
    slope: float
    intercept: float

    @staticmethod
    @cache
    def shipped() -> Combination:
        """The one in ``matcher.data``."""
        text = (files("matcher.data") / "combination.json").read_text(encoding="utf-8")
        return Combination.of(json.loads(text))

    @staticmethod
    def of(document: Mapping[str, Any]) -> Combination:
        """From its JSON document; ValueError where the weights are negative or do not add up to one."""
        weights = document["weights"]
        ground = {likeness: float(weights[likeness.value]) for likeness in Likeness}
        relation = float(weights["relation"])
        if min(relation, *ground.values()) < 0 or abs(relation + sum(ground.values()) - 1) > 1e-6:
            raise ValueError("weights must not be negative, and add up to one")
        calibration = document["calibration"]
        return Combination(
            str(document["version"]), relation, ground, float(calibration["slope"]), float(calibration["intercept"])
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that :meth:`of` reads.

        >>> Combination.of(Combination.shipped().to_dict()) == Combination.shipped()
        True
        """
        ground = {likeness.value: weight for likeness, weight in self.ground.items()}
        return {
            "version": self.version,
            "weights": {"relation": self.relation} | ground,
            "calibration": {"slope": self.slope, "intercept": self.intercept},
        }

    def chance(self, fit: float) -> float:
        """How many in a hundred pairs of such a fit a person would call worth a talk, as a part of one."""
        return 1 / (1 + exp(-(self.slope * fit + self.intercept)))
