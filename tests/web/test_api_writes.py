"""What a token writes through the API: shortlists, their items and a working copy, each in one transaction."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from matcher.corpus import Corpus
from matcher.document import profile_document
from web.api import schemas
from web.extensions import db
from web.problems import type_of
from web.security import Scope
from web.store import desk, list_audit_events, tokens
from web.store.accounts import Account

MakeUser = Callable[..., Account]


class Program:
    """Somebody's program, with a token of every scope."""

    def __init__(self, app: Flask, owner: Account) -> None:
        self.owner, self._client = owner, app.test_client()
        with app.app_context():
            _token, secret = tokens.save_new_token(
                db.session, owner, name="x", scopes=tuple(Scope), expires_on=datetime.now(UTC).date()
            )
            db.session.commit()
        self._headers = {"Authorization": f"Bearer {secret}"}

    def send(
        self, method: str, path: str, status: int, headers: dict[str, str] | None = None, **sent: Any
    ) -> TestResponse:
        path = path if path.startswith("/api/") else f"/api/v1{path}"
        answer = self._client.open(path, method=method, headers=self._headers | (headers or {}), **sent)
        assert answer.status_code == status, answer.text
        return answer

    def code(self, method: str, path: str, status: int, **sent: Any) -> str:
        found: str = self.send(method, path, status, **sent).get_json()["type"]
        return found.removeprefix(type_of(""))

    def shortlist(self, **sent: Any) -> str:
        found: str = self.send("POST", "/shortlists", 201, json={"title": "Robots"} | sent).get_json()["id"]
        return found

    def item(self, shortlist_id: str, seeker: str = "kinova", partner: str = "cyberdyne") -> TestResponse:
        return self.send("POST", f"/shortlists/{shortlist_id}/items", 201, json={"seeker": seeker, "partner": partner})


@pytest.fixture
def make_program(app: Flask, make_user: MakeUser) -> Callable[..., Program]:
    return lambda **values: Program(app, make_user(**values))


@pytest.fixture
def program(make_program: Callable[..., Program]) -> Program:
    return make_program()


def actions(app: Flask, subject: str) -> Iterator[str]:
    with app.app_context():
        yield from (action for _actor, action, _detail in list_audit_events(db.session, subject))


# --- shortlists -------------------------------------------------------------------------------------------------------


def test_a_shortlist_from_its_making_to_its_end(app: Flask, program: Program) -> None:
    made = program.send("POST", "/shortlists", 201, json={"title": "  介護 robots \n"})
    address = made.headers["Location"]
    assert made.get_json()["title"] == "介護 robots"
    item = program.item(made.get_json()["id"])
    again = program.send("POST", f"{address}/items", 200, json={"seeker": "cyberdyne", "partner": "kinova"})
    assert again.get_json()["id"] == item.get_json()["id"]
    found = program.send("GET", address, 200)
    schemas.ShortlistAnswer.model_validate_json(found.data)
    assert [i["partner"] for i in found.get_json()["items"]] == ["cyberdyne"]
    listed = program.send("GET", "/shortlists", 200)
    schemas.Shortlists.model_validate_json(listed.data)
    assert [(x["total"], x["counts"]) for x in listed.get_json()["shortlists"]] == [(1, {"new": 1})]
    program.send("DELETE", address, 412, headers={"If-Match": '"another"'})
    program.send("DELETE", address, 204, headers={"If-Match": found.headers["ETag"]})
    program.send("GET", address, 404)
    assert program.send("GET", "/shortlists", 200).get_json()["shortlists"] == []
    assert list(actions(app, made.get_json()["id"])) == ["shortlist.create", "shortlist.delete"]


def test_an_item_changes_only_from_the_version_that_was_read(app: Flask, program: Program) -> None:
    made = program.item(program.shortlist())
    address, first = made.headers["Location"], made.headers["ETag"]
    schemas.ItemAnswer.model_validate_json(made.data)
    assert program.send("GET", address, 200).headers["ETag"] == first
    change = {"status": "contacted", "next_step": "Call on Monday", "next_step_on": "2027-03-01", "note": "a\r\nb"}
    assert program.code("PATCH", address, 428, json=change) == "precondition_required"
    changed = program.send("PATCH", address, 200, json=change, headers={"If-Match": first})
    assert changed.get_json() | change | {"note": "a\nb"} == changed.get_json()
    assert changed.headers["ETag"] != first
    assert program.code("PATCH", address, 412, json={"note": ""}, headers={"If-Match": first}) == "precondition_failed"
    assert program.send("GET", address, 200).get_json()["note"] == "a\nb"
    program.send("DELETE", address, 412, headers={"If-Match": first})
    program.send("DELETE", address, 204, headers={"If-Match": changed.headers["ETag"]})
    program.send("GET", address, 404)
    assert list(actions(app, made.get_json()["id"])) == ["item.create", "item.save", "item.delete"]


