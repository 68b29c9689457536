from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Final

import pytest

from matcher.corpus import Corpus
from matcher.match import Match, Relation
from matcher.profile import Country, Kind, Profile
from matcher.ranking import Matcher
from matcher.text import guess_language
from tests.matcher.builders import profile
from tests.quality.preferences import CARE, SPECIFICS, Preference
from tests.quality.relations import CO_DEVELOPMENT, PEER, SUPPLY, Choice, Party

RELATIONS: Final = (*CO_DEVELOPMENT, *SUPPLY, *PEER)

# Trading houses and comprehensive universities: fit to be proposed for something that they state, not for everything.
GENERALISTS: Final = frozenset(
    """itochu marubeni mitsubishi-corporation mitsui sojitz sumitomo-corporation toyota-tsusho
    keio-university kyoto-university tohoku-university university-of-tokyo
    mcgill-university universite-de-montreal university-of-alberta university-of-british-columbia
    university-of-manitoba university-of-toronto university-of-victoria""".split()
)

# Where the case is right and the matcher is not, in the relation asked for and overall: why, and the fits of the better
# and of the worse partner when it was found.
_ALIKE: Final = "common ground favours whoever does and seeks the same"
_NEAR: Final = "common ground favours the nearer field over the answer to the need"
_WORDS: Final = "the same words count for more than the same meaning"
NOT_YET: Final[Mapping[str, str]] = {
    "a competitor has what the seeker has, and lacks what the seeker lacks": f"{_ALIKE}: 0.519, 0.779",
    "one who sells the machine, not one who does the same work with it": f"{_ALIKE}: 0.372, 0.749",
    "the seeker sells: a buyer, not another seller": f"{_ALIKE}: 0.447, 0.631",
    "技術を供与する側であって、同じ技術を求める側ではない": f"{_ALIKE}: 0.481, 0.736",
    "Japanese town, English partners: what the sludge holds, not what carries it": f"{_NEAR}: 0.285, 0.290",
    "English seeker, Japanese partners: the material of the tank, not the use of the gas": f"{_NEAR}: 0.313, 0.361",
    "Japanese maker, a French and a Japanese answer: the shared language does not make a partner": (
        f"{_WORDS}: 0.451, 0.540"
    ),
    "voir les nœuds des planches, et non les plaques des voitures": f"{_WORDS}: 0.272, 0.363",
    "des puces qui calculent, et non des puces qui piquent": f"{_WORDS}: 0.118, 0.191",
    "déneiger la ville, et non fêter la neige": f"{_WORDS}: 0.410, 0.420",
}


def cases(choices: Iterable[Choice]) -> list[object]:
    """Parameters of a test, those marked that are known to fail."""
    return [
        pytest.param(
            choice,
            id=choice.why,
            marks=[pytest.mark.xfail(strict=True, raises=AssertionError, reason=NOT_YET[choice.why])]
            if choice.why in NOT_YET
            else [],
        )
        for choice in choices
    ]


def whole(preference: Preference) -> Choice:
    """A need and two capabilities as three profiles that state nothing else."""
    company = Party(Kind.COMPANY, ())
    better, worse = replace(company, can=(preference.better,)), replace(company, can=(preference.worse,))
    return Choice(preference.why, replace(company, needs=(preference.need,)), better, worse)


def language(party: Party) -> str:
    return Counter(guess_language(text) for text in (*party.can, *party.needs)).most_common(1)[0][0]


