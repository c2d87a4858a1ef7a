"""Fewer reminders, none, and all of them again: in words or by button, at once, and whenever the customer likes."""

import pytest

from tests.conversations.driver import Customer
from tests.conversations.record import record
from tests.conversations.reminders.holder import Holder
from tests.stackrunner import Stack
from tradein.customers import Wish


@pytest.mark.parametrize(
    "words", ["stop reminders", "please don't remind me any more", "reminder band karo", "unsubscribe"]
)
def test_saying_so_ends_the_reminders_at_once(stack: Stack, words: str) -> None:
    """No question back; how to turn them on again is said, and the button does it."""
    somebody = Holder(stack)
    somebody.say(words)
    assert "no more reminders" in somebody.heard
    assert "remind me again" in somebody.heard
    assert somebody.wants() is Wish.NONE

    somebody.tap("Turn them on again")

    assert "I'll remind you" in somebody.heard
    assert somebody.wants() is Wish.ALL


def test_they_are_turned_on_again_in_words(stack: Stack) -> None:
    """In the very words that the answer names."""
    somebody = Holder(stack)
    somebody.say("stop reminders")
    somebody.say("remind me again")
    assert "I'll remind you" in somebody.heard
    assert somebody.wants() is Wish.ALL


@pytest.mark.parametrize(
    ("title", "wish", "told"),
    [
        ("Only on the last day", Wish.LAST_DAY, "on its last day"),
        ("None at all", Wish.NONE, "no more reminders"),
        ("All of them", Wish.ALL, "I'll remind you"),
    ],
)
def test_who_wants_fewer_chooses(stack: Stack, title: str, wish: Wish, told: str) -> None:
    """A question with three buttons, and nothing changed before one is tapped."""
    somebody = Holder(stack)
    somebody.say("fewer reminders please")
    assert somebody.said[-1].titles == ["Only on the last day", "None at all", "All of them"]
    assert somebody.wants() is Wish.ALL

    somebody.tap(title)

    assert told in somebody.heard
    assert somebody.wants() is wish


def test_a_stop_by_itself_is_about_the_questions_and_not_the_reminders(customer: Customer) -> None:
    """It ends what is going on."""
    customer.say("redmi note 4 4gb 64gb")
    customer.say("stop")
    assert "we stop here" in customer.heard


@pytest.mark.parametrize(
    ("sentence", "wish", "told"),
    [
        ("stop reminders", Wish.NONE, "no more reminders"),
        ("fewer reminders please", Wish.LAST_DAY, "on its last day"),
        ("remind me before my coupon expires", Wish.ALL, "I'll remind you"),
    ],
)
def test_in_the_middle_of_a_question_it_is_done_and_the_question_comes_back(
    stack: Stack, sentence: str, wish: Wish, told: str
) -> None:
    """Nothing recorded about the phone; the answer isn't taken for one about it."""
    somebody = Holder(stack)
    somebody.say("redmi note 4 4gb 64gb")
    before = record(somebody)
    somebody.say(sentence)
    assert told in somebody.said[0].text
    assert "Does it turn on" in somebody.said[-1].text
    assert (somebody.wants(), record(somebody)) == (wish, before)
