"""The menu of commands that private chats show beside the text field."""

from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats

from bot.commands import COMMANDS
from bot.words import Words

LANGUAGES = ("en",)


async def publish(bot: Bot, words: Words) -> None:
    """Set the commands, for everybody and in each language of ours; raises telegram.error.TelegramError."""
    for language in (None, *LANGUAGES):
        commands = [
            BotCommand(name, words.say(f"utter_command_{name}", language=language or "en")) for name in COMMANDS
        ]
        await bot.set_my_commands(commands, scope=BotCommandScopeAllPrivateChats(), language_code=language)
