"""What the commands share: a session on the settings' database, and refusals told in one line."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime

import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from tradein import database
from tradein.database import Sessions
from tradein.refusals import Refusal
from tradein.settings import BadSettings, Settings, load

console = Console()
errors = Console(stderr=True)


def stop(sentence: str) -> typer.Exit:
    """Print one sentence on standard error and return the exit to raise."""
    errors.print(f"[red]✗[/red] {sentence}", highlight=False)
    return typer.Exit(1)


def settings() -> Settings:
    """Return the settings, or end with a line per bad value."""
    try:
        return load()
    except BadSettings as error:
        raise stop("\n  ".join(error.problems)) from None


def utcnow() -> datetime:
    """Read the clock: the command line is an edge."""
    return datetime.now(UTC)


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """Give one transaction on the settings' database; a refusal or a missing schema ends the command in one line."""
    with _told(), database.transaction(_maker()) as session:
        yield session


@contextlib.contextmanager
def reading() -> Iterator[Session]:
    """Give a session that only looks, and waits for no writer; ends the command as :func:`transaction` does."""
    with _told(), database.reading(_maker()) as session:
        yield session


def _maker() -> Sessions:
    return database.Sessions(database.connect(settings().database_url))


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        evidence = ", ".join(f"{name}: {value}" for name, value in refusal.evidence.items())
        raise stop(f"Refused ({refusal.code}). {escape(evidence)}".rstrip()) from None
    except (OperationalError, ProgrammingError) as error:
        raise stop(
            f"The database did not answer as expected: {error.orig}. If it is new, run 'tradein db upgrade' first."
        ) from None
