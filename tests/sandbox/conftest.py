"""A sandbox for the session, a real python-telegram-bot client for each test, and a customer."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from telegram import Bot

from tests.sandbox.phones import Customer, Inbox, Process, make_bot, new_customer


@pytest.fixture(scope="session")
def process() -> Iterator[Process]:
    """Start a sandbox that keeps nothing, for the whole session."""
    process = Process("--memory")
    yield process
    process.stop()


@pytest.fixture
async def http(process: Process) -> AsyncIterator[httpx.AsyncClient]:
    """Open a plain client of the control API and the Bot API."""
    async with httpx.AsyncClient(base_url=process.root, trust_env=False) as client:
        yield client


@pytest.fixture
async def bot(process: Process, http: httpx.AsyncClient) -> AsyncIterator[Bot]:
    """Make a bot whose queue is empty and whom nothing goes wrong for, until the test says so."""
    async with make_bot(process.root) as bot:
        await http.delete("/sandbox/faults")
        await bot.delete_webhook(drop_pending_updates=True)
        await bot.get_updates(allowed_updates=[])
        yield bot


@pytest.fixture
def inbox(bot: Bot) -> Inbox:
    """Take the bot's updates."""
    return Inbox(bot)


@pytest.fixture
async def customer(bot: Bot, http: httpx.AsyncClient) -> Customer:  # noqa: ARG001 - a bot with an empty queue first
    """Let Asha in, who has said nothing yet."""
    return await new_customer(http)
