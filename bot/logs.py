"""Logs: one JSON object a line, without what people wrote and without the token.

Rows are named by their ids; a chat's id names a person and isn't logged. The token is part of every address at
Telegram, so it is struck out of whatever a library may have put into a message.
"""

import logging
import os
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger


def set_up(token: str) -> None:
    """Route structlog and the standard library's logging to stdout; ``TRADEIN_LOG_LEVEL`` sets how much."""
    level = logging.getLevelNamesMapping().get(os.environ.get("TRADEIN_LOG_LEVEL", "info").upper(), logging.INFO)

    def strike_out(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {
            key: value.replace(token, "<token>") if isinstance(value, str) else value for key, value in event.items()
        }

    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        strike_out,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared[:2],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                strike_out,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # At DEBUG the Bot API client writes whole updates, and the HTTP client whole addresses: never.
    for library in ("httpx", "httpcore", "telegram", "telegram.ext"):
        logging.getLogger(library).setLevel(logging.WARNING)
