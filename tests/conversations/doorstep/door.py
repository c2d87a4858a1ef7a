"""A courier, a shop's order and the day of the visit; and what the database holds of it afterwards."""

import base64
import io
import itertools
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select

from tests.conversations.driver import Customer
from tests.conversations.record import gets_quote, new_imei
from tests.stackrunner import Stack
from tradein import customers, database, refunds, staff, visits
from tradein.coupons import Coupon
from tradein.orders import Order
from tradein.policy import Policy
from tradein.staff import Role
from tradein.visits import Visit

NEW_PHONE = "redmi-note-12-6-128"
_names = itertools.count(1)


class Courier(Customer):
    """Somebody who came in by an invitation."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack, first_name="Ravi")
        with database.transaction(stack.sessions) as session:
            member, token = staff.add(session, name="Ravi", role=Role.COURIER, now=datetime.now(UTC))
            self.staff_id = member.id
        self.token = token
        self.say(f"/start s_{token}")
        assert "Welcome, Ravi" in self.heard

    def loses_the_role(self) -> None:
        """Be taken off the list."""
        with database.transaction(self.stack.sessions) as session:
            staff.remove(session, staff.by_id(session, self.staff_id), now=datetime.now(UTC))

    def sets_out(self, customer: "Shopper") -> None:
        """Find the customer's visit in the day's list and set out."""
        self.say("/visits")
        self.tap(next(title for title in self.keyboard.titles if customer.reference in title))
        self.tap("I'm on my way")

    def begins(self, customer: "Shopper") -> None:
        """Set out and enter the customer's code and the IMEI: the questions come next."""
        self.sets_out(customer)
        self.say(customer.code)
        self.say(customer.imei)
        assert "The IMEI matches" in self.heard

    def finds(self, **otherwise: str) -> None:
        """Answer the questions: as declared, but for those whose words contain a key; no photos."""
        while any(title.startswith("As declared") for title in self.keyboard.titles):
            asked = self.keyboard.text.casefold()
            found = next((option for word, option in otherwise.items() if word in asked), "As declared")
            self.tap(found)
            if found != "As declared":
                assert "send a photo" in self.heard
                self.tap("No photo")


class Shopper(Customer):
    """A customer who gets a coupon and orders a phone with it."""

    def __init__(self, stack: Stack, imei: str = "") -> None:
        super().__init__(stack, first_name=f"Asha{next(_names)}")
        self.imei = imei or new_imei()
        self.reference = ""

    def gets_coupon(self) -> None:
        """Go all the way to the coupon."""
        gets_quote(self)
        self.tap("Get my coupon")
        self.say(self.imei)
        self.tap("I agree")
        assert "Here is your coupon" in self.heard

    def comes_again(self) -> None:
        """Let the day of the visit come."""
        with database.transaction(self.stack.sessions) as session:
            self._visit(session).scheduled_on = visits.local_day(datetime.now(UTC), Policy())

    def orders(self) -> None:
        """Buy a phone in the demo shop with the coupon; the day of its delivery has come."""
        self.gets_coupon()
        with self.stack.sessions() as session:
            person = customers.by_chat(session, self.chat_id)
            coupon = session.scalars(select(Coupon).where(Coupon.customer_id == person.id)).one()
            code = coupon.printed
        lines = [{"sku": NEW_PHONE, "quantity": 1}]
        http = self.stack.sandbox
        body = {"lines": lines, "code": code, "chat_id": self.chat_id}
        self.reference = http.post("/shop/orders", json=body).raise_for_status().json()["number"]
        http.post(f"/shop/orders/{self.reference}/pay", json={}).raise_for_status()
        self.comes_again()
        self.listen()

    @property
    def code(self) -> str:
        """The newest code in the customer's chat."""
        self.listen()
        codes = re.findall(r"Your code for the courier: (\d{4})", "\n".join(message.text for message in self.screen))
        assert codes, [message.text for message in self.screen]
        return str(codes[-1])

    @property
    def progress(self) -> str:
        """The message that shows where the exchange stands, as it stands now; there is only one."""
        self.listen()
        [shown] = [message.text for message in self.screen if message.text.startswith("Your exchange")]
        return shown

    def _visit(self, session: Any) -> Visit:  # noqa: ANN401 - a session
        return session.scalars(select(Visit).join(Order).where(Order.reference == self.reference)).one()  # type: ignore[no-any-return]

    @property
    def facts(self) -> "Facts":
        """What the database holds of the order."""
        with self.stack.sessions() as session:
            visit = self._visit(session)
            order = visit.order
            refund = refunds.of_order(session, order.id)
            return Facts(
                visit=visit.state.value,
                order=order.state.value,
                coupon=order.coupon.state.value,
                refund_minor=refund.amount_minor if refund else None,
                paid_minor=order.paid_minor,
                code_tries=visit.code_tries,
                reschedules=visit.reschedules,
                findings=[finding["key"] for finding in visit.findings],
                photos=visit.photos,
                answers=visit.answers,
            )


@dataclass(frozen=True)
class Facts:
    """One order's rows."""

    visit: str
    order: str
    coupon: str
    refund_minor: int | None
    paid_minor: int
    code_tries: int
    reschedules: int
    findings: list[str]
    photos: dict[str, list[str]]
    answers: dict[str, list[str]]


def screen_with(*imeis: str) -> str:
    """Return a picture of a ``*#06#`` screen in base64."""
    picture = Image.new("RGB", (1080, 1400), "white")
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(52)
    pen.text((120, 300), "IMEI", fill="black", font=ImageFont.load_default(64))
    for row, number in enumerate(imeis):
        label = f"IMEI{row + 1}: {number}" if len(imeis) > 1 else f"IMEI: {number}"
        pen.text((120, 460 + 120 * row), label, fill="black", font=font)
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=85)
    return base64.b64encode(kept.getvalue()).decode()
