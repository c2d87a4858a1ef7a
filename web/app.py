"""The application: which calls there are, and what every request passes through."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import APIRoute

from web import page
from web.answers import set_answers
from web.body import BodyLimit
from web.calls import accounts, coupons, open, orders, products  # noqa: A004 - a module of ours
from web.console.console import mount
from web.description import TITLE, VERSION, describe
from web.journal import Journal
from web.parts import Parts
from web.workers.crew import Crew


def _name(route: APIRoute) -> str:
    """Name a call in the description by its function: a client's methods are then called like ours."""
    return route.name


def make_app(parts: Parts, crew: Crew | None = None) -> FastAPI:
    """Return the application; its ``crew`` works from its start to its stop."""

    @asynccontextmanager
    async def working(_app: FastAPI) -> AsyncIterator[None]:
        if crew is not None:
            crew.start()
        yield
        if crew is not None:
            crew.stop()

    # The pages that FastAPI would add load scripts from elsewhere.
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        lifespan=working,
        redirect_slashes=False,
        generate_unique_id_function=_name,
    )
    app.state.parts = parts
    for module in (open, products, coupons, orders, accounts, page):
        app.include_router(module.router)
    set_answers(app)
    mount(app, parts)
    describe(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Journal)
    return app
