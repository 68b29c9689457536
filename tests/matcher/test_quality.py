"""The data quality report: every check finds what it is for, and nothing else; the counts add up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from matcher.__main__ import main
from matcher.corpus import Corpus, FileFault
from matcher.document import Fault, parse_profile, parse_programme
from matcher.profile import Closure, Country, Kind, Profile, Programme, ProgrammeStatus, Role
from matcher.quality import THIN, Check, Origin, Report, examine, origin, site_of
from matcher.taxonomy import Taxonomy
from tests.matcher.builders import ADDRESS, DAY, corpora, profile, profile_json, programme_json

# Six statements in two languages, each with a subject, one need asked for: nothing to warn of.
GOOD = profile(
    "good",
    Country.JP,
    capabilities=["Makes quantum annealing chips", "量子アニーリングの研究", "Builds a robot", "Sells a battery"],
    needs=["Seeks a hydrogen supplier", "ロボットの実証先を募る"],
)
ABOUT_PROFILES = {
    Check.NO_SOURCE, Check.NO_DATE, Check.UNKNOWN_FIELD, Check.READ_IN_FUTURE, Check.STALE, Check.NO_STATEMENT,
    Check.FEW_STATEMENTS, Check.NO_NEED, Check.NEEDS_INFERRED, Check.ONE_LANGUAGE, Check.UNTAGGED,
}  # fmt: skip
ABOUT_PROGRAMMES = {Check.STATUS_OUTDATED, Check.NO_RULES, Check.PAGES_DISAGREE}


def report(*profiles: Profile, day: date = DAY, programmes: tuple[Programme, ...] = (), **options: Any) -> Report:
    return examine(Corpus(profiles, programmes), Taxonomy.shipped(), day, **options)


def checks(found: Report, among: set[Check]) -> set[Check]:
    return set(found.by_check) & among


def needs_changed(**changes: Any) -> Profile:
    return replace(GOOD, statements=tuple(replace(s, **changes) if s.role is Role.NEED else s for s in GOOD.statements))


# --- checks -----------------------------------------------------------------------------------------------------------


def test_a_good_profile_has_no_findings() -> None:
    assert checks(report(GOOD), ABOUT_PROFILES) == set()


@pytest.mark.parametrize(
    ("spoilt", "check"),
    [
        (needs_changed(source=""), Check.NO_SOURCE),
        (needs_changed(read_on=date.min), Check.NO_DATE),
        (replace(GOOD, fields=("alchemy",)), Check.UNKNOWN_FIELD),
        (needs_changed(read_on=DAY + timedelta(days=2)), Check.READ_IN_FUTURE),
        (needs_changed(read_on=DAY - timedelta(days=366)), Check.STALE),
        (replace(GOOD, statements=()), Check.NO_STATEMENT),
        (replace(GOOD, statements=(*GOOD.statements[:3], *GOOD.statements[4:])), Check.FEW_STATEMENTS),
        (needs_changed(role=Role.CAPABILITY), Check.NO_NEED),
        (needs_changed(is_inferred=True), Check.NEEDS_INFERRED),
        (replace(GOOD, statements=tuple(replace(s, lang="en") for s in GOOD.statements)), Check.ONE_LANGUAGE),
        (needs_changed(text="Seeks xyzzy"), Check.UNTAGGED),
    ],
)
def test_each_check_finds_what_it_is_for(spoilt: Profile, check: Check) -> None:
    found = report(spoilt)
    assert checks(found, ABOUT_PROFILES) == {check}
    assert found.by_check[check][0].about == "good"


def test_a_finding_names_the_statements() -> None:
    assert report(needs_changed(text="Seeks xyzzy")).by_check[Check.UNTAGGED][0].statements == ("n1", "n2")


@pytest.mark.parametrize(("days", "is_stale"), [(365, False), (366, True)])
def test_a_source_is_stale_after_the_days_given(days: int, is_stale: bool) -> None:  # noqa: FBT001 - a table of cases
    assert (Check.STALE in report(GOOD, day=DAY + timedelta(days=days)).by_check) is is_stale
    assert Check.STALE in report(GOOD, day=DAY + timedelta(days=days), stale_after=30).by_check


def test_tomorrow_is_not_the_future() -> None:
    assert Check.READ_IN_FUTURE not in report(needs_changed(read_on=DAY + timedelta(days=1))).by_check


@pytest.mark.parametrize("check", Check)
def test_errors_are_what_breaks_the_data(check: Check) -> None:
    broken = {Check.BROKEN_FORMAT, Check.NO_SOURCE, Check.NO_DATE, Check.UNKNOWN_FIELD}
    assert check.is_error is (check in broken)


def test_errors_come_first_and_are_told_apart() -> None:
    found = report(needs_changed(source="", is_inferred=True))
    assert [f.check for f in found.errors] == [Check.NO_SOURCE]
    assert found.findings == found.errors + found.warnings


def test_faults_of_files_are_errors() -> None:
    fault = FileFault("profiles/jp/x.json", 7, Fault(("kind",), "choice", "'factory'"))
    found = report(GOOD, faults=[fault])
    assert [str(f) for f in found.errors] == ["profiles/jp/x.json:7 kind: choice 'factory'"]


def test_a_field_is_missed_in_the_country_that_lacks_it() -> None:
    found = report(GOOD).by_check
    needs = {(f.about, f.country) for f in found[Check.FIELD_WITHOUT_NEEDS]}
    assert ("energy", Country.CA) in needs
    assert ("energy", Country.JP) not in needs
    assert len(found[Check.FIELD_WITHOUT_CAPABILITIES]) < 2 * len(Taxonomy.shipped().fields)


def test_a_concept_is_used_where_a_narrower_one_is() -> None:
    unused = {f.about for f in report(GOOD).by_check[Check.UNUSED_CONCEPT]}
    assert not {"quantum-annealing", *Taxonomy.shipped().ancestors("quantum-annealing")} & unused
    assert unused


def test_the_thinnest_profile_comes_first() -> None:
    thin = replace(needs_changed(is_inferred=True), id="thin")
    thinner = replace(thin, id="thinner", statements=thin.statements[:1])
    found = report(GOOD, thin, thinner).thin
    assert [t.profile_id for t in found] == ["thinner", "thin"]
    assert set(found[0].checks) == {Check.FEW_STATEMENTS, Check.NO_NEED, Check.ONE_LANGUAGE}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"contradictions": []}, set()),
        ({}, {Check.PAGES_DISAGREE}),
        ({"contradictions": [], "rules": []}, {Check.NO_RULES}),
        ({"contradictions": [], "closes_on": "2026-01-02", "status": "closed"}, set()),
        ({"contradictions": [], "closes_on": "2026-03-02"}, {Check.STATUS_OUTDATED}),
        ({"contradictions": [], "status": "upcoming"}, {Check.STATUS_OUTDATED}),
    ],
)
def test_programmes_are_checked(changes: dict[str, Any], expected: set[Check]) -> None:
    programme = parse_programme(programme_json(**changes))
    assert checks(report(GOOD, day=date(2026, 3, 3), programmes=(programme,)), ABOUT_PROGRAMMES) == expected


# --- counts -----------------------------------------------------------------------------------------------------------


@given(corpora())
def test_counts_add_up(profiles: list[Profile]) -> None:
    found = report(*profiles)
    statements = [s for p in profiles for s in p.statements]
    silent = found.by_check.get(Check.NO_STATEMENT, ())
    for counts in (found.countries, found.kinds, found.subdivisions):
        assert sum(c.organisations for c in counts) + len(silent) == len(profiles)
        assert sum(c.capabilities + c.needs for c in counts) == len(statements)
    assert sum(c.capabilities + c.needs for c in found.languages) == len(statements)
    assert sum(t.count for t in found.origins) == sum(h.statements for h in found.hosts) == found.statements
    assert all(c.inferred <= c.needs and c.closed <= c.organisations for c in found.fields)


@given(corpora())
def test_the_order_of_the_data_changes_nothing(profiles: list[Profile]) -> None:
    assert report(*profiles) == report(*reversed(profiles))


def test_the_closed_are_counted_apart_and_what_they_stated_is_not() -> None:
    closed = replace(GOOD, id="gone", kind=Kind.UNIVERSITY, closed=Closure(2020, ADDRESS, DAY))
    found = report(GOOD, closed)
    assert found.closed == ("gone",)
    assert [(c.organisations, c.closed, c.capabilities) for c in found.kinds] == [(1, 0, 4), (0, 1, 0)]
    assert found.by_check.keys() & set(THIN) == set()


def test_an_organisation_of_which_nothing_is_known_is_no_reason_to_stop() -> None:
    empty = replace(GOOD, statements=(), fields=(), website="")
    found = report(empty)
    assert found.statements == 0
    assert not found.errors


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://www.example.co.jp/a", "example.co.jp"),
        ("https://news.example.jp:8080/", "example.jp"),
        ("https://www.uqam.ca/", "uqam.ca"),
        ("https://mern.gouv.qc.ca/x", "gouv.qc.ca"),
        ("https://somebody.github.io/x", "somebody.github.io"),
        ("https://example.co.uk", "example.co.uk"),
        ("", ""),
    ],
)
def test_the_site_is_what_somebody_registered(address: str, site: str) -> None:
    assert site_of(address) == site


@pytest.mark.parametrize(
    ("source", "website", "expected"),
    [
        ("https://blog.maple.ca/x", "https://www.maple.ca/", Origin.OWN),
        ("https://www.meti.go.jp/x", "https://maple.ca", Origin.PUBLIC),
        ("https://www.canada.ca/x", "https://maple.ca", Origin.PUBLIC),
        ("https://www.quebec.ca/x", "https://maple.ca", Origin.PUBLIC),
        ("https://www.u-tokyo.ac.jp/x", "https://maple.ca", Origin.PUBLIC),
        ("https://other.co.jp/x", "https://maple.co.jp", Origin.OTHER),
        ("https://notcanada.ca/x", "https://maple.ca", Origin.OTHER),
        ("https://maple.ca/x", "", Origin.OTHER),
    ],
)
def test_who_stands_behind_a_source(source: str, website: str, expected: Origin) -> None:
    assert origin(source, website) is expected


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder with one organisation and one programme."""

    def make(**changes: Any) -> Path:
        for place, document in (("profiles/ca/maple-robotics", profile_json(**changes)),
                                ("programmes/joint-call", programme_json())):  # fmt: skip
            path = tmp_path / f"{place}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(document, indent=1), encoding="utf-8")
        return tmp_path

    return make


