from __future__ import annotations

import json
import re
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from werkzeug.test import TestResponse

from matcher.profile import LANGUAGES
from tests.inbox import Inbox, serving, taken_port
from web import alerts, auth, cli, mail, models
from web.alerts import Digest, Report
from web.config import current_settings
from web.extensions import db
from web.forms.alerts import MAX_TITLE, read_query
from web.matching import current_board
from web.security import AccountRole
from web.store import accounts, list_audit_events, searches
from web.store.accounts import Account
from web.store.letters import list_letters
from web.store.searches import Frequency, Page, SavedSearch

Get = Callable[..., TestResponse]
Keep = Callable[..., SavedSearch]
MakeUser = Callable[..., Account]
SignIn = Callable[[FlaskClient, Account], FlaskClient]

ATOM = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NOW = datetime.now(UTC)
TOMORROW = NOW + timedelta(days=1)


# --- an application of its own, a mail server, and people ------------------------------------------------------------


@pytest.fixture
def smtp_place() -> Iterator[socket.socket]:
    with taken_port() as place:
        yield place


@pytest.fixture
def start_server(smtp_place: socket.socket) -> Iterator[Callable[[], Inbox]]:
    """Starts a mail server on the port that the application knows."""
    with ExitStack() as running:

        def start() -> Inbox:
            inbox = Inbox()
            running.enter_context(serving(inbox, smtp_place))
            return inbox

        yield start


@pytest.fixture
def inbox(start_server: Callable[[], Inbox]) -> Inbox:
    return start_server()


@pytest.fixture
def app(own_app: Callable[..., Flask], smtp_place: socket.socket) -> Flask:
    """A run of alerts looks at everybody's searches: each test has a database of its own."""
    port = smtp_place.getsockname()[1]
    return own_app(SMTP_HOST="127.0.0.1", SMTP_PORT=port, SMTP_SECURITY="none", MAIL_FROM="desk@kakehashi.example")


@pytest.fixture
def user(make_user: MakeUser) -> Account:
    return make_user(lang="fr")


@pytest.fixture
def officer(client: FlaskClient, sign_in: SignIn, user: Account) -> FlaskClient:
    return sign_in(client, user)


@pytest.fixture
def keep(keep_search: Keep, user: Account) -> Keep:
    """Keeps a search of ``user``, or of another ``owner``."""
    return lambda owner=user, **values: keep_search(owner, **values)


def run(app: Flask, at: datetime = TOMORROW) -> Report:
    with app.app_context():
        return alerts.run(db.session, current_board(), at=at, read=read_query)


def deliver(app: Flask) -> mail.Delivery:
    with app.app_context():
        return mail.deliver(db.session, current_settings())


def found(app: Flask, search: SavedSearch) -> list[str]:
    """What the search finds now."""
    with app.app_context():
        board = current_board()
        return [result.profile.id for result in alerts.results(board, read_query(search, board))]


def again(app: Flask, search: SavedSearch) -> SavedSearch:
    """The search as it is stored now."""
    with app.app_context():
        return searches.get_search(db.session, owner_id=search.owner_id, search_id=search.id)


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def links(message: EmailMessage, containing: str) -> list[str]:
    """Paths on this site that the plain text names."""
    addresses = re.findall(r"^ *(https://kakehashi\.example/\S+)\s*$", part(message, "plain"), re.MULTILINE)
    return [urlsplit(address).path for address in addresses if containing in address]


