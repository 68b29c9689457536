from __future__ import annotations

import copy
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.corpus import Corpus, HasClosed, InvalidData, UnknownName, line_of
from matcher.document import parse_profile, parse_programme
from matcher.profile import Closure, Country, Kind, Profile, ProgrammeStatus, Size
from tests.matcher.builders import ADDRESS, DAY, profile, profile_json, programme_json, toy_matcher

_MAPLE = "profiles/ca/maple-robotics.json"
_CALL = "programmes/joint-call.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Data without a fault: one organisation and one programme, one field a line."""
    for name, document in ((_MAPLE, profile_json()), (_CALL, programme_json())):
        _write(tmp_path, name, document)
    return tmp_path


def _write(folder: Path, name: str, content: bytes | str | dict[str, Any]) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=2) if isinstance(content, dict) else content
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _faults(folder: Path) -> list[tuple[str, int, str, str]]:
    with pytest.raises(InvalidData) as caught:
        Corpus.read(folder)
    return [(f.file, f.line, f.fault.field, f.fault.code) for f in caught.value.faults]


def _line(path: Path, start: str) -> int:
    """The line that starts with this text, from 1."""
    return next(n for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if line.strip().startswith(start))


# --- reading ----------------------------------------------------------------------------------------------------------


def test_a_folder_without_a_fault_is_read_whole(folder: Path) -> None:
    found = Corpus.read(folder)
    assert list(found.profiles) == ["maple-robotics"] and list(found.programmes) == ["joint-call"]


def test_a_folder_without_a_profile_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"profiles/<country>/\*\.json below"):
        Corpus.read(tmp_path)


@pytest.mark.parametrize(
    ("content", "line", "code"),
    [
        ('{\n  "id": "maple-robotics",\n  "country" "CA"\n}\n', 3, "json"),
        ("", 1, "json"),
        ('{"id": "maple-robotics"}\n{}\n', 2, "json"),
        ("\ufeff{}", 1, "json"),
        ('{\n  "city": "Montr\xe9al"\n}\n'.encode("latin-1"), 2, "utf8"),
        ("[]\n", 1, "object"),
        ("5", 1, "object"),
    ],
)
def test_a_file_that_cannot_be_read(folder: Path, content: bytes | str, line: int, code: str) -> None:
    _write(folder, _MAPLE, content)
    assert _faults(folder) == [(_MAPLE, line, "(document)", code)]


@pytest.mark.parametrize(
    ("changes", "field", "code", "line_starts"),
    [
        ({"country": "FR"}, "country", "choice", '"country"'),
        ({"founded": "2009"}, "founded", "type", '"founded"'),
        ({"fields": ["robotics", "alchemy"]}, "fields[1]", "choice", '"alchemy"'),
        ({"names": {"en": "Maple", "de": "Ahorn"}}, "names.de", "choice", '"de"'),
        ({"names": {"fr": "Érable"}}, "names.en", "required", '"names"'),  # what is missing stands in its parent
        ({"website": None}, "website", "required", '"website"'),
        ({"colour": "red"}, "colour", "unknown", '"colour"'),
    ],
)
def test_a_fault_is_placed_on_its_line(
    folder: Path, changes: dict[str, Any], field: str, code: str, line_starts: str
) -> None:
    path = _write(folder, _MAPLE, profile_json(**changes))
    assert _faults(folder) == [(_MAPLE, _line(path, line_starts), field, code)]


def test_a_missing_field_is_placed_where_the_document_begins(folder: Path) -> None:
    document = profile_json()
    del document["kind"]
    _write(folder, _MAPLE, document)
    assert _faults(folder) == [(_MAPLE, 1, "kind", "required")]


def test_a_fault_in_a_statement_is_placed_in_that_statement(folder: Path) -> None:
    document = profile_json()
    document["statements"][3]["lang"] = "de"
    path = _write(folder, _MAPLE, document)
    assert _faults(folder) == [(_MAPLE, _line(path, '"lang": "de"'), "statements[3].lang", "choice")]


def test_a_fault_in_a_programme_is_found_too(folder: Path) -> None:
    path = _write(folder, _CALL, programme_json(status="ajar"))
    assert _faults(folder) == [(_CALL, _line(path, '"status"'), "status", "choice")]


def test_an_id_that_is_not_the_name_of_its_file(folder: Path) -> None:
    path = _write(folder, "profiles/ca/birch.json", profile_json())
    line = _line(path, '"id": "maple-robotics"')
    assert ("profiles/ca/birch.json", line, "id", "format") in _faults(folder)


@pytest.mark.parametrize("other", ["profiles/jp/maple-robotics.json", "programmes/maple-robotics.json"])
def test_an_id_that_is_taken(folder: Path, other: str) -> None:
    document = programme_json(id="maple-robotics") if other.startswith("programmes") else profile_json()
    path = _write(folder, other, document)
    assert _faults(folder) == [(other, _line(path, '"id": "maple-robotics"'), "id", "duplicate")]


