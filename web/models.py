"""What the calls take and give, as the description of the API shows it.

Amounts are integers in minor units of ``currency`` (paise of INR); moments are UTC, RFC 3339, ending in Z; days are the
programme's local days.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from tradein import inspection
from tradein.baskets import Basket, BasketLine, Line
from tradein.catalogue import Product, ProductKind
from tradein.checkout import Offer, Reservation, ReservationState
from tradein.coupons import Coupon, CouponState
from tradein.orders import Order, OrderState
from tradein.refunds import Refund, RefundState
from tradein.visits import Visit, VisitState

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ENDING = 4


def _a_day(value: object) -> object:
    """Let through a day as ISO 8601 writes it; pydantic would take seconds since 1970 too."""
    if value is not None and not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise ValueError("a day is written YYYY-MM-DD")
    return value


def _zulu(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


type Moment = Annotated[datetime, PlainSerializer(_zulu, return_type=str)]
type Minor = Annotated[int, Field(ge=0, description="In minor units of the currency.")]
type Currency = Annotated[str, Field(description="ISO 4217.", examples=["INR"])]
type Sku = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9._-]{0,63}$", examples=["redmi-note-12-6-128"])]
type Code = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern="^[ -~]+$",
        description="As the customer typed it: case, spaces and dashes don't matter.",
        examples=["7KQM-2XNP-94RD-HT63"],
    ),
]
ACCOUNT_PATTERN = "^[A-Za-z0-9._@:+-]{1,128}$"
type AccountId = Annotated[
    str,
    Field(
        pattern=ACCOUNT_PATTERN,
        description="The shop's own name for a customer's account: stable, never reused.",
        examples=["cust-20931"],
    ),
]


class Asked(BaseModel):
    """A body that comes in: what it doesn't name is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """A body that goes out."""

    model_config = ConfigDict(frozen=True)


# --- what comes in ----------------------------------------------------------------------------------------------------
class LineIn(Asked):
    """So many of one thing that the shop sells; what it costs, the programme's product list says."""

    sku: Sku
    quantity: int = Field(ge=1, le=100, strict=True, examples=[1])

    def line(self) -> Line:
        """Return the line as the core has it."""
        return Line(self.sku, self.quantity)


_BASKET: dict[str, Any] = {
    "code": "7KQM-2XNP-94RD-HT63",
    "lines": [{"sku": "redmi-note-12-6-128", "quantity": 1}, {"sku": "cable-usb-c", "quantity": 1}],
    "account_id": "cust-20931",
}


class CouponForBasket(Asked):
    """A coupon and the basket that it shall pay a part of."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BASKET]})

    code: Code
    lines: list[LineIn] = Field(min_length=1, max_length=50)
    account_id: AccountId | None = Field(
        None, description="The account of who is buying; without it the buyer is a guest."
    )


class OrderIn(Asked):
    """An order for what was reserved."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reservation_id": "res_b1Zk3vT0c9XqLw2m",
                    "reference": "2026-004711",
                    "payment_id": "pay_29QQoUBi66xm2f",
                    "deliver_on": "2026-11-25",
                }
            ]
        }
    )

    reservation_id: str = Field(pattern="^[A-Za-z0-9_-]{1,64}$")
    reference: str = Field(pattern="^[!-~]{1,64}$", description="The shop's own number for the order; unique.")
    payment_id: str | None = Field(
        None,
        pattern="^[A-Za-z0-9_]{1,64}$",
        description="The provider's id of the captured payment; not needed where nothing is left to pay.",
    )
    deliver_on: Annotated[date | None, BeforeValidator(_a_day)] = Field(
        None, description="The day of the courier's visit, from today on; by default a few days from today."
    )


class CancelIn(Asked):
    """Why an order is cancelled; the customer reads it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The customer changed their mind."}]})

    reason: str = Field("", max_length=200, pattern="^[^\\x00-\\x1f\\x7f]*$")


class DifferenceIn(Asked):
    """The payment with which a customer who agreed to a lower value pays the difference."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"payment_id": "pay_30RRpVCj77yn3g"}]})

    payment_id: str = Field(
        pattern="^[A-Za-z0-9_]{1,64}$", description="The provider's id of the captured payment of the difference."
    )


