"""Profiles as a table: nothing is lost on the way out and back, and a fault names its row and column."""

from __future__ import annotations

import io
from collections.abc import Hashable
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given

from matcher.corpus import Corpus
from matcher.document import parse_profile
from matcher.frames import COLUMNS, REQUIRED, InvalidFrame, profiles_frame, read_frame
from matcher.profile import Country, Profile
from tests.matcher.builders import closure_document, corpora, profile, profile_json


@pytest.fixture(scope="module")
def everyone(corpus: Corpus) -> list[Profile]:
    return list(corpus.organisations.values())


@pytest.fixture
def maple() -> pd.DataFrame:
    """An organisation with every optional field, five statements on the rows 0 to 4."""
    return profiles_frame([parse_profile(profile_json())])


def _faults(frame: pd.DataFrame, **asked: Any) -> list[str]:
    with pytest.raises(InvalidFrame) as error:
        read_frame(frame, **asked)
    assert str(error.value).splitlines() == [str(fault) for fault in error.value.faults]
    return str(error.value).splitlines()


def _changed(frame: pd.DataFrame, row: Hashable | None, column: str, value: object) -> pd.DataFrame:
    """With another value on one row, or on every one."""
    values = [value if row in (None, label) else old for label, old in frame[column].items()]
    return frame.assign(**{column: pd.Series(values, frame.index, object)})


# --- out and back -----------------------------------------------------------------------------------------------------


def test_every_shipped_profile_comes_back_as_it_was(everyone: list[Profile]) -> None:
    frame = profiles_frame(everyone)
    assert len(frame) == sum(len(p.statements) for p in everyone) and tuple(frame.columns) == COLUMNS
    assert read_frame(frame) == everyone


@pytest.mark.parametrize("options", [{}, {"dtype": str}, {"keep_default_na": False}], ids=str)
def test_every_shipped_profile_comes_back_from_a_file(everyone: list[Profile], options: dict[str, Any]) -> None:
    text = profiles_frame(everyone).to_csv(index=False)
    assert read_frame(pd.read_csv(io.StringIO(text), **options)) == everyone


def test_every_field_comes_back(maple: pd.DataFrame) -> None:
    whole = parse_profile(profile_json(closed=closure_document()))
    frame = profiles_frame([whole])
    assert [c for c in COLUMNS if frame[c].isna().all()] == ["city_fr", "city_ja"]
    assert read_frame(frame) == [whole]
    assert read_frame(maple) == [parse_profile(profile_json())]


@given(corpora())
def test_a_profile_without_statements_has_a_row(profiles: list[Profile]) -> None:
    profiles = [replace(p, names={"en": "A", "ja": "あ"}) for p in profiles]
    frame = profiles_frame(profiles)
    assert len(frame) == sum(max(len(p.statements), 1) for p in profiles)
    short = [s for p in profiles for s in p.statements if len(s.text) < (10 if s.lang == "ja" else 20)]
    if short:
        assert all("text: length" in line for line in _faults(frame))
    else:
        assert read_frame(frame) == profiles


def test_no_profile_is_an_empty_table_and_back() -> None:
    assert tuple(profiles_frame([]).columns) == COLUMNS
    assert read_frame(profiles_frame([])) == []


def test_columns_have_the_types_that_pandas_counts_with(maple: pd.DataFrame) -> None:
    assert maple["trl"].sum() == 9 and maple["inferred"].sum() == 1
    assert (maple["read_on"] == pd.Timestamp(2026, 1, 2)).all()
    assert maple["cooperation"].tolist()[0] == "supply|distribution"


def test_a_value_with_the_separator_is_refused() -> None:
    with pytest.raises(ValueError, match="contains the separator"):
        profiles_frame([replace(profile("a", Country.CA), aliases=("A|B",))])


# --- tables made by hand ----------------------------------------------------------------------------------------------


def test_optional_columns_may_be_absent(maple: pd.DataFrame) -> None:
    [found] = read_frame(maple[list(REQUIRED)])
    assert found.names == {"en": "Maple Robotics Inc."} and found.size is None and len(found.statements) == 5


def test_facts_of_an_organisation_may_stand_on_one_row(maple: pd.DataFrame) -> None:
    expected = read_frame(maple)
    own = list(COLUMNS[1 : COLUMNS.index("statement")])
    maple.loc[maple.index != 2, own] = None
    assert read_frame(maple) == expected


