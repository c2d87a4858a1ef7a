"""Logs: one JSON object a line, without what people wrote and without the token.

Rows are named by their ids; a chat's id names a person and isn't logged. The token is part of every address at
Telegram, so it is struck out of whatever a library may have put into a message. Of an exception only its type and place
are told: a driver's text may quote the row it refused.
"""

import asyncio
import logging
import sys
import traceback
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_HERE = Path(__file__).resolve().parent
_OURS = frozenset({_HERE, _HERE.parent / "tradein"})
_LOG = structlog.get_logger()


def described(error: BaseException) -> dict[str, str]:
    """Return what may be logged of an exception: its type, and where in our code it came up."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _OURS & frozenset(Path(frame.filename).parents)]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in ours or frames]
    return {"error": type(error).__name__, "at": places[-1] if places else "nowhere"}


def unhandled(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what no task waited for; asyncio's own way prints the exception with its text."""
    error = context.get("exception")
    _LOG.error("unhandled", **(described(error) if isinstance(error, BaseException) else {}))


def _describe(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put the description in the place of an exception, a library's too."""
    found = event.pop("exc_info", None)
    if isinstance(found, tuple):
        found = found[1]
    error = found if isinstance(found, BaseException) else sys.exception()
    return {**event, **described(error)} if found and error else event


def set_up(token: str, level: str) -> None:
    """Route structlog and the standard library's logging to stdout; ``level`` is the least that is told of ours."""

    def strike_out(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {
            key: value.replace(token, "<token>") if isinstance(value, str) else value for key, value in event.items()
        }

    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        _describe,
        strike_out,
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
                strike_out,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # At DEBUG the Bot API client writes whole updates, and the HTTP client whole addresses: never.
    for library in ("aiohttp", "telegram", "telegram.ext"):
        logging.getLogger(library).setLevel(logging.WARNING)
