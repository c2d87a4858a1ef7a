"""A support group: topics, members, the bot's rights, and the words in which Telegram refuses."""

import base64
import os
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    ReactionTypeEmoji,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter

from tests.sandbox.phones import Agent, Customer, Inbox, Process, make_bot, new_customer, new_group
from tests.sandbox.test_sandbox_files import picture

FORGOTTEN = "Message thread not found"


@pytest.fixture
async def agent(bot: Bot, http: httpx.AsyncClient) -> Agent:
    """Let Meena own a forum; the bot's queue holds nothing of it."""
    await http.put("/sandbox/limits", json={"group_per_minute": 0})
    made = await new_group(http)
    await bot.delete_webhook(drop_pending_updates=True)
    return made


@pytest.fixture
async def thread(bot: Bot, agent: Agent) -> int:
    """Make a topic."""
    made = await bot.create_forum_topic(agent.group_id, "Asha")
    await bot.delete_webhook(drop_pending_updates=True)
    return made.message_thread_id


def photo() -> str:
    """Return a photo as the control API takes it."""
    return base64.b64encode(picture("PNG")).decode()


# --- topics -----------------------------------------------------------------------------------------------------------
async def test_a_topic_has_the_number_of_the_message_that_opens_it_and_the_bot_hears_of_its_own(
    bot: Bot, inbox: Inbox, agent: Agent
) -> None:
    """As of every service message that it causes."""
    made = await bot.create_forum_topic(agent.group_id, "Asha", icon_color=7322096)
    assert (made.name, made.icon_color) == ("Asha", 7322096)
    message = await inbox.message()
    assert message.forum_topic_created is not None
    assert (message.message_id, message.message_thread_id, message.is_topic_message) == (
        made.message_thread_id,
        made.message_thread_id,
        True,
    )
    assert message.from_user is not None
    assert message.from_user.is_bot


async def test_what_stands_in_a_topic_replies_to_its_first_message(
    bot: Bot, inbox: Inbox, agent: Agent, thread: int
) -> None:
    """Unless it replies to another one: a bot must not take that for somebody's reply."""
    sent = await bot.send_message(agent.group_id, "card", message_thread_id=thread)
    assert (sent.message_thread_id, sent.is_topic_message) == (thread, True)
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.forum_topic_created is not None
    assert sent.chat.is_forum
    await agent.say("hello", thread=thread)
    heard = await inbox.message()
    assert (heard.message_thread_id, heard.is_topic_message, heard.text) == (thread, True, "hello")
    assert heard.reply_to_message is not None
    assert heard.reply_to_message.message_id == thread
    await agent.say("to the card", thread=thread, reply_to_message_id=sent.message_id)
    assert (await inbox.message()).reply_to_message == sent


async def test_a_reply_in_general_has_a_thread_but_is_in_no_topic(bot: Bot, inbox: Inbox, agent: Agent) -> None:
    """And nothing can be sent to General by its number."""
    first = await agent.say("hello")
    await inbox.take()
    await agent.say("again", reply_to_message_id=first)
    heard = await inbox.message()
    assert (heard.message_thread_id, heard.is_topic_message) == (first, None)
    with pytest.raises(BadRequest, match=FORGOTTEN):
        await bot.send_message(agent.group_id, "x", message_thread_id=first)
    with pytest.raises(BadRequest, match=FORGOTTEN):
        await bot.send_message(agent.group_id, "x", message_thread_id=1)
    assert (await bot.send_message(agent.group_id, "x")).message_thread_id is None


async def test_closing_and_reopening_by_hand_are_heard_and_a_closed_topic_refuses(
    bot: Bot, inbox: Inbox, agent: Agent, thread: int
) -> None:
    """The bot has to reopen it; what changes nothing is refused."""
    await agent.post(f"topics/{thread}/closing")
    closed = await inbox.message()
    assert closed.forum_topic_closed is not None
    assert closed.message_thread_id == thread
    with pytest.raises(BadRequest, match="Topic_closed"):
        await bot.send_message(agent.group_id, "x", message_thread_id=thread)
    with pytest.raises(BadRequest, match="Topic_not_modified"):
        await bot.close_forum_topic(agent.group_id, thread)
    assert await bot.reopen_forum_topic(agent.group_id, thread)
    assert (await inbox.message()).forum_topic_reopened is not None
    assert await bot.send_message(agent.group_id, "x", message_thread_id=thread)


