"""An officer's day in a real browser: from opening an account to a file that can be verified, with a colleague."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from docx import Document
from icalendar import Calendar
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e.looks import follow
from web.store.accounts import Account

pytestmark = pytest.mark.e2e

PASSWORD = "seven bridges over the river"  # noqa: S105 - of people who exist in tests only
STEP_ON = date(2027, 3, 1)
# What an officer who writes each language types, and how she reads the names of the pair.
WORDS = {
    "en": {
        "name": "Aiko Tremblay", "query": "robotic arm for wheelchairs", "title": "Call on Tuesday",
        "step": "Send the brief", "note": "Ready for a trial.", "other": "Wants to see the arm first.",
        "partner": "CYBERDYNE",
    },
    "fr": {
        "name": "Élise L’Écuyer", "query": "bras robotisé pour fauteuil roulant", "title": "Réunion de mardi : robots",
        "step": "Envoyer la note",
        "note": "Prêts pour un essai « au printemps ».", "other": "Veulent d’abord voir le bras.",
        "partner": "CYBERDYNE",
    },
    "ja": {
        "name": "橋本 直子", "query": "車いす用ロボットアーム", "title": "火曜日の打合せ(介護)",
        "step": "資料を送付", "note": "実証に前向き。", "other": "先に実機を見たいとのこと。",
        "partner": "CYBERDYNE",
    },
}  # fmt: skip
_numbers = count(1)


def content(path: Path) -> str:
    """The text of a file, read by a program that knows its format; without white space, which PDF does not keep."""
    readers: dict[str, Callable[[Path], Any]] = {
        ".csv": lambda p: list(csv.reader(io.StringIO(p.read_bytes().decode("utf-8-sig")))),
        ".xlsx": lambda p: [[c.value for c in row] for sheet in openpyxl.load_workbook(p) for row in sheet.iter_rows()],
        ".pdf": lambda p: [page.extract_text() for page in PdfReader(p).pages],
        ".docx": lambda p: [t.text for t in Document(str(p)).element.iter() if t.tag.endswith("}t") and t.text],
        ".ics": lambda p: [(str(e["SUMMARY"]), e.start) for e in Calendar.from_ical(p.read_bytes()).events],
        ".json": lambda p: json.loads(p.read_text("utf-8")),
    }
    return "".join(str(readers[path.suffix](path)).split())


@pytest.fixture
def colleague(
    open_browser: Callable[..., Any], make_person: Callable[..., Account], enter: Callable[..., None], lang: str,
    with_script: bool,  # noqa: FBT001 - a parameter of the test
) -> Iterator[tuple[Page, str]]:  # fmt: skip
    """A second officer, signed in on another machine."""
    email = f"colleague{next(_numbers)}@example.com"
    make_person(email, "Léonard Côté")
    with open_browser(java_script_enabled=with_script) as page:
        enter(page, email, lang)
        yield page, email


@pytest.mark.parametrize(
    ("lang", "width", "with_script"),
    [("en", 1280, True), ("en", 375, True), ("fr", 375, True), ("ja", 1280, True), ("fr", 375, False)],
)
def test_an_officers_day(
    open_browser: Callable[..., Any], sign_up: Callable[..., None], colleague: tuple[Page, str],
    mailed: Callable[[str], EmailMessage], axe: Callable[[Page], Iterator[list[str]]], command: Callable[..., int],
    download: Callable[..., Path], capsys: pytest.CaptureFixture[str], address: str, lang: str, width: int,
    with_script: bool,  # noqa: FBT001 - a parameter of the test
) -> None:  # fmt: skip
    words = WORDS[lang]
    with open_browser(width=width, java_script_enabled=with_script) as page:
        sign_up(page, f"officer{next(_numbers)}@example.com", words["name"], lang)
        item = keep_a_match(page, lang)
        follow_up(page, words)
        share(page, lang, colleague, mailed)
        both_at_once(page, colleague[0], f"{address}{item}", words, axe if with_script else None)
        save_a_search(page, lang, words["query"])
        export(page, lang, download, command, capsys)
        sign_out_everywhere(page, lang, address, open_browser)


def keep_a_match(page: Page, lang: str) -> str:
    """From a search to a match on a new shortlist; returns the address of the item."""
    page.fill("#q", WORDS[lang]["query"])
    follow(page.locator("#q"), key="Enter")
    follow(page.locator(f"#found a[href='/{lang}/organisations/kinova']").first)
    follow(page.locator(f"main a[href='/{lang}/organisations/kinova/matches']").first)
    follow(page.locator(f"a[href='/{lang}/matches/kinova/cyberdyne']").first)
    expect(page.locator("svg.waterfall")).to_be_visible()
    follow(page.locator(".actions a[href*='/shortlists/add']"))
    page.fill("#title", WORDS[lang]["title"])
    # Back where she was, with a way to the match on her list.
    follow(page.locator("form:has(#title) button"), "**/matches/kinova/cyberdyne*")
    expect(page.locator("[role=status].notice")).to_be_visible()
    link = page.locator(".listed a").first
    item = link.get_attribute("href") or ""
    follow(link, f"**{item}")
    return item


def follow_up(page: Page, words: dict[str, str]) -> None:
    page.select_option("#status", "contacted")
    page.fill("#next_step", words["step"])
    page.fill("#next_step_on", STEP_ON.isoformat())
    page.fill("#note", words["note"])
    follow(page.locator(".follow-up button"))
    expect(page.locator("[role=status].notice")).to_be_visible()
    assert page.input_value("#note") == words["note"] and page.input_value("#next_step_on") == STEP_ON.isoformat()
    expect(page.locator(".history")).to_contain_text(words["step"])


def share(page: Page, lang: str, colleague: tuple[Page, str], mailed: Callable[[str], EmailMessage]) -> None:
    """Makes a team, invites the colleague, and shares the shortlist in it."""
    shortlist = page.locator(".up a").last.get_attribute("href") or ""
    other, email = colleague
    site = page.url.split(f"/{lang}/")[0]
    page.goto(f"{site}/{lang}/teams")
    page.fill("#name", "Québec–東京")
    follow(page.locator("form.entries button"))
    page.fill("#invite-email", email)
    follow(page.locator("form:has(#invite-email) button"))
    expect(page.locator("[role=status].notice")).to_contain_text(email)
    link = re.search(r"http\S+/teams/join/\S+", mailed(email).get_content())
    assert link
    other.goto(link[0].replace("/en/", f"/{lang}/"))
    follow(other.locator("main form button"))
    expect(other.locator("h1")).to_have_text("Québec–東京")
    page.goto(f"{site}{shortlist}")
    page.click("details.settings summary")
    page.select_option("#team", label="Québec–東京")
    follow(page.locator("details.settings form.entries button"))
    expect(page.locator("header.title")).to_contain_text("Québec–東京")


def both_at_once(
    page: Page, other: Page, item: str, words: dict[str, str], axe: Callable[[Page], Iterator[list[str]]] | None
) -> None:
    """Two officers write into one match; the second is shown both texts, and keeps both."""
    page.goto(item)
    other.goto(item)
    other.fill("#note", words["other"])
    follow(other.locator(".follow-up button"))
    expect(other.locator("[role=status].notice")).to_be_visible()
    page.fill("#note", f"{words['note']} +")
    page.select_option("#status", "in_talks")
    follow(page.locator(".follow-up button"))
    conflict = page.locator("form:has([name=keep_note])")
    expect(conflict).to_contain_text(words["other"])
    expect(conflict).to_contain_text(f"{words['note']} +")
    expect(page.locator("main")).to_contain_text("Léonard Côté")
    assert page.is_checked("[name=keep_note][value=both]") and page.is_checked("[name=keep_status][value=mine]")
    if axe:
        assert [fault for faults in axe(page) for fault in faults] == []
    follow(conflict.locator("button"))
    expect(page.locator("[role=status].notice")).to_be_visible()
    other.goto(item)
    for window in (page, other):
        kept = window.input_value("#note")
        assert words["other"] in kept and f"{words['note']} +" in kept
        assert window.input_value("#status") == "in_talks" and window.input_value("#next_step") == words["step"]


def save_a_search(page: Page, lang: str, query: str) -> None:
    page.goto(f"{page.url.split(f'/{lang}/')[0]}/{lang}/search?q={query}")
    follow(page.locator(".keep a"))
    page.check("[name=frequency][value=daily]")
    follow(page.locator("form.entries button"))
    expect(page.locator("h1")).to_contain_text(query)
    expect(page.locator("#feed .secret a")).to_be_visible()


def export(
    page: Page, lang: str, download: Callable[..., Path], command: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    words = WORDS[lang]
    page.goto(f"{page.url.split(f'/{lang}/')[0]}/{lang}/shortlists")
    follow(page.locator("table.lists th a"))
    page.click("details.export summary")
    for ending in ("csv", "xlsx", "pdf", "docx", "ics", "json"):
        page.select_option("#export-format", ending)
        path = download(page, "#export button")
        assert path.suffix == f".{ending}" and re.search(r"\d{4}-\d\d-\d\d", path.name)
        text = content(path)
        # What a file is for: a calendar holds the step and its day, every other one the partner too.
        assert "".join(words["step"].split()) in text, path.name
        assert ending == "ics" or words["partner"] in text, path.name
        assert path.read_bytes().startswith(b"\xef\xbb\xbf") is (ending == "csv")
        if ending == "ics":
            assert repr(STEP_ON).replace(" ", "") in text
        if ending == "json":
            capsys.readouterr()
            assert command("verify", str(path)) == 0
            assert capsys.readouterr().out.startswith("identical: 1 ")


def sign_out_everywhere(page: Page, lang: str, address: str, open_browser: Callable[..., Any]) -> None:
    with open_browser(storage_state=page.context.storage_state()) as elsewhere:
        elsewhere.goto(f"{address}/{lang}/shortlists")
        expect(elsewhere.locator("table.lists")).to_be_visible()
        page.goto(f"{address}/{lang}/account")
        follow(page.locator("form[action$='sign-out-everywhere'] button"))
        expect(page.locator("[role=status].notice")).to_be_visible()
        for window in (page, elsewhere):
            window.goto(f"{address}/{lang}/shortlists")
            window.wait_for_url(re.compile(rf"/{lang}/sign-in\?next="))


@pytest.mark.parametrize("with_script", [True, False])
def test_a_shortlist_is_reordered_with_the_keyboard_alone(
    open_browser: Callable[..., Any], enter: Callable[..., None], make_person: Callable[..., Account],
    add_match: Callable[..., str], make_list: Callable[..., str], address: str,
    with_script: bool,  # noqa: FBT001 - a parameter of the test
) -> None:  # fmt: skip
    email = f"keys{next(_numbers)}@example.com"
    owner = make_person(email, "Aiko Tremblay")
    made = make_list(owner, "Three")
    pairs = [("kinova", "cyberdyne"), ("rapidus", "tenstorrent"), ("japan-aisi", "canada-caisi")]
    one, two, three = [add_match(owner, made, pair) for pair in pairs]
    with open_browser(java_script_enabled=with_script) as page:
        enter(page, email)
        page.goto(f"{address}/en/shortlists/{made}")
        order = page.locator("tr[data-item]")

        def tab_to(target: str) -> None:
            for _ in range(60):
                page.keyboard.press("Tab")
                if page.locator(":focus").get_attribute("id") == target:
                    return
            pytest.fail(f"the tab key does not reach {target}")

        def settle(*ids: str) -> None:
            for place, item in enumerate(ids):
                expect(order.nth(place)).to_have_attribute("data-item", item)

        def press(key: str) -> None:
            if with_script:
                page.keyboard.press(key)
            else:
                follow(page.locator(":focus"), key=key)

        tab_to(f"down-{one}")
        press("Enter")
        settle(two, one, three)
        if not with_script:
            # A page that was loaded anew starts at its top.
            tab_to(f"down-{one}")
        expect(page.locator(":focus")).to_have_id(f"down-{one}")
        press("Space")
        settle(two, three, one)
        page.reload()
        settle(two, three, one)
