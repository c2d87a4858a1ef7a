"""Orders: paid exactly, placed once, cancelled in time; the money goes back."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.builders import (
    BEST_MINOR,
    NEW_PHONE,
    NEW_PHONE_MINOR,
    POLICY,
    Doorstep,
    Shopper,
    imei_number,
    opens_link,
    paid,
)
from tests.conftest import NOW
from tradein import accounts, checkout, events, links, outbox, progress, refunds, refusals, sweeps, visits
from tradein.catalogue import Product
from tradein.coupons import CouponState
from tradein.hooks import Hook
from tradein.orders import Order, OrderState
from tradein.payments import Payment
from tradein.progress import Stage
from tradein.refunds import Refund, RefundState
from tradein.reminders import Reminder
from tradein.visits import VisitState

TO_PAY = NEW_PHONE_MINOR - BEST_MINOR


def place(shopper: Shopper, held: checkout.Reservation, payment: Payment | None, reference: str = "S-1") -> Order:
    """Place an order for a reservation, to be delivered today."""
    return visits.place(
        shopper.session,
        held,
        reference=reference,
        payment=payment,
        deliver_on=None,
        actor="shop:test",
        policy=POLICY,
        now=shopper.now,
    )


def told(session: Session) -> list[str]:
    """Return the responses owed, in order."""
    return [message.body["response"] for message in session.scalars(select(outbox.Message).order_by(outbox.Message.id))]


def logged(session: Session) -> list[tuple[str, str | None, str]]:
    """Return what is in the log: of what, from where, to where."""
    return [
        (event.subject, event.from_state, event.to_state)
        for event in session.scalars(select(events.Event).order_by(events.Event.id))
    ]


def test_an_order_redeems_the_coupon_plans_the_visit_and_tells_everybody(session: Session) -> None:
    """New phone 12,000, coupon 6,000: 6,000 were paid."""
    shopper = Shopper.arrives(session)
    coupon = shopper.gets_coupon()
    opens_link(session, shopper.customer, links.invite(session, account="asha@shop", now=NOW)[0], now=NOW)
    held = shopper.reserves(coupon)
    order = place(shopper, held, paid(held))
    assert (order.total_minor, order.discount_minor, order.paid_minor) == (NEW_PHONE_MINOR, BEST_MINOR, TO_PAY)
    assert (order.state, coupon.state) == (OrderState.PLACED, CouponState.REDEEMED)
    visit = visits.of_order(session, order)
    assert (visit.state, visit.scheduled_on) == (VisitState.SCHEDULED, (NOW + timedelta(days=2)).date())
    hook = session.scalars(select(Hook)).one()
    assert (hook.kind, hook.data["id"], hook.data["account_id"]) == ("coupon.redeemed", order.public_id, "asha@shop")
    assert told(session)[-2:] == ["utter_progress_ordered", "utter_order_placed"]


def test_the_customer_reads_what_the_coupon_took_off_not_more(session: Session) -> None:
    """A new phone cheaper than the old one's value: the rest of the value pays nothing."""
    product = session.get_one(Product, NEW_PHONE)
    product.price_minor = 400_000
    order = Shopper.arrives(session).orders()
    placed = session.scalars(select(outbox.Message).order_by(outbox.Message.id.desc())).first()
    assert placed is not None
    assert (placed.body["response"], order.paid_minor) == ("utter_order_placed", 0)
    assert placed.body["params"]["value_minor"] == order.discount_minor == 400_000


@pytest.mark.parametrize(
    ("payment", "refusal"),
    [
        (None, refusals.PaymentMissing),
        (Payment("p", TO_PAY, "INR", captured=False), refusals.PaymentNotCaptured),
        (Payment("p", TO_PAY - 1, "INR", captured=True), refusals.PaymentDiffers),
        (Payment("p", TO_PAY + 1, "INR", captured=True), refusals.PaymentDiffers),
        (Payment("p", TO_PAY, "USD", captured=True), refusals.PaymentDiffers),
    ],
)
def test_an_order_is_placed_only_for_exactly_what_is_to_pay(
    session: Session, payment: Payment | None, refusal: type[refusals.Refusal]
) -> None:
    """Less, more, other money, none, or not captured: refused by name, and there is no order."""
    shopper = Shopper.arrives(session)
    held = shopper.reserves(shopper.gets_coupon())
    with pytest.raises(refusal):
        place(shopper, held, payment)
    assert session.scalars(select(Order)).all() == []


