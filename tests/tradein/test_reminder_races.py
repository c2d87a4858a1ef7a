"""Reminders under many sweeps at once, and under any weather: at most one message of a kind, none lost unnoticed."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.builders import POLICY, Shopper, courier, imei_number, stock
from tests.conftest import NOW
from tests.tradein.test_races import at_once
from tests.tradein.test_reminders import KINDS, LAST_MORNING
from tradein import checkout, clock, migrate, occasions, refunds, reminders, sweeps, visits
from tradein import database as db
from tradein.coupons import Coupon, CouponState
from tradein.customers import Wish
from tradein.database import Sessions, transaction
from tradein.outbox import Message
from tradein.policy import Policy
from tradein.refunds import Refund, RefundState
from tradein.refusals import Refusal
from tradein.reminders import LAST_DAY, Reason, Reminder, ReminderState
from tradein.staff import Staff
from tradein.support import tickets
from tradein.visits import Visit, VisitState

pytestmark = pytest.mark.timeout(400)
"""Hundreds of lives each: on a busy machine that takes its time."""
WORKERS, COUPONS, EACH = 8, 60, 7


def holders(session: Session, count: int) -> None:
    """Let so many customers each get a coupon at NOW."""
    reminders.put_in_force(session, KINDS, now=NOW)
    for number in range(1, count + 1):
        Shopper.arrives(session, number).gets_coupon(imei_number(number))


def test_eight_sweeps_at_once_queue_each_coupons_newest_reminder_once(either_database: Sessions) -> None:
    """After a downtime all four are due of each coupon: one is queued, three are superseded, whoever was first."""
    with transaction(either_database) as session:
        holders(session, COUPONS)

    def work(session: Session) -> None:
        sweeps.sweep(session, policy=POLICY, now=LAST_MORNING, limit=EACH)

    at_once(either_database, [work] * (3 * COUPONS), workers=WORKERS)
    with transaction(either_database) as session:
        found = session.execute(
            select(Reminder.kind, Reminder.state, func.count()).group_by(Reminder.kind, Reminder.state)
        )
        states = {(kind, state): count for kind, state, count in found}
        responses = session.scalars(select(Message.body).where(Message.kind == reminders.KIND)).all()
    older = [kind.key for kind in KINDS.reminders if kind.key != LAST_DAY]
    assert states == {
        (LAST_DAY, ReminderState.QUEUED): COUPONS,
        **{(kind, ReminderState.SUPERSEDED): COUPONS for kind in older},
    }
    assert Counter(body["response"] for body in responses) == {"utter_reminder_last_day": COUPONS}
    assert len({body["reminder"] for body in responses}) == COUPONS


def test_sweeps_whose_clocks_differ_send_none_twice(either_database: Sessions) -> None:
    """One worker's clock is behind another's around the moment at which the last one is due."""
    with transaction(either_database) as session:
        holders(session, COUPONS)

    def behind(session: Session) -> None:
        sweeps.sweep(session, policy=POLICY, now=LAST_MORNING - timedelta(seconds=1), limit=EACH)

    def ahead(session: Session) -> None:
        sweeps.sweep(session, policy=POLICY, now=LAST_MORNING + timedelta(seconds=1), limit=EACH)

    at_once(either_database, [behind, ahead] * (2 * COUPONS), workers=WORKERS)
    with transaction(either_database) as session:
        sweeps.sweep(session, policy=POLICY, now=LAST_MORNING + timedelta(seconds=1), limit=COUPONS)
        sent = session.scalars(select(Message.body).where(Message.kind == reminders.KIND)).all()
        last = session.scalars(select(Reminder.state).where(Reminder.kind == LAST_DAY)).all()
    assert len({body["reminder"] for body in sent}) == len(sent)
    assert last == [ReminderState.QUEUED] * COUPONS


def test_the_clock_run_by_eight_tells_of_each_coupon_once(either_database: Sessions) -> None:
    """Expired by one of them, planned by the same."""
    with transaction(either_database) as session:
        holders(session, COUPONS)
        over = session.scalars(select(Coupon.expires_at)).first()
    assert over is not None
    late = over + timedelta(hours=1)
    at_once(
        either_database, [lambda session: clock.expire(session, policy=POLICY, now=late)] * WORKERS, workers=WORKERS
    )
    with transaction(either_database) as session:
        clock.expire(session, policy=POLICY, now=late)
        planned = session.scalars(select(Reminder.coupon_id).where(Reminder.kind == reminders.EXPIRED)).all()
        states = set(session.scalars(select(Coupon.state)))
    assert (len(planned), len(set(planned)), states) == (COUPONS, COUPONS, {CouponState.EXPIRED})


# --- any weather ------------------------------------------------------------------------------------------------------
ZONES = ["Asia/Kolkata", "Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo", "America/Havana", "Pacific/Apia", "UTC"]
SHOPS = ["cancel", "another day", "set out", "refund"]
WISHES = ["ask for a person", "person done", "fewer", "none", "all", "block", "unblock"]
DEEDS = ["reserve", "release", "order", *WISHES, *SHOPS]
GAPS = st.builds(
    lambda hours, minutes: timedelta(hours=hours, minutes=minutes),
    st.sampled_from([0, 1, 3, 5, 7, 8, 11, 13, 20, 24, 26, 60, 120]),
    st.integers(1, 59),
)


@dataclass(frozen=True)
class Tick:
    """One moment at which something runs, so long after the one before: the sweep, the sender, the clock, a deed."""

    after: timedelta
    sweeps: bool
    sends: bool
    clock: bool
    deed: str | None


MOSTLY = st.sampled_from([True, True, True, False])
TICKS = st.lists(
    st.builds(Tick, GAPS, MOSTLY, MOSTLY, st.booleans(), st.sampled_from([None] * 12 + DEEDS)), min_size=10, max_size=45
)
POLICIES = st.builds(
    Policy,
    coupon_days=st.integers(0, 9),
    timezone=st.sampled_from(ZONES),
    quiet_from=st.sampled_from([time(21), time(0), time(22, 30), time(14)]),
    quiet_until=st.sampled_from([time(9), time(2, 30), time(11), time(0)]),
    reservation_minutes=st.sampled_from([30, 600]),
)
MOMENTS = st.datetimes(datetime(2011, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - see timezones


@cache
def migrated() -> Sessions:
    """Return the session maker of an empty database that the migrations built."""
    url = f"sqlite:///{tempfile.mkdtemp()}/reminders.db"
    migrate.upgrade(url)
    return db.Sessions(db.connect(url))


@contextmanager
def programme() -> Iterator[Session]:
    """Give a programme of one's own: one transaction that is never committed."""
    with migrated()() as session:
        stock(session)
        reminders.put_in_force(session, KINDS, now=NOW)
        yield session
        session.rollback()


