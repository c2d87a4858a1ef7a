"""Taking messages out of the outbox: only the first one that waits in a lane, so never two of one lane at once.

A lane is a chat, or a thread of the support group. What nobody waits for comes last, in a lane and among the lanes.

A message is ``sending`` before it is sent. Were a whole lane taken at once, a crash would leave messages in doubt that
nobody had begun to send.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    RowMapping,
    Table,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from tradein.customers import Customer
from tradein.outbox import Message, MessageState

LEASE = timedelta(seconds=45)
"""How long a message is in its sender's hands; a sender gives up an attempt well before."""

_OUTBOX = cast("Table", Message.__table__)
_WORDED_LATE = frozenset({"notice", "reminder", "menu"})
"""Kinds that are worded when they are sent."""
_LAST = ("reminder", "card", "receipt")
"""Kinds that let everything else of their lane pass."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message of the outbox in hand: what to call, for whom, and in which language a notice is worded."""

    id: int
    chat_id: int
    kind: str
    body: dict[str, Any]
    attempts: int
    owner: str
    language: str = "en"
    thread: int | None = None
    to: Mapping[str, Any] = field(default_factory=dict)
    """What its sender looked up as it took it in hand; never stored."""
    last: bool = False
    """Whether nothing waited behind it when it was taken, as far as the taker knows."""


def new_owner() -> str:
    """Return a name under which a sender holds messages; nobody else has it, before or after."""
    return token_hex(16)


# The statements are built once: a turn runs three of them, and building one costs more than running it.
_COLUMNS = (
    _OUTBOX.c.id,
    _OUTBOX.c.chat_id,
    _OUTBOX.c.thread,
    _OUTBOX.c.customer_id,
    _OUTBOX.c.kind,
    _OUTBOX.c.body,
    _OUTBOX.c.attempts,
    _OUTBOX.c.lease_owner,
)
# Literally as the partial indexes have it: SQLite takes them only for a condition without parameters.
_WAITING = text("outbox.state IN ('queued', 'sending')")
# A lane goes by ids, but a reminder stands behind all others until somebody has it in hand: no answer waits for it. One
# that met an error holds its place: Telegram may have parked the chat. (The group is parked as a whole, by its sender.)
_COMES_LAST = _OUTBOX.c.kind.in_(_LAST)
_MAY_PASS = _OUTBOX.c.error.is_(None) | _OUTBOX.c.thread.is_not(None)
_YIELDS = _COMES_LAST & (_OUTBOX.c.state == MessageState.QUEUED) & _MAY_PASS
_BEHIND = literal_column("1099511627776", BigInteger())
_PLACE = _OUTBOX.c.id + case((_YIELDS, _BEHIND), else_=0)
_FRONTS = select(func.min(_PLACE) % _BEHIND).where(_WAITING)
_IN_LANE = (_OUTBOX.c.chat_id == bindparam("of_chat")) & _OUTBOX.c.thread.is_not_distinct_from(
    bindparam("of_thread", type_=BigInteger())
)
_FRONT = _FRONTS.where(_IN_LANE).scalar_subquery()
_DUE = (
    select(_OUTBOX.c.id)
    .where(
        _OUTBOX.c.id.in_(_FRONTS.group_by(_OUTBOX.c.chat_id, _OUTBOX.c.thread)),
        _OUTBOX.c.state == MessageState.QUEUED,
        _OUTBOX.c.not_before <= bindparam("now"),
    )
    .order_by(_COMES_LAST, _OUTBOX.c.id)
    .limit(bindparam("at_most"))
)
_DUE_IN_CHATS = _DUE.where(_OUTBOX.c.thread.is_(None))
# The state once more: on PostgreSQL a second taker waits here for the first and then finds it changed.
_TAKE = (
    update(_OUTBOX)
    .where(_OUTBOX.c.state == MessageState.QUEUED, _OUTBOX.c.not_before <= bindparam("now"))
    .values(
        state=MessageState.SENDING,
        lease_owner=bindparam("by"),
        lease_until=bindparam("until"),
        attempts=_OUTBOX.c.attempts + 1,
    )
    .returning(*_COLUMNS)
)
_TAKE_FRONT = _TAKE.where(_OUTBOX.c.id == _FRONT)
_TAKE_DUE = _TAKE.where(_OUTBOX.c.id.in_(_DUE))
_TAKE_DUE_IN_CHATS = _TAKE.where(_OUTBOX.c.id.in_(_DUE_IN_CHATS))
_FREE = ~exists().where(_WAITING, _IN_LANE, ~_YIELDS)
_PUT = (
    insert(_OUTBOX)
    .values(
        chat_id=bindparam("chat_id"),
        customer_id=bindparam("customer_id"),
        kind=bindparam("kind"),
        body=bindparam("body"),
        not_before=bindparam("not_before"),
        created_at=bindparam("created_at"),
        state=case((_FREE, literal(MessageState.SENDING, _OUTBOX.c.state.type)), else_=MessageState.QUEUED),
        attempts=case((_FREE, 1), else_=0),
        lease_owner=case((_FREE, bindparam("by"))),
        lease_until=case((_FREE, bindparam("until", type_=_OUTBOX.c.lease_until.type))),
    )
    .returning(_OUTBOX.c.id, _OUTBOX.c.state)
)
_HELD = select(*_COLUMNS, _OUTBOX.c.lease_until).where(_WAITING, _OUTBOX.c.state == MessageState.SENDING)
_RELEASE = (
    update(_OUTBOX)
    # The fence: after the lease ended another sender may have taken the row, and its word counts.
    .where(
        _OUTBOX.c.id == bindparam("message"),
        _OUTBOX.c.state == MessageState.SENDING,
        _OUTBOX.c.lease_owner == bindparam("by"),
    )
    .values(lease_owner=None, lease_until=None, state=bindparam("to"), error=bindparam("why"))
    .returning(_OUTBOX.c.id)
)
_RELEASE_SENT = _RELEASE.values(telegram_message_id=bindparam("telegram"), sent_at=bindparam("now"))


