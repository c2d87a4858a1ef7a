"""What agents may do for a customer from the topic: the coupon again, more days once, an exchange ended."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.builders import POLICY, Shopper, imei_number
from tests.conftest import NOW
from tests.tradein.test_races import at_once
from tradein import accounts, coupons, customers, events, remedies, reminders, staff, sweeps
from tradein.coupons import CouponState
from tradein.customers import Customer
from tradein.database import Sessions, transaction
from tradein.exchanges import ExchangeState
from tradein.orders import OrderState
from tradein.outbox import Message
from tradein.refusals import CouponReserved, ExtendedAlready, NothingToHelpWith, NotStaff
from tradein.remedies import Ended
from tradein.reminders import Reminder, ReminderState
from tradein.staff import Role, Staff

KINDS = reminders.Kinds.model_validate(
    {
        "reminders": [
            {"key": "week", "days_before": 7, "at": "10:00"},
            {"key": "last_day", "days_before": 0, "at": "10:00"},
        ]
    }
)


def works(session: Session, role: Role = Role.AGENT) -> Staff:
    """Return somebody of the support."""
    return staff.add(session, name="Meera Nair", role=role, now=NOW)[0]


def told(session: Session, customer: Customer) -> list[str]:
    """Return the notices that a customer got, by the names of the responses."""
    owed = select(Message).where(Message.customer_id == customer.id, Message.kind == "notice").order_by(Message.id)
    return [message.body["response"] for message in session.scalars(owed)]


def test_the_coupon_is_sent_again_with_its_code(session: Session) -> None:
    """As often as it is asked for; the log says by whom."""
    shopper = Shopper.arrives(session)
    coupon, meera = shopper.gets_coupon(), works(session)
    for _ in range(2):
        assert remedies.resend(session, shopper.customer, meera, now=NOW) is coupon
    assert told(session, shopper.customer) == ["utter_coupon_issued"] * 3
    assert [event.actor for event in events.of(session, "coupon", coupon.id)][1:] == [meera.actor] * 2


def test_a_supervisor_gives_a_coupon_more_days_and_its_reminders_move_along(session: Session) -> None:
    """To the end of the seventh day after the last one; also the reminder that had gone out for the old day."""
    reminders.put_in_force(session, KINDS, now=NOW)
    shopper = Shopper.arrives(session)
    coupon, boss = shopper.gets_coupon(), works(session, Role.SUPERVISOR)
    before = coupon.expires_at
    last_day = before - timedelta(hours=8)
    sweeps.sweep(session, policy=POLICY, now=last_day)
    remedies.extend(session, shopper.customer, boss, policy=POLICY, now=last_day)

    assert coupon.expires_at == before + timedelta(days=7)
    planned = {row.kind: row for row in session.scalars(select(Reminder).where(Reminder.coupon_id == coupon.id))}
    assert planned["last_day"].state is ReminderState.PLANNED
    assert planned["last_day"].due_at.astimezone(POLICY.zone).date() == coupon.expires_at.astimezone(POLICY.zone).date()
    assert told(session, shopper.customer)[-1] == "utter_coupon_extended"
    assert coupons.expire_due(session, now=before + timedelta(hours=1)) == []


def test_once_is_all_and_only_for_supervisors(session: Session) -> None:
    """The value of a promise is that it ends."""
    shopper = Shopper.arrives(session)
    coupon, boss = shopper.gets_coupon(), works(session, Role.SUPERVISOR)
    with pytest.raises(NotStaff):
        remedies.extend(session, shopper.customer, works(session), policy=POLICY, now=NOW)
    remedies.extend(session, shopper.customer, boss, policy=POLICY, now=NOW)
    extended = coupon.expires_at
    with pytest.raises(ExtendedAlready):
        remedies.extend(session, shopper.customer, boss, policy=POLICY, now=NOW)
    assert coupon.expires_at == extended


def test_what_has_expired_or_was_never_there_is_not_extended(session: Session) -> None:
    """Its phone may have another coupon by now."""
    shopper, boss = Shopper.arrives(session), works(session, Role.SUPERVISOR)
    with pytest.raises(NothingToHelpWith):
        remedies.extend(session, shopper.customer, boss, policy=POLICY, now=NOW)
    coupon = shopper.gets_coupon()
    with pytest.raises(NothingToHelpWith):
        remedies.extend(session, shopper.customer, boss, policy=POLICY, now=coupon.expires_at + timedelta(seconds=1))


def test_cancelling_ends_what_is_furthest(session: Session) -> None:
    """An order first, then the coupon that came back, then nothing."""
    shopper, meera = Shopper.arrives(session), works(session)
    order = shopper.orders()
    assert remedies.cancel(session, shopper.customer, meera, now=NOW) is Ended.ORDER
    assert order.state is OrderState.CANCELLED
    assert remedies.cancel(session, shopper.customer, meera, now=NOW) is Ended.COUPON
    assert order.coupon.state is CouponState.CANCELLED
    assert accounts.balance(session, shopper.customer, currency="INR") == 0
    with pytest.raises(NothingToHelpWith):
        remedies.cancel(session, shopper.customer, meera, now=NOW)


def test_cancelling_ends_a_price_and_what_was_described(session: Session) -> None:
    """And says which phone it was."""
    shopper, meera = Shopper.arrives(session).describes(), works(session)
    quote = shopper.gets_quote()
    assert remedies.cancel(session, shopper.customer, meera, now=NOW) is Ended.EXCHANGE
    assert (shopper.exchange.state, quote.state) == (ExchangeState.CANCELLED, "superseded")
    assert told(session, shopper.customer) == ["utter_exchange_dropped"]


def test_a_coupon_at_the_checkout_is_not_cancelled_under_it(session: Session) -> None:
    """Whoever pays just now must not find it gone."""
    shopper, meera = Shopper.arrives(session), works(session)
    held = shopper.reserves(shopper.gets_coupon())
    with pytest.raises(CouponReserved):
        remedies.cancel(session, shopper.customer, meera, now=NOW)
    assert held.coupon.state is CouponState.RESERVED


def test_of_many_supervisors_at_once_one_extends(either_database: Sessions) -> None:
    """The column that says so is in the condition of the update."""
    with transaction(either_database) as session:
        coupon = Shopper.arrives(session).gets_coupon()
        before, boss = coupon.expires_at, works(session, Role.SUPERVISOR).id

    def extend(session: Session) -> None:
        member, customer = staff.by_id(session, boss), customers.by_chat(session, 1001)
        remedies.extend(session, customer, member, policy=POLICY, now=NOW)

    verbs: list[Callable[[Session], object]] = [partial(extend)] * 20
    assert at_once(either_database, verbs, workers=8) == {"done": 1, "extended_already": 19}
    with transaction(either_database) as session:
        assert coupons.by_code(session, coupon.code).expires_at == before + timedelta(days=7)


def test_extending_and_expiring_at_the_last_moment_never_both(either_database: Sessions) -> None:
    """Either it lives on or it is expired, and the account agrees."""
    with transaction(either_database) as session:
        coupon = Shopper.arrives(session).gets_coupon(imei_number(3))
        boss = works(session, Role.SUPERVISOR).id
    moment = coupon.expires_at

    def extend(session: Session) -> None:
        member, customer = staff.by_id(session, boss), customers.by_chat(session, 1001)
        remedies.extend(session, customer, member, policy=POLICY, now=moment)

    def expire(session: Session) -> None:
        coupons.expire_due(session, now=moment + timedelta(microseconds=1))

    at_once(either_database, [extend, expire, expire, expire], workers=4)
    with transaction(either_database) as session:
        found = coupons.by_code(session, coupon.code)
        balance = accounts.balance(session, found.customer, currency="INR")
        lives = found.state is CouponState.ISSUED
        assert (balance > 0, found.expires_at > moment) == (lives, lives)