@dataclass
class Life:
    """A coupon's life, with what its owner was sent and when."""

    session: Session
    shopper: Shopper
    coupon: Coupon
    policy: Policy
    now: datetime
    sent: list[tuple[str, datetime]] = field(default_factory=list)

    def lives(self, tick: Tick) -> None:
        """Let time pass, and do what this tick does."""
        self.now += tick.after
        self.shopper.now = self.now
        if tick.deed:
            self.does(tick.deed)
        if tick.clock:
            checkout.lapse(self.session, now=self.now)
            clock.expire(self.session, policy=self.policy, now=self.now)
        if tick.sweeps:
            sweeps.sweep(self.session, policy=self.policy, now=self.now)
        if tick.sends:
            self.sends()

    def does(self, deed: str) -> None:
        """Do something a customer or a person of the shop does, if it is possible."""
        customer = self.shopper.customer
        match deed:
            case "reserve" | "release" | "order" | "cancel" | "another day" | "set out" | "refund":
                try:
                    with self.session.begin_nested():
                        self.shops(deed)
                except Refusal:
                    self.session.expire_all()
            case "ask for a person":
                tickets.request_person(self.session, customer, reason="", now=self.now)
            case "person done":
                for ticket in tickets.listed(self.session):
                    tickets.close(self.session, ticket, actor="operator", now=self.now)
            case "fewer" | "none" | "all":
                wishes = {"fewer": Wish.LAST_DAY, "none": Wish.NONE, "all": Wish.ALL}
                reminders.wish(customer, wishes[deed])
            case _:
                customer.unreachable_since = self.now if deed == "block" else None

    def shops(self, deed: str) -> None:
        """Reserve, release or order."""
        held = self.session.scalars(select(checkout.Reservation).order_by(checkout.Reservation.id.desc())).first()
        if deed == "release" and held:
            checkout.release(self.session, held, actor="shop:test", now=self.now)
        elif deed == "reserve":
            self.shopper.reserves(self.coupon, policy=self.policy)
        elif deed == "order":
            self.shopper.orders(self.coupon, policy=self.policy)
        visit = self.session.scalars(select(Visit).order_by(Visit.id.desc())).first()
        if visit is not None:
            self.delivers(visit, deed)

    def delivers(self, visit: Visit, deed: str) -> None:
        """Cancel, move or begin a visit, or let money arrive."""
        today = visits.local_day(self.now, self.policy)
        if deed == "cancel":
            visits.cancel(self.session, visit.order, reason="", actor="shop:test", now=self.now)
        elif deed == "another day":
            day = today + timedelta(days=1 + visit.reschedules)
            visits.reschedule(self.session, visit, day=day, actor="shop:test", policy=self.policy, now=self.now)
        elif deed == "set out":
            ravi = self.session.scalars(select(Staff)).first() or courier(self.session, now=self.now)
            visits.set_out(self.session, visit, ravi, now=self.now)
        elif deed == "refund":
            for refund in refunds.take(self.session, owner="x", now=self.now, limit=1):
                refunds.sent(self.session, refund, owner="x", provider_id="r", now=self.now - refunds.ASK_AGAIN)
            for refund in refunds.take(self.session, owner="x", now=self.now, limit=1):
                refunds.settled(self.session, refund, owner="x", now=self.now)

    def sends(self) -> None:
        """Send what is queued and still wanted, as the sender does."""
        for row in self.session.scalars(select(Reminder).where(Reminder.state == ReminderState.QUEUED)):
            if sweeps.still_wanted(self.session, row.id, policy=self.policy, now=self.now):
                sweeps.settle(self.session, row.id, state=ReminderState.SENT, now=self.now)
                self.session.refresh(row)
                self.check(row)
                about = row.kind if row.coupon_id else f"{row.kind}:{row.visit_id}:{row.reschedules}:{row.refund_id}"
                self.sent.append((about, self.now))

    def check(self, row: Reminder) -> None:
        """See that it may be sent now."""
        customer = self.shopper.customer
        assert not self.policy.quiet.holds(self.now), "nobody is written to at night"
        assert customer.unreachable_since is None
        if row.coupon_id is None:
            self.check_news(row)
            return
        assert customer.reminders is not Wish.NONE
        assert not tickets.listed(self.session), "nobody is reminded while they talk to a person"
        if row.kind == reminders.EXPIRED:
            assert self.coupon.state is CouponState.EXPIRED
        else:
            assert self.coupon.state is CouponState.ISSUED, "used, or held, or over"
            assert self.now <= self.coupon.expires_at
            assert customer.reminders is Wish.ALL or row.kind == LAST_DAY

    def check_news(self, row: Reminder) -> None:
        """See that news about an order may be sent now, whatever the customer wishes or talks about."""
        if row.visit_id is not None:
            visit = self.session.get_one(Visit, row.visit_id)
            assert (visit.state, visit.reschedules) == (VisitState.SCHEDULED, row.reschedules)
            assert visits.local_day(self.now, self.policy) <= visit.scheduled_on
        else:
            assert self.session.get_one(Refund, row.refund_id).state is RefundState.SETTLED


