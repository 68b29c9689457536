"""The fitted matcher of the current corpus, and the questions that pages, exports and commands ask of it."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TypeVar

import numpy as np
from flask import Flask, current_app
from numpy.typing import NDArray

from matcher.corpus import Corpus
from matcher.encoder import Progress, VectorCache, load_encoder, no_progress
from matcher.explain import Coverage, Explanation, Side, coverage_of, explain
from matcher.profile import Country, Kind, Profile, Programme, ProgrammeStatus, Role, Statement
from matcher.ranking import Hit, Match, Matcher, Relation, Where
from matcher.taxonomy import Taxonomy
from web import store
from web.config import Settings
from web.extensions import db

_V = TypeVar("_V")

_log = logging.getLogger(__name__)

# How many organisations a search considers for its counts.
_POOL: Final = 60
# Below this a statement answers a search no better than it answers random letters (up to 0.12 on the shipped data).
_NEAR: Final = 0.14


class UnknownEntry(LookupError):
    """No organisation or programme has this id; ``suggestions`` are organisations with a similar name."""

    def __init__(self, entry_id: str, suggestions: tuple[Profile, ...] = ()) -> None:
        self.entry_id = entry_id
        self.suggestions = suggestions
        super().__init__(entry_id)


class SameCountry(ValueError):
    """A match was asked for between two organisations of one country."""

    def __init__(self, one: Profile, other: Profile) -> None:
        self.both = (one, other)
        super().__init__(f"{one.id} and {other.id} are both in {one.country}")


@dataclass(frozen=True, slots=True)
class Found:
    """An organisation in a list of search results; without a hit it was found by its name."""

    profile: Profile
    hit: Hit | None

    @property
    def statement(self) -> Statement | None:
        """The statement that answers the search."""
        return self.profile.statement(self.hit.statement_id) if self.hit else None


@dataclass(frozen=True, slots=True)
class Results:
    """One search: what was found, cut to the page's length, and how often each filter value occurs in all of it."""

    found: tuple[Found, ...]
    total: int
    programmes: tuple[Programme, ...]
    suggestions: tuple[Profile, ...]
    countries: dict[Country, int]
    kinds: dict[Kind, int]
    fields: dict[str, int]


@dataclass(frozen=True, slots=True)
class Ranked:
    """One page of an organisation's partners, and how many values each filter could take among all candidates.

    Where nothing was found, ``loosened`` says how many there would be without each filter in use.
    """

    explanations: tuple[Explanation, ...]
    total: int
    kinds: dict[Kind, int]
    fields: dict[str, int]
    subdivisions: dict[str, int]
    loosened: dict[str, int]


@dataclass(frozen=True, slots=True)
class Overview:
    """What the corpus holds."""

    countries: dict[Country, int]
    fields: dict[tuple[str, Country], int]
    roles: dict[Role, int]
    languages: dict[str, int]
    inferred_needs: int
    statuses: dict[ProgrammeStatus, int]
    read_on: date


