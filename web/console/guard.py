"""What every answer of the console says to the browser, and which requests a browser may not send from elsewhere."""

import secrets
from typing import override
from urllib.parse import urlsplit

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette_admin.security.csrf import CSRFMiddleware

from tradein.logs import described

_LOG = structlog.get_logger()
_SAFE = frozenset({"GET", "HEAD"})
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class Guard(BaseHTTPMiddleware):
    """Middleware: security headers on everything; a change only from a page of this very origin.

    The token in each form (starlette-admin's) is one lock; a cookie that a sibling domain could plant would open it, so
    the browser's own word about where a request comes from is another.
    """

    @override
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Let a request through."""
        # Asked before: on the way the scope becomes the inner application's.
        static = request.scope["path"].startswith(f"{request.scope['root_path']}/static/")
        request.state.nonce = nonce = secrets.token_urlsafe(16)
        if request.method not in _SAFE and not _from_here(request):
            response: Response = PlainTextResponse("This was not sent by a page of the console.", 403)
        else:
            response = await _answered(request, call_next)
        if static:
            response.headers["Cache-Control"] = "private, max-age=3600"
        response.headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        # Not "no-referrer": a form's Origin would be "null", and over plain http there is no Sec-Fetch-Site beside it.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        return response


class Token(CSRFMiddleware):
    """starlette-admin's check of a form's token, which lets go of the files that came with the form."""

    @override
    async def _get_submitted_token(self, request: Request) -> str | None:
        try:
            return await super()._get_submitted_token(request)
        except HTTPException:
            return None  # no form at all, so no token
        finally:
            await request.close()


async def _answered(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Return the answer from within, or what to say where a middleware there gave up.

    Nobody else could: the error handlers of the API are reached only when an answer is under way.
    """
    try:
        # Here, where a body that is too large can still be answered; those within read it again from memory.
        await request.body()
        return await call_next(request)
    except HTTPException as refused:
        return PlainTextResponse(refused.detail, refused.status_code)
    except ClientDisconnect:
        return PlainTextResponse("The request ended in the middle.", 400)  # for the log: nobody is there any more
    except (DBAPIError, PoolTimeout) as error:
        _LOG.error("database_out_of_order", **described(error))
        return PlainTextResponse("The database does not answer as it should: try again in a moment.", 503)


def _from_here(request: Request) -> bool:
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    try:
        return origin is None or urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:
        return False  # no address at all: "http://["
