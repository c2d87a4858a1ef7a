"""A coupon at the shop's checkout: what it would take off, and holding it while the customer pays.

    HELD ──order placed──► PLACED
     ├──the shop lets it go──► RELEASED
     └──its time is over──► LAPSED

Holding is one conditional UPDATE of the coupon, so of two hundred checkouts of one code exactly one has it. A
reservation made before the coupon's last moment may finish in its time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, bindparam, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tradein import accounts, baskets, coupons, links, reminders, tokens
from tradein.baskets import Basket, Line
from tradein.coupons import Coupon, CouponState
from tradein.customers import Customer
from tradein.database import Base, Json, UtcDateTime
from tradein.events import Moves, born, move, state_column, together
from tradein.links import Link
from tradein.policy import Policy
from tradein.prepared import Prepared, written
from tradein.refusals import (
    CouponClosed,
    CouponExpired,
    CouponNotUsable,
    CouponNotYetUsable,
    CouponOfAnotherAccount,
    CouponRefusal,
    CouponReserved,
    CouponUsed,
    MoveLost,
    ReservationOver,
    UnknownCoupon,
    UnknownReservation,
)


class ReservationState(StrEnum):
    """What became of a hold."""

    HELD = "held"
    PLACED = "placed"
    RELEASED = "released"
    LAPSED = "lapsed"


MOVES: Moves[ReservationState] = {
    ReservationState.HELD: frozenset({ReservationState.PLACED, ReservationState.RELEASED, ReservationState.LAPSED}),
    ReservationState.PLACED: frozenset(),
    ReservationState.RELEASED: frozenset(),
    ReservationState.LAPSED: frozenset(),
}

_HELD_SQL = text("state = 'held'")


class Reservation(Base):
    """A coupon held for one basket until ``reserved_until``; ``lines`` are priced, amounts in minor units."""

    __tablename__ = "reservation"
    __table_args__ = (
        Index(
            "uq_reservation_one_held_per_coupon",
            "coupon_id",
            unique=True,
            sqlite_where=_HELD_SQL,
            postgresql_where=_HELD_SQL,
        ),
        Index("ix_reservation_stale", "reserved_until", sqlite_where=_HELD_SQL, postgresql_where=_HELD_SQL),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupon.id"))
    state: Mapped[ReservationState] = mapped_column(state_column(ReservationState))
    lines: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    discount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    reserved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reserved_until: Mapped[datetime] = mapped_column(UtcDateTime)

    coupon: Mapped[Coupon] = relationship()

    @property
    def to_pay_minor(self) -> int:
        """What the customer still has to pay."""
        return self.total_minor - self.discount_minor

    @property
    def phone(self) -> str:
        """The new phone's name."""
        return next(str(line["name"]) for line in self.lines if line["kind"] == "smartphone")


# With the shop's account of who holds it: whether somebody else is buying is asked each time.
_BY_CODE = Prepared(
    select(Coupon, Link.account)
    .outerjoin(Link, Link.customer_id == Coupon.customer_id)
    .where(Coupon.code == bindparam("code"))
)
# The customer is read for the messages. A coupon that was read before its reservation could be held is out of date only
# where the reservation is over, and then nobody looks at it.
_FOR_CHANGE = Prepared(
    select(Reservation, Coupon, Customer)
    .join(Reservation.coupon)
    .join(Coupon.customer)
    .where(Reservation.public_id == bindparam("public_id"))
    .with_for_update(of=Reservation),
    holding=(Reservation.coupon, Coupon.customer),
)


@dataclass(frozen=True)
class Offer:
    """What a coupon would do for a basket."""

    coupon: Coupon
    basket: Basket


def lookup(
    session: Session, code: str, *, lines: Sequence[Line], account: str | None, may_know: bool, now: datetime
) -> Offer:
    """Say what the coupon takes off the basket; nothing is held.

    ``account`` is the shop's account of who is buying, None for a guest. Raises EmptyBasket, UnknownProduct,
    NoSmartphone, SeveralSmartphones, and for the code UnknownCoupon, CouponOfAnotherAccount, CouponExpired,
    CouponNotYetUsable, CouponReserved, CouponUsed, CouponClosed; all of these are one CouponNotUsable to who may not
    know better: whoever guesses codes learns nothing.
    """
    basket = baskets.assess(session, lines)
    coupon = _usable(session, code, account=account, may_know=may_know, now=now)
    return Offer(coupon, basket.discounted(coupon.value_minor))


@together
def reserve(
    session: Session,
    code: str,
    *,
    lines: Sequence[Line],
    account: str | None,
    may_know: bool,
    actor: str,
    policy: Policy,
    now: datetime,
) -> Reservation:
    """Hold the coupon for a basket for ``policy.reservation_minutes``; raises what :func:`lookup` raises."""
    offer = lookup(session, code, lines=lines, account=account, may_know=may_know, now=now)
    coupon, basket = offer.coupon, offer.basket
    try:
        move(
            session,
            coupon,
            CouponState.RESERVED,
            moves=coupons.MOVES,
            actor=actor,
            now=now,
            guards=coupons.USABLE,
        )
    except MoveLost:  # another checkout was faster: say what it made of the coupon
        session.refresh(coupon)
        owner = links.account_of(session, coupon.customer_id)
        raise _why(coupon, owner, account=account, may_know=may_know, now=now) or CouponNotUsable() from None
    reservation = written(
        session,
        Reservation,
        public_id=tokens.public_id("res"),
        coupon=coupon,
        state=ReservationState.HELD,
        lines=[
            {
                "sku": line.sku,
                "name": line.name,
                "kind": line.kind.value,
                "quantity": line.quantity,
                "unit_price_minor": line.unit_price_minor,
                "discount_minor": line.discount_minor,
            }
            for line in basket.lines
        ],
        total_minor=basket.total_minor,
        discount_minor=basket.discount_minor,
        currency=coupon.currency,
        reserved_at=now,
        reserved_until=now + timedelta(minutes=policy.reservation_minutes),
    )
    born(session, reservation, actor=actor, now=now)
    return reservation


