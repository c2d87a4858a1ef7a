"""The sandbox's page in a real browser: customers trade in phones without touching anything but the page."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.sandbox.phones import Process
from tests.stack import hands
from tests.stackrunner import Stack


def test_a_customer_gets_a_coupon_on_the_page(page: Page, stack: Stack, tmp_path: Path) -> None:
    """From the first Start to the coupon; what the page shows is what the database holds."""
    pictures = hands.pictures(tmp_path)
    page.goto(stack.rehearsal.sandbox_url)
    page.get_by_role("button", name="Start", exact=True).first.click()
    expect(hands.evaluate(page)).to_contain_text("₹")
    expect(page.locator(".day")).to_be_hidden()  # it would float over the newest messages
    page.screenshot(path=pictures / "sandbox.png")
    page.locator("#log article").first.scroll_into_view_if_needed()
    expect(page.locator(".day")).to_be_visible()
    page.locator("#log article").last.scroll_into_view_if_needed()
    hands.tap(page, "Get my coupon")
    hands.heard(page, "IMEI")
    hands.write(page, f"it's {hands.imei_number(1)}")
    hands.tap(page, "I agree")
    coupon = hands.heard(page, "Here is your coupon")
    hands.offering(page, "My coupons")
    page.screenshot(path=pictures / "coupon.png")
    chat_id = page.evaluate("async () => (await (await fetch('/sandbox/chats')).json()).chats.at(-1).id")
    expect(coupon).to_contain_text(hands.coupon_of(stack, chat_id))


def test_the_imei_is_read_from_a_photo_sent_on_the_page(page: Page, stack: Stack) -> None:
    """Attached, previewed, sent, shown in full size; the number in it is read and confirmed."""
    imei = hands.imei_number(2)
    page.goto(stack.rehearsal.sandbox_url)
    chat_id = hands.new_customer(page, "Farah")
    hands.evaluate(page)
    hands.tap(page, "Get my coupon")
    hands.heard(page, "IMEI")
    hands.show(page, hands.photo_of("*#06#", f"IMEI {imei}"), caption="here it is")
    sent = page.locator("article.out").last
    expect(sent).to_contain_text("here it is")
    sent.get_by_role("button", name="Open the photo").click()
    expect(page.locator("#viewer-image")).to_be_visible()
    page.get_by_role("dialog", name="Photo").get_by_role("button", name="Close").click()
    hands.tap(page, re.compile("^Yes"))
    hands.tap(page, "I agree")
    expect(hands.heard(page, "Here is your coupon")).to_contain_text(hands.coupon_of(stack, chat_id))


def test_several_customers_chat_side_by_side(page: Page, stack: Stack) -> None:
    """Each sees their own conversation; who isn't on the screen is counted until looked at."""
    page.goto(stack.rehearsal.sandbox_url)
    hands.new_customer(page, "Gita")
    hands.offering(page, "What's my phone worth?")
    hands.new_customer(page, "Harsh")
    hands.offering(page, "What's my phone worth?")
    hands.write(page, "oneplus 5t")
    expect(hands.heard(page, "OnePlus 5T")).to_be_visible()

    people = page.get_by_role("region", name="Customers")
    gita = people.get_by_role("button", name=re.compile("Gita"))
    gita.click()
    expect(page.locator("#status")).to_contain_text("Gita")
    expect(page.locator("#log")).not_to_contain_text("OnePlus")
    hands.write(page, "my coupons")
    people.get_by_role("button", name=re.compile("Harsh")).click()
    expect(page.locator("#log")).to_contain_text("oneplus 5t")
    gita.click()
    expect(gita.locator(".count")).to_have_count(0)
    expect(page.locator("article.in").last).not_to_contain_text("OnePlus")
    page.reload()
    expect(page.locator("#status")).to_contain_text("Gita")


def test_the_operators_entry_opens_the_console(page: Page, stack: Stack) -> None:
    """In a tab of its own, by a link of this demo; each time by another."""
    for _ in range(2):
        page.goto(stack.rehearsal.sandbox_url)
        with page.expect_popup() as opened:
            page.get_by_role("link", name="Operator").click()
        console = opened.value
        console.get_by_role("button", name="Sign in").click()
        expect(console.get_by_role("heading", name="Today", exact=True)).to_be_visible()
        expect(console.get_by_role("row", name=re.compile("Values quoted"))).to_be_visible()
        console.close()


def test_a_sandbox_alone_says_kindly_that_its_shop_is_closed(page: Page, tmp_path: Path) -> None:
    """Chatting works without a programme; the courier's chat begins empty."""
    alone = Process("--memory")
    page.goto(alone.root)
    hands.go(page, "Shop")
    expect(page.get_by_role("heading", name="The shop is closed")).to_be_visible()
    expect(page.get_by_role("link", name="Operator")).to_be_hidden()
    page.screenshot(path=hands.pictures(tmp_path) / "closed.png")
    hands.go(page, "Courier")
    expect(page.locator("#status")).to_contain_text("the courier")
    expect(page.locator("#start")).to_be_visible()
    hands.go(page, "Customer")
    expect(page.get_by_text("A Telegram of your own")).to_be_visible()
    expect(page.get_by_text("Nobody has written yet.")).to_be_attached()
    page.goto("about:blank")
    assert alone.stop() == 0
