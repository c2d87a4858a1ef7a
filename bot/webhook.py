"""Telegram's webhook: the secret checked, the update in the inbox, and only then the answer that acknowledges it."""

import hmac
import json

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram.error import NetworkError

from bot.intake import Inbox
from bot.poison import sift

LARGEST_UPDATE = 1_000_000
"""Bytes; Telegram's own are a few thousand."""
_SECRET = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name
_LOG = structlog.get_logger()


def route(path: str, secret: str, inbox: Inbox) -> Route:
    """Return the route that takes updates for ``inbox``.

    Answers 403 to whoever doesn't know ``secret``, 413 and 400 to what isn't an update, and 503 while the inbox can't
    be written: then Telegram sends the update again.
    """

    async def receive(request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get(_SECRET, "").encode(), secret.encode()):
            _LOG.warning("webhook_refused")
            return Response(status_code=403)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_UPDATE:
                return Response(status_code=413)
        try:
            raw = json.loads(body)
        except ValueError:
            return Response(status_code=400)
        try:
            update = await sift(raw, inbox)
            if update is None:
                return Response(status_code=400)
            await inbox.put(update)
        except NetworkError:
            return Response(status_code=503)
        return Response(status_code=200)

    return Route(path or "/", receive, methods=["POST"])