# --- keeping a search ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_search_is_kept_with_its_filters_and_opens_again(
    app: Flask, get: Get, officer: FlaskClient, user: Account, lang: str
) -> None:
    shown = get(f"/{lang}/search?q=robots&country=JP&kind=company&sort=name&page=1")
    address = next(a for a in re.findall(r'href="([^"]+)"', shown.text) if "/searches/new" in a).replace("&amp;", "&")
    assert user.email in get(address).text
    kept = officer.post(address, data={"title": "Aînés · 高齢者", "frequency": "weekly", "lang": lang})
    assert kept.status_code == 303
    page = get(kept.headers["Location"])
    assert "Aînés · 高齢者" in page.text
    with app.app_context():
        (search,) = searches.list_searches(db.session, owner_id=user.id)
    assert (search.page, search.query, search.lang) == (Page.SEARCH, "q=robots&country=JP&kind=company", lang)
    assert list(search.seen) == sorted(found(app, search))
    again = next(a for a in re.findall(r'href="([^"]+)"', page.text) if "/search?" in a).replace("&amp;", "&")
    assert again == f"/{lang}/search?{search.query}"
    assert "“robots”" in get("/en/searches").text


def test_partners_of_an_organisation_are_kept(app: Flask, get: Get, officer: FlaskClient, user: Account) -> None:
    shown = get("/en/organisations/kinova/matches?kind=company")
    address = next(a for a in re.findall(r'href="([^"]+)"', shown.text) if "/searches/new" in a)
    assert address == "/en/searches/new/kinova?kind=company"
    officer.post(address, data={"title": "Kinova", "frequency": "off", "lang": "en"})
    with app.app_context():
        (search,) = searches.list_searches(db.session, owner_id=user.id)
    assert (search.page, search.seeker_id, search.query) == (Page.PARTNERS, "kinova", "kind=company")
    assert "Partners of Kinova · company" in get(f"/en/searches/{search.id}").text


def test_who_is_not_signed_in_is_asked_to_and_comes_back(client: FlaskClient, get: Get, user: Account) -> None:
    address = "/en/searches/new?q=robots&country=JP"
    assert "You are asked to sign in first." in get("/en/search?q=robots&country=JP").text
    asked = client.get(address)
    assert asked.status_code == 303
    form = {"email": user.email, "password": "seven bridges over the river"}
    assert client.post(asked.headers["Location"], data=form).headers["Location"] == address


TOO_LONG = "?q=robots&" + "&".join(f"subdivision=JP-{n:02}" for n in range(1, 48)) + "&q=" + "x" * 300


@pytest.mark.parametrize("query", ["", "?page=3", "?q=" + "x" * 501, "?kind=nothing", TOO_LONG])
def test_nothing_to_keep_is_said(get: Get, officer: FlaskClient, query: str) -> None:
    address = f"/en/searches/new{query}"
    assert "Nothing to save" in get(address, 400).text
    assert officer.post(address, data={"title": "x", "frequency": "off", "lang": "en"}).status_code == 400


@pytest.mark.usefixtures("officer")
def test_unknown_organisation_cannot_be_followed(get: Get) -> None:
    get("/en/searches/new/kinovva", 404)


def test_a_faulty_form_loses_nothing(get: Get, officer: FlaskClient) -> None:
    address = "/en/searches/new?q=robots"
    answer = officer.post(address, data={"title": "x" * 121, "frequency": "hourly", "lang": "de"})
    assert answer.status_code == 400
    html5lib.HTMLParser(strict=True).parse(answer.text)
    assert "x" * 121 in answer.text and "A title has 1 to 120 characters." in answer.text
    assert "Saved searches" in get("/en/searches").text and "x" * 121 not in get("/en/searches").text


def test_nobody_keeps_more_than_the_limit(
    app: Flask, officer: FlaskClient, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searches, "MOST_SEARCHES", 1)
    kept = keep()
    form = {"title": "One more", "frequency": "off", "lang": "en"}
    answer = officer.post("/en/searches/new?q=robots", data=form)
    assert answer.status_code == 400 and "Delete one first" in answer.text and "One more" in answer.text
    officer.post(f"/en/searches/{kept.id}/delete")
    assert officer.post("/en/searches/new?q=robots", data=form).status_code == 303
    with app.app_context(), pytest.raises(searches.TooManySearches):
        searches.save_deleted_search(db.session, owner_id=kept.owner_id, search_id=kept.id)


