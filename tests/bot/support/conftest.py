"""A stack with a support group: customers in their chats, agents in its topics."""

import asyncio
import base64
import shutil
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.bot.conftest import PATIENCE, Person, Stack, prepared
from tradein import customers, staff
from tradein.policy import Policy
from tradein.staff import Role
from tradein.support import callers, conversations
from tradein.support.conversations import Conversation

type Json = dict[str, Any]
PIXEL = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
).decode()


@dataclass
class Agent:
    """Somebody in the group."""

    id: int
    staff_id: int | None
    desk: "Desk"

    async def says(self, text: str, *, to: Person, **more: object) -> Json:
        """Write into a customer's topic."""
        return await self.sends(to=to, text=text, **more)

    async def sends(self, *, to: Person, **content: object) -> Json:
        """Send something else there."""
        thread = (await self.desk.topic(to))["id"]
        return await self.desk.post("messages", {"user_id": self.id, "thread": thread, **content})

    async def edits(self, message: Json, text: str, **more: object) -> Json:
        """Edit an own message."""
        body = {"user_id": self.id, "message_id": message["message_id"], "text": text, **more}
        return await self.desk.post("edits", body)

    async def taps(self, message: Json, title: str) -> None:
        """Tap a button and wait for the answer."""
        data = {
            button["text"]: button["callback_data"]
            for row in message["reply_markup"]["inline_keyboard"]
            for button in row
        }[title]
        body = {"user_id": self.id, "message_id": message["message_id"], "data": data}
        tapped = await self.desk.post("callbacks", body)
        deadline = time.monotonic() + PATIENCE
        while not (await self.desk.stack.api.get(f"/sandbox/callbacks/{tapped['callback_id']}")).json()["answered"]:
            assert time.monotonic() < deadline, "the tap was never answered"
            await asyncio.sleep(0.02)


@dataclass
class Desk:
    """The group and the stack it belongs to."""

    stack: Stack
    id: int
    set_id: int = 0
    """The id in the settings: the group may have another by now."""

    def __post_init__(self) -> None:
        self.set_id = self.set_id or self.id

    async def post(self, what: str, body: Json) -> Json:
        """Have something done in the group."""
        response = await self.stack.api.post(f"/sandbox/groups/{self.id}/{what}", json=body)
        assert response.is_success, response.text
        return response.json() if response.content else {}

    async def shown(self) -> Json:
        """Return the group as it is now."""
        found: Json = (await self.stack.api.get(f"/sandbox/groups/{self.id}")).json()
        return found

    async def agent(self, name: str = "Ravi", role: Role | None = Role.AGENT) -> Agent:
        """Let somebody join the group; with a role they are staff."""
        made = await self.stack.api.post("/sandbox/customers", json={"first_name": name, "language_code": "en"})
        user_id = made.json()["id"]
        await self.post("members", {"user_id": user_id})
        if role is None:
            return Agent(user_id, None, self)
        with self.stack.database.begin() as session:
            now = datetime.now(UTC)
            customers.meet(
                session, telegram_user_id=user_id, chat_id=user_id, first_name=name, language="en", now=now
            )  # they opened their invitation in a chat of their own
            member, _ = staff.add(session, name=name, role=role, now=now)
            member.telegram_user_id, member.chat_id = user_id, user_id
            return Agent(user_id, member.id, self)

    async def calling(self, name: str = "Asha", *, language: str = "en") -> Person:
        """Let a customer come who wants a person."""
        person = await self.stack.person(name, language)
        await person.says("hello")
        await person.sees(1)
        self.call(person)
        await person.sees(2)  # that somebody was called
        return person

    async def talking(self, name: str = "Asha") -> "tuple[Person, Agent]":
        """Let an agent have the conversation of a customer."""
        person, agent = await self.calling(name), await self.agent()
        await agent.says("/take", to=person)
        await person.sees(3)  # who is there
        await self.stack.rest()
        return person, agent

    def call(self, person: Person) -> None:
        """Let a customer ask for a person, as the action does."""
        with self.stack.database.begin() as session:
            customer = customers.by_chat(session, person.id)
            conversation = conversations.of(session, customer)
            policy = Policy(support_chat_id=self.set_id)
            callers.call(session, conversation, reason="asked for a person", policy=policy, now=datetime.now(UTC))

    def remove(self, agent: Agent) -> None:
        """End all roles of an agent, as the command line does."""
        with self.stack.database.begin() as session:
            staff.remove(session, staff.by_id(session, agent.staff_id or 0), now=datetime.now(UTC))

    def conversation(self, person: Person) -> Conversation:
        """Return a customer's conversation as it is now."""
        with self.stack.database() as session:
            return _conversation(session, person)

    async def topic(self, person: Person) -> Json:
        """Return a customer's topic once it is there."""

        async def look() -> Json | None:
            number = self.conversation(person).topic_id
            topics = (await self.shown())["topics"]
            return next((topic for topic in topics if topic["id"] == number), None)

        return await eventually(look)

    async def messages(self, person: Person) -> list[Json]:
        """Return what is in a customer's topic now, service messages left out."""
        number = self.conversation(person).topic_id
        found = (await self.shown())["messages"]
        return [
            message
            for message in found
            if message.get("message_thread_id") == number and not any(key.startswith("forum_") for key in message)
        ]

    async def sees(self, person: Person, true: Callable[[list[Json]], object]) -> list[Json]:
        """Return what is in a customer's topic once something is true of it."""

        async def look() -> list[Json] | None:
            messages = await self.messages(person)
            return messages if true(messages) else None

        return await eventually(look)

    async def card(self, person: Person, true: Callable[[str], object] = bool) -> Json:
        """Return the pinned card of a customer's topic once something is true of its words."""

        async def look() -> Json | None:
            number = self.conversation(person).card_message_id
            return next(
                (
                    message
                    for message in await self.messages(person)
                    if message["message_id"] == number and true(message["text"])
                ),
                None,
            )

        return await eventually(look)

    async def general(self) -> list[Json]:
        """Return what the bot wrote outside of any topic."""
        found = (await self.shown())["messages"]
        return [
            message
            for message in found
            if not message.get("message_thread_id") and message["from"]["is_bot"] and "text" in message
        ]


