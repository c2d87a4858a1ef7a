"""The last moment of quotes and coupons, in any zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradein.policy import Policy

ZONES = ["Asia/Kolkata", "Europe/Berlin", "America/Sao_Paulo", "America/Santiago", "Pacific/Apia", "UTC"]


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_issued_on_1_march_at_any_hour_it_is_good_through_16_march(hour: int) -> None:
    """Mission, line 5, with the default of 15 days."""
    kolkata = ZoneInfo("Asia/Kolkata")
    issued = datetime(2026, 3, 1, hour, 30, tzinfo=kolkata)
    last = Policy().last_moment(issued.astimezone(UTC), days=15).astimezone(kolkata)
    assert last.replace(microsecond=0) == datetime(2026, 3, 16, 23, 59, 59, tzinfo=kolkata)


@given(
    issued=st.datetimes(datetime(2018, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(ZONES),
    days=st.integers(0, 60),
)
def test_the_last_moment_ends_a_local_day_and_never_shortens_the_promise(
    issued: datetime, zone: str, days: int
) -> None:
    """Over daylight-saving changes too: at least the promised days, and less than one day more."""
    policy = Policy(timezone=zone)
    last = policy.last_moment(issued, days=days)
    local = last.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute) == (23, 59)
    assert policy.days_left(last, issued) == days
    assert timedelta(days=days) - timedelta(hours=2) <= last - issued < timedelta(days=days + 1, hours=2)
