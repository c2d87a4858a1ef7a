"""Builders: a small programme to test against, and a customer at any point of an exchange, one call each."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from stdnum import luhn

from tests.conftest import NOW
from tradein import checkout, customers, exchanges, imei, inspection, issuing, links, staff, terms, visits
from tradein.baskets import Line
from tradein.catalogue import Brand, Model, Price, PriceBook, Product, ProductKind, Variant
from tradein.checkout import Reservation
from tradein.conditions import ConditionSet
from tradein.coupons import Coupon
from tradein.customers import Customer
from tradein.exchanges import Exchange
from tradein.orders import Order
from tradein.payments import Payment
from tradein.policy import Policy
from tradein.quotes import Quote
from tradein.staff import Role, Staff
from tradein.visits import Visit

POLICY = Policy()
BEST_MINOR = 600_000
TERMS = terms.TermsFile(1, "en", "One old phone for one new phone.")

CONDITIONS: dict[str, Any] = {
    "floor_inr": 100,
    "round_to_inr": 10,
    "reasons": {"dead": {"en": "it must turn on"}, "cracked": {"en": "the screen is cracked"}},
    "questions": [
        {
            "key": "works",
            "ask": {"en": "Does it turn on?"},
            "options": [
                {"key": "yes", "label": {"en": "Yes"}, "says": ["works fine"]},
                {"key": "no", "label": {"en": "No"}, "gate": "dead"},
            ],
        },
        {
            "key": "screen",
            "ask": {"en": "How is the screen?", "hi": "स्क्रीन कैसी है?"},
            "options": [
                {"key": "flawless", "label": {"en": "Flawless", "hi": "बेदाग़"}},
                {"key": "scratched", "label": {"en": "Scratched", "hi": "खरोंच"}, "percent": 10},
                {"key": "cracked", "label": {"en": "Cracked"}, "gate": "cracked", "percent": 40},
            ],
        },
        {
            "key": "faults",
            "ask": {"en": "Any faults?"},
            "several": True,
            "options": [
                {"key": "battery", "label": {"en": "Weak battery"}, "percent": 15},
                {"key": "camera", "label": {"en": "Camera"}, "percent": 10},
                {"key": "none", "label": {"en": "None"}},
            ],
        },
    ],
    "doorstep": [
        {
            "key": "locks",
            "ask": {"en": "Are all locks off?"},
            "options": [
                {"key": "yes", "label": {"en": "Yes"}},
                {"key": "no", "label": {"en": "No"}, "gate": "dead"},
            ],
        },
    ],
}
NEW_PHONE, DEARER_PHONE, CABLE = "redmi-13c", "galaxy-a16", "usb-cable"
NEW_PHONE_MINOR, CABLE_MINOR = 1_200_000, 29_900


def stock(session: Session) -> None:
    """Fill a database with two brands, three models, prices, conditions and terms."""
    session.add_all(
        [
            Brand(id="xiaomi", name="Xiaomi", aliases=["Redmi"], position=1, listed=True),
            Brand(id="samsung", name="Samsung", aliases=[], position=2, listed=True),
        ]
    )
    session.flush()
    models = [("redmi-note-4", "xiaomi", "Redmi Note 4"), ("mi-a1", "xiaomi", "Mi A1"), ("s8", "samsung", "Galaxy S8")]
    session.add_all(
        Model(id=slug, brand_id=brand, name=name, released=2017, popularity=1, aliases=[], listed=True)
        for slug, brand, name in models
    )
    session.flush()
    variants = [("redmi-note-4-3-32", 3, 32), ("redmi-note-4-4-64", 4, 64), ("mi-a1-4-64", 4, 64), ("s8-4-64", 4, 64)]
    session.add_all(
        Variant(id=slug, model_id=slug.rsplit("-", 2)[0], ram_gb=ram, storage_gb=storage, listed=True)
        for slug, ram, storage in variants
    )
    book = PriceBook(as_of=date(2026, 11, 1), currency="INR", note="test", digest="1", imported_at=NOW)
    session.add(book)
    session.flush()
    session.add_all(Price(book_id=book.id, variant_id=slug, best_minor=BEST_MINOR) for slug, _, _ in variants)
    session.add_all(
        Product(sku=sku, kind=kind, name=name, price_minor=price_minor, listed=True)
        for sku, kind, name, price_minor in [
            (NEW_PHONE, ProductKind.SMARTPHONE, "Redmi 13C", NEW_PHONE_MINOR),
            (DEARER_PHONE, ProductKind.SMARTPHONE, "Galaxy A16", 1_899_900),
            (CABLE, ProductKind.ACCESSORY, "USB cable", CABLE_MINOR),
        ]
    )
    session.add(ConditionSet(version="test", body=CONDITIONS, imported_at=NOW))
    terms.publish(session, TERMS, now=NOW)
    session.flush()


def imei_number(serial: int = 1) -> str:
    """Return a valid IMEI; each serial its own."""
    payload = f"35693803{serial:06d}"
    return payload + luhn.calc_check_digit(payload)


@dataclass
class Shopper:
    """A customer and the verbs on their current exchange, at ``now``."""

    session: Session
    customer: Customer
    now: datetime = NOW

    @classmethod
    def arrives(cls, session: Session, chat_id: int = 1001) -> "Shopper":
        """Return a customer who has just written for the first time."""
        return cls(
            session,
            customers.meet(
                session, telegram_user_id=chat_id, chat_id=chat_id, first_name="Asha", language="en", now=NOW
            ),
        )

    @property
    def exchange(self) -> Exchange:
        """The exchange they last touched."""
        found = exchanges.latest(self.session, self.customer)
        assert found is not None
        return found

    def describes(self, variant: str = "redmi-note-4-4-64", **answers: list[str]) -> "Shopper":
        """Describe a phone: by default a flawless one."""
        exchange = exchanges.start(self.session, self.customer, now=self.now)
        exchanges.choose(self.session, exchange, variant_id=variant, now=self.now)
        for question, options in ({"works": ["yes"], "screen": ["flawless"], "faults": []} | answers).items():
            exchanges.answer(self.session, exchange, question=question, options=options, now=self.now)
        return self

    def gets_quote(self, policy: Policy = POLICY) -> Quote:
        """Ask for the value."""
        return exchanges.make_quote(self.session, self.exchange, policy=policy, now=self.now)

    def gives_imei(self, number: str | None = None) -> "Shopper":
        """Send an IMEI in a message, as the gateway would take it in."""
        chat = self.customer.chat_id
        reference = imei.mask(self.session, number or imei_number(), chat_id=chat, now=self.now)
        claim = imei.claimed(self.session, reference, chat_id=chat)
        exchanges.give_imei(self.session, self.exchange, claim=claim, now=self.now)
        return self

    def agrees(self, version: int = 1, policy: Policy = POLICY) -> Coupon:
        """Agree to the terms."""
        promised = self.session.scalar(
            select(Quote).where(Quote.exchange_id == self.exchange.id).order_by(Quote.id.desc()).limit(1)
        )
        return issuing.issue(
            self.session,
            self.exchange,
            quote_id=promised.id if promised else 0,
            terms_version=version,
            language="en",
            chat_id=self.customer.chat_id,
            policy=policy,
            now=self.now,
        )

    def gets_coupon(self, number: str | None = None) -> Coupon:
        """Go the whole way with a flawless phone."""
        self.describes()
        self.gets_quote()
        self.gives_imei(number)
        return self.agrees()

    def reserves(self, coupon: Coupon, *lines: Line, policy: Policy = POLICY) -> Reservation:
        """Hold the coupon at the checkout, for one new phone by default."""
        return checkout.reserve(
            self.session,
            coupon.code,
            lines=lines or (Line(NEW_PHONE),),
            account=None,
            may_know=True,
            actor="shop:test",
            policy=policy,
            now=self.now,
        )

    def orders(self, coupon: Coupon | None = None, *lines: Line, policy: Policy = POLICY) -> Order:
        """Buy a new phone with the coupon, to be delivered today."""
        held = self.reserves(coupon or self.gets_coupon(), *lines, policy=policy)
        return visits.place(
            self.session,
            held,
            reference=f"S-{held.id}",
            payment=paid(held),
            deliver_on=visits.local_day(self.now, policy),
            actor="shop:test",
            policy=policy,
            now=self.now,
        )


def opens_link(session: Session, customer: Customer, token: str, *, now: datetime) -> None:
    """Open a link of the shop as its customer, and say yes."""
    asked = links.ask(session, customer, token, now=now)
    links.accept(session, customer, asked.invitation_id, now=now)


def paid(reservation: Reservation) -> Payment | None:
    """Return the payment that settles what a reservation leaves to pay."""
    if not reservation.to_pay_minor:
        return None
    return Payment(f"pay_{reservation.id}", reservation.to_pay_minor, reservation.currency, captured=True)


def courier(session: Session, telegram_user_id: int = 9001, *, now: datetime = NOW) -> Staff:
    """Return a courier who has opened their invitation, and so has a chat with the bot like any customer."""
    customers.meet(
        session, telegram_user_id=telegram_user_id, chat_id=telegram_user_id, first_name="Ravi", language="en", now=now
    )
    _, token = staff.add(session, name="Ravi", role=Role.COURIER, now=now)
    return staff.accept(session, token, telegram_user_id=telegram_user_id, chat_id=telegram_user_id, now=now)


@dataclass
class Doorstep:
    """A courier at the door of an order's customer, at ``now``."""

    session: Session
    visit: Visit
    courier: Staff
    now: datetime = NOW + timedelta(hours=2)

    @classmethod
    def of(cls, session: Session, order: Order, at: Staff | None = None) -> "Doorstep":
        """Send a courier out to an order's customer and open the check with their code."""
        door = cls(session, visits.of_order(session, order), at or courier(session))
        visits.set_out(session, door.visit, door.courier, now=door.now)
        code = door.visit.code or ""
        visits.open_check(session, door.visit, door.courier, code=code, now=door.now)
        return door

    def types(self, number: str | None = None) -> "Doorstep":
        """Compare an IMEI that the courier sends, by default the right one."""
        chat = self.courier.chat_id or 0
        reference = imei.mask(self.session, number or self.visit.order.coupon.device.imei, chat_id=chat, now=self.now)
        claim = imei.claimed(self.session, reference, chat_id=chat)
        inspection.compare(self.session, self.visit, self.courier, claim=claim, now=self.now)
        return self

    def looks(self, **found: list[str]) -> "Doorstep":
        """Answer everything: as declared where not said otherwise."""
        for check in inspection.checks(self.session, self.visit):
            options = found.get(check.key, list(check.declared))
            inspection.record(self.session, self.visit, self.courier, key=check.key, options=options, now=self.now)
        return self

    def confirms(self, policy: Policy = POLICY) -> inspection.Outcome:
        """Confirm what follows."""
        outcome = inspection.outcome(self.session, self.visit, policy=policy)
        inspection.confirm(self.session, self.visit, self.courier, kind=outcome.kind, policy=policy, now=self.now)
        return outcome
