"""The answers for other programs: the same as on the pages, described as they are, and problems as problem details."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import BaseModel

from matcher.document import parse_programme
from matcher.match import Relation, Where
from matcher.profile import Kind
from web.api.contract import OPERATIONS
from web.api.openapi import document, path_of
from web.api.schemas import Problem
from web.i18n.problems import PROBLEMS
from web.matching import Board
from web.problems import type_of
from web.security import POLICIES, SCOPES, Policy


def fetch(client: FlaskClient, path: str, status: int = 200, **options: Any) -> Any:
    answer = client.get(f"/api/v1{path}", **options)
    assert answer.status_code == status, answer.text
    assert answer.content_type == ("application/json" if status == 200 else "application/problem+json")
    return answer.get_json()


def links(header: str) -> Mapping[str, str]:
    return {rel: address for address, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', header)}


# --- the description --------------------------------------------------------------------------------------------------


def test_every_route_is_described_and_has_a_policy_and_scopes(app: Flask) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    with app.app_context():
        described = {(path, method) for path, operations in document()["paths"].items() for method in operations}
    assert routes == described and len(routes) > 20
    endpoints = {f"api.{name}" for name in OPERATIONS}
    assert set(SCOPES) == endpoints == {e for e in POLICIES if e.startswith("api.")}
    # What is not for everybody needs a scope, or any token would do.
    assert all(SCOPES[e] for e in endpoints if POLICIES[e] is not Policy.PUBLIC)


def test_the_description_holds_together(client: FlaskClient) -> None:
    found = fetch(client, "/openapi.json")
    assert found["openapi"].startswith("3.1.")
    text = json.dumps(found)
    for name in re.findall(r'"#/components/(?:schemas|headers)/([^"]+)"', text):
        assert name in found["components"]["schemas"] | found["components"]["headers"]
    ids = [o["operationId"] for operations in found["paths"].values() for o in operations.values()]
    assert len(set(ids)) == len(ids)
    for path, operations in found["paths"].items():
        for method, described in operations.items():
            given = {p["name"] for p in described["parameters"] if p["in"] == "path"}
            assert given == set(re.findall(r"{(\w+)}", path)), path
            assert described["summary"] and described["tags"][0] in {t["name"] for t in found["tags"]}
            assert all("example" in p for p in described["parameters"] if p["required"] and p["in"] != "header")
            if method in {"post", "put", "patch"} and "requestBody" in described:
                assert described["requestBody"]["content"]["application/json"]["example"]


def test_the_description_is_valid_by_its_own_rules(app: Flask) -> None:
    """By the schema of OpenAPI 3.1 that schemathesis carries."""
    from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

    with app.app_context():
        problems = [str(error) for error in OPENAPI_31_VALIDATOR.iter_errors(document())]
    assert problems == []


def models(name: str) -> type[BaseModel]:
    model = OPERATIONS[name].answers[200]
    assert model is not None
    return model


@pytest.mark.parametrize("name", [n for n in OPERATIONS if POLICIES[f"api.{n}"] is Policy.PUBLIC])
def test_every_example_answers_as_described_and_with_nothing_else(client: FlaskClient, name: str) -> None:
    operation = OPERATIONS[name]
    path, query = path_of(operation), {}
    for part, value in operation.example.items():
        if f"{{{part}}}" in path:
            path = path.replace(f"{{{part}}}", value)
        else:
            query[part] = value
    answer = client.get(path, query_string=query)
    assert answer.status_code == 200, answer.text
    models(name).model_validate_json(answer.data)


# --- organisations and matches ----------------------------------------------------------------------------------------


def test_a_search_finds_what_the_page_finds(client: FlaskClient, board: Board) -> None:
    found = fetch(client, "/search?q=robots&country=CA&kind=company&per_page=5")
    expected = board.search(
        "robots", Where(kinds=(Kind.COMPANY,)), country=board.corpus.profiles["kinova"].country, k=5
    )
    assert [o["id"] for o in found["organisations"]] == [f.profile.id for f in expected.found]
    assert found["total"] == expected.total
    assert all(o["country"] == "CA" and o["kind"] == "company" for o in found["organisations"])
    assert {"value": "company", "count": found["total"]} in found["facets"]["kind"]


def test_following_the_links_leads_to_every_organisation_once(client: FlaskClient, board: Board) -> None:
    address, seen = "/api/v1/organisations?per_page=100&sort=name", []
    first = client.get(address)
    while address:
        answer = client.get(address)
        seen += [o["id"] for o in answer.get_json()["organisations"]]
        found = links(answer.headers["Link"])
        assert found["first"] == links(first.headers["Link"])["first"]
        address = found.get("next", "")
    assert sorted(seen) == sorted(board.corpus.profiles)
    assert first.get_json()["total"] == len(seen)
    assert "prev" not in links(first.headers["Link"])


def test_a_page_of_other_data_is_refused(client: FlaskClient, board: Board) -> None:
    address = f"/organisations?page=2&edition={board.version}"
    assert fetch(client, address)["edition"] == board.version
    for path in (f"/organisations?page=2&edition={board.version + 1}", "/organisations/kinova/matches?edition=0"):
        assert fetch(client, path, 409)["type"] == type_of("data_changed")


def test_an_organisation_comes_as_its_document(client: FlaskClient) -> None:
    found = fetch(client, "/organisations/kinova")
    assert found["state"] == "listed" and found["names"]["en"] == "Kinova Inc." and found["statements"]


def test_a_ranked_list_is_that_of_the_page(client: FlaskClient, board: Board) -> None:
    found = fetch(client, "/organisations/kinova/matches?kind=company&relation=supply")
    expected = board.ranked("kinova", replace(Where(kinds=(Kind.COMPANY,)), relations=(Relation.SUPPLY,)))
    assert [(m["rank"], m["partner"]["id"], m["fit"]) for m in found["matches"]] == [
        (i, e.match.partner_id, e.match.fit) for i, e in enumerate(expected.explanations, 1)
    ]
    assert found["total"] == expected.total
    assert all("explanation" not in m and m["relation"] == "supply" for m in found["matches"])
    best = expected.explanations[0].best
    assert best is not None and found["matches"][0]["evidence"]["wanted"]["id"] == best.wanted.id


def test_a_list_is_explained_on_request(client: FlaskClient, board: Board) -> None:
    found = fetch(client, "/organisations/kinova/matches?explain=true&per_page=3&page=2")
    assert [m["rank"] for m in found["matches"]] == [4, 5, 6]
    for row in found["matches"]:
        whole = board.pair("kinova", row["partner"]["id"]).to_dict()
        assert row["explanation"] == json.loads(json.dumps(whole))
        assert row["explanation"]["waterfall"][-1]["end"] == pytest.approx(100 * row["fit"])


def test_one_match_in_a_relation(client: FlaskClient, board: Board) -> None:
    best = fetch(client, "/matches/kinova/cyberdyne")
    assert best["explanation"]["relation"] == best["best_relation"] and best["best_relation"] in best["relations"]
    for relation in best["relations"]:
        found = fetch(client, f"/matches/kinova/cyberdyne?relation={relation}")
        assert found["explanation"]["relation"] == relation
    closed = {"supply", "co_development", "peer"} - {str(r) for r in board.relations("rapidus", "mila")}
    for relation in closed:
        assert fetch(client, f"/matches/rapidus/mila?relation={relation}", 404)["type"] == type_of("no_relation")


# --- programmes -------------------------------------------------------------------------------------------------------


def test_programmes_come_as_their_documents_with_their_status_today(client: FlaskClient, board: Board) -> None:
    found = fetch(client, "/programmes")
    assert found["snapshot"] == board.corpus.snapshot_id
    assert {p["id"] for p in found["programmes"]} == board.corpus.programmes.keys()
    for programme in found["programmes"]:
        today = programme.pop("today")
        assert parse_programme(programme) == board.corpus.programmes[programme["id"]]
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
        assert "kinova" in {triangle["seeker"], triangle["partner"]}
        assert triangle["eligibility"]["outcome"] != "not_met"
        assert triangle["availability"] != "closed" or triangle["is_watched"]


def test_a_pair_gets_its_programmes(client: FlaskClient) -> None:
    found = fetch(client, "/matches/kinova/cyberdyne/programmes")
    assert all(t["eligibility"]["outcome"] != "not_met" for t in found["current"])


def test_rules_are_decided_on_what_is_told(client: FlaskClient) -> None:
    path = "/programmes/canada-japan-corporate-co-innovation/check?with=kinova&with=cyberdyne"
    plain, told = fetch(client, path), fetch(client, f"{path}&ip_plan=no&sme.kinova=yes")
    outcomes = {c["rule"]: c["outcome"] for c in plain["eligibility"]["checks"]}
    assert outcomes["ip_plan"] == "unknown"
    assert {c["rule"]: c["outcome"] for c in told["eligibility"]["checks"]}["ip_plan"] == "not_met"


def test_a_consortium_is_proposed_around_a_member(client: FlaskClient) -> None:
    found = fetch(client, "/programmes/canada-japan-3-plus-2/consortium?with=age-well")
    assert found["given"] == ["age-well"]
    assert len(found["invited"]) == 4


# --- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/programmes/nothing", 404, "unknown_entry"),
        ("/organisations/kinov/programmes", 404, "unknown_entry"),
        ("/matches/kinova/mila/programmes", 404, "same_country"),
        ("/matches/kinova/nobody", 404, "unknown_entry"),
        ("/programmes/globalstars-japan/consortium?with=nobody", 404, "unknown_entry"),
        ("/nothing/here", 404, "not_found"),
        ("/shortlists", 401, "unauthorized"),
        (f"/search?q={'a' * 17_000}", 414, "address_too_long"),
    ],
)
def test_what_is_wrong_is_said(client: FlaskClient, path: str, status: int, code: str) -> None:
    found = fetch(client, path, status)
    Problem.model_validate(found)
    assert (found["type"], found["status"]) == (type_of(code), status)


@pytest.mark.parametrize(
    ("path", "faults"),
    [
        ("/search", {"q": "required"}),
        ("/search?q=", {"q": "too_short"}),
        ("/organisations?page=0&per_page=1000&colour=red", {"page": "range", "per_page": "range", "colour": "unknown"}),
        ("/organisations?page=1&page=2", {"page": "number"}),
        ("/organisations?kind=company&kind=shop", {"kind.1": "choice"}),
        ("/organisations/kinova/matches?explain=1", {"explain": "choice"}),
        ("/organisations/kinova?colour=red", {"colour": "unknown"}),
        ("/programmes/globalstars-japan/consortium", {"with": "required"}),
        ("/programmes/globalstars-japan/check?with=kinova&people.kinova=few", {"people.kinova": "number"}),
        ("/programmes/globalstars-japan/check?with=kinova&ip_plan=perhaps", {"ip_plan": "choice"}),
        ("/programmes/globalstars-japan/check?with=kinova&mood=good", {"mood": "unknown"}),
        (
            "/programmes/jst-nserc/check?with=kinova&with=cyberdyne&shares.kinova=90&shares.cyberdyne=90",
            {"shares": "shares"},
        ),
    ],
)
def test_every_value_that_cannot_be_used_is_named(
    client: FlaskClient, board: Board, path: str, faults: dict[str, str]
) -> None:
    some = next(p.id for p in board.corpus.programmes.values() if any(r.code == "max_share" for r in p.rules))
    found = fetch(client, path.replace("jst-nserc", some), 422)
    assert {e["field"]: e["code"] for e in found["errors"]} == faults
    assert all(e["detail"] for e in found["errors"])


def test_a_slip_in_an_id_brings_suggestions(client: FlaskClient) -> None:
    assert "kinova" in fetch(client, "/organisations/kinov", 404)["suggestions"]


def test_problems_speak_the_language_asked_for(client: FlaskClient) -> None:
    for lang, asked in (("ja", "ja"), ("fr", "fr-CA,fr;q=0.9"), ("en", "de")):
        answer = client.get("/api/v1/nothing", headers={"Accept-Language": asked})
        assert answer.headers["Content-Language"] == lang
        assert "Accept-Language" in answer.headers["Vary"]


def test_other_methods_are_named(client: FlaskClient) -> None:
    answer = client.delete("/api/v1/organisations")
    assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
    assert "GET" in answer.headers["Allow"]


def test_a_redirect_is_no_page(client: FlaskClient) -> None:
    answer = client.get("/api//v1/programmes")
    assert (answer.status_code, answer.data) == (308, b"")


def test_a_failure_of_ours_is_a_problem_too(
    own_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("a secret")

    app = own_app()
    monkeypatch.setattr("web.api.programmes.current_board", fail)
    answer = app.test_client().get("/api/v1/programmes")
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert answer.get_json()["type"] == type_of("internal") and "a secret" not in answer.text
    assert "a secret" in caplog.text


def test_a_database_that_is_not_ready_is_said(tmp_path: Path) -> None:
    from web import create_app
    from web.config import Settings

    empty = create_app(Settings(instance_folder=tmp_path)).test_client()
    for headers in ({}, {"Authorization": "Bearer kkh_x"}):
        answer = empty.get("/api/v1/organisations", headers=headers)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert answer.get_json()["type"] == type_of("not_ready")


# --- keeping answers, and how often to ask ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/programmes/globalstars-japan", "/organisations/kinova/matches", "/search?q=robots", "/openapi.json"]
)
def test_an_answer_that_is_known_is_not_sent_again(client: FlaskClient, path: str) -> None:
    first = client.get(f"/api/v1{path}")
    again = client.get(f"/api/v1{path}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert first.headers["Cache-Control"] == "no-cache" and "Authorization" in first.headers["Vary"]
    assert "Cookie" not in first.headers["Vary"]


@pytest.mark.usefixtures("still_clock")
def test_a_stranger_is_told_how_often_to_ask(client: FlaskClient) -> None:
    answers = [client.get("/api/v1/organisations/kinova") for _ in range(61)]
    left = [int(a.headers["RateLimit-Remaining"]) for a in answers]
    assert left == [*range(59, -1, -1), 0]
    assert {a.headers["RateLimit-Limit"] for a in answers} == {"60"}
    assert [a.status_code for a in answers] == [200] * 60 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].get_json()["type"] == type_of("too_many_requests")


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "fr", "ja"])
def test_the_page_says_all_that_the_description_says(get: Callable[..., Any], app: Flask, lang: str) -> None:
    text = get(f"/{lang}/api").text
    with app.app_context():
        described = document()
    for path, operations in described["paths"].items():
        assert path in text
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in text
    for name in described["components"]["schemas"]:
        assert f"schema-{name}" in text or "enum" in described["components"]["schemas"][name]
    assert all(f'id="problem-{code}"' in text for code in PROBLEMS)
    assert f'href="/{lang}/api"' in get(f"/{lang}/").text
