from __future__ import annotations

import copy
import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.corpus import Corpus, canonical_json
from matcher.document import (
    TEXT_LENGTHS,
    Fault,
    InvalidDocument,
    parse_profile,
    parse_programme,
    profile_document,
    programme_document,
)
from matcher.profile import Country, Kind, Size
from tests.matcher.builders import ADDRESS, closure_document, profile_json, programme_json, rule_document

_FIELDS = ("ai", "health", "robotics")
_MISSING = object()

# How a document goes wrong in one place: the path, what stands there, and the code of the fault at that same path.
_PROFILE_FAULTS: list[tuple[tuple[str | int, ...], object, str]] = [
    (("id",), _MISSING, "required"),
    (("id",), "", "required"),
    (("id",), "   ", "required"),
    (("id",), None, "required"),
    (("id",), 7, "type"),
    (("id",), "Maple Robotics", "format"),
    (("id",), "maple--robotics", "format"),
    (("country",), "FR", "choice"),
    (("country",), ["CA"], "type"),
    (("kind",), "guild", "choice"),
    (("names",), _MISSING, "required"),
    (("names",), "Maple", "type"),
    (("names", "en"), _MISSING, "required"),
    (("names", "fr"), "", "type"),
    (("names", "ja"), 5, "type"),
    (("names", "de"), "Ahorn", "choice"),
    (("aliases",), "Maple", "type"),
    (("aliases", 1), "", "type"),
    (("aliases", 0), {"en": "Maple"}, "type"),
    (("subdivision",), "QC", "format"),
    (("subdivision",), "JP-48", "format"),
    (("subdivision",), "JP-13", "format"),  # well written, but of the other country
    (("city",), {"fr": "Sherbrooke", "en": "  "}, "type"),
    (("website",), "example.com", "address"),
    (("website",), "ftp://example.com/", "address"),
    (("website",), "https://exa mple.com/", "address"),
    (("website",), "https://[example.com/", "address"),
    (("founded",), "2009", "type"),
    (("founded",), True, "type"),
    (("founded",), 2009.5, "type"),
    (("founded",), 99, "range"),
    (("size",), "huge", "choice"),
    (("identifiers",), ["Q1"], "type"),
    (("identifiers", "orcid"), "0000-0001", "unknown"),
    (("identifiers", "ror"), "ror.org/012345678", "format"),
    (("identifiers", "wikidata"), 1, "format"),
    (("fields",), _MISSING, "required"),
    (("fields",), [], "range"),
    (("fields",), ["ai", "health", "robotics", "ai"], "range"),
    (("fields", 1), "alchemy", "choice"),
    (("fields", 0), None, "type"),
    (("source",), "a book", "address"),
    (("read_on",), "yesterday", "date"),
    (("read_on",), "2026-02-30", "date"),
    (("statements",), _MISSING, "required"),
    (("statements",), {"c1": "text"}, "type"),
    (("statements", 1), "Makes robots.", "object"),
    (("statements", 1, "id"), "c1", "duplicate"),
    (("statements", 1, "id"), "x2", "format"),
    (("statements", 1, "id"), "n9", "format"),  # the id of a need on a capability
    (("statements", 4, "id"), "c100", "format"),
    (("statements", 0, "role"), "wish", "choice"),
    (("statements", 0, "lang"), "de", "choice"),
    (("statements", 0, "text"), "Too short.", "length"),
    (("statements", 0, "text"), "x" * 401, "length"),
    (("statements", 2, "text"), "腕" * 201, "length"),
    (("statements", 0, "trl"), 0, "range"),
    (("statements", 0, "trl"), 10, "range"),
    (("statements", 0, "trl"), "nine", "type"),
    (("statements", 0, "cooperation"), "supply", "type"),
    (("statements", 0, "cooperation", 1), "friendship", "choice"),
    (("statements", 0, "cooperation", 1), {}, "choice"),
    (("statements", 0, "inferred"), True, "unknown"),  # only a need can be
    (("statements", 3, "inferred"), "yes", "type"),
    (("statements", 3, "source"), _MISSING, "required"),
    (("statements", 3, "read_on"), 2026, "type"),
    (("nickname",), "Mappy", "unknown"),
    (("statements", 2, "note"), "", "unknown"),
]

