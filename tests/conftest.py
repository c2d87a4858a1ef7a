"""What all tests share: a migrated database, SQLite by default and PostgreSQL where a test asks for both."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.postgresql import Server
from tradein import database as db
from tradein import migrate
from tradein.database import Sessions

NOW = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
"""Noon in Kolkata on a Monday: the moment at which tests of the core happen."""


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file that the migrations built, to be copied."""
    path = tmp_path_factory.mktemp("template") / "tradein.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def database_url(migrated: Path, tmp_path: Path) -> str:
    """Return the URL of a fresh migrated SQLite database."""
    path = tmp_path / "tradein.db"
    shutil.copy(migrated, path)
    return f"sqlite:///{path}"


@pytest.fixture
def database(database_url: str) -> Iterator[Sessions]:
    """Return the session maker of a fresh migrated SQLite database."""
    sessions = db.Sessions(db.connect(database_url))
    yield sessions
    sessions.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """Return a PostgreSQL server of the tests' own, stopped at the end."""
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def postgresql_url(postgresql_server: Server) -> str:
    """Return the URL of the tests' PostgreSQL; each test asks anew, for a server may vanish."""
    return postgresql_server.url()
