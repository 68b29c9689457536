"""The data dictionary describes every shipped file and field, and every file is as it says."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import pytest

from matcher.profile import Cooperation, Country, Kind, ProgrammeKind, ProgrammeStatus, Role, RuleCode, Size
from tests.matcher.builders import closure_document, profile_json, programme_json

DATA: Final = Path(__file__).parents[2] / "data"
PACKAGE: Final = json.loads((DATA / "datapackage.json").read_text("utf-8"))
RESOURCES: Final[Mapping[str, Any]] = {resource["name"]: resource for resource in PACKAGE["resources"]}
DOCUMENTS: Final = [name for name, resource in RESOURCES.items() if resource["format"] == "json"]
TABLES: Final = [name for name, resource in RESOURCES.items() if resource["format"] == "csv"]


def files_of(name: str) -> list[Path]:
    path = RESOURCES[name]["path"]
    return sorted(file for pattern in ([path] if isinstance(path, str) else path) for file in DATA.glob(pattern))


def fields_of(name: str) -> Mapping[str, Any]:
    return {field["name"]: field for field in RESOURCES[name]["schema"]["fields"]}


# --- a reader of the dictionary: Table Schema, and the part of JSON Schema that it uses -------------------------------

_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str, "integer": int, "boolean": bool, "array": list, "object": dict, "year": int, "date": str,
}  # fmt: skip


def faults(value: Any, schema: Mapping[str, Any], path: str) -> Iterator[str]:
    """What is wrong with a value and all in it."""
    kind = schema.get("type")
    if kind and (not isinstance(value, _TYPES[kind]) or (kind in ("integer", "year") and isinstance(value, bool))):
        yield f"{path}: no {kind}"
        return
    yield from faults_of_scalar(value, schema, path)
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{path}: {len(value)} items"
        for place, item in enumerate(value):
            yield from faults(item, schema.get("items", {}), f"{path}[{place}]")
    if isinstance(value, dict) and "properties" in schema:
        yield from (f"{path}: no {name}" for name in schema["required"] if name not in value)
        for name, own in value.items():
            known = schema["properties"].get(name)
            yield from [f"{path}.{name}: not described"] if known is None else faults(own, known, f"{path}.{name}")


def faults_of_scalar(value: Any, schema: Mapping[str, Any], path: str) -> Iterator[str]:
    if value not in schema.get("enum", [value]):
        yield f"{path}: {value!r} is none of its values"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{path}: {value!r} has not its form"
    if "date" in (schema.get("type"), schema.get("format")) and not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
        yield f"{path}: {value!r} is no date"
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{path}: {value} is out of range"


def faults_of(document: Mapping[str, Any], name: str) -> list[str]:
    """What is wrong with a document of a resource."""
    described = fields_of(name)
    found: list[str] = []
    for field in described.values():
        constraints = field.get("constraints", {})
        if field["name"] in document:
            value = document[field["name"]]
            schema = {"type": field["type"]} | constraints.get("jsonSchema", {})
            schema |= {key: constraints[key] for key in ("enum", "pattern") if key in constraints}
            found += faults(value, schema, field["name"])
        elif constraints.get("required"):
            found.append(f"no {field['name']}")
    return found + [f"{key}: not described" for key in document if key not in described]


# --- the shipped files ------------------------------------------------------------------------------------------------


def test_every_data_file_is_described_once() -> None:
    described = [file for name in RESOURCES for file in files_of(name)]
    shipped = {f for f in DATA.rglob("*") if f.suffix in (".json", ".csv", ".npz")} - {DATA / "datapackage.json"}
    assert not [file.relative_to(DATA).as_posix() for file in shipped - set(described)]
    assert len(described) == len(set(described))
    assert not [name for name in RESOURCES if not files_of(name)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_as_described(name: str) -> None:
    found = {file.stem: faults_of(json.loads(file.read_text("utf-8")), name) for file in files_of(name)}
    assert not {stem: wrong for stem, wrong in found.items() if wrong}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_as_described(name: str) -> None:
    described = fields_of(name)
    for file in files_of(name):
        reader = csv.DictReader(file.read_text("utf-8").splitlines())
        assert list(reader.fieldnames or ()) == list(described)
        rows = list(reader)
        for field in described.values():
            values = [row[field["name"]] for row in rows]
            constraints = field.get("constraints", {})
            assert all(values) or not constraints.get("required"), field["name"]
            if field["type"] == "integer":
                wrong = [f for value in values if value for f in faults(int(value), constraints, field["name"])]
                assert not wrong
        key = RESOURCES[name]["schema"].get("primaryKey", [])
        names = [key] if isinstance(key, str) else key
        keys = [tuple(row[one] for one in names) for row in rows]
        assert not names or len(set(keys)) == len(keys)


# --- the dictionary and the code --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "document"),
    [("organisations", profile_json(closed=closure_document())), ("programmes", programme_json())],
)
def test_what_the_library_reads_is_what_is_described(name: str, document: dict[str, Any]) -> None:
    assert set(document) == set(fields_of(name))
    assert not faults_of(document, name)


@pytest.mark.parametrize(
    ("name", "field", "codes"),
    [
        ("organisations", "country", Country),
        ("organisations", "kind", Kind),
        ("organisations", "size", Size),
        ("programmes", "kind", ProgrammeKind),
        ("programmes", "status", ProgrammeStatus),
    ],
)
def test_codes_are_those_of_the_library(name: str, field: str, codes: type[StrEnum]) -> None:
    assert fields_of(name)[field]["constraints"]["enum"] == [code.value for code in codes]


def test_codes_within_statements_and_rules_are_those_of_the_library() -> None:
    for name in ("organisations", "programmes"):
        statement = fields_of(name)["statements"]["constraints"]["jsonSchema"]["items"]["properties"]
        assert statement["role"]["enum"] == list(Role)
        assert statement["cooperation"]["items"]["enum"] == list(Cooperation)
    rule = fields_of("programmes")["rules"]["constraints"]["jsonSchema"]["items"]["properties"]
    assert rule["rule"]["enum"] == list(RuleCode)


def test_every_field_has_a_description() -> None:
    assert not [f"{r} {n}" for r in DOCUMENTS + TABLES for n, f in fields_of(r).items() if not f.get("description")]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"colour": "red"}, "colour: not described"),
        ({"country": "FR"}, "country: 'FR' is none of its values"),
        ({"founded": "2009"}, "founded: no year"),
        ({"read_on": "02/01/2026"}, "read_on: '02/01/2026' is no date"),
        ({"website": "example.com"}, "website: 'example.com' has not its form"),
        ({"names": {"fr": "Érable"}}, "names: no en"),
        ({"fields": []}, "fields: 0 items"),
        ({"statements": [{"id": "c1", "trl": 12}]}, "statements[0].trl: 12 is out of range"),
        ({"statements": [{"id": "c1", "mood": "good"}]}, "statements[0].mood: not described"),
    ],
)
def test_a_fault_is_found(change: dict[str, Any], fault: str) -> None:
    assert fault in faults_of(profile_json(**change), "organisations")


def test_a_missing_field_is_found() -> None:
    document = profile_json()
    del document["source"]
    assert faults_of(document, "organisations") == ["no source"]


def test_dates_are_days_of_the_calendar() -> None:
    days = [
        json.loads(file.read_text("utf-8")).get(name)
        for file in files_of("programmes")
        for name in ("read_on", "opens_on", "closes_on")
    ]
    assert all(date.fromisoformat(day) for day in days if day)
