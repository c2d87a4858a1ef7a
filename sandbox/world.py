"""Everything that exists in the sandbox: chats, their messages, taps on buttons, what is still to be delivered.

One bot lives here. Whatever token opens it, the bot speaks as the user the token begins with. A message is kept as the
JSON the Bot API shows; an edit puts a new object in its place, so that whoever still holds the old one may go on.
"""

import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from telegram import User

from sandbox.delivery import UpdateQueue
from sandbox.errors import Json, bad_request
from sandbox.faults import Faults
from sandbox.files import Files
from sandbox.rooms import SUPERGROUP, Conversation, Group, Record, Room
from sandbox.store import UPDATE_ID_GAP, Store
from sandbox.watchers import Watchers

DEFAULT_TOKEN: Final = "1:sandbox"  # noqa: S105 - it opens nothing but the sandbox
_EPOCH: Final = 1_760_000_000
_FIRST_PERSON: Final = 7_000_000_000


class World:
    """The state and the few verbs that change it; every verb stores, wakes who waits and tells the watching pages."""

    def __init__(self, store: Store | None = None, clock: Callable[[], float] = time.time) -> None:
        self.store = store or Store()
        self.clock = clock
        self.closing = False
        self.bot_id = 1  # until a bot has shown its token
        self.faults = Faults()
        self.files = Files(self.store)
        self.watchers = Watchers()
        self.chats: dict[int, Conversation] = {}
        self.groups: dict[int, Group] = {}
        self.taps: dict[str, Json] = {key: tap for key, tap in self.store.load("tap")}  # noqa: C416 - a copy to own
        self.profile: Json = {key: value for key, value in self.store.load("profile")}  # noqa: C416 - likewise
        self.seq = 0
        self._load_chats()
        # Ids begin at the clock where nothing was kept, so that they grow from one start to the next in memory too.
        first = int((clock() - _EPOCH) * 10)
        taken = (abs(chat_id) % SUPERGROUP for chat_id in (*self.chats, *self.groups))
        self._next_person = max([_FIRST_PERSON + first, *(number + 1 for number in taken)])
        kept = sorted((int(key), update) for key, update in self.store.load("update"))
        last = max([int(self.profile.get("last_update_id", 0)), *(update_id for update_id, _ in kept)])
        self.updates = UpdateQueue(self.store, first_id=max(first, last + UPDATE_ID_GAP), kept=kept)
        self.updates.on_confirmed = self._note_read
        self.updates.allowed = list(self.profile.get("allowed_updates", []))

    def _load_chats(self) -> None:
        for _, kept in self.store.load("chat"):
            self.chats[kept["id"]] = Conversation(**kept)
        for _, kept in self.store.load("group"):
            self.groups[kept["id"]] = Group.of_kept(kept)
        rooms: dict[int, Room] = {**self.chats, **self.groups}
        for key, kept in self.store.load("message"):
            chat_id, message_id = map(int, key.split(":"))
            if chat_id in rooms:
                rooms[chat_id].records[message_id] = Record(**kept)
        for room in rooms.values():
            room.records = dict(sorted(room.records.items(), key=lambda item: item[1].seq))
            self.seq = max([self.seq, *(record.seq for record in room.records.values())])

    def _note_read(self, update: Json) -> None:
        match update:
            # An injected update may hold anything.
            case {"message": {"chat": {"id": int(chat_id)}, "message_id": int(message_id)}} if chat_id in self.chats:
                conversation = self.chats[chat_id]
            case _:
                return
        if message_id > conversation.read_message_id:
            conversation.read_message_id = message_id
            self.keep(conversation)
            self.watchers.tell("read", {"chat_id": conversation.id, "message_id": conversation.read_message_id})

    def allow(self, kinds: Iterable[str]) -> None:
        """Queue only these kinds of updates from now on; none means all that are usual."""
        wanted = list(kinds)
        if wanted != self.updates.allowed:
            self.updates.allowed = wanted
            self.set_profile("allowed_updates", wanted)

    def bot(self, bot_id: int) -> User:
        """Return the bot as a user."""
        name = self.profile.get("name:", "Exchange assistant")
        return User(bot_id, name, is_bot=True, username="sandbox_exchange_bot")

    def meet(self, *, first_name: str, language_code: str) -> Conversation:
        """Let a new person open the chat with the bot."""
        conversation = Conversation(self.next_person(), first_name, language_code)
        self.chats[conversation.id] = conversation
        self.keep(conversation)
        self.watchers.tell("chat", self.summary(conversation))
        return conversation

    def next_person(self) -> int:
        """Return a number that nobody has had."""
        self._next_person += 1
        return self._next_person - 1

    def conversation(self, chat_id: int) -> Conversation:
        """Return a private chat. Refuses an id nobody has."""
        found = self.chats.get(chat_id)
        if found is None:
            raise bad_request("chat not found")
        return found

    def room(self, chat_id: int) -> Conversation | Group:
        """Return the chat. Refuses an id that none has."""
        found = self.chats.get(chat_id) or self.groups.get(chat_id)
        if found is None:
            raise bad_request("chat not found")
        return found

    def block(self, conversation: Conversation, *, blocked: bool) -> bool:
        """Let the customer block or unblock the bot; False when it was so already."""
        if conversation.blocked == blocked:
            return False
        conversation.blocked = blocked
        self.keep(conversation)
        self.watchers.tell("chat", self.summary(conversation))
        return True

    def keep(self, room: Room) -> None:
        """Store the chat itself, without its messages."""
        self.store.put("group" if isinstance(room, Group) else "chat", room.id, room.kept())

    def post(self, room: Room, message: Json) -> Json:
        """Put a new message into the chat under the next id of this chat, and return it with the id."""
        room.last_message_id += 1
        message["message_id"] = room.last_message_id
        self.keep(room)
        self._settle(room, Record(message, self.seq + 1, 0))
        return message

    def replace(self, room: Room, message: Json) -> Json:
        """Put the edited message in the place of the one with its id."""
        record = room.records[message["message_id"]]
        self._settle(room, Record(message, record.born, 0, reactions=record.reactions))
        return message

    def remove(self, room: Room, message_id: int) -> None:
        """Delete the message for both sides; its id stays taken."""
        record = room.records[message_id]
        stub = {"message_id": message_id, "chat": record.message["chat"], "date": 0}
        if "message_thread_id" in record.message:
            stub["message_thread_id"] = record.message["message_thread_id"]
        self._settle(room, Record(stub, record.born, 0, deleted=True))

    def react(self, room: Room, message_id: int, *, user_id: int, emoji: str | None) -> str | None:
        """Let a user put an emoji to a message, or take theirs back; return the one they had."""
        record = room.records[message_id]
        others = {key: kept for key, kept in record.reactions.items() if key != str(user_id)}
        mine = {str(user_id): emoji} if emoji else {}
        self._settle(room, Record(record.message, record.born, 0, reactions=others | mine))
        return record.reactions.get(str(user_id))

    def _settle(self, room: Room, record: Record) -> None:
        self.seq += 1
        record.seq = self.seq
        message_id = record.message["message_id"]
        room.records.pop(message_id, None)
        room.records[message_id] = record
        kept = {"message": record.message, "born": record.born, "seq": record.seq, "deleted": record.deleted}
        self.store.put(
            "message",
            f"{room.id}:{message_id}",
            kept | {"reactions": record.reactions} if record.reactions else kept,
        )
        room.changed.wake()
        self.watchers.tell("message", {"chat_id": room.id, "message": shown(record, after=record.born - 1)})

    def message(self, room: Room, message_id: int) -> Json | None:
        """Return the message as it is now, or None where there is none or it was deleted."""
        record = room.records.get(message_id)
        return None if record is None or record.deleted else record.message

    def tap(self, room: Room, *, message_id: int, data: str) -> str:
        """Note that somebody taps a button; return the id of the query the bot has to answer."""
        callback_id = str(secrets.randbits(62))
        self._note_tap(
            callback_id,
            {
                "chat_id": room.id,
                "message_id": message_id,
                "data": data,
                "answered": False,
                "text": None,
                "show_alert": False,
                "url": None,
            },
        )
        return callback_id

    def answer_tap(self, callback_id: str, *, text: str | None, show_alert: bool, url: str | None) -> bool:
        """Note the bot's answer to a tap; False when there is none to answer, or no longer."""
        tap = self.taps.get(callback_id)
        if tap is None or tap["answered"]:
            return False
        self._note_tap(callback_id, tap | {"answered": True, "text": text, "show_alert": show_alert, "url": url})
        self.watchers.tell("answer", {"callback_id": callback_id, **self.taps[callback_id]})
        return True

    def _note_tap(self, callback_id: str, tap: Json) -> None:
        self.taps[callback_id] = tap
        self.store.put("tap", callback_id, tap)

    def set_profile(self, key: str, value: Any) -> None:  # noqa: ANN401 - commands, a name, a menu button
        """Keep something the bot says of itself; None takes it back."""
        if value is None:
            self.profile.pop(key, None)
            self.store.delete("profile", key)
        else:
            self.profile[key] = value
            self.store.put("profile", key, value)
        self.watchers.tell("profile", {"key": key})

    def summary(self, conversation: Conversation) -> Json:
        """Return the line a chat list shows."""
        visible = [record for record in conversation.records.values() if not record.deleted]
        last = max(visible, key=lambda record: record.message["message_id"], default=None)
        return {
            "id": conversation.id,
            "first_name": conversation.first_name,
            "language_code": conversation.language_code,
            "blocked": conversation.blocked,
            "read_message_id": conversation.read_message_id,
            "last_message": last.message if last else None,
        }

    def close(self) -> None:
        """Send everyone who waits home; nothing is delivered any more."""
        self.closing = True
        self.updates.close()
        self.watchers.close()
        for room in (*self.chats.values(), *self.groups.values()):
            room.changed.wake()


def shown(record: Record, *, after: int) -> Json:
    """Return the message with `seq`, the reactions to it, and its fate since `after`: "new", "edited" or "deleted"."""
    change = "deleted" if record.deleted else "new" if record.born > after else "edited"
    reactions = {"reactions": record.reactions} if record.reactions else {}
    return {**record.message, **reactions, "seq": record.seq, "change": change}
