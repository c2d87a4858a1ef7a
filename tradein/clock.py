"""What happens because time passes: reservations lapse, coupons expire, offers at the door and talks end.

Each is due work in rows, done in small transactions: any number of processes may run the clock, and one that was down
for a while catches up. Nothing waits for it to be right: an expired coupon is refused whether or not the clock ran.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from tradein import checkout, coupons, offers, reminders
from tradein.policy import Policy
from tradein.support import watch

Job = Callable[[Session], int]


def jobs(policy: Policy, now: datetime) -> dict[str, Job]:
    """Return the due work by name; each does a part of it in one transaction and says how much, 0 when all is done."""
    return {
        "lapse": lambda session: checkout.lapse(session, now=now),
        "expire": lambda session: expire(session, policy=policy, now=now),
        "offers": lambda session: offers.lapse(session, now=now),
        "snoozes": lambda session: watch.wake(session, policy=policy, now=now),
        "waits": lambda session: watch.remind(session, policy=policy, now=now),
        "silences": lambda session: watch.hand_back(session, policy=policy, now=now),
        "office": lambda session: watch.close_for_the_day(session, policy=policy, now=now),
        "morning": lambda session: watch.open_for_the_day(session, policy=policy, now=now),
        "cards": lambda session: watch.show_waiting(session, policy=policy, now=now),
    }


def expire(session: Session, *, policy: Policy, now: datetime) -> int:
    """Expire coupons whose last moment has passed, and plan to tell their owners; return how many."""
    expired = coupons.expire_due(session, now=now)
    for coupon in expired:
        reminders.plan_expired(session, coupon, policy=policy, now=now)
    return len(expired)
