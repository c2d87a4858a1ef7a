"""The Bot API over HTTP: `/bot<token>/<method>`, answered as Telegram's own server answers."""

import asyncio
import inspect
import json
import re
from typing import Any, Final

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from sandbox.dropping import drop
from sandbox.errors import ApiError, Json, bad_request
from sandbox.faults import Fault
from sandbox.methods import TABLE, Call, Method
from sandbox.parameters import Parameters, read_parameters
from sandbox.rates import Rates
from sandbox.webhook import Webhook
from sandbox.world import World

PREFIX: Final = "/bot"
_TOKEN: Final = re.compile(r"([1-9][0-9]{0,15}):([A-Za-z0-9_-]{1,64})")
_COUNTED: Final = ("send", "edit", "copy")
_log = structlog.get_logger()


def bot_id_of(token: str) -> int:
    """Return the number a token begins with. Refuses (401) what has not the shape digits:letters."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise ApiError(401, "Unauthorized: invalid token specified")
    return int(match[1])


class BotApi:
    """An ASGI application of its own: it stands in the path that is measured, so nothing routes or wraps it."""

    def __init__(self, world: World, webhook: Webhook, rates: Rates) -> None:
        self._world = world
        self._webhook = webhook
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, unless a fault says to drop the connection instead."""
        fault: Fault | None = None
        try:
            method, bot_id = self._find(scope["path"])
            given = await _read(Request(scope, receive))
            fault = self._world.faults.strike(method.name, given.chat_id())
            if fault is not None:
                fault.strike_before()
            if method.name.startswith(_COUNTED):
                self._rates.admit(given.chat_id(), self._world.clock(), messages=_messages(given))
            status, body = 200, {"ok": True, "result": await self._do(method.run, bot_id, given)}
        except ApiError as refusal:
            status, body = refusal.code, refusal.body()
        except Exception:  # noqa: BLE001 - a poll must not die of a bug in another method
            _log.exception("sandbox_method_failed", path=scope["path"].rpartition("/")[2])
            status, body = 500, ApiError(500, "Internal Server Error").body()
        if fault is not None and fault.kind == "delay_after_commit":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "drop":
            await drop(receive, send)
        else:
            await _answer(send, status, body)

    def _find(self, path: str) -> tuple["_Found", int]:
        token, _, name = path.removeprefix(PREFIX).partition("/")
        bot_id = bot_id_of(token)
        method = TABLE.get(name.lower())
        if method is None:
            raise ApiError(404, "Not Found: method not found")
        return _Found(name, method), bot_id

    async def _do(self, method: Method, bot_id: int, given: Parameters) -> Any:  # noqa: ANN401 - any JSON
        self._world.bot_id = bot_id
        result = method(Call(self._world, self._webhook, self._world.bot(bot_id), given))
        return await result if inspect.isawaitable(result) else result


class _Found:
    """A method under the name it was called by."""

    __slots__ = ("name", "run")

    def __init__(self, name: str, run: Method) -> None:
        self.name = name
        self.run = run


def _messages(given: Parameters) -> int:
    """Return how many messages a call makes: an album and several copies count one by one."""
    if not {"media", "message_ids"} & given.values.keys():
        return 1
    try:
        several = given.structure("message_ids", "") or given.structure("media", "")
    except ApiError:
        return 1  # the method says what is wrong with it
    return len(several) if isinstance(several, list) and several else 1


async def _read(request: Request) -> Parameters:
    try:
        return await read_parameters(request)
    except HTTPException as error:
        raise bad_request("can't parse request body") from error


async def _answer(send: Send, status: int, body: Json) -> None:
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
