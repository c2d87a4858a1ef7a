"""The courier's side of the messenger: a person like any other, who comes in by an invitation.

GET  /sandbox/courier    {"chat_id": the courier's chat or null, "invited": whether there is an invitation to use}
POST /sandbox/courier    the chat; the first call makes the person and opens the deep link, as a tap on it would
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import people
from sandbox.world import World

NAME: Final = "Ravi"
_KEY: Final = "courier"


class Courier:
    """The handlers, over one world; `start` is the parameter of the courier's deep link, "" where there is none."""

    def __init__(self, world: World, start: str) -> None:
        self._world = world
        self._start = start

    def routes(self) -> list[Route]:
        """Everything under /sandbox/courier."""
        return [
            Route("/sandbox/courier", self.about, methods=["GET"]),
            Route("/sandbox/courier", self.open, methods=["POST"]),
        ]

    @property
    def _chat_id(self) -> int | None:
        kept = self._world.profile.get(_KEY)
        return kept if kept in self._world.chats else None

    async def about(self, _: Request) -> Response:
        """Say who the courier is."""
        return JSONResponse({"chat_id": self._chat_id, "invited": bool(self._start)})

    async def open(self, _: Request) -> Response:
        """Open the courier's chat."""
        chat_id = self._chat_id
        if chat_id is not None:
            return JSONResponse(self._world.summary(self._world.conversation(chat_id)))
        made = self._world.meet(first_name=NAME, language_code="en")
        self._world.set_profile(_KEY, made.id)
        if self._start:
            people.say(self._world, made, made.customer, people.typed(f"/start {self._start}"))
        return JSONResponse(self._world.summary(made), 201)
