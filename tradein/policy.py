"""The numbers of the programme that a retailer may set: how long a quote and a coupon live, how condition is judged."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from tradein.office_hours import ALWAYS, OfficeHours
from tradein.quiet import QuietHours

CURRENCY = "INR"
"""The currency (ISO 4217) of the programme: the content files are in whole rupees, everything else in paise."""

ConditionMode = Literal["strict", "wear", "graded"]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Rules a verb needs, taken from the settings by the edge.

    ``coupon_days`` and ``quote_days`` are whole calendar days in ``timezone``, and so are the ``delivery_days`` from an
    order to its visit; none is planned beyond ``max_delivery_days``. ``offers_at_door``: a phone worth less than
    declared may be taken for less.
    ``support_chat_id`` is the group where people help, None where requests are tickets only.
    """

    coupon_days: int = 15
    coupon_start_delay_minutes: int = 0
    quote_days: int = 7
    extension_days: int = 7
    reservation_minutes: int = 30
    delivery_days: int = 2
    max_delivery_days: int = 60
    max_reschedules: int = 3
    offers_at_door: bool = False
    remind_of_quotes: bool = False
    quiet_from: time = time(21)
    quiet_until: time = time(9)
    condition_mode: ConditionMode = "wear"
    support_chat_id: int | None = None
    support_hours: OfficeHours = ALWAYS
    support_reopen_hours: int = 12
    support_customer_idle_hours: int = 24
    support_agent_idle_minutes: int = 120
    support_remind_minutes: int = 10
    support_escalate_minutes: int = 30
    timezone: str = "Asia/Kolkata"

    @property
    def zone(self) -> ZoneInfo:
        """The programme's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def quiet(self) -> QuietHours:
        """The hours in which nobody is written to unasked."""
        return QuietHours(self.quiet_from, self.quiet_until, self.zone)

    def last_moment(self, now: datetime, *, days: int) -> datetime:
        """Return the last instant (UTC) of the ``days``-th local day after ``now``.

        Mission, line 5: issued on 1 March at any hour, 15 days: good through 16 March 23:59:59 local time.
        """
        return self.end_of(now.astimezone(self.zone).date() + timedelta(days=days))

    def end_of(self, day: date) -> datetime:
        """Return the last instant (UTC) of a local day."""
        # fold=1: where the clock goes back over midnight the customer has the later of the two last moments.
        return datetime.combine(day, time.max, tzinfo=self.zone).replace(fold=1).astimezone(UTC)

    def days_left(self, moment: datetime, now: datetime) -> int:
        """Return the whole local days from ``now`` to ``moment``'s day: 0 on the last day, negative afterwards."""
        zone = ZoneInfo(self.timezone)
        return (moment.astimezone(zone).date() - now.astimezone(zone).date()).days
