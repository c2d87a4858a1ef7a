"""The sandbox's own API, `/sandbox/*`: what customers do, what they see, and trouble on order. JSON in and out."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Final

from pydantic import BaseModel, StringConstraints
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox import people
from sandbox.bodies import Edited, Named, Reacted, Sent, Tapped, read_body, read_json
from sandbox.errors import ApiError, Json
from sandbox.faults import Fault
from sandbox.methods.profile import commands_key
from sandbox.rates import Limits, Rates
from sandbox.rooms import Conversation, Room
from sandbox.world import World, shown

HEARTBEAT_SECONDS: Final = 15.0
LONGEST_WAIT: Final = 60.0
_NARROW_TO_WIDE: Final = ({"type": "all_private_chats"}, {"type": "default"})


class NewCustomer(BaseModel):
    """A person to be."""

    first_name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
    language_code: str = "en"


class Control:
    """The handlers, over one world."""

    def __init__(self, world: World, rates: Rates) -> None:
        self._world = world
        self._rates = rates

    def routes(self) -> list[Route]:
        """Everything under /sandbox."""
        chat = "/sandbox/chats/{chat_id:int}"
        table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("GET", "/sandbox/health", self.health),
            ("GET", "/sandbox/events", self.events),
            ("POST", "/sandbox/customers", self.add_customer),
            ("GET", "/sandbox/chats", self.list_chats),
            ("GET", chat, self.history),
            ("GET", f"{chat}/messages", self.changes),
            ("POST", f"{chat}/messages", self.send),
            ("POST", f"{chat}/edits", self.edit),
            ("POST", f"{chat}/deletions", self.delete),
            ("POST", f"{chat}/reactions", self.react),
            ("POST", f"{chat}/callbacks", self.tap),
            ("POST", f"{chat}/block", self.block),
            ("POST", f"{chat}/unblock", self.unblock),
            ("GET", "/sandbox/callbacks/{callback_id}", self.answer),
            ("GET", "/sandbox/commands", self.commands),
            ("GET", "/sandbox/faults", self.list_faults),
            ("POST", "/sandbox/faults", self.order_fault),
            ("DELETE", "/sandbox/faults", self.clear_faults),
            ("GET", "/sandbox/limits", self.list_limits),
            ("PUT", "/sandbox/limits", self.set_limits),
            ("POST", "/sandbox/updates", self.inject),
            ("GET", "/sandbox/files/{file_id}", self.file),
        ]
        return [Route(path, handler, methods=[method]) for method, path, handler in table]

    def _conversation(self, request: Request) -> Conversation:
        conversation = self._world.chats.get(request.path_params["chat_id"])
        if conversation is None:
            raise HTTPException(404, "There is no such chat.")
        return conversation

    async def health(self, _: Request) -> Response:
        """Say whether it runs, and what waits for the bot."""
        return JSONResponse({"status": "ok", "chats": len(self._world.chats), "pending": self._world.updates.count})

    async def add_customer(self, request: Request) -> Response:
        """Add a person with a private chat; language_code as in Telegram, "en" by default."""
        wanted = await read_body(request, NewCustomer)
        made = self._world.meet(first_name=wanted.first_name, language_code=wanted.language_code)
        return JSONResponse(self._world.summary(made), 201)

    async def list_chats(self, _: Request) -> Response:
        """Return one line per chat, and the bot's own name."""
        name = self._world.bot(self._world.bot_id).first_name
        about = {"first_name": name, "description": self._world.profile.get("description:", "")}
        chats = [self._world.summary(conversation) for conversation in self._world.chats.values()]
        return JSONResponse({"bot": about, "chats": chats})

    async def history(self, request: Request) -> Response:
        """Return the chat and every message not deleted, oldest first."""
        conversation = self._conversation(request)
        return JSONResponse(self._world.summary(conversation) | messages_of(self._world, conversation))

    async def changes(self, request: Request) -> Response:
        """Return what changed in the chat after `after`, in order; waits up to `wait` seconds for the first change."""
        return await changes(self._world, self._conversation(request), request)

    async def send(self, request: Request) -> Response:
        """Send something as the customer; an album is answered with its first message."""
        conversation, sent = self._conversation(request), await read_body(request, Sent)
        messages = people.send(
            self._world,
            conversation,
            conversation.customer,
            sent.contents(self._world.files),
            reply_to=sent.reply_to_message_id,
            quote=sent.quote,
        )
        return JSONResponse(messages[0], 201)

    async def edit(self, request: Request) -> Response:
        """Edit a message of the customer's."""
        conversation, edited = self._conversation(request), await read_body(request, Edited)
        return JSONResponse(edited.apply(self._world, conversation, conversation.customer))

    async def delete(self, request: Request) -> Response:
        """Delete a message as the customer: the bot isn't told."""
        conversation, named = self._conversation(request), await read_body(request, Named)
        people.delete(self._world, conversation, message_id=named.message_id)
        return Response(status_code=204)

    async def react(self, request: Request) -> Response:
        """Put an emoji to a message as the customer, or take it back."""
        conversation, reacted = self._conversation(request), await read_body(request, Reacted)
        people.react(
            self._world, conversation, conversation.customer, message_id=reacted.message_id, emoji=reacted.emoji
        )
        return Response(status_code=204)

    async def tap(self, request: Request) -> Response:
        """Tap a button as the customer."""
        conversation, tapped = self._conversation(request), await read_body(request, Tapped)
        callback_id = people.tap(
            self._world, conversation, conversation.customer, message_id=tapped.message_id, data=tapped.data
        )
        return JSONResponse({"callback_id": callback_id}, 201)

    async def answer(self, request: Request) -> Response:
        """Return what the bot answered to a tap, if it has."""
        tap = self._world.taps.get(request.path_params["callback_id"])
        if tap is None:
            raise HTTPException(404, "Nobody tapped that.")
        return JSONResponse(tap)

    async def block(self, request: Request) -> Response:
        """Block the bot as the customer."""
        return self._block(request, blocked=True)

    async def unblock(self, request: Request) -> Response:
        """Let the bot write again."""
        return self._block(request, blocked=False)

    def _block(self, request: Request, *, blocked: bool) -> Response:
        conversation = self._conversation(request)
        people.block(self._world, conversation, blocked=blocked)
        return JSONResponse(self._world.summary(conversation))

    async def commands(self, request: Request) -> Response:
        """Return the commands a customer of `?language=` and `?chat_id=` or a member of `?group=` sees.

        The narrowest scope first.
        """
        language, chat_id = request.query_params.get("language", ""), request.query_params.get("chat_id", "")
        profile = self._world.profile
        scopes: tuple[Json, ...] = _NARROW_TO_WIDE
        if "group" in request.query_params:
            group = _number(request, "group", int)
            scopes = ({"type": "chat", "chat_id": group}, {"type": "all_group_chats"}, {"type": "default"})
        elif chat_id.isdecimal():
            scopes = ({"type": "chat", "chat_id": int(chat_id)}, *_NARROW_TO_WIDE)
        for scope in scopes:
            for code in dict.fromkeys((language, "")):
                if found := profile.get(commands_key(scope, code)):
                    return JSONResponse(found)
        return JSONResponse([])

    async def list_faults(self, _: Request) -> Response:
        """Return the faults not spent yet."""
        return JSONResponse(self._world.faults.standing())

    async def order_fault(self, request: Request) -> Response:
        """Let something go wrong; see sandbox.faults.Fault for the fields."""
        self._world.faults.order(await read_body(request, Fault))
        return JSONResponse(self._world.faults.standing(), 201)

    async def clear_faults(self, _: Request) -> Response:
        """Let everything go well again."""
        self._world.faults.clear()
        return Response(status_code=204)

    async def list_limits(self, _: Request) -> Response:
        """Return how much a bot may send."""
        return JSONResponse(self._rates.limits.model_dump())

    async def set_limits(self, request: Request) -> Response:
        """Let a bot send more or less; see sandbox.rates.Limits for the fields and what they are by default."""
        self._rates.limits = await read_body(request, Limits)
        return JSONResponse(self._rates.limits.model_dump())

    async def inject(self, request: Request) -> Response:
        """Queue an update as it is, however wrong."""
        body = await read_json(request)
        if not isinstance(body, dict):
            raise HTTPException(422, "An update is a JSON object.")
        return JSONResponse({"update_id": self._world.updates.inject(body)}, 201)

    async def file(self, request: Request) -> Response:
        """Return the bytes of a file, for the page."""
        file = self._world.files.get(request.path_params["file_id"])
        found = self._world.files.at(file.path) if file else None
        if found is None:
            raise HTTPException(404, "There is no such file.")
        # Never as a page of this origin, whatever a bot or customer sent.
        kept, data = found
        if kept.kind in {"photo", "sticker"} and kept.width:
            return Response(data, media_type="image/jpeg", headers={"cache-control": "max-age=31536000, immutable"})
        return Response(data, media_type="application/octet-stream", headers={"content-disposition": "attachment"})

    async def events(self, _: Request) -> Response:
        """Stream everything that happens, as server-sent events, for the page."""
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    async def _stream(self) -> AsyncIterator[str]:
        yield "retry: 1000\nevent: hello\ndata: {}\n\n"
        if self._world.closing:
            return
        async for event in self._world.watchers.watch(HEARTBEAT_SECONDS):
            if event is None:
                yield ": still here\n\n"
            else:
                yield f"event: {event[0]}\ndata: {json.dumps(event[1], ensure_ascii=False)}\n\n"


