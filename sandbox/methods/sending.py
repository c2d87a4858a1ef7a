"""What puts a new message into a chat: text, media of every kind, contacts, places, polls, dice; and sendChatAction."""

from collections.abc import Callable
from typing import Any, Final

from telegram.constants import ChatAction, DiceEmoji

from sandbox.contents import captioned, of_contact, of_file, of_place
from sandbox.errors import Json, bad_request
from sandbox.files import StoredFile
from sandbox.limits import read_caption, read_inline_keyboard, read_message_text
from sandbox.messages import compose, with_text
from sandbox.methods.call import Call, Method
from sandbox.people import quoted
from sandbox.polls import of_dice, of_poll
from sandbox.rooms import Conversation, Group

_ACTIONS: Final = frozenset(ChatAction)
_FLAGS: Final = ("is_anonymous", "allows_multiple_answers")
_NAMES: Final = {"video_note": "VideoNote"}


def send_message(call: Call) -> Json:
    """Send a text."""
    return send(call, lambda: with_text({}, "text", read_message_text(call.given)))


def _sender_of(kind: str, *, has_caption: bool = True) -> Method:
    def send_media(call: Call) -> Json:
        """Send a file as this kind: uploaded, or known by its file_id."""

        def content() -> Json:
            media = of_file(kind, file_of(call, kind, call.given.text(kind)))
            return captioned(media, read_caption(call.given)) if has_caption else media

        return send(call, content)

    return send_media


def send_contact(call: Call) -> Json:
    """Send somebody's number."""
    return send(call, lambda: of_contact(dict(call.given.values)))


def send_place(call: Call) -> Json:
    """Send a location, or a venue with its title and address."""
    return send(call, lambda: of_place(dict(call.given.values)))


def send_poll(call: Call) -> Json:
    """Send a poll, or a quiz."""

    def content() -> Json:
        lists = {name: call.given.structure(name, name) for name in ("options", "correct_option_ids")}
        flags = {name: call.given.flag(name) for name in _FLAGS if name in call.given.values}
        return of_poll({**call.given.values, **lists, **flags})

    return send(call, content)


def send_dice(call: Call) -> Json:
    """Send a die, thrown by the server."""
    return send(call, lambda: of_dice(call.given.text("emoji") or DiceEmoji.DICE))


def send_chat_action(call: Call) -> bool:
    """Show people what the bot is doing; it fades after 5 s or with the next message."""
    room = call.reachable()
    thread = call.thread(room)
    action = call.given.text("action")
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    call.world.watchers.tell("action", {"chat_id": room.id, "action": action, "thread": thread})
    return True


def send(call: Call, content: Callable[[], Json]) -> Json:
    """Post what `content` reads from the call; where it goes is judged before what it is, as Telegram does."""
    room = call.reachable()
    thread, reply = answered(call, room, call.thread(room))
    extras: dict[str, Any] = {"has_protected_content": True} if call.given.flag("protect_content") else {}
    message = compose(
        room,
        call.bot,
        at=call.world.clock(),
        content=content(),
        keyboard=read_inline_keyboard(call.given),
        thread=thread,
        **reply,
        **extras,
    )
    return call.world.post(room, message)


def answered(call: Call, room: Conversation | Group, thread: int) -> tuple[int, Json]:
    """Return the topic a message goes to, and the fields that say what it replies to.

    A reply without a topic goes to that of the message replied to. One that is gone, or stands in another topic, is
    refused, unless the call allows to send without.
    """
    reply = call.given.structure("reply_parameters", "reply parameters") or {}
    if not isinstance(reply, dict):
        raise bad_request("object expected as reply parameters")
    message_id = reply.get("message_id") or call.given.integer("reply_to_message_id")
    if not message_id:
        return thread, {}
    if reply.get("chat_id") not in {None, room.id, str(room.id)}:
        raise bad_request("the sandbox knows replies within one chat only")
    found = call.world.message(room, int(message_id))
    if found is not None and found.get("is_topic_message"):
        thread = thread or found["message_thread_id"]
        if found["message_thread_id"] != thread:
            found = None
    elif found is not None and thread:
        found = None
    if found is None:
        if reply.get("allow_sending_without_reply") or call.given.flag("allow_sending_without_reply"):
            return thread, {}
        raise bad_request("message to be replied not found")
    part = reply.get("quote")
    return thread, {"reply_to": found} | ({"quote": quoted(found, str(part), manual=True)} if part else {})


def file_of(call: Call, kind: str, reference: str) -> StoredFile:
    """Return the file of a call: sent along under the kind's own name or as attach://<name>, or known by its id."""
    sent = call.given.uploads.get(reference.removeprefix("attach://") if reference else kind)
    if sent is not None:
        seconds = call.given.integer("duration")
        return call.world.files.add(kind, sent.data, name=sent.name, mime=sent.mime, seconds=seconds)
    if not reference:
        raise bad_request(f"there is no {kind} in the request")
    found = call.world.files.get(reference)
    if found is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if found.kind != kind:
        raise bad_request(f"can't use file of type {_type(found.kind)} as {_type(kind)}")
    return found


def _type(kind: str) -> str:
    return _NAMES.get(kind, kind.title())


METHODS: Final[dict[str, Method]] = {
    "sendMessage": send_message,
    "sendPhoto": _sender_of("photo"),
    "sendDocument": _sender_of("document"),
    "sendVideo": _sender_of("video"),
    "sendAnimation": _sender_of("animation"),
    "sendAudio": _sender_of("audio"),
    "sendVoice": _sender_of("voice"),
    "sendVideoNote": _sender_of("video_note", has_caption=False),
    "sendSticker": _sender_of("sticker", has_caption=False),
    "sendContact": send_contact,
    "sendLocation": send_place,
    "sendVenue": send_place,
    "sendPoll": send_poll,
    "sendDice": send_dice,
    "sendChatAction": send_chat_action,
}
