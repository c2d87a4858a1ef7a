"""``make bench``: one run, one table, with each figure's limit and the peer's figure beside it."""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from bench import pipelines, redemptions, relay, reminders, reminders_rate, resolver, stock, turns
from bench.measure import Turns, cpu_seconds, memory_mib, processor
from bench.stock import Stock
from tradein.cli.rehearsal import ROOT, Rehearsal

SIZES = (1, 8, 32)
ROUNDS = {1: 4, 8: 2, 32: 2}
MEDIAN_MS, PER_SECOND, READY_SECONDS, MEMORY_MIB, TRAINING_SECONDS = 15, 100, 25, 1024, 60
SHARE, SUSTAINED = 0.5, 0.99
FIND_MS = 1


def main() -> None:
    """Measure ours, then the peer, and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--no-peer", action="store_true", help="leave stock Rasa out")
    parser.add_argument("--no-training", action="store_true", help="leave our training out")
    parser.add_argument("--no-diet", action="store_true", help="leave DIET out of the pipelines: it trains for minutes")
    parser.add_argument("--only", choices=[*PARTS], help="measure one part")
    options = parser.parse_args()
    parts = [options.only] if options.only else [*PARTS]
    console = Console(width=110)
    console.print(f"On {processor()}. The customers are played on the same machine and take their share of it.")
    for part in parts:
        PARTS[part](console, options)


def measure_redemptions(console: Console, _options: argparse.Namespace) -> None:
    """Redeem coupons, and send the same statements bare."""
    table = Table("redemptions a second, one after the other", "ours", "bare statements", "share", "limit", "")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for got in redemptions.measure(Path(folder)):
            table.add_row(
                f"{got.database}, {got.statements:.0f} statements each", f"{got.ours:.0f}", f"{got.bare:.0f}",
                f"{got.share:.0%}", f"≥ {SHARE:.0%}", verdict(got.share >= SHARE),
            )  # fmt: skip
    console.print(table)


def measure_reminders(console: Console, _options: argparse.Namespace) -> None:
    """Sweep and plan at ten thousand coupons and at a million; send at the configured rate."""
    table = Table("reminders", "ours", "limit", "")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        sending = reminders_rate.measure(Path(folder))
        table.add_row(
            "sent a second", f"{sending.share:.1%} of {sending.configured:g}", f"≥ {SUSTAINED:.0%}",
            verdict(sending.share >= SUSTAINED),
        )  # fmt: skip
    table.add_row(
        "a reply while they go out", f"{sending.meanwhile_ms:.1f} ms, alone {sending.alone_ms:.1f} ms", "", ""
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for what, ours, limit, met in reminders.rows(reminders.measure(Path(folder))):
            table.add_row(what, ours, limit, verdict(met))
    console.print(table)


def measure_resolver(console: Console, _options: argparse.Namespace) -> None:
    """Find the phone in messages."""
    got = resolver.measure()
    table = Table(f"finding a phone among {got.models:,} models", f"{got.messages:,} messages", "limit", "")
    table.add_row("median", f"{got.median_ms:.2f} ms", f"≤ {FIND_MS} ms", verdict(got.median_ms <= FIND_MS))
    table.add_row("99 of 100", f"{got.p99_ms:.2f} ms", "", "")
    table.add_row("building the index", f"{got.build_seconds:.1f} s", "", "")
    console.print(table)


def measure_pipelines(console: Console, options: argparse.Namespace) -> None:
    """Let pipelines of the dialogue model read strangers' messages."""
    table = Table("pipeline", "macro-F1", "outside heard", "good refused", "a message", "memory", "loading", "training")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for row in pipelines.rows(pipelines.measure(Path(folder), diet=not options.no_diet)):
            table.add_row(*row)
    console.print(table)


def measure_turns(console: Console, options: argparse.Namespace) -> None:
    """Talk to ours and to the peer; start, memory and training besides."""
    table = Table("", "ours", "limit", "", "stock Rasa's starter")
    peer = None if options.no_peer else stock.measure(ROOT / "var" / "bench" / "stock", SIZES)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        ours(Path(folder), console, table, peer)
    if not options.no_training:
        seconds = trained()
        table.add_row(
            "training", f"{seconds:.0f} s", f"≤ {TRAINING_SECONDS} s", verdict(seconds <= TRAINING_SECONDS),
            f"{peer.train_seconds:.0f} s" if peer else "",
        )  # fmt: skip
    console.print(table)


