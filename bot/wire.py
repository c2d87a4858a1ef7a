"""The wire to Telegram: python-telegram-bot's requests, carried by aiohttp.

PTB's own client spends most of a call's processor time; this one takes a quarter of it. What an error means is the
same: whether the call left at all is told by its cause.
"""

from typing import Any, override
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.ConnectionTimeoutError)
"""Causes of an error with which not a byte of the call was sent: no connection was made, or none was free."""
CONNECT_SECONDS = 5.0
IDLE_SECONDS = 5.0
"""A connection that was idle longer isn't used again: the other side may be closing it."""
_JSON = {"Content-Type": "application/json"}


class Wire(BaseRequest):
    """Calls of the Bot API server at ``api_url``; times out after ``read_timeout`` seconds without a byte."""

    def __init__(self, api_url: str, *, read_timeout: float, connections: int) -> None:
        self._read_timeout = read_timeout
        self._connections = connections
        # One server is called: which proxy leads to it and what it is trusted by is settled here, once.
        self._proxy = proxy_to(api_url)
        self._trust = httpx.create_ssl_context() if urlsplit(api_url).scheme == "https" else True
        self._session: aiohttp.ClientSession | None = None

    @property
    @override
    def read_timeout(self) -> float | None:
        """Seconds to wait for an answer where a call names none."""
        return self._read_timeout

    @override
    async def initialize(self) -> None:
        """Get ready to connect."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, keepalive_timeout=IDLE_SECONDS, ssl=self._trust
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
                proxy=self._proxy,
            )

    @override
    async def shutdown(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @override
    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make a call; raises TimedOut or NetworkError, with aiohttp's error as the cause, where no answer came."""
        if self._session is None:
            raise RuntimeError("this request is not initialized")
        patience = self._read_timeout if isinstance(read_timeout, DefaultValue) else read_timeout
        try:
            async with self._session.request(
                method,
                url,
                **(_content(request_data) if request_data else {}),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    connect=self._read_timeout, sock_connect=CONNECT_SECONDS, sock_read=patience
                ),
            ) as answer:
                return answer.status, await answer.read()
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:
            raise NetworkError(f"{type(error).__name__}: {_told(error)}") from error


def proxy_to(url: str) -> str | None:
    """Return the proxy that the environment names for an address (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY)."""
    address = urlsplit(url)
    if proxy_bypass(address.hostname or ""):
        return None
    named = getproxies()
    proxy = named.get(address.scheme) or named.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def _told(error: aiohttp.ClientError) -> str:
    """Return what an error says without the address: the token is in it, and what is told here is logged and stored."""
    return error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)


def _content(given: RequestData) -> dict[str, Any]:
    if not given.contains_files:
        return {"data": given.json_payload, "headers": _JSON}
    form = aiohttp.FormData(given.json_parameters)
    for part, (name, file, kind) in given.multipart_data.items():
        form.add_field(part, file, filename=name, content_type=kind)
    return {"data": form}
