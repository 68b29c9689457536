"""What officers say of pairs: whose lists it changes, how it comes back, and what the matcher learns from it."""

from __future__ import annotations

import csv
import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from matcher.combination import Combination
from matcher.corpus import Corpus
from matcher.evaluate import RELEVANT, Pair, Part, read_pairs
from matcher.learning import Learned
from matcher.match import Likeness
from matcher.profile import Cooperation, Profile
from web import alerts, cli, i18n, store, training
from web.config import Settings
from web.exports.verify import verify
from web.extensions import db
from web.forms.alerts import read_query
from web.matching import Board, Boards, current_board
from web.security import AccountRole
from web.store import accounts, combinations, desk, judgements
from web.store.accounts import Account
from web.store.desk import Refusal, Status
from web.store.judgements import Reason, Respect, UnknownJudgement, Verdict, digest_of
from web.store.snapshots import Snapshot

Run = Callable[..., tuple[int, str, str]]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
MakeUser = Callable[..., Account]

SEEKER = "kinova"
NO = {"relevant": "no", "reason": "no_fit"}
# Weights that put the pairs in no useful order, and call everything worth a talk.
BAD = Combination("bad", 0.0, dict.fromkeys(Likeness, 0.0) | {Likeness.KINSHIP: 1.0}, 0.1, 8.0)


@pytest.fixture
def partner(board: Board) -> str:
    """Whoever stands first on the seeker's list."""
    return board.partners(SEEKER, 1)[0].match.partner_id


@pytest.fixture
def officer(make_user: MakeUser) -> Account:
    return make_user()


@pytest.fixture
def desk_client(app: Flask, officer: Account, sign_in: SignIn) -> FlaskClient:
    return sign_in(app.test_client(), officer)


@pytest.fixture
def said(app: Flask, board: Board) -> Callable[..., uuid.UUID]:
    """Writes down what somebody says of a pair, without the form."""

    def say(account: Account, pair: tuple[str, str], **values: Any) -> uuid.UUID:
        verdict = replace(Verdict(is_relevant=False, reason=Reason.NO_FIT, is_hidden=True), **values)
        seeker, partner = (board.corpus.profiles[i] for i in pair)
        with app.app_context():
            kept = judgements.save_judgement(
                db.session, account, seeker=seeker, partner=partner, verdict=verdict, corpus_version=board.version,
                snapshot_id=board.corpus.snapshot_id,
            )  # fmt: skip
            db.session.commit()
        return kept

    return say


def parsed(answer: Any) -> str:
    html5lib.HTMLParser(strict=True).parse(answer.text)
    text: str = answer.text
    return text


def on_list(client: FlaskClient, seeker: str = SEEKER, query: str = "") -> list[str]:
    """The partners on the first page of a list, best first."""
    page = parsed(client.get(f"/en/organisations/{seeker}/matches{query}"))
    return re.findall(rf'href="/en/matches/{seeker}/([\w-]+)">Why', page)


# --- the form ---------------------------------------------------------------------------------------------------------


