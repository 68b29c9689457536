"""The reviewers' desk: queue, checks, what has changed, publishing, returning, and what entries said before."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient

from matcher.document import profile_document
from web import review, store
from web.extensions import db
from web.i18n import reviews as words
from web.models.base import now
from web.store import Outdated, letters, reviews, revisions, submissions
from web.store.accounts import Account
from web.store.submissions import Contact, Objection, Status, Submission

MakeUser = Callable[..., Account]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
DAY = date(2026, 5, 1)


@pytest.fixture
def app(own_app: Callable[..., Flask]) -> Flask:
    return own_app()


@pytest.fixture
def owner(make_user: MakeUser) -> Account:
    return make_user("organisation", lang="fr")


@pytest.fixture
def reviewer(client: FlaskClient, make_user: MakeUser, sign_in: SignIn) -> FlaskClient:
    return sign_in(client, make_user("reviewer", name="Rui"))


@pytest.fixture
def send(app: Flask) -> Callable[..., Submission]:
    """Sends a profile to the reviewers: Kinova's, with changes, as a claim or as a new organisation."""

    def sent(owner: Account, entry_id: str | None = "kinova", *, anonymous: bool = False, **changes: Any) -> Submission:
        with app.app_context():
            known = submissions.get_entry_profile(db.session, entry_id="kinova")
            document = profile_document(known) | changes
            begun = submissions.save_new_submission(db.session, owner_id=owner.id, document=document, entry_id=entry_id)
            draft = submissions.save_draft(
                db.session, owner_id=owner.id, version=begun.version, document=document, is_anonymous=anonymous,
                contact=Contact("Desk", "desk@example.com"), evidence="I answer for partnerships there.",
            )  # fmt: skip
            waiting = submissions.save_submitted(db.session, owner_id=owner.id, version=draft.version)
            db.session.commit()
        return waiting

    return sent


@pytest.fixture
def session(app: Flask) -> Iterator[Any]:
    with app.app_context():
        yield db.session