@pytest.mark.parametrize(("late", "words"), [(False, FORGOTTEN), (True, "Topic_deleted")])
async def test_a_topic_deleted_by_hand_is_noticed_by_who_sends_there(
    bot: Bot, agent: Agent, thread: int, late: bool, words: str
) -> None:
    """Nobody is told; its messages are gone, and every call says so in its own words."""
    sent = await bot.send_message(agent.group_id, "card", message_thread_id=thread)
    await agent.post(f"topics/{thread}/deletion", late=late)
    assert await bot.get_updates() == ()
    calls: list[Callable[[], Coroutine[Any, Any, Any]]] = [
        lambda: bot.send_message(agent.group_id, "x", message_thread_id=thread),
        lambda: bot.copy_message(agent.group_id, agent.group_id, 1, message_thread_id=thread),
        lambda: bot.send_chat_action(agent.group_id, "typing", message_thread_id=thread),
    ]
    for call in calls:
        with pytest.raises(BadRequest, match=words):
            await call()
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await sent.edit_text("y")
    with pytest.raises(BadRequest, match="Topic_deleted" if late else "Topic_id_invalid"):
        await bot.reopen_forum_topic(agent.group_id, thread)
    assert await agent.sees(thread) == []


async def test_a_topic_is_renamed_with_one_of_telegrams_icons(bot: Bot, agent: Agent, thread: int) -> None:
    """A name too long is cut, one that is the same refused."""
    icons = await bot.get_forum_topic_icon_stickers()
    tick = next(icon.custom_emoji_id for icon in icons if icon.emoji == "✅")
    assert await bot.edit_forum_topic(agent.group_id, thread, name="x" * 200, icon_custom_emoji_id=tick)
    (topic,) = (await agent.about())["topics"]
    assert (topic["name"], topic["icon_custom_emoji_id"]) == ("x" * 128, tick)
    with pytest.raises(BadRequest, match="Topic_not_modified"):
        await bot.edit_forum_topic(agent.group_id, thread, name="x" * 128)
    with pytest.raises(BadRequest, match="Document_invalid"):
        await bot.edit_forum_topic(agent.group_id, thread, icon_custom_emoji_id="1")
    assert await bot.delete_forum_topic(agent.group_id, thread)
    with pytest.raises(BadRequest, match="Topic_id_invalid"):
        await bot.edit_forum_topic(agent.group_id, thread, name="y")


# --- what goes in -----------------------------------------------------------------------------------------------------
async def test_copies_of_an_album_stay_one_and_say_not_whose_it_was(
    bot: Bot, inbox: Inbox, agent: Agent, customer: Customer, thread: int
) -> None:
    """Two updates with one mark come in, two copies with one mark go out, in order."""
    await customer.http.post(
        f"/sandbox/chats/{customer.id}/messages",
        json={"album": [{"photo": photo(), "caption": "front"}, {"photo": photo()}]},
    )
    members = [update.message for update in await inbox.take()]
    assert len({message.media_group_id for message in members if message}) == 1
    copied = await bot.copy_messages(
        agent.group_id, customer.id, [message.message_id for message in members if message], message_thread_id=thread
    )
    seen = [message for message in await agent.sees(thread) if "photo" in message]
    assert [message["message_id"] for message in seen] == [copy.message_id for copy in copied]
    assert len({message["media_group_id"] for message in seen}) == 1
    assert [message.get("caption") for message in seen] == ["front", None]
    assert all(message["from"]["is_bot"] and "forward_origin" not in message for message in seen)
    with pytest.raises(BadRequest, match="strictly increasing order"):
        await bot.copy_messages(agent.group_id, customer.id, [2, 1], message_thread_id=thread)


