"""The IMEI before anybody asked for it: kept for its question."""

from sqlalchemy import select

from tests.conversations.driver import Customer
from tests.conversations.record import DESCRIPTION, PHONE, gets_quote, new_imei, record
from tradein import customers
from tradein.exchanges import Exchange


def test_a_number_sent_first_is_not_asked_for_again(customer: Customer) -> None:
    """Noted by its last digits, checked when the coupon is made."""
    number = new_imei()
    customer.say(f"{number} is my imei, how much will I get?")
    assert f"ends in {number[-4:]}" in customer.heard
    assert number not in customer.heard
    assert "Which brand" in customer.said[-1].text

    gets_quote(customer)
    customer.say("yes")

    assert "What is the IMEI" not in customer.heard
    assert "Do you agree" in customer.said[-1].text
    assert record(customer).imei == number


def test_a_number_in_the_middle_of_the_description_is_noted(customer: Customer) -> None:
    """Beside the answer that came with it."""
    number = new_imei()
    customer.say(PHONE)
    customer.say(f"imei {number}, works fine")
    assert f"ends in {number[-4:]}" in customer.heard
    assert record(customer).answers == {"works": ["yes"]}

    customer.say(DESCRIPTION)
    customer.tap("Get my coupon")
    assert record(customer).imei == number


def test_phone_and_number_in_one_message_are_both_heard(customer: Customer) -> None:
    """Neither is asked for again."""
    number = new_imei()
    customer.say(f"{PHONE} imei {number}")

    assert f"ends in {number[-4:]}" in customer.heard
    assert record(customer).variant == "redmi-note-4-4-64"
    assert "Does it turn on" in customer.said[-1].text


def test_a_wrong_number_sent_first_is_said_to_be_wrong_at_once(customer: Customer) -> None:
    """And the talk goes on to the phone; the number is asked for when its time comes."""
    number = new_imei()
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    customer.say(f"{wrong} is my imei number")
    assert "doesn't add up" in customer.heard
    assert "Which brand" in customer.said[-1].text

    gets_quote(customer)
    customer.tap("Get my coupon")
    assert "What is the IMEI" in customer.heard


def test_the_number_of_one_phone_is_not_taken_for_another(customer: Customer) -> None:
    """Who starts over has another phone in hand."""
    customer.say(f"{PHONE} imei {new_imei()}")
    customer.say("start over")
    gets_quote(customer, "moto g5 plus 4gb 32gb")
    customer.tap("Get my coupon")

    assert "What is the IMEI" in customer.heard
    assert record(customer).imei is None


def test_a_number_sent_first_gives_no_coupon_and_no_price(customer: Customer) -> None:
    """It is a claim like any other: no device is bound before there is a price."""
    customer.say(f"my imei is {new_imei()}, send me my coupon")

    with customer.stack.sessions() as session:
        person = customers.by_chat(session, customer.chat_id)
        bound = session.scalars(select(Exchange.device_id).where(Exchange.customer_id == person.id)).all()
    held = record(customer)
    assert set(bound) <= {None}
    assert (held.quotes, held.coupons) == ([], [])
