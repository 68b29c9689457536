from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from matcher.corpus import Corpus, HasNoStatements
from matcher.match import Where
from matcher.profile import Country, Kind, Profile
from tests.conftest import Databases
from web import cli, create_app, store
from web.config import Settings
from web.exports import tables
from web.extensions import db
from web.imports import registry
from web.imports.registry import Importer, NoDump, Plan, Skip, enriched, places, read_records, slug
from web.matching import current_board
from web.store import list_audit_events, merging

ROR = "https://ror.org/0{:06}00"
DAY = date(2026, 11, 1)


def record(number: int = 1, *names: tuple[str, str | None, str], **changes: Any) -> dict[str, Any]:
    """A record of schema v2; ``names`` are values with their language and types."""
    names = names or (("Kita Robotics Co., Ltd.", None, "label"), ("北ロボティクス株式会社", "ja", "label"))
    return {
        "id": ROR.format(number),
        "admin": {"last_modified": {"date": "2026-03-31", "schema_version": "2.1"}},
        "status": "active",
        "types": ["company"],
        "established": 1999,
        "links": [{"type": "website", "value": f"https://kita{number}.example"}],
        "external_ids": [{"type": "wikidata", "all": [f"Q{number}"], "preferred": f"Q{number}"}],
        "locations": [_place("JP", "13", "Tokyo")],
        "names": [
            {"value": f"{names[0][0]} (Japan)", "lang": None, "types": ["label", "ror_display"]},
            *({"value": value, "lang": lang, "types": [kind]} for value, lang, kind in names),
        ],
        "relationships": [],
    } | changes


def _place(country: str, code: str | None, name: str) -> dict[str, Any]:
    return {"geonames_details": {"country_code": country, "country_subdivision_code": code, "name": name}}


def planned(records: Sequence[dict[str, Any]], known: Sequence[Profile] = (), **more: Any) -> Plan:
    importer = Importer(known, read_on=DAY, **more)
    for one in records:
        importer.take(one)
    return importer.plan()


# --- one record -------------------------------------------------------------------------------------------------------


def test_a_record_becomes_an_organisation_without_statements() -> None:
    (made,) = planned([record(7)]).added
    assert made.id == "kita-robotics-co-ltd"
    assert made.names == {"en": "Kita Robotics Co., Ltd.", "ja": "北ロボティクス株式会社"}
    assert (made.country, made.kind, made.subdivision, made.city) == (
        Country.JP,
        Kind.COMPANY,
        "JP-13",
        {"en": "Tokyo"},
    )
    assert made.identifiers == {"ror": ROR.format(7), "wikidata": "Q7"}
    assert (made.website, made.founded, made.source) == ("https://kita7.example", 1999, ROR.format(7))
    assert (made.statements, made.fields, made.read_on) == ((), (), DAY)


def test_without_a_day_a_record_was_read_when_it_was_last_modified() -> None:
    importer = Importer(())
    importer.take(record())
    assert importer.plan().added[0].read_on == date(2026, 3, 31)


def test_names_go_by_language_and_the_rest_are_aliases() -> None:
    (made,) = planned([
        record(
            1, ("Institut du Nord", "fr", "label"), ("Northern Institute", "en", "label"), ("IN", None, "acronym"),
            ("Institut nordique", "fr", "alias"), ("Northern Inst.", "en", "label"),
            locations=[_place("CA", "QC", "Laval")],
        )
    ]).added  # fmt: skip
    assert made.names == {"fr": "Institut du Nord", "en": "Northern Institute"}
    assert set(made.aliases) == {"IN", "Institut nordique", "Northern Inst."}


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (["education", "funder"], Kind.UNIVERSITY), (["funder", "government"], Kind.GOVERNMENT_BODY),
        (["facility"], Kind.RESEARCH_INSTITUTE), (["healthcare"], Kind.HOSPITAL), (["nonprofit"], Kind.ASSOCIATION),
        (["something new"], Kind.ASSOCIATION),
    ],
)  # fmt: skip
def test_types_become_kinds(types: list[str], kind: Kind) -> None:
    assert planned([record(types=types)]).added[0].kind is kind


