"""A customer's turn through everything: sandbox, gateway, Rasa, actions, database and back.

Customers play one script, each at its own pace: the next turn begins when the last answer of the one before is there.
How many messages answer each turn is learned from one slow rehearsal, so a turn isn't over before its last message.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bench.measure import Turns, summary

ANSWER_SECONDS = 60.0
QUIET_SECONDS = 1.5
# What a trade-in is made of: commands and words, questions of a form, digressions, a change of mind, a bargain struck.
SCRIPT = (
    "/start",
    "I want to sell my old phone",
    "redmi note 4 4gb 64gb",
    "how long is the coupon valid?",
    "yes it works fine",
    "actually it's the redmi note 5",
    "is pickup free",
    "/evaluate",
    "samsung",
    "galaxy j7",
    "/coupons",
    "/stop",
)


class NoAnswer(Exception):
    """A turn was not answered in full; the message says which one."""


class Customer:
    """One person in the sandbox; ``heard`` has the moment of each answer that they haven't taken note of."""

    def __init__(self, http: aiohttp.ClientSession, chat_id: int) -> None:
        self.heard: asyncio.Queue[float] = asyncio.Queue()
        self._http = http
        self._messages = f"/sandbox/chats/{chat_id}/messages"

    async def says(self, text: str, *, answers: int | None, wait: float = ANSWER_SECONDS) -> tuple[float, int]:
        """Write, and wait for ``answers`` messages, or until it is quiet; return the seconds to the last, and how many.

        Raises :class:`NoAnswer`.
        """
        began = last = time.perf_counter()
        async with self._http.post(self._messages, json={"text": text}, raise_for_status=True) as sent:
            await sent.read()
        heard = 0
        while answers is None or heard < answers:
            try:
                async with asyncio.timeout(QUIET_SECONDS if answers is None and heard else wait):
                    last = await self.heard.get()
            except TimeoutError:
                if answers is None and heard:
                    break
                raise NoAnswer(f"“{text}” got {heard} of {answers or 'some'} answers within {wait:.0f} s") from None
            heard += 1
        return last - began, heard


class Town:
    """All customers of one sandbox; one stream of its events, the page's own, tells when an answer is there to read."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._customers: dict[int, Customer] = {}

    async def arriving(self, name: str) -> Customer:
        """Open a private chat."""
        async with self._http.post("/sandbox/customers", json={"first_name": name}, raise_for_status=True) as made:
            chat_id = (await made.json())["id"]
        self._customers[chat_id] = customer = Customer(self._http, chat_id)
        return customer

    async def listen(self, events: aiohttp.StreamReader) -> None:
        """Tell each customer of the bot's new messages."""
        while event := await events.readuntil(b"\n\n"):
            now = time.perf_counter()
            kind, _, data = event.partition(b"\ndata: ")
            if kind == b"event: message":
                self._hear(json.loads(data), now)

    def _hear(self, told: dict[str, Any], now: float) -> None:
        message = told["message"]
        if message["change"] == "new" and message["from"]["is_bot"] and told["chat_id"] in self._customers:
            self._customers[told["chat_id"]].heard.put_nowait(now)


@asynccontextmanager
async def town(url: str) -> AsyncIterator[Town]:
    """Give the customers of the sandbox at ``url``."""
    forever = aiohttp.ClientTimeout(total=None)
    connections = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(url, connector=connections, timeout=forever) as http,
        http.get("/sandbox/events", raise_for_status=True) as events,
    ):
        await events.content.readuntil(b"\n\n")  # its hello
        customers = Town(http)
        listening = asyncio.create_task(customers.listen(events.content))
        try:
            yield customers
        finally:
            listening.cancel()


async def first_reply(url: str) -> float:
    """Return the seconds from a first hello to its answer."""
    async with town(url) as customers:
        seconds, _ = await (await customers.arriving("First")).says("/start", answers=1)
        return seconds


async def rehearse(url: str) -> list[int]:
    """Play the script once, slowly; return how many messages answer each turn."""
    async with town(url) as customers:
        customer = await customers.arriving("Slow")
        return [(await customer.says(text, answers=None))[1] for text in SCRIPT]


async def play(url: str, customers: int, *, answers: list[int], rounds: int) -> Turns:
    """Let ``customers`` play the script ``rounds`` times at once, each time as somebody new."""
    times: list[float] = []

    async def person(town: Town, number: int) -> None:
        for turn in range(rounds):
            customer = await town.arriving(f"C{number} {turn}")
            for text, expected in zip(SCRIPT, answers, strict=True):
                times.append((await customer.says(text, answers=expected))[0])

    async with town(url) as everybody:
        began = time.perf_counter()
        await asyncio.gather(*(person(everybody, number) for number in range(customers)))
        return summary(customers, times, time.perf_counter() - began)
