"""The hours in which people answer: days of the week and local times, as an operator writes them.

``Mon-Sat 09:00-21:00, Sun 10:00-14:00``; ``always`` and ``never`` are hours too. Times are in the programme's zone.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART = re.compile(
    r"(?P<first>[a-z]{3})(?:\s*-\s*(?P<last>[a-z]{3}))?\s+(?P<from>\d\d?:\d\d)\s*-\s*(?P<until>\d\d?:\d\d)"
)
_WEEK = 7


@dataclass(frozen=True)
class OfficeHours:
    """``spans`` are (weekday from Monday 0, from, until); until midnight is written 24:00 and kept as ``time.max``."""

    spans: tuple[tuple[int, time, time], ...]

    def open(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Say whether people answer at ``moment``."""
        local = moment.astimezone(zone)
        return any(day == local.weekday() and begins <= local.time() < ends for day, begins, ends in self.spans)

    def opens(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """Return the next opening from ``moment`` on; ``moment`` itself while open, None for hours that never come."""
        if self.open(moment, zone):
            return moment
        local = moment.astimezone(zone)
        starts = [
            datetime.combine(local.date() + timedelta(days=ahead), begins, tzinfo=zone)
            for ahead in range(_WEEK + 1)
            for day, begins, _ in self.spans
            if day == (local.weekday() + ahead) % _WEEK
        ]
        return min((start.astimezone(moment.tzinfo) for start in starts if start > local), default=None)

    def within(self, since: datetime, until: datetime, zone: ZoneInfo) -> timedelta:
        """Return how much of the time between two instants lies in the hours: what a wait counts by."""
        first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
        spans = [
            (datetime.combine(day, begins, tzinfo=zone), datetime.combine(day, ends, tzinfo=zone))
            for day in (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
            for weekday, begins, ends in self.spans
            if weekday == day.weekday()
        ]
        # In UTC: the same wall time twice, where the clock goes back, is an hour of waiting.
        met = [(max(begin.astimezone(UTC), since), min(end.astimezone(UTC), until)) for begin, end in spans]
        return sum((end - begin for begin, end in met if begin < end), timedelta(0))


ALWAYS = OfficeHours(tuple((day, time.min, time.max) for day in range(_WEEK)))


def read(written: str) -> OfficeHours:
    """Read hours as an operator writes them; raises ValueError with a sentence that says what is wrong."""
    words = written.strip().casefold()
    if words in {"always", "never"}:
        return ALWAYS if words == "always" else OfficeHours(())
    return OfficeHours(tuple(span for part in words.split(",") for span in _spans(part.strip())))


def _spans(part: str) -> list[tuple[int, time, time]]:
    found = _PART.fullmatch(part)
    if found is None or any(day and day not in DAYS for day in (found["first"], found["last"])):
        raise ValueError(f"has {part!r}, which is no opening: write it like Mon-Sat 09:00-21:00, or always, or never")
    first = DAYS.index(found["first"])
    last = DAYS.index(found["last"] or found["first"])
    begins, ends = _time(found["from"]), _time(found["until"])
    if begins >= ends:
        raise ValueError(f"has {part!r}, which ends before it begins: hours over midnight are two openings")
    return [((first + step) % _WEEK, begins, ends) for step in range((last - first) % _WEEK + 1)]


def _time(written: str) -> time:
    if written == "24:00":
        return time.max
    hour, minute = map(int, written.split(":"))
    try:
        return time(hour, minute)
    except ValueError:
        raise ValueError(f"has {written!r}, which is no time of a day") from None
