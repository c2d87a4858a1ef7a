"""Telling the shop: a signed POST, as Standard Webhooks has it, so that a receiver needs no code of its own to verify.

webhook-id: evt_…    webhook-timestamp: Unix seconds    webhook-signature: v1,<HMAC-SHA256>
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx
from standardwebhooks import Webhook

TIMEOUT_SECONDS = 10.0
"""For each of connecting, sending and waiting: all together stay under a worker's lease."""


class NotTaken(Exception):
    """The shop didn't answer 2xx; the message says what happened instead, without the address."""


class Shop:
    """The shop's receiver; ``secret`` is ``whsec_…`` and raises ValueError when it can't be one."""

    def __init__(self, *, url: str, secret: str) -> None:
        self._url = url
        try:
            self._signer = Webhook(secret)
        except Exception as error:  # the library's own are of several kinds
            raise ValueError("not the secret of a webhook") from error
        # A redirect is not followed: the signed facts go where the operator said, nowhere else.
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False)

    def tell(self, payload: Mapping[str, Any], *, now: datetime) -> None:
        """Send one webhook; raises NotTaken."""
        event_id = str(payload["id"])
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "exchange-assistant",
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(event_id, now, body),
        }
        try:
            with self._client.stream("POST", self._url, content=body.encode(), headers=headers) as answer:
                if not answer.is_success:  # what it says doesn't matter and may be endless: it isn't read
                    raise NotTaken(f"HTTP {answer.status_code}")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotTaken(type(error).__name__) from None

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()
