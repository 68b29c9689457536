from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from matcher.corpus import Corpus
from matcher.document import profile_document
from matcher.duplicates import Reason
from matcher.profile import Profile
from matcher.ranking import MATCHER_VERSION
from tests.conftest import Databases
from web import cli, create_app, store
from web.config import Settings
from web.extensions import db
from web.i18n.labels import DUPLICATE_REASONS
from web.matching import Board, current_board
from web.models import Dismissal, Entry, Revision, SavedSearch, ShortlistItem
from web.store import Outdated, desk, judgements, list_audit_events, merging, searches, submissions
from web.store.accounts import Account
from web.store.judgements import Reason as JudgementReason
from web.store.merging import UnknownPair
from web.store.searches import Frequency, Page
from web.store.snapshots import Snapshot
from web.store.submissions import Contact, Submission

MakeUser = Callable[..., Account]
SignIn = Callable[[FlaskClient, Account], FlaskClient]

KEEP, REMOVE, PARTNER = "kinova", "kinova-kk", "cyberdyne"


@pytest.fixture(scope="module")
def shipped() -> Corpus:
    return Corpus.shipped()


@pytest.fixture(scope="module")
def twin(shipped: Corpus) -> Profile:
    """Kinova once more: two of its statements, one that is new, and a name of its own."""
    whole, other = shipped.get(KEEP), shipped.get("tenstorrent")
    new = replace(other.capabilities[0], id="c2")
    return replace(
        whole, id=REMOVE, names={"en": "Kinova Ltd."}, aliases=("Kinova Assistive Arms",), founded=None,
        identifiers={"business_number": "123456789"}, statements=(whole.capabilities[0], new, whole.needs[0]),
    )  # fmt: skip


@pytest.fixture(scope="module")
def as_loaded(tmp_path_factory: pytest.TempPathFactory, shipped: Corpus, twin: Profile) -> Path:
    """A database with four organisations, one of them twice."""
    folder = tmp_path_factory.mktemp("merging")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KAKEHASHI_INSTANCE_FOLDER", str(folder))
        assert cli.main(["db", "upgrade"]) == 0
        with create_app(Settings()).app_context():
            profiles = [shipped.get(i) for i in (KEEP, PARTNER, "rapidus", "tenstorrent")]
            whole = replace(profiles[0], identifiers={**profiles[0].identifiers, "wikidata": "Q1"})
            store.save_corpus(db.session, Corpus([whole, *profiles[1:], twin]), actor="kakehashi load")
            db.session.commit()
    return folder


