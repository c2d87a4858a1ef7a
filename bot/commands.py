"""The commands of a private chat and what each means to the dialogue.

What follows a command, the payload of a deep link above all, is never passed on.
"""

COMMANDS = {
    "start": "greet",
    "help": "help",
    "evaluate": "start_exchange",
    "coupons": "list_exchanges",
    "stop": "stop",
    "human": "request_human",
    "language": "choose_language",
}
"""Command → intent of the dialogue; its description in the menu is the response ``utter_command_<command>``."""
VISITS = "visits"
"""The couriers' own command: in their menus only, and nothing to the dialogue."""
UNLINK = "unlink"
"""Undoes the link with the shop's account; named where an account was linked, not in the menu."""
