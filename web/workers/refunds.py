"""Money back: what the core owes is asked of the provider, and what the provider has taken is asked after.

    take (commit) ──► the provider ──► sent | settled | failed | later (commit)

A crash before the last commit leaves a refund that the provider may know: it is taken again when the lease is over, and
asked for under the same reference, so it is the same refund.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from tradein import refunds
from tradein.payments import PaymentRefused, Payments, PaymentsUnreachable, Refunded
from tradein.refunds import Refund, RefundState
from tradein.refusals import Refusal
from web.workers.bench import Bench

_LOG = structlog.get_logger()


@dataclass(frozen=True)
class _Came:
    """What came of asking: the provider's word, else why there is none, for now or for good."""

    refunded: Refunded | None = None
    error: str = ""
    for_good: bool = False


def one(bench: Bench, payments: Payments) -> bool:
    """Take one due refund to the provider; say whether there was one."""
    refund = _taken(bench)
    if refund is None:
        return False
    came = _asked(payments, refund)
    bench.store.transact(lambda session: _written(session, refund.id, came, bench.owner, bench.clock()))
    return True


def _taken(bench: Bench) -> Refund | None:
    def take(session: Session) -> Refund | None:
        return next(iter(refunds.take(session, owner=bench.owner, now=bench.clock(), limit=1)), None)

    return bench.store.transact(take)


def _asked(payments: Payments, refund: Refund) -> _Came:
    try:
        if refund.state is RefundState.SENT and refund.provider_id is not None:
            return _Came(payments.refund_state(refund.payment_id, refund.provider_id))
        return _Came(payments.refund(refund.payment_id, amount_minor=refund.amount_minor, reference=refund.public_id))
    except PaymentsUnreachable as error:
        return _Came(error=f"unreachable: {error}")
    except PaymentRefused as error:
        return _Came(error=str(error), for_good=True)


def _written(session: Session, refund_id: int, came: _Came, owner: str, now: datetime) -> None:
    refund = session.get_one(Refund, refund_id)
    try:
        with session.begin_nested():
            _write(session, refund, came, owner=owner, now=now)
    except Refusal as refusal:  # the lease was lost: another worker's word counts
        _LOG.warning("refund_in_other_hands", refund=refund_id, code=refusal.code)
        return
    _LOG.info("refund", refund=refund_id, state=refund.state.value, attempts=refund.attempts)


def _write(session: Session, refund: Refund, came: _Came, *, owner: str, now: datetime) -> None:
    match came.refunded:
        case None if came.for_good:
            refunds.failed(session, refund, owner=owner, reason=came.error, now=now)
        case None:
            refunds.later(session, refund, owner=owner, error=came.error, now=now)
        case Refunded(state="failed", reason=reason):
            refunds.failed(session, refund, owner=owner, reason=reason, now=now)
        case Refunded(id=provider_id) if refund.state is RefundState.REQUESTED:
            refunds.sent(session, refund, owner=owner, provider_id=provider_id, now=now)
        case Refunded(state="processed"):
            refunds.settled(session, refund, owner=owner, now=now)
        case _:
            refunds.later(session, refund, owner=owner, error=None, now=now)
