"""What every benchmark shares: summaries of times, and what processes use."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

MIB = 1024 * 1024


@dataclass(frozen=True)
class Turns:
    """The turns of some customers playing at once: milliseconds from the update going in to the last reply."""

    customers: int
    count: int
    median_ms: float
    p95_ms: float
    per_second: float


def summary(customers: int, seconds: Sequence[float], elapsed: float) -> Turns:
    """Summarise turns of ``seconds`` each that took ``elapsed`` seconds in all."""
    ordered = sorted(seconds)
    return Turns(
        customers=customers,
        count=len(ordered),
        median_ms=statistics.median(ordered) * 1000,
        p95_ms=ordered[math.ceil(0.95 * len(ordered)) - 1] * 1000,
        per_second=len(ordered) / elapsed,
    )


def family(pid: int) -> list[psutil.Process]:
    """Return a process and all its descendants."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def memory_mib(pid: int) -> dict[str, float]:
    """Return the memory of a process and its descendants in MiB, by name.

    Proportional set size, where the kernel tells it: what processes share is counted once.
    """
    sizes: dict[str, float] = {}
    for process in family(pid):
        used = process.memory_full_info()
        sizes[_name(process)] = getattr(used, "pss", used.rss) / MIB
    return sizes


def cpu_seconds(pid: int) -> dict[str, float]:
    """Return the processor time of a process and its descendants so far, in seconds, by name."""
    return {_name(process): sum(process.cpu_times()[:2]) for process in family(pid)}


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    if "-m" in words:
        return words[words.index("-m") + 1].rpartition(".")[2]
    if any(word.endswith("launch.py") for word in words):
        return "engine"
    return Path(words[0]).name if words else process.name()


def processor() -> str:
    """Return the processor's name as the kernel tells it, or its architecture."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return f"{psutil.cpu_count()} cores, {names[0] if names else 'unknown processor'}"
