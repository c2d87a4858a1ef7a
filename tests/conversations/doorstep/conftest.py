"""A courier and a customer with an order of their own in every test."""

import pytest

from tests.conversations.doorstep.door import Courier, Shopper
from tests.stackrunner import Stack


@pytest.fixture
def courier(stack: Stack) -> Courier:
    """Return a courier who has just come in."""
    return Courier(stack)


@pytest.fixture
def shopper(stack: Stack) -> Shopper:
    """Return a customer whose new phone is delivered today."""
    customer = Shopper(stack)
    customer.orders()
    return customer
