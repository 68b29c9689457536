"""Whether an exported dossier can be made again: the same question to the data of today, and each difference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from matcher.match import Relation, Where
from web.exports.dossier import FORMAT, FORMAT_VERSION, MOST_ENTRIES, Source, read_filters, verification_id
from web.matching import Board, SameCountry

# Fits may differ in the last digits between machines; pages show hundredths of a point, which is 1e-4.
_TOLERANCE: Final = 1e-9
_LARGEST: Final = 50_000_000


class NoDossier(ValueError):
    """The file is no dossier that this version can read; the message says why."""


class Code(StrEnum):
    """What can differ."""

    EDITED = "file_edited"
    DATA = "data_changed"
    MATCHER = "matcher_changed"
    GONE = "organisation_gone"
    RANK = "rank_changed"
    NEW = "partner_new"
    DROPPED = "partner_dropped"
    FIT = "fit_changed"
    BAND = "band_changed"
    RELATION = "relation_changed"
    EVIDENCE = "evidence_changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: whom it concerns, and the value then and now."""

    code: Code
    subject: str
    then: str
    now: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.code.value.replace('_', ' ')}: {self.then or '–'} -> {self.now or '–'}"


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome for one file; without differences everything is the same."""

    id: str
    entries: int
    differences: tuple[Difference, ...]

    @property
    def is_identical(self) -> bool:
        return not self.differences


# --- the file ---------------------------------------------------------------------------------------------------------


class _Part(BaseModel):
    """A part of a dossier document, as far as it is compared."""

    model_config = ConfigDict(strict=True, frozen=True)


class _Statement(_Part):
    id: str
    text: str
    source: str


class _Evidence(_Part):
    side: str
    wanted: _Statement
    met_by: _Statement | None = None

    def __str__(self) -> str:
        stated = [self.wanted, self.met_by] if self.met_by else [self.wanted]
        return " <- ".join(f"{s.text} <{s.source}>" for s in stated)


class _Match(_Part):
    relation: Relation
    fit: float
    band: str
    evidence: tuple[_Evidence, ...]
    gaps: tuple[_Evidence, ...]

    def wants(self) -> dict[tuple[str, str], str]:
        """What stands against what, by the side and the statement that wants."""
        return {(e.side, e.wanted.id): str(e) for e in (*self.gaps, *self.evidence)}


class _Organisation(_Part):
    id: str
    names: dict[str, str]

    @property
    def name(self) -> str:
        return self.names.get("en", self.id)


class _Entry(_Part):
    place: int
    seeker: _Organisation
    partner: _Organisation
    data_snapshot: str
    match: _Match

    @property
    def subject(self) -> str:
        return f"{self.seeker.id} / {self.partner.id}"


class _Origin(_Part):
    source: Source
    seeker: str
    top: int
    filters: dict[str, tuple[str, ...]]
    without: tuple[str, ...] = ()


class _Dossier(_Part):
    verification_id: str
    data_snapshot: str
    matcher_version: str
    origin: _Origin
    entries: Annotated[tuple[_Entry, ...], Field(max_length=MOST_ENTRIES)]


def read_dossier(path: Path) -> Mapping[str, Any]:
    """A dossier exported as JSON; :class:`NoDossier` for anything else, FileNotFoundError where there is no file."""
    with path.open("rb") as file:
        # Not by its size on disk: a pipe has none.
        text = file.read(_LARGEST + 1)
    if len(text) > _LARGEST:
        raise NoDossier(f"{path.name} is larger than any dossier")
    try:
        content = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NoDossier(f"{path.name} is no JSON: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise NoDossier(f"{path.name} is no dossier exported by Kakehashi as JSON")
    if content.get("version") != FORMAT_VERSION:
        raise NoDossier(f"{path.name} has version {content.get('version')}; this release reads {FORMAT_VERSION}")
    return content


# --- the comparison ---------------------------------------------------------------------------------------------------


def verify(board: Board, content: Mapping[str, Any]) -> Verification:
    """Asks the question of a dossier again. Raises :class:`NoDossier` where parts are missing or misshapen."""
    try:
        # Strictly as JSON has it: lists become tuples, but no text becomes a number.
        dossier = _Dossier.model_validate_json(json.dumps(content))
        where = read_filters(dossier.origin.filters)
        digest = verification_id(content)
    except (ValidationError, KeyError, ValueError) as error:
        first = error.errors()[0]["loc"] if isinstance(error, ValidationError) else ("origin", "filters")
        raise NoDossier(f"the dossier is damaged at {'.'.join(map(str, first))}") from error
    try:
        return Verification(digest, len(dossier.entries), tuple(_differences(board, dossier, digest, where)))
    except SameCountry as error:
        raise NoDossier(f"the dossier is damaged: {error}") from error


def _differences(board: Board, dossier: _Dossier, digest: str, where: Where) -> Iterator[Difference]:
    yield from _compare(Code.EDITED, "file", dossier.verification_id, digest)
    yield from _compare(Code.DATA, "data", dossier.data_snapshot, board.corpus.snapshot_id)
    yield from _compare(Code.MATCHER, "matcher", dossier.matcher_version, board.matcher_version)
    is_ranked = dossier.origin.source is Source.RANKING
    for entry in dossier.entries:
        if entry.data_snapshot != dossier.data_snapshot:
            yield from _compare(Code.DATA, entry.subject, entry.data_snapshot, board.corpus.snapshot_id)
        gone = [party for party in (entry.seeker, entry.partner) if party.id not in board.corpus.profiles]
        yield from (Difference(Code.GONE, entry.subject, party.name, "") for party in gone)
        if not gone:
            # A ranking lists everybody in the relation that fits best; a match and a shortlist keep the one chosen.
            yield from _match_differences(board, entry, None if is_ranked else entry.match.relation)
    if is_ranked and dossier.origin.seeker in board.corpus.profiles:
        yield from _order_differences(board, dossier, where)


def _match_differences(board: Board, entry: _Entry, relation: Relation | None) -> Iterator[Difference]:
    pair = entry.seeker.id, entry.partner.id
    if relation not in (None, *board.relations(*pair)):
        # The pair can no longer have this relation.
        relation = None
    then, now = entry.match, _Match.model_validate(board.pair(*pair, relation).to_dict(), strict=False)
    yield from _compare(Code.RELATION, entry.subject, then.relation, now.relation)
    if abs(then.fit - now.fit) > _TOLERANCE:
        yield Difference(Code.FIT, entry.subject, f"{100 * then.fit:.4f}", f"{100 * now.fit:.4f}")
    yield from _compare(Code.BAND, entry.subject, then.band, now.band)
    before, after = then.wants(), now.wants()
    for want in dict.fromkeys((*before, *after)):
        yield from _compare(Code.EVIDENCE, entry.subject, before.get(want, ""), after.get(want, ""))


def _order_differences(board: Board, dossier: _Dossier, where: Where) -> Iterator[Difference]:
    """Who stands where in the list."""
    origin = dossier.origin
    top = min(origin.top, MOST_ENTRIES)
    ranked = board.ranked(origin.seeker, where, k=top, without=origin.without).explanations
    now = {explanation.match.partner_id: place for place, explanation in enumerate(ranked, 1)}
    then = {entry.partner.id: entry.place for entry in dossier.entries}
    for partner_id, place in then.items():
        if partner_id in now:
            yield from _compare(Code.RANK, partner_id, str(place), str(now[partner_id]))
        elif partner_id in board.corpus.profiles:
            yield Difference(Code.DROPPED, partner_id, str(place), "")
    for partner_id, place in now.items():
        if partner_id not in then:
            yield Difference(Code.NEW, partner_id, "", str(place))


def _compare(code: Code, subject: str, then: str, now: str) -> Iterator[Difference]:
    if then != now:
        yield Difference(code, subject, str(then), str(now))
