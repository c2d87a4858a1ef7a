"""People who work for the programme, and what each may do: looked up in the database at every action."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tradein import customers, events, invitations, outbox
from tradein.customers import Customer
from tradein.database import Base, UtcDateTime
from tradein.events import COMMAND_LINE, state_column
from tradein.invitations import Purpose
from tradein.refusals import AlreadyStaff, NotStaff, UnknownInvitation, UnknownStaff

INVITATION_LIFE = timedelta(days=7)
MENU = "menu"
"""The kind of the outbox's messages that give a chat the commands of its roles; their body is ``{"courier"}``."""


class Role(StrEnum):
    """What somebody may do."""

    COURIER = "courier"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"


class Staff(Base):
    """A member of staff; ``telegram_user_id`` and ``chat_id`` are known once they have opened their invitation."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    alias: Mapped[str | None] = mapped_column(String(64))
    telegram_user_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    grants: Mapped[list["Grant"]] = relationship(order_by="Grant.role")

    @property
    def actor(self) -> str:
        """The person, as the event log names them."""
        return f"staff:{self.id}"

    @property
    def public_name(self) -> str:
        """The name under which customers know them: their alias, else their first name."""
        return self.alias or self.name.split()[0]

    @property
    def roles(self) -> frozenset[Role]:
        """What they may do now."""
        return frozenset() if self.removed_at else frozenset(grant.role for grant in self.grants)


class Grant(Base):
    """One role of one person."""

    __tablename__ = "staff_role"
    __table_args__ = (UniqueConstraint("staff_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    role: Mapped[Role] = mapped_column(state_column(Role))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)


def add(
    session: Session, *, name: str, role: Role, now: datetime, alias: str | None = None, actor: str = COMMAND_LINE
) -> tuple[Staff, str]:
    """Take somebody on; return their row and the one-time token of their invitation, good for seven days."""
    known_as = alias[:64] if alias else None
    member = Staff(name=name[:64], alias=known_as, telegram_user_id=None, chat_id=None, created_at=now, removed_at=None)
    session.add(member)
    session.flush()
    events.done(session, member, "added", actor=actor, now=now)
    grant(session, member, role=role, now=now, actor=actor)
    return member, invite(session, member, now=now, actor=actor)


def invite(session: Session, member: Staff, *, now: datetime, actor: str = COMMAND_LINE) -> str:
    """Return another token for a member: the first was lost, or they have a new Telegram account.

    The earlier ones end with it: whoever finds a lost link must not become the member.
    """
    invitations.withdraw(session, purpose=Purpose.STAFF, subject=str(member.id), now=now)
    events.done(session, member, "invited", actor=actor, now=now)
    return invitations.make(
        session, purpose=Purpose.STAFF, subject=str(member.id), expires_at=now + INVITATION_LIFE, now=now
    )


def grant(session: Session, member: Staff, *, role: Role, now: datetime, actor: str = COMMAND_LINE) -> None:
    """Give a member a role; one they have stays as it is."""
    if role not in {grant.role for grant in member.grants}:
        member.grants.append(Grant(role=role, granted_at=now))
        session.flush()
        events.done(session, member, "granted", actor=actor, now=now, role=role.value)
        _show_menu(session, member, now=now)


def accept(session: Session, token: str, *, telegram_user_id: int, chat_id: int, now: datetime) -> Staff:
    """Bind a Telegram account to the member the token was made for.

    Raises UnknownInvitation, InvitationUsed, InvitationExpired, AlreadyStaff when the account is another member's.
    """
    member = session.get(Staff, int(invitations.redeem(session, token, purpose=Purpose.STAFF, now=now)))
    if member is None or member.removed_at:
        raise UnknownInvitation
    other = session.scalar(select(Staff).where(Staff.telegram_user_id == telegram_user_id))
    if other is not None and other.id != member.id:
        raise AlreadyStaff(name=other.name)
    if member.chat_id not in (None, chat_id):
        _show_menu(session, member, now=now, gone=True)  # they have a new Telegram account
    member.telegram_user_id, member.chat_id = telegram_user_id, chat_id
    session.flush()
    _show_menu(session, member, now=now)
    return member


def acting(session: Session, *, telegram_user_id: int, role: Role) -> Staff:
    """Return the member behind a Telegram account who has ``role`` at this moment; raises NotStaff.

    They stay one until the transaction ends: who removes them meanwhile waits, and sees what they did.
    """
    found = select(Staff).where(Staff.telegram_user_id == telegram_user_id)
    member = session.scalar(found.with_for_update(read=True, of=Staff))
    if member is None or role not in member.roles:
        raise NotStaff(role=role.value)
    return member


def roles(session: Session, telegram_user_id: int) -> frozenset[Role]:
    """Return what the person behind a Telegram account may do; nothing for a customer."""
    member = session.scalar(select(Staff).where(Staff.telegram_user_id == telegram_user_id))
    return member.roles if member else frozenset()


def by_id(session: Session, staff_id: int) -> Staff:
    """Return a member who was not removed; raises UnknownStaff."""
    member = session.get(Staff, staff_id)
    if member is None or member.removed_at:
        raise UnknownStaff(id=staff_id)
    return member


def hold(session: Session, member: Staff) -> None:
    """Hold a member's row for a change: what they are doing at this moment ends first."""
    session.refresh(member, with_for_update={"of": Staff})


def remove(session: Session, member: Staff, *, now: datetime, actor: str = COMMAND_LINE) -> None:
    """End all roles of a member at once; their Telegram account is a customer's again. The row stays for the log.

    What opens something for them is worthless from then on: their invitation, a link to the console.
    """
    for purpose in (Purpose.STAFF, Purpose.CONSOLE):
        invitations.withdraw(session, purpose=purpose, subject=str(member.id), now=now)
    _show_menu(session, member, now=now, gone=True)
    member.removed_at, member.telegram_user_id, member.chat_id = now, None, None
    events.done(session, member, "removed", actor=actor, now=now)


def listed(session: Session) -> Sequence[Staff]:
    """Return the members, the oldest first."""
    return session.scalars(select(Staff).where(Staff.removed_at.is_(None)).order_by(Staff.id)).all()


def tell(session: Session, member: Staff, response: str, *, params: Mapping[str, object], now: datetime) -> None:
    """Owe a member a notice in their own chat with the bot; who has not opened their invitation has none."""
    if member.chat_id is None:
        return
    customer = customers.by_chat(session, member.chat_id)
    outbox.owe(session, customer=customer, response=response, params=params, now=now)


def show_menu(session: Session, customer: Customer, *, now: datetime) -> None:
    """Owe a customer's chat its commands anew: they read another language from now on."""
    courier = Role.COURIER in roles(session, customer.telegram_user_id)
    _owe_menu(session, customer, courier=courier, now=now)


def _show_menu(session: Session, member: Staff, *, now: datetime, gone: bool = False) -> None:
    """Owe a member's chat the commands of their roles; ``gone`` where it is theirs no more."""
    if member.chat_id is None:
        return
    courier = Role.COURIER in member.roles and not gone
    _owe_menu(session, customers.by_chat(session, member.chat_id), courier=courier, now=now)


def _owe_menu(session: Session, customer: Customer, *, courier: bool, now: datetime) -> None:
    body = {"courier": courier}
    outbox.queue(session, chat_id=customer.chat_id, customer_id=customer.id, kind=MENU, body=body, now=now)
