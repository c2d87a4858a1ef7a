"""A stocked programme for the tests of the core."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from tests.builders import stock
from tradein import database as db
from tradein import migrate, settings
from tradein.cli.app import app
from tradein.database import Sessions, transaction

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> Iterator[Run]:
    """Return a way to run ``tradein`` on a fresh database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADEIN_DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")
    settings.load.cache_clear()
    yield lambda *words: CliRunner().invoke(app, list(words))
    settings.load.cache_clear()


@pytest.fixture
def session(database: Sessions) -> Iterator[Session]:
    """Return a session on a stocked programme; whatever a test does is one transaction."""
    with transaction(database) as opened:
        stock(opened)
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def either_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sessions]:
    """Return a migrated, stocked database of each kind in turn."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'either.db'}"
    else:
        url = request.getfixturevalue("postgresql_url")
    migrate.upgrade(url)
    maker = db.Sessions(db.connect(url))
    with transaction(maker) as session:
        stock(session)
    yield maker
    maker.close()
    if request.param == "postgresql":
        migrate.downgrade(url)
