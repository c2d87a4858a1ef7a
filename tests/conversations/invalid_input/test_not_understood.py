"""Phones that aren't listed, words that mean nothing, answers that don't fit."""

import pytest

from tests.conversations.driver import Customer
from tests.conversations.record import record


def test_an_unlisted_model_is_said_to_be_unlisted_with_the_nearest(customer: Customer) -> None:
    """Mission, line 2: a clear answer, never an invented price."""
    customer.say("redmi note 99")

    held = record(customer)
    assert "only listed phones can be exchanged" in customer.heard
    assert any(title.startswith("Xiaomi Redmi Note") for title in customer.keyboard.titles)
    assert "₹" not in customer.heard
    assert (held.variant, held.quotes) == (None, [])


def test_the_nearest_phone_is_chosen_with_a_tap(customer: Customer) -> None:
    """And the exchange goes on with it."""
    customer.say("redmi note 99")
    customer.tap("Xiaomi Redmi Note 9")

    held = record(customer)
    assert held.exchange is not None
    assert held.exchange["model"].startswith("redmi-note-9")


def test_a_maker_outside_the_programme_is_named(customer: Customer) -> None:
    """Fifteen brands and no other."""
    customer.say("how much for my iphone 6?")

    assert "we don't take Apple phones" in customer.heard
    assert "Another phone" in customer.keyboard.titles
    assert record(customer).quotes == []


def test_two_phones_of_one_name_are_told_apart_by_a_question(customer: Customer) -> None:
    """A choice, not a guess."""
    customer.say("note 5")
    assert "Which one is yours" in customer.heard
    customer.tap("Samsung Galaxy Note 5")

    held = record(customer)
    assert held.exchange is not None
    assert held.exchange["model"] == "galaxy-note-5"


def test_a_second_miss_offers_a_person_first(customer: Customer) -> None:
    """Choices the first time, a person the second."""
    customer.say("blargh zonk")
    assert customer.keyboard.titles[0] == "What's my phone worth?"
    customer.say("zonk blargh")

    assert customer.keyboard.titles[0] == "Talk to a person"
    assert record(customer).exchange is None


def test_misses_within_a_question_bring_a_way_to_a_person(customer: Customer) -> None:
    """The question stays, its keyboard gets one button more."""
    customer.say("redmi note 4 4gb 64gb")
    customer.say("blargh zonk")
    assert "Does it turn on" in customer.said[-1].text
    assert "Talk to a person" not in customer.keyboard.titles
    customer.say("wibble wobble")

    assert "Talk to a person" in customer.keyboard.titles
    assert record(customer).answers == {}


@pytest.mark.parametrize("text", ["😀😀", "🐶", "?", ".", "1", "ab" * 1_900])
def test_odd_messages_get_an_answer(customer: Customer, text: str) -> None:
    """Nothing the customer sends is met with silence."""
    customer.say("redmi note 4 4gb 64gb")
    customer.say(text)

    assert customer.said
    assert record(customer).answers == {}


@pytest.mark.parametrize(
    ("answer", "reason"), [("No, something there fails", "needs to turn on"), ("The touch", "touch has to work")]
)
def test_a_gate_ends_the_questions_with_its_reason(customer: Customer, answer: str, reason: str) -> None:
    """Kindly, early, and with ways on."""
    customer.say("redmi note 4 4gb 64gb")
    customer.tap(answer)

    assert reason in customer.heard
    assert customer.keyboard.titles == ["Change an answer", "Another phone", "Talk to a person"]
    assert record(customer).quotes == []


def test_an_answer_that_fits_no_question_is_not_taken(customer: Customer) -> None:
    """The question is asked again."""
    customer.say("/evaluate")
    customer.say("yes")

    assert "couldn't find the answer" in customer.heard
    assert "Which brand" in customer.said[-1].text
    held = record(customer)
    assert held.exchange is not None
    assert held.exchange["brand"] is None
