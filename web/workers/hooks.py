"""Webhooks to the shop: sent until the shop has taken them, for three days.

A crash after the shop's answer and before the commit sends one again, under the same id.
"""

import structlog
from sqlalchemy.orm import Session

from tradein import hooks
from tradein.hooks import Hook
from tradein.refusals import Refusal
from web.webhooks import NotTaken, Shop
from web.workers.bench import Bench

_LOG = structlog.get_logger()


def one(bench: Bench, shop: Shop) -> bool:
    """Send one due webhook; say whether there was one."""
    hook = _taken(bench)
    if hook is None:
        return False
    error = _told(shop, hook, bench)
    bench.store.transact(lambda session: _written(session, hook.id, error, bench))
    return True


def _taken(bench: Bench) -> Hook | None:
    def take(session: Session) -> Hook | None:
        return next(iter(hooks.take(session, owner=bench.owner, now=bench.clock(), limit=1)), None)

    return bench.store.transact(take)


def _told(shop: Shop, hook: Hook, bench: Bench) -> str | None:
    """Return why the shop doesn't have it, None if it does."""
    try:
        shop.tell(hook.payload, now=bench.clock())
    except NotTaken as error:
        return str(error)
    return None


def _written(session: Session, hook_id: int, error: str | None, bench: Bench) -> None:
    hook = session.get_one(Hook, hook_id)
    try:
        with session.begin_nested():
            if error is None:
                hooks.sent(session, hook, owner=bench.owner, now=bench.clock())
            else:
                hooks.later(session, hook, owner=bench.owner, error=error, now=bench.clock())
    except Refusal as refusal:  # the lease was lost: another worker's word counts
        _LOG.warning("hook_in_other_hands", hook=hook_id, code=refusal.code)
        return
    _LOG.info("hook", hook=hook_id, kind=hook.kind, state=hook.state.value, attempts=hook.attempts, error=error)
