"""Who we talk to: one customer per Telegram account, known to Rasa only by a random conversation id."""

import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein.database import Base, UtcDateTime, found_or_added
from tradein.events import state_column
from tradein.refusals import UnknownCustomer


class Wish(StrEnum):
    """Which reminders of a coupon a customer wants."""

    ALL = "all"
    LAST_DAY = "last_day"
    NONE = "none"


class LanguageSource(StrEnum):
    """How we know in which language a customer wants to be answered; :mod:`tradein.languages` draws the way."""

    TOLD = "told"
    NOTICED = "noticed"
    CHOSEN = "chosen"


class Customer(Base):
    """A person with a private chat.

    ``conversation_id`` is all that Rasa's store holds of them; ``unreachable_since`` is set while they block the bot.
    What ``hinglish_heard`` counts, :mod:`tradein.languages` says.
    """

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    telegram_user_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    chat_id: Mapped[int] = mapped_column(BigInteger, index=True)
    conversation_id: Mapped[str] = mapped_column(String(32), unique=True)
    first_name: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8), default="en")
    language_source: Mapped[LanguageSource] = mapped_column(
        state_column(LanguageSource, checked=False),
        default=LanguageSource.TOLD,
        server_default=LanguageSource.TOLD.value,
    )
    hinglish_heard: Mapped[int] = mapped_column(default=0, server_default="0")
    unreachable_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminders: Mapped[Wish] = mapped_column(
        state_column(Wish, checked=False), default=Wish.ALL, server_default=Wish.ALL.value
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


def meet(
    session: Session, *, telegram_user_id: int, chat_id: int, first_name: str, language: str, now: datetime
) -> Customer:
    """Return the customer behind a Telegram account, made on first sight; a message from them means reachable again.

    ``language`` counts only for a new customer: later it is what they write or chose (:mod:`tradein.languages`).
    """
    changed = {"chat_id": chat_id, "first_name": first_name[:64], "unreachable_since": None}
    customer = found_or_added(
        session,
        select(Customer).where(Customer.telegram_user_id == telegram_user_id),
        lambda: Customer(
            telegram_user_id=telegram_user_id,
            conversation_id=secrets.token_hex(16),
            language=language,
            created_at=now,
            **changed,
        ),
    )
    for name, value in changed.items():
        if getattr(customer, name) != value:
            setattr(customer, name, value)
    session.flush()
    return customer


# Built once: every turn begins with it, and building takes as long as running.
_OF_CONVERSATION = select(Customer).where(Customer.conversation_id == bindparam("conversation_id"))


def by_conversation(session: Session, conversation_id: str) -> Customer:
    """Return the customer of a conversation; raises UnknownCustomer."""
    customer = session.scalar(_OF_CONVERSATION, {"conversation_id": conversation_id})
    if customer is None:
        raise UnknownCustomer
    return customer


def by_chat(session: Session, chat_id: int) -> Customer:
    """Return the customer of a private chat; raises UnknownCustomer."""
    customer = session.scalar(select(Customer).where(Customer.chat_id == chat_id))
    if customer is None:
        raise UnknownCustomer
    return customer


def lost(session: Session, *, chat_id: int, now: datetime) -> None:
    """Note that nothing reaches this chat any more: the customer blocked the bot or left Telegram."""
    customer = session.scalar(select(Customer).where(Customer.chat_id == chat_id))
    if customer is not None and customer.unreachable_since is None:
        customer.unreachable_since = now


def found(session: Session, *, chat_id: int) -> None:
    """Note that the chat can be reached again."""
    customer = session.scalar(select(Customer).where(Customer.chat_id == chat_id))
    if customer is not None:
        customer.unreachable_since = None
