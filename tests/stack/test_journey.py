"""The whole life of an exchange, clicked through in a browser: chat, shop, courier at the door, receipt or refund."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import update

from tests.stack import hands
from tests.stackrunner import Stack
from tradein import database
from tradein.refunds import Refund, RefundState

pytestmark = pytest.mark.timeout(300)
"""A stack, a browser and a whole life: the usual two minutes are for a machine that does nothing else."""
NEW_PHONE = "Redmi Note 12 (6 GB, 128 GB)"
MOST_CHECKS = 20


def buy(page: Page) -> str:
    """Pay for what is in the basket; return the order's number."""
    page.get_by_role("button", name=re.compile(r"^Pay ₹")).click()
    dialog = page.get_by_role("dialog", name=re.compile("^Pay"))
    expect(dialog).to_contain_text("No real money moves")
    dialog.get_by_role("button", name=re.compile(r"^Pay ₹")).click()
    expect(dialog).to_be_hidden()
    order = page.locator(".order").first
    expect(order.locator("[aria-current=step]")).to_have_text("Ordered")
    number = order.get_attribute("data-number")
    assert number is not None
    return number


def order(page: Page, number: str) -> Locator:
    """Return the card of an order in the shop."""
    return page.locator(f'.order[data-number="{number}"]')


def start_the_check(page: Page, name: str, number: str, imei: str) -> None:
    """Let the courier set out, show the customer's code and type the IMEI."""
    hands.go(page, "Courier")
    hands.tap(page, "Today's visits")
    hands.tap(page, re.compile(number))
    hands.tap(page, "I'm on my way")
    hands.heard(page, "4-digit code")
    hands.go(page, "Customer")
    page.get_by_role("region", name="Customers").get_by_role("button", name=re.compile(name)).first.click()
    code = hands.heard(page, "Your code for the courier").locator("code").inner_text()
    hands.go(page, "Courier")
    hands.write(page, code)
    hands.heard(page, re.compile(r"Dial \*#06#"))
    hands.write(page, imei)
    hands.heard(page, "The IMEI matches")


def test_from_the_coupon_to_the_receipt(page: Page, stack: Stack, tmp_path: Path) -> None:
    """The account is linked, the coupon found there pays a part, the courier accepts, the order is complete."""
    pictures = hands.pictures(tmp_path)
    imei = hands.imei_number(11)
    page.goto(stack.rehearsal.sandbox_url)
    chat_id = hands.new_customer(page, "Isha")
    hands.trade_in(page, imei)

    hands.go(page, "Shop")
    expect(page.get_by_label("Shopping as")).to_have_value(str(chat_id))
    page.get_by_role("button", name="Link with the chat").click()
    expect(page.locator("#status")).to_contain_text("Isha")
    hands.tap(page, "Link it")
    hands.heard(page, "is linked to this chat")
    hands.go(page, "Shop")
    page.get_by_role("button", name=f"Add {NEW_PHONE} to the basket").click()
    page.get_by_role("button", name=re.compile("^Use my coupon")).click()
    expect(page.locator("#totals")).to_contain_text("Phone₹12,000")
    expect(page.locator("#totals")).to_contain_text(re.compile("Exchange.₹"))
    page.screenshot(path=pictures / "shop.png")
    number = buy(page)
    expect(page.locator("#basket")).to_contain_text("Nothing yet")
    hands.go(page, "Customer")
    expect(page.locator(".toast")).to_have_count(0)
    hands.heard(page, f"your order {number} is in")

    start_the_check(page, "Isha", number, imei)
    page.screenshot(path=pictures / "courier.png")
    for _ in range(MOST_CHECKS):
        asked = hands.offering(page, re.compile("^As declared|^Accept the phone"))
        if "Accept the phone" in asked.locator(".key").all_inner_texts():
            break
        hands.tap(page, re.compile("^As declared"))
    hands.tap(page, "Accept the phone")
    hands.heard(page, f"Order {number} is complete")
    hands.go(page, "Customer")
    hands.heard(page, "Old phone checked at your door")
    hands.go(page, "Shop")
    expect(order(page, number).locator("[aria-current=step]")).to_have_text("Complete")
    expect(order(page, number)).to_contain_text("settled")


