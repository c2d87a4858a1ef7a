"""Who is at the console: the cookie's sign-in, looked up with its member's role at every request."""

from dataclasses import dataclass
from typing import override

from sqlalchemy.orm import Session
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates
from starlette_admin.auth import AdminUser, BaseAuthProvider

from tradein import signins
from tradein.refusals import NotStaff
from web.console.entrance import COOKIE, Entrance, drop_cookie
from web.parts import parts_of
from web.problems import Problem

_ENTRANCE, _LOOKS = "/enter", "/static/"
"""What needs no sign-in: the entrance itself, no path that merely begins like it; and what its page looks like."""


@dataclass
class Operator(AdminUser):
    """Who acts; ``secret`` is their cookie's, with which every action looks them up again."""

    secret: str = ""


class Gate(BaseHTTPMiddleware):
    """Middleware that lets operators through and shows everybody else the entrance."""

    @override
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Let a request through if its sender may."""
        request.state.is_anonymous = True
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        if path == _ENTRANCE or path.startswith(_LOOKS):
            return await call_next(request)
        secret = request.cookies.get(COOKIE, "")
        if not secret:
            return _away(request)
        parts, now = parts_of(request), parts_of(request).clock()

        def look(session: Session) -> tuple[str, bool]:
            signin = signins.acting(session, secret, now=now)
            return signin.member.name, signins.wants_noting(signin, now=now)

        try:
            name, wants_noting = await parts.store.read(look)
            if wants_noting:
                await parts.store.do(lambda session: signins.seen(session, secret, now=now))
        except NotStaff:
            return drop_cookie(_stranger(request), request)
        request.state.admin_user = Operator(name, secret=secret)
        request.state.is_anonymous = False
        return await call_next(request)


class Provider(BaseAuthProvider):
    """The console's own way of signing in, where starlette-admin expects one."""

    @override
    async def authenticate(self, request: Request) -> AdminUser | None:
        """Return who the gate let through."""
        return getattr(request.state, "admin_user", None)

    @override
    def get_routes(self, templates: Jinja2Templates) -> list[Route]:
        """Return the entrance's pages."""
        return Entrance(templates).routes

    @override
    def get_middleware(self) -> Middleware:
        """Return the gate."""
        return Middleware(Gate)


def _stranger(request: Request) -> Response:
    """Count a cookie that opens nothing: somebody may be guessing.

    Only now: whoever shares an operator's address and guesses must not keep the operator from their work.
    """
    limits = parts_of(request).limits
    try:
        limits.check(request)
    except Problem:
        return JSONResponse({"msg": "Too many attempts: wait a minute."}, 429)
    limits.failed(request)
    return _away(request)


def _away(request: Request) -> Response:
    """Send a browser to the entrance, and never anywhere else; tell a script what is the matter."""
    if request.method != "GET" and "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"msg": "You are signed out: open the console with a new link."}, 401)
    return RedirectResponse(request.url_for("console:login"), 303)
