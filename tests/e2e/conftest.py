"""One served application, one mail server, one browser a module, and the list of all pages, for all browser tests."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from functools import partial, wraps
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask_babel import force_locale
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pydantic import SecretStr
from waitress.server import create_server

from matcher.document import profile_document
from matcher.match import Relation
from matcher.profile import Profile
from matcher.ranking import MATCHER_VERSION
from matcher.taxonomy import Change, ChangeKind
from tests.e2e.looks import PATIENCE, follow, look
from tests.inbox import Inbox, serving, taken_port
from web import alerts, auth, cli, create_app, submission_letters
from web.api.contract import OPERATIONS
from web.auth import Purpose
from web.config import Settings
from web.extensions import db, limiter
from web.forms.alerts import read_query
from web.i18n import LOCALES
from web.imports.tables import read as read_table
from web.interests import mute_token
from web.matching import current_board
from web.security import POLICIES, AccountRole, Policy, Scope, TeamRight
from web.store import accounts, desk, imports, interests, judgements, searches, showings, submissions, taxonomy, tokens
from web.store.accounts import Account
from web.store.desk import Refusal, Status
from web.store.judgements import Reason, Verdict
from web.store.searches import Frequency
from web.store.snapshots import Snapshot
from web.store.submissions import Comment, Contact, Objection, Submission

P = ParamSpec("P")
R = TypeVar("R")

SECRET = "for-tests-only-0123456789-abcdefghijklmnop"  # noqa: S105 - of an application that exists in tests only
PASSWORD = "seven bridges over the river"  # noqa: S105 - of people who exist in tests only
# Once for the whole run and for every person: hashing is slow on purpose.
HASHED = auth.hash_password(PASSWORD)

# One row of every sort: new, a change, nothing new, known already?, to be mended.
SPREADSHEET = """Name (English);Nom (français);名称;Country;Kind;Province;City;Source;Read on;Alias;Capability;Need
Érable Robotics Inc.;Robotique Érable inc.;;Canada;company;Quebec;Sherbrooke;https://example.com/;2026-01-02;;\
Makes light robotic arms that mount on a wheelchair.;Looks for a distributor with a service network in Japan.
Kinova;;;Canada;;;;https://example.com/;2026-01-02;Kinova Assist;Trains therapists in the use of assistive arms.;
Kinova inc.;;;Canada;;;;;;;;
Cyberdyne Corp;;;日本;企業;茨城県;Tsukuba;https://example.com/;2026-01-02;;;
Somewhere Ltd.;;;Canada;shop;Hokkaido;;no address;01/02/2026;;Short.;
""".encode()
# Every page with examples of its address; words in braces are what `known` made. A page that is not here fails a test.
PAGES: Mapping[str, tuple[str, ...]] = {
    "home.index": ("/",),
    "home.about": ("/about",),
    "search.results": (
        "/search",
        "/search?q=量子アニーリング",
        "/search?q=zzzzzzzz",
        "/search?field=robotics&kind=company&kind=university",
    ),
    "organisations.page": ("/organisations/kinova", "/organisations/rapidos"),
    "organisations.partners": ("/organisations/rapidus/matches", "/organisations/rapidus/matches?kind=hospital"),
    "matches.page": (
        "/matches/rapidus/tenstorrent",
        "/matches/japan-aisi/canada-caisi?relation=peer",
        "/matches/rapidus/fujitsu",
    ),
    "matches.why_not": (
        "/organisations/kinova/why/cyberdyne",
        "/organisations/rapidus/why/mila?kind=hospital&who=partner&role=need&said=chips",
    ),
    "matches.find_why": (
        "/organisations/kinova/why",
        "/organisations/kinova/why?name=東京",
        "/organisations/kinova/why?name=zzz",
    ),
    "introductions.page": ("/matches/kinova/cyberdyne/introduction",),
    "compare.page": ("/compare?seeker=kinova&with=cyberdyne&with=rapidus", "/compare"),
    "programmes.index": ("/programmes", "/programmes?status=open&country=JP&kind=tax"),
    "programmes.page": ("/programmes/globalstars-japan", "/programmes/jst-cihr-stem-cells"),
    "programmes.check": (
        "/programmes/globalstars-japan/check?with=kinova&with=cyberdyne&ip_plan=yes&duration_months=many",
        "/programmes/canada-japan-3-plus-2/check",
    ),
    "programmes.consortium": (
        "/programmes/canada-japan-3-plus-2/consortium?with=kinova&with=cyberdyne",
        "/programmes/globalstars-japan/consortium?add=zzzz",
    ),
    "organisations.programmes": ("/organisations/kinova/programmes",),
    "quality.page": ("/quality",),
    "pictures.heat_map": ("/map", "/map?country=JP&asked=robotics#answers"),
    "pictures.network": ("/network",),
    "pictures.dashboard": ("/desk",),
    "accounts.sign_up": ("/sign-up",),
    "accounts.mail_sent": ("/mail-sent",),
    "accounts.verify": ("/verify/{verify}", "/verify/used"),
    "accounts.sign_in": ("/sign-in",),
    "accounts.forgotten": ("/forgotten",),
    "accounts.reset": ("/reset/{reset}",),
    "accounts.page": ("/account",),
    "accounts.delete": ("/account/delete",),
    "tokens.index": ("/account/tokens",),
    "tokens.revoke": ("/account/tokens/{token}/revoke",),
    "reference.page": ("/api",),
    "administration.review": ("/review",),
    "administration.index": ("/administration",),
    "people.index": ("/people", "/people?q=cote&role=officer&active=yes", "/people?q=zzzz"),
    "people.page": ("/people/{colleague}",),
    "audit.index": ("/audit", "/audit?actor=Aiko&action=account.sign_in", "/audit?since=2026-02-30"),
    "programme_editing.index": ("/review/programmes",),
    "programme_editing.create": ("/review/programmes/new",),
    "programme_editing.edit": ("/review/programmes/globalstars-japan",),
    "taxonomy.index": ("/review/subjects", "/review/subjects?q=recuit"),
    "taxonomy.page": ("/review/subjects/quantum-annealing", "/review/subjects/quantum"),
    "taxonomy.create": ("/review/new-subject",),
    "taxonomy.changes": ("/review/subject-changes",),
    "taxonomy.undo": ("/review/subject-changes/{subject_change}/undo",),
    "imports.index": ("/imports",),
    "imports.page": ("/imports/{import}", "/imports/{import}?state=faulty"),
    "duplicates.index": ("/duplicates",),
    "duplicates.preview": ("/duplicates/kinova/tenstorrent",),
    "reviews.index": ("/reviews", "/reviews?findings=without&sort=change"),
    "reviews.decided": ("/reviews/decided",),
    "reviews.page": ("/reviews/{submission}", "/reviews/{returned}"),
    "reviews.choose_reasons": ("/reviews/{submission}/return",),
    "revisions.page": ("/organisations/kinova/history",),
    "revisions.programme": ("/review/programmes/globalstars-japan/history",),
    "draft.page": ("/draft",),
    "submissions.index": ("/my-organisation",),
    "submissions.find": ("/my-organisation/find", "/my-organisation/find?q=kinov"),
    "submissions.claim": ("/my-organisation/claim/kinova",),
    "submissions.step": tuple(f"/my-organisation/edit/{step}" for step in ("about", "offer", "need", "check", "send")),
    "submissions.text": ("/my-organisation/text",),
    "submissions.discard": ("/my-organisation/discard",),
    "listings.withdraw": ("/my-organisation/withdraw",),
    "listings.statistics": ("/my-organisation/statistics",),
    "listings.renew_by_link": ("/listings/renew/{renew}", "/listings/renew/cut"),
    "listings.stop_by_link": ("/listings/no-reminders/{no_reminders}",),
    "teams.index": ("/teams",),
    "teams.page": ("/teams/{team}",),
    "teams.join": ("/teams/join/{join}",),
    "teams.delete": ("/teams/{team}/delete",),
    "shortlists.index": ("/shortlists",),
    "shortlists.page": ("/shortlists/{shortlist}", "/shortlists/{empty}"),
    "shortlists.choose": ("/shortlists/add?seeker=kinova&partner=cyberdyne",),
    "shortlists.item": ("/shortlists/items/{item}", "/shortlists/items/{declined}"),
    "interests.index": ("/interests",),
    "interests.new": ("/interests/new/rapidus/tenstorrent",),
    "interests.page": ("/interests/{interest}",),
    "interests.mute": ("/interests/mute/{mute}", "/interests/mute/cut"),
    "judgements.index": ("/judgements",),
    "judgements.page": ("/judgements/{judgement}",),
    "combinations.index": ("/models",),
    "searches.index": ("/searches",),
    "searches.new": ("/searches/new?q=robot", "/searches/new/kinova?kind=company"),
    "searches.page": ("/searches/{search}",),
    "searches.dismiss_by_link": ("/alerts/dismiss/{dismiss}",),
    "searches.stop_by_link": ("/alerts/stop/{stop}", "/alerts/stop/cut"),
    # An issuer that does not answer; the start also says which language the callback speaks.
    "oidc.start": ("/oidc/start",),
    "oidc_callback": ("/oidc/callback?code=abc&state=def",),
}
# What answers a GET with something else than a page.
NO_PAGES = {
    "static", "choose", "search.suggest", "searches.feed", "exports.ranking", "exports.match", "exports.shortlist",
    "draft.begin", "submissions.begin_text", "submissions.outlook", "listings.matches", "listings.data",
    "imports.template_file", "taxonomy.export", "programmes.calendar", "programmes.programme_calendar",
    "interests.certificate_file", "matches.names", "health.alive", "health.ready",
    *(f"api.{name}" for name, operation in OPERATIONS.items() if operation.method == "GET"),
}  # fmt: skip
# Public pages that show more to whoever is signed in; they are looked at both ways.
RICHER = {"home.index", "organisations.page", "programmes.page", "organisations.partners", "matches.page"}


class Stop(NamedTuple):
    """A page to look at: its address without the language, and whether somebody is signed in."""

    path: str
    is_signed_in: bool


def aside(work: Callable[P, R]) -> Callable[P, R]:
    """Does the work in a thread of its own: in this one the browser's event loop may run, and Flask wants none."""

    @wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(work, *args, **kwargs).result()

    return run