def ours(folder: Path, console: Console, table: Table, peer: Stock | None) -> None:
    """Start the stack, measure it, stop it, and fill in its rows."""
    stack = Rehearsal(folder)
    began = time.monotonic()
    try:
        stack.start()
        ready = time.monotonic() - began
        assert stack.process is not None
        pid = stack.process.pid
        reply = uvloop.run(turns.first_reply(stack.sandbox_url))
        table.add_row(
            "start to first reply", f"{ready + reply:.1f} s", f"≤ {READY_SECONDS} s",
            verdict(ready + reply <= READY_SECONDS), f"{peer.start_seconds:.1f} s" if peer else "",
        )  # fmt: skip
        answers = uvloop.run(turns.rehearse(stack.sandbox_url))
        uvloop.run(turns.play(stack.sandbox_url, 2, answers=answers, rounds=1))
        for number, size in enumerate(SIZES):
            before, start, played = cpu_seconds(pid), time.monotonic(), time.process_time()
            got = uvloop.run(turns.play(stack.sandbox_url, size, answers=answers, rounds=ROUNDS[size]))
            elapsed = time.monotonic() - start
            add_turns(table, got, peer.turns[number] if peer else None)
            if peer:
                console.print(f"Processor time a turn, {size} at once, stock: {peer.processor_ms[number]:.1f} ms")
            spent = {name: used - before.get(name, 0) for name, used in cpu_seconds(pid).items()}
            spent["the customers"] = time.process_time() - played
            shares = ", ".join(
                f"{name} {used / got.count * 1000:.1f} ms ({used / elapsed:.0%})" for name, used in spent.items()
            )
            console.print(f"Processor time a turn, {size} at once: {shares}", highlight=False)
        memory = memory_mib(pid)
    finally:
        stack.stop()
    console.print("Memory: " + ", ".join(f"{name} {size:.0f} MiB" for name, size in memory.items()), highlight=False)
    total = sum(memory.values())
    table.add_row(
        "memory of all processes", f"{total:.0f} MiB", f"≤ {MEMORY_MIB} MiB", verdict(total <= MEMORY_MIB),
        f"{peer.memory_mib:.0f} MiB" if peer else "",
    )  # fmt: skip


def add_turns(table: Table, got: Turns, peer: Turns | None) -> None:
    """Fill in the rows of one number of customers."""
    name = "1 customer" if got.customers == 1 else f"{got.customers} customers"
    alone, crowd = got.customers == 1, got.customers == max(SIZES)
    table.add_row(
        f"{name}: median turn",
        f"{got.median_ms:.1f} ms",
        f"≤ {MEDIAN_MS} ms" if alone else "",
        verdict(got.median_ms <= MEDIAN_MS) if alone else "",
        f"{peer.median_ms:.1f} ms" if peer else "",
    )
    table.add_row(f"{name}: 95 of 100 turns", f"{got.p95_ms:.1f} ms", "", "", f"{peer.p95_ms:.1f} ms" if peer else "")
    table.add_row(
        f"{name}: turns per second",
        f"{got.per_second:.0f}",
        f"≥ {PER_SECOND}" if crowd else "",
        verdict(got.per_second >= PER_SECOND) if crowd else "",
        f"{peer.per_second:.0f}" if peer else "",
    )


def trained() -> float:
    """Train our model anew, into a folder of its own, and return the seconds of the whole command."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        began = time.monotonic()
        subprocess.run(  # noqa: S603 - our own script
            [ROOT / "engine/.venv/bin/python", ROOT / "engine/train.py", "--models", folder, "--force"],
            check=True,
            capture_output=True,
        )
        return time.monotonic() - began


def verdict(good: bool) -> str:
    """Say it in a word."""
    return "[green]met[/]" if good else "[red]missed[/]"


def measure_relay(console: Console, _options: argparse.Namespace) -> None:
    """Carry messages between a customer and an agent, and copy them bare."""
    table = Table("a message between a customer and an agent", "ours", "bare copyMessage", "added")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        got = relay.measure(Path(folder))
    for way, ours_ms in (("to the agents", got.to_agents_ms), ("to the customer", got.to_customer_ms)):
        table.add_row(way, f"{ours_ms:.1f} ms", f"{got.bare_ms:.1f} ms", f"{ours_ms - got.bare_ms:.1f} ms")
    console.print(table)


PARTS = {
    "turns": measure_turns,
    "redemptions": measure_redemptions,
    "reminders": measure_reminders,
    "resolver": measure_resolver,
    "relay": measure_relay,
    "pipelines": measure_pipelines,
}

main()
