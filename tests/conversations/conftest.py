"""Every conversation is held by somebody new with the real assistant."""

import pytest

from tests.conversations.driver import Customer
from tests.stackrunner import Stack


@pytest.fixture
def customer(stack: Stack) -> Customer:
    """Return a customer whom the assistant has never met."""
    return Customer(stack)
