"""The courier's part of the gateway by itself: crashes in the middle of a visit, offers, links that bind."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tests.bot.conftest import Person, Stack, titles, until
from tests.builders import Doorstep, Shopper, imei_number, stock
from tradein import customers, database, exchanges, links, offers, staff, visits
from tradein.inbox import InboxUpdate
from tradein.orders import Order
from tradein.outbox import Message, MessageState
from tradein.payments import Payment
from tradein.policy import Policy
from tradein.progress import Progress
from tradein.refunds import Refund
from tradein.staff import Role
from tradein.visits import Visit, VisitState


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


@dataclass
class Door:
    """A customer with an order that is delivered today, and a courier."""

    stack: Stack
    asha: Person
    ravi: Person
    reference: str
    imei: str

    @property
    def visit(self) -> Visit:
        """The visit's row, as it is now."""
        with self.stack.database() as session:
            visit = session.scalars(select(Visit)).one()
            session.expunge(visit)
            return visit

    async def says(self, text: str) -> str:
        """Let the courier write; return the answer."""
        await self.ravi.says(text)
        await self.stack.rest()
        return (await self.ravi.texts())[-1]

    async def taps(self, title: str) -> str:
        """Let the courier tap the newest button whose title begins so; return the newest message."""
        await press(self.ravi, title)
        await self.stack.rest()
        return (await self.ravi.texts())[-1]

    async def begins(self) -> None:
        """Set out, and enter code and number."""
        await self.says("/visits")
        await self.taps("1.")
        await self.taps("I'm on my way")
        await self.says(self.visit.code or "")
        await self.says(self.imei)


async def press(person: Person, title: str) -> None:
    """Tap the newest button whose title begins so."""
    for message in reversed(await person.replies()):
        for row in titles(message):
            for found in row:
                if found.startswith(title):
                    await person.taps(message, found)
                    return
    raise AssertionError(f"no button {title!r}")


async def opened(stack: Stack) -> Door:
    """Let a customer order and a courier come in."""
    asha, ravi = await stack.person("Asha"), await stack.person("Ravi")
    with database.transaction(stack.database) as session:
        stock(session)
        shopper = Shopper.arrives(session, asha.id)
        shopper.now = now()
        order = shopper.orders()
        _, token = staff.add(session, name="Ravi", role=Role.COURIER, now=now())
        reference, number = order.reference, order.coupon.device.imei
    await ravi.says(f"/start s_{token}")
    await ravi.sees(1)
    return Door(stack, asha, ravi, reference, number)


@pytest.fixture
async def door(own: Stack) -> Door:
    """Give a door of the test's own, with a gateway to break."""
    return await opened(own)


async def test_a_crash_in_the_middle_of_a_visit_changes_nothing(door: Door) -> None:
    """What comes next is read from the visit's row, and the buttons on the screen still work."""
    await door.begins()
    await door.taps("As declared")
    door.stack.kill()
    await door.stack.start()

    assert "faults" in await door.taps("As declared")
    assert "locks" in await door.taps("As declared")
    assert "in order" in await door.taps("As declared")
    door.stack.kill()
    await door.stack.start()
    assert "is complete" in await door.taps("Accept the phone")
    assert door.visit.state is VisitState.ACCEPTED


async def test_another_courier_takes_over_a_check_whose_courier_left(door: Door) -> None:
    """The visit is theirs from then on: what they type and photograph belongs to it."""
    await door.says("/visits")
    await door.taps("1.")
    await door.taps("I'm on my way")
    await door.says(door.visit.code or "")
    with database.transaction(door.stack.database) as session:
        visits.dismiss(session, session.scalars(select(staff.Staff)).one(), now=now())
        _, token = staff.add(session, name="Meena", role=Role.COURIER, now=now())
    door.ravi = await door.stack.person("Meena")
    await door.says(f"/start s_{token}")
    await door.says("/visits")
    await door.taps("1.")
    await door.taps("I'm on my way")
    assert "turn on" in await door.says(door.imei)


async def test_a_wrong_code_is_counted_although_it_is_refused(door: Door) -> None:
    """The refusal is an answer; what was counted before it stays."""
    await door.says("/visits")
    await door.taps("1.")
    await door.taps("I'm on my way")
    wrong = f"{(int(door.visit.code or 0) + 1) % 10000:04}"

    assert "4 tries left" in await door.says(wrong)
    assert door.visit.code_tries == 1


async def test_no_number_of_the_door_is_stored_in_the_clear(door: Door) -> None:
    """Neither in what came in nor in what went out."""
    await door.begins()

    with door.stack.database() as session:
        kept = [str(update.payload) for update in session.scalars(select(InboxUpdate))]
    assert not any(door.imei in payload for payload in kept)
    assert not any(door.imei in text for text in await door.ravi.texts())


async def test_the_progress_is_one_message_and_a_new_one_if_it_was_deleted(door: Door) -> None:
    """Edited as things move; what Telegram can't edit any more is sent anew."""
    await door.stack.rest()
    [before] = [message for message in await door.asha.replies() if "Your exchange" in message["text"]]
    await door.says("/visits")
    await door.taps("1.")
    await door.taps("I'm on my way")
    [after] = [message for message in await door.asha.replies() if "Your exchange" in message["text"]]
    assert after["message_id"] == before["message_id"]
    assert "🚚" in after["text"]

    deleted = {"chat_id": door.asha.id, "message_id": after["message_id"]}
    (await door.stack.api.post("/bot1:sandbox/deleteMessage", json=deleted)).raise_for_status()
    await door.says(door.visit.code or "")

    [anew] = [message for message in await door.asha.replies() if "Your exchange" in message["text"]]
    assert anew["message_id"] > after["message_id"]
    assert "Being checked" in anew["text"]
    with door.stack.database() as session:
        assert session.scalars(select(Progress.telegram_message_id)).one() == anew["message_id"]


