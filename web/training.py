"""Learning new weights from shipped and stored judgements, and whether they may take the place of those in use.

Organisations are split into two halves, the shipped ones as the data says and all others by a hash of their id. Weights
are learned on pairs within the one half and compared on pairs within the other, which no weights have ever seen; a pair
of one organisation of each half serves neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import floor, fsum
from typing import Any, Final

import numpy as np

from matcher.combination import Combination
from matcher.evaluate import (
    RELEVANT,
    Judgement,
    Pair,
    Part,
    evaluate,
    interval,
    ranker_of,
    read_pairs,
    read_parts,
)
from matcher.learning import learn
from matcher.profile import Country, Profile
from matcher.ranking import Matcher
from web.matching import Board
from web.store.judgements import Judgement as Given

# New weights may rank by this much worse, which is noise, and in exchange be a better measure of chance.
TOLERANCE: Final = 0.005
# What a yes and a no stand for among the grades 0 to 3. Circumstances speak against a talk now, not against the fit.
_YES, _NOT_NOW, _NO = 2, 1, 0
# Below this, a chance that was wrong would count without end.
_LEAST_CHANCE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Measure:
    """A mean over seekers or pairs that no weights were learned from, with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Trained:
    """New weights beside those in use, both measured on the same organisations."""

    candidate: Combination
    current: Combination
    learned_from: Mapping[str, Any]
    seekers: int
    pairs: int
    measures: Mapping[str, tuple[Measure, Measure]]

    @property
    def is_new(self) -> bool:
        """Whether the weights differ at all from those in use."""
        return replace(self.candidate, version=self.current.version) != self.current

    @property
    def is_not_worse(self) -> bool:
        """Whether they rank as well, and their chances are as true."""
        ndcg, loss = self.measures["nDCG@10"], self.measures["log loss"]
        return ndcg[0].value >= ndcg[1].value - TOLERANCE and loss[0].value <= loss[1].value

    def report(self) -> dict[str, Any]:
        """What is kept with the weights: every measure of the candidate, and of what it was held against."""
        return {
            "seekers": self.seekers,
            "pairs": self.pairs,
            "current_version": self.current.version,
            "measures": {
                name: {"candidate": asdict(new), "current": asdict(old)} for name, (new, old) in self.measures.items()
            },
        }


def grade_of(given: Given) -> int:
    """A yes or no among the grades 0 to 3 of judgements."""
    if given.verdict.is_relevant:
        return _YES
    return _NO if given.verdict.reason.is_about_fit else _NOT_NOW


def as_pair(given: Given, profiles: Mapping[str, Profile]) -> tuple[str, str] | None:
    """The Japanese and the Canadian organisation; None where one of them is no longer there."""
    both = [profiles[i] for i in (given.seeker_id, given.partner_id) if i in profiles]
    by_country = {p.country: p.id for p in both}
    return (by_country[Country.JP], by_country[Country.CA]) if len(by_country) == 2 else None


def parts_of(profiles: Iterable[str]) -> dict[str, Part]:
    """The half of each organisation: as the data says, else by a hash that never changes."""
    shipped = read_parts()
    return {i: shipped.get(i) or _drawn(i) for i in profiles}


def judged_pairs(given: Iterable[Given], profiles: Mapping[str, Profile]) -> list[Pair]:
    """Shipped and stored judgements of organisations that are there: one grade a pair, the mean of all its judges.

    What was refused for circumstances only says nothing of how well the two fit, and is left out.
    """
    grades: dict[tuple[str, str], list[int]] = {}
    for shipped in read_pairs():
        if shipped.japan_id in profiles and shipped.canada_id in profiles:
            grades[shipped.japan_id, shipped.canada_id] = [shipped.relevance]
    for one in given:
        pair = as_pair(one, profiles)
        if pair is not None and one.verdict.reason.is_about_fit:
            grades.setdefault(pair, []).append(grade_of(one))
    return [Pair(*pair, floor(fsum(of) / len(of) + 0.5)) for pair, of in sorted(grades.items())]


def train(board: Board, given: Sequence[Given], version: str) -> Trained:
    """New weights for a board, and how they compare. ValueError where there is too little to learn or measure."""
    profiles, matcher = board.corpus.profiles, board.matcher
    parts, pairs = parts_of(profiles), judged_pairs(given, board.corpus.profiles)
    tune, check = ([p for p in pairs if {parts[p.japan_id], parts[p.canada_id]} == {part}] for part in Part)
    if not any(p.relevance >= RELEVANT for p in check):
        raise ValueError("no judged pair worth a talk is left to measure on")
    learned = learn(matcher, tune, version)
    return compare(
        board, learned.combination, check,
        {
            "matcher": board.matcher_version, "snapshot": board.corpus.snapshot_id, "pairs": learned.pairs,
            "worth_a_talk": learned.worth_a_talk, "stored": len(given), "loss": learned.loss,
            "even_loss": learned.even_loss, "unused": len(pairs) - len(tune) - len(check),
        },
    )  # fmt: skip


def compare(
    board: Board, candidate: Combination, check: Sequence[Pair], learned_from: Mapping[str, Any]
) -> Trained:  # fmt: skip
    """Measures new weights and those in use on the same judged pairs."""
    current = board.matcher.combination_
    profiles = board.corpus.profiles
    both = [board.matcher.with_combination(combination) for combination in (candidate, current)]
    judgements = [
        Judgement(*ids, p.relevance) for p in check for ids in ((p.japan_id, p.canada_id), (p.canada_id, p.japan_id))
    ]
    rankers = {"candidate": ranker_of(both[0]), "current": ranker_of(both[1])}
    rows = [r for r in evaluate(rankers, judgements, profiles, parts_of(profiles)) if r.slice == "all"]
    new, old = ({name: Measure(row.values[name], *row.intervals[name]) for name in row.values} for row in rows)
    measures = {name: (new[name], old[name]) for name in new}
    measures["log loss"] = (_log_loss(both[0], check), _log_loss(both[1], check))
    return Trained(candidate, current, learned_from, rows[0].seekers, len(check), measures)


def _log_loss(matcher: Matcher, pairs: Sequence[Pair]) -> Measure:
    """How far the chances are from what was judged: 0 where each was certain and right."""
    losses = []
    for pair in pairs:
        chance = matcher.combination_.chance(matcher.score(pair.japan_id, pair.canada_id).fit)
        right = chance if pair.relevance >= RELEVANT else 1 - chance
        losses.append(-np.log(max(right, _LEAST_CHANCE)))
    return Measure(float(np.mean(losses)), *interval(losses))


def _drawn(profile_id: str) -> Part:
    first = hashlib.sha256(profile_id.encode()).digest()[0]
    return list(Part)[first % 2]
