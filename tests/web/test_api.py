"""The answers for other programs: the same as on the pages, and problems as problem details."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from matcher.document import parse_programme
from web.matching import Board


def fetch(client: FlaskClient, path: str, status: int = 200) -> Any:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == status, answer.text
    expected = "application/json" if status == 200 else "application/problem+json"
    assert answer.content_type == expected
    return answer.get_json()


def test_programmes_come_as_their_documents_with_their_status_today(client: FlaskClient, board: Board) -> None:
    found = fetch(client, "/programmes")
    assert found["snapshot"] == board.corpus.snapshot_id
    assert {p["id"] for p in found["programmes"]} == board.corpus.programmes.keys()
    for document in found["programmes"]:
        today = document.pop("today")
        assert parse_programme(document) == board.corpus.programmes[document["id"]]
        assert today["availability"] in {"open", "closed", "upcoming", "unknown"}


def test_filters_are_those_of_the_page(client: FlaskClient) -> None:
    found = fetch(client, "/programmes?status=closed&country=JP")["programmes"]
    assert found
    assert all(p["today"]["availability"] == "closed" and "JP" in p["countries"] for p in found)


def test_one_programme_brings_its_best_pairs(client: FlaskClient) -> None:
    found = fetch(client, "/programmes/globalstars-japan")
    assert found["programme"]["id"] == "globalstars-japan"
    assert all(t["programme"] == "globalstars-japan" for t in found["triangles"])


def test_an_organisation_gets_partners_with_programmes(client: FlaskClient) -> None:
    found = fetch(client, "/organisations/kinova/programmes")["triangles"]
    assert found
    for triangle in found:
        assert {triangle["seeker"], triangle["partner"]} & {"kinova"}
        assert triangle["eligibility"]["outcome"] != "not_met"
        assert triangle["availability"] != "closed" or triangle["is_watched"]


def test_a_pair_gets_its_programmes(client: FlaskClient) -> None:
    found = fetch(client, "/matches/kinova/cyberdyne/programmes")
    assert {"current", "frames", "watched"} <= found.keys()
    assert all(t["eligibility"]["outcome"] != "not_met" for t in found["current"])


def test_rules_are_decided_on_what_is_told(client: FlaskClient) -> None:
    path = "/programmes/canada-japan-corporate-co-innovation/check?with=kinova&with=cyberdyne"
    plain, told = fetch(client, path), fetch(client, f"{path}&ip_plan=no")
    outcomes = {c["rule"]: c["outcome"] for c in plain["eligibility"]["checks"]}
    assert outcomes["ip_plan"] == "unknown"
    assert {c["rule"]: c["outcome"] for c in told["eligibility"]["checks"]}["ip_plan"] == "not_met"
    assert fetch(client, f"{path}&people.kinova=few")["faults"] == {"people.kinova": "number"}


def test_a_consortium_is_proposed_around_a_member(client: FlaskClient) -> None:
    found = fetch(client, "/programmes/canada-japan-3-plus-2/consortium?with=age-well")
    assert found["given"] == ["age-well"]
    assert len(found["invited"]) == 4


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/programmes/nothing", 404, "nothing"),
        ("/organisations/kinov/programmes", 404, "kinova"),
        ("/matches/kinova/mila/programmes", 404, "CA"),
        ("/matches/kinova/nobody/programmes", 404, "nobody"),
        ("/programmes/globalstars-japan/consortium", 422, "with="),
        ("/programmes/globalstars-japan/consortium?with=nobody", 422, "with="),
    ],
)
def test_what_is_wrong_is_said(client: FlaskClient, path: str, status: int, said: str) -> None:
    assert said in fetch(client, path, status)["detail"]


def test_an_answer_that_is_known_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get("/api/v1/programmes/globalstars-japan")
    again = client.get("/api/v1/programmes/globalstars-japan", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
