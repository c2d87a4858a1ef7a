"""Started together, ready together, stopped together: the supervisor with real, small processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

SCRIPT = Path(__file__).parent / "small_stack.py"
Start = Callable[[str], "subprocess.Popen[str]"]


def free_ports() -> int:
    """Return a port that is free and whose follower is too."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            try:
                two.bind(("127.0.0.1", one.getsockname()[1] + 1))
            except OSError:
                continue
            return int(one.getsockname()[1])


def left_behind(logs: Path) -> list[psutil.Process]:
    """Return every living process of the stack with these logs: they carry the folder's name in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("MARK") == str(logs) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def gone(logs: Path, *, within: float = 2.0) -> bool:
    """Say whether no process of the stack is left, at the latest after ``within`` seconds."""
    deadline = time.monotonic() + within
    while left_behind(logs):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the small stack; whatever a failed test leaves of it is ended."""
    started: list[subprocess.Popen[str]] = []

    def begin(behaviour: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, str(SCRIPT), str(tmp_path), str(free_ports()), behaviour],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()
    for left in left_behind(tmp_path):
        left.kill()


def wait_until_ready(process: "subprocess.Popen[str]") -> list[str]:
    """Read what the stack prints until it says that all is ready."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if lines[-1] == "all ready":
            return lines
    raise AssertionError(f"never ready: {lines}")


def test_each_process_is_announced_when_it_answers_and_the_second_waits_for_the_first(start: Start) -> None:
    """Readiness is an answer to a probe, in the order that was asked for."""
    lines = wait_until_ready(start("well"))
    assert [line.split()[:3] for line in lines if "ready in" in line] == [
        ["✓", "first", "ready"],
        ["✓", "second", "ready"],
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_every_process_and_the_children_of_processes(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    """The grandchild ignores SIGTERM and goes all the same; the end is orderly, so the code is 0."""
    stack = start("well")
    wait_until_ready(stack)
    assert len(left_behind(tmp_path)) == 3
    stack.send_signal(number)
    assert stack.wait(10) == 0
    assert gone(tmp_path)


def test_a_signal_during_the_start_ends_what_was_started(start: Start, tmp_path: Path) -> None:
    """Nobody waits for a start they have given up."""
    stack = start("mute")
    assert stack.stdout is not None
    while "first" not in stack.stdout.readline() or not left_behind(tmp_path):
        pass
    stack.send_signal(signal.SIGINT)
    assert stack.wait(10) == 0
    assert gone(tmp_path)


def test_a_process_that_will_not_go_is_killed_in_time(start: Start, tmp_path: Path) -> None:
    """From the signal to the end of everything it takes less than ten seconds."""
    stack = start("stubborn")
    wait_until_ready(stack)
    stack.send_signal(signal.SIGTERM)
    assert stack.wait(10) == 0
    assert gone(tmp_path)


def test_a_second_signal_means_now(start: Start, tmp_path: Path) -> None:
    """Who presses Ctrl-C twice isn't made to wait for the stubborn."""
    stack = start("stubborn")
    wait_until_ready(stack)
    stack.send_signal(signal.SIGINT)
    time.sleep(0.3)
    stack.send_signal(signal.SIGINT)
    assert stack.wait(3) == 0
    assert gone(tmp_path)


def test_a_process_that_dies_takes_the_stack_with_it_and_is_named_last(start: Start, tmp_path: Path) -> None:
    """The last line says who it was, how it ended and where to read on; above it stand its last words."""
    stack = start("dies")
    out, last = stack.communicate(timeout=20)
    assert stack.returncode == 1
    assert "a last word" in out
    assert last.strip() == (
        f"second ended with exit code 3, so everything was stopped. What it said is in {tmp_path / 'second.log'}"
    )
    assert gone(tmp_path)


def test_a_process_that_is_killed_is_named_with_the_signal(start: Start, tmp_path: Path) -> None:
    """Such as the kernel does when memory runs out."""
    stack = start("well")
    wait_until_ready(stack)
    victim = next(process for process in left_behind(tmp_path) if "parent" in process.cmdline())
    os.kill(victim.pid, signal.SIGKILL)
    _, last = stack.communicate(timeout=20)
    assert "first was killed by SIGKILL" in last
    assert gone(tmp_path)


def test_a_process_that_never_gets_ready_is_named(start: Start, tmp_path: Path) -> None:
    """Patience has an end, and the end has a sentence."""
    stack = start("mute")
    _, last = stack.communicate(timeout=20)
    assert "second was not ready after 2 s" in last
    assert gone(tmp_path)


def test_processes_end_with_a_supervisor_that_was_killed(start: Start, tmp_path: Path) -> None:
    """A kill -9 of the supervisor leaves nothing on the ports for the next start to trip over."""
    stack = start("well")
    wait_until_ready(stack)
    stack.kill()
    stack.wait(5)
    servers = [process for process in left_behind(tmp_path) if "HTTPServer" in " ".join(process.cmdline())]
    assert not psutil.wait_procs(servers, timeout=5)[1]
