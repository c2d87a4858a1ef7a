"""Where an exchange stands, as its customer sees it: one message that is edited as things move.

The stage is told by whoever makes the move, in the move's transaction, and is also the answer to "where is my
exchange?". Before the order the coupon's own message says all there is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein import outbox
from tradein.customers import Customer
from tradein.database import Base, Json, UtcDateTime
from tradein.events import state_column
from tradein.prepared import Prepared, put_over

KIND = "progress"
"""The kind of the outbox's messages that show it; their body is ``{"exchange_id", "response", "params"}``."""


class Stage(StrEnum):
    """What the customer is told."""

    ORDERED = "ordered"
    OUT = "out"
    CHECKING = "checking"
    OFFERED = "offered"
    COMPLETE = "complete"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    REFUND_SENT = "refund_sent"
    REFUND_FAILED = "refund_failed"
    REFUNDED = "refunded"


class Progress(Base):
    """The stage of an exchange; ``telegram_message_id`` is the message that shows it, once it was sent."""

    __tablename__ = "progress"

    exchange_id: Mapped[int] = mapped_column(ForeignKey("exchange.id"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    stage: Mapped[Stage] = mapped_column(state_column(Stage))
    params: Mapped[dict[str, Any]] = mapped_column(Json)
    telegram_message_id: Mapped[int | None] = mapped_column(BigInteger)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def response(self) -> str:
        """The response that words it."""
        return _response(self.stage, self.params)


def _response(stage: Stage, params: Mapping[str, Any]) -> str:
    """Return the response that words a stage; where nothing was paid it speaks of no refund."""
    nothing_paid = stage in (Stage.REFUSED, Stage.CANCELLED) and not params.get("paid_minor")
    return f"utter_progress_{stage.value}{'_nothing_paid' if nothing_paid else ''}"


_FOR_CHANGE = Prepared(select(Progress).where(Progress.exchange_id == bindparam("exchange_id")).with_for_update())


def show(
    session: Session,
    customer: Customer,
    *,
    exchange_id: int,
    stage: Stage,
    order_id: str,
    params: Mapping[str, Any],
    now: datetime,
    anew: bool = False,
) -> None:
    """Note the stage and owe the customer the message that shows it; ``anew`` for the first stage of another order.

    What earlier stages told of the exchange is kept: a refund still names the phone. An order that was cancelled has no
    say any more once its coupon bought another: its refund must not stand where the new phone is on its way.
    """
    row = None if anew else _FOR_CHANGE.scalar(session, exchange_id=exchange_id)
    if row is not None and row.params.get("order_id", order_id) != order_id:
        return
    told = (row.params if row else {}) | dict(params) | {"order_id": order_id}
    if row is None:
        new = {"stage": stage, "params": told, "telegram_message_id": None, "updated_at": now}
        put_over(session, Progress, exchange_id=exchange_id, customer_id=customer.id, **new)
    else:
        row.stage, row.params, row.updated_at = stage, told, now
        session.flush()
    outbox.queue(
        session,
        chat_id=customer.chat_id,
        customer_id=customer.id,
        kind=KIND,
        body={"exchange_id": exchange_id, "response": _response(stage, told), "params": told},
        now=now,
    )


def shown(session: Session, *, exchange_id: int, telegram_message_id: int) -> None:
    """Write down which message shows the progress, so that the next stage edits it."""
    row = session.get(Progress, exchange_id)
    if row is not None:
        row.telegram_message_id = telegram_message_id
        session.flush()


def message_of(session: Session, *, exchange_id: int) -> int | None:
    """Return the message that shows the progress, None if none was sent yet."""
    return session.scalar(select(Progress.telegram_message_id).where(Progress.exchange_id == exchange_id))


def of_customer(session: Session, customer: Customer) -> Sequence[Progress]:
    """Return the customer's exchanges that were ordered with, the last moved first."""
    return session.scalars(
        select(Progress)
        .where(Progress.customer_id == customer.id)
        .order_by(Progress.updated_at.desc(), Progress.exchange_id.desc())
    ).all()
