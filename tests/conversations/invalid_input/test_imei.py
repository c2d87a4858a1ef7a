"""Numbers that aren't an IMEI, or not this phone's."""

from datetime import UTC, datetime

import pytest

from tests.conversations.driver import Customer
from tests.conversations.record import gets_coupon, gets_quote, new_imei, record
from tests.stackrunner import Stack
from tradein import imei


@pytest.fixture
def asked(customer: Customer) -> Customer:
    """Return a customer who is asked for the IMEI."""
    gets_quote(customer)
    customer.tap("Get my coupon")
    return customer


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("356938035643", "only 12 digits"),
        ("35693803564380912345", "20 digits"),
        ("35693803564380", "14 digits"),
        ("356938035643808", "doesn't add up"),
        ("3569380356438091", "software version"),
        ("111111111111111", "one and the same digit"),
        ("३५६९३८०३५६४३८०८", "doesn't add up"),
    ],
)
def test_what_is_wrong_with_a_number_is_said(asked: Customer, number: str, words: str) -> None:
    """Each mistake has its own words; the question is asked again."""
    asked.say(number)

    assert words in asked.heard
    assert "15 digits" in asked.said[-1].text
    assert record(asked).imei is None


def test_the_third_wrong_number_offers_a_person(asked: Customer) -> None:
    """Once: what is wrong. Twice: step by step. Three times: a person, and the question stays."""
    asked.say("356938035643808")
    assert "*#06#" in asked.heard
    asked.say("356938035643807")
    assert "step by step" in asked.heard
    asked.say("356938035643806")
    assert "Talk to a person" in asked.keyboard.titles

    number = new_imei()
    asked.say(number)

    assert record(asked).imei == number
    assert "Do you agree" in asked.heard


def test_who_cant_find_the_number_is_shown_the_way(asked: Customer) -> None:
    """Having no number isn't a wrong number."""
    asked.say("I don't have it")

    assert "step by step" in asked.heard
    assert record(asked).imei is None


def test_words_without_a_number_are_answered_so(asked: Customer) -> None:
    """The form stays where it is."""
    asked.say("my imei is 12345")

    assert "couldn't find a number" in asked.heard
    assert record(asked).imei is None


def test_a_blocked_phone_is_refused_with_a_way_on(asked: Customer, stack: Stack) -> None:
    """Another number, another phone or a person."""
    number = new_imei()
    with stack.sessions.begin() as session:
        imei.block(session, number, reason="reported stolen", now=datetime.now(UTC))
    asked.say(number)

    assert "can't be exchanged" in asked.heard
    assert number not in asked.heard
    assert asked.keyboard.titles == ["Another phone", "My coupons", "Talk to a person"]
    assert record(asked).imei is None


def test_a_phone_with_a_live_coupon_is_refused_to_somebody_else(asked: Customer, stack: Stack) -> None:
    """One live coupon for one phone."""
    owner = gets_coupon(Customer(stack))
    number = record(owner).imei
    assert number is not None
    asked.say(number)

    assert "is in an exchange already" in asked.heard
    assert record(asked).coupons == []


def test_an_own_phone_with_a_live_coupon_points_to_that_coupon(customer: Customer) -> None:
    """The same phone twice."""
    gets_coupon(customer)
    number = record(customer).imei
    assert number is not None
    gets_quote(customer)
    customer.tap("Get my coupon")
    customer.say(number)

    assert "already have a coupon" in customer.heard
    assert len(record(customer).coupons) == 1
