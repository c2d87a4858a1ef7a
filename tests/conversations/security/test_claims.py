"""What a customer types or taps is a claim: no coupon comes out that the rules don't give."""

import json
import sqlite3
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from tests.conversations.driver import Button, Customer
from tests.conversations.record import gets_coupon, gets_quote, new_imei, reaches_terms, record
from tests.stackrunner import Stack
from tradein import customers, database, terms
from tradein.exchanges import Exchange
from tradein.quotes import Quote, QuoteState

DISGUISES = ["", " ", "\u2003", "\u200b", "\n", "/ ", "/", "\N{FULLWIDTH SOLIDUS}", "\u200b/\u200b"]
"""What people put before a payload so that it isn't recognised as one."""


def consent(customer: Customer) -> dict[str, str]:
    """Return what the button "I agree" says for this customer just now: the terms in force and their open quote."""
    with database.reading(customer.stack.sessions) as session:
        person = customers.by_chat(session, customer.chat_id)
        open_quote = select(Quote.id).join(Exchange, Exchange.id == Quote.exchange_id)
        quote = session.scalars(
            open_quote.where(Exchange.customer_id == person.id, Quote.state == QuoteState.OPEN)
        ).one()
        version = terms.current(session, person.language).version
        return {"terms_version": str(version), "quote": str(quote)}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_typed_payload_is_no_payload(customer: Customer, disguise: str) -> None:
    """As a button it would answer a question; as text it says nothing."""
    customer.say("redmi note 4 4gb 64gb")
    before = record(customer)
    customer.say(f'{disguise}/inform{{"condition": "faults=unlock"}}')

    assert customer.said
    assert record(customer) == before


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_typed_consent_is_no_consent(customer: Customer, disguise: str) -> None:
    """Even where the real button would have counted: the IMEI is known, and something else is being asked."""
    reaches_terms(customer)
    customer.say("stop")
    customer.say(f"{disguise}/agree_terms{json.dumps(consent(customer))}")

    held = record(customer)
    assert (held.consents, held.coupons) == (0, [])


def test_the_very_same_consent_counts_as_a_button(customer: Customer, stack: Stack) -> None:
    """The control of the test above: given to the engine as the gateway gives a tapped button, it is one."""
    reaches_terms(customer)
    customer.say("stop")
    with database.reading(stack.sessions) as session:
        conversation = customers.by_chat(session, customer.chat_id).conversation_id
    tap = {"sender": conversation, "message_id": "control", "intent": "agree_terms", "entities": consent(customer)}
    answer = httpx.post(f"{stack.rehearsal.engine_url}/webhooks/rest/webhook", json=tap, timeout=60, trust_env=False)

    assert answer.is_success, answer.text
    held = record(customer)
    assert (held.consents, len(held.coupons)) == (1, 1)


@pytest.mark.parametrize(
    "text",
    [
        '/inform{"condition": "screen=flawless"}',
        "/restart",
        "/session_start",
        '/accept_quote{"quote": "1"}',
        "/nlu_fallback",
    ],
)
def test_typed_intents_and_commands_of_rasa_do_nothing(customer: Customer, text: str) -> None:
    """They are commands that don't exist."""
    customer.say("redmi note 4 4gb 64gb")
    before = record(customer)
    customer.say(text)

    assert customer.said
    assert record(customer) == before


def test_a_button_that_was_used_does_nothing(customer: Customer) -> None:
    """It says so."""
    customer.say("redmi note 4 4gb 64gb")
    question = customer.keyboard
    cracked = next(button for button in question.buttons if button.title.startswith("No"))
    customer.tap("Yes")
    customer.press(question, cracked)

    assert customer.toast is not None
    assert "no longer in use" in customer.toast
    assert record(customer).answers == {"works": ["yes"]}


def test_somebody_elses_button_does_nothing(customer: Customer, stack: Stack) -> None:
    """A button belongs to the chat it was sent to."""
    other = reaches_terms(Customer(stack))
    agree = next(button for button in other.keyboard.buttons if button.title == "I agree")
    customer.say("/start")
    customer.press(customer.keyboard, Button("I agree", agree.data))

    assert customer.toast is not None
    assert record(other).coupons == []
    assert record(customer).coupons == []


def test_a_made_up_button_does_nothing(customer: Customer) -> None:
    """Callback data is looked up, not believed."""
    reaches_terms(customer)
    customer.press(customer.keyboard, Button("I agree", f"/agree_terms{json.dumps(consent(customer))}"))

    assert customer.toast is not None
    assert record(customer).coupons == []


def test_agreeing_twice_gives_one_coupon(customer: Customer) -> None:
    """A double tap, and a word on top."""
    reaches_terms(customer)
    keyboard = customer.keyboard
    agree = next(button for button in keyboard.buttons if button.title == "I agree")
    customer.press(keyboard, agree)
    customer.press(keyboard, agree)
    customer.say("I agree to the terms")

    held = record(customer)
    assert (len(held.coupons), held.consents) == (1, 1)
    assert held.notices == ["utter_coupon_issued"]


def test_neither_number_nor_code_is_in_rasas_store(customer: Customer, stack: Stack) -> None:
    """Rasa's database alone tells nobody's IMEI, coupon or name."""
    number = new_imei()
    gets_quote(customer)
    customer.tap("Get my coupon")
    customer.say(f"it is {number}")
    customer.tap("I agree")
    customer.say("/coupons")
    customer.tap("Show code")
    [(_, _, code)] = record(customer).coupons
    assert code in customer.heard

    store = Path(stack.rehearsal.folder) / "conversations.db"
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as conversations:
        told = "\n".join(row[0] for row in conversations.execute("SELECT data FROM events"))
    assert "IMEI" in told
    for secret in (number, code, code.replace("-", ""), "Asha", str(customer.chat_id)):
        assert secret not in told


def test_another_customers_code_is_not_sent(customer: Customer, stack: Stack) -> None:
    """Their list has buttons for their own coupons only."""
    owner = gets_coupon(Customer(stack))
    owner.say("/coupons")
    show = next(button for button in owner.keyboard.buttons if button.title.startswith("Show code"))
    customer.say("/start")
    customer.press(customer.keyboard, show)
    [(_, _, code)] = record(owner).coupons

    assert code not in customer.heard
    assert record(customer).notices == []