# --- changing, deleting, trimming ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_title_mail_and_language_change(app: Flask, get: Get, officer: FlaskClient, keep: Keep, lang: str) -> None:
    search = keep()
    form = {"title": "Bras robotisés", "frequency": "weekly", "lang": "fr"}
    assert officer.post(f"/{lang}/searches/{search.id}", data=form).status_code == 303
    now = again(app, search)
    assert (now.title, now.frequency, now.lang) == ("Bras robotisés", Frequency.WEEKLY, "fr")
    get(f"/{lang}/searches/{search.id}")
    get(f"/{lang}/searches")


def test_deleting_can_be_undone(app: Flask, get: Get, officer: FlaskClient, keep: Keep) -> None:
    search = keep()
    answer = officer.post(f"/en/searches/{search.id}/delete")
    after = get(answer.headers["Location"]).text
    assert "is deleted" in after and "Bring it back" in after
    get(f"/en/searches/{search.id}", 404)
    assert run(app).told == ()
    assert officer.post(f"/en/searches/{search.id}/undelete").status_code == 303
    assert again(app, search) == search


def test_what_was_deleted_long_ago_goes_for_good(app: Flask, officer: FlaskClient, keep: Keep) -> None:
    search = keep()
    officer.post(f"/en/searches/{search.id}/trim", data={"profile": ["toyota"]})
    officer.post(f"/en/searches/{search.id}/delete")
    assert run(app, datetime.now(UTC) + alerts.KEPT - timedelta(hours=1)).purged == 0
    assert run(app, datetime.now(UTC) + alerts.KEPT + timedelta(hours=1)).purged == 1
    assert officer.post(f"/en/searches/{search.id}/undelete").status_code == 404
    with app.app_context():
        actions = [action for _actor, action, _detail in list_audit_events(db.session, str(search.id))]
    assert actions == ["search.create", "search.dismiss", "search.delete", "search.purge"]


def test_results_are_ticked_off_and_taken_back(app: Flask, get: Get, officer: FlaskClient, keep: Keep) -> None:
    search = keep()
    first, second, third, *_ = found(app, search)
    officer.post(f"/en/searches/{search.id}/trim", data={"profile": [first, second, "nobody"]})
    assert set(again(app, search).dismissed) == {first, second}
    page = get(f"/en/searches/{search.id}").text
    shown, taken_off = page.split("Taken off", 1)
    assert f'value="{first}"' not in shown and f'value="{first}"' in taken_off and f'value="{third}"' in shown
    officer.post(f"/en/searches/{search.id}/restore", data={"profile": [first, "nobody"]})
    assert again(app, search).dismissed == (second,)


@pytest.mark.usefixtures("officer")
def test_a_search_whose_organisation_is_gone_says_so(app: Flask, get: Get, keep: Keep) -> None:
    search = keep(seeker_id="gone-away")
    assert "no longer in the data" in get(f"/en/searches/{search.id}").text
    assert run(app).told == ()
    assert get("/en/searches").status_code == 200


# --- one's own only --------------------------------------------------------------------------------------------------

WRITES = {"": {"title": "x", "frequency": "off", "lang": "en"}, "/trim": {"profile": "toyota"}, "/restore": {},
          "/feed": {}, "/delete": {}, "/undelete": {}}  # fmt: skip


@pytest.mark.parametrize("role", list(AccountRole))
def test_nobody_reads_or_changes_the_search_of_another(
    app: Flask, client: FlaskClient, sign_in: SignIn, make_user: MakeUser, keep: Keep, role: AccountRole
) -> None:
    search = keep()
    stranger = sign_in(client, make_user(role=role))
    assert stranger.get(f"/en/searches/{search.id}").status_code == 404
    assert search.title not in stranger.get("/en/searches").text
    assert search.title not in stranger.get(f"/en/searches?deleted={search.id}").text
    unknown = stranger.get(f"/en/searches/{uuid.uuid4()}")
    assert unknown.status_code == 404
    for path, form in WRITES.items():
        assert stranger.post(f"/en/searches/{search.id}{path}", data=form).status_code == 404, path
    assert again(app, search) == search


