"""The life of the gateway: built, started, stopped, each step in its order and each stop within its time.

start   reach Telegram ► menu ► sender ► what was left unfinished ► updates ► ready
stop    no more updates ► lanes end ► calls in flight end ► connections and database closed
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import stamina
import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from telegram import Bot
from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError

from bot import app, menu, webhook
from bot.arrival import UPDATE_KINDS
from bot.choosing import INTENT as LANGUAGES
from bot.choosing import Choosing
from bot.courier.cards import INTENT as COURIERS
from bot.courier.courier import Courier
from bot.deeds import Deeds
from bot.engine import Engine
from bot.flood import Flood
from bot.giving_back import INTENT as COUPONS
from bot.giving_back import GivingBack
from bot.handlers import Handlers
from bot.helped import INTENT as HELP
from bot.helped import Helped
from bot.imei_photos import INTENT as PHOTOS
from bot.imei_photos import ImeiPhotos
from bot.instance import Instance
from bot.intake import Inbox
from bot.lanes import Lanes
from bot.linking import INTENT as LINKS
from bot.linking import Linking
from bot.listening import Listener
from bot.mute import Mute
from bot.offers import INTENT as OFFERS
from bot.offers import Offers
from bot.outgoing import Outgoing
from bot.photos import Photos
from bot.poison import SiftingRequest
from bot.presence import Presence
from bot.process import WRONG_TOKEN, Fatal
from bot.reader.reader import Reader
from bot.resuming import Resumer
from bot.sender import Sender
from bot.store import Store
from bot.support.cards import Cards
from bot.support.commands import MENU
from bot.support.desk import Desk
from bot.support.group import Group
from bot.support.incoming import Incoming
from bot.support.pacing import Pace
from bot.support.posting import Posting
from bot.taps import Taps
from bot.turns import Turns
from bot.wire import Wire
from bot.words import Words
from tradein import answers, handover
from tradein.logs import described
from tradein.settings import Settings

CONFLICTS_BORNE, CONFLICTS_WITHIN = 2, 60.0
"""Times in so many seconds that another poller is put up with: the last request of a killed predecessor ends soon."""
CALLS_AT_ONCE = 256
PATIENCE_SECONDS = {"updates": 1.0, "lanes": 1.5, "sender": 2.5, "connections": 0.5, "reader": 0.25, "health": 0.25}
"""How long a stop waits for each part, at most: together less than a supervisor's patience.

