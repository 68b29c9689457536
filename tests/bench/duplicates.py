"""How well duplicates are found, on names from a dump of the Research Organization Registry (schema v2).

``python tests/bench/duplicates.py FILE.jsonl.gz [--json]``, or the registry's own ``.json`` or ``.zip``.

Positive pairs are two names of one record. Negative pairs are names of two records that the registry relates (parent
and child, related bodies), and the names of other records of the same country that look most alike. Pairs that only a
dictionary could join (one name in Japanese characters, the other in Latin ones) are counted apart. The least score
that counts is chosen on one half of the records and measured on the other. The dump is fetched from elsewhere and never
part of the repository.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cdist

from matcher.duplicates import LIKELY, NameIndex, duplicates
from matcher.names import forms
from matcher.profile import Country, Kind, Profile
from matcher.text import fold, is_japanese
from web.imports.registry import read_records

_NEIGHBOURS = 3


@dataclass(frozen=True)
class Record:
    id: str
    country: Country
    names: tuple[str, ...]
    related: frozenset[str]
    carried_on: frozenset[str]
    website: str


@dataclass(frozen=True)
class Pair:
    one: str
    other: str
    country: Country
    is_same: bool
    sort: str
    half: int

    def score(self) -> float:
        index = NameIndex([_profile("known", self.country, (self.other,))])
        return max((c.score for c in index.find([self.one], country=self.country, least=0.0)), default=0.0)


def _profile(profile_id: str, country: Country, names: Sequence[str], website: str = "") -> Profile:
    return Profile(
        id=profile_id, country=country, kind=Kind.COMPANY, names={"en": names[0]}, aliases=tuple(names[1:]),
        subdivision="JP-13" if country is Country.JP else "CA-QC", city={"en": "Somewhere"}, website=website,
        fields=(), source="https://ror.org/", read_on=date(2026, 1, 2), statements=(),
    )  # fmt: skip


def read(path: Path) -> list[Record]:
    """The records that exist, without the names that only add the country in brackets."""
    found = []
    for raw in read_records(path):
        country = raw["locations"][0]["geonames_details"]["country_code"]
        if raw["status"] == "withdrawn" or country not in tuple(Country):
            continue
        names = dict.fromkeys(n["value"].strip() for n in raw["names"])
        whole = {n for n in names if any(n == f"{other} ({place})" for other in names for place in ("Japan", "Canada"))}
        related: dict[str, set[str]] = defaultdict(set)
        for r in raw["relationships"]:
            related[r["type"]].add(r["id"])
        website = next((link["value"] for link in raw["links"] if link["type"] == "website"), "")
        found.append(
            Record(
                raw["id"],
                Country(country),
                tuple(n for n in names if n not in whole),
                frozenset(related["parent"] | related["child"] | related["related"]),
                frozenset(related["predecessor"] | related["successor"]),
                website,
            )
        )
    return found


def half_of(record: Record) -> int:
    return crc32(record.id.encode()) % 2


def pairs(records: Sequence[Record]) -> Iterator[Pair]:
    """Every positive pair, every pair of related records, and the nearest names of other records."""
    by_id = {r.id: r for r in records}
    for r in records:
        for one, other in combinations(r.names, 2):
            yield Pair(one, other, r.country, is_same=True, sort=_sort(one, other), half=half_of(r))
        for other_id in sorted(r.related):
            if other_id > r.id and (known := by_id.get(other_id)) and known.country is r.country:
                for one in r.names:
                    for other in known.names:
                        yield Pair(one, other, r.country, is_same=False, sort="related", half=half_of(r))
    yield from _alike(records)


def _sort(one: str, other: str) -> str:
    if is_japanese(one) != is_japanese(other):
        return "across scripts"
    shapes = [f.is_acronym for name in (one, other) for f in forms(name)[:1]]
    return "acronym" if any(shapes) else "same script"


def _alike(records: Sequence[Record]) -> Iterator[Pair]:
    for country in Country:
        named = [(fold(name), name, r) for r in records if r.country is country for name in r.names]
        texts = [text for text, _, _ in named]
        for start in range(0, len(named), 500):
            block = cdist(texts[start : start + 500], texts, scorer=fuzz.token_sort_ratio, dtype=np.uint8, workers=1)
            for row, (_, one, r) in zip(block, named[start : start + 500], strict=True):
                found = 0
                for place in np.argsort(-row.astype(np.int16), kind="stable")[:40]:
                    _, other, known = named[place]
                    if known.id == r.id or known.id in r.carried_on or r.id in known.carried_on:
                        continue
                    yield Pair(one, other, country, is_same=False, sort="alike", half=half_of(r))
                    found += 1
                    if found == _NEIGHBOURS:
                        break


def measure(sample: Iterable[tuple[Pair, float]], least: float) -> dict[str, float]:
    """Precision, recall and F1 of a sample with its scores."""
    right = wrong = missed = 0
    for pair, score in sample:
        if score >= least:
            right, wrong = right + pair.is_same, wrong + (not pair.is_same)
        else:
            missed += pair.is_same
    precision, recall = right / max(right + wrong, 1), right / max(right + missed, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def held_out(records: Sequence[Record]) -> dict[str, Any]:
    """Each record loses one name, picked at random, and is looked for by it among all records."""
    chosen: dict[str, str] = {}
    picker = random.Random(7)  # noqa: S311 - a sample, not a secret
    entries = []
    for r in records:
        names = list(r.names)
        if len(names) > 1:
            chosen[r.id] = names.pop(picker.randrange(len(names)))
        entries.append(_profile(r.id, r.country, names))
    index = NameIndex(entries)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for r in records:
        if r.id not in chosen:
            continue
        found = index.find([chosen[r.id]], country=r.country)
        sort = (
            "same script"
            if any(is_japanese(n) == is_japanese(chosen[r.id]) for n in r.names if n != chosen[r.id])
            else "across scripts"
        )
        count = counts[sort]
        count[0] += 1
        count[1] += any(c.profile_id == r.id for c in found)
        count[2] += any(c.profile_id not in {r.id, *r.carried_on} for c in found)
    return {
        sort: {"looked for": n, "found": hit, "somebody else proposed": other}
        for sort, (n, hit, other) in sorted(counts.items())
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--precision", type=float, default=0.98, help="what the score must reach (default: 0.98)")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print so many mistakes of each kind")
    args = parser.parse_args()
    records = read(args.file)
    scored = [(pair, pair.score()) for pair in pairs(records)]
    near = [(p, s) for p, s in scored if p.sort != "across scripts"]
    learn, test = ([(p, s) for p, s in near if p.half == half] for half in (0, 1))
    steps = sorted({s for _, s in learn if s > 0})
    best = min(least for least in steps if measure(learn, least)["precision"] >= args.precision)
    report: dict[str, Any] = {
        "records": len(records),
        "positive pairs": sum(p.is_same for p, _ in scored),
        "negative pairs": sum(not p.is_same for p, _ in scored),
        f"least score of precision {args.precision} on the first half": best,
        "measured on the second half": measure(test, best),
        f"at the built-in least score, {LIKELY}, second half": measure(test, LIKELY),
    }
    for sort in ("same script", "acronym", "across scripts"):
        own = [(p, s) for p, s in scored if p.sort == sort]
        report[f"recall, {sort}"] = f"{sum(s >= LIKELY for _, s in own)} of {len(own)}"
    for sort in ("related", "alike"):
        own = [(p, s) for p, s in scored if p.sort == sort]
        report[f"wrongly joined, {sort}"] = f"{sum(s >= LIKELY for _, s in own)} of {len(own)}"
    report["one name held out, all records searched"] = held_out(records)
    started = time.perf_counter()
    entries = [_profile(r.id, r.country, r.names, r.website) for r in records]
    report["pairs proposed in the whole file"] = len(duplicates(entries))
    report["seconds for all against all"] = round(time.perf_counter() - started, 2)
    if args.json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        for name, value in report.items():
            print(f"{name}: {value}")
    _show(near, args.show)


def _show(scored: Sequence[tuple[Pair, float]], count: int) -> None:
    wrong = [(p, s) for p, s in scored if (s >= LIKELY) != p.is_same]
    random.Random(1).shuffle(wrong)  # noqa: S311 - a sample, not a secret
    for is_same in (False, True):
        for pair, score in [w for w in wrong if w[0].is_same is is_same][:count]:
            print("missed" if is_same else "wrong ", f"{score:.2f}", pair.sort, "|", pair.one, "|", pair.other)


if __name__ == "__main__":
    main()
