"""How good a ranking is, against real partnerships and beside plain baselines (TREC words).

A judgement says how relevant a partner is to a seeker, 0 to 3. Pairs without a judgement are *unlabelled*, not
irrelevant: measured values are lower bounds, and only comparisons on the same judgements mean anything.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from importlib.resources import files
from math import fsum, isnan, log, log2, nan
from typing import Final

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.preprocessing import normalize

from matcher.corpus import Corpus
from matcher.profile import Country, Profile
from matcher.ranking import Matcher
from matcher.text import terms

Ranker = Callable[[str], Sequence[str]]


# From this relevance on, a partner counts as relevant where only yes and no count: worth a talk.
RELEVANT: Final = 2
_FOLDER: Final = "judgements"


@dataclass(frozen=True, slots=True)
class Judgement:
    """How relevant a partner is to a seeker: 3 a real partnership or as good as one, 0 not relevant."""

    seeker_id: str
    partner_id: str
    relevance: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A judged pair; the order of the two does not matter to what was judged."""

    japan_id: str
    canada_id: str
    relevance: int


class Part(StrEnum):
    """Which half of the organisations: weights may be tuned on one, and are checked on the other."""

    TUNE = "tune"
    CHECK = "check"


@cache
def read_parts() -> Mapping[str, Part]:
    """The half of every organisation that was there when the halves were drawn; partners of old share one."""
    return {row["id"]: Part(row["part"]) for row in _table("parts.csv")}


def read_pairs(part: Part | None = None) -> list[Pair]:
    """The shipped pairs, real partnerships and graded ones, of which both organisations belong to a part."""
    parts = read_parts()
    best: dict[tuple[str, str], int] = {}
    for row in (*_table("partnerships.csv"), *_table("graded.csv")):
        pair, relevance = (row["japan_id"], row["canada_id"]), int(row["relevance"])
        if part is None or {parts.get(i) for i in pair} == {part}:
            best[pair] = max(relevance, best.get(pair, 0))
    return [Pair(*pair, relevance) for pair, relevance in sorted(best.items())]


def read_judgements(part: Part | None = None) -> list[Judgement]:
    """:func:`read_pairs`, each as two judgements, one from either side."""
    both = ((p.japan_id, p.canada_id, p.relevance) for p in read_pairs(part))
    return [Judgement(*judged) for jp, ca, r in both for judged in ((jp, ca, r), (ca, jp, r))]


def _table(name: str) -> list[dict[str, str]]:
    text = (files("matcher.data") / _FOLDER / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


# --- measures of one list ---------------------------------------------------------------------------------------------


def ndcg(ranking: Sequence[str], relevance: Mapping[str, int], k: int = 10) -> float:
    """Normalised discounted cumulative gain at ``k`` (Järvelin and Kekäläinen, 2002), gain 2^relevance - 1.

    >>> ndcg(["a", "b"], {"a": 3}), ndcg(["b", "c"], {"a": 3}), ndcg(["b", "a"], {"a": 3}) == 1 / log2(3)
    (1.0, 0.0, True)
    """
    ideal = sorted((r for r in relevance.values() if r > 0), reverse=True)[:k]
    if not ideal:
        return nan
    gains = [relevance.get(item, 0) for item in ranking[:k]]
    return _dcg(gains) / _dcg(ideal)


def _dcg(gains: Iterable[int]) -> float:
    return sum((2.0**gain - 1) / log2(rank + 2) for rank, gain in enumerate(gains))


def recall(ranking: Sequence[str], relevance: Mapping[str, int], k: int = 10) -> float:
    """Share of the relevant items that stand among the first ``k``; nan where none is relevant.

    >>> recall(["b", "a", "c"], {"a": 3, "c": 1, "d": 2}, k=2)
    0.5
    """
    wanted = {item for item, r in relevance.items() if r >= RELEVANT}
    return len(wanted.intersection(ranking[:k])) / len(wanted) if wanted else nan


def reciprocal_rank(ranking: Sequence[str], relevance: Mapping[str, int]) -> float:
    """1 / rank of the first relevant item, 0 where there is none in the list, nan where none is relevant.

    >>> reciprocal_rank(["b", "a"], {"a": 3})
    0.5
    """
    if not any(r >= RELEVANT for r in relevance.values()):
        return nan
    return next((1 / rank for rank, item in enumerate(ranking, 1) if relevance.get(item, 0) >= RELEVANT), 0.0)


MEASURES: Final[Mapping[str, Callable[[Sequence[str], Mapping[str, int]], float]]] = {
    "nDCG@10": ndcg,
    "recall@10": recall,
    "RR": reciprocal_rank,
}


# --- many lists -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """Mean measures of one ranker over one slice of seekers, each with its 95 % bootstrap interval over seekers."""

    ranker: str
    slice: str
    seekers: int
    values: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]


