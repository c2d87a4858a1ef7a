"""What a message can hold besides its sender and date: text, media, contacts, places, polls; in the Bot API's shape."""

from typing import Any, Final

from telegram import Animation, Audio, Contact, Document, Location, PhotoSize, Sticker, Venue, Video, VideoNote, Voice

from sandbox.entities import Formatted
from sandbox.errors import Json, bad_request
from sandbox.files import StoredFile
from sandbox.messages import with_text
from sandbox.polls import KINDS as THROWN
from sandbox.polls import anew

CAPTIONED: Final = frozenset({"photo", "video", "animation", "audio", "voice", "document"})
"""The kinds of media that can have a caption."""
MEDIA: Final = CAPTIONED | {"video_note", "sticker"}
GROUPED: Final = (frozenset({"photo", "video"}), frozenset({"document"}), frozenset({"audio"}))
"""What an album may hold together."""
_COPIED: Final = (
    *("text", "entities", "caption", "caption_entities", "show_caption_above_media", "has_media_spoiler"),
    *(*sorted(MEDIA), "contact", "location", "venue", *THROWN),
)


def content_of(message: Json) -> Json:
    """Return what of a message a copy holds; nothing of a service message, and of a quiz whose answer is not known."""
    return anew({field: message[field] for field in _COPIED if field in message})


def kind_of(message: Json) -> str:
    """Return what kind of message it is, as the Bot API names the field: "text", "photo", "venue"; "" for a service."""
    if "animation" in message:
        return "animation"
    kinds = ("text", "venue", *sorted(MEDIA), "contact", "location", *THROWN)
    return next((kind for kind in kinds if kind in message), "")


def captioned(content: Json, caption: Formatted | None) -> Json:
    """Return the content with a caption, where it has any."""
    return with_text(content, "caption", caption) if caption and caption.text else content


def of_file(kind: str, file: StoredFile) -> Json:  # noqa: PLR0911 - a table of kinds
    """Return a message's media: `kind` is the Bot API's field."""
    known: dict[str, Any] = {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": file.size}
    named = known | {"file_name": file.name or None, "mime_type": file.mime or None}
    sides: dict[str, Any] = {"width": file.width or 640, "height": file.height or 360}
    match kind:
        case "photo":
            return {"photo": [PhotoSize(**known, width=file.width, height=file.height).to_dict()]}
        case "video":
            return {"video": Video(**named, **sides, duration=file.seconds).to_dict()}
        case "animation":
            animation = Animation(**named, **sides, duration=file.seconds).to_dict()
            return {"animation": animation, "document": Document(**named).to_dict()}
        case "audio":
            return {"audio": Audio(**named, duration=file.seconds).to_dict()}
        case "voice":
            return {"voice": Voice(**known, mime_type=file.mime or None, duration=file.seconds).to_dict()}
        case "video_note":
            return {"video_note": VideoNote(**known, length=240, duration=file.seconds).to_dict()}
        case "sticker":
            size: dict[str, Any] = {"width": file.width or 512, "height": file.height or 512}
            sticker = Sticker(**known, **size, is_animated=False, is_video=False, type=Sticker.REGULAR)
            return {"sticker": sticker.to_dict()}
        case _:
            return {"document": Document(**named).to_dict()}


def of_contact(given: Json) -> Json:
    """Return a shared contact. Refuses one without a number or a name."""
    number, name = str(given.get("phone_number") or ""), str(given.get("first_name") or "")
    if not number:
        raise bad_request("phone number is empty")
    if not name:
        raise bad_request("first name is empty")
    user_id = given.get("user_id")
    contact = Contact(
        number,
        name,
        last_name=str(given["last_name"]) if given.get("last_name") else None,
        user_id=int(user_id) if user_id else None,
        vcard=str(given["vcard"]) if given.get("vcard") else None,
    )
    return {"contact": contact.to_dict()}


def of_place(given: Json) -> Json:
    """Return a location, or a venue where a title and an address come with it. Refuses what lies on no map."""
    try:
        latitude, longitude = float(given["latitude"]), float(given["longitude"])
    except (KeyError, TypeError, ValueError) as error:
        raise bad_request("latitude is empty") from error
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004 - the ends of the earth
        raise bad_request("wrong latitude or longitude specified")
    location = Location(longitude, latitude)
    content = {"location": location.to_dict()}
    if given.get("title") and given.get("address"):
        content["venue"] = Venue(location, str(given["title"]), str(given["address"])).to_dict()
    return content
