"""Triangles beside ranking alone, in one run: 250 organisations and 40 programmes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import count, cycle

import pytest

from matcher.corpus import Corpus
from matcher.encoder import VectorCache
from matcher.profile import Country, Programme, ProgrammeStatus
from matcher.ranking import Matcher
from matcher.triangles import Triangles
from tests.bench.test_speed import SyntheticEncoder, interleaved, synthetic_profiles

pytestmark = pytest.mark.bench

ORGANISATIONS, PROGRAMMES = 250, 40


def _programmes() -> list[Programme]:
    """The shipped rules with made-up statements, all of them open, as that is the most work."""
    shipped, numbers = cycle(Corpus.shipped().programmes.values()), count()
    return [
        replace(
            next(shipped),
            id=f"programme-{i}",
            status=ProgrammeStatus.OPEN,
            opens_on=None,
            closes_on=None,
            rules=tuple(r for r in next(shipped).rules if r.code != "dates"),
            statements=tuple(
                replace(s, text=f"{next(numbers)} quantum battery robot") for s in next(shipped).statements
            ),
        )
        for i in range(PROGRAMMES)
    ]


def test_triangles_against_ranking_alone(capsys: pytest.CaptureFixture[str]) -> None:
    profiles = synthetic_profiles(ORGANISATIONS - 20)
    matcher = Matcher(cache=VectorCache(SyntheticEncoder())).fit(profiles)
    triangles = Triangles(matcher, _programmes())
    seekers = cycle(p.id for p in matcher.profiles(Country.JP))
    today = date(2026, 11, 23)

    def combine() -> object:
        triangles.forget()
        return triangles.of_organisation(next(seekers), today, 10)

    times = interleaved({"rank": lambda: matcher.rank(next(seekers), 10), "triangles": combine}, rounds=25)
    with capsys.disabled():
        print(f"\ntriangles: {times['triangles'] / times['rank']:.2f}x ranking alone ({1000 * times['rank']:.1f} ms)")
    assert times["triangles"] < 3 * times["rank"]
