"""The menu of commands that private chats show beside the text field."""

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


async def show(bot: Bot, words: Words, *, chat_id: int, courier: bool, language: str) -> None:
    """Set the commands of one chat, in its customer's language and not their Telegram's; a courier's has theirs first.

    Raises telegram.error.TelegramError.
    """
    names = (VISITS, *COMMANDS) if courier else tuple(COMMANDS)
    await bot.set_my_commands(_described(words, names, language=language), scope=BotCommandScopeChat(chat_id))


def _described(words: Words, names: Iterable[str], *, language: str) -> list[BotCommand]:
    return [BotCommand(name, words.say(f"utter_command_{name}", language=language)) for name in names]
