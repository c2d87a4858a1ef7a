"""Office hours, as an operator writes them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tradein.office_hours import read

KOLKATA = ZoneInfo("Asia/Kolkata")
MONDAY_NOON = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "is_open"),
    [
        ("always", True),
        ("never", False),
        ("Mon-Sat 09:00-21:00", True),
        ("mon 09:00-12:00", False),
        ("Sun 00:00-24:00, Mon 12:00-13:00", True),
        ("Sat-Mon 11:00-24:00", True),
        ("Tue-Sun 00:00-24:00", False),
    ],
)
def test_people_answer_when_the_hours_say_so(hours: str, is_open: bool) -> None:
    """The end of a span is no longer in it."""
    assert read(hours).open(MONDAY_NOON, KOLKATA) is is_open


def test_the_next_opening_is_named() -> None:
    """From a Friday evening it is Monday morning."""
    hours = "Mon-Fri 09:00-18:00"
    friday_evening = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
    assert read(hours).opens(friday_evening, KOLKATA) == datetime(2026, 11, 30, 3, 30, tzinfo=UTC)
    assert read(hours).opens(MONDAY_NOON, KOLKATA) == MONDAY_NOON
    assert read("never").opens(MONDAY_NOON, KOLKATA) is None


@pytest.mark.parametrize(
    "hours", ["", "nine to five", "Mon 9-17", "Mon 25:00-26:00", "Xyz 09:00-10:00", "Mon 21:00-09:00"]
)
def test_hours_that_nobody_can_read_say_what_is_wrong(hours: str) -> None:
    """The start of a process stops with the sentence."""
    with pytest.raises(ValueError, match="has"):
        read(hours)
