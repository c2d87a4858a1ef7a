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

from tests.bot.conftest import TOKEN, bare
from tests.bot.words import DOMAIN
from tests.crowd import NEVER_QUIET, WORDS


@dataclass
class Workers:
    """Some ``python -m bot.worker`` over one folder."""

    folder: Path
    database_url: str
    api_url: str
    arguments: Sequence[str] = ()
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    launched: int = 0
    kills: int = 0

    def said(self) -> str:
        """Return what they all wrote."""
        return "".join(log.read_text() for log in sorted(self.folder.glob("worker*.log")))

    def ready(self) -> int:
        """Return how many have ever been at work."""
        return self.said().count('"worker ready"')

    def launch(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start one more."""
        domain = self.folder / "words.yml"
        if not domain.exists():
            domain.write_text(DOMAIN.read_text().replace("\nresponses:\n", f"\nresponses:\n{WORDS}", 1))
        self.launched += 1
        with (self.folder / f"worker{self.launched}.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own process
                [sys.executable, "-m", "bot.worker", "--domain", str(domain), *self.arguments, *arguments],
                cwd=self.folder,
                env={
                    **bare(self.folder),
                    **NEVER_QUIET,
                    "TELEGRAM_BOT_TOKEN": TOKEN,
                    "TELEGRAM_API_URL": self.api_url,
                    "TRADEIN_DATABASE_URL": self.database_url,
                },
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        return process

    def replace_one(self) -> None:
        """Kill one as a power cut would, and start another in its place."""
        process = self.running.pop(random.randrange(len(self.running)))  # noqa: S311 - which one matters to nobody
        assert process.poll() is None, self.said()[-2000:]
        process.kill()
        process.wait()
        self.kills += 1
        self.launch()

    def stop(self) -> list[int]:
        """Ask all to stop; return their exit codes."""
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        return [process.wait(20) for process in self.running]

    def end(self) -> None:
        """Leave none behind."""
        for process in self.running:
            if process.poll() is None:
                process.kill()
                process.wait()


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