_PROGRAMME_FAULTS: list[tuple[tuple[str | int, ...], object, str]] = [
    (("kind",), "lottery", "choice"),
    (("status",), "ajar", "choice"),
    (("countries",), [], "required"),
    (("countries", 1), "US", "choice"),
    (("operators",), _MISSING, "required"),
    (("edition",), 2026, "type"),
    (("opens_on",), "spring", "date"),
    (("closes_on",), "2025-12-31", "range"),  # before it opens
    (("rules",), {}, "type"),
    (("rules", 0), [], "object"),
    (("rules", 0, "rule"), "nepotism", "choice"),
    (("rules", 0, "value"), _MISSING, "required"),
    (("rules", 0, "source"), "hearsay", "address"),
    (("rules", 0, "weight"), 1, "unknown"),
    (("country",), "CA", "unknown"),
    (("links",), [ADDRESS], "type"),
    (("links", "en"), "example.com", "address"),
    (("links", "de"), ADDRESS, "unknown"),
    (("budget",), 5, "object"),
    (("budget", "currency"), "BTC", "choice"),
    (("budget", "amount"), _MISSING, "required"),
    (("budget", "amount"), 0, "range"),
    (("contradictions", 0), "two dates", "object"),
    (("contradictions", 0, "values"), _MISSING, "required"),
    (("contradictions", 0, "values", 1, "source"), "hearsay", "address"),
]

