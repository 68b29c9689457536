"""What an organisation that stays anonymous withholds: nothing that is made of the board tells it."""

from __future__ import annotations

import importlib.util
import io
import re
import uuid
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from matcher.document import profile_document
from matcher.profile import LANGUAGES, Profile, Role
from tests.conftest import Databases
from web import cli, create_app
from web.alerts import compose, list_digests
from web.config import Settings
from web.extensions import db
from web.forms.alerts import read_query
from web.matching import Board, current_board
from web.security import POLICIES, AccountRole, Policy
from web.store import accounts, desk, searches, submissions
from web.store.accounts import Account
from web.store.searches import Frequency, Page
from web.store.snapshots import Snapshot
from web.store.submissions import Contact, Listing, Shown

HIDDEN = "kinova"
PARTNER = "cyberdyne"
_CONTACT = Contact("Margot Deslauriers", "margot@kinova.example")


def _pages() -> dict[str, tuple[str, ...]]:
    """The examples of every page that the browser tests have."""
    path = Path(__file__).parents[1] / "e2e" / "conftest.py"
    spec = importlib.util.spec_from_file_location("pages_of_the_browser_tests", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.PAGES)


@pytest.fixture(scope="module")
def folder(instance: Path, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("anonymous")
    databases.copy(instance / "as-loaded", made)
    return made


@pytest.fixture(scope="module")
def app(folder: Path) -> Flask:
    own = create_app(Settings(instance_folder=folder))
    own.config["WTF_CSRF_ENABLED"] = False
    return own


@pytest.fixture(scope="module")
def real(app: Flask) -> Profile:
    with app.app_context():
        return submissions.get_entry_profile(db.session, entry_id=HIDDEN)


@pytest.fixture(scope="module")
def admin(app: Flask) -> Account:
    return _account(app, "admin@example.com", AccountRole.ADMINISTRATOR)


@pytest.fixture(scope="module")
def keeper(app: Flask) -> Account:
    return _account(app, "keeper@example.com", AccountRole.ORGANISATION)


def _account(app: Flask, email: str, role: AccountRole) -> Account:
    with app.app_context():
        account = accounts.save_new_account(
            db.session, email=email, name="Somebody", role=role, lang="en", password_hash=None, is_verified=True
        )
        db.session.commit()
    return account


def _publish(owner: Account, profile: Profile, *, is_anonymous: bool) -> Listing:
    """Puts a profile through the wizard's and the reviewers' hands."""
    session, document = db.session, profile_document(profile)
    found = submissions.find_submission(session, owner_id=owner.id)
    draft = found or submissions.save_new_submission(session, owner_id=owner.id, document=document, entry_id=profile.id)
    version = draft.version
    for evidence in ("", "I answer for partnerships there."):
        version = submissions.save_draft(
            session, owner_id=owner.id, version=version, document=document, is_anonymous=is_anonymous,
            contact=_CONTACT, evidence=evidence,
        ).version  # fmt: skip
    sent = submissions.save_submitted(session, owner_id=owner.id, version=version)
    submissions.save_published(
        session, submission_id=sent.id, version=sent.version, actor="reviewer", profile=profile,
        day=datetime.now(UTC).date(),
    )  # fmt: skip
    session.commit()
    listing = submissions.find_listing(session, entry_id=profile.id)
    assert listing
    return listing


@pytest.fixture(scope="module")
def listing(app: Flask, real: Profile, keeper: Account) -> Listing:
    with app.app_context():
        return _publish(keeper, real, is_anonymous=True)


@pytest.fixture(scope="module")
def board(app: Flask, listing: Listing) -> Board:  # noqa: ARG001 - listed first
    with app.app_context():
        return current_board()


@pytest.fixture(scope="module")
def secrets(real: Profile) -> re.Pattern[str]:
    """Everything that tells who it is, however it is spelt."""
    told = {real.id, *real.names.values(), *real.aliases, *real.city.values(), *real.identifiers.values()}
    told |= {real.website.split("/")[2].removeprefix("www."), _CONTACT.name, _CONTACT.email}
    told |= {s.text for s in real.statements} | {s.text[:40] for s in real.statements}
    return re.compile("|".join(re.escape(word) for word in told if word), re.IGNORECASE)


@pytest.fixture(scope="module")
def item(app: Flask, board: Board, listing: Listing, admin: Account) -> uuid.UUID:
    """The anonymous organisation on a shortlist."""
    with app.app_context():
        why = board.pair(listing.alias, PARTNER)
        shortlist = desk.save_shortlist(db.session, admin, title="Robots")
        added = desk.save_new_item(
            db.session, admin, shortlist_id=shortlist,
            snapshot=Snapshot.of(why, *board.parties(why), why.match.relation),
            corpus_id=board.corpus.snapshot_id, matcher_version=board.matcher_version,
        )  # fmt: skip
        db.session.commit()
        return added.item_id


@pytest.fixture
def reader(app: Flask, admin: Account, sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    return sign_in(app.test_client(), admin)


def _told(text: str, secrets: re.Pattern[str]) -> list[str]:
    return sorted({found[0] for found in secrets.finditer(text)})


def test_the_board_knows_only_the_mask(board: Board, listing: Listing, real: Profile, secrets: re.Pattern[str]) -> None:
    masked = board.corpus.profiles[listing.alias]
    assert (masked.country, masked.kind, masked.size, masked.fields) == (
        real.country, real.kind, real.size, real.fields
    )  # fmt: skip
    assert not _told(repr(masked), secrets)
    assert not _told(repr(board.corpus.__dict__) + repr(board.moved) + repr(board.delisted), secrets)
    assert len(masked.statements) == len(real.statements) and all(s.is_withheld for s in masked.statements)
    assert not any(board.taxonomy.tag(s.text) for s in masked.statements)


def test_the_hidden_words_are_matched_by_their_meaning(
    shared_app: Flask, board: Board, listing: Listing, real: Profile
) -> None:
    with shared_app.app_context():
        public = [m.partner_id for m in current_board().matcher.rank(real.id, 40)]
    hidden = [m.partner_id for m in board.matcher.rank(listing.alias, 10)]
    assert len(set(hidden) & set(public)) >= 7
    need = next(s for s in real.statements if s.role is Role.CAPABILITY)
    assert board.search(need.text).found[0].profile.id == listing.alias


def test_no_vector_of_the_mask_is_kept(app: Flask, board: Board, listing: Listing) -> None:
    cache = board.matcher.cache_
    from matcher.encoder import text_key
    from web import store

    keys = {text_key(cache.model_id, s.text) for s in board.corpus.profiles[listing.alias].statements}
    assert keys <= cache.known.keys() and not keys & cache.added.keys()
    with app.app_context():
        assert not keys & store.list_vectors(db.session).keys()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_page_tells_it(
    lang: str, reader: FlaskClient, app: Flask, listing: Listing, item: uuid.UUID, secrets: re.Pattern[str]
) -> None:
    """Left out: pages of reviewers and the log, which are there to show entries as they are stored, and the description
    of the API, whose examples name what they name whatever is in the database."""
    left_out = ("oidc", "audit", "reference")
    told = {}
    for endpoint, examples in _pages().items():
        for example in examples:
            path = example.replace(HIDDEN, listing.alias).replace("{item}", str(item))
            if "{" in path or POLICIES[endpoint] is Policy.REVIEWER or endpoint.startswith(left_out):
                continue
            # What is shown to strangers is no more than what is shown to those who may see everything.
            for client in (reader, app.test_client()) if lang == "en" else (reader,):
                response = client.get(f"/{lang}{path}", follow_redirects=True)
                assert response.status_code < 500, path
                if found := _told(response.text, secrets):
                    told[path] = found
    assert not told


def test_rows_say_that_words_are_withheld(reader: FlaskClient, listing: Listing) -> None:
    page = reader.get(f"/en/organisations/{listing.alias}").text
    assert page.count("Withheld until both sides accept") >= 3 and "place withheld" in page
    code = listing.alias.removeprefix("organisation-")
    for path in (f"/matches/{listing.alias}/{PARTNER}", f"/matches/{PARTNER}/{listing.alias}"):
        page = reader.get(f"/en{path}").text
        assert "Withheld until both sides accept" in page
        assert not re.search(rf"\[{code}[cn]\d", page) and "<mark" not in page


def test_the_real_address_is_as_unknown_as_any(reader: FlaskClient, listing: Listing, secrets: re.Pattern[str]) -> None:
    for path in ("organisations/{}", "organisations/{}/matches", "matches/{}/rapidus", "matches/rapidus/{}",
                 "organisations/{}/programmes", "organisations/rapidus/why/{}",
                 "matches/{}/rapidus/introduction"):  # fmt: skip
        hidden, never = (reader.get(f"/en/{path.format(i)}") for i in (HIDDEN, "kinowa"))
        assert hidden.status_code == never.status_code == 404
        assert listing.alias not in hidden.text
        # Nothing of it but what was asked for.
        assert set(_told(hidden.text, secrets)) <= {"kinova", "Kinova"}
    api = reader.get(f"/api/v1/organisations/{HIDDEN}/programmes")
    assert api.status_code == 404 and listing.alias not in api.text


def test_no_search_by_name_finds_it(reader: FlaskClient, real: Profile, listing: Listing, board: Board) -> None:
    for name in {real.id, *real.names.values(), *real.aliases}:
        assert listing.alias not in reader.get("/en/suggest", query_string={"q": name}).text
        assert listing.alias not in [p.id for p in board.lookup(name)]
        assert listing.alias not in board.corpus.suggest(name)


def test_no_file_tells_it(reader: FlaskClient, listing: Listing, item: uuid.UUID, secrets: re.Pattern[str]) -> None:
    shortlist = reader.get(f"/en/shortlists/items/{item}").text
    shortlist_id = re.search(r"/en/shortlists/([0-9a-f-]{36})", shortlist)
    assert shortlist_id
    asked = {
        f"/en/organisations/{PARTNER}/matches/export": ("xlsx", "csv", "json"),
        f"/en/matches/{listing.alias}/{PARTNER}/export": ("pdf", "docx", "xlsx", "json"),
        f"/en/shortlists/{shortlist_id[1]}/export": ("docx", "xlsx", "csv", "json"),
    }
    for path, endings in asked.items():
        for ending in endings:
            response = reader.get(path, query_string={"format": ending, "top": "10"})
            assert response.status_code == 200, (path, ending)
            text = _text_of(response.data, ending)
            assert not _told(text, secrets), (path, ending)
            if path.startswith("/en/matches"):
                assert "name withheld" in text or listing.alias in text, ending


def _text_of(content: bytes, ending: str) -> str:
    if ending == "pdf":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    if ending in {"docx", "xlsx"}:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith((".xml", ".rels")))
    return content.decode()


def test_no_program_is_told(reader: FlaskClient, listing: Listing, secrets: re.Pattern[str]) -> None:
    for path in (f"organisations/{listing.alias}/programmes", f"matches/{listing.alias}/{PARTNER}/programmes",
                 f"programmes/globalstars-japan/check?with={listing.alias}&with={PARTNER}",
                 f"programmes/globalstars-japan/consortium?with={listing.alias}"):  # fmt: skip
        answer = reader.get(f"/api/v1/{path}")
        assert answer.status_code == 200 and listing.alias in answer.text, path
        assert not _told(answer.text, secrets)


def test_no_command_tells_it(
    folder: Path, listing: Listing, secrets: re.Pattern[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("KAKEHASHI_INSTANCE_FOLDER", str(folder))
    out = tmp_path / "profiles.json"
    for command in (
        ["rank", listing.alias, "--explain"], ["search", "assistive robotic arm", "--top", "30"],
        ["why", PARTNER, listing.alias], ["export", "profiles", str(out)],
    ):  # fmt: skip
        assert cli.main(command) == 0, command
    text = capsys.readouterr().out + out.read_text(encoding="utf-8")
    assert "name withheld" in text and not _told(text, secrets)
    assert cli.main(["rank", HIDDEN]) == 1


def test_no_mail_or_feed_tells_it(
    app: Flask, admin: Account, board: Board, listing: Listing, secrets: re.Pattern[str]
) -> None:
    with app.app_context():
        kept: dict[str, Any] = {"owner_id": admin.id, "lang": "en", "frequency": Frequency.DAILY, "seen": ()}
        found = searches.save_search(
            db.session, title="Robots", page=Page.PARTNERS, seeker_id=PARTNER, query="", **kept
        )
        searches.save_search(db.session, title="Arms", page=Page.SEARCH, seeker_id=None, query="q=robotic arm", **kept)
        digests = list(list_digests(db.session, board, at=datetime.now(UTC) + timedelta(1), read=read_query))
        text = "".join(part for digest in digests for part in compose(digest, board))
        db.session.commit()
    assert listing.alias in text and not _told(text, secrets)
    feed = app.test_client().get(f"/en/feeds/{found.feed_key}.atom")
    assert listing.alias in feed.text and not _told(feed.text, secrets)


def test_named_again_its_alias_leads_to_it_and_the_next_mask_is_another(
    app: Flask, reader: FlaskClient, real: Profile, listing: Listing, keeper: Account
) -> None:
    """Last in this module: it changes what the others look at."""
    with app.app_context():
        _publish(keeper, real, is_anonymous=False)
        _refit(app)
        moved = reader.get(f"/en/organisations/{listing.alias}")
        assert moved.status_code == 301 and moved.location.endswith("/organisations/kinova")
        assert reader.get("/en/organisations/kinova").status_code == 200
        named = submissions.find_listing(db.session, entry_id=HIDDEN)
        assert named
        _shown(named, Shown.WITHDRAWN, keeper)
        _refit(app)
        for address in (HIDDEN, listing.alias):
            page = reader.get(f"/en/organisations/{address}")
            assert page.status_code == 410 and "no longer listed" in page.text and "Kinova" not in page.text
        again = _publish(keeper, real, is_anonymous=True)
        assert again.alias != listing.alias
        _shown(again, Shown.EXPIRED, keeper)
        _refit(app)
        assert reader.get(f"/en/organisations/{again.alias}").status_code == 410
        assert reader.get(f"/en/organisations/{HIDDEN}").status_code == 404


def _shown(listing: Listing, shown: Shown, keeper: Account) -> None:
    submissions.save_shown(
        db.session, entry_id=listing.entry_id, version=listing.version, shown=shown, actor=str(keeper.id),
        day=datetime.now(UTC).date(),
    )  # fmt: skip
    db.session.commit()


def _refit(app: Flask) -> None:
    """At once, where a server would serve the old board meanwhile."""
    boards = app.extensions["kakehashi.boards"]
    boards._board = boards.fit()
