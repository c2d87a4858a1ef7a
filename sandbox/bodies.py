"""What people's deeds look like in the requests of the control API."""

import base64
import binascii
import json
from typing import Any, Final

from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from telegram import User

from sandbox import people
from sandbox.contents import CAPTIONED, GROUPED, MEDIA, of_contact, of_file, of_place
from sandbox.errors import Json, bad_request
from sandbox.files import Files
from sandbox.messages import with_text
from sandbox.polls import of_dice, of_poll
from sandbox.rooms import Room
from sandbox.world import World

_ALBUM: Final = range(2, 11)


class Part(BaseModel):
    """One message's content: a text, a medium in base64 with an optional caption, a contact, a place, a poll, a die."""

    text: str | None = None
    entities: list[dict[str, object]] | None = None
    photo: str | None = None
    video: str | None = None
    animation: str | None = None
    audio: str | None = None
    voice: str | None = None
    video_note: str | None = None
    document: str | None = None
    sticker: str | None = None
    file_name: str = "file.bin"
    mime_type: str = "application/octet-stream"
    seconds: int = 3
    caption: str = ""
    contact: dict[str, Any] | None = None
    location: dict[str, Any] | None = None
    poll: dict[str, Any] | None = None
    dice: str | None = None

    def kind(self) -> str:
        """Return which medium it holds, "" for none."""
        return next((kind for kind in sorted(MEDIA) if getattr(self, kind) is not None), "")

    def media(self, files: Files) -> Json:
        """Keep the medium's file and return it as a message's content."""
        kind = self.kind()
        data = _bytes(getattr(self, kind))
        return of_file(kind, files.add(kind, data, name=self.file_name, mime=self.mime_type, seconds=self.seconds))

    def content(self, files: Files) -> Json:
        """Return what the message is to hold. Refuses (422) a body with nothing in it."""
        if self.kind():
            return people.under(self.media(files), self.caption if self.kind() in CAPTIONED else "")
        if self.contact is not None:
            return of_contact(self.contact)
        if self.location is not None:
            return of_place(self.location)
        if self.poll is not None:
            return of_poll(self.poll)
        if self.dice is not None:
            return of_dice(self.dice)
        if self.text is None:
            raise HTTPException(
                422, "Send a text, a photo, a document, another medium, a contact, a location, a poll or a die."
            )
        return with_text({}, "text", people.typed(self.text, entities=self.entities))


class Sent(Part):
    """What somebody sends, perhaps as a reply; with `album`, several media at once."""

    album: list[Part] = []
    reply_to_message_id: int | None = None
    quote: str = ""

    def contents(self, files: Files) -> list[Json]:
        """Return the contents of the message or messages. Refuses an album that Telegram has no place for."""
        if not self.album:
            return [self.content(files)]
        kinds = {part.kind() for part in self.album}
        if len(self.album) not in _ALBUM or not any(kinds <= together for together in GROUPED):
            raise bad_request("media of these types, or so many, can't be grouped into an album")
        return [part.content(files) for part in self.album]


class Named(BaseModel):
    """A message."""

    message_id: int


class Edited(Part):
    """A message of one's own and its new text or caption, or the medium to stand in its place."""

    message_id: int

    def apply(self, world: World, room: Room, by: User) -> Json:
        """Edit it, and return it."""
        text = people.typed(self.text, people.CAPTION * 2, self.entities) if self.text is not None else None
        media = self.media(world.files) if self.kind() else None
        return people.edit(world, room, by, message_id=self.message_id, text=text, media=media)


class Reacted(Named):
    """A message and the emoji put to it; none takes it back."""

    emoji: str | None = None


class Tapped(Named):
    """A button: the message it is under and its data."""

    data: str = Field(min_length=1)


async def read_json(request: Request) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return the JSON of a request's body, {} where there is none. Refuses (422) what is no JSON."""
    try:
        return json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise HTTPException(422, "That is no JSON.") from error


async def read_body[Shape: BaseModel](request: Request, shape: type[Shape]) -> Shape:
    """Return a request's body in this shape. Refuses (422) another one with the field and the reason."""
    body = await read_json(request)
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        raise HTTPException(422, f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}") from error


def _bytes(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise HTTPException(422, "The file is no base64.") from error
