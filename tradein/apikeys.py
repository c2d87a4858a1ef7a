"""The keys with which a shop's servers use the checkout: shown once, stored as a digest, revoked at once."""

import hmac
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein import events, tokens
from tradein.database import Base, Json, UtcDateTime
from tradein.events import COMMAND_LINE
from tradein.prepared import Prepared
from tradein.refusals import UnknownKey

MARK = "tik"
PREFIX_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
PREFIX_LENGTH = 8


class Scope(StrEnum):
    """What a key opens: ``checkout`` spends coupons; ``read`` sees orders, and why a code is refused."""

    CHECKOUT = "checkout"
    READ = "read"


class ApiKey(Base):
    """A key, known by its ``prefix``; of the secret only the digest is kept."""

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    secret_digest: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def actor(self) -> str:
        """The key, as the event log names it."""
        return f"shop:{self.prefix}"


_BY_PREFIX = Prepared(select(ApiKey).where(ApiKey.prefix == bindparam("prefix")))


def create(
    session: Session, *, name: str, scopes: Collection[Scope], now: datetime, actor: str = COMMAND_LINE
) -> tuple[ApiKey, str]:
    """Make a key; return its row and the secret, which nobody can show again."""
    prefix = "".join(secrets.choice(PREFIX_ALPHABET) for _ in range(PREFIX_LENGTH))
    secret = f"{MARK}_{prefix}_{tokens.new()}"
    key = ApiKey(
        name=name[:80],
        prefix=prefix,
        secret_digest=tokens.digest(secret),
        scopes=sorted(scope.value for scope in scopes),
        created_at=now,
        revoked_at=None,
    )
    session.add(key)
    session.flush()
    events.done(session, key, "created", actor=actor, now=now, scopes=key.scopes)
    return key, secret


def authenticate(session: Session, secret: str) -> ApiKey:
    """Return the key of a secret; raises UnknownKey for one that is unknown, malformed or revoked."""
    prefix = secret.split("_", 2)[1] if secret.count("_") > 1 else ""
    key = _BY_PREFIX.scalar(session, prefix=prefix)
    # Compared even where there is no such key: how long the answer takes tells nothing.
    right = hmac.compare_digest(key.secret_digest if key else "", tokens.digest(secret))
    if key is None or not right or key.revoked_at is not None:
        raise UnknownKey
    return key


def revoke(session: Session, *, prefix: str, now: datetime, actor: str = COMMAND_LINE) -> ApiKey:
    """Close a key for good; raises UnknownKey. Revoking twice keeps the first moment."""
    key = _BY_PREFIX.scalar(session, prefix=prefix)
    if key is None:
        raise UnknownKey
    if key.revoked_at is None:
        key.revoked_at = now
        events.done(session, key, "revoked", actor=actor, now=now)
    return key


def listed(session: Session) -> Sequence[ApiKey]:
    """Return all keys, the oldest first."""
    return session.scalars(select(ApiKey).order_by(ApiKey.id)).all()