async def test_an_album_of_the_bots_is_two_to_ten_of_a_kind(bot: Bot, customer: Customer) -> None:
    """Uploaded or known already; the captions are read as any."""
    first, second = await bot.send_media_group(
        customer.id,
        [InputMediaPhoto(picture("PNG"), caption="<b>a</b>", parse_mode="HTML"), InputMediaPhoto(picture("PNG"))],
    )
    assert first.media_group_id == second.media_group_id is not None
    assert (first.caption, second.caption) == ("a", None)
    again = [InputMediaPhoto(first.photo[-1].file_id)] * 11
    with pytest.raises(BadRequest, match="Too many messages to send as an album"):
        await bot.send_media_group(customer.id, again)


@pytest.mark.parametrize("kind", ["video", "animation", "audio", "voice", "video_note", "document", "sticker"])
async def test_every_kind_of_media_comes_in_is_copied_and_sent_again(
    inbox: Inbox, agent: Agent, customer: Customer, thread: int, kind: str
) -> None:
    """With its file, and a caption where the kind has one."""
    body = {kind: base64.b64encode(picture("WEBP")).decode(), "file_name": "it.webp", "caption": "look"}
    await customer.http.post(f"/sandbox/chats/{customer.id}/messages", json=body)
    heard = await inbox.message()
    bot = heard.get_bot()
    assert getattr(heard, kind).file_size == len(picture("WEBP"))
    assert heard.caption == (None if kind in {"video_note", "sticker"} else "look")
    await bot.copy_message(agent.group_id, customer.id, heard.message_id, message_thread_id=thread)
    assert (await agent.sees(thread))[-1][kind]["file_id"] == getattr(heard, kind).file_id
    again = await getattr(bot, f"send_{kind}")(customer.id, getattr(heard, kind).file_id)
    assert getattr(again, kind) == getattr(heard, kind)


async def test_contacts_and_places_come_in_and_go_out(bot: Bot, inbox: Inbox, customer: Customer) -> None:
    """A place with a title is a venue."""
    for body in (
        {"contact": {"phone_number": "+919800000000", "first_name": "Asha"}},
        {"location": {"latitude": 12.9, "longitude": 77.6, "title": "Shop", "address": "MG Road"}},
    ):
        await customer.http.post(f"/sandbox/chats/{customer.id}/messages", json=body)
        heard = await inbox.message()
        copied = await bot.copy_message(customer.id, customer.id, heard.message_id)
        assert copied.message_id == heard.message_id + 1
    assert heard.venue is not None
    assert heard.venue.title == "Shop"
    assert (await bot.send_location(customer.id, 12.9, 77.6)).location is not None
    assert (await bot.send_contact(customer.id, "+91", "Asha")).contact is not None
    with pytest.raises(BadRequest, match="Wrong latitude"):
        await bot.send_location(customer.id, 120, 77.6)


async def test_a_caption_longer_than_a_bot_may_write_can_not_be_copied(
    bot: Bot, inbox: Inbox, agent: Agent, customer: Customer, thread: int
) -> None:
    """Somebody with Telegram Premium writes it; into a topic goes one character less than elsewhere."""
    for length, into in ((1024, 0), (1024, thread), (1100, 0)):
        await customer.show(picture("PNG"), caption="x" * length)
        heard = await inbox.message()
        copying = bot.copy_message(agent.group_id, customer.id, heard.message_id, message_thread_id=into or None)
        if (length, into) == (1024, 0):
            assert await copying
            continue
        with pytest.raises(BadRequest, match="Message caption is too long"):
            await copying
        assert await bot.copy_message(
            agent.group_id, customer.id, heard.message_id, caption="", message_thread_id=into or None
        )


