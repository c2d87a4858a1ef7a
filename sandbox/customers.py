"""What a customer does in the messenger, and the update each deed becomes."""

from datetime import UTC, datetime

from telegram import (
    CallbackQuery,
    ChatMember,
    ChatMemberBanned,
    ChatMemberMember,
    ChatMemberUpdated,
    InaccessibleMessage,
    Message,
    User,
)

from sandbox.entities import Formatted, read_text
from sandbox.errors import Json, bad_request
from sandbox.files import StoredFile
from sandbox.limits import CALLBACK_DATA, CAPTION, TEXT
from sandbox.messages import compose, with_text
from sandbox.world import Conversation, World


def say(world: World, conversation: Conversation, text: str, *, reply_to: int | None = None) -> Json:
    """Send a text."""
    return _send(world, conversation, text=_typed(text, TEXT), reply_to=reply_to)


def show(
    world: World,
    conversation: Conversation,
    *,
    caption: str = "",
    photo: StoredFile | None = None,
    document: StoredFile | None = None,
) -> Json:
    """Send a photo or a file, perhaps with a caption."""
    words = _typed(caption, CAPTION) if caption.strip() else None
    return _send(world, conversation, photo=photo, document=document, caption=words)


def _send(
    world: World,
    conversation: Conversation,
    *,
    text: Formatted | None = None,
    caption: Formatted | None = None,
    photo: StoredFile | None = None,
    document: StoredFile | None = None,
    reply_to: int | None = None,
) -> Json:
    block(world, conversation, blocked=False)  # in Telegram one has to unblock a bot before writing to it
    message = world.post(
        conversation,
        compose(
            conversation,
            conversation.customer,
            at=world.clock(),
            text=text,
            caption=caption,
            photo=photo,
            document=document,
            reply_to=world.message(conversation, reply_to) if reply_to else None,
        ),
    )
    world.updates.add("message", message)
    return message


def edit(world: World, conversation: Conversation, *, message_id: int, text: str) -> Json:
    """Change the text or caption of a message the customer sent."""
    message = world.message(conversation, message_id)
    if message is None or message["from"]["is_bot"]:
        raise bad_request("message to edit not found")
    field, limit = ("text", TEXT) if "text" in message else ("caption", CAPTION)
    changed = with_text(message, field, _typed(text, limit)) | {"edit_date": int(world.clock())}
    world.replace(conversation, changed)
    world.updates.add("edited_message", changed)
    return changed


def tap(world: World, conversation: Conversation, *, message_id: int, data: str) -> str:
    """Tap a button; the data need not be on it: a forged tap is possible in Telegram too."""
    record = conversation.records.get(message_id)
    if record is None:
        raise bad_request("message not found")
    if not 1 <= len(data.encode()) <= CALLBACK_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    callback_id = world.tap(conversation, message_id=message_id, data=data)
    message: Message | InaccessibleMessage | None = (
        InaccessibleMessage(conversation.chat, message_id) if record.deleted else Message.de_json(record.message, None)
    )
    query = CallbackQuery(
        callback_id, conversation.customer, chat_instance=str(-conversation.id * 1_000_003), message=message, data=data
    ).to_dict()
    query["message"] = query["message"] if record.deleted else record.message
    world.updates.add("callback_query", query)
    return callback_id


def block(world: World, conversation: Conversation, *, blocked: bool) -> None:
    """Block or unblock the bot; nothing happens where it was so already."""
    if not world.block(conversation, blocked=blocked):
        return
    bot = world.bot(world.bot_id)
    standing = membership(bot, blocked=not blocked), membership(bot, blocked=blocked)
    change = ChatMemberUpdated(
        conversation.chat, conversation.customer, datetime.fromtimestamp(int(world.clock()), UTC), *standing
    )
    world.updates.add("my_chat_member", change.to_dict())


def membership(bot: User, *, blocked: bool) -> ChatMember:
    """Return the bot's standing in a private chat: member, or kicked for ever once the customer blocked it."""
    return ChatMemberBanned(bot, until_date=datetime.fromtimestamp(0, UTC)) if blocked else ChatMemberMember(bot)


def _typed(text: str, limit: int) -> Formatted:
    """Return a text as a messenger would send it; empty or too long ones never leave the phone."""
    typed = read_text(text)
    if not typed.text:
        raise bad_request("message text is empty")
    if typed.length > limit:
        raise bad_request("message is too long")
    return typed
