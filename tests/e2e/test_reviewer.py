"""A reviewer's day in a real browser: what waits, what is wrong with it, sending it back, publishing, merging."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from matcher.corpus import Corpus
from matcher.document import profile_document
from matcher.profile import Profile
from tests.e2e.looks import follow, until
from web.security import AccountRole
from web.store.accounts import Account
from web.store.submissions import Contact

pytestmark = pytest.mark.e2e

# Whose profile is reviewed in each language, and what the reviewer writes.
WORDS = {
    "en": {"about": "fanuc", "note": "Leave out the address: contacts are shown once both sides accept."},
    "fr": {"about": "astroscale", "note": "Retirez l’adresse : les coordonnées viennent après l’accord des deux."},
    "ja": {"about": "coveo", "note": "連絡先は省いてください。双方が承諾した後に表示されます。"},
}
_numbers = count(1)


@pytest.mark.parametrize(("lang", "width"), [("en", 1280), ("fr", 375), ("ja", 1280)])
def test_a_reviewers_day(
    open_browser: Callable[..., Any], make_person: Callable[..., Account], enter: Callable[..., None],
    send_in: Callable[..., Account], mailed: Callable[[str], EmailMessage], picture: Callable[[Page, str], None],
    address: str, lang: str, width: int,
) -> None:  # fmt: skip
    words, number = WORDS[lang], next(_numbers)
    profile = Corpus.shipped().get(words["about"])
    contact = Contact("Ana Keeper", f"sends{number}@keeper.example")
    owner = send_in(contact, profile, founded=1999, statements=with_an_address(profile))
    email = f"reviewer{number}@example.com"
    make_person(email, "Rei Viewer", AccountRole.REVIEWER)
    with open_browser(width) as page:
        enter(page, email, lang)
        title = find_in_queue(page, lang, profile, picture)
        look_closer(page, picture)
        give_back(page, words["note"], picture)
        assert words["note"] in mailed(contact.email).get_content()
        send_in(contact, profile, owner=owner, founded=1999)
        publish(page, title, picture)
        see_history(page, profile, picture)
        twin = twin_of(profile, number)
        send_in(Contact("Twin", f"twin{number}@keeper.example"), twin, is_new=True, is_published=True)
        merge_and_undo(page, f"{address}/{lang}", profile.id, twin.id, picture)


def with_an_address(profile: Profile) -> list[dict[str, Any]]:
    """What it says, but for an address in the first statement, which is for nobody to read."""
    first, *others = profile_document(profile)["statements"]
    return [{**first, "text": f"{first['text']} Write to info@keeper.example."}, *others]


def twin_of(profile: Profile, number: int) -> Profile:
    """The organisation once more, as somebody would enter it who did not look for it first."""
    return replace(
        profile, id=f"twin-{number}", names={"en": f"{profile.names['en']} Ltd."}, aliases=(), identifiers={},
        statements=profile.statements[:2],
    )  # fmt: skip


def find_in_queue(page: Page, lang: str, profile: Profile, picture: Callable[[Page, str], None]) -> str:
    """From the menu to what waits, by whether the checks found something; returns the name in the page's language."""
    if (folded := page.locator("nav.account summary")).is_visible():
        folded.click()
    follow(page.locator(f"nav.account a[href='/{lang}/review']"))
    follow(page.locator(f"main a[href='/{lang}/reviews']"))
    title = profile.name(lang)
    row = page.locator("main tbody tr", has_text=title)
    expect(row).to_have_count(1)
    page.select_option("#findings", "without")
    follow(page.locator("form.filterbar button"), "**findings=without*")
    expect(row).to_have_count(0)
    page.select_option("#findings", "with")
    follow(page.locator("form.filterbar button"), "**findings=with")
    picture(page, "1_queue")
    follow(row.locator("a"))
    expect(page.locator("h1")).to_have_text(title)
    return title


