"""The operator's side of the demo: a link to the programme's console, made anew for each who asks.

GET /sandbox/operator            {"open": whether there is a console to open}
GET /sandbox/operator/console    goes to the console by a link that is good once

The link is made by a command that who starts the sandbox names; without one there is no console to open.
"""

import asyncio
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route


class Operator:
    """The handlers; ``command`` prints the link as the last thing it says."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)

    def routes(self) -> list[Route]:
        """Everything under /sandbox/operator."""
        return [
            Route("/sandbox/operator", self.about, methods=["GET"]),
            Route("/sandbox/operator/console", self.open, methods=["GET"]),
        ]

    async def about(self, _: Request) -> Response:
        """Say whether there is a console."""
        return JSONResponse({"open": bool(self._command)})

    async def open(self, request: Request) -> Response:
        """Go to the console."""
        # A page of somebody else's may link to here: it would sign its visitor in without being asked.
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise HTTPException(403, "Only the sandbox's own page may do that.")
        if not self._command:
            raise HTTPException(404, "No console was named to this sandbox.")
        command = await asyncio.create_subprocess_exec(*self._command, stdout=asyncio.subprocess.PIPE)
        said, _ = await command.communicate()
        link = said.decode().split()[-1:] if command.returncode == 0 else []
        if not link:
            raise HTTPException(503, "The console could not be opened; the sandbox's log says why.")
        return RedirectResponse(link[0], 303)
