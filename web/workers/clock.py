"""What time itself does: reservations lapse, coupons expire, offers end, old answers go."""

from datetime import timedelta

import structlog

from tradein import clock, hooks, idempotency
from tradein.policy import Policy
from web.workers.bench import Bench

ANSWERS_KEPT = timedelta(days=7)
"""How long a repeated call gets its old answer."""
HOOKS_KEPT = timedelta(days=30)
_LOG = structlog.get_logger()


def tick(bench: Bench, policy: Policy) -> bool:
    """Do a part of what is due; say whether there was anything."""
    did = {
        name: count for name, job in clock.jobs(policy, bench.clock()).items() if (count := bench.store.transact(job))
    }
    if did:
        _LOG.info("clock", **did)
    return bool(did)


def forget(bench: Bench) -> bool:
    """Delete what nobody will ask for again; says that there is no more to do for now."""
    now = bench.clock()
    bench.store.transact(lambda session: idempotency.forget(session, before=now - ANSWERS_KEPT))
    bench.store.transact(lambda session: hooks.forget(session, before=now - HOOKS_KEPT))
    return False
