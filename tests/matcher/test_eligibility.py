"""Rules as data: every kind of rule with its three outcomes, and what holds whatever rules, members and facts are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.corpus import Corpus
from matcher.document import InvalidDocument, parse_programme, programme_document
from matcher.eligibility import (
    NO_FACTS,
    Asked,
    Assessment,
    ContradictoryFacts,
    Datum,
    Facts,
    Outcome,
    Question,
    QuestionCode,
    all_of,
    any_of,
    assess,
    screen,
)
from matcher.profile import Country, Kind, Profile, Programme, ProgrammeStatus, Rule, RuleCode, Size
from matcher.window import Availability, applicable
from tests.matcher.builders import ADDRESS, DAY, profile, programme_json, rule_document

MET, NOT_MET, UNKNOWN = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN
JP, CA = Country.JP, Country.CA


def programme(*rules: tuple[str, object], **changes: Any) -> Programme:
    return parse_programme(programme_json(rules=[rule_document(code, value) for code, value in rules], **changes))


def member(
    profile_id: str, country: Country, kind: str = "company", size: str | None = None, **changes: Any
) -> Profile:
    made = profile(profile_id, country, kind=Kind(kind), capabilities=["battery robot"])
    return replace(made, size=Size(size) if size else None, **changes)


def assess_one(code: str, value: object, members: Sequence[Profile], facts: Facts = NO_FACTS) -> Assessment:
    return assess(programme((code, value)), members, facts)


SMALL = member("small", CA, size="small")
LARGE = member("large", CA, size="large")
UNSIZED = member("unsized", CA)
CAMPUS = member("campus", CA, "university")
CORP = member("corp", JP, size="large")
LAB = member("lab", JP, "research_institute")


# --- logic ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", Outcome)
@pytest.mark.parametrize("other", Outcome)
def test_unknown_is_neither_yes_nor_no_nor_half(one: Outcome, other: Outcome) -> None:
    order = [NOT_MET, UNKNOWN, MET]
    assert all_of([one, other]) is min(one, other, key=order.index)
    assert any_of([one, other]) is max(one, other, key=order.index)


# --- every kind of rule -----------------------------------------------------------------------------------------------

_SME = {"country": "CA", "kinds": ["company"], "sme": True}
_UNCLEAR = {"country": "CA", "kinds": ["company"], "unclear_kinds": ["university"]}
_TABLE: list[tuple[str, object, Sequence[Profile], Facts, Outcome]] = [
    ("applicant", _SME, [SMALL], NO_FACTS, MET),
    ("applicant", _SME, [LARGE], NO_FACTS, NOT_MET),
    ("applicant", _SME, [CAMPUS], NO_FACTS, NOT_MET),
    ("applicant", _SME, [UNSIZED], NO_FACTS, UNKNOWN),
    ("applicant", _SME, [UNSIZED], Facts(sme={"unsized": True}), MET),
    ("applicant", _SME, [UNSIZED], Facts(sme={"unsized": False}), NOT_MET),
    ("applicant", _SME, [UNSIZED], Facts(sme={"somebody-else": True}), UNKNOWN),
    ("applicant", _SME, [CORP], NO_FACTS, UNKNOWN),  # nobody of that side yet
    ("applicant", _SME, [CORP], Facts(is_complete=True), NOT_MET),
    ("applicant", _SME, [LARGE, SMALL], NO_FACTS, MET),  # others may take part besides
    ("applicant", _SME, [LARGE, UNSIZED], NO_FACTS, UNKNOWN),
    # A limit of its own, which a size band need not decide.
    ("applicant", _SME | {"max_people": 500}, [SMALL], NO_FACTS, MET),
    ("applicant", _SME | {"max_people": 500}, [LARGE], NO_FACTS, UNKNOWN),
    ("applicant", _SME | {"max_people": 500}, [LARGE], Facts(sme={"large": False}), NOT_MET),
    ("applicant", _SME | {"max_people": 100}, [member("m", CA, size="medium")], NO_FACTS, UNKNOWN),
    ("applicant", _SME | {"max_people": 100}, [LARGE], NO_FACTS, NOT_MET),
    ("applicant", {"country": "CA", "max_people": 49}, [SMALL], NO_FACTS, MET),
    ("applicant", {"country": "CA", "max_people": 49}, [LARGE], NO_FACTS, NOT_MET),
    ("applicant", {"country": "CA", "max_people": 49}, [UNSIZED], Facts(people={"unsized": 49}), MET),
    ("applicant", {"country": "CA", "min_people": 20}, [SMALL], NO_FACTS, UNKNOWN),
    ("applicant", {"country": "CA", "min_people": 20}, [SMALL], Facts(people={"small": 12}), NOT_MET),
    ("applicant", {"country": "CA", "min_people": 10}, [SMALL], NO_FACTS, MET),
    ("applicant", _UNCLEAR, [CAMPUS], NO_FACTS, UNKNOWN),
    ("applicant", _UNCLEAR, [CAMPUS],
     Facts(accepted={"campus": True}), MET),
    ("applicant", _UNCLEAR, [CAMPUS],
     Facts(accepted={"campus": False}), NOT_MET),
    ("applicant", {"subdivisions": ["CA-QC"]}, [SMALL], NO_FACTS, MET),
    ("applicant", {"subdivisions": ["CA-ON"]}, [SMALL], NO_FACTS, NOT_MET),
    ("applicant", {"revenue": {"currency": "CAD", "min": 10, "max": 20}}, [SMALL], NO_FACTS, UNKNOWN),
    ("applicant", {"revenue": {"currency": "CAD", "min": 10, "max": 20}}, [SMALL], Facts(revenue={"small": 20}), MET),
    ("applicant", {"revenue": {"currency": "CAD", "min": 10}}, [SMALL], Facts(revenue={"small": 9}), NOT_MET),
    ("role", {"country": "CA", "sme": True}, [SMALL, CORP], NO_FACTS, MET),
    ("role", {"country": "CA", "sme": True}, [UNSIZED, CORP], NO_FACTS, UNKNOWN),
    ("role", {"country": "CA", "sme": True}, [LARGE, CORP], NO_FACTS, UNKNOWN),  # a small one may still join
    ("role", {"country": "CA", "sme": True}, [LARGE, CORP], Facts(is_complete=True), NOT_MET),
    ("role", {"country": "CA", "count": 2}, [SMALL, LARGE], NO_FACTS, MET),
    ("role", {"country": "CA", "count": 2}, [SMALL], Facts(is_complete=True), NOT_MET),
    ("role", {"kinds": ["company"]}, [CAMPUS, CORP], NO_FACTS, MET),
    ("min_members", {"JP": 1, "CA": 2}, [SMALL, LARGE, CORP], NO_FACTS, MET),
    ("min_members", {"JP": 1, "CA": 2}, [SMALL, CORP], NO_FACTS, UNKNOWN),
    ("min_members", {"JP": 1, "CA": 2}, [SMALL, CORP], Facts(is_complete=False), UNKNOWN),
    ("min_members", {"JP": 1, "CA": 2}, [SMALL, CORP], Facts(is_complete=True), NOT_MET),
    ("max_share", {"of": "organisation", "percent": 70}, [SMALL, CORP], Facts(shares={"small": 70, "corp": 30}), MET),
    ("max_share", {"of": "organisation", "percent": 70}, [SMALL, CORP], Facts(shares={"small": 71}), NOT_MET),
    ("max_share", {"of": "organisation", "percent": 70}, [SMALL, CORP], Facts(shares={"small": 60}), UNKNOWN),
    ("max_share", {"of": "country", "percent": 70}, [SMALL, LARGE, CORP],
     Facts(shares={"small": 40, "large": 35, "corp": 25}), NOT_MET),
    ("max_share", {"of": "country", "percent": 70}, [SMALL, LARGE, CORP], Facts(shares={"CA": 60, "JP": 40}), MET),
    ("max_share", {"of": "country", "percent": 70}, [SMALL, LARGE, CORP], Facts(shares={"small": 40}), UNKNOWN),
    ("stacking_limit", {"percent": 75}, [SMALL], Facts(public_share=75), MET),
    ("stacking_limit", {"percent": 75}, [SMALL], Facts(public_share=76), NOT_MET),
    ("stacking_limit", {"percent": 75}, [SMALL], NO_FACTS, UNKNOWN),
    ("duration_months", {"min": 12, "max": 36}, [SMALL], Facts(duration_months=36), MET),
    ("duration_months", {"min": 12, "max": 36}, [SMALL], Facts(duration_months=11), NOT_MET),
    ("duration_months", {"max": 36}, [SMALL], NO_FACTS, UNKNOWN),
    ("launch_years", {"min": 1, "max": 5}, [SMALL], Facts(launch_years=5), MET),
    ("launch_years", {"min": 1, "max": 5}, [SMALL], Facts(launch_years=6), NOT_MET),
    ("launch_years", {"min": 1, "max": 5}, [SMALL], NO_FACTS, UNKNOWN),
    ("excluded_topics", ["drug discovery"], [SMALL], Facts(excluded_topic=False), MET),
    ("excluded_topics", ["drug discovery"], [SMALL], Facts(excluded_topic=True), NOT_MET),
    ("excluded_topics", ["drug discovery"], [SMALL], NO_FACTS, UNKNOWN),
]  # fmt: skip
_TOLD = {
    "unrelated_parties": ("unrelated", True),
    "ip_plan": ("ip_plan", True),
    "consortium_agreement": ("consortium_agreement", True),
    "confirmed_interest": ("interest_confirmed", True),
    "civilian_only": ("civilian", True),
    "before_agreement": ("is_formalised", False),
    "decision_authority": ("decision_authority", True),
    "partner_funding": ("partner_funded", True),
}
for _code, (_fact, _wanted) in _TOLD.items():
    for _said, _outcome in ((_wanted, MET), (not _wanted, NOT_MET), (None, UNKNOWN)):
        _TABLE.append((_code, True, [SMALL, CORP], Facts(**{_fact: _said}), _outcome))  # type: ignore[arg-type]


@pytest.mark.parametrize(("code", "value", "members", "facts", "outcome"), _TABLE)
def test_every_rule(code: str, value: object, members: Sequence[Profile], facts: Facts, outcome: Outcome) -> None:
    found = assess_one(code, value, members, facts)
    assert found.outcome is outcome
    (check,) = found.checks
    assert check.outcome is outcome and check.basis and check.rules[0].source == ADDRESS
    assert (check.question is not None) == (outcome is UNKNOWN)
    if check.question:
        assert check.question.fact in {f.name for f in fields(Facts)}
        assert (check.question.asked is Asked.MEMBER) == bool(
            check.question.members
        ) or check.question.code is QuestionCode.KIND


def test_the_table_has_every_rule_with_every_outcome() -> None:
    conditions = set(RuleCode) - {RuleCode.FUNDING_CAP, RuleCode.DATES}
    assert {(code, outcome) for code, _, _, _, outcome in _TABLE} == {(c.value, o) for c in conditions for o in Outcome}


def test_terms_exclude_nobody_and_leave_the_whole_unknown() -> None:
    found = assess(
        programme(("funding_cap", {"amount": 5, "currency": "CAD"}), ("dates", {"result": "2026-01-02"})), [SMALL]
    )
    assert found.outcome is UNKNOWN and len(found.terms) == 2 and not found.checks
    assert found.questions == (Question(QuestionCode.RULES, Asked.OPERATOR),)


def test_alternatives_of_one_side_are_one_check() -> None:
    rules = (
        ("applicant", _SME),
        ("applicant", {"country": "CA", "kinds": ["university"]}),
        ("applicant", {"country": "JP"}),
    )
    found = assess(programme(*rules), [CAMPUS, CORP])
    assert found.outcome is MET
    assert [len(c.rules) for c in found.checks] == [2, 1]
    assert assess(programme(*rules), [LARGE, CORP]).outcome is NOT_MET


def test_no_member_fills_two_roles() -> None:
    roles = ("role", {"country": "CA"}), ("role", {"kinds": ["company"], "sme": True})
    assert assess(programme(*roles), [SMALL, CAMPUS]).outcome is MET
    found = assess(programme(*roles), [SMALL, CORP])
    assert found.outcome is UNKNOWN and found.questions[0].code is QuestionCode.MORE_MEMBERS


def test_whom_to_ask() -> None:
    rules = ("applicant", _SME), ("confirmed_interest", True), ("decision_authority", True), ("civilian_only", True)
    found = assess(programme(*rules, countries=["CA"]), [UNSIZED, CORP])
    assert [(q.code, q.asked, q.members) for q in found.questions] == [
        (QuestionCode.SME, Asked.MEMBER, ("unsized",)),
        (QuestionCode.INTEREST, Asked.MEMBER, ("corp",)),
        (QuestionCode.CIVILIAN, Asked.OFFICER, ()),
        (QuestionCode.DECISION_AUTHORITY, Asked.MEMBER, ("unsized",)),
    ]


def test_a_statement_that_names_an_excluded_topic_is_pointed_at_but_decides_nothing() -> None:
    maker = profile("maker", JP, capabilities=["Builds robots", "Runs drug discovery for rare diseases"])
    found = assess_one("excluded_topics", ["drug discovery"], [maker])
    assert [(b.value, b.member) for b in found.checks[0].basis if b.datum is Datum.MENTION] == [("c2", "maker")]
    assert found.outcome is UNKNOWN


@pytest.mark.parametrize("members", [[], [SMALL, SMALL]])
def test_nobody_and_somebody_twice(members: list[Profile]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        assess_one("min_members", {"CA": 1}, members)


@pytest.mark.parametrize(
    ("shares", "key"),
    [({"small": 60, "corp": 60}, "total"), ({"small": 60, "CA": 50}, "CA"), ({"corp": 10, "JP": 40}, "JP"),
     ({"small": -1}, "total")],
)  # fmt: skip
def test_shares_that_cannot_be_true(shares: Mapping[str, float], key: str) -> None:
    with pytest.raises(ContradictoryFacts) as caught:
        assess_one("max_share", {"of": "country", "percent": 70}, [SMALL, CORP], Facts(shares=shares))
    assert caught.value.key == key


def test_the_source_and_edition_of_each_rule_go_along() -> None:
    own = rule_document("civilian_only", value=True)
    older = rule_document("ip_plan", value=True, edition="2023", source="https://example.com/2023")
    made = parse_programme(programme_json(rules=[own, older]))
    assert parse_programme(programme_document(made)) == made
    checks = assess(made, [SMALL]).to_dict()["checks"]
    assert [(r["edition"], r["source"]) for c in checks for r in c["rules"]] == [
        ("2023", "https://example.com/2023"),
        ("2026", ADDRESS),
    ]


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("applicant", {"max_people": 0}),
        ("applicant", {"min_people": "3"}),
        ("applicant", {"unclear_kinds": ["guild"]}),
        ("applicant", {"subdivisions": ["FR-75"]}),
        ("applicant", {"revenue": {"min": 3}}),
        ("applicant", {"revenue": {"currency": "CAD"}}),
        ("applicant", {"revenue": {"currency": "CAD", "min": 5, "max": 3}}),
        ("applicant", {"count": 1}),
        ("role", {"count": 0}),
        ("stacking_limit", {"percent": 101}),
        ("launch_years", {"min": 5, "max": 1}),
        ("dates", {"submission": "2026-02-30"}),
        ("dates", {"party": "2026-02-20"}),
        ("before_agreement", False),
    ],
)
def test_a_value_of_the_wrong_shape_is_refused(code: str, value: object) -> None:
    with pytest.raises(InvalidDocument, match="value: format"):
        programme((code, value))


# --- dates ------------------------------------------------------------------------------------------------------------

_TODAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("status", "changes", "availability", "watched"),
    [
        ("open", {}, Availability.OPEN, False),
        ("open", {"closes_on": "2026-06-01"}, Availability.OPEN, False),
        ("open", {"closes_on": "2026-05-31"}, Availability.CLOSED, True),
        ("open", {"closes_on": "2026-05-31", "edition": None}, Availability.CLOSED, False),
        ("open", {"closes_on": "2019-05-31", "edition": "2019", "opens_on": None}, Availability.CLOSED, False),
        ("open", {"opens_on": "2026-06-02"}, Availability.UPCOMING, False),
        ("upcoming", {"opens_on": None}, Availability.UPCOMING, False),
        ("upcoming", {"opens_on": "2026-05-01"}, Availability.OPEN, False),
        ("unknown", {}, Availability.UNKNOWN, False),
        ("closed", {"closes_on": "2026-12-31"}, Availability.CLOSED, True),
        ("closed", {"closes_on": None, "opens_on": None, "edition": "third, 2012"}, Availability.CLOSED, False),
    ],
)
def test_whether_a_programme_can_be_applied_to(
    status: str,
    changes: dict[str, Any],
    availability: Availability,
    watched: bool,  # noqa: FBT001 - a test parameter
) -> None:
    window = applicable(programme(status=status, **changes), _TODAY)
    assert (window.availability, window.is_watched) == (availability, watched)
    assert window.is_applicable == (availability in (Availability.OPEN, Availability.UPCOMING))


def test_dates_of_rules_count() -> None:
    dates = {"registration": "2026-05-20", "submission": "2026-06-11", "result": "2026-07-09"}
    made = programme(("dates", dates), opens_on=None, closes_on=None)
    window = applicable(made, _TODAY)
    assert window.is_registration_over and window.days_left == 10
    assert window.next_date == ("submission", date(2026, 6, 11))
    assert [code for code, _ in window.dates] == ["registration", "submission", "result"]
    assert applicable(made, date(2026, 6, 12)).availability is Availability.CLOSED


# --- whatever the rules, members and facts are ------------------------------------------------------------------------

_WHO = st.fixed_dictionaries(
    {},
    optional={
        "country": st.sampled_from(["JP", "CA"]),
        "kinds": st.lists(st.sampled_from([k.value for k in Kind]), min_size=1, max_size=3),
        "unclear_kinds": st.lists(st.sampled_from([k.value for k in Kind]), min_size=1, max_size=2),
        "sme": st.booleans(),
        "max_people": st.sampled_from([5, 49, 300, 500]),
        "min_people": st.sampled_from([1, 3, 60]),
        "subdivisions": st.just(["CA-QC", "JP-27"]),
    },
).filter(bool)
_RULES = st.lists(
    st.one_of(
        st.tuples(st.just("applicant"), _WHO),
        st.tuples(st.just("role"), _WHO),
        st.tuples(st.just("min_members"), st.just({"JP": 1, "CA": 2})),
        st.tuples(st.just("max_share"), st.just({"of": "country", "percent": 70})),
        st.tuples(st.just("max_share"), st.just({"of": "organisation", "percent": 70})),
        st.tuples(st.just("stacking_limit"), st.just({"percent": 75})),
        st.tuples(st.just("duration_months"), st.just({"min": 12, "max": 36})),
        st.tuples(st.sampled_from(sorted(_TOLD)), st.just(value=True)),
    ),
    max_size=6,
)
_IDS = ["a", "b", "c", "d"]
_MEMBERS = st.lists(
    st.builds(
        member,
        st.sampled_from(_IDS),
        st.sampled_from(Country),
        st.sampled_from([k.value for k in Kind]),
        st.sampled_from([None, *(s.value for s in Size)]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda p: p.id,
)
_WHOLE_FACTS = st.builds(
    Facts,
    **{name: st.booleans() for name in ("is_complete", "excluded_topic", *(fact for fact, _ in _TOLD.values()))},
    duration_months=st.integers(1, 60),
    launch_years=st.integers(0, 9),
    public_share=st.integers(0, 100),
    sme=st.fixed_dictionaries({i: st.booleans() for i in _IDS}),
    people=st.fixed_dictionaries({i: st.integers(1, 900) for i in _IDS}),
    accepted=st.fixed_dictionaries({i: st.booleans() for i in _IDS}),
    shares=st.fixed_dictionaries({i: st.integers(0, 25) for i in _IDS}),
)


@st.composite
def _some_of(draw: st.DrawFn, whole: Facts) -> Facts:
    """Fewer facts than these."""
    kept: dict[str, Any] = {}
    for item in fields(Facts):
        value = getattr(whole, item.name)
        if isinstance(value, Mapping):
            kept[item.name] = {k: v for k, v in value.items() if draw(st.booleans())}
        elif draw(st.booleans()):
            kept[item.name] = value
    return Facts(**kept)


@given(_RULES, _MEMBERS, _WHOLE_FACTS, st.data())
def test_more_facts_only_ever_decide_what_was_unknown(
    rules: list[tuple[str, object]], members: list[Profile], whole: Facts, data: st.DataObject
) -> None:
    made, some = programme(*rules), data.draw(_some_of(whole))
    less, more = assess(made, members, some), assess(made, members, whole)
    for before, after in [
        (less.outcome, more.outcome),
        *((a.outcome, b.outcome) for a, b in zip(less.checks, more.checks, strict=True)),
    ]:
        assert before in (UNKNOWN, after)


@given(_RULES, _MEMBERS, _WHOLE_FACTS, st.data())
def test_order_never_matters(
    rules: list[tuple[str, object]], members: list[Profile], whole: Facts, data: st.DataObject
) -> None:
    facts = data.draw(_some_of(whole))
    mixed = programme(*data.draw(st.permutations(rules)))
    assert assess(mixed, data.draw(st.permutations(members)), facts) == assess(programme(*rules), members, facts)


@given(_RULES, _MEMBERS)
def test_the_whole_follows_from_its_checks_and_every_unknown_has_its_question(
    rules: list[tuple[str, object]], members: list[Profile]
) -> None:
    found = assess(programme(*rules), members)
    assert found.outcome is (all_of(c.outcome for c in found.checks) if found.checks else UNKNOWN)
    assert len(found.questions) == max(len(found.of(UNKNOWN)), 0 if found.checks else 1)


@given(_RULES, _MEMBERS)
def test_who_is_screened_out_is_out_in_every_pair(rules: list[tuple[str, object]], members: list[Profile]) -> None:
    made = programme(*rules)
    for one in members:
        for other in members:
            if one.country is not other.country and screen(made, one) is NOT_MET:
                assert assess(made, [one, other]).outcome is NOT_MET


# --- the shipped programmes -------------------------------------------------------------------------------------------

_YES = Facts(
    is_complete=True, unrelated=True, ip_plan=True, consortium_agreement=True, interest_confirmed=True, civilian=True,
    excluded_topic=False, is_formalised=False, decision_authority=True, partner_funded=True, duration_months=24,
    launch_years=2, public_share=50,
)  # fmt: skip
_NO = Facts(
    unrelated=False, ip_plan=False, consortium_agreement=False, interest_confirmed=False, civilian=False,
    excluded_topic=True, is_formalised=True, decision_authority=False, partner_funded=False, duration_months=999,
    launch_years=99, public_share=100, is_complete=True,
)  # fmt: skip


def _pairs(corpus: Corpus) -> list[tuple[Profile, Profile]]:
    """A pair for each combination of kinds and sizes."""
    alike = {(p.country, p.kind, p.size): p for p in corpus.profiles.values()}
    return [(a, b) for a in alike.values() for b in alike.values() if a.country is JP and b.country is CA]


def _all_yes(pair: tuple[Profile, Profile]) -> Facts:
    ids = [p.id for p in pair]
    return replace(
        _YES, sme=dict.fromkeys(ids, True), people=dict.fromkeys(ids, 100), accepted=dict.fromkeys(ids, True),
        revenue=dict.fromkeys(ids, 10_000_000), shares=dict.fromkeys(ids, 50.0),
    )  # fmt: skip


def test_every_shipped_programme_has_a_pair_of_each_outcome_that_its_rules_allow(corpus: Corpus) -> None:
    pairs = _pairs(corpus)
    for made in corpus.programmes.values():
        conditions = [r for r in made.rules if r.code not in (RuleCode.FUNDING_CAP, RuleCode.DATES)]
        found = {assess(made, pair, facts).outcome for pair in pairs for facts in (NO_FACTS, _all_yes(pair), _NO)}
        if not conditions:
            assert found == {UNKNOWN}, made.id
            continue
        # Where a side needs more than one, no pair meets it; where any pair will do, none fails.
        wide = any(
            isinstance(r.value, Mapping) and max(r.value.values()) > 1
            for r in conditions
            if r.code is RuleCode.MIN_MEMBERS
        )
        always = all(r.code is RuleCode.MIN_MEMBERS for r in conditions) and not wide
        assert (MET in found) is not wide, made.id
        assert (NOT_MET in found) is not always, made.id
        told = any(r.code not in (RuleCode.APPLICANT, RuleCode.MIN_MEMBERS) for r in conditions)
        if told:
            assert UNKNOWN in found, made.id


def test_the_rules_of_shipped_programmes_are_dated_and_sourced(corpus: Corpus) -> None:
    rules: list[Rule] = [r for p in corpus.programmes.values() for r in p.rules]
    assert all(re.match(r"https?://", r.source) and r.read_on >= DAY for r in rules)
    statuses = {p.status for p in corpus.programmes.values()}
    assert statuses <= set(ProgrammeStatus)
