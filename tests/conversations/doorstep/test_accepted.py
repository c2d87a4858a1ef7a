"""The old phone is as declared."""

from tests.conversations.doorstep.door import Courier, Shopper, screen_with
from tests.conversations.record import record


def test_a_phone_as_declared_is_taken_and_the_exchange_is_complete(courier: Courier, shopper: Shopper) -> None:
    """Code, number, every question, one confirmation; the customer follows it in one message and gets a receipt."""
    assert "▫️ Out for delivery" in shopper.progress

    courier.sets_out(shopper)
    assert "🚚 Out for delivery" in shopper.progress
    assert "4-digit code" in courier.heard

    courier.say(shopper.code)
    assert "The code is right" in courier.heard
    assert "Being checked at your door" in shopper.progress

    courier.say(shopper.imei)
    courier.finds()
    assert "The phone is in order" in courier.heard
    assert shopper.facts.visit == "checking"

    courier.tap("Accept the phone")
    assert "is complete" in courier.heard
    assert "🎉 Complete" in shopper.progress
    receipt = shopper.reads("Receipt").text
    assert shopper.reference in receipt
    assert shopper.imei not in receipt
    assert shopper.imei[-4:] in receipt

    facts = shopper.facts
    assert (facts.visit, facts.order, facts.coupon, facts.refund_minor) == ("accepted", "completed", "settled", None)
    assert record(shopper).balance_minor == 0


def test_where_is_my_exchange_answers_what_the_message_says(courier: Courier, shopper: Shopper) -> None:
    """In words, and by the button of the list."""
    courier.sets_out(shopper)

    shopper.say("where is my exchange?")
    assert "🚚 Out for delivery" in shopper.heard

    shopper.say("/coupons")
    assert "it was used for an order" in shopper.heard
    shopper.tap("Where is my exchange?")
    assert "🚚 Out for delivery" in shopper.heard


def test_the_courier_may_send_the_number_as_a_photo(courier: Courier, shopper: Shopper) -> None:
    """It is shown for confirmation; of a phone with two the courier picks one, and the other one may be right."""
    courier.sets_out(shopper)
    courier.say(shopper.code)

    other = "356938035643809"
    courier.send(photo=screen_with(other, shopper.imei))
    assert "two IMEIs" in courier.heard
    assert shopper.imei not in courier.heard
    courier.tap(f"Ends in {other[-4:]}")
    assert "That number is another one" in courier.heard
    assert shopper.facts.visit == "checking"

    courier.tap("Check the other SIM")
    courier.send(photo=screen_with(shopper.imei))
    assert f"ends in {shopper.imei[-4:]}" in courier.heard
    courier.tap("Yes, compare it")
    assert "The IMEI matches" in courier.heard
