"""The console put together and mounted beside the API."""

import logging
import secrets
from pathlib import Path
from typing import override

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette_admin import BaseAdmin
from starlette_admin.views import BaseView

from web.console import hiring, importing
from web.console.gate import Provider
from web.console.guard import Guard, Token
from web.console.lists import content, coupons, deliveries, people, shop
from web.console.nonces import Nonced
from web.console.today import Today
from web.parts import Parts

ROOT = "/console"
_HERE = Path(__file__).parent
_USED = frozenset({"list", "detail", "row-action"})
"""What of starlette-admin's own pages and calls the console has."""


class Console(BaseAdmin):
    """starlette-admin's site: less of it, and with our check of the forms' token."""

    @override
    def _collect_core_routes(self) -> list[Route]:
        # The names of the rest stay, as the templates make addresses of them. Behind one there would be rows as JSON,
        # whole codes of coupons by the hundred.
        return [
            each if each.name in _USED else Route(each.path, _nothing, name=each.name)
            for each in super()._collect_core_routes()
        ]

    @override
    def _init_csrf(self) -> None:
        assert self.secret_key is not None  # noqa: S101 - mount gives one
        self.middlewares.append(Middleware(Token, secret_key=self.secret_key))


def mount(app: FastAPI, parts: Parts) -> None:
    """Put the console under ``/console``; it is no part of the API's description."""
    # It logs every search, and people search for names and codes.
    logging.getLogger("starlette_admin").setLevel(logging.ERROR)
    admin = Console(
        title="Exchange programme",
        base_url=ROOT,
        route_name="console",
        templates_dir=str(_HERE / "templates"),
        static_dir=str(_HERE / "static"),
        index_view=Today(),
        auth_provider=Provider(),
        # A page that was open when the process ended has to be loaded again; sign-ins are in the database.
        secret_key=secrets.token_hex(32),
        middlewares=[Middleware(Guard)],
        timezone_config=None,
    )
    loader = admin.templates.env.loader
    assert loader is not None  # noqa: S101 - starlette-admin made one
    admin.templates.env.loader = Nonced(loader)
    for view in views():
        admin.add_view(view)
    admin.mount_to(app)
    admin.app.state.parts = parts
    app.add_route(ROOT, _to_the_slash, include_in_schema=False)


def views() -> list[BaseView]:
    """Return the menu, in its order."""
    return [
        coupons.Coupons(),
        shop.Orders(),
        shop.Visits(),
        shop.Refunds(),
        shop.Reservations(),
        deliveries.Reminders(),
        deliveries.Messages(),
        deliveries.Webhooks(),
        deliveries.Updates(),
        deliveries.Tickets(),
        people.People(),
        hiring.Hiring(),
        people.ApiKeys(),
        content.Phones(),
        content.PriceBooks(),
        content.TermsVersions(),
        content.Questions(),
        importing.Importing(),
        content.Log(),
    ]


async def _nothing(_request: Request) -> Response:
    raise HTTPException(404)


async def _to_the_slash(_request: Request) -> Response:
    return RedirectResponse(f"{ROOT}/", 307)
