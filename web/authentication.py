"""Who asks: a key in ``Authorization: Bearer tik_…``, its scope, its share of the minute."""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from tradein import apikeys
from tradein.apikeys import ApiKey, Scope
from tradein.refusals import UnknownKey
from web.parts import parts_of
from web.problems import Problem

_BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="A key that `tradein apikey create` showed once: `Authorization: Bearer tik_…`",
)
LONGEST_SECRET = 200


async def _authenticated(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> ApiKey:
    """Return the key shown; raises the Problems key_missing, unknown_key, rate_limited."""
    parts = parts_of(request)
    parts.limits.check(request)
    if credentials is None:
        raise Problem("key_missing", headers={"WWW-Authenticate": "Bearer"})
    secret = credentials.credentials[:LONGEST_SECRET]
    try:
        key = await parts.store.read(lambda session: apikeys.authenticate(session, secret))
    except UnknownKey:
        parts.limits.failed(request)
        raise Problem("unknown_key", headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}) from None
    request.state.key = key.prefix
    parts.limits.spend(key.prefix)
    return key


def _holding(*scopes: Scope) -> Any:  # noqa: ANN401 - what Depends is, FastAPI doesn't say
    async def allowed(key: Annotated[ApiKey, Depends(_authenticated)]) -> ApiKey:
        if not set(scopes) & set(key.scopes):
            named = " or ".join(scopes)
            challenge = f'Bearer error="insufficient_scope", scope="{scopes[0]}"'
            raise Problem("scope_missing", headers={"WWW-Authenticate": challenge}, scope=named)
        return key

    return Depends(allowed)


type Spending = Annotated[ApiKey, _holding(Scope.CHECKOUT)]
"""A key that may spend coupons."""
type Reading = Annotated[ApiKey, _holding(Scope.READ)]
"""A key that may see a customer's coupons."""
type Looking = Annotated[ApiKey, _holding(Scope.READ, Scope.CHECKOUT)]
"""Any key."""