_RULES_WITH_A_WRONG_VALUE: list[tuple[str, object]] = [
    ("applicant", {}),
    ("applicant", {"country": "FR"}),
    ("applicant", {"kinds": []}),
    ("applicant", {"kinds": ["guild"]}),
    ("applicant", {"sme": 1}),
    ("applicant", {"colour": "red"}),
    ("min_members", {"JP": -1}),
    ("min_members", {"JP": True}),
    ("min_members", 3),
    ("max_share", {"of": "team", "percent": 70}),
    ("max_share", {"of": "country", "percent": 0}),
    ("max_share", {"of": "country", "percent": 101}),
    ("funding_cap", {"currency": "BTC", "amount": 5}),
    ("funding_cap", {"amount": "much"}),
    ("duration_months", {"min": 1.5}),
    ("excluded_topics", []),
    ("excluded_topics", ["nuclear power", ""]),
    ("ip_plan", "yes"),
    ("civilian_only", 1),
]

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def _changed(document: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    parent: Any = changed
    for part in path[:-1]:
        parent = parent[part]
    if value is _MISSING:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return changed


def _faults(parse: Any, document: object, **options: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDocument) as caught:
        parse(document, **options)
    assert str(caught.value)
    return [(fault.field, fault.code) for fault in caught.value.faults]


# --- documents without a fault ----------------------------------------------------------------------------------------


def test_every_shipped_profile_is_written_as_it_was_read(corpus: Corpus) -> None:
    folder = files("matcher.data") / "profiles"
    for profile in corpus.organisations.values():
        text = (folder / profile.country.lower() / f"{profile.id}.json").read_text("utf-8")
        assert profile_document(profile) == json.loads(text)


def test_every_shipped_programme_is_written_as_it_was_read(corpus: Corpus) -> None:
    folder = files("matcher.data") / "programmes"
    for programme in corpus.programmes.values():
        text = (folder / f"{programme.id}.json").read_text("utf-8")
        assert programme_document(programme) == json.loads(text)


def test_documents_come_back_from_what_they_became(corpus: Corpus) -> None:
    for profile in corpus.organisations.values():
        assert parse_profile(profile_document(profile)) == profile
    for programme in corpus.programmes.values():
        assert parse_programme(programme_document(programme)) == programme


def test_every_field_of_a_full_document_arrives() -> None:
    profile = parse_profile(profile_json(), fields=_FIELDS)
    assert profile_document(profile) == profile_json()
    assert (profile.country, profile.kind, profile.size) == (Country.CA, Kind.COMPANY, Size.MEDIUM)
    assert [s.id for s in profile.needs if s.is_inferred] == ["n1"]
    programme = parse_programme(programme_json(), fields=_FIELDS)
    assert programme_document(programme) == programme_json()


def test_a_closed_organisation_needs_no_needs() -> None:
    document = profile_json(closed=closure_document(), statements=profile_json()["statements"][:1])
    profile = parse_profile(document, fields=_FIELDS)
    assert profile_document(profile) == document
    assert profile.closed is not None
    assert (profile.closed.year, profile.closed.successor) == (2023, "Oak Robotics")
    assert ("statements", "too_few") in _faults(parse_profile, document | {"statements": []})


@pytest.mark.parametrize(
    ("closed", "fault"),
    [
        ("in 2023", ("closed", "object")),
        (closure_document(year=None), ("closed.year", "required")),
        (closure_document(year="2023"), ("closed.year", "type")),
        (closure_document(source="hearsay"), ("closed.source", "address")),
        (closure_document(reason="bankrupt"), ("closed.reason", "unknown")),
    ],
)
def test_a_fault_in_a_closure_is_named(closed: object, fault: tuple[str, str]) -> None:
    assert fault in _faults(parse_profile, profile_json(closed=closed))


def test_pages_that_agree_do_not_contradict_each_other() -> None:
    readings = [{"value": "2026-06-30", "source": ADDRESS, "read_on": "2026-01-02"}] * 2
    document = programme_json(contradictions=[{"field": "closes_on", "values": readings}])
    assert _faults(parse_programme, document) == [("contradictions[0].values", "too_few")]


def test_outer_blanks_are_not_kept() -> None:
    profile = parse_profile(profile_json(id=" maple-robotics\n", aliases=["\u3000Maple "]))
    assert (profile.id, profile.aliases) == ("maple-robotics", ("Maple",))


def test_null_is_as_good_as_absent_for_an_optional_field() -> None:
    profile = parse_profile(profile_json(founded=None, size=None, aliases=None, identifiers=None))
    assert (profile.founded, profile.size, profile.aliases, profile.identifiers) == (None, None, (), {})


@pytest.mark.parametrize("lang", TEXT_LENGTHS)
def test_a_text_may_be_as_short_and_as_long_as_stated(lang: str) -> None:
    for length in TEXT_LENGTHS[lang]:
        changed = _changed(profile_json(), ("statements", 0, "text"), "腕" * length)
        changed = _changed(changed, ("statements", 0, "lang"), lang)
        assert parse_profile(changed).statement("c1").text == "腕" * length


# --- one fault --------------------------------------------------------------------------------------------------------


def _name(value: object) -> str | None:
    return Fault(value, "").field if isinstance(value, tuple) else None


@pytest.mark.parametrize(("path", "value", "code"), _PROFILE_FAULTS, ids=_name)
def test_a_fault_in_a_profile_is_named_once_with_its_field(
    path: tuple[str | int, ...], value: object, code: str
) -> None:
    # A city is at fault where its text is, one step further down.
    where = Fault((*path, "en") if path == ("city",) else path, code)
    assert _faults(parse_profile, _changed(profile_json(), path, value), fields=_FIELDS) == [(where.field, code)]


@pytest.mark.parametrize(("path", "value", "code"), _PROGRAMME_FAULTS, ids=_name)
def test_a_fault_in_a_programme_is_named_once_with_its_field(
    path: tuple[str | int, ...], value: object, code: str
) -> None:
    found = _faults(parse_programme, _changed(programme_json(), path, value), fields=_FIELDS)
    assert found == [(Fault(path, code).field, code)]


@pytest.mark.parametrize(("code", "value"), _RULES_WITH_A_WRONG_VALUE)
def test_a_rule_whose_value_has_the_wrong_shape(code: str, value: object) -> None:
    document = programme_json(rules=[rule_document(code, value)])
    assert _faults(parse_programme, document) == [("rules[0].value", "format")]


def test_a_japanese_organisation_needs_its_japanese_name() -> None:
    document = profile_json(country="JP", subdivision="JP-13", names={"en": "Maple"})
    assert _faults(parse_profile, document) == [("names.ja", "required")]


@pytest.mark.parametrize("value", [None, [], "maple-robotics", 5, True])
def test_a_document_that_is_no_object(value: object) -> None:
    assert _faults(parse_profile, value) == _faults(parse_programme, value) == [("(document)", "object")]


@pytest.mark.parametrize("index", [1, 3])
def test_too_few_statements_of_a_role_save_in_a_draft(index: int) -> None:
    document = profile_json()
    del document["statements"][index]
    assert _faults(parse_profile, document) == [("statements", "too_few")]
    assert len(parse_profile(document, complete=False).statements) == 4
    assert parse_profile(document | {"statements": []}, complete=False).statements == ()


@pytest.mark.parametrize("path", [("names", "en"), ("aliases", 0), ("statements", 0, "text"), ("city", "en")])
def test_half_a_character_which_json_can_spell_but_nothing_can_store(path: tuple[str | int, ...]) -> None:
    document = json.loads(json.dumps(_changed(profile_json(), path, "\ud83d and twenty more letters")))
    [(field, _)] = _faults(parse_profile, document)
    assert field == Fault(path, "").field


# --- several faults ---------------------------------------------------------------------------------------------------


def test_an_empty_object_lacks_every_required_field() -> None:
    always = "id country kind names subdivision city source read_on statements".split()
    for complete, required in ((True, [*always, "website", "fields"]), (False, always)):
        found = _faults(parse_profile, {}, complete=complete)
        assert sorted(found) == sorted((name, "required") for name in required)


def test_an_empty_statement_or_rule_is_not_passed_over() -> None:
    found = _faults(parse_profile, profile_json(statements=[{}]), complete=False)
    assert found == [(f"statements[0].{name}", "required") for name in "id role lang text source read_on".split()]
    found = _faults(parse_programme, programme_json(rules=[{}]))
    assert found == [(f"rules[0].{name}", "required") for name in "rule value source read_on".split()]


def test_all_faults_come_at_once() -> None:
    document = profile_json(country="FR", website="nowhere", founded=1, colour="red")
    document["statements"][1] |= {"lang": "de", "trl": 12}
    document["statements"][4]["source"] = ""
    assert set(_faults(parse_profile, document)) == {
        ("country", "choice"),
        ("website", "address"),
        ("founded", "range"),
        ("colour", "unknown"),
        ("statements[1].lang", "choice"),
        ("statements[1].trl", "range"),
        ("statements[4].source", "required"),
    }


def test_the_message_names_every_field() -> None:
    with pytest.raises(InvalidDocument, match=r"country: choice 'FR' not in JP, CA; founded: range 1000–2100"):
        parse_profile(profile_json(country="FR", founded=1))


def test_unknown_fields_are_named_in_their_order() -> None:
    document = profile_json(zebra=1, apple=None)
    document["statements"][0]["mood"] = "good"
    names = [field for field, code in _faults(parse_profile, document) if code == "unknown"]
    assert names == ["statements[0].mood", "zebra", "apple"]


# --- anything at all --------------------------------------------------------------------------------------------------


@given(_json)
def test_no_json_value_raises_anything_but_its_faults(value: object) -> None:
    for parse in (parse_profile, parse_programme):
        assert _faults(parse, value)


_SOMEWHERE: list[tuple[str | int, ...]] = [
    ("id",), ("country",), ("kind",), ("names",), ("names", "en"), ("names", "x"), ("aliases",), ("aliases", 0),
    ("subdivision",), ("city",), ("website",), ("founded",), ("size",), ("identifiers",), ("identifiers", "ror"),
    ("fields",), ("fields", 0), ("source",), ("read_on",), ("statements",), ("statements", 0), ("statements", 0, "id"),
    ("statements", 0, "role"), ("statements", 0, "lang"), ("statements", 0, "text"), ("statements", 0, "trl"),
    ("statements", 0, "cooperation"), ("statements", 3, "inferred"), ("statements", 0, "read_on"),
]  # fmt: skip
_SOMEWHERE_IN_A_PROGRAMME: list[tuple[str | int, ...]] = [
    ("kind",), ("countries",), ("countries", 0), ("operators",), ("edition",), ("status",), ("opens_on",),
    ("closes_on",), ("rules",), ("rules", 0), ("rules", 0, "rule"), ("rules", 0, "value"), ("rules", 0, "value", "sme"),
    ("rules", 0, "value", "country"), ("rules", 0, "value", "kinds"), ("rules", 0, "source"), ("statements",),
]  # fmt: skip


@given(st.sampled_from(_SOMEWHERE), _json)
def test_no_json_value_in_a_profile_raises_anything_but_its_faults(path: tuple[str | int, ...], value: object) -> None:
    _assert_stored_or_named(parse_profile, profile_document, _changed(profile_json(), path, value), path)


@given(st.sampled_from(_SOMEWHERE_IN_A_PROGRAMME), _json)
def test_no_json_value_in_a_programme_raises_anything_but_its_faults(
    path: tuple[str | int, ...], value: object
) -> None:
    _assert_stored_or_named(parse_programme, programme_document, _changed(programme_json(), path, value), path)


def _assert_stored_or_named(parse: Any, write: Any, document: object, path: tuple[str | int, ...]) -> None:
    """What parses can be written as JSON again; what does not is blamed on the field that was changed."""
    blamed = {path[0]}
    try:
        written = write(parse(document))
    except InvalidDocument as error:
        blamed = {fault.path[0] for fault in error.faults}
    else:
        assert json.loads(canonical_json(written)) == written
    # A country can also be at odds with the subdivision or the names, and the day of closing with that of opening.
    assert blamed <= {path[0], "subdivision", "names", "closes_on"}


@given(st.text(min_size=1))
def test_an_unknown_field_is_named_whatever_it_is_called(name: str) -> None:
    document = profile_json()
    if name not in document:
        assert _faults(parse_profile, document | {name: ADDRESS}) == [(Fault((name,), "unknown").field, "unknown")]
