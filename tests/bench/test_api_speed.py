"""What the JSON of a ranked list costs beside an empty view, over all shipped organisations, cold and warm."""

from __future__ import annotations

import random
from collections.abc import Callable
from statistics import median, quantiles

import pytest
from flask import Flask

from web.matching import current_board

pytestmark = pytest.mark.bench

_ROUNDS = 5
Fetch = Callable[[str], tuple[float, bytes]]


def test_ranked_list_against_an_empty_view(app: Flask, fetch: Fetch, capsys: pytest.CaptureFixture[str]) -> None:
    with app.app_context():
        ids = list(current_board().corpus.profiles)
    pages = [f"/api/v1/organisations/{i}/matches" for i in ids]
    empty, warm = [], []
    cold, bodies = zip(*(fetch(page) for page in pages), strict=True)
    order = random.Random(5)  # noqa: S311 - no secret
    for _ in range(_ROUNDS):
        for page in order.sample(pages, len(pages)):
            empty.append(fetch("/empty")[0])
            warm.append(fetch(page)[0])
    explained = [fetch(f"{page}?explain=true")[0] for page in order.sample(pages, 40)]
    p99, p99_empty = (quantiles(times, n=100)[98] for times in (warm, empty))
    with capsys.disabled():
        print(
            f"\nranked list as JSON, top 20 of {len(ids)} organisations, {median(map(len, bodies)) / 1000:.0f} kB: "
            f"{median(warm) / median(empty):.2f}x an empty view at the median ({1000 * median(warm):.2f} ms beside "
            f"{1000 * median(empty):.2f} ms); p99 {1000 * p99:.2f} ms beside {1000 * p99_empty:.2f} ms; asked for the "
            f"first time after a fit {1000 * median(cold):.1f} ms, p99 {1000 * quantiles(cold, n=100)[98]:.1f} ms; "
            f"with all reasons, never kept, {1000 * median(explained):.1f} ms"
        )
    assert median(warm) <= 3 * median(empty)
