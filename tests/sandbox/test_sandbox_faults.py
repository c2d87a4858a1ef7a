"""Trouble on order: what the bot is told, and what the customer sees all the same."""

import time
from datetime import timedelta

import httpx
import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter, TimedOut

from tests.sandbox.phones import Customer


async def order(http: httpx.AsyncClient, **fault: object) -> None:
    """Order a fault."""
    (await http.post("/sandbox/faults", json=fault)).raise_for_status()


async def test_a_429_names_the_seconds_to_wait_and_nothing_is_sent(
    http: httpx.AsyncClient, bot: Bot, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only for the method and chat it was ordered for, and only so often."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    await order(http, kind="429", method="sendMessage", chat_id=customer.id, times=2, retry_after=7)
    assert await bot.get_me()
    for _ in range(2):
        with pytest.raises(RetryAfter) as refused:
            await bot.send_message(customer.id, "x")
        assert refused.value.retry_after == timedelta(seconds=7)
    assert await customer.sees() == []
    assert await bot.send_message(customer.id, "through")


async def test_a_5xx_is_a_network_error_without_an_effect(
    http: httpx.AsyncClient, bot: Bot, customer: Customer
) -> None:
    """Orders are forgotten on DELETE."""
    await order(http, kind="5xx", times=100)
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(customer.id, "x")
    assert (await http.delete("/sandbox/faults")).status_code == 204
    assert await bot.send_message(customer.id, "through")
    assert await customer.sees() == ["through"]


async def test_a_late_answer_comes_after_the_effect(http: httpx.AsyncClient, bot: Bot, customer: Customer) -> None:
    """The ambiguous send: the client gives up, the customer has the message."""
    await order(http, kind="delay_after_commit", method="sendMessage", seconds=0.6)
    with pytest.raises(TimedOut):
        await bot.send_message(customer.id, "ambiguous", read_timeout=0.2)
    assert await customer.sees() == ["ambiguous"]
    await order(http, kind="delay_after_commit", method="sendMessage", seconds=0.3)
    begun = time.perf_counter()
    assert await bot.send_message(customer.id, "slow")
    assert time.perf_counter() - begun >= 0.3


async def test_a_dropped_connection_comes_after_the_effect(
    http: httpx.AsyncClient, bot: Bot, customer: Customer
) -> None:
    """Not a byte of an answer; the next call goes through."""
    await order(http, kind="drop", method="sendMessage")
    with pytest.raises(NetworkError) as dropped:
        await bot.send_message(customer.id, "dropped")
    assert isinstance(dropped.value.__cause__, httpx.RemoteProtocolError | httpx.ReadError)
    await bot.send_message(customer.id, "next")
    assert await customer.sees() == ["dropped", "next"]


async def test_an_order_that_can_not_be_read_is_refused(http: httpx.AsyncClient) -> None:
    """With the field that is wrong."""
    answer = await http.post("/sandbox/faults", json={"kind": "earthquake"})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("kind:")
