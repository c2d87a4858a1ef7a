"""Where conversations are kept: SQLite on disk, or PostgreSQL, in Rasa's own table with two more indexes.

Every turn of a sender comes to the same process, so a conversation that was saved stays in memory for its next turn:
reading it anew and replaying its events would be a third of the turn. A turn takes the conversation out of memory and
its save puts it back, so a turn that fails leaves nothing there, and the next one reads what is on disk.

The store also answers "was this message answered already, and how?": the gateway repeats a message when it has lost the
answer, and nothing may run twice.
"""

from __future__ import annotations

import dataclasses
import json
from collections import OrderedDict, deque
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import BotUttered, Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import make_url
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

_MESSAGE_ID = {"sqlite": "json_extract(data, '$.message_id')", "postgresql": "((data::json) ->> 'message_id')"}


KEPT_SENDERS = 2000
# What bounds the memory: an event takes a kilobyte or two, a conversation has a handful a turn.
KEPT_EVENTS = 50_000


class Conversation(DialogueStateTracker):
    """DialogueStateTracker that knows how many of its events are stored, and is copied without being replayed."""

    stored = 0
    _applied: tuple[int, list[Event]] = (0, [])

    def applied_events(self) -> list[Event]:
        """Return what Rasa does, worked out once for as many events as there are: they are only ever added to."""
        if self._applied[0] != len(self.events):
            self._applied = (len(self.events), super().applied_events())
        return list(self._applied[1])

    def copy(self) -> DialogueStateTracker:
        """Return a tracker with the same events and the same state, of which nothing leads back to this one.

        Rasa replays all events into a new tracker instead, before every action.
        """
        return copied(self)


def copied(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """Return a tracker with the same events and the same state, of which nothing leads back to this one."""
    twin: DialogueStateTracker = _twin(tracker, DialogueStateTracker)
    # As of a tracker that Rasa copied: its events are marked when the conversation itself takes them over.
    twin.model_id = twin.assistant_id = None
    twin.events = deque(tracker.events)
    twin.slots = {name: _twin(slot, type(slot)) for name, slot in tracker.slots.items()}
    twin.active_loop = dataclasses.replace(tracker.active_loop) if tracker.active_loop else None
    return twin


def _twin(thing: Any, kind: type) -> Any:
    # What copy.copy does for a plain object, without finding out first how it is to be done.
    twin = object.__new__(kind)
    twin.__dict__.update(thing.__dict__)
    return twin


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
        self._kept: OrderedDict[str, Conversation] = OrderedDict()
        self._kept_events = 0
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
        with self.engine.connect() as connection:
            turn = connection.execute(
                sa.text(
                    "SELECT id FROM events WHERE sender_id = :sender"  # noqa: S608 - one of two constants
                    f" AND type_name = 'user' AND {self._message_id} = :message"
                ),
                {"sender": sender_id, "message": message_id},
            ).scalar()
            if turn is None:
                return None
            later = connection.execute(
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

    def init_tracker(self, sender_id: str) -> Conversation:
        """Return an empty conversation of which nothing is stored."""
        return Conversation(sender_id, self.domain.slots)

    async def retrieve(self, sender_id: str) -> Conversation | None:
        """Return the conversation's current session, or None. It is the caller's alone until it is saved."""
        kept = self._take(sender_id)
        if kept is not None:
            return kept
        with self.session_scope() as session:
            rows = self._event_query(session, sender_id, fetch_events_from_all_sessions=False).all()
        if not rows:
            return None
        read = Conversation.from_dict(sender_id, [json.loads(row.data) for row in rows], self.domain.slots)
        assert isinstance(read, Conversation)
        read.stored = len(read.events)
        return read

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the events that are new, all or none, and keep the conversation for its next turn."""
        assert isinstance(tracker, Conversation)
        new = list(tracker.events)[tracker.stored :]
        if not new:  # Rasa saves a conversation when it makes it; who retrieved it goes on with it
            return
        with self.engine.begin() as connection:
            connection.execute(_INSERT, [_row(tracker.sender_id, event) for event in new])
        tracker.stored = len(tracker.events)
        # One that is there was saved by a turn that ran at the same time, when Rasa's lock had expired: neither is what
        # is stored. And with a new session the earlier ones are no longer read.
        overlapping = self._take(tracker.sender_id) is not None
        if not overlapping and not any(isinstance(event, SessionStarted) for event in new):
            self._keep(tracker)

    def _take(self, sender_id: str) -> Conversation | None:
        kept = self._kept.pop(sender_id, None)
        if kept is not None:
            self._kept_events -= kept.stored
        return kept

    def _keep(self, conversation: Conversation) -> None:
        self._kept[conversation.sender_id] = conversation
        self._kept_events += conversation.stored
        while len(self._kept) > KEPT_SENDERS or self._kept_events > KEPT_EVENTS:
            self._take(next(iter(self._kept)))


_INSERT = SQLTrackerStore.SQLEvent.__table__.insert()


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


def _pragmas(connection: Any, _record: Any) -> None:
    # NORMAL keeps every finished turn through a crash of the process. After a power cut the last turns may be missing
    # here; what they did is in the core.
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "busy_timeout = 10000"):
        connection.execute(f"PRAGMA {pragma}")
