"""The control API's part for groups, `/sandbox/groups/*`: what agents and administrators do there, and what they see.

Who acts is named by `user_id` in the body: a person with a chat of their own, made by `POST /sandbox/customers`.
"""

from collections.abc import Awaitable, Callable
from typing import Literal

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from telegram import ChatMember, User

from sandbox import forum, people
from sandbox.bodies import Edited, Named, Reacted, Sent, Tapped, read_body
from sandbox.control import changes, messages_of
from sandbox.errors import bad_request
from sandbox.rooms import ALL_RIGHTS, Group
from sandbox.world import World


class Acting(BaseModel):
    """Who does it."""

    user_id: int


class NewGroup(BaseModel):
    """A group to be; the bot administers it with every right."""

    title: str = "Support"
    kind: Literal["supergroup", "group"] = "supergroup"
    forum: bool = True


class Joining(Acting):
    """Who comes in, or gets another standing."""

    status: Literal["creator", "administrator", "member"] = "member"


class BotStanding(BaseModel):
    """The bot's standing: what is not named of the rights it has, as a full administrator."""

    status: Literal["administrator", "member", "restricted", "left", "kicked"] = "administrator"
    rights: dict[str, bool] = {}


class GroupSent(Sent, Acting):
    """What a member sends, into a topic or General."""

    thread: int = 0


class GroupEdited(Edited, Acting):
    """An edit by a member."""


class GroupNamed(Named, Acting):
    """A message, and who does something with it."""


class GroupReacted(Reacted, Acting):
    """A reaction by a member."""


class GroupTapped(Tapped, Acting):
    """A tap by a member."""


class TopicDeed(Acting):
    """What is done to a topic; `late` is for a deletion that Telegram goes on remembering."""

    name: str = ""
    late: bool = False