def test_a_yes_is_kept_at_once_and_can_be_changed(
    app: Flask, desk_client: FlaskClient, officer: Account, partner: str
) -> None:
    sent = {"seeker": SEEKER, "partner": partner, "relevant": "yes", "reason": "good_complement", "note": " Called. "}
    answer = desk_client.post("/en/judgements", data=sent | {"next": f"/en/matches/{SEEKER}/{partner}#judge"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/en/matches/{SEEKER}/{partner}#judge")
    shown = parsed(desk_client.get(f"/en/matches/{SEEKER}/{partner}"))
    assert "they complement each other well" in shown.partition('id="judge"')[2] and "Called." in shown
    # From the other side it is the same pair, and a second answer takes the place of the first.
    sent |= {"seeker": partner, "partner": SEEKER, "reason": "known_contact"}
    assert desk_client.post("/en/judgements", data=sent).status_code == 303
    with app.app_context():
        (found,) = judgements.list_judgements(db.session, officer)
        events = store.list_audit_events(db.session, str(found.id))
    assert (found.seeker_id, found.verdict.reason, found.verdict.is_hidden) == (partner, Reason.KNOWN_CONTACT, False)
    assert [action for _, action, _ in events] == ["judgement.save"] * 2
    assert events[1][2]["before"]["reason"] == "good_complement"
    assert all("Called" not in json.dumps(dict(detail)) for *_, detail in events)


def test_a_refusal_is_previewed_before_it_takes_effect(
    app: Flask, desk_client: FlaskClient, officer: Account, partner: str
) -> None:
    sent = {"seeker": SEEKER, "partner": partner, "note": "Too «far» & <far>"} | NO
    preview = desk_client.post("/en/judgements", data=sent)
    page = parsed(preview)
    assert preview.status_code == 200 and "where it stands at number 1." in page
    assert "It comes back by itself when this changes: what either of them needs or can offer." in page
    assert "Too «far» &amp; &lt;far&gt;" in page
    with app.app_context():
        assert judgements.list_judgements(db.session, officer) == ()
    assert on_list(desk_client)[0] == partner
    # Back to the form: nothing is lost, and still nothing kept.
    again = desk_client.post("/en/judgements", data=sent | {"reach": "me", "step": "edit"})
    assert again.status_code == 200 and "Too «far» &amp; &lt;far&gt;</textarea>" in parsed(again)
    with app.app_context():
        assert judgements.list_judgements(db.session, officer) == ()
    assert desk_client.post("/en/judgements", data=sent | {"reach": "me"}).status_code == 303
    assert partner not in on_list(desk_client)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"relevant": ""}, "Choose yes or no."),
        ({"reason": ""}, "Choose a reason."),
        ({"reason": "good_complement"}, "Choose a reason that goes with your answer."),
        ({"note": "x" * 2001}, "Too long: at most 2000 characters."),
        ({"reach": str(uuid.UUID(int=7))}, "Choose one of these."),
    ],
)
def test_bad_input_is_named_and_loses_nothing(
    desk_client: FlaskClient, partner: str, changes: dict[str, str], message: str
) -> None:
    sent = {"seeker": SEEKER, "partner": partner} | NO | {"note": "Kept words"} | changes
    answer = desk_client.post("/en/judgements", data=sent)
    assert answer.status_code == 422 and message in parsed(answer)
    assert sent["note"] in answer.text and "Nothing was saved yet." in answer.text


def test_pairs_that_cannot_be_judged(desk_client: FlaskClient, partner: str) -> None:
    assert desk_client.post("/en/judgements", data={"seeker": "nobody", "partner": partner} | NO).status_code == 404
    same = desk_client.post("/en/judgements", data={"seeker": SEEKER, "partner": SEEKER} | NO)
    assert same.status_code in {400, 404}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sent=st.fixed_dictionaries(
        {},
        optional={
            "seeker": st.sampled_from([SEEKER, "rapidus", "", "x\x00"]) | st.text(max_size=20),
            "partner": st.sampled_from(["cyberdyne", "tenstorrent", ""]) | st.text(max_size=20),
            "relevant": st.sampled_from(["yes", "no", "maybe"]) | st.text(max_size=5),
            "reason": st.sampled_from([*map(str, Reason), ""]) | st.text(max_size=10),
            "reach": st.sampled_from(["me", "nobody", str(uuid.UUID(int=3))]) | st.text(max_size=10),
            "note": st.text(max_size=50),
            "next": st.sampled_from(["/en/desk", "//evil.example", "https://evil.example", "\\evil"]),
            "step": st.sampled_from(["edit", "x"]),
        },
    )
)
def test_the_form_takes_anything(app: Flask, desk_client: FlaskClient, officer: Account, sent: dict[str, str]) -> None:
    answer = desk_client.post("/en/judgements", data=sent)
    assert answer.status_code in {200, 303, 400, 404, 422}
    with app.app_context():
        kept = judgements.list_judgements(db.session, officer)
        for judgement in kept:
            assert judgement.verdict.reason.is_for is judgement.verdict.is_relevant
            assert not (judgement.verdict.is_relevant and judgement.verdict.is_hidden)
            judgements.delete_judgement(db.session, officer, judgement_id=judgement.id)
        db.session.commit()
    assert bool(kept) is (answer.status_code == 303)
    assert "evil" not in answer.headers.get("Location", "")