# --- what is served ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def listener() -> Iterator[socket.socket]:
    """Bound before the application is made: mailed links carry the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture(scope="session")
def inbox() -> Iterator[tuple[Inbox, int]]:
    box = Inbox()
    with taken_port() as place, serving(box, place) as port:
        yield box, port


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, listener: socket.socket, inbox: tuple[Inbox, int]) -> Settings:
    return Settings(
        secret_key=SecretStr(SECRET), instance_folder=tmp_path_factory.mktemp("instance"),
        port=listener.getsockname()[1], smtp_host="127.0.0.1", smtp_port=inbox[1], smtp_security="none",
        mail_from="desk@example.com", oidc_issuer="http://127.0.0.1:1", oidc_client_id="kakehashi",
    )  # fmt: skip


@pytest.fixture(scope="session")
def command(settings: Settings) -> Callable[..., int]:
    """Runs ``kakehashi``, with the settings of the application that is served."""

    @aside
    def run(*args: str) -> int:
        with pytest.MonkeyPatch.context() as environment:
            for name in settings.model_fields_set:
                value = getattr(settings, name)
                text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
                environment.setenv(f"KAKEHASHI_{name.upper()}", text)
            return cli.main(list(args))

    return run


@pytest.fixture(scope="session")
def app(settings: Settings, command: Callable[..., int]) -> Flask:
    assert command("db", "upgrade") == 0
    assert command("load") == 0
    return create_app(settings)


@pytest.fixture(scope="session")
def address(app: Flask, settings: Settings, listener: socket.socket) -> Iterator[str]:
    server: Any = create_server(app, sockets=[listener], threads=4, clear_untrusted_proxy_headers=True)

    def serve() -> None:
        # Closing takes the sockets from under the waiting loop, which may then complain.
        with suppress(OSError):
            server.run()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield settings.base_url()
    server.close()
    thread.join(timeout=10)


@pytest.fixture(scope="session")
def in_app(app: Flask) -> Callable[..., Any]:
    """Does some work as the application would, in a language."""

    @aside
    def run(work: Callable[[], R], lang: str = "en") -> R:
        with app.test_request_context(), force_locale(LOCALES[lang]):
            return work()

    return run


@pytest.fixture(autouse=True)
def _no_limit_reached() -> Iterator[None]:
    """What one test used up of a rate limit is there again for the next."""
    yield
    limiter.reset()


@pytest.fixture
def mailed(command: Callable[..., int], inbox: tuple[Inbox, int]) -> Callable[[str], EmailMessage]:
    """Sends what waits, and returns the last mail to an address."""

    def find(email: str) -> EmailMessage:
        assert command("mail", "send") == 0
        return next(mail for mail in reversed(inbox[0].mails) if mail["To"] == email)

    return find


# --- people and their work --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def make_person(app: Flask) -> Callable[..., Account]:
    @aside
    def make(email: str, name: str, role: AccountRole = AccountRole.OFFICER, *, is_verified: bool = True) -> Account:
        with app.app_context():
            account = accounts.save_new_account(
                db.session, email=email, name=name, role=role, lang="en", password_hash=HASHED, is_verified=is_verified
            )
            db.session.commit()
        return account

    return make


@pytest.fixture(scope="session")
def make_list(app: Flask) -> Callable[..., str]:
    """Makes an empty shortlist, and returns its id."""

    @aside
    def make(owner: Account, title: str) -> str:
        with app.app_context():
            made = desk.save_shortlist(db.session, owner, title=title, team_id=None)
            db.session.commit()
        return str(made)

    return make


@pytest.fixture(scope="session")
def add_match(app: Flask) -> Callable[..., str]:
    """Puts a match on a shortlist with a follow-up, and returns the id of the item."""

    @aside
    def add(owner: Account, shortlist_id: Any, pair: tuple[str, str], **follow_up: Any) -> str:
        with app.app_context():
            board = current_board()
            why = board.pair(*pair)
            item_id = desk.save_new_item(
                db.session, owner, shortlist_id=uuid.UUID(str(shortlist_id)),
                snapshot=Snapshot.of(why, *board.parties(why), why.match.relation),
                corpus_id=board.corpus.snapshot_id, matcher_version=MATCHER_VERSION,
            ).item_id  # fmt: skip
            if follow_up:
                _, item = desk.get_item(db.session, owner, item_id=item_id)
                edit = replace(item.edit, **follow_up)
                desk.save_item(db.session, owner, item_id=item_id, version=item.version, edit=edit)
            db.session.commit()
        return str(item_id)

    return add


_DESK = Contact("Partnerships desk", "desk@example.com")


def _send_submission(
    owner: Account, profile: Profile, *, contact: Contact = _DESK, is_new: bool = False, is_anonymous: bool = False,
    **changes: Any,
) -> Submission:  # fmt: skip
    """What an organisation says of itself, with changes, sent to the reviewers, who do not have it yet."""
    document = profile_document(profile) | changes
    begun = submissions.find_submission(db.session, owner_id=owner.id) or submissions.save_new_submission(
        db.session, owner_id=owner.id, document=document, entry_id=None if is_new else profile.id
    )
    draft = submissions.save_draft(
        db.session, owner_id=owner.id, version=begun.version, document=document, is_anonymous=is_anonymous,
        contact=contact, evidence="I answer for partnerships there.",
    )  # fmt: skip
    return submissions.save_submitted(db.session, owner_id=owner.id, version=draft.version)


def _publish(sent: Submission, profile: Profile) -> Submission:
    return submissions.save_published(
        db.session, submission_id=sent.id, version=sent.version, actor="reviewer", profile=profile,
        day=datetime.now(UTC).date(),
    )  # fmt: skip


@pytest.fixture(scope="session")
def send_in(in_app: Callable[..., Any], make_person: Callable[..., Account]) -> Callable[..., Account]:
    """Sends a profile in for somebody, made for it unless given, and may publish it at once; returns who it is."""

    def send(
        contact: Contact, profile: Profile, *, owner: Account | None = None, is_published: bool = False, **changes: Any
    ) -> Account:
        account = owner or make_person(contact.email, contact.name, AccountRole.ORGANISATION)

        def store() -> None:
            sent = _send_submission(account, profile, contact=contact, **changes)
            if is_published:
                _publish(sent, profile)
            db.session.commit()

        in_app(store)
        return account

    return send


def _keep_own(owner: Account, today: date) -> str:
    """A published profile of the owner with a change that is not sent yet; returns what renews it."""
    profile = submissions.get_entry_profile(db.session, entry_id="mila")
    sent = _send_submission(owner, profile)
    done = _publish(sent, profile)
    submissions.save_draft(
        db.session, owner_id=owner.id, version=done.version, document={**done.document, "website": "mila"},
        is_anonymous=True, contact=done.contact, evidence=done.evidence,
    )  # fmt: skip
    for days, kind in enumerate(showings.Kind):
        showings.save_showings(db.session, {("mila", today - timedelta(days=9 * days), kind): 4 + days})
    kept = submissions.find_kept(db.session, account_id=owner.id) or pytest.fail("no listing")
    return submission_letters.renewal_token(owner.id, kept)


@pytest.fixture(scope="session")
def known(app: Flask, make_person: Callable[..., Account], add_match: Callable[..., str]) -> dict[str, str]:
    """A desk with work on it, and what example addresses say of it."""
    return _known(app, make_person, add_match)


@aside
def _known(app: Flask, make_person: Callable[..., Account], add_match: Callable[..., str]) -> dict[str, str]:
    today = datetime.now(UTC).date()
    admin = make_person("aiko.tremblay@example.com", "Aiko Tremblay-Yamashita", AccountRole.ADMINISTRATOR)
    colleague = make_person("leonard.cote@example.com", "Léonard Côté")
    keeper = make_person("keeper@example.com", "Ana Keeper", AccountRole.ORGANISATION)
    other_keeper = make_person("other.keeper@example.com", "Otto Keeper", AccountRole.ORGANISATION)
    unverified = make_person("neu@example.com", "橋本 直子", is_verified=False)
    with app.app_context():
        team_id = accounts.save_new_team(db.session, admin.id, name="Robotique Québec–東京")
        accounts.save_new_member(db.session, colleague.id, team_id=team_id, right=TeamRight.VIEW)
        other_team = accounts.save_new_team(db.session, colleague.id, name="Semiconductors")
        lists = [
            desk.save_shortlist(db.session, admin, title=title, team_id=team)
            for title, team in (("Call with Sherbrooke 介護ロボット", team_id), ("Quantum", None))
        ]
        search = searches.save_search(
            db.session, owner_id=admin.id, title="Robots for elder care", page=searches.Page.PARTNERS,
            seeker_id="kinova", query="kind=company", lang="en", frequency=Frequency.WEEKLY, seen=("cyberdyne",),
        )  # fmt: skip
        searches.save_dismissals(db.session, search_id=search.id, profile_ids=["panasonic"], actor=str(admin.id))
        draft = imports.save_draft(
            db.session, admin.id, file_name="名簿 organisations.csv", rows=read_table(SPREADSHEET).to_json(),
            content=SPREADSHEET,
        )  # fmt: skip
        subject = Change(ChangeKind.ADD_LABEL, "quantum-annealing", lang="en", label="annealing computer")
        taxonomy.save_change(db.session, subject, mark=taxonomy.mark_of(()), actor=str(admin.id))
        token, _secret = tokens.save_new_token(
            db.session, admin, name="Notebook", scopes=[Scope.READ, Scope.SHORTLISTS_READ],
            expires_on=today + timedelta(days=90),
        )  # fmt: skip
        db.session.commit()
    item = add_match(
        admin, lists[0], ("kinova", "cyberdyne"), status=Status.CONTACTED, next_step="Call back about the trial",
        next_step_on=today - timedelta(days=3), assignee_id=colleague.id,
        note="Talked to the lab: ready for a trial in a care home.\n介護施設での実証に前向き。\n« Oui, au printemps. »",
    )  # fmt: skip
    declined = add_match(
        admin, lists[0], ("rapidus", "tenstorrent"), status=Status.DECLINED, refusal=Refusal.IP_TERMS,
        refusal_note="Terms of the licence do not fit.",
    )  # fmt: skip
    add_match(
        admin, lists[0], ("japan-aisi", "canada-caisi"), status=Status.IN_TALKS, next_step="Send the agenda",
        next_step_on=today + timedelta(days=5),
    )  # fmt: skip
    with app.test_request_context(), force_locale("en"):
        admin = accounts.find_account(db.session, admin.id) or pytest.fail("no administrator")
        links, board = alerts.Links("en"), current_board()
        rapidus, tenstorrent = (board.corpus.profiles[i] for i in ("rapidus", "tenstorrent"))
        judgement = judgements.save_judgement(
            db.session, admin, seeker=rapidus, partner=tenstorrent, corpus_version=board.version,
            snapshot_id=board.corpus.snapshot_id,
            verdict=Verdict(False, Reason.HAS_PARTNER, "Ask again in spring.", is_hidden=True, team_id=team_id),  # noqa: FBT003
        )  # fmt: skip
        db.session.commit()
        interest = interests.save_new(
            db.session, account_id=admin.id, is_officer=True, from_id="kinova", to_id="cyberdyne",
            relation=Relation.CO_DEVELOPMENT, programme_id=None,
            reason="Kinova makes assistive arms and looks for a partner for trials in care homes in Japan.",
        )  # fmt: skip
        db.session.commit()
        kinova = board.corpus.profiles["kinova"]
        stated = [dict(s) for s in profile_document(kinova)["statements"]]
        stated[0]["text"] += " Ask Cyberdyne, or write to info@example.com."
        stated[1] |= {"lang": "ja", "text": "車いすに取り付けられる軽い腕を造り、試験する。"}
        added = dict(stated[0]) | {"id": "c9", "lang": "ja", "text": "介護施設で使える軽いロボットの腕を造る。"}
        submission = _send_submission(keeper, kinova, founded=2007, statements=[*stated[:-1], added])
        returned = submissions.save_returned(
            db.session, submission_id=_send_submission(other_keeper, kinova).id, version=3, actor=str(admin.id),
            comments=(Comment(Objection.NOT_ENTITLED),), judged=("clear",),
        )  # fmt: skip
        db.session.commit()
        renew = _keep_own(admin, today)
        db.session.commit()
        result = alerts.results(board, read_query(search, board))[0]
        join = auth.make_token(Purpose.JOIN, admin, team=other_team.hex, by=colleague.id.hex, right="edit")
        return {
            "import": str(draft),
            "verify": auth.make_token(Purpose.VERIFY, unverified),
            "reset": auth.make_token(Purpose.RESET, colleague),
            "join": join,
            "team": str(team_id),
            "token": str(token.id),
            "colleague": str(colleague.id),
            "subject_change": "1",
            "shortlist": str(lists[0]),
            "empty": str(lists[1]),
            "item": item,
            "declined": declined,
            "search": str(search.id),
            "judgement": str(judgement),
            "submission": str(submission.id),
            "returned": str(returned.id),
            "interest": str(interest.id),
            "renew": renew,
            "no_reminders": submission_letters.reminders_token(admin.id),
            "mute": mute_token(interest.id, admin.id),
            "dismiss": links.dismiss(search, result).rpartition("/")[2],
            "stop": links.stop(search).rpartition("/")[2],
        }


@pytest.fixture(scope="session")
def stops(known: dict[str, str]) -> list[Stop]:
    """Every page, open ones as a visitor sees them, closed ones and those that show more as an administrator does."""
    found = []
    for endpoint, paths in PAGES.items():
        is_open = POLICIES[endpoint] is Policy.PUBLIC
        for path in paths:
            filled = path.format_map(known)
            found += [Stop(filled, is_signed_in=False)] * is_open
            found += [Stop(filled, is_signed_in=True)] * (not is_open or endpoint in RICHER)
    return found


@pytest.fixture(scope="session")
def named_pages() -> tuple[Mapping[str, tuple[str, ...]], set[str]]:
    """The list above, for the test that nothing is missing from it."""
    return PAGES, NO_PAGES


# --- the languages ----------------------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is there in several languages asks the same of a database in each."""
    for item in items:
        asked = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if item.get_closest_marker("e2e") and asked.get("lang", "en") != "en":
            item.add_marker("once")