async def test_a_reply_may_go_without_what_it_replies_to_and_quotes_only_what_stands_there(
    bot: Bot, agent: Agent, thread: int
) -> None:
    """A message of another topic is none to reply to; without a topic named a reply goes to that of its message."""
    sent = await bot.send_message(agent.group_id, "the screen is fine", message_thread_id=thread)
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(
            agent.group_id, "x", message_thread_id=thread, reply_parameters=ReplyParameters(sent.message_id + 9)
        )
    alone = ReplyParameters(sent.message_id + 9, allow_sending_without_reply=True)
    assert await bot.send_message(agent.group_id, "x", message_thread_id=thread, reply_parameters=alone)
    quoting = ReplyParameters(sent.message_id, quote="screen is")
    quoted = await bot.send_message(agent.group_id, "y", reply_parameters=quoting)
    assert quoted.message_thread_id == thread
    assert quoted.quote is not None
    assert (quoted.quote.text, quoted.quote.position) == ("screen is", 4)
    with pytest.raises(BadRequest, match="Quote_text_invalid"):
        await bot.send_message(
            agent.group_id, "z", reply_parameters=ReplyParameters(sent.message_id, quote="not there")
        )


async def test_edits_go_both_ways_media_too(bot: Bot, inbox: Inbox, agent: Agent, thread: int) -> None:
    """Each side edits its own."""
    written = await agent.say("on", thread=thread)
    await inbox.take()
    await agent.post("edits", message_id=written, text="one")
    edited = (await inbox.one()).edited_message
    assert edited is not None
    assert (edited.text, edited.message_thread_id) == ("one", thread)
    sent = await bot.send_photo(agent.group_id, picture("PNG"), message_thread_id=thread, caption="a")
    changed = await sent.edit_media(InputMediaPhoto(picture("PNG", 20, 20), caption="b"))
    assert not isinstance(changed, bool)
    assert (changed.photo[-1].width, changed.caption, changed.message_thread_id) == (20, "b", thread)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("mine now", agent.group_id, written)


async def test_reactions_are_of_telegrams_own_and_shown(bot: Bot, agent: Agent, thread: int) -> None:
    """One at most; a tick is none."""
    written = await agent.say("hello", thread=thread)
    assert await bot.set_message_reaction(agent.group_id, written, "👍")
    assert (await agent.sees(thread))[-1]["reactions"] == {str(bot.id): "👍"}
    with pytest.raises(BadRequest, match="Reaction_invalid"):
        await bot.set_message_reaction(agent.group_id, written, "✅")
    with pytest.raises(BadRequest, match="Reactions_too_many"):
        await bot.set_message_reaction(agent.group_id, written, ["👍", "👎"])
    assert await bot.set_message_reaction(agent.group_id, written, [])
    assert "reactions" not in (await agent.sees(thread))[-1]
    await bot.get_updates(allowed_updates=["message_reaction"])
    await agent.post("reactions", message_id=written, emoji="🔥")
    change = (await bot.get_updates(allowed_updates=["message_reaction"]))[-1].message_reaction
    assert change is not None
    assert (change.message_id, change.new_reaction) == (written, (ReactionTypeEmoji("🔥"),))


async def test_a_pin_leaves_a_service_message_in_its_topic(bot: Bot, inbox: Inbox, agent: Agent, thread: int) -> None:
    """Which the bot hears of; the chat shows the newest pin."""
    card = await bot.send_message(agent.group_id, "card", message_thread_id=thread)
    assert await card.pin()
    heard = await inbox.message()
    assert heard.pinned_message is not None
    assert (heard.pinned_message.message_id, heard.message_thread_id) == (card.message_id, thread)
    chat = await bot.get_chat(agent.group_id)
    assert chat.pinned_message is not None
    assert chat.pinned_message.message_id == card.message_id
    assert await card.unpin()
    assert (await bot.get_chat(agent.group_id)).pinned_message is None


async def test_a_tap_in_the_group_carries_who_tapped(bot: Bot, inbox: Inbox, agent: Agent, thread: int) -> None:
    """Whoever it was: a bot has to look."""
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Take", callback_data="take")]])
    card = await bot.send_message(agent.group_id, "card", message_thread_id=thread, reply_markup=keyboard)
    await agent.post("callbacks", message_id=card.message_id, data="take")
    query = (await inbox.one()).callback_query
    assert query is not None
    assert (query.from_user.id, query.message) == (agent.id, card)


