"""The same shipped corpus and fitted matcher as in the tests of the library."""

from tests.matcher.conftest import corpus, matcher

__all__ = ["corpus", "matcher"]
