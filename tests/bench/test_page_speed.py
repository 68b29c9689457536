"""What a page of search results costs beside an empty view of the same application under the same server."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from statistics import median, quantiles
from urllib.parse import urlencode

import pytest
from flask import Flask

from web.matching import current_board

pytestmark = pytest.mark.bench

_ROUNDS = 40
_QUESTIONS = ["robots", "AI", "医療", "énergie", "robots pour aînés", "人工知能", "intelligence artificielle"]
_PAGES = [
    *(f"/{lang}/search?{urlencode({'q': q})}" for lang in ("en", "fr", "ja") for q in _QUESTIONS),
    "/en/search?country=JP",
    "/fr/search?country=CA&sort=newest",
    "/ja/search?country=JP&cooperation=joint_research&cooperation=supply",
]


def test_page_of_twenty_rows_against_an_empty_view(
    fetch: Callable[[str], tuple[float, bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    empty, pages = [], []
    first = [fetch(page)[0] for page in _PAGES]
    assert {page: fetch(page)[1].count(b'class="row ') for page in _PAGES} == dict.fromkeys(_PAGES, 20)
    order = random.Random(5)  # noqa: S311 - no secret
    for _ in range(_ROUNDS):
        for page in order.sample(_PAGES, len(_PAGES)):
            empty.append(fetch("/empty")[0])
            pages.append(fetch(page)[0])
    p99, p99_empty = (quantiles(times, n=100)[98] for times in (pages, empty))
    with capsys.disabled():
        print(
            f"\nsearch results, 20 rows: {median(pages) / median(empty):.1f}x an empty view at the median "
            f"({1000 * median(pages):.1f} ms); p99 {p99 / median(pages):.1f}x p50, of the empty view "
            f"{p99_empty / median(empty):.1f}x; "
            f"asked for the first time {median(first) / median(pages):.1f}x"
        )
    assert median(pages) <= 5 * median(empty)
    assert p99 <= 4 * median(pages)


def test_ranking_and_explaining_twenty_against_an_empty_view(
    app: Flask, fetch: Callable[[str], tuple[float, bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    with app.app_context():
        seekers = sorted(current_board().corpus.profiles)
    empty, ranked = [], []
    for seeker_id in random.Random(6).sample(seekers, 150):  # noqa: S311 - no secret
        empty.append(fetch("/empty")[0])
        spent, body = fetch(f"/ranked/{seeker_id}")
        assert len(json.loads(body)) == 20
        ranked.append(spent)
    with capsys.disabled():
        print(
            f"\nranking among {len(seekers)} organisations and explaining the best 20: "
            f"{median(ranked) / median(empty):.1f}x an empty view at the median ({1000 * median(ranked):.1f} ms)"
        )
    assert median(ranked) <= 10 * median(empty)
