"""Any number of made-up organisations that look like shipped ones to the matcher: same words and counts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date

import numpy as np

from matcher.corpus import Corpus
from matcher.encoder import Vectors
from matcher.profile import Country, Kind, Profile, Role, Statement

DIMENSION = 512
_TEXTS = 20_000
_CAPABILITIES, _NEEDS = 5, 3


class SyntheticEncoder:
    """Stands in for the model: text number i has the i-th of a fixed set of vectors, drawn around 200 topics."""

    model_id = "synthetic"
    dimension = DIMENSION

    def __init__(self) -> None:
        rng = np.random.default_rng(7)
        topics = rng.standard_normal((200, DIMENSION), np.float32)
        rows = topics[rng.integers(0, 200, _TEXTS)] + 1.5 * rng.standard_normal((_TEXTS, DIMENSION), np.float32)
        self.vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(self.vectors[[int(text.split(" ", 1)[0]) for text in texts]])


def synthetic_profiles(count: int) -> list[Profile]:
    """``count`` organisations, half of them in each country; equal for equal counts."""
    rng = random.Random(11)  # noqa: S311 - test data, no secret
    words = sorted({w for p in Corpus.shipped().profiles.values() for s in p.statements for w in s.text.split()})
    texts = [f"{i} " + " ".join(rng.choices(words, k=18)) for i in range(_TEXTS)]
    today, profiles = date(2026, 1, 1), []
    roles = [(Role.CAPABILITY, f"c{i + 1}") for i in range(_CAPABILITIES)]
    roles += [(Role.NEED, f"n{i + 1}") for i in range(_NEEDS)]
    for number in range(count):
        country = (Country.JP, Country.CA)[number % 2]
        statements = tuple(
            Statement(statement_id, role, "en", rng.choice(texts), "https://example.com/", today)
            for role, statement_id in roles
        )
        profiles.append(
            Profile(
                id=f"synthetic-{number:06}",
                country=country,
                kind=Kind.COMPANY,
                names={"en": f"Synthetic {number}"},
                subdivision="JP-13" if country is Country.JP else "CA-ON",
                city={"en": "Somewhere"},
                website="https://example.com/",
                fields=("ai",),
                source="https://example.com/",
                read_on=today,
                statements=statements,
            )
        )
    return profiles
