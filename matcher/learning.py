"""Learning how the parts of a fit are weighed, from judged pairs, and what a fit then means.

The model is a logistic regression without negative weights: the log-odds that a person calls a pair worth a talk
(relevance 2 or 3) are a weighted sum of what the relation makes of needs and capabilities and of each likeness of the
two profiles. Scaled to add up to one, the weights are those of a :class:`Combination`, and the regression of the
outcome on the fit alone turns a fit into a chance. Cross-validated by organisation: a pair is tested on a model that
saw neither of the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from matcher.combination import Combination
from matcher.evaluate import RELEVANT, Pair, Ranker, ranker_of
from matcher.match import Likeness
from matcher.profile import Profile
from matcher.ranking import Matcher

_FEATURES: Final = ("relation", *(likeness.value for likeness in Likeness))
_FOLDS: Final = 5
_Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Learned:
    """A combination with what it was learned from: pairs, those worth a talk, and its log loss on organisations unseen.

    ``even_loss`` is that of a model which knows only how many pairs are worth a talk.
    """

    combination: Combination
    pairs: int
    worth_a_talk: int
    loss: float
    even_loss: float


def ablations(profiles: Mapping[str, Profile], matcher: Matcher) -> dict[str, Ranker]:
    """The fitted matcher without each of its signals, weighed as before, and without the correction for hubness."""
    weights, ground = matcher.combination_, matcher.combination_.ground
    changed = {"relation": replace(weights, relation=0.0)}
    for likeness in Likeness:
        changed[likeness.value] = replace(weights, ground={**ground, likeness: 0.0})
    changes: dict[str, Any] = {"cache": matcher.cache_, "hubness": 0.0}
    unweighed = Matcher(**matcher.get_params(deep=False) | changes).fit(profiles.values())
    rankers = {f"without {name}": ranker_of(matcher.with_combination(c)) for name, c in changed.items()}
    return rankers | {"without hubness": ranker_of(unweighed)}


def features(matcher: Matcher, pairs: Sequence[tuple[str, str]]) -> _Values:
    """What the parts of a fit are before they are weighed: a row a pair; the relation, then each likeness."""
    even = Combination("even", 1 / len(_FEATURES), dict.fromkeys(Likeness, 1 / len(_FEATURES)), 1.0, 0.0)
    probe = matcher.with_combination(even)
    rows = []
    for one, other in pairs:
        match = probe.score(one, other)
        alike = {part.likeness: part.similarity for part in match.ground.parts}
        rows.append([(match.fit - match.ground.value) / even.relation, *(alike[likeness] for likeness in Likeness)])
    return np.array(rows).reshape(-1, len(_FEATURES))


def learn(matcher: Matcher, judged: Sequence[Pair], version: str) -> Learned:
    """The combination that judged pairs teach; ValueError where there is nothing to learn from.

    What was judged had stood high on somebody's list. So that the weights also learn what never does, as many pairs of
    the same organisations are drawn at random and taken for not worth a talk; the calibration knows only judged ones.
    """
    pairs = [(p.japan_id, p.canada_id) for p in judged]
    values, worth = features(matcher, pairs), np.array([p.relevance >= RELEVANT for p in judged])
    if len(set(worth.tolist())) < 2:
        raise ValueError("there must be judged pairs that are worth a talk, and some that are not")
    drawn = features(matcher, _unjudged(pairs))
    weights = _weights(np.concatenate([values, drawn]), np.concatenate([worth, np.zeros(len(drawn), bool)]))
    slope, intercept = _calibrated(values @ weights, worth)
    ground = {likeness: float(w) for likeness, w in zip(Likeness, weights[1:], strict=True)}
    combination = Combination(version, float(weights[0]), ground, slope, intercept)
    rate = worth.mean()
    even = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
    return Learned(combination, len(pairs), int(worth.sum()), _loss_unseen(pairs, values, worth), float(even))


def calibrated(matcher: Matcher, judged: Sequence[Pair]) -> Combination:
    """The matcher's own weights as they are, with what a fit means measured anew on judged pairs."""
    fits = np.array([matcher.score(p.japan_id, p.canada_id).fit for p in judged])
    slope, intercept = _calibrated(fits, np.array([p.relevance >= RELEVANT for p in judged]))
    return replace(matcher.combination_, slope=slope, intercept=intercept)


def _unjudged(judged: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs of the judged organisations that nobody has judged, as many, the same at every call."""
    known, (ours, theirs) = set(judged), (sorted({pair[side] for pair in judged}) for side in (0, 1))
    free = [pair for pair in product(ours, theirs) if pair not in known]
    return Random(len(judged)).sample(free, min(len(free), len(judged)))  # noqa: S311 - no secret


def _weights(values: _Values, worth: NDArray[np.bool_]) -> _Values:
    """Weights that add up to one, rounded to thousandths; a part that would count against a pair is left out."""
    kept = list(range(values.shape[1]))
    while True:
        found = LogisticRegression(C=10.0, max_iter=1000).fit(values[:, kept], worth).coef_[0]
        if found.min() >= 0 or len(kept) == 1:
            break
        kept.pop(int(found.argmin()))
    weights = np.zeros(values.shape[1])
    weights[kept] = np.round(found / found.sum(), 3)
    weights[int(weights.argmax())] += 1 - weights.sum()
    return np.round(weights, 3)


def _calibrated(fits: _Values, worth: NDArray[np.bool_]) -> tuple[float, float]:
    model = LogisticRegression(C=1e6).fit(fits[:, None], worth)
    return round(float(model.coef_[0, 0]), 3), round(float(model.intercept_[0]), 3)


def _loss_unseen(pairs: Sequence[tuple[str, str]], values: _Values, worth: NDArray[np.bool_]) -> float:
    """Mean log loss over pairs of which the model had seen neither organisation."""
    fold_of: Mapping[str, int] = {i: Random(i).randrange(_FOLDS) for pair in pairs for i in pair}  # noqa: S311 - folds
    losses: list[float] = []
    for fold in range(_FOLDS):
        held = np.array([fold in (fold_of[a], fold_of[b]) for a, b in pairs])
        if not held.any() or len(set(worth[~held].tolist())) < 2:
            continue
        weights = _weights(values[~held], worth[~held])
        slope, intercept = _calibrated(values[~held] @ weights, worth[~held])
        chance = 1 / (1 + np.exp(-(slope * (values[held] @ weights) + intercept)))
        losses += (-np.log(np.where(worth[held], chance, 1 - chance))).tolist()
    return float(np.mean(losses))