def test_a_name_in_one_language_only_stands_for_the_english_one() -> None:
    (made,) = planned([record(1, ("北大学", "ja", "label"), names=[
        {"value": "北大学", "lang": "ja", "types": ["label", "ror_display"]}
    ])]).added  # fmt: skip
    assert made.names == {"ja": "北大学", "en": "北大学"} and made.id == "0000001-00".replace("-", "")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "withdrawn"}, Skip.WITHDRAWN), ({"status": "inactive"}, Skip.INACTIVE),
        ({"locations": [_place("FR", "IDF", "Paris")]}, Skip.OTHER_COUNTRY),
        ({"locations": [_place("JP", None, "Nowhere")]}, Skip.NO_PLACE), ({"locations": []}, Skip.FAULTY),
        ({"locations": [_place("JP", "99", "Tokyo")]}, Skip.FAULTY), ({"id": "https://ror.org/"}, Skip.FAULTY),
        ({"names": []}, Skip.FAULTY), ({"types": None}, Skip.FAULTY),
    ],
)  # fmt: skip
def test_what_is_left_out_says_why(changes: dict[str, Any], why: Skip) -> None:
    plan = planned([record(**changes), record(2, ("Other One", None, "label"))])
    assert [s.why for s in plan.skipped] == [why] and len(plan.added) == 1


def test_a_faulty_lesser_part_is_left_out_with_a_note() -> None:
    plan = planned([record(links=[{"type": "website", "value": "no address"}], established=12)])
    assert (plan.added[0].website, plan.added[0].founded) == ("", None) and len(plan.notes) == 2


def test_a_place_that_one_record_names_helps_another() -> None:
    records = [record(1), record(2, ("Other", None, "label"), locations=[_place("JP", None, "Tokyo")])]
    known, count = places(iter(records))
    assert count == 2
    assert [p.subdivision for p in planned(records, subdivisions=known).added] == ["JP-13", "JP-13"]
    # Two towns of one name: neither is guessed.
    records.append(record(3, locations=[_place("JP", "34", "Tokyo")]))
    assert "JP Tokyo" not in places(iter(records))[0]


def test_one_country_only() -> None:
    records = [record(1), record(2, ("Maple", None, "label"), locations=[_place("CA", "QC", "Laval")])]
    assert [p.country for p in planned(records, country=Country.CA).added] == [Country.CA]


@given(st.text(max_size=90))
def test_a_slug_is_an_id_or_nothing(name: str) -> None:
    made = slug(name)
    assert len(made) <= 60 and (not made or all(part.isalnum() and part.isascii() for part in made.split("-")))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(record())), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(list(record())), _json))
def test_whatever_a_record_holds_it_is_taken_or_skipped(changes: dict[str, Any]) -> None:
    plan = planned([record() | changes])
    assert len(plan.added) + len(plan.skipped) == 1


# --- against what is here ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rapidus() -> Profile:
    whole = Corpus.shipped().get("rapidus")
    return replace(
        whole, identifiers={}, founded=None, subdivision="JP-13", names={**whole.names, "ja": "北ロボティクス"}
    )


def test_an_organisation_that_is_here_is_enriched_and_keeps_what_it_has(rapidus: Profile) -> None:
    plan = planned([record(1)], [rapidus])
    ((fuller, fields),) = plan.enriched
    assert (plan.added, fields) == ((), ("aliases", "founded", "identifiers"))
    assert (fuller.id, fuller.names, fuller.website) == (rapidus.id, rapidus.names, rapidus.website)
    assert fuller.identifiers["ror"] == ROR.format(1) and fuller.founded == 1999
    assert fuller.statements == rapidus.statements and "Kita Robotics Co., Ltd." in fuller.aliases
    again = planned([record(1)], [fuller])
    assert (again.added, again.enriched, again.unchanged) == ((), (), 1)


def test_two_records_that_claim_one_organisation_are_both_left_to_a_person(rapidus: Profile) -> None:
    plan = planned([record(1), record(2)], [rapidus])
    assert [s.why for s in plan.skipped] == [Skip.PERHAPS_KNOWN] * 2 and plan.to_save == ()
    assert [p.id for p in planned([record(1), record(2)], [rapidus], adds_uncertain=True).added]


def test_the_same_name_elsewhere_is_left_to_a_person(rapidus: Profile) -> None:
    plan = planned([record(1, locations=[_place("JP", "27", "Osaka")])], [rapidus])
    (skipped,) = plan.skipped
    assert (skipped.why, skipped.detail) == (Skip.PERHAPS_KNOWN, "rapidus") and skipped.candidate is not None


def test_a_record_that_comes_twice_counts_once() -> None:
    plan = planned([record(1), record(1)])
    assert len(plan.added) == 1 and plan.skipped[0].why is Skip.REPEATED


