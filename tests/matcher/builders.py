"""Profiles, documents and an encoder made by hand: small enough to reason about, and no model to load."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from zlib import crc32

import numpy as np
from hypothesis import strategies as st

from matcher.encoder import VectorCache, Vectors
from matcher.profile import Country, Kind, Profile, Role, Statement
from matcher.ranking import Matcher
from matcher.text import guess_language, normalise

DAY = date(2026, 1, 2)
ADDRESS = "https://example.com/about"


class ToyEncoder:
    """Character trigrams hashed into 64 numbers: like texts lie close, and nothing was trained.

    ``batches`` are the texts it was asked for, call by call.
    """

    model_id = "toy"
    dimension = 64

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            padded = f"^^{normalise(text)}$"
            for start in range(len(padded) - 2):
                row[crc32(padded[start : start + 3].encode()) % self.dimension] += 1
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


# --- profiles ---------------------------------------------------------------------------------------------------------


def statement(role: Role, number: int, text: str, *, read_on: date = DAY, is_inferred: bool = False) -> Statement:
    return Statement(
        f"{role.value[0]}{number}", role, guess_language(text), text, ADDRESS, read_on, is_inferred=is_inferred
    )


def profile(
    profile_id: str,
    country: Country,
    *,
    capabilities: Sequence[str] = (),
    needs: Sequence[str] = (),
    kind: Kind = Kind.COMPANY,
    read_on: date = DAY,
) -> Profile:
    """An organisation that states these texts and nothing else of note."""
    return Profile(
        id=profile_id,
        country=country,
        kind=kind,
        names={"en": profile_id.title()},
        subdivision="JP-13" if country is Country.JP else "CA-QC",
        city={"en": "Somewhere"},
        website=ADDRESS,
        fields=("ai",),
        source=ADDRESS,
        read_on=read_on,
        statements=tuple(
            statement(role, number, text, read_on=read_on)
            for role, texts in ((Role.CAPABILITY, capabilities), (Role.NEED, needs))
            for number, text in enumerate(texts, 1)
        ),
    )


def toy_matcher(profiles: Sequence[Profile]) -> Matcher:
    return Matcher(cache=VectorCache(ToyEncoder())).fit(profiles)


# --- profiles by hypothesis: few words, so that statements resemble each other and ties are common --------------------

_WORDS = """battery robot hydrogen annealing quantum sensor imaging forest wheat telescope moteur pile capteur hydrogène
vieillissement 水素 燃料電池 量子アニーリング 介護 ロボット 画像診断 半導体""".split()
_texts = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=4).map(" ".join)
_days = st.dates(date(2015, 1, 1), date(2026, 11, 1))


@st.composite
def _organisations(draw: st.DrawFn, number: int) -> Profile:
    return profile(
        f"{draw(st.sampled_from('abc'))}-{number}",
        draw(st.sampled_from(Country)),
        capabilities=draw(st.lists(_texts, max_size=4)),
        needs=draw(st.lists(_texts, max_size=4)),
        kind=draw(st.sampled_from((Kind.COMPANY, Kind.UNIVERSITY, Kind.GOVERNMENT_BODY))),
        read_on=draw(_days),
    )


@st.composite
def corpora(draw: st.DrawFn) -> list[Profile]:
    """Two to eight organisations of either country, at least one with a statement; some have none at all."""
    first = profile("z-0", Country.JP, capabilities=["battery robot"], needs=["quantum 水素"])
    return [first, *(draw(_organisations(number)) for number in range(1, draw(st.integers(2, 8))))]


def of_both_countries(profiles: Sequence[Profile]) -> list[tuple[str, str]]:
    """Every ordered pair of organisations that could be a match."""
    return [(a.id, b.id) for a in profiles for b in profiles if a.country is not b.country]


# --- documents --------------------------------------------------------------------------------------------------------


def statement_document(statement_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": statement_id,
        "role": "need" if statement_id.startswith("n") else "capability",
        "lang": "en",
        "text": f"Statement {statement_id} says one thing of this organisation.",
        "source": ADDRESS,
        "read_on": "2026-01-02",
    } | changes


def profile_json(**changes: Any) -> dict[str, Any]:
    """A document without a fault, with every optional field, in which some fields are changed."""
    return {
        "id": "maple-robotics",
        "country": "CA",
        "kind": "company",
        "names": {"en": "Maple Robotics Inc.", "fr": "Robotique Érable inc.", "ja": "メープル・ロボティクス"},
        "aliases": ["Maple", "MRI"],
        "subdivision": "CA-QC",
        "city": {"en": "Sherbrooke"},
        "website": ADDRESS,
        "founded": 2009,
        "size": "medium",
        "identifiers": {"wikidata": "Q1", "ror": "https://ror.org/012345678"},
        "fields": ["robotics", "health"],
        "source": ADDRESS,
        "read_on": "2026-01-02",
        "statements": [
            statement_document("c1", trl=9, cooperation=["supply", "distribution"]),
            statement_document("c2", lang="fr"),
            statement_document("c3", lang="ja", text="車いすに取り付けられる軽い腕を造る。"),
            statement_document("n1", inferred=True),
            statement_document("n2"),
        ],
    } | changes


def closure_document(**changes: Any) -> dict[str, Any]:
    return {"year": 2023, "successor": "Oak Robotics", "source": ADDRESS, "read_on": "2026-01-02"} | changes


def programme_json(**changes: Any) -> dict[str, Any]:
    """The same for a programme."""
    return {
        "id": "joint-call",
        "kind": "joint_call",
        "names": {"en": "Joint call"},
        "aliases": ["JC"],
        "countries": ["JP", "CA"],
        "operators": ["Some Agency"],
        "website": ADDRESS,
        "fields": ["ai"],
        "edition": "2026",
        "status": "open",
        "opens_on": "2026-01-02",
        "closes_on": "2026-06-30",
        "founded": 2013,
        "source": ADDRESS,
        "read_on": "2026-01-02",
        "rules": [rule_document("applicant", {"country": "CA", "kinds": ["company"], "sme": True})],
        "links": {"en": ADDRESS, "ja": ADDRESS},
        "budget": {"currency": "CAD", "amount": 2_000_000, "source": ADDRESS, "read_on": "2026-01-02"},
        "contradictions": [
            {
                "field": "closes_on",
                "values": [
                    {"value": day, "source": ADDRESS, "read_on": "2026-01-02"} for day in ("2026-06-30", "2026-07-01")
                ],
            }
        ],
        "statements": [statement_document("c1"), statement_document("n1")],
    } | changes


def rule_document(code: str, value: object, **changes: Any) -> dict[str, Any]:
    return {"rule": code, "value": value, "source": ADDRESS, "read_on": "2026-01-02"} | changes
