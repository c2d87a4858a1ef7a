"""A coupon: the value of one old phone, to be spent once, on one new smartphone, before its last moment.

    ISSUED ──reserve──► RESERVED ──place the order──► REDEEMED ──accepted at the door──► SETTLED
      │  ▲                 │                            │  └──refused at the door──► VOID
      │  └─── release ─────┘                            └──order cancelled──► ISSUED, or EXPIRED if it is late
      ├──last moment──► EXPIRED
      └──withdrawn──► CANCELLED

A phone has at most one live coupon, and one that was settled stays taken for ever: a partial unique index says so, not
a check. Issuing happens in :mod:`tradein.issuing`.
"""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, bindparam, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship
from stdnum import luhn

from tradein import accounts
from tradein.customers import Customer
from tradein.database import Base, UtcDateTime
from tradein.events import NOW, Moves, move, state_column
from tradein.imei import Device
from tradein.prepared import Prepared
from tradein.quotes import Quote
from tradein.refusals import (
    CouponClosed,
    CouponExpired,
    CouponReserved,
    CouponUsed,
    ImeiInExchange,
    ImeiSettled,
    MoveNotAllowed,
    UnknownCoupon,
)

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Thirty-two characters, five bits each, none that is read as another (no 0, O, 1, I)."""
RANDOM_CHARACTERS = 15
_UNWRITTEN = re.compile(r"[\W_]+")
GROUP = 4


class CouponState(StrEnum):
    """Where a coupon stands."""

    ISSUED = "issued"
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    SETTLED = "settled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    VOID = "void"


MOVES: Moves[CouponState] = {
    CouponState.ISSUED: frozenset({CouponState.RESERVED, CouponState.EXPIRED, CouponState.CANCELLED}),
    CouponState.RESERVED: frozenset({CouponState.ISSUED, CouponState.REDEEMED, CouponState.EXPIRED}),
    CouponState.REDEEMED: frozenset({CouponState.SETTLED, CouponState.VOID, CouponState.ISSUED, CouponState.EXPIRED}),
    CouponState.SETTLED: frozenset(),
    CouponState.EXPIRED: frozenset(),
    CouponState.CANCELLED: frozenset(),
    CouponState.VOID: frozenset(),
}

LIVE = (CouponState.ISSUED, CouponState.RESERVED)
"""The states in which a coupon can still be used, until it runs out."""
TAKEN = (CouponState.ISSUED, CouponState.RESERVED, CouponState.REDEEMED, CouponState.SETTLED)
"""The states in which a coupon keeps its phone from being exchanged again."""
_ISSUED_SQL = text("state = 'issued'")
_TAKEN_SQL = text("state IN ('issued', 'reserved', 'redeemed', 'settled')")


class Coupon(Base):
    """A promise in minor units of ``currency``, usable from ``usable_from`` through ``expires_at`` (UTC).

    ``extended_at``: when a supervisor gave it more days (:mod:`tradein.remedies`).
    """

    __tablename__ = "coupon"
    __table_args__ = (
        Index(
            "uq_coupon_one_live_per_device",
            "device_id",
            unique=True,
            sqlite_where=_TAKEN_SQL,
            postgresql_where=_TAKEN_SQL,
        ),
        Index("ix_coupon_due", "expires_at", sqlite_where=_ISSUED_SQL, postgresql_where=_ISSUED_SQL),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    exchange_id: Mapped[int] = mapped_column(ForeignKey("exchange.id"), unique=True)
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"), unique=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"))
    state: Mapped[CouponState] = mapped_column(state_column(CouponState))
    value_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    usable_from: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    extended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    customer: Mapped[Customer] = relationship()
    quote: Mapped[Quote] = relationship()
    device: Mapped[Device] = relationship()

    @property
    def printed(self) -> str:
        """The code as people read it: groups of four."""
        return "-".join(self.code[start : start + GROUP] for start in range(0, len(self.code), GROUP))


USABLE = (Coupon.usable_from <= NOW, Coupon.expires_at >= NOW)
"""Guards of a move that only a coupon in its time may make."""
_BY_CODE = Prepared(select(Coupon).where(Coupon.code == bindparam("code")))
_OVER = (Coupon.expires_at < NOW,)


def new_code() -> str:
    """Return a code of 75 random bits and a check character (Luhn modulo 32), unprinted: without dashes."""
    payload = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    return payload + luhn.calc_check_digit(payload, alphabet=ALPHABET)


def unprinted(written: str) -> str:
    """Return a code as it is stored, to be looked for: case, spaces and dashes don't matter."""
    return _UNWRITTEN.sub("", written.upper())


