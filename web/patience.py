"""Patience with who is slow to ask: a connection that brings no whole request in its time is closed.

uvicorn waits for the rest of a request for ever, and a few hundred connections that say nothing would take every file
the process may open.
"""

import asyncio
from typing import override

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUEST_SECONDS = 10.0
"""From the connection, or from the first byte of a further request, to the last byte of the request."""


class Patient(HttpToolsProtocol):
    """uvicorn's protocol, with an end to waiting."""

    _asking: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._begin()

    @override
    def data_received(self, data: bytes) -> None:
        """Begin to wait for the rest, unless the wait began before or the answer to the last request is on its way."""
        if self._asking is None and (self.cycle is None or self.cycle.response_complete):
            self._begin()
        super().data_received(data)

    @override
    def on_message_complete(self) -> None:
        """Wait no more: now it is our turn."""
        super().on_message_complete()
        self._end()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        super().connection_lost(exc)
        self._end()

    def _begin(self) -> None:
        self._asking = self.loop.call_later(REQUEST_SECONDS, self.transport.close)

    def _end(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
