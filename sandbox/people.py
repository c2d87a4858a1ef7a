"""What people do in the messenger, customers in their chat, agents in a group; and the update each deed becomes."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from telegram import (
    CallbackQuery,
    ChatMember,
    ChatMemberUpdated,
    InaccessibleMessage,
    Message,
    MessageReactionUpdated,
    ReactionTypeEmoji,
    TextQuote,
    User,
)

from sandbox import forum
from sandbox.contents import CAPTIONED, captioned, kind_of
from sandbox.entities import Formatted, read_text
from sandbox.errors import Json, bad_request
from sandbox.limits import CALLBACK_DATA, REACTIONS, TEXT
from sandbox.messages import compose, with_text
from sandbox.polls import seen_in_group
from sandbox.rooms import Conversation, Group, Room, membership
from sandbox.world import World

CAPTION = 2048
"""What somebody with Telegram Premium may write under a photo; a bot may not."""


def say(world: World, room: Room, by: User, text: Formatted, **where: Any) -> Json:  # noqa: ANN401 - as `send` has it
    """Send a text."""
    return send(world, room, by, [with_text({}, "text", text)], **where)[0]


def send(
    world: World,
    room: Room,
    by: User,
    contents: Sequence[Json],
    *,
    thread: int = 0,
    reply_to: int | None = None,
    quote: str = "",
) -> list[Json]:
    """Send one message, or several as one album; the bot gets each as an update of its own.

    `thread` is a topic of a group, `quote` the part of the message replied to.
    """
    _present(world, room, by)
    _writable(room, by, thread)
    answered = world.message(room, reply_to) if reply_to else None
    if reply_to and answered is None:
        raise bad_request("message to be replied not found")
    more: Json = {"media_group_id": str(secrets.randbits(53))} if len(contents) > 1 else {}
    if quote and answered is not None:
        more["quote"] = quoted(answered, quote, manual=True)
    sent = []
    for content in contents:
        shown = seen_in_group(content) if isinstance(room, Group) else content
        composed = compose(room, by, at=world.clock(), content=shown, reply_to=answered, thread=thread, **more)
        sent.append(world.post(room, composed))
        _tell(world, room, "message", sent[-1])
    return sent


def quoted(message: Json, part: str, *, manual: bool) -> Json:
    """Return the quote of a part of a message. Refuses what doesn't stand in it."""
    words = str(message.get("text") or message.get("caption", ""))
    at = words.find(part)
    if at < 0:
        raise bad_request("QUOTE_TEXT_INVALID")
    position = len(words[:at].encode("utf-16-le")) // 2
    return TextQuote(part, position, is_manual=manual or None).to_dict()


def _present(world: World, room: Room, by: User) -> None:
    """Let a customer write, who thereby unblocks the bot. Refuses who has left the group, and a group that moved."""
    if isinstance(room, Conversation):
        block(world, room, blocked=False)  # in Telegram one has to unblock a bot before writing to it
    elif isinstance(room, Group) and (by.id not in room.members or room.migrated_to is not None):
        raise bad_request("the user is not a member of the group, or it has moved")


def _writable(room: Room, by: User, thread: int) -> None:
    """Refuse a topic that is not there, and a closed one to who is no administrator."""
    if not thread:
        return
    if not isinstance(room, Group):
        raise bad_request("message thread not found")
    if forum.topic(room, thread).closed and room.members.get(by.id) == ChatMember.MEMBER:
        raise bad_request("TOPIC_CLOSED")


def _tell(world: World, room: Room, kind: str, message: Json) -> None:
    if isinstance(room, Group):
        forum.hear(world, room, kind, message)
    else:
        world.updates.add(kind, message)


def edit(
    world: World, room: Room, by: User, *, message_id: int, text: Formatted | None = None, media: Json | None = None
) -> Json:
    """Change the text or caption of a message of one's own, or put another picture in its place."""
    message = world.message(room, message_id)
    if message is None or message["from"]["id"] != by.id or not kind_of(message):
        raise bad_request("message to edit not found")
    changed = message
    if media is not None:
        if kind_of(message) not in CAPTIONED:
            raise bad_request("message can't be edited")
        changed = {key: value for key, value in message.items() if key not in CAPTIONED} | media
    if text is not None:
        field, limit = ("text", TEXT) if "text" in message else ("caption", CAPTION)
        if text.length > limit:
            raise bad_request("message is too long")
        changed = with_text(changed, field, text)
    changed = changed | {"edit_date": int(world.clock())}
    world.replace(room, changed)
    _tell(world, room, "edited_message", changed)
    return changed


def delete(world: World, room: Room, *, message_id: int) -> None:
    """Delete a message; no bot is ever told."""
    if world.message(room, message_id) is None:
        raise bad_request("message to delete not found")
    world.remove(room, message_id)


def react(world: World, room: Room, by: User, *, message_id: int, emoji: str | None) -> None:
    """Put an emoji to a message, or take it back; a bot in a group hears of it as an administrator only."""
    if world.message(room, message_id) is None:
        raise bad_request("message not found")
    if emoji is not None and emoji not in REACTIONS:
        raise bad_request("REACTION_INVALID")
    before = world.react(room, message_id, user_id=by.id, emoji=emoji)
    if isinstance(room, Group) and room.bot_status != ChatMember.ADMINISTRATOR:
        return
    old, new = ([ReactionTypeEmoji(one)] if one else [] for one in (before, emoji))
    now = datetime.fromtimestamp(int(world.clock()), UTC)
    world.updates.add(
        "message_reaction", MessageReactionUpdated(room.chat, message_id, now, old, new, user=by).to_dict()
    )


def tap(world: World, room: Room, by: User, *, message_id: int, data: str) -> str:
    """Tap a button; the data need not be on it: a forged tap is possible in Telegram too."""
    record = room.records.get(message_id)
    if record is None:
        raise bad_request("message not found")
    if not 1 <= len(data.encode()) <= CALLBACK_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    callback_id = world.tap(room, message_id=message_id, data=data)
    message: Message | InaccessibleMessage | None = (
        InaccessibleMessage(room.chat, message_id) if record.deleted else Message.de_json(record.message, None)
    )
    query = CallbackQuery(
        callback_id, by, chat_instance=str(-room.id * 1_000_003), message=message, data=data
    ).to_dict()
    query["message"] = query["message"] if record.deleted else record.message
    world.updates.add("callback_query", query)
    return callback_id


def block(world: World, conversation: Conversation, *, blocked: bool) -> None:
    """Block or unblock the bot; nothing happens where it was so already."""
    if not world.block(conversation, blocked=blocked):
        return
    bot = world.bot(world.bot_id)
    free, banned = membership(bot, ChatMember.MEMBER), membership(bot, ChatMember.BANNED)
    before, after = (free, banned) if blocked else (banned, free)
    change = ChatMemberUpdated(
        conversation.chat, conversation.customer, datetime.fromtimestamp(int(world.clock()), UTC), before, after
    )
    world.updates.add("my_chat_member", change.to_dict())


def typed(text: str, limit: int = TEXT, entities: list[dict[str, object]] | None = None) -> Formatted:
    """Return a text as a messenger would send it; empty or too long ones never leave the phone."""
    read = read_text(text, given=entities)
    if not read.text:
        raise bad_request("message text is empty")
    if read.length > limit:
        raise bad_request("message is too long")
    return read


def under(content: Json, caption: str) -> Json:
    """Return the media with the caption somebody wrote under it, if they wrote one."""
    return captioned(content, typed(caption, CAPTION)) if caption.strip() else content
