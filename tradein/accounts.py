"""The customer's account with the shop: an append-only ledger of exchange credits.

Mission, line 4: the value is credited in the same moment as the coupon is issued. Nothing is ever changed or deleted
here (a trigger forbids it); what must be undone is undone by a row with the opposite sign.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein.customers import Customer
from tradein.database import Base, UtcDateTime
from tradein.events import state_column


class EntryKind(StrEnum):
    """Why an amount was booked."""

    CREDIT = "credit"
    REVERSAL = "reversal"
    SPENT = "spent"


class AccountEntry(Base):
    """One booking in minor units: positive credits the customer; a coupon has at most one entry of each kind."""

    __tablename__ = "account_entry"
    __table_args__ = (UniqueConstraint("coupon_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupon.id"))
    kind: Mapped[EntryKind] = mapped_column(state_column(EntryKind))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    booked_at: Mapped[datetime] = mapped_column(UtcDateTime)


def credit(
    session: Session, customer: Customer, *, coupon_id: int, amount_minor: int, currency: str, now: datetime
) -> AccountEntry:
    """Credit a coupon's value (minor units); the constraint forbids doing so twice."""
    entry = AccountEntry(
        customer_id=customer.id,
        coupon_id=coupon_id,
        kind=EntryKind.CREDIT,
        amount_minor=amount_minor,
        currency=currency,
        booked_at=now,
    )
    session.add(entry)
    session.flush()
    return entry


def reverse(session: Session, *, coupon_id: int, now: datetime) -> AccountEntry:
    """Take a coupon's credit back with a row of the opposite sign; the constraint forbids doing so twice."""
    return _out(session, EntryKind.REVERSAL, coupon_id=coupon_id, now=now)


def spend(session: Session, *, coupon_id: int, now: datetime) -> AccountEntry:
    """Book a coupon's credit as spent, its phone having been handed over; the constraint forbids doing so twice.

    All of it: what the value is beyond the new phone's price is not paid out (mission, line 6).
    """
    return _out(session, EntryKind.SPENT, coupon_id=coupon_id, now=now)


def _out(session: Session, kind: EntryKind, *, coupon_id: int, now: datetime) -> AccountEntry:
    booked = session.scalars(
        select(AccountEntry).where(AccountEntry.coupon_id == coupon_id, AccountEntry.kind == EntryKind.CREDIT)
    ).one()
    entry = AccountEntry(
        customer_id=booked.customer_id,
        coupon_id=coupon_id,
        kind=kind,
        amount_minor=-booked.amount_minor,
        currency=booked.currency,
        booked_at=now,
    )
    session.add(entry)
    session.flush()
    return entry


def balance(session: Session, customer: Customer, *, currency: str) -> int:
    """Return the customer's balance in minor units of ``currency``."""
    return session.scalar(
        select(func.coalesce(func.sum(AccountEntry.amount_minor), 0)).where(
            AccountEntry.customer_id == customer.id, AccountEntry.currency == currency
        )
    )  # type: ignore[return-value]  # coalesce: never None
