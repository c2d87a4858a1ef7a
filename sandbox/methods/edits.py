"""What changes messages already there: edits, deletion, reactions; and the answer to a tap on a button."""

from typing import Final

from sandbox.contents import CAPTIONED, GROUPED, captioned, kind_of
from sandbox.entities import utf16_length
from sandbox.errors import Json, bad_request
from sandbox.limits import (
    ANSWER,
    REACTIONS,
    read_caption,
    read_caption_of,
    read_inline_keyboard,
    read_message_text,
)
from sandbox.messages import same_content, with_keyboard, with_text
from sandbox.methods.call import Call, Method
from sandbox.methods.copying import of_input_media
from sandbox.rooms import Group, Room

_DELETABLE_SECONDS: Final = 48 * 3600
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


def edit_message_text(call: Call) -> Json:
    """Set another text; without a keyboard in the call the message loses the one it had."""
    conversation, message = _own(call)
    text = read_message_text(call.given)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    return _replace(call, conversation, message, with_text(message, "text", text))


def edit_message_caption(call: Call) -> Json:
    """Set another caption, or none; the keyboard as with a text."""
    conversation, message = _own(call)
    caption = read_caption(call.given)
    if kind_of(message) not in CAPTIONED:
        raise bad_request("there is no caption in the message to edit")
    return _replace(call, conversation, message, with_text(message, "caption", caption))


def edit_message_media(call: Call) -> Json:
    """Put another picture or file in the place of the one there; one of an album stays of its kind."""
    conversation, message = _own(call)
    entry = call.given.structure("media", "InputMedia")
    content = of_input_media(call, entry)
    if kind_of(message) not in CAPTIONED or "voice" in message:
        raise bad_request("message can't be edited")
    if "media_group_id" in message and not any({kind_of(message), entry["type"]} <= kinds for kinds in GROUPED):
        raise bad_request("message can't be edited")
    kept = {key: value for key, value in message.items() if key not in {*CAPTIONED, "caption", "caption_entities"}}
    return _replace(call, conversation, message, kept | captioned(content, read_caption_of(entry)))


def edit_message_reply_markup(call: Call) -> Json:
    """Set another keyboard, or none."""
    conversation, message = _own(call)
    return _replace(call, conversation, message, message)


def _own(call: Call) -> tuple[Room, Json]:
    conversation = call.room()
    message = call.message(conversation, "edit")
    if not message["from"]["is_bot"] or not kind_of(message):
        raise bad_request("message can't be edited")
    return conversation, message


def _replace(call: Call, conversation: Room, before: Json, after: Json) -> Json:
    after = with_keyboard(after, read_inline_keyboard(call.given))
    if same_content(before, after):
        raise bad_request(_NOT_MODIFIED)
    return call.world.replace(conversation, after | {"edit_date": int(call.world.clock())})


def delete_message(call: Call) -> bool:
    """Delete a message for all, within 48 h; in a group those of others only with the right, which knows no end."""
    conversation = call.room()
    message = call.message(conversation, "delete")
    if not _is_deletable(call, conversation, message):
        raise bad_request("message can't be deleted for everyone")
    call.world.remove(conversation, message["message_id"])
    return True


def _is_deletable(call: Call, room: Room, message: Json) -> bool:
    if isinstance(room, Group):
        if "forum_topic_created" in message:
            return False
        if room.allows("can_delete_messages"):
            return True
        if message["from"]["id"] != call.bot.id:
            return False
    return bool(call.world.clock() - message["date"] <= _DELETABLE_SECONDS)


def delete_messages(call: Call) -> bool:
    """Delete up to 100 messages; those not there, and those not to be deleted, are passed over."""
    conversation = call.room()
    wanted = call.given.structure("message_ids", "message_ids")
    if not isinstance(wanted, list):
        raise bad_request("message identifiers are not specified")
    if len(wanted) > 100:  # noqa: PLR2004 - the Bot API's own limit
        raise bad_request("too many message identifiers specified")
    for message_id in wanted:
        message = call.world.message(conversation, message_id)
        if message is not None and _is_deletable(call, conversation, message):
            call.world.remove(conversation, message_id)
    return True


def set_message_reaction(call: Call) -> bool:
    """Put one emoji of Telegram's own to a message, or take it back; nobody is notified."""
    room = call.reachable()
    message = call.message(room, "react")
    given = call.given.structure("reaction", "reaction") or []
    if not isinstance(given, list) or any(not isinstance(one, dict) for one in given):
        raise bad_request("can't parse ReactionType: expected an Array of Objects")
    if len(given) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    emoji = given[0].get("emoji") if given else None
    if given and (given[0].get("type") != "emoji" or emoji not in REACTIONS):
        raise bad_request("REACTION_INVALID")
    call.world.react(room, message["message_id"], user_id=call.bot.id, emoji=emoji)
    return True


def answer_callback_query(call: Call) -> bool:
    """Answer a tap, once; the customer sees the text as a toast or, with `show_alert`, as a dialog."""
    text = call.given.text("text")
    if utf16_length(text) > ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    if not call.world.answer_tap(
        call.given.text("callback_query_id"),
        text=text or None,
        show_alert=call.given.flag("show_alert"),
        url=call.given.text("url") or None,
    ):
        raise bad_request(_TOO_OLD)
    return True


METHODS: Final[dict[str, Method]] = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "setMessageReaction": set_message_reaction,
    "answerCallbackQuery": answer_callback_query,
}
