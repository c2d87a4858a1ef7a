"""The gateway as it really runs: a process between a sandbox Telegram and an engine that follows a script."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from tests.bot.scripted_engine import ScriptedEngine, echo
from tests.bot.words import DOMAIN
from tradein import database as db
from tradein.database import Sessions
from tradein.inbox import InboxUpdate, UpdateState
from tradein.outbox import Message, MessageState

ROOT = Path(__file__).parents[2]
TOKEN = "1:sandbox"
PATIENCE = 60.0
"""Seconds after which something counts as never coming about: a busy machine is slow."""
WORDS = """
  utter_notice_of_a_test:
    - text: "for {name}: <b>{value}</b>"
"""
"""A notice that only the tests owe, with a parameter that somebody may have written."""


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def bare(folder: Path) -> dict[str, str]:
    """Return what a process needs to run at all; nothing that a developer has set reaches it."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "TRADEIN_VAR_DIR": str(folder),
        "TRADEIN_CATALOGUE_DIR": str(ROOT / "catalogue"),
    }


async def until[Found](look: Callable[[], Found]) -> Found:
    """Return what ``look`` finds as soon as it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came about"
        await asyncio.sleep(0.02)
    return found


@dataclass
class Person:
    """A customer of the sandbox."""

    id: int
    api: httpx.AsyncClient

    async def says(self, text: str) -> dict[str, Any]:
        """Send a text."""
        return await self._post("messages", {"text": text})

    async def sends(self, **content: object) -> dict[str, Any]:
        """Send something else."""
        return await self._post("messages", content)

    async def edits(self, message_id: int, text: str) -> dict[str, Any]:
        """Edit an own message."""
        return await self._post("edits", {"message_id": message_id, "text": text})

    async def taps(self, message: dict[str, Any], title: str) -> str:
        """Tap the button with this title; return the callback's id."""
        data = {button["text"]: button["callback_data"] for row in keyboard(message) for button in row}[title]
        return await self.taps_data(message["message_id"], data)

    async def taps_data(self, message_id: int, data: str) -> str:
        """Tap a button by its data."""
        tapped = await self._post("callbacks", {"message_id": message_id, "data": data})
        return str(tapped["callback_id"])

    async def answer_to(self, callback_id: str) -> dict[str, Any]:
        """Return the bot's answer to a tap once it is there."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            answer: dict[str, Any] = (await self.api.get(f"/sandbox/callbacks/{callback_id}")).json()
            if answer["answered"]:
                return answer
            await asyncio.sleep(0.02)
        raise AssertionError("the tap was never answered")

    async def block(self, *, blocked: bool = True) -> None:
        """Block the bot, or let it write again."""
        await self._post("block" if blocked else "unblock", {})

    async def replies(self) -> list[dict[str, Any]]:
        """Return the bot's messages as they stand now."""
        return [message for message in await self.history() if message["from"]["is_bot"]]

    async def history(self) -> list[dict[str, Any]]:
        """Return all that stands in the chat now, the customer's own messages too."""
        found: list[dict[str, Any]] = (await self.api.get(f"/sandbox/chats/{self.id}")).json()["messages"]
        return found

    async def texts(self) -> list[str]:
        """Return the bot's words as they stand now."""
        return [message["text"] for message in await self.replies()]

    async def sees(self, count: int) -> list[dict[str, Any]]:
        """Return the bot's messages once there are ``count``."""
        return await self.sees_that(lambda replies: len(replies) >= count)

    async def sees_that(self, true: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Return the bot's messages once something is true of them."""
        deadline = time.monotonic() + PATIENCE
        while not true(replies := await self.replies()):
            assert time.monotonic() < deadline, [message["text"] for message in replies]
            await asyncio.sleep(0.02)
        return replies

    async def _post(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        response = await self.api.post(f"/sandbox/chats/{self.id}/{what}", json=body)
        assert response.is_success, response.text
        answer: dict[str, Any] = response.json()
        return answer


def keyboard(message: dict[str, Any]) -> list[list[dict[str, str]]]:
    """Return the rows of buttons under a message."""
    rows: list[list[dict[str, str]]] = message.get("reply_markup", {}).get("inline_keyboard", [])
    return rows


def titles(message: dict[str, Any]) -> list[list[str]]:
    """Return the titles of the buttons under a message, row by row."""
    return [[button["text"] for button in row] for row in keyboard(message)]


@dataclass
class Stack:
    """A sandbox, an engine and the gateway between them."""

    api: httpx.AsyncClient
    api_url: str
    engine: ScriptedEngine
    database_url: str
    database: Sessions
    folder: Path
    health_port: int = field(default_factory=free_port)
    extra: dict[str, str] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Return what the gateway's process is given: all of it, and no ``.env`` lies in its folder."""
        return {
            **bare(self.folder),
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": self.api_url,
            "TRADEIN_DATABASE_URL": self.database_url,
            "TRADEIN_RASA_URL": self.engine.url,
            "TRADEIN_BOT_HEALTH_PORT": str(self.health_port),
            "TRADEIN_CATALOGUE_DIR": str(ROOT / "catalogue"),
            "TRADEIN_LOG_LEVEL": "debug",
            "TRADEIN_CUSTOMER_BURST": "1000000",  # tests write quicker than people, except in test_flood
            **self.extra,
        }

    @property
    def log_file(self) -> Path:
        """Return where the gateway writes."""
        return self.folder / "bot.log"

    @property
    def domain(self) -> Path:
        """Return the words: the assistant's, and those of the tests."""
        path = self.folder / "domain.yml"
        if not path.exists():
            path.write_text(DOMAIN.read_text().replace("\nresponses:\n", f"\nresponses:\n{WORDS}", 1))
        return path

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the gateway's process without waiting for it."""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own process
                [sys.executable, "-m", "bot", "--domain", str(self.domain), *self.arguments],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        return self.process

    async def start(self) -> None:
        """Start the gateway and wait until it is ready."""
        process = self.launch()
        await until(lambda: self.ready() or process.poll() is not None)
        assert process.poll() is None, self.log_file.read_text()

    def ready(self) -> bool:
        """Whether the gateway says that it is ready."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.health_port}/health", trust_env=False).is_success
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """End the gateway as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask the gateway to stop; return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    async def person(self, name: str = "Asha", language: str = "en") -> Person:
        """Let somebody come to Telegram."""
        made = await self.api.post("/sandbox/customers", json={"first_name": name, "language_code": language})
        return Person(made.json()["id"], self.api)

    async def rest(self) -> None:
        """Wait until nothing is under way: every update finished, every message sent or given up."""

        def idle() -> bool:
            with self.database() as session:
                new = session.scalar(select(func.count()).where(InboxUpdate.state == UpdateState.NEW))
                waiting = session.scalar(
                    select(func.count()).where(Message.state.in_((MessageState.QUEUED, MessageState.SENDING)))
                )
            return not new and not waiting

        deadline = time.monotonic() + PATIENCE
        while (await self.api.get("/sandbox/health")).json()["pending"] or not idle():
            assert time.monotonic() < deadline, "it never came to rest"
            await asyncio.sleep(0.02)

    def log(self) -> list[dict[str, Any]]:
        """Return what the gateway logged."""
        lines = self.log_file.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    async def faulted(self) -> None:
        """Wait until everything that was ordered has gone wrong."""
        deadline = time.monotonic() + PATIENCE
        while (await self.api.get("/sandbox/faults")).json():
            assert time.monotonic() < deadline, "it never went wrong"
            await asyncio.sleep(0.02)

    async def fault(self, **order: str | float) -> None:
        """Let something go wrong at Telegram."""
        response = await self.api.post("/sandbox/faults", json=order)
        assert response.is_success, response.text


@asynccontextmanager
async def prepared(database_url: str, folder: Path) -> AsyncIterator[Stack]:
    """Give a sandbox and an engine; whoever asked starts the gateway."""
    port = free_port()
    with (folder / "sandbox.log").open("wb") as log:
        sandbox = subprocess.Popen(  # noqa: ASYNC220, S603 - our own process
            [sys.executable, "-m", "sandbox", "--port", str(port), "--memory"],
            cwd=folder,
            env=bare(folder),
            stdout=log,
            stderr=log,
        )
    script = ScriptedEngine()
    await script.start()
    sessions = db.Sessions(db.connect(database_url))
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as api:
        stack = Stack(api, url, script, database_url, sessions, folder)
        try:
            await _answering(api)
            yield stack
        finally:
            for process in (stack.process, sandbox):
                if process is not None and process.poll() is None:
                    process.kill()
                    process.wait()
            await stack.engine.stop()
            sessions.close()


@pytest.fixture
async def stack(database_url: str, tmp_path: Path) -> AsyncIterator[Stack]:
    """Give a sandbox and an engine of the test's own; the test starts the gateway."""
    async with prepared(database_url, tmp_path) as stack:
        yield stack


@pytest.fixture
async def own(stack: Stack) -> Stack:
    """Give a stack of the test's own with its gateway ready: for tests that break something."""
    await stack.start()
    return stack


@pytest.fixture(scope="session")
async def shared(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Give one stack to all tests that only talk."""
    folder = tmp_path_factory.mktemp("gateway")
    shutil.copy(migrated, folder / "tradein.db")
    async with prepared(f"sqlite:///{folder / 'tradein.db'}", folder) as stack:
        await stack.start()
        yield stack


@pytest.fixture
async def gateway(shared: Stack) -> AsyncIterator[Stack]:
    """Give the shared stack with a fresh script, and leave nothing standing behind."""
    shared.engine.script, shared.engine.delay = echo, 0.0
    shared.engine.received.clear()
    yield shared
    await shared.api.delete("/sandbox/faults")
    shared.engine.script, shared.engine.delay, shared.engine.together = echo, 0.0, None
    await shared.rest()


async def _answering(api: httpx.AsyncClient) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if (await api.get("/sandbox/health")).is_success:
                return
        except httpx.TransportError:
            await asyncio.sleep(0.02)
    raise AssertionError("the sandbox never answered")
