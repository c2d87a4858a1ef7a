"""Where conversations are kept: SQLite on disk, or PostgreSQL, in Rasa's own table with two more indexes.

The store also answers "was this message answered already, and how?": the gateway repeats a message when it has lost the
answer, and nothing may run twice.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import BotUttered, Event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

_MESSAGE_ID = {"sqlite": "json_extract(data, '$.message_id')", "postgresql": "((data::json) ->> 'message_id')"}


class SealedTrackerStore(SQLTrackerStore):
    """SQLTrackerStore at a URL (`sqlite:///…` or `postgresql://…`), refusing other databases with ValueError.

    Raises sqlalchemy.exc.SQLAlchemyError at once when the database can't be reached, where Rasa's own waits for ever.
    """

    def __init__(self, domain: Any = None, host: str | None = None, event_broker: Any = None, **_: Any) -> None:
        # Past SQLTrackerStore's own constructor, which opens the database in its own way.
        super(SQLTrackerStore, self).__init__(domain, event_broker)
        url = make_url(host)
        if url.get_backend_name() not in _MESSAGE_ID:
            raise ValueError(url.get_backend_name())
        if url.get_backend_name() == "sqlite":
            # Rasa reads and writes within one step of the one loop, so one connection, opened once, serves everything.
            self.engine = sa.create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
            sa.event.listen(self.engine, "connect", _pragmas)
        else:
            # The core speaks to PostgreSQL through psycopg 3, which Rasa's environment lacks: same URL, its driver.
            self.engine = sa.create_engine(url.set(drivername="postgresql+psycopg2"), pool_size=5, pool_pre_ping=True)
        self.sessionmaker = sessionmaker(bind=self.engine)
        self.Base.metadata.create_all(self.engine)
        self._message_id = _MESSAGE_ID[self.engine.dialect.name]
        with self.engine.begin() as connection:
            connection.exec_driver_sql(
                f"CREATE UNIQUE INDEX IF NOT EXISTS events_turn ON events (sender_id, ({self._message_id}))"
                " WHERE type_name = 'user'"
            )
            connection.exec_driver_sql(
                "CREATE INDEX IF NOT EXISTS events_session ON events (sender_id, type_name, timestamp)"
            )

    def answered(self, sender_id: str, message_id: str) -> list[BotUttered] | None:
        """Return what was uttered in answer to that message, in order, or None when it was not answered yet."""
        with self.session_scope() as session:
            turn = session.execute(
                sa.text(
                    "SELECT id FROM events WHERE sender_id = :sender"  # noqa: S608 - one of two constants
                    f" AND type_name = 'user' AND {self._message_id} = :message"
                ),
                {"sender": sender_id, "message": message_id},
            ).scalar()
            if turn is None:
                return None
            later = session.execute(
                sa.text(
                    "SELECT type_name, data FROM events WHERE sender_id = :sender AND id > :turn"
                    " AND type_name IN ('user', 'bot') ORDER BY id"
                ),
                {"sender": sender_id, "turn": turn},
            )
            uttered: list[BotUttered] = []
            for type_name, data in later:
                if type_name == "user":
                    break
                event = Event.from_parameters(json.loads(data))
                assert isinstance(event, BotUttered)
                uttered.append(event)
            return uttered


def _pragmas(connection: Any, _record: Any) -> None:
    # NORMAL keeps every finished turn through a crash of the process. After a power cut the last turns may be missing
    # here; what they did is in the core.
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "busy_timeout = 10000"):
        connection.execute(f"PRAGMA {pragma}")
