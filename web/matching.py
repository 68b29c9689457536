"""The fitted matcher of the current corpus, and the questions that pages, exports and commands ask of it."""

from __future__ import annotations

import logging
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final, TypeVar

import numpy as np
from flask import Flask, current_app
from numpy.typing import NDArray

from matcher.combination import Combination
from matcher.corpus import Corpus
from matcher.duplicates import Candidate, duplicates
from matcher.encoder import Progress, VectorCache, load_encoder, no_progress
from matcher.explain import Coverage, Drop, Explanation, Side, coverage_of, drops, explain, shared_concepts
from matcher.highlight import Highlights, highlights
from matcher.match import Hit, Match, Relation, Where
from matcher.profile import Country, Profile, Programme, ProgrammeStatus, Role, Statement
from matcher.quality import Report, examine
from matcher.questions import Question, questions
from matcher.ranking import MATCHER_VERSION, Matcher
from matcher.standing import Addition, Change, Stability, Standing, stability, standing, what_if
from matcher.taxonomy import Taxonomy
from matcher.text import collation_key, normalise
from matcher.triangles import Triangles
from web import anonymity, store, subjects
from web.config import Settings
from web.extensions import db
from web.facets import Facet, FacetIndex
from web.store import merging, submissions
from web.store.combinations import get_active

_V = TypeVar("_V")

_log = logging.getLogger(__name__)

# How many organisations a search considers for its counts, and how far down a list of partners goes.
_POOL: Final = 60
_DEPTH: Final = 1000
# Below this a statement answers a search no better than it answers random letters (up to 0.12 on the shipped data).
_NEAR: Final = 0.12
# From this length on, a text that is one letter away from a name is taken for a slip.
_LONG_ENOUGH: Final = 6
# What is longer is no slip of anybody's, and would take seconds to compare with every name.
_LONGEST_ID: Final = 80
# How many organisations fit side by side.
MOST_COMPARED: Final = 4


class Sort(StrEnum):
    """In which order a list of organisations is shown. Without a question none is the best: they go by name."""

    BEST = "best"
    NAME = "name"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Listing:
    """Which page of a list is shown, in which order, and in whose alphabet."""

    page: int = 1
    sort: Sort = Sort.BEST
    lang: str = "en"

    def window(self, size: int) -> slice:
        """The places of the page in the whole list."""
        return slice((self.page - 1) * size, self.page * size)


class UnknownEntry(LookupError):
    """No organisation or programme has this id; ``suggestions`` are organisations with a similar name."""

    def __init__(self, entry_id: str, suggestions: tuple[Profile, ...] = ()) -> None:
        self.entry_id = entry_id
        self.suggestions = suggestions
        super().__init__(entry_id)


class ClosedEntry(UnknownEntry):
    """The organisation with this id no longer exists: it can be looked up, but has no partners."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        super().__init__(profile.id)


class DelistedEntry(UnknownEntry):
    """The organisation with this id was withdrawn by itself, or nobody has renewed it."""


class SilentEntry(UnknownEntry):
    """Nothing is known of what the organisation with this id offers or needs: it can be looked up, but not matched."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        super().__init__(profile.id)


class MovedEntry(UnknownEntry):
    """The organisation with this id was merged into another, ``new_id``."""

    def __init__(self, entry_id: str, new_id: str) -> None:
        self.new_id = new_id
        super().__init__(entry_id)


class SameCountry(ValueError):
    """A match was asked for between two organisations of one country."""

    def __init__(self, one: Profile, other: Profile) -> None:
        self.both = (one, other)
        super().__init__(f"{one.id} and {other.id} are both in {one.country}")


@dataclass(frozen=True, slots=True)
class Found:
    """An organisation in a list of search results; without a hit it was found by its name.

    ``shared`` are the concepts that both the search and the statement name, the narrowest first.
    """

    profile: Profile
    hit: Hit | None
    shared: tuple[str, ...] = ()

    @property
    def statement(self) -> Statement | None:
        """The statement that answers the search."""
        return self.profile.statement(self.hit.statement_id) if self.hit else None


