"""Conversations written out as a page for people, and compared with the page that is there.

What differs from day to day (dates, codes, order numbers) counts as the same; every other word is compared.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from tests.conversations.driver import Customer, Message

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conversations.md"
HEAD = """# Ten conversations

Held with the real assistant by the tests, word for word.
`make test ARGS="-k ten_conversations --write-pages"` writes them anew.
What stands in `boxes` are buttons; (taps) and [pictures] are what the customer does without words.
"""
_DAY = r"(?:\w{3}, )?\d{1,2} \w{3,4} \d{4}(?:, \d\d:\d\d)?"
_HINDI_DAY = r"(?:[\u0900-\u097f]+, )?\d{1,2} [\u0900-\u097f]+\.? \d{4}(?:, \d\d:\d\d)?"
_CHANGING = re.compile(
    rf"{_DAY}|{_HINDI_DAY}"
    r"|[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}|ending in \w{4}|S\d{6}-\w+|(?<=number )\d+(?= in line)|(?<=courier: )\d{4}"
    r"|(?<=: )\d{4}$|\bAsha\d+",
    re.MULTILINE,
)


@dataclass
class Script:
    """A conversation being held: ``written`` grows with what each side said."""

    title: str
    about: str
    written: list[str] = field(default_factory=list)

    def says(self, who: Customer, *texts: str, name: str = "Asha") -> None:
        """Write messages in a row, and what comes back."""
        self.written.extend(f"**{name}**: {text}\n" for text in texts)
        self._hear(who.say(*texts), who)

    def taps(self, who: Customer, title: str, *, name: str = "Asha") -> None:
        """Tap a button, and write what comes back."""
        self.written.append(f"**{name}** (taps `{title}`)\n")
        self._hear(who.tap(title), who)

    def sends(self, who: Customer, what: str, *, name: str = "Asha", **content: str) -> None:
        """Send a picture described by ``what``, and write what comes back."""
        self.written.append(f"**{name}** [{what}]\n")
        self._hear(who.send(**content), who)

    def note(self, text: str) -> None:
        """Write what happens meanwhile, elsewhere."""
        self.written.append(f"*{text}*\n")

    def hears(self, message: Message) -> None:
        """Write a message that came by itself."""
        self._hear([message], None)

    def _hear(self, said: list[Message], _who: Customer | None) -> None:
        for message in said:
            lines = message.text.split("\n")
            quoted = "\n".join(f"> {line}".rstrip() for line in lines)
            buttons = " ".join(f"`{title}`" for title in message.titles)
            self.written.append(quoted + (f"\n>\n> {buttons}" if buttons else "") + "\n")

    @property
    def page(self) -> str:
        """Return the conversation as a section of the page."""
        return "\n".join([f"## {self.title}\n", f"{self.about}\n", *self.written])


def sections(text: str) -> dict[str, str]:
    """Return the sections of a page by title, what changes from day to day taken out."""
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    return {title: same(body) for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def same(text: str) -> str:
    """Return a text without what changes from day to day."""
    return _CHANGING.sub("…", text).strip()
