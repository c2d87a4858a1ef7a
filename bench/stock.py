"""The peer: stock Rasa's starter assistant, as ``rasa init`` makes it, behind its own REST channel.

Nothing of it is changed: its data, its suggested pipeline (DIET, TED) and its server. It has no custom action, no
database and no Telegram in front of it, so what it spends on a turn is the least that stock Rasa spends.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import httpx
import uvloop

from bench.measure import Turns, cpu_seconds, memory_mib, summary

ENGINE = Path(__file__).resolve().parents[1] / "engine" / ".venv" / "bin" / "python"
SAYS = ("hello", "I am feeling very sad", "yes", "bye")
START_SECONDS = 180.0
TURNS_EACH = 24
ENV = {"RASA_TELEMETRY_ENABLED": "false", "PYTHONWARNINGS": "ignore", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}


@dataclass(frozen=True)
class Stock:
    """What was measured of it: turns by number of customers, processor time, seconds to start and train, MiB."""

    turns: list[Turns]
    processor_ms: list[float]
    start_seconds: float
    train_seconds: float
    memory_mib: float


def _run(*arguments: str, cwd: Path) -> None:
    log = cwd / "bench.log"
    with log.open("ab") as out:
        subprocess.run(  # noqa: S603 - Rasa of our own environment
            [ENGINE, "-m", "rasa", *arguments], cwd=cwd, env=os.environ | ENV, stdout=out, stderr=out, check=True
        )


def prepared(folder: Path) -> float:
    """Make and train the starter assistant in ``folder`` unless that is done; return the seconds of the training."""
    note = folder / "trained.json"
    if not note.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        print("Training stock Rasa's starter assistant; this is done once ...", flush=True)
        _run("init", "--no-prompt", "--init-dir", ".", cwd=folder)
        for model in (folder / "models").glob("*"):
            model.unlink()
        began = time.monotonic()
        _run("train", "--force", cwd=folder)
        note.write_text(json.dumps({"seconds": time.monotonic() - began}))
    return float(json.loads(note.read_text())["seconds"])


@contextlib.contextmanager
def running(folder: Path) -> Iterator[tuple[str, int, float]]:
    """Give the server's address, its process id and the seconds it took to answer."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    began = time.monotonic()
    with (folder / "bench.log").open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 - Rasa of our own environment
            [ENGINE, "-m", "rasa", "run", "--interface", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env=os.environ | ENV,
            stdout=out,
            stderr=out,
        )
    url = f"http://127.0.0.1:{port}/webhooks/rest/webhook"
    try:
        with httpx.Client(trust_env=False, timeout=60) as http:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if http.post(url, json={"sender": "first", "message": "hello"}).json():
                        break
                if process.poll() is not None or time.monotonic() - began > START_SECONDS:
                    raise RuntimeError(f"Stock Rasa did not start: see {folder / 'bench.log'}")
                time.sleep(0.2)
        yield url, process.pid, time.monotonic() - began
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def play(url: str, customers: int, *, label: str) -> Turns:
    """Let ``customers`` talk at once, each waiting for its answer before it goes on."""
    times: list[float] = []

    async def customer(http: aiohttp.ClientSession, number: int) -> None:
        for turn in range(TURNS_EACH):
            began = time.perf_counter()
            asked = {"sender": f"{label}-{number}-{turn // len(SAYS)}", "message": SAYS[turn % len(SAYS)]}
            async with http.post(url, json=asked, raise_for_status=True) as answer:
                said = await answer.json()
            times.append(time.perf_counter() - began)
            assert said, "an empty answer is no answer"

    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=customers), timeout=aiohttp.ClientTimeout(total=60)
    ) as http:
        began = time.perf_counter()
        await asyncio.gather(*(customer(http, number) for number in range(customers)))
        return summary(customers, times, time.perf_counter() - began)


def measure(folder: Path, sizes: tuple[int, ...]) -> Stock:
    """Train if need be, start, measure and stop stock Rasa."""
    train_seconds = prepared(folder)
    with running(folder) as (url, pid, start_seconds):
        uvloop.run(play(url, 1, label="warm"))
        turns, processor_ms = [], []
        for size in sizes:
            before = sum(cpu_seconds(pid).values())
            turns.append(uvloop.run(play(url, size, label=f"at{size}")))
            processor_ms.append((sum(cpu_seconds(pid).values()) - before) / turns[-1].count * 1000)
        return Stock(turns, processor_ms, start_seconds, train_seconds, sum(memory_mib(pid).values()))
