"""A published profile in its keeper's hands: renewing, withdrawing, reminders, showings and one's own data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from matcher.document import profile_document
from matcher.match import Relation
from web import cli, showings, submission_letters
from web.extensions import db
from web.store import interests, letters, submissions
from web.store.accounts import Account
from web.store.showings import Kind, list_showings
from web.store.submissions import LISTED_FOR, Contact, Listing, Shown

MakeUser = Callable[..., Account]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
TODAY = datetime.now(UTC).date()


@pytest.fixture
def app(own_app: Callable[..., Flask]) -> Flask:
    return own_app()


@pytest.fixture
def owner(make_user: MakeUser) -> Account:
    return make_user("organisation", lang="fr")


@pytest.fixture
def user(app: Flask, owner: Account, sign_in: SignIn) -> FlaskClient:
    return sign_in(app.test_client(), owner)


@pytest.fixture
def publish(app: Flask, owner: Account) -> Callable[..., Listing]:
    """Puts an organisation into somebody's hands as of a day; on request without its name."""

    def make(
        day: date = TODAY, keeper: Account = owner, entry_id: str = "kinova", *, is_anonymous: bool = False
    ) -> Listing:
        with app.app_context():
            profile = submissions.get_entry_profile(db.session, entry_id=entry_id)
            document = profile_document(profile)
            begun = submissions.save_new_submission(
                db.session, owner_id=keeper.id, document=document, entry_id=entry_id
            )
            draft = submissions.save_draft(
                db.session, owner_id=keeper.id, version=begun.version, document=document, is_anonymous=is_anonymous,
                contact=Contact("Desk", "desk@kinova.example"), evidence="I work there.",
            )  # fmt: skip
            sent = submissions.save_submitted(db.session, owner_id=keeper.id, version=draft.version)
            submissions.save_published(
                db.session, submission_id=sent.id, version=sent.version, actor="reviewer",
                profile=replace(profile, founded=2006), day=day,
            )  # fmt: skip
            db.session.commit()
        return kept(app, keeper)

    return make


def kept(app: Flask, owner: Account) -> Listing:
    with app.app_context():
        found = submissions.find_kept(db.session, account_id=owner.id)
    assert found
    return found


def mails(app: Flask, owner: Account) -> list[letters.QueuedLetter]:
    with app.app_context():
        return [one for one in letters.list_letters(db.session) if one.recipient == owner.email]


# --- listed or not ----------------------------------------------------------------------------------------------------


def test_withdrawn_and_listed_again(
    app: Flask, user: FlaskClient, owner: Account, publish: Callable[..., Listing]
) -> None:
    listing = publish()
    assert "within a minute" in user.get("/en/my-organisation/withdraw").text
    assert kept(app, owner).shown is Shown.PUBLISHED
    assert user.post("/en/my-organisation/withdraw", data={"version": listing.version}).status_code == 303
    assert kept(app, owner).shown is Shown.WITHDRAWN
    page = user.get("/en/my-organisation").text
    assert "You have withdrawn it" in page and "List it again" in page
    # A second click with the same version changes nothing.
    assert user.post("/en/my-organisation/renew", data={"version": listing.version}).status_code == 303
    assert kept(app, owner).shown is Shown.WITHDRAWN
    assert user.post("/en/my-organisation/renew", data={"version": kept(app, owner).version}).status_code == 303
    assert kept(app, owner).shown is Shown.PUBLISHED and kept(app, owner).expires_on == TODAY + LISTED_FOR


def test_nothing_of_it_is_open_to_others(
    app: Flask, make_user: MakeUser, sign_in: SignIn, publish: Callable[..., Listing]
) -> None:
    publish()
    stranger = sign_in(app.test_client(), make_user("organisation"))
    for address in ("statistics", "withdraw", "matches"):
        assert stranger.get(f"/en/my-organisation/{address}").status_code == 404
    assert stranger.post("/en/my-organisation/renew", data={"version": 1}).status_code == 404
    assert stranger.get("/en/my-organisation/data.json").get_json()["listing"] is None


# --- reminders --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "told_on", "is_due"),
    [(31, None, False), (30, None, True), (29, 30, False), (7, 30, True), (6, 7, False), (3, 20, True), (0, 7, True)],
)
def test_reminders_thirty_and_seven_days_before_and_on_the_day(left: int, told_on: int | None, *, is_due: bool) -> None:
    ends = date(2027, 5, 1)
    told = ends - timedelta(told_on) if told_on is not None else None
    listing = Listing(
        entry_id="x", shown=Shown.PUBLISHED, is_anonymous=False, alias="organisation-1", contact=Contact(),
        expires_on=ends, reminded_on=told, version=1,
    )  # fmt: skip
    assert submission_letters.is_due(listing, ends - timedelta(left)) is is_due
    assert not submission_letters.is_due(replace(listing, shown=Shown.WITHDRAWN), ends - timedelta(left))


def run(*more: str) -> int:
    return cli.main(["listings", "run", *more])


def test_a_run_mails_once_in_the_keepers_language_and_the_link_renews(
    app: Flask, owner: Account, publish: Callable[..., Listing], capsys: pytest.CaptureFixture[str]
) -> None:
    publish(TODAY - LISTED_FOR + timedelta(7))
    assert run("--dry-run", "--json") == 0
    assert [t["days_left"] for t in json.loads(capsys.readouterr().out)["told"]] == [7]
    assert not mails(app, owner) and kept(app, owner).reminded_on is None
    assert run() == 0 and run() == 0
    (mail,) = mails(app, owner)
    link = re.search("https://kakehashi.example(/fr/listings/renew/[^\\s]+)", mail.body)
    assert link and mail.unsubscribe in mail.body
    visitor = app.test_client()
    assert "<button>" in visitor.get(link[1]).text
    assert visitor.post(link[1]).status_code == 200
    assert kept(app, owner).expires_on == TODAY + LISTED_FOR
    version = kept(app, owner).version
    assert visitor.post(link[1]).status_code == 200 and kept(app, owner).version == version
    assert visitor.get(link[1] + "x").status_code == 404


