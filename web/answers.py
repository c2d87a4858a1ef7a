"""Every way in which a request can end other than well, as a problem."""

from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from tradein.logs import described
from tradein.refusals import Refusal
from web.body import LIMIT_BYTES
from web.probing import evened
from web.problems import Problem, answer, saying, told
from web.refusing import declared_of

_LOG = structlog.get_logger()
AGAIN_SECONDS = 1
_HTTP = {
    400: "malformed_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - for the type: Starlette's signature says Exception
    return saying(error.code, headers=error.headers, **error.evidence)


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - as above
    problem = told(error, declared=declared_of(request))
    await evened(request, problem)
    return answer(problem)


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    code = _HTTP.get(error.status_code, "not_found")
    return saying(code, headers=error.headers, limit_bytes=LIMIT_BYTES)


async def _invalid(_request: Request, error: Exception) -> Response:
    """Point to what is wrong; what was sent isn't repeated, it may be a coupon's code."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    found: list[dict[str, Any]] = list(error.errors())
    if any(problem["type"] == "json_invalid" for problem in found):
        return saying("malformed_request")
    return saying("invalid_request", errors=[_pointed(problem) for problem in found[:20]])


def _pointed(problem: dict[str, Any]) -> dict[str, str]:
    where, *path = problem["loc"]
    if where != "body":
        return {"pointer": f"{where}/{path[0]}", "detail": problem["msg"]}
    return {"pointer": "".join(f"/{step}" for step in path), "detail": problem["msg"]}


async def _database(_request: Request, error: Exception) -> Response:
    _LOG.error("database_out_of_order", **described(error))
    if isinstance(error, DBAPIError) and not (isinstance(error, OperationalError) or error.connection_invalidated):
        return saying("internal")
    return saying("unavailable", headers={"Retry-After": str(AGAIN_SECONDS)}, retry_after_seconds=AGAIN_SECONDS)


async def _wrong(_request: Request, _error: Exception) -> Response:
    return saying("internal")  # Starlette raises it again behind us, and the server's log says where it came up


def set_answers(app: FastAPI) -> None:
    """Give every kind of error its answer."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(PoolTimeout, _database)
    app.add_exception_handler(Exception, _wrong)