def begin(session: Session, policy: Policy, now: datetime) -> Life:
    """Issue a coupon."""
    shopper = Shopper.arrives(session)
    shopper.now = now
    shopper.describes().gets_quote(policy)
    coupon = shopper.gives_imei().agrees(policy=policy)
    session.flush()
    return Life(session, shopper, coupon, policy, now)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(POLICIES, MOMENTS, TICKS)
def test_whatever_happens_none_is_sent_twice_at_night_or_too_late(
    policy: Policy, now: datetime, ticks: list[Tick]
) -> None:
    """At most one of a kind; when all is over nothing hangs, and the last day's was sent or says why not."""
    with programme() as session:
        life = begin(session, policy, now)
        for tick in ticks:
            life.lives(tick)
        # The morning after the last day, without a clock that said so …
        morning = life.policy.quiet.after(life.coupon.expires_at + timedelta(seconds=1))
        if life.now < morning:
            life.lives(Tick(morning - life.now, sweeps=True, sends=True, clock=False, deed="person done"))
        # … and a year later, when everything has run, twice over midnight and noon.
        for hours in (24 * 400, 6, 6, 6, 6):
            life.lives(Tick(timedelta(hours=hours), sweeps=True, sends=True, clock=True, deed="person done"))
        assert max(Counter(kind for kind, _ in life.sent).values(), default=0) <= 1
        order = [kind for kind, _ in life.sent if ":" not in kind]
        planned = [kind.key for kind in KINDS.reminders] + [reminders.EXPIRED]
        assert order == [kind for kind in planned if kind in order], "never an older one after a newer one"
        for row in occasions.of_coupon(session, life.coupon):
            assert row.state in {ReminderState.SENT, ReminderState.SUPERSEDED, ReminderState.DROPPED}
            assert (row.state is ReminderState.DROPPED) == (row.reason is not None)
            if row.kind == LAST_DAY:
                assert row.state is not ReminderState.SUPERSEDED
                event(f"the last day's: {row.reason or row.state.value}")


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.builds(Policy, coupon_days=st.integers(1, 9), timezone=st.sampled_from(ZONES)),
    MOMENTS,
    st.lists(GAPS, min_size=5, max_size=40),
)
def test_who_was_there_for_an_hour_of_the_last_day_has_sent_the_last_reminder(
    policy: Policy, now: datetime, gaps: list[timedelta]
) -> None:
    """For any pattern of outages: if the worker ran by day, after ten and before the end, that reminder went out."""
    with programme() as session:
        life = begin(session, policy, now)
        last = life.coupon.expires_at
        zone = ZoneInfo(policy.timezone)
        ten = datetime.combine(last.astimezone(zone).date(), time(10), tzinfo=zone).astimezone(UTC)
        chance = False
        for gap in gaps:
            life.lives(Tick(gap, sweeps=True, sends=True, clock=True, deed=None))
            chance |= ten <= life.now <= last and not policy.quiet.holds(life.now)
        life.lives(Tick(timedelta(days=400), sweeps=True, sends=True, clock=True, deed=None))
        event(f"there was a chance: {chance}")
        kinds = [kind for kind, _ in life.sent]
        [row] = [row for row in occasions.of_coupon(session, life.coupon) if row.kind == LAST_DAY]
        assert (LAST_DAY in kinds) == chance
        assert row.state is (ReminderState.SENT if chance else ReminderState.DROPPED)
        assert chance or row.reason in {Reason.EXPIRED, Reason.QUIET}
