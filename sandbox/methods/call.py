"""One call of a Bot API method: who calls, with what, on which world."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from telegram import User

from sandbox.errors import ApiError, Json, bad_request
from sandbox.parameters import Parameters
from sandbox.webhook import Webhook
from sandbox.world import Conversation, World


@dataclass(frozen=True, slots=True)
class Call:
    """What a method gets to see."""

    world: World
    webhook: Webhook
    bot: User
    given: Parameters

    def conversation(self, name: str = "chat_id") -> Conversation:
        """Return the chat named by an argument. Refuses a missing one and one nobody has."""
        if not self.given.text(name):
            raise bad_request("chat_id is empty")
        return self.world.conversation(self.given.integer(name))

    def reachable(self) -> Conversation:
        """Return the chat to send to. Refuses (403) one whose customer blocked the bot."""
        conversation = self.conversation()
        if conversation.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return conversation

    def message(self, conversation: Conversation, purpose: str) -> Json:
        """Return the message named by `message_id`. Refuses "message to <purpose> not found"."""
        message_id = self.given.integer("message_id")
        found = self.world.message(conversation, message_id)
        if found is None:
            raise bad_request(
                f"message to {purpose} not found" if message_id > 0 else "message identifier is not specified"
            )
        return found


type Method = Callable[[Call], Any | Awaitable[Any]]