def test_what_is_not_named_stays_and_null_clears(program: Program) -> None:
    made = program.item(program.shortlist())
    address = made.headers["Location"]

    def change(**values: Any) -> Any:
        etag = program.send("GET", address, 200).headers["ETag"]
        return program.send("PATCH", address, 200, json=values, headers={"If-Match": etag}).get_json()

    change(status="declined", refusal="ip_terms", refusal_note="Too dear.", assignee=str(program.owner.id))
    found = change(note="Ask again")
    assert (found["status"], found["refusal"], found["refusal_note"]) == ("declined", "ip_terms", "Too dear.")
    assert found["assignee"] == str(program.owner.id) and change(assignee=None)["assignee"] is None
    assert change(status="parked")["refusal"] is None


@pytest.mark.parametrize(
    ("sent", "faults"),
    [
        ({"status": "declined"}, {"refusal": "required"}),
        ({"status": "done"}, {"status": "choice"}),
        ({"status": None}, {"status": "choice"}),
        ({"refusal": "mood", "note": 5}, {"refusal": "choice", "note": "type"}),
        ({"next_step": "n" * 301}, {"next_step": "too_long"}),
        ({"next_step": "\u0958" * 200}, {"next_step": "too_long"}),
        ({"next_step_on": "tomorrow"}, {"next_step_on": "date"}),
        ({"next_step_on": "1999-12-31"}, {"next_step_on": "date"}),
        ({"assignee": str(uuid.UUID(int=5))}, {"assignee": "person"}),
        ({"assignee": "me"}, {"assignee": "id"}),
        ({"position": 1}, {"position": "unknown"}),
        ([], {"(body)": "type"}),
    ],
)
def test_every_fault_of_a_change_is_named_and_nothing_is_written(
    program: Program, sent: Any, faults: dict[str, str]
) -> None:
    made = program.item(program.shortlist())
    headers = {"If-Match": made.headers["ETag"]}
    found = program.send("PATCH", made.headers["Location"], 422, json=sent, headers=headers).get_json()
    assert {e["field"]: e["code"] for e in found["errors"]} == faults
    assert program.send("GET", made.headers["Location"], 200).headers["ETag"] == made.headers["ETag"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": {"title": " \n"}}, 422),
        ({"json": {"title": "t" * 201}}, 422),
        ({"json": {"title": "Mine", "team": str(uuid.UUID(int=5))}}, 422),
        ({"data": "{", "content_type": "application/json"}, 400),
        ({"data": '{"title": "\\ud800"}', "content_type": "application/json"}, 400),
        ({"data": b"\xff", "content_type": "application/json"}, 400),
        ({"data": {"title": "A form"}}, 415),
        ({"data": b"[" * 70_000, "content_type": "application/json"}, 413),
    ],
)
def test_a_body_that_cannot_be_used_makes_nothing(program: Program, sent: Any, status: int) -> None:
    program.send("POST", "/shortlists", status, **sent)
    assert program.send("GET", "/shortlists", 200).get_json()["total"] == 0


def test_a_match_that_cannot_be_is_not_put_on_a_list(program: Program) -> None:
    address = f"/shortlists/{program.shortlist()}/items"
    for sent, code in (
        ({"seeker": "kinova", "partner": "nobody"}, "unknown_entry"),
        ({"seeker": "kinova", "partner": "mila"}, "same_country"),
    ):
        assert program.code("POST", address, 404, json=sent) == code
    other = program.send("GET", program.item(program.shortlist()).headers["Location"], 200).get_json()
    program.send("GET", f"{address}/{other['id']}", 404)


