"""``python -m bot.support.check``: whether the support group is as the bot needs it, and what to do where it is not.

Asks Telegram: who the bot is, what the group is, and what the bot may do there.
"""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from telegram import Bot
from telegram.error import ChatMigrated, InvalidToken, TelegramError

from bot.process import WRONG_TOKEN
from bot.wire import Wire
from tradein.settings import BadSettings, Settings, load

PATIENCE_SECONDS = 10.0
_RIGHTS = {
    "can_manage_topics": ("Manage topics", "it makes a topic for each customer"),
    "can_pin_messages": ("Pin messages", "it pins the card of each customer"),
    "can_delete_messages": ("Delete messages", "it tidies up after itself"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is right, what it is, and what to do if it isn't."""

    right: bool
    what: str
    todo: str = ""

    def __str__(self) -> str:
        return f"{'✓' if self.right else '✗'} {self.what}" + (f"\n  → {self.todo}" if self.todo else "")


async def look(bot: Bot, chat_id: int) -> list[Finding]:
    """Return what was found of the bot and its group."""
    me: dict[str, Any] = await bot.do_api_request("getme")
    try:
        chat: dict[str, Any] = await bot.do_api_request("getchat", {"chat_id": chat_id})
    except ChatMigrated as error:
        return [_moved(error.new_chat_id)]
    except TelegramError as error:
        return [_not_there(me, chat_id, str(error))]
    try:
        member: dict[str, Any] = await bot.do_api_request("getchatmember", {"chat_id": chat_id, "user_id": me["id"]})
    except TelegramError:
        member = {"status": "left"}
    return [*_of_group(chat), *_of_bot(me, member)]


def _moved(chat_id: int) -> Finding:
    return Finding(False, "The group has become a supergroup.", f"Set TRADEIN_SUPPORT_CHAT_ID={chat_id}")


def _not_there(me: dict[str, Any], chat_id: int, reason: str) -> Finding:
    todo = f"Add @{me.get('username', 'the bot')} to the group, and see that TRADEIN_SUPPORT_CHAT_ID is the group's id."
    return Finding(False, f"The bot sees no chat {chat_id} ({reason}).", todo)


def _of_group(chat: dict[str, Any]) -> Iterator[Finding]:
    if chat["type"] != "supergroup":
        yield Finding(
            False, f"The chat is a {chat['type']}.", "Make a group and turn topics on: it becomes a supergroup."
        )
    elif not chat.get("is_forum"):
        yield Finding(False, "The group has no topics.", "Turn them on: the group's settings, Topics.")
    else:
        yield Finding(True, f"The group “{chat.get('title', '')}” has topics.")


def _of_bot(me: dict[str, Any], member: dict[str, Any]) -> Iterator[Finding]:
    status, admin = member["status"], member["status"] in {"administrator", "creator"}
    if not admin:
        yield Finding(
            False, f"The bot is no administrator of the group ({status}).", "Make it one, with the rights below."
        )
    for right, (name, why) in _RIGHTS.items():
        if status == "creator" or member.get(right):
            yield Finding(True, f"The bot has the right “{name}”.")
        else:
            yield Finding(False, f"The bot lacks the right “{name}”.", f"Give it: {why}.")
    if admin or me.get("can_read_all_group_messages"):
        yield Finding(True, "The bot hears what agents write.")
    else:
        todo = "Make it an administrator, or turn its privacy mode off with @BotFather (/setprivacy), and add it again."
        yield Finding(False, "Privacy mode: the bot hears commands only.", todo)


async def check(settings: Settings) -> list[Finding]:
    """Return what is right and wrong of the set-up."""
    if settings.support_chat_id is None:
        todo = "Set TRADEIN_SUPPORT_CHAT_ID; until then a request for a person is a ticket: tradein support tickets"
        return [Finding(False, "No support group is set.", todo)]
    if settings.telegram_bot_token is None:
        return [Finding(False, "TELEGRAM_BOT_TOKEN is missing.", "@BotFather gives one.")]
    root, token = settings.telegram_api_url.rstrip("/"), settings.telegram_bot_token.get_secret_value()
    wire = Wire(root, read_timeout=PATIENCE_SECONDS, connections=2)
    await wire.initialize()
    try:
        bot = Bot(token, base_url=f"{root}/bot", request=wire, get_updates_request=wire)
        return await look(bot, settings.support_chat_id)
    except InvalidToken:
        return [Finding(False, WRONG_TOKEN)]
    except TelegramError as error:
        return [Finding(False, f"Telegram doesn't answer ({error}).", "Try again; TELEGRAM_API_URL says where it is.")]
    finally:
        await wire.shutdown()


def main() -> int:
    """Print what was found; return 0 if all of it is right."""
    try:
        found = asyncio.run(check(load()))
    except BadSettings as problem:
        found = [Finding(False, str(problem))]
    sys.stdout.writelines(f"{finding}\n" for finding in found)
    return 0 if all(finding.right for finding in found) else 1


if __name__ == "__main__":
    sys.exit(main())
