"""Layout of pictures: where tiles, names, lines and bars stand. Scores are read here, never reckoned with.

Every picture is drawn in its own units, as its ``width`` and ``height`` say, and scaled by the page.
"""

from __future__ import annotations

import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any, ClassVar, Final, TypeVar
from weakref import WeakKeyDictionary

from matcher.demand import Cell, Demand, Want, answered, demand
from matcher.explain import Coverage, Explanation
from matcher.match import Match, Relation, Where
from matcher.profile import Country
from matcher.ranking import Matcher
from web.matching import Board
from web.store.dashboard import FollowUp
from web.store.desk import Status

_T = TypeVar("_T")
_K = TypeVar("_K", bound=Hashable)

# From how many covered needs on a tile gets the next darker pattern: each step is twice the one before.
HEAT_BOUNDS: Final = (1, 2, 4, 8)
# How many pairs the network shows, and how many of them may end at one organisation: a well-connected one would
# otherwise fill the picture.
MOST_PAIRS: Final = 24
MOST_LINES: Final = 3
# Up to how many organisations the first page waits for its map; past that it shows one only when it is already made.
MOST_AT_ONCE: Final = 2000
# How far ahead a next step counts as near, and how many weeks the dashboard looks back.
DAYS_AHEAD: Final = 14
WEEKS_BACK: Final = 8
_SWEEPS: Final = 12

_kept: WeakKeyDictionary[Matcher, dict[Hashable, Any]] = WeakKeyDictionary()
_lock = threading.Lock()


def _once(board: Board, key: Hashable, make: Callable[[], _T]) -> _T:
    """What ``make`` gives for a board, made once: it depends on nothing but the fitted matcher."""
    with _lock:
        kept = _kept.setdefault(board.matcher, {})
        if key not in kept:
            kept[key] = make()
        found: _T = kept[key]
    return found


# --- heat map --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tile:
    """A field of needs against a field of capabilities, and where its tile stands."""

    asked: str
    offered: str
    cell: Cell
    x: int
    y: int

    @property
    def heat(self) -> int:
        return heat(self.cell.covered)


@dataclass(frozen=True, slots=True)
class HeatMap:
    """What one country needs, a row a field, against what the other can do, a column a field."""

    demand: Demand
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    tiles: Mapping[tuple[str, str], Tile]

    LEFT: ClassVar = 290
    TOP: ClassVar = 260
    WIDE: ClassVar = 42
    HIGH: ClassVar = 30
    RIGHT: ClassVar = 150

    @property
    def country(self) -> Country:
        return self.demand.country

    @property
    def width(self) -> int:
        return self.LEFT + self.WIDE * len(self.columns) + self.RIGHT

    @property
    def height(self) -> int:
        return self.TOP + self.HIGH * len(self.rows) + 8

    def covered(self, field: str | None = None) -> int:
        return self.demand.count(Coverage.COVERED, field)

    def partly(self, field: str | None = None) -> int:
        return self.demand.count(Coverage.PARTLY, field)

    def missing(self, field: str | None = None) -> int:
        return self.demand.count(Coverage.MISSING, field)

    def uncovered(self) -> dict[str, list[Want]]:
        """Needs that nothing covers, those without any answer first, each once, under the first of its fields."""
        order = (Coverage.MISSING, Coverage.PARTLY)
        found: dict[str, list[Want]] = {field: [] for field in self.rows}
        for want in sorted(
            (w for w in self.demand.wants if w.coverage in order), key=lambda w: order.index(w.coverage)
        ):
            found[next(field for field in self.rows if field in want.fields)].append(want)
        return {field: wants for field, wants in found.items() if wants}


def heat(count: int) -> int:
    """How dark a tile is: 0 for none, then one step more at each of :data:`HEAT_BOUNDS`.

    >>> [heat(n) for n in (0, 1, 3, 4, 100)]
    [0, 1, 2, 3, 4]
    """
    return sum(count >= least for least in HEAT_BOUNDS)


def heat_map(board: Board, country: Country) -> HeatMap:
    """The heat map of what a country needs; reckoned once for a board."""
    return _once(board, ("heat map", country), lambda: _heat_map(demand(board.matcher, country, board.taxonomy), board))


def small_maps(board: Board) -> tuple[HeatMap, ...]:
    """The heat maps of both countries for the first page; none where making them would keep a visitor waiting."""
    known = _kept.get(board.matcher, {})
    if len(board.corpus.profiles) > MOST_AT_ONCE and not all(("heat map", country) in known for country in Country):
        return ()
    return tuple(heat_map(board, country) for country in Country)


