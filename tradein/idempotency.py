"""A call that is repeated gets the answer it got: the shop's network may lose ours, and nothing is done twice.

The row is written before the work, in the work's own transaction: of two calls at once with one key the second waits on
PostgreSQL, and on SQLite it begins when the first has ended; either way it finds the answer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ForeignKey, String, Table, UniqueConstraint, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein.apikeys import ApiKey
from tradein.database import Base, Json, UtcDateTime
from tradein.prepared import Prepared, refresh, written_unless_known
from tradein.refusals import IdempotencyKeyBusy, IdempotencyKeyReused


class IdempotentCall(Base):
    """One call by a key; ``status`` and ``body`` are its answer once there is one."""

    __tablename__ = "idempotent_call"
    __table_args__ = (UniqueConstraint("api_key_id", "idempotency_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"))
    idempotency_key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


_CALL = Prepared(
    select(IdempotentCall).where(
        IdempotentCall.api_key_id == bindparam("api_key_id"),
        IdempotentCall.idempotency_key == bindparam("idempotency_key"),
    )
)
_KEEP: Prepared[*tuple[Any, ...]] = Prepared(
    update(cast("Table", IdempotentCall.__table__))
    .where(IdempotentCall.id == bindparam("call"))
    .values(status=bindparam("as_status"), body=bindparam("as_body"))
)


@dataclass(frozen=True)
class Kept:
    """An answer given before: its HTTP status and JSON body."""

    status: int
    body: dict[str, Any]


def begin(
    session: Session, key: ApiKey, *, idempotency_key: str, fingerprint: str, now: datetime
) -> Kept | IdempotentCall:
    """Return the answer that this call got already, else the row to write its answer to with :func:`keep`.

    ``fingerprint`` is a digest of what was asked. Raises IdempotencyKeyReused when the key came with something else and
    IdempotencyKeyBusy when its first call has not ended.
    """
    row = written_unless_known(
        session,
        IdempotentCall,
        api_key_id=key.id,
        idempotency_key=idempotency_key,
        fingerprint=fingerprint,
        created_at=now,
    )
    if row is not None:
        return row
    known = _CALL.scalar(session, api_key_id=key.id, idempotency_key=idempotency_key)
    if known is not None and known.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    if known is None or known.status is None or known.body is None:
        raise IdempotencyKeyBusy
    return Kept(known.status, known.body)


def answered(session: Session, key: ApiKey, *, idempotency_key: str, fingerprint: str) -> Kept | None:
    """Return the answer that this call got already, None if there is none."""
    known = _CALL.scalar(session, api_key_id=key.id, idempotency_key=idempotency_key)
    if known is None or known.fingerprint != fingerprint or known.status is None or known.body is None:
        return None
    return Kept(known.status, known.body)


def keep(session: Session, call: IdempotentCall, *, status: int, body: dict[str, Any]) -> None:
    """Write down the answer of a call."""
    _KEEP.rows(session, call=call.id, as_status=status, as_body=body)
    refresh(call, [("status", status), ("body", body)])


def forget(session: Session, *, before: datetime) -> int:
    """Delete the answers older than ``before``; return how many."""
    gone = delete(IdempotentCall).where(IdempotentCall.created_at < before).returning(IdempotentCall.id)
    return len(session.scalars(gone.execution_options(synchronize_session=False)).all())