# --- whose lists ------------------------------------------------------------------------------------------------------


def test_only_the_lists_of_who_refused_change(
    app: Flask, client: FlaskClient, desk_client: FlaskClient, officer: Account, partner: str,
    make_user: MakeUser, sign_in: SignIn, said: Callable[..., uuid.UUID],
) -> None:  # fmt: skip
    before = on_list(client)
    assert before[0] == partner
    said(officer, (SEEKER, partner), reason=Reason.HAS_PARTNER)
    assert on_list(desk_client) == [*before[1:], *on_list(desk_client)[len(before) - 1 :]]
    assert SEEKER not in on_list(desk_client, partner)
    stranger = sign_in(app.test_client(), make_user())
    assert on_list(client) == on_list(stranger) == before
    page = parsed(desk_client.get(f"/en/organisations/{SEEKER}/matches"))
    assert "1 partner hidden because it was refused" in page and "already has a partner" in page
    assert on_list(desk_client, query="?hidden=show") == before
    assert "hidden otherwise" in desk_client.get(f"/en/organisations/{SEEKER}/matches?hidden=show").text
    best = parsed(desk_client.get(f"/en/organisations/{SEEKER}")).partition('id="best"')[2]
    assert f"/en/matches/{SEEKER}/{partner}" in best.partition("<ol")[0]
    assert f"/en/matches/{SEEKER}/{partner}" not in best.partition("<ol")[2].partition("</ol>")[0]


def _exported(client: FlaskClient, query: str = "") -> dict[str, Any]:
    content: dict[str, Any] = client.get(f"/en/organisations/{SEEKER}/matches/export?format=json{query}").get_json()
    return content


def test_files_leave_out_what_the_page_does_say_so_and_can_be_verified(
    client: FlaskClient, desk_client: FlaskClient, officer: Account, partner: str, board: Board,
    said: Callable[..., uuid.UUID],
) -> None:  # fmt: skip
    said(officer, (partner, SEEKER))
    mine, everybodys = _exported(desk_client), _exported(client)
    assert partner not in {e["partner"]["id"] for e in mine["entries"]} and mine["origin"]["without"] == [partner]
    assert everybodys["entries"][0]["partner"]["id"] == partner and "without" not in everybodys["origin"]
    assert verify(board, mine).is_identical and verify(board, everybodys).is_identical
    shown = _exported(desk_client, "&hidden=show")
    assert shown["verification_id"] == everybodys["verification_id"] != mine["verification_id"]
    assert "Files leave out the partners" in desk_client.get(f"/en/organisations/{SEEKER}/matches").text
    book = desk_client.get(f"/en/organisations/{SEEKER}/matches/export?format=xlsx")
    cells = [str(cell) for sheet in load_workbook(BytesIO(book.data)) for row in sheet.values for cell in row]
    assert "1 partner that was refused" in cells


def test_mail_feed_and_the_page_of_a_search_leave_it_out_too(
    app: Flask, client: FlaskClient, desk_client: FlaskClient, officer: Account, partner: str, board: Board,
    said: Callable[..., uuid.UUID], keep_search: Callable[..., Any], make_user: MakeUser,
) -> None:  # fmt: skip
    mine, others = keep_search(officer, query=""), keep_search(make_user(), query="")
    judgement_id = said(officer, (SEEKER, partner))
    with app.test_request_context():
        digests = alerts.list_digests(db.session, board, at=datetime(2030, 1, 2, tzinfo=UTC), read=read_query)
        news = {d.sections[0].search.id: {r.profile.id for r in d.sections[0].news} for d in digests}
    assert partner not in news[mine.id] and partner in news[others.id]
    address = f"/{SEEKER}/{partner}"
    assert address not in client.get(f"/en/feeds/{mine.feed_key}.atom").text
    page = parsed(desk_client.get(f"/en/searches/{mine.id}"))
    assert address in page.partition("<ol")[0] and address not in page.partition("<ol")[2]
    with app.app_context():
        judgements.save_shown(db.session, officer, judgement_id=judgement_id)
        db.session.commit()
    assert address in client.get(f"/en/feeds/{mine.feed_key}.atom").text


