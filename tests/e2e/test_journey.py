"""A real browser against a served application: every page without accessibility faults, and the way to a match."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from waitress.server import create_server

from web import cli, create_app
from web.config import Settings

pytestmark = pytest.mark.e2e

LANGUAGES = ("en", "fr", "ja")
WIDTHS = {"desktop": 1280, "phone": 375}
# One list of pages for all that must hold everywhere.
PAGES = (
    "/",
    "/search",
    "/search?q=量子アニーリング",
    "/search?q=zzzzzzzz",
    "/search?field=robotics",
    "/organisations/kinova",
    "/organisations/rapidus/matches",
    "/organisations/rapidus/matches?kind=hospital",
    "/matches/rapidus/tenstorrent",
    "/matches/japan-aisi/canada-caisi?relation=peer",
    "/matches/rapidus/fujitsu",
    "/programmes",
    "/programmes/globalstars-japan",
    "/about",
    "/organisations/rapidos",
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("instance")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KAKEHASHI_INSTANCE_FOLDER", str(folder))
        assert cli.main(["db", "upgrade"]) == 0
        assert cli.main(["load"]) == 0
    listener = socket.create_server(("127.0.0.1", 0))
    server = create_server(
        create_app(Settings(instance_folder=folder)), sockets=[listener], clear_untrusted_proxy_headers=True
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.close()
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:  # noqa: ARG001 - after the server: the browser's event loop stays in this thread
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("no chromium found: install it, or name it in $CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    options = getattr(request, "param", {})
    context = browser.new_context(
        viewport={"width": options.get("width", 1280), "height": 900}, **options.get("context", {})
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    # A page that is not there is an error to the console, but not to us.
    assert [p for p in problems if "404" not in p] == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "page", [{"width": w, "context": {"color_scheme": c}} for w, c in ((1280, "light"), (375, "dark"))], indirect=True
)
def test_every_page_is_accessible_and_fits_the_screen(page: Page, address: str, lang: str) -> None:
    axe = Axe()
    for path in PAGES:
        page.goto(f"{address}/{lang}{path}")
        found = axe.run(
            page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
        )
        faults = [(v["id"], v["nodes"][0]["html"]) for v in found.response["violations"]]
        assert faults == [], f"{lang}{path}"
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{lang}{path} is {overflow} px wider than the screen"


@pytest.mark.parametrize(
    ("lang", "page"),
    [
        (lang, {"width": width, "context": {"java_script_enabled": js}})
        for lang, width, js in product(LANGUAGES, (1280, 375), (True, False))
    ],
    indirect=["page"],
)
def test_from_a_search_to_an_explained_match(page: Page, address: str, lang: str) -> None:
    page.goto(f"{address}/{lang}/")
    page.locator("input[name=q]").first.fill("Rapidus")
    page.locator("input[name=q]").first.press("Enter")
    page.locator(f"a[href='/{lang}/organisations/rapidus']").first.click()
    page.locator(f"a[href='/{lang}/organisations/rapidus/matches']").first.click()
    page.locator(f"a[href^='/{lang}/matches/rapidus/']").first.click()
    expect(page.locator("svg.waterfall")).to_be_visible()
    expect(page.locator(".waterfall-table tbody tr").first).to_be_visible()
    assert page.locator("html").get_attribute("lang") == lang
    page.go_back()
    assert page.url.endswith("/organisations/rapidus/matches")


def test_the_way_to_a_match_by_keyboard_alone(page: Page, address: str) -> None:
    page.goto(f"{address}/en/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')").startswith("#")
    page.locator("input[name=q]").first.focus()
    page.keyboard.type("robotic arm for wheelchairs")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    for _ in range(60):
        page.keyboard.press("Tab")
        if (page.evaluate("document.activeElement.getAttribute('href')") or "").endswith("/organisations/kinova"):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    page.wait_for_url("**/organisations/kinova")


def test_a_filter_replaces_the_list_and_the_address_says_so(page: Page, address: str) -> None:
    page.goto(f"{address}/en/organisations/rapidus/matches")
    page.select_option("select[name=kind]", "university")
    page.wait_for_url("**kind=university**")
    expect(page.locator("a[href^='/en/matches/rapidus/']").first).to_be_visible()
    page.reload()
    assert page.locator("select[name=kind]").input_value() == "university"
