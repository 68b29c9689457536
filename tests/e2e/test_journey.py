"""A visitor's way to a match in a real browser, in every language, with and without scripts."""

from __future__ import annotations

import re
from itertools import product

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.looks import follow

pytestmark = pytest.mark.e2e

LANGUAGES = ("en", "fr", "ja")


@pytest.mark.parametrize(
    ("lang", "page"),
    [
        (lang, {"width": width, "java_script_enabled": js})
        for lang, width, js in product(LANGUAGES, (1280, 375), (True, False))
    ],
    indirect=["page"],
)
def test_from_a_search_to_an_explained_match(page: Page, address: str, lang: str) -> None:
    page.goto(f"{address}/{lang}/")
    page.locator("input[name=q]").first.fill("Rapidus")
    follow(page.locator("input[name=q]").first, key="Enter")
    follow(page.locator(f"a[href='/{lang}/organisations/rapidus']").first)
    follow(page.locator(f"a[href='/{lang}/organisations/rapidus/matches']").first)
    follow(page.locator(f"a[href^='/{lang}/matches/rapidus/']").first)
    expect(page.locator("svg.waterfall")).to_be_visible()
    expect(page.locator(".waterfall-table tbody tr").first).to_be_visible()
    assert page.locator("html").get_attribute("lang") == lang
    page.go_back()
    expect(page).to_have_url(re.compile("/organisations/rapidus/matches$"))


def test_the_way_to_a_match_by_keyboard_alone(page: Page, address: str) -> None:
    page.goto(f"{address}/en/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')").startswith("#")
    page.locator("input[name=q]").first.focus()
    page.keyboard.type("robotic arm for wheelchairs")
    follow(page.locator(":focus"), "**/search?**", key="Enter")
    for _ in range(60):
        page.keyboard.press("Tab")
        if (page.evaluate("document.activeElement.getAttribute('href')") or "").endswith("/organisations/kinova"):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    follow(page.locator(":focus"), "**/organisations/kinova", key="Enter")


def test_a_filter_replaces_the_list_and_the_address_says_so(page: Page, address: str) -> None:
    page.goto(f"{address}/en/organisations/rapidus/matches")
    all_of_them = page.locator("#count").inner_text()
    page.click("#by-kind-university")
    page.wait_for_url("**kind=university**")
    expect(page.locator("#count")).not_to_have_text(all_of_them)
    expect(page.locator("a[href^='/en/matches/rapidus/']").first).to_be_visible()
    page.reload()
    expect(page.locator("#by-kind-university")).to_have_attribute("aria-current", "true")
