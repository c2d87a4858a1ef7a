"""Any life of an exchange, in any order and with time passing: money is conserved and no state is impossible."""

import tempfile
from datetime import timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.builders import CABLE, DEARER_PHONE, NEW_PHONE, POLICY, Doorstep, Shopper, courier, imei_number, paid, stock
from tests.conftest import NOW
from tradein import accounts, checkout, coupons, imei, inspection, issuing, migrate, offers, refunds, visits
from tradein import database as db
from tradein.accounts import AccountEntry, EntryKind
from tradein.baskets import Line
from tradein.checkout import Reservation, ReservationState
from tradein.coupons import TAKEN, Coupon, CouponState
from tradein.database import Sessions
from tradein.events import Event
from tradein.imei import Device
from tradein.orders import Order, OrderState, PaymentUse
from tradein.payments import Payment
from tradein.policy import Policy
from tradein.refunds import Refund, RefundState
from tradein.refusals import Refusal
from tradein.visits import Visit, VisitState

pytestmark = pytest.mark.timeout(400)
"""Dozens of lives: on a busy machine that takes its time."""
PHONES = 2
OFFERING = Policy(offers_at_door=True)
LIVE = (CouponState.ISSUED, CouponState.RESERVED, CouponState.REDEEMED)


@cache
def migrated() -> Sessions:
    """Return the session maker of an empty database that the migrations built."""
    url = f"sqlite:///{tempfile.mkdtemp()}/whole_life.db"
    migrate.upgrade(url)
    return db.Sessions(db.connect(url))


