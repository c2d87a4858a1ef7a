"""A stocked programme for the tests of the core."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.builders import stock
from tradein import database as db
from tradein import migrate
from tradein.database import transaction


@pytest.fixture
def session(database: sessionmaker[Session]) -> Iterator[Session]:
    """Return a session on a stocked programme; whatever a test does is one transaction."""
    with transaction(database) as opened:
        stock(opened)
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def either_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sessionmaker[Session]]:
    """Return a migrated, stocked database of each kind in turn."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'either.db'}"
    else:
        url = request.getfixturevalue("postgresql_url")
    migrate.upgrade(url)
    engine = db.connect(url)
    maker = db.sessions(engine)
    with transaction(maker) as session:
        stock(session)
    yield maker
    engine.dispose()
    if request.param == "postgresql":
        migrate.downgrade(url)
