"""How much one key may ask, and how often one address may fail to show a key: moving windows in this process."""

import math
import time
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from web.problems import Problem

FAILURES_PER_MINUTE = 10
IPV6_NETWORK_BITS = 64


class Limits:
    """The windows of one process; several processes count each for itself."""

    def __init__(self, per_minute: int, *, failures: int = FAILURES_PER_MINUTE) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._per_key = RateLimitItemPerMinute(per_minute, namespace="KEY")
        self._per_address = RateLimitItemPerMinute(failures, namespace="FAILED")

    def spend(self, prefix: str) -> None:
        """Count one request of a key; raises Problem ``rate_limited`` when it has had its share of the minute."""
        if not self._window.hit(self._per_key, prefix):
            raise self._wait(self._per_key, prefix)

    def check(self, request: Request) -> None:
        """Raise Problem ``rate_limited`` where an address has shown too many wrong keys."""
        address = _address(request)
        if not self._window.test(self._per_address, address):
            raise self._wait(self._per_address, address)

    def failed(self, request: Request) -> None:
        """Count a wrong key against its sender's address."""
        self._window.hit(self._per_address, _address(request))

    def _wait(self, item: RateLimitItemPerMinute, who: str) -> Problem:
        reset = self._window.get_window_stats(item, who).reset_time
        seconds = max(1, math.ceil(reset - time.time()))
        return Problem("rate_limited", headers={"Retry-After": str(seconds)}, retry_after_seconds=seconds)


def _address(request: Request) -> str:
    """Return whom to count against: an IPv6 customer has a whole network to choose addresses from."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(int(address) >> (128 - IPV6_NETWORK_BITS))
    return host