def test_names_that_are_taken_get_ids_of_their_own() -> None:
    records = [record(n, ("Kita", None, "label")) for n in (1, 2, 3)]
    assert [p.id for p in planned(records).added] == ["kita", "kita-tokyo", "kita-000000300"]
    assert [p.id for p in planned(records[:1], taken=frozenset({"kita"})).added] == ["kita-tokyo"]


def test_the_number_of_a_merged_organisation_stands_for_the_one_that_stayed(rapidus: Profile) -> None:
    kept = replace(rapidus, identifiers={"ror": ROR.format(9)})
    plan = planned([record(1)], [kept], merged={ROR.format(1): "rapidus"})
    ((fuller, _),) = plan.enriched
    assert fuller.identifiers["ror"] == ROR.format(9) and plan.added == ()


def test_enriching_with_oneself_adds_nothing(rapidus: Profile) -> None:
    assert enriched(rapidus, rapidus) == (rapidus, ())


# --- files ------------------------------------------------------------------------------------------------------------


def _lines(records: Sequence[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(r, ensure_ascii=False) for r in records).encode()


def _write(path: Path, records: Sequence[dict[str, Any]]) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("v2.0_schema_v1.json", "[]")
            archive.writestr("v2.0_schema_v2.json", json.dumps(records, indent=1))
            archive.writestr("v2.0.csv", "id")
    elif path.suffix == ".json":
        path.write_text(json.dumps(records, ensure_ascii=False, indent=2), encoding="utf-8-sig")
    else:
        path.write_bytes(gzip.compress(_lines(records)) if path.suffix == ".gz" else _lines(records))
    return path


@pytest.mark.parametrize("name", ["d.jsonl", "d.jsonl.gz", "d.json", "d.zip"])
@pytest.mark.parametrize("chunk", [1, 7, registry._CHUNK])
def test_every_format_is_read_record_by_record(
    tmp_path: Path, name: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_CHUNK", chunk)
    records = [record(n) for n in (1, 2, 3)]
    assert list(read_records(_write(tmp_path / name, records))) == records


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("d.csv", b"id"), ("d.json", b"{}"), ("d.json", b""), ("d.json", b"[1"), ("d.json", b'[{"names": []'),
        ("d.json", b"[nonsense]"), ("d.json", b"\xff\xfe\xff"), ("d.jsonl", b"[]"), ("d.jsonl", b"{"),
        ("d.jsonl", b"\xff"), ("d.jsonl.gz", b"not gzip"), ("d.jsonl.gz", gzip.compress(b"{}" * 99, mtime=0)[:-9]),
        ("d.zip", b"not zip"), ("d.zip", b"PK\x05\x06" + bytes(18)), ("d.jsonl", b'{"id": "of schema v1"}'),
        ("d.jsonl", b"[" * 100_000),
    ],
)  # fmt: skip
def test_what_is_no_dump_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(NoDump):
        list(read_records(tmp_path / name))


def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "d.jsonl.gz").write_bytes(gzip.compress(b" " * (registry.LONGEST_RECORD + 1)))
    with pytest.raises(NoDump, match="too long"):
        list(read_records(tmp_path / "d.jsonl.gz"))
    monkeypatch.setattr(registry, "MOST_BYTES", 1000)
    for name in ("d.jsonl", "d.json"):
        with pytest.raises(NoDump, match="too large"):
            list(read_records(_write(tmp_path / name, [record(n) for n in range(9)])))


# --- the command and the pages ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def as_loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("registry")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KAKEHASHI_INSTANCE_FOLDER", str(folder))
        assert cli.main(["db", "upgrade"]) == 0
        with create_app(Settings()).app_context():
            shipped = Corpus.shipped()
            store.save_corpus(db.session, Corpus(map(shipped.get, ("kinova", "rapidus"))), actor="kakehashi load")
            db.session.commit()
    return folder


