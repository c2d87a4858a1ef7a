"""Everybody here holds a coupon."""

import pytest

from tests.conversations.reminders.holder import Holder
from tests.stackrunner import Stack


@pytest.fixture
def holder(stack: Stack) -> Holder:
    """Return a customer with a coupon."""
    return Holder(stack).gets_coupon()
