"""Quiet hours: nobody is written to at night, wherever the night is and whatever the clocks do in it."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradein.quiet import QuietHours

KOLKATA = QuietHours(time(21), time(9), ZoneInfo("Asia/Kolkata"))
DAY = timedelta(days=1)
ZONES = [
    "Asia/Kolkata",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "America/Havana",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
]
MOMENTS = st.datetimes(datetime(2008, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - see timezones
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
QUIETS = st.builds(QuietHours, TIMES, TIMES, st.sampled_from(ZONES).map(ZoneInfo))


def at(text: str, zone: str = "Asia/Kolkata", *, fold: int = 0) -> datetime:
    """Return the instant of a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("local", "quiet"),
    [("08:59", True), ("09:00", False), ("12:00", False), ("20:59", False), ("21:00", True), ("00:00", True)],
)
def test_the_night_begins_and_ends_to_the_minute(local: str, quiet: bool) -> None:
    """From 21:00 on, and no longer at 09:00."""
    assert KOLKATA.holds(at(f"2026-11-23T{local}")) is quiet


@pytest.mark.parametrize(
    ("begins", "ends", "local", "quiet"),
    [
        (time(13), time(15), "14:00", True),
        (time(13), time(15), "15:00", False),
        (time(13), time(15), "23:00", False),
        (time(9), time(9), "09:00", False),
        (time(9), time(9), "03:00", False),
    ],
)
def test_hours_within_a_day_and_none_at_all(begins: time, ends: time, local: str, quiet: bool) -> None:
    """A siesta is possible; the same time twice means never."""
    assert QuietHours(begins, ends, ZoneInfo("Asia/Kolkata")).holds(at(f"2026-11-23T{local}")) is quiet


@pytest.mark.parametrize(
    ("planned", "last", "placed"),
    [
        ("2026-11-23T10:00", "2026-11-30T23:59", "2026-11-23T10:00"),
        ("2026-11-23T22:00", "2026-11-30T23:59", "2026-11-24T09:00"),
        ("2026-11-23T03:00", "2026-11-30T23:59", "2026-11-23T09:00"),
        ("2026-11-23T22:00", "2026-11-23T23:59", "2026-11-23T20:00"),
        ("2026-11-24T03:00", "2026-11-24T08:00", "2026-11-23T20:00"),
        ("2026-11-24T03:00", "2026-11-24T09:00", "2026-11-24T09:00"),
    ],
)
def test_a_message_of_the_night_goes_in_the_morning_or_the_evening_before(planned: str, last: str, placed: str) -> None:
    """The evening before only where the morning would be too late."""
    now = at("2026-11-20T12:00")
    assert KOLKATA.placed(at(planned), not_after=at(last), now=now) == at(placed)


def test_where_the_evening_is_over_as_well_there_is_no_moment_left() -> None:
    """At 22:00 nothing can be said any more of what ends at midnight."""
    now = at("2026-11-23T20:00:01")
    assert KOLKATA.placed(at("2026-11-23T22:00"), not_after=at("2026-11-23T23:59"), now=now) is None


def test_a_day_without_an_hour_to_speak_in_has_no_evening() -> None:
    """Half an hour between two nights is too short for the evening's hour before the quiet."""
    mostly = QuietHours(time(9, 30), time(9), ZoneInfo("Asia/Kolkata"))
    assert mostly.placed(at("2026-11-23T20:00"), not_after=at("2026-11-23T23:59"), now=at("2026-11-22T12:00")) is None


def test_the_morning_after_the_clocks_went_forward_is_nine_oclock_by_the_new_time() -> None:
    """Berlin, 29 March 2026: the night is an hour shorter."""
    berlin = QuietHours(time(21), time(9), ZoneInfo("Europe/Berlin"))
    assert berlin.after(at("2026-03-28T22:00", "Europe/Berlin")) == datetime(2026, 3, 29, 7, tzinfo=UTC)


def test_the_morning_after_the_clocks_went_back_is_nine_oclock_by_the_new_time() -> None:
    """Berlin, 25 October 2026: the night is an hour longer."""
    berlin = QuietHours(time(21), time(9), ZoneInfo("Europe/Berlin"))
    assert berlin.after(at("2026-10-24T22:00", "Europe/Berlin")) == datetime(2026, 10, 25, 8, tzinfo=UTC)


def test_an_end_that_the_clocks_leave_out_is_as_long_after_midnight_as_ever() -> None:
    """Until 02:30 where 02:00 is followed by 03:00: half an hour later than three, not earlier."""
    berlin = QuietHours(time(21), time(2, 30), ZoneInfo("Europe/Berlin"))
    assert berlin.after(at("2026-03-28T23:00", "Europe/Berlin")) == at("2026-03-29T03:30", "Europe/Berlin")


def test_an_end_that_comes_twice_ends_both_quiets() -> None:
    """Until 02:30 where 02:00 to 03:00 comes twice: a message of the second one waits minutes, not a day."""
    berlin = QuietHours(time(21), time(2, 30), ZoneInfo("Europe/Berlin"))
    again = at("2026-10-25T02:10", "Europe/Berlin", fold=1)
    assert berlin.after(again) == again + timedelta(minutes=20)


def test_a_midnight_that_is_left_out_stops_nothing() -> None:
    """São Paulo, 4 November 2018: 00:00 was 01:00."""
    sao_paulo = QuietHours(time(21), time(0), ZoneInfo("America/Sao_Paulo"))
    assert sao_paulo.after(at("2018-11-03T22:00", "America/Sao_Paulo")) == datetime(2018, 11, 4, 3, tzinfo=UTC)


@given(MOMENTS, QUIETS)
def test_after_the_quiet_it_is_never_quiet_and_soon(moment: datetime, quiet: QuietHours) -> None:
    """Whatever the hours and the zone: within two days, and at once by day."""
    after = quiet.after(moment)
    assert not quiet.holds(after)
    assert moment <= after <= moment + 2 * DAY
    assert quiet.holds(moment) or after == moment


@given(MOMENTS, st.timedeltas(timedelta(), 3 * DAY), st.timedeltas(timedelta(), 3 * DAY), QUIETS)
def test_what_is_placed_is_by_day_and_in_time(
    moment: datetime, before: timedelta, left: timedelta, quiet: QuietHours
) -> None:
    """Never quiet, never before it is planned, never too late."""
    now, last = moment - before, moment + left
    placed = quiet.placed(moment, not_after=last, now=now)
    if placed is None:
        assert quiet.holds(moment)
    else:
        assert now <= placed <= last
        assert not quiet.holds(placed)