@dataclass(frozen=True, slots=True)
class Board:
    """A corpus with the matcher fitted on it: what one request works with from start to end."""

    version: int
    corpus: Corpus
    matcher: Matcher
    taxonomy: Taxonomy

    def profile(self, profile_id: str) -> Profile:
        """An organisation by id; :class:`UnknownEntry` otherwise."""
        if profile_id not in self.corpus.profiles:
            raise UnknownEntry(profile_id, self._profiles(self.corpus.suggest(profile_id)))
        return self.corpus.profiles[profile_id]

    def programme(self, programme_id: str) -> Programme:
        """A programme by id; :class:`UnknownEntry` otherwise."""
        if programme_id not in self.corpus.programmes:
            raise UnknownEntry(programme_id)
        return self.corpus.programmes[programme_id]

    def partners(self, seeker_id: str, k: int = 10, where: Where | None = None) -> list[Explanation]:
        """The best partners of an organisation, explained."""
        return [self._explain(match) for match in self.matcher.rank(seeker_id, k, where)]

    def pair(self, seeker_id: str, partner_id: str, relation: Relation | None = None) -> Explanation:
        """One match, explained; :class:`UnknownEntry` or :class:`SameCountry` where there can be none."""
        seeker, partner = self.profile(seeker_id), self.profile(partner_id)
        if seeker.country is partner.country:
            raise SameCountry(seeker, partner)
        return self._explain(self.matcher.score(seeker_id, partner_id, relation))

    def parties(self, explanation: Explanation) -> tuple[Profile, Profile]:
        """Seeker and partner of a match."""
        match = explanation.match
        return self.corpus.profiles[match.seeker_id], self.corpus.profiles[match.partner_id]

    def ranked(self, seeker_id: str, where: Where, k: int = 20, page: int = 1) -> Ranked:
        """One page of the partners of an organisation; only what is on the page is explained."""
        matches = self.matcher.rank(seeker_id, len(self.corpus.profiles), where)
        others = list(self.corpus.of(self.corpus.profiles[seeker_id].country.other))
        used = [name for name in ("kinds", "fields", "subdivisions", "relations") if getattr(where, name)]
        without = [] if matches else [(name, replace(where, **{name: ()})) for name in used]
        return Ranked(
            explanations=tuple(self._explain(m) for m in matches[(page - 1) * k : page * k]),
            total=len(matches),
            kinds=dict(Counter(p.kind for p in others)),
            fields=dict(Counter(field for p in others for field in p.fields)),
            subdivisions=dict(Counter(p.subdivision for p in others)),
            loosened={name: len(self.matcher.rank(seeker_id, len(others), w)) for name, w in without},
        )

    def relations(self, seeker_id: str, partner_id: str) -> tuple[Relation, ...]:
        """The relations that are open to a pair."""

        def is_open(relation: Relation) -> bool:
            try:
                self.matcher.score(seeker_id, partner_id, relation)
            except ValueError:
                return False
            return True

        return tuple(filter(is_open, Relation))

    def also_answered(self, explanation: Explanation, side: Side) -> tuple[tuple[Statement, Statement, Coverage], ...]:
        """Wants that are answered but count for nothing, since enough others are answered better."""
        match, (seeker, partner) = explanation.match, self.parties(explanation)
        affinity, wants, has = (match.gets, seeker, partner) if side == Side.GETS else (match.gives, partner, seeker)
        return tuple(
            (wants.statement(c.wanted_id), has.statement(c.met_by_id), coverage_of(c))
            for c in affinity.contributions
            if c.value == 0 and coverage_of(c) is not Coverage.MISSING
        )

    def overview(self) -> Overview:
        """Counts over the whole corpus."""
        profiles, programmes = self.corpus.profiles.values(), self.corpus.programmes.values()
        statements = [s for p in profiles for s in p.statements]
        return Overview(
            countries=dict(Counter(p.country for p in profiles)),
            fields=dict(Counter((field, p.country) for p in profiles for field in p.fields)),
            roles=dict(Counter(s.role for s in statements)),
            languages=dict(Counter(s.lang for s in statements)),
            inferred_needs=sum(s.is_inferred for s in statements),
            statuses=dict(Counter(p.status for p in programmes)),
            read_on=max(s.read_on for s in statements),
        )

    def browse(self, where: Where, country: Country | None = None, k: int = 20, page: int = 1) -> Results:
        """Organisations that pass the filters, by id, without a search."""
        everything = [Found(p, None) for p in self.corpus.profiles.values()]
        return self._results(everything, where, country, k, page)

    def search(
        self, text: str, where: Where | None = None, country: Country | None = None, k: int = 20, page: int = 1
    ) -> Results:
        """Organisations by name or by what they state; the first are those named so, then by meaning."""
        profiles = self.corpus.profiles
        named = [Found(profiles[i], None) for i in self.corpus.find_named(text)]
        seen = {found.profile.id for found in named}
        hits = [h for h in self.matcher.search(text, k=_POOL) if h.score >= _NEAR]
        everything = named + [Found(profiles[h.profile_id], h) for h in hits if h.profile_id not in seen]
        suggestions = () if named else self._profiles(self.corpus.suggest(text, cutoff=0.72))
        results = self._results(everything, where or Where(), country, k, page)
        return replace(results, programmes=self._programmes(text), suggestions=suggestions)

    def _results(self, everything: list[Found], where: Where, country: Country | None, k: int, page: int) -> Results:
        """Counts are over everything found, before the filters, so that a filter never hides its alternatives."""
        chosen = [f for f in everything if country in (None, f.profile.country) and where.admits(f.profile)]
        return Results(
            found=tuple(chosen[(page - 1) * k : page * k]),
            total=len(chosen),
            programmes=(),
            suggestions=(),
            countries=_counts((f.profile.country for f in everything), (country,) if country else ()),
            kinds=_counts((f.profile.kind for f in everything), where.kinds),
            fields=_counts((field for f in everything for field in f.profile.fields), where.fields),
        )

    def _profiles(self, ids: Iterable[str]) -> tuple[Profile, ...]:
        return tuple(self.corpus.profiles[i] for i in ids)

    def _programmes(self, text: str) -> tuple[Programme, ...]:
        wanted = set(self.taxonomy.tag(text))
        scored = [
            (len(wanted & set(self.taxonomy.tag(" ".join(s.text for s in p.statements)))), p)
            for p in self.corpus.programmes.values()
        ]
        return tuple(p for count, p in sorted(scored, key=lambda pair: (-pair[0], pair[1].id)) if count)[:3]

    def _explain(self, match: Match) -> Explanation:
        profiles = self.corpus.profiles
        return explain(match, profiles[match.seeker_id], profiles[match.partner_id], self.taxonomy)


