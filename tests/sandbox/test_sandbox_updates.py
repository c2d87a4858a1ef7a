"""How updates reach the bot by long polling: kept until confirmed, in order, one poller at a time."""

import asyncio
import time

import httpx
import pytest
from telegram import Bot, MessageEntity
from telegram.error import Conflict

from tests.sandbox.phones import Customer, Inbox


async def test_an_update_is_redelivered_until_a_higher_offset_confirms_it(bot: Bot, customer: Customer) -> None:
    """A bot that dies before it confirms gets everything again."""
    await customer.say("one")
    await customer.say("two")
    first = await bot.get_updates()
    assert [update.update_id for update in await bot.get_updates()] == [update.update_id for update in first]
    (second,) = await bot.get_updates(offset=first[1].update_id)
    assert second.message is not None
    assert second.message.text == "two"
    assert await bot.get_updates(offset=second.update_id + 1) == ()
    assert await bot.get_updates() == ()


async def test_update_ids_grow_and_a_batch_obeys_its_limit(bot: Bot, customer: Customer) -> None:
    """`limit` is clamped to 1-100; ids are consecutive."""
    for number in range(5):
        await customer.say(f"message {number}")
    ids = [update.update_id for update in await bot.get_updates()]
    assert ids == list(range(ids[0], ids[0] + 5))
    assert len(await bot.get_updates(limit=2)) == 2
    assert len(await bot.get_updates(limit=0)) == 1


async def test_a_negative_offset_forgets_all_but_the_newest(bot: Bot, customer: Customer) -> None:
    """As Telegram counts from the end of the queue."""
    for word in ("old", "older", "new"):
        await customer.say(word)
    (last,) = await bot.get_updates(offset=-1)
    assert last.message is not None
    assert last.message.text == "new"
    assert len(await bot.get_updates()) == 1


async def test_a_long_poll_wakes_at_once_and_returns_nothing_when_its_time_is_up(bot: Bot, customer: Customer) -> None:
    """Neither a busy loop nor a late answer."""
    poll = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0.1)
    begun = time.perf_counter()
    await customer.say("hello")
    (update,) = await poll
    assert time.perf_counter() - begun < 0.5
    begun = time.perf_counter()
    assert await bot.get_updates(offset=update.update_id + 1, timeout=1) == ()
    assert 0.9 < time.perf_counter() - begun < 2


async def test_a_second_poller_ends_the_first_with_a_conflict(bot: Bot) -> None:
    """One poller per token, in Telegram's words."""
    first = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(bot.get_updates(timeout=1))
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await first
    assert await second == ()


async def test_allowed_updates_decide_what_is_queued_from_then_on(bot: Bot, customer: Customer) -> None:
    """Kinds not asked for are never queued; an empty list asks for the usual ones."""
    await bot.get_updates(allowed_updates=["callback_query"])
    await customer.say("unheard")
    await bot.get_updates(allowed_updates=[])
    await customer.say("heard")
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "heard"


async def test_a_command_carries_its_entity(inbox: Inbox, customer: Customer) -> None:
    """PTB's CommandHandler looks for it at offset 0."""
    await customer.say("/start exchange")
    message = await inbox.message()
    assert message.from_user is not None
    assert (message.from_user.id, message.chat.id, message.chat.type) == (customer.id, customer.id, "private")
    assert message.parse_entities() == {MessageEntity(MessageEntity.BOT_COMMAND, 0, 6): "/start"}


async def test_an_edit_by_the_customer_comes_as_edited_message(inbox: Inbox, customer: Customer) -> None:
    """With the id of the old message, the new text and a date of the edit."""
    message_id = await customer.say("redmi not 5")
    await inbox.take()
    await customer.edit(message_id, "redmi note 5")
    edited = (await inbox.one()).edited_message
    assert edited is not None
    assert (edited.message_id, edited.text) == (message_id, "redmi note 5")
    assert edited.edit_date is not None


async def test_blocking_and_unblocking_come_as_my_chat_member(inbox: Inbox, customer: Customer) -> None:
    """Kicked, then member again; a second block is no news."""
    await customer.block()
    await customer.block()
    change = (await inbox.one()).my_chat_member
    assert change is not None
    assert (change.old_chat_member.status, change.new_chat_member.status) == ("member", "kicked")
    await customer.unblock()
    change = (await inbox.one()).my_chat_member
    assert change is not None
    assert change.new_chat_member.status == "member"


async def test_message_ids_count_within_each_chat(inbox: Inbox, customer: Customer) -> None:
    """Both sides share the count."""
    assert await customer.say("one") == 1
    sent = await (await inbox.message()).reply_text("two")
    assert sent.message_id == 2
    assert await customer.say("three") == 3


async def test_a_poison_update_is_injected_as_it_is(http: httpx.AsyncClient, bot: Bot) -> None:
    """Also under an id that was used up already, so that a duplicate can be delivered on purpose."""
    made = await http.post("/sandbox/updates", json={"message": {"chat": ["no chat"]}})
    raw = (await http.get(f"/bot{bot.token}/getUpdates")).json()["result"]
    assert raw == [{"update_id": made.json()["update_id"], "message": {"chat": ["no chat"]}}]
    old = raw[0]["update_id"]
    await bot.get_updates(offset=old + 1)
    await http.post("/sandbox/updates", json={"update_id": old, "poll_answer": None})
    again = (await http.get(f"/bot{bot.token}/getUpdates", params={"offset": old + 1})).json()["result"]
    assert [update["update_id"] for update in again] == [old]


async def test_a_token_of_another_shape_is_unauthorized_and_an_unknown_method_not_found(
    http: httpx.AsyncClient,
) -> None:
    """HTTP status and error_code agree, as PTB expects."""
    answer = await http.get("/botnonsense/getMe")
    assert (answer.status_code, answer.json()["error_code"], answer.json()["ok"]) == (401, 401, False)
    answer = await http.get("/bot1:sandbox/sendTelepathy")
    assert answer.status_code == 404
    assert answer.json()["description"] == "Not Found: method not found"
    assert (await http.get("/bot0:zero/getMe")).status_code == 401


async def test_methods_take_query_form_json_and_multipart_whatever_their_case(
    http: httpx.AsyncClient, customer: Customer
) -> None:
    """All four ways of Telegram's own server."""
    url, call = "/bot1:sandbox/sendMessage", {"chat_id": str(customer.id), "text": "हैलो & more"}
    assert (await http.get(url, params=call)).json()["ok"]
    assert (await http.post(url.lower(), data=call)).json()["ok"]
    assert (await http.post(url, json=call)).json()["ok"]
    multipart = {name: (None, value) for name, value in call.items()}
    assert (await http.post(url, files=multipart)).json()["ok"]
    assert await customer.sees() == ["हैलो & more"] * 4
