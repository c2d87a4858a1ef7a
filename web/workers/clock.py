"""What time itself does: stale reservations fall back, old answers are forgotten."""

from datetime import timedelta

import structlog

from tradein import checkout, hooks, idempotency
from web.workers.bench import Bench

ANSWERS_KEPT = timedelta(days=7)
"""How long a repeated call gets its old answer."""
HOOKS_KEPT = timedelta(days=30)
_LOG = structlog.get_logger()


def lapse(bench: Bench) -> bool:
    """Let stale reservations go; say whether there were any."""
    count = bench.store.transact(lambda session: checkout.lapse(session, now=bench.clock()))
    if count:
        _LOG.info("reservations_lapsed", count=count)
    return count > 0


def forget(bench: Bench) -> bool:
    """Delete what nobody will ask for again; says that there is no more to do for now."""
    now = bench.clock()
    bench.store.transact(lambda session: idempotency.forget(session, before=now - ANSWERS_KEPT))
    bench.store.transact(lambda session: hooks.forget(session, before=now - HOOKS_KEPT))
    return False
