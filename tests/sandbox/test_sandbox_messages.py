"""What a bot may send and change, and the words in which it is refused."""

from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputPollOption, MessageEntity
from telegram.error import BadRequest, Forbidden

from tests.sandbox.phones import Customer, Inbox, new_group

SMILE = "\U0001f600"


def keyboard(*rows: list[str]) -> InlineKeyboardMarkup:
    """Return a keyboard whose buttons carry their own titles."""
    return InlineKeyboardMarkup([[InlineKeyboardButton(title, callback_data=title) for title in row] for row in rows])


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("<b>bold</b> <strong>too</strong>", "bold too", {("bold", "bold"), ("bold", "too")}),
        (f"{SMILE}<i>a{SMILE}b</i>", f"{SMILE}a{SMILE}b", {("italic", f"a{SMILE}b")}),
        ("<b>out <i>in</i></b>", "out in", {("bold", "out in"), ("italic", "in")}),
        ("1 &lt; 2 &amp; &#x1F600; &quot;&unknown;", f'1 < 2 & {SMILE} "&unknown;', set()),
        ("<a href='https://x.example/?a=1&amp;b'>here</a>", "here", {("text_link", "here")}),
        ("<pre><code class='language-python'>x=1</code></pre>", "x=1", {("pre", "x=1")}),
        ("<blockquote>q</blockquote><tg-spoiler>s</tg-spoiler>", "qs", {("blockquote", "q"), ("spoiler", "s")}),
        ("<blockquote expandable>q</blockquote>", "q", {("expandable_blockquote", "q")}),
        ('<u>u</u><s>s</s><span class="tg-spoiler">p</span>', "usp",
         {("underline", "u"), ("strikethrough", "s"), ("spoiler", "p")}),
        ("  <b>trimmed </b> ", "trimmed", {("bold", "trimmed")}),
        ("see https://a.example/b, /help and <code>/raw</code>", "see https://a.example/b, /help and /raw",
         {("url", "https://a.example/b"), ("bot_command", "/help"), ("code", "/raw")}),
    ],
)  # fmt: skip
async def test_html_becomes_text_and_entities_counted_in_utf16(
    bot: Bot, customer: Customer, html: str, text: str, entities: set[tuple[str, str]]
) -> None:
    """PTB cuts the marked words out by the offsets it is given: they must be the words that were marked."""
    message = await bot.send_message(customer.id, html, parse_mode="HTML")
    assert message.text == text
    assert {(entity.type, words) for entity, words in message.parse_entities().items()} == entities


async def test_a_link_keeps_its_address_and_a_code_block_its_language(bot: Bot, customer: Customer) -> None:
    """Character references inside attributes are read; a bare host ends with a slash."""
    html = '<a href="https://x.example/?a=1&amp;b=2">a</a><a href="https://x.example">b</a>'
    html += '<pre><code class="language-sql">c</code></pre>'
    message = await bot.send_message(customer.id, html, parse_mode="HTML")
    assert [entity.url for entity in message.entities[:2]] == ["https://x.example/?a=1&b=2", "https://x.example/"]
    assert message.entities[2].language == "sql"


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("ab<font>c</font>", 'unsupported start tag "font" at byte offset 2'),
        ("हि<b>open", 'can\'t find end tag corresponding to start tag "b"'),
        ("हि</b>", "unexpected end tag at byte offset 6"),
        ("<b>x</i>", 'unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("a <b", "unclosed start tag at byte offset 2"),
        ("3 < 4", 'unsupported start tag "" at byte offset 2'),
    ],
)
async def test_html_that_does_not_parse_is_refused_with_the_byte_offset(
    bot: Bot, customer: Customer, html: str, reason: str
) -> None:
    """In Telegram's words; PTB changes only the case."""
    with pytest.raises(BadRequest) as refused:
        await bot.send_message(customer.id, html, parse_mode="HTML")
    assert str(refused.value).lower() == f"can't parse entities: {reason.lower()}"


async def test_a_text_holds_4096_utf16_units_after_its_markup_is_read(bot: Bot, customer: Customer) -> None:
    """Tags don't count, an emoji counts twice."""
    assert await bot.send_message(customer.id, f"<b>{'x' * 4096}</b>", parse_mode="HTML")
    assert await bot.send_message(customer.id, SMILE * 2048)
    with pytest.raises(BadRequest, match="Message is too long"):
        await bot.send_message(customer.id, SMILE * 2048 + "x")
    with pytest.raises(BadRequest, match="Message text is empty"):
        await bot.send_message(customer.id, "")
    with pytest.raises(BadRequest, match="Text must be non-empty"):
        await bot.send_message(customer.id, "<b> </b>", parse_mode="HTML")


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        (keyboard(["x" * 65]), "Button_data_invalid"),
        (keyboard(["ह" * 22]), "Button_data_invalid"),
        (InlineKeyboardMarkup([[InlineKeyboardButton("no action")]]), "unallowed in the inline keyboard"),
        (keyboard(["x"] * 9), "Reply markup is too long"),
        (keyboard(*[["x"] * 8] * 13), "Reply markup is too long"),
    ],
)
async def test_a_keyboard_beyond_the_limits_is_refused(
    bot: Bot, customer: Customer, markup: InlineKeyboardMarkup, reason: str
) -> None:
    """64 bytes of data, 8 buttons a row, 100 in all."""
    with pytest.raises(BadRequest, match=reason):
        await bot.send_message(customer.id, "choose", reply_markup=markup)
    assert await customer.sees() == []


