"""Losing a connection on purpose."""

from starlette.types import Receive, Send


async def drop(receive: Receive, send: Send) -> None:
    """Close the connection without a byte of an answer, as a network failure after the effect would."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        # A server that doesn't show its connection: promise more than is sent, and it has to close.
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        return
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
