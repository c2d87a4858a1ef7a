"""Several processes as one: started together, ready together, stopped together.

    started ──probe answers──► ready ──its process ends──► the stack ends with 1
       └────its process ends, or its patience runs out────────────┘
    a signal, at any moment ──► the stack ends with 0

``tradein up`` ends by becoming it (:func:`become`): what prepares a start is three quarters of that process's memory
and would lie idle for as long as the stack runs.

Why not honcho's own ``Manager``: it knows no readiness, it waits for the end of a child's *output* (which a grandchild
can hold open for ever), and it costs one more Python per process. Its process, its group kill and its printer are used.
Output goes straight from each process into its log file; nothing a reader of ours does can stop it.
"""

import ctypes
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import BinaryIO, NoReturn

import httpx
from honcho.colour import get_colours
from honcho.compat import ProcessManager
from honcho.printer import Message, Printer
from honcho.process import Popen
from rich.console import Console
from rich.status import Status

TICK_SECONDS = 0.1
PROBE_TIMEOUT_SECONDS = 1.0
# From SIGTERM to SIGKILL: longer than the gateway needs at most, and all is over within the 10 s that are promised.
GRACE_SECONDS = 7.0
LAST_LINES = 12
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """What to run. ``env`` is the whole environment; ``probe`` answers 2xx once the process can work."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    probe: str
    after: tuple[str, ...] = ()
    patience_seconds: float = 120.0


class Failure(Exception):
    """The stack could not start or one of its processes ended; the message is the last line the operator reads."""


@dataclass
class _Child:
    program: Program
    log: Path
    colour: str
    process: Popen | None = None
    started_at: float = 0.0
    ready: bool = False
    reader: BinaryIO | None = field(default=None, repr=False)


class Stack:
    """The processes of one run; :meth:`run` blocks until they are all gone again."""

    def __init__(self, programs: Sequence[Program], *, logs: Path, console: Console, verbose: bool = False) -> None:
        colours = get_colours()
        self._children = [_Child(program, logs / f"{program.name}.log", next(colours)) for program in programs]
        self._console = console
        self._printer = Printer(sys.stdout, width=max(len(program.name) for program in programs))
        self._verbose = verbose
        self._managed = ProcessManager()
        self._signals = 0
        # Probes stay on this machine, whatever proxy the environment names.
        self._http = httpx.Client(timeout=PROBE_TIMEOUT_SECONDS, trust_env=False)

    def run(self, when_ready: Callable[[], None]) -> None:
        """Start everything, call ``when_ready`` once, and return when a signal has ended it.

        Raises :class:`Failure` when a process ended by itself or did not become ready. Either way none is left.
        """
        with self._attentive():
            try:
                self._start()
                if not self._signals:
                    when_ready()
                while not self._signals:
                    self._tick()
            finally:
                self._stop()

    # --- up -----------------------------------------------------------------------------------------------------------
    def _start(self) -> None:
        names = ", ".join(child.program.name for child in self._children)
        # Without a screen there is no spinner to look at.
        if not self._console.is_terminal:
            self._console.print(f"Starting {names} …")
        with self._console.status("Starting …") as status:
            while not self._signals and not all(child.ready for child in self._children):
                ready = {child.program.name for child in self._children if child.ready}
                for child in self._children:
                    if child.process is None and ready.issuperset(child.program.after):
                        self._spawn(child)
                self._show(status)
                self._tick()

    def _spawn(self, child: _Child) -> None:
        child.log.parent.mkdir(parents=True, exist_ok=True)
        if child.log.exists():
            child.log.replace(child.log.with_suffix(".log.1"))
        with child.log.open("wb") as log:
            child.process = Popen(
                list(child.program.argv),
                env=dict(child.program.env),
                shell=False,
                stdout=log,
                preexec_fn=_follow_parent,
            )
        child.started_at = time.monotonic()

    def _show(self, status: Status) -> None:
        waiting = [
            f"{child.program.name} {time.monotonic() - child.started_at:.0f} s"
            for child in self._children
            if child.process is not None and not child.ready
        ]
        status.update(f"Starting: {', '.join(waiting)}")

    def _tick(self) -> None:
        for child in self._children:
            if child.process is None:
                continue
            if self._verbose:
                self._stream(child)
            if ending := _ending(child.process):
                raise Failure(self._obituary(child, ending))
            if not child.ready:
                self._probe(child)
        time.sleep(TICK_SECONDS)

    def _probe(self, child: _Child) -> None:
        seconds = time.monotonic() - child.started_at
        with suppress(httpx.TransportError):
            child.ready = self._http.get(child.program.probe).is_success
        if child.ready:
            self._console.print(f"[green]✓[/] {child.program.name:<8} ready in {seconds:.1f} s")
        elif seconds > child.program.patience_seconds:
            raise Failure(
                f"{child.program.name} was not ready after {seconds:.0f} s, so everything was stopped."
                f" What it said is in {child.log}"
            )

    # --- down ---------------------------------------------------------------------------------------------------------
    def _obituary(self, child: _Child, ending: os.waitid_result) -> str:
        if ending.si_code == os.CLD_EXITED:
            how = f"ended with exit code {ending.si_status}"
        else:
            how = f"was killed by {signal.Signals(ending.si_status).name}"
        if not self._verbose:
            for line in child.log.read_text(errors="replace").splitlines()[-LAST_LINES:]:
                self._console.print(f"  {line}", markup=False, highlight=False, style="dim")
        return f"{child.program.name} {how}, so everything was stopped. What it said is in {child.log}"

    def _stop(self) -> None:
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            self._managed.terminate(process.pid)
        deadline = time.monotonic() + GRACE_SECONDS
        asked = self._signals
        # A second Ctrl-C means: now.
        while time.monotonic() < deadline and self._signals <= max(asked, 1) and not all(map(_ending, running)):
            time.sleep(TICK_SECONDS / 2)
        for process in running:
            # Before its leader is reaped the group's number can't be anybody else's: what is left in it is ours.
            self._managed.kill(process.pid)
            process.wait()
        for child in self._children:
            if child.reader is not None:
                child.reader.close()
        self._http.close()

    @contextmanager
    def _attentive(self) -> Iterator[None]:
        def count(_number: int, _frame: FrameType | None) -> None:
            self._signals += 1

        before = {number: signal.signal(number, count) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stream(self, child: _Child) -> None:
        if child.reader is None:
            child.reader = child.log.open("rb")
        for line in child.reader:
            self._printer.write(Message("line", line, datetime.now().astimezone(), child.program.name, child.colour))


def _ending(process: Popen) -> os.waitid_result | None:
    """Say how the process ended, without reaping it (see :meth:`Stack._stop`); None while it runs."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)


