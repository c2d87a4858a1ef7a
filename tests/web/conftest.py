"""A shop that talks to the API in this process, over HTTP's own shapes, on a migrated and stocked database."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from tests.builders import NEW_PHONE, Shopper, imei_number, stock
from tests.conftest import NOW
from tests.web.till import Till
from tradein import apikeys, migrate
from tradein.apikeys import Scope
from tradein.catalogue import Price
from tradein.database import Sessions, transaction
from tradein.settings import Settings
from web.app import make_app
from web.limits import FAILURES_PER_MINUTE, Limits
from web.parts import Parts
from web.store import Store
from web.workers.bench import Bench

VALUE_MINOR = 200_000
"""What every old phone of these tests is worth: the mission's own example, 2,000."""


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def passes(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)


@dataclass
class House:
    """The API in this process, with everything around it."""

    url: str
    store: Store
    clock: Clock = field(default_factory=Clock)
    till: Till = field(default_factory=Till)
    per_minute: int = 100_000
    failures: int = FAILURES_PER_MINUTE
    serial: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def maker(self) -> Sessions:
        """The database's sessions."""
        return self.store.sessions

    @property
    def bench(self) -> Bench:
        """A worker's bench; each has an owner of its own, as if another process."""
        return Bench(self.store, self.clock)

    def app(self) -> FastAPI:
        """Return a new application on this database."""
        settings = Settings(_env_file=None, TRADEIN_DATABASE_URL=self.url, TRADEIN_BOT_USERNAME="exchange_bot")
        return make_app(
            Parts(settings, self.store, Limits(self.per_minute, failures=self.failures), self.till, self.clock)
        )

    def key(self, *scopes: Scope) -> str:
        """Make an API key."""
        with transaction(self.maker) as session:
            return apikeys.create(session, name="shop", scopes=scopes or list(Scope), now=self.clock.now)[1]

    def code(self) -> str:
        """Issue a coupon of VALUE_MINOR to a new customer and return its code."""
        return self.coupon()[0]

    def coupon(self) -> tuple[str, int]:
        """Issue a coupon to a new customer; return its code and the customer's id."""
        serial = next(self.serial)
        with transaction(self.maker) as session:
            shopper = Shopper.arrives(session, chat_id=5000 + serial)
            shopper.now = self.clock.now
            coupon = shopper.gets_coupon(imei_number(serial))
            return coupon.printed, shopper.customer.id

    def client(self, secret: str | None = None, app: FastAPI | None = None) -> "Shop":
        """Return the shop's side."""
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app or self.app()),
            base_url="http://shop.test",
            headers={"Authorization": f"Bearer {secret or self.key()}"},
        )
        return Shop(http, self)


@dataclass
class Shop:
    """The shop's server: its calls, each new one under an Idempotency-Key of its own."""

    http: httpx.AsyncClient
    house: House
    _keys: Iterator[int] = field(default_factory=lambda: count(1))

    async def post(self, path: str, body: object = None, *, key: str | None = None) -> httpx.Response:
        """Make a changing call."""
        headers = {"Idempotency-Key": key or f"key-{next(self._keys)}-{id(self)}"}
        return await self.http.post(path, json=body, headers=headers)

    async def get(self, path: str, **params: str) -> httpx.Response:
        """Read."""
        return await self.http.get(path, params=params)

    async def looks_up(self, code: str, *skus: str, account: str | None = None) -> httpx.Response:
        """Look a coupon up for a basket."""
        return await self.http.post("/v1/coupons/lookup", json=basket(code, *skus, account=account))

    async def reserves(self, code: str, *skus: str, key: str | None = None) -> httpx.Response:
        """Reserve a coupon for a basket."""
        return await self.post("/v1/reservations", basket(code, *skus), key=key)

    async def places(self, reservation: dict[str, Any], reference: str = "S-1", **more: object) -> httpx.Response:
        """Pay what is to pay and place the order."""
        if reservation["to_pay_minor"] and "payment_id" not in more:
            more["payment_id"] = self.house.till.takes(reservation["to_pay_minor"])
        body = {"reservation_id": reservation["id"], "reference": reference} | more
        return await self.post("/v1/orders", body)

    async def orders(self, code: str, *skus: str, reference: str = "S-1") -> dict[str, Any]:
        """Go the whole way to an order."""
        placed = await self.places((await self.reserves(code, *skus)).json(), reference)
        assert placed.status_code == 201, placed.text
        order: dict[str, Any] = placed.json()
        return order


def basket(code: str, *skus: str, account: str | None = None) -> dict[str, Any]:
    """Return the body of a lookup or a reservation; by default one new phone at 12,000."""
    body: dict[str, Any] = {"code": code, "lines": [{"sku": sku, "quantity": 1} for sku in skus or (NEW_PHONE,)]}
    return body | ({"account_id": account} if account else {})


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return a problem after a look at its shape."""
    problem: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code), problem
    assert problem["type"] == f"/problems/{code}"
    assert problem["title"]
    assert problem["detail"]
    return problem


def fill(store: Store) -> None:
    """Stock a programme in which every phone is worth VALUE_MINOR."""
    with transaction(store.sessions) as session:
        stock(session)
        session.execute(update(Price).values(best_minor=VALUE_MINOR))


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """Return the API on SQLite."""
    store = Store(database_url)
    fill(store)
    yield House(database_url, store)
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def either_house(request: pytest.FixtureRequest) -> Iterator[House]:
    """Return the API on each kind of database in turn."""
    if request.param == "sqlite":
        url = request.getfixturevalue("database_url")
    else:
        url = request.getfixturevalue("postgresql_url")
        migrate.upgrade(url)
    store = Store(url)
    fill(store)
    yield House(url, store)
    store.close()
    if request.param == "postgresql":
        migrate.downgrade(url)


@pytest.fixture
async def shop(house: House) -> AsyncIterator[Shop]:
    """Return a shop with all scopes, on SQLite."""
    shop = house.client()
    yield shop
    await shop.http.aclose()


@pytest.fixture
async def either_shop(either_house: House) -> AsyncIterator[Shop]:
    """Return a shop with all scopes, on each kind of database in turn."""
    shop = either_house.client()
    yield shop
    await shop.http.aclose()