A turn that is cut off is asked again after the next start, and nothing runs twice; a message that is cut off is in
doubt, so the sender has the most time.
"""
_LOG = structlog.get_logger()


class Gateway:
    """All parts of the gateway, wired."""

    def __init__(self, settings: Settings, token: str, domain: Path, *, send_timeout: float) -> None:
        bot_id = int(token.partition(":")[0])
        self._settings = settings
        self._stop = asyncio.Event()
        self._fatal: str | None = None
        self._ready = False
        self._conflicts: list[float] = []
        self._words = Words.load(domain, currency=settings.currency, timezone=settings.timezone)
        self._instance = Instance(settings.var_dir)
        self._store = Store(settings.database_url)
        self._inbox = Inbox(self._store, bot_id=bot_id)
        self._lanes = Lanes(self._inbox.forget)
        self._reader = Reader()
        api_url = settings.telegram_api_url
        calling = Wire(api_url, read_timeout=send_timeout, connections=CALLS_AT_ONCE)
        polling = SiftingRequest(api_url, self._inbox, read_timeout=10, turned_away=self._turned_away)
        self._wires = calling, polling
        self._application = app.make(
            token,
            api_url,
            inbox=self._inbox,
            lanes=self._lanes,
            calling=calling,
            polling=polling,
        )
        bot = self._application.bot
        self._inbox.bot = bot
        self._engine = Engine(settings.rasa_url)
        self._group = Group(self._store, settings.support_chat_id) if settings.support_chat_id else None
        self._inbox.group = self._group
        steps = handover.read(settings.catalogue_dir / "handover.yml")
        self._outgoing = Outgoing(
            settings, self._store, bot, self._words, self._instance, steps=steps, posting=self._posting(bot)
        )
        sender = self._outgoing.sender
        carry = Incoming(self._group, self._words).carry if self._group else None
        mute = Mute(self._store, sender, self._words, settings.policy, carry, bot_id)
        turns = Turns(self._store, self._engine, sender, self._words, self._lanes, bot, bot_id, mute)
        self._resumer = Resumer(self._store, self._engine, sender, self._words, self._lanes, bot_id)
        deeds = Deeds(self._store, sender, self._words, bot_id)
        photos = Photos(bot, self._reader)
        courier = Courier(self._store, deeds, photos, self._words, settings.policy, handover=steps)
        imei_photos = ImeiPhotos(self._store, deeds, photos, self._words)
        taps = Taps(self._store, self._inbox, turns, sender, self._words, bot_id)
        offers = Offers(deeds, self._words, settings.policy)
        linking = Linking(deeds, self._words)
        helped, giving_back = Helped(deeds, self._words), GivingBack(deeds, self._words)
        taps.desks = {
            COURIERS: courier,
            PHOTOS: imei_photos,
            OFFERS: offers,
            LINKS: linking,
            HELP: helped,
            COUPONS: giving_back,
            LANGUAGES: Choosing(self._store, turns),
        }
        handlers = Handlers(self._inbox, turns, Presence(self._store), deeds, courier, imei_photos, linking, helped)
        flood = Flood(self._inbox, self._lanes, turns, settings.customer_burst, settings.customer_per_minute)
        app.set_table(self._application, handlers, taps, self._desk(sender, bot_id), flood)

    def _posting(self, bot: Bot) -> Posting | None:
        if self._group is None:
            return None
        cards = Cards(self._words, self._settings.policy, set_id=self._group.set_id)
        return Posting(self._store, bot, self._group, cards, Pace(self._settings.support_per_minute))

    def _desk(self, sender: Sender, bot_id: int) -> Desk | None:
        if self._group is None:
            return None
        settings, file = self._settings, self._settings.catalogue_dir / "answers.yml"
        canned = answers.read(file) if file.exists() else {}
        return Desk(self._store, self._inbox, sender, self._words, self._group, settings.policy, canned, bot_id)

    def stop(self) -> None:
        """Ask the gateway to stop."""
        self._stop.set()

    async def run(self) -> None:
        """Run until :meth:`stop`; raises Fatal when it can't go on, PortTaken when it can't begin."""
        async with AsyncExitStack() as stack:
            stack.callback(self._instance.close)
            stack.callback(self._store.close)
            stack.push_async_callback(self._wait, "reader", self._reader.close)
            health = Listener(self._settings.bot_health_port, [Route("/health", self._health), self._outgoing.route()])
            await health.start()
            stack.push_async_callback(self._wait, "health", health.stop)
            self._engine.start()
            stack.push_async_callback(self._wait, "connections", self._disconnect)
            if await self._unless_stopped(self._initialize):
                await self._live(stack)
        if self._fatal:
            raise Fatal(self._fatal)

    async def _live(self, stack: AsyncExitStack) -> None:
        await self._publish(menu.publish(self._application.bot, self._words))
        if self._group is not None:
            await self._group.find()
            self._group.moved = self._publish_desk
            await self._publish_desk(self._group.chat_id)
        self._outgoing.start(self._end_of_sender)
        stack.push_async_callback(self._wait, "sender", self._outgoing.close)
        await self._application.start()
        stack.push_async_callback(self._stop_lanes)
        if self._settings.support_chat_id is not None:
            resuming = asyncio.create_task(self._resumer.run())
            resuming.add_done_callback(self._end_of_sender)
            stack.callback(self._resumer.close)
        left = await self._inbox.resume()
        keeping_up = asyncio.create_task(self._inbox.keep_up())
        keeping_up.add_done_callback(self._end_of_sender)
        stack.callback(keeping_up.cancel)
        if await self._unless_stopped(partial(self._listen, stack)):
            self._ready = True
            _LOG.info("bot ready", resumed=left, mode="webhook" if self._settings.telegram_webhook_url else "polling")
            await self._stop.wait()
        self._ready = False
        _LOG.info("stopping")

    async def _publish_desk(self, chat_id: int) -> None:
        bot, words = self._application.bot, self._words
        await self._publish(menu.publish_desk(bot, words, MENU, chat_id=chat_id))

    @staticmethod
    async def _publish(publishing: Coroutine[Any, Any, None]) -> None:
        """Set a menu; one that can't be set keeps nobody from writing."""
        try:
            await publishing
        except TelegramError as error:
            _LOG.warning("menu_not_set", reason=str(error))

    async def _initialize(self) -> None:
        async for attempt in stamina.retry_context(
            on=lambda error: isinstance(error, NetworkError), attempts=None, timeout=None, wait_initial=0.5, wait_max=10
        ):
            with attempt:
                try:
                    await self._application.initialize()
                except InvalidToken:
                    raise Fatal(WRONG_TOKEN) from None
                except NetworkError as error:
                    _LOG.warning("telegram_not_reached", api=self._settings.telegram_api_url, reason=str(error))
                    raise

    async def _listen(self, stack: AsyncExitStack) -> None:
        """Take updates, by webhook if one is set."""
        settings, bot = self._settings, self._application.bot
        if not settings.telegram_webhook_url:
            updater = self._application.updater
            if updater is None:
                raise Fatal("python-telegram-bot was built without an updater.")
            await updater.start_polling(
                bootstrap_retries=-1, allowed_updates=UPDATE_KINDS, error_callback=self._polling_failed
            )
            stack.push_async_callback(self._wait, "updates", updater.stop)
            return
        if settings.telegram_webhook_secret is None:
            raise Fatal("TELEGRAM_WEBHOOK_SECRET is missing: without it anybody could send updates to the webhook.")
        secret = settings.telegram_webhook_secret.get_secret_value()
        path = urlsplit(settings.telegram_webhook_url).path
        listener = Listener(settings.telegram_webhook_port, [webhook.route(path, secret, self._inbox)])
        await listener.start()
        stack.push_async_callback(self._wait, "updates", listener.stop)
        async for attempt in stamina.retry_context(on=NetworkError, attempts=None, timeout=None, wait_max=10):
            with attempt:
                await bot.set_webhook(settings.telegram_webhook_url, secret_token=secret, allowed_updates=UPDATE_KINDS)

    async def _stop_lanes(self) -> None:
        self._lanes.close()
        await self._wait("lanes", self._application.stop)
        self._lanes.abandon()

    async def _disconnect(self) -> None:
        await self._application.shutdown()
        for wire in self._wires:
            await wire.shutdown()  # an Application that never got ready leaves them open
        await self._engine.close()

    @staticmethod
    async def _wait(part: str, end: Callable[[], Awaitable[object]]) -> None:
        try:
            await asyncio.wait_for(end(), PATIENCE_SECONDS[part])
        except TimeoutError:
            _LOG.warning("stopped_half_way", part=part)

    async def _unless_stopped(self, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Do ``work`` unless a stop comes first; False then."""
        doing = asyncio.create_task(work())
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not doing.done():
            doing.cancel()
            await asyncio.wait({doing})
            return False
        doing.result()
        return not self._stop.is_set()

    async def _health(self, _request: Request) -> PlainTextResponse:
        updater = self._application.updater
        deaf = not self._settings.telegram_webhook_url and (updater is None or not updater.running)
        up = self._ready and not deaf
        return PlainTextResponse("ok" if up else "deaf" if self._ready else "starting", status_code=200 if up else 503)

    def _polling_failed(self, error: TelegramError) -> None:
        if not isinstance(error, Conflict):
            _LOG.warning("telegram_not_reached", api=self._settings.telegram_api_url, reason=str(error))
            return
        now = time.monotonic()
        self._conflicts = [at for at in self._conflicts if now - at < CONFLICTS_WITHIN] + [now]
        _LOG.error("another_poller", times=len(self._conflicts))
        if len(self._conflicts) > CONFLICTS_BORNE:
            self._end("Another process takes the updates of this bot: stop it, there can be only one.")

    def _turned_away(self) -> None:
        self._end(WRONG_TOKEN)

    def _end_of_sender(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _LOG.error("sender_failed", **described(error))
            self._end("The sender has failed; the log says why.")

    def _end(self, reason: str) -> None:
        self._fatal = self._fatal or reason
        self._stop.set()