def of(session: Session, public_id: str) -> Reservation:
    """Return a reservation, held for a change; raises UnknownReservation."""
    found = _FOR_CHANGE.scalar(session, public_id=public_id)
    if found is None:
        raise UnknownReservation
    return found


def release(session: Session, reservation: Reservation, *, actor: str, now: datetime) -> None:
    """Let a coupon go: it is usable again, or expired if its last moment has passed. A second time changes nothing.

    Raises ReservationOver when an order was placed with it.
    """
    if reservation.state is ReservationState.PLACED:
        raise ReservationOver(state=reservation.state.value)
    if reservation.state is ReservationState.HELD:
        _end(session, reservation, ReservationState.RELEASED, actor=actor, now=now)


def lapse(session: Session, *, now: datetime, limit: int = 100) -> int:
    """Let go of up to ``limit`` coupons whose reservation is over; return how many."""
    stale = session.scalars(
        select(Reservation)
        .where(_HELD_SQL, Reservation.reserved_until < now)
        .order_by(Reservation.reserved_until)
        .limit(limit)
        .with_for_update(of=Reservation, skip_locked=True)
    ).all()
    for reservation in stale:
        _end(session, reservation, ReservationState.LAPSED, actor="clock", now=now)
    return len(stale)


def use(session: Session, reservation: Reservation, *, actor: str, now: datetime) -> None:
    """Redeem the coupon for the order that is being placed; raises ReservationOver, MoveLost."""
    if reservation.state is not ReservationState.HELD or now > reservation.reserved_until:
        raise ReservationOver(state=_seen(reservation, now).value)
    move(session, reservation, ReservationState.PLACED, moves=MOVES, actor=actor, now=now)
    move(session, reservation.coupon, CouponState.REDEEMED, moves=coupons.MOVES, actor=actor, now=now)


def give_back(session: Session, coupon: Coupon, *, actor: str, now: datetime) -> None:
    """Make a held or used coupon usable again until its own last moment; after that it is expired, its credit gone."""
    if now <= coupon.expires_at:
        move(session, coupon, CouponState.ISSUED, moves=coupons.MOVES, actor=actor, now=now)
        return
    move(session, coupon, CouponState.EXPIRED, moves=coupons.MOVES, actor=actor, now=now)
    accounts.reverse(session, coupon_id=coupon.id, now=now)


def _seen(reservation: Reservation, now: datetime) -> ReservationState:
    late = reservation.state is ReservationState.HELD and now > reservation.reserved_until
    return ReservationState.LAPSED if late else reservation.state


def _end(session: Session, reservation: Reservation, to: ReservationState, *, actor: str, now: datetime) -> None:
    move(session, reservation, to, moves=MOVES, actor=actor, now=now)
    give_back(session, reservation.coupon, actor=actor, now=now)
    if reservation.coupon.state is CouponState.EXPIRED:  # it ran out in the cart, where the clock let it be
        reminders.plan_expired(session, reservation.coupon, now=now)


def _usable(session: Session, code: str, *, account: str | None, may_know: bool, now: datetime) -> Coupon:
    try:
        coupon, owner = _held_by(session, code)
    except UnknownCoupon:
        if may_know:
            raise
        raise CouponNotUsable from None
    _let_go_if_stale(session, coupon, now=now)
    refusal = _why(coupon, owner, account=account, may_know=may_know, now=now)
    if refusal is not None:
        raise refusal
    return coupon


def _held_by(session: Session, code: str) -> tuple[Coupon, str | None]:
    """Return the coupon with a code and the account of who holds it, if linked; raises UnknownCoupon."""
    found = _BY_CODE.row(session, code=coupons.unprinted(code))
    if found is None:
        raise UnknownCoupon
    return found


def _let_go_if_stale(session: Session, coupon: Coupon, *, now: datetime) -> None:
    """Do what the clock would have done, had it run: a reservation that is over holds nobody up."""
    if coupon.state is not CouponState.RESERVED:
        return
    held = session.scalar(
        select(Reservation)
        .where(Reservation.coupon_id == coupon.id, Reservation.state == ReservationState.HELD)
        .with_for_update(of=Reservation)
    )
    if held is None:
        session.refresh(coupon)  # another process let it go meanwhile
    elif now > held.reserved_until:
        _end(session, held, ReservationState.LAPSED, actor="clock", now=now)


def _why(
    coupon: Coupon, owner: str | None, *, account: str | None, may_know: bool, now: datetime
) -> CouponRefusal | None:
    """Return why the coupon of ``owner``'s can't be used now, as exactly as the asker may know; None if it can."""
    refusal: CouponRefusal | None = None
    if account is not None and owner is not None and owner != account:
        refusal = CouponOfAnotherAccount()
    elif coupon.state is CouponState.RESERVED:
        refusal = CouponReserved()
    elif coupon.state in (CouponState.REDEEMED, CouponState.SETTLED):
        refusal = CouponUsed()
    elif coupon.state is CouponState.EXPIRED or (coupon.state is CouponState.ISSUED and now > coupon.expires_at):
        refusal = CouponExpired(expires_at=coupon.expires_at)
    elif coupon.state is not CouponState.ISSUED:
        refusal = CouponClosed(state=coupon.state.value)
    elif now < coupon.usable_from:
        refusal = CouponNotYetUsable(usable_from=coupon.usable_from)
    knows = may_know or (account is not None and account == owner)
    return refusal if refusal is None or knows else CouponNotUsable()