def evaluate(
    rankers: Mapping[str, Ranker],
    judgements: Iterable[Judgement],
    profiles: Mapping[str, Profile],
    within: Mapping[str, Part] | None = None,
) -> list[Row]:
    """Every ranker over all seekers and over slices by direction and by the languages of the two profiles.

    A judged pair counts as same-language where the two profiles' statements share their main language. Judgements that
    name a profile not given are left out. ``within`` keeps, of every ranking, the partners of the seeker's own part.
    """
    by_slice: dict[str, dict[str, dict[str, int]]] = {}
    for judgement in judgements:
        if judgement.seeker_id not in profiles or judgement.partner_id not in profiles:
            continue
        seeker, partner = profiles[judgement.seeker_id], profiles[judgement.partner_id]
        direction = "JP→CA" if seeker.country is Country.JP else "CA→JP"
        languages = "same language" if main_language(seeker) == main_language(partner) else "cross-language"
        for name in ("all", direction, languages):
            relevance = by_slice.setdefault(name, {}).setdefault(seeker.id, {})
            relevance[partner.id] = judgement.relevance
    order = ("all", "JP→CA", "CA→JP", "same language", "cross-language")
    rows = []
    for name, ranker in rankers.items():
        rankings = {i: _within(ranker(i), i, within) for i in by_slice.get("all", {})}
        for slice_name in (s for s in order if s in by_slice):
            judged = by_slice[slice_name]
            found = {
                label: [v for s, relevance in judged.items() if not isnan(v := measure(rankings[s], relevance))]
                for label, measure in MEASURES.items()
            }
            values = {label: _mean(of) for label, of in found.items()}
            rows.append(Row(name, slice_name, len(judged), values, {k: interval(of) for k, of in found.items()}))
    return rows


def _within(ranking: Sequence[str], seeker_id: str, parts: Mapping[str, Part] | None) -> Sequence[str]:
    return ranking if parts is None else [i for i in ranking if parts.get(i) == parts.get(seeker_id)]


def interval(values: Sequence[float], rounds: int = 1000) -> tuple[float, float]:
    """The middle 95 % of means of samples drawn with replacement (Efron's percentile interval)."""
    if not values:
        return nan, nan
    drawn = np.random.default_rng(7).choice(np.asarray(values), (rounds, len(values)))
    low, high = np.percentile(drawn.mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def _mean(values: Iterable[float]) -> float:
    """The mean of what was measured; nan where nothing was."""
    known = [value for value in values if not isnan(value)]
    return fsum(known) / len(known) if known else nan


def main_language(profile: Profile) -> str:
    """The language most statements of a profile are in, ties in the order en, fr, ja."""
    counts = {lang: sum(s.lang == lang for s in profile.statements) for lang in ("en", "fr", "ja")}
    return max(counts, key=lambda lang: counts[lang])


# --- baselines --------------------------------------------------------------------------------------------------------


def ranker_of(matcher: Matcher) -> Ranker:
    """A fitted matcher as a ranker: from a seeker to all partners, best first."""
    return lambda seeker_id: [m.partner_id for m in matcher.rank(seeker_id, len(matcher.country_))]


def compare(corpus: Corpus, matcher: Matcher) -> dict[str, Ranker]:
    """Our matcher and the three baselines, each a function from a seeker to all partners, best first."""
    profiles = list(corpus.profiles.values())
    texts = [" ".join(s.text for s in p.statements) for p in profiles]
    cache = matcher.cache_
    dense = np.stack([cache.encode([s.text for s in p.statements]).mean(axis=0) for p in profiles])
    dense = normalize(dense)
    tfidf = TfidfVectorizer(analyzer=terms).fit_transform(texts)
    return {
        "Kakehashi": ranker_of(matcher),
        "TF-IDF cosine": partial(_by_score, profiles, np.asarray((tfidf @ tfidf.T).todense())),
        "BM25": partial(_by_score, profiles, bm25(texts)),
        "dense cosine": partial(_by_score, profiles, dense @ dense.T),
    }


def bm25(texts: Sequence[str], k1: float = 1.2, b: float = 0.75) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Okapi BM25 of every text as a query over all texts (Robertson and Zaragoza, 2009): shape (queries, texts).

    Repeated query terms count once each time they stand in the query.
    """
    counts = sparse.csr_array(CountVectorizer(analyzer=terms).fit_transform(texts)).astype(np.float64)
    lengths = counts.sum(axis=1)
    documents = np.diff(counts.tocsc().indptr)
    idf = np.array([log(1 + (len(texts) - df + 0.5) / (df + 0.5)) for df in documents])
    rows = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
    saturated = counts.copy()
    norm = k1 * (1 - b + b * lengths[rows] / lengths.mean())
    saturated.data = counts.data * (k1 + 1) / (counts.data + norm) * idf[counts.indices]
    return np.asarray((counts @ saturated.T).todense())


def _by_score(
    profiles: Sequence[Profile], scores: np.ndarray[tuple[int, int], np.dtype[np.float64]], seeker_id: str
) -> list[str]:
    index = next(i for i, p in enumerate(profiles) if p.id == seeker_id)
    others = [i for i, p in enumerate(profiles) if p.country is not profiles[index].country]
    return [profiles[i].id for i in sorted(others, key=lambda i: (-scores[index, i], profiles[i].id))]
