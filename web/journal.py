"""What every request passes through first: its moment of arrival, and one line in the log when it is answered."""

import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = structlog.get_logger()


class Journal:
    """Middleware that notes method, pattern of the path, status, milliseconds and the key's prefix."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["arrived"] = time.monotonic()
        status = 500  # unless an answer begins: what nothing caught is answered outside of here

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                # Coupons, accounts, orders: nothing for a cache on the way.
                MutableHeaders(scope=message).setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            path = getattr(scope.get("route"), "path", "(none)")
            tell = _LOG.debug if path == "/health" else _LOG.info
            elapsed = round((time.monotonic() - state["arrived"]) * 1000)
            tell(
                "request",
                method=scope["method"] if len(scope["method"]) < 10 else "?",  # noqa: PLR2004 - anybody can invent one
                path=path,
                status=status,
                ms=elapsed,
                key=state.get("key"),
            )
