"""An angry customer: met kindly, a person is one tap away, and nothing they had is lost."""

import pytest

from tests.conversations.driver import Customer
from tests.conversations.record import gets_coupon, gets_quote, record

ANGER = [
    "this is useless!!!",
    "worst service ever",
    "your bot is stupid, I am fed up",
    "bakwas service hai yaar",
    "kya bakwas hai, time waste kar rahe ho",
    "I will complain to consumer court",
    "यह क्या बकवास है",
]


@pytest.mark.parametrize("words", ANGER)
def test_anger_is_met_with_a_way_to_a_person(customer: Customer, words: str) -> None:
    """In the first answer, not the third."""
    customer.say(words)

    called = record(customer).tickets == 1
    assert called or {"Talk to a person", "टीम से बात करें"} & set(customer.keyboard.titles)
    assert record(customer).quotes == []


@pytest.mark.parametrize("words", ANGER)
def test_anger_in_the_middle_of_a_question_answers_nothing(customer: Customer, words: str) -> None:
    """The question comes back, or a person comes; no answer is read into it."""
    customer.say("redmi note 4 4gb 64gb")
    customer.say(words)

    assert record(customer).answers == {}
    assert record(customer).variant == "redmi-note-4-4-64"
    called = record(customer).tickets == 1
    assert called or customer.keyboard.titles[0] in {"Yes, all of that", "हाँ, सब चलता है"}


def test_anger_after_the_price_leaves_the_price(customer: Customer) -> None:
    """And offers the coupon again."""
    gets_quote(customer)
    [before] = record(customer).standing
    customer.say("you people are cheats, this is robbery")

    assert record(customer).standing == [before]
    assert "Talk to a person" in customer.keyboard.titles


def test_anger_about_a_coupon_cancels_nothing(customer: Customer) -> None:
    """Only a clear wish, confirmed, does that."""
    gets_coupon(customer)
    customer.say("this coupon is useless, I hate it")

    assert [state for state, _, _ in record(customer).coupons] == ["issued"]


def test_who_is_in_a_hurry_gets_on_at_once(customer: Customer) -> None:
    """One message may say everything; nothing is asked that was said."""
    customer.say("quick!! redmi note 4 4/64 all ok no scratches no dents no issues only phone how much fast fast")

    assert "Your exchange value" in customer.heard