async def eventually[Found](look: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is looked for
    """Return what ``look`` finds as soon as it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := await look()):
        assert time.monotonic() < deadline, "it never came about"
        await asyncio.sleep(0.03)
    return found


def texts(messages: list[Json]) -> list[str]:
    """Return the words of messages."""
    return [message.get("text") or message.get("caption") or "" for message in messages]


def _conversation(session: Session, person: Person) -> Conversation:
    customer = customers.by_chat(session, person.id)
    query = select(Conversation).where(Conversation.customer_id == customer.id)
    return session.scalars(query.execution_options(populate_existing=True)).one()


async def staffed(stack: Stack, *, per_minute: int = 6000, telegrams: int = 0, **group: object) -> Desk:
    """Found a group that takes ``telegrams`` messages a minute (0: any number), and start the gateway with it."""
    limited = await stack.api.put("/sandbox/limits", json={"group_per_minute": telegrams})
    assert limited.is_success, limited.text
    made = await stack.api.post("/sandbox/groups", json=group)
    assert made.is_success, made.text
    desk = Desk(stack, made.json()["id"])
    stack.extra |= {"TRADEIN_SUPPORT_CHAT_ID": str(desk.id), "TRADEIN_SUPPORT_PER_MINUTE": str(per_minute)}
    await stack.start()
    return desk


@pytest.fixture(scope="session")
async def staffed_stack(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """Give one group to all tests that only talk."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copy(migrated, folder / "tradein.db")
    async with prepared(f"sqlite:///{folder / 'tradein.db'}", folder) as stack:
        yield await staffed(stack)


@pytest.fixture
async def desk(staffed_stack: Desk) -> AsyncIterator[Desk]:
    """Give the shared group, and leave nothing standing behind."""
    yield staffed_stack
    await staffed_stack.stack.api.delete("/sandbox/faults")


@pytest.fixture
async def own_desk(stack: Stack) -> Desk:
    """Give a group of the test's own: for tests that break something."""
    return await staffed(stack)