def test_the_faults_of_all_files_come_at_once_and_nothing_is_loaded(folder: Path) -> None:
    _write(folder, _MAPLE, profile_json(size="huge", kind="guild"))
    _write(folder, _CALL, "{")
    _write(folder, "profiles/jp/cedar.json", b"\xff")
    _write(folder, "profiles/jp/fir.json", profile_json(id="pine", aliases=[""]))
    _write(folder, "profiles/jp/oak.json", profile_json(id="elm"))
    found = _faults(folder)
    assert {(file, field, code) for file, _, field, code in found} == {
        (_MAPLE, "size", "choice"),
        (_MAPLE, "kind", "choice"),
        (_CALL, "(document)", "json"),
        ("profiles/jp/cedar.json", "(document)", "utf8"),
        ("profiles/jp/fir.json", "aliases[0]", "type"),
        ("profiles/jp/oak.json", "id", "format"),
    }


def test_the_message_has_one_line_a_fault_with_file_line_and_field(folder: Path) -> None:
    path = _write(folder, _MAPLE, profile_json(size="huge", founded=1))
    with pytest.raises(InvalidData) as caught:
        Corpus.read(folder)
    first, second = str(caught.value).splitlines()
    founded, size = _line(path, '"founded"'), _line(path, '"size"')
    assert first == f"{_MAPLE}:{founded}: founded: range 1000–2100"
    assert second.startswith(f"{_MAPLE}:{size}: size: choice 'huge' not in ")


# --- lines ------------------------------------------------------------------------------------------------------------

_MARK = "here it stands"
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def _paths(value: object) -> Iterable[tuple[str | int, ...]]:
    yield ()
    children: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    for part, child in children:
        yield from ((part, *rest) for rest in _paths(child))


def _marked(value: Any, path: tuple[str | int, ...]) -> Any:
    if not path:
        return _MARK
    value = copy.copy(value)
    value[path[0]] = _marked(value[path[0]], path[1:])
    return value


@given(_values, st.data(), st.sampled_from([None, 0, 2]), st.booleans())
def test_every_value_of_any_json_is_found_on_its_line(
    value: object,
    data: st.DataObject,
    indent: int | None,
    is_ascii: bool,  # noqa: FBT001 - drawn
) -> None:
    path = data.draw(st.sampled_from(list(_paths(value))))
    # Whatever stands in a place, everything before it is the same: so a mark in its stead shows the line.
    text, marked = (json.dumps(v, indent=indent, ensure_ascii=is_ascii) for v in (value, _marked(value, path)))
    before = marked[: marked.index(json.dumps(_MARK))]
    assert line_of(text, path) == before.count("\n") + 1


@given(_values, st.data())
def test_what_is_missing_is_placed_with_its_nearest_parent(value: object, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(_paths(value))))
    text = json.dumps(value, indent=2)
    assert line_of(text, (*path, "no such key", 5)) == line_of(text, path)


# --- names ------------------------------------------------------------------------------------------------------------


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else "\u3000" if c == " " else c for c in text)


def _unaccented(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not "\u0300" <= c <= "\u036f")


@pytest.mark.parametrize(
    ("name", "profile_id"),
    [
        ("tenstorrent", "tenstorrent"),
        ("  Tenstorrent \t Inc. ", "tenstorrent"),
        ("ＴＥＮＳＴＯＲＲＥＮＴ", "tenstorrent"),
        ("ラピダス", "rapidus"),
        ("ﾗﾋﾟﾀﾞｽ", "rapidus"),
        ("ｒａｐｉｄｕｓ株式会社", "rapidus"),
        ("カナダ宇宙庁", "canadian-space-agency"),
        ("AGENCE SPATIALE CANADIENNE", "canadian-space-agency"),
        ("gouvernement du quebec", "government-of-quebec"),
        ("HYDRO\u2011QUÉBEC", "hydro-quebec"),
        ("Hydro-Que\u0301bec", "hydro-quebec"),
        ("centre d'expertise international de montreal en intelligence artificielle", "ceimia"),
        ("東大", "university-of-tokyo"),
        ("Canadian AI Safety Institute", "canada-caisi"),
    ],
)
def test_an_organisation_is_found_by_any_name_in_any_spelling(corpus: Corpus, name: str, profile_id: str) -> None:
    assert corpus.get(name).id == profile_id


