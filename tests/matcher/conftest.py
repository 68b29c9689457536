"""The shipped corpus and a matcher fitted on it, made once."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from hypothesis import settings

from matcher.corpus import Corpus
from matcher.match import Match
from matcher.profile import Country, Profile
from matcher.ranking import Matcher
from matcher.taxonomy import Taxonomy

# The same examples in every run: a test fails for whoever breaks it, not for whoever comes next. No deadline, since a
# shared machine is slow at times.
settings.register_profile("kakehashi", deadline=None, derandomize=True, database=None)
settings.load_profile("kakehashi")


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
    """Eight shipped organisations of each country. The pairs of all grow faster than the data."""
    rng = random.Random(5)  # noqa: S311 - no secret
    return [profile for country in Country for profile in rng.sample(list(corpus.of(country)), 8)]


@pytest.fixture(scope="session")
def matches(corpus: Corpus, matcher: Matcher, some: list[Profile]) -> Mapping[tuple[str, str], Match]:
    """Each of these with every shipped organisation of the other country, seen from either side."""
    pairs = [(one.id, other.id) for one in some for other in corpus.of(one.country.other)]
    return {pair: matcher.score(*pair) for one, other in pairs for pair in ((one, other), (other, one))}
