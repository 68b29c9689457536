"""The subjects: changed on pages, looked at before they are saved, taken back, and used by every page afterwards."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from matcher.corpus import Corpus
from matcher.taxonomy import Change, ChangeKind, Taxonomy
from web import cli, i18n
from web.extensions import db
from web.matching import Boards
from web.store import find_corpus_version, list_audit_events, taxonomy
from web.store.accounts import Account
from web.subjects import changed_taxonomy

MakeUser = Callable[..., Account]
SUBJECT = "/en/review/subjects/quantum-annealing"
# A word that some statement has, and that names no subject nor organisation.
WORD = next(
    word
    for profile in Corpus.shipped().profiles.values()
    for statement in profile.statements if statement.lang == "en"
    for word in re.findall(r"\b[a-z]{9,}\b", statement.text)
    if not Taxonomy.shipped().tag(word)
)  # fmt: skip
LABEL = {"kind": "add_label", "lang": "en", "label": WORD}


@pytest.fixture
def app(own_app: Callable[..., Flask], still_board: None) -> Flask:  # noqa: ARG001 - before anything is saved
    """What is changed here stays here."""
    return own_app()


@pytest.fixture
def reviewer(app: Flask, make_user: MakeUser, sign_in: Any) -> FlaskClient:
    client: FlaskClient = sign_in(app.test_client(), make_user("reviewer", name="Renée Roy"))
    return client


def page(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.text
    html5lib.HTMLParser(strict=True).parse(response.text)
    return str(response.text)


def mark_in(text: str) -> str:
    found = re.search(r'name="mark" value="([0-9a-f]+)"', text)
    assert found
    return found[1]


def save(client: FlaskClient, address: str, change: dict[str, str]) -> None:
    preview = page(client.post(address, data=change))
    assert client.post(address, data=change | {"do": "save", "mark": mark_in(preview)}).status_code == 303


def test_subjects_are_found_by_any_label(reviewer: FlaskClient) -> None:
    text = page(reviewer.get("/en/review/subjects?q=RECUIT quantique"))
    assert f'<a href="{SUBJECT}">' in text.partition("Add a subject")[0]
    assert "No subject has such a label" in page(reviewer.get("/en/review/subjects?q=zzzz"))
    assert reviewer.get("/en/review/subjects/nothing").status_code == 404


def test_a_change_shows_what_it_does_before_it_is_saved(reviewer: FlaskClient, app: Flask) -> None:
    with app.app_context():
        version = find_corpus_version(db.session)
    preview = page(reviewer.post(SUBJECT, data=LABEL))
    count = re.search(r"(\d+) statements? would newly carry it · 0 statements would lose it", preview)
    assert count and int(count[1]) > 0 and WORD in preview.partition("<h2>")[2]
    with app.app_context():
        assert taxonomy.count_changes(db.session) == 0 and find_corpus_version(db.session) == version
    save(reviewer, SUBJECT, LABEL)
    with app.app_context():
        assert "quantum-annealing" in changed_taxonomy().tag(f"a {WORD}")
        # Every server fits its matcher anew.
        assert find_corpus_version(db.session) == version + 1
        events = list_audit_events(db.session, "quantum-annealing")
    assert events[-1][1:] == ("taxonomy.change", {"change": LABEL | {"notation": "quantum-annealing"}})
    listed = page(reviewer.get("/en/review/subject-changes"))
    assert f"is also named by “{WORD}” in English" in listed and "Renée Roy" in listed


@pytest.mark.parametrize(
    ("address", "sent", "words"),
    [
        (SUBJECT, {"kind": "add_label", "lang": "en", "label": "robots"}, "belongs to the subject “Robotics”"),
        (SUBJECT, {"kind": "add_label", "lang": "en", "label": "Kinova"}, "is the name of an organisation"),
        (SUBJECT, {"kind": "add_label", "lang": "en", "label": " "}, "Fill in a label"),
        (SUBJECT, {"kind": "move", "broader": "nothing"}, "Choose a broader subject"),
        ("/en/review/new-subject", {"kind": "add", "broader": "energy", "labels-en": "Kept words"}, "Fill in a label"),
    ],
)
def test_a_change_that_breaks_a_rule_is_said_and_nothing_is_lost(
    reviewer: FlaskClient, app: Flask, address: str, sent: dict[str, str], words: str
) -> None:
    text = page(reviewer.post(address, data=sent), 400)
    assert words in text
    typed = [v for k, v in sent.items() if k in {"label", "labels-en"} and v.strip()]
    assert all(f'value="{value}"' in text for value in typed)
    with app.app_context():
        assert taxonomy.count_changes(db.session) == 0


def test_a_subject_is_added_and_pages_use_it(reviewer: FlaskClient, app: Flask) -> None:
    new = {
        "kind": "add", "broader": "energy", "labels-en": "Zorbian turbine", "labels-fr": "Zorbolienne",
        "labels-ja": "ゾルブ発電",
    }  # fmt: skip
    save(reviewer, "/en/review/new-subject", new)
    with app.app_context():
        boards = Boards(app.extensions["kakehashi.settings"])
        app.extensions["kakehashi.boards"], before = boards, app.extensions["kakehashi.boards"]
        app.extensions[i18n.TAXONOMY] = boards.taxonomy
        board = boards.current()
        assert board.taxonomy.tag("zorboliennes") == ("zorbian-turbine",)
        assert board.matcher_version.endswith(f"+{board.taxonomy.digest}") and len(board.matcher_version) <= 20
        with force_locale("fr"):
            assert i18n.concept("zorbian-turbine") == "Zorbolienne"
        with force_locale("ja"):
            assert i18n.facet_label("field", "energy") == Taxonomy.shipped().label("energy", "ja")
        app.extensions["kakehashi.boards"] = before
    assert "Zorbian turbine" in page(reviewer.get("/en/review/subjects/zorbian-turbine"))


def test_another_name_of_a_field_is_what_pages_show(app: Flask) -> None:
    changed = Taxonomy.shipped().with_changes([Change(ChangeKind.PREFER, "energy", "en", "Power and fuels")])
    app.extensions[i18n.TAXONOMY] = lambda: changed
    with app.test_request_context(), force_locale("en"):
        assert i18n.concept("energy") == i18n.facet_label("field", "energy") == "Power and fuels"


def test_two_who_change_at_once_do_not_overwrite_each_other(reviewer: FlaskClient, app: Flask) -> None:
    stale = mark_in(page(reviewer.post(SUBJECT, data=LABEL)))
    save(reviewer, SUBJECT, LABEL | {"label": "annealing computer"})
    told = page(reviewer.post(SUBJECT, data=LABEL | {"do": "save", "mark": stale}), 409)
    assert "somebody else has changed the subjects" in told and mark_in(told) != stale
    with app.app_context():
        assert taxonomy.count_changes(db.session) == 1


def test_a_change_is_taken_back_after_a_look(reviewer: FlaskClient, app: Flask) -> None:
    save(reviewer, SUBJECT, LABEL)
    with app.app_context():
        change_id = taxonomy.list_changes(db.session)[0].id
    address = f"/en/review/subject-changes/{change_id}/undo"
    look = page(reviewer.get(address))
    assert "would lose it" in look
    assert reviewer.post(address, data={"mark": mark_in(look)}).status_code == 303
    with app.app_context():
        assert changed_taxonomy() is Taxonomy.shipped()
        assert list_audit_events(db.session, "quantum-annealing")[-1][1] == "taxonomy.undo"
    assert reviewer.get(address).status_code == 404


def test_what_others_build_on_stays(reviewer: FlaskClient, app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    new = {"kind": "add", "broader": "energy", "labels-en": "Zorb", "labels-fr": "Zorbe", "labels-ja": "ゾルブ"}
    save(reviewer, "/en/review/new-subject", new)
    save(reviewer, "/en/review/subjects/zorb", LABEL | {"label": "zorbian mill"})
    with app.app_context():
        first = taxonomy.list_changes(db.session)[0].id
    refused = page(reviewer.post(f"/en/review/subject-changes/{first}/undo", data={"mark": "x"}), 400)
    assert "Take this back first" in refused and "zorbian mill" in refused
    assert cli.main(["taxonomy", "undo", str(first)]) == 1
    assert "builds on it" in capsys.readouterr().err


def test_commands_list_export_and_undo(
    reviewer: FlaskClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(reviewer, SUBJECT, LABEL)
    capsys.readouterr()
    assert cli.main(["taxonomy", "list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["actor"], row["label"], row["notation"]) == ("Renée Roy", WORD, "quantum-annealing")
    assert cli.main(["taxonomy", "list"]) == 0 and f"label: {WORD}" in capsys.readouterr().out
    file = tmp_path / "concepts.csv"
    assert cli.main(["taxonomy", "export", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changes"] == 1
    exported = file.read_text(encoding="utf-8")
    assert exported == reviewer.get("/en/review/subjects.csv").text
    differing = set(exported.splitlines()) ^ set(Taxonomy.shipped().to_csv().splitlines())
    assert len(differing) == 2 and all(line.startswith("quantum-annealing,") for line in differing)
    assert cli.main(["taxonomy", "undo", str(row["id"])]) == 0
    assert cli.main(["taxonomy", "undo", str(row["id"])]) == 1


def test_what_the_release_has_overtaken_is_left_out_and_said(
    reviewer: FlaskClient, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context():
        overtaken = Change(ChangeKind.ADD_LABEL, "quantum-annealing", "en", "robots")
        taxonomy.save_change(db.session, overtaken, mark=taxonomy.mark_of(()), actor="test")
        db.session.commit()
        assert changed_taxonomy().digest == Taxonomy.shipped().digest
    assert "is left out" in caplog.text
    assert "the release has overtaken it" in page(reviewer.get("/en/review/subject-changes"))


def test_only_reviewers_change_subjects(app: Flask, make_user: MakeUser, sign_in: Any) -> None:
    officer = sign_in(app.test_client(), make_user())
    assert officer.post(SUBJECT, data=LABEL).status_code == 403
