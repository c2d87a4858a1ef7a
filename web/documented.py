"""What a call may answer, for the description of the API: each problem by its code, with an example of each."""

from collections.abc import Iterable
from typing import Any

from tradein.refusals import Refusal
from web.problems import MEDIA_TYPE, WORDINGS

KEYED = ("key_missing", "unknown_key", "scope_missing", "rate_limited", "invalid_request", "unavailable", "internal")
BODIED = ("malformed_request", "too_large", "unsupported_media_type")
CHANGING = (
    "idempotency_key_missing",
    "idempotency_key_malformed",
    "idempotency_key_reused",
    "idempotency_key_busy",
    "move_lost",
)
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"description": "How to show a key.", "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
    503: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
}


def documented(
    *refusals: type[Refusal], problems: Iterable[str] = (), body: bool = False, changes: bool = False
) -> dict[str, Any]:
    """Return what a route's decorator needs to say which problems its call may answer with.

    ``refusals`` are the core's and ``problems`` this edge's beyond what every call has; ``body`` and ``changes`` add
    what a body and an Idempotency-Key can be wrong about.
    """
    codes = [*KEYED, *(BODIED if body else ()), *(CHANGING if changes else ()), *problems]
    codes += [refusal.code for refusal in refusals]
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(WORDINGS[code].status, []).append(code)
    return {
        "responses": {status: _response(status, of_status) for status, of_status in sorted(by_status.items())},
        "openapi_extra": {"x-problems": list(dict.fromkeys(codes))},
    }


def _response(status: int, codes: list[str]) -> dict[str, Any]:
    properties = {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "const": status},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": codes},
    }
    response: dict[str, Any] = {
        "description": "; ".join(WORDINGS[code].title for code in codes),
        "content": {
            MEDIA_TYPE: {
                "schema": {"type": "object", "properties": properties, "required": list(properties)},
                "examples": {
                    code: {"summary": WORDINGS[code].title, "value": WORDINGS[code].example} for code in codes
                },
            }
        },
    }
    if status in _HEADERS:
        response["headers"] = _HEADERS[status]
    return response
