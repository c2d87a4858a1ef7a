"""What is read of screens and labels as people photograph them."""

import asyncio

import pytest

from bot.reader.reader import Reader
from tests.reader.conftest import RATES
from tests.reader.rates import Rates, sample

EXPECTED = 0.95


@pytest.mark.timeout(300)
async def test_what_a_person_can_read_is_read_and_nothing_else_ever(
    reader: Reader, request: pytest.FixtureRequest
) -> None:
    """At least 95 % of the photos are read whole, and no number comes out that isn't the phone's IMEI."""
    rates = Rates()
    for picture in sample():
        rates.count(picture, await reader.read(picture.photo))
        await asyncio.sleep(0)
    request.config.stash[RATES] = rates.table()
    assert rates.wrong == []
    assert rates.rate >= EXPECTED, rates.missed
