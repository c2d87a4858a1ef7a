"""An operator with a browser, as far as HTTP goes."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.web.conftest import House
from tradein import signins, staff
from tradein.database import transaction
from tradein.events import Event
from tradein.staff import Role, Staff

ADDRESS = "http://console.test"
_TOKEN = re.compile(r'name="csrftoken" value="([^"]+)"')


@dataclass
class Desk:
    """An operator's browser: its cookies, and the token that the last page's forms carried."""

    http: httpx.AsyncClient
    house: House
    member_id: int

    @property
    def actor(self) -> str:
        """The operator, as the event log names them."""
        return f"staff:{self.member_id}"

    def link(self) -> str:
        """Make a link on the command line; return its token."""
        with transaction(self.house.maker) as session:
            return signins.link(session, staff.by_id(session, self.member_id), now=self.house.clock.now)

    async def get(self, path: str, **params: str) -> httpx.Response:
        """Load a page."""
        return await self.http.get(f"/console{path}", params=params)

    async def csrf(self) -> str:
        """Return the token that a page's forms carry."""
        found = _TOKEN.search((await self.http.get("/console/enter", params={"token": "x"})).text)
        assert found
        return found[1]

    async def post(self, path: str, params: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        """Press the button of a form."""
        return await self.http.post(
            f"/console{path}", params=params or {}, data=fields | {"csrftoken": await self.csrf()}
        )

    async def enters(self, token: str | None = None) -> httpx.Response:
        """Open a link and press its button."""
        return await self.post("/enter", token=token or self.link())

    async def does(self, name: str, key: str, pk: object, **fields: str) -> httpx.Response:
        """Confirm an action of a row."""
        return await self.post(f"/_api/{key}/row-action", {"name": name, "pk": str(pk)}, **fields)

    def events(self, subject: str) -> list[tuple[str, str]]:
        """Return what happened to the rows of a table, and who did it."""
        with transaction(self.house.maker) as session:
            found = select(Event.to_state, Event.actor).where(Event.subject == subject).order_by(Event.id)
            return [(to, actor) for to, actor in session.execute(found)]


def operator(session: Session, house: House, name: str = "Meera") -> Staff:
    """Take an operator on."""
    return staff.add(session, name=name, role=Role.OPERATOR, now=house.clock.now)[0]


@asynccontextmanager
async def desk_at(house: House) -> AsyncIterator[Desk]:
    """Give the desk of a new operator who has not signed in."""
    with transaction(house.maker) as session:
        member_id = operator(session, house).id
    transport = httpx.ASGITransport(house.app())
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as http:
        yield Desk(http, house, member_id)


@pytest.fixture
async def stranger(house: House) -> AsyncIterator[Desk]:
    """Return the desk of an operator who has not signed in."""
    async with desk_at(house) as desk:
        yield desk


@pytest.fixture
async def desk(stranger: Desk) -> Desk:
    """Return the desk of an operator who has signed in."""
    assert (await stranger.enters()).status_code == 303
    return stranger
