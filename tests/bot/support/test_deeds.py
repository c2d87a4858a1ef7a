"""What agents do for an exchange from its topic: the topic says that it is done, the customer what changed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.bot.conftest import Person
from tests.bot.support.conftest import Agent, Desk, texts
from tests.builders import Shopper, stock
from tests.tradein.test_remedies import KINDS
from tradein import reminders
from tradein.coupons import Coupon, CouponState
from tradein.exchanges import Exchange, ExchangeState
from tradein.orders import Order, OrderState
from tradein.presentation import moment
from tradein.staff import Role


@dataclass
class Topic:
    """A supervisor in the topic of a customer who waits."""

    desk: Desk
    asha: Person
    chief: Agent

    async def has(self, shop: Callable[[Shopper], object]) -> None:
        """Let the customer have come so far before."""
        with self.desk.stack.database.begin() as session:
            shopper = Shopper.arrives(session, self.asha.id)
            shopper.now = datetime.now(UTC)
            shop(shopper)
        await self.desk.stack.rest()

    async def says(self, command: str, answer: str) -> str:
        """Give a command; return what the customer heard once the topic has an answer that begins so."""
        before = len(await self.asha.replies())
        await self.chief.says(command, to=self.asha)
        await self.desk.sees(self.asha, lambda found: any(text.startswith(answer) for text in texts(found)))
        heard = await self.asha.sees_that(lambda replies: len(replies) > before)
        return str(heard[before]["text"])

    def coupon(self) -> Coupon:
        """Return the customer's only coupon as it is now."""
        with self.desk.stack.database() as session:
            return session.scalars(select(Coupon)).one()


@pytest.fixture
async def topic(own_desk: Desk) -> Topic:
    """Give a topic in a programme that has phones, prices and reminders."""
    with own_desk.stack.database.begin() as session:
        stock(session)
        reminders.put_in_force(session, KINDS, now=datetime.now(UTC))
    return Topic(own_desk, await own_desk.calling(), await own_desk.agent("Chief", Role.SUPERVISOR))


async def test_the_coupon_comes_again_with_its_code(topic: Topic) -> None:
    """The agent sees its ending only."""
    await topic.has(Shopper.gets_coupon)
    code = topic.coupon().code

    heard = await topic.says("/coupon", f"The coupon …{code[-4:]}")

    assert code in heard.replace("-", "")
    assert code not in str(await topic.desk.messages(topic.asha)).replace("-", "")


async def test_a_coupon_with_more_days_says_so_to_everybody_and_is_not_extended_twice(topic: Topic) -> None:
    """The customer hears the new last day, the card shows it."""
    await topic.has(Shopper.gets_coupon)
    before = topic.coupon().expires_at

    heard = await topic.says("/extend", "The coupon …")

    after = topic.coupon().expires_at
    last = moment(after, timezone="Asia/Kolkata", language="en")
    assert after == before + timedelta(days=7)
    assert last in heard
    await topic.desk.card(topic.asha, lambda text: last in text)
    await topic.chief.says("/extend", to=topic.asha)
    await topic.desk.sees(topic.asha, lambda found: any("possible once only" in text for text in texts(found)))
    assert topic.coupon().expires_at == after


async def test_cancel_ends_what_is_furthest_and_the_customer_hears_which_that_is(topic: Topic) -> None:
    """First the order: its coupon is good again. Then the coupon: its phone is free again. Then what was described."""
    await topic.has(Shopper.orders)

    heard = await topic.says("/cancel", "The order is cancelled")
    assert heard.startswith("Your order")
    assert "is cancelled" in heard
    with topic.desk.stack.database() as session:
        order = session.scalars(select(Order)).one()
        assert (order.state, order.coupon.state) == (OrderState.CANCELLED, CouponState.ISSUED)

    await topic.desk.stack.rest()
    heard = await topic.says("/cancel", "The coupon is cancelled")
    assert topic.coupon().state is CouponState.CANCELLED
    assert "is cancelled, as you asked" in heard

    await topic.has(Shopper.describes)
    heard = await topic.says("/cancel", "The exchange is ended")
    assert heard.startswith("The exchange of your Xiaomi Redmi Note 4")
    with topic.desk.stack.database() as session:
        states = session.scalars(select(Exchange.state).order_by(Exchange.id)).all()
        assert states[-1] is ExchangeState.CANCELLED
