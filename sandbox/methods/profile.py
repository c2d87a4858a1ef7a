"""What the bot says of itself: commands per scope and language, name, descriptions, menu button."""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from telegram import BotCommand

from sandbox.errors import ApiError, Json, bad_request
from sandbox.methods.call import Call, Method

_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
_COMMANDS_LIMIT: Final = 100
_DESCRIPTION_LIMIT: Final = 256
_TEXTS: Final = {"name": 64, "short_description": 120, "description": 512}
DEFAULT_SCOPE: Final = {"type": "default"}


def commands_key(scope: Json | None, language_code: str) -> str:
    """Return the name under which the commands of a scope and language are kept."""
    return f"commands:{json.dumps(scope or DEFAULT_SCOPE, sort_keys=True)}:{language_code}"


def _key(call: Call) -> str:
    scope = call.given.structure("scope", "BotCommandScope")
    if scope is not None and not isinstance(scope, dict):
        raise bad_request("can't parse BotCommandScope: BotCommandScope must be an Object")
    return commands_key(scope, call.given.text("language_code"))


def set_my_commands(call: Call) -> bool:
    """Keep the list for this scope and language."""
    given = call.given.structure("commands", "commands")
    if not isinstance(given, list):
        raise bad_request("expected an Array of BotCommand")
    if len(given) > _COMMANDS_LIMIT:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    call.world.set_profile(_key(call), [_command(command) for command in given])
    return True


def _command(given: Any) -> Json:  # noqa: ANN401 - what the bot sent, to be judged
    if not isinstance(given, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    command, description = str(given.get("command", "")).removeprefix("/"), str(given.get("description", ""))
    if not _COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= _DESCRIPTION_LIMIT:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return BotCommand(command, description).to_dict()


def get_my_commands(call: Call) -> list[Json]:
    """Return the list of exactly this scope and language, empty where none was set."""
    kept: list[Json] = call.world.profile.get(_key(call), [])
    return kept


def delete_my_commands(call: Call) -> bool:
    """Forget the list; customers see the one of the next wider scope."""
    call.world.set_profile(_key(call), None)
    return True


def _setter(field: str) -> Method:
    def set_text(call: Call) -> bool:
        text = call.given.text(field)
        if len(text) > _TEXTS[field]:
            raise bad_request(f"BOT_{'TITLE' if field == 'name' else 'DESCRIPTION'}_INVALID")
        call.world.set_profile(f"{field}:{call.given.text('language_code')}", text or None)
        return True

    return set_text


def _getter(field: str) -> Method:
    def get_text(call: Call) -> Json:
        profile, language = call.world.profile, call.given.text("language_code")
        default = call.bot.first_name if field == "name" else ""
        return {field: profile.get(f"{field}:{language}") or profile.get(f"{field}:") or default}

    return get_text


def set_chat_menu_button(call: Call) -> bool:
    """Keep the menu button of a chat, or of all."""
    button = call.given.structure("menu_button", "menu button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in {"commands", "web_app", "default"}:
        raise bad_request("can't parse menu button: MenuButton has unsupported type")
    call.world.set_profile(f"menu_button:{call.given.text('chat_id')}", button)
    return True


def get_chat_menu_button(call: Call) -> Json:
    """Return the menu button of a chat, or of all."""
    kept: Json = call.world.profile.get(f"menu_button:{call.given.text('chat_id')}", {"type": "commands"})
    return kept


def _refuse(reason: str) -> Callable[[Call], bool]:
    def refuse(_: Call) -> bool:
        raise ApiError(400, f"Bad Request: {reason}")

    return refuse


METHODS: Final[dict[str, Method]] = {
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": _setter("name"),
    "getMyName": _getter("name"),
    "setMyShortDescription": _setter("short_description"),
    "getMyShortDescription": _getter("short_description"),
    "setMyDescription": _setter("description"),
    "getMyDescription": _getter("description"),
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
    "logOut": _refuse("the sandbox has nowhere to log out to"),
    "close": _refuse("the sandbox is stopped by its process, not by its bot"),
}
