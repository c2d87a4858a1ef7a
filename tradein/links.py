"""Which account of the shop a customer has: the credit then appears there (mission, line 4).

link opened ──ask──► the customer's yes ──accept──► linked ──unlink──► not linked
                        └──no──decline──► as before
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tradein import invitations
from tradein.customers import Customer
from tradein.database import Base, UtcDateTime
from tradein.invitations import Purpose
from tradein.prepared import Prepared
from tradein.refusals import AccountLinkedElsewhere, AccountNotLinked, UnknownAccount

INVITATION_LIFE = timedelta(hours=24)


class Link(Base):
    """One customer is one account of the shop; ``account`` is the shop's own name for it."""

    __tablename__ = "link"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    account: Mapped[str] = mapped_column(String(128), unique=True)
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)

    customer: Mapped[Customer] = relationship()


_ACCOUNT = Prepared(select(Link.account).where(Link.customer_id == bindparam("customer_id")))


@dataclass(frozen=True, slots=True)
class Asked:
    """The question to a customer: ``account`` in place of ``linked``, the account they have now, if any."""

    invitation_id: int
    account: str
    linked: str | None


def invite(session: Session, *, account: str, now: datetime, token: str | None = None) -> tuple[str, datetime]:
    """Return a one-time token for an account of the shop, a new one unless given, and its last moment (UTC): a day."""
    expires_at = now + INVITATION_LIFE
    made = invitations.make(
        session, purpose=Purpose.ACCOUNT, subject=account, expires_at=expires_at, now=now, token=token
    )
    return made, expires_at


def ask(session: Session, customer: Customer, token: str, *, now: datetime) -> Asked:
    """Return what to ask a customer who opened a link: nothing is linked before :func:`accept`.

    Whoever has an account at the shop can have a link made for it and send it to somebody else; only the one who opens
    it can know whether the account is theirs. Raises UnknownInvitation, InvitationUsed, InvitationExpired,
    AccountLinkedElsewhere.
    """
    invitation = invitations.open_for(session, token, purpose=Purpose.ACCOUNT, customer_id=customer.id, now=now)
    _holder(session, customer, invitation.subject)
    return Asked(invitation.id, invitation.subject, account_of(session, customer.id))


def accept(session: Session, customer: Customer, invitation_id: int, *, now: datetime) -> Link:
    """Link the customer to the account that they were asked about; who had another has this one now.

    Raises UnknownInvitation, InvitationUsed, InvitationExpired, AccountLinkedElsewhere.
    """
    account = invitations.redeem_opened(
        session, invitation_id, purpose=Purpose.ACCOUNT, customer_id=customer.id, now=now
    )
    holder = _holder(session, customer, account)
    if holder is not None:
        return holder
    link = session.get(Link, customer.id)
    if link is None:
        link = Link(customer_id=customer.id)
        session.add(link)
    link.account, link.linked_at = account, now
    session.flush()
    return link


def decline(session: Session, customer: Customer, invitation_id: int, *, now: datetime) -> None:
    """Leave things as they are: the link that the customer opened can't be used any more."""
    invitations.close(session, invitation_id, customer_id=customer.id, now=now)


def unlink(session: Session, customer: Customer) -> str:
    """Separate the customer from their account, and return which one it was; raises AccountNotLinked."""
    link = session.get(Link, customer.id)
    if link is None:
        raise AccountNotLinked
    session.delete(link)
    session.flush()
    return link.account


def account_of(session: Session, customer_id: int) -> str | None:
    """Return the shop's account of a customer, None if they have linked none."""
    return _ACCOUNT.scalar(session, customer_id=customer_id)


def customer_of(session: Session, account: str) -> Customer:
    """Return the customer of an account of the shop; raises UnknownAccount."""
    link = session.scalar(select(Link).where(Link.account == account))
    if link is None:
        raise UnknownAccount
    return link.customer


def _holder(session: Session, customer: Customer, account: str) -> Link | None:
    """Return the customer's link with this account, None if nobody has it; raises AccountLinkedElsewhere."""
    holder = session.scalar(select(Link).where(Link.account == account))
    if holder is not None and holder.customer_id != customer.id:
        raise AccountLinkedElsewhere
    return holder
