"""Signing in with a link that the command line made, and out again.

Opening the link changes nothing: programs that look at links in advance must not use it up. Its page has a button that
does.
"""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates
from starlette_admin.flash import get_flashed_messages

from tradein import signins
from tradein.refusals import InvitationExpired, InvitationUsed, NotStaff, Refusal, UnknownInvitation
from web.parts import parts_of
from web.problems import Problem

COOKIE = "tradein_console"
LONGEST_TOKEN = 100
_REFUSED: dict[type[Refusal], str] = {
    UnknownInvitation: "This link opens nothing: it is not complete, or was made for another console.",
    InvitationUsed: "This link was used before, or a newer one was made. Each works once.",
    InvitationExpired: "This link is too old: it is good for ten minutes.",
    NotStaff: "This link's owner is not an operator any more.",
}


class Entrance:
    """The pages before the gate."""

    def __init__(self, templates: Jinja2Templates) -> None:
        self._templates = templates
        self.routes = [
            Route("/enter", self.show, methods=["GET"], name="login"),
            Route("/enter", self.enter, methods=["POST"]),
            Route("/leave", self.leave, methods=["POST"], name="logout"),
        ]

    async def show(self, request: Request) -> Response:
        """Show the button for a link's token, or how to get a link."""
        return self._page(request, token=request.query_params.get("token", ""))

    async def enter(self, request: Request) -> Response:
        """Use the link up and give the browser its cookie."""
        parts, now = parts_of(request), parts_of(request).clock()
        token = str((await request.form()).get("token", ""))[:LONGEST_TOKEN]
        try:
            parts.limits.check(request)
        except Problem:
            return self._page(request, problem="Too many attempts: wait a minute, then try again.", status=429)

        def use(session: Session) -> str | Refusal:
            # Returned, not raised: a link that its owner may use no more is used up all the same.
            try:
                return signins.enter(session, token, now=now).secret
            except tuple(_REFUSED) as refusal:
                return refusal

        found = await parts.store.do(use)
        if isinstance(found, Refusal):
            parts.limits.failed(request)
            return self._page(request, problem=_REFUSED[type(found)], status=403)
        response = RedirectResponse(request.url_for("console:index"), 303)
        response.set_cookie(
            COOKIE,
            found,
            path=request.scope["root_path"],
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    async def leave(self, request: Request) -> Response:
        """Sign out, in the database too: a copy of the cookie opens nothing any more."""
        parts, now = parts_of(request), parts_of(request).clock()
        secret = request.cookies.get(COOKIE, "")
        await parts.store.do(lambda session: signins.leave(session, secret, now=now))
        return drop_cookie(RedirectResponse(request.url_for("console:login"), 303), request)

    def _page(self, request: Request, *, token: str = "", problem: str = "", status: int = 200) -> Response:
        context = {"token": token, "problem": problem, "flashed_messages": get_flashed_messages(request)}
        return self._templates.TemplateResponse(request, "enter.html", context, status_code=status)


def drop_cookie(response: Response, request: Request) -> Response:
    """Take the browser's cookie away."""
    response.delete_cookie(COOKIE, path=request.scope["root_path"], httponly=True, samesite="strict")
    return response