def test_good_data_passes(folder: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(folder()), "check", "--on", "2026-01-03"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("no errors\n")
    assert "pages disagree" in out
    assert "joint-call" not in out


def test_warnings_are_named_on_request(folder: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(folder()), "check", "--on", "2026-01-03", "--warnings"]) == 0
    assert "joint-call closes_on" in capsys.readouterr().out


def test_errors_fail_and_come_with_all_there_is(
    folder: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(folder(kind="factory")), "check", "--on", "2026-01-03"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("profiles/ca/maple-robotics.json:4: kind: choice 'factory'")
    assert "no errors" not in captured.out
    assert "0 organisations, 0 without statements, 0 closed, 1 programmes" in captured.out


def test_json_has_the_whole_report(folder: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(folder(kind="factory")), "check", "--on", "2026-01-03", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["errors"], found["day"], found["findings"][0]["check"]) == (1, "2026-01-03", "broken_format")
    assert found["programmes"]["with_contradictions"] == 1


@pytest.mark.parametrize("option", [["--on", "yesterday"], ["--stale-after", "0"]])
def test_a_wrong_option_is_named(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["check", *option])
    assert stopped.value.code == 2
    assert option[0] in capsys.readouterr().err


def test_the_builders_make_what_the_report_reads() -> None:
    """The statuses above are those of a real document."""
    assert parse_programme(programme_json()).status is ProgrammeStatus.OPEN
    assert not parse_profile(profile_json()).closed