# --- the browser ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:  # noqa: ARG001 - after the server
    """Ends with the module: while it runs, its event loop occupies this thread."""
    known = ("chromium-headless-shell", "chromium", "chromium-browser")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, known)), None)
    if program is None:
        pytest.fail("no chromium found: install it, or name it in $CHROMIUM")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=program, args=options, timeout=PATIENCE)
        yield browser
        browser.close()


@pytest.fixture
def open_browser(browser: Browser) -> Callable[..., Any]:
    """Opens a fresh browser window of a width; at its end nothing may stand in its console."""

    @contextmanager
    def window(width: int = 1280, **options: Any) -> Iterator[Page]:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        problems: list[str] = []
        page.on("console", lambda told: problems.append(told.text) if told.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        try:
            yield page
        finally:
            context.close()
        # What is not there, a mistake in a form or the end of a session is an error to the console, but not to us.
        assert [p for p in problems if not re.search(r"status of 4(00|01|04|09|22)", p)] == []

    return window


@pytest.fixture
def page(open_browser: Callable[..., Any], request: pytest.FixtureRequest) -> Iterator[Page]:
    with open_browser(**getattr(request, "param", {})) as page:
        yield page


@pytest.fixture(scope="module")
def enter(address: str) -> Callable[..., None]:
    """Signs somebody in by the form."""

    def sign_in(page: Page, email: str, lang: str = "en") -> None:
        page.goto(f"{address}/{lang}/sign-in")
        page.fill("#email", email)
        page.fill("#password", PASSWORD)
        follow(page.locator("form.entries button"), f"{address}/{lang}/")

    return sign_in


@pytest.fixture(scope="module")
def signed_in(browser: Browser, enter: Callable[..., None], known: dict[str, str]) -> Any:  # noqa: ARG001 - makes her
    """The cookies of the administrator's session, for as many windows as a test wants."""
    context: BrowserContext = browser.new_context()
    context.set_default_timeout(PATIENCE)
    enter(context.new_page(), "aiko.tremblay@example.com")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def sign_up(address: str, mailed: Callable[[str], EmailMessage]) -> Callable[..., None]:
    """Opens an account and confirms it by the mailed link."""

    def go(page: Page, email: str, name: str, lang: str, role: AccountRole = AccountRole.OFFICER) -> None:
        page.goto(f"{address}/{lang}/")
        follow(page.locator(f"nav.account a[href^='/{lang}/sign-in']"))
        follow(page.locator(f"main a[href='/{lang}/sign-up']"))
        page.check(f"[name=role][value={role.value}]")
        page.fill("#name", name)
        page.fill("#email", email)
        page.fill("#password", PASSWORD)
        follow(page.locator("form.entries button"), "**/mail-sent")
        link = re.search(rf"{address}/{lang}/verify/\S+", mailed(email).get_content())
        assert link
        page.goto(link[0])
        page.fill("#password", PASSWORD)
        follow(page.locator("form.entries button"), f"{address}/{lang}/")

    return go


@pytest.fixture(scope="session")
def picture(axe: Callable[[Page], Iterator[list[str]]]) -> Callable[[Page, str], None]:
    """Looks at where a journey has come to; see :func:`tests.e2e.looks.look`."""
    return partial(look, axe)


@pytest.fixture
def download(tmp_path: Path) -> Callable[..., Path]:
    """Presses a button that sends a file, and returns where it was put."""

    def fetch(page: Page, button: str) -> Path:
        with page.expect_download() as waiting:
            page.click(button)
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    return fetch


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], Iterator[list[str]]]:
    """Starts axe on a page, gives way while it works (an empty list), then says what is wrong."""
    script = Axe().axe_script
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    options = json.dumps({"runOnly": tags, "resultTypes": ["violations"], "preload": False})

    def find(page: Page) -> Iterator[list[str]]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(script)
        page.evaluate(f"() => {{ window.found = axe.run({options}).then((found) => found.violations); }}")
        yield []
        yield [f"{fault['id']}: {fault['nodes'][0]['html']}" for fault in page.evaluate("window.found")]

    return find
