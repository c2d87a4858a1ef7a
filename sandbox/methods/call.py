"""One call of a Bot API method: who calls, with what, on which world."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from telegram import Chat, ChatMember, User

from sandbox.errors import ApiError, Json, bad_request
from sandbox.parameters import Parameters
from sandbox.rooms import Conversation, Group
from sandbox.webhook import Webhook
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """What a method gets to see."""

    world: World
    webhook: Webhook
    bot: User
    given: Parameters

    def room(self, name: str = "chat_id") -> Conversation | Group:
        """Return the chat named by an argument.

        Refuses a missing one, one nobody has, a group that was upgraded (with its new id), and one the bot is not in.
        """
        if not self.given.text(name):
            raise bad_request("chat_id is empty")
        room = self.world.room(self.given.integer(name))
        if isinstance(room, Group):
            _admit(room)
        return room

    def reachable(self) -> Conversation | Group:
        """Return the chat to send to. Refuses (403) one whose customer blocked the bot, and where it may not speak."""
        room = self.room()
        if isinstance(room, Conversation) and room.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if isinstance(room, Group) and room.bot_status == ChatMember.RESTRICTED:
            raise bad_request("not enough rights to send text messages to the chat")
        return room

    def thread(self, room: Conversation | Group) -> int:
        """Return the topic to send to, 0 for none.

        Refuses one that is not there, a closed one, and General by its number: it has to go without.
        """
        thread = self.given.integer("message_thread_id")
        if not thread:
            return 0
        topic = room.topics.get(thread) if isinstance(room, Group) else None
        if topic is None or topic.deleted:
            raise bad_request("TOPIC_DELETED" if topic and topic.late else "message thread not found")
        if topic.closed:
            raise bad_request("TOPIC_CLOSED")
        return thread

    def group(self, right: str = "", refusal: str = "") -> Group:
        """Return the group named by `chat_id`, where the bot has this right. Refuses with "not enough rights to …"."""
        room = self.room()
        if not isinstance(room, Group):
            raise bad_request("the chat is not a forum" if right == "can_manage_topics" else "chat not found")
        if right and not room.allows(right):
            raise bad_request(f"not enough rights to {refusal}")
        return room

    def message(self, room: Conversation | Group, purpose: str) -> Json:
        """Return the message named by `message_id`. Refuses "message to <purpose> not found"."""
        message_id = self.given.integer("message_id")
        found = self.world.message(room, message_id)
        if found is None:
            raise bad_request(
                f"message to {purpose} not found" if message_id > 0 else "message identifier is not specified"
            )
        return found


def _admit(group: Group) -> None:
    kind = "supergroup" if group.kind == Chat.SUPERGROUP else "group"
    if group.bot_status == ChatMember.BANNED:
        raise ApiError(403, f"Forbidden: bot was kicked from the {kind} chat")
    if group.bot_status == ChatMember.LEFT:
        raise ApiError(403, f"Forbidden: bot is not a member of the {kind} chat")
    if group.migrated_to is not None:
        reason = "Bad Request: group chat was upgraded to a supergroup chat"
        raise ApiError(400, reason, {"migrate_to_chat_id": group.migrated_to})


type Method = Callable[[Call], Any | Awaitable[Any]]
