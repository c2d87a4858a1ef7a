"""What changes messages already there: the edits, deletion; and the answer to a tap on a button."""

from typing import Final

from sandbox.entities import utf16_length
from sandbox.errors import Json, bad_request
from sandbox.limits import ANSWER, read_caption, read_inline_keyboard, read_message_text
from sandbox.messages import same_content, with_keyboard, with_text
from sandbox.methods.call import Call, Method
from sandbox.world import Conversation

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
    if "photo" not in message and "document" not in message:
        raise bad_request("there is no caption in the message to edit")
    return _replace(call, conversation, message, with_text(message, "caption", caption))


def edit_message_reply_markup(call: Call) -> Json:
    """Set another keyboard, or none."""
    conversation, message = _own(call)
    return _replace(call, conversation, message, message)


def _own(call: Call) -> tuple[Conversation, Json]:
    conversation = call.conversation()
    message = call.message(conversation, "edit")
    if not message["from"]["is_bot"]:
        raise bad_request("message can't be edited")
    return conversation, message


def _replace(call: Call, conversation: Conversation, before: Json, after: Json) -> Json:
    after = with_keyboard(after, read_inline_keyboard(call.given))
    if same_content(before, after):
        raise bad_request(_NOT_MODIFIED)
    return call.world.replace(conversation, after | {"edit_date": int(call.world.clock())})


def delete_message(call: Call) -> bool:
    """Delete a message of either side, for both, within 48 hours."""
    conversation = call.conversation()
    message = call.message(conversation, "delete")
    if call.world.clock() - message["date"] > _DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    call.world.remove(conversation, message["message_id"])
    return True


def delete_messages(call: Call) -> bool:
    """Delete up to 100 messages; those not there are passed over."""
    conversation = call.conversation()
    wanted = call.given.structure("message_ids", "message_ids")
    if not isinstance(wanted, list):
        raise bad_request("message identifiers are not specified")
    if len(wanted) > 100:  # noqa: PLR2004 - the Bot API's own limit
        raise bad_request("too many message identifiers specified")
    for message_id in wanted:
        if call.world.message(conversation, message_id) is not None:
            call.world.remove(conversation, message_id)
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
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "answerCallbackQuery": answer_callback_query,
}