def look_closer(page: Page, picture: Callable[[Page, str], None]) -> None:
    """The checks lead to the place; there what was and what is sent stand side by side. Others see who looks."""
    follow(page.locator("form[action$='/read'] button"))
    expect(page.locator("header.title .mark")).to_be_visible()
    picture(page, "2_submission")
    page.locator("table.checks a[href='#at-c1']").first.click()
    changed = page.locator("table.revision#at-c1")
    expect(changed).to_be_in_viewport()
    expect(changed.locator("ins")).to_contain_text("info@keeper.example")
    expect(changed.locator("caption .found")).to_be_visible()
    # The one field that changed too.
    expect(page.locator("table.revision", has_text="1999")).to_have_count(1)


def give_back(page: Page, note: str, picture: Callable[[Page, str], None]) -> None:
    """What the checks found is proposed as a reason; a note without a reason is asked about and stays."""
    follow(page.locator("a[href$='/return']"))
    reasons = page.locator("fieldset.reason")
    assert page.input_value("#objection-0") and page.input_value("#place-0") == "c1"
    for number in range(reasons.count()):
        page.select_option(f"#objection-{number}", "")
        page.fill(f"#note-{number}", "")
    page.fill("#note-0", note)
    follow(page.locator("button[value=preview]"))
    expect(page.locator("main [role=alert] a[href='#note-0']")).to_be_visible()
    assert page.input_value("#note-0") == note
    picture(page, "3_asked")
    page.select_option("#objection-0", "personal_data")
    page.select_option("#place-0", "c1")
    follow(page.locator("button[value=preview]"))
    expect(page.locator("[aria-labelledby=preview]")).to_contain_text(note)
    picture(page, "4_mail")
    follow(page.locator("button[value=send]"), re.compile("/reviews$"))
    expect(page.locator("main [role=status].notice")).to_be_visible()


def publish(page: Page, title: str, picture: Callable[[Page, str], None]) -> None:
    """The mended one, which says what happened to it before."""
    page.reload()
    follow(page.locator("main tbody a", has_text=title))
    expect(page.locator("[aria-labelledby=happened] li")).to_have_count(4)
    for code in ("clear", "specific", "has_need", "entitled"):
        page.check(f"[name=judged][value={code}]")
    picture(page, "5_mended")
    follow(page.locator("form[action$='/publish'] button"), re.compile("/reviews$"))
    expect(page.locator("main [role=status].notice")).to_be_visible()
    expect(page.locator("main tbody a", has_text=title)).to_have_count(0)


def see_history(page: Page, profile: Profile, picture: Callable[[Page, str], None]) -> None:
    """From what was decided to all states of the entry, the last of which has the new year."""
    follow(page.locator("main nav a[href$='/reviews/decided']"))
    picture(page, "6_decided")
    follow(page.locator(f"main tbody a[href$='/organisations/{profile.id}/history']").first)
    expect(page.locator("[aria-labelledby=states] tbody tr")).to_have_count(2)
    expect(page.locator("table.revision ins", has_text="1999")).to_be_visible()
    picture(page, "7_history")


def merge_and_undo(page: Page, site: str, kept: str, gone: str, picture: Callable[[Page, str], None]) -> None:
    """A second entry of the organisation goes into the first, with its address, and comes back."""
    merge = f"main a[href$='/duplicates/{kept}/{gone}']"

    def is_listed() -> bool:
        page.goto(f"{site}/duplicates")
        return page.locator(merge).count() == 1

    assert until(page, is_listed)
    picture(page, "8_duplicates")
    follow(page.locator(merge))
    expect(page.locator(".entry-side")).to_have_count(2)
    picture(page, "9_merge")
    follow(page.locator(f"form[action$='/duplicates/{kept}/{gone}'] button"), "**/duplicates#merged")
    expect(page.locator(merge)).to_have_count(0)
    picture(page, "10_merged")
    assert arrives(page, f"{site}/organisations/{gone}", kept)
    follow(page.locator(f"form[action$='/duplicates/{gone}/undo'] button"), re.compile("/duplicates$"))
    expect(page.locator("main [role=status].notice")).to_be_visible()
    assert arrives(page, f"{site}/organisations/{gone}", gone)


def arrives(page: Page, start: str, end: str) -> bool:
    """Whether an address leads to an organisation, at the latest when the matcher knows."""
    return until(page, lambda: (answer := page.request.get(start)).ok and answer.url.endswith(f"/{end}"))
