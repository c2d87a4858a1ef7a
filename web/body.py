"""The size of a body, watched while it comes in: a header can lie, and a chunked body has none."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.problems import saying

LIMIT_BYTES = 64 * 1024


class BodyLimit:
    """Middleware that answers 413 to a body over LIMIT_BYTES, at once where its length was announced."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, counting what it brings."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdigit() and int(announced) > LIMIT_BYTES:
            await saying("too_large", limit_bytes=LIMIT_BYTES)(scope, receive, send)
            return
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > LIMIT_BYTES:
                raise HTTPException(413)  # FastAPI passes this kind on and calls every other a body it can't read
            return message

        await self._app(scope, counted, send)