def test_every_shipped_name_leads_home_in_full_width_upper_case_and_without_accents(corpus: Corpus) -> None:
    for home in corpus.profiles.values():
        for name in (home.id, *home.names.values(), *home.aliases):
            for spelling in (name, _full_width(name), name.upper(), name.lower(), _unaccented(name)):
                assert corpus.get(spelling).id == home.id


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("Tenstorent", "tenstorrent"),
        ("Rapidos", "rapidus"),
        ("ラピタス", "rapidus"),
        ("hydro kebec", "hydro-quebec"),
        ("Univercity of Toronto", "university-of-toronto"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(corpus: Corpus, name: str, suggestion: str) -> None:
    with pytest.raises(UnknownName) as caught:
        corpus.get(name)
    assert caught.value.name == name
    assert caught.value.suggestions[0] == corpus.display_name(suggestion)
    assert len(caught.value.suggestions) <= 3


@pytest.mark.parametrize("name", ["", "qqqqqqqqqq", "龘龘龘龘", "\u0000"])
def test_a_name_like_no_other_suggests_nothing(corpus: Corpus, name: str) -> None:
    with pytest.raises(UnknownName) as caught:
        corpus.get(name)
    assert caught.value.suggestions == ()


def test_a_name_that_two_share_suggests_both() -> None:
    two = [replace(profile(i, Country.CA), aliases=(f"The {i}", "Twins")) for i in ("left", "right")]
    with pytest.raises(UnknownName) as caught:
        Corpus(two).get("twins")
    assert caught.value.suggestions == ("The left", "The right")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("hydro-q", "hydro-quebec"),
        ("spatiale", "canadian-space-agency"),
        ("ﾗﾋﾟ", "rapidus"),
        ("kinova", "kinova"),
        ("WATERLOO", "university-of-waterloo"),
    ],
)
def test_the_beginning_of_any_word_of_a_name_finds_it(corpus: Corpus, text: str, first: str) -> None:
    assert corpus.find_named(text)[0] == first


@pytest.mark.parametrize("text", ["", "  ", "ydro", "zzz"])
def test_nothing_and_the_middle_of_a_word_find_no_name(corpus: Corpus, text: str) -> None:
    assert corpus.find_named(text) == ()


def test_each_country_has_its_own(corpus: Corpus) -> None:
    both = [p for country in Country for p in corpus.of(country)]
    assert len(both) == len(corpus.profiles) and all(p.country is Country.JP for p in corpus.of(Country.JP))


# --- snapshots --------------------------------------------------------------------------------------------------------

_PROFILE = parse_profile(profile_json())
_PROGRAMME = parse_programme(programme_json())


def test_a_snapshot_knows_neither_the_order_of_input_nor_the_layout_of_files(corpus: Corpus, folder: Path) -> None:
    backwards = Corpus(reversed(corpus.organisations.values()), reversed(corpus.programmes.values()))
    assert backwards.snapshot_id == corpus.snapshot_id and list(backwards.profiles) == sorted(corpus.profiles)
    before = Corpus.read(folder).snapshot_id
    _write(folder, _MAPLE, json.dumps(dict(reversed(profile_json().items()))))
    assert Corpus.read(folder).snapshot_id == before


@pytest.mark.parametrize(
    "changed",
    [
        replace(_PROFILE, id="other"),
        replace(_PROFILE, country=Country.JP),
        replace(_PROFILE, kind=Kind.STARTUP),
        replace(_PROFILE, names={"en": "Other"}),
        replace(_PROFILE, aliases=()),
        replace(_PROFILE, aliases=_PROFILE.aliases[::-1]),
        replace(_PROFILE, subdivision="CA-ON"),
        replace(_PROFILE, city={"en": "Other"}),
        replace(_PROFILE, website="https://other.example/"),
        replace(_PROFILE, fields=("ai",)),
        replace(_PROFILE, source="https://other.example/"),
        replace(_PROFILE, read_on=date(2026, 1, 3)),
        replace(_PROFILE, identifiers={}),
        replace(_PROFILE, founded=None),
        replace(_PROFILE, size=Size.SMALL),
        replace(_PROFILE, statements=_PROFILE.statements[1:]),
        *(
            replace(_PROFILE, statements=(replace(_PROFILE.statements[0], **change), *_PROFILE.statements[1:]))
            for change in ({"text": "Other."}, {"trl": 8}, {"cooperation": ()}, {"lang": "fr"}, {"is_inferred": True})
        ),
    ],
)
def test_a_snapshot_changes_with_every_field_of_a_profile(changed: Profile) -> None:
    assert Corpus([changed]).snapshot_id != Corpus([_PROFILE]).snapshot_id


def test_a_snapshot_changes_with_the_programmes() -> None:
    closed = replace(_PROGRAMME, status=ProgrammeStatus.CLOSED)
    without, with_it, with_it_closed = (Corpus([_PROFILE], p).snapshot_id for p in ([], [_PROGRAMME], [closed]))
    assert len({without, with_it, with_it_closed}) == 3


def test_a_snapshot_is_twelve_hexadecimal_digits(corpus: Corpus) -> None:
    assert len(corpus.snapshot_id) == 12 and int(corpus.snapshot_id, 16) >= 0


def test_a_closed_organisation_is_found_but_is_nobodys_partner() -> None:
    closed = replace(profile("old", Country.CA, capabilities=["battery robot"]), closed=Closure(2023, ADDRESS, DAY))
    seeker = profile("z", Country.JP, capabilities=["battery"], needs=["battery robot"])
    open_one = profile("new", Country.CA, capabilities=["robot"], needs=["battery"])
    corpus = Corpus([closed, seeker, open_one])
    assert set(corpus.profiles) == {"new", "z"}
    assert corpus.find_named("old") == ("old",)
    with pytest.raises(HasClosed, match="closed in 2023"):
        corpus.get("old")
    assert corpus.snapshot_id != Corpus([seeker, open_one]).snapshot_id
    matcher = toy_matcher([closed, seeker, open_one])
    assert [m.partner_id for m in matcher.rank("z")] == ["new"]
