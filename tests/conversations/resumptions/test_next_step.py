"""After an answer the step that lies nearest is named, and a yes takes it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from tests.conversations.driver import Customer
from tests.conversations.record import gets_coupon, gets_quote, record
from tradein import customers
from tradein.exchanges import Exchange
from tradein.quotes import Quote


def test_a_price_that_stands_is_named_after_a_question(customer: Customer) -> None:
    """With its last moment, and the coupon one tap away."""
    gets_quote(customer)
    customer.say("how long is the coupon valid?")

    assert "Shall I make the coupon?" in customer.said[-1].text
    assert "₹4,830" in customer.said[-1].text
    assert customer.keyboard.titles[0] == "Get my coupon"


@pytest.mark.parametrize("yes", ["ok fine", "yes please", "haan bana do", "👍"])
def test_a_yes_to_the_named_price_asks_for_the_number(customer: Customer, yes: str) -> None:
    """It is a yes to the price, and to nothing else."""
    gets_quote(customer)
    customer.say("thank you")
    customer.say(yes)

    held = record(customer)
    assert "What is the IMEI" in customer.heard
    assert (held.consents, held.coupons) == (0, [])


def test_a_no_to_the_named_price_keeps_it(customer: Customer) -> None:
    """Nothing is lost by waiting."""
    gets_quote(customer)
    customer.say("thank you")
    customer.say("no")

    assert "take your time" in customer.heard
    assert len(record(customer).standing) == 1


def test_a_phone_half_described_is_named_and_a_yes_goes_on_with_it(customer: Customer) -> None:
    """The question that was open is asked again."""
    customer.say("redmi note 4 4gb 64gb, works fine")
    customer.say("stop")
    customer.say("thank you")
    assert "Shall we go on with your Xiaomi Redmi Note 4" in customer.said[-1].text
    customer.say("yes")

    assert "How does the screen look" in customer.heard
    assert record(customer).answers == {"works": ["yes"]}


def test_a_coupon_in_hand_is_named_with_the_phones_it_buys(customer: Customer) -> None:
    """Who has one is not asked what their phone is worth."""
    gets_coupon(customer)
    customer.say("thank you")

    assert "Your coupon for ₹4,830" in customer.said[-1].text
    assert customer.keyboard.titles[0] == "Phones to buy"


def test_the_price_that_ran_out_is_not_named(customer: Customer) -> None:
    """The menu is offered instead; nothing is promised."""
    gets_quote(customer)
    with customer.stack.sessions.begin() as session:
        person = customers.by_chat(session, customer.chat_id)
        own = select(Exchange.id).where(Exchange.customer_id == person.id)
        late = update(Quote).where(Quote.exchange_id.in_(own)).values(expires_at=datetime.now(UTC) - timedelta(days=1))
        session.execute(late)
    customer.say("thank you")

    assert "₹" not in customer.heard
    assert "What would you like to do next" in customer.heard