async def test_a_keyboard_at_the_limits_is_kept_as_sent(bot: Bot, customer: Customer) -> None:
    """64 bytes of data and 100 buttons are allowed."""
    markup = keyboard(["x" * 64], *[["y"] * 8] * 12, ["z"] * 3)
    assert (await bot.send_message(customer.id, "choose", reply_markup=markup)).reply_markup == markup


async def test_an_edit_changes_text_and_keyboard_and_says_when_nothing_changed(bot: Bot, customer: Customer) -> None:
    """Without a keyboard in the call the message loses its keyboard, as in Telegram."""
    sent = await bot.send_message(customer.id, "<b>one</b>", parse_mode="HTML", reply_markup=keyboard(["a"]))
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await sent.edit_text("<b>one</b>", parse_mode="HTML", reply_markup=keyboard(["a"]))
    edited = await sent.edit_text("one")
    assert not isinstance(edited, bool)
    assert (edited.message_id, edited.text, edited.reply_markup) == (sent.message_id, "one", None)
    assert edited.edit_date is not None
    marked = await sent.edit_reply_markup(keyboard(["b"]))
    assert not isinstance(marked, bool)
    assert marked.reply_markup == keyboard(["b"])
    changes = (await customer.changes())["messages"]
    assert [(message["text"], message["change"]) for message in changes] == [("one", "new")]


async def test_edits_of_what_is_not_there_or_not_the_bots_are_refused(bot: Bot, customer: Customer) -> None:
    """Each with its own words."""
    own = await customer.say("mine")
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("x", customer.id, 99)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", customer.id, own)
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(99, "x")
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(customer.id, "x", reply_to_message_id=99)


async def test_a_deleted_message_is_gone_for_both_sides(bot: Bot, customer: Customer) -> None:
    """It can be neither edited nor deleted again, and the customer's view says that it went."""
    sent = await bot.send_message(customer.id, "oops")
    seq = (await customer.changes())["seq"]
    assert await sent.delete()
    (change,) = (await customer.changes(after=seq))["messages"]
    assert (change["message_id"], change["change"]) == (sent.message_id, "deleted")
    assert "text" not in change
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await sent.edit_text("x")
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await sent.delete()


async def test_who_blocked_the_bot_gets_nothing_until_they_unblock(bot: Bot, customer: Customer) -> None:
    """403 in Telegram's words."""
    await customer.block()
    send: Callable[[], Coroutine[Any, Any, Any]]
    for send in (lambda: bot.send_message(customer.id, "x"), lambda: bot.send_chat_action(customer.id, "typing")):
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await send()
    await customer.unblock()
    assert await bot.send_message(customer.id, "back")


async def test_a_reply_shows_what_it_replies_to(inbox: Inbox, customer: Customer) -> None:
    """One level deep, as in Telegram."""
    await customer.say("question")
    first = await (await inbox.message()).reply_text("answer", do_quote=True)
    second = await first.reply_text("more", do_quote=True)
    assert second.reply_to_message is not None
    assert second.reply_to_message.text == "answer"
    assert second.reply_to_message.reply_to_message is None


async def test_commands_are_kept_by_scope_and_language_and_the_customer_sees_the_narrowest(
    bot: Bot, http: httpx.AsyncClient
) -> None:
    """Hindi speakers see the Hindi list, others the default."""
    await bot.set_my_commands([("start", "Begin")])
    await bot.set_my_commands([("start", "शुरू करें")], language_code="hi")
    assert [command.description for command in await bot.get_my_commands()] == ["Begin"]
    seen = [(await http.get("/sandbox/commands", params={"language": code})).json() for code in ("en", "hi")]
    assert [commands[0]["description"] for commands in seen] == ["Begin", "शुरू करें"]
    await bot.delete_my_commands(language_code="hi")
    assert await bot.get_my_commands(language_code="hi") == ()
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([("Ünfit", "x")])


async def test_name_descriptions_menu_button_chat_and_member_parse(bot: Bot, customer: Customer) -> None:
    """Everything a gateway asks at its start."""
    assert await bot.set_my_description("What it does")
    assert (await bot.get_my_description()).description == "What it does"
    assert await bot.set_my_short_description("short")
    assert await bot.set_my_name("Exchange assistant")
    assert (await bot.get_my_name()).name == "Exchange assistant"
    assert await bot.set_chat_menu_button()
    assert (await bot.get_chat(customer.id)).first_name == "Asha"
    assert (await bot.get_chat_member(customer.id, customer.id)).status == "member"
    assert (await bot.get_webhook_info()).url == ""
    for refused in (bot.log_out, bot.close):
        with pytest.raises(BadRequest):
            await refused()