def fetch(client: FlaskClient, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    html5lib.HTMLParser(strict=True).parse(response.text)
    return response.text


def statements_of(app: Flask, entry_id: str = "kinova") -> list[dict[str, Any]]:
    with app.app_context():
        found = profile_document(submissions.get_entry_profile(db.session, entry_id=entry_id))["statements"]
    return [dict(statement) for statement in found]


# --- the queue --------------------------------------------------------------------------------------------------------


def test_the_queue_shows_who_waits_how_the_checks_came_out_and_filters(
    app: Flask, reviewer: FlaskClient, send: Callable[..., Submission], owner: Account, make_user: MakeUser
) -> None:
    assert "Nothing waits" in fetch(reviewer, "/en/reviews")
    send(owner)
    bad = statements_of(app)
    bad[0]["text"] = "Makes assistive arms. Write to info@example.com."
    send(make_user("organisation"), None, names={"en": "Perfectly Fresh Robotics"}, statements=bad, identifiers={},
         website="https://fresh-robotics.example.com/", aliases=[])  # fmt: skip
    page = fetch(reviewer, "/en/reviews")
    assert page.index("Kinova") < page.index("Perfectly Fresh Robotics")
    assert "claims a known organisation" in page and "new organisation" in page and "waiting since today" in page
    assert 'class="count">2<' in page
    assert "Perfectly" not in fetch(reviewer, "/en/reviews?sort=claim")
    only_bad = fetch(reviewer, "/en/reviews?findings=with")
    assert "Perfectly" in only_bad and ">Kinova" not in only_bad
    assert "No submission is like that" in fetch(reviewer, "/en/reviews?sort=change")


def test_somebody_looking_at_it_is_shown_and_keeps_nobody_out(
    app: Flask, reviewer: FlaskClient, send: Callable[..., Submission], owner: Account, make_user: MakeUser,
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    sent = send(owner)
    address = f"/en/reviews/{sent.id}"
    assert reviewer.post(f"{address}/read").status_code == 303
    assert "you are looking at it" in fetch(reviewer, "/en/reviews")
    other = sign_in(app.test_client(), make_user("reviewer"))
    assert "Rui is looking at it" in fetch(other, "/en/reviews") and "Publish" in fetch(other, address)
    # Whoever is not the one cannot say that it is done.
    other.post(f"{address}/read", data={"done": "1"})
    assert "Rui is looking at it" in fetch(other, address)
    later = now() + reviews.READING_FOR
    monkeypatch.setattr("web.store.reviews.now", lambda: later)
    assert "Rui is looking at it" not in fetch(other, address)


def test_only_reviewers_and_administrators_come_in(
    app: Flask, send: Callable[..., Submission], owner: Account, make_user: MakeUser, sign_in: SignIn
) -> None:
    sent = send(owner)
    for role in ("organisation", "officer"):
        client = sign_in(app.test_client(), make_user(role))
        assert client.get(f"/en/reviews/{sent.id}").status_code == 403
    admin = sign_in(app.test_client(), make_user("administrator"))
    assert admin.get(f"/en/reviews/{sent.id}").status_code == 200
    assert admin.get(f"/en/reviews/{uuid.uuid4()}").status_code == 404


# --- one submission ---------------------------------------------------------------------------------------------------


def test_the_page_shows_findings_at_their_statements_and_words_that_changed(
    app: Flask, reviewer: FlaskClient, send: Callable[..., Submission], owner: Account
) -> None:
    changed = statements_of(app)
    before = changed[0]["text"]
    changed[0]["text"] = f"{before} Ask Cyberdyne."
    sent = send(owner, founded=1999, statements=changed)
    page = fetch(reviewer, f"/en/reviews/{sent.id}")
    assert "It names an organisation of the other country: " in page and 'href="#at-c1"' in page
    assert "<del>" in page and "<ins>1999</ins>" in page and re.search(r"<ins>[^<]*Ask Cyberdyne", page)
    assert "example.com" in page and "another site than the website given" in page
    assert "%" not in page.partition("<main")[2]


def test_a_claim_of_what_the_entry_no_longer_says_cannot_be_published(
    app: Flask, reviewer: FlaskClient, send: Callable[..., Submission], owner: Account
) -> None:
    sent = send(owner)
    with app.app_context():
        known = submissions.get_entry_profile(db.session, entry_id="kinova")
        store.save_corpus(db.session, type(store.get_corpus(db.session))([replace(known, founded=1990)]), actor="x")
        db.session.commit()
    page = fetch(reviewer, f"/en/reviews/{sent.id}")
    assert "was changed after its organisation last looked at it" in page and ">Publish<" not in page
    answer = reviewer.post(f"/en/reviews/{sent.id}/publish", data={"version": sent.version})
    assert answer.status_code == 409 and "Nothing was written" in answer.text


def test_what_is_not_waiting_shows_what_happened_and_nothing_that_was_typed(
    app: Flask, reviewer: FlaskClient, send: Callable[..., Submission], owner: Account
) -> None:
    sent = send(owner, names={"en": "Secret Draft"})
    with app.app_context():
        submissions.save_taken_back(db.session, owner_id=owner.id, version=sent.version)
        db.session.commit()
    page = fetch(reviewer, f"/en/reviews/{sent.id}")
    assert "Not waiting any more" in page and "taken back" in page and "Secret Draft" not in page
    answer = reviewer.post(f"/en/reviews/{sent.id}/publish", data={"version": sent.version})
    assert answer.status_code == 409 and "Secret Draft" not in answer.text


# --- decisions --------------------------------------------------------------------------------------------------------


def test_publishing_puts_it_in_place_mails_its_owner_and_keeps_what_was_ticked(
    app: Flask, reviewer: FlaskClient, send: Callable[..., Submission], owner: Account
) -> None:
    sent = send(owner, founded=1999)
    data = {"version": sent.version, "judged": ["clear", "entitled", "nonsense"]}
    assert reviewer.post(f"/en/reviews/{sent.id}/publish", data=data).status_code == 303
    with app.app_context():
        assert submissions.get_entry_profile(db.session, entry_id="kinova").founded == 1999
        (letter,) = letters.list_letters(db.session)
        assert letter.recipient == owner.email and "kinova" in letter.body
        (decision,) = reviews.list_decided(db.session)
        assert (decision.is_published, decision.judged, decision.who) == (True, ("clear", "entitled"), "Rui")
    page = fetch(reviewer, "/en/reviews/decided")
    assert "published" in page and "/organisations/kinova/history" in page
    again = reviewer.post(f"/en/reviews/{sent.id}/publish", data=data)
    assert again.status_code == 409


@pytest.mark.parametrize(("anonymous", "expected"), [(False, "maple-arms-inc"), (True, "organisation-[0-9a-f]{8}")])
def test_a_new_organisation_gets_an_id_that_says_no_more_than_it_may(
    app: Flask, reviewer: FlaskClient, send: Callable[..., Submission], owner: Account, *, anonymous: bool,
    expected: str,
) -> None:  # fmt: skip
    sent = send(owner, None, names={"en": "Maple Arms Inc."}, identifiers={}, anonymous=anonymous)
    assert reviewer.post(f"/en/reviews/{sent.id}/publish", data={"version": sent.version}).status_code == 303
    with app.app_context():
        done = submissions.get_submission(db.session, submission_id=sent.id)
        assert re.fullmatch(expected, done.entry_id or "")


def test_what_is_broken_is_not_published(
    reviewer: FlaskClient, send: Callable[..., Submission], owner: Account
) -> None:
    sent = send(owner, country="FR", statements=[{"id": "c1", "text": 7}, "what?"], names={"en": 5})
    assert "without a name" in fetch(reviewer, "/en/reviews")
    page = fetch(reviewer, f"/en/reviews/{sent.id}")
    assert "without a name" in page
    answer = reviewer.post(f"/en/reviews/{sent.id}/publish", data={"version": sent.version})
    assert answer.status_code == 422 and "Nothing was published" in answer.text
    assert fetch(reviewer, f"/en/reviews/{sent.id}/return")


def test_returning_starts_from_the_checks_shows_the_mail_and_loses_nothing(
    app: Flask, reviewer: FlaskClient, send: Callable[..., Submission], owner: Account
) -> None:
    bad = statements_of(app)
    bad[0]["text"] += " Write to info@example.com."
    sent = send(owner, statements=bad)
    address = f"/en/reviews/{sent.id}/return"
    page = fetch(reviewer, address)
    assert '<option value="personal_data" selected' in page and '<option value="c1" selected' in page
    assert "It reads French" in page
    empty = reviewer.post(address, data={"version": sent.version, "step": "send"})
    assert empty.status_code == 422 and "Choose at least one reason" in empty.text
    typed = {"version": sent.version, "objection-0": "too_general", "place-0": "c2", "note-0": "Quels robots <b>?",
             "note-1": "sans raison", "judged": "clear"}  # fmt: skip
    wrong = reviewer.post(address, data=typed | {"step": "send"})
    assert wrong.status_code == 422 and "Choose the reason that this note belongs to" in wrong.text
    assert "Quels robots &lt;b&gt;?" in wrong.text and "sans raison" in wrong.text
    assert re.search(r'value="clear" checked', wrong.text)
    more = reviewer.post(address, data=typed | {"step": "more"})
    assert more.status_code == 200 and "sans raison" in more.text
    typed |= {"objection-1": "other"}
    shown = reviewer.post(address, data=typed | {"step": "preview"})
    assert shown.status_code == 200 and "Quels robots &lt;b&gt;?" in shown.text.partition("The mail that it gets")[2]
    with app.app_context():
        assert letters.list_letters(db.session) == ()
    assert reviewer.post(address, data=typed | {"step": "send"}).status_code == 303
    with app.app_context():
        back = submissions.get_submission(db.session, submission_id=sent.id)
        assert back.status is Status.RETURNED
        assert [(c.objection, c.place) for c in back.comments] == [(Objection.TOO_GENERAL, "c2"), (Objection.OTHER, "")]
        (letter,) = letters.list_letters(db.session)
        assert "Quels robots <b>?" in letter.body
    page = fetch(reviewer, "/en/reviews/decided")
    assert str(words.REASONS["too_general"]) in page


def test_an_old_page_decides_nothing(
    app: Flask, reviewer: FlaskClient, send: Callable[..., Submission], owner: Account
) -> None:
    sent = send(owner)
    with app.app_context():
        back = submissions.save_taken_back(db.session, owner_id=owner.id, version=sent.version)
        submissions.save_submitted(db.session, owner_id=owner.id, version=back.version)
        db.session.commit()
    data = {"version": sent.version, "step": "send", "objection-0": "unclear"}
    answer = reviewer.post(f"/en/reviews/{sent.id}/return", data=data)
    assert answer.status_code == 409 and "this changed while you looked" in answer.text
    assert reviewer.post(f"/en/reviews/{sent.id}/publish", data=data).status_code == 409
    with app.app_context():
        assert submissions.get_submission(db.session, submission_id=sent.id).status is Status.SUBMITTED


def test_a_new_one_that_is_known_already_becomes_a_claim_in_one_step(
    app: Flask, reviewer: FlaskClient, send: Callable[..., Submission], owner: Account
) -> None:
    sent = send(owner, None, names={"en": "Kinova Ltd."})
    page = fetch(reviewer, f"/en/reviews/{sent.id}")
    assert "Perhaps known already" in page and 'name="organisation" value="kinova"' in page
    data = {"version": sent.version, "organisation": "kinova"}
    assert reviewer.post(f"/en/reviews/{sent.id}/attach", data=data).status_code == 303
    page = fetch(reviewer, f"/en/reviews/{sent.id}")
    assert "Perhaps known already" not in page and "take it for a new one" in page
    assert reviewer.post(f"/en/reviews/{sent.id}/attach", data=data).status_code == 409
    unknown = reviewer.post(
        f"/en/reviews/{sent.id}/attach", data={"version": sent.version + 1, "organisation": "nobody-at-all"}
    )
    assert unknown.status_code == 404
    assert reviewer.post(f"/en/reviews/{sent.id}/publish", data={"version": sent.version + 1}).status_code == 303
    with app.app_context():
        kept = submissions.find_kept(db.session, account_id=owner.id)
        assert kept and kept.entry_id == "kinova"


# --- what entries said before -----------------------------------------------------------------------------------------


def test_the_history_names_who_and_brings_an_earlier_state_back(
    app: Flask, reviewer: FlaskClient, send: Callable[..., Submission], owner: Account
) -> None:
    sent = send(owner, founded=1999)
    reviewer.post(f"/en/reviews/{sent.id}/publish", data={"version": sent.version})
    address = "/en/organisations/kinova/history"
    page = fetch(reviewer, address)
    assert "Rui" in page and "kakehashi load" in page and "<ins>1999</ins>" in page
    with app.app_context():
        latest = revisions.get_history(db.session, entry_id="kinova").latest.number
    restore = "/en/history/kinova/1/restore"
    stale = reviewer.post(restore, data={"latest": latest - 1})
    assert stale.status_code == 409 and "Nothing was written" in stale.text
    restored = reviewer.post(restore, data={"latest": latest})
    assert (restored.status_code, restored.headers["Location"]) == (303, address)
    with app.app_context():
        found = revisions.get_history(db.session, entry_id="kinova")
        assert found.latest.document == found.revision(1).document
        assert (found.latest.action, found.latest.who) == ("organisation.restore", "Rui")
        assert found.revision(latest).document["founded"] == 1999
    assert "earlier state brought back" in fetch(reviewer, f"{address}?from=1&to={latest}")


@pytest.mark.parametrize("query", ["from=99", "to=99", "from=x&to=-1"])
def test_an_unknown_state_is_not_found_and_nonsense_is_left_out(reviewer: FlaskClient, query: str) -> None:
    fetch(reviewer, f"/en/organisations/kinova/history?{query}", 404 if "99" in query else 200)
    for other in ("nobody-at-all", "mitacs-jsps"):
        fetch(reviewer, f"/en/organisations/{other}/history", 404)


def test_restoring_what_never_was_is_refused(session: Any) -> None:
    with pytest.raises(revisions.UnknownRevision):
        revisions.save_restored(session, entry_id="kinova", number=99, latest=1, actor="me")
    with pytest.raises(Outdated):
        revisions.save_restored(session, entry_id="kinova", number=1, latest=7, actor="me")


def test_every_code_has_its_words() -> None:
    assert set(words.REASONS) == {o.value for o in Objection}
    assert set(words.SORTS_OF_SUBMISSION) == {s.value for s in review.Sort}