class Board:
    """The shipped organisations and those of some cases, fitted together: a fit a case would take minutes.

    The subjects of the cases have nothing to do with each other, so that they are in nobody's way.
    """

    def __init__(self, corpus: Corpus, known: Matcher, choices: Iterable[Choice]) -> None:
        self.shipped = list(corpus.profiles.values())
        self.known = known
        self.numbers = {choice.why: number for number, choice in enumerate(choices)}
        self.profiles = [p for choice in choices for p in self.organisations(choice)]

    def organisations(self, choice: Choice) -> list[Profile]:
        country = Country.JP if language(choice.seeker) == "ja" else Country.CA
        parties = {"seeker": choice.seeker, "better": choice.better, "worse": choice.worse}
        return [
            profile(
                self.id(choice, name),
                country if name == "seeker" else country.other,
                capabilities=party.can,
                needs=party.needs,
                kind=party.kind,
            )
            for name, party in parties.items()
        ]

    def id(self, choice: Choice, name: str) -> str:
        return f"case-{self.numbers[choice.why]}-{name}"

    @cached_property
    def matcher(self) -> Matcher:
        # The cache is shared, so that each text is encoded once.
        return Matcher(cache=self.known.cache_, taxonomy=self.known.taxonomy_).fit([*self.shipped, *self.profiles])

    def match(self, choice: Choice, name: str, relation: Relation | None = None) -> Match:
        return self.matcher.score(self.id(choice, "seeker"), self.id(choice, name), relation)

    def fit(self, choice: Choice, name: str, relation: Relation | None = None) -> float:
        """How well the seeker and a partner fit; -1 where they cannot have the relation."""
        try:
            return self.match(choice, name, relation).fit
        except ValueError:
            return -1.0


@pytest.fixture(scope="module")
def boards(corpus: Corpus, matcher: Matcher) -> Mapping[str, Board]:
    """For each case, the board that it is on."""
    groups = (CO_DEVELOPMENT, SUPPLY, PEER, CARE, [whole(preference) for preference in SPECIFICS])
    return {choice.why: board for group in groups for board in [Board(corpus, matcher, group)] for choice in group}


@pytest.fixture
def board(boards: Mapping[str, Board], choice: Choice) -> Board:
    return boards[choice.why]


@pytest.mark.parametrize("choice", cases(RELATIONS))
def test_the_better_partner_fits_better_in_the_relation_asked_for(board: Board, choice: Choice) -> None:
    assert board.fit(choice, "better", choice.relation) > board.fit(choice, "worse", choice.relation)


@pytest.mark.parametrize("choice", cases((*RELATIONS, *CARE, *map(whole, SPECIFICS))))
def test_the_better_partner_fits_better_in_whatever_relation_is_best(board: Board, choice: Choice) -> None:
    assert board.fit(choice, "better") > board.fit(choice, "worse")


@pytest.mark.parametrize("choice", [case for case in RELATIONS if case.is_chosen], ids=lambda case: case.why)
def test_the_relation_found_is_the_one_that_a_person_would_name(board: Board, choice: Choice) -> None:
    assert board.match(choice, "better").relation is choice.relation


@pytest.mark.parametrize("choice", [*CO_DEVELOPMENT, *SUPPLY, *CARE], ids=lambda case: case.why)
def test_no_trading_house_and_no_university_comes_before_the_specialist(board: Board, choice: Choice) -> None:
    found = [m.partner_id for m in board.matcher.rank(board.id(choice, "seeker"), k=len(board.shipped))]
    assert GENERALISTS.isdisjoint(found[: found.index(board.id(choice, "better"))])


def test_there_are_generalists_on_both_sides(corpus: Corpus) -> None:
    assert {corpus.profiles[i].country for i in GENERALISTS & corpus.profiles.keys()} == set(Country)


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case.why for case in (*RELATIONS, *CARE, *map(whole, SPECIFICS))]
    assert len(set(names)) == len(names)
    assert NOT_YET.keys() <= set(names)


@pytest.mark.parametrize("choices", [CO_DEVELOPMENT, SUPPLY, PEER], ids=list(Relation))
def test_each_relation_has_cases_in_each_language_and_across_them(choices: tuple[Choice, ...]) -> None:
    said = [{language(party) for party in (c.seeker, c.better, c.worse)} for c in choices]
    counts = Counter(next(iter(languages)) if len(languages) == 1 else "mixed" for languages in said)
    assert min(counts[group] for group in ("en", "fr", "ja", "mixed")) >= 2
    assert counts.total() >= 8
