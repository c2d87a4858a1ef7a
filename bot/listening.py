"""The gateway's ears on the loopback: a health probe, and Telegram's webhook where one is set."""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

LOOPBACK = "127.0.0.1"


class PortTaken(Exception):
    """Something else listens on ``port``."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(f"port {port} is taken")


class _Server(uvicorn.Server):
    """A server inside a process that minds its own signals; ``listening`` is set once it answers."""

    listening: asyncio.Event

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say when it is done."""
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave SIGTERM and SIGINT to the gateway."""
        yield


class Listener:
    """A small HTTP server in the gateway's event loop; the port is taken at once, refused with PortTaken."""

    def __init__(self, port: int, routes: Sequence[Route]) -> None:
        # With the protocol named asyncio turns Nagle off; without it every second answer would wait 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((LOOPBACK, port))
        except OSError:
            self._socket.close()
            raise PortTaken(port) from None
        config = uvicorn.Config(
            Starlette(routes=routes),
            access_log=False,
            log_config=None,
            log_level="warning",
            lifespan="off",
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._server.listening = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Answer from now on."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        await self._server.listening.wait()

    async def stop(self) -> None:
        """Finish the requests in hand and close the port."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()
