"""Which problems a call may answer with: what its description says, and nothing else."""

from typing import Any

from starlette.requests import Request


class Undocumented(Exception):
    """A call refused with a ``code`` that its description doesn't name: an error of ours, not of the shop's."""


def declared_of(request: Request) -> frozenset[str]:
    """Return the codes with which the call of a request may refuse, as its description says."""
    extra: dict[str, Any] = getattr(request.scope.get("route"), "openapi_extra", None) or {}
    return frozenset(extra.get("x-problems", ()))
