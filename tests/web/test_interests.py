"""Expressions of interest from both sides, and what neither learns before both have accepted."""

from __future__ import annotations

import io
import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextvars import Context
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from werkzeug.test import TestResponse

from matcher.document import profile_document
from matcher.match import Relation
from web import cli
from web.config import Settings
from web.extensions import db
from web.forms.interests import MOST_TEXT
from web.i18n import INTEREST_ENDS, INTEREST_STATUSES
from web.interests import mute_token, remind
from web.matching import Boards
from web.store import accounts, interests, letters, submissions
from web.store.accounts import Account
from web.store.audit import list_audit_events
from web.store.endings import End
from web.store.interests import MOST_A_DAY, NotNow, Place, Seen, Status, check_code
from web.store.submissions import Contact, Shown

CANADIAN, JAPANESE = "kinova", "cyberdyne"
SENDER, RECEIVER = Contact("Line Gagnon", "line@sender.example"), Contact("Ken Mori", "ken@receiver.example")
REASON = "We make assistive arms and would like to test them in care homes in Japan."
SECRETS = re.compile(r"line@sender|ken@receiver|Gagnon|Mori\b", re.IGNORECASE)
NEW = f"/en/interests/new/{CANADIAN}/{JAPANESE}"

MakeUser = Callable[..., Account]
Enter = Callable[[Account], FlaskClient]


@pytest.fixture
def app(own_app: Callable[..., Flask]) -> Flask:
    return own_app()


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def keep(make_user: MakeUser) -> Callable[..., Account]:
    """Somebody who keeps an organisation; what is fitted stays as it is, since the profile does."""

    def make(entry_id: str, contact: Contact, *, is_anonymous: bool = False, lang: str = "en") -> Account:
        owner, session = make_user("organisation", lang=lang), db.session
        profile = submissions.get_entry_profile(session, entry_id=entry_id)
        begun = submissions.save_new_submission(
            session, owner_id=owner.id, document=profile_document(profile), entry_id=entry_id
        )
        draft = submissions.save_draft(
            session, owner_id=owner.id, version=begun.version, document=profile_document(profile),
            is_anonymous=is_anonymous, contact=contact, evidence="I answer for partnerships there.",
        )  # fmt: skip
        sent = submissions.save_submitted(session, owner_id=owner.id, version=draft.version)
        submissions.save_published(
            session, submission_id=sent.id, version=sent.version, actor="reviewer", profile=profile,
            day=datetime.now(UTC).date(),
        )  # fmt: skip
        session.commit()
        return owner

    return make


@pytest.fixture
def sender(keep: Callable[..., Account]) -> Account:
    return keep(CANADIAN, SENDER)


@pytest.fixture
def receiver(keep: Callable[..., Account]) -> Account:
    return keep(JAPANESE, RECEIVER)


@pytest.fixture
def enter(app: Flask, sign_in: Callable[..., FlaskClient]) -> Enter:
    app.test_client_class = _Client
    return lambda user: sign_in(app.test_client(), user)


