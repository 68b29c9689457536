"""The same facts in another language find much the same partners.

Thirty organisations were drawn at random (seed 5) from the shipped ones: ten that state themselves mostly in English,
ten mostly in Japanese, ten mostly in French, fifteen of each country. ``translated/`` holds every statement of theirs
in another language; what already was in that language stays as it is.

Each list of ten is compared with that of a second fit, in which the translated profiles stand in the place of the
originals. There is one such fit for each country: partners are of the other country, so that no translated profile is
ever a candidate for another, and the candidates are the very same in both fits. That is fair, since the second fit
learns term weights, language means and hubness from the translations, as it would had they been submitted so; and it
is cheap: a fit for every single organisation gives the same figures, overall within 0.1 of a place.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Final

import pytest

from matcher.corpus import Corpus
from matcher.encoder import VectorCache
from matcher.evaluate import Part, Ranker, evaluate, ranker_of, read_judgements, read_parts
from matcher.profile import LANGUAGES, Country, Profile
from matcher.ranking import Matcher
from matcher.text import guess_language

_FILES: Final = sorted((Path(__file__).parent / "translated").glob("*.json"))
_LIST: Final = 10
# A partner that is no longer among the first twenty counts as the twentieth.
_CAP: Final = 20


@dataclass(frozen=True, slots=True)
class Translation:
    """Statements of an organisation in another language, by statement id."""

    id: str
    lang: str
    statements: Mapping[str, str]

    def of(self, profile: Profile) -> Profile:
        """The organisation in the other language."""
        return replace(
            profile,
            statements=tuple(
                replace(s, text=self.statements[s.id], lang=self.lang) if s.id in self.statements else s
                for s in profile.statements
            ),
        )


@dataclass(frozen=True, slots=True)
class Effect:
    """What a translation did to a list of ten: the mean number of places moved, and how many of the ten stayed."""

    organisation_id: str
    path: str
    displacement: float
    overlap: int


def _displacement(before: Sequence[str], after: Sequence[str]) -> float:
    """By how many places the first ten of one list are elsewhere in another list, on average."""
    places = {partner_id: place for place, partner_id in enumerate(after[:_CAP], 1)}
    return mean(abs(place - places.get(partner_id, _CAP)) for place, partner_id in enumerate(before[:_LIST], 1))


def _path(profile: Profile, lang: str) -> str:
    """From which language, French where the profile has any, else its main one, and into which."""
    count = {own: sum(s.lang == own for s in profile.statements) for own in LANGUAGES}
    return f"{'fr' if count['fr'] else 'en' if count['en'] > count['ja'] else 'ja'}→{lang}"


@pytest.fixture(scope="module")
def translations(corpus: Corpus) -> Mapping[str, Translation]:
    found = [Translation(**json.loads(path.read_text("utf-8"))) for path in _FILES]
    return {t.id: t for t in found if t.id in corpus.profiles}


@pytest.fixture(scope="module")
def fits(corpus: Corpus, matcher: Matcher, translations: Mapping[str, Translation]) -> Mapping[Country, Matcher]:
    """For each country, a matcher that knows its translated organisations in the other language."""
    cache = VectorCache(matcher.cache_.encoder, matcher.cache_.known)  # a copy: other tests share the matcher
    found = {}
    for country in Country:
        instead = {t.id: t.of(p) for t in translations.values() if (p := corpus.profiles[t.id]).country is country}
        profiles = [instead.get(p.id, p) for p in corpus.profiles.values()]
        found[country] = Matcher(cache=cache, taxonomy=matcher.taxonomy_).fit(profiles)
    return found


@pytest.fixture(scope="module")
def effects(
    corpus: Corpus, matcher: Matcher, fits: Mapping[Country, Matcher], translations: Mapping[str, Translation]
) -> list[Effect]:
    found = []
    for t in translations.values():
        other = fits[corpus.profiles[t.id].country]
        before, after = ([m.partner_id for m in fitted.rank(t.id, _CAP)] for fitted in (matcher, other))
        stayed = len({*before[:_LIST]} & {*after[:_LIST]})
        found.append(Effect(t.id, _path(corpus.profiles[t.id], t.lang), _displacement(before, after), stayed))
    return sorted(found, key=lambda e: (e.path, e.organisation_id))


def _report(effects: Sequence[Effect]) -> str:
    groups = defaultdict(list, {"all": list(effects)})
    for effect in effects:
        groups[effect.path].append(effect)
    lines = [f"{e.displacement:5.2f} {e.overlap:5}  {e.path} {e.organisation_id}" for e in effects]
    for path, group in groups.items():
        places, stayed = mean(e.displacement for e in group), mean(e.overlap for e in group)
        lines.append(f"{places:5.2f} {stayed:5.2f}  {path}, {len(group)} profiles")
    return "\n".join(["places moved, overlap@10", *lines])


# --- the translations ------------------------------------------------------------------------------------------------


def test_both_countries_and_six_language_paths_are_translated(
    corpus: Corpus, translations: Mapping[str, Translation]
) -> None:
    assert len(_FILES) == 30 and len(translations) >= 27  # an organisation may leave the data
    assert {_path(corpus.profiles[t.id], t.lang) for t in translations.values()} == {
        f"{a}→{b}" for a in LANGUAGES for b in LANGUAGES if a != b
    }
    assert {corpus.profiles[i].country for i in translations} == set(Country)


def test_statements_are_translated_not_left_out(corpus: Corpus, translations: Mapping[str, Translation]) -> None:
    left = [
        f"{t.id} {s.id}"
        for t in translations.values()
        for s in corpus.profiles[t.id].statements
        if s.lang != t.lang and s.id not in t.statements
    ]
    # A statement that the data has gained since is tolerated; a profile that was written anew is not.
    assert len(left) < 0.1 * sum(len(t.statements) for t in translations.values()), left


@pytest.mark.parametrize("path", _FILES, ids=[path.stem for path in _FILES])
def test_a_translation_is_well_written_in_its_language(path: Path) -> None:
    translation = Translation(**json.loads(path.read_text("utf-8")))
    assert translation.id == path.stem
    for text in translation.statements.values():
        assert text == text.strip() and "'" not in text and guess_language(text) == translation.lang, text
        if translation.lang == "fr":
            for mark in ":%»":
                assert mark not in text.replace(f"\u00a0{mark}", ""), text
            assert "«" not in text.replace("«\u00a0", "") and not any(f" {mark}" in text for mark in ";!?"), text


# --- what they find --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "places"),
    [
        ("abcdefghij", "abcdefghij", 0),
        ("abcdefghij", "bacdefghij", 0.2),
        ("abcdefghij", "abcdefghixxxxxj", 0.5),
        ("abcdefghij", "abcdefghi", 1),
        ("abcdefghij", "", 14.5),
    ],
)
def test_displacement_counts_places(before: str, after: str, places: float) -> None:
    assert _displacement(before, after) == pytest.approx(places)


# The aim is two places. Measured on the day it was reached: 1.9 places, and 8.5 of 10 stay. New organisations move the
# lists too; should they move them past the aim, the matcher is to be mended and not the aim.
def test_translating_a_profile_moves_its_partners_little(effects: Sequence[Effect]) -> None:
    print(_report(effects))
    assert mean(e.displacement for e in effects) <= 2, _report(effects)
    assert mean(e.overlap for e in effects) >= 8.2, _report(effects)


# Five profiles a path: half a place is chance. Measured: 2.1, 1.4, 1.5, 2.3, 1.5 and 2.5.
@pytest.mark.parametrize("path", [f"{a}→{b}" for a in LANGUAGES for b in LANGUAGES if a != b])
def test_no_language_path_moves_them_far(effects: Sequence[Effect], path: str) -> None:
    assert mean(e.displacement for e in effects if e.path == path) <= 3, _report(effects)


def test_no_list_is_turned_over(effects: Sequence[Effect]) -> None:
    assert min(e.overlap for e in effects) >= 4, _report(effects)


# Measured: 0.627 as they are and 0.636 translated.
def test_a_translated_profile_finds_judged_partners_as_well(
    corpus: Corpus, matcher: Matcher, fits: Mapping[Country, Matcher], translations: Mapping[str, Translation]
) -> None:
    judgements = [
        judgement for part in Part for judgement in read_judgements(part) if judgement.seeker_id in translations
    ]
    rankers: dict[str, Ranker] = {
        "as they are": ranker_of(matcher),
        "translated": lambda seeker_id: ranker_of(fits[corpus.profiles[seeker_id].country])(seeker_id),
    }
    found = {
        row.ranker: row.values
        for row in evaluate(rankers, judgements, corpus.profiles, read_parts())
        if row.slice == "all"
    }
    print(found)
    assert found["translated"]["nDCG@10"] >= 0.95 * found["as they are"]["nDCG@10"]
    assert found["translated"]["RR"] >= 0.95 * found["as they are"]["RR"]
