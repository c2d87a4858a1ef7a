"""What the shop must learn of: webhooks, owed in the transaction of the fact and sent until the shop has taken them.

    QUEUED ──the shop answers 2xx──► SENT
      ▲  └──three days without──► FAILED
      └── operator: once more ─────┘

Each has an id that stays the same however often it is sent, so that a receiver can tell a repetition.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein import events, leases, tokens
from tradein.database import Base, Json, UtcDateTime
from tradein.events import Moves, move, state_column
from tradein.leases import Leased
from tradein.prepared import put

PATIENCE = timedelta(days=3)


class HookState(StrEnum):
    """How far a webhook has come."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


MOVES: Moves[HookState] = {
    HookState.QUEUED: frozenset({HookState.SENT, HookState.FAILED}),
    HookState.SENT: frozenset(),
    HookState.FAILED: frozenset({HookState.QUEUED}),
}


class HookKind(StrEnum):
    """What happened, as the shop is told."""

    COUPON_REDEEMED = "coupon.redeemed"
    ORDER_CANCELLED = "order.cancelled"
    EXCHANGE_SETTLED = "exchange.settled"
    EXCHANGE_REFUSED = "exchange.refused"
    REFUND_SETTLED = "refund.settled"
    REFUND_FAILED = "refund.failed"


class Hook(Leased, Base):
    """One webhook; ``data`` is what its body says about the order."""

    __tablename__ = "hook"
    __table_args__ = (Index(None, "state", "not_before"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[HookState] = mapped_column(state_column(HookState))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def payload(self) -> dict[str, Any]:
        """The body of the webhook."""
        return {
            "id": self.event_id,
            "type": self.kind,
            "created_at": self.created_at.isoformat().replace("+00:00", "Z"),
            "data": self.data,
        }


def owe(session: Session, *, kind: HookKind, data: dict[str, Any], now: datetime) -> None:
    """Owe the shop a webhook."""
    hook_id = put(
        session,
        Hook,
        event_id=tokens.public_id("evt"),
        kind=kind.value,
        data=data,
        state=HookState.QUEUED,
        not_before=now,
        created_at=now,
    )
    events.put(session, Hook, hook_id, HookState.QUEUED, actor="programme", now=now)


def take(session: Session, *, owner: str, now: datetime, limit: int) -> Sequence[Hook]:
    """Take due webhooks; the caller commits before it sends them."""
    return leases.take(session, Hook, states=[HookState.QUEUED], owner=owner, now=now, limit=limit)


def sent(session: Session, hook: Hook, *, owner: str, now: datetime) -> None:
    """Write down that the shop has it; raises LeaseLost."""
    leases.hold(session, hook, owner=owner)
    leases.let_go(session, hook, not_before=now)
    move(session, hook, HookState.SENT, moves=MOVES, actor="programme", now=now)


def later(session: Session, hook: Hook, *, owner: str, error: str, now: datetime) -> None:
    """Try again after a while, or give up after three days; raises LeaseLost."""
    leases.hold(session, hook, owner=owner)
    leases.let_go(session, hook, not_before=now + leases.delay(hook.attempts), error=error)
    if now - hook.created_at > PATIENCE:
        move(session, hook, HookState.FAILED, moves=MOVES, actor="programme", now=now, error=error[:300])


def retry(session: Session, hook: Hook, *, actor: str, now: datetime) -> None:
    """Send a webhook that the shop never took once more, under the same id; raises MoveNotAllowed, MoveLost."""
    move(session, hook, HookState.QUEUED, moves=MOVES, actor=actor, now=now)
    leases.let_go(session, hook, not_before=now)


def forget(session: Session, *, before: datetime) -> int:
    """Delete what is older than ``before``, also what had nobody to go to; return how many."""
    old = delete(Hook).where(Hook.created_at < before).returning(Hook.id)
    return len(session.scalars(old.execution_options(synchronize_session=False)).all())
