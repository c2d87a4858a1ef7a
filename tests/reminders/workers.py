"""Worker processes over a database and a sandbox Telegram, killed at will."""

import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot import worker
from tests.bot.conftest import TOKEN, bare
from tests.bot.words import DOMAIN
from tests.crowd import NEVER_QUIET, WORDS
from tests.forking import Forked, fork

PATIENCE = 20.0


@dataclass
class Workers:
    """Some ``python -m bot.worker`` over one folder."""

    folder: Path
    database_url: str
    api_url: str
    arguments: Sequence[str] = ()
    running: dict[Any, Path] = field(default_factory=dict)
    launched: int = 0
    kills: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """Return what a worker is given."""
        return {
            **bare(self.folder),
            **NEVER_QUIET,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": self.api_url,
            "TRADEIN_DATABASE_URL": self.database_url,
        }

    def ready(self) -> int:
        """Return how many are at work."""
        return sum(log.exists() and '"worker ready"' in log.read_text() for log in self.running.values())

    def launch(self, *arguments: str) -> None:
        """Start one more."""
        domain = self.folder / "words.yml"
        if not domain.exists():
            domain.write_text(DOMAIN.read_text().replace("\nresponses:\n", f"\nresponses:\n{WORDS}", 1))
        self.launched += 1
        log = self.folder / f"worker{self.launched}.log"
        self.running[self._begin(log, ("--domain", str(domain), *self.arguments, *arguments))] = log

    def _begin(self, log: Path, arguments: Sequence[str]) -> Any:  # noqa: ANN401 - what the others take
        with log.open("wb") as written:
            return subprocess.Popen(  # noqa: S603 - our own process
                [sys.executable, "-m", "bot.worker", *arguments],
                cwd=self.folder,
                env=self.environment,
                stdout=written,
                stderr=written,
            )

    def stop(self) -> list[int | None]:
        """Ask all to stop; return their exit codes."""
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        return [process.wait(PATIENCE) for process in self.running]

    def end(self) -> None:
        """Leave none behind."""
        for process in self.running:
            process.kill()
            process.wait()


class SwiftWorkers(Workers):
    """The same, forked from a process that has loaded the program: one is at work again soon after a kill."""

    def _begin(self, log: Path, arguments: Sequence[str]) -> Forked:
        return fork(worker.main, arguments, folder=self.folder, environment=self.environment, log=log)

    def replace_one(self) -> None:
        """Kill one as a power cut would, and start another in its place."""
        process = random.choice(list(self.running))  # noqa: S311 - which one matters to nobody
        log = self.running.pop(process)
        assert process.poll() is None, log.read_text()
        process.kill()
        process.wait()
        self.kills += 1
        self.launch()


async def met(api: httpx.AsyncClient, count: int) -> list[int]:
    """Let so many people come to Telegram; return their chats."""
    gate = asyncio.Semaphore(8)

    async def one(number: int) -> int:
        async with gate:
            made = await api.post("/sandbox/customers", json={"first_name": f"Person {number}"})
            chat_id: int = made.json()["id"]
            return chat_id

    return await asyncio.gather(*map(one, range(count)))


async def copies(api: httpx.AsyncClient) -> dict[int, int]:
    """Return how many messages each chat has: nobody but the bot wrote, so the last one's number says it."""
    chats: list[dict[str, Any]] = (await api.get("/sandbox/chats")).json()["chats"]
    return {chat["id"]: (chat["last_message"] or {"message_id": 0})["message_id"] for chat in chats}