def _number[Number: (int, float)](request: Request, name: str, kind: type[Number]) -> Number:
    try:
        return kind(request.query_params.get(name, 0))
    except ValueError as error:
        raise HTTPException(422, f"{name} must be a number.") from error


def messages_of(world: World, room: Room) -> Json:
    """Return every message of a chat that was not deleted, oldest first, and how far the world's changes are."""
    records = sorted(room.records.values(), key=lambda record: record.message["message_id"])
    return {"messages": [shown(record, after=0) for record in records if not record.deleted], "seq": world.seq}


async def changes(world: World, room: Room, request: Request) -> Response:
    """Answer with what changed in a chat after `after`; waits up to `wait` seconds for the first change."""
    after = _number(request, "after", int)
    wait = min(_number(request, "wait", float), LONGEST_WAIT)
    changed = _changed(room, after)
    if not changed and wait > 0 and not world.closing:
        await room.changed.wait(wait)
        changed = _changed(room, after)
    return JSONResponse({"messages": changed, "seq": changed[-1]["seq"] if changed else after})


def _changed(room: Room, after: int) -> list[Json]:
    changed = []
    for record in reversed(room.records.values()):
        if record.seq <= after:
            break
        changed.append(shown(record, after=after))
    return changed[::-1]


async def refused(_: Request, error: Exception) -> Response:
    """Word a refusal of the world's rules for the control API."""
    description = error.description if isinstance(error, ApiError) else str(error)
    return JSONResponse({"error": description}, 400)


async def wrong(_: Request, error: Exception) -> Response:
    """Answer a request the control API can't read or place."""
    status, detail = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "error")
    return JSONResponse({"error": detail}, status)
