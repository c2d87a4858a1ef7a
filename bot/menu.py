"""The menus of commands beside the text field: those of private chats, and the agents' own in the support group."""

from collections.abc import Iterable

from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat

from bot.commands import COMMANDS, VISITS
from bot.words import Words
from tradein.languages import LANGUAGES


async def publish(bot: Bot, words: Words) -> None:
    """Set the commands, for everybody and in each language of ours; raises telegram.error.TelegramError."""
    for language in (None, *LANGUAGES):
        commands = _described(words, COMMANDS, language=language or "en")
        await bot.set_my_commands(commands, scope=BotCommandScopeAllPrivateChats(), language_code=language)


async def publish_desk(bot: Bot, words: Words, names: Iterable[str], *, chat_id: int) -> None:
    """Set the agents' commands in the support group, for all its members; raises telegram.error.TelegramError."""
    for language in (None, *LANGUAGES):
        commands = _described(words, names, language=language or "en", prefix="utter_command_desk_")
        await bot.set_my_commands(commands, scope=BotCommandScopeChat(chat_id), language_code=language)


async def show(bot: Bot, words: Words, *, chat_id: int, courier: bool, language: str) -> None:
    """Set the commands of one chat, in its customer's language and not their Telegram's; a courier's has theirs first.

    Raises telegram.error.TelegramError.
    """
    names = (VISITS, *COMMANDS) if courier else tuple(COMMANDS)
    await bot.set_my_commands(_described(words, names, language=language), scope=BotCommandScopeChat(chat_id))


def _described(
    words: Words, names: Iterable[str], *, language: str, prefix: str = "utter_command_"
) -> list[BotCommand]:
    return [BotCommand(name, words.title(f"{prefix}{name}", language=language)) for name in names]
