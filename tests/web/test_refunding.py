"""Money back: asked for until the provider has answered, and never twice."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from tests.web.conftest import House, Shop
from tradein import refunds
from tradein.database import reading, transaction
from tradein.hooks import Hook
from tradein.leases import LEASE
from tradein.payments import Refunded
from tradein.refunds import Refund, RefundState
from web.workers import refunds as worker


async def owed(shop: Shop) -> dict[str, Any]:
    """Place an order and cancel it; return the order."""
    order = await shop.orders(shop.house.code())
    cancelled: dict[str, Any] = (await shop.post(f"/v1/orders/{order['id']}/cancel")).json()
    return cancelled


def refund(house: House) -> Refund:
    """Return the one refund as it stands."""
    with reading(house.maker) as session:
        return session.scalars(select(Refund)).one()


async def state(shop: Shop, order: dict[str, Any]) -> str:
    """Read the refund's state where the shop does."""
    return str((await shop.get(f"/v1/orders/{order['id']}")).json()["refund"]["state"])


async def test_a_refund_is_requested_sent_and_settled(either_shop: Shop) -> None:
    """Each step visible to the shop, and told to it at the end."""
    house = either_shop.house
    order = await owed(either_shop)
    bench = house.bench
    assert await state(either_shop, order) == "requested"
    assert worker.one(bench, house.till)
    assert await state(either_shop, order) == "sent"
    assert not worker.one(bench, house.till), "the provider is given time"
    house.clock.passes(minutes=2)
    assert worker.one(bench, house.till)
    assert await state(either_shop, order) == "sent"
    house.till.comes_to("processed")
    house.clock.passes(minutes=5)
    assert worker.one(bench, house.till)
    assert await state(either_shop, order) == "settled"
    house.clock.passes(days=1)
    assert not worker.one(bench, house.till)
    with reading(house.maker) as session:
        assert [hook.kind for hook in session.scalars(select(Hook).order_by(Hook.id))] == [
            "coupon.redeemed",
            "order.cancelled",
            "refund.settled",
        ]


async def test_a_provider_out_of_reach_is_asked_again_ever_more_slowly(shop: Shop) -> None:
    """Nothing is known, so nothing is said; the money goes back once it answers."""
    house = shop.house
    order = await owed(shop)
    house.till.is_away()
    waits = []
    for _ in range(4):
        assert worker.one(house.bench, house.till)
        waits.append(refund(house).not_before - house.clock.now)
        house.clock.now = refund(house).not_before
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]
    assert refund(house).error == "unreachable: ConnectionError"
    house.till.trouble = None
    assert worker.one(house.bench, house.till)
    assert await state(shop, order) == "sent"
    assert len(house.till.refunds) == 1


async def test_a_refund_that_the_provider_refuses_waits_for_an_operator(shop: Shop) -> None:
    """It has failed with the provider's reason; tried again, it is the same refund."""
    house = shop.house
    order = await owed(shop)
    house.till.state = "failed"
    assert worker.one(house.bench, house.till)
    assert await state(shop, order) == "failed"
    house.clock.passes(days=1)
    assert not worker.one(house.bench, house.till)
    house.till.comes_to("processed")
    with transaction(house.maker) as session:
        refunds.retry(session, session.scalars(select(Refund)).one(), actor="operator", now=house.clock.now)
    assert worker.one(house.bench, house.till)
    assert await state(shop, order) == "sent"
    assert len(house.till.refunds) == 1


async def test_a_crash_between_the_providers_answer_and_the_commit_refunds_once(either_shop: Shop) -> None:
    """The lease runs out, another worker asks under the same reference."""
    house = either_shop.house
    order = await owed(either_shop)

    class Killed(BaseException):
        """The process is gone."""

    class DiesAfterwards:
        """Does what it is asked, and the process dies before anything is written down."""

        find, refund_state = house.till.find, house.till.refund_state

        def refund(self, payment_id: str, *, amount_minor: int, reference: str) -> Refunded:
            house.till.refund(payment_id, amount_minor=amount_minor, reference=reference)
            raise Killed

    with pytest.raises(Killed):
        worker.one(house.bench, DiesAfterwards())
    assert await state(either_shop, order) == "requested"
    assert not worker.one(house.bench, house.till), "the lease still holds"
    house.clock.now += LEASE
    house.clock.passes(seconds=1)
    assert worker.one(house.bench, house.till)
    assert await state(either_shop, order) == "sent"
    assert len(house.till.refunds) == 1


async def test_a_worker_that_lost_its_lease_writes_nothing(shop: Shop) -> None:
    """The other's word counts."""
    house = shop.house
    await owed(shop)

    class Slow:
        """Answers when the lease is long over and another worker has done the work."""

        find, refund_state = house.till.find, house.till.refund_state

        def refund(self, payment_id: str, *, amount_minor: int, reference: str) -> Refunded:
            house.clock.now += LEASE * 2
            assert worker.one(house.bench, house.till)
            return house.till.refund(payment_id, amount_minor=amount_minor, reference=reference)

    assert worker.one(house.bench, Slow())
    assert (refund(house).state, refund(house).lease_owner) == (RefundState.SENT, None)
    assert len(house.till.refunds) == 1


async def test_eight_workers_send_each_refund_once(either_shop: Shop) -> None:
    """They share the work, whatever the database."""
    house = either_shop.house
    for number in range(5):
        order = await either_shop.orders(house.code(), reference=f"S-{number}")
        await either_shop.post(f"/v1/orders/{order['id']}/cancel")
    before = house.till.calls

    def works() -> int:
        bench = house.bench
        return sum(1 for _ in range(10) if worker.one(bench, house.till))

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: works(), range(8)))
    assert sum(done) == 5
    assert house.till.calls - before == 5
    assert len(house.till.refunds) == 5
