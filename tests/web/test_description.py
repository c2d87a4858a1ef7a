"""The description of the API against the API: schemathesis asks whatever it allows, and what it doesn't."""

import csv
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.openapi import from_dict
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.builders import NEW_PHONE, Shopper, imei_number
from tests.web.conftest import House, basket, fill
from tradein import checkout, visits
from tradein.baskets import Line
from tradein.catalogue import Product, ProductKind
from tradein.coupons import Coupon, read_code
from tradein.database import transaction
from tradein.payments import Payment
from tradein.policy import Policy
from web import models
from web.app import make_app
from web.parts import Parts
from web.problems import MEDIA_TYPE, WORDINGS
from web.store import Store

EXAMPLES = int(os.environ.get("API_EXAMPLES", "25"))
"""Random requests for each call, beside the boundary values that are always asked."""
BASKET: dict[str, Any] = models.CouponForBasket.model_config["json_schema_extra"]["examples"][0]  # type: ignore[index,assignment]
ORDER: dict[str, Any] = models.OrderIn.model_config["json_schema_extra"]["examples"][0]  # type: ignore[index,assignment]
CONFIG = {
    # A valid request may meet a refusal of the programme: that is what the documented 400, 409 and 422 are.
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "400", "404", "409", "422", "503"]}},
    "generation": {"with-security-parameters": False},
}


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[House]:
    """Return an API where what the examples of the description name is there."""
    path = tmp_path_factory.mktemp("described") / "tradein.db"
    shutil.copy(migrated, path)
    store = Store(f"sqlite:///{path}")
    fill(store)
    house = House(f"sqlite:///{path}", store, failures=1_000_000)
    _furnish(house)
    yield house
    store.close()


def _furnish(house: House) -> None:
    with transaction(house.maker) as session:
        phone = session.get_one(Product, NEW_PHONE)
        for line in BASKET["lines"]:
            if session.get(Product, line["sku"]) is None:
                kind = phone.kind if line is BASKET["lines"][0] else ProductKind.ACCESSORY
                session.add(Product(sku=line["sku"], kind=kind, name=line["sku"], price_minor=1_200_000, listed=True))
    house.code()
    with transaction(house.maker) as session:
        session.scalars(select(Coupon)).one().code = read_code(BASKET["code"])
    with transaction(house.maker) as session:
        held = _reserved(session, serial=90)
        held.public_id = ORDER["reservation_id"]
        bought = _reserved(session, serial=91)
        order = visits.place(
            session,
            bought,
            reference="S-0",
            payment=Payment("pay_1", bought.to_pay_minor, "INR", captured=True),
            deliver_on=None,
            actor="shop:test",
            policy=Policy(),
            now=house.clock.now,
        )
        order.public_id = "ord_Zr8nQ1xY4dHs6TgK"
        amount = held.to_pay_minor
    house.till.payments[ORDER["payment_id"]] = Payment(ORDER["payment_id"], amount, "INR", captured=True)


def _reserved(session: Session, *, serial: int) -> checkout.Reservation:
    coupon = Shopper.arrives(session, chat_id=serial).gets_coupon(imei_number(serial))
    return checkout.reserve(
        session,
        coupon.code,
        lines=[Line(NEW_PHONE)],
        account=None,
        may_know=True,
        actor="shop:test",
        policy=Policy(),
        now=coupon.issued_at,
    )


@pytest.fixture(scope="module")
def secret(described: House) -> str:
    """Return a key with all scopes."""
    return described.key()


@pytest.fixture(scope="module")
def address(described: House) -> Iterator[str]:
    """Serve the API over HTTP; return its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(described.app(), log_config=None, access_log=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield "http://{}:{}".format(*listener.getsockname())
        server.should_exit = True
        thread.join()


# At import: schemathesis makes a test of each call at collection. Describing itself, the API touches nothing.
DESCRIPTION = make_app(cast("Parts", None)).openapi()
schema = from_dict(DESCRIPTION, config=SchemathesisConfig.from_dict(CONFIG))


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_every_answer_is_as_described(case: schemathesis.Case[Any], address: str, secret: str) -> None:
    """No 5xx, no status, header, content type or body that isn't in the description; what is wrong is refused."""
    case.call_and_validate(base_url=address, headers={"Authorization": f"Bearer {secret}"})