def test_a_full_list_takes_no_more(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MAX_ITEMS", 1)
    shortlist_id = program.shortlist()
    program.item(shortlist_id)
    sent = {"seeker": "rapidus", "partner": "tenstorrent"}
    assert program.code("POST", f"/shortlists/{shortlist_id}/items", 409, json=sent) == "full"


def test_a_team_shares_and_strangers_see_nothing(
    make_program: Callable[..., Program], make_team: Callable[..., uuid.UUID], program: Program
) -> None:
    team = make_team(manager=program.owner)
    reader, stranger = make_program(team=team, right="view"), make_program(role="administrator")
    shortlist_id = program.shortlist(team=str(team))
    made = program.item(shortlist_id)
    address, headers = made.headers["Location"], {"If-Match": made.headers["ETag"]}
    assert reader.send("GET", "/shortlists", 200).get_json()["shortlists"][0]["right"] == "view"
    for method, path, sent in (
        ("PATCH", address, {"json": {"note": "x"}, "headers": headers}),
        ("DELETE", address, {}),
        ("DELETE", f"/shortlists/{shortlist_id}", {}),
        ("POST", f"/shortlists/{shortlist_id}/items", {"json": {"seeker": "rapidus", "partner": "tenstorrent"}}),
    ):
        assert reader.code(method, path, 403, **sent) == "read_only"
        assert stranger.code(method, path, 404, **sent) == "not_found"
    for path in (address, f"/shortlists/{shortlist_id}", f"/shortlists/{shortlist_id}/export?format=csv"):
        assert stranger.code("GET", path, 404) == "not_found"
    assert program.send("GET", address, 200).headers["ETag"] == made.headers["ETag"]


# --- files ------------------------------------------------------------------------------------------------------------


def test_rankings_and_shortlists_come_as_files(program: Program) -> None:
    shortlist_id = program.shortlist()
    program.item(shortlist_id)
    for path, count in (("/organisations/kinova/matches", 10), (f"/shortlists/{shortlist_id}", 1)):
        table = program.send("GET", f"{path}/export?format=csv&lang=fr", 200)
        assert len(list(csv.reader(io.StringIO(table.data.decode("utf-8-sig"))))) == count + 1
        assert table.headers["Content-Language"] == "fr" and table.headers["Cache-Control"] == "no-store"
        book = load_workbook(io.BytesIO(program.send("GET", f"{path}/export?format=xlsx", 200).data))
        assert book.worksheets[0].max_row == count + 1
        found = program.send("GET", f"{path}/export?format=json", 200).get_json()
        assert len(found["entries"]) == count and found["verification_id"]
    for query in ("", "?format=pdf", "?format=csv&top=0"):
        program.send("GET", f"/organisations/kinova/matches/export{query}", 422)


def test_files_have_a_limit_that_pages_count_on(
    app: Flask, program: Program, sign_in: Callable[..., Any], make_program: Callable[..., Program]
) -> None:
    path = "/organisations/kinova/matches/export?format=csv&top=1"
    for _ in range(60):
        program.send("GET", path, 200)
    assert "Retry-After" in program.send("GET", path, 429).headers
    page = sign_in(app.test_client(), program.owner).get("/en/organisations/kinova/matches/export?format=csv")
    assert page.status_code == 429
    make_program().send("GET", path, 200)


# --- the working copy -------------------------------------------------------------------------------------------------


def _document() -> dict[str, Any]:
    return profile_document(Corpus.shipped().profiles["kinova"]) | {"id": "erable-robotics"}


def test_a_working_copy_is_begun_replaced_and_sent_in(make_program: Callable[..., Program]) -> None:
    program = make_program(role="organisation")
    assert program.code("GET", "/submission", 404) == "not_found"
    half = {"id": "erable-robotics", "country": "FR", "kind": "startup"}
    begun = program.send("PUT", "/submission", 201, json={"document": half})
    schemas.SubmissionAnswer.model_validate_json(begun.data)
    assert begun.get_json()["document"] == half
    faults = {f["field"]: f["code"] for f in begun.get_json()["faults"]}
    assert faults["country"] == "choice" and faults["names"] == "required"
    headers = {"If-Match": begun.headers["ETag"]}
    refused = program.send("POST", "/submission/submit", 422, headers=headers).get_json()
    assert {e["field"]: e["code"] for e in refused["errors"]} == faults and all(e["detail"] for e in refused["errors"])
    assert program.code("PUT", "/submission", 428, json={"document": {}}) == "precondition_required"
    whole = {"document": _document(), "contact": {"name": "Ana", "email": "ana@example.com"}, "evidence": "We are it."}
    replaced = program.send("PUT", "/submission", 200, json=whole, headers=headers)
    assert replaced.get_json()["faults"] == [] and replaced.get_json()["contact"] == whole["contact"]
    program.send("PUT", "/submission", 412, json=whole, headers=headers)
    program.send("POST", "/submission/submit", 428)
    headers = {"If-Match": replaced.headers["ETag"]}
    sent = program.send("POST", "/submission/submit", 200, headers=headers)
    assert sent.get_json()["status"] == "submitted"
    headers = {"If-Match": sent.headers["ETag"]}
    assert program.code("PUT", "/submission", 409, json=whole, headers=headers) == "not_editable"
    assert program.code("POST", "/submission/submit", 409, headers=headers) == "not_editable"
    assert program.send("GET", "/submission", 200).headers["ETag"] == sent.headers["ETag"]


@pytest.mark.parametrize(
    "text", ['{"document": 5}', '{"document": {"founded": 1e999}}', '{"document": {"founded": NaN}}', "{}"]
)
def test_a_working_copy_that_no_database_could_keep_is_refused(make_program: Callable[..., Program], text: str) -> None:
    program = make_program(role="organisation")
    answer = program.send("PUT", "/submission", 422, data=text, content_type="application/json")
    assert [e["field"] for e in answer.get_json()["errors"]] == ["document"]