class LinkIn(Asked):
    """Whose account is to be linked to a chat."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"account_id": "cust-20931"}]})

    account_id: AccountId


# --- what goes out ----------------------------------------------------------------------------------------------------
class ProductOut(Told):
    """Something the shop sells."""

    sku: str = Field(examples=["redmi-note-12-6-128"])
    kind: ProductKind
    name: str = Field(examples=["Redmi Note 12 (6 GB, 128 GB)"])
    price_minor: Minor

    @classmethod
    def of(cls, product: Product) -> "ProductOut":
        """Return a product as the API shows it."""
        return cls(sku=product.sku, kind=product.kind, name=product.name, price_minor=product.price_minor)


class Products(Told):
    """What is on sale, the cheapest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "currency": "INR",
                    "products": [
                        {
                            "sku": "redmi-note-12-6-128",
                            "kind": "smartphone",
                            "name": "Redmi Note 12 (6 GB, 128 GB)",
                            "price_minor": 1_200_000,
                        }
                    ],
                }
            ]
        }
    )

    currency: Currency
    products: list[ProductOut]


class LineOut(Told):
    """A line of a basket, priced; only a smartphone's has a discount."""

    sku: str
    name: str
    kind: ProductKind
    quantity: int
    unit_price_minor: Minor
    total_minor: Minor
    discount_minor: Minor

    @classmethod
    def of(cls, line: BasketLine) -> "LineOut":
        """Return a line as the API shows it."""
        return cls(
            sku=line.sku,
            name=line.name,
            kind=line.kind,
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            total_minor=line.total_minor,
            discount_minor=line.discount_minor,
        )


class CouponOut(Told):
    """What may be told of a coupon to who showed its code."""

    ending: str = Field(description="The last four characters of the code.")
    value_minor: Minor
    usable_from: Moment
    expires_at: Moment = Field(description="The last moment at which it can be reserved.")

    @classmethod
    def of(cls, coupon: Coupon) -> "CouponOut":
        """Return a coupon as the API shows it."""
        return cls(
            ending=coupon.code[-ENDING:],
            value_minor=coupon.value_minor,
            usable_from=coupon.usable_from,
            expires_at=coupon.expires_at,
        )


_COUPON = {
    "ending": "HT63",
    "value_minor": 200_000,
    "usable_from": "2026-11-23T06:30:00Z",
    "expires_at": "2026-12-08T18:29:59.999999Z",
}
_LINES = [
    {
        "sku": "redmi-note-12-6-128",
        "name": "Redmi Note 12 (6 GB, 128 GB)",
        "kind": "smartphone",
        "quantity": 1,
        "unit_price_minor": 1_200_000,
        "total_minor": 1_200_000,
        "discount_minor": 200_000,
    },
    {
        "sku": "cable-usb-c",
        "name": "USB-C cable, 1 m",
        "kind": "accessory",
        "quantity": 1,
        "unit_price_minor": 34_900,
        "total_minor": 34_900,
        "discount_minor": 0,
    },
]
_AMOUNTS = {"total_minor": 1_234_900, "discount_minor": 200_000, "to_pay_minor": 1_034_900, "currency": "INR"}
_OFFER: dict[str, Any] = {"coupon": _COUPON, "lines": _LINES, **_AMOUNTS}


class OfferOut(Told):
    """What a coupon takes off a basket; nothing is held by this."""

    model_config = ConfigDict(json_schema_extra={"examples": [_OFFER]})

    coupon: CouponOut
    lines: list[LineOut]
    total_minor: Minor
    discount_minor: Minor
    to_pay_minor: Minor
    currency: Currency

    @classmethod
    def of(cls, offer: Offer) -> "OfferOut":
        """Return an offer as the API shows it."""
        return cls(coupon=CouponOut.of(offer.coupon), **_amounts(offer.basket))


class ReservationOut(OfferOut):
    """A coupon held for a basket until ``reserved_until``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "res_b1Zk3vT0c9XqLw2m",
                    "state": "held",
                    "reserved_until": "2026-11-23T07:00:00Z",
                    **_OFFER,
                }
            ]
        }
    )

    id: str
    state: ReservationState
    reserved_until: Moment

    @classmethod
    def made(cls, reservation: Reservation) -> "ReservationOut":
        """Return a reservation as the API shows it."""
        return cls(
            id=reservation.public_id,
            state=reservation.state,
            reserved_until=reservation.reserved_until,
            coupon=CouponOut.of(reservation.coupon),
            **_amounts(_basket(reservation)),
        )


class OfferAtDoor(Told):
    """A lower value offered at the door: what it is, and what the customer pays on top if they agree."""

    value_minor: Minor
    difference_minor: Minor
    agreed: bool
    paid: bool


class VisitOut(Told):
    """The courier's visit; ``offer`` only while a lower value stands."""

    scheduled_on: date
    state: VisitState
    offer: OfferAtDoor | None = None

    @classmethod
    def of(cls, visit: Visit) -> "VisitOut":
        """Return a visit as the API shows it."""
        offer = None
        if visit.state is VisitState.OFFERED and visit.offered_minor is not None:
            offer = OfferAtDoor(
                value_minor=visit.offered_minor,
                difference_minor=inspection.difference(visit),
                agreed=visit.agreed_at is not None,
                paid=visit.difference_payment_id is not None,
            )
        return cls(scheduled_on=visit.scheduled_on, state=visit.state, offer=offer)


