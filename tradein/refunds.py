"""Money that goes back: what was paid for an order, once, to the way it was paid.

    REQUESTED ──provider has taken it──► SENT ──► SETTLED
      ▲  └──provider says no──► FAILED ◄──┘
      └────── operator: try again ──┘

Mission, line 9. One refund a payment, by constraint; asking the provider is repeated until it has answered, always
under the same reference, so that a repeated request is the same refund.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tradein import hooks, leases, progress, reminders, tokens
from tradein.customers import Customer
from tradein.database import Base, UtcDateTime
from tradein.events import Moves, born, move, state_column
from tradein.hooks import HookKind
from tradein.leases import Leased
from tradein.prepared import Prepared
from tradein.progress import Stage
from tradein.refusals import UnknownRefund

ASK_AGAIN = timedelta(seconds=3)
"""How long to wait before the provider is first asked what became of a refund it has taken; then longer each time."""


class RefundState(StrEnum):
    """How far the money has come."""

    REQUESTED = "requested"
    SENT = "sent"
    SETTLED = "settled"
    FAILED = "failed"


MOVES: Moves[RefundState] = {
    RefundState.REQUESTED: frozenset({RefundState.SENT, RefundState.FAILED}),
    RefundState.SENT: frozenset({RefundState.SETTLED, RefundState.FAILED}),
    RefundState.SETTLED: frozenset(),
    RefundState.FAILED: frozenset({RefundState.REQUESTED}),
}

PENDING = (RefundState.REQUESTED, RefundState.SENT)


class Refund(Leased, Base):
    """The refund of one payment: ``amount_minor`` of ``currency``; ``provider_id`` is the provider's name for it."""

    __tablename__ = "refund"
    __table_args__ = (Index(None, "state", "not_before"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), index=True)
    order_public_id: Mapped[str] = mapped_column(String(32))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    exchange_id: Mapped[int] = mapped_column(ForeignKey("exchange.id"))
    payment_id: Mapped[str] = mapped_column(String(64), unique=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[RefundState] = mapped_column(state_column(RefundState))
    provider_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    customer: Mapped[Customer] = relationship()

    @property
    def facts(self) -> dict[str, Any]:
        """The refund as the shop sees it."""
        return {
            "id": self.public_id,
            "order_id": self.order_public_id,
            "payment_id": self.payment_id,
            "amount_minor": self.amount_minor,
            "currency": self.currency,
            "state": self.state.value,
        }


_OF_ORDER = Prepared(select(Refund).where(Refund.order_id == bindparam("order_id")).order_by(Refund.id).limit(1))


def request(
    session: Session,
    *,
    order_id: int,
    order_public_id: str,
    customer_id: int,
    exchange_id: int,
    payment_id: str,
    amount_minor: int,
    currency: str,
    actor: str,
    now: datetime,
) -> Refund:
    """Owe a payment back; the constraint forbids doing so twice."""
    refund = Refund(
        public_id=tokens.public_id("rfd"),
        order_id=order_id,
        order_public_id=order_public_id,
        customer_id=customer_id,
        exchange_id=exchange_id,
        payment_id=payment_id,
        amount_minor=amount_minor,
        currency=currency,
        state=RefundState.REQUESTED,
        provider_id=None,
        not_before=now,
        created_at=now,
    )
    session.add(refund)
    born(session, refund, actor=actor, now=now, amount_minor=amount_minor)
    return refund


def of_order(session: Session, order_id: int) -> Refund | None:
    """Return the refund of an order's own payment, None if there is none."""
    return _OF_ORDER.scalar(session, order_id=order_id)


def by_public_id(session: Session, public_id: str) -> Refund:
    """Return the refund; raises UnknownRefund."""
    refund = session.scalar(select(Refund).where(Refund.public_id == public_id))
    if refund is None:
        raise UnknownRefund
    return refund


def listed(session: Session, *states: RefundState) -> Sequence[Refund]:
    """Return the refunds in these states, or all, the oldest first."""
    query = select(Refund).order_by(Refund.id)
    return session.scalars(query.where(Refund.state.in_(states)) if states else query).all()


def take(session: Session, *, owner: str, now: datetime, limit: int) -> Sequence[Refund]:
    """Take refunds to ask for or to ask after; the caller commits before it calls the provider."""
    return leases.take(session, Refund, states=PENDING, owner=owner, now=now, limit=limit)


def sent(session: Session, refund: Refund, *, owner: str, provider_id: str, now: datetime) -> None:
    """Write down that the provider has taken the refund; raises LeaseLost, MoveNotAllowed."""
    leases.hold(session, refund, owner=owner)
    refund.provider_id = provider_id
    leases.let_go(session, refund, not_before=now + ASK_AGAIN)
    refund.attempts = 0
    move(session, refund, RefundState.SENT, moves=MOVES, actor="programme", now=now)
    _tell(session, refund, Stage.REFUND_SENT, now=now)


def settled(session: Session, refund: Refund, *, owner: str, now: datetime) -> None:
    """Write down that the money has arrived; raises LeaseLost, MoveNotAllowed."""
    leases.hold(session, refund, owner=owner)
    leases.let_go(session, refund, not_before=now)
    move(session, refund, RefundState.SETTLED, moves=MOVES, actor="programme", now=now)
    hooks.owe(session, kind=HookKind.REFUND_SETTLED, data=refund.facts, now=now)
    _tell(session, refund, Stage.REFUNDED, now=now)
    reminders.plan_refunded(session, refund_id=refund.id, customer_id=refund.customer_id, now=now)


def failed(session: Session, refund: Refund, *, owner: str, reason: str, now: datetime) -> None:
    """Write down that the provider said no: an operator has to look. Raises LeaseLost, MoveNotAllowed."""
    leases.hold(session, refund, owner=owner)
    leases.let_go(session, refund, not_before=now, error=reason)
    move(session, refund, RefundState.FAILED, moves=MOVES, actor="programme", now=now, reason=reason[:300])
    hooks.owe(session, kind=HookKind.REFUND_FAILED, data=refund.facts | {"reason": reason[:300]}, now=now)
    _tell(session, refund, Stage.REFUND_FAILED, now=now)
    reminders.plan_refund_failed(session, refund_id=refund.id, customer_id=refund.customer_id, now=now)


def later(session: Session, refund: Refund, *, owner: str, error: str | None, now: datetime) -> None:
    """Ask the provider again after a while; raises LeaseLost."""
    leases.hold(session, refund, owner=owner)
    leases.let_go(session, refund, not_before=now + leases.delay(refund.attempts), error=error)


def retry(session: Session, refund: Refund, *, actor: str, now: datetime) -> None:
    """Ask for a failed refund again, under the same reference; raises MoveNotAllowed."""
    move(session, refund, RefundState.REQUESTED, moves=MOVES, actor=actor, now=now)
    refund.attempts = 0
    leases.let_go(session, refund, not_before=now)


def _tell(session: Session, refund: Refund, stage: Stage, *, now: datetime) -> None:
    progress.show(
        session,
        refund.customer,
        exchange_id=refund.exchange_id,
        stage=stage,
        order_id=refund.order_public_id,
        params={"amount_minor": refund.amount_minor},
        now=now,
    )
