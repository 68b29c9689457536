from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from matcher.combination import Combination
from matcher.corpus import Corpus
from matcher.encoder import VectorCache, Vectors
from matcher.match import BANDS, LEVELS, Affinity, Band, Confidence, Level, Match, Relation, Where, matches_frame
from matcher.profile import Country, Kind, Profile
from matcher.ranking import RANK_WEIGHTS, Matcher
from matcher.taxonomy import Taxonomy
from matcher.vectors import SignalWeights
from tests.matcher.builders import ToyEncoder, corpora, of_both_countries, profile, toy_matcher

Matches = Mapping[tuple[str, str], Match]
_generated = settings(max_examples=25)
_EVERYONE = 10_000


def _toy_matches(profiles: Sequence[Profile]) -> Iterable[Match]:
    """Every pair in its best relation and in each one it can have."""
    matcher = toy_matcher(profiles)
    for pair in of_both_countries(profiles):
        yield matcher.score(*pair)
        yield from _in_each_relation(matcher, *pair, tuple(Relation))


def _in_each_relation(matcher: Matcher, one: str, other: str, relations: Sequence[Relation]) -> list[Match]:
    found = []
    for relation in relations:
        try:
            found.append(matcher.score(one, other, relation))
        except ValueError:
            continue
    return found


def _ids(matches: Iterable[Match]) -> list[str]:
    return [m.partner_id for m in matches]


# --- every number can be added up -------------------------------------------------------------------------------------


def _assert_adds_up(match: Match) -> None:
    parts = match.gets_factor * match.gets.value + match.gives_factor * match.gives.value + match.ground.value
    assert abs(match.fit - parts) < 1e-9
    assert match.fit >= 0
    for side in (match.gets, match.gives):
        _assert_affinity_adds_up(side)
    assert match.ground.value == sum(part.weight * part.similarity for part in match.ground.parts)
    assert all(0 <= part.similarity < 1 + 1e-6 for part in match.ground.parts)
    confidence = match.confidence
    assert all(0 <= part <= 1 for part in (confidence.completeness, confidence.freshness, confidence.directness))


def _assert_affinity_adds_up(affinity: Affinity) -> None:
    assert abs(affinity.value - sum(c.value for c in affinity.contributions)) < 1e-9
    assert sum(c.weight for c in affinity.contributions) <= 1 + 1e-9
    for c in affinity.contributions:
        signals = c.signals
        assert signals.total == signals.meaning + signals.terms + signals.concepts + signals.hubness
        assert c.similarity == max(signals.total, 0.0)
        assert c.value == c.weight * c.similarity
        assert (c.weight > 0) <= (c.similarity > 0) and signals.hubness <= 0


def test_every_shipped_match_adds_up(every_match: Matches) -> None:
    for match in every_match.values():
        _assert_adds_up(match)


@_generated
@given(corpora())
def test_any_match_adds_up_in_every_relation(profiles: list[Profile]) -> None:
    for match in _toy_matches(profiles):
        _assert_adds_up(match)


@_generated
@given(corpora())
def test_needs_are_weighed_by_how_well_they_are_met(profiles: list[Profile]) -> None:
    for match in _toy_matches(profiles):
        if match.relation is not Relation.PEER:
            for side in (match.gets, match.gives):
                ordered = sorted(side.contributions, key=lambda c: (-c.similarity, -c.weight))
                expected = [*RANK_WEIGHTS, *[0.0] * len(ordered)]
                assert all(c.weight == (w if c.similarity else 0) for c, w in zip(ordered, expected, strict=False))


@_generated
@given(corpora())
def test_a_want_is_answered_by_the_best_there_is(profiles: list[Profile]) -> None:
    by_id = {p.id: p for p in profiles}
    for match in _toy_matches(profiles):
        if match.relation is not Relation.PEER:
            for side, wants, has in ((match.gets, match.seeker_id, match.partner_id),
                                     (match.gives, match.partner_id, match.seeker_id)):  # fmt: skip
                answered = [c.wanted_id for c in side.contributions]
                assert answered == ([s.id for s in by_id[wants].needs] if by_id[has].capabilities else [])
                assert all(c.met_by_id.startswith("c") for c in side.contributions)