def test_a_reference_and_a_payment_are_each_good_for_one_order(session: Session) -> None:
    """The shop's number names one order; money buys one phone."""
    first, second = Shopper.arrives(session, 1), Shopper.arrives(session, 2)
    held = first.reserves(first.gets_coupon())
    payment = paid(held)
    place(first, held, payment)
    other = second.reserves(second.gets_coupon(imei_number(2)))
    with pytest.raises(refusals.OrderReferenceUsed), session.begin_nested():
        place(second, other, paid(other))
    session.expire_all()
    with pytest.raises(refusals.PaymentUsed), session.begin_nested():
        place(second, other, payment, "S-2")
    session.expire_all()
    with pytest.raises(refusals.ReservationOver):
        place(first, held, paid(held), "S-3")


def test_what_an_order_moved_is_in_the_log_and_a_refused_one_leaves_nothing_there(session: Session) -> None:
    """All of it, in order, in the same transaction."""
    shopper, other = Shopper.arrives(session, 1), Shopper.arrives(session, 2)
    held, tried = shopper.reserves(shopper.gets_coupon()), other.reserves(other.gets_coupon(imei_number(2)))
    before = logged(session)
    place(shopper, held, paid(held))
    now = logged(session)
    assert now[len(before) :] == [
        ("reservation", "held", "placed"),
        ("coupon", "reserved", "redeemed"),
        ("shop_order", None, "placed"),
        ("hook", None, "queued"),
        ("visit", None, "scheduled"),
    ]
    with pytest.raises(refusals.OrderReferenceUsed), session.begin_nested():
        place(other, tried, paid(tried))
    session.expire_all()
    assert logged(session) == now
    assert tried.state is checkout.ReservationState.HELD
    events.noted(session, tried, actor="shop:test", now=NOW)
    assert logged(session) == [*now, ("reservation", "held", "held")]


@pytest.mark.parametrize("late", [False, True])
def test_cancelled_before_the_visit_the_coupon_is_good_until_its_own_last_moment(
    session: Session, *, late: bool
) -> None:
    """And what was paid goes back, once however often it is cancelled."""
    shopper = Shopper.arrives(session)
    order = shopper.orders()
    when = order.coupon.expires_at + timedelta(seconds=1) if late else NOW
    for _ in range(2):
        visits.cancel(session, order, reason="changed my mind", actor="shop:test", now=when)
    assert (order.state, visits.of_order(session, order).state) == (OrderState.CANCELLED, VisitState.CANCELLED)
    assert order.coupon.state is (CouponState.EXPIRED if late else CouponState.ISSUED)
    assert accounts.balance(session, shopper.customer, currency="INR") == (0 if late else BEST_MINOR)
    refund = session.scalars(select(Refund)).one()
    assert (refund.amount_minor, refund.state, refund.payment_id) == (TO_PAY, RefundState.REQUESTED, order.payment_id)
    assert [hook.kind for hook in session.scalars(select(Hook))] == ["coupon.redeemed", "order.cancelled"]
    assert told(session)[-1] == f"utter_order_cancelled_coupon_{'over' if late else 'back'}"
    if not late:
        assert shopper.orders(order.coupon).state is OrderState.PLACED


def test_an_order_is_not_cancelled_while_or_after_the_phone_is_checked(session: Session) -> None:
    """From the customer's code on, the door decides."""
    shopper = Shopper.arrives(session)
    order = shopper.orders()
    door = Doorstep.of(session, order)
    with pytest.raises(refusals.OrderBeingChecked):
        visits.cancel(session, order, reason="", actor="shop:test", now=door.now)
    door.types().looks().confirms()
    with pytest.raises(refusals.OrderClosed):
        visits.cancel(session, order, reason="", actor="shop:test", now=door.now)
    assert session.scalars(select(Refund)).all() == []


def test_a_refund_goes_from_requested_to_sent_to_settled_and_the_customer_follows(session: Session) -> None:
    """Each step once, by the worker that has it in hand."""
    shopper = Shopper.arrives(session)
    order = shopper.orders()
    visits.cancel(session, order, reason="", actor="shop:test", now=NOW)
    (refund,) = refunds.take(session, owner="a", now=NOW, limit=9)
    assert refunds.take(session, owner="b", now=NOW, limit=9) == []
    with pytest.raises(refusals.LeaseLost):
        refunds.sent(session, refund, owner="b", provider_id="r", now=NOW)
    refunds.sent(session, refund, owner="a", provider_id="r", now=NOW)
    assert progress.of_customer(session, shopper.customer)[0].stage is Stage.REFUND_SENT
    assert refunds.take(session, owner="a", now=NOW, limit=9) == []
    (refund,) = refunds.take(session, owner="b", now=NOW + refunds.ASK_AGAIN, limit=9)
    refunds.settled(session, refund, owner="b", now=NOW)
    stage = progress.of_customer(session, shopper.customer)[0]
    assert (refund.state, stage.stage, stage.params["phone"]) == (RefundState.SETTLED, Stage.REFUNDED, "Redmi 13C")
    assert [row.kind for row in session.scalars(select(Reminder).where(Reminder.refund_id == refund.id))] == [
        "refunded"
    ]
    assert refunds.take(session, owner="a", now=NOW + timedelta(days=9), limit=9) == []


