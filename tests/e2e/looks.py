"""Looking at where a journey through the pages has come to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Page

WIDTHS = {"desktop": 1280, "phone": 375, "narrow": 320}


def look(axe: Callable[[Page], Iterator[list[str]]], page: Page, name: str) -> None:
    """Nothing sticks out, and in one language there are no accessibility faults, which differ in none.

    Where ``$JOURNEY_PICTURES`` names a folder, a picture at each width is kept in it.
    """
    folder, before = os.environ.get("JOURNEY_PICTURES"), page.viewport_size
    lang = page.locator("html").get_attribute("lang") or ""
    for device, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        wide, room = page.evaluate("(e => [e.scrollWidth, e.clientWidth])(document.documentElement)")
        assert wide <= room, f"{name} sticks out of {width} px"
        if folder:
            page.screenshot(path=Path(folder) / lang / device / f"{name}.png", full_page=True)
    assert before
    page.set_viewport_size(before)
    assert lang != "en" or [fault for faults in axe(page) for fault in faults] == [], name
