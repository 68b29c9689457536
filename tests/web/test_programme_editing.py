"""Programmes on a form: what is typed, what is wrong with it, what changes, who else saved, and the way back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from matcher.corpus import Corpus
from matcher.difference import difference
from matcher.document import programme_document
from matcher.profile import RuleCode
from matcher.taxonomy import Taxonomy
from web import cli
from web.extensions import db
from web.forms.programme_editing import PARAMETERS, fields_of, read_typed
from web.i18n.changes import WHOLE_PARTS, value_words, whole_words
from web.i18n.editing import PARAMETER_LABELS, place_words
from web.store import list_audit_events, programmes, revisions
from web.store.accounts import Account

MakeUser = Callable[..., Account]
ADDRESS = "/en/review/programmes/mitacs-jsps"
TODAY = date(2026, 11, 23)


@pytest.fixture
def app(own_app: Callable[..., Flask], still_board: None) -> Flask:  # noqa: ARG001 - before anything is saved
    """What is edited here stays here."""
    return own_app()


@pytest.fixture
def reviewer(app: Flask, make_user: MakeUser, sign_in: Any) -> FlaskClient:
    client: FlaskClient = sign_in(app.test_client(), make_user("reviewer", name="Renée Roy"))
    return client


@pytest.fixture
def form(app: Flask) -> MultiDict[str, str]:
    """The form of a programme as it stands."""
    with app.app_context():
        stored = programmes.get_programme(db.session, "mitacs-jsps")
    return MultiDict([*fields_of(stored.document), ("mark", stored.mark), ("do", "preview")])


def but(form: MultiDict[str, str], changes: dict[str, str]) -> MultiDict[str, str]:
    """The form with other values."""
    changed = MultiDict(form)
    for name, value in changes.items():
        changed[name] = value
    return changed


def fields() -> tuple[str, ...]:
    return Taxonomy.shipped().fields


def document(app: Flask, programme_id: str = "mitacs-jsps") -> Any:
    with app.app_context():
        return programmes.get_programme(db.session, programme_id).document


def page(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.text
    html5lib.HTMLParser(strict=True).parse(response.text)
    return str(response.text)


# --- the form ---------------------------------------------------------------------------------------------------------


def test_every_shipped_programme_goes_through_the_form_unchanged(shared_app: Flask) -> None:
    programmes = Corpus.shipped().programmes.values()
    assert {rule.code for p in programmes for rule in p.rules} >= {RuleCode.FUNDING_CAP, RuleCode.EXCLUDED_TOPICS}
    with shared_app.test_request_context():
        for programme in programmes:
            written = programme_document(programme)
            typed = read_typed(MultiDict(fields_of(written)), fields(), TODAY, programme.id)
            assert (typed.faults, typed.document) == ({}, written)


# One value of each sort, for each kind of rule.
VALUES: dict[str, Any] = {
    "country": "CA", "kinds": ["company", "startup"], "flag": True, "whole": 3, "number": 12.5, "currency": "JPY",
    "of": "country", "day": "2026-05-31", "subdivisions": ["CA-QC", "JP-13"], "lines": ["nuclear power", "arms"],
}  # fmt: skip


@pytest.mark.parametrize("code", RuleCode)
def test_every_value_of_every_rule_goes_through_the_form(shared_app: Flask, code: RuleCode) -> None:
    value: Any = {}
    for name, sort in PARAMETERS.get(code, ()):
        outer, _dash, inner = name.partition("-")
        value[outer] = {**value.get(outer, {}), inner: VALUES[sort]} if inner else VALUES[sort]
    if code not in PARAMETERS:
        value = True
    elif code is RuleCode.EXCLUDED_TOPICS:
        value = value["topics"]
    rule = {"rule": code.value, "value": value, "source": "https://example.com/", "read_on": "2026-01-02"}
    written = programme_document(next(iter(Corpus.shipped().programmes.values()))) | {"rules": [rule]}
    with shared_app.test_request_context():
        typed = read_typed(MultiDict(fields_of(written)), fields(), TODAY, written["id"])
    assert (typed.faults, typed.document["rules"]) == ({}, [rule])


def test_every_parameter_has_a_label() -> None:
    assert {name for parameters in PARAMETERS.values() for name, _ in parameters} == PARAMETER_LABELS.keys()


def test_a_form_is_shown_with_what_stands_there(reviewer: FlaskClient, app: Flask) -> None:
    text = page(reviewer.get(ADDRESS))
    kept = document(app)
    assert "JSPSサマー・プログラム" in text and kept["statements"][0]["source"] in text


@pytest.mark.parametrize("path", ["new", "mitacs-jsps"])
def test_an_empty_form_is_a_form_with_faults(reviewer: FlaskClient, path: str) -> None:
    text = page(reviewer.post(f"/en/review/programmes/{path}"), 400)
    assert 'id="names-en-error"' in text and 'href="#statements"' in text


NAMES = st.sampled_from([
    "id", "kind", "names-en", "countries", "fields", "founded", "website", "opens_on", "budget-amount", "budget-source",
    "rules-0-rule", "rules-0-value-JP", "rules-0-value-percent", "rules-0-value-kinds", "rules-0-value-topics",
    "rules-1-rule", "rules-1-value-revenue-min", "rules-1-value-submission", "rules-1-read_on", "statements-0-role",
    "statements-0-id", "statements-0-lang", "statements-0-text", "statements-0-trl", "contradictions-0-field",
    "contradictions-0-values-0-value", "contradictions-0-values-0-read_on", "do", "add-rule", "mark",
])  # fmt: skip
VALUES_SENT = st.one_of(
    st.text(max_size=20),
    st.sampled_from([*RuleCode, "need", "ja", "c1", "9" * 17, "-1", "1e400", "nan", "add-rule", "retire"]),
)  # fmt: skip


def test_whatever_is_sent_is_answered(reviewer: FlaskClient, form: MultiDict[str, str]) -> None:
    @given(st.dictionaries(NAMES, VALUES_SENT, max_size=6))
    @settings(max_examples=40, deadline=None)
    def sends(changes: dict[str, str]) -> None:
        answer = reviewer.post(ADDRESS, data=but(form, changes | {"do": changes.get("do", "preview")}))
        assert answer.status_code in {200, 400}

    sends()


# --- saving -----------------------------------------------------------------------------------------------------------


def test_what_changes_is_shown_before_it_is_saved(reviewer: FlaskClient, app: Flask, form: MultiDict[str, str]) -> None:
    form["names-fr"], form["statements-0-text"] = "Bourses Mitacs–JSPS", "Pays for stays of twelve weeks in Japan."
    before = document(app)
    preview = page(reviewer.post(ADDRESS, data=form))
    assert re.search(r"<del>[^<]+</del>", preview) and "Bourses Mitacs–JSPS" in preview and document(app) == before
    hidden = MultiDict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', preview))
    # What the preview carries is what is saved.
    hidden["names-fr"] = form["names-fr"]
    saved = reviewer.post(ADDRESS, data=but(form, {"do": "save"}))
    assert saved.status_code == 303
    after = document(app)
    assert after["names"]["fr"] == "Bourses Mitacs–JSPS"
    assert after["statements"][0]["text"] == "Pays for stays of twelve weeks in Japan."
    assert hidden["statements-0-text"] == after["statements"][0]["text"]
    history = page(reviewer.get(saved.headers["Location"]))
    assert "Renée Roy" in history and "State 2" in history and "kakehashi load" in history
    with app.app_context():
        actions = [action for _, action, _ in list_audit_events(db.session, "mitacs-jsps")]
    assert actions == ["programme.create", "programme.update"]


def test_all_that_a_programme_says_has_a_label_when_it_changes(shared_app: Flask) -> None:
    with shared_app.test_request_context():
        for programme in Corpus.shipped().programmes.values():
            found = difference({}, programme_document(programme))
            paths = [f.path for f in found.fields] + [p.path for p in found.parts]
            paths += [f.path for p in found.parts if p.name not in WHOLE_PARTS for f in p.fields]
            assert {path for path in paths if place_words(path) == path[-1]} == set()
            assert all(value_words(f.path, f.new) for f in found.fields)
            assert all(whole_words(p.new) for p in found.parts if p.name in WHOLE_PARTS)


def test_a_rule_that_changes_is_shown_as_a_sentence(reviewer: FlaskClient, form: MultiDict[str, str]) -> None:
    form.update({
        "rules-50-rule": "applicant", "rules-50-value-country": "CA", "rules-50-source": "https://example.com/",
        "rules-50-read_on": "2026-01-02",
    })  # fmt: skip
    assert reviewer.post(ADDRESS, data=but(form, {"do": "save"})).status_code == 303
    saved = re.search(r'name="mark" value="([0-9a-f]+)"', page(reviewer.get(ADDRESS)))
    assert saved
    # "Not stated" is not "no": it can be saved.
    changed = but(form, {"mark": saved[1], "rules-50-value-sme": "no"})
    text = page(reviewer.post(ADDRESS, data=changed))
    assert re.search(r"Rule: [^<]+</th>\s*<td[^>]+><del>[^<]+\[https://example.com/, Jan 2, 2026\]</del>", text)
    assert 'name="do" value="save"' in text


def test_every_fault_is_said_at_its_field_and_nothing_is_lost(
    reviewer: FlaskClient, app: Flask, form: MultiDict[str, str]
) -> None:
    wrong = {
        "names-en": "", "website": "no address", "opens_on": "2026-02-30", "founded": "long ago",
        "statements-0-text": "Short.", "statements-0-trl": "eleven", "budget-amount": "a lot",
    }  # fmt: skip
    for name, value in wrong.items():
        form[name] = value
    text = page(reviewer.post(ADDRESS, data=form), 400)
    for name, value in wrong.items():
        assert f'id="{name}-error"' in text, name
        assert not value or f'value="{value}"' in text or f"\n{value}</textarea>" in text, name
    assert "Nothing was saved yet." in text and document(app)["website"] != "no address"


@pytest.mark.parametrize(
    ("code", "name", "value", "where"),
    [
        ("min_members", "JP", "two", "-JP"),
        ("max_share", "percent", "half", "-percent"),
        ("dates", "submission", "in May", "-submission"),
        ("duration_months", "min", "", ""),
        ("stacking_limit", "percent", "120", ""),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_at_the_parameter_or_the_rule(
    reviewer: FlaskClient, form: MultiDict[str, str], code: str, name: str, value: str, where: str
) -> None:
    form.update({
        "rules-50-rule": code, f"rules-50-value-{name}": value, "rules-50-source": "https://example.com/",
        "rules-50-read_on": "2026-01-02",
    })  # fmt: skip
    text = page(reviewer.post(ADDRESS, data=form), 400)
    row = f"rules-{len({n.split('-')[1] for n in form if n.startswith('rules-')}) - 1}"
    assert f'href="#{row}-value{where}"' in text and f'id="{row}-value{where}"' in text
    assert not value or f'value="{value}"' in text


def test_rows_are_added_and_taken_out(reviewer: FlaskClient, app: Flask, form: MultiDict[str, str]) -> None:
    count = len(document(app)["statements"])
    more = page(reviewer.post(ADDRESS, data=but(form, {"do": "add-statement", "add-statement": "need"})))
    assert f'name="statements-{count}-text"' in more and "Nothing was saved yet" not in more
    rule = page(reviewer.post(ADDRESS, data=but(form, {"do": "add-rule", "add-rule": "funding_cap"})))
    assert re.search(r'name="rules-\d+-value-amount"', rule)
    disagree = page(reviewer.post(ADDRESS, data=but(form, {"do": "add-readings", "add-readings": "edition"})))
    assert 'name="contradictions-0-values-1-value"' in disagree
    last = f"statements-{count - 1}"
    preview = page(reviewer.post(ADDRESS, data=form | {f"{last}-remove": "yes"}), 200 if count > 2 else 400)
    assert f'name="{last}-text"' not in preview


def test_retiring_a_programme_closes_it_and_keeps_it(
    reviewer: FlaskClient, app: Flask, form: MultiDict[str, str]
) -> None:
    preview = page(reviewer.post(ADDRESS, data=but(form, {"do": "retire"})))
    assert '<input type="hidden" name="status" value="closed">' in preview
    assert reviewer.post(ADDRESS, data=but(form, {"do": "save", "status": "closed"})).status_code == 303
    assert document(app)["status"] == "closed"


def test_two_who_save_at_once_see_both(
    reviewer: FlaskClient, app: Flask, form: MultiDict[str, str], make_user: MakeUser, sign_in: Any
) -> None:
    other = sign_in(app.test_client(), make_user("administrator", name="Haruka Sato"))
    assert other.post(ADDRESS, data=but(form, {"do": "save", "edition": "2031"})).status_code == 303
    conflict = page(reviewer.post(ADDRESS, data=but(form, {"do": "save", "edition": "2032"})), 409)
    assert all(word in conflict for word in ("Haruka Sato", "2031", "2032")) and document(app)["edition"] == "2031"
    mark = re.search(r'name="mark" value="([0-9a-f]+)"', conflict)
    assert mark and mark[1] != form["mark"]
    assert reviewer.post(ADDRESS, data=but(form, {"do": "save", "edition": "2032", "mark": mark[1]})).status_code == 303
    assert document(app)["edition"] == "2032"


def test_a_programme_is_added(reviewer: FlaskClient, app: Flask, form: MultiDict[str, str]) -> None:
    new = "/en/review/programmes/new"
    assert 'name="statements-1-text"' in page(reviewer.get(new))
    form["names-en"] = "Nouveau pont fund"
    taken = page(reviewer.post(new, data=but(form, {"do": "save", "id": "mitacs-jsps"})), 400)
    assert "belongs to another entry" in taken
    del form["id"]
    assert "What would be added" in page(reviewer.post(new, data=form))
    assert reviewer.post(new, data=but(form, {"do": "save"})).status_code == 303
    assert document(app, "nouveau-pont-fund")["names"]["en"] == "Nouveau pont fund"
    # An organisation's id is taken too.
    assert "belongs to another entry" in page(reviewer.post(new, data=but(form, {"do": "save", "id": "kinova"})), 400)


def test_an_old_revision_is_restored_as_a_new_one(reviewer: FlaskClient, app: Flask, form: MultiDict[str, str]) -> None:
    before, history = document(app), "/en/history/mitacs-jsps"
    reviewer.post(ADDRESS, data=but(form, {"do": "save", "edition": "2031"}))
    stale = page(reviewer.post(f"{history}/1/restore", data={"latest": "1"}), 409)
    assert "Nothing was written" in stale and document(app)["edition"] == "2031"
    for latest in ("2", "3"):
        # Brought back once more, it is the same: no state is added.
        restored = reviewer.post(f"{history}/1/restore", data={"latest": latest})
        assert (restored.status_code, restored.headers["Location"]) == (303, f"{ADDRESS}/history")
        assert document(app) == before
    with app.app_context():
        found = revisions.get_history(db.session, entry_id="mitacs-jsps")
        assert [(r.number, r.action, r.who) for r in found.revisions] == [
            (3, "programme.restore", "Renée Roy"), (2, "programme.update", "Renée Roy"),
            (1, "programme.create", "kakehashi load"),
        ]  # fmt: skip
        assert list_audit_events(db.session, "mitacs-jsps")[-1][2]["restored"] == 1
    compared = page(reviewer.get(f"{ADDRESS}/history?from=2&to=3"))
    assert "<del>2031</del>" in compared
    assert reviewer.post(f"{history}/99/restore", data={"latest": "3"}).status_code == 404


def test_only_programmes_are_edited_and_only_by_reviewers(
    app: Flask, reviewer: FlaskClient, make_user: MakeUser, sign_in: Any
) -> None:
    assert reviewer.get("/en/review/programmes/kinova").status_code == 404
    for other in ("nothing", "kinova"):
        assert reviewer.get(f"/en/review/programmes/{other}/history").status_code == 404
    officer = sign_in(app.test_client(), make_user())
    assert officer.get(ADDRESS).status_code == 403
    assert "review/programmes" not in officer.get("/en/programmes/mitacs-jsps").text
    assert "review/programmes/mitacs-jsps" in reviewer.get("/en/programmes/mitacs-jsps").text


# --- loading again ----------------------------------------------------------------------------------------------------


def test_loading_keeps_what_people_have_edited_and_says_so(
    reviewer: FlaskClient, app: Flask, form: MultiDict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert reviewer.post(ADDRESS, data=but(form, {"do": "save", "edition": "2031"})).status_code == 303
    capsys.readouterr()
    assert cli.main(["load", "--json"]) == 0
    loaded = json.loads(capsys.readouterr().out)
    assert (loaded["kept"], loaded["updated"]) == (["mitacs-jsps"], 0) and document(app)["edition"] == "2031"
    assert cli.main(["load"]) == 0
    assert "mitacs-jsps" in capsys.readouterr().out
    assert cli.main(["load", "--overwrite", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["updated"] == 1 and document(app).get("edition") != "2031"
