"""What is read of screens and labels as people photograph them."""

import asyncio

import pytest

from bot.reader.reader import Reader
from tests.reader.conftest import RATES
from tests.reader.rates import Rates, sample

EXPECTED = 0.95


@pytest.mark.timeout(600)
async def test_what_a_person_can_read_is_read_and_nothing_else_ever(
    reader: Reader, request: pytest.FixtureRequest
) -> None:
    """At least 95 % of the photos are read whole, and no number comes out that isn't the phone's IMEI."""
    rates, pictures, second = Rates(), sample(), Reader(time_limit=60)

    async def read(one: Reader) -> None:
        for picture in pictures:
            rates.count(picture, await one.read(picture.photo))

    await asyncio.gather(read(reader), read(second))  # a process for each core
    await second.close()
    request.config.stash[RATES] = rates.table()
    assert rates.wrong == []
    assert rates.rate >= EXPECTED, rates.missed
