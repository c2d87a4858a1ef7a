"""The operator's side of the demo: a link to the programme's console, another for each who asks.

GET /sandbox/operator            {"open": whether there is a console to open}
GET /sandbox/operator/console    goes to the console by a link that is good once

Who starts the sandbox gives it some links; when they are used up, a new start brings others.
"""

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route


class Operator:
    """The handlers, over the links that are left."""

    def __init__(self, links: Sequence[str]) -> None:
        self._links = list(links)
        self._open = bool(links)

    def routes(self) -> list[Route]:
        """Everything under /sandbox/operator."""
        return [
            Route("/sandbox/operator", self.about, methods=["GET"]),
            Route("/sandbox/operator/console", self.open, methods=["GET"]),
        ]

    async def about(self, _: Request) -> Response:
        """Say whether there is a console."""
        return JSONResponse({"open": self._open})

    async def open(self, request: Request) -> Response:
        """Go to the console."""
        # A page of somebody else's may link to here, and use the links up.
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise HTTPException(403, "Only the sandbox's own page may do that.")
        if not self._open:
            raise HTTPException(404, "This sandbox was given no console.")
        if not self._links:
            raise HTTPException(410, "The links to the console are used up: stop the demo and start it again.")
        return RedirectResponse(self._links.pop(), 303)
