"""A body is JSON and says so."""

from starlette.requests import Request

from web.problems import Problem


async def json_only(request: Request) -> None:
    """Raise Problem ``unsupported_media_type`` for a body of any other kind."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    brings = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    if brings and media_type != "application/json":
        raise Problem("unsupported_media_type")
