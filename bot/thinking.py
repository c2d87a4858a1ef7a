"""The "typing…" under the bot's name while a customer waits."""

import asyncio
from types import TracebackType
from typing import Self

from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import TelegramError

AFTER_SECONDS = 0.4
"""Seconds. An answer within them comes without the sign: it would only flicker, and cost a call when calls are many."""
AGAIN_SECONDS = 4.0
"""Telegram shows it for five seconds (sendChatAction)."""


class Thinking:
    """Shows that the assistant is typing while the block runs, if it runs for long; never fails the block."""

    def __init__(self, bot: Bot, chat_id: int) -> None:
        self._bot = bot
        self._chat_id = chat_id
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._timer = asyncio.get_running_loop().call_later(AFTER_SECONDS, self._start)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._timer:
            self._timer.cancel()
        if self._task:
            self._task.cancel()

    def _start(self) -> None:
        self._task = asyncio.create_task(self._type())

    async def _type(self) -> None:
        while True:
            try:
                await self._bot.send_chat_action(self._chat_id, ChatAction.TYPING)
            except TelegramError:
                return
            await asyncio.sleep(AGAIN_SECONDS)
