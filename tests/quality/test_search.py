"""What officers search for is found, whatever the language of the query and of the statements.

The organisations expected were chosen by reading the profiles, not by looking at what the search returns.
"""

from __future__ import annotations

import pytest

from matcher.corpus import Corpus
from matcher.profile import Country
from matcher.ranking import Matcher
from matcher.text import guess_language

# For each query, organisations of which all must be found; of those joined by a bar, one is enough.
_EXPECTED = {
    "量子アニーリング": "d-wave nec denso hitachi",
    "quantum annealing": "d-wave nec denso hitachi",
    "recuit quantique": "d-wave nec|denso|hitachi",
    "robot d'assistance aux aînés": "university-of-toronto age-well ncgg|cyberdyne",
    "高齢者を助けるロボット": "university-of-toronto age-well|kinova ncgg",
    "assistive robot arm": "kinova university-of-toronto cyberdyne|fuji-corporation",
    "low-carbon concrete": "carboncure kajima",
    "二酸化炭素を固定するコンクリート": "carboncure kajima",
    "水素燃料電池": "ballard kubota toyota|yanmar|panasonic|honda",
    "hydrogen refuelling stations": "htec ballard ebara|kubota|toyota|yanmar",
    "sécurité de l'IA": "canada-caisi cifar japan-aisi",
    "AIの安全性評価": "canada-caisi|cifar japan-aisi gpai-tokyo-centre",
    "lunar rover": "mission-control canadian-space-agency|ngc-aerospace|mda-space ispace jaxa",
    "月面ローバー": "mission-control|canadian-space-agency|ngc-aerospace|mda-space ispace jaxa tottori-prefecture",
    "dementia care": "cabhi ncgg",
    "認知症": "cabhi|university-of-toronto ncgg riken-aip",
    "grand modèle de langage en japonais": "cohere ntt|rakuten|preferred-networks|fujitsu|softbank|abeja",
    "antibody-drug conjugates": "zymeworks daiichi-sankyo",
    "抗体薬物複合体": "zymeworks daiichi-sankyo",
    "iPS cells": "cira healios ccrm",
    "accélérateur de particules": "triumf kek",
    "particle accelerator": "triumf kek",
    "liquefied natural gas": "lng-canada mitsui|mitsubishi-corporation",
    "lithium-ion batteries": "electrovaya panasonic",
    "automation for orchards": "semios kubota|yanmar",
    "attirer des investissements étrangers": "invest-in-canada government-of-quebec jetro",
    "RISC-V chips at 2 nm": "tenstorrent rapidus",
    "robots for parcel delivery": "waabi|robotiq|sanctuary-ai rakuten|seven-eleven-japan|yokosuka-city",
}


@pytest.mark.parametrize(("query", "expected"), _EXPECTED.items())
def test_a_query_finds_the_right_organisations_of_both_countries(matcher: Matcher, query: str, expected: str) -> None:
    found = {hit.profile_id for hit in matcher.search(query, 10)}
    missing = [choice for choice in expected.split() if found.isdisjoint(choice.split("|"))]
    assert not missing, f"found {', '.join(sorted(found))}"


def test_the_queries_are_in_all_languages_and_every_organisation_exists(corpus: Corpus) -> None:
    assert {guess_language(query) for query in _EXPECTED} == {"en", "fr", "ja"}
    for expected in _EXPECTED.values():
        choices = [choice.split("|") for choice in expected.split()]
        assert {i for choice in choices for i in choice} <= corpus.profiles.keys()
        assert {corpus.profiles[choice[0]].country for choice in choices} == set(Country)


@pytest.mark.parametrize("country", Country)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("量子アニーリング", "量子ｱﾆｰﾘﾝｸﾞ"),
        ("hydrogen fuel cells", "ＨＹＤＲＯＧＥＮ　ＦＵＥＬ　ＣＥＬＬＳ"),
        ("Robotique chirurgicale", "robotique   chirurgicale"),
    ],
)
def test_width_case_and_blanks_find_the_same(matcher: Matcher, one: str, other: str, country: Country) -> None:
    one_found, other_found = (matcher.search(text, 10, country) for text in (one, other))
    assert [h.profile_id for h in one_found] == [h.profile_id for h in other_found]


@pytest.mark.parametrize(
    ("queries", "shared"),
    [
        (("quantum annealing", "recuit quantique", "量子アニーリング"), 5),
        (("hydrogen fuel cell", "pile à combustible à hydrogène", "水素燃料電池"), 5),
        (("AI safety", "sécurité de l'IA", "AIの安全性"), 5),
        (("lunar exploration", "exploration lunaire", "月面探査"), 5),
        (("care for older people", "soins aux personnes âgées", "高齢者の介護"), 4),
    ],
)
def test_one_question_in_three_languages_finds_much_the_same(
    matcher: Matcher, queries: tuple[str, ...], shared: int
) -> None:
    in_each = [{hit.profile_id for hit in matcher.search(query, 10)} for query in queries]
    assert len(set.intersection(*in_each)) >= shared