def test_without_signing_in_nothing_is_read_or_changed(app: Flask, client: FlaskClient, keep: Keep) -> None:
    search = keep()
    for path in ("/en/searches", "/en/searches/new?q=a", f"/en/searches/{search.id}"):
        assert "/sign-in" in client.get(path).headers["Location"]
    for path, form in WRITES.items():
        assert "/sign-in" in client.post(f"/en/searches/{search.id}{path}", data=form).headers["Location"]
    assert again(app, search) == search


def test_every_form_needs_its_token(
    app: Flask, client: FlaskClient, sign_in: SignIn, user: Account, keep: Keep
) -> None:
    search = keep()
    officer = sign_in(client, user)
    app.config["WTF_CSRF_ENABLED"] = True
    assert officer.post("/en/searches/new?q=a", data=WRITES[""]).status_code == 400
    for path, form in WRITES.items():
        assert officer.post(f"/en/searches/{search.id}{path}", data=form).status_code == 400, path
    assert again(app, search) == search


# --- what is due, and what is new ------------------------------------------------------------------------------------

MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("frequency", "last", "now", "is_due"),
    [
        (Frequency.DAILY, MONDAY, MONDAY.replace(hour=23), False),
        (Frequency.DAILY, MONDAY.replace(hour=23), MONDAY + timedelta(hours=18), True),
        (Frequency.WEEKLY, MONDAY, MONDAY + timedelta(days=6, hours=17), False),
        (Frequency.WEEKLY, MONDAY - timedelta(hours=7), MONDAY, True),
        (Frequency.WEEKLY, datetime(2026, 12, 30, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC), False),
        (Frequency.WEEKLY, datetime(2026, 12, 30, tzinfo=UTC), datetime(2027, 1, 4, tzinfo=UTC), True),
        (Frequency.OFF, MONDAY - timedelta(days=400), MONDAY, False),
    ],
)
def test_days_and_weeks_are_of_the_calendar(
    app: Flask,
    keep: Keep,
    frequency: Frequency,
    last: datetime,
    now: datetime,
    is_due: bool,  # noqa: FBT001 - a test parameter
) -> None:
    search = keep(frequency=frequency)
    report_at(app, last)
    assert bool(run(app, now).told) is is_due
    assert (again(app, search).reported_at == now) is is_due


def test_only_what_is_new_is_told_and_only_once(app: Flask, inbox: Inbox, user: Account, keep: Keep) -> None:
    search = keep()
    new, *known = found(app, search)
    other = keep(title="Seen before", seen=known)
    assert set(found(app, other)) == {new, *known}
    report = run(app)
    assert [(told.results, told.email) for told in report.told] == [(len(known) + 2, user.email)]
    assert run(app) == Report((), 0, 0, (), 0)
    assert deliver(app).sent == 1
    assert deliver(app).sent == 0
    (message,) = inbox.mails
    assert len(links(message, f"/matches/kinova/{new}")) == 2
    assert len(links(message, f"/matches/kinova/{known[0]}")) == 1
    assert run(app, TOMORROW + timedelta(days=1)).told == ()
    assert run(app, TOMORROW + timedelta(days=1)).quiet == 0
    assert deliver(app).sent == 0


def test_nothing_new_no_mail_but_the_next_day_counts(app: Flask, keep: Keep) -> None:
    search = keep(seen=found(app, keep(frequency=Frequency.OFF)))
    assert run(app) == Report((), 1, 0, (), 0)
    assert again(app, search).reported_at == TOMORROW
    with app.app_context():
        assert list_letters(db.session) == ()


def test_searches_of_one_person_share_a_mail_in_each_language(
    app: Flask, inbox: Inbox, keep: Keep, make_user: MakeUser
) -> None:
    somebody = make_user()
    keep(title="One")
    keep(title="Two", page=Page.SEARCH, seeker_id=None, query="q=robots")
    keep(title="Trois", lang="fr")
    keep(title="Theirs", owner=somebody)
    assert len(run(app).told) == 3
    assert deliver(app).sent == 3
    texts = [part(message, "plain") for message in inbox.mails]
    assert sorted(("One" in t, "Two" in t, "Trois" in t, "Theirs" in t) for t in texts) == [
        (False, False, False, True), (False, False, True, False), (True, True, False, False),
    ]  # fmt: skip
    assert {message["To"] for message in inbox.mails if "Theirs" in part(message, "plain")} == {somebody.email}


