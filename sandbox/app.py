"""The whole sandbox as one ASGI application: Bot API, payment twin, demo shop, control API, files and the page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import support
from sandbox.botapi import PREFIX, BotApi, bot_id_of
from sandbox.control import Control, refused, wrong
from sandbox.courier import Courier
from sandbox.errors import ApiError
from sandbox.groups import Groups
from sandbox.operator import Operator
from sandbox.payments import Payments
from sandbox.payments_api import PREFIX as PAYMENTS_PREFIX
from sandbox.payments_api import PaymentsApi
from sandbox.rates import Limits, Rates
from sandbox.shop import Shop
from sandbox.shop_api import CheckoutApi, Problem
from sandbox.shop_routes import ShopRoutes, sorry
from sandbox.shop_settings import ShopSettings
from sandbox.shop_webhooks import PATH as WEBHOOKS_PATH
from sandbox.shop_webhooks import ShopWebhooks
from sandbox.webhook import Webhook
from sandbox.world import World

PAGE: Final = Path(__file__).with_name("page")
_PAGE_HEADERS: Final = {
    "content-security-policy": "default-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'",
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
}


def make_app(world: World, *, limits: Limits | None = None) -> ASGIApp:
    """Return the application over this world; its shutdown closes the world."""
    webhook = Webhook(world)
    rates = Rates(limits)
    bot_api = BotApi(world, webhook, rates)
    books = Payments(world.store, world.clock)
    payments = PaymentsApi(books)
    settings = ShopSettings()
    api = CheckoutApi(settings)
    shop = Shop(world, books, api)
    webhooks = ShopWebhooks(world.store, settings.shop_webhook_secret, shop.hear)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        webhook.resume()
        if settings.support_chat_id is not None:
            support.assemble(world, chat_id=settings.support_chat_id, team=settings.support_team)
        yield
        await webhook.close()
        await api.close()
        world.close()
        world.store.close()

    async def download(request: Request) -> Response:
        bot_id_of(request.path_params["token"])
        found = world.files.at(request.path_params["path"])
        if found is None:
            raise HTTPException(404, "Not Found")
        return Response(found[1], media_type="application/octet-stream")

    rest = Starlette(
        routes=[
            *Control(world, rates).routes(),
            *Groups(world).routes(),
            *payments.routes(),
            *ShopRoutes(shop).routes(),
            *webhooks.routes(),
            *Courier(world, settings.courier_start).routes(),
            *Operator(settings.console_links).routes(),
            Route("/file/bot{token}/{path:path}", download),
            *_page_routes(),
        ],
        lifespan=lifespan,
        exception_handlers={ApiError: refused, HTTPException: wrong, Problem: sorry},
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await bot_api(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(PAYMENTS_PREFIX):
            await payments(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == WEBHOOKS_PATH and scope["method"] == "POST":
            await webhooks(scope, receive, send)
        elif scope["type"] == "http" and _is_foreign(Headers(scope=scope)):
            await PlainTextResponse("Only the sandbox's own page may do that.", 403)(scope, receive, send)
        else:
            await rest(scope, receive, send)

    return app


def _is_foreign(headers: Headers) -> bool:
    """Say whether some other site's page asks: a browser names it, and none of them has any business here."""
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def _page_routes() -> list[Route]:
    """Serve the page's files, each under its own name, and index.html at the root."""

    def serve(path: Path) -> Route:
        async def handler(_: Request) -> Response:
            return FileResponse(path, headers=_PAGE_HEADERS)

        return Route("/" if path.name == "index.html" else f"/{path.name}", handler)

    return [serve(path) for path in sorted(PAGE.glob("*.*"))]
