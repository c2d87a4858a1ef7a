"""Customers who wait for a person and agents, each writing what they like when they like; and what became of it all."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from tests.bot.conftest import Person, Stack, until
from tests.bot.support.conftest import PIXEL
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
WORDS = re.compile(r"(?:.*\n)?c(\d+) (\d+)( corrected)?\Z")
"""What everybody writes, below a name or not: the customer it is from or to, and the number of the message."""
ALBUM, PHOTO, ANSWER, EDIT = range(4)
"""What a message is by the last digit of its number: an album, a photo, an answer to the one before, one that is
edited; from four on it is a plain text."""


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
        person = self.customers[customer]
        for number in range(messages):
            sent = await person.sends(**_content(customer, number, self.asked))
            self.asked[customer, number] = sent["message_id"]
            await asyncio.sleep(pause)
            if number % 10 == EDIT:
                await person.edits(sent["message_id"], f"c{customer} {number} corrected")

    async def _answer(self, agent: Agent, messages: int, pause: float) -> None:
        for number in range(messages):
            for customer in agent.customers:
                writes = {"user_id": agent.user_id, "thread": await self._topic_of(customer)}
                sent = await self.in_group("messages", **writes, **_content(customer, number, self.answered))
                self.answered[customer, number] = sent["message_id"]
                await asyncio.sleep(pause / len(agent.customers))
                if number % 10 == EDIT:
                    edit = {"message_id": sent["message_id"], "text": f"c{customer} {number} corrected"}
                    await self.in_group("edits", user_id=agent.user_id, **edit)

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

        Raises AssertionError for one that stands where it must not, before an earlier one, without its edit or what it
        answers, and for a picture too many or too few.
        """
        group = (await self.stack.api.get(f"/sandbox/groups/{self.group_id}")).json()["messages"]
        topics = self.topics()
        receipts = {message["message_id"] for message in group if message.get("reactions")}
        fates: Counter[Fate] = Counter()
        for customer, person in enumerate(self.customers):
            chat = await person.history()
            topic = [message for message in group if message.get("message_thread_id") == topics.get(customer)]
            asked = Side(chat, topic, {number: at for (of, number), at in self.asked.items() if of == customer})
            answered = Side(topic, chat, {number: at for (of, number), at in self.answered.items() if of == customer})
            for number, message_id in asked.written.items():
                fates["customer", asked.copies(number), asked.told(message_id), False] += 1
            for number, message_id in answered.written.items():
                fate = answered.copies(number), answered.told(message_id), message_id in receipts
                fates["agent", *fate] += 1
            for side in (asked, answered):
                side.check(customer)
        elsewhere = [message for message in group if message.get("message_thread_id") not in set(topics.values())]
        assert not list(_carried(elsewhere)), "something stands in nobody's topic"
        return fates


@dataclass
class Side:
    """What one side of a conversation wrote (``written``: number → message id), where, and where it was carried to."""

    home: list[Json]
    there: list[Json]
    written: Mapping[int, int]

    def copies(self, number: int) -> int:
        """Return how often a message stands on the other side."""
        return sum(found == number for _, found, _ in _carried(self.there))

    def told(self, message_id: int) -> bool:
        """Return whether its writer was told that it may not have arrived."""
        return message_id in _replied_to(self.home)

    def check(self, customer: int) -> None:
        """Raise AssertionError where something is out of order, not whole or not its customer's."""
        carried = list(_carried(self.there))
        assert {whose for whose, _, _ in carried} <= {customer}, "somebody else's message"
        numbers = [number for _, number, _ in carried]
        assert numbers == sorted(numbers), f"out of order: {numbers}"
        doubted = _replied_to(self.home)
        sure = {number for number in numbers if self.written[number] not in doubted}
        for _, number, message in carried:
            words = str(message.get("text") or message.get("caption"))
            if number in sure and number % 10 == EDIT:
                assert words.endswith("corrected"), f"never corrected: {words}"
            if number % 10 == ANSWER and {number, number - 1} <= sure:
                answered = WORDS.match(_words(message["reply_to_message"]))
                assert answered, f"answers nothing: {words}"
                assert int(answered[2]) == number - 1
        pictures = sum("photo" in message for message in self.home if not message["from"]["is_bot"])
        there = sum("photo" in message for message in self.there if message["from"]["is_bot"])
        assert there <= pictures, "a picture was carried twice"
        assert there == pictures or doubted, "a picture was lost"


def _content(customer: int, number: int, before: Mapping[tuple[int, int], int]) -> Json:
    words, kind = f"c{customer} {number}", number % 10
    if kind == ALBUM:
        return {"album": [{"photo": PIXEL, "caption": words}, {"photo": PIXEL}]}
    if kind == PHOTO:
        return {"photo": PIXEL, "caption": words}
    if kind == ANSWER:
        return {"text": words, "reply_to_message_id": before[customer, number - 1]}
    return {"text": words}


def _carried(messages: list[Json]) -> Iterator[tuple[int, int, Json]]:
    """Yield what the bot carried into a chat: whose it is, its number, and the message."""
    for message in messages:
        found = WORDS.match(_words(message)) if message["from"]["is_bot"] else None
        if found is not None:
            yield int(found[1]), int(found[2]), message


def _words(message: Json) -> str:
    return str(message.get("text") or message.get("caption") or "")


def _replied_to(messages: list[Json]) -> set[int]:
    """Return the messages to which the bot said something that it carried for nobody."""
    return {
        message["reply_to_message"]["message_id"]
        for message in messages
        if message["from"]["is_bot"]
        and "reply_to_message" in message
        and "photo" not in message
        and not WORDS.match(_words(message))
    }