@pytest.fixture
def app(as_loaded: Path, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    databases.copy(as_loaded, tmp_path)
    monkeypatch.setenv("KAKEHASHI_INSTANCE_FOLDER", str(tmp_path))
    app = create_app(Settings())
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def session(app: Flask) -> Iterator[Any]:
    with app.app_context():
        yield db.session


def board(app: Flask) -> Board:
    """The board as it is once it has been fitted again."""
    app.extensions["kakehashi.boards"]._board = None
    return current_board()


def merge(session: Any, **more: Any) -> merging.Moved:
    moved = merging.save_merge(session, keep_id=KEEP, remove_id=REMOVE, actor="me", **more)
    session.commit()
    return moved


@pytest.fixture
def reviewer(client: FlaskClient, make_user: MakeUser, sign_in: SignIn) -> FlaskClient:
    return sign_in(client, make_user(role="reviewer"))


# --- the store --------------------------------------------------------------------------------------------------------


def test_merging_keeps_one_with_all_of_both(app: Flask, session: Any) -> None:
    merge(session)
    now = board(app)
    kinova = now.organisation(KEEP)
    assert REMOVE not in now.corpus.organisations and now.moved == {REMOVE: KEEP}
    assert {"Kinova Ltd.", "Kinova Assistive Arms"} <= set(kinova.aliases)
    assert kinova.identifiers["business_number"] == "123456789"
    tenstorrent = now.organisation("tenstorrent").capabilities[0]
    assert [s.text for s in kinova.capabilities].count(tenstorrent.text) == 1
    assert len(kinova.statements) == len(Corpus.shipped().get(KEEP).statements) + 1
    assert now.corpus.find_named("Kinova Assistive") == (KEEP,)


def test_both_histories_are_kept_and_the_audit_names_both(session: Any) -> None:
    merge(session)
    revisions = [(r.entry_id, r.number) for r in session.scalars(select(Revision).where(Revision.entry_id != PARTNER))]
    assert {(KEEP, 1), (KEEP, 2), (REMOVE, 1), (REMOVE, 2)} <= set(revisions)
    assert [action for _, action, _ in list_audit_events(session, KEEP)] == [
        "organisation.create",
        "organisation.merge",
    ]
    assert list_audit_events(session, REMOVE)[-1] == ("me", "organisation.merged_into", {"into": KEEP})


def _keep_things(session: Any, app: Flask, owner: Account) -> tuple[uuid.UUID, uuid.UUID]:
    """A match and a search that name the entry that will go."""
    now = board(app)
    made = desk.save_shortlist(session, owner, title="Robots", team_id=None)
    why = now.pair(REMOVE, PARTNER)
    item = desk.save_new_item(
        session, owner, shortlist_id=made, snapshot=Snapshot.of(why, *now.parties(why), why.match.relation),
        corpus_id=now.corpus.snapshot_id, matcher_version=MATCHER_VERSION,
    )  # fmt: skip
    search = searches.save_search(
        session, owner_id=owner.id, title="Its partners", page=Page.PARTNERS, seeker_id=REMOVE, query="", lang="en",
        frequency=Frequency.DAILY, seen=(),
    )  # fmt: skip
    other = searches.save_search(
        session, owner_id=owner.id, title="Robots", page=Page.SEARCH, seeker_id=None, query="q=robots", lang="en",
        frequency=Frequency.DAILY, seen=(REMOVE,),
    )  # fmt: skip
    searches.save_dismissals(session, search_id=other.id, profile_ids=[REMOVE], actor="me")
    session.commit()
    return item.item_id, search.id


def _named(session: Any) -> set[str]:
    """Every id that something kept names."""
    session.expire_all()
    items = session.scalars(select(ShortlistItem)).all()
    found = {i for item in items for i in (item.seeker_id, item.partner_id, item.snapshot["seeker"]["id"])}
    found |= {item.snapshot["match"]["seeker"] for item in items}
    found |= {s.seeker_id for s in session.scalars(select(SavedSearch)) if s.seeker_id}
    return found | set(session.scalars(select(Dismissal.profile_id)))


def test_what_was_kept_follows_and_says_the_same(app: Flask, session: Any, make_user: MakeUser) -> None:
    owner = make_user()
    item_id, search_id = _keep_things(session, app, owner)
    before = session.get_one(ShortlistItem, item_id).snapshot
    moved = merge(session)
    assert (moved.items, moved.searches, moved.left) == (1, 1, 0)
    assert _named(session) == {KEEP, PARTNER}
    after = session.get_one(ShortlistItem, item_id).snapshot
    assert after["match"]["fit"] == before["match"]["fit"]
    assert after["seeker"]["statements"] == before["seeker"]["statements"]
    assert session.get_one(SavedSearch, search_id).seeker_id == KEEP
    assert KEEP in next(s.seen for s in session.scalars(select(SavedSearch)) if s.page == "search")


def test_a_match_that_stands_on_the_list_already_is_left_alone(app: Flask, session: Any, make_user: MakeUser) -> None:
    owner = make_user()
    item_id, _ = _keep_things(session, app, owner)
    now = board(app)
    why = now.pair(KEEP, PARTNER)
    desk.save_new_item(
        session, owner, shortlist_id=session.get_one(ShortlistItem, item_id).shortlist_id,
        snapshot=Snapshot.of(why, *now.parties(why), why.match.relation), corpus_id=now.corpus.snapshot_id,
        matcher_version=MATCHER_VERSION,
    )  # fmt: skip
    session.commit()
    assert merge(session).left == 1
    assert session.get_one(ShortlistItem, item_id).seeker_id == REMOVE


def test_undoing_brings_everything_back(app: Flask, session: Any, make_user: MakeUser) -> None:
    _keep_things(session, app, make_user())
    documents = {e.id: e.document for e in session.scalars(select(Entry))}
    named = _named(session)
    merge(session)
    assert merging.save_unmerge(session, removed_id=REMOVE, actor="me") == KEEP
    session.commit()
    assert {e.id: e.document for e in session.scalars(select(Entry))} == documents
    assert _named(session) == named
    assert {s.seen[0] for s in session.scalars(select(SavedSearch)) if s.seen} == {REMOVE}
    assert board(app).moved == {} and merging.list_merges(session) == ()
    assert merge(session).items == 1  # and it can be done again


def test_a_merge_is_not_undone_over_a_later_change(session: Any, shipped: Corpus) -> None:
    merge(session)
    store.save_corpus(session, Corpus([replace(shipped.get(KEEP), founded=1999)]), actor="somebody")
    session.commit()
    with pytest.raises(Outdated):
        merging.save_unmerge(session, removed_id=REMOVE, actor="me")
    assert [m.can_undo for m in merging.list_merges(session)] == [False]


def test_an_address_leads_through_two_merges(session: Any) -> None:
    merge(session)
    merging.save_merge(session, keep_id="tenstorrent", remove_id=KEEP, actor="me")
    assert merging.list_redirects(session) == {REMOVE: "tenstorrent", KEEP: "tenstorrent"}
    with pytest.raises(Outdated):
        merging.save_unmerge(session, removed_id=REMOVE, actor="me")


@pytest.mark.parametrize(("keep", "remove"), [(KEEP, KEEP), (KEEP, "nobody"), (KEEP, "rapidus"), ("nobody", KEEP)])
def test_what_cannot_be_merged_is_refused(session: Any, keep: str, remove: str) -> None:
    with pytest.raises(UnknownPair):
        merging.save_merge(session, keep_id=keep, remove_id=remove, actor="me")


def test_a_change_since_the_preview_is_noticed(session: Any, shipped: Corpus) -> None:
    mark = merging.get_proposal(session, keep_id=KEEP, remove_id=REMOVE).mark
    store.save_corpus(session, Corpus([replace(shipped.get(KEEP), founded=1999)]), actor="somebody")
    with pytest.raises(Outdated):
        merge(session, mark=mark)
    assert merging.list_redirects(session) == {}


def test_loading_the_data_again_undoes_no_merge_and_brings_news_if_told(
    app: Flask, session: Any, twin: Profile
) -> None:
    first = board(app).corpus
    merge(session)
    loaded = store.save_corpus(session, first, actor="kakehashi load", keeps_edits=True)
    assert (loaded.added, loaded.updated) == (0, 0)
    news = replace(first.get(KEEP), founded=1999)
    loaded = store.save_corpus(session, Corpus([news, twin]), actor="kakehashi load", keeps_edits=True)
    assert (loaded.added, loaded.updated, loaded.kept) == (0, 0, (KEEP,))
    loaded = store.save_corpus(session, Corpus([news, twin]), actor="kakehashi load")
    assert (loaded.added, loaded.updated) == (0, 1)
    assert session.get_one(Entry, KEEP).document["founded"] == 1999
    assert session.get_one(Entry, REMOVE).entry_type == "merged"


def test_a_pair_that_is_two_is_remembered_and_can_be_looked_at_again(session: Any) -> None:
    merging.save_distinct(session, one_id=REMOVE, other_id=KEEP, actor="me")
    merging.save_distinct(session, one_id=KEEP, other_id=REMOVE, actor="me")
    assert merging.list_distinct(session) == ((KEEP, REMOVE),)
    merging.delete_distinct(session, one_id=REMOVE, other_id=KEEP, actor="me")
    assert merging.list_distinct(session) == ()
    with pytest.raises(UnknownPair):
        merging.delete_distinct(session, one_id=REMOVE, other_id=KEEP, actor="me")


# --- what is in an organisation's own hands, and what officers said ---------------------------------------------------


def _keep_it(session: Any, owner: Account, entry_id: str, *, is_anonymous: bool = False) -> Submission:
    """Publishes an organisation's own profile, so that it has a keeper and a listing, and sends a change of it."""
    profile = submissions.get_entry_profile(session, entry_id=entry_id)
    document = profile_document(profile)
    begun = submissions.save_new_submission(session, owner_id=owner.id, document=document, entry_id=entry_id)
    draft = submissions.save_draft(
        session, owner_id=owner.id, version=begun.version, document=document, is_anonymous=is_anonymous,
        contact=Contact("Desk", "desk@example.com"), evidence="I work there.",
    )  # fmt: skip
    sent = submissions.save_submitted(session, owner_id=owner.id, version=draft.version)
    done = submissions.save_published(
        session, submission_id=sent.id, version=sent.version, actor="reviewer", profile=profile, day=date(2026, 5, 1)
    )
    session.commit()
    return done


def test_keeper_listing_and_submission_follow_and_come_back(session: Any, make_user: MakeUser) -> None:
    owner = make_user("organisation")
    sent = _keep_it(session, owner, REMOVE, is_anonymous=True)
    alias = submissions.find_kept(session, account_id=owner.id).alias  # type: ignore[union-attr]
    assert [p.id for p in merging.get_proposal(session, keep_id=KEEP, remove_id=REMOVE).kept] == [REMOVE]
    merge(session)
    kept = submissions.find_kept(session, account_id=owner.id)
    assert kept and (kept.entry_id, kept.alias, kept.is_anonymous) == (KEEP, alias, True)
    assert submissions.get_submission(session, submission_id=sent.id).entry_id == KEEP
    assert submissions.find_listing(session, entry_id=REMOVE) is None
    merging.save_unmerge(session, removed_id=REMOVE, actor="me")
    session.commit()
    kept = submissions.find_kept(session, account_id=owner.id)
    assert kept and kept.entry_id == REMOVE and submissions.find_listing(session, entry_id=KEEP) is None
    assert submissions.get_submission(session, submission_id=sent.id).entry_id == REMOVE


def test_the_one_that_stays_is_shown_in_its_own_way(session: Any, make_user: MakeUser) -> None:
    stays, goes = make_user("organisation"), make_user("organisation")
    _keep_it(session, stays, KEEP)
    _keep_it(session, goes, REMOVE, is_anonymous=True)
    merge(session)
    listing = submissions.find_listing(session, entry_id=KEEP)
    assert listing and not listing.is_anonymous
    assert set(submissions.list_keepers(session, entry_id=KEEP)) == {stays.id, goes.id}
    merging.save_unmerge(session, removed_id=REMOVE, actor="me")
    assert submissions.list_keepers(session, entry_id=KEEP) == (stays.id,)
    assert submissions.list_keepers(session, entry_id=REMOVE) == (goes.id,)


def _judge(session: Any, officer: Account, seeker_id: str, partner_id: str, reason: JudgementReason) -> uuid.UUID:
    seeker, partner = (submissions.get_entry_profile(session, entry_id=i) for i in (seeker_id, partner_id))
    verdict = judgements.Verdict(is_relevant=reason.is_for, reason=reason, note="A note.", is_hidden=not reason.is_for)
    made = judgements.save_judgement(
        session, officer, seeker=seeker, partner=partner, verdict=verdict, corpus_version=1, snapshot_id="x"
    )
    session.commit()
    return made


def _refused(session: Any, officer: Account, profile_id: str) -> set[str]:
    profiles = store.get_corpus(session).profiles
    return set(judgements.find_refused(session, officer, profile_id=profile_id, profiles=profiles))


@pytest.mark.parametrize("is_seeker", [True, False])
def test_a_refusal_follows_still_holds_and_comes_back(session: Any, make_user: MakeUser, *, is_seeker: bool) -> None:
    officer = make_user()
    _judge(session, officer, *((REMOVE, PARTNER) if is_seeker else (PARTNER, REMOVE)), JudgementReason.NO_FIT)
    assert _refused(session, officer, REMOVE) == {PARTNER}
    merge(session)
    assert _refused(session, officer, KEEP) == {PARTNER} and _refused(session, officer, PARTNER) == {KEEP}
    merging.save_unmerge(session, removed_id=REMOVE, actor="me")
    session.commit()
    assert _refused(session, officer, REMOVE) == {PARTNER} and _refused(session, officer, KEEP) == set()


@pytest.mark.parametrize("first", [KEEP, REMOVE])
def test_of_two_judgements_of_one_pair_the_newer_stays(session: Any, make_user: MakeUser, first: str) -> None:
    officer, second = make_user(), REMOVE if first == KEEP else KEEP
    _judge(session, officer, first, PARTNER, JudgementReason.NO_FIT)
    _judge(session, officer, PARTNER, second, JudgementReason.GOOD_COMPLEMENT)
    before = {(j.id, j.seeker_id, j.partner_id) for j in judgements.list_judgements(session, officer)}
    merge(session)
    (stays,) = judgements.list_judgements(session, officer)
    assert stays.verdict.reason is JudgementReason.GOOD_COMPLEMENT and stays.other(PARTNER) == KEEP
    assert [j.id for j in judgements.list_given(session)] == [stays.id]
    merging.save_unmerge(session, removed_id=REMOVE, actor="me")
    session.commit()
    assert {(j.id, j.seeker_id, j.partner_id) for j in judgements.list_judgements(session, officer)} == before


def test_what_was_judged_after_the_merge_stays_with_the_one_that_stayed(session: Any, make_user: MakeUser) -> None:
    officer = make_user()
    _judge(session, officer, REMOVE, PARTNER, JudgementReason.NO_FIT)
    merge(session)
    _judge(session, officer, KEEP, PARTNER, JudgementReason.GOOD_COMPLEMENT)
    merging.save_unmerge(session, removed_id=REMOVE, actor="me")
    (said,) = judgements.list_judgements(session, officer)
    assert (said.seeker_id, said.verdict.is_relevant) == (KEEP, True)


# --- the pages --------------------------------------------------------------------------------------------------------


def _page(client: FlaskClient, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    html5lib.HTMLParser(strict=True).parse(response.text)
    return response.text


def test_a_reviewer_sees_pairs_with_reasons_and_merges(app: Flask, reviewer: FlaskClient) -> None:
    page = _page(reviewer, "/en/duplicates")
    assert "the same name in another legal form" in page and "%" not in page.partition("<main")[2]
    page = _page(reviewer, f"/en/duplicates/{KEEP}/{REMOVE}")
    assert "1 statement comes over" in page and "2 statements are there already" in page
    mark = page.partition('name="mark" value="')[2].partition('"')[0]
    done = reviewer.post(f"/en/duplicates/{KEEP}/{REMOVE}", data={"mark": mark})
    assert done.status_code == 303
    # The board may still be the one of before: the pair is off the list all the same.
    page = _page(reviewer, "/en/duplicates")
    assert "Merged." in page and "No two entries look like one organisation" in page and "Undo" in page
    with app.app_context():
        board(app)
    moved = reviewer.get(f"/fr/organisations/{REMOVE}?x=1")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"/fr/organisations/{KEEP}?x=1")
    moved = reviewer.get(f"/ja/matches/{PARTNER}/{REMOVE}")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"/ja/matches/{PARTNER}/{KEEP}")
    assert "Kinova" in _page(reviewer, f"/en/compare?with={REMOVE}&with=tenstorrent")
    assert reviewer.post(f"/en/duplicates/{REMOVE}/undo").status_code == 303
    with app.app_context():
        board(app)
    assert "Look at the merge" in _page(reviewer, "/en/duplicates")