def test_a_year_that_is_over_ends_the_listing_and_can_be_renewed(
    app: Flask, owner: Account, publish: Callable[..., Listing], capsys: pytest.CaptureFixture[str]
) -> None:
    publish(TODAY - LISTED_FOR - timedelta(3))
    assert run("--json") == 0
    assert json.loads(capsys.readouterr().out)["expired"] == ["kinova"]
    assert kept(app, owner).shown is Shown.EXPIRED
    with app.test_request_context():
        token = submission_letters.renewal_token(owner.id, kept(app, owner))
    assert app.test_client().post(f"/en/listings/renew/{token}").status_code == 200
    assert kept(app, owner).shown is Shown.PUBLISHED


def test_who_stopped_reminders_hears_only_that_it_has_ended(
    app: Flask, owner: Account, publish: Callable[..., Listing]
) -> None:
    publish(TODAY - LISTED_FOR + timedelta(30))
    assert run() == 0
    address = mails(app, owner)[0].unsubscribe.removeprefix("https://kakehashi.example")
    assert app.test_client().post(address).status_code == 200
    with app.app_context():
        seven = submission_letters.remind(db.session, day=TODAY + timedelta(23))
        last = submission_letters.remind(db.session, day=TODAY + timedelta(30))
    assert (seven.told, seven.silent) == ((), 1)
    assert [t.email for t in last.told] == [owner.email]


# --- showings and one's own data --------------------------------------------------------------------------------------


def test_pages_are_counted_without_writing_and_written_down_later(
    app: Flask, user: FlaskClient, publish: Callable[..., Listing]
) -> None:
    publish()
    visitor = app.test_client()
    for address in ("/en/organisations/kinova", "/fr/organisations/kinova", "/en/matches/kinova/cyberdyne",
                    "/en/search?q=kinova", "/en/organisations/cyberdyne"):  # fmt: skip
        assert visitor.get(address).status_code == 200
    with app.app_context():
        assert list_showings(db.session, entry_id="kinova") == ()
        showings.flush()
        showings.flush()
        counts = {s.kind: s.count for s in list_showings(db.session, entry_id="kinova")}
        assert counts[Kind.PAGE] == 2 and counts[Kind.MATCH] == 1 and counts[Kind.LIST] >= 1
        assert list_showings(db.session, entry_id="cyberdyne") == ()
    assert "Times shown, by week" in user.get("/en/my-organisation/statistics").text


def test_what_cannot_be_written_down_is_kept_for_the_next_time(
    app: Flask, publish: Callable[..., Listing], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()

    def fail(*_args: object) -> None:
        raise OSError("disk full")

    with app.app_context():
        showings.count(Kind.PAGE, ["kinova"])
        with monkeypatch.context() as broken:
            broken.setattr(showings, "save_showings", fail)
            with pytest.raises(OSError, match="disk full"):
                showings.flush()
        showings.count(Kind.PAGE, ["kinova"])
        showings.flush()
        assert [s.count for s in list_showings(db.session, entry_id="kinova")] == [2]


def test_ones_own_data_as_a_file(user: FlaskClient, owner: Account, publish: Callable[..., Listing]) -> None:
    publish()
    answer = user.get("/en/my-organisation/data.json")
    data = answer.get_json()
    assert "attachment" in answer.headers["Content-Disposition"]
    assert data["account"]["email"] == owner.email and "stamp" not in data["account"]
    assert data["listing"]["entry_id"] == data["profile"]["id"] == data["submission"]["entry_id"] == "kinova"


def test_ones_own_data_give_no_anonymous_partner_away(
    app: Flask, user: FlaskClient, owner: Account, publish: Callable[..., Listing], make_user: MakeUser
) -> None:
    publish()
    hidden = publish(keeper=make_user("organisation"), entry_id="cyberdyne", is_anonymous=True)
    with app.app_context():
        interests.save_new(
            db.session, account_id=owner.id, is_officer=False, from_id="kinova", to_id="cyberdyne", programme_id=None,
            relation=Relation.CO_DEVELOPMENT, reason="We make assistive arms and look for a partner for trials.",
        )  # fmt: skip
        db.session.commit()
    text = user.get("/en/my-organisation/data.json").text
    assert "cyberdyne" not in text.lower() and hidden.alias in text and "partner for trials" in text


@pytest.mark.parametrize(("choice", "shown"), [("withdraw", Shown.WITHDRAWN), ("leave", Shown.PUBLISHED)])
def test_whoever_leaves_says_what_becomes_of_the_profile(
    app: Flask, user: FlaskClient, owner: Account, publish: Callable[..., Listing], choice: str, shown: Shown
) -> None:
    publish()
    page = user.get("/en/account/delete").text
    assert "your draft" in page and 'name="profile"' in page
    assert user.post("/en/account/delete", data={"email": owner.email, "profile": choice}).status_code == 303
    with app.app_context():
        listing = submissions.find_listing(db.session, entry_id="kinova")
    assert listing and listing.shown is shown and listing.contact == Contact()