def test_a_team_shares_what_stays_away_as_long_as_both_are_in_it(
    app: Flask, partner: str, make_user: MakeUser, make_team: Callable[..., uuid.UUID], sign_in: SignIn,
    said: Callable[..., uuid.UUID],
) -> None:  # fmt: skip
    judge = make_user(name="Judge")
    team = make_team("Robots", manager=judge)
    member, other = make_user(team=team, right="view"), make_user()
    mine = sign_in(app.test_client(), judge)
    sent = {"seeker": SEEKER, "partner": partner} | NO
    assert "keep it out of the lists of all in Robots" in mine.post("/en/judgements", data=sent).text
    assert mine.post("/en/judgements", data=sent | {"reach": str(team)}).status_code == 303
    theirs = sign_in(app.test_client(), member)
    page = theirs.get(f"/en/organisations/{SEEKER}/matches").text
    assert partner not in on_list(theirs) and "said by Judge in Robots" in page and "Stop hiding" not in page
    assert partner in on_list(sign_in(app.test_client(), other))
    # Who may only look cannot keep anything away from the others; nor can a stranger.
    for account in (member, other):
        with pytest.raises(UnknownJudgement):
            said(account, (SEEKER, partner), team_id=team)
    assert mine.post(f"/en/teams/{team}/members/{member.id}/remove").status_code == 303
    assert partner in on_list(theirs) and partner not in on_list(mine)


def test_refusals_of_who_has_left_hide_nothing_and_say_nothing(
    app: Flask, officer: Account, partner: str, said: Callable[..., uuid.UUID]
) -> None:
    kept = said(officer, (SEEKER, partner), note="A private word")
    with app.app_context():
        accounts.delete_account(db.session, officer.id)
        db.session.commit()
        (found,) = [j for j in judgements.list_given(db.session) if j.id == kept]
    assert (found.verdict.note, found.verdict.is_hidden, found.verdict.is_relevant) == ("", False, False)


def test_what_is_undone_comes_back(
    app: Flask, desk_client: FlaskClient, officer: Account, partner: str, said: Callable[..., uuid.UUID]
) -> None:
    kept = said(officer, (SEEKER, partner), note="Kept")
    index = parsed(desk_client.get("/en/judgements"))
    assert "does not fit their plans" in index and "out of your lists" in index and "Kept" in index
    gone = desk_client.post(f"/en/judgements/{kept}/withdraw")
    assert partner in on_list(desk_client)
    undo = parsed(desk_client.get(gone.headers["Location"]))
    assert "The answer is withdrawn." in undo and "You have judged no pair yet." in undo
    assert desk_client.post(f"/en/judgements/{kept}/restore").status_code == 303
    assert partner not in on_list(desk_client)
    # Shown again, the judgement itself stands.
    back = desk_client.post(f"/en/judgements/{kept}/show", data={"next": f"/en/organisations/{SEEKER}/matches"})
    assert back.headers["Location"] == f"/en/organisations/{SEEKER}/matches"
    assert partner in on_list(desk_client) and "still on the lists" in desk_client.get("/en/judgements").text
    with app.app_context():
        actions = [action for _, action, _ in store.list_audit_events(db.session, str(kept))]
    assert actions == ["judgement.save", "judgement.withdraw", "judgement.restore", "judgement.show"]


def test_nobody_sees_or_changes_the_judgements_of_others(
    app: Flask, officer: Account, partner: str, make_user: MakeUser, sign_in: SignIn, said: Callable[..., uuid.UUID]
) -> None:
    kept = said(officer, (SEEKER, partner), note="A private word")
    for stranger in (make_user(), make_user(role="administrator")):
        client = sign_in(app.test_client(), stranger)
        assert client.get(f"/en/judgements/{kept}").status_code == 404
        for what in ("show", "withdraw", "restore"):
            answer = client.post(f"/en/judgements/{kept}/{what}")
            assert answer.status_code == 404 and "A private word" not in parsed(answer)
        assert "A private word" not in client.get(f"/en/matches/{SEEKER}/{partner}").text
    with app.app_context():
        assert judgements.get_judgement(db.session, officer, judgement_id=kept).verdict.is_hidden


