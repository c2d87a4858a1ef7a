"""Two old phones in one talk: one at a time, and neither is taken for the other."""

from tests.conversations.driver import Customer
from tests.conversations.record import DESCRIPTION, gets_quote, new_imei, record


def test_two_phones_in_one_message_are_asked_about(customer: Customer) -> None:
    """A choice, not a guess."""
    customer.say("i have two phones, redmi note 4 and moto g5 plus")

    assert "Which one is yours" in customer.heard
    assert {"Motorola Moto G5 Plus", "Xiaomi Redmi Note 4"} <= set(customer.keyboard.titles)
    assert record(customer).variant is None


def test_the_second_phone_gets_a_price_of_its_own(customer: Customer) -> None:
    """And the first price stays good."""
    gets_quote(customer)
    gets_quote(customer, "now the moto g5 plus 4gb 32gb")

    assert len(record(customer).standing) == 2
    customer.say("/coupons")
    assert "Redmi Note 4" in customer.heard
    assert "Moto G5 Plus" in customer.heard


def test_the_condition_of_the_first_phone_is_not_taken_for_the_seconds(customer: Customer) -> None:
    """Each phone is described by itself."""
    gets_quote(customer)
    customer.say("i also want to sell my moto g5 plus 4gb 32gb")

    assert record(customer).answers == {}
    assert "Does it turn on" in customer.said[-1].text


def test_the_number_of_one_phone_is_refused_for_the_other(customer: Customer) -> None:
    """One IMEI, one live coupon."""
    number = new_imei()
    gets_quote(customer)
    customer.tap("Get my coupon")
    customer.say(number)
    customer.tap("I agree")
    gets_quote(customer, "redmi note 5 pro 4gb 64gb")
    customer.tap("Get my coupon")
    customer.say(number)

    assert "already" in customer.heard
    assert len(record(customer).coupons) == 1


def test_a_friends_phone_is_valued_like_any_other(customer: Customer) -> None:
    """Whose phone it is matters for the coupon, not for the price."""
    customer.say("my friend wants to know the price of his samsung s8, 4gb 64gb")
    customer.say(DESCRIPTION)

    assert "Your exchange value" in customer.heard
    assert record(customer).variant == "galaxy-s8-4-64"
    assert record(customer).coupons == []
