from __future__ import annotations

import pytest

from matcher.corpus import Corpus
from matcher.profile import Country
from matcher.ranking import Matcher
from matcher.text import guess_language
from tests.matcher.builders import profile
from tests.quality.preferences import PREFERENCES, Preference


@pytest.mark.parametrize("case", PREFERENCES, ids=lambda case: case.why)
def test_the_better_answer_ranks_higher(corpus: Corpus, matcher: Matcher, case: Preference) -> None:
    country = Country.JP if guess_language(case.need) == "ja" else Country.CA
    seeker = profile("case-seeker", country, needs=[case.need])
    better = profile("case-better", country.other, capabilities=[case.better])
    worse = profile("case-worse", country.other, capabilities=[case.worse])
    # The cache is shared, so that each text of the cases is encoded once.
    fitted = Matcher(cache=matcher.cache_).fit([*corpus.profiles.values(), seeker, better, worse])
    places = [m.partner_id for m in fitted.rank(seeker.id, k=len(corpus.profiles))]
    assert places.index(better.id) < (places.index(worse.id) if worse.id in places else len(places))


def test_the_cases_are_in_all_languages_and_across_them() -> None:
    pairs = {(guess_language(case.need), guess_language(case.better)) for case in PREFERENCES}
    assert pairs == {(need, answer) for need in ("en", "fr", "ja") for answer in ("en", "fr", "ja")}
