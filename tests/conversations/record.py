"""What the database holds of a customer after a conversation, and sentences that get one somewhere quickly."""

import itertools
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from tests.builders import imei_number
from tests.conversations.driver import Customer
from tradein import accounts, customers
from tradein.coupons import Coupon
from tradein.exchanges import Exchange
from tradein.outbox import Message
from tradein.quotes import Quote
from tradein.support.tickets import Ticket
from tradein.terms import Consent

DESCRIPTION = "works fine, no scratches, no dents, no issues, just the phone"
"""Every condition question answered, nothing to deduct."""
PHONE = "redmi note 4 4gb 64gb"

_serials = itertools.count(500_000)


def new_imei() -> str:
    """Return a valid IMEI that no other test uses."""
    return imei_number(next(_serials))


@dataclass(frozen=True)
class Record:
    """The rows of one customer; ``exchange`` is the one they last touched."""

    exchange: dict[str, Any] | None
    quotes: list[tuple[str, int]]
    coupons: list[tuple[str, int, str]]
    consents: int
    tickets: int
    balance_minor: int
    imei: str | None
    notices: list[str]

    @property
    def state(self) -> str | None:
        """Where the exchange last touched stands."""
        return str(self.exchange["state"]) if self.exchange else None

    @property
    def variant(self) -> str | None:
        """The phone of the exchange last touched."""
        return self.exchange["variant"] if self.exchange else None

    @property
    def answers(self) -> dict[str, list[str]]:
        """The answers of the exchange last touched."""
        return self.exchange["answers"] if self.exchange else {}

    @property
    def standing(self) -> list[int]:
        """The values (minor units) of the quotes that are open."""
        return [value for state, value in self.quotes if state == "open"]


def record(customer: Customer) -> Record:
    """Return what the database holds of a customer."""
    with customer.stack.sessions() as session:
        person = customers.by_chat(session, customer.chat_id)
        own = select(Exchange).where(Exchange.customer_id == person.id)
        last = session.scalar(own.order_by(Exchange.touched_at.desc(), Exchange.id.desc()).limit(1))
        quotes = session.scalars(
            select(Quote).join(Exchange, Exchange.id == Quote.exchange_id).where(Exchange.customer_id == person.id)
        )
        coupons = session.scalars(select(Coupon).where(Coupon.customer_id == person.id).order_by(Coupon.id))
        notices = session.scalars(
            select(Message).where(Message.chat_id == customer.chat_id, Message.kind == "notice").order_by(Message.id)
        )
        return Record(
            exchange={
                "state": last.state.value,
                "brand": last.brand_id,
                "model": last.model_id,
                "variant": last.variant_id,
                "answers": last.answers,
            }
            if last
            else None,
            quotes=[(quote.state.value, quote.value_minor) for quote in quotes],
            coupons=[(coupon.state.value, coupon.value_minor, coupon.printed) for coupon in coupons],
            consents=_count(session, Consent, person.id),
            tickets=_count(session, Ticket, person.id),
            balance_minor=accounts.balance(session, person, currency="INR"),
            imei=last.device.imei if last and last.device else None,
            notices=[str(notice.body["response"]) for notice in notices],
        )


def _count(session: Any, table: type[Consent | Ticket], customer_id: int) -> int:  # noqa: ANN401 - a session
    return int(session.scalar(select(func.count()).where(table.customer_id == customer_id)))


def gets_quote(customer: Customer, phone: str = PHONE) -> Customer:
    """Describe a flawless phone in one message; the price is on the screen."""
    customer.say(f"{phone}, {DESCRIPTION}")
    assert "Your exchange value" in customer.heard
    return customer


def reaches_terms(customer: Customer, phone: str = PHONE) -> Customer:
    """Go on to the question about the terms."""
    gets_quote(customer, phone)
    customer.tap("Get my coupon")
    customer.say(new_imei())
    assert "Do you agree" in customer.heard
    return customer


def gets_coupon(customer: Customer, phone: str = PHONE) -> Customer:
    """Go all the way."""
    reaches_terms(customer, phone)
    customer.tap("I agree")
    assert "Here is your coupon" in customer.heard
    return customer