@dataclass(frozen=True, slots=True)
class Results:
    """One search: the page asked for, the number of organisations behind it, and every facet.

    ``unfiltered`` is how many there would be without any filter.
    """

    found: tuple[Found, ...]
    total: int
    unfiltered: int
    programmes: tuple[Programme, ...]
    suggestions: tuple[Profile, ...]
    facets: tuple[Facet, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """One page of an organisation's partners, how many there are behind it, and every facet."""

    explanations: tuple[Explanation, ...]
    total: int
    facets: tuple[Facet, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind a match: how much hangs on each evidence, which words carry it, how firm its place is.

    ``highlights`` and ``drops`` are in the order of the evidence; a drop is None where another evidence says it
    already. ``rank`` is the place of the pair in its best relation.
    """

    highlights: tuple[Highlights, ...]
    drops: tuple[Drop | None, ...]
    rank: int
    stability: Stability
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One need of the seeker as a partner meets it; no statement where nothing does."""

    coverage: Coverage
    statement: Statement | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One organisation in a comparison; with a seeker, also the match and an answer to each of the seeker's needs."""

    profile: Profile
    explanation: Explanation | None
    behind: Behind | None
    answers: tuple[Answer, ...]
    concepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Up to four organisations side by side, and those that were asked for but cannot stand there."""

    seeker: Profile | None
    columns: tuple[Compared, ...]
    common: tuple[str, ...]
    unknown: tuple[str, ...]
    same_country: tuple[Profile, ...]
    too_many: tuple[Profile, ...]


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


class Memory:
    """What was asked for lately, so that the next page, filter or order costs no new search.

    >>> memory = Memory(2)
    >>> [memory.recall(key, lambda: key.upper()) for key in "aab"]
    ['A', 'A', 'B']
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, key: Hashable, make: Callable[[], _V]) -> _V:
        """What was made for a key, made now where it is no longer known."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        value = make()
        with self._lock:
            self._kept[key] = value
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return value


@dataclass(frozen=True, slots=True)
class Board:
    """A corpus with the matcher fitted on it: what one request works with from start to end."""

    version: int
    corpus: Corpus
    matcher: Matcher
    taxonomy: Taxonomy
    # Where the address of an organisation leads that was merged into another, or that was anonymous.
    moved: Mapping[str, str] = field(default_factory=dict)
    # Addresses of organisations that are no longer listed.
    delisted: frozenset[str] = frozenset()
    # A ranking holds far more than the hits of a search, so fewer are kept.
    _searches: Memory = field(default_factory=lambda: Memory(512), repr=False, compare=False)
    _fragments: Memory = field(default_factory=lambda: Memory(4096), repr=False, compare=False)
    _rankings: Memory = field(default_factory=lambda: Memory(32), repr=False, compare=False)
    _answers: Memory = field(default_factory=lambda: Memory(256), repr=False, compare=False)
    # Lists as JSON, of some 25 kB each.
    _documents: Memory = field(default_factory=lambda: Memory(1024), repr=False, compare=False)
    _made: Memory = field(default_factory=lambda: Memory(1), repr=False, compare=False)
    _making: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def matcher_version(self) -> str:
        """What a stored match was computed with: the matcher, and its weights and taxonomy where others are in use."""
        weights = self.matcher.combination_
        version = MATCHER_VERSION if weights == Combination.shipped() else f"{MATCHER_VERSION}+{weights.version}"
        return version if self.taxonomy is Taxonomy.shipped() else f"{version}+{self.taxonomy.digest}"

    def profile(self, profile_id: str) -> Profile:
        """An organisation that can have partners, by id; otherwise :class:`UnknownEntry`, of whichever sort."""
        if profile_id in self.corpus.closed:
            raise ClosedEntry(self.corpus.closed[profile_id])
        if profile_id in self.corpus.silent:
            raise SilentEntry(self.corpus.silent[profile_id])
        if profile_id not in self.corpus.profiles:
            if profile_id in self.delisted:
                raise DelistedEntry(profile_id)
            if profile_id in self.moved:
                raise MovedEntry(profile_id, self.moved[profile_id])
            near = self.corpus.suggest(profile_id) if len(profile_id) <= _LONGEST_ID else ()
            raise UnknownEntry(profile_id, self._profiles(near))
        return self.corpus.profiles[profile_id]

    def organisation(self, profile_id: str) -> Profile:
        """An organisation by id, whether or not it can have partners; :class:`UnknownEntry` otherwise."""
        return self.corpus.organisations.get(profile_id) or self.profile(profile_id)

    def programme(self, programme_id: str) -> Programme:
        """A programme by id; :class:`UnknownEntry` otherwise."""
        if programme_id not in self.corpus.programmes:
            raise UnknownEntry(programme_id)
        return self.corpus.programmes[programme_id]

    def triangles(self) -> Triangles:
        """Programmes beside the fitted matcher; made once, when first asked for."""
        with self._making:
            return self._made.recall("triangles", lambda: Triangles(self.matcher, self.corpus.programmes.values()))

    def remembered(self, *key: Hashable, make: Callable[[], _V]) -> _V:
        """What was worked out of this board's programmes lately, made now where it is not known."""
        return self._answers.recall(key, make)

    def document(self, *key: Hashable, make: Callable[[], _V]) -> _V:
        """An answer to a program that says nothing but this board and its key, written once."""
        return self._documents.recall(key, make)

    def partners(
        self, seeker_id: str, k: int = 10, where: Where | None = None, without: Collection[str] = ()
    ) -> list[Explanation]:
        """The best partners of an organisation, explained; those in ``without`` stay away."""
        matches = self.matcher.rank(seeker_id, k + len(without), where)
        return [self._explain(match) for match in matches if match.partner_id not in without][:k]

    def preview(self, profile: Profile, k: int) -> list[Explanation]:
        """The best partners that a profile in the making would have, explained; nobody else sees it."""
        found, known = self.matcher.rank_as(profile, k), self.corpus.profiles
        return [explain(match, profile, known[match.partner_id], self.taxonomy) for match in found]

    def rank_of(self, seeker_id: str, partner_id: str) -> int | None:
        """Where a partner stands on the whole list of an organisation; None where it does not."""
        ids = [match.partner_id for match in self._matches(seeker_id)]
        return ids.index(partner_id) + 1 if partner_id in ids else None

    def _matches(self, seeker_id: str) -> list[Match]:
        found: list[Match] = self._rankings.recall(seeker_id, lambda: self.matcher.rank(seeker_id, _DEPTH))
        return found

    def pair(self, seeker_id: str, partner_id: str, relation: Relation | None = None) -> Explanation:
        """One match, explained; :class:`UnknownEntry` or :class:`SameCountry` where there can be none."""
        seeker, partner = self.profile(seeker_id), self.profile(partner_id)
        if seeker.country is partner.country:
            raise SameCountry(seeker, partner)
        return self._explain(self.matcher.score(seeker_id, partner_id, relation))

    def pair_as(self, seeker_id: str, partner_id: str, relation: Relation | None) -> Explanation:
        """:meth:`pair` in the relation asked for, where the pair can have it; else in the one that fits best."""
        best = self.pair(seeker_id, partner_id)
        if relation is None or relation not in self.relations(seeker_id, partner_id):
            return best
        return self.pair(seeker_id, partner_id, relation)

    def behind(self, explanation: Explanation) -> Behind:
        """What stands behind a match, kept for the next one who looks."""
        match = explanation.match
        key = ("behind", match.seeker_id, match.partner_id, match.relation)
        return self._searches.recall(key, lambda: self._behind(explanation))

    def standing(self, seeker_id: str, partner_id: str, where: Where) -> Standing:
        """Where a partner stands in the list of a seeker, and why not higher; raises like :meth:`pair`."""
        self.pair(seeker_id, partner_id)
        return standing(self.matcher, seeker_id, partner_id, where, self._matches(seeker_id))

    def what_if(self, seeker_id: str, partner_id: str, typed: Addition | None = None) -> tuple[Change, ...]:
        """What an added statement would make of a pair: one that was typed, or else those that could help most."""
        if typed is not None:
            return what_if(self.matcher, seeker_id, partner_id, [typed])
        key = ("what if", seeker_id, partner_id)
        return self._searches.recall(key, lambda: what_if(self.matcher, seeker_id, partner_id))

    def possible_partners(self, seeker_id: str, name: str) -> tuple[Profile, ...]:
        """Organisations of the other country by the beginning of a name, as :meth:`lookup`."""
        other = self.profile(seeker_id).country.other
        return tuple(p for p in self.lookup(name, most=_POOL) if p.country is other and p.id in self.corpus.profiles)[
            :8
        ]

    def parties(self, explanation: Explanation) -> tuple[Profile, Profile]:
        """Seeker and partner of a match."""
        match = explanation.match
        return self.corpus.profiles[match.seeker_id], self.corpus.profiles[match.partner_id]

    def ranked(self, seeker_id: str, where: Where, k: int = 20, page: int = 1, without: Collection[str] = ()) -> Ranked:
        """One page of the partners of an organisation, each in the relation that fits best.

        Only what is on the page is explained. A filter by relation keeps those whose best relation it is, so that a row
        says the same as the page of its match. Those in ``without`` stay away, from the counts too.
        """
        matches = [match for match in self._matches(seeker_id) if match.partner_id not in without]
        relations = {m.partner_id: m.relation for m in matches}
        narrowed = self._facets().narrow(list(relations), where, relations=relations)
        return Ranked(
            explanations=tuple(self._explain(matches[i]) for i in narrowed.kept[(page - 1) * k : page * k]),
            total=len(narrowed.kept),
            facets=narrowed.facets,
        )

    def compare(self, profile_ids: Iterable[str], seeker_id: str | None = None) -> Comparison:
        """Organisations side by side, in the order given, as partners of a seeker where there is one."""
        seeker = self.profile(seeker_id) if seeker_id else None
        asked = list(dict.fromkeys(self.moved.get(i, i) for i in profile_ids))
        known = [self.corpus.profiles[i] for i in asked if i in self.corpus.profiles]
        near = [p for p in known if seeker and p.country is seeker.country]
        fitting = [p for p in known if p not in near]
        columns = tuple(self._compared(p, seeker) for p in fitting[:MOST_COMPARED])
        spoken_of = [self._concepts(column.profile) for column in columns]
        return Comparison(
            seeker=seeker,
            columns=columns,
            common=self._common(spoken_of),
            unknown=tuple(i for i in asked if i not in self.corpus.profiles),
            same_country=tuple(near),
            too_many=tuple(fitting[MOST_COMPARED:]),
        )

    def _compared(self, profile: Profile, seeker: Profile | None) -> Compared:
        why = self._explain(self.matcher.score(seeker.id, profile.id)) if seeker else None
        answers = []
        met = {c.wanted_id: c for c in why.match.gets.contributions} if why else {}
        for need in seeker.needs if seeker else ():
            coverage = coverage_of(met[need.id]) if need.id in met else Coverage.UNKNOWN
            is_met = coverage in (Coverage.COVERED, Coverage.PARTLY)
            statement = profile.statement(met[need.id].met_by_id) if is_met else None
            answers.append(Answer(coverage, statement))
        spoken_of = self._concepts(profile)
        redundant = {ancestor for notation in spoken_of for ancestor in self.taxonomy.ancestors(notation)}
        behind = self.behind(why) if why else None
        return Compared(profile, why, behind, tuple(answers), tuple(sorted(spoken_of - redundant)))

    def _common(self, spoken_of: Sequence[frozenset[str]]) -> tuple[str, ...]:
        """The concepts that all of several organisations speak of, the narrowest first."""
        if len(spoken_of) < 2:
            return ()
        shared = spoken_of[0]
        for other in spoken_of[1:]:
            shared = frozenset(shared_concepts(shared, other, self.taxonomy))
        return shared_concepts(shared, shared, self.taxonomy)

    def _concepts(self, profile: Profile) -> frozenset[str]:
        return frozenset(notation for s in profile.statements for notation in self.taxonomy.tag(s.text))

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

    def quality(self, day: date) -> Report:
        """How good the data is as of a day."""

        def report() -> Report:
            found = examine(anonymity.without_masked(self.corpus), self.taxonomy, day)
            return replace(found, snapshot_id=self.corpus.snapshot_id)

        return self._searches.recall(("quality", day), report)

    def duplicates(self) -> list[tuple[str, str, Candidate]]:
        """Pairs of organisations that may be one, the surest first; the fuller of a pair first."""

        def found() -> list[tuple[str, str, Candidate]]:
            return duplicates(anonymity.without_masked(self.corpus).organisations.values())

        return self._searches.recall(("duplicates",), found)

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

    def browse(
        self, where: Where, country: Country | None = None, k: int = 20, listing: Listing | None = None
    ) -> Results:
        """Organisations that pass the filters, without a search."""
        listing = listing or Listing()
        found = [Found(self.corpus.profiles[i], None) for i in self._in_order(listing) if i in self.corpus.profiles]
        return self._results(found, where, country, listing.window(k))

    def search(
        self, text: str, where: Where | None = None, country: Country | None = None, k: int = 20,
        listing: Listing | None = None,
    ) -> Results:  # fmt: skip
        """Organisations by name or by what they state; the best are those named so, then those nearest in meaning."""
        listing = listing or Listing()
        found, programmes, suggestions = self._searches.recall(normalise(text), lambda: self._found(text))
        if listing.sort is not Sort.BEST:
            place = {profile_id: i for i, profile_id in enumerate(self._in_order(listing))}
            found = sorted(found, key=lambda f: place[f.profile.id])
        results = self._results(found, where or Where(), country, listing.window(k))
        return replace(results, programmes=programmes, suggestions=suggestions)

    def lookup(self, text: str, most: int = 8) -> tuple[Profile, ...]:
        """Organisations by the beginning of a name or of a word in it, in any script; then those one letter away."""
        ids = (*self.corpus.find_named(text), *self.corpus.find_almost_named(text))
        return self._profiles(list(dict.fromkeys(ids))[:most])

    def fragment(self, *key: Hashable, caller: Callable[[], str]) -> str:
        """A part of a page that shows nothing but this board and its key, made once: ``{% call board.fragment(…) %}``.

        Nothing of the visitor, their account or their session may stand in it.
        """
        return self._fragments.recall(key, caller)

    def _found(self, text: str) -> tuple[list[Found], tuple[Programme, ...], tuple[Profile, ...]]:
        """Everything that answers a text, and what else to offer."""
        asked = frozenset(self.taxonomy.tag(text))
        named = self.corpus.find_named(text)
        hits = [h for h in self.matcher.search(text, k=_POOL) if h.score >= _NEAR and h.profile_id not in named]
        near = () if named else self.corpus.suggest(text, cutoff=0.72) or self._almost(text)
        found = [Found(profile, None) for profile in self._profiles(named)]
        found += [self._with_shared(Found(self.corpus.profiles[h.profile_id], h), asked) for h in hits]
        return found, self._programmes(text), self._profiles(near)

    def _almost(self, text: str) -> tuple[str, ...]:
        """Short words are one letter away from too many names."""
        return self.corpus.find_almost_named(text)[:3] if len(text) >= _LONG_ENOUGH else ()

    def _results(self, found: Sequence[Found], where: Where, country: Country | None, window: slice) -> Results:
        narrowed = self._facets().narrow([f.profile.id for f in found], where, country)
        return Results(
            found=tuple(found[i] for i in narrowed.kept[window]),
            total=len(narrowed.kept),
            unfiltered=len(found),
            programmes=(),
            suggestions=(),
            facets=narrowed.facets,
        )

    def _with_shared(self, found: Found, asked: frozenset[str]) -> Found:
        if found.statement is None:
            return found
        spoken_of = frozenset(self.taxonomy.tag(found.statement.text))
        return replace(found, shared=shared_concepts(asked, spoken_of, self.taxonomy))

    def _facets(self) -> FacetIndex:
        return self._searches.recall(("facets",), lambda: FacetIndex(self.corpus.organisations.values()))

    def _in_order(self, listing: Listing) -> tuple[str, ...]:
        """Ids of all organisations by name in a language, or the newest data first."""

        def ordered() -> tuple[str, ...]:
            profiles = sorted(
                self.corpus.organisations.values(), key=lambda p: (*collation_key(p.name(listing.lang)), p.id)
            )
            if listing.sort is Sort.NEWEST:
                profiles.sort(key=read_on, reverse=True)
            return tuple(p.id for p in profiles)

        return self._searches.recall(("order", listing.sort, listing.lang), ordered)

    def _profiles(self, ids: Iterable[str]) -> tuple[Profile, ...]:
        return tuple(self.corpus.organisations[i] for i in ids)

    def _programmes(self, text: str) -> tuple[Programme, ...]:
        wanted = set(self.taxonomy.tag(text))
        scored = [
            (len(wanted & set(self.taxonomy.tag(" ".join(s.text for s in p.statements)))), p)
            for p in self.corpus.programmes.values()
        ]
        return tuple(p for count, p in sorted(scored, key=lambda pair: (-pair[0], pair[1].id)) if count)[:3]

    def _behind(self, explanation: Explanation) -> Behind:
        match, matcher = explanation.match, self.matcher
        best = matcher.score(match.seeker_id, match.partner_id)
        lost = {(drop.side, drop.met_by_id): drop for drop in drops(matcher, match)}
        return Behind(
            highlights=tuple(highlights(e, matcher) for e in explanation.evidence),
            drops=tuple(lost.pop((e.side, e.met_by.id), None) for e in explanation.evidence),
            rank=matcher.place(matcher.profile(match.seeker_id), best),
            stability=stability(matcher, match.seeker_id, [match.partner_id])[match.partner_id],
            questions=questions(matcher, match.seeker_id, match.partner_id),
        )

    def _explain(self, match: Match) -> Explanation:
        profiles = self.corpus.profiles
        return explain(match, profiles[match.seeker_id], profiles[match.partner_id], self.taxonomy)


def read_on(profile: Profile) -> date:
    """The day on which the newest of an organisation's facts was read."""
    return max([profile.read_on, *(s.read_on for s in profile.statements)])


class Boards:
    """Keeps one board and replaces it when the corpus has changed; the old one serves until the new one is ready."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._board: Board | None = None
        self._lock = threading.Lock()

    @property
    def is_fitted(self) -> bool:
        """Whether there is a board to serve with."""
        return self._board is not None

    def close(self, seconds: float) -> bool:
        """Waits for a refit in progress and lets no other begin; whether it ended in time."""
        return self._lock.acquire(timeout=seconds)

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
        taxonomy, cache = subjects.changed_taxonomy(), self.cache()
        listings, redirects = submissions.list_listings(db.session), merging.list_redirects(db.session)
        seen = anonymity.listed(corpus, listings, redirects, cache)
        matcher = Matcher(cache=cache, taxonomy=taxonomy, combination=_active_combination())
        matcher.fit(seen.corpus.profiles.values(), progress)
        return Board(version, seen.corpus, matcher, taxonomy, seen.moved, seen.delisted)

    def taxonomy(self) -> Taxonomy:
        """That of the board that serves; the shipped one where none does."""
        return self._board.taxonomy if self._board else Taxonomy.shipped()

    def cache(self) -> VectorCache:
        """The configured encoder with the vectors of the package and of the database."""
        cache = VectorCache.shipped(load_encoder(self._settings.encoder_folder))
        cache.known |= store.list_vectors(db.session)
        return cache

    def _refit(self, app: Flask) -> None:
        try:
            with app.app_context():
                board = self.fit()
                # Before anybody waits for them, and so that new texts of programmes are kept below.
                board.triangles()
                self._board = board
                # So that neither a restart nor another process has to encode the same texts once more.
                if fresh := board.matcher.cache_.added:
                    store.save_vectors(db.session, fresh)
                    db.session.commit()
        except Exception:  # noqa: BLE001 - whatever it was, the log says it and the old board stays
            _log.exception("refitting the matcher failed; the previous one keeps serving")
        finally:
            self._lock.release()


def _active_combination() -> Combination:
    """The weights in use; the shipped ones where this release cannot read what an earlier one has learned."""
    active = get_active(db.session)
    try:
        return active.combination
    except (KeyError, TypeError, ValueError):
        _log.exception("the weights %s cannot be read; the shipped ones are used", active.version)
        return Combination.shipped()


def encode_corpus(corpus: Corpus, progress: Progress = no_progress) -> dict[str, NDArray[np.float16]]:
    """Vectors of those statements that neither the package nor the database has a vector of yet."""
    boards: Boards = current_app.extensions["kakehashi.boards"]
    cache = boards.cache()
    entries: list[Profile | Programme] = [*corpus.profiles.values(), *corpus.programmes.values()]
    cache.encode([s.text for entry in entries for s in entry.statements], progress)
    return cache.added


def current_board() -> Board:
    """The board for this request."""
    boards: Boards = current_app.extensions["kakehashi.boards"]
    return boards.current()
