"""The demo shop over HTTP, for its page: JSON in and out; what is refused comes as {"code", "detail", …evidence}.

GET  /shop                          {"open": whether there is an API to call}
GET  /shop/products
GET  /shop/accounts/{chat_id}       the shopper's account: linked, balance_minor, coupons
POST /shop/accounts/{chat_id}/links {"url", "start"}: saying `/start <start>` in that chat links the account
POST /shop/offers                   {"lines": [{"sku", "quantity"}], "code", "chat_id"?}: what the coupon takes off
POST /shop/orders                   the same body: holds the coupon, returns the shop's order; a plain sale without one
GET  /shop/orders?chat_id=…
POST /shop/orders/{number}/pay      {"outcome"?: "captured" | "failed"}: pays with the twin and places the order
POST /shop/orders/{number}/release, /shop/orders/{number}/cancel
"""

from collections.abc import Awaitable, Callable

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.bodies import read_body
from sandbox.errors import Json
from sandbox.payments import Outcome
from sandbox.shop import Shop
from sandbox.shop_api import Problem


class _Line(BaseModel):
    sku: str
    quantity: int = Field(default=1, ge=1)


class _Basket(BaseModel):
    lines: list[_Line]
    code: str = ""
    chat_id: int | None = None
    days: int | None = Field(default=None, ge=0, le=60)

    @property
    def wanted(self) -> tuple[list[Json], str, int | None]:
        """What the shop's verbs take."""
        return [line.model_dump() for line in self.lines], self.code.strip(), self.chat_id


class _Paid(BaseModel):
    outcome: Outcome = Outcome.CAPTURED


class ShopRoutes:
    """The handlers, over one shop."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def routes(self) -> list[Route]:
        """Everything under /shop but the webhooks."""
        account, order = "/shop/accounts/{chat_id:int}", "/shop/orders/{number}"
        table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("GET", "/shop", self.about),
            ("GET", "/shop/products", self.products),
            ("GET", account, self.account),
            ("POST", f"{account}/links", self.link),
            ("POST", "/shop/offers", self.offer),
            ("POST", "/shop/orders", self.reserve),
            ("GET", "/shop/orders", self.orders),
            ("POST", f"{order}/pay", self.pay),
            ("POST", f"{order}/difference", self.pay_difference),
            ("POST", f"{order}/release", self.release),
            ("POST", f"{order}/cancel", self.cancel),
        ]
        return [Route(path, handler, methods=[method]) for method, path, handler in table]

    async def about(self, _: Request) -> Response:
        """Say whether the shop is open."""
        return JSONResponse({"open": self._shop.api.configured})

    async def products(self, _: Request) -> Response:
        """Return what is sold."""
        return JSONResponse(await self._shop.products())

    async def account(self, request: Request) -> Response:
        """Return a shopper's account."""
        return JSONResponse(await self._shop.account(request.path_params["chat_id"]))

    async def link(self, request: Request) -> Response:
        """Make a deep link for a shopper's account."""
        return JSONResponse(await self._shop.link(request.path_params["chat_id"]), 201)

    async def offer(self, request: Request) -> Response:
        """Look a coupon up."""
        basket = await read_body(request, _Basket)
        return JSONResponse(await self._shop.offer(*basket.wanted))

    async def reserve(self, request: Request) -> Response:
        """Hold a coupon for a basket."""
        basket = await read_body(request, _Basket)
        return JSONResponse(await self._shop.reserve(*basket.wanted, days=basket.days), 201)

    async def orders(self, request: Request) -> Response:
        """Return the orders of a shopper, or those of guests."""
        given = request.query_params.get("chat_id", "")
        return JSONResponse({"orders": await self._shop.orders(int(given) if given.isdecimal() else None)})

    async def pay(self, request: Request) -> Response:
        """Pay and place."""
        paid = await read_body(request, _Paid)
        return JSONResponse(await self._shop.pay(request.path_params["number"], outcome=paid.outcome))

    async def pay_difference(self, request: Request) -> Response:
        """Pay what a lower value leaves open."""
        return JSONResponse(await self._shop.pay_difference(request.path_params["number"]))

    async def release(self, request: Request) -> Response:
        """Turn back."""
        return JSONResponse(await self._shop.release(request.path_params["number"]))

    async def cancel(self, request: Request) -> Response:
        """Cancel."""
        return JSONResponse(await self._shop.cancel(request.path_params["number"]))


async def sorry(_: Request, error: Exception) -> Response:
    """Tell the page what the shop can't do."""
    assert isinstance(error, Problem)  # noqa: S101 - it is registered for nothing else
    return JSONResponse(error.body(), error.status)
