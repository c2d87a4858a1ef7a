"""The sandbox as a process of its own, a real python-telegram-bot client, and the customer's side of the chat."""

import base64
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import httpx
from telegram import Bot, Message, Update
from telegram.request import HTTPXRequest

TOKEN = "1:sandbox"


class Process:
    """A running sandbox; `root` is its address."""

    def __init__(self, *options: str, environment: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "sandbox", "--port", "0", *options],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.root = line.split("on ", 1)[1].split("/ ", 1)[0]

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.terminate()
        code = self.process.wait(timeout=5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@dataclass(frozen=True)
class Customer:
    """One customer's phone."""

    http: httpx.AsyncClient
    id: int

    async def _post(self, deed: str, **body: object) -> dict[str, Any]:
        answer = await self.http.post(f"/sandbox/chats/{self.id}/{deed}", json=body)
        answer.raise_for_status()
        done: dict[str, Any] = answer.json()
        return done

    async def say(self, text: str) -> int:
        """Send a text, return its message id."""
        return int((await self._post("messages", text=text))["message_id"])

    async def show(self, picture: bytes, caption: str = "") -> dict[str, Any]:
        """Send a photo, return the message."""
        photo = base64.b64encode(picture).decode()
        return await self._post("messages", photo=photo, caption=caption)

    async def edit(self, message_id: int, text: str) -> None:
        """Edit a message of one's own."""
        await self._post("edits", message_id=message_id, text=text)

    async def tap(self, message_id: int, data: str) -> str:
        """Tap a button, return the callback's id."""
        return str((await self._post("callbacks", message_id=message_id, data=data))["callback_id"])

    async def block(self) -> None:
        """Block the bot."""
        await self._post("block")

    async def unblock(self) -> None:
        """Unblock the bot."""
        await self._post("unblock")

    async def changes(self, after: int = 0, wait: float = 0) -> dict[str, Any]:
        """Return what changed in the chat."""
        answer = await self.http.get(f"/sandbox/chats/{self.id}/messages", params={"after": after, "wait": wait})
        changes: dict[str, Any] = answer.json()
        return changes

    async def sees(self) -> list[str]:
        """Return the texts in the chat, oldest first."""
        history = (await self.http.get(f"/sandbox/chats/{self.id}")).json()
        return [message.get("text", message.get("caption", "")) for message in history["messages"]]


@dataclass(frozen=True)
class Agent:
    """A member of a group, at their phone."""

    http: httpx.AsyncClient
    id: int
    group_id: int

    async def post(self, deed: str, **body: object) -> dict[str, Any]:
        """Do something in the group."""
        answer = await self.http.post(f"/sandbox/groups/{self.group_id}/{deed}", json={"user_id": self.id, **body})
        assert answer.is_success, answer.text
        done: dict[str, Any] = answer.json() if answer.content else {}
        return done

    async def say(self, text: str, *, thread: int = 0, **more: object) -> int:
        """Send a text into a topic, return its message id."""
        return int((await self.post("messages", text=text, thread=thread, **more))["message_id"])

    async def sees(self, thread: int = 0) -> list[dict[str, Any]]:
        """Return what stands in a topic, General by default, oldest first."""
        whole = (await self.http.get(f"/sandbox/groups/{self.group_id}")).json()
        return [message for message in whole["messages"] if _topic(message) == thread]

    async def about(self) -> dict[str, Any]:
        """Return the group, its members and topics."""
        about: dict[str, Any] = (await self.http.get(f"/sandbox/groups/{self.group_id}")).json()
        return about


def _topic(message: dict[str, Any]) -> int:
    return int(message["message_thread_id"]) if message.get("is_topic_message") else 0


class Inbox:
    """Polls as a bot does: every call confirms what the one before returned."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._offset: int | None = None

    async def take(self) -> list[Update]:
        """Return the next updates, waiting a second for the first."""
        updates = await self._bot.get_updates(offset=self._offset, timeout=1, allowed_updates=[])
        if updates:
            self._offset = updates[-1].update_id + 1
        return list(updates)

    async def one(self) -> Update:
        """Return the next update, which must come alone."""
        (update,) = await self.take()
        return update

    async def message(self) -> Message:
        """Return the message of the next update."""
        message = (await self.one()).message
        assert message is not None
        return message


def make_bot(root: str, token: str = TOKEN) -> Bot:
    """Return a real client pointed at the sandbox."""
    return Bot(
        token,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=HTTPXRequest(connection_pool_size=64),
        get_updates_request=HTTPXRequest(connection_pool_size=8),
    )


async def new_group(http: httpx.AsyncClient, **wanted: object) -> Agent:
    """Found a group that the bot administers, owned by one agent."""
    made = await http.post("/sandbox/groups", json=wanted)
    owner = await new_customer(http, "Meena")
    agent = Agent(http, owner.id, made.json()["id"])
    await agent.post("members", status="creator")
    return agent


async def new_customer(http: httpx.AsyncClient, first_name: str = "Asha") -> Customer:
    """Let a person open the chat."""
    made = await http.post("/sandbox/customers", json={"first_name": first_name})
    return Customer(http, made.json()["id"])
