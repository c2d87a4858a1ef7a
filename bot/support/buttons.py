"""Buttons of the support group: what they do stands in their data, whom it is about in the row of the message.

A card is pinned for years and edited again and again, so its buttons are not rows of a keyboard that lives for one
answer. The data names a deed; the conversation is found by the topic, and who may do it is read in the database.
"""

import re

from bot.keyboards import Rows

_DATA = re.compile(r"s:(?P<do>[a-z_]{1,16})(?::(?P<about>\d{1,12}))?")


def is_ours(data: object) -> bool:
    """Say whether ``data`` has the form of a button of the group."""
    return isinstance(data, str) and _DATA.fullmatch(data) is not None


def data(do: str, about: int | None = None) -> str:
    """Return a button's data: a deed, and the number of the row it is about."""
    return f"s:{do}" if about is None else f"s:{do}:{about}"


def read(given: str) -> tuple[str, int | None] | None:
    """Return the deed and the number in a button's data, None if it isn't one of the group's."""
    match = _DATA.fullmatch(given)
    if match is None:
        return None
    return match["do"], int(match["about"]) if match["about"] else None


def rows(*titled: list[tuple[str, str]]) -> Rows:
    """Lay out rows of (title, data)."""
    return [[{"text": title, "callback_data": given} for title, given in row] for row in titled if row]
