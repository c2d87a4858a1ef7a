"""What needs no key: whether the process answers, and what a problem means."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from web.models import Health
from web.parts import parts_of
from web.problems import WORDINGS, Problem

router = APIRouter()


@router.get("/health", summary="See whether the service answers", tags=["Service"])
async def health(request: Request) -> Health:
    """Answer once the database does."""
    await parts_of(request).store.read(lambda session: session.connection().exec_driver_sql("SELECT 1"))
    return Health()


@router.get("/problems/{code}", summary="Explain a problem", include_in_schema=False)
async def explain(code: Annotated[str, Path()]) -> dict[str, object]:
    """Return what a problem's ``type`` leads to: the problem with example evidence."""
    if code not in WORDINGS:
        raise Problem("not_found")
    return WORDINGS[code].example