# --- both sides see one match -----------------------------------------------------------------------------------------


def test_every_shipped_match_is_the_same_from_the_other_side(every_match: Matches) -> None:
    for (one, other), match in every_match.items():
        assert match.swapped() == every_match[other, one]


@_generated
@given(corpora())
def test_any_match_is_the_same_from_the_other_side(profiles: list[Profile]) -> None:
    matcher = toy_matcher(profiles)
    for one, other in of_both_countries(profiles):
        assert matcher.score(one, other).swapped() == matcher.score(other, one)
        there = _in_each_relation(matcher, one, other, tuple(Relation))
        back = _in_each_relation(matcher, other, one, tuple(Relation))
        assert [m.swapped() for m in there] == back


def test_two_who_give_as_much_as_they_get_stand_alike() -> None:
    texts = ["quantum annealing"]
    matcher = toy_matcher([profile(i, c, capabilities=texts, needs=texts) for i, c in zip("ab", Country, strict=True)])
    match = matcher.score("a", "b", Relation.SUPPLY)
    assert match.gets.value == match.gives.value > 0 and match.gets_factor == match.gives_factor
    assert match.swapped() == matcher.score("b", "a", Relation.SUPPLY)


def test_a_match_swapped_twice_is_itself(every_match: Matches) -> None:
    assert all(m.swapped().swapped() == m for m in every_match.values())


# --- order of input ---------------------------------------------------------------------------------------------------


@_generated
@given(corpora(), st.randoms(use_true_random=False))
def test_the_order_of_input_changes_no_ranking(profiles: list[Profile], rng: random.Random) -> None:
    shuffled = rng.sample(profiles, len(profiles))
    one, other = toy_matcher(profiles), toy_matcher(shuffled)
    for seeker in profiles:
        assert one.rank(seeker.id, _EVERYONE) == other.rank(seeker.id, _EVERYONE)


def test_the_order_of_input_changes_no_shipped_ranking(corpus: Corpus, matcher: Matcher, some: list[Profile]) -> None:
    backwards = Matcher().fit(reversed(corpus.profiles.values()))
    for seeker in some:
        assert backwards.rank(seeker.id) == matcher.rank(seeker.id)


# --- who may be matched with whom -------------------------------------------------------------------------------------


@_generated
@given(corpora())
def test_only_the_other_country_is_ranked(profiles: list[Profile]) -> None:
    matcher, country = toy_matcher(profiles), {p.id: p.country for p in profiles}
    for seeker in profiles:
        assert all(country[i] is seeker.country.other for i in _ids(matcher.rank(seeker.id, _EVERYONE)))


def test_two_spellings_of_one_organisation_never_match(corpus: Corpus) -> None:
    twins = [replace(p, id=f"{p.id}-kk", names={"en": p.names["en"].upper()}) for p in corpus.profiles.values()]
    matcher = Matcher().fit([*corpus.profiles.values(), *twins])
    for home in corpus.profiles.values():
        with pytest.raises(ValueError, match="same country"):
            matcher.score(home.id, f"{home.id}-kk")
    for home in list(corpus.profiles.values())[::10]:
        assert all(corpus.profiles[i.removesuffix("-kk")].country is not home.country
                   for i in _ids(matcher.rank(home.id, _EVERYONE)))  # fmt: skip


@_generated
@given(corpora(), st.sampled_from(Kind), st.sampled_from(Country))
def test_an_organisation_that_states_nothing_appears_nowhere(
    profiles: list[Profile], kind: Kind, country: Country
) -> None:
    matcher = toy_matcher([*profiles, profile("silent", country, kind=kind)])
    assert matcher.rank("silent", _EVERYONE) == []
    for seeker in profiles:
        assert "silent" not in _ids(matcher.rank(seeker.id, _EVERYONE))
    assert "silent" not in {hit.profile_id for hit in matcher.search("battery robot 水素", _EVERYONE)}


def test_less_said_is_less_confidence_with_whomever(corpus: Corpus) -> None:
    thin = replace(corpus.profiles["mila"], id="thin", statements=corpus.profiles["mila"].capabilities)
    matcher = Matcher().fit([*corpus.profiles.values(), thin])
    for seeker in corpus.of(Country.JP):
        full, less = (matcher.score(seeker.id, partner_id).confidence for partner_id in ("mila", "thin"))
        assert less.completeness < full.completeness


