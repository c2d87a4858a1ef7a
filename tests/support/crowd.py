"""Fifty customers who wait for a person and five agents, each writing when they like; and what became of every word."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from tests.bot.conftest import Person, Stack, until
from tests.builders import Shopper, stock
from tradein import database as db
from tradein import staff
from tradein.policy import Policy
from tradein.staff import Role
from tradein.support import callers, conversations
from tradein.support.conversations import Conversation

type Json = dict[str, Any]
type Fate = tuple[str, int, bool, bool]
"""Who wrote, how often it arrived, whether they were told of a doubt, whether there is a receipt."""
WORDS = re.compile(r"(?:.*\n)?c(\d+) (\d+)\Z")
"""What everybody writes, below a name or not: the customer it is from or to, and the number of the message."""


@dataclass
class Agent:
    """Somebody of the team and the customers they answer."""

    user_id: int
    customers: list[int]


@dataclass
class Crowd:
    """Who talks, and what was written: the place of each message by what it says."""

    stack: Stack
    group_id: int
    customers: list[Person] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    asked: dict[tuple[int, int], int] = field(default_factory=dict)
    """(customer, number) → message id in the customer's chat."""
    answered: dict[tuple[int, int], int] = field(default_factory=dict)
    """(customer, number) → message id in the group."""

    @classmethod
    async def gather(cls, stack: Stack, *, customers: int, agents: int) -> "Crowd":
        """Let them come; every customer has called a person before the gateway is there."""
        made = await stack.api.post("/sandbox/groups", json={"title": "Support"})
        crowd = cls(stack, made.json()["id"])
        crowd.customers = [await stack.person(f"Customer {number}") for number in range(customers)]
        for number in range(agents):
            person = await stack.person(f"Agent{number}")
            await crowd.in_group("members", user_id=person.id)
            crowd.agents.append(Agent(person.id, list(range(customers))[number::agents]))
        now, policy = datetime.now(UTC), Policy(support_chat_id=crowd.group_id)
        with db.transaction(stack.database) as session:
            stock(session)
            for number, agent in enumerate(crowd.agents):
                member, _ = staff.add(session, name=f"Agent{number}", role=Role.AGENT, now=now)
                member.telegram_user_id = member.chat_id = agent.user_id
            for person in crowd.customers:
                conversation = conversations.of(session, Shopper.arrives(session, person.id).customer)
                callers.call(session, conversation, reason="test", policy=policy, now=now)
        return crowd

    async def in_group(self, deed: str, **body: object) -> Json:
        """Do something in the group."""
        done = await self.stack.api.post(f"/sandbox/groups/{self.group_id}/{deed}", json=body)
        assert done.is_success, done.text
        found: Json = done.json()
        return found

    # --- talking ------------------------------------------------------------------------------------------------------
    async def talk(self, *, messages: int, pause: float) -> None:
        """Let each customer write so many messages, and their agent answer as many; seconds of ``pause`` between."""
        await asyncio.gather(
            *(self._ask(customer, messages, pause) for customer in range(len(self.customers))),
            *(self._answer(agent, messages, pause) for agent in self.agents),
        )

    async def _ask(self, customer: int, messages: int, pause: float) -> None:
        for number in range(messages):
            sent = await self.customers[customer].says(f"c{customer} {number}")
            self.asked[customer, number] = sent["message_id"]
            await asyncio.sleep(pause)

    async def _answer(self, agent: Agent, messages: int, pause: float) -> None:
        for number in range(messages):
            for customer in agent.customers:
                thread, words = await self._topic_of(customer), f"c{customer} {number}"
                sent = await self.in_group("messages", user_id=agent.user_id, thread=thread, text=words)
                self.answered[customer, number] = sent["message_id"]
                await asyncio.sleep(pause / len(agent.customers))

    async def _topic_of(self, customer: int) -> int:
        return await until(lambda: self.topics().get(customer)) or 0

    def topics(self) -> dict[int, int]:
        """Return the topic of each customer that has one."""
        numbers = {person.id: number for number, person in enumerate(self.customers)}
        with db.reading(self.stack.database) as session:
            rows = session.scalars(select(Conversation).where(Conversation.topic_id.is_not(None))).all()
            return {numbers[row.customer.chat_id]: row.topic_id for row in rows if row.topic_id is not None}

    # --- looking ------------------------------------------------------------------------------------------------------
    async def fates(self) -> Counter[Fate]:
        """Count what became of the messages.

        Raises AssertionError for one that stands where it must not, or before an earlier one.
        """
        group = (await self.stack.api.get(f"/sandbox/groups/{self.group_id}")).json()["messages"]
        asked, told_agents = Counter(_arrived(group, self.topics())), _replied_to(group)
        receipts = {message["message_id"] for message in group if message.get("reactions")}
        fates: Counter[Fate] = Counter()
        for customer, person in enumerate(self.customers):
            chat = (await self.stack.api.get(f"/sandbox/chats/{person.id}")).json()["messages"]
            answered, told = Counter(_arrived(chat, {customer: None})), _replied_to(chat)
            for (of, number), message_id in self.asked.items():
                if of == customer:
                    fates["customer", asked[of, number], message_id in told, False] += 1
            for (of, number), message_id in self.answered.items():
                if of == customer:
                    fates["agent", answered[of, number], message_id in told_agents, message_id in receipts] += 1
        return fates


def _arrived(messages: list[Json], places: Mapping[int, int | None]) -> Iterator[tuple[int, int]]:
    """Yield what the bot carried into a chat: each in its customer's place, and none before an earlier one."""
    last: dict[int, int] = {}
    for message in messages:
        found = WORDS.match(message.get("text", "")) if message["from"]["is_bot"] else None
        if found is None:
            continue
        customer, number = int(found[1]), int(found[2])
        assert message.get("message_thread_id") == places.get(customer, "nowhere"), message
        assert number >= last.get(customer, 0), f"{message} came after {last[customer]}"
        last[customer] = number
        yield customer, number


def _replied_to(messages: list[Json]) -> set[int]:
    """Return the messages to which the bot said something that it carried for nobody."""
    return {
        message["reply_to_message"]["message_id"]
        for message in messages
        if message["from"]["is_bot"] and "reply_to_message" in message and not WORDS.match(message.get("text", ""))
    }
