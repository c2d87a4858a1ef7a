"""Logs: one JSON object a line, without codes, keys, account ids or what people wrote.

A request is told by the pattern of its path and its key's prefix. Of an exception only its type and place are told: a
driver's text may quote the row it refused, a client's the address it called.
"""

import logging
import sys
import traceback
from pathlib import Path

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_HERE = Path(__file__).resolve().parent
_OURS = (_HERE, _HERE.parent / "tradein")


def described(error: BaseException) -> dict[str, str]:
    """Return what may be logged of an exception: its type, and where in our code it came up."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if any(Path(frame.filename).is_relative_to(root) for root in _OURS)]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in ours or frames]
    return {"error": type(error).__name__, "at": places[-1] if places else "nowhere"}


def _describe(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put the description in the place of an exception, a library's too."""
    found = event.pop("exc_info", None)
    if isinstance(found, tuple):
        found = found[1]
    error = found if isinstance(found, BaseException) else sys.exception()
    return {**event, **described(error)} if found and error else event


def set_up(level: str) -> None:
    """Route structlog and the standard library's logging to stdout; ``level`` is the least that is told of ours."""
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        _describe,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared[:2],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _describe,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # At DEBUG the HTTP clients write whole addresses and headers: never.
    for library in ("httpx", "httpcore", "urllib3", "requests"):
        logging.getLogger(library).setLevel(logging.WARNING)
