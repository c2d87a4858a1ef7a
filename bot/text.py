"""What a customer typed, made safe to store and to pass on.

Rasa takes a message that begins with a slash for an intent with entities, whoever wrote it. So nothing typed may ever
begin with one, however it is dressed up: the slash may be full-width, hide behind a zero-width character, or follow
another slash. Both steps below are needed; :func:`tidy` makes the disguises plain, :func:`spoken` takes them off.
"""

import unicodedata

LONGEST_MESSAGE = 500
"""Characters of one message that Rasa gets to see: more is a flood, and every turn replays the whole tracker."""

SLASHES = frozenset("/\u2044\u2215\u29f8\u2571\u27cb\u2afd\U0001f67c\u1735\u3033")  # NFKC turns U+FF0F into the first
_DROPPED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_BLANKS = frozenset(  # letters and marks by category, but nothing to see: they would hide what follows
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)


def tidy(text: str) -> str:
    """Return ``text`` in NFKC without control, zero-width and bidirectional characters, whitespace runs as one space.

    Runs before numbers are masked, so that an invisible character can't hide a number from the mask.
    """
    normal = unicodedata.normalize("NFKC", text)
    if normal.isascii() and normal.isprintable():
        return " ".join(normal.split())
    kept = (
        " " if char.isspace() else char
        for char in normal
        if char.isspace() or (char not in _BLANKS and unicodedata.category(char) not in _DROPPED)
    )
    return " ".join("".join(kept).split())


def spoken(text: str) -> str:
    """Return what Rasa may read of a tidied ``text``: no slash in front, at most ``LONGEST_MESSAGE`` characters.

    Empty when nothing is left to read.
    """
    start = 0
    for char in text:
        # A combining mark in front belongs to nothing; behind it the next slash would come first.
        if not (char in SLASHES or char.isspace() or unicodedata.category(char).startswith("M")):
            break
        start += 1
    return text[start : start + LONGEST_MESSAGE].rstrip()
