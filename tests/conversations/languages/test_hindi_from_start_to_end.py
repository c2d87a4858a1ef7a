"""A whole trade-in in Hindi, from the first hello to the courier at the door, with no English sentence on the way."""

import re
from collections.abc import Iterator

import pytest

from tests.conversations.doorstep.door import Courier, Shopper, screen_with
from tests.conversations.driver import Customer, Message
from tests.conversations.record import new_imei, record
from tests.stackrunner import Stack
from tradein.presentation import MINUS

DEVANAGARI = re.compile(r"[\u0900-\u097f]")
ENGLISH = re.compile(
    r"\b(the|your|you|is|are|it|to|of|and|for|please|with|this|that|what|which|how|here|yes|not|can|we|at|until|only)\b",
    re.IGNORECASE,
)
"""Words without which there is no English sentence; none of them is part of a phone's name."""


def english(messages: list[Message]) -> Iterator[str]:
    """Give what is not said in Hindi: a message without Devanagari, and a text or title with a word of English."""
    for message in messages:
        if message.mine:
            continue
        if not DEVANAGARI.search(message.text):
            yield message.text
        yield from (text for text in (message.text, *message.titles) if ENGLISH.search(text))


@pytest.fixture
def asha(stack: Stack) -> Iterator[Customer]:
    """Return a customer whose Telegram is in Hindi; nothing of English may have been on the screen in the end."""
    customer = Customer(stack, language_code="hi")
    yield customer
    assert list(english(customer.screen)) == []


def test_every_step_to_the_coupon_is_in_hindi(asha: Customer) -> None:
    """By buttons: each question, the price with its lines, the IMEI refused and taken, the terms, the coupon."""
    asha.say("/start")
    assert "नमस्ते" in asha.heard
    asha.tap("मेरे फ़ोन की कीमत?")
    asha.tap("Xiaomi")
    asha.say("redmi note 4")
    asha.tap("4 GB")
    assert asha.said[-1].text.splitlines()[0].startswith("सवाल 1/5")

    asha.tap("हाँ, सब चलता है")
    asha.tap(asha.keyboard.titles[1])  # something to deduct
    while "आपकी एक्सचेंज वैल्यू" not in asha.heard:
        titles = asha.keyboard.titles
        asha.tap(next((title for title in titles if title in {"हो गया", "कुछ नहीं"}), titles[0]))
    price = asha.heard
    deducted = re.search(rf"• (.*): {MINUS}₹", price)
    assert deducted, "nothing was deducted"
    assert DEVANAGARI.search(deducted[1]), "the deduction isn't worded in Hindi"
    assert re.search(r"₹[\d,]+", price)

    asha.tap("कूपन बनाएँ")
    asha.say("490154203237519")
    assert "हिसाब नहीं बैठता" in asha.heard
    asha.say(new_imei())
    assert "15 दिन चलता है" in asha.heard
    asha.tap("हाँ, मंज़ूर है")
    assert "यह रहा आपका कूपन" in asha.heard
    assert record(asha).state == "issued"

    asha.say("/coupons")
    assert "दिन बाकी" in asha.heard


@pytest.mark.parametrize(
    "said",
    [
        *("/help", "/stop", "/evaluate", "/coupons", "/human", "/unlink", "/visits", "/nothing", "thank you", "bye"),
        *("how long is the coupon valid?", "why do you need my imei", "asdf qwer", "tell me a joke", "iphone 7"),
        *("where is my order", "I want to buy a new phone", "fewer reminders", "can you repair my screen"),
    ],
)
def test_whatever_is_said_is_answered_in_hindi(asha: Customer, said: str) -> None:
    """In English too: it is what they read that counts, outside of the questions and amid them."""
    assert asha.say(said)
    asha.say("redmi note 4 4gb 64gb")  # which a person reads once one was called
    asha.say(said)


@pytest.mark.parametrize("kind", ["voice", "sticker", "photo"])
def test_what_cant_be_read_is_declined_in_hindi(asha: Customer, kind: str) -> None:
    """By the gateway itself, of which the engine hears nothing."""
    asha.send(**{kind: screen_with(new_imei())})
    assert asha.said


def test_a_customer_who_writes_hindi_gets_from_hello_to_the_price(asha: Customer) -> None:
    """In their own words."""
    asha.say("नमस्ते, मेरा पुराना फ़ोन बेचना है")
    asha.say("redmi note 4 4gb 64gb")
    asha.say("सब ठीक चलता है")
    assert record(asha).answers == {"works": ["yes"]}


def test_the_courier_and_the_customer_read_their_own_languages(stack: Stack) -> None:
    """The visit, its code, the message that shows the progress and the receipt, in Hindi; the courier's in English."""
    asha = Shopper(stack)
    asha.orders()
    before = len(asha.screen)
    asha.say("/language")
    asha.tap("हिंदी")
    courier = Courier(stack)
    courier.sets_out(asha)
    asha.listen()
    code = re.findall(r"कूरियर के लिए आपका कोड: (\d{4})", "\n".join(message.text for message in asha.screen))[-1]
    courier.say(code)
    courier.say(asha.imei)
    courier.finds()
    courier.tap("Accept the phone")
    assert "is complete" in courier.heard
    asha.reads("रसीद")

    assert list(english(asha.screen[before + 2 :])) == []
    assert any("पूरा हुआ" in message.text for message in asha.screen), "the progress message was not edited in Hindi"


def test_a_courier_who_picks_hindi_works_in_hindi(stack: Stack) -> None:
    """Every card and button of the door."""
    asha = Shopper(stack)
    asha.orders()
    courier = Courier(stack)
    courier.say("/language")
    courier.tap("हिंदी")
    before = len(courier.screen)
    courier.say("/visits")
    courier.tap(next(title for title in courier.keyboard.titles if asha.reference in title))
    courier.tap("मैं निकल रहा हूँ")
    courier.say("0000" if asha.code != "0000" else "1111")
    courier.say(asha.code)
    courier.say(new_imei())
    courier.tap("दूसरी SIM देखें")
    courier.say(asha.imei)
    while any(title.startswith("जैसा बताया") for title in courier.keyboard.titles):
        courier.tap("जैसा बताया")
    courier.tap("फ़ोन ले लें")
    assert "पूरा हुआ" in courier.heard
    assert list(english(courier.screen[before:])) == []


def test_what_the_answers_suggest_to_write_is_understood(asha: Customer) -> None:
    """The examples in the help, and the words that turn reminders on again."""
    asha.say("कूपन कितने दिन चलेगा?")
    assert "15 दिन चलता है" in asha.heard
    asha.say("फिर से याद दिलाओ")
    assert "याद दिला दूँगा" in asha.heard

    asha.say("redmi note 4 64gb, सब ठीक चलता है, बॉक्स भी है")
    held = record(asha)
    assert held.exchange is not None
    assert held.exchange["model"] == "redmi-note-4"
    assert held.answers["works"] == ["yes"]
    asha.say("नहीं, Note 5 है")
    changed = record(asha).exchange
    assert changed is not None
    assert changed["model"] == "redmi-note-5"
