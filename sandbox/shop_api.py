"""The demo shop's line to the exchange programme: the public checkout API over HTTP, and nothing else."""

from typing import Any, Final

import httpx
import stamina

from sandbox.errors import Json
from sandbox.shop_settings import ShopSettings

TIMEOUT_SECONDS: Final = 10.0
ATTEMPTS: Final = 3
PATIENCE_SECONDS: Final = 8.0


class Problem(Exception):
    """The shop can't do what the shopper asks: the API's problem details (`code`, `detail`, evidence) or its own."""

    def __init__(self, status: int, code: str, detail: str, **evidence: object) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.evidence = evidence

    @property
    def passing(self) -> bool:
        """Say whether the same request may succeed a little later."""
        busy = self.status in {408, 429} or self.code == "idempotency_key_busy"
        return busy or self.status >= httpx.codes.INTERNAL_SERVER_ERROR

    def body(self) -> Json:
        """Return it as JSON."""
        return {**self.evidence, "status": self.status, "code": self.code, "detail": self.detail}


class CheckoutApi:
    """One client of `…/v1`. Every call raises :class:`Problem`; what is passing was tried several times by then."""

    def __init__(self, settings: ShopSettings) -> None:
        self._settings = settings
        self.timezone = settings.timezone
        self._client: httpx.AsyncClient | None = None

    @property
    def configured(self) -> bool:
        """Say whether there is an API to call."""
        return bool(self._settings.shop_api_url and self._settings.shop_api_key.get_secret_value())

    async def get(self, path: str, **query: str) -> Any:  # noqa: ANN401 - whatever JSON the call answers
        """Read something."""
        return await self._call("GET", path, query=query)

    async def post(self, path: str, body: Json, *, key: str | None = None) -> Any:  # noqa: ANN401 - as above
        """Change something; `key` is the Idempotency-Key, the same for every repetition of one intention."""
        return await self._call("POST", path, body=body, headers={"Idempotency-Key": key} if key else {})

    async def close(self) -> None:
        """Hang up."""
        if self._client:
            await self._client.aclose()

    async def _call(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 - as above
        if not self.configured:
            raise Problem(503, "shop_closed", "The demo shop has no exchange programme to talk to.")
        if self._client is None:
            self._client = httpx.AsyncClient(
                base_url=self._settings.shop_api_url.rstrip("/"),
                headers={"Authorization": f"Bearer {self._settings.shop_api_key.get_secret_value()}"},
                timeout=TIMEOUT_SECONDS,
                trust_env=False,
            )
        async for attempt in stamina.retry_context(on=_may_succeed_now, attempts=ATTEMPTS, timeout=PATIENCE_SECONDS):
            with attempt:
                try:
                    answer = await self._client.request(method, f"/v1/{path}", json=body, params=query, headers=headers)
                except httpx.TransportError as error:
                    raise Problem(503, "unreachable", "The exchange programme can't be reached.") from error
                return _read(answer)
        raise AssertionError  # pragma: no cover - the loop returns or raises


def _may_succeed_now(error: Exception) -> bool:
    """Say whether to ask again at once; who asks too often should not ask more."""
    return isinstance(error, Problem) and error.passing and error.status != httpx.codes.TOO_MANY_REQUESTS


def _read(answer: httpx.Response) -> Any:  # noqa: ANN401 - whatever JSON the call answers
    try:
        body = answer.json()
    except ValueError:
        body = {}
    if answer.is_success:
        return body
    told = dict(body) if isinstance(body, dict) else {}
    for known in ("type", "title", "status"):
        told.pop(known, None)
    code = str(told.pop("code", "unexpected"))
    detail = str(told.pop("detail", f"The exchange programme answered {answer.status_code}."))
    return _raise(Problem(answer.status_code, code, detail, **told))


def _raise(problem: Problem) -> None:
    raise problem
