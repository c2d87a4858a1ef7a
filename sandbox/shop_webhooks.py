"""Where the programme tells the demo shop what happened: signed webhooks (standardwebhooks), each believed once.

POST   /shop/webhooks                 204; 401 unless the signature is good; a repetition changes nothing
GET    /sandbox/shop/webhooks         all that came, oldest first: id, type, data, and `times` it came
GET | POST | DELETE /sandbox/shop/faults   trouble on order for the receiver: `sandbox.faults.Fault`, method "webhook"
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox.bodies import read_body
from sandbox.dropping import drop
from sandbox.errors import ApiError, Json
from sandbox.faults import Fault, Faults
from sandbox.store import Store

PATH: Final = "/shop/webhooks"
METHOD: Final = "webhook"


class ShopWebhooks:
    """An ASGI application for the one address, and the routes of the sandbox's own side."""

    def __init__(self, store: Store, secret: SecretStr, hear: Callable[[Json], None]) -> None:
        self._store = store
        self._secret = secret.get_secret_value()
        self._hear = hear
        self.log: dict[str, Json] = dict(sorted(store.load("shop_webhook"), key=lambda kept: int(kept[1]["place"])))
        self.faults = Faults()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one webhook, unless a fault says to drop the connection instead."""
        request = Request(scope, receive)
        body = await request.body()
        fault = self.faults.strike(METHOD, None)
        try:
            if fault is not None:
                fault.strike_before()
            answer = self._take(request, body)
        except ApiError as refusal:
            answer = Response(status_code=refusal.code)
        if fault is not None and fault.kind == "delay_after_commit":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "drop":
            await drop(receive, send)
        else:
            await answer(scope, receive, send)

    def _take(self, request: Request, body: bytes) -> Response:
        if not self._secret:
            return JSONResponse({"error": "SANDBOX_SHOP_WEBHOOK_SECRET is not set."}, 401)
        try:
            event = Webhook(self._secret).verify(body, dict(request.headers))
        except (WebhookVerificationError, ValueError):
            return JSONResponse({"error": "The signature is not good."}, 401)
        number = request.headers["webhook-id"]
        earlier = self.log.get(number)
        kept = earlier | {"times": earlier["times"] + 1} if earlier else event | {"times": 1, "place": len(self.log)}
        self.log[number] = kept
        self._store.put("shop_webhook", number, kept)
        if earlier is None:
            self._hear(event)
        return Response(status_code=204)

    def routes(self) -> list[Route]:
        """Everything under /sandbox/shop."""
        faults = "/sandbox/shop/faults"
        table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("GET", "/sandbox/shop/webhooks", self.list_webhooks),
            ("GET", faults, self.list_faults),
            ("POST", faults, self.order_fault),
            ("DELETE", faults, self.clear_faults),
        ]
        return [Route(path, handler, methods=[method]) for method, path, handler in table]

    async def list_webhooks(self, _: Request) -> Response:
        """Return all that came."""
        return JSONResponse({"webhooks": list(self.log.values())})

    async def list_faults(self, _: Request) -> Response:
        """Return the faults not spent yet."""
        return JSONResponse(self.faults.standing())

    async def order_fault(self, request: Request) -> Response:
        """Let something go wrong."""
        self.faults.order(await read_body(request, Fault))
        return JSONResponse(self.faults.standing(), 201)

    async def clear_faults(self, _: Request) -> Response:
        """Let everything go well again."""
        self.faults.clear()
        return Response(status_code=204)
