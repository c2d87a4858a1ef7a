"""All that goes out: what is due is swept into the outbox, and the outbox is delivered. Any number may run."""

import asyncio
from collections.abc import Callable

from starlette.routing import Route
from telegram import Bot

from bot.instance import Instance
from bot.metrics import Metrics
from bot.sender import Sender
from bot.store import Store
from bot.support.posting import Posting
from bot.sweeping import Sweeper
from bot.words import Words
from tradein.handover import Steps
from tradein.settings import Settings


class Outgoing:
    """The sender and the sweeper of one process, with their figures."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        bot: Bot,
        words: Words,
        instance: Instance,
        *,
        steps: Steps,
        per_second: float | None = None,
        posting: Posting | None = None,
    ) -> None:
        rate = per_second or settings.reminders_per_second
        self._store = store
        self._metrics = Metrics()
        self.sender = Sender(
            store, bot, words, instance, policy=settings.policy, metrics=self._metrics, unasked=rate, posting=posting
        )
        self._sweeper = Sweeper(store, self.sender, settings.policy, self._metrics, steps=steps, per_second=rate)

    def route(self) -> Route:
        """Return the route at which Prometheus asks."""
        return self._metrics.route(self._store)

    def start(self, ended: Callable[[asyncio.Task[None]], None]) -> None:
        """Begin; ``ended`` hears of each part's end."""
        for part in (self.sender.run(), self._sweeper.run()):
            asyncio.create_task(part).add_done_callback(ended)

    async def close(self) -> None:
        """Queue nothing more, finish the calls in flight."""
        self._sweeper.close()
        await self.sender.close()
