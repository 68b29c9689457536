"""The shipped corpus and a matcher fitted on it, made once."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from matcher.corpus import Corpus
from matcher.match import Match
from matcher.profile import Country, Profile
from matcher.ranking import Matcher
from matcher.taxonomy import Taxonomy
from tests.matcher.builders import of_both_countries


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return Corpus.shipped()


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return Taxonomy.shipped()


@pytest.fixture(scope="session")
def matcher(corpus: Corpus) -> Matcher:
    return Matcher().fit(corpus.profiles.values())


@pytest.fixture(scope="session")
def some(corpus: Corpus) -> list[Profile]:
    """Eight shipped organisations of each country, for what need not be asked of all."""
    rng = random.Random(5)  # noqa: S311 - no secret
    return [profile for country in Country for profile in rng.sample(list(corpus.of(country)), 8)]


@pytest.fixture(scope="session")
def every_match(corpus: Corpus, matcher: Matcher) -> Mapping[tuple[str, str], Match]:
    """Every shipped pair of organisations, seen from either side."""
    return {pair: matcher.score(*pair) for pair in of_both_countries(list(corpus.profiles.values()))}
