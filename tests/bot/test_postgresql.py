"""The gateway on PostgreSQL: the same rows, claimed the same way."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.conftest import Stack, prepared, until
from tradein import migrate


@pytest.fixture
async def postgresql(postgresql_url: str, tmp_path: Path) -> AsyncIterator[Stack]:
    """Give a stack over PostgreSQL."""
    await asyncio.to_thread(migrate.upgrade, postgresql_url)
    try:
        async with prepared(postgresql_url, tmp_path) as stack:
            await stack.start()
            yield stack
    finally:
        await asyncio.to_thread(migrate.downgrade, postgresql_url)


async def test_conversations_buttons_and_a_kill_go_the_same_way(postgresql: Stack) -> None:
    """Several customers at once, a tap, a repeated tap, and a crash in the middle."""
    stack = postgresql
    stack.engine.script = lambda turn: (
        [{"text": turn["text"], "buttons": [{"title": "A", "payload": '/inform{"brand": "a"}'}]}]
        if "text" in turn
        else [{"text": "chosen"}]
    )
    people = [await stack.person(f"Person {n}") for n in range(4)]
    for number in range(3):
        await asyncio.gather(*(person.says(f"message {number}") for person in people))
    await stack.rest()
    for person in people:
        replies = await person.sees(3)
        assert [reply["text"] for reply in replies] == [f"message {number}" for number in range(3)]
        await asyncio.gather(person.taps(replies[2], "A"), person.taps(replies[2], "A"))
        await person.sees(4)

    stack.engine.delay = 0.5
    await people[0].says("last words")
    await until(lambda: any(turn.get("text") == "last words" for turn in stack.engine.received))
    stack.kill()
    await stack.start()

    await people[0].sees(5)
    await stack.rest()
    assert (await people[0].texts())[3:] == ["chosen", "last words"]


@pytest.mark.parametrize(
    "poison",
    [
        {"text": "x = 1", "entities": [{"type": "pre", "offset": 0, "length": 5, "language": "py\0"}]},
        {"text": "hello", "media_group_id": "12\x0034"},
    ],
)
async def test_what_postgresql_will_not_store_does_not_make_it_deaf(
    postgresql: Stack, poison: dict[str, object]
) -> None:
    """A zero in a text is refused however often it is sent: asked for again, it would bar everybody's way for ever."""
    asha = await postgresql.person()
    sender = {"id": asha.id, "is_bot": False, "first_name": "Asha"}
    message = {"message_id": 7, "date": 1, "chat": {"id": asha.id, "type": "private"}, "from": sender, **poison}
    await postgresql.api.post("/sandbox/updates", json={"message": message})

    await asha.says("hello, again")

    await until(lambda: any(turn.get("text") == "hello, again" for turn in postgresql.engine.received))
