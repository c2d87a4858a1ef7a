"""Wrong codes, other days, double taps, restarts and lost roles: nothing happens twice, and nobody is left alone."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tests.conversations.doorstep.door import Courier, Shopper
from tests.conversations.driver import Button, Message
from tradein import database, visits
from tradein.orders import Order


def test_five_wrong_codes_bring_the_customer_a_new_one(courier: Courier, shopper: Shopper) -> None:
    """The old one opens nothing any more."""
    courier.sets_out(shopper)
    first = shopper.code
    wrong = f"{(int(first) + 1) % 10000:04}"

    courier.say("12")
    assert "The code has 4 digits" in courier.heard
    for left in (4, 3, 2, 1):
        courier.say(wrong)
        assert f"{left} tries left" in courier.heard
    courier.say(wrong)
    assert "new code" in courier.heard
    second = shopper.code
    assert shopper.facts.visit == "out"

    courier.say(second)
    assert "The code is right" in courier.heard
    assert shopper.facts.visit == "checking"


def test_a_door_at_which_too_many_codes_were_wrong_waits_for_an_operator(courier: Courier, shopper: Shopper) -> None:
    """Nobody guesses on; the customer is told, and another code of the operator's opens it."""
    courier.sets_out(shopper)
    for _ in range(visits.CODE_LOCKS):
        wrong = f"{(int(shopper.code) + 1) % 10000:04}"
        courier.say(*[wrong] * visits.CODE_TRIES)
    assert "Please call the shop" in courier.screen[-1].text
    shopper.reads("Too many wrong codes")
    old = shopper.code
    courier.say(old)
    assert "Please call the shop" in courier.heard

    with database.transaction(courier.stack.sessions) as session:
        order = session.scalars(select(Order).where(Order.reference == shopper.reference)).one()
        visits.renew_code(session, order, actor="operator", now=datetime.now(UTC))
    shopper.reads("Your code for the courier")
    courier.tap("Look again")
    courier.say(shopper.code)
    assert "The code is right" in courier.heard


def test_a_courier_on_the_way_hears_that_the_shop_cancelled(courier: Courier, shopper: Shopper) -> None:
    """At once, not with the next tap."""
    courier.sets_out(shopper)
    courier.stack.sandbox.post(f"/shop/orders/{shopper.reference}/cancel").raise_for_status()
    courier.listen()
    assert any(shopper.reference in message.text and "just cancelled" in message.text for message in courier.screen)
    courier.tap("Today's visits")
    assert shopper.reference not in courier.heard
    assert shopper.facts.visit == "cancelled"


def test_the_third_new_day_was_the_last(courier: Courier, shopper: Shopper) -> None:
    """After that the order is cancelled, the coupon is good again and the money goes back."""
    courier.say("/visits")
    courier.tap(next(title for title in courier.keyboard.titles if shopper.reference in title))
    for times in (1, 2, 3):
        courier.tap("Another day")
        assert "Which day suits" in courier.heard
        day = courier.keyboard.buttons[times - 1]
        courier.press(courier.keyboard, day)
        assert "is planned for" in courier.heard
        assert shopper.facts.reschedules == times
        shopper.comes_again()
        courier.say("/visits")
        courier.tap(next(title for title in courier.keyboard.titles if shopper.reference in title))

    courier.tap("Another day")
    courier.press(courier.keyboard, courier.keyboard.buttons[0])

    assert "one day too many" in courier.heard
    assert "Your coupon can be used again" in shopper.reads("is cancelled").text
    facts = shopper.facts
    assert (facts.visit, facts.order, facts.coupon) == ("cancelled", "cancelled", "issued")
    assert facts.refund_minor == facts.paid_minor


def test_a_repeated_tap_does_nothing_twice(courier: Courier, shopper: Shopper) -> None:
    """A used button answers with a toast, and a message sent twice is no wrong answer."""
    courier.sets_out(shopper)
    code = shopper.code
    courier.say(code, code)
    assert shopper.facts.code_tries == 0
    courier.say(shopper.imei, shopper.imei)
    courier.finds()
    confirm, button = courier.keyboard, _button(courier.keyboard, "Accept the phone")
    courier.press(confirm, button)
    courier.press(confirm, button)

    assert courier.toast is not None
    assert "no longer in use" in courier.toast
    facts = shopper.facts
    assert (facts.visit, facts.order, facts.coupon) == ("accepted", "completed", "settled")
    receipts = [message for message in shopper.listen() + shopper.screen if "Receipt" in message.text]
    assert len({message.id for message in receipts}) == 1


def test_a_courier_taken_off_the_list_can_do_nothing_more(courier: Courier, shopper: Shopper) -> None:
    """In the middle of a check, by a button, a message or the command: each says so and changes nothing."""
    courier.begins(shopper)
    before = shopper.facts
    courier.loses_the_role()

    courier.tap("As declared")
    assert "aren't one of them (any more)" in courier.heard
    courier.say("/visits")
    assert "aren't one of them (any more)" in courier.heard
    assert shopper.facts == before

    courier.say("hello")
    assert "exchange assistant" in courier.heard


def test_a_courier_is_a_customer_too(courier: Courier, shopper: Shopper) -> None:
    """Words go to the assistant even in the middle of a check, and the check goes on."""
    courier.begins(shopper)

    courier.say("how long is the coupon valid?")
    assert "valid for 15 days" in courier.heard
    courier.say("/visits")
    courier.tap(next(title for title in courier.keyboard.titles if shopper.reference in title))
    assert "Does it turn on" in courier.heard


def test_two_couriers_cannot_have_one_visit(courier: Courier, shopper: Shopper) -> None:
    """The one who sets out first has it."""
    late = Courier(courier.stack)
    late.say("/visits")
    late.tap(next(title for title in late.keyboard.titles if shopper.reference in title))
    courier.sets_out(shopper)

    late.tap("I'm on my way")

    assert "Another courier has taken that visit" in late.heard


@pytest.mark.parametrize("typed", ["12345", "356938035643800"])
def test_a_number_that_is_none_gets_a_short_kind_sentence(typed: str, courier: Courier, shopper: Shopper) -> None:
    """The question stays on the screen with its way out."""
    courier.sets_out(shopper)
    courier.say(shopper.code)

    courier.say(typed)

    assert "Dial *#06#" in courier.heard
    assert courier.keyboard.titles == ["I can't find a number"]


def test_a_visit_without_a_number_to_be_found_can_be_ended(courier: Courier, shopper: Shopper) -> None:
    """A phone that shows no number can't be accepted, and the courier is not stuck."""
    courier.sets_out(shopper)
    courier.say(shopper.code)
    courier.tap("I can't find a number")
    courier.tap("No number anywhere")
    courier.tap("No photo")
    courier.tap("Refuse the phone")

    assert shopper.facts.visit == "refused"


def _button(message: Message, title: str) -> Button:
    return next(button for button in message.buttons if button.title == title)
