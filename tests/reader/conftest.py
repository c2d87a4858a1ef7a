"""A reader for the tests of this folder, and the table of read rates at the end of the run."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.reader.reader import Reader

RATES: pytest.StashKey[list[str]] = pytest.StashKey()
"""The lines of the table, where a test measured."""


@pytest_asyncio.fixture(scope="session")
async def reader() -> AsyncIterator[Reader]:
    """Return a reader that the tests share; its patience is longer, for a machine with much else to do."""
    shared = Reader(time_limit=60)
    yield shared
    await shared.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the reader read of what a person can read."""
    if lines := terminalreporter.config.stash.get(RATES, []):
        terminalreporter.section("the reader, of what a person can read")
        terminalreporter.write("\n".join(lines) + "\n")