def _counts(values: Iterable[_V], chosen: Iterable[_V]) -> dict[_V, int]:
    """How often each value occurs; chosen ones are named even at zero, so that they can be taken out again."""
    return dict.fromkeys(chosen, 0) | Counter(values)


class Boards:
    """Keeps one board and replaces it when the corpus has changed; the old one serves until the new one is ready."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._board: Board | None = None
        self._lock = threading.Lock()

    def current(self, progress: Progress = no_progress) -> Board:
        """The board of the stored corpus. Blocks only where there is none yet."""
        version = store.find_corpus_version(db.session)
        board = self._board
        if board is not None and board.version == version:
            return board
        if board is None:
            with self._lock:
                if self._board is None:
                    self._board = self.fit(progress)
                return self._board
        if self._lock.acquire(blocking=False):
            app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
            threading.Thread(target=self._refit, args=(app,), name="refit", daemon=True).start()
        return board

    def fit(self, progress: Progress = no_progress) -> Board:
        """Reads the corpus and fits a matcher, encoding only what neither the package nor the database knows."""
        version, corpus = store.find_corpus_version(db.session), store.get_corpus(db.session)
        taxonomy = Taxonomy.shipped()
        matcher = Matcher(cache=self.cache(), taxonomy=taxonomy).fit(corpus.profiles.values(), progress)
        return Board(version, corpus, matcher, taxonomy)

    def cache(self) -> VectorCache:
        """The configured encoder with the vectors of the package and of the database."""
        cache = VectorCache.shipped(load_encoder(self._settings.encoder_folder))
        cache.known |= store.list_vectors(db.session)
        return cache

    def _refit(self, app: Flask) -> None:
        try:
            with app.app_context():
                self._board = self.fit()
        except Exception:  # noqa: BLE001 - whatever it was, the log says it and the old board stays
            _log.exception("refitting the matcher failed; the previous one keeps serving")
        finally:
            self._lock.release()


def encode_corpus(corpus: Corpus, progress: Progress = no_progress) -> dict[str, NDArray[np.float16]]:
    """Vectors of those statements that neither the package nor the database has a vector of yet."""
    boards: Boards = current_app.extensions["kakehashi.boards"]
    cache = boards.cache()
    cache.encode([s.text for p in corpus.profiles.values() for s in p.statements], progress)
    return cache.added


def current_board() -> Board:
    """The board for this request."""
    boards: Boards = current_app.extensions["kakehashi.boards"]
    return boards.current()
