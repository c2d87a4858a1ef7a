"""Pushing updates to the bot's own server."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from telegram import Bot, Update
from telegram.error import BadRequest, Conflict

from tests.sandbox.phones import Customer, new_customer


class Receiver:
    """A tiny HTTP server that notes what it gets and answers with the next status, 200 when there is none."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, object]] = []
        self.secrets: list[str | None] = []
        self.statuses: list[int] = []
        self.url = ""
        self.news = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request, answer it, close."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        headers = dict(line.split(": ", 1) for line in head.splitlines()[1:] if line)
        self.bodies.append(json.loads(await reader.readexactly(int(headers["content-length"]))))
        self.secrets.append(headers.get("x-telegram-bot-api-secret-token"))
        self.news.set()
        status = self.statuses.pop(0) if self.statuses else 200
        writer.write(f"HTTP/1.1 {status} So\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def got(self, count: int) -> list[str]:
        """Wait for so many pushes and return their texts."""
        async with asyncio.timeout(10):
            while len(self.bodies) < count:
                self.news.clear()
                await self.news.wait()
        updates = [Update.de_json(body, None) for body in self.bodies]
        return [update.message.text or "" for update in updates if update.message]


@pytest.fixture
async def receiver(bot: Bot) -> AsyncIterator[Receiver]:
    """Listen for pushes; the webhook is taken away afterwards."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    async with server:
        yield receiver
        await bot.delete_webhook(drop_pending_updates=True)


async def test_updates_are_pushed_with_the_secret_and_polling_is_refused(
    bot: Bot, receiver: Receiver, customer: Customer
) -> None:
    """What waited before comes first."""
    await customer.say("before")
    assert await bot.set_webhook(receiver.url, secret_token="s3cret-_")
    await customer.say("after")
    assert await receiver.got(2) == ["before", "after"]
    assert receiver.secrets == ["s3cret-_", "s3cret-_"]
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == (receiver.url, 0)


async def test_a_push_is_repeated_until_it_is_taken_and_order_is_kept(
    bot: Bot, receiver: Receiver, customer: Customer, http: httpx.AsyncClient
) -> None:
    """One chat's trouble does not hold up another's."""
    receiver.statuses = [500]
    await bot.set_webhook(receiver.url)
    await customer.say("one")
    await receiver.got(1)
    await customer.say("two")
    other = await new_customer(http, "Rohan")
    await other.say("other")
    assert await receiver.got(4) == ["one", "other", "one", "two"]
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 500 So"


async def test_what_was_not_taken_waits_for_polling(bot: Bot, receiver: Receiver, customer: Customer) -> None:
    """A change to polling loses nothing."""
    receiver.statuses = [500] * 20
    await bot.set_webhook(receiver.url)
    await customer.say("stubborn")
    await receiver.got(1)
    await bot.delete_webhook()
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "stubborn"


async def test_a_bad_address_or_secret_is_refused(bot: Bot) -> None:
    """And long polling goes on."""
    with pytest.raises(BadRequest, match="Invalid webhook url specified"):
        await bot.set_webhook("ftp://example.com")
    with pytest.raises(BadRequest, match="Secret token contains unallowed characters"):
        await bot.set_webhook("http://127.0.0.1:9/", secret_token="not allowed")
    assert await bot.get_updates() == ()
