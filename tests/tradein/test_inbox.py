"""What people sent us: stored once, finished once."""

from sqlalchemy.orm import Session

from tests.conftest import NOW
from tradein import inbox
from tradein.database import Sessions, transaction


def arrive(session: Session, update_id: int) -> bool:
    """Store an update."""
    return inbox.accept(session, bot_id=1, update_id=update_id, chat_id=9, payload={"update_id": update_id}, now=NOW)


def test_an_update_telegram_repeats_is_stored_once(database: Sessions) -> None:
    """Until it is acknowledged Telegram sends it again."""
    with transaction(database) as session:
        assert arrive(session, 5)
        assert not arrive(session, 5)


def test_what_was_left_undone_comes_back_in_order(database: Sessions) -> None:
    """After a crash, the oldest first; what is done stays done."""
    with transaction(database) as session:
        for update_id in (7, 5, 6):
            arrive(session, update_id)
        inbox.finish(session, bot_id=1, update_id=6, now=NOW)
        assert [row.update_id for row in inbox.unfinished(session, bot_id=1, before=NOW)] == [5, 7]


def test_an_update_has_its_effects_once(database: Sessions) -> None:
    """The second to finish it learns so and drops what it computed."""
    with transaction(database) as session:
        arrive(session, 5)
        assert inbox.finish(session, bot_id=1, update_id=5, now=NOW)
        assert not inbox.finish(session, bot_id=1, update_id=5, now=NOW)


def test_patience_is_asked_for_once(database: Sessions) -> None:
    """Also across a restart: the row remembers."""
    with transaction(database) as session:
        arrive(session, 5)
        assert inbox.told(session, bot_id=1, update_id=5, now=NOW)
        assert not inbox.told(session, bot_id=1, update_id=5, now=NOW)


def test_an_unreadable_update_is_set_aside_whole(database: Sessions) -> None:
    """An operator can look at it; it does not come back."""
    with transaction(database) as session:
        inbox.quarantine(session, bot_id=1, update_id=8, payload={"update_id": 8, "message": 3}, error="?", now=NOW)
        assert inbox.unfinished(session, bot_id=1, before=NOW) == []
        assert session.get_one(inbox.InboxUpdate, (1, 8)).payload["message"] == 3
