"""How long a message takes between a customer and an agent, beside a bare copyMessage by whoever saw it first.

The gateway as it runs, one process, over a sandbox Telegram. Bare: the message is written, and one copyMessage call
made at once, without inbox, outbox, map of twins or anything to rely on.
"""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from tests.bot.conftest import TOKEN, Person, prepared
from tests.bot.support.conftest import Agent, Desk, staffed
from tradein import migrate

MESSAGES, WARM = 60, 5
"""Messages each way, and how many before them that don't count."""
PLENTY = 100_000
"""Messages a minute: Telegram's limit is not what is measured."""


@dataclass(frozen=True)
class Carried:
    """Milliseconds from writing to being there, medians: to the agents, to the customer, and bare."""

    to_agents_ms: float
    to_customer_ms: float
    bare_ms: float


def measure(folder: Path) -> Carried:
    """Measure on a SQLite database in ``folder``."""
    return uvloop.run(_measured(folder))


async def _measured(folder: Path) -> Carried:
    url = f"sqlite:///{folder / 'relay.db'}"
    migrate.upgrade(url)
    async with prepared(url, folder) as stack:
        stack.extra["TRADEIN_LOG_LEVEL"] = "info"
        desk = await staffed(stack, per_minute=PLENTY)
        customer, agent = await desk.talking()
        thread = (await desk.topic(customer))["id"]
        to_agents, to_customer = [], []
        for number in range(-WARM, MESSAGES):  # in turn, as people talk: who is asked may answer as often
            to_agents.append(await _to_agents(desk, customer, f"question {number}"))
            to_customer.append(await _to_customer(desk, agent, customer, thread, f"answer {number}"))
        stack.stop()
        bare = [await _bare(desk, customer, thread, f"message {number}") for number in range(-WARM, MESSAGES)]
    return Carried(*(statistics.median(took[WARM:]) * 1000 for took in (to_agents, to_customer, bare)))


async def _to_agents(desk: Desk, customer: Person, text: str) -> float:
    room = f"/sandbox/groups/{desk.id}"
    seq = (await desk.shown())["seq"]
    began = time.perf_counter()
    await customer.says(text)
    return await _there(desk, room, seq, text) - began


async def _to_customer(desk: Desk, agent: Agent, customer: Person, thread: int, text: str) -> float:
    room = f"/sandbox/chats/{customer.id}"
    seq = (await desk.stack.api.get(room)).json()["seq"]
    began = time.perf_counter()
    await desk.post("messages", {"user_id": agent.id, "thread": thread, "text": text})
    return await _there(desk, room, seq, text) - began


async def _there(desk: Desk, room: str, seq: int, text: str) -> float:
    """Return the moment at which the bot's message is in a room."""
    while True:
        changed: dict[str, Any] = (await desk.stack.api.get(f"{room}/messages?after={seq}&wait=20")).json()
        seq, now = changed["seq"], time.perf_counter()
        if any(message["from"]["is_bot"] and text in message.get("text", "") for message in changed["messages"]):
            return now


async def _bare(desk: Desk, customer: Person, thread: int, text: str) -> float:
    began = time.perf_counter()
    written = await customer.says(text)
    copied = await desk.stack.api.post(
        f"/bot{TOKEN}/copyMessage",
        json={
            "chat_id": desk.id,
            "message_thread_id": thread,
            "from_chat_id": customer.id,
            "message_id": written["message_id"],
        },
    )
    assert copied.is_success, copied.text
    return time.perf_counter() - began
