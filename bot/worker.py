"""``python -m bot.worker``: sends what is owed and reminds, without taking updates, until SIGTERM or SIGINT.

As many as wanted may run beside the gateway, on this machine or others, over one database.
"""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import stamina
import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from telegram import Bot
from telegram.error import InvalidToken, NetworkError

from bot.instance import Instance
from bot.listening import Listener
from bot.outgoing import Outgoing
from bot.process import WRONG_TOKEN, Fatal, parser, serve
from bot.store import Store
from bot.wire import Wire
from bot.words import Words
from tradein import handover
from tradein.logs import described
from tradein.settings import Settings

CALLS_AT_ONCE = 128
PATIENCE_SECONDS = 2.5
"""How long a stop waits for the calls in flight; what is cut off is in doubt."""
_LOG = structlog.get_logger()


class Worker:
    """A sender and a sweeper, wired; with ``/health`` and ``/metrics`` on a loopback ``port``."""

    def __init__(
        self,
        settings: Settings,
        token: str,
        domain: Path,
        *,
        send_timeout: float,
        per_second: float | None = None,
        port: int | None = None,
    ) -> None:
        api_url = settings.telegram_api_url
        self._stop = asyncio.Event()
        self._failed = False
        self._ready = False
        self._port = port
        self._instance = Instance(settings.var_dir)
        self._store = Store(settings.database_url)
        self._wire = Wire(api_url, read_timeout=send_timeout, connections=CALLS_AT_ONCE)
        self._bot = Bot(
            token, base_url=f"{api_url.rstrip('/')}/bot", request=self._wire, get_updates_request=self._wire
        )
        words = Words.load(domain, currency=settings.currency, timezone=settings.timezone)
        self._outgoing = Outgoing(
            settings,
            self._store,
            self._bot,
            words,
            self._instance,
            steps=handover.read(settings.catalogue_dir / "handover.yml"),
            per_second=per_second,
        )

    def stop(self) -> None:
        """Ask the worker to stop."""
        self._stop.set()

    async def run(self) -> None:
        """Run until :meth:`stop`; raises Fatal when it can't go on, PortTaken when it can't begin."""
        async with AsyncExitStack() as stack:
            stack.callback(self._instance.close)
            stack.callback(self._store.close)
            if self._port:
                routes = [Route("/health", self._health), self._outgoing.route()]
                listener = Listener(self._port, routes)
                await listener.start()
                stack.push_async_callback(listener.stop)
            await self._wire.initialize()
            stack.push_async_callback(self._wire.shutdown)
            if await self._known():
                self._outgoing.start(self._ended)
                stack.push_async_callback(self._close)
                self._ready = True
                _LOG.info("worker ready")
                await self._stop.wait()
        if self._failed:
            raise Fatal("The sender has failed; the log says why.")

    async def _health(self, _request: Request) -> PlainTextResponse:
        return PlainTextResponse("ok" if self._ready else "starting", status_code=200 if self._ready else 503)

    async def _known(self) -> bool:
        """Wait until Telegram says that it knows the token; False after a stop."""
        asking = asyncio.create_task(self._ask())
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (asking, stopping):
            task.cancel()
        if self._stop.is_set():
            return False
        await asking
        return True

    async def _ask(self) -> None:
        async for attempt in stamina.retry_context(
            on=NetworkError, attempts=None, timeout=None, wait_initial=0.5, wait_max=10
        ):
            with attempt:
                try:
                    await self._bot.get_me()
                except InvalidToken:
                    raise Fatal(WRONG_TOKEN) from None
                except NetworkError as error:
                    _LOG.warning("telegram_not_reached", reason=str(error))
                    raise

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _LOG.error("sender_failed", **described(error))
            self._failed = True
            self._stop.set()

    async def _close(self) -> None:
        _LOG.info("stopping")
        try:
            await asyncio.wait_for(self._outgoing.close(), PATIENCE_SECONDS)
        except TimeoutError:
            _LOG.warning("stopped_half_way", part="sender")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a worker; return 0 after a stop that was asked for, 1 with one sentence on stderr otherwise."""
    asked = parser("python -m bot.worker", __doc__)
    asked.add_argument("--port", type=int, help="a loopback port for /health and /metrics (none)")
    asked.add_argument(
        "--per-second", type=float, help="reminders a second of all workers together (TRADEIN_REMINDERS_PER_SECOND)"
    )
    options = asked.parse_args(arguments)

    def made(settings: Settings, token: str) -> Worker:
        return Worker(
            settings,
            token,
            options.domain,
            send_timeout=options.send_timeout,
            per_second=options.per_second,
            port=options.port,
        )

    return serve(made, ports=("--port",))


if __name__ == "__main__":
    sys.exit(main())
