"""The wire to Telegram: what an error says about a call must be true, for a message in doubt may not be doubled."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from telegram import Bot
from telegram.error import TelegramError
from telegram.request import RequestData

from bot.verdicts import Verdict, verdict
from bot.wire import Wire, proxy_to
from tests.bot.conftest import TOKEN, Stack, free_port

type Server = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def wire_to(url: str, *, connections: int = 4) -> AsyncIterator[Wire]:
    """Give a wire that waits a moment for its answers."""
    wire = Wire(url, read_timeout=0.3, connections=connections)
    await wire.initialize()
    try:
        yield wire
    finally:
        await wire.shutdown()


@asynccontextmanager
async def telegram_that(behaves: Server) -> AsyncIterator[str]:
    """Give the address of a server that does this to each connection, and closes it then."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behaves(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def call(wire: Wire, url: str) -> Verdict:
    """Send a message that fails; return what the error means for it."""
    with pytest.raises(TelegramError) as failed:
        await wire.post(f"{url}/bot1:sandbox/sendMessage", RequestData([]))
    return verdict(failed.value)


async def test_a_call_without_a_connection_never_left() -> None:
    """It may be made again."""
    url = f"http://127.0.0.1:{free_port()}"
    async with wire_to(url) as wire:
        assert await call(wire, url) == Verdict.NOT_SENT


async def test_a_call_that_got_no_connection_of_the_pool_never_left() -> None:
    """While the one before it, which Telegram doesn't answer, is in doubt."""

    async def is_silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(10_000)
        await asyncio.sleep(0.6)

    async with telegram_that(is_silent) as url, wire_to(url, connections=1) as wire:
        first = asyncio.create_task(call(wire, url))
        await asyncio.sleep(0.05)
        wire._read_timeout = 0.1  # noqa: SLF001 - the second gives up while the first waits
        assert await call(wire, url) == Verdict.NOT_SENT
        assert await first == Verdict.IN_DOUBT


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{", b"no HTTP\r\n\r\n", b"HTTP/1.1 502 x\r\n\r\n"]
)
async def test_a_call_whose_answer_was_lost_is_in_doubt(answer: bytes) -> None:
    """The connection broke, the answer broke off, or it was none."""

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10_000)
        writer.write(answer)

    async with telegram_that(answers) as url, wire_to(url) as wire:
        assert await call(wire, url) == Verdict.IN_DOUBT


async def test_a_call_is_made_once_whatever_becomes_of_it() -> None:
    """A client that repeats a call by itself would double messages."""
    calls = []

    async def hangs_up_the_second_time(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while received := await reader.read(10_000):
            calls.append(received)
            if len(calls) > 1:
                return
            writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 27\r\n\r\n{"ok": true, "result": {} }')

    async with telegram_that(hangs_up_the_second_time) as url, wire_to(url) as wire:
        await wire.post(f"{url}/bot1:sandbox/sendMessage", RequestData([]))
        assert await call(wire, url) == Verdict.IN_DOUBT
    assert len(calls) == 2


async def test_files_are_uploaded_with_the_words_beside_them(stack: Stack) -> None:
    """As a form in parts, which the sandbox reads as Telegram does."""
    person = await stack.person()
    async with wire_to(stack.api_url) as wire, Bot(TOKEN, f"{stack.api_url}/bot", request=wire) as bot:
        sent = await bot.send_document(person.id, b"four", filename="a.txt", caption="Größe: 4")

    assert sent.document is not None
    assert (sent.document.file_name, sent.document.file_size, sent.caption) == ("a.txt", 4, "Größe: 4")


def test_the_environment_names_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the address's scheme, or for all; an exception wins."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1,.example.org")
    assert proxy_to("https://api.telegram.org") is None
    monkeypatch.setenv("ALL_PROXY", "proxy:3128")
    assert proxy_to("https://api.telegram.org") == "http://proxy:3128"
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@other:3128")
    assert proxy_to("https://api.telegram.org") == "http://me:secret@other:3128"
    assert proxy_to("http://api.telegram.org") == "http://proxy:3128"
    assert proxy_to("http://127.0.0.1:8081") is None
    assert proxy_to("https://bots.example.org") is None


@pytest.mark.parametrize(
    "answer",
    [b"no HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"x" * 9000],
)
async def test_an_error_never_quotes_the_address(answer: bytes) -> None:
    """The token is a part of it, and what an error says is logged, and stored with the message that failed."""

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10_000)
        writer.write(answer)

    async with telegram_that(answers) as url, wire_to(url) as wire:
        with pytest.raises(TelegramError) as failed:
            await wire.post(f"{url}/bot1:sandbox/sendMessage", RequestData([]))
    assert "1:sandbox" not in str(failed.value)
