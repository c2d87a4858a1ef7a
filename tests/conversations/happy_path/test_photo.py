"""The IMEI as a photo, instead of fifteen digits to type."""

import base64

import pytest
from sqlalchemy import select

from tests.conversations.doorstep.door import screen_with
from tests.conversations.driver import Customer
from tests.conversations.record import gets_quote, new_imei, record
from tradein.inbox import InboxUpdate


@pytest.fixture
def waiting(customer: Customer) -> Customer:
    """Return a customer who is asked for the IMEI."""
    gets_quote(customer)
    customer.tap("Get my coupon")
    return customer


@pytest.mark.parametrize("kind", ["photo", "document"])
def test_a_photo_of_the_imei_does_as_well_as_typing_it(kind: str, waiting: Customer) -> None:
    """Read, shown masked, confirmed with a tap; the digits are nowhere but in their one column."""
    number = new_imei()
    more = {"file_name": "imei.jpg", "mime_type": "image/jpeg"} if kind == "document" else {}

    waiting.send(**{kind: screen_with(number)}, **more)
    assert f"ends in {number[-4:]}" in waiting.heard
    assert number not in waiting.heard
    assert record(waiting).imei is None

    waiting.tap("Yes, that's it")
    assert f"ends in {number[-4:]}" in waiting.heard
    waiting.tap("I agree")

    assert record(waiting).imei == number
    assert [state for state, _, _ in record(waiting).coupons] == ["issued"]
    with waiting.stack.sessions() as session:
        kept = session.scalars(select(InboxUpdate.payload).where(InboxUpdate.chat_id == waiting.chat_id)).all()
    assert not any(number in str(payload) for payload in kept)


def test_of_two_numbers_the_customer_picks_one(waiting: Customer) -> None:
    """Either is fine: a phone with two SIMs has two."""
    first, second = new_imei(), new_imei()
    waiting.send(photo=screen_with(first, second))
    assert "two IMEIs" in waiting.heard

    waiting.tap(f"Ends in {second[-4:]}")

    assert f"ends in {second[-4:]}" in waiting.heard
    assert record(waiting).imei == second


def test_a_number_read_wrongly_can_be_typed(waiting: Customer) -> None:
    """No is no: nothing is taken."""
    waiting.send(photo=screen_with(new_imei()))
    waiting.tap("No, I'll type it")
    assert "type the 15 digits" in waiting.heard
    assert record(waiting).imei is None

    number = new_imei()
    waiting.say(number)
    assert record(waiting).imei == number


def test_a_photo_without_a_number_says_how_else(waiting: Customer) -> None:
    """Short, kind, and with what to do."""
    waiting.send(photo=screen_with())
    assert "couldn't find an IMEI" in waiting.heard

    waiting.send(document=base64.b64encode(b"no picture").decode(), file_name="imei.jpg", mime_type="image/jpeg")
    assert "type the 15 digits" in waiting.heard


def test_a_photo_at_another_time_gets_a_kind_answer(customer: Customer) -> None:
    """A picture of the phone isn't asked for; words under it count."""
    customer.say("hello")
    customer.send(photo=screen_with(new_imei()))
    assert "The only photo I can read is one of the IMEI" in customer.heard

    customer.send(photo=screen_with(), caption="redmi note 4 4gb 64gb")
    assert "Redmi Note 4" in customer.heard
