"""Which account of the shop a customer has: the credit then appears there (mission, line 4)."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tradein import invitations
from tradein.customers import Customer
from tradein.database import Base, UtcDateTime
from tradein.invitations import Purpose
from tradein.refusals import AccountLinkedElsewhere, UnknownAccount

INVITATION_LIFE = timedelta(hours=24)


class Link(Base):
    """One customer is one account of the shop; ``account`` is the shop's own name for it."""

    __tablename__ = "link"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    account: Mapped[str] = mapped_column(String(128), unique=True)
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)

    customer: Mapped[Customer] = relationship()


def invite(session: Session, *, account: str, now: datetime) -> tuple[str, datetime]:
    """Return a one-time token for an account of the shop, and its last moment (UTC): a day."""
    expires_at = now + INVITATION_LIFE
    return invitations.make(
        session, purpose=Purpose.ACCOUNT, subject=account, expires_at=expires_at, now=now
    ), expires_at


def accept(session: Session, customer: Customer, token: str, *, now: datetime) -> Link:
    """Link the customer to the account that the token was made for; a customer who had another has this one now.

    Raises UnknownInvitation, InvitationUsed, InvitationExpired, AccountLinkedElsewhere.
    """
    account = invitations.redeem(session, token, purpose=Purpose.ACCOUNT, now=now)
    holder = session.scalar(select(Link).where(Link.account == account))
    if holder is not None:
        if holder.customer_id != customer.id:
            raise AccountLinkedElsewhere
        return holder
    link = session.get(Link, customer.id)
    if link is None:
        link = Link(customer_id=customer.id)
        session.add(link)
    link.account, link.linked_at = account, now
    session.flush()
    return link


def account_of(session: Session, customer_id: int) -> str | None:
    """Return the shop's account of a customer, None if they have linked none."""
    return session.scalar(select(Link.account).where(Link.customer_id == customer_id))


def customer_of(session: Session, account: str) -> Customer:
    """Return the customer of an account of the shop; raises UnknownAccount."""
    link = session.scalar(select(Link).where(Link.account == account))
    if link is None:
        raise UnknownAccount
    return link.customer
