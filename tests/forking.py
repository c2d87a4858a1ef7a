"""Our programs as processes forked from one that has loaded them: one is at work again soon after a kill."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_LOADED = ["bot.gateway", "bot.worker"]


@dataclass(frozen=True, eq=False)
class Forked:
    """A forked process with the manners of ``Popen``."""

    process: ForkServerProcess

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self.process.exitcode

    def wait(self, patience: float | None = None) -> int | None:
        """Wait for its end."""
        self.process.join(patience)
        return self.process.exitcode

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)


def fork(
    main: Callable[[Sequence[str]], int],
    arguments: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
) -> Forked:
    """Run a program's ``main`` in a folder, with nothing but this environment; what it says is appended to ``log``."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    process = context.Process(target=_run, args=(main, arguments, folder, environment, log))
    process.start()
    return Forked(process)


def _run(
    main: Callable[[Sequence[str]], int],
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab", buffering=0) as written:
        os.dup2(written.fileno(), 1)
        os.dup2(written.fileno(), 2)
    sys.exit(main(arguments))
