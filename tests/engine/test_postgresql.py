"""Conversations kept in PostgreSQL: written, found again, and no turn twice."""

import concurrent.futures
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.engine.running import Actions, Engine
from tests.postgresql import Server


@pytest.fixture(scope="module")
def conversations(postgresql_server: Server) -> str:
    """Return the URL of an empty database for conversations, apart from the core's."""
    url = postgresql_server.url()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE conversations")
    return make_url(url).set(database="conversations").render_as_string(hide_password=False)


@pytest.fixture
def elsewhere(
    tiny: Path, actions: Actions, conversations: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """Return a running engine that keeps its conversations in PostgreSQL."""
    engine = Engine(tiny, tmp_path_factory.mktemp("elsewhere"), actions, database_url=conversations)
    try:
        engine.start()
        yield engine
    finally:
        engine.end(signal.SIGKILL)


def turns(conversations: str, sender: str) -> list[str]:
    """Return the ids of the messages that are stored of a conversation."""
    with psycopg.connect(conversations) as database:
        rows = database.execute(
            "SELECT data::json ->> 'message_id' FROM events WHERE sender_id = %s AND type_name = 'user' ORDER BY id",
            (sender,),
        )
        return [row[0] for row in rows]


def test_a_turn_is_kept_in_postgresql_and_answered_once(elsewhere: Engine, conversations: str, sender: str) -> None:
    """After a kill the answer comes from the database, the form goes on, and of requests at once one is the turn."""
    elsewhere.says(sender, "take my order please", message_id="first")
    answered = elsewhere.says(sender, "a soup", message_id="once")
    assert [message["text"] for message in answered.json()] == ["Which size?"]
    elsewhere.end(signal.SIGKILL)
    elsewhere.start()
    called = len(elsewhere.actions.calls)

    assert elsewhere.says(sender, "a soup", message_id="once").json() == answered.json()
    assert len(elsewhere.actions.calls) == called
    with concurrent.futures.ThreadPoolExecutor() as pool:
        posted = [pool.submit(elsewhere.says, sender, "large please", message_id="last") for _ in range(3)]
        texts = {future.result().json()[0]["text"] for future in posted}
    assert texts == {"a soup, large please: noted."}
    assert turns(conversations, sender) == ["first", "once", "last"]
    assert not list(elsewhere.place.rglob("*.db"))