def _follow_parent() -> None:
    """Between fork and exec: be ended with the supervisor, even when it is killed so hard that it can't say so."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


# --- in a process's place ---------------------------------------------------------------------------------------------
def become(programs: Sequence[Program], *, logs: Path, verbose: bool, announcement: Sequence[str]) -> NoReturn:
    """Put a supervisor of these programs in this process's place; it prints ``announcement`` when all are ready."""
    job = {
        "programs": [asdict(program) for program in programs],
        "logs": str(logs),
        "verbose": verbose,
        "announcement": list(announcement),
    }
    # The environments hold secrets: they travel in a file without a name, not among the arguments.
    with tempfile.TemporaryFile("w+") as file:
        json.dump(job, file)
        file.seek(0)
        os.set_inheritable(file.fileno(), True)
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-P", "-m", __spec__.name, str(file.fileno())])  # noqa: S606 - ourselves


def main() -> None:
    """Do the job that :func:`become` left in the file with this number."""
    with os.fdopen(int(sys.argv[1])) as file:
        job = json.load(file)
    console = Console(soft_wrap=True)
    programs = [Program(**program) for program in job["programs"]]
    stack = Stack(programs, logs=Path(job["logs"]), console=console, verbose=job["verbose"])
    try:
        stack.run(lambda: console.print(*job["announcement"], sep="\n", highlight=False))
    except Failure as failure:
        console.print("[red]✗[/]", end=" ")
        console.print(str(failure), markup=False, highlight=False)
        sys.exit(1)
    with suppress(OSError):  # the terminal may be what went away
        console.print("Stopped.")


if __name__ == "__main__":
    main()
