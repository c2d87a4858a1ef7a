"""Whatever is asked in the middle of a question is answered, and the question comes back."""

import pytest

from tests.conversations.driver import Customer
from tests.conversations.record import gets_quote, reaches_terms, record

QUESTION = "how long is the coupon valid?"
ANSWER = "A coupon is valid for 15 days"

STAGES = {
    "brand": (["/evaluate"], "Which brand"),
    "model": (["/evaluate", "motorola"], "Which Motorola"),
    "variant": (["redmi note 4"], "How much memory"),
    "works": (["redmi note 4 4gb 64gb"], "Does it turn on"),
    "screen": (["redmi note 4 4gb 64gb, works fine"], "How does the screen look"),
    "body": (["redmi note 4 4gb 64gb, works fine, no scratches"], "the frame and the corners"),
    "faults": (["redmi note 4 4gb 64gb, works fine, no scratches, no dents"], "anything else not work"),
    "accessories": (["redmi note 4 4gb 64gb, works fine, no scratches, no dents, no issues"], "come with it"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_question_is_answered_at_every_step_of_the_description(customer: Customer, stage: str) -> None:
    """The answer, then the same question, and nothing recorded."""
    sentences, asked = STAGES[stage]
    for sentence in sentences:
        customer.say(sentence)
    assert asked in customer.heard
    before = record(customer)

    customer.say(QUESTION)

    assert ANSWER in customer.heard
    assert asked in customer.said[-1].text
    assert record(customer) == before


def test_a_question_is_answered_while_the_imei_is_asked_for(customer: Customer) -> None:
    """And counts as no wrong number."""
    gets_quote(customer)
    customer.tap("Get my coupon")
    customer.say("why do you need my imei?")

    assert "which phone is exchanged" in customer.heard
    assert "What is the IMEI" in customer.said[-1].text
    assert record(customer).imei is None


def test_a_question_is_answered_while_the_terms_are_asked_about(customer: Customer) -> None:
    """The terms aren't shown a second time, the question is."""
    reaches_terms(customer)
    customer.say(QUESTION)

    assert ANSWER in customer.heard
    assert "Do you agree" in customer.said[-1].text
    assert "At your door." not in customer.heard
    assert record(customer).consents == 0


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("tell me a joke", "school"),
        ("are you a bot?", "I'm a program"),
        ("help", "answer in your own words"),
        ("hello", "carry on"),
        ("thank you", "You're welcome"),
        ("show my coupons", "no prices or coupons"),
        ("I want to buy a new phone", "A few of our new phones"),
        ("can you repair my screen", "can't repair"),
        ("who won the match", "beyond me"),
    ],
)
def test_small_talk_is_met_and_the_question_comes_back(customer: Customer, said: str, answer: str) -> None:
    """Nothing said beside the matter is taken for an answer."""
    customer.say("redmi note 4 4gb 64gb")
    customer.say(said)

    assert answer in customer.heard
    assert "Does it turn on" in customer.said[-1].text
    assert record(customer).answers == {}


def test_a_question_outside_of_any_question_ends_with_choices(customer: Customer) -> None:
    """No dead end: something to tap is under it."""
    customer.say("which brands do you accept?")

    assert "15 brands" in customer.heard
    assert "What's my phone worth?" in customer.keyboard.titles
    assert record(customer).exchange is None


def test_a_detail_said_early_is_kept_for_its_question(customer: Customer) -> None:
    """While the memory is asked for, the condition may be told."""
    customer.say("redmi note 4")
    customer.say("it has no dents")
    assert "Noted" in customer.heard
    assert "How much memory" in customer.said[-1].text

    assert record(customer).answers == {"body": ["flawless"]}


def test_how_much_in_the_middle_of_the_questions_is_answered(customer: Customer) -> None:
    """With the most it can be; the exact price needs the answers."""
    customer.say("redmi note 4 4gb 64gb")
    customer.say("kitna milega?")

    assert "Up to ₹4,830" in customer.heard
    assert "Does it turn on" in customer.said[-1].text
    assert record(customer).quotes == []


@pytest.mark.parametrize("said", ["ok get coupon", "coupon de do"])
@pytest.mark.parametrize("stage", ["brand", "variant", "works", "faults"])
def test_a_wish_for_the_coupon_before_there_is_a_price_is_told_when_it_comes(
    customer: Customer, stage: str, said: str
) -> None:
    """The "ok" in it answers no question: the same one is asked again."""
    sentences, asked = STAGES[stage]
    for sentence in sentences:
        customer.say(sentence)
    before = record(customer)

    customer.say(said)

    assert "the coupon right after it" in customer.heard
    assert "find the answer" not in customer.heard
    assert asked in customer.said[-1].text
    assert record(customer) == before