class RefundOut(Told):
    """The money that goes back, and how far it has come."""

    id: str
    state: RefundState
    amount_minor: Minor
    currency: Currency
    payment_id: str

    @classmethod
    def of(cls, refund: Refund) -> "RefundOut":
        """Return a refund as the API shows it."""
        return cls(
            id=refund.public_id,
            state=refund.state,
            amount_minor=refund.amount_minor,
            currency=refund.currency,
            payment_id=refund.payment_id,
        )


class UsedCoupon(Told):
    """The coupon of an order."""

    ending: str
    state: CouponState


class OrderOut(Told):
    """An order, the courier's visit and, where money goes back, the refund."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "ord_Zr8nQ1xY4dHs6TgK",
                    "reference": "2026-004711",
                    "state": "placed",
                    "closed_reason": None,
                    "total_minor": 1_234_900,
                    "discount_minor": 200_000,
                    "paid_minor": 1_034_900,
                    "currency": "INR",
                    "placed_at": "2026-11-23T06:41:07Z",
                    "visit": {"scheduled_on": "2026-11-25", "state": "scheduled", "offer": None},
                    "refund": None,
                    "coupon": {"ending": "HT63", "state": "redeemed"},
                }
            ]
        }
    )

    id: str
    reference: str
    state: OrderState
    closed_reason: str | None
    total_minor: Minor
    discount_minor: Minor
    paid_minor: Minor
    currency: Currency
    placed_at: Moment
    visit: VisitOut | None
    refund: RefundOut | None
    coupon: UsedCoupon

    @classmethod
    def of(cls, order: Order, visit: Visit | None, refund: Refund | None) -> "OrderOut":
        """Return an order as the API shows it."""
        return cls(
            id=order.public_id,
            reference=order.reference,
            state=order.state,
            closed_reason=order.closed_reason,
            total_minor=order.total_minor,
            discount_minor=order.discount_minor,
            paid_minor=order.paid_minor,
            currency=order.currency,
            placed_at=order.placed_at,
            visit=None if visit is None else VisitOut.of(visit),
            refund=None if refund is None else RefundOut.of(refund),
            coupon=UsedCoupon(ending=order.coupon.code[-ENDING:], state=order.coupon.state),
        )


class LinkOut(Told):
    """An address that the shop shows to the signed-in customer: opened once in Telegram, it links chat and account."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://t.me/exchange_bot?start=l_4pYw0oQm7cVnJk2XbT5sRdEuHiLgZa1N",
                    "start": "l_4pYw0oQm7cVnJk2XbT5sRdEuHiLgZa1N",
                    "expires_at": "2026-11-24T06:30:00Z",
                }
            ]
        }
    )

    url: str | None = Field(description="None where the bot's name is not set up.")
    start: str = Field(description="The parameter of the bot's /start.")
    expires_at: Moment


class AccountCoupon(Told):
    """A coupon of an account, with its code: it is money, show it to its owner only."""

    code: str
    ending: str
    value_minor: Minor
    state: CouponState
    expires_at: Moment

    @classmethod
    def of(cls, coupon: Coupon) -> "AccountCoupon":
        """Return a coupon as its owner sees it."""
        return cls(
            code=coupon.printed,
            ending=coupon.code[-ENDING:],
            value_minor=coupon.value_minor,
            state=coupon.state,
            expires_at=coupon.expires_at,
        )


class AccountOut(Told):
    """The exchange credit of an account; one that nobody has linked has none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "account_id": "cust-20931",
                    "linked": True,
                    "balance_minor": 200_000,
                    "currency": "INR",
                    "coupons": [
                        {
                            "code": "7KQM-2XNP-94RD-HT63",
                            "ending": "HT63",
                            "value_minor": 200_000,
                            "state": "issued",
                            "expires_at": "2026-12-08T18:29:59.999999Z",
                        }
                    ],
                }
            ]
        }
    )

    account_id: str
    linked: bool
    balance_minor: int
    currency: Currency
    coupons: list[AccountCoupon]


class Health(Told):
    """The process answers."""

    status: Literal["ok"] = "ok"


def _basket(reservation: Reservation) -> Basket:
    lines = tuple(BasketLine(**{**line, "kind": ProductKind(line["kind"])}) for line in reservation.lines)
    return Basket(lines, reservation.currency)


def _amounts(basket: Basket) -> dict[str, Any]:
    return {
        "lines": [LineOut.of(line) for line in basket.lines],
        "total_minor": basket.total_minor,
        "discount_minor": basket.discount_minor,
        "to_pay_minor": basket.to_pay_minor,
        "currency": basket.currency,
    }
