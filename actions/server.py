"""The action server's shell: the SDK's application, closed to everyone who does not know the secret.

As the SDK ships it, anyone who reaches the port may run any action with a tracker of their own making, and an error
is answered with the whole request, the conversation included. Here every route but ``/health`` wants the secret, an
error is answered with two words and logged without a word of the conversation, and only the loopback is listened on.
"""

import gc
import hmac
import logging
import socket
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import structlog
from rasa_sdk.endpoint import create_app
from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.handlers import ErrorHandler
from sanic.request import Request
from sanic.response import HTTPResponse, json

from actions.foresight import ForesightedExecutor
from tradein import settings

SECRET_HEADER = "X-Actions-Secret"  # noqa: S105 - the header's name
LARGEST_CALL_BYTES = 4 * 1024 * 1024
"""Far above any call: the last turns' events and, when the server has started anew, the domain once."""

_LOG = structlog.get_logger()


class _Discreet(ErrorHandler):
    """Answers an error with its name only, and logs where it happened, not what was being handled."""

    def default(self, request: Request, exception: Exception) -> HTTPResponse:  # noqa: ARG002 - Sanic's signature
        """Return 500, or the status Sanic gives the exception, with ``{"error": …}``."""
        if isinstance(exception, SanicException):
            return json({"error": "refused"}, status=exception.status_code)
        _LOG.error("action failed", error=_where(exception))
        return json({"error": "action failed"}, status=500)


def _where(error: BaseException) -> str:
    # No message: an exception's message quotes values, and SQLAlchemy's quotes the statement's parameters.
    told = []
    current: BaseException | None = error
    while current is not None:
        frames = traceback.extract_tb(current.__traceback__)
        place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
        told.append(f"{type(current).__name__}{place}")
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return ", from ".join(told)


def application(secret: str, *, package: str = "actions") -> Sanic[Any, Any]:
    """Return the SDK's application with the actions of ``package``, answering 401 to a call without the secret.

    A compressed call is refused with 415 (the SDK would unpack it whatever its size), one above ``LARGEST_CALL_BYTES``
    with 413.
    """
    executor = ForesightedExecutor()
    executor.register_package(package)
    app: Sanic[Any, Any] = create_app(executor, cors_origins=None)
    app.error_handler = _Discreet()
    app.config.REQUEST_MAX_SIZE = LARGEST_CALL_BYTES
    app.config.KEEP_ALIVE_TIMEOUT = 120
    expected = secret.encode()

    async def admit(request: Request) -> HTTPResponse | None:
        if request.path == "/health" and request.method == "GET":
            return None
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, expected):
            return json({"error": "unauthorized"}, status=401)
        if "content-encoding" in request.headers:
            return json({"error": "refused"}, status=415)
        return None

    # Before the SDK's own middleware, which answers every OPTIONS with 200.
    app.register_middleware(admit, "request", priority=100)
    return app


def _refuse(sentence: str) -> NoReturn:
    sys.stderr.write(f"actions: {sentence}\n")
    sys.exit(1)


def serve(url: str, secret: str, *, package: str = "actions") -> None:
    """Serve until told to end, in this process, on the loopback at the port of ``url``.

    Ends the process with one sentence when the port is taken.
    """
    # The core and the engine live with different versions on purpose; the SDK would say so on every call.
    warnings.filterwarnings("ignore", message="Your versions of rasa and")
    logging.getLogger("sanic").setLevel(logging.ERROR)
    port = urlsplit(url).port or 80
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
            door.listen()
        except OSError:
            _refuse(f"port {port} is in use (TRADEIN_ACTIONS_URL)")
        app = application(secret, package=package)
        # What is loaded stays: the collector needn't walk through it again and again.
        gc.collect()
        gc.freeze()
        _LOG.info("actions ready", port=port)
        app.run(sock=door, single_process=True, access_log=False, motd=False)


def main() -> None:
    """Run ``python -m actions``; refuses to start without the secret."""
    try:
        told = settings.load()
    except settings.BadSettings as bad:
        _refuse(str(bad))
    if told.actions_secret is None or not told.actions_secret.get_secret_value():
        _refuse("TRADEIN_ACTIONS_SECRET is not set")
    serve(told.actions_url, told.actions_secret.get_secret_value())
