"""What puts a new message into a chat: sendMessage, sendPhoto, sendDocument, copyMessage; and sendChatAction."""

from typing import Any, Final

from telegram.constants import ChatAction

from sandbox.entities import Formatted
from sandbox.errors import Json, bad_request
from sandbox.files import StoredFile
from sandbox.limits import read_caption, read_inline_keyboard, read_message_text
from sandbox.messages import compose, with_keyboard, with_text
from sandbox.methods.call import Call, Method
from sandbox.parameters import Upload
from sandbox.world import Conversation

_ACTIONS: Final = frozenset(ChatAction)


def send_message(call: Call) -> Json:
    """Send a text."""
    conversation = call.reachable()
    return _send(call, conversation, text=read_message_text(call.given))


def send_photo(call: Call) -> Json:
    """Send a photo: uploaded, or known by its file_id."""
    conversation = call.reachable()
    sent = _upload(call, "photo")
    photo = _known(call, "photo") if sent is None else call.world.files.add_photo(sent.data)
    return _send(call, conversation, photo=photo, caption=read_caption(call.given))


def send_document(call: Call) -> Json:
    """Send any file: uploaded, or known by its file_id."""
    conversation = call.reachable()
    sent = _upload(call, "document")
    document = (
        _known(call, "document")
        if sent is None
        else call.world.files.add_document(sent.data, name=sent.name, mime=sent.mime)
    )
    return _send(call, conversation, document=document, caption=read_caption(call.given))


def copy_message(call: Call) -> Json:
    """Send the content of a message once more, without saying where it came from; a caption may be replaced."""
    conversation = call.reachable()
    original = call.message(call.conversation("from_chat_id"), "copy")
    keyboard = read_inline_keyboard(call.given)
    content: Json = {
        key: original[key]
        for key in ("text", "entities", "photo", "document", "caption", "caption_entities")
        if key in original
    }
    if "caption" in call.given.values and "text" not in content:
        content = with_text(content, "caption", read_caption(call.given))
    message = compose(conversation, call.bot, at=call.world.clock(), reply_to=_reply_to(call, conversation))
    posted = call.world.post(conversation, with_keyboard(message | content, keyboard))
    return {"message_id": posted["message_id"]}


def send_chat_action(call: Call) -> bool:
    """Show the customer what the bot is doing; it fades after 5 s or with the next message."""
    conversation = call.reachable()
    action = call.given.text("action")
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    call.world.watchers.tell("action", {"chat_id": conversation.id, "action": action})
    return True


def _send(
    call: Call,
    conversation: Conversation,
    *,
    text: Formatted | None = None,
    caption: Formatted | None = None,
    photo: StoredFile | None = None,
    document: StoredFile | None = None,
) -> Json:
    extras: dict[str, Any] = {"has_protected_content": True} if call.given.flag("protect_content") else {}
    message = compose(
        conversation,
        call.bot,
        at=call.world.clock(),
        text=text,
        caption=caption,
        photo=photo,
        document=document,
        keyboard=read_inline_keyboard(call.given),
        reply_to=_reply_to(call, conversation),
        **extras,
    )
    return call.world.post(conversation, message)


def _reply_to(call: Call, conversation: Conversation) -> Json | None:
    reply = call.given.structure("reply_parameters", "reply parameters") or {}
    if not isinstance(reply, dict):
        raise bad_request("object expected as reply parameters")
    message_id = reply.get("message_id") or call.given.integer("reply_to_message_id")
    if not message_id:
        return None
    found = call.world.message(conversation, int(message_id))
    if found is None and not reply.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return found


def _upload(call: Call, name: str) -> Upload | None:
    """Return the file sent along under its own name or as attach://<name>."""
    reference = call.given.text(name)
    return call.given.uploads.get(reference.removeprefix("attach://") if reference else name)


def _known(call: Call, kind: str) -> StoredFile:
    reference = call.given.text(kind)
    if not reference:
        raise bad_request(f"there is no {kind} in the request")
    found = call.world.files.get(reference)
    if found is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if bool(found.width) != (kind == "photo"):
        raise bad_request(f"can't use file of type {'Document' if kind == 'photo' else 'Photo'} as {kind.title()}")
    return found


METHODS: Final[dict[str, Method]] = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "copyMessage": copy_message,
    "sendChatAction": send_chat_action,
}
