"""What people do with their hands on the sandbox's page: tap, type, send photos, go from one tab to another."""

import os
import re
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import FilePayload, Locator, Page, expect
from sqlalchemy import select
from stdnum import luhn

from tests.stackrunner import Stack
from tradein import database
from tradein.coupons import Coupon
from tradein.customers import Customer
from tradein.exchanges import Exchange

MOST_QUESTIONS = 20
BOX = "Original box"
WORN = 2  # the question that gets its second answer, so that the price has a line more


def pictures(otherwise: Path) -> Path:
    """Return where screenshots go: the folder the caller asked for, else one that is thrown away."""
    folder = Path(os.environ.get("TRADEIN_SCREENSHOTS", otherwise))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def imei_number(serial: int) -> str:
    """Return a valid IMEI of a maker nobody knows; each serial its own."""
    number = f"9900002{serial:07d}"
    return number + luhn.calc_check_digit(number)


def photo_of(*lines: str, ground: str = "white") -> FilePayload:
    """Return a picture of a phone's screen with these lines, as a phone's camera would send it."""
    picture = Image.new("RGB", (1080, 720), ground)
    draw = ImageDraw.Draw(picture)
    for row, line in enumerate(lines):
        draw.text((90, 160 + 130 * row), line, fill="black", font=ImageFont.load_default(72))
    data = BytesIO()
    picture.save(data, "JPEG", quality=85)
    return {"name": "screen.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()}


# --- the messenger ----------------------------------------------------------------------------------------------------
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


def show(page: Page, photo: FilePayload, caption: str = "") -> None:
    """Attach a photo and send it."""
    page.locator("#file").set_input_files(photo)
    expect(page.locator("#context-title")).to_have_text("Photo")
    if caption:
        page.get_by_role("textbox", name="Message").fill(caption)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("article.out .photo img").last).to_be_visible()


def heard(page: Page, text: str | re.Pattern[str]) -> Locator:
    """Return the newest message of the assistant with this text, once it is there."""
    message = page.locator("article.in").filter(has_text=text).last
    message.wait_for()
    return message


def go(page: Page, tab: str) -> None:
    """Choose a tab, and see it chosen."""
    link = page.get_by_role("navigation", name="Roles").get_by_role("link", name=tab)
    link.click()
    expect(link).to_have_attribute("aria-current", "page")


def chat_id_of(page: Page, name: str) -> int:
    """Return the chat of the customer with this first name."""
    chats = page.evaluate("async () => (await (await fetch('/sandbox/chats')).json()).chats")
    return next(int(chat["id"]) for chat in reversed(chats) if chat["first_name"] == name)


def new_customer(page: Page, name: str) -> int:
    """Let somebody come in and press Start; return their chat."""
    page.get_by_role("button", name="New customer").click()
    page.get_by_label("First name").fill(name)
    page.get_by_role("button", name="Create").click()
    page.locator("#start").click()
    return chat_id_of(page, name)


# --- a whole trade-in -------------------------------------------------------------------------------------------------
def evaluate(page: Page) -> Locator:
    """Tap and type through the evaluation of a Redmi Note 4; return the message with the price."""
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
    return heard(page, "Your exchange value")


def coupon_of(stack: Stack, chat_id: int) -> str:
    """Return the code of a customer's one coupon as it is printed."""
    with database.reading(stack.sessions) as session:
        return (
            session.scalars(
                select(Coupon)
                .join(Exchange, Exchange.id == Coupon.exchange_id)
                .join(Customer, Customer.id == Exchange.customer_id)
                .where(Customer.chat_id == chat_id)
            )
            .one()
            .printed
        )


def trade_in(page: Page, imei: str) -> Locator:
    """Go from Start to the coupon; return the message with it."""
    evaluate(page)
    tap(page, "Get my coupon")
    heard(page, "IMEI")
    write(page, f"it's {imei}")
    tap(page, "I agree")
    return heard(page, "Here is your coupon")
