"""The description of the API (OpenAPI): what FastAPI finds out by itself, and what it can't know."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from web.once import PATTERN

TITLE = "Checkout API of the exchange programme"
VERSION = "1"
SUMMARY = """
A coupon from an old phone pays a part of a new one. The shop's server looks a coupon up, reserves it while the customer
pays, and places the order; the courier checks the old phone at the door.

Amounts are integers in minor units with their currency; moments are UTC (RFC 3339). Every refusal is a problem
(RFC 9457) with a `code`. Every call that changes something needs an `Idempotency-Key`.
"""


def describe(app: FastAPI) -> None:
    """Make ``app`` describe itself, once it is asked."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=TITLE, version=VERSION, description=SUMMARY.strip(), routes=app.routes)
            for operations in schema["paths"].values():
                for operation in operations.values():
                    _complete(operation)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to do so


def _complete(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "Idempotency-Key":  # missing is a 400 of ours, so to FastAPI it is optional
            parameter["required"] = True
            parameter["schema"] = {"type": "string", "pattern": PATTERN}
            for status, response in operation["responses"].items():
                if status.startswith("2"):
                    response["headers"] = {
                        "Idempotency-Replayed": {
                            "description": "`true` where this is the answer that an earlier request got.",
                            "schema": {"type": "string", "enum": ["true"]},
                        }
                    }