class WholeLife(RuleBasedStateMachine):
    """Two customers with two phones, a shop, a courier, a refunder and a clock; each verb tried at any moment."""

    @initialize()
    def begin(self) -> None:
        """Open a programme of its own: one transaction that is never committed."""
        self.session: Session = migrated()()
        stock(self.session)
        self.now = NOW
        self.courier = courier(self.session)
        self.shoppers = [Shopper.arrives(self.session, 1000 + number) for number in range(2)]

    def teardown(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "session"):
            self.session.close()

    # --- the people ---------------------------------------------------------------------------------------------------
    def attempt(self, verb: Any, *args: Any, **named: Any) -> Any:  # noqa: ANN401 - any verb of the core
        """Call a verb; a refusal leaves nothing behind."""
        try:
            with self.session.begin_nested():
                return verb(*args, **named, now=self.now)
        except Refusal:
            self.session.expire_all()
            return None

    def pick(self, table: type[Any], number: int) -> Any:  # noqa: ANN401 - any row
        """Return one of the rows there are, None if there is none."""
        rows = self.session.scalars(select(table).order_by(table.id)).all()
        return rows[number % len(rows)] if rows else None

    @rule(who=st.integers(0, 1), phone=st.integers(1, PHONES))
    def exchange(self, who: int, phone: int) -> None:
        """Go from the first word to the coupon, if the phone is free."""
        shopper = self.shoppers[who]
        shopper.now = self.now
        try:
            with self.session.begin_nested():
                shopper.gets_coupon(imei_number(phone))
        except Refusal:
            self.session.expire_all()

    @rule(phone=st.integers(1, PHONES), steps=st.integers(1, 9), screen=st.sampled_from(["flawless", "scratched"]))
    def goes_on(self, phone: int, steps: int, screen: str) -> None:
        """Let the newest exchange of a phone go on as it should: late states are met as often as early ones."""
        for _ in range(steps):
            coupons_ = select(Coupon).join(Device).where(Device.imei == imei_number(phone))
            coupon = self.session.scalars(coupons_.order_by(Coupon.id.desc())).first()
            number = coupon.id - 1 if coupon else 0
            if coupon is None or coupon.state not in LIVE:
                self.exchange(phone - 1, phone)
            elif coupon.state is CouponState.ISSUED:
                self.reserve(number, NEW_PHONE, cable=False)
            elif coupon.state is CouponState.RESERVED:
                self.place(self.session.scalars(select(Reservation.id).order_by(Reservation.id.desc())).all()[0] - 1)
            else:
                self.goes_on_at_the_door(coupon, screen)

    def goes_on_at_the_door(self, coupon: Coupon, screen: str) -> None:
        """Take the next step of the coupon's visit."""
        orders = select(Order.id).where(Order.coupon_id == coupon.id)
        visit = self.session.scalars(select(Visit).where(Visit.order_id.in_(orders)).order_by(Visit.id.desc())).first()
        assert visit is not None
        number = visit.id - 1
        if visit.state is not VisitState.OFFERED:
            if visit.state is VisitState.CHECKING:
                self.check(number, screen, same=True, offering=True)
            else:
                self.set_out(number, right=True)
        elif visit.agreed_at is None:
            self.answer(number, self.shoppers[0].customer.id != visit.order.customer_id, agreed=True)
        elif visit.difference_payment_id is None and inspection.difference(visit):
            self.pay_difference(number, right=True, again=False)
        else:
            self.close_offer(number, right=True)

    @rule(number=st.integers(0, 5), sku=st.sampled_from([NEW_PHONE, DEARER_PHONE]), cable=st.booleans())
    def reserve(self, number: int, sku: str, cable: bool) -> None:
        """Hold a coupon at the checkout."""
        coupon = self.pick(Coupon, number)
        if coupon:
            lines = [Line(sku), *([Line(CABLE)] if cable else [])]
            self.attempt(
                checkout.reserve,
                self.session,
                coupon.code,
                lines=lines,
                account=None,
                may_know=True,
                actor="shop:test",
                policy=POLICY,
            )

    @rule(number=st.integers(0, 5))
    def release(self, number: int) -> None:
        """Let a reservation go."""
        if held := self.pick(Reservation, number):
            self.attempt(checkout.release, self.session, held, actor="shop:test")

    @rule(number=st.integers(0, 5))
    def place(self, number: int) -> None:
        """Pay and order."""
        if held := self.pick(Reservation, number):
            self.attempt(
                visits.place,
                self.session,
                held,
                reference=f"S-{held.id}",
                payment=paid(held),
                deliver_on=None,
                actor="shop:test",
                policy=POLICY,
            )

    @rule(number=st.integers(0, 5))
    def cancel(self, number: int) -> None:
        """Cancel an order."""
        if order := self.pick(Order, number):
            self.attempt(visits.cancel, self.session, order, reason="", actor="shop:test")

    @rule(number=st.integers(0, 5))
    def withdraw(self, number: int) -> None:
        """Take a coupon back."""
        if coupon := self.pick(Coupon, number):
            self.attempt(issuing.withdraw, self.session, coupon, actor="operator")

    @rule(number=st.integers(0, 5), days=st.integers(0, 20))
    def reschedule(self, number: int, days: int) -> None:
        """Plan a visit for another day."""
        if visit := self.pick(Visit, number):
            day = visits.local_day(self.now, POLICY) + timedelta(days=days)
            self.attempt(visits.reschedule, self.session, visit, day=day, actor="staff:1", policy=POLICY)

    @rule(number=st.integers(0, 5), right=st.booleans())
    def set_out(self, number: int, right: bool) -> None:
        """Go to the door and say a code, the right one or not."""
        if visit := self.pick(Visit, number):
            self.attempt(visits.set_out, self.session, visit, self.courier)
            code = visit.code or "" if right else "x"
            self.attempt(visits.open_check, self.session, visit, self.courier, code=code)

    @rule(
        number=st.integers(0, 5),
        screen=st.sampled_from(["flawless", "scratched", "scratched", "cracked"]),
        same=st.booleans(),
        offering=st.booleans(),
    )
    def check(self, number: int, screen: str, same: bool, offering: bool) -> None:
        """Look at the phone and confirm what follows, in a programme that makes offers at the door or not."""
        if visit := self.pick(Visit, number):
            door = Doorstep(self.session, visit, self.courier, self.now)
            try:
                with self.session.begin_nested():
                    if same:
                        door.types().looks(screen=[screen])
                    else:
                        inspection.imei_differs(self.session, visit, self.courier, now=self.now)
                    door.confirms(OFFERING if offering else POLICY)
            except Refusal:
                self.session.expire_all()

    @precondition(lambda self: self.pick(Visit, 0))
    @rule(number=st.integers(0, 5), who=st.integers(0, 1), agreed=st.booleans())
    def answer(self, number: int, who: int, agreed: bool) -> None:
        """Answer an offer, the customer's own or somebody else's."""
        visit = self.pick(Visit, number)
        verb = offers.agree if agreed else offers.decline
        self.attempt(verb, self.session, visit, self.shoppers[who].customer)

    @precondition(lambda self: self.pick(Visit, 0))
    @rule(number=st.integers(0, 5), right=st.booleans(), again=st.booleans())
    def pay_difference(self, number: int, right: bool, again: bool) -> None:
        """Pay the difference of an offer: the right sum or another, with a new payment or the order's own."""
        visit = self.pick(Visit, number)
        order = visit.order
        name = order.payment_id if again and order.payment_id else f"dif_{order.id}"
        sum_minor = inspection.difference(visit) + (0 if right else 1)
        payment = Payment(name, sum_minor, order.currency, captured=True)
        self.attempt(offers.pay, self.session, order, payment=payment, actor="shop:test")

    @precondition(lambda self: self.pick(Visit, 0))
    @rule(number=st.integers(0, 5), right=st.booleans())
    def close_offer(self, number: int, right: bool) -> None:
        """Read the second code out."""
        visit = self.pick(Visit, number)
        code = visit.code or "" if right else "x"
        self.attempt(offers.close, self.session, visit, self.courier, code=code)

    @precondition(lambda self: self.pick(Order, 0))
    @rule(number=st.integers(0, 5), new_code=st.booleans())
    def operator(self, number: int, new_code: bool) -> None:
        """Give another code for the door, or end what nobody ends."""
        order = self.pick(Order, number)
        if new_code:
            self.attempt(visits.renew_code, self.session, order, actor="operator")
        else:
            self.attempt(visits.call_off, self.session, order, reason="", actor="operator")

    @rule(phone=st.integers(1, PHONES), blocked=st.booleans())
    def block(self, phone: int, blocked: bool) -> None:
        """Put a phone on the blocked list, or take it off."""
        if blocked:
            imei.block(self.session, imei_number(phone), reason="stolen", now=self.now)
        else:
            imei.unblock(self.session, imei_number(phone), now=self.now)

    @rule(done=st.booleans())
    def refund(self, done: bool) -> None:
        """Let the refunder work."""
        for refund in refunds.take(self.session, owner="w", now=self.now, limit=9):
            if refund.state is RefundState.SENT:
                refunds.settled(self.session, refund, owner="w", now=self.now)
            elif done:
                refunds.sent(self.session, refund, owner="w", provider_id=f"r{refund.id}", now=self.now)
            else:
                refunds.later(self.session, refund, owner="w", error="timeout", now=self.now)

    @rule(number=st.integers(0, 5))
    def expire_early(self, number: int) -> None:
        """Try to expire a coupon that may not be due."""
        coupon = self.pick(Coupon, number)
        if coupon:
            self.attempt(coupons.expire, self.session, coupon)

    @rule(
        passed=st.sampled_from([timedelta(minutes=10), timedelta(minutes=31), timedelta(days=1), timedelta(days=8)]),
        ran=st.booleans(),
    )
    def time_passes(self, passed: timedelta, ran: bool) -> None:
        """Wait, with the clock running or not."""
        self.now += passed
        if ran:
            checkout.lapse(self.session, now=self.now)
            coupons.expire_due(self.session, now=self.now)
            offers.lapse(self.session, now=self.now)

    # --- what is always true ------------------------------------------------------------------------------------------
    @invariant()
    @precondition(lambda self: hasattr(self, "session"))
    def money_is_conserved(self) -> None:
        """See that a credit stands for each live coupon and no other, and that a refund is what was paid."""
        self.session.flush()
        for coupon in self.session.scalars(select(Coupon)):
            entries = self.session.scalars(select(AccountEntry).where(AccountEntry.coupon_id == coupon.id)).all()
            balance = sum(entry.amount_minor for entry in entries)
            assert balance == (coupon.value_minor if coupon.state in LIVE else 0)
            spent = any(entry.kind is EntryKind.SPENT for entry in entries)
            assert spent == (coupon.state is CouponState.SETTLED)
        for order in self.session.scalars(select(Order)):
            assert order.paid_minor + order.discount_minor == order.total_minor
            assert 0 < order.discount_minor <= order.coupon.value_minor
            taken = sum(self.session.scalars(select(PaymentUse.amount_minor).where(PaymentUse.order_id == order.id)))
            back = sum(self.session.scalars(select(Refund.amount_minor).where(Refund.order_id == order.id)))
            assert back == (taken if order.state is OrderState.CANCELLED else 0), "all that was paid, or nothing"
            if order.state is OrderState.COMPLETED:
                assert taken == order.paid_minor, "a difference is part of what was paid once the phone is taken"
        for shopper in self.shoppers:
            owned = self.session.scalars(select(Coupon).where(Coupon.customer_id == shopper.customer.id)).all()
            live = sum(coupon.value_minor for coupon in owned if coupon.state in LIVE)
            assert accounts.balance(self.session, shopper.customer, currency="INR") == live

    @invariant()
    @precondition(lambda self: hasattr(self, "session"))
    def no_state_is_impossible(self) -> None:
        """See that the rows of an exchange tell one story."""
        together = {
            OrderState.PLACED: {VisitState.SCHEDULED, VisitState.OUT, VisitState.CHECKING, VisitState.OFFERED},
            OrderState.COMPLETED: {VisitState.ACCEPTED},
            OrderState.CANCELLED: {VisitState.REFUSED, VisitState.CANCELLED},
        }
        for visit in self.session.scalars(select(Visit)):
            assert visit.state in together[visit.order.state]
            assert visit.code_locks <= visits.CODE_LOCKS
            if visit.offered_minor is not None:
                assert 0 < visit.offered_minor < visit.order.coupon.value_minor
                settled = visit.agreed_at is not None and (
                    visit.difference_payment_id is not None or visit.order.discount_minor <= visit.offered_minor
                )
                assert visit.state is not VisitState.ACCEPTED or settled, "never for less without a yes and the money"
        for coupon in self.session.scalars(select(Coupon)):
            placed = [
                order.state
                for order in self.session.scalars(select(Order).where(Order.coupon_id == coupon.id))
                if order.state is not OrderState.CANCELLED
            ]
            expected = {CouponState.REDEEMED: [OrderState.PLACED], CouponState.SETTLED: [OrderState.COMPLETED]}
            assert placed == expected.get(coupon.state, []), "a coupon is used by one order at most"
            held = self.session.scalars(
                select(Reservation).where(
                    Reservation.coupon_id == coupon.id, Reservation.state == ReservationState.HELD
                )
            ).all()
            assert len(held) == (1 if coupon.state is CouponState.RESERVED else 0)
        taken = self.session.scalars(select(Coupon.device_id).where(Coupon.state.in_(TAKEN))).all()
        assert len(taken) == len(set(taken))

    @invariant()
    @precondition(lambda self: hasattr(self, "session"))
    def every_move_left_its_row(self) -> None:
        """See that the log tells how each row came to be where it is."""
        for table in (Coupon, Order, Visit, Refund, Reservation):
            for row in self.session.scalars(select(table)):
                moves = self.session.scalars(
                    select(Event)
                    .where(Event.subject == table.__tablename__, Event.subject_id == row.id)
                    .order_by(Event.id)
                ).all()
                assert moves[0].from_state is None
                assert moves[-1].to_state == row.state.value
                assert all(one.to_state == two.from_state for one, two in pairwise(moves))


WholeLife.TestCase.settings = settings(
    max_examples=50, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestWholeLife = WholeLife.TestCase
