"""How much may be done a second by all processes together: a row that says until when the allowance is used up.

Whoever takes some holds the row until its transaction ends, so two never take the same; others pass by and come again.
A clock that is ahead of the others' uses the allowance up to its own time and gains nothing.
"""

from datetime import datetime, timedelta
from math import floor

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein.database import Base, UtcDateTime

BURST = timedelta(seconds=0.5)
"""How much of what was not used may be made up for: so in no second more than half again the rate."""
_ROUNDING = 1e-6


class Pace(Base):
    """One rate, by name; ``used_until`` (UTC) is where its allowance is used up to. The migration lays the rows."""

    __tablename__ = "pace"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    used_until: Mapped[datetime] = mapped_column(UtcDateTime)

    def left(self, *, per_second: float, now: datetime) -> int:
        """Return how many may be done now."""
        return max(0, floor((now - self._from(per_second, now)).total_seconds() * per_second + _ROUNDING))

    def use(self, count: int, *, per_second: float, now: datetime) -> None:
        """Note that so many were done."""
        self.used_until = self._from(per_second, now) + timedelta(seconds=count / per_second)

    def _from(self, per_second: float, now: datetime) -> datetime:
        return max(self.used_until, now - max(BURST, timedelta(seconds=1 / per_second)))


def held(session: Session, name: str) -> Pace | None:
    """Hold a pace until the transaction ends; None while another worker does."""
    query = select(Pace).where(Pace.name == name).with_for_update(skip_locked=True)
    return session.scalar(query.execution_options(populate_existing=True))