def read_code(written: str) -> str:
    """Return the code in what a person typed; raises UnknownCoupon where the check character forbids it."""
    code = unprinted(written)
    right = len(code) == RANDOM_CHARACTERS + 1 and set(code) <= set(ALPHABET)
    if not right or luhn.checksum(code, alphabet=ALPHABET) != 0:
        raise UnknownCoupon
    return code


def by_code(session: Session, written: str) -> Coupon:
    """Return the coupon with this code; raises UnknownCoupon."""
    coupon = _BY_CODE.scalar(session, code=read_code(written))
    if coupon is None:
        raise UnknownCoupon
    return coupon


def own(session: Session, customer: Customer, coupon_id: int) -> Coupon:
    """Return a customer's own coupon, held for a change; raises UnknownCoupon."""
    coupon = session.scalar(select(Coupon).where(Coupon.id == coupon_id).with_for_update(of=Coupon))
    if coupon is None or coupon.customer_id != customer.id:
        raise UnknownCoupon
    return coupon


def check_unused(coupon: Coupon, *, now: datetime) -> None:
    """Raise CouponReserved, CouponUsed, CouponExpired or CouponClosed unless it waits to be used."""
    if coupon.state is CouponState.RESERVED:
        raise CouponReserved
    if coupon.state in (CouponState.REDEEMED, CouponState.SETTLED):
        raise CouponUsed
    if coupon.state is CouponState.EXPIRED or (coupon.state is CouponState.ISSUED and now > coupon.expires_at):
        raise CouponExpired(expires_at=coupon.expires_at)
    if coupon.state is not CouponState.ISSUED:
        raise CouponClosed(state=coupon.state.value)


def of_exchange(session: Session, exchange_id: int) -> Coupon | None:
    """Return the coupon issued for an exchange, None if there is none yet."""
    return session.scalar(select(Coupon).where(Coupon.exchange_id == exchange_id))


def check_free(session: Session, device: Device, *, customer_id: int, now: datetime) -> Coupon | None:
    """Raise ImeiSettled or ImeiInExchange if a coupon holds this phone; one past its last moment is let go first.

    Return the one that was let go, whose owner has to be told. The early, kind answer; what decides is the unique index
    at the moment of issue.
    """
    holder = session.scalar(select(Coupon).where(Coupon.device_id == device.id, Coupon.state.in_(TAKEN)))
    if holder is None:
        return None
    if holder.state is CouponState.ISSUED and now > holder.expires_at:
        expire(session, holder, now=now)
        return holder
    if holder.state is CouponState.SETTLED:
        raise ImeiSettled(masked=device.masked)
    raise ImeiInExchange(masked=device.masked, own=holder.customer_id == customer_id)


def expire(session: Session, coupon: Coupon, *, now: datetime) -> None:
    """Close an unused coupon whose last moment has passed: its credit goes back, its phone is free.

    Raises MoveLost, and MoveNotAllowed for one that a checkout holds: that one may finish in its time.
    """
    if coupon.state is not CouponState.ISSUED:
        raise MoveNotAllowed(subject=Coupon.__tablename__, state=coupon.state.value, to=CouponState.EXPIRED.value)
    move(session, coupon, CouponState.EXPIRED, moves=MOVES, actor="clock", now=now, guards=_OVER)
    accounts.reverse(session, coupon_id=coupon.id, now=now)


def expire_due(session: Session, *, now: datetime, limit: int = 100) -> Sequence[Coupon]:
    """Close up to ``limit`` unused coupons whose last moment has passed; return them."""
    due = session.scalars(
        select(Coupon)
        .where(_ISSUED_SQL, Coupon.expires_at < now)
        .order_by(Coupon.expires_at)
        .limit(limit)
        .with_for_update(of=Coupon, skip_locked=True)
    ).all()
    for coupon in due:
        expire(session, coupon, now=now)
    return due
