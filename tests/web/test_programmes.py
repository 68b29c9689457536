"""Programmes for pairs and consortia: dates on two clocks, rules with answers, lists, calendars, hints, commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from icalendar import Calendar
from werkzeug.datastructures import MultiDict

from matcher.document import parse_programme
from matcher.eligibility import Facts, Outcome, QuestionCode
from matcher.profile import Country, Programme, Role
from matcher.screening import control_lists, hints
from matcher.taxonomy import Taxonomy
from matcher.window import Availability, applicable
from tests.matcher.builders import programme_json, rule_document, statement
from web import cli, i18n, triangles
from web.exports.calendar import programmes_to_ics
from web.facets import PROGRAMME_FACETS, is_open_to_foreign, narrow_programmes
from web.forms.programmes import read_facts
from web.matching import Board

pytestmark = pytest.mark.once

Get = Callable[..., Any]
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def made(programme_id: str = "made", **changes: Any) -> Programme:
    """A programme that is open, of both countries, without rules, unless told otherwise."""
    plain: dict[str, Any] = {"status": "open", "opens_on": None, "closes_on": None, "edition": None, "rules": []}
    return parse_programme(programme_json(id=programme_id, **(plain | changes)))


# --- two clocks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("countries", "japan", "canada"),
    [
        (["JP"], "2026-12-01T23:59:00+09:00", "2026-12-01T09:59:00-05:00"),
        (["CA"], "2026-12-02T13:59:00+09:00", "2026-12-01T23:59:00-05:00"),
        (["JP", "CA"], "2026-12-01T23:59:00+09:00", "2026-12-01T09:59:00-05:00"),
    ],
)
def test_a_last_day_ends_where_the_programme_is_run(countries: list[str], japan: str, canada: str) -> None:
    (deadline,) = triangles.deadlines(made(countries=countries, closes_on="2026-12-01"), NOON)
    assert [deadline.in_zone(c).isoformat() for c in (Country.JP, Country.CA)] == [japan, canada]  # type: ignore[union-attr]


def test_daylight_saving_time_counts() -> None:
    (deadline,) = triangles.deadlines(made(countries=["JP"], closes_on="2027-07-01"), NOON)
    assert deadline.in_zone(Country.CA).isoformat() == "2027-07-01T10:59:00-04:00"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("countries", "hour", "availability"),
    [
        (["JP"], 14, Availability.OPEN),
        (["JP"], 15, Availability.CLOSED),
        (["CA"], 15, Availability.OPEN),
        (["JP", "CA"], 15, Availability.OPEN),
    ],
)
def test_a_call_closes_when_its_own_day_is_over(countries: list[str], hour: int, availability: Availability) -> None:
    programme = made(countries=countries, closes_on="2026-11-23")
    at = datetime(2026, 11, 23, hour, 30, tzinfo=UTC)
    assert triangles.window_of(programme, at).availability is availability


def test_a_result_is_a_day_and_no_deadline() -> None:
    programme = made(rules=[rule_document("dates", {"result": "2026-12-24", "registration": "2026-11-01"})])
    (found,) = triangles.deadlines(programme, NOON)
    assert (found.code, found.at) == ("result", None)


# --- calendars --------------------------------------------------------------------------------------------------------


def test_a_calendar_has_the_moment_and_both_clocks(app: Flask) -> None:
    programme = made(countries=["CA"], closes_on="2026-12-01", rules=[rule_document("dates", {"result": "2027-01-05"})])
    with app.test_request_context(), force_locale("en"):
        calendar = Calendar.from_ical(programmes_to_ics([programme], "Dates", NOON))
    last, result = calendar.walk("VEVENT")
    assert last["uid"] == "made-closes@kakehashi"
    assert last.decoded("dtstart") == datetime(2026, 12, 2, 4, 59, tzinfo=UTC)
    said = str(last["description"])
    assert "December 2, 2026, 13:59" in said
    assert "December 1, 2026, 23:59" in said
    assert "read as 23:59 in Canada" in said
    assert result.decoded("dtstart") == date(2027, 1, 5)


def test_past_dates_are_in_no_calendar(app: Flask) -> None:
    with app.test_request_context():
        calendar = Calendar.from_ical(programmes_to_ics([made(closes_on="2026-11-01")], "Dates", NOON))
    assert not calendar.walk("VEVENT")


@pytest.mark.parametrize(
    "path", ["/en/programmes.ics?status=open&status=closed", "/ja/programmes/globalstars-japan.ics"]
)
def test_calendars_are_served(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.mimetype == "text/calendar"
    assert "attachment" in response.headers["Content-Disposition"]
    assert Calendar.from_ical(response.data)["version"] == "2.0"


# --- the list ---------------------------------------------------------------------------------------------------------

_LISTED = [
    made("ends-soon", closes_on="2027-01-22", countries=["CA"]),
    made(
        "ends-later", closes_on="2027-01-23", countries=["CA"], rules=[rule_document("min_members", {"JP": 1, "CA": 1})]
    ),
    made("over", closes_on="2026-11-22", kind="framework", countries=["JP"]),
    made(
        "for-universities", countries=["JP"], status="unknown", kind="business_support",
        rules=[rule_document("applicant", {"country": "JP", "kinds": ["university"]}),
               rule_document("funding_cap", {"amount": 5, "currency": "JPY"})],
    ),
]  # fmt: skip


def narrowed(**chosen: tuple[str, ...]) -> list[str]:
    windows = [applicable(p, date(2026, 11, 23)) for p in _LISTED]
    found = narrow_programmes(_LISTED, windows, dict.fromkeys(PROGRAMME_FACETS, ()) | chosen)
    return [_LISTED[i].id for i in found.kept]


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [
        ({"status": ("open",)}, ["ends-soon", "ends-later"]),
        ({"status": ("closing",)}, ["ends-soon"]),
        ({"status": ("closed",)}, ["over"]),
        ({"foreign": ("yes",)}, ["ends-later"]),
        ({"applicant": ("university",)}, ["for-universities"]),
        ({"applicant": ("unstated",), "country": ("JP",)}, ["over"]),
        ({"funding": ("no",)}, ["over"]),
        ({"funding": ("yes",), "country": ("JP",)}, ["for-universities"]),
    ],
)
def test_filters_of_the_list(chosen: dict[str, tuple[str, ...]], ids: list[str]) -> None:
    assert narrowed(**chosen) == ids


def test_a_programme_of_both_countries_is_open_to_foreign_organisations() -> None:
    assert is_open_to_foreign(made(countries=["JP", "CA"]))
    assert not is_open_to_foreign(made(countries=["JP"]))


def test_the_list_shows_the_filters_and_links_the_calendar(get: Get) -> None:
    page = get("/en/programmes?status=closed&foreign=yes").text
    assert "open to foreign organisations" in page
    assert "/en/programmes.ics?status=closed&amp;foreign=yes" in page


@pytest.mark.parametrize("value", ["ajar", "open'--", ""])
def test_unknown_filters_are_dropped(get: Get, value: str) -> None:
    assert 'aria-current="true"' not in get(f"/en/programmes?status={value}&_external=1").text.partition("<main")[2]


# --- what only people know --------------------------------------------------------------------------------------------


def test_answers_are_read() -> None:
    form = read_facts(
        MultiDict({
            "ip_plan": "yes", "unrelated": "no", "civilian": "perhaps", "duration_months": "２４",
            "shares.kinova": "33,3", "sme.kinova": "no", "people.kinova": "1,200", "sme": "yes",
            "ip_plan.kinova": "no", "other": "yes",
        })
    )  # fmt: skip
    facts = form.facts
    assert (facts.ip_plan, facts.unrelated, facts.civilian, facts.duration_months) == (True, False, None, 24)
    assert (facts.shares, facts.sme, facts.people) == ({"kinova": 33.3}, {"kinova": False}, {"kinova": 1200})
    assert not form.faults


@pytest.mark.parametrize(
    ("text", "fault"), [("many", "number"), ("nan", "number"), ("inf", "number"), ("-1", "range"), ("1e9", "range")]
)
def test_what_is_no_usable_number_is_marked_and_kept(text: str, fault: str) -> None:
    form = read_facts(MultiDict({"duration_months": text}))
    assert form.facts.duration_months is None
    assert form.faults == {"duration_months": fault}
    assert form.texts == {"duration_months": text}


CHECK = "/en/programmes/globalstars-japan/check?with=taalas&with=agrist"
TOLD = (
    "&unrelated=yes&consortium_agreement=yes&civilian=yes&excluded_topic=no&duration_months=24"
    "&shares.taalas=50&shares.agrist=50"
)


def test_rules_are_unknown_then_met_with_answers(get: Get) -> None:
    before, after = get(CHECK).text, get(CHECK + TOLD).text
    assert "It is not known yet whether all rules are met." in before
    assert "Are the partners independent of each other?" in before
    assert "All rules that were read are met." in after
    assert "Without your answers:" in after
    assert "This call is closed" in after


def test_a_no_is_a_no(get: Get) -> None:
    page = get(CHECK + TOLD.replace("unrelated=yes", "unrelated=no")).text
    assert "At least one rule is not met." in page
    assert "as you say: no" in page


def test_shares_that_cannot_be_true_are_said_so_and_kept(get: Get) -> None:
    page = get(CHECK + TOLD.replace("shares.agrist=50", "shares.agrist=80")).text
    assert "These parts do not add up" in page
    assert 'value="80"' in page
    assert "It is not known yet whether all rules are met." in page


def test_a_wrong_number_keeps_the_others(get: Get) -> None:
    page = get(f"{CHECK}&duration_months=long&ip_plan=yes").text
    assert "This is not a number." in page
    assert 'value="long"' in page
    assert 'aria-invalid="true"' in page


def test_nothing_is_stored_and_the_form_is_a_get(get: Get) -> None:
    form = get(CHECK).text.partition('class="entries facts-form"')[0].rpartition("<form")[2]
    assert "post" not in form.lower()


@pytest.mark.parametrize(("path", "words"), [("check", "Name one or more"), ("consortium", "Name one or two members")])
@pytest.mark.parametrize("query", ["", "with=&add=%20", "with=nobody-at-all"])
def test_nobody_is_named(get: Get, path: str, words: str, query: str) -> None:
    page = get(f"/en/programmes/globalstars-japan/{path}?{query}").text
    assert words in page
    assert ("“nobody-at-all” was found" in page) == ("nobody" in query)


@pytest.mark.parametrize("typed", ["zzzzzzzzzz", "<b>キノバ</b>", "x" * 500, "a'\"b"])
def test_a_name_typed_in_vain(get: Get, typed: str) -> None:
    page = get("/en/programmes/globalstars-japan/check", query_string={"add": typed, "with": "kinova"}).text
    assert "was found; it was left out" in page
    assert "<b>キノバ" not in page
    assert 'href="/en/organisations/kinova"' in page


def test_a_member_is_added_by_name(get: Get) -> None:
    page = get("/en/programmes/globalstars-japan/check?with=cyberdyne&add=Kinova").text
    assert 'href="/en/organisations/kinova"' in page
    assert 'name="with" value="kinova"' in page


def test_an_unknown_programme_is_none(client: FlaskClient) -> None:
    for path in ("check", "consortium"):
        assert client.get(f"/en/programmes/nothing/{path}?with=kinova").status_code == 404
    assert client.get("/en/programmes/nothing.ics").status_code == 404


# --- triangles --------------------------------------------------------------------------------------------------------


def test_the_programmes_of_a_pair(board: Board) -> None:
    found = triangles.for_pair(board, "kinova", "cyberdyne", NOON)
    assert found.current
    assert all(t.window.availability is not Availability.CLOSED for t in found.current)
    assert all(t.window.is_watched for t in found.watched)
    assert all(one.assessment.outcome is Outcome.NOT_MET for one in found.excluded)
    shown = [t.programme_id for t in (*found.current, *found.frames, *found.watched)] + [
        one.programme.id for one in found.excluded
    ]
    assert len(shown) == len(set(shown))
    assert [t.window.is_applicable for t in found.current] == sorted(
        (t.window.is_applicable for t in found.current), reverse=True
    )


def test_the_evidence_of_a_topic_fit_adds_up(app: Flask, board: Board) -> None:
    for triangle in triangles.for_pair(board, "kinova", "cyberdyne", NOON).current[:5]:
        parts = triangles.evidence(board, triangle.topic)
        assert sum(part.value for part in parts) == pytest.approx(triangle.topic.value, abs=1e-9)
        with app.app_context():
            assert round(sum(i18n.topic_points(part.value for part in parts)), 2) == round(
                100 * triangle.topic.value, 2
            )


def test_the_match_page_names_calls_questions_and_lists(get: Get) -> None:
    page = get("/en/matches/kinova/cyberdyne").text
    section = page.partition('id="calls"')[2].partition('id="score"')[0]
    assert "Which calls could fund it" in page
    assert "Ask " in section
    assert "watch for the next edition" in section
    current = section.partition("Closed: watch for the next edition")[0]
    assert 'class="status closed"' not in current
    assert "Lists to check before technology crosses the border" in section
    assert "That decides nothing" in section


@pytest.mark.parametrize("lang", ["en", "fr", "ja"])
@pytest.mark.parametrize(
    "path", ["/organisations/kinova/programmes", "/programmes/globalstars-japan", "/programmes/canada-japan-3-plus-2"]
)
def test_lists_of_combinations(get: Get, lang: str, path: str) -> None:
    page = get(f"/{lang}{path}").text
    assert f'href="/{lang}/matches/' in page
    assert "%(" not in page


def test_an_organisation_without_partners_has_no_programmes(client: FlaskClient) -> None:
    assert client.get("/en/organisations/nobody/programmes").status_code == 404


# --- consortia --------------------------------------------------------------------------------------------------------

CONSORTIUM = "/en/programmes/canada-japan-3-plus-2/consortium"


def test_a_consortium_is_proposed_with_reasons(get: Get, board: Board) -> None:
    page = get(f"{CONSORTIUM}?with=kinova&with=cyberdyne").text
    proposal = triangles.propose(board, "canada-japan-3-plus-2", [board.profile("kinova"), board.profile("cyberdyne")])
    assert len(proposal.members) == 5
    for invitation in proposal.invited:
        assert f"with={invitation.member}" in page
        assert f"without={invitation.member}" in page
    assert "All rules that were read are met." in page


def test_who_is_refused_is_not_proposed(get: Get, board: Board) -> None:
    given = [board.profile("kinova")]
    first = triangles.propose(board, "canada-japan-3-plus-2", given).invited[0].member
    page = get(f"{CONSORTIUM}?with=kinova&without={first}").text
    assert f'href="/en/organisations/{first}"' not in page
    assert "Not proposed, as you asked" in page
    again = triangles.propose(board, "canada-japan-3-plus-2", given, without=[first])
    assert first not in again.members


def test_a_consortium_that_cannot_meet_a_rule_says_which(get: Get) -> None:
    page = get("/en/programmes/globalstars-japan/consortium?with=kinova&with=cyberdyne&unrelated=no").text
    assert "This consortium cannot meet: Independence." in page


@pytest.mark.parametrize("size", ["7", "99", "-1", "many", "٣"])
def test_any_size_gets_a_page(get: Get, size: str) -> None:
    assert "proposed" in get(f"{CONSORTIUM}?with=kinova&size={size}").text


def test_more_than_a_consortium_holds_is_cut_and_said(get: Get, board: Board) -> None:
    many = "&".join(f"with={i}" for i in list(board.corpus.profiles)[:14])
    assert "at most 12 members" in get(f"{CONSORTIUM}?{many}").text


# --- words ------------------------------------------------------------------------------------------------------------


def test_every_question_and_fact_has_words() -> None:
    assert set(i18n.QUESTIONS) == set(QuestionCode)
    assert set(i18n.FACTS) == {f.name for f in fields(Facts)}
    assert set(i18n.OUTCOMES) == set(i18n.OUTCOME_SIGNS) == set(i18n.VERDICTS) == set(Outcome)


@pytest.mark.parametrize("facet", PROGRAMME_FACETS)
def test_every_value_of_a_filter_has_words(app: Flask, facet: str) -> None:
    with app.app_context():
        assert all(i18n.programme_facet_label(facet, value) for value in PROGRAMME_FACETS[facet])


def test_every_basis_and_place_of_the_shipped_programmes_can_be_said(app: Flask, board: Board) -> None:
    members = [board.profile(i) for i in ("kinova", "cyberdyne")]
    known = {p.id: p for p in members}
    for lang in ("en", "fr", "ja"):
        with app.app_context(), force_locale(lang):
            for programme_id in board.corpus.programmes:
                form = read_facts(MultiDict({"shares.kinova": "60", "people.kinova": "7", "revenue.kinova": "400000"}))
                checked = triangles.check(board, programme_id, members, form.facts, NOON)
                lines = [i18n.basis_line(b, known) for c in checked.assessment.checks for b in c.basis]
                lines += [i18n.question_line(q, known) for q in checked.assessment.questions]
                for proposed in triangles.propose(board, programme_id, members[:1]).invited:
                    lines.append(i18n.place_line(proposed.place))
                assert all(line and "%(" not in line for line in lines)


# --- lists to check ---------------------------------------------------------------------------------------------------


def test_shipped_lists_name_known_concepts_in_three_languages() -> None:
    known = set(Taxonomy.shipped().concepts)
    for one in control_lists():
        assert set(one.names) == {"en", "fr", "ja"}
        assert one.source.startswith("https://")
        for area in one.areas:
            assert set(area.concepts) <= known
            assert set(area.labels) == {"en", "fr", "ja"}


def test_a_hint_names_the_area_and_the_concept() -> None:
    said = statement(Role.CAPABILITY, 1, "Builds quantum computers with superconducting qubits")
    found = hints([said], Taxonomy.shipped())
    assert {hint.list.country for hint in found} == {Country.JP, Country.CA}
    touched = {area.id: concepts for hint in found for area, concepts in hint.areas}
    assert "quantum-computing" in touched["quantum"]
    assert "robotics" not in touched


def test_what_touches_no_list_has_no_hint() -> None:
    assert hints([statement(Role.NEED, 1, "Looks for a distributor of maple syrup")], Taxonomy.shipped()) == ()


# --- commands ---------------------------------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = cli.main(list(args))
    return code, *capsys.readouterr()


@pytest.mark.usefixtures("instance")
def test_the_command_lists_programmes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "programmes", "--json", "--on", "2100-01-01")
    listed = {one["id"]: one for one in json.loads(out)}
    assert code == 0
    ended = [one for one in listed.values() if "closes" in one["dates"]]
    assert {(one["availability"], one["is_watched"], one["days_left"]) for one in ended} == {("closed", False, None)}
    assert {"availability", "is_watched", "days_left", "dates"} < set(listed["globalstars-japan"])


@pytest.mark.usefixtures("instance")
def test_the_command_answers_for_an_organisation_and_for_a_pair(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], board: Board
) -> None:
    # Fitted once for all tests.
    monkeypatch.setattr("web.matching.Boards.current", lambda *_: board)
    code, out, _ = run(capsys, "programmes", "--for", "kinova", "--top", "3", "--json", "--on", "2026-11-23")
    answer = json.loads(out)
    assert (code, len(answer["programmes"])) == (0, 3)
    assert all(one["seeker"] == "kinova" for one in answer["programmes"])
    code, out, _ = run(capsys, "programmes", "--for", "Kinova", "--with", "cyberdyne", "--top", "2")
    assert (code, out.count("[cyberdyne]")) == (0, 2)
    code, out, _ = run(capsys, "consortium", "canada-japan-3-plus-2", "--with", "kinova", "--json")
    assert (code, len(json.loads(out)["eligibility"]["members"])) == (0, 5)


@pytest.mark.usefixtures("instance")
@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("programmes", "--with", "kinova"), "--with needs --for"),
        (("programmes", "--for", "kinova", "--with", "mila"), "both in CA"),
        (("programmes", "--for", "zzzzzz"), "no organisation named"),
        (("consortium", "nothing", "--with", "kinova"), "no programme 'nothing'"),
    ],
)
def test_what_cannot_be_answered_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], board: Board,
    args: tuple[str, ...], message: str,
) -> None:  # fmt: skip
    monkeypatch.setattr("web.matching.Boards.current", lambda *_: board)
    code, out, err = run(capsys, *args)
    assert (code, out) == (1, "")
    assert message in err
