"""Many at once, on SQLite and on PostgreSQL: exactly one gets through, and everybody is told the truth."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.builders import NEW_PHONE, POLICY, Doorstep, Shopper, courier, imei_number, paid
from tests.conftest import NOW
from tradein import accounts, checkout, coupons, inspection, offers, orders, refunds, refusals, staff, visits
from tradein.baskets import Line
from tradein.catalogue import Product
from tradein.checkout import Reservation
from tradein.coupons import Coupon, CouponState
from tradein.database import Sessions, transaction
from tradein.orders import Order, OrderState
from tradein.payments import Payment
from tradein.policy import Policy
from tradein.refunds import Refund, RefundState
from tradein.staff import Role
from tradein.visits import Visit, VisitState

Verb = Callable[[Session], object]


def at_once(database: Sessions, verbs: Sequence[Verb], *, workers: int = 16) -> Counter[str]:
    """Run each verb in a transaction of its own, ``workers`` at a time from one starting gun; count what they got."""
    outcomes: Counter[str] = Counter()
    lock, left, gate = threading.Lock(), list(verbs), threading.Barrier(min(workers, len(verbs)))

    def work() -> None:
        gate.wait()
        while True:
            with lock:
                if not left:
                    return
                verb = left.pop()
            try:
                with transaction(database) as session:
                    verb(session)
                got = "done"
            except refusals.Refusal as refusal:
                got = refusal.code
            with lock:
                outcomes[got] += 1

    threads = [threading.Thread(target=work) for _ in range(gate.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.fixture
def bought(either_database: Sessions) -> tuple[Sessions, str, str]:
    """Return a database in which an order was placed, the order's id and the coupon's code."""
    with transaction(either_database) as session:
        order = Shopper.arrives(session).orders()
        return either_database, order.public_id, order.coupon.code


def reserve(session: Session, code: str, now: object = NOW) -> Reservation:
    """Hold a coupon."""
    return checkout.reserve(
        session,
        code,
        lines=[Line(NEW_PHONE)],
        account=None,
        may_know=True,
        actor="shop:test",
        policy=POLICY,
        now=now,  # type: ignore[arg-type]
    )


def test_of_two_hundred_checkouts_of_one_coupon_exactly_one_has_it(either_database: Sessions) -> None:
    """Reserved once; the others hear that it is reserved."""
    with transaction(either_database) as session:
        code = Shopper.arrives(session).gets_coupon().code
    outcomes = at_once(either_database, [partial(reserve, code=code)] * 200, workers=32)
    assert outcomes == {"done": 1, "coupon_reserved": 199}


def test_of_two_hundred_orders_on_one_reservation_exactly_one_is_placed(
    either_database: Sessions,
) -> None:
    """A shop that retries with other keys and references gets one order."""
    with transaction(either_database) as session:
        held = Shopper.arrives(session).reserves(Shopper.arrives(session).gets_coupon()).public_id

    def place(session: Session, number: int) -> None:
        reservation = checkout.of(session, held)
        visits.place(
            session,
            reservation,
            reference=f"S-{number}",
            payment=paid(reservation),
            deliver_on=None,
            actor="shop:test",
            policy=POLICY,
            now=NOW,
        )

    outcomes = at_once(either_database, [partial(place, number=number) for number in range(200)], workers=32)
    assert outcomes == {"done": 1, "reservation_over": 199}
    with transaction(either_database) as session:
        assert session.scalars(select(Coupon)).one().state is CouponState.REDEEMED


@pytest.mark.parametrize("attempt", range(3))
def test_reserving_and_expiring_at_the_last_moment_never_both(either_database: Sessions, attempt: int) -> None:
    """Either the checkout has it or the clock; the ledger agrees."""
    del attempt
    with transaction(either_database) as session:
        coupon = Shopper.arrives(session).gets_coupon()
        code, last = coupon.code, coupon.expires_at

    def expire(session: Session) -> None:
        coupons.expire(session, coupons.by_code(session, code), now=last + timedelta(microseconds=1))

    outcomes = at_once(either_database, [partial(reserve, code=code, now=last), expire] * 8)
    assert outcomes["done"] == 1
    with transaction(either_database) as session:
        found = coupons.by_code(session, code)
        assert found.state in (CouponState.RESERVED, CouponState.EXPIRED)
        balance = accounts.balance(session, found.customer, currency="INR")
        assert balance == (found.value_minor if found.state is CouponState.RESERVED else 0)


@pytest.mark.parametrize("attempt", range(3))
def test_a_cancellation_and_the_check_at_the_door_never_both(bought: tuple[Sessions, str, str], attempt: int) -> None:
    """The shop cancels while the courier has the code: one of them is told that it is too late."""
    del attempt
    database, order_id, code = bought
    with transaction(database) as session:
        visit = session.scalars(select(Visit)).one()
        visits.set_out(session, visit, courier(session), now=NOW)
        said = visit.code or ""

    def cancel(session: Session) -> None:
        order = session.scalars(select(Order).where(Order.public_id == order_id)).one()
        visits.cancel(session, order, reason="", actor="shop:test", now=NOW)

    def inspect(session: Session) -> None:
        visit = session.scalars(select(Visit)).one()
        ravi = staff.acting(session, telegram_user_id=9001, role=Role.COURIER)
        visits.open_check(session, visit, ravi, code=said, now=NOW)
        door = Doorstep(session, visit, ravi).types().looks()
        inspection.confirm(session, visit, ravi, kind="accept", policy=POLICY, now=door.now)

    at_once(database, [cancel, inspect] * 4)
    with transaction(database) as session:
        order = session.scalars(select(Order)).one()
        visit = session.scalars(select(Visit)).one()
        refund = session.scalars(select(Refund)).one_or_none()
        story = (order.state, visit.state, coupons.by_code(session, code).state, refund is not None)
    assert story in {
        (OrderState.CANCELLED, VisitState.CANCELLED, CouponState.ISSUED, True),
        (OrderState.COMPLETED, VisitState.ACCEPTED, CouponState.SETTLED, False),
    }


def test_a_courier_who_is_removed_while_setting_out_leaves_no_visit_behind(
    bought: tuple[Sessions, str, str],
) -> None:
    """The removal waits for the deed and frees the visit: a visit of somebody gone could be moved by nobody."""
    database, _, _ = bought
    with transaction(database) as session:
        courier(session)
    acting, leaving = threading.Event(), threading.Event()

    def set_out() -> None:
        with transaction(database) as session:
            ravi = staff.acting(session, telegram_user_id=9001, role=Role.COURIER)
            acting.set()
            leaving.wait(0.5)  # for nothing, if the removal waits as it should
            visits.set_out(session, session.scalars(select(Visit)).one(), ravi, now=NOW)

    deed = threading.Thread(target=set_out)
    deed.start()
    acting.wait()
    with transaction(database) as session:
        visits.dismiss(session, staff.listed(session)[0], now=NOW)
    leaving.set()
    deed.join()
    with transaction(database) as session:
        visit = session.scalars(select(Visit)).one()
        assert (visit.state, visit.courier_id) == (VisitState.SCHEDULED, None)


def test_one_payment_is_never_both_an_order_and_a_difference(either_database: Sessions) -> None:
    """Of the same amount, named for both in one moment: the key lets one through."""
    with transaction(either_database) as session:
        asha, meena = Shopper.arrives(session, 11), Shopper.arrives(session, 12)
        door = Doorstep.of(session, asha.orders(asha.gets_coupon(imei_number(1)))).types().looks(screen=["scratched"])
        door.confirms(Policy(offers_at_door=True))
        offers.agree(session, door.visit, asha.customer, now=door.now)
        owed, first, now = inspection.difference(door.visit), door.visit.order.public_id, door.now
        coupon = meena.gets_coupon(imei_number(2))
        session.get_one(Product, NEW_PHONE).price_minor = coupon.value_minor + owed
        held = meena.reserves(coupon).public_id
    payment = Payment("pay_both", owed, "INR", captured=True)

    def difference(session: Session) -> None:
        offers.pay(session, orders.by_public_id(session, first), payment=payment, actor="shop:test", now=now)
        time.sleep(0.2)  # the other is between its check and its commit as well

    def order(session: Session) -> None:
        visits.place(
            session,
            checkout.of(session, held),
            reference="S-2",
            payment=payment,
            deliver_on=None,
            actor="shop:test",
            policy=POLICY,
            now=NOW,
        )
        time.sleep(0.2)

    assert at_once(either_database, [difference, order]) == {"done": 1, "payment_used": 1}


def test_eight_workers_on_one_refund_ask_for_it_once(bought: tuple[Sessions, str, str]) -> None:
    """One of them takes it; the others find nothing to do."""
    database, _, _ = bought
    asked: list[str] = []
    with transaction(database) as session:
        visits.cancel(session, session.scalars(select(Order)).one(), reason="", actor="shop:test", now=NOW)

    def work(session: Session, name: str) -> None:
        for refund in refunds.take(session, owner=name, now=NOW, limit=5):
            asked.append(name)
            refunds.sent(session, refund, owner=name, provider_id="r", now=NOW)

    at_once(database, [partial(work, name=f"w{number}") for number in range(8)])
    with transaction(database) as session:
        assert session.scalars(select(Refund)).one().state is RefundState.SENT
    assert len(asked) == 1


def test_a_code_tried_by_many_at_once_is_counted_each_time(bought: tuple[Sessions, str, str]) -> None:
    """Parallel guesses don't buy more tries."""
    database, _, _ = bought
    with transaction(database) as session:
        visit = session.scalars(select(Visit)).one()
        visits.set_out(session, visit, courier(session), now=NOW)
        first = visit.code

    def guess(session: Session) -> None:
        visit = session.scalars(select(Visit)).one()
        ravi = staff.acting(session, telegram_user_id=9001, role=Role.COURIER)
        try:
            visits.open_check(session, visit, ravi, code="x", now=NOW)
        except (refusals.CodeWrong, refusals.CodeLocked):
            return  # as the gateway does: the count is committed

    at_once(database, [guess] * visits.CODE_TRIES)
    with transaction(database) as session:
        visit = session.scalars(select(Visit)).one()
        assert (visit.code_tries, visit.code == first) == (0, False)
