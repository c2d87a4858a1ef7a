"""A customer's turn through everything: sandbox, gateway, Rasa, actions, database and back.

Customers play one script, each at its own pace: the next turn begins when the last answer of the one before is there.
How many messages answer each turn is learned from one slow rehearsal, so a turn isn't over before its last message.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import httpx

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


@dataclass
class Customer:
    """One person in the sandbox; ``seq`` is how far they have read."""

    http: httpx.AsyncClient
    chat: str
    seq: int = 0

    @classmethod
    async def arriving(cls, http: httpx.AsyncClient, name: str) -> "Customer":
        """Open a private chat."""
        made = (await http.post("/sandbox/customers", json={"first_name": name})).raise_for_status().json()
        return cls(http, f"/sandbox/chats/{made['id']}")

    async def says(self, text: str, *, answers: int | None, wait: float = ANSWER_SECONDS) -> tuple[float, int]:
        """Write, and wait for ``answers`` messages, or until it is quiet; return the seconds to the last, and how many.

        Raises :class:`NoAnswer`.
        """
        began = last = time.perf_counter()
        (await self.http.post(f"{self.chat}/messages", json={"text": text})).raise_for_status()
        heard = 0
        while answers is None or heard < answers:
            came = await self._hear(QUIET_SECONDS if answers is None and heard else wait)
            if came:
                heard += came
                last = time.perf_counter()
            elif answers is None and heard:
                break
            elif time.perf_counter() - began > wait:
                raise NoAnswer(f"“{text}” got {heard} of {answers or 'some'} answers within {wait:.0f} s")
        return last - began, heard

    async def _hear(self, wait: float) -> int:
        query: dict[str, Any] = {"after": self.seq, "wait": wait}
        changes = (await self.http.get(f"{self.chat}/messages", params=query)).raise_for_status().json()
        self.seq = changes["seq"]
        return sum(message["change"] == "new" and message["from"]["is_bot"] for message in changes["messages"])


def _client(url: str, customers: int) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=customers, max_keepalive_connections=customers)
    return httpx.AsyncClient(base_url=url, trust_env=False, timeout=ANSWER_SECONDS * 2, limits=limits)


async def first_reply(url: str) -> float:
    """Return the seconds from a first hello to its answer."""
    async with _client(url, 1) as http:
        seconds, _ = await (await Customer.arriving(http, "First")).says("/start", answers=1)
        return seconds


async def rehearse(url: str) -> list[int]:
    """Play the script once, slowly; return how many messages answer each turn."""
    async with _client(url, 1) as http:
        customer = await Customer.arriving(http, "Slow")
        return [(await customer.says(text, answers=None))[1] for text in SCRIPT]


async def play(url: str, customers: int, *, answers: list[int], rounds: int) -> Turns:
    """Let ``customers`` play the script ``rounds`` times at once, each time as somebody new."""
    times: list[float] = []

    async def person(http: httpx.AsyncClient, number: int) -> None:
        for turn in range(rounds):
            customer = await Customer.arriving(http, f"C{number} {turn}")
            for text, expected in zip(SCRIPT, answers, strict=True):
                times.append((await customer.says(text, answers=expected))[0])

    async with _client(url, customers) as http:
        began = time.perf_counter()
        await asyncio.gather(*(person(http, number) for number in range(customers)))
        return summary(customers, times, time.perf_counter() - began)
