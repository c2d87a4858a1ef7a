"""Orders with their visits, refunds, coupons held at the checkout."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, override

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, joinedload
from starlette.requests import Request
from starlette_admin import row_action

from tradein import refunds, report
from tradein.checkout import Reservation, ReservationState
from tradein.orders import Order, OrderState
from tradein.policy import Policy
from tradein.refunds import PENDING, Refund, RefundState
from tradein.report import Due, Wrong
from tradein.staff import Staff
from tradein.visits import Visit, VisitState
from web.console.listing import Beyond, Column, Listing, Part, Told, history
from web.console.local import Local, masked, words


class Orders(Listing):
    """What was bought with coupons."""

    key, menu_label, icon = "orders", "Orders", "fa fa-cart-shopping"
    table = Order
    columns = (
        Column("reference", "Shop's number", Order.reference),
        Column("state", "State", Order.state),
        Column("customer", "Customer"),
        Column("phone", "New phone", Order.phone),
        Column("discount", "Coupon pays", Order.discount_minor),
        Column("paid", "Customer paid", Order.paid_minor),
        Column("placed", "Placed", Order.placed_at),
        Column("total", "Price", detail=True),
        Column("closed", "Closed", detail=True),
        Column("reason", "Why it was cancelled", detail=True),
        Column("id", "Order", detail=True),
        Column("coupon", "Coupon", detail=True),
    )
    default = ("placed", True)
    search_hint = "The shop's number, or the order's (ord_…)"
    empty = "No orders here. The shop's checkout places one with a coupon; docs/checkout.md says how."

    @override
    def query(self) -> Select[Any]:
        return select(Order).options(joinedload(Order.customer), joinedload(Order.coupon))

    @override
    def parts(self, *, policy: Policy, now: datetime) -> Mapping[str, Part]:
        today, week = report.since(policy=policy, now=now)
        done = Order.state == OrderState.COMPLETED
        return {
            "open": Part("Under way", (Order.state == OrderState.PLACED,)),
            "placed-today": Part("Placed today", (Order.placed_at >= today,)),
            "placed-week": Part("Placed in 7 days", (Order.placed_at >= week,)),
            "completed": Part("Completed", (done,)),
            "completed-today": Part("Completed today", (done, Order.closed_at >= today)),
            "completed-week": Part("Completed in 7 days", (done, Order.closed_at >= week)),
            "cancelled": Part("Cancelled", (Order.state == OrderState.CANCELLED,)),
        }

    @override
    def matching(self, words: str) -> ColumnElement[bool] | None:
        return or_(Order.reference.icontains(words, autoescape=True), Order.public_id == words)

    @override
    def told(self, row: Order, local: Local) -> Told:
        return {
            "reference": row.reference,
            "state": words(row.state.value),
            "customer": row.customer.first_name,
            "phone": row.phone,
            "total": local.money(row.total_minor, row.currency),
            "discount": local.money(row.discount_minor, row.currency),
            "paid": local.money(row.paid_minor, row.currency),
            "placed": local.moment(row.placed_at),
            "closed": local.moment(row.closed_at),
            "reason": row.closed_reason or "",
            "id": row.public_id,
            "coupon": masked(row.coupon.code),
        }

    @override
    def beyond(self, session: Session, row: Order, local: Local) -> Sequence[Beyond]:
        return [history(session, Order.__tablename__, row.id, local)]


class Visits(Listing):
    """The courier's visits, one an order."""

    key, menu_label, icon = "visits", "Visits", "fa fa-truck"
    table = Visit
    columns = (
        Column("reference", "Shop's number"),
        Column("state", "State", Visit.state),
        Column("on", "On", Visit.scheduled_on),
        Column("courier", "Courier"),
        Column("moved", "Moved", Visit.reschedules),
        Column("door", "Door code", Visit.code_locks),
        Column("found", "What was found", detail=True),
    )
    default = ("on", True)
    search_hint = "The shop's number"
    empty = "No visits here. Each order brings one; couriers see theirs with /visits in Telegram."

    @override
    def query(self) -> Select[Any]:
        return select(Visit).join(Visit.order).options(joinedload(Visit.order), joinedload(Visit.courier))

    @override
    def parts(self, *, policy: Policy, now: datetime) -> Mapping[str, Part]:
        due, wrong = report.due_rows(policy=policy, now=now), report.wrong_rows(policy=policy, now=now)
        today, week = report.since(policy=policy, now=now)
        refused = Visit.state == VisitState.REFUSED
        return {
            Due.VISITS: Part("Today", due[Due.VISITS][1]),
            Due.OVERDUE_VISITS: Part("Earlier, still open", due[Due.OVERDUE_VISITS][1]),
            Wrong.LOCKED_DOORS: Part("Door locked", wrong[Wrong.LOCKED_DOORS][1]),
            "refused": Part("Refused", (refused,)),
            "refused-today": Part("Refused today", (refused, Order.closed_at >= today)),
            "refused-week": Part("Refused in 7 days", (refused, Order.closed_at >= week)),
        }

    @override
    def matching(self, words: str) -> ColumnElement[bool] | None:
        return Order.reference.icontains(words, autoescape=True)

    @override
    def told(self, row: Visit, local: Local) -> Told:
        return {
            "reference": row.order.reference,
            "state": words(row.state.value),
            "on": local.day(row.scheduled_on),
            "courier": row.courier.name if row.courier else "nobody yet",
            "moved": f"{row.reschedules} times" if row.reschedules else "",
            "door": "locked" if row.locked else "",
            "found": ", ".join(words(str(finding.get("question", ""))) for finding in row.findings),
        }

    @override
    def beyond(self, session: Session, row: Visit, local: Local) -> Sequence[Beyond]:
        return [history(session, Visit.__tablename__, row.id, local)]


