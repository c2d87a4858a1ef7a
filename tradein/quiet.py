"""The hours in which nobody is written to unasked: the programme's own zone, over changes of the clock too."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EVENING = timedelta(hours=1)
"""How long before the quiet begins the last evening's messages go out."""


@dataclass(frozen=True)
class QuietHours:
    """From ``begins`` to ``ends`` (local times in ``zone``), over midnight or not; the same twice means never."""

    begins: time
    ends: time
    zone: ZoneInfo

    def holds(self, moment: datetime) -> bool:
        """Say whether ``moment`` is quiet."""
        local = moment.astimezone(self.zone).time()
        if self.begins <= self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends

    def after(self, moment: datetime) -> datetime:
        """Return the first instant (UTC) from ``moment`` on that is not quiet: the next morning."""
        if not self.holds(moment):
            return moment
        day = moment.astimezone(self.zone).date()
        # Where the clock goes back, the quiet may end twice in a night.
        ends = (self._at(day + timedelta(days=days), self.ends, fold=fold) for days in (0, 1, 2) for fold in (0, 1))
        return next(end for end in ends if end > moment and not self.holds(end))

    def before(self, moment: datetime) -> datetime:
        """Return an instant (UTC) of the last evening before a quiet ``moment``, an hour before the quiet begins."""
        day = moment.astimezone(self.zone).date()
        begins = (self._at(day - timedelta(days=days), self.begins) for days in (0, 1, 2))
        return next(begin for begin in begins if begin <= moment) - EVENING

    def placed(self, moment: datetime, *, not_after: datetime, now: datetime) -> datetime | None:
        """Return when a message planned for ``moment`` may go out at the earliest, None if it can't by ``not_after``.

        By day as planned; else the next morning, or the evening before where the morning would be too late.
        """
        morning = self.after(moment)
        if morning <= not_after:
            return morning
        evening = self.before(moment)
        return evening if evening >= now and not self.holds(evening) else None

    def _at(self, day: date, at: time, *, fold: int = 0) -> datetime:
        # A local time that a change of the clock leaves out is the instant it would have been: never earlier.
        return datetime.combine(day, at, tzinfo=self.zone).replace(fold=fold).astimezone(UTC)
