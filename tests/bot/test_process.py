"""Start, stop, and what the operator is told."""

import asyncio
import time

import pytest

from bot.gateway import PATIENCE_SECONDS
from tests.bot.conftest import PATIENCE, Stack, free_port, until
from tradein.cli.supervisor import GRACE_SECONDS


def last_line(stack: Stack) -> str:
    """Return the last thing that the gateway wrote."""
    return stack.log_file.read_text().splitlines()[-1]


async def test_it_stops_in_time_and_leaves_the_message_in_hand_for_the_next_start(own: Stack) -> None:
    """Somebody waits for a slow engine, somebody for one that fails: both are answered later."""
    asha, ben = await own.person("Asha"), await own.person("Ben")
    own.engine.script = lambda turn: 503 if turn["text"] == "stuck" else [{"text": "done"}]
    await ben.says("stuck")
    await ben.sees(1)
    own.engine.delay = 30
    await asha.says("slow")
    await until(lambda: any(turn.get("text") == "slow" for turn in own.engine.received))

    began = time.monotonic()
    code = own.stop()
    assert time.monotonic() - began < GRACE_SECONDS
    assert code == 0

    own.engine.delay, own.engine.script = 0, lambda _turn: [{"text": "done"}]
    await own.start()
    await asha.sees(1)
    await ben.sees(2)
    await own.rest()
    assert (await asha.texts(), (await ben.texts())[1:]) == (["done"], ["done"])


def test_a_stop_is_over_before_the_supervisor_loses_its_patience() -> None:
    """All parts together, at their slowest, with a second to start and end."""
    assert sum(PATIENCE_SECONDS.values()) <= GRACE_SECONDS - 1


async def test_an_idle_gateway_stops_at_once(own: Stack) -> None:
    """Nobody likes to wait for a Ctrl-C."""
    began = time.monotonic()

    assert own.stop() == 0
    assert time.monotonic() - began < GRACE_SECONDS / 2


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"TELEGRAM_BOT_TOKEN": ""}, "TELEGRAM_BOT_TOKEN is missing"),
        ({"TELEGRAM_BOT_TOKEN": "1:not a token!"}, "doesn't know this TELEGRAM_BOT_TOKEN"),
        ({"TELEGRAM_BOT_TOKEN": "nonsense"}, "TELEGRAM_BOT_TOKEN is not a bot token"),
        ({"TRADEIN_LOG_LEVEL": "loud"}, "TRADEIN_LOG_LEVEL"),
        ({"TELEGRAM_WEBHOOK_URL": "https://example.org/x"}, "TELEGRAM_WEBHOOK_SECRET is missing"),
    ],
)
async def test_what_keeps_it_from_starting_is_one_sentence(stack: Stack, settings: dict[str, str], part: str) -> None:
    """And an exit code that a supervisor understands."""
    stack.extra = settings

    code = await asyncio.to_thread(stack.launch().wait, PATIENCE)

    assert code == 1
    assert part in last_line(stack)
    assert "Traceback" not in stack.log_file.read_text()


async def test_a_port_that_is_taken_is_named(stack: Stack) -> None:
    """With the variable that chooses another."""
    stack.health_port = stack.engine.port

    code = await asyncio.to_thread(stack.launch().wait, PATIENCE)

    assert code == 1
    assert str(stack.engine.port) in last_line(stack)
    assert "TRADEIN_BOT_HEALTH_PORT" in last_line(stack)


async def test_a_telegram_that_cannot_be_reached_is_waited_for(stack: Stack) -> None:
    """It says so, is not ready, and still stops when it is asked to."""
    stack.extra = {"TELEGRAM_API_URL": f"http://127.0.0.1:{free_port()}"}
    stack.launch()

    await until(lambda: any(line.get("event") == "telegram_not_reached" for line in stack.log()))

    assert not stack.ready()
    assert stack.stop() == 0


async def test_a_second_poller_ends_it_loudly(own: Stack) -> None:
    """Two processes with one token would take each other's updates."""
    process = own.process
    assert process is not None

    async def rival() -> None:
        while process.poll() is None:
            await own.api.post("/bot1:sandbox/getUpdates", json={"timeout": 1})

    await asyncio.wait_for(rival(), 60)

    assert process.poll() == 1
    assert "Another process" in last_line(own)
