"""How an operator gets into the console: a link that works once, and the sign-in of one browser that comes of it.

    OPEN ──signed out──► ENDED        an open one that is idle too long, or a working day old, opens nothing either

Of the link and of the browser's cookie only digests are kept (:mod:`tradein.invitations`, :mod:`tradein.tokens`).
A sign-in proves who somebody is; what they may do is looked up anew at every request, so a role that was taken away
opens nothing from that moment on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tradein import invitations, tokens
from tradein.database import Base, UtcDateTime
from tradein.events import Moves, born, move, state_column
from tradein.invitations import Purpose
from tradein.refusals import NotStaff, UnknownStaff
from tradein.staff import Role, Staff

LINK_LIFE = timedelta(minutes=10)
"""How long a link may wait to be opened: it is made and opened at one desk."""
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
LONGEST_NUMBER = 10
SEEN_EVERY = timedelta(minutes=1)
"""A sign-in is written to at most so often: reading pages shall not keep the database busy."""


class SignInState(StrEnum):
    """Whether the cookie opens anything."""

    OPEN = "open"
    ENDED = "ended"


MOVES: Moves[SignInState] = {SignInState.OPEN: frozenset({SignInState.ENDED}), SignInState.ENDED: frozenset()}


class SignIn(Base):
    """One browser of one operator; ``seen_at`` is its last request, give or take :data:`SEEN_EVERY`."""

    __tablename__ = "console_signin"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_digest: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    state: Mapped[SignInState] = mapped_column(state_column(SignInState))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)

    member: Mapped[Staff] = relationship()


@dataclass(frozen=True)
class Opened:
    """A new sign-in: its row, and the secret of its cookie, which nobody can show again."""

    signin: SignIn
    secret: str


def named(session: Session, name: str) -> Staff:
    """Return the one member of this name, or with this number; raises UnknownStaff where none or several are meant."""
    known = select(Staff).where(Staff.removed_at.is_(None))
    if name.isdecimal() and len(name) < LONGEST_NUMBER:
        found = session.scalars(known.where(Staff.id == int(name))).all()
    else:
        found = session.scalars(known.where(Staff.name == name)).all()
    if len(found) != 1:
        raise UnknownStaff(name=name, found=len(found))
    return found[0]


def link(session: Session, member: Staff, *, now: datetime) -> str:
    """Return the token of a new link, good for ten minutes; the member's earlier ones end. Raises NotStaff."""
    _check(member)
    subject = str(member.id)
    invitations.withdraw(session, purpose=Purpose.CONSOLE, subject=subject, now=now)
    return invitations.make(session, purpose=Purpose.CONSOLE, subject=subject, expires_at=now + LINK_LIFE, now=now)


def spares(session: Session, member: Staff, *, count: int, now: datetime) -> list[str]:
    """Return the tokens of so many links at once, each good once within a working day; earlier ones end.

    For the demo, whose page opens the console for whoever sits at it. Raises NotStaff.
    """
    _check(member)
    subject, until = str(member.id), now + LONGEST
    invitations.withdraw(session, purpose=Purpose.CONSOLE, subject=subject, now=now)
    return [
        invitations.make(session, purpose=Purpose.CONSOLE, subject=subject, expires_at=until, now=now)
        for _ in range(count)
    ]


def enter(session: Session, token: str, *, now: datetime) -> Opened:
    """Open a link: raises UnknownInvitation, InvitationUsed, InvitationExpired, NotStaff."""
    member = session.get(Staff, int(invitations.redeem(session, token, purpose=Purpose.CONSOLE, now=now)))
    _check(member)
    assert member is not None  # noqa: S101 - what _check means
    secret = tokens.new()
    signin = SignIn(
        secret_digest=tokens.digest(secret), staff_id=member.id, state=SignInState.OPEN, opened_at=now, seen_at=now
    )
    session.add(signin)
    born(session, signin, actor=member.actor, now=now)
    return Opened(signin, secret)


def acting(session: Session, secret: str, *, now: datetime) -> SignIn:
    """Return the sign-in of a cookie, whose member is an operator at this moment.

    Raises NotStaff, also where the sign-in is over or there never was one: nobody who may is behind the cookie.

    They stay one until the transaction ends, as :func:`tradein.staff.acting` has it.
    """
    signin = session.scalar(select(SignIn).where(SignIn.secret_digest == tokens.digest(secret)))
    if signin is None or signin.state is SignInState.ENDED:
        raise NotStaff(role=Role.OPERATOR.value)
    if now - signin.seen_at > IDLE or now - signin.opened_at > LONGEST:
        raise NotStaff(role=Role.OPERATOR.value)
    session.refresh(signin.member, with_for_update={"read": True, "of": Staff})
    _check(signin.member)
    return signin


def wants_noting(signin: SignIn, *, now: datetime) -> bool:
    """Say whether this request is to be written down, for the idle limit."""
    return now - signin.seen_at >= SEEN_EVERY


def seen(session: Session, secret: str, *, now: datetime) -> None:
    """Write down that a browser is in use; raises as :func:`acting`."""
    acting(session, secret, now=now).seen_at = now
    session.flush()


def leave(session: Session, secret: str, *, now: datetime) -> None:
    """Sign a browser out; one that is out already stays so."""
    signin = session.scalar(select(SignIn).where(SignIn.secret_digest == tokens.digest(secret)))
    if signin is not None and signin.state is SignInState.OPEN:
        move(session, signin, SignInState.ENDED, moves=MOVES, actor=signin.member.actor, now=now)


def forget(session: Session, *, before: datetime) -> int:
    """Delete sign-ins that nobody has used since ``before``; return how many. Their events stay."""
    old = delete(SignIn).where(SignIn.seen_at < before).returning(SignIn.id)
    return len(session.scalars(old.execution_options(synchronize_session=False)).all())


def _check(member: Staff | None) -> None:
    if member is None or Role.OPERATOR not in member.roles:
        raise NotStaff(role=Role.OPERATOR.value)