# --- who may what -----------------------------------------------------------------------------------------------------
async def test_a_bot_without_a_right_is_told_which(
    bot: Bot, http: httpx.AsyncClient, agent: Agent, thread: int
) -> None:
    """And may write all the same; its privacy then hides what people write, but for commands and replies to it."""
    card = await bot.send_message(agent.group_id, "card", message_thread_id=thread)
    await http.post(f"/sandbox/groups/{agent.group_id}/bot", json={"status": "member"})
    refusals: list[tuple[Callable[[], Coroutine[Any, Any, Any]], str]] = [
        (lambda: bot.create_forum_topic(agent.group_id, "x"), "Not enough rights to create a topic"),
        (lambda: bot.edit_forum_topic(agent.group_id, thread, name="x"), "Not enough rights to edit the topic"),
        (lambda: bot.delete_forum_topic(agent.group_id, thread), "Not enough rights to delete the topic"),
        (card.pin, "Not enough rights to manage pinned messages in the chat"),
    ]
    for call, words in refusals:
        with pytest.raises(BadRequest, match=words):
            await call()
    written = await agent.say("x", thread=thread)
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_message(agent.group_id, written)
    assert await card.delete()
    assert (await bot.get_chat_member(agent.group_id, bot.id)).status == "member"


async def test_a_plain_members_privacy_hides_what_is_not_for_it(
    bot: Bot, inbox: Inbox, http: httpx.AsyncClient, agent: Agent, thread: int
) -> None:
    """As BotFather leaves privacy mode; an administrator hears everything."""
    card = await bot.send_message(agent.group_id, "card", message_thread_id=thread)
    await http.post(f"/sandbox/groups/{agent.group_id}/bot", json={"status": "member"})
    change = (await inbox.one()).my_chat_member
    assert change is not None
    assert (change.old_chat_member.status, change.new_chat_member.status) == ("administrator", "member")
    await agent.say("unheard", thread=thread)
    await agent.say("/take", thread=thread)
    await agent.say("reply", thread=thread, reply_to_message_id=card.message_id)
    assert [update.message.text for update in await inbox.take() if update.message] == ["/take", "reply"]


async def test_where_the_bot_is_not_it_is_forbidden(bot: Bot, http: httpx.AsyncClient, agent: Agent) -> None:
    """Kicked, gone by itself, or muted."""
    await http.post(f"/sandbox/groups/{agent.group_id}/bot", json={"status": "restricted"})
    with pytest.raises(BadRequest, match="Not enough rights to send text messages to the chat"):
        await bot.send_message(agent.group_id, "x")
    await http.post(f"/sandbox/groups/{agent.group_id}/bot", json={"status": "kicked"})
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_message(agent.group_id, "x")
    await http.post(f"/sandbox/groups/{agent.group_id}/bot", json={"status": "administrator"})
    assert await bot.leave_chat(agent.group_id)
    with pytest.raises(Forbidden, match="bot is not a member of the supergroup chat"):
        await bot.get_chat(agent.group_id)


async def test_an_upgraded_group_has_another_id_and_says_it(bot: Bot, inbox: Inbox, agent: Agent, thread: int) -> None:
    """In an update, and to whoever sends to the old one; topics are to be made anew."""
    moved = await agent.post("migration")
    old, new = [update.message for update in await inbox.take()]
    assert old is not None
    assert new is not None
    assert (old.migrate_to_chat_id, new.migrate_from_chat_id) == (moved["id"], agent.group_id)
    with pytest.raises(ChatMigrated) as migrated:
        await bot.send_message(agent.group_id, "x", message_thread_id=thread)
    assert migrated.value.new_chat_id == moved["id"] == new.chat.id
    with pytest.raises(BadRequest, match=FORGOTTEN):
        await bot.send_message(moved["id"], "x", message_thread_id=thread)
    assert await bot.create_forum_topic(moved["id"], "Asha")


