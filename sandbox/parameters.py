"""The arguments of a Bot API call, whichever way they came: query string, form, JSON or multipart."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request

from sandbox.errors import Json, bad_request
from sandbox.files import UPLOAD_LIMIT

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the call."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Parameters:
    """Typed access to the arguments; an argument that can't be read as asked for counts as Telegram counts it."""

    values: Mapping[str, Any]
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the argument as text, "" when missing."""
        value = self.values.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0) -> int:
        """Return the argument as a number; what is none counts as the default."""
        try:
            return int(self.values[name])
        except (KeyError, TypeError, ValueError):
            return default

    def flag(self, name: str) -> bool:
        """Return the argument as a truth."""
        return self.text(name).lower() in {"true", "yes", "1"}

    def structure(self, name: str, what: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Return the argument read as JSON, None when missing. Refuses what is no JSON, calling it `what`."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as error:
            raise bad_request(f"can't parse {what} JSON object") from error

    def chat_id(self) -> int | None:
        """Return the chat the call is about, None when it names none or none by number."""
        return self.integer("chat_id") or None


async def read_parameters(request: Request) -> Parameters:
    """Read query string and body. Refuses a body that is not what its content type says."""
    values: Json = dict(request.query_params) if request.url.query else {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _read_multipart(request, values)
    body = await request.body()
    if not body:
        return Parameters(values)
    if kind == "application/json":
        try:
            sent = json.loads(body)
        except ValueError as error:
            raise bad_request("can't parse request JSON object") from error
        if not isinstance(sent, dict):
            raise bad_request("can't parse request JSON object")
        values.update(sent)
    elif kind == FORM:
        values.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return Parameters(values)


async def _read_multipart(request: Request, values: Json) -> Parameters:
    uploads: dict[str, Upload] = {}
    async with request.form(max_part_size=UPLOAD_LIMIT) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                uploads[name] = Upload(value.filename or name, value.content_type or "", await value.read())
            else:
                values[name] = value
    return Parameters(values, uploads)