@pytest.mark.parametrize("role", [None, "organisation", "reviewer"])
def test_only_officers_are_asked(
    app: Flask, make_user: MakeUser, sign_in: SignIn, partner: str, role: str | None
) -> None:
    client = app.test_client()
    if role:
        sign_in(client, make_user(role=role))
    assert 'id="judge"' not in parsed(client.get(f"/en/matches/{SEEKER}/{partner}"))
    answer = client.post("/en/judgements", data={"seeker": SEEKER, "partner": partner} | NO)
    assert answer.status_code == (403 if role else 303) and "judgements" not in answer.headers.get("Location", "")


# --- until it changes -------------------------------------------------------------------------------------------------


def _changed(profile: Profile, role: str, **changes: Any) -> Profile:
    first = next(s for s in profile.statements if s.role.value == role)
    return replace(profile, statements=tuple(replace(s, **changes) if s is first else s for s in profile.statements))


def _in_another_order(profile: Profile) -> Profile:
    return replace(profile, statements=profile.statements[::-1])


_SAME = {
    "another order": _in_another_order,
    "another source": lambda p: _changed(p, "need", source="https://example.com/new"),
    "another website": lambda p: replace(p, website="https://example.com/new"),
}
_OTHER = {
    "need": (lambda p: _changed(p, "need", text="Something else."), {Respect.ALL, Respect.NEEDS}),
    "offer": (
        lambda p: _changed(p, "capability", text="Something else."),
        {Respect.ALL, Respect.OFFERS, Respect.READINESS},
    ),
    "readiness": (lambda p: _changed(p, "capability", trl=1), {Respect.READINESS}),
    "cooperation": (lambda p: _changed(p, "need", cooperation=(Cooperation.TALENT,)), {Respect.COOPERATION}),
}


@pytest.fixture
def stated() -> Profile:
    return Corpus.shipped().profiles[SEEKER]


@pytest.mark.parametrize("respect", Respect)
@pytest.mark.parametrize("change", _SAME)
def test_what_says_the_same_leaves_the_digest(stated: Profile, respect: Respect, change: str) -> None:
    assert digest_of(_SAME[change](stated), respect) == digest_of(stated, respect)


@pytest.mark.parametrize("change", _OTHER)
def test_a_change_counts_in_its_own_respects_only(stated: Profile, change: str) -> None:
    # Whatever it was before, it differs.
    plain = _changed(_changed(stated, "capability", trl=9), "need", cooperation=(Cooperation.POLICY,))
    change_it, counts = _OTHER[change]
    changed = change_it(plain)
    assert {r for r in Respect if digest_of(changed, r) != digest_of(plain, r)} == counts


def test_every_reason_has_words_in_every_place() -> None:
    assert list(i18n.JUDGEMENT_REASONS) == list(Reason) and set(i18n.RESPECTS) == set(Respect)
    assert {r.value for r in Reason if not r.is_for} == {r.value for r in Refusal}


def _load(profile: Profile) -> None:
    """Saves a profile as an import would, and fits the board again at once."""
    store.save_corpus(db.session, Corpus([profile]), actor="test")
    db.session.commit()


