"""Updates on their way in: poison, repetitions, the webhook and its secret."""

from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import func, select

from tests.bot.conftest import Person, Stack, free_port, until
from tests.bot.words import say
from tradein import inbox
from tradein.inbox import InboxUpdate, UpdateState

SECRET = "a-secret-of-this-test"
IMEI = "490154203237518"
POISON = [
    {"message": {"message_id": 1}},
    {"message": {"message_id": 1, "date": "not a number", "chat": {"id": 1, "type": "private"}, "text": IMEI}},
    {"message": "no message"},
    {"callback_query": {"id": 5}},
    {"message": {"message_id": 1, "date": 1, "chat": [], "text": ["x"]}},
]


@pytest.mark.parametrize("poison", POISON)
async def test_an_update_that_cannot_be_parsed_is_set_aside_and_the_next_handled(
    gateway: Stack, poison: dict[str, object]
) -> None:
    """Left alone it would be asked for again, for ever, and nothing behind it would come through."""
    asha = await gateway.person()
    injected = (await gateway.api.post("/sandbox/updates", json=poison)).json()

    await asha.says("hello")

    await asha.sees(1)
    with gateway.database() as session:
        aside = session.scalars(select(InboxUpdate).where(InboxUpdate.update_id == injected["update_id"])).one()
    assert aside.state == UpdateState.QUARANTINED
    assert set(poison) <= set(aside.payload)
    assert IMEI not in str(aside.payload)


async def test_an_update_of_an_unheard_of_kind_is_passed_over(gateway: Stack) -> None:
    """Telegram adds kinds every few months."""
    asha = await gateway.person()
    await gateway.api.post("/sandbox/updates", json={"message_from_mars": {"text": "hello"}})

    await asha.says("hello")

    await asha.sees(1)


@pytest.mark.parametrize("kind", ["checklist", "giveaway", "kind_of_2030"])
async def test_a_message_of_an_unread_kind_is_answered(gateway: Stack, kind: str) -> None:
    """One that is newer than this program too: silence would look like a fault."""
    asha = await gateway.person()
    sender = {"id": asha.id, "is_bot": False, "first_name": "Asha"}
    message = {"message_id": 7, "date": 1, "chat": {"id": asha.id, "type": "private"}, "from": sender}
    content = {kind: {"title": "To do", "tasks": []}}
    await gateway.api.post("/sandbox/updates", json={"message": message | content})

    await asha.sees(1)
    assert await asha.texts() == [say("utter_unsupported_other")]


async def test_what_merely_happened_and_the_steps_of_a_live_location_are_not_answered(gateway: Stack) -> None:
    """A pin says nothing, and who walks on would be answered every few seconds."""
    asha = await gateway.person()
    sender = {"id": asha.id, "is_bot": False, "first_name": "Asha"}
    message = {"message_id": 7, "date": 1, "chat": {"id": asha.id, "type": "private"}, "from": sender}
    step = {"edit_date": 2, "location": {"latitude": 12.9, "longitude": 77.6, "live_period": 900}}
    await gateway.api.post("/sandbox/updates", json={"message": message | {"pinned_message": {}}})
    await gateway.api.post("/sandbox/updates", json={"edited_message": message | step})

    await asha.says("hello")

    await asha.sees(1)
    await gateway.rest()
    assert len(await asha.texts()) == 1


async def test_a_group_is_not_answered(gateway: Stack) -> None:
    """The assistant talks to customers in private chats only."""
    asha = await gateway.person()
    message = {"message_id": 7, "date": 1, "chat": {"id": -5, "type": "group", "title": "G"}, "text": "hello"}
    sender = {"id": asha.id, "is_bot": False, "first_name": "Asha"}
    await gateway.api.post("/sandbox/updates", json={"message": {**message, "from": sender}})

    await asha.says("hello")

    await asha.sees(1)
    await gateway.rest()
    assert len(gateway.engine.received) == 1


async def test_the_webhook_takes_updates_from_whoever_knows_the_secret(stack: Stack) -> None:
    """The whole way, with Telegram's part played by the sandbox."""
    await _webhook(stack)
    asha = await stack.person()

    await asha.says("hello")

    await asha.sees(1)
    assert await asha.texts() == ["You said: hello"]


async def test_the_webhook_refuses_a_wrong_secret_and_what_is_no_update(stack: Stack) -> None:
    """Nothing of it is stored."""
    url = await _webhook(stack)
    asha = await stack.person()
    update = _update(asha, 900_000_001)

    async with httpx.AsyncClient(trust_env=False) as client:
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}):
            assert (await client.post(url, json=update, headers=headers)).status_code == 403
        known = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        assert (await client.post(url, content=b"{", headers=known)).status_code == 400
        assert (await client.post(url, json=[1], headers=known)).status_code == 400
        assert (await client.post(url, content=b"x" * 1_100_000, headers=known)).status_code == 413
        assert (await client.post(url + "x", json=update, headers=known)).status_code == 404

    assert stack.engine.received == []
    with stack.database() as session:
        assert session.scalar(select(func.count()).select_from(InboxUpdate)) == 0


async def test_the_webhook_sets_poison_aside_and_drops_what_it_has_had(stack: Stack) -> None:
    """Both are acknowledged: Telegram would send them again."""
    url = await _webhook(stack)
    asha = await stack.person()
    known = {"X-Telegram-Bot-Api-Secret-Token": SECRET}

    async with httpx.AsyncClient(trust_env=False) as client:
        for update in ({"update_id": 900_000_001, **POISON[0]}, *[_update(asha, 900_000_002)] * 3):
            assert (await client.post(url, json=update, headers=known)).status_code == 200

    await until(lambda: stack.engine.received)
    await stack.rest()
    assert len(stack.engine.received) == 1
    with stack.database() as session:
        assert session.get_one(InboxUpdate, (1, 900_000_001)).state == UpdateState.QUARANTINED


async def test_a_stored_update_that_cannot_be_read_any_more_does_not_keep_it_from_starting(stack: Stack) -> None:
    """Another version of the libraries may not know what an earlier one stored."""
    asha = await stack.person()
    with stack.database() as session:
        broken = {"update_id": 900_000_001, **POISON[0]}
        inbox.accept(session, bot_id=1, update_id=900_000_001, chat_id=asha.id, payload=broken, now=datetime.now(UTC))
        session.commit()

    await stack.start()
    await asha.says("hello")

    await asha.sees(1)
    with stack.database() as session:
        assert session.get_one(InboxUpdate, (1, 900_000_001)).state == UpdateState.DONE


async def _webhook(stack: Stack) -> str:
    """Start the gateway with a webhook; return its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/telegram"
    stack.extra = {
        "TELEGRAM_WEBHOOK_URL": url,
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
        "TELEGRAM_WEBHOOK_PORT": str(port),
    }
    await stack.start()
    return url


def _update(person: Person, update_id: int) -> dict[str, object]:
    sender = {"id": person.id, "is_bot": False, "first_name": "Asha"}
    chat = {"id": person.id, "type": "private"}
    message = {"message_id": 1, "date": 1_800_000_000, "chat": chat, "from": sender, "text": "hello"}
    return {"update_id": update_id, "message": message}
