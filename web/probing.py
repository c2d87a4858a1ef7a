"""Nobody learns from how long an answer takes whether a coupon exists."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

EVEN_SECONDS = 0.1
"""Every ``coupon_not_usable`` leaves this long after its request came in, unless the house is slower than that."""


async def evened(request: Request, problem: Mapping[str, Any]) -> None:
    """Wait until the answer ``coupon_not_usable`` may leave; other answers leave at once."""
    if problem["code"] == "coupon_not_usable":
        await asyncio.sleep(request.state.arrived + EVEN_SECONDS - time.monotonic())
