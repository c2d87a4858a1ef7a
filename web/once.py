"""A call that changes something is done once, however often it arrives: ``Idempotency-Key`` and the answer it got.

same key, same body → the same answer, with ``Idempotency-Replayed: true``; a refusal is an answer too
same key, other body → 422 idempotency_key_reused
what went wrong on our side is not kept: the repetition tries again
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.orm import Session

from tradein import idempotency
from tradein.apikeys import ApiKey
from tradein.idempotency import Kept
from tradein.refusals import Refusal
from web.authentication import Spending
from web.parts import Parts, parts_of
from web.probing import evened
from web.problems import MEDIA_TYPE, Problem, told
from web.refusing import declared_of

PATTERN = "^[!-~]{1,255}$"
_USABLE = re.compile(PATTERN)
_FIRST_ERROR = 400
type Work = Callable[[Session, datetime], BaseModel]
type Completed = Callable[[dict[str, Any]], BaseModel]


@dataclass(frozen=True)
class Once:
    """One changing call under its key."""

    request: Request
    parts: Parts
    key: ApiKey
    idempotency_key: str

    @property
    def secret(self) -> str:
        """The secret of the key with which the call came: nobody keeps it here."""
        return self.request.headers["Authorization"].partition(" ")[2].strip()

    async def answered(self, asked: BaseModel | None) -> JSONResponse | None:
        """Return the answer the call got before, None if there is none.

        An early look, for calls that ask somebody else before they begin; what decides is :meth:`run`.
        """
        fingerprint = self._fingerprint(asked)
        kept = await self.parts.store.read(
            lambda session: idempotency.answered(
                session, self.key, idempotency_key=self.idempotency_key, fingerprint=fingerprint
            )
        )
        return None if kept is None else await self._response(kept, replayed=True)

    async def run(
        self, asked: BaseModel | None, work: Work, *, status: int = 200, completed: Completed | None = None
    ) -> JSONResponse:
        """Do ``work`` in one transaction with the memory of its answer, or give the answer it got before.

        What of an answer must not be kept is added by ``completed``, the same each time.
        """
        fingerprint = self._fingerprint(asked)
        now = self.parts.clock()

        def unit(session: Session) -> tuple[Kept, bool]:
            found = idempotency.begin(
                session, self.key, idempotency_key=self.idempotency_key, fingerprint=fingerprint, now=now
            )
            if isinstance(found, Kept):
                return found, True
            try:
                with session.begin_nested():  # a refusal undoes the work and leaves the memory of it
                    kept = Kept(status, work(session, now).model_dump(mode="json"))
            except Refusal as refusal:
                problem = told(refusal, declared=declared_of(self.request))
                kept = Kept(problem["status"], problem)
            idempotency.keep(session, found, status=kept.status, body=kept.body)
            return kept, False

        kept, replayed = await self.parts.store.do(unit)
        if completed is not None and kept.status < _FIRST_ERROR:
            kept = Kept(kept.status, completed(kept.body).model_dump(mode="json"))
        return await self._response(kept, replayed=replayed)

    def _fingerprint(self, asked: BaseModel | None) -> str:
        said = asked.model_dump_json() if asked is not None else ""
        return hashlib.sha256(f"{self.request.method} {self.request.url.path}\n{said}".encode()).hexdigest()

    async def _response(self, kept: Kept, *, replayed: bool) -> JSONResponse:
        if kept.status >= _FIRST_ERROR:
            await evened(self.request, kept.body)
        headers = {"Idempotency-Replayed": "true"} if replayed else None
        media_type = MEDIA_TYPE if kept.status >= _FIRST_ERROR else None
        return JSONResponse(kept.body, kept.status, headers=headers, media_type=media_type)


def _once(
    request: Request,
    key: Spending,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="New for every new intention, the same for a repetition; remembered for a week.",
            examples=["0b6d3f2e-5d1c-4c39-9a57-1f1f0f7a2c11"],
        ),
    ] = None,
) -> Once:
    if idempotency_key is None:
        raise Problem("idempotency_key_missing")
    if not _USABLE.fullmatch(idempotency_key):
        raise Problem("idempotency_key_malformed")
    return Once(request, parts_of(request), key, idempotency_key)


type Changing = Annotated[Once, Depends(_once)]
"""A call that changes something, by a key that may spend coupons."""
