"""What the group as a whole is shown and told: its menu, its cards, and its supervisors when the bot may do nothing."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from tests.bot.conftest import Stack
from tests.bot.support.conftest import Desk, eventually, staffed, texts
from tests.bot.words import words
from tradein import clock
from tradein.database import transaction
from tradein.policy import Policy
from tradein.staff import Role
from tradein.support.conversations import Conversation

WORDS = words()


async def menu(desk: Desk, language: str) -> dict[str, str]:
    """Return the commands that a member of the group is offered, with what they say."""
    query = {"language": language, "group": desk.id}
    found = (await desk.stack.api.get("/sandbox/commands", params=query)).raise_for_status().json()
    return {command["command"]: command["description"] for command in found}


async def test_the_groups_menu_has_the_agents_commands_in_both_languages(desk: Desk) -> None:
    """None of the customers'; those are in private chats."""
    english, hindi = await menu(desk, "en"), await menu(desk, "hi")

    assert english["undo"] == "Take your last message back"
    assert hindi["undo"] == "अपना आखिरी मैसेज वापस लें"
    assert list(english) == list(hindi)
    assert {"take", "back", "note", "c", "coupon", "extend", "cancel", "help"} <= english.keys()
    assert not {"evaluate", "coupons", "human"} & english.keys()


async def test_every_command_of_the_menu_is_one(desk: Desk) -> None:
    """Whoever picks it isn't told that nobody knows it."""
    asha, ravi = await desk.calling(), await desk.agent()
    for command in await menu(desk, "en"):
        await ravi.says(f"/{command}", to=asha)
    await desk.stack.rest()

    assert WORDS.say("utter_desk_unknown_command") not in texts(await desk.messages(asha))


async def test_a_group_with_another_id_has_the_menu_too(stack: Stack) -> None:
    """As soon as the bot learns of it."""
    desk = await staffed(stack)
    ravi = await desk.agent()
    moved = await desk.post("migration", {"user_id": ravi.id})
    desk.id = moved["id"]

    async def offered() -> bool:
        return "take" in await menu(desk, "en")

    assert await eventually(offered)


async def test_the_card_names_the_language_and_says_how_long_somebody_waits(desk: Desk) -> None:
    """The clock has it edited, so that it needs no arithmetic; it stays the same message."""
    asha = await desk.calling("Asha", language="hi")
    card = await desk.card(asha, lambda text: "speaks Hindi" in text and "(0 min)" in text)
    since = datetime.now(UTC) - timedelta(minutes=7)
    mine = update(Conversation).where(Conversation.id == desk.conversation(asha).id)
    with transaction(desk.stack.database) as session:
        session.execute(mine.values(waiting_since=since))
    with transaction(desk.stack.database) as session:
        clock.jobs(Policy(support_chat_id=desk.set_id), datetime.now(UTC))["cards"](session)

    later = await desk.card(asha, lambda text: "(7 min)" in text)

    assert later["message_id"] == card["message_id"]


async def test_supervisors_hear_in_their_own_chats_that_the_bot_may_do_nothing_in_the_group(own_desk: Desk) -> None:
    """When it loses the right to make topics, and when it is thrown out; not when it is put in its place again."""
    desk = own_desk
    chief, ravi = await desk.agent("Chief", Role.SUPERVISOR), await desk.agent()

    async def told(user_id: int) -> int:
        found = (await desk.stack.api.get(f"/sandbox/chats/{user_id}")).json()["messages"]
        return sum("I can no longer work in the support group" in text for text in texts(found))

    for number, standing in enumerate(
        ({"status": "administrator", "rights": {"can_manage_topics": False}}, {"status": "kicked"}), start=1
    ):
        await desk.post("bot", standing)
        await eventually(lambda number=number: _is(told(chief.id), number))
        await desk.post("bot", {"status": "administrator"})
    await desk.stack.rest()

    assert await told(chief.id) == 2
    assert await told(ravi.id) == 0
    assert await desk.general() == []


async def _is(found: object, number: int) -> bool:
    return await found == number  # type: ignore[misc,no-any-return]
