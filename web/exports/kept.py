"""Matches that were kept, as the library's types again, so that they are put into words as fresh ones are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from matcher.explain import Bar, Coverage, Evidence, Explanation, Gap, Side
from matcher.match import Affinity, Confidence, Contribution, Ground, GroundPart, Likeness, Match, Relation, Signals
from matcher.profile import Country, Kind, Profile, Role, Statement
from web.matching import Board
from web.store.snapshots import KeptStatement, Party, Snapshot


def party(board: Board, kept: Party) -> Profile:
    """A side as it was. What a snapshot leaves out is as now; of an organisation since removed it stays empty."""
    now = board.corpus.profiles.get(kept.id)
    inferred = {(s.id, s.text) for s in now.statements if s.is_inferred} if now else set()
    statements = tuple(_statement(s, is_inferred=(s.id, s.text) in inferred) for s in kept.statements)
    if now is not None:
        return replace(now, names=dict(kept.names), kind=Kind(kept.kind), statements=statements)
    return Profile(
        kept.id, Country(kept.country), Kind(kept.kind), dict(kept.names), "", {"en": ""}, "", (), "", date.min,
        statements,
    )  # fmt: skip


def _statement(kept: KeptStatement, *, is_inferred: bool) -> Statement:
    role, read_on = Role(kept.role), date.fromisoformat(kept.read_on)
    return Statement(
        kept.id, role, kept.lang, kept.text, kept.source, read_on, is_inferred=is_inferred,
        is_withheld=kept.is_withheld,
    )  # fmt: skip


def explanation(snapshot: Snapshot, seeker: Profile, partner: Profile) -> Explanation:
    """The inverse of ``Explanation.to_dict()``."""
    kept = snapshot.match
    match = _match(kept)
    evidence = tuple(_evidence(e, match, seeker, partner) for e in kept["evidence"])
    # What was kept before a gap could be unknown does not say that it is missing.
    gaps = tuple(
        Gap(
            Side(g["side"]),
            _of(g, seeker, partner).statement(g["wanted"]["id"]),
            Coverage(g.get("coverage", Coverage.MISSING)),
        )
        for g in kept["gaps"]
    )
    bars = tuple(Bar(Side(b["side"]), b["wanted"], b["met_by"], b["start"], b["end"]) for b in kept["waterfall"])
    return Explanation(match, evidence, gaps, tuple(map(Side, kept["unknown"])), bars, tuple(kept["common_concepts"]))


def _match(kept: Mapping[str, Any]) -> Match:
    ground, confidence = kept["ground"], kept["confidence"]
    return Match(
        kept["seeker"],
        kept["partner"],
        Relation(kept["relation"]),
        kept["fit"],
        _affinity(kept["gets"]),
        _affinity(kept["gives"]),
        kept["gets_factor"],
        kept["gives_factor"],
        _ground(ground),
        Confidence(confidence["completeness"], confidence["freshness"], confidence["directness"]),
    )


def _ground(kept: Mapping[str, Any]) -> Ground:
    # The first version of the matcher knew one likeness.
    parts = kept.get("parts") or [{"likeness": "meaning", "similarity": kept["cosine"], "weight": kept["weight"]}]
    return Ground(tuple(GroundPart(Likeness(p["likeness"]), p["similarity"], p["weight"]) for p in parts))


def _affinity(kept: Mapping[str, Any]) -> Affinity:
    contributions = tuple(
        Contribution(c["wanted"], c["met_by"], c["similarity"], c["weight"], c["value"], Signals(**c["signals"]))
        for c in kept["contributions"]
    )
    return Affinity(kept["value"], contributions)


def _of(kept: Mapping[str, Any], seeker: Profile, partner: Profile) -> Profile:
    """Whose want it is."""
    return seeker if kept["side"] == Side.GETS else partner


def _evidence(kept: Mapping[str, Any], match: Match, seeker: Profile, partner: Profile) -> Evidence:
    side, wants = Side(kept["side"]), _of(kept, seeker, partner)
    affinity, has = (match.gets, partner) if side is Side.GETS else (match.gives, seeker)
    wanted, met_by = wants.statement(kept["wanted"]["id"]), has.statement(kept["met_by"]["id"])
    signals = next(c.signals for c in affinity.contributions if c.wanted_id == wanted.id)
    shared = tuple(kept["shared_concepts"])
    return Evidence(side, wanted, met_by, Coverage(kept["coverage"]), kept["points"], signals, shared)
