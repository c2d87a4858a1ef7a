"""What a request finds at hand: the database, the limits, the payment provider, the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from tradein.payments import Payments
from tradein.settings import Settings
from web.limits import Limits
from web.store import Store


def clock() -> datetime:
    """Return the moment; only an edge looks at the clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Parts:
    """The parts of one process; ``payments`` is None where no provider is set up."""

    settings: Settings
    store: Store
    limits: Limits
    payments: Payments | None
    clock: Callable[[], datetime] = clock


def parts_of(request: Request) -> Parts:
    """Return the parts of the application that serves a request."""
    parts: Parts = request.app.state.parts
    return parts
