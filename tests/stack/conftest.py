"""A browser for the tests of the page."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

PATIENCE_MS = 20_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# No look-ups of the browser's own, and no sandbox of its own where tests run as root.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Return an installed Chromium; CI installs one, elsewhere its absence is told in the summary."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    pytest.skip(f"none of {', '.join(BROWSERS)} is installed: the page was not tried in a browser")


@pytest.fixture
def page(browser_path: str) -> Iterator[Page]:
    """Return an empty page of a new browser; an error in the page's own script fails the test."""
    troubles: list[str] = []

    def note(line: ConsoleMessage) -> None:
        # A refusal that the page shows is one that Chromium notes as well.
        if line.type == "error" and "the server responded with a status of 4" not in line.text:
            troubles.append(line.text)

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_page(
            viewport={"width": 1180, "height": 900},
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Asia/Kolkata",
        )
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", note)
        yield page
        browser.close()
    assert not troubles