def test_a_whole_life_is_as_described(described: House, address: str, secret: str) -> None:
    """Every success that a random request seldom meets."""
    keys = iter(range(100))

    def calls(path: str, body: dict[str, Any] | None = None, **ids: str) -> dict[str, Any]:
        headers = {"Idempotency-Key": f"life-{next(keys)}"}
        given: dict[str, Any] = {} if body is None else {"body": body}
        case = schema[path]["POST"].Case(headers=headers, path_parameters=ids, **given)
        response = case.call_and_validate(base_url=address, headers={"Authorization": f"Bearer {secret}"})
        assert response.status_code in {200, 201}, response.text
        return cast("dict[str, Any]", response.json())

    held = calls("/v1/reservations", basket(described.code()))
    calls("/v1/reservations/{reservation_id}/release", reservation_id=held["id"])
    held = calls("/v1/reservations", basket(described.code()))
    payment = described.till.takes(held["to_pay_minor"])
    body = {"reservation_id": held["id"], "reference": "life", "payment_id": payment}
    order = calls("/v1/orders", body)
    calls("/v1/orders/{order_id}/cancel", {"reason": "Why not?"}, order_id=order["id"])


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the calls of the description."""
    for path, methods in DESCRIPTION["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_call_has_examples_of_what_it_takes_and_gives() -> None:
    """Of the body, of the answer, and of every problem."""
    components = DESCRIPTION["components"]["schemas"]

    def resolved(content: dict[str, Any]) -> dict[str, Any]:
        found = content["application/json"]["schema"]
        found = next((kind for kind in found.get("anyOf", ()) if "$ref" in kind), found)
        return cast("dict[str, Any]", components[found["$ref"].rsplit("/", 1)[1]])

    for name, operation in operations():
        if "requestBody" in operation:
            assert resolved(operation["requestBody"]["content"])["examples"], name
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                assert name == "GET /health" or resolved(response["content"])["examples"], name
                continue
            examples = response["content"][MEDIA_TYPE]["examples"]
            allowed = response["content"][MEDIA_TYPE]["schema"]["properties"]["code"]["enum"]
            assert set(examples) == set(allowed), name
            for code, example in examples.items():
                assert example["value"] == WORDINGS[code].example, name


def test_the_examples_are_true(address: str, secret: str) -> None:
    """What the description shows as an answer fits its own model, and what it shows as a body is taken."""
    for model in vars(models).values():
        config = getattr(model, "model_config", {}).get("json_schema_extra", {})
        for example in config.get("examples", ()) if isinstance(config, dict) else ():
            model.model_validate(example)
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {secret}"}, trust_env=False) as client:
        assert client.post("/v1/coupons/lookup", json=BASKET).status_code in {200, 409}
        assert client.get("/openapi.json").status_code == 200


def test_the_examples_can_be_tried_on_the_demo() -> None:
    """What they buy, the catalogue that comes with the programme sells."""
    with Path("catalogue/products.csv").open(encoding="utf-8") as file:
        sold = {row["sku"] for row in csv.DictReader(file)}
    assert {line["sku"] for line in BASKET["lines"]} <= sold


def test_the_page_shows_every_call_and_loads_nothing_from_elsewhere(address: str) -> None:
    """Readable without a network and without a script."""
    answer = httpx.get(f"{address}/docs", trust_env=False)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    for name, operation in operations():
        assert f'id="{operation["operationId"]}"' in answer.text, name
    assert "<script" not in answer.text
    assert "coupon_not_yet_usable" in answer.text
