"""A link of the shop's, opened in the chat: it asks, and only the button links."""

import json

from sqlalchemy import select

from bot import starts
from bot.arrival import prune
from bot.keyboards import Keyboard
from tests.bot.conftest import Person, Stack, titles
from tests.bot.test_courier import now
from tests.conftest import NOW
from tradein import customers, database, links, tokens
from tradein.database import Sessions
from tradein.inbox import InboxUpdate


def link_for(stack: Stack, account: str) -> str:
    """Have the shop make a link; return its token."""
    with database.transaction(stack.database) as session:
        return links.invite(session, account=account, now=now())[0]


def account_of(stack: Stack, person: Person) -> str | None:
    """Return the account that a customer has linked."""
    with stack.database() as session:
        return links.account_of(session, customers.by_chat(session, person.id).id)


async def answers(stack: Stack, person: Person, title: str) -> str:
    """Tap a button of the newest message; return the answer."""
    await person.taps((await person.replies())[-1], title)
    await stack.rest()
    return (await person.texts())[-1]


async def opens(stack: Stack, person: Person, token: str) -> str:
    """Open a link; return what the chat says."""
    await person.says(f"/start l_{token}")
    await stack.rest()
    return (await person.texts())[-1]


async def test_a_link_asks_by_the_accounts_name_and_only_the_button_links(gateway: Stack) -> None:
    """Neither the inbox nor the buttons, the log or the engine ever have the token; a second time it was used."""
    token, asha = link_for(gateway, "shopper-7"), await gateway.person()
    question = await opens(gateway, asha, token)
    assert question.startswith("Link this chat to the shop account shopper-7?")
    assert titles((await asha.replies())[-1]) == [["Link it", "No, thanks"]]
    assert account_of(gateway, asha) is None

    assert "shopper-7 is linked to this chat" in await answers(gateway, asha, "Link it")
    assert account_of(gateway, asha) == "shopper-7"
    assert "works only once" in await opens(gateway, asha, token)
    assert "isn't one of ours" in await opens(gateway, asha, "nonsense")

    with gateway.database() as session:
        kept = [json.dumps(update.payload) for update in session.scalars(select(InboxUpdate))]
        kept += [json.dumps(keyboard.buttons) for keyboard in session.scalars(select(Keyboard))]
    assert not any(token in each for each in kept)
    assert token not in gateway.log_file.read_text()
    assert not gateway.engine.received


async def test_a_no_links_nothing_and_closes_the_link(gateway: Stack) -> None:
    """Who was sent somebody else's link gets rid of it with one tap."""
    token, asha = link_for(gateway, "thief-1"), await gateway.person()
    await opens(gateway, asha, token)
    assert "linked nothing" in await answers(gateway, asha, "No, thanks")
    assert "works only once" in await opens(gateway, asha, token)
    assert account_of(gateway, asha) is None


async def test_another_account_is_replaced_only_after_it_was_named(gateway: Stack) -> None:
    """And the link with it can be undone, by the button and by the command; then there is none to undo."""
    asha = await gateway.person()
    await opens(gateway, asha, link_for(gateway, "old-1"))
    await answers(gateway, asha, "Link it")
    assert "It takes the place of old-1" in await opens(gateway, asha, link_for(gateway, "new-1"))
    assert account_of(gateway, asha) == "old-1"
    assert "new-1 is linked" in await answers(gateway, asha, "Link it")
    assert "new-1 is linked" in await opens(gateway, asha, link_for(gateway, "new-1"))

    assert "new-1 is no longer linked" in await answers(gateway, asha, "Unlink")
    assert account_of(gateway, asha) is None
    await asha.says("/unlink")
    await gateway.rest()
    assert (await asha.texts())[-1] == "No shop account is linked to this chat."


async def test_a_question_belongs_to_who_opened_the_link(gateway: Stack) -> None:
    """Somebody else finds the link used, and their taps on its buttons do nothing."""
    token, asha, mallory = link_for(gateway, "shopper-9"), await gateway.person(), await gateway.person("Mallory")
    await opens(gateway, asha, token)
    assert "works only once" in await opens(gateway, mallory, token)
    question, seen = (await asha.replies())[-1], (await mallory.replies())[-1]
    for row in question["reply_markup"]["inline_keyboard"]:
        for button in row:
            await mallory.taps_data(seen["message_id"], button["callback_data"])
    await gateway.rest()
    assert account_of(gateway, mallory) is None
    assert "shopper-9 is linked" in await answers(gateway, asha, "Link it")


def test_a_token_pasted_into_the_chat_leaves_no_trace_in_what_is_kept(database: Sessions) -> None:
    """Neither in the words as they were typed, nor under a word, nor in what is quoted: agents would read it."""
    secret = f"s_{tokens.new()}"
    link = f"https://t.me/exchange_bot?start={secret}"
    answered = {"message_id": 4, "date": 1, "chat": {"id": 7, "type": "private"}}
    raw = {
        "message_id": 5,
        "date": 1,
        "chat": {"id": 7, "type": "private"},
        "from": {"id": 7, "is_bot": False, "first_name": "Asha"},
        "text": f"my link:\n{link} here",
        "entities": [{"type": "text_link", "offset": 0, "length": 2, "url": link}],
        "reply_to_message": answered,
        "quote": {"text": f"get\n{link}", "position": 0, "is_manual": True},
    }
    opened = {**raw, "text": f"/start\n{secret}", "entities": [{"type": "bot_command", "offset": 0, "length": 6}]}
    del opened["quote"]
    with database.begin() as session:
        asha = customers.meet(session, telegram_user_id=7, chat_id=7, first_name="Asha", language="en", now=NOW)
        for message in (raw, opened):
            payload = prune({"update_id": 1, "message": message})
            starts.use_link(session, payload, asha, now=NOW)
            assert secret not in str(payload)
