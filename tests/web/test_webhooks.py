"""Webhooks: signed so that the Standard Webhooks library verifies them, repeated until they are taken."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.web.conftest import House, Shop
from tests.web.receiver import SECRET, Receiver, receiving
from tradein.database import reading
from tradein.hooks import Hook, HookState
from web.webhooks import Shop as ShopsReceiver
from web.workers import hooks as worker


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run the shop's receiver."""
    with receiving() as running:
        yield running


@pytest.fixture
def line(receiver: Receiver) -> Iterator[ShopsReceiver]:
    """Return the API's line to it."""
    line = ShopsReceiver(url=receiver.url, secret=SECRET)
    yield line
    line.close()


@pytest.fixture
def house(house: House) -> House:
    """Let the clock show the real time: a signature is good for five minutes."""
    house.clock.now = datetime.now(UTC)
    return house


def hook(house: House) -> Hook:
    """Return the only webhook there is."""
    with reading(house.maker) as session:
        return session.scalars(select(Hook)).one()


async def test_the_shop_learns_of_an_order_by_a_signed_webhook(
    shop: Shop, receiver: Receiver, line: ShopsReceiver
) -> None:
    """The receiver verified the signature before it took it."""
    order = await shop.orders(shop.house.code())
    assert worker.one(shop.house.bench, line)
    assert not worker.one(shop.house.bench, line)
    (told,) = receiver.taken
    assert (told["type"], told["data"]["id"], told["data"]["reference"]) == ("coupon.redeemed", order["id"], "S-1")
    assert told["id"].startswith("evt_")
    assert hook(shop.house).state is HookState.SENT


@pytest.mark.parametrize("status", [500, 404, 307, 301])
async def test_what_is_not_taken_comes_again_under_the_same_id(
    shop: Shop, receiver: Receiver, line: ShopsReceiver, status: int
) -> None:
    """Later and later; a redirect is not followed."""
    await shop.orders(shop.house.code())
    receiver.statuses = [status, status]
    for _ in range(2):
        assert worker.one(shop.house.bench, line)
        assert hook(shop.house).error == f"HTTP {status}"
        assert not worker.one(shop.house.bench, line)
        shop.house.clock.now = hook(shop.house).not_before
    assert worker.one(shop.house.bench, line)
    assert {path for path, _ in receiver.seen} == {"/hooks"}
    assert len({headers["webhook-id"] for _, headers in receiver.seen}) == 1
    assert [told["id"] for told in receiver.taken] == [hook(shop.house).event_id]


async def test_after_three_days_it_is_given_up(shop: Shop) -> None:
    """Nobody listens there; the row says so."""
    await shop.orders(shop.house.code())
    line = ShopsReceiver(url="http://127.0.0.1:9/hooks", secret=SECRET)
    end = shop.house.clock.now + timedelta(days=3)
    tries = 0
    while hook(shop.house).state is HookState.QUEUED:
        assert worker.one(shop.house.bench, line)
        tries += 1
        shop.house.clock.now = hook(shop.house).not_before
    assert shop.house.clock.now > end
    assert hook(shop.house).state is HookState.FAILED
    assert hook(shop.house).error == "ConnectError"
    assert 60 < tries < 100
    line.close()


async def test_a_crash_after_the_shops_answer_sends_the_same_one_again(
    shop: Shop, receiver: Receiver, line: ShopsReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once: the id tells the receiver that it is a repetition."""
    await shop.orders(shop.house.code())

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(worker, "_written", killed)
        with pytest.raises(KeyboardInterrupt):
            worker.one(shop.house.bench, line)
    shop.house.clock.passes(minutes=3)
    assert worker.one(shop.house.bench, line)
    assert [told["id"] for told in receiver.taken] == [hook(shop.house).event_id] * 2


def test_a_secret_that_is_none_is_named_at_the_start() -> None:
    """Not at the first webhook."""
    for secret in ("whsec_", "whsec_%%%", "whsec_é"):
        with pytest.raises(ValueError, match="secret"):
            ShopsReceiver(url="http://127.0.0.1:9", secret=secret)
