"""Opening, using and closing accounts, teams, sessions, mail, settings and the commands for them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import html5lib
import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from web import auth, create_app
from web.auth import Purpose
from web.config import Settings
from web.extensions import db, visitor
from web.forms import accounts as forms
from web.models import ItemEvent, Membership, Shortlist, ShortlistItem, User
from web.security import AccountRole, TeamRight, own_path
from web.store import accounts, letters, list_audit_events
from web.store.accounts import Account, NoSuchTeam

MakeUser = Callable[..., Account]
MakeTeam = Callable[..., uuid.UUID]
SignIn = Callable[[FlaskClient, Account], FlaskClient]

PASSWORD = "seven bridges over the river"  # noqa: S105 - as in conftest.make_user
OTHER = "another long enough phrase"
INTRUDERS = "the intruder's own phrase"
SECRET = SecretStr("for-tests-only-0123456789-abcdefghijklmnop")
LANGUAGES = ("en", "fr", "ja")
# Not to be kept between examples, but harmless: clients and accounts are made anew where it matters.
many = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def new_email() -> str:
    return f"{uuid.uuid4().hex}@example.com"


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def last_letter(app: Flask, email: str) -> letters.QueuedLetter:
    with app.app_context():
        return [letter for letter in letters.list_letters(db.session) if letter.recipient == email][-1]


def count_letters(app: Flask, email: str) -> int:
    with app.app_context():
        return sum(letter.recipient == email for letter in letters.list_letters(db.session))


def link_in(letter: letters.QueuedLetter) -> str:
    found = re.search(r"^http://127\.0\.0\.1:8000(/\S+/\S+)$", letter.body, re.MULTILINE)
    assert found, letter.body
    return found[1]


def now_in_store(app: Flask, email: str) -> Account | None:
    with app.app_context():
        return accounts.find_account_by_email(db.session, email)


def fresh(app: Flask, email: str) -> Account:
    found = now_in_store(app, email)
    assert found
    return found


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/en/account").status_code == 200


def open_account(client: FlaskClient, email: str, **other: str) -> TestResponse:
    data = {"name": "Aiko Tremblay", "email": email, "role": "officer", "password": PASSWORD} | other
    return client.post("/en/sign-up", data=data)


def enter(client: FlaskClient, email: str, password: str = PASSWORD, **other: str) -> TestResponse:
    return client.post("/en/sign-in", data={"email": email, "password": password, **other})


# --- opening an account, and signing in -------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["officer", "organisation"])
def test_from_sign_up_over_the_mail_to_the_desk(app: Flask, client: FlaskClient, new_email: str, role: str) -> None:
    response = open_account(client, new_email.upper(), role=role)
    assert response.status_code == 303 and response.headers["Location"] == "/en/mail-sent"
    assert not is_signed_in(client)
    address = link_in(last_letter(app, new_email))
    assert client.get(address).status_code == 200
    assert not fresh(app, new_email).is_verified, "looking at a link, as mail scanners do, confirms nothing"
    assert client.post(address, data={"password": OTHER}).status_code == 400
    assert client.post(address, data={"password": PASSWORD}).status_code == 303
    assert is_signed_in(client)
    account = fresh(app, new_email)
    assert account.is_verified and account.role == role and account.last_seen_at
    assert client.get(address).status_code == 404, "a link works once"


@pytest.mark.parametrize("role", ["reviewer", "administrator", "", "x"])
def test_nobody_signs_up_with_more_rights(app: Flask, client: FlaskClient, new_email: str, role: str) -> None:
    assert open_account(client, new_email, role=role).status_code == 400
    assert now_in_store(app, new_email) is None


def test_sign_up_answers_alike_for_an_address_with_an_account(
    app: Flask, client: FlaskClient, make_user: MakeUser, new_email: str
) -> None:
    known = make_user()
    answers = [open_account(client, email, password=OTHER) for email in (known.email, new_email)]
    assert len({(a.status_code, a.headers["Location"], a.text.replace(new_email, "")) for a in answers}) == 1
    assert "already have an account" in last_letter(app, known.email).subject
    assert fresh(app, known.email).name == known.name
    assert enter(client, known.email).status_code == 303, "the password is the old one"


def test_whoever_signs_up_with_my_address_first_gains_nothing(app: Flask, client: FlaskClient, new_email: str) -> None:
    open_account(client, new_email, password=INTRUDERS)
    stolen = link_in(last_letter(app, new_email))
    open_account(client, new_email)
    assert client.post(stolen, data={"password": INTRUDERS}).status_code == 404
    mine = link_in(last_letter(app, new_email))
    assert client.post(mine, data={"password": INTRUDERS}).status_code == 400
    assert client.post(mine, data={"password": PASSWORD}).status_code == 303


def test_an_address_that_is_not_confirmed_gets_another_link(app: Flask, client: FlaskClient, new_email: str) -> None:
    open_account(client, new_email)
    before = count_letters(app, new_email)
    assert enter(client, new_email).headers["Location"] == "/en/mail-sent"
    assert count_letters(app, new_email) == before + 1
    assert not is_signed_in(client)


def test_mail_to_an_unconfirmed_address_carries_no_words_of_a_stranger(
    app: Flask, client: FlaskClient, new_email: str
) -> None:
    open_account(client, new_email, name="You have won: https://evil.example/")
    client.post("/en/forgotten", data={"email": new_email})
    with app.app_context():
        mine = [letter for letter in letters.list_letters(db.session) if letter.recipient == new_email]
    assert len(mine) == 2 and not any("evil" in letter.body + letter.subject for letter in mine)


def test_signing_up_twice_in_one_moment_is_once(app: Flask, new_email: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: open_account(app.test_client(), new_email).status_code, range(4)))
    assert answers == [303] * 4 and not fresh(app, new_email).is_verified


def test_wrong_password_and_unknown_address_look_alike(client: FlaskClient, make_user: MakeUser) -> None:
    email = make_user().email
    wrong, unknown = enter(client, email, OTHER), enter(client, "nobody@example.com", OTHER)
    assert wrong.status_code == unknown.status_code == 400
    texts = [re.sub(r'(csrf_token" value=|[a-z0-9]+@example)[^ ]*', "", answer.text) for answer in (wrong, unknown)]
    assert texts[0] == texts[1] and OTHER not in wrong.text


def test_hashing_costs_as_much_as_the_standard_asks(slow_hasher: PasswordHasher) -> None:
    assert extract_parameters(slow_hasher.hash(PASSWORD)) == RFC_9106_LOW_MEMORY


@pytest.mark.usefixtures("context")
def test_unknown_address_costs_one_hash_too(make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - named by argon2
            verified.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(auth, "_hasher", Counting())
    assert auth.authenticate("nobody@example.com", PASSWORD) is None
    assert auth.authenticate(make_user().email, OTHER) is None
    assert len(verified) == 2 and all(one.startswith("$argon2id$") for one in verified)


def test_password_in_full_width_is_the_same(client: FlaskClient, make_user: MakeUser) -> None:
    wide = PASSWORD.translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)})
    assert wide != PASSWORD and enter(client, make_user().email, wide).status_code == 303


def test_old_hash_is_renewed_and_sessions_go_on(app: Flask, client: FlaskClient, make_user: MakeUser) -> None:
    user = make_user()
    old = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    with app.app_context():
        accounts.save_rehashed_password(db.session, user.id, old)
        db.session.commit()
    assert enter(client, user.email).status_code == 303
    with app.app_context():
        found = accounts.find_credentials(db.session, user.email)
    assert found and found.password_hash != old and found.account.stamp == user.stamp


@pytest.mark.parametrize(
    ("onward", "goes_to"),
    [
        ("/fr/search?q=a&country=CA", "/fr/search?q=a&country=CA"),
        ("//evil.example/", "/en/"),
        ("https://evil.example/", "/en/"),
        ("/\\evil.example", "/en/"),
        ("\t//evil.example", "/en/"),
        ("javascript:alert(1)", "/en/"),
        ("", "/en/"),
    ],
)
def test_sign_in_leads_back_but_never_away(client: FlaskClient, make_user: MakeUser, onward: str, goes_to: str) -> None:
    assert enter(client, make_user().email, next=onward).headers["Location"] == goes_to


@given(st.text(max_size=60))
def test_own_path_is_a_path_on_this_site(address: str) -> None:
    for one in (address, "/" + address):
        kept = own_path(one)
        assert kept is None or (kept.startswith("/") and not kept.startswith(("//", "/\\")))


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient, make_user: MakeUser) -> None:
    cookie = enter(client, make_user().email).headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie


def test_cookie_is_secure_behind_tls(instance: Path) -> None:
    app = create_app(Settings(instance_folder=instance, public_url="https://kakehashi.example"))
    response = app.test_client().get("/en/sign-in", base_url="https://kakehashi.example")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-kakehashi=") and "Secure" in cookie and "Path=/" in cookie
    assert "max-age" in response.headers["Strict-Transport-Security"]


def test_sign_in_starts_a_new_session(client: FlaskClient, make_user: MakeUser) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody"
    enter(client, make_user().email)
    with client.session_transaction() as session:
        assert "planted" not in session and session.permanent


@pytest.mark.parametrize(("age", "is_open"), [(timedelta(days=6), True), (timedelta(days=8), False)])
def test_session_ends_after_a_week(
    client: FlaskClient,
    make_user: MakeUser,
    sign_in: SignIn,
    age: timedelta,
    is_open: bool,  # noqa: FBT001
) -> None:
    sign_in(client, make_user())
    with client.session_transaction() as session:
        session["since"] = int((datetime.now(UTC) - age).timestamp())
    assert is_signed_in(client) == is_open


def test_session_ends_when_left_alone(
    app: Flask, client: FlaskClient, make_user: MakeUser, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, make_user())
    monkeypatch.setitem(app.config, "PERMANENT_SESSION_LIFETIME", timedelta(seconds=-1))
    assert not is_signed_in(client)


def test_sign_out_everywhere_ends_other_sessions_and_links(app: Flask, make_user: MakeUser, sign_in: SignIn) -> None:
    user = make_user()
    here, there = sign_in(app.test_client(), user), sign_in(app.test_client(), user)
    here.post("/en/forgotten", data={"email": user.email})
    address = link_in(last_letter(app, user.email))
    here.post("/en/sign-out")
    assert not is_signed_in(here) and is_signed_in(there)
    sign_in(here, user).post("/en/sign-out-everywhere")
    assert not is_signed_in(here) and not is_signed_in(there)
    assert here.get(address).status_code == 404


def test_pages_of_a_person_stay_out_of_caches(client: FlaskClient, make_user: MakeUser, sign_in: SignIn) -> None:
    sign_in(client, make_user())
    response = client.get("/en/about")
    assert response.headers["Cache-Control"] == "no-store" and "Cookie" in response.headers["Vary"]


def test_form_from_before_signing_out_says_what_to_do(guarded_client: FlaskClient, make_user: MakeUser) -> None:
    page = guarded_client.get("/en/sign-in").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    data = {"email": make_user().email, "password": PASSWORD, "csrf_token": token[1]}
    assert guarded_client.post("/en/sign-in", data=data).status_code == 303
    again = guarded_client.post("/fr/account/profile", data={"name": "x", "lang": "fr", "csrf_token": token[1]})
    assert again.status_code == 400 and tree_is_strict(again)


def tree_is_strict(response: TestResponse) -> bool:
    html5lib.HTMLParser(strict=True).parse(response.text)
    return True


# --- forgotten, changed and deleted -----------------------------------------------------------------------------------


def test_reset_sets_a_password_once(app: Flask, client: FlaskClient, make_user: MakeUser, sign_in: SignIn) -> None:
    user = make_user()
    elsewhere = sign_in(app.test_client(), user)
    unknown = client.post("/en/forgotten", data={"email": "nobody@example.com"})
    known = client.post("/en/forgotten", data={"email": user.email})
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert count_letters(app, "nobody@example.com") == 0
    address = link_in(last_letter(app, user.email))
    assert client.get(address).status_code == 200 and not is_signed_in(client)
    assert client.post(address, data={"password": "short"}).status_code == 400
    assert client.post(address, data={"password": OTHER}).status_code == 303
    assert is_signed_in(client) and not is_signed_in(elsewhere)
    assert client.post(address, data={"password": PASSWORD}).status_code == 404
    assert enter(app.test_client(), user.email, OTHER).status_code == 303


@pytest.mark.usefixtures("context")
def test_link_for_one_purpose_serves_no_other_and_ends(make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user()
    token = auth.make_token(Purpose.RESET, user)
    assert auth.read_token(Purpose.RESET, token)
    assert auth.read_token(Purpose.VERIFY, token) is None
    assert auth.read_token(Purpose.RESET, token + "x") is None
    monkeypatch.setitem(auth._LIFETIMES, Purpose.RESET, timedelta(seconds=-1))
    assert auth.read_token(Purpose.RESET, token) is None


def test_change_of_password_asks_for_the_present_one(
    app: Flask, client: FlaskClient, make_user: MakeUser, sign_in: SignIn
) -> None:
    user = make_user()
    elsewhere = sign_in(app.test_client(), user)
    sign_in(client, user)
    wrong = client.post("/en/account/password", data={"present": OTHER, "password": OTHER})
    assert wrong.status_code == 400 and "not your present password" in wrong.text
    assert client.post("/en/account/password", data={"present": PASSWORD, "password": OTHER}).status_code == 303
    assert is_signed_in(client) and not is_signed_in(elsewhere)
    assert "was changed" in last_letter(app, user.email).subject


def test_name_and_language(app: Flask, client: FlaskClient, make_user: MakeUser, sign_in: SignIn) -> None:
    user = make_user()
    sign_in(client, user)
    assert client.post("/en/account/profile", data={"name": " 山田\n愛子 ", "lang": "ja"}).status_code == 303
    saved = fresh(app, user.email)
    assert (saved.name, saved.lang) == ("山田 愛子", "ja")
    client.post("/en/forgotten", data={"email": user.email})
    assert "/ja/reset/" in last_letter(app, user.email).body
    bad = client.post("/en/account/profile", data={"name": "", "lang": "xx"})
    assert bad.status_code == 400 and tree_is_strict(bad)


def test_deleting_asks_twice_and_leaves_no_trace_of_the_person(
    app: Flask, client: FlaskClient, make_user: MakeUser, make_team: MakeTeam, sign_in: SignIn
) -> None:
    user = make_user()
    alone, heir = make_team(manager=user), make_user()
    shared = make_team(manager=user)
    with app.app_context():
        accounts.save_new_member(db.session, heir.id, team_id=shared, right=TeamRight.VIEW)
        db.session.commit()
    sign_in(client, user)
    client.post("/en/forgotten", data={"email": user.email})
    assert "What stays" in client.get("/en/account/delete").text
    assert client.post("/en/account/delete", data={"email": heir.email}).status_code == 400
    assert is_signed_in(client)
    assert client.post("/en/account/delete", data={"email": user.email}).status_code == 303
    assert not is_signed_in(client) and now_in_store(app, user.email) is None
    assert count_letters(app, user.email) == 0
    assert enter(client, user.email).status_code == 400
    with app.app_context():
        assert user.email not in {a.email for a in accounts.list_accounts(db.session)}
        assert user.id not in {a.id for a in accounts.list_accounts(db.session)}
        assert accounts.get_team(db.session, heir.id, team_id=shared).right is TeamRight.MANAGE
        with pytest.raises(NoSuchTeam):
            accounts.get_team(db.session, user.id, team_id=alone)
    assert open_account(client, user.email).status_code == 303, "the address is free again"


def test_deleting_takes_private_lists_and_leaves_those_of_the_team(
    app: Flask, make_user: MakeUser, make_team: MakeTeam
) -> None:
    team = make_team()
    user, colleague = make_user(team=team), make_user(team=team)
    with app.app_context():
        kept = [
            Shortlist(id=uuid.uuid4(), title="t", owner_id=owner.id, team_id=shared)
            for owner, shared in ((user, None), (user, team), (colleague, team))
        ]
        db.session.add_all(kept)
        db.session.flush()
        items = [
            ShortlistItem(
                id=uuid.uuid4(), shortlist_id=one.id, position=1, seeker_id="a", partner_id="b", relation="peer",
                status="new", assignee_id=user.id, snapshot={}, corpus_id="x", matcher_version="1",
            )
            for one in kept
        ]  # fmt: skip
        db.session.add_all(items)
        db.session.flush()
        db.session.add_all(ItemEvent(item_id=i.id, actor_id=user.id, field="note", old="", new="x") for i in items)
        db.session.commit()
        lists, ids = [one.id for one in kept], [item.id for item in items]
        accounts.delete_account(db.session, user.id)
        db.session.commit()
        db.session.expire_all()
        assert [db.session.get(Shortlist, i) is not None for i in lists] == [False, True, True]
        left = [db.session.get(ShortlistItem, i) for i in ids]
        assert left[0] is None and all(item and item.assignee_id is None for item in left[1:])
        assert db.session.get_one(User, user.id).name == ""
        # The team's last other member takes it apart: the list of whoever left has nobody to go back to.
        accounts.save_member_right(
            db.session, _manager(team), team_id=team, member_id=colleague.id, right=TeamRight.MANAGE
        )
        accounts.delete_team(db.session, colleague.id, team_id=team)
        db.session.commit()
        db.session.expire_all()
        assert db.session.get(Shortlist, lists[1]) is None
        assert db.session.get_one(Shortlist, lists[2]).team_id is None


def _manager(team: uuid.UUID) -> uuid.UUID:
    managing = select(Membership.user_id).where(Membership.team_id == team, Membership.right == "manage")
    return db.session.scalars(managing).one()


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize(
    ("password", "is_taken"),
    [
        ("elevenchars", False),
        ("twelve chars", True),
        ("架け橋を渡る七人の役人たち", True),
        ("x" * 200, True),
        ("x" * 201, False),
        ("AIKO.TREMBLAY@EXAMPLE.COM", False),
        ("Aiko Tremblay", False),
        ("ａｉｋｏ．ｔｒｅｍｂｌａｙ", False),
    ],
)
def test_rules_for_passwords(password: str, is_taken: bool) -> None:  # noqa: FBT001
    data = {"name": "Aiko Tremblay", "email": "aiko.tremblay@example.com", "role": "officer", "password": password}
    form = forms.SignUp(MultiDict(data))
    assert form.validate() == is_taken
    assert is_taken or form.password.errors


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("still_clock")
@pytest.mark.parametrize("page", ["sign-in", "sign-up", "forgotten"])
def test_guessing_is_slowed_down(app: Flask, page: str) -> None:
    answers = [app.test_client().post(f"/fr/{page}", data={"email": f"a{n}@example.com"}) for n in range(12)]
    assert [a.status_code for a in answers].count(429) == 2
    assert "Erreur" in answers[-1].text and tree_is_strict(answers[-1])
    assert app.test_client().get(f"/fr/{page}").status_code == 200, "reading is free"


def test_guessing_one_account_from_many_places_is_slowed_down(app: Flask, make_user: MakeUser) -> None:
    email, codes = make_user().email, []
    for n in range(12):
        answer = app.test_client().post(
            "/en/sign-in",
            data={"email": email.upper() if n % 2 else email, "password": "wrong"},
            environ_base={"REMOTE_ADDR": f"192.0.2.{n}"},
        )
        codes.append(answer.status_code)
    assert codes == [400] * 10 + [429] * 2


@pytest.mark.parametrize("spelling", ["{}", " {}", "\u200b{}", "{}\u3000", "\u2060\u2060{}", "{}".ljust(400)])
def test_another_spelling_gets_no_tries_of_its_own(app: Flask, make_user: MakeUser, spelling: str) -> None:
    email = make_user().email

    def try_it(spelled: str, place: str) -> int:
        data = {"email": spelled, "password": "wrong"}
        return app.test_client().post("/en/sign-in", data=data, environ_base={"REMOTE_ADDR": place}).status_code

    assert [try_it(email, f"192.0.2.{n}") for n in range(10)] == [400] * 10
    assert try_it(spelling.format(email.replace("example", "\uff45xample")), "192.0.2.99") == 429


def test_mistyped_addresses_of_others_do_not_count(app: Flask) -> None:
    codes = [
        app.test_client()
        .post("/en/sign-in", data={"email": "", "password": "x"}, environ_base={"REMOTE_ADDR": f"192.0.2.{n}"})
        .status_code
        for n in range(12)
    ]
    assert codes == [400] * 12


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::"),
        ("a unix socket", "a unix socket"),
    ],
)
def test_limits_count_visitors_not_addresses(app: Flask, address: str, counted_as: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert visitor() == counted_as


# --- administrators ---------------------------------------------------------------------------------------------------


def test_the_last_administrator_stays(own_app: Callable[..., Flask], sign_in: SignIn) -> None:
    app = own_app()
    hashed = auth.hash_password(PASSWORD)
    with app.app_context():
        one, other = (
            accounts.save_administrator(db.session, email=email, name="x", password_hash=hashed, actor="test")[0]
            for email in ("one@example.com", "other@example.com")
        )
        db.session.commit()

    def go(account: Account) -> TestResponse:
        client = sign_in(app.test_client(), account)
        return client.post("/en/account/delete", data={"email": account.email}, follow_redirects=True)

    assert "Your account is deleted." in go(one).text
    assert "another administrator has to change your own role" in go(other).text
    assert now_in_store(app, one.email) is None and now_in_store(app, other.email) is not None


def test_administrator_changes_roles_and_keeps_people_out(
    app: Flask, client: FlaskClient, make_user: MakeUser, sign_in: SignIn
) -> None:
    admin, user = make_user(role="administrator"), make_user()
    theirs = sign_in(app.test_client(), user)
    sign_in(client, admin)
    assert user.email in client.get(f"/en/people?q={user.email}").text
    client.post(f"/en/people/{user.id}/role", data={"role": "reviewer", "confirmed": "yes"})
    assert fresh(app, user.email).role is AccountRole.REVIEWER
    client.post(f"/en/people/{user.id}/active", data={"is_active": "no"})
    assert not is_signed_in(theirs) and enter(app.test_client(), user.email).status_code == 400
    client.post(f"/en/people/{user.id}/active", data={"is_active": "yes"})
    assert enter(app.test_client(), user.email).status_code == 303
    client.post(f"/en/people/{admin.id}/role", data={"role": "officer"})
    client.post(f"/en/people/{admin.id}/active", data={"is_active": "no"})
    assert fresh(app, admin.email).role is AccountRole.ADMINISTRATOR and is_signed_in(client)
    assert client.post(f"/en/people/{uuid.uuid4()}/role", data={"role": "officer"}).status_code == 404
    assert client.post(f"/en/people/{user.id}/role", data={"role": "emperor"}).status_code == 400
    with app.app_context():
        done = [(actor, action) for actor, action, _ in list_audit_events(db.session, str(user.id))]
    assert (str(admin.id), "account.role") in done and (str(admin.id), "account.deactivate") in done


# --- teams ------------------------------------------------------------------------------------------------------------


def test_invitation_by_mail_is_taken_up_by_whom_it_is_for(
    app: Flask, make_user: MakeUser, make_team: MakeTeam, sign_in: SignIn
) -> None:
    manager, guest, stranger = make_user(), make_user(name="ジュン"), make_user()
    team = make_team("Québec–関西", manager=manager)
    theirs = sign_in(app.test_client(), manager)
    answers = [
        theirs.post(f"/en/teams/{team}/invitations", data={"email": email, "right": "edit"}, follow_redirects=True).text
        for email in (guest.email, "nobody@example.com")
    ]
    assert answers[0].replace(guest.email, "") == answers[1].replace("nobody@example.com", "")
    address = link_in(last_letter(app, guest.email))
    assert sign_in(app.test_client(), stranger).get(address).status_code == 404
    mine = sign_in(app.test_client(), guest)
    assert mine.get(f"/en/teams/{team}").status_code == 404
    assert mine.get(address).status_code == 200
    assert mine.post(address).headers["Location"] == f"/en/teams/{team}"
    assert "ジュン" in theirs.get(f"/en/teams/{team}").text
    for page, data in (("name", {"name": "x"}), ("invitations", {"email": stranger.email, "right": "view"})):
        assert mine.post(f"/en/teams/{team}/{page}", data=data).status_code == 403
    assert mine.post(f"/en/teams/{team}/members/{manager.id}/remove").status_code == 403
    theirs.post(f"/en/teams/{team}/members/{guest.id}/remove")
    assert mine.get(f"/en/teams/{team}").status_code == 404
    assert mine.post(address).status_code == 404, "an invitation does not undo being taken out"


# --- whatever is sent -------------------------------------------------------------------------------------------------

_ANYTHING = st.dictionaries(
    st.sampled_from("name email password present role lang next right is_active code state csrf_token".split()),
    st.one_of(st.text(max_size=300), st.emails(), st.sampled_from(["officer", "manage", "en", "yes", PASSWORD])),
)
_FORMS: list[Any] = [
    forms.SignUp, forms.SignIn, forms.Verify, forms.Forgotten, forms.Reset, forms.NameAndLanguage, forms.ChangePassword,
    forms.Confirm, forms.DeleteAccount, forms.ChooseRole, forms.ChooseActive, forms.OidcFinish, forms.TeamName,
    forms.ChooseRight, forms.Invite,
]  # fmt: skip


@pytest.mark.parametrize("form_type", _FORMS)
@many
@given(data=_ANYTHING)
def test_forms_take_anything_and_keep_only_what_is_right(app: Flask, form_type: Any, data: dict[str, str]) -> None:
    with app.test_request_context():
        form = form_type(MultiDict(data))
        if not form.validate():
            assert form.errors and all(str(e) for errors in form.errors.values() for e in errors)
            return
        kept = form.data
    for name in kept.keys() & {"name", "email"}:
        assert kept[name].isprintable() and kept[name] == kept[name].strip() != ""
    assert len(kept.get("name", "")) <= 120 and len(kept.get("email", "")) <= 254
    assert kept.get("role", "officer") in set(AccountRole)
    assert kept.get("right", "view") in set(TeamRight)
    assert own_path(kept.get("next") or "/") is not None


@many
@given(page=st.sampled_from(["sign-up", "sign-in", "forgotten", "account/profile", "teams"]), data=_ANYTHING)
def test_pages_take_anything(app: Flask, anybody: Account, sign_in: SignIn, page: str, data: dict[str, str]) -> None:
    response = sign_in(app.test_client(), anybody).post(
        f"/ja/{page}", data=data, environ_base={"REMOTE_ADDR": f"192.0.2.{uuid.uuid4().int % 200}"}
    )
    assert response.status_code in {303, 400, 429}
    if response.status_code == 400:
        assert tree_is_strict(response)


@pytest.fixture
def anybody(make_user: MakeUser) -> Account:
    return make_user()


@many
@given(token=st.text(max_size=80))
def test_links_take_anything(app: Flask, token: str) -> None:
    with app.test_request_context():
        assert [auth.read_token(purpose, token) for purpose in Purpose] == [None] * len(Purpose)


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages_are_whole(
    app: Flask,
    client: FlaskClient,
    make_user: MakeUser,
    make_team: MakeTeam,
    sign_in: SignIn,
    lang: str,
    new_email: str,
) -> None:
    user = make_user(role="administrator", name="<b>Aiko</b> & co.")
    team = make_team(manager=user)
    public = ["sign-up", "sign-in", "forgotten", "mail-sent"]
    open_account(client, new_email)
    verify = link_in(last_letter(app, new_email))[4:]
    client.post("/en/forgotten", data={"email": user.email})
    reset = link_in(last_letter(app, user.email))[4:]
    for page in (*public, verify, reset):
        check_page(client.get(f"/{lang}/{page}"), lang)
    sign_in(client, user)
    for page in ("account", "account/delete", "people", "teams", f"teams/{team}", f"teams/{team}/delete", *public):
        response = client.get(f"/{lang}/{page}")
        check_page(response, lang)
        assert "<b>Aiko" not in response.text


def check_page(response: TestResponse, lang: str) -> None:
    assert response.status_code == 200
    html5lib.HTMLParser(strict=True).parse(response.text)
    root = html5lib.parse(response.text, namespaceHTMLElements=False)
    assert root.get("lang") == lang and len(list(root.iter("h1"))) == 1
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    labelled = {label.get("for") for label in root.iter("label")}
    for field in (*root.iter("input"), *root.iter("select"), *root.iter("textarea")):
        is_named = field.get("type") in {"hidden", "radio"} or field.get("id") in labelled or field.get("aria-label")
        assert is_named, field.attrib
        for note in (field.get("aria-describedby") or "").split():
            assert note in ids
