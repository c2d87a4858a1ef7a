"""Logs: one JSON object a line, without what people wrote, codes, keys and the token.

Rows are named by their ids; a chat's id names a person and isn't logged. A token that is part of addresses is struck
out of whatever a library may have put into a message. Of an exception only its type and place are told: a driver's text
may quote the row it refused, a client's the address it called.
"""

import asyncio
import logging
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_ROOT = Path(__file__).resolve().parents[1]
# At DEBUG they write whole updates, addresses and headers: never.
_QUIET = ("aiohttp", "httpcore", "httpx", "requests", "telegram", "telegram.ext", "urllib3")
_LOG = structlog.get_logger()


def described(error: BaseException) -> dict[str, str]:
    """Return what may be logged of an exception: its type, and where in our code it came up."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_ours(Path(frame.filename))]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in ours or frames]
    return {"error": type(error).__name__, "at": places[-1] if places else "nowhere"}


def _is_ours(file: Path) -> bool:
    return file.is_relative_to(_ROOT) and "site-packages" not in file.parts


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


def set_up(level: str, *, secrets: Sequence[str] = ()) -> None:
    """Route structlog and the standard library's logging to stdout; ``level`` is the least that is told of ours."""

    def strike_out(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {key: _without(secrets, value) if isinstance(value, str) else value for key, value in event.items()}

    ours: list[Processor] = [structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso")]
    both: list[Processor] = [_describe, strike_out, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*ours, *both],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=ours, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *both]
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for library in _QUIET:
        logging.getLogger(library).setLevel(logging.WARNING)


def _without(secrets: Sequence[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, "<token>")
    return text
