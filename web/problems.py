"""How the API says no: problem details (RFC 9457), worded in ``problems.toml``.

A refusal of the core and an error of HTTP look the same: ``{"type", "title", "status", "detail", "code", …evidence}``.
The type is an address of this server that explains the code.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi.responses import JSONResponse

from tradein.refusals import Refusal
from web.refusing import Undocumented

MEDIA_TYPE = "application/problem+json"
_FILE = Path(__file__).with_name("problems.toml")


@dataclass(frozen=True)
class Wording:
    """One entry of the table; ``evidence`` holds an example of each value the problem carries."""

    code: str
    status: int
    title: str
    detail: str
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def body(self, evidence: Mapping[str, object]) -> dict[str, Any]:
        """Return the problem with its evidence; what the table doesn't name stays here."""
        told = {name: _plain(evidence[name]) for name in self.evidence if name in evidence}
        return {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail.format_map(told),
            "code": self.code,
            **told,
        }

    @property
    def example(self) -> dict[str, Any]:
        """The problem as the description of the API shows it."""
        return self.body(self.evidence)


WORDINGS: Mapping[str, Wording] = {
    code: Wording(code=code, **entry) for code, entry in tomllib.loads(_FILE.read_text("utf-8")).items()
}
"""Every problem by its code."""


class Problem(Exception):
    """What this edge itself has to refuse: a code of the table, the evidence, headers of the answer."""

    def __init__(self, code: str, *, headers: Mapping[str, str] | None = None, **evidence: object) -> None:
        self.code = code
        self.evidence = evidence
        self.headers = headers
        super().__init__(code)


def told(refusal: Refusal, *, declared: Collection[str]) -> dict[str, Any]:
    """Return the problem that a refusal of the core is to the shop.

    ``declared`` are the codes that the description of the call names; raises Undocumented for any other.
    """
    if refusal.code not in declared:
        raise Undocumented(refusal.code) from refusal
    return WORDINGS[refusal.code].body(refusal.evidence)


def answer(body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a problem as a response."""
    return JSONResponse(body, body["status"], headers=dict(headers or {}), media_type=MEDIA_TYPE)


def saying(code: str, *, headers: Mapping[str, str] | None = None, **evidence: object) -> JSONResponse:
    """Return the response for a code of the table."""
    return answer(WORDINGS[code].body(evidence), headers=headers)


def _plain(value: object) -> object:
    """Return a value as JSON has it; a moment in UTC, ending in Z."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value