@pytest.fixture
async def dealing(stack: Stack) -> Door:
    """Give a door of a programme that offers a lower value there."""
    stack.extra = {"TRADEIN_OFFERS_AT_DOOR": "true"}
    await stack.start()
    found = await opened(stack)
    await found.begins()
    await found.taps("As declared")
    await found.taps("Scratched")
    await found.taps("No photo")
    await found.taps("As declared")
    await found.taps("As declared")
    assert "decides now" in await found.taps("Make the offer")
    return found


async def test_an_offer_is_accepted_with_a_button_the_difference_and_a_code(dealing: Door) -> None:
    """The courier hears of the yes at once, and takes the phone when the new code is read out."""
    await press(dealing.asha, "Yes, take it for")
    await dealing.stack.rest()
    assert "new 4-digit code" in (await dealing.ravi.texts())[-1]
    assert "Please pay the" in (await dealing.asha.texts())[-1] or "Please pay the" in (await dealing.asha.texts())[-2]
    code = dealing.visit.code or ""
    assert "still to be paid" in await dealing.says(code)

    with database.transaction(dealing.stack.database) as session:
        visit = session.scalars(select(Visit)).one()
        owed = visit.order.discount_minor - (visit.offered_minor or 0)
        payment = Payment("pay_difference", owed, visit.order.currency, captured=True)
        offers.pay(session, visit.order, payment=payment, actor="shop:test", now=now())
    assert "Left to pay at the shop: ₹0" in await dealing.taps("Look again")
    assert "is complete" in await dealing.says(code)

    assert dealing.visit.state is VisitState.ACCEPTED


async def test_an_offer_declined_ends_in_a_refund(dealing: Door) -> None:
    """The courier is told, and nothing is left to do."""
    await press(dealing.asha, "No, thanks")
    await dealing.stack.rest()

    assert dealing.visit.state is VisitState.REFUSED
    assert "is cancelled" in (await dealing.ravi.texts())[-1]
    with dealing.stack.database() as session:
        assert session.scalars(select(Refund)).one().amount_minor == session.scalars(select(Order)).one().paid_minor


async def test_an_answer_is_for_the_offer_it_stands_under(dealing: Door) -> None:
    """Two phones at one door: a no to the first offer is none to the second."""
    policy = Policy(offers_at_door=True)
    with database.transaction(dealing.stack.database) as session:
        shopper = Shopper(session, customers.by_chat(session, dealing.asha.id), now())
        exchanges.restart(session, shopper.customer, now=now())
        order = shopper.orders(shopper.gets_coupon(imei_number(2)))
        door = Doorstep.of(session, order, session.scalars(select(staff.Staff)).one())
        door.types().looks(screen=["scratched"]).now = now()
        door.confirms(policy)
        second = door.visit.id
    await dealing.stack.rest()
    [first, *_] = [message for message in await dealing.asha.replies() if "The offer stands until" in message["text"]]
    await dealing.asha.taps(first, "No, thanks")
    await dealing.stack.rest()

    with dealing.stack.database() as session:
        left = session.scalars(select(Visit).where(Visit.state == VisitState.OFFERED)).all()
        assert [visit.id for visit in left] == [second]


async def test_a_link_that_is_pasted_instead_of_opened_leaves_no_token(gateway: Stack) -> None:
    """It is still good, so neither the inbox nor the engine may have it."""
    with database.transaction(gateway.database) as session:
        token, _ = links.invite(session, account="shopper-8", now=now())
    asha = await gateway.person()
    await asha.says(f"https://t.me/exchange_bot?start=l_{token} what do I do with this?")
    await asha.sees(1)
    with gateway.database() as session:
        kept = [json.dumps(update.payload) for update in session.scalars(select(InboxUpdate))]
    assert not any(token in payload for payload in kept)
    assert gateway.engine.received
    assert token not in json.dumps(gateway.engine.received, default=str)


async def test_a_start_with_something_else_is_a_plain_start(gateway: Stack) -> None:
    """A campaign's link, say."""
    asha = await gateway.person()
    await asha.says("/start spring_sale")
    [answer] = await asha.sees(1)
    assert answer["text"] == "Intent greet ()"


async def test_the_couriers_command_is_in_the_menu_of_couriers_only(door: Door) -> None:
    """As soon as they are enrolled, until they are removed; everybody else's stays as it is."""

    async def menu(person: Person) -> list[str]:
        query = {"language": "en", "chat_id": person.id}
        answer = await door.stack.api.get("/sandbox/commands", params=query)
        return [command["command"] for command in answer.raise_for_status().json()]

    await door.stack.rest()
    everybodys = await menu(door.asha)
    assert "visits" not in everybodys
    assert await menu(door.ravi) == ["visits", *everybodys]
    with database.transaction(door.stack.database) as session:
        visits.dismiss(session, session.scalars(select(staff.Staff)).one(), now=now())
    await until(lambda: _menus_sent(door.stack) == 2)
    assert await menu(door.ravi) == everybodys


def _menus_sent(stack: Stack) -> int:
    with stack.database() as session:
        sent = select(Message).where(Message.kind == staff.MENU, Message.state == MessageState.SENT)
        return len(session.scalars(sent).all())


async def test_somebody_elses_command_does_nothing(gateway: Stack) -> None:
    """A customer who types the couriers' command is told whom it is for."""
    asha = await gateway.person()
    await asha.says("/visits")
    [answer] = await asha.sees(1)
    assert "for our couriers" in answer["text"]