def test_a_crash_in_between_loses_nothing(app: Flask, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    search = keep()
    with monkeypatch.context() as patch:
        patch.setattr(mail, "queue_letter", lambda *_a, **_k: (_ for _ in ()).throw(OSError("disk full")))
        report = run(app)
    assert report.told == () and len(report.failed) == 1
    assert again(app, search) == search
    assert len(run(app).told) == 1


def test_of_two_runs_at_once_one_tells(app: Flask, keep: Keep) -> None:
    keep()
    with app.app_context():
        board = current_board()
        first, second = (list(alerts.list_digests(db.session, board, at=TOMORROW, read=read_query)) for _ in "ab")
        alerts.queue(db.session, first[0], board, at=TOMORROW)
        db.session.commit()
        with pytest.raises(searches.AlreadyReported):
            alerts.queue(db.session, second[0], board, at=TOMORROW)
        db.session.rollback()
        assert len(list_letters(db.session)) == 1


def test_news_wait_for_an_unverified_address(app: Flask, keep: Keep, client: FlaskClient, sign_in: SignIn) -> None:
    with app.app_context():
        new = accounts.save_new_account(
            db.session, email="new@example.com", name="New", role=AccountRole.OFFICER, lang="en",
            password_hash=auth.hash_password("a long enough one"), is_verified=False,
        )  # fmt: skip
        db.session.commit()
    search = keep(owner=new)
    assert run(app) == Report((), 0, 1, (), 0)
    assert again(app, search) == search
    assert "No mail goes out until" in sign_in(client, new).get("/en/searches").text


def test_a_rehearsal_changes_nothing(app: Flask, keep: Keep) -> None:
    search = keep()
    with app.app_context():
        report = alerts.run(db.session, current_board(), at=TOMORROW, read=read_query, is_rehearsal=True)
        assert len(report.told) == 1
        assert list_letters(db.session) == ()
    assert again(app, search) == search


# --- mail ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "words"), [("en", "company"), ("fr", "entreprise"), ("ja", "企業")])
def test_mail_is_whole_in_its_language(app: Flask, inbox: Inbox, keep: Keep, lang: str, words: str) -> None:
    search = keep(title="Aînés · 高齢者", lang=lang)
    run(app)
    assert deliver(app).sent == 1
    (message,) = inbox.mails
    assert message.get_content_type() == "multipart/alternative"
    assert "Aînés · 高齢者" in message["Subject"]
    plain, html = part(message, "plain"), part(message, "html")
    assert words in plain and words in html
    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    assert root.get("lang") == lang
    assert not [n for e in root.iter() for n in e.attrib if n == "style"] and "<img" not in html
    hrefs = {a.get("href") for a in root.iter("a")}
    assert {urlsplit(href).netloc for href in hrefs} == {"kakehashi.example"}
    assert hrefs == set(re.findall(r"https://kakehashi\.example/\S+", plain))
    stop = message["List-Unsubscribe"].strip("<>")
    assert stop in hrefs and f"/{lang}/alerts/stop/" in stop
    for profile_id in found(app, search):
        assert f"https://kakehashi.example/{lang}/matches/kinova/{profile_id}" in hrefs


@pytest.mark.parametrize("title", ["Robots\r\nBcc: all@example.com", "a\nSubject: b", "x\u2028y\x01z\x1b", "\u202etxt"])
def test_no_header_is_smuggled_in_by_a_title(
    app: Flask, inbox: Inbox, officer: FlaskClient, user: Account, keep: Keep, title: str
) -> None:
    form = {"title": title, "frequency": "daily", "lang": "en"}
    assert officer.post("/en/searches/new?q=robots", data=form).status_code == 303
    with app.app_context():
        (through_form,) = searches.list_searches(db.session, owner_id=user.id)
    assert through_form.title.isprintable()
    # The same behind the form's back, as an import or an older release could have stored it.
    keep(title=title)
    run(app)
    assert deliver(app).sent == 1
    (message,) = inbox.mails
    assert message["Bcc"] is None and message["To"] == user.email and len(message.get_all("Subject", [])) == 1


def test_while_the_mail_server_is_away_letters_wait(
    app: Flask, keep: Keep, start_server: Callable[[], Inbox], capsys: pytest.CaptureFixture[str]
) -> None:
    search = keep()
    rewind(app)
    assert cli.main(["alerts", "run", "--json"]) == 1
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert (len(report["told"]), report["sent"], len(report["waiting"])) == (1, 0, 1)
    assert "Refused" in report["waiting"][0]["cause"] and report["waiting"][0]["cause"] in err
    assert set(again(app, search).seen) == set(found(app, search))
    inbox = start_server()
    assert cli.main(["alerts", "run"]) == 0
    assert len(inbox.mails) == 1
    assert cli.main(["alerts", "run", "--json"]) == 0
    assert len(inbox.mails) == 1


def test_the_command_rehearses_and_refuses_without_secret(
    app: Flask, keep: Keep, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    search = keep()
    rewind(app)
    assert cli.main(["alerts", "run", "--dry-run"]) == 0
    assert "1 mail would be queued" in capsys.readouterr().out
    assert again(app, search).seen == ()
    monkeypatch.setenv("KAKEHASHI_SMTP_HOST", "")
    assert cli.main(["alerts", "run"]) == 1
    assert "no mail server" in capsys.readouterr().err
    monkeypatch.delenv("KAKEHASHI_SECRET_KEY")
    assert cli.main(["alerts", "run"]) == 1
    assert "KAKEHASHI_SECRET_KEY" in capsys.readouterr().err


def rewind(app: Flask) -> None:
    """Makes every search due."""
    report_at(app, datetime(2020, 1, 1, tzinfo=UTC))


def report_at(app: Flask, time: datetime) -> None:
    """Makes it so that every search was last reported at a time."""
    with app.app_context():
        db.session.execute(update(models.SavedSearch).values(reported_at=time))
        db.session.commit()


# --- links in mails --------------------------------------------------------------------------------------------------


@pytest.fixture
def message(app: Flask, inbox: Inbox, keep: Keep) -> EmailMessage:
    keep()
    run(app)
    deliver(app)
    return inbox.mails[0]


def test_not_interesting_works_without_signing_in(
    app: Flask, get: Get, client: FlaskClient, message: EmailMessage, user: Account
) -> None:
    link = links(message, "/alerts/dismiss/")[0]
    with app.app_context():
        (search,) = searches.list_searches(db.session, owner_id=user.id)
    assert "Do not name it again" in get(link).text
    assert again(app, search).dismissed == ()
    assert "Done" in client.post(link).text
    first = found(app, search)[0]
    assert again(app, search).dismissed == (first,)
    assert "Done" in get(link).text
    assert "Done" in client.post(link).text
    with app.app_context():
        actions = [(actor, action) for actor, action, _ in list_audit_events(db.session, str(search.id))]
    assert actions[-1] == ("mailed link", "search.dismiss")
    assert actions.count(("mailed link", "search.dismiss")) == 1
    get(f"/fr{link[3:]}")
    get(f"/ja{link[3:]}")


def test_mail_is_stopped_by_its_link(
    app: Flask, get: Get, client: FlaskClient, message: EmailMessage, user: Account, keep: Keep
) -> None:
    other = keep(title="Another")
    one, every = links(message, "/alerts/stop/")
    with app.app_context():
        search = next(s for s in searches.list_searches(db.session, owner_id=user.id) if s.id != other.id)
    assert search.title in get(one).text and "Another" not in get(one).text
    assert again(app, search).frequency is Frequency.DAILY
    assert "Done" in client.post(one).text
    assert (again(app, search).frequency, again(app, other).frequency) == (Frequency.OFF, Frequency.DAILY)
    assert "Another" in get(every).text
    client.post(every)
    assert again(app, other).frequency is Frequency.OFF
    assert "Done" in get(every).text and "Done" in get(one).text


def test_a_link_serves_its_purpose_only(
    app: Flask, client: FlaskClient, message: EmailMessage, officer: FlaskClient, user: Account
) -> None:
    dismiss, stop = links(message, "/alerts/dismiss/")[0], links(message, "/alerts/stop/")[0]
    with app.app_context():
        (search,) = searches.list_searches(db.session, owner_id=user.id)
    crossed = [
        dismiss.replace("/dismiss/", "/stop/"), stop.replace("/stop/", "/dismiss/"), dismiss[:-1], stop[:-3] + "AAA",
        "/en/alerts/stop/nonsense", "/en/alerts/dismiss/%E6%A9%8B",
    ]  # fmt: skip
    for link in crossed:
        assert client.get(link).status_code == 404 and client.post(link).status_code == 404, link
    assert (again(app, search).dismissed, again(app, search).frequency) == ((), Frequency.DAILY)
    officer.post(f"/en/searches/{search.id}/delete")
    for link in (dismiss, stop):
        assert client.get(link).status_code == 404 and client.post(link).status_code == 404


def test_what_was_dismissed_is_not_told(app: Flask, inbox: Inbox, keep: Keep) -> None:
    search = keep()
    first, second, *_ = found(app, search)
    with app.app_context():
        searches.save_dismissals(db.session, search_id=search.id, profile_ids=[first], actor="test")
        db.session.commit()
    run(app)
    deliver(app)
    assert not links(inbox.mails[0], f"/matches/kinova/{first}") and links(inbox.mails[0], f"/matches/kinova/{second}")


# --- whatever is typed -----------------------------------------------------------------------------------------------

ANYTHING = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.text(max_size=140)


@ANYTHING
@given(title=TEXTS, frequency=TEXTS | st.sampled_from(list(Frequency)), lang=TEXTS | st.sampled_from(LANGUAGES))
def test_any_form_is_taken_or_refused_with_what_was_typed(
    app: Flask, officer: FlaskClient, user: Account, title: str, frequency: str, lang: str
) -> None:
    form = {"title": title, "frequency": frequency, "lang": lang}
    answer = officer.post("/en/searches/new?q=robots", data=form)
    assert answer.status_code in {303, 400}
    if answer.status_code == 400:
        html5lib.HTMLParser(namespaceHTMLElements=False).parse(answer.text)
        return
    with app.app_context():
        search = searches.list_searches(db.session, owner_id=user.id)[0]
        searches.delete_search(db.session, owner_id=user.id, search_id=search.id)
        db.session.commit()
    assert 1 <= len(search.title) <= MAX_TITLE and "\n" not in search.title and "\r" not in search.title
    assert (search.frequency, search.lang) == (frequency, lang)


@ANYTHING
@given(query=st.dictionaries(st.sampled_from(["q", "kind", "field", "country", "page", "x"]), TEXTS, max_size=4))
def test_any_query_is_kept_or_refused(app: Flask, officer: FlaskClient, user: Account, query: dict[str, str]) -> None:
    form = {"title": "x", "frequency": "off", "lang": "ja"}
    answer = officer.post("/ja/searches/new", query_string=query, data=form)
    assert answer.status_code in {303, 400}
    if answer.status_code == 303:
        page = officer.get(answer.headers["Location"])
        assert page.status_code == 200
        with app.app_context():
            search = searches.list_searches(db.session, owner_id=user.id)[0]
            key = search.feed_key
        ET.fromstring(officer.get(f"/ja/feeds/{key}.atom").data)  # noqa: S314 - our own
        officer.post(f"/ja/searches/{search.id}/delete")


def test_a_digest_counts_what_it_tells() -> None:
    assert Digest("a@example.com", "en", is_verified=True, sections=()).count == 0