def answers(board: Board, country: Country, asked: str | None, offered: str | None = None) -> tuple[Want, ...]:
    """The needs of a row with their best answers; with ``offered``, those of one tile. The best answered first."""
    if asked is None:
        return ()
    if offered is None:
        order = list(Coverage)
        wants = (w for w in heat_map(board, country).demand.wants if asked in w.fields)
        return tuple(sorted(wants, key=lambda w: order.index(w.coverage)))
    key = ("answers", country, asked, offered)
    return _once(board, key, lambda: answered(board.matcher, country, board.taxonomy, asked=asked, offered=offered))


def _heat_map(found: Demand, board: Board) -> HeatMap:
    rows = tuple(f for f in board.taxonomy.fields if f in set(found.need_fields))
    columns = tuple(f for f in board.taxonomy.fields if f in set(found.capability_fields))
    tiles = {
        (asked, offered): Tile(
            asked, offered, found.cells[asked, offered], HeatMap.LEFT + j * HeatMap.WIDE, HeatMap.TOP + i * HeatMap.HIGH
        )
        for i, asked in enumerate(rows)
        for j, offered in enumerate(columns)
        if (asked, offered) in found.cells
    }
    return HeatMap(found, rows, columns, tiles)


# --- network ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Node:
    """An organisation in the network, and the height at which its name stands."""

    profile_id: str
    country: Country
    y: float
    lines: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A match in the network as a curve from the Japanese side to the Canadian."""

    why: Explanation
    path: str

    @property
    def match(self) -> Match:
        return self.why.match


@dataclass(frozen=True, slots=True)
class Network:
    """The strongest matches between the two countries: one column of organisations each, lines between."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    WIDTH: ClassVar = 1000
    LEFT: ClassVar = 330
    RIGHT: ClassVar = 670
    TOP: ClassVar = 40
    STEP: ClassVar = 30

    @property
    def height(self) -> int:
        return _height(Counter(n.country for n in self.nodes))


def network(board: Board, field: str | None = None, relation: Relation | None = None) -> Network:
    """The strongest matches, all or those within one field or as one relation; reckoned once for a board."""
    return _once(board, ("network", field, relation), lambda: _network(_strongest(board, field, relation)))


def _strongest(board: Board, field: str | None, relation: Relation | None) -> list[Explanation]:
    """The best pairs, the best first, of which no organisation takes more than :data:`MOST_LINES`."""
    where = Where(fields=(field,) if field else (), relations=(relation,) if relation else ())
    pairs = [
        match
        for profile in board.corpus.of(Country.JP)
        if where.admits(profile)
        for match in board.matcher.rank(profile.id, MOST_PAIRS, where)
    ]
    lines: Counter[str] = Counter()
    chosen: list[Match] = []
    for match in sorted(pairs, key=lambda m: (-m.fit, m.seeker_id, m.partner_id)):
        both = (match.seeker_id, match.partner_id)
        if all(lines[i] < MOST_LINES for i in both):
            lines.update(both)
            chosen.append(match)
        if len(chosen) == MOST_PAIRS:
            break
    return [board.pair(m.seeker_id, m.partner_id, m.relation) for m in chosen]


def _network(found: Sequence[Explanation]) -> Network:
    ends = [(why.match.seeker_id, why.match.partner_id) for why in found]
    columns = dict(zip(Country, untangled(ends), strict=True))
    height = _height({country: len(ids) for country, ids in columns.items()})
    lines = Counter(i for pair in ends for i in pair)
    heights = {
        profile_id: round(Network.TOP + (place + 0.5) * (height - Network.TOP) / len(ids), 1)
        for ids in columns.values()
        for place, profile_id in enumerate(ids)
    }
    nodes = (Node(i, country, heights[i], lines[i]) for country, ids in columns.items() for i in ids)
    edges = (Edge(why, _curve(heights[one], heights[other])) for why, (one, other) in zip(found, ends, strict=True))
    return Network(tuple(nodes), tuple(edges))


def _height(columns: Mapping[Country, int]) -> int:
    return Network.TOP + Network.STEP * max(columns.values(), default=0)


