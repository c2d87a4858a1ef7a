"""The sandbox's page in a real browser: a customer trades in a phone without touching anything but the page."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright
from sqlalchemy import select
from stdnum import luhn

from tests.stackrunner import Stack
from tradein import database
from tradein.coupons import Coupon
from tradein.customers import Customer
from tradein.exchanges import Exchange

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MOST_QUESTIONS = 20
BOX = "Original box"
WORN = 2  # the question that gets its second answer, so that the price has a line more
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


@pytest.fixture(scope="module")
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
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_page(
            viewport={"width": 1180, "height": 900},
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Asia/Kolkata",
        )
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
        yield page
        browser.close()
    assert not troubles


def offering(page: Page, title: str | re.Pattern[str]) -> Locator:
    """Return the newest message with a button of this title, once there is one."""
    message = page.locator("article.in.keyed").filter(has=page.get_by_role("button", name=title)).last
    message.wait_for()
    return message


def tap(page: Page, title: str | re.Pattern[str]) -> None:
    """Tap a button and wait until the assistant has taken the buttons off the message."""
    message = offering(page, title)
    number = message.get_attribute("data-id")
    message.get_by_role("button", name=title).first.click()
    expect(page.locator(f'article.keyed[data-id="{number}"]')).to_have_count(0)


def mark(page: Page, title: str) -> None:
    """Tap one of several that may apply, and see it marked."""
    offering(page, title).get_by_role("button", name=title).click()
    offering(page, f"✓ {title}")


def write(page: Page, text: str) -> None:
    """Type into the page and send."""
    box = page.get_by_role("textbox", name="Message")
    box.fill(text)
    box.press("Enter")


def heard(page: Page, text: str | re.Pattern[str]) -> Locator:
    """Return the newest message of the assistant with this text, once it is there."""
    message = page.locator("article.in").filter(has_text=text).last
    message.wait_for()
    return message


def test_a_customer_gets_a_coupon_on_the_page(page: Page, stack: Stack, tmp_path: Path) -> None:
    """From the first Start to the coupon; what the page shows is what the database holds."""
    pictures = Path(os.environ.get("TRADEIN_SCREENSHOTS", tmp_path))
    imei = "99000026111823"
    imei += luhn.calc_check_digit(imei)

    page.goto(stack.rehearsal.sandbox_url)
    page.get_by_role("button", name="Start", exact=True).first.click()
    tap(page, "What's my phone worth?")
    tap(page, "Xiaomi")
    offering(page, re.compile("Redmi"))
    write(page, "redmi note 4")
    tap(page, re.compile(r"64 GB"))
    for number in range(1, MOST_QUESTIONS):
        asked = heard(page, re.compile(rf"^{number} of |Your exchange value"))
        titles = asked.locator(".key").all_inner_texts()
        if "Get my coupon" in titles:
            break
        if BOX in titles:
            mark(page, BOX)
            tap(page, "Done")
        elif "Done" in titles:
            tap(page, titles[titles.index("Done") - 1])
        else:
            tap(page, titles[1] if number == WORN else titles[0])
    expect(heard(page, "Your exchange value")).to_contain_text("₹")
    page.screenshot(path=pictures / "sandbox.png")
    tap(page, "Get my coupon")
    heard(page, "IMEI")
    write(page, f"it's {imei}")
    tap(page, "I agree")
    coupon = heard(page, "Here is your coupon")
    offering(page, "My coupons")
    page.screenshot(path=pictures / "coupon.png")

    chat_id = page.evaluate("async () => (await (await fetch('/sandbox/chats')).json()).chats.at(-1).id")
    with database.reading(stack.sessions) as session:
        stored = session.scalars(
            select(Coupon)
            .join(Exchange, Exchange.id == Coupon.exchange_id)
            .join(Customer, Customer.id == Exchange.customer_id)
            .where(Customer.chat_id == chat_id)
        ).one()
        expect(coupon).to_contain_text(stored.printed)