def take(session: Session, *, owner: str, now: datetime, limit: int, threads: bool = True) -> list[Delivery]:
    """Take up to ``limit`` due messages, each the first of its lane; the caller commits before it sends any.

    Without ``threads`` those for the support group are left to the one process that keeps the group's pace.
    """
    values = {"by": owner, "until": now + LEASE, "now": now, "at_most": limit}
    statement = _TAKE_DUE if threads else _TAKE_DUE_IN_CHATS
    rows = session.connection().execute(statement, values).mappings().all()
    rows = sorted(rows, key=lambda row: (row["kind"] in _LAST, row["id"]))
    return [_delivery(session, row) for row in rows]


def take_next(
    session: Session, *, owner: str, now: datetime, chat_id: int, thread: int | None = None
) -> Delivery | None:
    """Take the first message of a lane if it is due and nobody has it; the caller commits before it sends it."""
    values = {"by": owner, "until": now + LEASE, "now": now, "of_chat": chat_id, "of_thread": thread}
    row = session.connection().execute(_TAKE_FRONT, values).mappings().one_or_none()
    return _delivery(session, row) if row else None


def put(
    session: Session,
    *,
    owner: str,
    chat_id: int,
    customer_id: int | None,
    kind: str,
    body: dict[str, Any],
    now: datetime,
) -> tuple[int, Delivery | None]:
    """Put a call at the end of a chat's lane; taken at once, as by :func:`take_next`, if nothing waits before it.

    Return the row's id, and the message if it was taken; the caller commits before it sends it.
    """
    row = {
        "of_chat": chat_id,
        "of_thread": None,
        "chat_id": chat_id,
        "customer_id": customer_id,
        "kind": kind,
        "body": body,
        "not_before": now,
        "created_at": now,
        "by": owner,
        "until": now + LEASE,
    }
    new = session.connection().execute(_PUT, row).one()
    if new.state != MessageState.SENDING:
        return new.id, None
    return new.id, Delivery(new.id, chat_id, kind, body, attempts=1, owner=owner)


def orphans(session: Session, *, now: datetime, dead: Collection[str] = ()) -> list[Delivery]:
    """Return the messages in nobody's hands: the lease is over, or it is one of the owners known to be ``dead``."""
    held = session.connection().execute(_HELD).mappings().all()
    return [
        _delivery(session, row)
        for row in sorted(held, key=lambda row: row["id"])
        if row["lease_until"] is None or row["lease_until"] < now or row["lease_owner"] in dead
    ]


def delivered(session: Session, delivery: Delivery, *, telegram_message_id: int | None, now: datetime) -> bool:
    """Write down that Telegram has a message; False if its lease was lost meanwhile."""
    values = {
        "message": delivery.id,
        "by": delivery.owner,
        "to": MessageState.SENT,
        "why": None,
        "telegram": telegram_message_id,
        "now": now,
    }
    return session.connection().execute(_RELEASE_SENT, values).one_or_none() is not None


def release(session: Session, delivery: Delivery, *, to: MessageState, error: str | None, **values: object) -> bool:
    """Give a message back in state ``to`` with other new ``values``; False if its lease was lost meanwhile."""
    named = {"message": delivery.id, "by": delivery.owner, "to": to, "why": error[:300] if error else None}
    statement = _RELEASE.values(**values) if values else _RELEASE
    return session.connection().execute(statement, named).one_or_none() is not None


def _delivery(session: Session, row: RowMapping) -> Delivery:
    language = "en"
    if row["kind"] in _WORDED_LATE and row["customer_id"] is not None:
        customer = session.get(Customer, row["customer_id"])
        language = customer.language if customer else language
    return Delivery(
        id=row["id"],
        chat_id=row["chat_id"],
        thread=row["thread"],
        kind=row["kind"],
        body=row["body"],
        attempts=row["attempts"],
        owner=row["lease_owner"] or "",
        language=language,
    )
