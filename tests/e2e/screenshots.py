"""Pictures of every page in every language at both widths, to be looked at: ``make screenshots``.

Not a test, and not collected with them; it uses their pages and their desk with work on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.looks import follow

FOLDER = Path(__file__).parents[2] / "screenshots"
WIDTHS = {"desktop": 1280, "phone": 375}


def file_name(path: str) -> str:
    """A page's address as the name of a file, without the ids in it, which differ each time."""
    plain = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=/)[\w.-]{40,}", "one", path.partition("#")[0])
    return re.sub(r"[^\w=-]+", "_", plain).strip("_") or "home"


@pytest.mark.parametrize(("lang", "width"), list(product(("en", "fr", "ja"), WIDTHS)))
def test_take_pictures(
    open_browser: Callable[..., Any], address: str, stops: list[Any], signed_in: Any, known: dict[str, str],
    lang: str, width: str,
) -> None:  # fmt: skip
    folder = FOLDER / lang / width
    folder.mkdir(parents=True, exist_ok=True)

    def take(page: Page, path: str, name: str) -> None:
        page.goto(f"{address}/{lang}{path}".replace(f"/{lang}/oidc/callback", "/oidc/callback"))
        page.screenshot(path=folder / f"{name}.png", full_page=True)

    with open_browser(width=WIDTHS[width]) as visitor, open_browser(WIDTHS[width], storage_state=signed_in) as officer:
        visitor.route("**/onward.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
        taken: set[str] = set()
        for path, is_signed_in in stops:
            name = file_name(path) + "_signed_in" * is_signed_in
            while name in taken:
                name += "_"
            taken.add(name)
            take(officer if is_signed_in else visitor, path, name)
        take_what_needs_a_click(officer, f"{address}/{lang}", known["item"], folder)


def take_what_needs_a_click(page: Page, site: str, item: str, folder: Path) -> None:
    """The menus of a phone, unfolded; a form with a mistake; and the page for two who saved at once."""
    page.goto(f"{site}/desk")
    page.evaluate("document.querySelectorAll('.fold').forEach((e) => { e.open = true; })")
    page.screenshot(path=folder / "menus.png")
    page.goto(f"{site}/account")
    follow(page.locator("form:has(#password-present) button"))
    page.screenshot(path=folder / "mistake.png", full_page=True)
    pages = [page, page.context.new_page()]
    for one in pages:
        one.goto(f"{site}/shortlists/items/{item}")
    for one, text in zip(reversed(pages), ("A trial in spring.", "Un essai au printemps."), strict=True):
        one.fill("#note", f"{text} ({folder.parent.name}, {folder.name})")
        follow(one.locator(".follow-up button"))
    page.screenshot(path=folder / "conflict.png", full_page=True)
