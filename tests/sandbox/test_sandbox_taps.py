"""Taps on buttons: one query, one answer."""

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest

from tests.sandbox.phones import Customer, Inbox

MARKUP = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="v1:yes")]])


async def test_a_tap_comes_with_its_message_and_is_answered_once(
    http: httpx.AsyncClient, bot: Bot, inbox: Inbox, customer: Customer
) -> None:
    """The customer sees the answer; a second one is too late."""
    sent = await bot.send_message(customer.id, "Well?", reply_markup=MARKUP)
    tapped = await customer.tap(sent.message_id, "v1:yes")
    query = (await inbox.one()).callback_query
    assert query is not None
    assert query.message == sent
    assert (query.id, query.data, query.from_user.id) == (tapped, "v1:yes", customer.id)
    assert query.chat_instance
    assert not (await http.get(f"/sandbox/callbacks/{tapped}")).json()["answered"]
    assert await query.answer("Done", show_alert=True)
    answer = (await http.get(f"/sandbox/callbacks/{tapped}")).json()
    assert (answer["answered"], answer["text"], answer["show_alert"]) == (True, "Done", True)
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired or query id is invalid"):
        await query.answer("Again")


async def test_an_answer_holds_200_characters_and_a_refused_one_may_be_tried_again(
    bot: Bot, inbox: Inbox, customer: Customer
) -> None:
    """The limit is Telegram's."""
    sent = await bot.send_message(customer.id, "Well?", reply_markup=MARKUP)
    await customer.tap(sent.message_id, "v1:yes")
    query = (await inbox.one()).callback_query
    assert query is not None
    with pytest.raises(BadRequest, match="Message_too_long"):
        await query.answer("x" * 201)
    assert await query.answer("x" * 200)


async def test_a_tap_on_a_deleted_message_comes_with_an_inaccessible_one(
    bot: Bot, inbox: Inbox, customer: Customer
) -> None:
    """A customer may still have it on the screen."""
    sent = await bot.send_message(customer.id, "Well?", reply_markup=MARKUP)
    await sent.delete()
    await customer.tap(sent.message_id, "v1:yes")
    query = (await inbox.one()).callback_query
    assert query is not None
    assert query.message is not None
    assert (query.message.is_accessible, query.message.message_id) == (False, sent.message_id)
