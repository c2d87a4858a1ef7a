"""Patience with who asks slowly or at length: a connection that brings no whole request in its time is closed.

uvicorn waits for the rest of a request for ever, and a few hundred connections that say nothing would take every file
the process may open. It also keeps a head of any length: one connection without an end to its headers would take all
the memory there is.
"""

import asyncio
from typing import override

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUEST_SECONDS = 10.0
"""From the connection, or from the first byte of a further request, to the last byte of the request."""
AROUND_BYTES = 512 * 1024
"""What a request may have around its body: a head, and the frames of a body of 64 KiB sent byte by byte."""


class Patient(HttpToolsProtocol):
    """uvicorn's protocol, with an end to waiting."""

    _asking: asyncio.TimerHandle | None = None
    _around = 0

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
        self._around += len(data)
        super().data_received(data)
        if self._around > AROUND_BYTES and not self.transport.is_closing():
            if self.cycle is None or self.cycle.response_complete:
                self.send_400_response("The request is too long.")
            else:
                self.transport.close()

    @override
    def on_body(self, body: bytes) -> None:
        """Leave the body to :mod:`web.body`."""
        self._around -= len(body)
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        """Wait no more: now it is our turn."""
        super().on_message_complete()
        self._around = 0
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