def test_not_the_same_is_remembered(reviewer: FlaskClient) -> None:
    assert reviewer.post(f"/en/duplicates/{REMOVE}/{KEEP}/decision").status_code == 303
    page = _page(reviewer, "/en/duplicates")
    assert "Look at the merge" not in page and "Found to be two" in page
    assert reviewer.post(f"/en/duplicates/{KEEP}/{REMOVE}/decision", data={"decision": "open"}).status_code == 303
    assert "Look at the merge" in _page(reviewer, "/en/duplicates")


def test_a_stale_merge_changes_nothing_and_shows_how_things_are(app: Flask, reviewer: FlaskClient) -> None:
    answer = reviewer.post(f"/en/duplicates/{KEEP}/{REMOVE}", data={"mark": "of long ago"})
    assert answer.status_code == 409 and "Nothing was merged" in answer.text
    with app.app_context():
        assert merging.list_redirects(db.session) == {}


def test_an_undo_that_comes_too_late_says_so(app: Flask, reviewer: FlaskClient, shipped: Corpus) -> None:
    with app.app_context():
        merge(db.session)
        store.save_corpus(db.session, Corpus([replace(shipped.get(KEEP), founded=1999)]), actor="somebody")
        db.session.commit()
    answer = reviewer.post(f"/en/duplicates/{REMOVE}/undo")
    assert answer.status_code == 409 and "cannot be undone any more" in answer.text