@pytest.fixture
def app(as_loaded: Path, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    databases.copy(as_loaded, tmp_path)
    monkeypatch.setenv("KAKEHASHI_INSTANCE_FOLDER", str(tmp_path))
    return create_app(Settings())


@pytest.fixture
def load(app: Flask, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:  # noqa: ARG001 - its database
    """Imports records, and returns the report."""

    def run(records: Sequence[dict[str, Any]], *args: str, status: int = 0) -> dict[str, Any]:
        path = _write(tmp_path / "dump.jsonl.gz", records)
        assert cli.main(["import-registry", str(path), "--json", *args]) == status
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return run


def test_importing_twice_changes_nothing(app: Flask, load: Callable[..., Any]) -> None:
    records = [record(1), record(2, ("Minami", None, "label")), record(3, ("Rapidus Corporation", None, "label"))]
    records[2] = record(3, ("Rapidus", None, "label"), status="withdrawn")
    assert load(records, "--dry-run")["saved"] is False
    first = load(records)
    assert (first["added"], first["skipped"]) == (2, {"withdrawn": 1})
    again = load(records)
    assert (again["added"], again["enriched"], again["unchanged"]) == (0, 0, 2)
    with app.app_context():
        events = list_audit_events(db.session, "minami")
    assert [(actor, action) for actor, action, _ in events] == [("kakehashi import-registry", "organisation.create")]


def test_faults_stop_everything_unless_told_otherwise(load: Callable[..., Any]) -> None:
    records = [record(1), record(2, types=None)]
    assert load(records, status=1)["saved"] is False
    done = load(records, "--skip-faulty")
    assert (done["saved"], done["added"], done["skipped"]) == (True, 1, {"faulty": 1})


def test_a_wrong_file_is_refused_in_one_line(app: Flask, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ARG001 - its database
    (tmp_path / "x.json").write_text("{}")
    for name in ("x.json", "none.json"):
        assert cli.main(["import-registry", str(tmp_path / name)]) == 1
        error = capsys.readouterr().err
        assert error.startswith("error: ") and error.count("\n") == 1


def test_without_a_database_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAKEHASHI_INSTANCE_FOLDER", str(tmp_path / "new"))
    assert cli.main(["import-registry", "x.json"]) == 3
    assert "kakehashi db upgrade" in capsys.readouterr().err


def test_the_report_is_readable(app: Flask, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ARG001 - its database
    path = _write(tmp_path / "d.json", [record(1), record(2, locations=[_place("JP", None, "Nowhere")])])
    assert cli.main(["import-registry", str(path)]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("1 added, 0 enriched, 0 unchanged") and "skipped, no place: 1" in printed.out
    assert "Kita Robotics Co., Ltd. (Japan)" in printed.err


def test_pages_facets_exports_and_the_matcher_live_with_it(app: Flask, load: Callable[..., Any]) -> None:
    load([record(1)])
    silent, client = "kita-robotics-co-ltd", app.test_client()
    with app.app_context():
        board = current_board()
        assert silent in board.corpus.silent and silent not in board.corpus.profiles
        assert silent not in {f.profile.id for f in board.browse(Where()).found}
        assert board.search("北ロボティクス").found[0].profile.id == silent
        assert silent not in {e.match.partner_id for e in board.partners("kinova", 50)}
        assert any(r["id"] == silent for r in tables.profile_records(board.corpus))
        with pytest.raises(HasNoStatements, match="nothing is known"):
            board.corpus.get("北ロボティクス株式会社")
    for address, status, words in (
        (f"/en/organisations/{silent}", 200, "Nothing public was read"),
        ("/en/search?q=Kita+Robotics", 200, silent),
        (f"/fr/organisations/{silent}", 200, silent),
        (f"/ja/organisations/{silent}", 200, silent),
        (f"/en/organisations/{silent}/matches", 404, "no partners to show"),
        (f"/en/matches/kinova/{silent}", 404, "no partners to show"),
        (f"/en/compare?with={silent}&with=kinova", 200, silent),
    ):
        page = client.get(address)
        assert page.status_code == status and words in page.text, address
        html5lib.HTMLParser(strict=True).parse(page.text)


def test_a_merged_record_does_not_come_back(app: Flask, load: Callable[..., Any]) -> None:
    load([record(1), record(2, ("Kita Robotics K.K.", None, "label"))])
    with app.app_context():
        merging.save_merge(db.session, keep_id="kita-robotics-co-ltd", remove_id="kita-robotics-k-k", actor="me")
        db.session.commit()
    again = load([record(1), record(2, ("Kita Robotics K.K.", None, "label"))])
    assert (again["added"], again["enriched"]) == (0, 0)


def test_ranking_by_name_says_that_nothing_is_known(
    load: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    load([record(1)])
    assert cli.main(["rank", "Kita Robotics Co., Ltd."]) == 1
    assert "nothing is known of what" in capsys.readouterr().err
