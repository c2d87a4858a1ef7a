"""The world on disk: a SQLite file written behind the requests, in one transaction per batch.

A request only notes what changed; a thread writes it a moment later. A kill may therefore cost the last
tenth of a second of chat history, never an update id given twice: `UPDATE_ID_GAP` is skipped at each start.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BATCH_SECONDS = 0.1
UPDATE_ID_GAP = 1000

_SCHEMA = "CREATE TABLE IF NOT EXISTS record (kind TEXT, key TEXT, value, PRIMARY KEY (kind, key)) WITHOUT ROWID"


class Store:
    """Keeps nothing: the world lives in memory only. `FileStore` is the one that keeps."""

    def put(self, kind: str, key: object, value: Any) -> None:  # noqa: ANN401 - whatever JSON or bytes can hold
        """Note that the thing named `kind`, `key` now has this value; it must not be changed in place afterwards."""

    def delete(self, kind: str, key: object) -> None:
        """Note that the thing is gone."""

    def load(self, kind: str) -> Iterator[tuple[str, Any]]:  # noqa: ARG002 - nothing was kept
        """Yield (key, value) of every thing of this kind that was kept."""
        yield from ()

    def close(self) -> None:
        """Write what is left and stop."""


class FileStore(Store):
    """The SQLite file at `path`; its folder is made when missing."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(_SCHEMA)
        self._changes: dict[tuple[str, str], Any] = {}
        self._guard = threading.Lock()
        self._closing = threading.Event()
        self._writer = threading.Thread(target=self._write_behind, name="sandbox-store", daemon=True)
        self._writer.start()

    def put(self, kind: str, key: object, value: Any) -> None:  # noqa: ANN401 - as in Store
        """Queue the value for the next batch; bytes are kept as they are, the rest as JSON."""
        with self._guard:
            self._changes[kind, str(key)] = value

    def delete(self, kind: str, key: object) -> None:
        """Queue the deletion for the next batch."""
        self.put(kind, key, None)

    def load(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Yield (key, value) as last written."""
        for key, value in self._database.execute("SELECT key, value FROM record WHERE kind = ?", (kind,)):
            yield key, value if isinstance(value, bytes) else json.loads(value)

    def close(self) -> None:
        """Write the last batch and close the file."""
        self._closing.set()
        self._writer.join()
        self._flush()
        self._database.close()

    def _write_behind(self) -> None:
        while not self._closing.wait(BATCH_SECONDS):
            self._flush()

    def _flush(self) -> None:
        with self._guard:
            changes, self._changes = self._changes, {}
        if not changes:
            return
        kept = [
            (kind, key, value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False))
            for (kind, key), value in changes.items()
            if value is not None
        ]
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", kept)
        self._database.executemany(
            "DELETE FROM record WHERE kind = ? AND key = ?",
            [place for place, value in changes.items() if value is None],
        )
        self._database.execute("COMMIT")