class Refunds(Listing):
    """Money on its way back."""

    key, menu_label, icon = "refunds", "Refunds", "fa fa-rotate-left"
    table = Refund
    columns = (
        Column("id", "Refund"),
        Column("state", "State", Refund.state),
        Column("amount", "Amount", Refund.amount_minor),
        Column("order", "Order"),
        Column("payment", "Payment", detail=True),
        Column("since", "Asked for", Refund.created_at),
        Column("tries", "Tries", Refund.attempts),
        Column("answer", "Last answer"),
    )
    default = ("since", True)
    search_hint = "The refund's, the order's or the payment's number"
    empty = "No refunds here. One is asked for when an order that was paid for is cancelled or refused at the door."
    row_actions = ("retry",)

    @override
    def parts(self, *, policy: Policy, now: datetime) -> Mapping[str, Part]:
        today, week = report.since(policy=policy, now=now)
        return {
            "failed": Part("Failed", (Refund.state == RefundState.FAILED,)),
            Due.REFUNDS: Part("On their way", (Refund.state.in_(PENDING),)),
            "asked-today": Part("Asked for today", (Refund.created_at >= today,)),
            "asked-week": Part("Asked for in 7 days", (Refund.created_at >= week,)),
        }

    @override
    def matching(self, words: str) -> ColumnElement[bool] | None:
        return or_(Refund.public_id == words, Refund.order_public_id == words, Refund.payment_id == words)

    @override
    def told(self, row: Refund, local: Local) -> Told:
        return {
            "id": row.public_id,
            "state": words(row.state.value),
            "amount": local.money(row.amount_minor, row.currency),
            "order": row.order_public_id,
            "payment": row.payment_id,
            "since": local.moment(row.created_at),
            "tries": str(row.attempts),
            "answer": row.error or "",
        }

    @override
    def beyond(self, session: Session, row: Refund, local: Local) -> Sequence[Beyond]:
        return [history(session, Refund.__tablename__, row.id, local)]

    @override
    def may(self, row: Refund) -> frozenset[str]:
        return frozenset({"retry"} if row.state is RefundState.FAILED else ())

    @row_action(
        name="retry",
        text="Ask for it again",
        header="Ask the payment provider again?",
        confirmation="It is asked for under the same reference: it can't be paid twice.",
        submit_btn_text="Ask again",
        exclude_from_list=True,
    )
    async def retry(self, request: Request, pk: str) -> None:
        """Ask for a refund that failed again."""

        def verb(session: Session, refund: Refund, member: Staff, now: datetime) -> str:
            refunds.retry(session, refund, actor=member.actor, now=now)
            return "The refund is asked for again."

        await self.change(request, pk, verb)


class Reservations(Listing):
    """Coupons that a checkout holds, or held."""

    key, menu_label, icon = "reservations", "At the checkout", "fa fa-hourglass-half"
    table = Reservation
    columns = (
        Column("phone", "New phone"),
        Column("state", "State", Reservation.state),
        Column("discount", "Coupon pays", Reservation.discount_minor),
        Column("to_pay", "Left to pay"),
        Column("coupon", "Coupon"),
        Column("since", "Held since", Reservation.reserved_at),
        Column("until", "Held until", Reservation.reserved_until),
    )
    default = ("since", True)
    empty = "No checkout holds a coupon. A hold ends by itself after a while."

    @override
    def query(self) -> Select[Any]:
        return select(Reservation).options(joinedload(Reservation.coupon))

    @override
    def parts(self, *, policy: Policy, now: datetime) -> Mapping[str, Part]:
        return {Due.RESERVATIONS: Part("Held now", (Reservation.state == ReservationState.HELD,))}

    @override
    def told(self, row: Reservation, local: Local) -> Told:
        return {
            "phone": row.phone,
            "state": words(row.state.value),
            "discount": local.money(row.discount_minor, row.currency),
            "to_pay": local.money(row.to_pay_minor, row.currency),
            "coupon": masked(row.coupon.code),
            "since": local.moment(row.reserved_at),
            "until": local.moment(row.reserved_until),
        }