def test_from_a_refusal_at_the_door_to_the_refund(page: Page, stack: Stack, tmp_path: Path) -> None:
    """A pasted code, a payment that fails first, a worse phone with a photo of it, the money back."""
    pictures = hands.pictures(tmp_path)
    imei = hands.imei_number(12)
    page.goto(stack.rehearsal.sandbox_url)
    chat_id = hands.new_customer(page, "Jaya")
    hands.trade_in(page, imei)

    hands.go(page, "Shop")
    page.get_by_role("button", name="Add USB-C cable, 1 m to the basket").click()
    coupon = page.get_by_label("Exchange coupon")
    coupon.fill("2222-2222-2222-2222")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#coupon-refusal")).to_contain_text("A coupon buys a smartphone")
    page.get_by_role("button", name=f"Add {NEW_PHONE} to the basket").click()
    expect(page.locator("#coupon-refusal")).to_contain_text("no coupon with this code")
    coupon.fill(hands.coupon_of(stack, chat_id).lower())
    coupon.press("Enter")
    page.get_by_role("button", name=re.compile(r"^Pay ₹")).click()
    page.get_by_role("button", name="Let the payment fail").click()
    expect(page.locator("#payment-refusal")).to_contain_text("nothing was taken")
    page.get_by_role("button", name="Back to the basket").click()
    number = buy(page)

    start_the_check(page, "Jaya", number, imei)
    worse = page.get_by_role("button", name=re.compile("crack", re.IGNORECASE))
    for _ in range(MOST_CHECKS):
        asked = hands.offering(page, re.compile("^As declared|^Refuse the phone"))
        titles = asked.locator(".key").all_inner_texts()
        if "Refuse the phone" in titles:
            break
        cracked = [title for title in titles if re.search("crack", title, re.IGNORECASE)]
        if cracked and worse.count():
            hands.tap(page, cracked[0])
            hands.heard(page, "Please send a photo of it")
            hands.show(page, hands.photo_of("a crack"))
            hands.heard(page, "Kept, thank you")
        else:
            hands.tap(page, re.compile("^As declared"))
    hands.tap(page, "Refuse the phone")
    hands.heard(page, f"Order {number} is cancelled")
    hands.go(page, "Customer")
    hands.heard(page, "What was found")
    hands.go(page, "Shop")
    expect(order(page, number).locator("[aria-current=step]")).to_have_text("Phone refused")
    expect(order(page, number)).to_contain_text("on its way to you")
    with database.transaction(stack.sessions) as session:  # the provider is asked again in a minute: don't wait
        session.execute(update(Refund).where(Refund.state == RefundState.SENT).values(not_before=datetime.now(UTC)))
    expect(order(page, number)).to_contain_text("back with you")
    page.screenshot(path=pictures / "refund.png")
    hands.go(page, "Customer")
    hands.heard(page, "Refund arrived")


def test_who_has_no_coupon_buys_all_the_same(page: Page, stack: Stack) -> None:
    """At the full price, paid and paid back; the assistant hears nothing of it."""
    page.goto(stack.rehearsal.sandbox_url)
    hands.new_customer(page, "Kavya")
    hands.go(page, "Shop")
    page.get_by_role("button", name=f"Add {NEW_PHONE} to the basket").click()
    page.get_by_role("button", name=re.compile(r"^Pay ₹.* without a coupon$")).click()
    dialog = page.get_by_role("dialog", name=re.compile("^Pay"))
    expect(dialog).not_to_contain_text("Coupon")
    dialog.get_by_role("button", name=re.compile(r"^Pay ₹")).click()
    expect(dialog).to_be_hidden()
    bought = page.locator(".order").first
    expect(bought).to_contain_text("paid in full, without a coupon")
    bought.get_by_role("button", name="Cancel order").click()
    expect(bought).to_contain_text("cancelled; the money is back")
