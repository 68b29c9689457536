"""Every page in every language: no accessibility faults, no sideways scrolling, a focus one can see, nothing that moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

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


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_is_accessible_and_fits(
    open_browser: Callable[..., Any], faults: Callable[[Page], list[str]], address: str, stops: list[Any],
    signed_in: Any, lang: str,
) -> None:  # fmt: skip
    wrong: dict[str, list[str]] = {}
    with ExitStack() as stack:
        windows = {
            is_signed_in: stack.enter_context(open_browser(storage_state=signed_in if is_signed_in else None))
            for is_signed_in in (False, True)
        }
        for path, is_signed_in in stops:
            page = windows[is_signed_in]
            page.set_viewport_size({"width": 1280, "height": 900})
            page.emulate_media(color_scheme="light", reduced_motion="reduce")
            answer = page.goto(f"{address}/{lang}{path}".replace(f"/{lang}/oidc/callback", "/oidc/callback"))
            found = [] if answer and answer.headers["content-type"].startswith("text/html") else ["no page"]
            found += [] if page.locator("html").get_attribute("lang") == lang else ["another language"]
            found += [f"moves: {what}" for what in page.evaluate(MOVING)]
            found += faults(page) + faults_of_focus(page)
            # 1280 px at 200 % zoom.
            page.set_viewport_size({"width": 640, "height": 450})
            found += [f"sticks out at 200 %: {what}" for what in page.evaluate(OVERFLOW)]
            page.set_viewport_size({"width": 375, "height": 800})
            page.emulate_media(color_scheme="dark")
            found += [f"sticks out on a phone: {what}" for what in page.evaluate(OVERFLOW)]
            found += [f"dark phone: {fault}" for fault in faults(page)]
            if found:
                wrong[f"{path} {'signed in' if is_signed_in else ''}"] = found
    assert wrong == {}


def test_moving_is_seen_where_it_is_not_asked_to_stop(page: Page, address: str) -> None:
    """The check above would see something: pages scroll smoothly unless told not to."""
    page.goto(f"{address}/en/")
    assert page.evaluate(MOVING) != []
