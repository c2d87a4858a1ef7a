"""Leaving is easy at every step, and so is coming back."""

import pytest

from tests.conversations.driver import Customer
from tests.conversations.record import gets_quote, new_imei, reaches_terms, record


@pytest.mark.parametrize(
    ("sentences", "asked"),
    [
        (["/evaluate", "motorola"], "Which Motorola"),
        (["redmi note 4"], "How much memory"),
        (["redmi note 4 4gb 64gb"], "Does it turn on"),
        (["redmi note 4 4gb 64gb, works fine, no scratches"], "the frame and the corners"),
    ],
)
def test_stopping_keeps_the_draft_and_coming_back_goes_on(customer: Customer, sentences: list[str], asked: str) -> None:
    """Stop is answered kindly; "Carry on" asks what was asked."""
    for sentence in sentences:
        customer.say(sentence)
    before = record(customer)
    customer.say("stop")
    assert "we stop here" in customer.heard
    assert record(customer) == before

    customer.tap("Carry on")

    assert "Welcome back" in customer.heard
    assert asked in customer.said[-1].text
    assert record(customer) == before


def test_stopping_at_the_imei_leads_back_to_the_price(customer: Customer) -> None:
    """The way to the coupon is open as before."""
    gets_quote(customer)
    customer.tap("Get my coupon")
    customer.say("/stop")
    customer.say("resume")
    assert "Your exchange value" in customer.heard
    customer.tap("Get my coupon")
    customer.say(new_imei())
    customer.tap("I agree")

    assert len(record(customer).coupons) == 1


def test_later_keeps_the_price(customer: Customer) -> None:
    """The quote stands until its last moment."""
    gets_quote(customer)
    customer.tap("Later")
    assert "take your time" in customer.heard
    customer.tap("Get my coupon")

    assert "IMEI" in customer.heard
    assert len(record(customer).standing) == 1


def test_no_to_the_terms_is_accepted_and_keeps_the_price(customer: Customer) -> None:
    """No consent, no coupon, no pressure; the terms can be read again."""
    reaches_terms(customer)
    customer.tap("No, thanks")
    held = record(customer)
    assert "nothing happens without your yes" in customer.heard
    assert (held.consents, held.coupons, len(held.standing)) == (0, [], 1)

    customer.tap("Read the terms")
    assert "At your door." in customer.heard
    customer.tap("I agree")

    assert len(record(customer).coupons) == 1


def test_no_in_words_to_the_terms_is_a_no(customer: Customer) -> None:
    """However it is said."""
    reaches_terms(customer)
    customer.say("no I don't agree")

    held = record(customer)
    assert "nothing happens without your yes" in customer.heard
    assert (held.consents, held.coupons, len(held.standing)) == (0, [], 1)


def test_goodbye_in_the_middle_ends_the_questions(customer: Customer) -> None:
    """Nobody is asked about a screen after saying goodbye."""
    customer.say("redmi note 4 4gb 64gb")
    customer.say("bye")
    assert len(customer.said) == 1
    assert "Goodbye" in customer.heard

    customer.say("I'm back")

    assert "Does it turn on" in customer.heard
    assert record(customer).variant == "redmi-note-4-4-64"


def test_start_in_the_middle_of_a_question_loses_nothing(customer: Customer) -> None:
    """/start greets, and the question comes back."""
    customer.say("redmi note 4 4gb 64gb")
    customer.tap("Yes")
    customer.say("/start")

    assert "Hello again" in customer.heard
    assert "How does the screen look" in customer.said[-1].text
    assert record(customer).answers == {"works": ["yes"]}