async def test_the_group_its_members_and_administrators_can_be_asked_for(
    bot: Bot, http: httpx.AsyncClient, agent: Agent
) -> None:
    """Who left is known to have, and nobody who never came is."""
    other = await new_customer(http, "Ravi")
    await agent.post("members", user_id=other.id)
    chat = await bot.get_chat(agent.group_id)
    assert (chat.type, chat.is_forum, chat.title) == ("supergroup", True, "Support")
    assert chat.permissions is not None
    assert (chat.permissions.can_send_messages, chat.permissions.can_manage_topics) == (True, False)
    assert {member.user.id for member in await bot.get_chat_administrators(agent.group_id)} == {agent.id, bot.id}
    assert (await bot.get_chat_member(agent.group_id, other.id)).status == "member"
    assert await bot.get_chat_member_count(agent.group_id) == 3
    await agent.post("leavers", user_id=other.id)
    assert (await bot.get_chat_member(agent.group_id, other.id)).status == "left"
    with pytest.raises(BadRequest, match="User not found"):
        await bot.get_chat_member(agent.group_id, 1234)
    refused = await http.post(f"/sandbox/groups/{agent.group_id}/messages", json={"user_id": other.id, "text": "x"})
    assert refused.status_code == 400
    plain = await new_group(http, kind="group", forum=False)
    with pytest.raises(BadRequest, match="The chat is not a forum"):
        await bot.create_forum_topic(plain.group_id, "x")


async def test_joining_and_leaving_are_told_to_an_administrator_who_asks(
    bot: Bot, http: httpx.AsyncClient, agent: Agent
) -> None:
    """As chat_member, which no bot gets unasked; beside it goes the service message."""
    kinds = ["chat_member", "message"]
    await bot.get_updates(allowed_updates=kinds)
    other = await new_customer(http, "Ravi")
    await agent.post("members", user_id=other.id)
    await agent.post("leavers", user_id=other.id)
    updates = await bot.get_updates(allowed_updates=kinds)
    changes = [update.chat_member for update in updates if update.chat_member]
    assert [change.new_chat_member.status for change in changes] == ["member", "left"]
    services = [update.message for update in updates if update.message]
    assert [bool(message.new_chat_members) for message in services] == [True, False]
    assert services[1].left_chat_member is not None


async def test_twenty_messages_a_minute_are_all_a_group_takes(
    bot: Bot, http: httpx.AsyncClient, agent: Agent, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Topics and edits included; an album counts each of its pictures. Private chats go on."""
    await http.put("/sandbox/limits", json={})
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    sent = [await bot.send_message(agent.group_id, f"{number}") for number in range(18)]
    await sent[0].edit_text("edited")
    with pytest.raises(RetryAfter) as refused:
        await bot.send_media_group(agent.group_id, [InputMediaPhoto(picture("PNG")), InputMediaPhoto(picture("PNG"))])
    assert timedelta(seconds=40) < refused.value.retry_after <= timedelta(seconds=60)  # type: ignore[operator]
    await bot.send_message(agent.group_id, "the twentieth")
    with pytest.raises(RetryAfter):
        await bot.send_message(agent.group_id, "one too many")
    assert await bot.send_message(customer.id, "elsewhere")
    await http.put("/sandbox/limits", json={"group_per_minute": 0})
    assert await bot.send_message(agent.group_id, "through")


async def test_a_group_with_its_topics_survives_a_restart(tmp_path: Path) -> None:
    """Members, reactions, pins and numbers; a new chat gets a number nobody had."""
    environment = os.environ | {"TRADEIN_VAR_DIR": str(tmp_path / "var")}
    process = Process(environment=environment)
    async with httpx.AsyncClient(base_url=process.root, trust_env=False) as http, make_bot(process.root) as bot:
        agent = await new_group(http)
        thread = (await bot.create_forum_topic(agent.group_id, "Asha")).message_thread_id
        written = await agent.say("kept", thread=thread)
        await bot.set_message_reaction(agent.group_id, written, "👍")
        await bot.pin_chat_message(agent.group_id, written)
        before = await agent.about()
    assert process.stop() == 0
    process = Process(environment=environment)
    async with httpx.AsyncClient(base_url=process.root, trust_env=False) as http, make_bot(process.root) as bot:
        after = await Agent(http, agent.id, agent.group_id).about()
        assert {**after, "seq": before["seq"]} == before
        assert (await bot.send_message(agent.group_id, "x", message_thread_id=thread)).message_id == written + 2
        assert (await new_customer(http)).id > agent.id
    process.stop()