@_generated
@given(corpora())
def test_no_co_development_where_one_side_gains_nothing(profiles: list[Profile]) -> None:
    for match in _toy_matches(profiles):
        if match.relation is Relation.CO_DEVELOPMENT:
            assert match.gets.value > 0 and match.gives.value > 0


def test_no_shipped_co_development_where_one_side_gains_nothing(every_match: Matches) -> None:
    together = [m for m in every_match.values() if m.relation is Relation.CO_DEVELOPMENT]
    assert together and all(m.gets.value > 0 and m.gives.value > 0 for m in together)


# --- the relation -----------------------------------------------------------------------------------------------------


@_generated
@given(corpora())
def test_a_pair_takes_the_relation_in_which_it_fits_best(profiles: list[Profile]) -> None:
    matcher = toy_matcher(profiles)
    for one, other in of_both_countries(profiles):
        in_each = _in_each_relation(matcher, one, other, tuple(Relation))
        assert matcher.score(one, other) == max(in_each, key=lambda m: m.fit)


@pytest.mark.parametrize(
    ("kinds", "relation"),
    [
        ((Kind.UNIVERSITY, Kind.GOVERNMENT_BODY), Relation.SUPPLY),
        ((Kind.COMPANY, Kind.UNIVERSITY), Relation.PEER),
        ((Kind.UNIVERSITY, Kind.STARTUP), Relation.PEER),
        ((Kind.INVESTOR, Kind.COMPANY), Relation.PEER),
        ((Kind.COMPANY, Kind.COMPANY), Relation.CO_DEVELOPMENT),  # since neither needs anything
    ],
)
def test_a_relation_that_a_pair_cannot_have(kinds: tuple[Kind, Kind], relation: Relation) -> None:
    matcher = toy_matcher(
        [
            profile(i, country, capabilities=["battery"], kind=kind)
            for i, country, kind in zip("ab", Country, kinds, strict=True)
        ]
    )
    for pair in (("a", "b"), ("b", "a")):
        with pytest.raises(ValueError, match=f"cannot have the relation {relation}"):
            matcher.score(*pair, relation)
        assert matcher.rank(pair[0], where=Where(relations=(relation,))) == []


@pytest.mark.parametrize(
    "pair", [("rapidus", "nobody"), ("nobody", "rapidus"), ("nobody", "no one"), ("Rapidus", "tenstorrent")]
)
def test_an_unknown_organisation(matcher: Matcher, pair: tuple[str, str]) -> None:
    with pytest.raises(KeyError):
        matcher.score(*pair)


def test_an_unknown_seeker(matcher: Matcher) -> None:
    with pytest.raises(KeyError):
        matcher.rank("nobody")


@pytest.mark.parametrize("pair", [("rapidus", "honda"), ("mila", "amii"), ("mila", "mila")])
def test_two_of_one_country_have_no_score(matcher: Matcher, pair: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="same country"):
        matcher.score(*pair)


# --- a ranking is every score in order --------------------------------------------------------------------------------


def _brute_force(matcher: Matcher, seeker: Profile, partners: Iterable[Profile], where: Where) -> list[Match]:
    found = []
    for partner in partners:
        if partner.country is seeker.country.other and where.admits(partner):
            in_each = _in_each_relation(matcher, seeker.id, partner.id, where.relations or tuple(Relation))
            found += [max(in_each, key=lambda m: m.fit)] if in_each else []
    return sorted((m for m in found if m.fit > 0), key=lambda m: (-m.fit, m.partner_id))


_filters = st.builds(
    Where,
    kinds=st.sets(st.sampled_from((Kind.COMPANY, Kind.UNIVERSITY)), max_size=2).map(tuple),
    fields=st.sampled_from([(), ("ai",), ("space",)]),
    subdivisions=st.sampled_from([(), ("CA-QC", "JP-13"), ("CA-ON",)]),
    relations=st.sets(st.sampled_from(Relation), max_size=2).map(tuple),
)