def _curve(start: float, end: float) -> str:
    middle = (Network.LEFT + Network.RIGHT) // 2
    return f"M{Network.LEFT} {start}C{middle} {start} {middle} {end} {Network.RIGHT} {end}"


def untangled(edges: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Both ends of some edges in an order with few crossings, the same for the same edges.

    Each side in turn is sorted by the mean place of its neighbours (barycentre heuristic; Sugiyama, Tagawa and Toda,
    1981, doi:10.1109/TSMC.1981.4308636); the best order met on the way is kept.

    >>> untangled([("a", "y"), ("b", "x")])
    (('a', 'b'), ('y', 'x'))
    """
    left, right = (list(dict.fromkeys(edge[side] for edge in edges)) for side in (0, 1))
    best = (crossings(edges, left, right), tuple(left), tuple(right))
    for sweep in range(_SWEEPS):
        if sweep % 2:
            left.sort(key=_means(edges, 0, right).__getitem__)
        else:
            right.sort(key=_means(edges, 1, left).__getitem__)
        count = crossings(edges, left, right)
        if count < best[0]:
            best = (count, tuple(left), tuple(right))
    return best[1], best[2]


def crossings(edges: Iterable[tuple[str, str]], left: Sequence[str], right: Sequence[str]) -> int:
    """How many pairs of edges cross when both columns are in these orders.

    >>> crossings([("a", "x"), ("b", "y")], ["a", "b"], ["y", "x"])
    1
    """
    places = [(left.index(one), right.index(other)) for one, other in edges]
    return sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(places, 2))


def _means(edges: Iterable[tuple[str, str]], side: int, others: Sequence[str]) -> dict[str, float]:
    places: dict[str, list[int]] = {}
    for edge in edges:
        places.setdefault(edge[side], []).append(others.index(edge[1 - side]))
    return {name: sum(found) / len(found) for name, found in places.items()}


def clipped(text: str, most: int) -> str:
    """A name cut to a width in Latin letters; a Japanese character takes two.

    >>> clipped("National Institute of Advanced Industrial Science", 20), clipped("産業技術総合研究所", 12)
    ('National Institute…', '産業技術総…')
    """
    width = 0
    for place, letter in enumerate(text):
        width += 2 if unicodedata.east_asian_width(letter) in "WFA" else 1
        if width > most:
            return text[: place - 1].rstrip() + "…"
    return text


# --- dashboard -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a bar chart: what it counts, how many there are, and its length, of which the longest has 1."""

    key: Any
    count: int
    length: float


@dataclass(frozen=True, slots=True)
class Pipeline:
    """How far an officer's matches have come. Weeks begin on the day they carry, a Monday."""

    total: int
    statuses: tuple[Bar, ...]
    refusals: tuple[Bar, ...]
    weeks: tuple[Bar, ...]
    overdue: tuple[FollowUp, ...]
    coming: tuple[FollowUp, ...]


def pipeline(found: Sequence[FollowUp], today: date) -> Pipeline:
    """The follow-up of some matches, as of a day; nobody is reminded of those that rest."""
    counts = Counter(f.status for f in found)
    dated = sorted((f for f in found if f.next_step_on and not f.status.is_resting), key=_next_step)
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=ago) for ago in reversed(range(WEEKS_BACK))]
    added = Counter(f.added_on - timedelta(days=f.added_on.weekday()) for f in found)
    refusals = Counter(f.refusal for f in found if f.refusal)
    return Pipeline(
        total=len(found),
        statuses=bars((status, counts[status]) for status in Status),
        refusals=bars(sorted(refusals.items(), key=lambda pair: (-pair[1], pair[0]))),
        weeks=bars((week, added[week]) for week in weeks),
        overdue=tuple(f for f in dated if _next_step(f)[0] < today),
        coming=tuple(f for f in dated if today <= _next_step(f)[0] <= today + timedelta(days=DAYS_AHEAD)),
    )


def bars(counts: Iterable[tuple[_K, int]]) -> tuple[Bar, ...]:
    """Bars of which the longest has length 1.

    >>> [bar.length for bar in bars([("a", 2), ("b", 1), ("c", 0)])]
    [1.0, 0.5, 0.0]
    """
    pairs = list(counts)
    top = max((count for _, count in pairs), default=0) or 1
    return tuple(Bar(key, count, count / top) for key, count in pairs)


def _next_step(found: FollowUp) -> tuple[date, str, str]:
    return (found.next_step_on or date.max, found.seeker_id, found.partner_id)
