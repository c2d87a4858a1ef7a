"""The old phone isn't as declared, or isn't the one."""

from datetime import UTC, datetime

from tests.conversations.doorstep.door import Courier, Shopper, screen_with
from tests.conversations.record import new_imei, record
from tradein import database, imei


def test_a_crack_cancels_the_order_and_the_money_goes_back(courier: Courier, shopper: Shopper) -> None:
    """The customer hears at once what was found and what becomes of the money, and follows the refund."""
    courier.begins(shopper)
    courier.finds(**{"the screen look": "Cracked"})
    assert "can't be accepted" in courier.heard
    assert "Declared: Flawless. Found: Cracked" in courier.heard
    assert shopper.facts.refund_minor is None

    courier.tap("Refuse the phone")
    assert "is cancelled" in courier.heard
    told = shopper.reads("wasn't as declared")
    assert "Cracked" in told.text
    assert told.titles == ["Where is my refund?", "Value it again", "Talk to a person"]

    facts = shopper.facts
    assert (facts.visit, facts.order, facts.coupon) == ("refused", "cancelled", "void")
    assert facts.refund_minor == facts.paid_minor
    assert facts.findings == ["screen"]
    assert record(shopper).balance_minor == 0

    assert shopper.reads("Refund of ₹7,170 sent").text == shopper.progress
    shopper.tap("Where is my refund?")
    assert "Refund of ₹7,170 sent" in shopper.heard


def test_a_photo_of_the_damage_is_kept(courier: Courier, shopper: Shopper) -> None:
    """It belongs to its finding, by Telegram's name for the file."""
    courier.begins(shopper)
    courier.tap("As declared")
    courier.tap("Cracked")
    assert "send a photo" in courier.heard

    courier.send(photo=screen_with())

    assert "Kept, thank you" in courier.heard
    assert [key for key, files in shopper.facts.photos.items() if files] == ["screen"]


def test_the_second_sim_has_the_number(courier: Courier, shopper: Shopper) -> None:
    """The first number differs; the check goes on once the other one matches."""
    courier.sets_out(shopper)
    courier.say(shopper.code)

    courier.say(new_imei())
    assert "two numbers" in courier.heard
    courier.tap("Check the other SIM")
    courier.say(shopper.imei)
    assert "The IMEI matches" in courier.heard

    courier.finds()
    courier.tap("Accept the phone")
    assert shopper.facts.visit == "accepted"


def test_another_phone_is_never_taken(courier: Courier, shopper: Shopper) -> None:
    """No number matches: there is nothing to look at any more, and only a refusal to confirm."""
    courier.sets_out(shopper)
    courier.say(shopper.code)
    courier.say(new_imei())

    courier.tap("No, none matches")
    courier.tap("No photo")
    assert "The IMEI is another one" in courier.heard
    assert "Accept the phone" not in courier.keyboard.titles
    courier.tap("Refuse the phone")

    shopper.reads("another IMEI")
    facts = shopper.facts
    assert (facts.visit, facts.order, facts.coupon, facts.findings) == ("refused", "cancelled", "void", ["imei"])
    assert facts.refund_minor == facts.paid_minor


def test_a_slip_of_the_finger_can_be_put_right_before_the_confirmation(courier: Courier, shopper: Shopper) -> None:
    """Nothing is decided until the courier confirms."""
    courier.begins(shopper)
    courier.finds(**{"the screen look": "Cracked"})
    courier.tap("Check it again")
    courier.say(shopper.imei)
    courier.finds()
    courier.tap("Accept the phone")

    assert shopper.facts.visit == "accepted"


def test_a_phone_that_was_blocked_meanwhile_is_never_taken(courier: Courier, shopper: Shopper) -> None:
    """Reported stolen after its coupon: nothing further is looked at, and both read the reason."""
    courier.sets_out(shopper)
    courier.say(shopper.code)
    with database.transaction(courier.stack.sessions) as session:
        imei.block(session, shopper.imei, reason="reported stolen", now=datetime.now(UTC))

    courier.say(shopper.imei)
    assert "list of phones that nobody may buy" in courier.heard
    assert "Accept the phone" not in courier.keyboard.titles
    courier.tap("Refuse the phone")

    shopper.reads("list of phones that nobody may buy")
    facts = shopper.facts
    assert (facts.visit, facts.order, facts.coupon, facts.findings) == ("refused", "cancelled", "void", ["blocked"])
    assert facts.refund_minor == facts.paid_minor