async def test_entities_sent_instead_of_markup_are_kept(bot: Bot, customer: Customer) -> None:
    """Offsets in UTF-16 units go in and come out alike."""
    bold = MessageEntity(MessageEntity.BOLD, 2, 4)
    message = await bot.send_message(customer.id, f"{SMILE}bold", entities=[bold])
    assert message.parse_entities() == {bold: "bold"}


async def test_a_poll_and_its_copy_are_two_polls(bot: Bot, inbox: Inbox, customer: Customer) -> None:
    """Each under a number of its own, nobody's vote in either."""
    sent = await bot.send_poll(customer.id, "Which day?", ["Monday", InputPollOption("Tuesday")], is_anonymous=False)
    assert sent.poll is not None
    assert [option.text for option in sent.poll.options] == ["Monday", "Tuesday"]
    assert (sent.poll.is_anonymous, sent.poll.type, sent.poll.total_voter_count) == (False, "regular", 0)
    await customer.http.post(f"/sandbox/chats/{customer.id}/messages", json={"poll": sent.poll.to_dict()})
    heard = await inbox.message()
    await bot.copy_message(customer.id, customer.id, heard.message_id)
    last = (await customer.changes())["messages"][-1]["poll"]
    assert last["question"] == "Which day?"
    assert heard.poll is not None
    assert len({sent.poll.id, heard.poll.id, last["id"]}) == 3


async def test_a_quiz_is_copied_only_where_the_bot_knows_the_answer(
    bot: Bot, http: httpx.AsyncClient, inbox: Inbox, customer: Customer
) -> None:
    """From its private chat; of one in a group it is told none."""
    quiz = {"question": "IMEI?", "options": ["15 digits", "a name"], "type": "quiz", "correct_option_ids": [0]}
    agent = await new_group(http)
    await inbox.take()  # who came in
    await customer.http.post(f"/sandbox/chats/{customer.id}/messages", json={"poll": quiz})
    known = await inbox.message()
    await agent.post("messages", poll=quiz)
    unknown = await inbox.message()
    assert known.poll is not None
    assert unknown.poll is not None
    assert (known.poll.correct_option_ids, unknown.poll.correct_option_ids) == ((0,), ())
    assert await bot.copy_message(customer.id, customer.id, known.message_id)
    with pytest.raises(BadRequest, match="Message can't be copied"):
        await bot.copy_message(customer.id, agent.group_id, unknown.message_id)
    with pytest.raises(BadRequest, match="There are no messages to copy"):
        await bot.copy_messages(customer.id, agent.group_id, [unknown.message_id])


@pytest.mark.parametrize(
    ("poll", "reason"),
    [
        ({"question": ""}, "Poll question must be non-empty"),
        ({"question": "x" * 301}, "Poll question length must not exceed 300"),
        ({"options": []}, "Poll must have at least"),
        ({"options": ["a"] * 13}, "Poll can't have more than 12 options"),
        ({"options": ["a", ""]}, "Poll options must be non-empty"),
        ({"options": ["a", "x" * 101]}, "Poll options length must not exceed 100"),
        ({"type": "quiz"}, "Wrong correct option id"),
        ({"type": "quiz", "correct_option_ids": [2]}, "Wrong correct option id"),
    ],
)
async def test_a_poll_beyond_the_limits_is_refused(
    bot: Bot, customer: Customer, poll: dict[str, Any], reason: str
) -> None:
    """As the Bot API documents them."""
    with pytest.raises(BadRequest, match=f"(?i){reason}"):
        await bot.send_poll(customer.id, **{"question": "q", "options": ["a", "b"], **poll})
    assert await customer.sees() == []


@pytest.mark.parametrize(("emoji", "sides"), [(None, 6), ("🎯", 6), ("🏀", 5), ("🎰", 64)])
async def test_a_die_shows_what_it_can_show_and_a_copy_is_thrown_anew(
    bot: Bot, customer: Customer, emoji: str | None, sides: int
) -> None:
    """Sixty-four for a slot machine; nobody knows what a copy will show."""
    sent = await bot.send_dice(customer.id, emoji=emoji)
    for _ in range(20):
        await bot.copy_message(customer.id, customer.id, sent.message_id)
    shown = [message["dice"] for message in (await customer.changes())["messages"]]
    assert {die["emoji"] for die in shown} == {emoji or "🎲"}
    assert all(1 <= die["value"] <= sides for die in shown)
    assert len({die["value"] for die in shown}) > 1
    with pytest.raises(BadRequest, match="Dice_emoji_invalid"):
        await bot.send_dice(customer.id, emoji="🍌")
