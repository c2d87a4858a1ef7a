"""One-time tokens in links: who opens one is bound to what it was made for, once, and before it ends."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, update
from sqlalchemy import select as query
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein import tokens
from tradein.database import Base, UtcDateTime
from tradein.events import state_column
from tradein.refusals import InvitationExpired, InvitationUsed, UnknownInvitation


class Purpose(StrEnum):
    """What an invitation binds a Telegram account to."""

    ACCOUNT = "account"
    STAFF = "staff"


class Invitation(Base):
    """A token of which only the digest is kept; ``subject`` is the shop's account or the staff member's id."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[Purpose] = mapped_column(state_column(Purpose))
    subject: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def make(session: Session, *, purpose: Purpose, subject: str, expires_at: datetime, now: datetime) -> str:
    """Return a new token; nobody can show it again."""
    token = tokens.new()
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
    found = session.scalar(
        query(Invitation).where(Invitation.token_digest == tokens.digest(token), Invitation.purpose == purpose)
    )
    if found is None:
        raise UnknownInvitation
    if now > found.expires_at:
        raise InvitationExpired
    # Two who open the link at once: one of them is first.
    used = session.scalars(
        update(Invitation)
        .where(Invitation.id == found.id, Invitation.used_at.is_(None))
        .values(used_at=now)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    ).all()
    if len(used) != 1:
        raise InvitationUsed
    return found.subject