@_generated
@given(corpora(), _filters)
def test_a_ranking_is_every_score_in_order_at_any_length(profiles: list[Profile], where: Where) -> None:
    matcher = toy_matcher(profiles)
    for seeker in profiles:
        expected = _brute_force(matcher, seeker, profiles, where)
        for k in range(len(profiles) + 2):
            assert matcher.rank(seeker.id, k, where) == expected[:k]


@pytest.fixture(scope="module")
def rankings(some: list[Profile], every_match: Matches) -> Mapping[str, list[Match]]:
    """For some shipped organisations, their scores with all others in order."""
    found: dict[str, list[Match]] = {seeker.id: [] for seeker in some}
    for match in sorted(every_match.values(), key=lambda m: (-m.fit, m.partner_id)):
        if match.seeker_id in found and match.fit > 0:
            found[match.seeker_id].append(match)
    return found


def test_shipped_rankings_are_every_score_in_order(matcher: Matcher, rankings: Mapping[str, list[Match]]) -> None:
    for seeker_id, expected in rankings.items():
        for k in (10, _EVERYONE):
            found = matcher.rank(seeker_id, k)
            assert _ids(found) == _ids(expected[:k])
            assert [m.fit for m in found] == pytest.approx([m.fit for m in expected[:k]], abs=1e-8)


@pytest.mark.parametrize("seeker_id", ["rapidus", "kyoto-prefecture", "mila", "zymeworks"])
def test_a_shorter_ranking_is_the_beginning_of_a_longer_one(matcher: Matcher, seeker_id: str) -> None:
    longest = matcher.rank(seeker_id, _EVERYONE)
    for k in (*range(1, 8), *range(8, len(longest), 20)):
        assert matcher.rank(seeker_id, k) == longest[:k]


@pytest.mark.parametrize(
    "where",
    [
        Where(kinds=(Kind.UNIVERSITY, Kind.RESEARCH_INSTITUTE)),
        Where(fields=("health",)),
        Where(subdivisions=("CA-QC", "JP-13")),
        Where(kinds=(Kind.COMPANY,), fields=("energy", "mobility"), subdivisions=("CA-BC", "JP-13", "JP-23")),
        Where(subdivisions=("CA-YT",)),
    ],
)
def test_shipped_rankings_with_a_filter_leave_out_the_others(
    corpus: Corpus, matcher: Matcher, rankings: Mapping[str, list[Match]], where: Where
) -> None:
    for seeker_id, own in rankings.items():
        admitted = [m for m in own if where.admits(corpus.profiles[m.partner_id])]
        for k in (2, _EVERYONE):
            assert _ids(matcher.rank(seeker_id, k, where)) == _ids(admitted[:k])


@pytest.mark.parametrize("relation", Relation)
def test_shipped_rankings_in_one_relation(
    corpus: Corpus, matcher: Matcher, some: list[Profile], relation: Relation
) -> None:
    where = Where(relations=(relation,))
    for seeker in some:
        expected = _brute_force(matcher, seeker, corpus.profiles.values(), where)
        assert matcher.rank(seeker.id, 7, where) == expected[:7]
        assert all(m.relation is relation for m in expected)


@pytest.mark.parametrize(
    ("where", "is_admitted"),
    [
        (Where(), True),
        (Where(kinds=(Kind.COMPANY, Kind.HOSPITAL)), True),
        (Where(kinds=(Kind.HOSPITAL,)), False),
        (Where(fields=("space", "ai")), True),
        (Where(fields=("space",)), False),
        (Where(subdivisions=("CA-QC",)), True),
        (Where(subdivisions=("CA-ON",)), False),
        (Where(kinds=(Kind.COMPANY,), fields=("space",)), False),
        (Where(relations=(Relation.PEER,)), True),  # of the pair, not of the partner
    ],
)
def test_a_filter_admits_what_meets_all_of_it(where: Where, is_admitted: bool) -> None:  # noqa: FBT001 - a test parameter
    assert where.admits(profile("a", Country.CA)) is is_admitted


@pytest.mark.parametrize("k", [0, -1])
def test_none_asked_for_is_none_found(matcher: Matcher, k: int) -> None:
    assert matcher.rank("rapidus", k) == []


