"""A worker's loop: as long as there is work it goes on, else it rests a little."""

import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from tradein.logs import described

_LOG = structlog.get_logger()


class Worker:
    """A thread that calls ``step`` until it is stopped; ``step`` says whether it found work."""

    def __init__(self, name: str, step: Callable[[], bool], *, rest: float) -> None:
        self._name = name
        self._step = step
        self._rest = rest
        self._stop = threading.Event()
        # Daemonic: a call that hangs doesn't hold up a stop; the lease sees to what it had in hand.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing further."""
        self._stop.set()

    def join(self, seconds: float) -> None:
        """Wait so long at most for what is in hand."""
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stop.is_set():
            if not self._found():
                self._stop.wait(self._rest)

    def _found(self) -> bool:
        try:
            return self._step()
        except SQLAlchemyError as error:
            _LOG.error("database_out_of_order", worker=self._name, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one row, the others wait for it to end
            _LOG.error("work_failed", worker=self._name, **described(error))
        return False
