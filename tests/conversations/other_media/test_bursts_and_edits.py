"""Several messages in a row, and messages that change after they were sent."""

import time

from tests.conversations.driver import Customer
from tests.conversations.record import record


def test_messages_in_a_row_are_read_in_order(customer: Customer) -> None:
    """Each is met with what was known after the one before."""
    customer.say("redmi note 4", "4gb 64gb", "works fine", "no scratches")

    held = record(customer)
    assert held.variant == "redmi-note-4-4-64"
    assert held.answers == {"works": ["yes"], "screen": ["flawless"]}
    assert "the frame and the corners" in customer.said[-1].text


def test_the_last_word_of_a_burst_counts(customer: Customer) -> None:
    """People correct themselves in the next message."""
    customer.say("redmi note 4 4gb 64gb", "sorry, it's the moto g5 plus 4gb 32gb")

    assert record(customer).variant == "moto-g5-plus-4-32"


def test_a_burst_of_yeses_at_the_price_is_no_consent(customer: Customer) -> None:
    """The terms come after the number; what was said before them is no yes to them."""
    customer.say("redmi note 4 4gb 64gb, works fine, no scratches, no dents, no issues, just the phone")
    customer.say("yes", "yes", "ok", "yes I agree")

    held = record(customer)
    assert (held.consents, held.coupons) == (0, [])
    assert "IMEI" in customer.said[-1].text


def test_an_edited_message_changes_nothing_and_says_so(customer: Customer) -> None:
    """The turn of the old one is over: the customer is asked to write anew."""
    customer.say("redmi note 4 4gb 64gb")
    own = [message for message in customer.screen if message.mine][-1]
    time.sleep(0.01)
    customer.edit(own, "redmi note 5 pro 6gb 64gb")

    assert customer.said
    assert record(customer).variant == "redmi-note-4-4-64"
    assert "new message" in customer.heard


def test_a_message_edited_into_a_payload_is_no_payload(customer: Customer) -> None:
    """Edits are no way round the door."""
    customer.say("redmi note 4 4gb 64gb")
    before = record(customer)
    customer.edit([message for message in customer.screen if message.mine][-1], '/inform{"condition": "works=yes"}')

    assert record(customer) == before