class _Client(FlaskClient):
    """Each request has a context of its own, as on a server: tests here look into the database in theirs."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        db.session.rollback()
        return Context().run(super().open, *args, **kwargs)


def _express(client: FlaskClient, address: str = NEW, **changes: str) -> TestResponse:
    return client.post(address, data={"relation": "co_development", "reason": REASON} | changes)


def _id(response: TestResponse) -> uuid.UUID:
    assert response.status_code == 303, response.text
    return uuid.UUID(response.location.rpartition("/")[2])


def _version(interest_id: uuid.UUID) -> int:
    db.session.rollback()
    row = next(one for one in _all() if one.interest.id == interest_id)
    return row.interest.version


def _all() -> list[Seen]:
    found: dict[uuid.UUID, Seen] = {}
    for account in accounts.list_accounts(db.session):
        found |= {seen.interest.id: seen for seen in interests.list_own(db.session, account_id=account.id)}
    return list(found.values())


def _say(client: FlaskClient, interest_id: uuid.UUID, what: str, **data: str) -> TestResponse:
    sent = {"version": str(_version(interest_id))} | data
    return client.post(f"/en/interests/{interest_id}/{what}", data=sent)


def _status(interest_id: uuid.UUID) -> Status:
    db.session.rollback()
    return next(one.interest.status for one in _all() if one.interest.id == interest_id)


def _mails(to: Account) -> list[str]:
    db.session.rollback()
    waiting = letters.list_letters(db.session)
    return [f"{m.subject}\n{m.body}" for m in waiting if m.recipient == to.email]


# --- the usual way ----------------------------------------------------------------------------------------------------


def test_an_interest_is_answered_and_both_learn_whom_to_write_to(
    sender: Account, receiver: Account, enter: Enter
) -> None:
    one, other = enter(sender), enter(receiver)
    assert "Express interest" in one.get(f"/en/matches/{CANADIAN}/{JAPANESE}").text
    interest_id = _id(_express(one))
    assert "would like to work with" in _mails(receiver)[0] and not _mails(sender)
    before = [
        client.get(path).text for client in (one, other) for path in ("/en/interests", f"/en/interests/{interest_id}")
    ]
    assert not SECRETS.search("".join([*before, *_mails(receiver)]))
    assert "is interested in you" in before[2] and REASON in before[3]
    assert _say(other, interest_id, "accept").status_code == 303
    for client, person in ((one, sender), (other, receiver)):
        page = client.get(f"/en/interests/{interest_id}").text
        assert SENDER.email in page and RECEIVER.email in page
        assert (RECEIVER.email if person is sender else SENDER.email) in _mails(person)[-1]
    done = [action for _, action, detail in list_audit_events(db.session, str(interest_id))]
    assert done == ["interest.express", "interest.reveal", "interest.accept"]
    told = json.dumps([d for _, _, d in list_audit_events(db.session, str(interest_id))])
    assert not SECRETS.search(told)


def test_declining_gives_a_reason_and_can_be_undone_for_an_hour(
    sender: Account, receiver: Account, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = enter(sender), enter(receiver)
    interest_id = _id(_express(one))
    missing = _say(other, interest_id, "decline", note="Perhaps later.")
    assert missing.status_code == 422 and "Choose a reason." in missing.text and "Perhaps later." in missing.text
    assert _say(other, interest_id, "decline", refusal="too_early", note="Perhaps later.").status_code == 303
    page = one.get(f"/en/interests/{interest_id}").text
    assert "at too early a stage" in page and "Perhaps later." in page and not SECRETS.search(page)
    assert _say(one, interest_id, "undo").status_code == 409
    assert _say(other, interest_id, "undo").status_code == 303 and _status(interest_id) is Status.SENT
    assert "is open again" in _mails(sender)[-1]
    assert _say(other, interest_id, "decline", refusal="no_fit").status_code == 303
    later = datetime.now(UTC) + timedelta(hours=2)
    monkeypatch.setattr("web.store.interests.now", lambda: later)
    assert _say(other, interest_id, "undo").status_code == 409 and _status(interest_id) is Status.DECLINED


def test_questions_go_back_and_forth_and_wait_for_whoever_has_to_answer(
    sender: Account, receiver: Account, enter: Enter
) -> None:
    one, other = enter(sender), enter(receiver)
    interest_id = _id(_express(one))
    assert _say(other, interest_id, "messages", text="Which <b>standards</b> do your arms meet?").status_code == 303
    page = one.get(f"/en/interests/{interest_id}").text
    assert "Which &lt;b&gt;standards&lt;/b&gt; do your arms meet?" in page
    assert "Waiting for you" in one.get("/en/interests").text
    assert _say(one, interest_id, "messages", text="ISO 13482, since spring.").status_code == 303
    assert "Waiting for you" in other.get("/en/interests").text
    refused = _say(one, interest_id, "messages", text="Write to me at line@sender.example, please.")
    assert refused.status_code == 422 and "Leave out addresses" in refused.text
    assert "line@sender.example" in refused.text
    for _ in range(interests.MOST_MESSAGES - 2):
        assert _say(one, interest_id, "messages", text="And one more thing about it.").status_code == 303
    full = _say(one, interest_id, "messages", text="The last straw.")
    assert full.status_code == 409 and "The last straw." in full.text


def test_withdrawing_ends_it_until_it_is_undone(sender: Account, receiver: Account, enter: Enter) -> None:
    one, other = enter(sender), enter(receiver)
    interest_id = _id(_express(one))
    assert _say(other, interest_id, "withdraw").status_code == 409
    assert _say(one, interest_id, "withdraw").status_code == 303
    assert "withdrawn" in _mails(receiver)[-1]
    stale = _say(other, interest_id, "accept")
    assert stale.status_code == 409 and "Somebody was faster" in stale.text
    assert _say(one, interest_id, "undo").status_code == 303 and _status(interest_id) is Status.SENT


def test_one_at_a_time_in_each_direction_and_both_directions_are_settled_together(
    sender: Account, receiver: Account, enter: Enter
) -> None:
    one, other = enter(sender), enter(receiver)
    first = _id(_express(one))
    again = _express(one, reason=REASON + " Once more.")
    assert again.status_code == 409 and "Once more." in again.text
    second = _id(_express(other, f"/en/interests/new/{JAPANESE}/{CANADIAN}"))
    for person in (sender, receiver):
        assert "are interested in each other" in _mails(person)[-1]
    assert "Both sides have expressed" in one.get(f"/en/interests/{second}").text
    assert _say(one, second, "accept").status_code == 303
    assert _status(first) is _status(second) is Status.ACCEPTED
    assert SENDER.email in other.get(f"/en/interests/{first}").text


def test_whoever_keeps_the_second_is_sent_the_other_way_round(receiver: Account, enter: Enter) -> None:
    turned = enter(receiver).get(NEW)
    assert turned.status_code == 302 and turned.location.endswith(f"/interests/new/{JAPANESE}/{CANADIAN}")


# --- officers ---------------------------------------------------------------------------------------------------------


def test_what_an_officer_writes_waits_for_those_who_keep_the_organisation(
    sender: Account, receiver: Account, make_user: MakeUser, enter: Enter
) -> None:
    officer = make_user("officer")
    desk, one, other = enter(officer), enter(sender), enter(receiver)
    assert "are asked first" in desk.get(NEW).text
    interest_id = _id(_express(desk))
    assert "only when you confirm it" in _mails(sender)[0] and not _mails(receiver)
    assert other.get(f"/en/interests/{interest_id}").status_code == 404
    assert _say(desk, interest_id, "confirm", do="confirm").status_code == 409
    assert _say(one, interest_id, "confirm", do="confirm").status_code == 303
    assert _say(other, interest_id, "accept").status_code == 303
    page = desk.get(f"/en/interests/{interest_id}").text
    assert "accepted by both" in page and not SECRETS.search(page)
    assert not SECRETS.search("".join(_mails(officer)))
    assert desk.get(f"/en/interests/{interest_id}/certificate").status_code == 404


def test_what_is_not_confirmed_ends_and_the_officer_is_told(sender: Account, make_user: MakeUser, enter: Enter) -> None:
    officer = make_user("officer")
    interest_id = _id(_express(enter(officer)))
    assert _say(enter(sender), interest_id, "confirm", do="refuse").status_code == 303
    assert _status(interest_id) is Status.ENDED
    remind(db.session, at=datetime.now(UTC))
    assert "did not confirm" in _mails(officer)[-1]
    assert not remind(db.session, at=datetime.now(UTC)).told


def test_an_officer_answers_for_an_organisation_that_nobody_keeps(
    receiver: Account, make_user: MakeUser, enter: Enter
) -> None:
    officer = make_user("officer")
    desk, other = enter(officer), enter(receiver)
    assert "you answer for it" in desk.get(NEW).text
    interest_id = _id(_express(desk))
    assert "Expressed by a trade officer" in _mails(receiver)[0] and officer.email not in _mails(receiver)[0]
    page = other.get(f"/en/interests/{interest_id}").text
    assert "expressed by a trade officer" in page and officer.email not in page
    _say(other, interest_id, "accept")
    assert officer.email in other.get(f"/en/interests/{interest_id}").text
    assert RECEIVER.email in desk.get(f"/en/interests/{interest_id}").text


def test_where_nobody_can_answer_an_introduction_is_offered_and_a_later_keeper_finds_it(
    make_user: MakeUser, keep: Callable[..., Account], enter: Enter
) -> None:
    desk = enter(make_user("officer"))
    interest_id = _id(_express(desk))
    page = desk.get(f"/en/interests/{interest_id}").text
    assert "nobody can answer" in page and f"/matches/{CANADIAN}/{JAPANESE}/introduction" in page
    assert not remind(db.session, at=datetime.now(UTC) + timedelta(30)).told
    late = enter(keep(JAPANESE, RECEIVER))
    assert "is interested in you" in late.get("/en/interests").text
    assert _say(late, interest_id, "accept").status_code == 303


def test_the_shortlist_says_how_far_it_has_come(make_user: MakeUser, enter: Enter) -> None:
    officer = make_user("officer")
    desk = enter(officer)
    interest_id = _id(_express(desk))
    desk.post("/en/shortlists/add", data={"seeker": CANADIAN, "partner": JAPANESE, "title": "Robots"})
    made = re.search(r"/en/shortlists/[0-9a-f-]{36}", desk.get("/en/shortlists").text)
    assert made
    item = re.search(r"/en/shortlists/items/[0-9a-f-]{36}", desk.get(made[0]).text)
    assert item and f"/en/interests/{interest_id}" in desk.get(item[0]).text


# --- who may ----------------------------------------------------------------------------------------------------------


def test_nobody_else_sees_it(sender: Account, receiver: Account, make_user: MakeUser, enter: Enter, app: Flask) -> None:
    interest_id = _id(_express(enter(sender)))
    _say(enter(receiver), interest_id, "accept")
    for role in ("officer", "organisation", "reviewer", "administrator"):
        stranger = enter(make_user(role))
        for path in ("", "/certificate"):
            assert stranger.get(f"/en/interests/{interest_id}{path}").status_code == 404
        for what in ("confirm", "accept", "decline", "messages", "withdraw", "undo"):
            data = {"version": "2", "refusal": "no_fit", "text": "Hello there."}
            assert stranger.post(f"/en/interests/{interest_id}/{what}", data=data).status_code == 404, what
        assert str(interest_id) not in stranger.get("/en/interests").text
    assert app.test_client().get(f"/en/interests/{interest_id}").status_code == 303


def test_nobody_speaks_for_what_they_do_not_keep(sender: Account, make_user: MakeUser, enter: Enter) -> None:
    for person in (make_user("organisation"), make_user("reviewer")):
        client = enter(person)
        assert client.get(NEW).status_code == 404 and _express(client).status_code == 404
        assert "Express interest" not in client.get(f"/en/matches/{CANADIAN}/{JAPANESE}").text
    assert enter(sender).get("/en/interests/new/rapidus/tenstorrent").status_code == 404
    assert enter(sender).get(f"/en/interests/new/{CANADIAN}/tenstorrent").status_code == 404


def test_a_day_has_room_for_twenty(sender: Account, enter: Enter, app: Flask) -> None:
    row: dict[str, Any] = {"account_id": sender.id, "is_officer": False, "from_id": CANADIAN, "relation": Relation.PEER}
    others = [p.id for p in app.extensions["kakehashi.boards"]._board.corpus.profiles.values() if p.country == "JP"]
    for to_id in [i for i in others if i != JAPANESE][:MOST_A_DAY]:
        interests.save_new(db.session, **row, to_id=to_id, programme_id=None, reason=REASON)
    db.session.commit()
    refused = _express(enter(sender))
    assert refused.status_code == 409 and "go on tomorrow" in refused.text and REASON in refused.text


# --- anonymity --------------------------------------------------------------------------------------------------------


def test_an_anonymous_side_is_named_when_both_have_accepted_and_not_before(
    keep: Callable[..., Account], receiver: Account, enter: Enter, app: Flask
) -> None:
    hidden = keep(CANADIAN, SENDER, is_anonymous=True)
    listing = submissions.find_listing(db.session, entry_id=CANADIAN)
    assert listing
    boards = app.extensions["kakehashi.boards"] = Boards(Settings())
    boards.current()
    one, other = enter(hidden), enter(receiver)
    address = f"/en/interests/new/{listing.alias}/{JAPANESE}"
    assert one.get(NEW).status_code == 404
    named = _express(one, address, reason=REASON + " Regards from Kinova.")
    assert named.status_code == 400 and "names your organisation" in named.text
    interest_id = _id(_express(one, address))
    before = [other.get(path).text for path in ("/en/interests", f"/en/interests/{interest_id}")]
    assert listing.alias.removeprefix("organisation-") in before[0]
    assert not re.search("kinova|Boisbriand|キノバ", "".join([*before, *_mails(receiver)]), re.IGNORECASE)
    named = _say(one, interest_id, "messages", text="Kinova has an arm for that, does it help?")
    assert named.status_code == 422
    _say(other, interest_id, "accept")
    after = other.get(f"/en/interests/{interest_id}").text
    assert "Kinova" in after and SENDER.email in after and "Kinova" in _mails(receiver)[-1]


def test_no_officer_speaks_for_an_anonymous_organisation_that_nobody_keeps(
    keep: Callable[..., Account], make_user: MakeUser, app: Flask, enter: Enter
) -> None:
    gone = keep(CANADIAN, SENDER, is_anonymous=True)
    listing = submissions.find_listing(db.session, entry_id=CANADIAN)
    assert listing
    accounts.delete_account(db.session, gone.id)
    db.session.commit()
    app.extensions["kakehashi.boards"] = Boards(Settings())
    page = enter(make_user("officer")).get(f"/en/interests/new/{listing.alias}/{JAPANESE}")
    assert page.status_code == 409 and "Nobody can confirm it" in page.text


# --- when something comes to an end -----------------------------------------------------------------------------------


def test_it_ends_when_a_listing_is_withdrawn_or_the_last_keeper_leaves(
    sender: Account, receiver: Account, enter: Enter
) -> None:
    one, other = enter(sender), enter(receiver)
    first = _id(_express(one))
    listing = submissions.find_listing(db.session, entry_id=JAPANESE)
    assert listing
    change: dict[str, Any] = {"entry_id": JAPANESE, "actor": "somebody", "day": datetime.now(UTC).date()}
    gone = submissions.save_shown(db.session, version=listing.version, shown=Shown.WITHDRAWN, **change)
    db.session.commit()
    assert _status(first) is Status.ENDED
    assert "no longer listed" in one.get(f"/en/interests/{first}").text
    assert {told.news for told in remind(db.session, at=datetime.now(UTC)).told} == {"ended"}
    submissions.save_shown(db.session, version=gone.version, shown=Shown.PUBLISHED, **change)
    db.session.commit()
    second = _id(_express(one))
    accounts.delete_account(db.session, sender.id)
    db.session.commit()
    page = other.get(f"/en/interests/{second}").text
    assert "Nobody speaks for one" in page and REASON not in page


def test_merging_carries_them_over_and_back(sender: Account, receiver: Account, enter: Enter) -> None:
    interest_id = _id(_express(enter(sender)))
    carried = interests.carry(db.session, JAPANESE, "rapidus")
    assert interests.get_seen(db.session, account_id=sender.id, interest_id=interest_id).interest.to_id == "rapidus"
    with pytest.raises(interests.UnknownInterest):
        interests.get_seen(db.session, account_id=receiver.id, interest_id=interest_id)
    interests.carry_back(db.session, JAPANESE, "rapidus", json.loads(json.dumps(carried)))
    assert interests.get_seen(db.session, account_id=receiver.id, interest_id=interest_id).interest.to_id == JAPANESE


def test_what_would_be_open_twice_after_a_merge_ends(sender: Account) -> None:
    row: dict[str, Any] = {"account_id": sender.id, "is_officer": False, "from_id": CANADIAN, "relation": Relation.PEER}
    new = {"programme_id": None, "reason": REASON} | row
    made = [interests.save_new(db.session, **new, to_id=i) for i in (JAPANESE, "rapidus")]
    interests.carry(db.session, JAPANESE, "rapidus")
    ended = interests.get_seen(db.session, account_id=sender.id, interest_id=made[0].id).interest
    assert (ended.status, ended.ended_by) == (Status.ENDED, End.MERGED)


# --- reminders --------------------------------------------------------------------------------------------------------


def test_reminders_come_after_one_week_and_three_and_stop_when_refused(
    sender: Account, receiver: Account, enter: Enter, app: Flask
) -> None:
    interest_id = _id(_express(enter(sender)))
    start = datetime.now(UTC)

    def run(days: float) -> list[str]:
        return [told.email for told in remind(db.session, at=start + timedelta(days)).told]

    assert run(6.9) == []
    assert remind(db.session, at=start + timedelta(8), is_rehearsal=True).told
    assert run(8) == [receiver.email] and run(8) == [] and run(20) == []
    assert run(22) == [receiver.email] and run(60) == []
    assert "has been" in _mails(receiver)[-1] or "waits for you" in _mails(receiver)[-1]
    other = _id(_express(enter(receiver), f"/en/interests/new/{JAPANESE}/{CANADIAN}"))
    token = mute_token(other, sender.id)
    assert app.test_client().get("/en/interests/mute/cut").status_code == 404
    assert "End the reminders" in app.test_client().get(f"/en/interests/mute/{token}").text
    assert app.test_client().post(f"/en/interests/mute/{token}").status_code == 200
    db.session.rollback()
    assert run(8) == []
    assert interest_id != other


@pytest.mark.usefixtures("receiver")
def test_a_second_run_at_the_same_time_mails_nothing(sender: Account, enter: Enter) -> None:
    interest_id = _id(_express(enter(sender)))
    at = datetime.now(UTC) + timedelta(8)
    due = interests.list_due(db.session, at=at)
    remind(db.session, at=at)
    with pytest.raises(NotNow):
        interests.save_reminded(db.session, due[0].interest, at=at)
    assert due[0].interest.id == interest_id and due[0].place is Place.RECEIVER


@pytest.mark.usefixtures("receiver")
def test_the_command_says_whom_it_reminds(sender: Account, enter: Enter, capsys: pytest.CaptureFixture[str]) -> None:
    interest_id = _id(_express(enter(sender)))
    _say(enter(sender), interest_id, "withdraw")
    assert cli.main(["interests", "remind", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"told": [], "failed": []}
    assert cli.main(["interests", "remind", "--dry-run"]) == 0
    assert "0 mails would be queued" in capsys.readouterr().out


# --- the certificate --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("languages", "words"),
    [
        ("en-ja", ("Certificate of confirmed interest", "no contract")),
        ("fr-ja", ("KI-",)),
        ("zz", ("Reference number",)),
    ],
)
def test_the_certificate_says_what_both_have_said_in_two_languages(
    sender: Account, receiver: Account, enter: Enter, languages: str, words: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    one = enter(sender)
    interest_id = _id(_express(one))
    assert one.get(f"/en/interests/{interest_id}/certificate").status_code == 404
    _say(enter(receiver), interest_id, "accept")
    file = one.get(f"/en/interests/{interest_id}/certificate?languages={languages}")
    pdf = PdfReader(io.BytesIO(file.data))
    text = "".join(page.extract_text() for page in pdf.pages)
    assert len(pdf.pages) == 1 and all(word in text for word in words)
    certified = interests.get_seen(db.session, account_id=sender.id, interest_id=interest_id).interest.certified
    assert certified and text.count(certified["reference"]) >= 2
    assert "Kinova" in text and "CYBERDYNE" in text and not SECRETS.search(text)
    assert ("年" in text) is True  # a date as Japanese writes it
    code = re.search(r"[0-9a-f]{4}(-[0-9a-f]{4}){3}", text)
    assert code and code[0].replace("-", "") == check_code(certified)
    assert cli.main(["verify", certified["reference"].lower(), "--code", code[0]]) == 0
    assert "was given out" in capsys.readouterr().out
    for reference, wrong in ((certified["reference"], "0000-0000-0000-0000"), ("KI-2222-2222", code[0])):
        assert cli.main(["verify", reference, "--code", wrong]) == 1


# --- words ------------------------------------------------------------------------------------------------------------


def test_every_code_has_words() -> None:
    assert set(INTEREST_STATUSES) == set(Status) and set(INTEREST_ENDS) == set(End)


def test_own_data_can_be_written_down(sender: Account, receiver: Account, enter: Enter) -> None:
    _express(enter(sender))
    for person, place in ((sender, Place.SENDER), (receiver, Place.RECEIVER)):
        (seen,) = interests.list_own(db.session, account_id=person.id)
        assert seen.place is place and json.dumps(asdict(seen), default=str)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reason=st.text(max_size=MOST_TEXT + 50), relation=st.sampled_from(["peer", "co_development", "", "zz"]),
    programme=st.text(max_size=30),
)  # fmt: skip
def test_whatever_is_typed_is_answered_and_kept(
    sender: Account, enter: Enter, reason: str, relation: str, programme: str
) -> None:
    response = _express(enter(sender), reason=reason, relation=relation, programme=programme)
    assert response.status_code in {303, 400, 409}
    if response.status_code == 400:
        assert "<textarea" in response.text and "Nothing was saved yet." in response.text


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=MOST_TEXT + 50), version=st.text(max_size=12), refusal=st.text(max_size=20))
def test_whatever_is_answered_never_breaks(
    sender: Account, receiver: Account, enter: Enter, text: str, version: str, refusal: str
) -> None:
    one, other = enter(sender), enter(receiver)
    known = interests.list_own(db.session, account_id=sender.id)
    interest_id = known[0].interest.id if known else _id(_express(one))
    for what, client in (("messages", one), ("decline", other), ("confirm", one)):
        data = {"version": version, "text": text, "note": text, "refusal": refusal}
        assert client.post(f"/en/interests/{interest_id}/{what}", data=data).status_code in {409, 422}