@pytest.mark.parametrize("address", [f"/en/duplicates/{KEEP}/nobody", f"/en/duplicates/{KEEP}/rapidus"])
def test_a_pair_that_is_none_is_not_found(reviewer: FlaskClient, address: str) -> None:
    _page(reviewer, address, 404)
    assert reviewer.post(address, data={"mark": ""}).status_code == 404
    assert reviewer.post(f"{address}/decision").status_code in {303, 404}


def test_officers_and_visitors_are_kept_out(client: FlaskClient, make_user: MakeUser, sign_in: SignIn) -> None:
    assert client.get("/en/duplicates").status_code == 303
    assert sign_in(client, make_user()).get("/en/duplicates").status_code == 403


def test_every_reason_has_its_words() -> None:
    assert set(DUPLICATE_REASONS) == set(Reason)


# --- the commands -----------------------------------------------------------------------------------------------------


def test_commands_find_merge_and_undo(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ARG001 - its database
    def run(*args: str) -> Any:
        assert cli.main([*args, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    (found,) = run("duplicates")
    assert (found["keep"], found["remove"]) == (KEEP, REMOVE)
    assert run("merge", "Kinova inc.", REMOVE, "--dry-run")["merged"] is False
    assert run("duplicates")
    assert run("merge", KEEP, "Kinova Assistive Arms")["merged"] is True
    assert run("duplicates") == []
    assert run("unmerge", REMOVE) == {"restored": REMOVE, "from": KEEP}
    assert run("duplicates") == [found]


@pytest.mark.parametrize(
    "args", [["merge", KEEP, "nobody"], ["merge", KEEP, "rapidus"], ["merge", KEEP, KEEP], ["unmerge", KEEP]]
)
def test_commands_refuse_in_one_line(app: Flask, capsys: pytest.CaptureFixture[str], args: list[str]) -> None:  # noqa: ARG001 - its database
    assert cli.main(args) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1