class Groups:
    """The handlers, over one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Everything under /sandbox/groups."""
        group = "/sandbox/groups/{group_id}"
        topic = f"{group}/topics/{{thread:int}}"
        table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("GET", "/sandbox/groups", self.list),
            ("POST", "/sandbox/groups", self.found),
            ("GET", group, self.history),
            ("GET", f"{group}/messages", self.changes),
            ("POST", f"{group}/messages", self.send),
            ("POST", f"{group}/edits", self.edit),
            ("POST", f"{group}/deletions", self.delete),
            ("POST", f"{group}/reactions", self.react),
            ("POST", f"{group}/callbacks", self.tap),
            ("POST", f"{group}/members", self.join),
            ("POST", f"{group}/leavers", self.leave),
            ("POST", f"{group}/bot", self.set_bot),
            ("POST", f"{group}/migration", self.migrate),
            ("POST", f"{group}/topics", self.open_topic),
            ("POST", f"{topic}/name", self.rename_topic),
            ("POST", f"{topic}/closing", self.close_topic),
            ("POST", f"{topic}/reopening", self.reopen_topic),
            ("POST", f"{topic}/deletion", self.delete_topic),
        ]
        return [Route(path, handler, methods=[method]) for method, path, handler in table]

    def _group(self, request: Request) -> Group:
        try:
            return self._world.groups[int(request.path_params["group_id"])]
        except (KeyError, ValueError) as error:
            raise HTTPException(404, "There is no such group.") from error

    def _who(self, acting: Acting) -> User:
        return self._world.conversation(acting.user_id).customer

    def _member(self, group: Group, acting: Acting) -> User:
        if acting.user_id not in group.members:
            raise bad_request("the user is not a member of the group")
        return self._who(acting)

    def _shown(self, group: Group, status: int = 200) -> Response:
        return JSONResponse(forum.summary(self._world, group), status)

    async def list(self, _: Request) -> Response:
        """Return every group, without its messages."""
        return JSONResponse({"groups": [forum.summary(self._world, group) for group in self._world.groups.values()]})

    async def found(self, request: Request) -> Response:
        """Make a group."""
        wanted = await read_body(request, NewGroup)
        made = forum.found(self._world, title=wanted.title, kind=wanted.kind, forum=wanted.forum)
        return self._shown(made, 201)

    async def history(self, request: Request) -> Response:
        """Return the group and every message not deleted, oldest first."""
        group = self._group(request)
        return JSONResponse(forum.summary(self._world, group) | messages_of(self._world, group))

    async def changes(self, request: Request) -> Response:
        """Return what changed in the group after `after`, in order; waits up to `wait` seconds for the first change."""
        return await changes(self._world, self._group(request), request)

    async def send(self, request: Request) -> Response:
        """Send something as a member; an album is answered with its first message."""
        group, sent = self._group(request), await read_body(request, GroupSent)
        messages = people.send(
            self._world,
            group,
            self._who(sent),
            sent.contents(self._world.files),
            thread=sent.thread,
            reply_to=sent.reply_to_message_id,
            quote=sent.quote,
        )
        return JSONResponse(messages[0], 201)

    async def edit(self, request: Request) -> Response:
        """Edit a message of a member's own."""
        group, edited = self._group(request), await read_body(request, GroupEdited)
        return JSONResponse(edited.apply(self._world, group, self._member(group, edited)))

    async def delete(self, request: Request) -> Response:
        """Delete a message: the bot isn't told."""
        group, named = self._group(request), await read_body(request, GroupNamed)
        self._member(group, named)
        people.delete(self._world, group, message_id=named.message_id)
        return Response(status_code=204)

    async def react(self, request: Request) -> Response:
        """Put an emoji to a message, or take it back."""
        group, reacted = self._group(request), await read_body(request, GroupReacted)
        by = self._member(group, reacted)
        people.react(self._world, group, by, message_id=reacted.message_id, emoji=reacted.emoji)
        return Response(status_code=204)

    async def tap(self, request: Request) -> Response:
        """Tap a button; who has left may still have it on the screen."""
        group, tapped = self._group(request), await read_body(request, GroupTapped)
        callback_id = people.tap(self._world, group, self._who(tapped), message_id=tapped.message_id, data=tapped.data)
        return JSONResponse({"callback_id": callback_id}, 201)

    async def join(self, request: Request) -> Response:
        """Let somebody in, or give a member another standing."""
        group, joining = self._group(request), await read_body(request, Joining)
        forum.join(self._world, group, self._who(joining), status=joining.status)
        return self._shown(group)

    async def leave(self, request: Request) -> Response:
        """Let a member leave."""
        group, leaving = self._group(request), await read_body(request, Acting)
        forum.leave(self._world, group, self._who(leaving))
        return self._shown(group)

    async def set_bot(self, request: Request) -> Response:
        """Give the bot another standing; the group's owner does it, or whoever is first in it."""
        group, wanted = self._group(request), await read_body(request, BotStanding)
        by = next((who for who, status in group.members.items() if status == ChatMember.OWNER), None)
        by = by or next(iter(group.members), None)
        user = self._world.conversation(by).customer if by else User(777000, "Telegram", is_bot=False)
        rights = ALL_RIGHTS | wanted.rights if wanted.status == ChatMember.ADMINISTRATOR else {}
        forum.set_bot(self._world, group, user, status=wanted.status, rights=rights)
        return self._shown(group)

    async def migrate(self, request: Request) -> Response:
        """Upgrade the group; answered with the one it became."""
        group, acting = self._group(request), await read_body(request, Acting)
        return self._shown(forum.migrate(self._world, group, self._member(group, acting)), 201)

    async def open_topic(self, request: Request) -> Response:
        """Make a topic by hand."""
        group, deed = self._group(request), await read_body(request, TopicDeed)
        forum.open_topic(self._world, group, self._member(group, deed), name=deed.name)
        return self._shown(group, 201)

    async def rename_topic(self, request: Request) -> Response:
        """Give a topic another name."""
        group, deed = self._group(request), await read_body(request, TopicDeed)
        by = self._member(group, deed)
        forum.edit_topic(self._world, group, by, request.path_params["thread"], name=deed.name)
        return self._shown(group)

    async def close_topic(self, request: Request) -> Response:
        """Close a topic by hand."""
        return await self._close(request, closed=True)

    async def reopen_topic(self, request: Request) -> Response:
        """Reopen a topic by hand."""
        return await self._close(request, closed=False)

    async def _close(self, request: Request, *, closed: bool) -> Response:
        group, deed = self._group(request), await read_body(request, TopicDeed)
        by = self._member(group, deed)
        forum.close_topic(self._world, group, by, request.path_params["thread"], closed=closed)
        return self._shown(group)

    async def delete_topic(self, request: Request) -> Response:
        """Delete a topic by hand: the bot isn't told."""
        group, deed = self._group(request), await read_body(request, TopicDeed)
        self._member(group, deed)
        forum.delete_topic(self._world, group, request.path_params["thread"], late=deed.late)
        return self._shown(group)
