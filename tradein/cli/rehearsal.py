"""A rehearsal: the whole stack with its sandbox, on free ports and in a folder of its own, as ``tradein up`` starts it.

The tour, the benchmarks and the tests play on it, so none of them meets another start's ports, data or ``.env``.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 15.0
_READY = "Open http"


class RehearsalFailed(Exception):
    """The stack did not come up; the message holds everything it printed."""


@dataclass(frozen=True)
class Ports:
    """Five ports of the loopback that were free a moment ago."""

    sandbox: int
    engine: int
    actions: int
    bot: int
    web: int

    @classmethod
    def free(cls) -> Self:
        """Let the system choose; all are held until the last is known, so that no two are the same."""
        with contextlib.ExitStack() as held:
            numbers = []
            for _ in range(5):
                holder = held.enter_context(socket.socket())
                holder.bind(("127.0.0.1", 0))
                numbers.append(int(holder.getsockname()[1]))
        return cls(*numbers)


class Rehearsal:
    """One start of the stack: ``sandbox_url`` is where customers are played, ``database_url`` where the facts are."""

    def __init__(self, folder: Path, *, extra: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.ports = Ports.free()
        self.sandbox_url = f"http://127.0.0.1:{self.ports.sandbox}"
        self.engine_url = f"http://127.0.0.1:{self.ports.engine}"
        self.actions_url = f"http://127.0.0.1:{self.ports.actions}"
        self.database_url = f"sqlite:///{folder / 'tradein.db'}"
        ours = ("TRADEIN_", "TELEGRAM_")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
            "TRADEIN_VAR_DIR": str(folder),
            "TRADEIN_CATALOGUE_DIR": str(ROOT / "catalogue"),
            "TRADEIN_DATABASE_URL": self.database_url,
            "TRADEIN_SANDBOX_PORT": str(self.ports.sandbox),
            "TRADEIN_RASA_URL": self.engine_url,
            "TRADEIN_ACTIONS_URL": self.actions_url,
            "TRADEIN_BOT_HEALTH_PORT": str(self.ports.bot),
            "TRADEIN_WEB_PORT": str(self.ports.web),
            "TRADEIN_CUSTOMER_BURST": "1000000",  # who is played writes as quickly as they are answered
            **(extra or {}),
        }
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> list[str]:
        """Start the stack and return what it printed until it was ready; raises :class:`RehearsalFailed`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [str(Path(sys.executable).with_name("tradein")), "up", "--sandbox"],
            # In its own folder no .env of the caller is found.
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None  # noqa: S101 - it was asked for
        lines = []
        for line in self.process.stdout:
            lines.append(line.rstrip())
            if _READY in line:
                return lines
        self.process.wait()
        raise RehearsalFailed("\n".join(lines))

    def stop(self) -> int | None:
        """Stop it as Ctrl-C would and return its exit code; None where it wasn't running."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        return self.process.returncode


@contextlib.contextmanager
def rehearsal(folder: Path, *, extra: Mapping[str, str] | None = None) -> Iterator[Rehearsal]:
    """Give a stack that is ready; it is stopped when the block ends."""
    stack = Rehearsal(folder, extra=extra)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