def test_more_asked_for_than_there_are(corpus: Corpus, matcher: Matcher) -> None:
    assert len(matcher.rank("rapidus", _EVERYONE)) <= len(list(corpus.of(Country.CA)))


def test_ties_are_broken_by_id() -> None:
    twins = [profile(i, Country.CA, capabilities=["hydrogen fuel cells"]) for i in ("d", "b", "c", "a")]
    matcher = toy_matcher([profile("seeker", Country.JP, needs=["hydrogen fuel cells"]), *twins])
    for k in range(1, 5):
        assert _ids(matcher.rank("seeker", k)) == list("abcd")[:k]
    assert [h.profile_id for h in matcher.search("hydrogen", 3, Country.CA)] == list("abc")


def test_one_country_alone_has_no_matches() -> None:
    matcher = toy_matcher([profile(i, Country.JP, capabilities=["battery"], needs=["robot"]) for i in "ab"])
    assert matcher.rank("a") == [] and [h.profile_id for h in matcher.search("battery")] == ["a", "b"]


def test_nobody_says_anything() -> None:
    with pytest.raises(ValueError, match="no statement"):
        toy_matcher([profile("a", Country.JP), profile("b", Country.CA)])


# --- hubness ----------------------------------------------------------------------------------------------------------


class _Drawn:
    """Vectors set by hand: need i points along axis i, specialist i halfway to it, the hub halfway to all four."""

    model_id = "drawn"
    dimension = 8

    def encode(self, texts: Sequence[str]) -> Vectors:
        axes = np.eye(8)
        rows = {f"need {i}": axes[i] for i in range(4)}
        rows |= {f"specialist {i}": (axes[i] + 3**0.5 * axes[i + 4]) / 2 for i in range(4)}
        rows["hub"] = axes[:4].sum(axis=0) / 2
        # Labels of concepts, whose weight is zero here, all point the same way.
        return np.array([rows.get(text, axes[7]) for text in texts], np.float32).reshape(-1, 8)


def _lead_over_the_hub(hubness: float) -> list[float]:
    """For each need, by how much its specialist is ahead of the hub, which answers as well."""
    needs = [profile(f"seeker-{i}", Country.JP, needs=[f"need {i}"]) for i in range(4)]
    able = [profile(f"specialist-{i}", Country.CA, capabilities=[f"specialist {i}"]) for i in range(4)]
    hub = profile("hub", Country.CA, capabilities=["hub"])
    meaning_only = SignalWeights(meaning=1, terms=0, concepts=0)
    matcher = Matcher(cache=VectorCache(_Drawn()), weights=meaning_only, hubness=hubness)
    matcher.fit([*needs, *able, hub])
    return [
        matcher.score(f"seeker-{i}", f"specialist-{i}").fit - matcher.score(f"seeker-{i}", "hub").fit for i in range(4)
    ]


def test_a_statement_like_everything_does_not_gain_by_it() -> None:
    plain, corrected, more = (_lead_over_the_hub(hubness) for hubness in (0, 0.5, 1))
    assert min(corrected) > 0
    assert all(a < b < c for a, b, c in zip(plain, corrected, more, strict=True))


def test_no_organisation_is_in_the_first_ten_of_nearly_everyone(corpus: Corpus, matcher: Matcher) -> None:
    for country in Country:
        seekers = [p.id for p in corpus.of(country)]
        firsts = [i for s in seekers for i in _ids(matcher.rank(s, 10))]
        assert max(firsts.count(i) for i in firsts) < 0.75 * len(seekers)


