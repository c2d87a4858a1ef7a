"""A request for a person, from the wish to its end; what the support is measured by.

    OPEN ──helped, withdrawn, blocked, fallen silent──► CLOSED

Without a support group a ticket is all there is: an operator sees it (``tradein support tickets``) and closes it.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tradein.customers import Customer
from tradein.database import Base, UtcDateTime
from tradein.events import Moves, born, move, state_column
from tradein.refusals import RatingUnknown, UnknownTicket
from tradein.staff import Staff

RATINGS = range(1, 6)
LONGEST_COMMENT = 1000


class TicketState(StrEnum):
    """Whether somebody still has to look."""

    OPEN = "open"
    CLOSED = "closed"


MOVES: Moves[TicketState] = {TicketState.OPEN: frozenset({TicketState.CLOSED}), TicketState.CLOSED: frozenset()}


class Ending(StrEnum):
    """How a request ended."""

    HANDED_BACK = "handed_back"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    BLOCKED = "blocked"
    CUSTOMER_SILENT = "customer_silent"
    AGENT_SILENT = "agent_silent"
    OPERATOR = "operator"


class Ticket(Base):
    """A request for a person; a customer has at most one open. ``rating`` is 1 to 5, the customer's own."""

    __tablename__ = "ticket"
    __table_args__ = (
        Index(
            "uq_ticket_one_open_per_customer",
            "customer_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(None, "opened_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    state: Mapped[TicketState] = mapped_column(state_column(TicketState))
    reason: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    first_answer_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ending: Mapped[Ending | None] = mapped_column(state_column(Ending, checked=False))
    rating: Mapped[int | None]
    comment: Mapped[str | None] = mapped_column(Text)

    customer: Mapped[Customer] = relationship()
    agent: Mapped[Staff | None] = relationship()


def request_person(session: Session, customer: Customer, *, reason: str, now: datetime) -> Ticket:
    """Open a ticket for the customer, or return the one that is open already."""
    ticket = open_of(session, customer)
    if ticket is None:
        ticket = Ticket(customer_id=customer.id, state=TicketState.OPEN, reason=reason[:200], opened_at=now)
        session.add(ticket)
        born(session, ticket, actor=f"customer:{customer.id}", now=now)
    return ticket


def open_of(session: Session, customer: Customer) -> Ticket | None:
    """Return the customer's open ticket, None if there is none."""
    return session.scalar(select(Ticket).where(Ticket.customer_id == customer.id, Ticket.state == TicketState.OPEN))


def listed(session: Session, *, state: TicketState | None = TicketState.OPEN) -> Sequence[Ticket]:
    """Return the tickets, oldest first; ``state=None`` means all."""
    query = select(Ticket).order_by(Ticket.opened_at, Ticket.id)
    return session.scalars(query if state is None else query.where(Ticket.state == state)).all()


def by_id(session: Session, ticket_id: int) -> Ticket:
    """Return a ticket; raises UnknownTicket."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise UnknownTicket(id=ticket_id)
    return ticket


def taken(session: Session, ticket: Ticket, member: Staff, *, now: datetime) -> None:
    """Note who helps; the first one counts for the waiting time."""
    if ticket.taken_at is None:
        ticket.taken_at = now
    ticket.taken_by = member.id
    session.flush()


def answered(session: Session, ticket: Ticket, *, now: datetime) -> None:
    """Note the first answer of a person."""
    if ticket.first_answer_at is None:
        ticket.first_answer_at = now
        session.flush()


def close(session: Session, ticket: Ticket, *, actor: str, now: datetime, ending: Ending = Ending.OPERATOR) -> None:
    """Close a ticket; raises MoveNotAllowed if it is closed."""
    changes = {"closed_at": now, "ending": ending}
    move(session, ticket, TicketState.CLOSED, moves=MOVES, actor=actor, now=now, changes=changes, ending=ending.value)


def rate(session: Session, customer: Customer, *, ticket_id: int, rating: int) -> Ticket:
    """Take the customer's rating of a help that is over; a later tap corrects it.

    Raises UnknownTicket for somebody else's, RatingUnknown.
    """
    ticket = by_id(session, ticket_id)
    if ticket.customer_id != customer.id or ticket.state is not TicketState.CLOSED:
        raise UnknownTicket(id=ticket_id)
    if rating not in RATINGS:
        raise RatingUnknown(rating=rating)
    ticket.rating = rating
    session.flush()
    return ticket


def comment(session: Session, customer: Customer, words: str) -> None:
    """Keep what the customer wrote about the help they rated last; beyond a thousand characters it is cut."""
    last = select(Ticket).where(Ticket.customer_id == customer.id, Ticket.rating.is_not(None))
    ticket = session.scalar(last.order_by(Ticket.closed_at.desc(), Ticket.id.desc()).limit(1))
    if ticket is not None:
        ticket.comment = words[:LONGEST_COMMENT]
        session.flush()
