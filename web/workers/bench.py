"""What a worker works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex

from web.parts import clock
from web.store import Store


@dataclass(frozen=True)
class Bench:
    """The database, the clock, and the name under which this process holds rows."""

    store: Store
    clock: Callable[[], datetime] = clock
    owner: str = field(default_factory=lambda: token_hex(16))
