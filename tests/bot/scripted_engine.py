"""An engine that says what a test tells it to: a real HTTP server that keeps the engine's contract."""

import asyncio
import html
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

type Turn = dict[str, Any]
type Answer = list[dict[str, Any]] | int


def echo(turn: Turn) -> Answer:
    """Say what was understood: the words, or the intent and its entities."""
    if "text" in turn:
        return [{"recipient_id": turn["sender"], "text": f"You said: {html.escape(turn['text'], quote=False)}"}]
    entities = ", ".join(f"{key}={value}" for key, value in sorted(turn["entities"].items()))
    return [{"recipient_id": turn["sender"], "text": f"Intent {turn['intent']} ({entities})"}]


class _Server(uvicorn.Server):
    listening: asyncio.Event

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class ScriptedEngine:
    """Answers each turn with ``script``; a number is a status. A turn known already gets its first answer again."""

    def __init__(self, port: int = 0) -> None:
        self.script: Callable[[Turn], Answer] = echo
        self.delay = 0.0
        self.together: asyncio.Barrier | None = None  # so many turns are answered at once, and none before
        self.received: list[Turn] = []
        self._answers: dict[tuple[str, str], Answer] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # or Nagle waits
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        routes = [Route("/webhooks/rest/webhook", self._turn, methods=["POST"])]
        config = uvicorn.Config(Starlette(routes=routes), log_config=None, lifespan="off", ws="none")
        self._server = _Server(config)
        self._server.listening = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def turns(self) -> list[Turn]:
        """What ran, each turn once, in the order of first sight."""
        return list({(turn["sender"], turn["message_id"]): turn for turn in self.received}.values())

    async def start(self) -> None:
        """Answer from now on."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        await self._server.listening.wait()

    async def stop(self) -> None:
        """Close the port: nobody can connect any more."""
        self._server.should_exit = True
        self._server.force_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()

    async def _turn(self, request: Request) -> Response:
        turn = await request.json()
        self.received.append(turn)
        if self.together:
            await self.together.wait()
        if self.delay:
            await asyncio.sleep(self.delay)
        key = (turn["sender"], turn["message_id"])
        answer = self._answers.get(key) or self.script(turn)
        if isinstance(answer, int):
            return JSONResponse({"error": "action_server"}, status_code=answer)
        self._answers[key] = answer
        return JSONResponse(answer)
