"""Logs that cannot quote a customer.

Rasa's own log lines carry message texts, slots and whole trackers. Here a line of ours is printed as it is, and of a
line of anybody else only its level and its place in the source: enough to look it up, nothing to leak.
"""

from __future__ import annotations

import logging
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

import structlog

LOGGER = "engine"


class _Calm(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        if record.name == LOGGER:
            return f"engine: {record.getMessage()}"
        return f"engine: {record.levelname.lower()} reported by {record.name}, line {record.lineno}"


def _only_the_event(_logger: Any, level: str, event: dict[str, Any]) -> str:
    # Rasa names its structured events by constants; everything that varies is in the other keys.
    return f"engine: {level} reported as {event.get('event')}"


def calm() -> None:
    """Point every logger, structlog and Python's warnings to standard error, without anything a customer wrote."""
    # Not by a filter: some of Rasa's dependencies reset the filters while they are imported.
    warnings.showwarning = lambda *_, **__: None
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Calm())
    logging.basicConfig(handlers=[handler], level=logging.ERROR, force=True)
    logging.getLogger(LOGGER).setLevel(logging.INFO)
    structlog.configure(
        processors=[_only_the_event],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def where(error: BaseException) -> str:
    """Say which error it was and where, root cause last, without its message: messages quote what was being handled."""
    told = []
    current: BaseException | None = error
    while current is not None:
        frames = traceback.extract_tb(current.__traceback__)
        place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
        told.append(f"{type(current).__name__}{place}")
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return ", from ".join(told)
