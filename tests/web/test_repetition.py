"""A repeated call: the same answer, and nothing done twice."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.web.conftest import House, Shop, basket, refused
from tradein.checkout import Reservation
from tradein.database import reading
from tradein.idempotency import IdempotentCall
from web.workers import clock


def reservations(house: House) -> int:
    """Count the reservations there are."""
    with reading(house.maker) as session:
        return session.scalar(select(func.count()).select_from(Reservation)) or 0


async def test_the_same_call_again_gets_the_same_answer(either_shop: Shop) -> None:
    """Status, body and a header that says so; one reservation."""
    code = either_shop.house.code()
    first = await either_shop.reserves(code, key="k")
    again = await either_shop.reserves(code, key="k")
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert reservations(either_shop.house) == 1


async def test_how_the_body_is_spaced_does_not_matter(shop: Shop) -> None:
    """A client may serialise anew: what was asked counts, not its bytes."""
    code = shop.house.code()
    first = await shop.reserves(code, key="k")
    body = basket(code)
    respelled = {"lines": body["lines"], "code": body["code"], "account_id": None}
    assert (await shop.post("/v1/reservations", respelled, key="k")).json() == first.json()


async def test_the_key_with_something_else_is_refused(either_shop: Shop) -> None:
    """Another body, or the same body at another address."""
    code = either_shop.house.code()
    await either_shop.reserves(code, key="k")
    refused(await either_shop.reserves(either_shop.house.code(), key="k"), 422, "idempotency_key_reused")
    refused(await either_shop.post("/v1/links", {"account_id": "a"}, key="k"), 422, "idempotency_key_reused")
    refused(
        await either_shop.post("/v1/orders", {"reservation_id": "res_x", "reference": "1"}, key="k"),
        422,
        "idempotency_key_reused",
    )


async def test_a_refusal_is_an_answer_too(shop: Shop) -> None:
    """Repeated after the reason is gone it is still the answer of that call."""
    held = (await shop.reserves(shop.house.code())).json()
    body = {"reservation_id": held["id"], "reference": "S-1"}
    first = await shop.post("/v1/orders", body, key="k")
    refused(first, 422, "payment_missing")
    again = await shop.post("/v1/orders", body, key="k")
    assert refused(again, 422, "payment_missing") == first.json()
    assert again.headers["idempotency-replayed"] == "true"


async def test_one_keys_idempotency_keys_are_not_anothers(house: House) -> None:
    """Two systems of a shop may both count from 1."""
    one, other = house.client(), house.client()
    assert (await one.reserves(house.code(), key="1")).status_code == 201
    assert (await other.reserves(house.code(), key="1")).status_code == 201
    for shop in (one, other):
        await shop.http.aclose()


async def test_two_at_once_do_one_thing(either_shop: Shop) -> None:
    """Whichever is first does it; the others get its answer or are told to come again."""
    code = either_shop.house.code()
    answers = await asyncio.gather(*(either_shop.reserves(code, key="k") for _ in range(12)))
    done = [answer for answer in answers if answer.status_code == 201]
    assert {answer.json()["id"] for answer in done} == {done[0].json()["id"]}
    assert [
        answer for answer in answers if answer not in done and answer.json()["code"] != "idempotency_key_busy"
    ] == []
    assert sum("idempotency-replayed" not in answer.headers for answer in done) == 1
    assert reservations(either_shop.house) == 1


async def test_an_order_repeated_at_once_is_one_order_with_one_payment(either_shop: Shop) -> None:
    """The network lost the answer; the shop's server tried again."""
    held = (await either_shop.reserves(either_shop.house.code())).json()
    payment = either_shop.house.till.takes(held["to_pay_minor"])
    body = {"reservation_id": held["id"], "reference": "S-1", "payment_id": payment}
    answers = await asyncio.gather(*(either_shop.post("/v1/orders", body, key="k") for _ in range(6)))
    assert {answer.json()["id"] for answer in answers if answer.status_code == 201}.__len__() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "idempotency_key_missing"),
        ({"Idempotency-Key": ""}, "idempotency_key_malformed"),
        ({"Idempotency-Key": "two words"}, "idempotency_key_malformed"),
        ({"Idempotency-Key": "x" * 256}, "idempotency_key_malformed"),
    ],
)
async def test_a_changing_call_needs_a_usable_key(shop: Shop, headers: dict[str, str], code: str) -> None:
    """Every POST that changes something, and not the one that doesn't."""
    body = basket(shop.house.code())
    refused(await shop.http.post("/v1/reservations", json=body, headers=headers), 400, code)
    assert (await shop.http.post("/v1/coupons/lookup", json=body, headers=headers)).status_code == 200


async def test_what_does_not_fit_the_description_uses_no_key_up(shop: Shop) -> None:
    """Corrected, the call may come under the same key."""
    code = shop.house.code()
    bad = basket(code) | {"lines": []}
    refused(await shop.post("/v1/reservations", bad, key="k"), 422, "invalid_request")
    assert (await shop.reserves(code, key="k")).status_code == 201


async def test_answers_are_forgotten_after_a_week(shop: Shop) -> None:
    """The clock sweeps them."""
    await shop.reserves(shop.house.code(), key="k")
    shop.house.clock.now += timedelta(days=7, seconds=1)
    clock.forget(shop.house.bench)
    with reading(shop.house.maker) as session:
        assert session.scalar(select(func.count()).select_from(IdempotentCall)) == 0
