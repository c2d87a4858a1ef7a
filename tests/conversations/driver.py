"""A customer of the sandbox: writes, taps, reads; each verb returns when the assistant has said all it had to say."""

import time
from dataclasses import dataclass
from typing import Any

from tests.stackrunner import Stack

PATIENCE_SECONDS = 30.0
LISTEN_SECONDS = 0.05


@dataclass(frozen=True)
class Button:
    """One button under a message."""

    title: str
    data: str


@dataclass(frozen=True)
class Message:
    """A message as it stands in the chat now; ``entities`` are Telegram's (bold, code …)."""

    id: int
    text: str
    buttons: tuple[Button, ...]
    mine: bool

    @property
    def titles(self) -> list[str]:
        """Return the titles of the buttons, in reading order."""
        return [button.title for button in self.buttons]


class Customer:
    """A person with a private chat; ``said`` holds the assistant's messages since the last deed."""

    def __init__(self, stack: Stack, *, first_name: str = "Asha", language_code: str = "en") -> None:
        self.stack = stack
        self._http = stack.sandbox
        body = {"first_name": first_name, "language_code": language_code}
        self.chat_id: int = self._http.post("/sandbox/customers", json=body).raise_for_status().json()["id"]
        self.chat = f"/sandbox/chats/{self.chat_id}"
        self._seq = 0
        self._screen: dict[int, Message] = {}
        self.said: list[Message] = []
        self.toast: str | None = None

    # --- deeds --------------------------------------------------------------------------------------------------------
    def say(self, *texts: str) -> list[Message]:
        """Write one message, or several in a row without waiting; return what the assistant answers."""
        for text in texts:
            self._http.post(f"{self.chat}/messages", json={"text": text}).raise_for_status()
        return self.listen()

    def send(self, **content: Any) -> list[Message]:  # noqa: ANN401 - whatever the control API takes
        """Send something else than text: ``photo=…``, ``document=…``, ``caption=…``; return the answer."""
        self._http.post(f"{self.chat}/messages", json=content).raise_for_status()
        return self.listen()

    def edit(self, message: Message, text: str) -> list[Message]:
        """Change an own message; return the answer."""
        body = {"message_id": message.id, "text": text}
        self._http.post(f"{self.chat}/edits", json=body).raise_for_status()
        return self.listen()

    def tap(self, title: str, *, on: Message | None = None) -> list[Message]:
        """Tap the button whose title begins with ``title``, under ``on`` or the newest message that has such a one.

        A title that isn't on the screen fails the test with the titles that are. ``toast`` is what popped up.
        """
        for message in [on] if on is not None else reversed(self.screen):
            for button in message.buttons:
                if button.title.removeprefix("✓ ").startswith(title):
                    return self.press(message, button)
        raise AssertionError(f"no button {title!r}; there are {[message.titles for message in self.screen]}")

    def press(self, message: Message, button: Button) -> list[Message]:
        """Tap this button of this message, even if it isn't there any more; return the answer."""
        body = {"message_id": message.id, "data": button.data}
        tapped = self._http.post(f"{self.chat}/callbacks", json=body).raise_for_status().json()["callback_id"]
        answer = self.listen()
        shown = self._http.get(f"/sandbox/callbacks/{tapped}").json()
        self.toast = shown.get("text")
        assert shown["answered"], "a tap was left without an answer"
        return answer

    def block(self) -> None:
        """Block the bot."""
        self._http.post(f"{self.chat}/block").raise_for_status()

    def unblock(self) -> None:
        """Let the bot write again."""
        self._http.post(f"{self.chat}/unblock").raise_for_status()

    # --- what there is to see -----------------------------------------------------------------------------------------
    def listen(self) -> list[Message]:
        """Wait until the assistant has nothing under way; return the messages that are new since the last deed."""
        self.said = []
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            over = self.stack.settled(self.chat_id)
            query = {"after": self._seq, "wait": 0 if over else LISTEN_SECONDS}
            changes = self._http.get(f"{self.chat}/messages", params=query).raise_for_status().json()
            self._seq = changes["seq"]
            for change in changes["messages"]:
                self._note(change)
            if over:
                self.said = [self._screen[message.id] for message in self.said if message.id in self._screen]
                return self.said
            assert time.monotonic() < deadline, f"the assistant didn't finish; so far {[m.text for m in self.said]}"

    def reads(self, words: str) -> Message:
        """Return the newest message with these words; one that is still on its way is waited for."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.listen()
            for message in reversed(self.screen):
                if words in message.text:
                    return message
            assert time.monotonic() < deadline, [message.text for message in self.screen]
            time.sleep(0.1)

    def _note(self, change: dict[str, Any]) -> None:
        message = _read(change)
        if change["change"] == "deleted":
            self._screen.pop(message.id, None)
            return
        self._screen[message.id] = message
        if change["change"] == "new" and not message.mine:
            self.said.append(message)

    @property
    def screen(self) -> list[Message]:
        """Return every message as it stands now, oldest first."""
        return [self._screen[number] for number in sorted(self._screen)]

    @property
    def keyboard(self) -> Message:
        """Return the newest message with buttons."""
        for message in reversed(self.screen):
            if message.buttons:
                return message
        raise AssertionError("no message on the screen has buttons")

    @property
    def heard(self) -> str:
        """Return the texts of ``said`` in one piece, for a look at the words."""
        return "\n\n".join(message.text for message in self.said)


def _read(message: dict[str, Any]) -> Message:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return Message(
        id=message["message_id"],
        text=message.get("text") or message.get("caption") or "",
        buttons=tuple(Button(button["text"], button["callback_data"]) for row in rows for button in row),
        mine=not message["from"]["is_bot"],
    )
