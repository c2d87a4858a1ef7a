"""One-time tokens in links: who opens one is bound to what it was made for, once, and before it ends.

made ──redeem──► used                       staff, console: whoever has the link is meant
  └──open_for──► opened ──redeem_opened──► used       a customer is asked first
                    └──close──► used, and nothing came of it
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, String, or_, update
from sqlalchemy import select as query
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein import tokens
from tradein.database import Base, UtcDateTime
from tradein.events import state_column
from tradein.refusals import InvitationExpired, InvitationUsed, UnknownInvitation


class Purpose(StrEnum):
    """What an invitation opens: a Telegram account is bound to the first two, a browser signed in with the last."""

    ACCOUNT = "account"
    STAFF = "staff"
    CONSOLE = "console"


class Invitation(Base):
    """A token of which only the digest is kept; ``subject`` is the shop's account or the staff member's id.

    ``opened_by`` is the customer who was asked what to do with it: nobody else can use it from then on.
    """

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[Purpose] = mapped_column(state_column(Purpose))
    subject: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))


def make(
    session: Session, *, purpose: Purpose, subject: str, expires_at: datetime, now: datetime, token: str | None = None
) -> str:
    """Return a new token, or ``token`` as one; nobody can show it again."""
    token = token or tokens.new()
    session.add(
        Invitation(
            token_digest=tokens.digest(token), purpose=purpose, subject=subject, created_at=now, expires_at=expires_at
        )
    )
    session.flush()
    return token


def withdraw(session: Session, *, purpose: Purpose, subject: str, now: datetime) -> None:
    """Make the open tokens for a subject worthless: a link that was lost must open nothing once there is another."""
    session.execute(
        update(Invitation)
        .where(Invitation.purpose == purpose, Invitation.subject == subject, Invitation.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )


def redeem(session: Session, token: str, *, purpose: Purpose, now: datetime) -> str:
    """Use a token and return its subject; raises UnknownInvitation, InvitationUsed, InvitationExpired."""
    found = _by_token(session, token, purpose=purpose)
    _change(session, found, now=now, used_at=now)
    return found.subject


def open_for(session: Session, token: str, *, purpose: Purpose, customer_id: int, now: datetime) -> Invitation:
    """Keep the invitation for the customer who opened its link, and leave it unused.

    They may open it again. Raises UnknownInvitation, InvitationUsed, also where another opened it, InvitationExpired.
    """
    found = _by_token(session, token, purpose=purpose)
    mine = or_(Invitation.opened_by.is_(None), Invitation.opened_by == customer_id)
    _change(session, found, mine, now=now, opened_by=customer_id)
    return found


def redeem_opened(session: Session, invitation_id: int, *, purpose: Purpose, customer_id: int, now: datetime) -> str:
    """Use the invitation that this customer opened, and return its subject.

    Raises UnknownInvitation, also where another opened it, InvitationUsed, InvitationExpired.
    """
    found = session.get(Invitation, invitation_id)
    if found is None or (found.purpose, found.opened_by) != (purpose, customer_id):
        raise UnknownInvitation
    _change(session, found, now=now, used_at=now)
    return found.subject


def close(session: Session, invitation_id: int, *, customer_id: int, now: datetime) -> None:
    """Make the invitation worthless that this customer opened and wants nothing of; any other stays as it is."""
    session.execute(
        update(Invitation)
        .where(Invitation.id == invitation_id, Invitation.opened_by == customer_id, Invitation.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )


def _by_token(session: Session, token: str, *, purpose: Purpose) -> Invitation:
    found = session.scalar(
        query(Invitation).where(Invitation.token_digest == tokens.digest(token), Invitation.purpose == purpose)
    )
    if found is None:
        raise UnknownInvitation
    return found


def _change(
    session: Session, found: Invitation, *guards: ColumnElement[bool], now: datetime, **values: datetime | int
) -> None:
    if now > found.expires_at:
        raise InvitationExpired
    # Two who open the link at once: one of them is first.
    changed = session.scalars(
        update(Invitation)
        .where(Invitation.id == found.id, Invitation.used_at.is_(None), *guards)
        .values(**values)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    ).all()
    if len(changed) != 1:
        raise InvitationUsed
    session.refresh(found)
