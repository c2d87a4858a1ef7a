"""What puts several messages into a chat at once, or copies what is there: albums, copyMessage, copyMessages."""

import secrets
from typing import Any, Final

from sandbox.contents import CAPTIONED, GROUPED, captioned, content_of, kind_of, of_file
from sandbox.entities import utf16_length
from sandbox.errors import Json, bad_request
from sandbox.limits import CAPTION, read_caption, read_caption_of, read_inline_keyboard
from sandbox.messages import compose, with_text
from sandbox.methods.call import Call, Method
from sandbox.methods.sending import answered, file_of
from sandbox.rooms import Conversation, Group

ALBUM: Final = 10
_MOST_COPIES: Final = 100
_TOPIC_CAPTION: Final = CAPTION - 1
"""One less than elsewhere (tdlib/telegram-bot-api#334)."""


def send_media_group(call: Call) -> list[Json]:
    """Send an album of 2 to 10: photos and videos together, documents among themselves, audio among itself."""
    room = call.reachable()
    thread, reply = answered(call, room, call.thread(room))
    given = call.given.structure("media", "media")
    if not isinstance(given, list) or not given:
        raise bad_request("there are no media in the request")
    if not 2 <= len(given) <= ALBUM:  # noqa: PLR2004 - the Bot API's own limits
        raise bad_request(f"too {'many' if len(given) > ALBUM else 'few'} messages to send as an album")
    kinds = {entry.get("type") if isinstance(entry, dict) else None for entry in given}
    if not any(kinds <= together for together in GROUPED):
        raise bad_request("media of these types can't be grouped into an album")
    contents = [_media(call, entry) for entry in given]
    album = str(secrets.randbits(53))
    return [
        call.world.post(
            room,
            compose(
                room, call.bot, at=call.world.clock(), content=content, thread=thread, **reply, media_group_id=album
            ),
        )
        for content in contents
    ]


def _media(call: Call, entry: Json) -> Json:
    return captioned(of_input_media(call, entry), read_caption_of(entry))


def of_input_media(call: Call, entry: Any) -> Json:  # noqa: ANN401 - what the bot sent, to be judged
    """Return the media of an InputMedia, without its caption."""
    if not isinstance(entry, dict) or entry.get("type") not in CAPTIONED - {"voice"}:
        raise bad_request("can't parse InputMedia: type of the media is invalid")
    reference = entry.get("media")
    if not isinstance(reference, str) or not reference:
        raise bad_request("can't parse InputMedia: media not found")
    return of_file(entry["type"], file_of(call, entry["type"], reference))


def copy_message(call: Call) -> Json:
    """Send the content of a message once more, without saying where it came from; a caption may be replaced."""
    room = call.reachable()
    thread, reply = answered(call, room, call.thread(room))
    original = call.message(call.room("from_chat_id"), "copy")
    content = content_of(original)
    if not content:
        raise bad_request("message can't be copied")
    if "caption" in call.given.values and kind_of(original) in CAPTIONED:
        content = with_text(content, "caption", read_caption(call.given))
    _checked_caption(content, thread)
    keyboard = read_inline_keyboard(call.given)
    message = compose(room, call.bot, at=call.world.clock(), content=content, keyboard=keyboard, thread=thread, **reply)
    return {"message_id": call.world.post(room, message)["message_id"]}


def copy_messages(call: Call) -> list[Json]:
    """Copy up to 100 messages in their order; what was an album stays one, what can't be copied is passed over."""
    room = call.reachable()
    thread = call.thread(room)
    source = call.room("from_chat_id")
    wanted = call.given.structure("message_ids", "message_ids")
    if not isinstance(wanted, list) or not wanted:
        raise bad_request("message identifiers are not specified")
    if len(wanted) > _MOST_COPIES:
        raise bad_request("too many message identifiers specified")
    if any(not isinstance(one, int) for one in wanted) or wanted != sorted(set(wanted)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    found = [message for number in wanted if (message := call.world.message(source, number))]
    originals = [(message, content) for message in found if (content := content_of(message))]
    if not originals:
        raise bad_request("there are no messages to copy")
    return [{"message_id": copied["message_id"]} for copied in _copies(call, room, thread, originals)]


def _copies(call: Call, room: Conversation | Group, thread: int, originals: list[tuple[Json, Json]]) -> list[Json]:
    contents = [content for _, content in originals]
    if call.given.flag("remove_caption"):
        contents = [with_text(content, "caption", read_caption_of({})) for content in contents]
    for content in contents:
        _checked_caption(content, thread)
    albums: dict[str, Json] = {}
    copied = []
    for (original, _), content in zip(originals, contents, strict=True):
        album = original.get("media_group_id")
        more = albums.setdefault(album, {"media_group_id": str(secrets.randbits(53))}) if album else {}
        message = compose(room, call.bot, at=call.world.clock(), content=content, thread=thread, **more)
        copied.append(call.world.post(room, message))
    return copied


def _checked_caption(content: Json, thread: int) -> None:
    """Refuse a caption longer than a bot may write: people with Telegram Premium write longer ones."""
    if utf16_length(content.get("caption", "")) > (_TOPIC_CAPTION if thread else CAPTION):
        raise bad_request("message caption is too long")


METHODS: Final[dict[str, Method]] = {
    "sendMediaGroup": send_media_group,
    "copyMessage": copy_message,
    "copyMessages": copy_messages,
}
