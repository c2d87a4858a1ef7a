"""The real stack for tests: started once as ``tradein up --sandbox`` does, on free ports, in a folder of its own."""

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import select

from tradein import database
from tradein.cli.rehearsal import Rehearsal
from tradein.customers import Customer
from tradein.database import Sessions
from tradein.inbox import InboxUpdate, UpdateState
from tradein.outbox import waiting
from tradein.support.conversations import Conversation


class Stack:
    """A running stack: ``sandbox`` speaks to its Telegram, ``sessions`` opens its core database."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        self.sandbox = httpx.Client(base_url=rehearsal.sandbox_url, timeout=90, trust_env=False)
        # Hundreds of tests call a person within minutes: nobody's topic waits for the others' cards.
        self.sandbox.put("/sandbox/limits", json={"group_per_minute": 0}).raise_for_status()
        self.sessions = Sessions(database.connect(rehearsal.database_url))

    def settled(self, chat_id: int) -> bool:
        """Say whether nothing is under way in a chat: no update on its way or unfinished, no message still to be sent.

        The order matters: each place is looked at after the one that feeds it.
        """
        if self.sandbox.get("/sandbox/health").json()["pending"]:
            return False
        with database.reading(self.sessions) as session:
            unfinished = select(InboxUpdate.update_id).where(
                InboxUpdate.chat_id == chat_id, InboxUpdate.state == UpdateState.NEW
            )
            owed = (
                select(Conversation.id)
                .join(Customer)
                .where(Customer.chat_id == chat_id, Conversation.resume_at.is_not(None))
            )
            if session.scalars(unfinished.union_all(owed)).first() is not None:
                return False
            return not waiting(session, chat_id=chat_id)

    def close(self) -> None:
        """Let go of the connections; the processes are the rehearsal's to stop."""
        self.sandbox.close()
        self.sessions.close()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return the stack of this run; the first test that asks for it waits for its start."""
    awake = {"TRADEIN_QUIET_FROM": "00:00", "TRADEIN_QUIET_UNTIL": "00:00"}  # tests run at night as well
    swift = {"TRADEIN_SUPPORT_PER_MINUTE": "100000"}
    rehearsal = Rehearsal(tmp_path_factory.mktemp("stack"), extra=awake | swift)
    try:
        rehearsal.start()
        running = Stack(rehearsal)
        yield running
        running.close()
    finally:
        assert rehearsal.stop() in {0, None}, "the stack didn't stop in an orderly way"
