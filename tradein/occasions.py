"""What a reminder is about, as it stands at this moment: a coupon, a quote, a visit or a refund.

Until when it makes sense, why it makes none any more, and what it tells.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tradein import handover
from tradein.coupons import Coupon, CouponState
from tradein.handover import Steps
from tradein.orders import Order
from tradein.policy import Policy
from tradein.quotes import Quote, QuoteState
from tradein.refunds import Refund, RefundState
from tradein.reminders import EXPIRED, LAST_DAY, REFUND_FAILED, Reason, Reminder
from tradein.visits import Visit, VisitState

NEWS_LIFE = timedelta(days=7)
"""How long it is still news that a coupon has expired, or what became of money that goes back."""


@dataclass(frozen=True)
class Occasion:
    """What a reminder is about: it makes sense until ``last`` (UTC), ``over`` says why it makes none any more.

    One that ``promotes`` ends with the customer's wish for none, ``sparing`` only with that; others are news about a
    running order. ``held`` while a checkout has the coupon.
    """

    last: datetime
    over: Reason | None
    tells: Callable[[], dict[str, Any]]
    promotes: bool = True
    sparing: bool = False
    held: bool = False


@dataclass(frozen=True)
class Occasions:
    """The occasions of reminders that are looked at together."""

    policy: Policy
    now: datetime
    steps: Steps
    coupons: Mapping[int, Coupon] = field(default_factory=dict)
    quotes: Mapping[int, Quote] = field(default_factory=dict)
    visits: Mapping[int, Visit] = field(default_factory=dict)
    refunds: Mapping[int, Refund] = field(default_factory=dict)

    def of(self, row: Reminder) -> Occasion:
        """Return what a reminder is about."""
        if row.visit_id is not None:
            return self._visit(row, self.visits[row.visit_id])
        if row.refund_id is not None:
            return self._refund(row, self.refunds[row.refund_id])
        if row.quote_id is not None:
            return self._quote(self.quotes[row.quote_id])
        return self._coupon(row, self.coupons[cast("int", row.coupon_id)])

    def _coupon(self, row: Reminder, coupon: Coupon) -> Occasion:
        def tells() -> dict[str, Any]:
            return self._promise(coupon)

        if row.kind == EXPIRED:
            last = coupon.expires_at + NEWS_LIFE
            return Occasion(last, Reason.PAST if self.now > last else None, tells, sparing=True)
        held, over = coupon.state is CouponState.RESERVED, None
        if not held and coupon.state is not CouponState.ISSUED:
            over = Reason.EXPIRED if coupon.state is CouponState.EXPIRED else Reason.USED
        elif self.now > coupon.expires_at:
            over = Reason.EXPIRED
        return Occasion(coupon.expires_at, over, tells, sparing=row.kind == LAST_DAY, held=held)

    def _quote(self, quote: Quote) -> Occasion:
        late = Reason.EXPIRED if self.now > quote.expires_at else None
        over = late if quote.state is QuoteState.OPEN else Reason.USED
        return Occasion(quote.expires_at, over, lambda: self._promise(quote))

    def _visit(self, row: Reminder, visit: Visit) -> Occasion:
        last, over = self.policy.end_of(visit.scheduled_on), None
        if visit.state is VisitState.CANCELLED:
            over = Reason.CANCELLED
        elif visit.state is not VisitState.SCHEDULED:
            over = Reason.BEGUN
        elif visit.reschedules != row.reschedules:
            over = Reason.MOVED
        elif self.now > last:
            over = Reason.PAST
        return Occasion(last, over, lambda: self._preparing(visit), promotes=False)

    def _refund(self, row: Reminder, refund: Refund) -> Occasion:
        last = row.due_at + NEWS_LIFE
        over = Reason.PAST if self.now > last else None
        if row.kind == REFUND_FAILED and refund.state is not RefundState.FAILED:
            over = Reason.ASKED_AGAIN
        return Occasion(last, over, lambda: {"amount_minor": refund.amount_minor}, promotes=False)

    def _promise(self, promise: Coupon | Quote) -> dict[str, Any]:
        return {
            "value_minor": promise.value_minor,
            "expires_at": promise.expires_at.isoformat(),
            "days": self.policy.days_left(promise.expires_at, self.now),
        }

    def _preparing(self, visit: Visit) -> dict[str, Any]:
        order = visit.order
        phone = order.coupon.quote.variant
        todo = handover.of(self.steps, phone.model.brand_id, language=order.customer.language)
        return {
            "old_phone": phone.name,
            "visit_on": visit.scheduled_on.isoformat(),
            "steps": handover.listed(todo),
        }


def of_rows(session: Session, rows: Sequence[Reminder], *, policy: Policy, steps: Steps, now: datetime) -> Occasions:
    """Read what reminders are about, all of them together and as it is now."""

    def by_id(table: Any, ids: set[int | None]) -> dict[int, Any]:  # noqa: ANN401 - any of the tables below
        ids.discard(None)
        found = select(table).where(table.id.in_(ids)).execution_options(populate_existing=True)
        return {row.id: row for row in session.scalars(found)} if ids else {}

    return Occasions(
        policy=policy,
        now=now,
        steps=steps,
        coupons=by_id(Coupon, {row.coupon_id for row in rows}),
        quotes=by_id(Quote, {row.quote_id for row in rows}),
        visits=by_id(Visit, {row.visit_id for row in rows}),
        refunds=by_id(Refund, {row.refund_id for row in rows}),
    )


def of_coupon(session: Session, coupon: Coupon) -> Sequence[Reminder]:
    """Return all there is about a coupon, its quote, its visits and its refunds, the first due first."""
    orders = select(Order.id).where(Order.coupon_id == coupon.id)
    return session.scalars(
        select(Reminder)
        .where(
            or_(
                Reminder.coupon_id == coupon.id,
                Reminder.quote_id == coupon.quote_id,
                Reminder.visit_id.in_(select(Visit.id).where(Visit.order_id.in_(orders))),
                Reminder.refund_id.in_(select(Refund.id).where(Refund.order_id.in_(orders))),
            )
        )
        .order_by(Reminder.due_at, Reminder.id)
    ).all()