@pytest.fixture
def small(own_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    """An application of its own on a few judged organisations, which fits in no time."""
    from sqlalchemy import delete

    from web.models import Entry, Revision

    own = own_app()
    own.extensions["kakehashi.boards"] = Boards(Settings(instance_folder=tmp_path))
    kept = _judged_few()
    with own.app_context():
        db.session.execute(delete(Revision).where(Revision.entry_id.not_in(kept)))
        db.session.execute(delete(Entry).where(Entry.id.not_in(kept)))
        db.session.commit()
    return own


def _person(own: Flask, role: str = "officer") -> Account:
    with own.app_context():
        account = accounts.save_new_account(
            db.session, email=f"{uuid.uuid4().hex}@example.com", name="Somebody", role=AccountRole(role), lang="en",
            password_hash=None, is_verified=True,
        )  # fmt: skip
        db.session.commit()
    return account


def _judged_few() -> set[str]:
    """The organisations of some pairs of each half, worth a talk and not."""
    found = set()
    for part in Part:
        for is_worth in (True, False):
            pairs = [p for p in read_pairs(part) if (p.relevance >= RELEVANT) is is_worth][:8]
            found |= {i for p in pairs for i in (p.japan_id, p.canada_id)}
    return found


def test_a_refused_pair_comes_back_when_the_profile_changes_in_that_respect(small: Flask, sign_in: SignIn) -> None:
    boards: Boards = small.extensions["kakehashi.boards"]

    def refit() -> Board:
        boards._board = None
        return current_board()

    with small.app_context():
        board = refit()
        seeker = next(
            p for p in board.corpus.profiles.values() if p.needs and p.capabilities and board.partners(p.id, 1)
        )
        partner = board.partners(seeker.id, 1)[0].match.partner_id
    client = sign_in(small.test_client(), _person(small))
    sent = {"seeker": seeker.id, "partner": partner, "relevant": "no", "reason": "has_partner", "reach": "me"}
    assert client.post("/en/judgements", data=sent).status_code == 303
    assert partner not in on_list(client, seeker.id)
    with small.app_context():
        # Not about what either needs: it stays away.
        _load(_changed(seeker, "capability", text="Makes something that nobody has heard of."))
        refit()
    assert partner not in on_list(client, seeker.id)
    assert "until this changes: what either of them needs" in client.get("/en/judgements").text
    with small.app_context():
        _load(_changed(seeker, "need", text=f"{seeker.needs[0].text} And a second partner for it."))
        refit()
    assert partner in on_list(client, seeker.id)
    shown = parsed(client.get("/en/judgements"))
    assert "on the lists again, because this has changed: what either of them needs" in shown


# --- shortlists -------------------------------------------------------------------------------------------------------


@pytest.fixture
def item(app: Flask, board: Board, officer: Account, partner: str) -> uuid.UUID:
    why = board.pair(SEEKER, partner)
    with app.app_context():
        made = desk.save_shortlist(db.session, officer, title="Robots")
        added = desk.save_new_item(
            db.session, officer, shortlist_id=made,
            snapshot=Snapshot.of(why, *board.parties(why), why.match.relation), corpus_id="x", matcher_version="1",
        )  # fmt: skip
        db.session.commit()
    return added.item_id


def test_a_declined_match_counts_only_when_its_officer_says_so(
    app: Flask, desk_client: FlaskClient, officer: Account, partner: str, item: uuid.UUID
) -> None:
    sent = {"version": "1", "status": "declined", "refusal": "ip_terms"}
    assert desk_client.post(f"/en/shortlists/items/{item}", data=sent).status_code == 303
    with app.app_context():
        assert judgements.list_judgements(db.session, officer) == ()
    page = parsed(desk_client.get(f"/en/shortlists/items/{item}"))
    form = page.partition('id="judge"')[2].partition("</form>")[0]
    assert 'value="no" checked' in form and re.search(r'<option selected value="ip_terms"', form)
    assert (
        desk_client.post(f"/en/shortlists/items/{item}", data=sent | {"version": "2", "counts": "y"}).status_code == 303
    )
    with app.app_context():
        (found,) = judgements.list_judgements(db.session, officer)
    assert found.verdict == Verdict(is_relevant=False, reason=Reason.IP_TERMS)
    assert partner in on_list(desk_client)
    page = parsed(desk_client.get(f"/en/shortlists/items/{item}"))
    assert "not relevant</strong>, terms for intellectual property" in page
    # The tick on a match that is not declined counts for nothing.
    sent = {"version": "2", "status": Status.IN_TALKS.value, "counts": "y"}
    with app.app_context():
        judgements.delete_judgement(db.session, officer, judgement_id=found.id)
        db.session.commit()
    assert desk_client.post(f"/en/shortlists/items/{item}", data=sent).status_code == 303
    with app.app_context():
        assert judgements.list_judgements(db.session, officer) == ()


# --- learning ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(small: Flask, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs ``kakehashi`` on the few organisations."""
    assert small.testing is False

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def _use(app: Flask, combination: Combination) -> None:
    with app.app_context():
        kept = combination.to_dict()
        combinations.save_combination(db.session, document=kept, learned_from={}, measures={}, actor="test")
        combinations.save_active(db.session, version=combination.version, actor="test")
        db.session.commit()


def _active(app: Flask) -> str:
    with app.app_context():
        return combinations.get_active(db.session).version


def _listed(run: Run) -> Iterator[tuple[str, bool]]:
    code, out, _ = run("models", "list", "--json")
    assert code == 0
    for record in json.loads(out):
        yield record["version"], record["is_active"]


def test_better_weights_are_put_in_use_and_can_be_taken_back(small: Flask, run: Run) -> None:
    shipped = Combination.shipped().version
    _use(small, BAD)
    code, out, _ = run("train", "--dry-run")
    assert code == 0 and "would be put in use" in out and _active(small) == "bad"
    code, out, _ = run("train", "--json")
    told = json.loads(out)
    loss = told["measures"]["log loss"]
    assert code == 0 and told["activated"] and loss["candidate"]["value"] < loss["current"]["value"]
    assert loss["candidate"]["low"] <= loss["candidate"]["value"] <= loss["candidate"]["high"]
    version = told["candidate"]["version"]
    assert list(_listed(run)) == [(version, True), ("bad", False), (shipped, False)]
    with small.app_context():
        before = store.find_corpus_version(db.session)
        board = small.extensions["kakehashi.boards"].fit()
        assert board.matcher.combination_.version == version and board.matcher_version.endswith(f"+{version}")
        assert [d["before"] for *_, d in store.list_audit_events(db.session, version) if "before" in d] == ["bad"]
    assert run("models", "rollback")[0] == 0 and _active(small) == "bad"
    with small.app_context():
        assert store.find_corpus_version(db.session) == before + 1
    assert run("models", "rollback")[1] == f"{shipped} is in use again\n" and _active(small) == shipped
    code, _, err = run("models", "rollback")
    assert code == 1 and "nothing to go back to" in err
    assert run("models", "activate", version)[0] == 0 and _active(small) == version
    code, _, err = run("models", "activate", "trained-99")
    assert code == 1 and "kakehashi models list" in err and _active(small) == version


def test_worse_weights_stay_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def learn(_matcher: object, judged: list[Pair], version: str) -> Learned:
        return Learned(replace(BAD, version=version), len(judged), 1, 1.0, 0.5)

    monkeypatch.setattr(training, "learn", learn)
    before = list(_listed(run))
    code, out, err = run("train")
    assert code == 1 and "worse than" in err and "log loss" in out and "nDCG@10" in out
    assert list(_listed(run)) == before
    # Nor are the very weights in use put in use once more.
    current = Combination.shipped()
    monkeypatch.setattr(
        training, "learn", lambda _m, judged, version: Learned(replace(current, version=version), len(judged), 1, 0, 0)
    )
    code, out, _ = run("train")
    assert code == 0 and "nothing to change" in out and list(_listed(run)) == before


def test_weights_that_cannot_be_read_leave_the_shipped_ones(small: Flask, caplog: pytest.LogCaptureFixture) -> None:
    _use(small, BAD)
    with small.app_context():
        from sqlalchemy import update

        from web.models import Combination as Row

        db.session.execute(update(Row).values(document={"version": "bad", "weights": {}}))
        db.session.commit()
        board = small.extensions["kakehashi.boards"].fit()
    assert board.matcher.combination_ == Combination.shipped()
    assert "cannot be read" in caplog.text


def test_judgements_are_written_as_the_shipped_ones(small: Flask, run: Run, tmp_path: Path) -> None:
    people = [_person(small) for _ in range(2)]
    with small.app_context():
        profiles = store.get_corpus(db.session).profiles
        japan, canada = ([p for p in profiles.values() if p.country.value == code] for code in ("JP", "CA"))
        verdicts = [
            Verdict(is_relevant=True, reason=Reason.GOOD_COMPLEMENT, note="a private word"),
            Verdict(is_relevant=False, reason=Reason.NO_FIT),
            Verdict(is_relevant=False, reason=Reason.HAS_PARTNER),
        ]
        for number, user in enumerate(people):
            for there, verdict in zip(canada, verdicts, strict=False):
                # Half of the pairs are looked at from the other side.
                both = {"seeker": there, "partner": japan[0]} if number else {"seeker": japan[0], "partner": there}
                judgements.save_judgement(db.session, user, **both, verdict=verdict, corpus_version=1, snapshot_id="x")
        db.session.commit()
        given_all = judgements.list_given(db.session)
    code, out, _ = run("judgements", "export", str(tmp_path / "out.csv"))
    assert code == 0 and out.startswith("6 judgements")
    text = (tmp_path / "out.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert list(rows[0]) == ["japan_id", "canada_id", "relevance", "judge", "reason"]
    grades = {"good_complement": 2, "no_fit": 0, "has_partner": 1}
    for there, verdict in zip(canada, verdicts, strict=False):
        found = [r for r in rows if (r["japan_id"], r["canada_id"]) == (japan[0].id, there.id)]
        assert [r["judge"] for r in found] == ["officer 1", "officer 2"]
        assert {(int(r["relevance"]), r["reason"]) for r in found} == {(grades[verdict.reason], verdict.reason.value)}
    assert not re.search(r"private|Name|example\.com", text)
    # The same judgements are learned from: what says nothing of the fit is left out, the mean of all judges counts.
    learned_from = {(p.japan_id, p.canada_id): p.relevance for p in training.judged_pairs(given_all, profiles)}
    shipped = {(p.japan_id, p.canada_id): p.relevance for p in read_pairs()}
    for there, verdict in zip(canada, verdicts, strict=False):
        pair = japan[0].id, there.id
        if not verdict.reason.is_about_fit:
            assert learned_from.get(pair) == shipped.get(pair)
        elif pair not in shipped:
            assert learned_from[pair] == grades[verdict.reason]
    code, _, err = run("judgements", "export", str(tmp_path / "out.xlsx"))
    assert code == 1 and ".csv" in err


def test_the_halves_are_those_of_the_data_and_never_change() -> None:
    from matcher.evaluate import read_parts

    parts = training.parts_of([*read_parts(), "maple-robotics", "oak-robotics", "elm-robotics", "fir-robotics"])
    assert {i: part for i, part in parts.items() if i in read_parts()} == dict(read_parts())
    drawn = {i: parts[i] for i in ("maple-robotics", "oak-robotics", "elm-robotics", "fir-robotics")}
    assert drawn == training.parts_of(drawn) and set(drawn.values()) == set(Part)


# --- the page of the weights ------------------------------------------------------------------------------------------


@pytest.fixture
def admin(small: Flask, sign_in: SignIn) -> FlaskClient:
    return sign_in(small.test_client(), _person(small, "administrator"))


def test_administrators_put_weights_in_use_and_go_back(small: Flask, run: Run, admin: FlaskClient) -> None:
    shipped = Combination.shipped().version
    page = parsed(admin.get("/en/models"))
    assert shipped in page and "shipped with this release" in page and "Go back" not in page
    _use(small, BAD)
    assert run("train")[0] == 0
    page = parsed(admin.get("/en/models"))
    assert "in use then: bad" in page and "log loss" in page and "Go back to what was in use before" in page
    assert admin.post("/en/models/rollback").status_code == 303 and _active(small) == "bad"
    assert admin.post("/en/models/activate", data={"version": shipped}).status_code == 303
    assert _active(small) == shipped
    assert admin.post("/en/models/activate", data={"version": "nothing"}).status_code == 404
    assert admin.post("/en/models/rollback", follow_redirects=True).status_code == 200 and _active(small) == shipped
