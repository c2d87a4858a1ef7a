"""Customers who want a person: until support sits in Telegram, a ticket that an operator sees.

OPEN ──operator──► CLOSED
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tradein.customers import Customer
from tradein.database import Base, UtcDateTime
from tradein.events import Moves, born, move, state_column


class TicketState(StrEnum):
    """Whether somebody still has to look."""

    OPEN = "open"
    CLOSED = "closed"


MOVES: Moves[TicketState] = {TicketState.OPEN: frozenset({TicketState.CLOSED}), TicketState.CLOSED: frozenset()}


class Ticket(Base):
    """A request for a person; a customer has at most one open."""

    __tablename__ = "ticket"
    __table_args__ = (
        Index(
            "uq_ticket_one_open_per_customer",
            "customer_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    state: Mapped[TicketState] = mapped_column(state_column(TicketState))
    reason: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)

    customer: Mapped[Customer] = relationship()


def request_person(session: Session, customer: Customer, *, reason: str, now: datetime) -> Ticket:
    """Open a ticket for the customer, or return the one that is open already."""
    ticket = session.scalar(select(Ticket).where(Ticket.customer_id == customer.id, Ticket.state == TicketState.OPEN))
    if ticket is None:
        ticket = Ticket(customer_id=customer.id, state=TicketState.OPEN, reason=reason[:200], opened_at=now)
        session.add(ticket)
        born(session, ticket, actor=f"customer:{customer.id}", now=now)
    return ticket


def tickets(session: Session, *, state: TicketState | None = TicketState.OPEN) -> Sequence[Ticket]:
    """Return the tickets, oldest first; ``state=None`` means all."""
    query = select(Ticket).order_by(Ticket.opened_at, Ticket.id)
    return session.scalars(query if state is None else query.where(Ticket.state == state)).all()


def close(session: Session, ticket: Ticket, *, actor: str, now: datetime) -> None:
    """Close a ticket; raises MoveNotAllowed if it is closed."""
    move(session, ticket, TicketState.CLOSED, moves=MOVES, actor=actor, now=now)
