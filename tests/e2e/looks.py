"""Going from page to page, and looking at where a journey has come to, without ever being ahead of the browser."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

WIDTHS = {"desktop": 1280, "phone": 375, "narrow": 320}
# How long anything may take on a slow machine, in milliseconds; where all goes well nobody waits for it.
PATIENCE = 60_000


def follow(way: Locator, to: str | re.Pattern[str] | None = None, *, key: str = "") -> None:
    """Clicks what leads to another page, or presses a key in it, and waits until all of that page is there.

    A click alone is over once the next page begins: what is read then may be half of it, without its style.
    """
    with way.page.expect_navigation(url=to):
        if key:
            way.press(key)
        else:
            way.click()


def until(page: Page, is_so: Callable[[], bool]) -> bool:
    """Asks again until it is so, for two minutes at most."""
    for _ in range(240):
        if is_so():
            return True
        page.wait_for_timeout(500)
    return False


def resize(page: Page, width: int, height: int = 900) -> None:
    """Makes the window so large, and waits until the page has been laid out in it."""
    page.set_viewport_size({"width": width, "height": height})
    expect(page.locator("html")).to_have_js_property("clientWidth", width)


def look(axe: Callable[[Page], Iterator[list[str]]], page: Page, name: str) -> None:
    """Nothing sticks out, and in one language there are no accessibility faults, which differ in none.

    Where ``$JOURNEY_PICTURES`` names a folder, a picture at each width is kept in it.
    """
    folder, before = os.environ.get("JOURNEY_PICTURES"), page.viewport_size
    page.wait_for_load_state()
    lang = page.locator("html").get_attribute("lang") or ""
    for device, width in WIDTHS.items():
        resize(page, width)
        expect(page.locator("html"), f"{name} fits into {width} px").to_have_js_property("scrollWidth", width)
        if folder:
            page.screenshot(path=Path(folder) / lang / device / f"{name}.png", full_page=True)
    assert before
    resize(page, **before)
    assert lang != "en" or [fault for faults in axe(page) for fault in faults] == [], name
