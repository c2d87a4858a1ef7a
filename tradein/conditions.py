"""ConditionSet placeholder, being written."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tradein.database import Base, Json, UtcDateTime


class ConditionSet(Base):
    """One import of the questions; the newest is in force, older quotes were made with older ones."""

    __tablename__ = "condition_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
