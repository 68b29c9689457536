"""The shipped corpus and a matcher fitted on it, made once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import settings

from matcher.corpus import Corpus
from matcher.match import Match
from matcher.ranking import Matcher
from matcher.taxonomy import Taxonomy
from tests.matcher.builders import of_both_countries

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
def every_match(corpus: Corpus, matcher: Matcher) -> Mapping[tuple[str, str], Match]:
    """Every shipped pair of organisations, seen from either side."""
    return {pair: matcher.score(*pair) for pair in of_both_countries(list(corpus.profiles.values()))}
