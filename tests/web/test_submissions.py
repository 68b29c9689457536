"""An organisation keeps its own profile: finding it, typing it, sending it, and what goes wrong on the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from matcher.document import parse_profile, profile_document
from web.extensions import db, limiter
from web.forms.submissions import Step, Typed, chosen, differences, problems, read_step, restored, without
from web.i18n import submissions as words
from web.store import letters, submissions
from web.store.accounts import Account
from web.store.showings import Kind
from web.store.submissions import Comment, Objection, Shown, Status, Submission

MakeUser = Callable[..., Account]
SignIn = Callable[[FlaskClient, Account], FlaskClient]

ABOUT: dict[str, Any] = {
    "name_en": "Érable Robotics Inc.", "name_fr": "Robotique Érable inc.", "country": "CA", "kind": "company",
    "subdivision": "CA-QC", "city_en": "Sherbrooke", "website": "https://erable.example/", "size": "small",
    "founded": "2012", "fields": ["robotics"], "contact_name": "Partnerships desk",
    "contact_email": "partners@erable.example", "evidence": "I head its partnerships desk.",
}  # fmt: skip
OFFER: dict[str, Any] = {
    "row": ["c1", "c2"], "trl-c1": "7", "cooperation-c1": ["supply", "pilot"],
    "text-c1": "Makes light robotic arms that mount on a wheelchair, tested in three care homes in Sherbrooke.",
    "text-c2": "Fabrique des préhenseurs souples qui saisissent des fruits mûrs sans les abîmer.",
}  # fmt: skip
NEED: dict[str, Any] = {
    "row": ["n1"],
    "text-n1": "Looks for a distributor of assistive arms with a service network in Japan.",
}


@pytest.fixture
def app(own_app: Callable[..., Flask]) -> Flask:
    return own_app()


@pytest.fixture
def owner(make_user: MakeUser) -> Account:
    return make_user("organisation")


@pytest.fixture
def user(app: Flask, owner: Account, sign_in: SignIn) -> FlaskClient:
    return sign_in(app.test_client(), owner)


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(f"/en/my-organisation{address}")
    assert answer.status_code == status, answer.text[:400]
    html5lib.HTMLParser(strict=True).parse(
        answer.text
    ) if answer.mimetype == "text/html" and "<!DOCTYPE" in answer.text else None
    return answer.text


def begin(client: FlaskClient, name: str = "Érable Robotics Inc.") -> None:
    answer = client.post("/en/my-organisation/new", data={"name": name, "country": "CA"})
    assert answer.status_code == 303, answer.text


def kept(app: Flask, owner: Account) -> Submission:
    with app.app_context():
        found = submissions.find_submission(db.session, owner_id=owner.id)
    assert found
    return found


def save(client: FlaskClient, step: str, data: dict[str, Any], **more: Any) -> TestResponse:
    version = more.pop("version", None)
    if version is None:
        found = re.search('name="version" value="([0-9]+)"', client.get(f"/en/my-organisation/edit/{step}").text)
        assert found
        version = found[1]
    return client.post(f"/en/my-organisation/edit/{step}", data={"do": "next", **data, **more, "version": version})


def fill(client: FlaskClient) -> None:
    begin(client)
    for step, data in (("about", ABOUT), ("offer", OFFER), ("need", NEED)):
        answer = save(client, step, data)
        assert answer.status_code == 303 and "checked" not in answer.headers["Location"], answer.headers["Location"]


def send(app: Flask, client: FlaskClient, owner: Account) -> Submission:
    fill(client)
    answer = client.post("/en/my-organisation/send", data={"version": kept(app, owner).version})
    assert answer.status_code == 303
    return kept(app, owner)


def publish(app: Flask, client: FlaskClient, owner: Account) -> Submission:
    sent = send(app, client, owner)
    with app.app_context():
        profile = parse_profile(sent.document, complete=False)
        done = submissions.save_published(
            db.session, submission_id=sent.id, version=sent.version, actor="reviewer", profile=profile,
            day=datetime.now(UTC).date(),
        )  # fmt: skip
        db.session.commit()
    return done


# --- the whole way ----------------------------------------------------------------------------------------------------


def test_from_nothing_to_the_reviewers(app: Flask, user: FlaskClient, owner: Account) -> None:
    assert user.get("/en/my-organisation").headers["Location"] == "/en/my-organisation/find"
    fill(user)
    check = page(user, "/edit/check")
    assert "Nothing is missing" in check and "Your matches would be" in check
    sent = send_now(app, user, owner)
    assert sent.status is Status.SUBMITTED and sent.document["id"] == "erable-robotics-inc"
    assert [s["id"] for s in sent.document["statements"]] == ["c1", "c2", "n1"]
    assert {s["lang"] for s in sent.document["statements"]} == {"en", "fr"}
    assert {s["source"] for s in sent.document["statements"]} == {"https://erable.example/"}
    with app.app_context():
        (letter,) = [one for one in letters.list_letters(db.session) if one.recipient == owner.email]
    assert "has arrived" in letter.subject
    assert "Take it back" in page(user, "")
    assert page(user, "/edit/about", 302)
    assert user.post("/en/my-organisation/take-back", data={"version": sent.version}).status_code == 303
    assert kept(app, owner).status is Status.DRAFT


def send_now(app: Flask, user: FlaskClient, owner: Account) -> Submission:
    assert user.post("/en/my-organisation/send", data={"version": kept(app, owner).version}).status_code == 303
    return kept(app, owner)


def test_a_name_that_is_known_is_asked_about(app: Flask, user: FlaskClient, owner: Account) -> None:
    answer = user.post("/en/my-organisation/new", data={"name": "KINOVA Inc", "country": "CA"})
    assert answer.status_code == 422 and "/my-organisation/claim/kinova" in answer.text and "KINOVA Inc" in answer.text
    answer = user.post("/en/my-organisation/new", data={"name": "KINOVA Inc", "country": "CA", "is_new": "1"})
    assert answer.status_code == 303 and kept(app, owner).entry_id is None


def test_a_claim_begins_with_what_is_published_and_needs_a_reason(
    app: Flask, user: FlaskClient, owner: Account
) -> None:
    assert "Kinova" in page(user, "/find?q=kinov")
    assert user.post("/en/my-organisation/claim/kinova", data={"evidence": " "}).status_code == 400
    assert user.post("/en/my-organisation/claim/kinova", data={"evidence": "I work there."}).status_code == 303
    found = kept(app, owner)
    assert (found.entry_id, found.evidence) == ("kinova", "I work there.")
    with app.app_context():
        profile = submissions.get_entry_profile(db.session, entry_id="kinova")
    assert found.document == profile_document(profile)
    assert profile.statements[0].text in page(user, "/edit/offer").replace("&#39;", "'")
    assert user.post("/en/my-organisation/claim/nobody", data={"evidence": "x"}).status_code in {303, 404}


# --- nothing is lost --------------------------------------------------------------------------------------------------


def test_what_is_wrong_is_kept_and_said_at_its_field(app: Flask, user: FlaskClient, owner: Account) -> None:
    begin(user)
    bad = ABOUT | {"website": "erable", "founded": "long ago", "contact_email": "nobody", "subdivision": "JP-13"}
    answer = save(user, "about", bad)
    assert "checked=1" in answer.headers["Location"]
    shown = page(user, "/edit/about?checked=1")
    for field in ("website", "founded", "contact_email", "subdivision"):
        assert f'id="{field}-error"' in shown, field
    assert 'value="erable"' in shown and 'value="long ago"' in shown and 'value="nobody"' in shown
    save(user, "offer", {"row": ["c1"], "text-c1": "Too short", "source-c1": "no address", "read_on-c1": "yesterday"})
    shown = page(user, "/edit/offer")
    assert all(f'id="{name}-c1-error"' in shown for name in ("text", "source", "read_on"))
    assert "Too short" in shown and 'value="yesterday"' in shown
    answer = user.post("/en/my-organisation/send", data={"version": kept(app, owner).version})
    assert "/edit/check" in answer.headers["Location"] and kept(app, owner).status is Status.DRAFT


@pytest.mark.parametrize(
    "text",
    [
        "Write to sales@erable.example about our light robotic arms for wheelchairs.",
        "Dr. Tremblay leads the design of our light robotic arms for wheelchairs.",
    ],
)
def test_a_person_or_an_address_in_a_statement_cannot_be_sent(text: str) -> None:
    typed = read_step(Step.OFFER, MultiDict([("row", "c1"), ("text-c1", text)]), Typed({"country": "CA"}))
    day = datetime.now(UTC).date()
    assert "text-c1" in {p.key for p in problems(typed, None, day, is_kept=False)}


def test_rows_come_go_and_come_back(app: Flask, user: FlaskClient, owner: Account) -> None:
    fill(user)
    save(user, "offer", OFFER, do="remove c1")
    assert [row["id"] for row in kept(app, owner).document["statements"]] == ["c2", "n1"]
    assert "Bring back" in page(user, "/edit/offer")
    save(user, "offer", {"row": ["c2"], "text-c2": OFFER["text-c2"]}, do="restore c1")
    rows = {row["id"]: row["text"] for row in kept(app, owner).document["statements"]}
    assert rows["c1"] == OFFER["text-c1"] and "Bring back" not in page(user, "/edit/offer")
    save(user, "offer", OFFER, do="add")
    assert 'id="text-c3"' in page(user, "/edit/offer")


def test_two_windows_choose(app: Flask, user: FlaskClient, owner: Account) -> None:
    fill(user)
    old = kept(app, owner).version
    mine = OFFER | {"text-c1": "Makes robotic arms for greenhouses, tested with growers in Leamington since 2021."}
    theirs = OFFER | {"text-c1": "Makes robotic arms for shipyards, in use at two yards in Lévis since 2019."}
    assert save(user, "offer", theirs, version=old).status_code == 303
    answer = save(user, "offer", mine, version=old)
    assert answer.status_code == 409 and mine["text-c1"] in answer.text and theirs["text-c1"] in answer.text
    assert save(user, "offer", mine, version=kept(app, owner).version, keep_c1="both").status_code == 303
    texts = [row["text"] for row in kept(app, owner).document["statements"]]
    assert mine["text-c1"] in texts and theirs["text-c1"] in texts and OFFER["text-c2"] in texts


def test_a_double_click_is_no_conflict(app: Flask, user: FlaskClient, owner: Account) -> None:
    begin(user)
    old = kept(app, owner).version
    assert [save(user, "about", ABOUT, version=old).status_code for _ in range(2)] == [303, 303]


def test_what_is_typed_after_sending_is_kept_too(app: Flask, user: FlaskClient, owner: Account) -> None:
    fill(user)
    old = kept(app, owner).version
    send_now(app, user, owner)
    late = OFFER | {"text-c2": "Makes soft grippers for ripe fruit, tested with two growers in Québec."}
    answer = save(user, "offer", late, version=old)
    assert answer.status_code == 409 and late["text-c2"] in answer.text and kept(app, owner).status is Status.SUBMITTED
    save(user, "offer", late, version=kept(app, owner).version, take_back="1")
    assert kept(app, owner).status is Status.DRAFT
    assert late["text-c2"] in [row["text"] for row in kept(app, owner).document["statements"]]


def test_autosave_says_when_and_stops_at_a_conflict(app: Flask, user: FlaskClient, owner: Account) -> None:
    begin(user)
    old = kept(app, owner).version
    answer = save(user, "about", ABOUT, version=old, do="autosave")
    assert answer.get_json()["version"] == kept(app, owner).version and "Saved" in answer.get_json()["said"]
    assert "Your matches would be" in page(user, "/outlook")
    answer = save(user, "about", ABOUT | {"city_en": "Magog"}, version=old, do="autosave")
    assert answer.status_code == 409 and "another window" in answer.get_json()["said"]
    assert kept(app, owner).document["city"] == {"en": "Sherbrooke"}


@pytest.fixture
def guarded(app: Flask) -> FlaskClient:
    """As it is served: forms need the token."""
    app.config["WTF_CSRF_ENABLED"] = True
    return app.test_client()


def test_a_session_that_ended_loses_nothing(app: Flask, guarded: FlaskClient, owner: Account, sign_in: SignIn) -> None:
    with app.app_context():
        submissions.save_new_submission(db.session, owner_id=owner.id, document={"country": "CA"})
        db.session.commit()

    def hidden(text: str) -> dict[str, list[str]]:
        tree = html5lib.parse(text, namespaceHTMLElements=False)
        form = next(f for f in tree.iter("form") if f.get("action") == "/en/my-organisation/edit/offer")
        found: dict[str, list[str]] = {}
        for one in form.iter("input"):
            found.setdefault(one.get("name"), []).append(one.get("value"))
        return found

    typed = {**OFFER, "do": "next", "version": str(kept(app, owner).version)}
    answer = guarded.post("/en/my-organisation/edit/offer", data=typed)
    assert answer.status_code == 401 and OFFER["text-c2"] in answer.text and "/en/sign-in" in answer.text
    with guarded.session_transaction() as session:
        session.clear()
    sign_in(guarded, owner)
    # The token of the page is that of the session that has ended.
    answer = guarded.post("/en/my-organisation/edit/offer", data=hidden(answer.text))
    assert answer.status_code == 400 and OFFER["text-c2"] in answer.text
    assert guarded.post("/en/my-organisation/edit/offer", data=hidden(answer.text)).status_code == 303
    assert [row["text"] for row in kept(app, owner).document["statements"]] == [OFFER["text-c1"], OFFER["text-c2"]]


_ROW = st.sampled_from(["c1", "c2", "c99", "n1", "c0", "x", ""])
_VALUE = st.text(max_size=80) | st.sampled_from(
    ["7", "en", "supply", "2026-01-31", "https://a.example", "CA", "robotics"]
)
_NAMES = [
    *ABOUT,
    "visibility",
    *(f"{n}-{i}" for n in ("text", "lang", "trl", "cooperation", "source", "read_on") for i in ("c1", "n1")),
]
_DO = st.sampled_from(["save", "next", "add", "remove c1", "restore c1", "remove", "autosave", ""]) | st.text(
    max_size=10
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    step=st.sampled_from(["about", "offer", "need", "check"]), rows=st.lists(_ROW, max_size=4), do=_DO,
    sent=st.dictionaries(st.sampled_from(_NAMES), st.lists(_VALUE, max_size=2), max_size=12),
)  # fmt: skip
def test_any_text_in_any_row_is_taken_and_kept(
    app: Flask, user: FlaskClient, owner: Account, step: str, rows: list[str], do: str, sent: dict[str, list[str]]
) -> None:
    if "Go on" not in user.get("/en/my-organisation", follow_redirects=True).text:
        begin(user)
    answer = save(user, step, {**sent, "row": rows}, do=do, version=kept(app, owner).version)
    assert answer.status_code in {200, 303}
    assert user.get(f"/en/my-organisation/edit/{step}?checked=1").status_code == 200
    limiter.reset()


@given(text=st.text(min_size=1, max_size=60), other=st.text(max_size=60))
def test_no_statement_is_lost_by_taking_it_out_or_by_two_windows(text: str, other: str) -> None:
    def typed(said: str) -> Typed:
        return read_step(Step.OFFER, MultiDict([("row", "c1"), ("text-c1", said)]), Typed({}))

    mine, theirs = typed(text), typed(other)
    role = Step.OFFER.role
    assert role
    assert restored(without(mine, role, "c1"), role, "c1").rows(role) == mine.rows(role)
    both = chosen(Step.OFFER, mine, theirs, MultiDict({"keep_c1": "both"}))
    said = [row["text"] for row in (*both.rows(role), *both.removed(role)) if "text" in row]
    wanted = {row["text"] for row in (*mine.rows(role), *theirs.rows(role)) if "text" in row}
    assert wanted <= set(said)
    assert not differences(Step.OFFER, mine, mine)


# --- a text, comments, and the end ------------------------------------------------------------------------------------


def test_a_pasted_text_becomes_statements(app: Flask, user: FlaskClient, owner: Account) -> None:
    fill(user)
    said = "We also build small turbines for irrigation canals.\nWe are looking for a test site on a canal in Japan.\n"
    answer = user.post("/en/my-organisation/text", data={"text": said}, content_type="multipart/form-data")
    assert answer.status_code == 200 and "small turbines" in answer.text
    accepted = {"text-0": "Builds small turbines for irrigation canals.", "role-0": "capability", "lang-0": "en"}
    wrong = user.post("/en/my-organisation/text/accept", data=accepted | {"text-0": "Short"})
    assert wrong.status_code == 400 and "Short" in wrong.text
    assert user.post("/en/my-organisation/text/accept", data=accepted).status_code == 303
    rows = [row for row in kept(app, owner).document["statements"] if row["text"] == accepted["text-0"]]
    assert len(rows) == 1 and rows[0]["id"] == "c3"


def test_comments_stand_where_they_belong(app: Flask, user: FlaskClient, owner: Account) -> None:
    sent = send(app, user, owner)
    comments = (Comment(Objection.TOO_GENERAL, "c2", "Which fruit?"), Comment(Objection.NO_NEED))
    with app.app_context():
        submissions.save_returned(
            db.session, submission_id=sent.id, version=sent.version, actor="reviewer", comments=comments
        )
        db.session.commit()
    assert "Which fruit?" in page(user, "") and "Which fruit?" in page(user, "/edit/offer")
    assert "Which fruit?" not in page(user, "/edit/need") and "returned with comments" in page(user, "")


def test_words_for_every_code() -> None:
    assert set(words.SUBMISSION_STATUSES) == set(Status) and set(words.LISTING_STATUSES) == set(Shown)
    assert set(words.OBJECTIONS) == set(Objection) and set(words.SHOWING_KINDS) == set(Kind)
    assert set(words.STEPS) == set(Step)