def test_organisations_stand_in_the_order_of_their_first_rows(everyone: list[Profile]) -> None:
    frame = profiles_frame(everyone[:2])
    mixed = frame.iloc[[len(frame) - 1, *range(len(frame) - 1)]]
    assert [p.id for p in read_frame(mixed)] == [everyone[1].id, everyone[0].id]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("read_on", date(2026, 1, 2)),
        ("read_on", pd.Timestamp("2026-01-02")),
        ("read_on", " 2026-01-02 "),
        ("inferred", "FALSE"),
        ("inferred", None),
        ("trl", "9"),
        ("trl", 9.0),
        ("cooperation", " supply | distribution |"),
        ("cooperation", ("supply", "distribution")),
        ("cooperation", ["supply", "distribution"]),
        ("source", float("nan")),
    ],
)
def test_a_cell_may_be_written_in_several_ways(maple: pd.DataFrame, column: str, value: object) -> None:
    expected = read_frame(maple)
    maple = _changed(maple, 0, column, value)
    if column == "source":  # an empty cell is empty, however it is written
        assert _faults(maple) == ["row 0, source: required"]
    else:
        assert read_frame(maple) == expected


def test_a_number_in_a_column_of_texts_is_a_text(maple: pd.DataFrame) -> None:
    maple = maple.astype(object).assign(aliases=7, name_fr=42.0)
    [found] = read_frame(maple)
    assert found.aliases == ("7",) and found.names["fr"] == "42"


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "column", "value", "fault"),
    [
        (3, "organisation", None, "row 3, organisation: required"),
        (2, "country", "JP", "row 2, country: differs JP, but CA on row 0"),
        (2, "fields", "ai", "row 2, fields: differs ai, but robotics|health on row 0"),
        (2, "role", "wish", "row 2, role: choice 'wish' not in capability, need"),
        (2, "lang", "de", "row 2, lang: choice de"),
        (1, "text", "Short.", "row 1, text: length 6, expected 20–400"),
        (4, "text", None, "row 4, text: required"),
        (4, "statement", None, "row 4, statement: required"),
        (4, "statement", "n1", "row 4, statement: duplicate n1"),
        (0, "trl", 12, "row 0, trl: range 1–9"),
        (0, "trl", 7.5, "row 0, trl: type int"),
        (0, "trl", "high", "row 0, trl: type int"),
        (0, "inferred", "perhaps", "row 0, inferred: type bool"),
        (0, "inferred", True, "row 0, inferred: unknown only a need can be inferred"),
        (0, "cooperation", "supply|love", "row 0, cooperation: choice 'love' not in "),
        (0, "read_on", "last week", "row 0, read_on: date last week"),
        (0, "source", "page 3", "row 0, source: address page 3"),
        (None, "organisation", "Not An Id", "row 0, organisation: format Not An Id"),
        (None, "country", None, "row 0, country: required"),
        (None, "name_en", None, "row 0, name_en: required"),
        (None, "fields", "alchemy", "row 0, fields: choice 'alchemy' is not a top concept"),
        (None, "identifiers", "ror:1", "row 0, identifiers: format ror 1"),
        (None, "identifiers", "passport:1", "row 0, identifiers: unknown passport"),
        (None, "closed_year", 2020, "row 0, closed_source: required"),
        (None, "organisation_read_on", "soon", "row 0, organisation_read_on: date soon"),
    ],
)
def test_a_fault_names_its_row_and_column(
    maple: pd.DataFrame, row: int | None, column: str, value: object, fault: str
) -> None:
    assert _faults(_changed(maple, row, column, value))[0].startswith(fault)


def test_every_fault_is_named_at_once(everyone: list[Profile]) -> None:
    frame = profiles_frame(everyone).astype(object)
    frame.loc[[5, 500, 1000], "lang"] = "xx"
    assert [line.split(":")[0] for line in _faults(frame)] == ["row 5, lang", "row 500, lang", "row 1000, lang"]


def test_a_row_is_named_as_the_table_names_it(maple: pd.DataFrame) -> None:
    frame = _changed(maple.set_index(pd.Index(list("vwxyz"))), "x", "lang", "xx")
    assert _faults(frame) == ["row x, lang: choice xx"]


def test_columns_are_checked_before_rows(maple: pd.DataFrame) -> None:
    frame = maple.drop(columns=["text", "role"]).assign(colour="red", trl="high")
    assert _faults(frame) == ["column colour: unknown", "column role: required", "column text: required"]
    assert _faults(pd.concat([maple, maple[["trl"]]], axis=1)) == ["column trl: duplicate"]


def test_a_complete_profile_has_enough_statements(maple: pd.DataFrame) -> None:
    assert len(read_frame(maple, complete=True)) == 1
    assert _faults(maple[:3], complete=True) == ["row 0, statement: too_few need: 0, expected at least 2"]


def test_fields_may_be_those_of_another_taxonomy(maple: pd.DataFrame) -> None:
    frame = maple.assign(fields="alchemy")
    assert read_frame(frame, fields=["alchemy"])[0].fields == ("alchemy",)
