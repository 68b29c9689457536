from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from matcher.demand import answered, demand
from matcher.explain import Coverage, coverage_of
from matcher.match import Relation, Where
from matcher.profile import LANGUAGES, Country
from web import models, pictures
from web.extensions import db
from web.forms.pictures import read_map, read_network
from web.matching import Board
from web.store.accounts import Account
from web.store.dashboard import FollowUp, list_follow_ups
from web.store.desk import Refusal, Status
from web.store.searches import Frequency, Page, save_search
from web.store.snapshots import Snapshot

pytestmark = pytest.mark.once

Get = Callable[..., TestResponse]
MakeUser = Callable[..., Account]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
TODAY = date(2026, 11, 18)  # a Wednesday


def tree(response: TestResponse) -> Element:
    found: Element = html5lib.parse(response.text, namespaceHTMLElements=False)
    return found


def text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def of_class(root: Element, tag: str, name: str) -> list[Element]:
    return [e for e in root.iter() if e.tag.endswith(tag) and name in e.get("class", "").split()]


# --- what is counted -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("country", Country)
def test_demand_counts_what_a_match_says(board: Board, country: Country) -> None:
    found = demand(board.matcher, country, board.taxonomy)
    assert len(found.wants) == sum(len(p.needs) for p in board.corpus.of(country))
    # An organisation that sells can have a relation of supply with any other, in which a match holds needs against
    # capabilities: it must say of each need what the map says, and nobody may do better.
    for want in [w for w in found.wants if w.profile.kind.is_commercial][::7]:
        best = max(
            (
                (contribution, other)
                for other in board.corpus.of(country.other)
                for contribution in board.matcher.score(want.profile.id, other.id, Relation.SUPPLY).gets.contributions
                if contribution.wanted_id == want.need.id
            ),
            key=lambda pair: pair[0].similarity,
        )
        assert (best[1], best[0].met_by_id) == (want.partner, want.answer.id if want.answer else None)
        assert coverage_of(best[0]) is want.coverage


def test_answers_do_not_depend_on_the_size_of_the_blocks(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = demand(board.matcher, Country.CA, board.taxonomy)
    monkeypatch.setattr("matcher.ranking._STEP_OF_ANSWERS", 1000)
    assert demand(board.matcher, Country.CA, board.taxonomy) == whole


@pytest.mark.parametrize("country", Country)
def test_tiles_hold_what_their_lists_show(board: Board, country: Country) -> None:
    found = demand(board.matcher, country, board.taxonomy)
    for asked, offered in list(found.cells)[::9]:
        cell = found.cells[asked, offered]
        wants = answered(board.matcher, country, board.taxonomy, asked=asked, offered=offered)
        counts = Counter(w.coverage for w in wants)
        assert (counts[Coverage.COVERED], counts[Coverage.PARTLY]) == (cell.covered, cell.partly)
        assert cell.capabilities >= len({w.answer for w in wants})
        assert cell.covered + cell.partly <= found.total(asked)


def test_rows_add_up(board: Board) -> None:
    for country in Country:
        picture = pictures.heat_map(board, country)
        for field in (None, *picture.rows):
            parts = picture.covered(field) + picture.partly(field) + picture.missing(field)
            assert parts == picture.demand.total(field)
        listed = [want for wants in picture.uncovered().values() for want in wants]
        assert len({(w.profile.id, w.need.id) for w in listed}) == len(listed) == picture.partly() + picture.missing()


def test_nobody_is_left_when_no_pair_can_have_the_relation(board: Board) -> None:
    assert board.matcher.rank("tenstorrent", 5, Where(relations=(Relation.PEER,))) == []


# --- layout ----------------------------------------------------------------------------------------------------------


def test_tiles_do_not_overlap(board: Board) -> None:
    picture = pictures.heat_map(board, Country.JP)
    places = {(t.x, t.y) for t in picture.tiles.values()}
    assert len(places) == len(picture.tiles)
    assert all(x + picture.WIDE <= picture.width and y + picture.HIGH <= picture.height for x, y in places)


def test_network_is_strong_sparse_and_the_same_each_time(board: Board) -> None:
    drawn = pictures.network(board)
    fits = [edge.match.fit for edge in drawn.edges]
    assert fits == sorted(fits, reverse=True)
    assert len(fits) == pictures.MOST_PAIRS
    lines = Counter(i for e in drawn.edges for i in (e.match.seeker_id, e.match.partner_id))
    assert max(lines.values()) <= pictures.MOST_LINES
    assert {n.profile_id for n in drawn.nodes} == set(lines)
    pictures._kept.clear()
    assert pictures.network(board) == drawn
    for country in Country:
        heights = sorted(n.y for n in drawn.nodes if n.country is country)
        assert all(b - a >= drawn.STEP - 0.2 for a, b in pairwise(heights))
        assert heights[-1] < drawn.height


@pytest.mark.parametrize("relation", Relation)
def test_network_of_one_field_and_relation(board: Board, relation: Relation) -> None:
    for edge in pictures.network(board, "health", relation).edges:
        assert edge.match.relation is relation
        assert all("health" in profile.fields for profile in board.parties(edge.why))


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), unique=True, max_size=7))
def test_untangled_never_crosses_more_than_before(edges: list[tuple[str, str]]) -> None:
    left, right = pictures.untangled(edges)
    first = [list(dict.fromkeys(edge[side] for edge in edges)) for side in (0, 1)]
    count = pictures.crossings(edges, left, right)
    assert (set(left), set(right)) == (set(first[0]), set(first[1]))
    assert count <= pictures.crossings(edges, *first)


