"""Every page in every language: no accessibility faults, no sideways scrolling, a visible focus, nothing that moves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.e2e.looks import resize

pytestmark = [pytest.mark.e2e, pytest.mark.once]

LANGUAGES = ("en", "fr", "ja")

# Where something sticks out, and who it is.
OVERFLOW = """() => {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > wide + 0.5
        && !e.closest(".scroll")).slice(0, 5).map((e) => e.outerHTML.slice(0, 120));
}"""
MOVING = """() => [...document.querySelectorAll("*")].filter((e) => {
    const style = getComputedStyle(e);
    return style.animationName !== "none" || style.scrollBehavior === "smooth"
        || style.transitionDuration.split(",").some((d) => parseFloat(d) > 0);
}).map((e) => e.outerHTML.slice(0, 120))"""
FOCUS = """() => {
    const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
    const seen = box.width > 1 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return [e.tagName !== "BODY", seen && drawn, e.outerHTML.slice(0, 120)];
}"""


def faults_of_focus(page: Page) -> list[str]:
    """The first stops of the tab key: each drawn, each within sight."""
    found = []
    for _ in range(6):
        page.keyboard.press("Tab")
        is_element, is_visible, what = page.evaluate(FOCUS)
        if is_element and not is_visible:
            found.append(f"no focus to see: {what}")
    return found


def test_every_page_is_on_the_list(app: Flask, named_pages: tuple[Mapping[str, Any], set[str]]) -> None:
    pages, others = named_pages
    answering = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert set(pages) | others == answering and not set(pages) & others


def look(
    page: Page, site: str, paths: Sequence[str], axe: Callable[[Page], Iterator[list[str]]], wrong: dict[str, Any]
) -> Iterator[None]:
    """Looks at pages one after the other, and gives way wherever the browser is at work."""
    for path in paths:
        resize(page, 1280)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        answer = page.goto(f"{site}{path}".replace(f"{site}/oidc/callback", f"{site[:-3]}/oidc/callback"))
        assert answer is not None
        found = [] if answer.headers["content-type"].startswith("text/html") else ["no page"]
        found += [] if page.locator("html").get_attribute("lang") == site[-2:] else ["another language"]
        if site.endswith("/en"):  # what differs in no language
            found += [f"moves: {what}" for what in page.evaluate(MOVING)]
            for faults in axe(page):
                yield
                found += faults
            found += faults_of_focus(page)
        # As it comes; a tablet; 1280 px at 200 % and at 400 % zoom; a phone with everything unfolded.
        for width in (1280, 800, 640, 320, 375):
            resize(page, width, 800 if width == 375 else width * 3 // 4)
            if width == 375:
                page.emulate_media(color_scheme="dark")
                page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
            found += [f"sticks out of {width} px: {what}" for what in page.evaluate(OVERFLOW)]
        for faults in axe(page):
            yield
            found += [f"dark phone: {fault}" for fault in faults]
        if found:
            wrong[path] = found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_is_accessible_and_fits(
    open_browser: Callable[..., Any], axe: Callable[[Page], Iterator[list[str]]], address: str, stops: list[Any],
    signed_in: Any, lang: str,
) -> None:  # fmt: skip
    wrong: dict[str, Any] = {}
    with open_browser() as visitor, open_browser(storage_state=signed_in) as officer:
        # The script on this page sends the form at once; it is the page that is looked at.
        visitor.route("**/onward.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
        # Two windows in turn: while axe works in one, the other loads.
        for _ in zip_longest(*(
            look(window, f"{address}/{lang}", [s.path for s in stops if s.is_signed_in is known], axe, wrong)
            for window, known in ((visitor, False), (officer, True))
        )):  # fmt: skip
            pass
    assert wrong == {}, json.dumps(wrong, ensure_ascii=False, indent=1)


def test_moving_is_seen_where_it_is_not_asked_to_stop(page: Page, address: str) -> None:
    """The check above would see something: pages scroll smoothly unless told not to."""
    page.goto(f"{address}/en/")
    assert page.evaluate(MOVING) != []


def test_what_is_folded_away_is_printed_but_forms_are_not(page: Page, address: str) -> None:
    page.goto(f"{address}/en/map")
    folded = page.locator(".openneeds").first
    expect(folded).to_be_hidden()
    page.emulate_media(media="print")
    expect(folded).to_be_visible()
    expect(page.locator("header.site form, nav.main, nav.account").first).to_be_hidden()
    page.goto(f"{address}/en/matches/rapidus/tenstorrent")
    expect(page.locator("details.export")).to_be_hidden()
