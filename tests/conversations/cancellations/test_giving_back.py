"""A coupon given back: the terms promise it until an order is placed."""

from tests.conversations.driver import Customer
from tests.conversations.record import gets_coupon, record


def states(customer: Customer) -> list[str]:
    """Return the states of the customer's coupons."""
    return [state for state, _, _ in record(customer).coupons]


def test_a_coupon_is_given_back_with_two_taps_and_a_question(customer: Customer) -> None:
    """Found under "My coupons"; the credit goes with it, and the phone can be valued again."""
    gets_coupon(customer)
    customer.say("/coupons")
    customer.tap("Show code")
    customer.tap("Give it back")
    assert "nothing is owed on either side" in customer.heard
    assert states(customer) == ["issued"]

    customer.tap("Give it back", on=customer.keyboard)

    assert "is cancelled, as you asked" in customer.heard
    assert (states(customer), record(customer).balance_minor) == (["cancelled"], 0)
    customer.say("/coupons")
    assert "cancelled" in customer.heard


def test_a_coupon_that_is_kept_stays(customer: Customer) -> None:
    """A slip of the finger costs nothing."""
    gets_coupon(customer)
    customer.say("/coupons")
    customer.tap("Show code")
    customer.tap("Give it back")
    customer.tap("Keep it")

    assert "stays yours" in customer.heard
    assert states(customer) == ["issued"]