def test_the_refund_of_an_earlier_order_says_nothing_of_the_one_that_is_on_its_way(session: Session) -> None:
    """The coupon came back and bought another phone: its customer reads of that one, and of the refund apart."""
    shopper = Shopper.arrives(session)
    coupon = shopper.gets_coupon()
    visits.cancel(session, shopper.orders(coupon), reason="", actor="shop:test", now=NOW)
    second = shopper.orders(coupon)
    (refund,) = refunds.take(session, owner="a", now=NOW, limit=9)
    refunds.sent(session, refund, owner="a", provider_id="r", now=NOW)
    (refund,) = refunds.take(session, owner="a", now=NOW + refunds.ASK_AGAIN, limit=9)
    refunds.settled(session, refund, owner="a", now=NOW)
    (shown,) = progress.of_customer(session, shopper.customer)
    assert (shown.stage, shown.params["reference"]) == (Stage.ORDERED, second.reference)
    assert told(session)[-1] == "utter_order_placed"
    assert session.scalars(select(Reminder.refund_id).where(Reminder.kind == "refunded")).all() == [refund.id]


def test_a_worker_that_died_leaves_its_refund_to_another(session: Session) -> None:
    """Its lease ends; what it says afterwards counts no more."""
    shopper = Shopper.arrives(session)
    visits.cancel(session, shopper.orders(), reason="", actor="shop:test", now=NOW)
    (refund,) = refunds.take(session, owner="dead", now=NOW, limit=9)
    later = NOW + timedelta(minutes=3)
    assert refunds.take(session, owner="alive", now=later, limit=9) == [refund]
    with pytest.raises(refusals.LeaseLost):
        refunds.later(session, refund, owner="dead", error="timeout", now=later)


def test_a_failed_refund_waits_for_an_operator_and_can_be_asked_for_again(session: Session) -> None:
    """The shop and the customer are told; the retry is the same refund."""
    shopper = Shopper.arrives(session)
    visits.cancel(session, shopper.orders(), reason="", actor="shop:test", now=NOW)
    (refund,) = refunds.take(session, owner="a", now=NOW, limit=9)
    refunds.failed(session, refund, owner="a", reason="account closed", now=NOW)
    assert refunds.take(session, owner="a", now=NOW + timedelta(days=1), limit=9) == []
    assert [hook.kind for hook in session.scalars(select(Hook))][-1] == "refund.failed"
    refunds.retry(session, refund, actor="operator", now=NOW)
    assert refunds.take(session, owner="a", now=NOW, limit=9) == [refund]


def test_where_a_failed_refund_stands_is_never_sent_and_each_failure_is_told(session: Session) -> None:
    """The provider takes it and then says no, twice; at last the money arrives."""
    shopper = Shopper.arrives(session)
    visits.cancel(session, shopper.orders(), reason="", actor="shop:test", now=NOW)
    for _ in range(2):
        (refund,) = refunds.take(session, owner="a", now=NOW, limit=9)
        refunds.sent(session, refund, owner="a", provider_id="r", now=NOW)
        (refund,) = refunds.take(session, owner="a", now=NOW + refunds.ASK_AGAIN, limit=9)
        refunds.failed(session, refund, owner="a", reason="account closed", now=NOW)
        (shown,) = progress.of_customer(session, shopper.customer)
        assert (shown.stage, shown.response) == (Stage.REFUND_FAILED, "utter_progress_refund_failed")
        sweeps.sweep(session, policy=POLICY, now=NOW)
        refunds.retry(session, refund, actor="operator", now=NOW)
    assert told(session).count("utter_reminder_refund_failed") == 2
    (refund,) = refunds.take(session, owner="a", now=NOW, limit=9)
    refunds.sent(session, refund, owner="a", provider_id="r", now=NOW)
    assert progress.of_customer(session, shopper.customer)[0].stage is Stage.REFUND_SENT