@given(st.text(), st.integers(2, 30))
def test_clipped_names_fit(name: str, most: int) -> None:
    assert len(pictures.clipped(name, most)) <= most
    assert pictures.clipped(name, 2 * len(name)) == name


def test_the_first_page_waits_for_no_large_map(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_AT_ONCE", 10)
    pictures._kept.clear()
    assert pictures.small_maps(board) == ()
    made = tuple(pictures.heat_map(board, country) for country in Country)
    assert pictures.small_maps(board) == made


# --- addresses -------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from(["country", "asked", "offered", "field", "relation"]), st.text())))
def test_any_address_is_read(board: Board, pairs: list[tuple[str, str]]) -> None:
    fields = board.taxonomy.fields
    question = read_map(MultiDict(pairs), fields)
    assert question.country in Country
    assert {question.asked, question.offered} <= {None, *fields}
    field, relation = read_network(MultiDict(pairs), fields)
    assert field in (None, *fields)
    assert relation in (None, *Relation)


# --- pages -----------------------------------------------------------------------------------------------------------

PAGES = [
    "/",
    "/map",
    "/map?country=CA",
    "/map?asked=robotics",
    "/map?country=CA&asked=ai&offered=health",
    "/map?country=XX&asked=nothing&offered=ai",
    "/network",
    "/network?field=quantum",
    "/network?field=commerce&relation=peer",
    "/network?relation=supply&field=x",
]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_page_is_whole_and_named(get: Get, lang: str, page: str) -> None:
    root = tree(get(f"/{lang}{page}"))
    assert len(list(root.iter("h1"))) == 1
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert not [n for e in root.iter() for n in e.attrib if n == "style" or n.startswith("on")]
    for element in root.iter():
        for named in element.get("aria-labelledby", "").split():
            assert named in ids, named


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(client: FlaskClient, get: Get, page: str) -> None:
    addresses = {a.get("href", "") for a in tree(get(f"/en{page}")).find("body/main").iter() if a.tag.endswith("a")}  # type: ignore[union-attr]
    for address in sorted(addresses)[:: len(addresses) // 8 + 1]:
        if address.startswith("/"):
            assert client.get(address).status_code == 200, address


def test_picture_and_table_say_the_same(get: Get, board: Board) -> None:
    root = tree(get("/en/map?country=CA"))
    drawn = {a.get("href"): text(a) for a in of_class(root, "a", "tile")}
    (table,) = of_class(root, "table", "tiles")
    tabled = {a.get("href"): text(a) for a in table.iter("a")}
    assert drawn.keys() == tabled.keys()
    for address, words in tabled.items():
        covered = int(words.split("(")[0])
        shown = drawn[address].rsplit(".", 1)[-1].strip()
        assert shown == str(covered) if covered else shown in {"◐", ""}
    assert len(tabled) == len(pictures.heat_map(board, Country.CA).tiles)


def test_network_and_table_say_the_same(get: Get) -> None:
    root = tree(get("/fr/network"))
    drawn = {a.get("href") for a in of_class(root, "a", "edge")}
    (table,) = of_class(root, "table", "pairtable")
    tabled = {a.get("href") for a in table.iter("a") if "/matches/" in a.get("href", "")}
    assert drawn == tabled
    assert len(drawn) == pictures.MOST_PAIRS


def test_links_in_pictures_leave_the_keyboard_to_the_table(get: Get) -> None:
    for page in ("/ja/map", "/ja/network"):
        root = tree(get(page))
        svgs = [s for s in root.iter() if s.tag.endswith("svg") and "aria-labelledby" in s.attrib]
        inside = [a for s in svgs for a in s.iter() if a.tag.endswith("a") and a.get("href")]
        assert inside
        assert all(a.get("tabindex") == "-1" for a in inside)


# --- the desk --------------------------------------------------------------------------------------------------------


def follow_up(**values: object) -> FollowUp:
    given_values: dict[str, object] = {
        "item_id": uuid.uuid4(), "shortlist_id": uuid.uuid4(), "shortlist_title": "List", "team": None,
        "is_own": True, "seeker_id": "rapidus", "partner_id": "tenstorrent", "status": Status.NEW, "refusal": None,
        "next_step": "Call", "next_step_on": None, "assignee": None, "added_on": TODAY,
    }  # fmt: skip
    return FollowUp(**given_values | values)  # type: ignore[arg-type]


def test_pipeline_sorts_next_steps_by_day() -> None:
    found = [
        follow_up(next_step_on=TODAY - timedelta(days=1)),
        follow_up(next_step_on=TODAY - timedelta(days=1), status=Status.DECLINED, refusal=Refusal.NO_FIT),
        follow_up(next_step_on=TODAY),
        follow_up(next_step_on=TODAY + timedelta(days=14)),
        follow_up(next_step_on=TODAY + timedelta(days=15)),
        follow_up(added_on=TODAY - timedelta(days=7), status=Status.PARKED, next_step_on=TODAY),
        follow_up(added_on=TODAY - timedelta(weeks=20)),
    ]
    pipeline = pictures.pipeline(found, TODAY)
    assert pipeline.overdue == (found[0],)
    assert pipeline.coming == (found[2], found[3])
    assert {bar.key: bar.count for bar in pipeline.statuses if bar.count} == {
        Status.NEW: 5, Status.DECLINED: 1, Status.PARKED: 1,
    }  # fmt: skip
    assert [(bar.key, bar.count) for bar in pipeline.refusals] == [(Refusal.NO_FIT, 1)]
    assert [bar.count for bar in pipeline.weeks] == [0, 0, 0, 0, 0, 0, 1, 5]
    assert pipeline.weeks[-1].key == date(2026, 11, 16)


def test_pipeline_of_nothing() -> None:
    pipeline = pictures.pipeline([], TODAY)
    assert pipeline.total == 0
    assert not pipeline.overdue + pipeline.coming
    assert all(bar.length == 0 for bar in pipeline.statuses + pipeline.weeks)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session
        db.session.rollback()


def person(session: Session, name: str) -> models.User:
    user = models.User(email=f"{name}-{uuid.uuid4()}@desk.example", name=name, role="officer", lang="en", stamp="s")
    session.add(user)
    session.flush()
    return user


def listed(
    session: Session,
    owner: models.User,
    team: models.Team | None = None,
    snapshot: dict[str, object] | None = None,
    **state: object,
) -> models.Shortlist:
    shortlist = models.Shortlist(title="List", owner_id=owner.id, team_id=team.id if team else None, **state)
    session.add(shortlist)
    session.flush()
    session.add(
        models.ShortlistItem(
            shortlist_id=shortlist.id, position=1, seeker_id="rapidus", partner_id="tenstorrent",
            relation="co_development", status="new", snapshot=snapshot or {}, corpus_id="x", matcher_version="1",
            assignee_id=owner.id,
        )
    )  # fmt: skip
    session.flush()
    return shortlist


def test_the_desk_shows_own_and_team_lists_only(session: Session) -> None:
    one, other, stranger = (person(session, name) for name in ("One", "Other", "Stranger"))
    team, foreign = models.Team(name="Team"), models.Team(name="Foreign")
    session.add_all([team, foreign])
    session.flush()
    session.add_all(
        [
            models.Membership(team_id=team.id, user_id=one.id, right="view"),
            models.Membership(team_id=team.id, user_id=other.id, right="edit"),
            models.Membership(team_id=foreign.id, user_id=stranger.id, right="manage"),
        ]
    )
    own, shared = listed(session, one), listed(session, other, team)
    listed(session, other)
    listed(session, stranger, foreign)
    gone = datetime.now(UTC)
    listed(session, one, archived_at=gone)
    listed(session, one, deleted_at=gone)
    found = list_follow_ups(session, account_id=one.id)
    assert {f.shortlist_id: (f.is_own, f.team, f.assignee) for f in found} == {
        own.id: (True, None, "One"),
        shared.id: (False, "Team", "Other"),
    }
    assert len(found) == 2


def test_deleted_matches_are_not_counted(session: Session) -> None:
    one = person(session, "One")
    shortlist = listed(session, one)
    item = session.scalars(select(models.ShortlistItem).filter_by(shortlist_id=shortlist.id)).one()
    item.deleted_at = datetime.now(UTC)
    session.flush()
    assert list_follow_ups(session, account_id=one.id) == ()


ROLES = [("organisation", 403), ("reviewer", 403), ("officer", 200), ("administrator", 200)]


@pytest.mark.parametrize(("role", "status"), ROLES)
def test_the_desk_is_for_officers(
    client: FlaskClient, make_user: MakeUser, sign_in: SignIn, role: str, status: int
) -> None:
    assert client.get("/en/desk").status_code == 303
    assert sign_in(client, make_user(role)).get("/en/desk").status_code == status


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_desk_says_what_to_do(
    get: Get, client: FlaskClient, make_user: MakeUser, sign_in: SignIn, lang: str
) -> None:
    sign_in(client, make_user())
    root = tree(get(f"/{lang}/desk"))
    assert of_class(root, "div", "notice")
    assert not of_class(root, "figure", "bars")
    assert any("/search" in a.get("href", "") for a in root.iter("a"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_desk_in_use(  # the names are those of the data, or the id of an organisation that left it
    app: Flask, board: Board, get: Get, client: FlaskClient, make_user: MakeUser, sign_in: SignIn, lang: str
) -> None:
    user, why = make_user(), board.pair("rapidus", "tenstorrent")
    snapshot = Snapshot.of(why, *board.parties(why), why.match.relation).document()
    day = datetime.now(UTC).date()
    with app.app_context():
        owner = db.session.get_one(models.User, user.id)
        rows = [("new", day - timedelta(days=2), None), ("contacted", day + timedelta(days=3), None),
                ("declined", None, "no_fit"), ("new", None, None)]  # fmt: skip
        for status, step_on, refusal in rows:
            shortlist = listed(db.session, owner, snapshot=snapshot)
            item = db.session.scalars(select(models.ShortlistItem).filter_by(shortlist_id=shortlist.id)).one()
            item.status, item.next_step_on, item.refusal = status, step_on, refusal
            item.partner_id = "no-longer-there" if status == "new" else "tenstorrent"
        save_search(
            db.session, owner_id=user.id, title="Annealing", page=Page.SEARCH, seeker_id=None,
            query="q=quantum+annealing", lang="en", frequency=Frequency.OFF, seen=[],
        )  # fmt: skip
        save_search(
            db.session, owner_id=user.id, title="Of nobody", page=Page.PARTNERS, seeker_id="no-longer-there",
            query="", lang="en", frequency=Frequency.OFF, seen=[],
        )  # fmt: skip
        db.session.commit()
    sign_in(client, user)
    root = tree(get(f"/{lang}/desk"))
    overdue, coming = (text(e) for e in of_class(root, "table", "steps"))
    assert "no-longer-there" in overdue
    assert "Tenstorrent" in coming
    assert "Annealing" in text(root)
    # Each chart stands beside a table with the same numbers.
    charts = of_class(root, "figure", "bars")
    assert len(charts) == 3
    for chart, table in zip(charts, of_class(root, "table", "numbers"), strict=True):
        drawn = [text(e) for e in chart.iter() if e.tag.endswith("text")][1::2]
        assert drawn == [text(td) for td in table.iter("td")]
    for link in [a.get("href", "") for t in of_class(root, "table", "steps") for a in t.iter("a")]:
        assert client.get(link).status_code in (200, 303), link
