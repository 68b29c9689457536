"""The audit log: found by who, what and when; readable; taken out as a harmless file; and what is not in it."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event, insert

import web.store
from web import cli
from web.exports.audit import write
from web.extensions import db
from web.i18n.audit import ACTIONS
from web.models import AuditEvent
from web.store import audit, desk
from web.store.accounts import Account
from web.store.audit import Wanted

MakeUser = Callable[..., Account]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
# A day on which nothing else in these tests happens, and the one after it.
DAY, NEXT = date(2024, 3, 1), date(2024, 3, 2)


@pytest.fixture
def happened(app: Flask, make_user: MakeUser) -> Iterator[tuple[Account, Account]]:
    """Six events on two days of long ago, by two people and a command."""
    aiko, benoit = make_user("administrator", name="Aïko Côté"), make_user(name="Benoît O’Neil")
    rows = [
        (DAY, str(aiko.id), "account.role", str(benoit.id), {"old": "officer", "new": "reviewer"}),
        (DAY, str(benoit.id), "shortlist.create", "5e", {"team": ""}),
        (DAY, "kakehashi load", "organisation.create", "kinova", {"revision": 1, "digest": "=1+1"}),
        (NEXT, str(benoit.id), "team.remove", "7a", {"member": str(aiko.id)}),
        (NEXT, "visitor", "account.forgotten", "0123456789abcdef", {}),
        (NEXT, str(aiko.id), "future.thing", "=cmd()", {"list": ["a", "b"], "odd": {"a": 1}, "yes": True}),
    ]  # fmt: skip
    at = [datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC) for day, *_ in rows]
    with app.app_context():
        session = db.session
        for when, (_, actor, action, subject, detail) in zip(at, rows, strict=True):
            session.add(
                AuditEvent(happened_at=when, actor=actor, action=action, subject=subject, detail=detail)
            )  # fmt: skip
            session.flush()
        session.commit()
    yield aiko, benoit
    with app.app_context():
        db.session.execute(delete(AuditEvent).where(AuditEvent.happened_at < datetime(2025, 1, 1, tzinfo=UTC)))
        db.session.commit()


@pytest.fixture
def admin(app: Flask, make_user: MakeUser, sign_in: SignIn) -> FlaskClient:
    return sign_in(app.test_client(), make_user("administrator", name="Admin"))


def page(client: FlaskClient, query: str, status: int = 200) -> str:
    response = client.get(f"/en/audit?{query}")
    assert response.status_code == status
    html5lib.HTMLParser(strict=True).parse(response.text)
    return response.text


def actions(text: str) -> list[str]:
    """The codes on a page, as they are listed."""
    return re.findall(r"<code>([^<]+)</code>", text)


LONG_AGO = "since=2024-03-01&until=2024-03-02"


# --- finding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["future.thing", "account.forgotten", "team.remove", "organisation.create", "shortlist.create",
              "account.role"]),
        ("actor=aiko cote", ["future.thing", "account.role"]),
        ("actor=BENOÎT", ["team.remove", "shortlist.create"]),
        ("actor=load", ["organisation.create"]),
        ("actor=visitor", ["account.forgotten"]),
        ("actor=nobody at all", []),
        ("action=team.remove", ["team.remove"]),
        ("subject=kinova", ["organisation.create"]),
        ("actor=cote&action=account.role", ["account.role"]),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("happened")
def test_events_are_found_by_who_what_and_about_what(admin: FlaskClient, query: str, found: list[str]) -> None:
    assert actions(page(admin, f"{LONG_AGO}&{query}")) == found


@pytest.mark.usefixtures("happened")
def test_both_days_of_a_span_count_whole(admin: FlaskClient) -> None:
    assert len(actions(page(admin, "since=2024-03-01&until=2024-03-01"))) == 3
    assert len(actions(page(admin, "since=2024-03-02&until=2024-03-02"))) == 3
    assert actions(page(admin, "until=2024-02-29")) == []


def test_a_person_is_found_by_address_and_by_id(admin: FlaskClient, happened: tuple[Account, Account]) -> None:
    for text in (happened[1].email, str(happened[1].id)):
        assert actions(page(admin, f"{LONG_AGO}&actor={text}")) == ["team.remove", "shortlist.create"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=2024-02-30&actor=keep+me", "This is not a day."),
        ("since=2024-03-02&until=2024-03-01&actor=keep+me", "before the first one"),
        (f"actor=keep+me&subject={'x' * 121}", "At most 120 characters."),
    ],
)
def test_a_filter_that_cannot_be_is_said_and_kept(admin: FlaskClient, query: str, words: str) -> None:
    text = page(admin, query, 400)
    assert words in text and 'value="keep me"' in text and actions(text) == []


def test_a_day_that_is_none_stays_in_sight(admin: FlaskClient) -> None:
    """A field for days would come out empty, and the browser would complain."""
    text = page(admin, "since=2024-02-30&until=2024-03-01", 400)
    fields = {match[2]: match[0] for match in re.finditer(r'<input [^>]*(id="(since|until)")[^>]*>', text)}
    assert 'type="text"' in fields["since"] and 'value="2024-02-30"' in fields["since"]
    assert 'type="date"' in fields["until"]


@pytest.mark.usefixtures("happened")
def test_pages_follow_each_other_by_key(admin: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.views.audit._PAGE", 4)
    first = page(admin, LONG_AGO)
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older and len(actions(first)) == 4
    second = admin.get(older[1].replace("&amp;", "&")).text
    assert actions(second) == ["shortlist.create", "account.role"] and 'rel="next"' not in second
    assert 'rel="prev"' in second
    assert len(actions(page(admin, f"{LONG_AGO}&before=x"))) == 4


# --- reading ----------------------------------------------------------------------------------------------------------


def test_rows_are_readable(admin: FlaskClient, happened: tuple[Account, Account]) -> None:
    text = page(admin, LONG_AGO)
    aiko, benoit = happened
    assert "changed a role" in text and aiko.name in text
    assert f'<a href="/en/people/{benoit.id}">{benoit.name}</a>' in text
    assert '<a href="/en/organisations/kinova">kinova</a>' in text
    assert f"<dt>member</dt><dd>{aiko.name}</dd>" in text
    assert "<dt>old</dt><dd>officer</dd>" in text and "a visitor" in text


def test_every_action_that_is_written_has_words() -> None:
    files = Path(web.store.__file__).parent.glob("*.py")
    # A code in quotes that names no module.
    written = {code for file in files for code in re.findall(r'"((?!web\.)[a-z]+\.[a-z_]+)"', file.read_text("utf-8"))}
    assert len(written) > 70
    assert written <= ACTIONS.keys()


def test_the_log_holds_nothing_that_people_type(app: Flask, make_user: MakeUser) -> None:
    officer = make_user()
    with app.app_context():
        made = desk.save_shortlist(db.session, officer, title="Mme Tremblay, 819 555 0100", team_id=None)
        desk.save_head(
            db.session, officer, shortlist_id=made, version=1, was="Mme Tremblay, 819 555 0100", title="M. Roy",
            team_id=None,
        )  # fmt: skip
        desk.delete_shortlist(db.session, officer, shortlist_id=made)
        events = audit.list_events(db.session, Wanted(subject=str(made)), most=9)
        db.session.rollback()
    assert [one.action for one in events] == ["shortlist.delete", "shortlist.save", "shortlist.create"]
    assert not any("Tremblay" in str(one.detail) or "Roy" in str(one.detail) for one in events)


# --- taking out -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("happened")
def test_what_is_found_is_exported_and_that_is_written_down(app: Flask, admin: FlaskClient) -> None:
    sent = {"since": "2024-03-01", "until": "2024-03-02", "actor": "cote"}
    answer = admin.post("/en/audit/export", data=sent | {"format": "jsonl"})
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert [row["action"] for row in rows] == ["future.thing", "account.role"]
    assert rows[0]["actor_name"] == "Aïko Côté" and rows[1]["detail"] == {"old": "officer", "new": "reviewer"}
    assert "attachment" in answer.headers["Content-Disposition"]
    with app.app_context():
        last = audit.list_events(db.session, Wanted(action="audit.export"), most=1)[0]
    assert last.detail["since"] == "2024-03-01" and last.detail["format"] == "jsonl"


@pytest.mark.usefixtures("happened")
def test_cells_are_inert(admin: FlaskClient) -> None:
    answer = admin.post("/en/audit/export", data={"since": "2024-03-01", "until": "2024-03-02", "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 6 and rows[0]["subject"] == "'=cmd()"
    assert json.loads(rows[3]["detail"]) == {"revision": 1, "digest": "=1+1"}


@pytest.mark.parametrize("sent", [{"format": "exe"}, {}, {"format": "csv", "since": "2024-02-30"}])
def test_a_wrong_export_is_refused(app: Flask, admin: FlaskClient, sent: dict[str, str]) -> None:
    with app.app_context():
        before = len(audit.list_events(db.session, Wanted(action="audit.export"), most=1000))
    assert admin.post("/en/audit/export", data=sent).status_code == 400
    with app.app_context():
        assert len(audit.list_events(db.session, Wanted(action="audit.export"), most=1000)) == before


def test_an_export_reads_a_thousand_rows_at_a_time(own_app: Callable[..., Flask]) -> None:
    app, actor = own_app(), str(uuid.uuid4())
    row = {"actor": actor, "action": "item.save", "subject": "x", "detail": {}}
    start = datetime(2024, 1, 1, tzinfo=UTC)
    with app.app_context():
        db.session.execute(
            insert(AuditEvent), [row | {"happened_at": start + timedelta(minutes=i)} for i in range(2500)]
        )
        fetched: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *args: fetched.append(args[2]))
        lines = write(audit.iterate_events(db.session, Wanted(actor=actor)), "jsonl")
        ids = [json.loads(next(lines))["id"]]
        reads = sum("FROM audit_event" in sql and "LIMIT" in sql for sql in fetched)
        ids += [json.loads(line)["id"] for line in lines]
        assert reads == 1 and len(set(ids)) == 2500 and ids == sorted(ids, reverse=True)
        db.session.rollback()


# --- on the command line ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("happened", "instance")
def test_commands_list_and_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    span = ("--since", "2024-03-01", "--until", "2024-03-02")
    assert cli.main(["audit", "list", *span, "--actor", "benoit", "--json"]) == 0
    assert [row["action"] for row in json.loads(capsys.readouterr().out)] == ["team.remove", "shortlist.create"]
    assert cli.main(["audit", "list", *span, "--most", "1"]) == 0
    assert "Aïko Côté  future.thing" in capsys.readouterr().out
    file = tmp_path / "log.csv"
    assert cli.main(["audit", "export", str(file), *span, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"records": 6, "output": str(file)}
    assert len(file.read_text(encoding="utf-8-sig").splitlines()) == 7
    assert cli.main(["audit", "export", str(tmp_path / "log.xml")]) == 1
    assert cli.main(["audit", "list", "--since", "2024-03-02", "--until", "2024-03-01"]) == 1
    assert "before" in capsys.readouterr().err
    assert cli.main(["audit", "list", "--action", "audit.export", "--json", "--most", "1"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["actor"] == "kakehashi audit"