def test_scores_spread(every_match: Matches) -> None:
    fits = [round(m.fit, 9) for m in every_match.values() if m.fit > 0]
    assert len(set(fits)) > 0.49 * len(fits)  # each stands there twice, once from either side
    assert max(fits) > 4 * sorted(fits)[len(fits) // 2]


# --- confidence is apart from fit -------------------------------------------------------------------------------------


def _pair(read_on: date = date(2026, 1, 2), needs: Sequence[str] = ("fuel cells", "robot arms", "sensors")) -> Matcher:
    texts = ["fuel cells", "robot arms", "sensors", "telescopes"]
    return toy_matcher(
        [
            profile("a", Country.JP, capabilities=texts, needs=needs, read_on=read_on),
            profile("b", Country.CA, capabilities=texts, needs=needs),
        ]
    )


def test_all_there_and_read_today_is_full_confidence() -> None:
    assert _pair().score("a", "b").confidence == Confidence(completeness=1, freshness=1, directness=1)


def test_older_sources_lower_confidence_and_not_fit() -> None:
    fresh, stale = _pair().score("a", "b"), _pair(date(2024, 1, 3)).score("a", "b")
    assert stale.fit == fresh.fit
    # Half of the statements are two years old, and two years halve what a source is worth.
    assert stale.confidence.freshness == pytest.approx(0.75, abs=1e-3)


def test_inferred_needs_lower_confidence_and_not_fit() -> None:
    sides = [
        replace(p, statements=tuple(replace(s, is_inferred=s.id == "n1") for s in p.statements))
        for side in _pair().sides_.values()
        for p in side.profiles
    ]
    inferred = toy_matcher(sides).score("a", "b")
    assert inferred.fit == _pair().score("a", "b").fit
    assert inferred.confidence.directness == pytest.approx(1 - 0.5 / 3)


def test_the_day_of_reckoning_can_be_set() -> None:
    matcher = _pair()
    later = Matcher(cache=matcher.cache_, as_of=date(2028, 1, 2)).fit(
        [p for side in matcher.sides_.values() for p in side.profiles]
    )
    assert later.score("a", "b").confidence.freshness == pytest.approx(0.5, abs=1e-3)
    earlier = (
        clone(later)
        .set_params(as_of=date(2020, 1, 1))
        .fit([p for side in matcher.sides_.values() for p in side.profiles])
    )
    assert earlier.score("a", "b").confidence.freshness == 1


@pytest.mark.parametrize(
    ("value", "level"), [(1.0, Level.HIGH), (0.7, Level.HIGH), (0.69, Level.MEDIUM), (0.54, Level.LOW), (0, Level.LOW)]
)
def test_levels_of_confidence(value: float, level: Level) -> None:
    assert Confidence(value, 1, 1).level is level


def test_every_fit_and_confidence_has_its_word(every_match: Matches) -> None:
    assert {m.band for m in every_match.values()} == set(Band)
    for match in every_match.values():
        assert match.fit >= BANDS[match.band] and match.confidence.value >= LEVELS[match.confidence.level]
    strong = sum(m.band is Band.STRONG for m in every_match.values())
    assert 0.01 < strong / len(every_match) < 0.08


# --- search -----------------------------------------------------------------------------------------------------------


@_generated
@given(corpora(), st.sampled_from(["battery", "hydrogène moteur", "量子アニーリング", "wheat", "unheard of"]))
def test_hits_are_the_best_statement_of_each_organisation_in_order(profiles: list[Profile], text: str) -> None:
    matcher, by_id = toy_matcher(profiles), {p.id: p for p in profiles}
    hits = matcher.search(text, _EVERYONE)
    assert len({h.profile_id for h in hits}) == len(hits)
    assert all(h.score > 0 and by_id[h.profile_id].statement(h.statement_id) for h in hits)
    assert hits == sorted(hits, key=lambda h: (-h.score, h.profile_id))
    for k in range(len(profiles) + 1):
        assert matcher.search(text, k) == hits[:k]
    for country in Country:
        own = [h for h in hits if by_id[h.profile_id].country is country]
        assert matcher.search(text, _EVERYONE, country) == own


def test_a_search_can_be_filtered(corpus: Corpus, matcher: Matcher) -> None:
    where = Where(kinds=(Kind.UNIVERSITY,), subdivisions=("CA-ON", "JP-13"))
    expected = [h for h in matcher.search("quantum computer", _EVERYONE) if where.admits(corpus.profiles[h.profile_id])]
    assert len(expected) > 1 and matcher.search("quantum computer", _EVERYONE, where=where) == expected


def test_every_shipped_statement_finds_itself(corpus: Corpus, matcher: Matcher) -> None:
    rng = random.Random(5)  # noqa: S311 - no secret
    for home in rng.sample(list(corpus.profiles.values()), 12):
        wanted = rng.choice(home.statements)
        [best] = matcher.search(wanted.text, 1)
        assert (best.profile_id, best.statement_id) == (home.id, wanted.id)


def test_a_search_is_remembered_nowhere(matcher: Matcher) -> None:
    before = len(matcher.cache_.known)
    matcher.search("a text that nobody has stated")
    assert len(matcher.cache_.known) == before


# --- a seeker from outside --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seeker_id", ["kinova", "rapidus", "mila"])
def test_a_stranger_who_says_the_same_has_the_same_partners(matcher: Matcher, seeker_id: str) -> None:
    known = matcher.profile(seeker_id)
    asked = matcher.rank(seeker_id, 10)
    for profile_ in (known, replace(known, id="a-stranger")):
        found = matcher.rank_as(profile_, 10)
        assert _ids(found) == _ids(asked)
        assert [m.fit for m in found] == pytest.approx([m.fit for m in asked], abs=1e-6)
        for match in found:
            _assert_adds_up(match)


def test_a_stranger_leaves_no_trace_and_none_who_says_nothing_is_ranked(matcher: Matcher) -> None:
    known = matcher.profile("kinova")
    said = replace(known.statements[0], text="A sentence that nobody has ever stated of a wheelchair arm.")
    before = len(matcher.cache_.known)
    assert matcher.rank_as(replace(known, id="a-stranger", statements=(said,)), 3)
    assert len(matcher.cache_.known) == before and "a-stranger" not in matcher.country_
    assert matcher.rank_as(replace(known, id="a-stranger", statements=()), 3) == []


# --- an estimator like any other --------------------------------------------------------------------------------------


def test_parameters_are_kept_as_given_and_cloned() -> None:
    cache, taxonomy, weights = VectorCache(ToyEncoder()), Taxonomy.shipped(), SignalWeights(0.5, 0.3, 0.2)
    given_ = {
        "cache": cache,
        "taxonomy": taxonomy,
        "weights": weights,
        "hubness": 0.25,
        "combination": Combination.shipped(),
        "as_of": date(2026, 1, 1),
    }
    matcher = Matcher(**given_)  # type: ignore[arg-type]
    assert matcher.get_params(deep=False) == given_
    copied = clone(matcher)
    assert copied.get_params(deep=False).keys() == given_.keys()
    assert (copied.hubness, copied.as_of, copied.weights) == (0.25, date(2026, 1, 1), weights)
    assert matcher.set_params(hubness=0).hubness == 0


def test_its_name_tells_what_was_set() -> None:
    assert repr(Matcher(hubness=0.25)) == "Matcher(hubness=0.25)"


def test_an_unfitted_matcher_says_so() -> None:
    for ask in (lambda m: m.rank("a"), lambda m: m.score("a", "b"), lambda m: m.search("text")):
        with pytest.raises(NotFittedError):
            ask(Matcher())


def test_fitting_again_forgets_what_was_before() -> None:
    matcher = toy_matcher([profile("old", Country.JP, needs=["robot"]), profile("b", Country.CA, needs=["robot"])])
    matcher.fit([profile("new", Country.JP, needs=["robot"]), profile("b", Country.CA, capabilities=["robot"])])
    assert _ids(matcher.rank("b")) == ["new"]
    with pytest.raises(KeyError):
        matcher.rank("old")


# --- for other programs -----------------------------------------------------------------------------------------------


def test_a_match_becomes_json_with_every_number(every_match: Matches) -> None:
    for match in list(every_match.values())[::50]:
        document = json.loads(json.dumps(match.to_dict(), allow_nan=False))
        assert (document["fit"], document["relation"]) == (match.fit, match.relation.value)
        parts = [document[f"{side}_factor"] * document[side]["value"] for side in ("gets", "gives")]
        assert abs(sum(parts) + document["ground"]["value"] - document["fit"]) < 1e-9
        assert len(document["gets"]["contributions"]) == len(match.gets.contributions)


def test_matches_become_a_table_in_their_order(matcher: Matcher) -> None:
    matches = matcher.rank("rapidus", 5)
    table = matches_frame(matches)
    assert table["partner"].tolist() == _ids(matches)
    assert all(a >= b for a, b in pairwise(table["fit"].tolist()))
