"""Keys, scopes, limits, and what may be learnt by guessing."""

import time
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import select

from tests.builders import NEW_PHONE, opens_link
from tests.web.conftest import House, Shop, basket, refused
from tradein import apikeys, links
from tradein.apikeys import ApiKey, Scope
from tradein.coupons import Coupon, new_code
from tradein.customers import Customer
from tradein.database import transaction
from web.body import LIMIT_BYTES
from web.probing import EVEN_SECONDS


async def test_without_a_key_there_is_nothing_to_see(house: House) -> None:
    """And the answer says how to show one."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(house.app()), base_url="http://shop.test") as http:
        for headers in ({}, {"Authorization": "Basic dGlrOg=="}, {"Authorization": "Bearer"}):
            answer = await http.get("/v1/products", headers=headers)
            refused(answer, 401, "key_missing")
            assert answer.headers["www-authenticate"] == "Bearer"
        wrong = await http.get("/v1/products", headers={"Authorization": "Bearer tik_aaaaaaaa_" + "x" * 400})
        refused(wrong, 401, "unknown_key")
        assert wrong.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_a_revoked_key_is_revoked_at_once(shop: Shop) -> None:
    """The next request already finds it closed."""
    assert (await shop.get("/v1/products")).status_code == 200
    with transaction(shop.house.maker) as session:
        for key in session.scalars(select(ApiKey)).all():
            apikeys.revoke(session, prefix=key.prefix, now=shop.house.clock.now)
    refused(await shop.get("/v1/products"), 401, "unknown_key")


async def test_a_scope_opens_its_own_calls_only(house: House) -> None:
    """``read`` spends nothing, ``checkout`` reads nobody's coupons."""
    reader, checkout = house.client(house.key(Scope.READ)), house.client(house.key(Scope.CHECKOUT))
    code = house.code()
    for call in (reader.looks_up(code), reader.reserves(code), reader.post("/v1/links", {"account_id": "a"})):
        answer = await call
        assert refused(answer, 403, "scope_missing")["scope"] == "checkout"
        assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="checkout"'
    assert refused(await checkout.get("/v1/accounts/a"), 403, "scope_missing")["scope"] == "read"
    for shop in (reader, checkout):
        assert (await shop.get("/v1/products")).status_code == 200
        await shop.http.aclose()


async def test_a_key_has_its_share_of_the_minute(house: House) -> None:
    """Another key has a share of its own."""
    house.per_minute = 3
    app = house.app()
    shop, other = house.client(app=app), house.client(app=app)
    assert [(await shop.get("/v1/products")).status_code for _ in range(3)] == [200, 200, 200]
    answer = await shop.get("/v1/products")
    assert 1 <= refused(answer, 429, "rate_limited")["retry_after_seconds"] <= 61
    assert answer.headers["retry-after"] == str(answer.json()["retry_after_seconds"])
    assert (await other.get("/v1/products")).status_code == 200
    for each in (shop, other):
        await each.http.aclose()


async def test_who_shows_wrong_keys_soon_shows_them_to_nobody(house: House) -> None:
    """Ten a minute from one address; the right key from there has to wait too, from elsewhere it doesn't."""
    app, right = house.app(), house.key()

    async def asks(secret: str, address: str) -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as http:
            return await http.get("/v1/products", headers={"Authorization": f"Bearer {secret}"})

    for _ in range(10):
        refused(await asks("tik_x_y", "192.0.2.1"), 401, "unknown_key")
    refused(await asks(right, "192.0.2.1"), 429, "rate_limited")
    assert (await asks(right, "192.0.2.2")).status_code == 200
    for number in range(10):
        refused(await asks("tik_x_y", f"2001:db8::{number}"), 401, "unknown_key")
    refused(await asks("tik_x_y", "2001:db8::ffff"), 429, "rate_limited")
    assert (await asks(right, "2001:db8:0:1::1")).status_code == 200


async def seen(shop: Shop, code: str, account: str | None = None) -> tuple[int, bytes, float]:
    """Look a code up; return status, body, seconds."""
    begun = time.monotonic()
    answer = await shop.looks_up(code, account=account)
    return answer.status_code, answer.content, time.monotonic() - begun


@pytest.fixture
def codes(house: House) -> dict[str, str]:
    """Return codes that can't be used, by why."""
    found = {name: house.code() for name in ("used", "expired", "reserved", "foreign")}
    with transaction(house.maker) as session:
        rows = {row.printed: row for row in session.scalars(select(Coupon))}
        used, expired, reserved = (rows[found[name]] for name in ("used", "expired", "reserved"))
        used.state, reserved.state = used.state.REDEEMED, reserved.state.RESERVED
        expired.expires_at = house.clock.now.replace(year=2025)
        owner = session.get_one(Customer, rows[found["foreign"]].customer_id)
        token, _ = links.invite(session, account="owner", now=house.clock.now)
        opens_link(session, owner, token, now=house.clock.now)
    return found | {"unknown": new_code(), "mistyped": "ABCD-EFGH", "nothing": "?"}


async def test_guessing_codes_teaches_nothing(house: House, codes: dict[str, str]) -> None:
    """One status, one body to the byte, and never faster than the even time, whatever the reason."""
    shop = house.client(house.key(Scope.CHECKOUT))
    answers = {name: await seen(shop, code, "stranger") for name, code in codes.items()}
    assert {answer[:2] for answer in answers.values()} == {answers["unknown"][:2]}
    assert b"coupon_not_usable" in answers["unknown"][1]
    assert all(elapsed >= EVEN_SECONDS for _, _, elapsed in answers.values())
    reserving = [await shop.reserves(code) for name, code in codes.items() if name != "foreign"]
    assert {answer.content for answer in reserving} == {answers["unknown"][1]}
    await shop.http.aclose()


async def test_who_may_know_is_told_why(house: House, codes: dict[str, str]) -> None:
    """A key that reads is told the reason of each."""
    shop = house.client(house.key(Scope.CHECKOUT, Scope.READ))
    told = {name: (await shop.looks_up(code, account="stranger")).json()["code"] for name, code in codes.items()}
    assert told == {
        "used": "coupon_used",
        "expired": "coupon_expired",
        "reserved": "coupon_reserved",
        "foreign": "coupon_of_another_account",
        "unknown": "unknown_coupon",
        "mistyped": "unknown_coupon",
        "nothing": "unknown_coupon",
    }
    await shop.http.aclose()


async def test_the_owners_account_may_know(house: House) -> None:
    """The linked account is told why its own coupon can't be used, by a key that may only spend."""
    code, customer_id = house.coupon()
    with transaction(house.maker) as session:
        token, _ = links.invite(session, account="owner", now=house.clock.now)
        opens_link(session, session.get_one(Customer, customer_id), token, now=house.clock.now)
    shop = house.client(house.key(Scope.CHECKOUT))
    await shop.post("/v1/reservations", basket(code, account="owner"))
    refused(await shop.looks_up(code, account="owner"), 409, "coupon_reserved")
    refused(await shop.looks_up(code), 409, "coupon_not_usable")
    await shop.http.aclose()


async def test_a_body_is_bounded_while_it_comes_in(shop: Shop) -> None:
    """Announced or not, and however it is cut."""
    huge = b'{"code":"' + b"A" * LIMIT_BYTES + b'"}'
    headers = {"Content-Type": "application/json"}
    announced = await shop.http.post("/v1/coupons/lookup", content=huge, headers=headers)
    assert refused(announced, 413, "too_large")["limit_bytes"] == LIMIT_BYTES

    async def drip() -> AsyncIterator[bytes]:
        for start in range(0, len(huge), 1000):
            yield huge[start : start + 1000]

    refused(await shop.http.post("/v1/coupons/lookup", content=drip(), headers=headers), 413, "too_large")


async def test_the_log_tells_neither_codes_nor_keys_nor_accounts(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line says what was called, how it ended, and by which key's prefix."""
    secret, code = house.key(), house.code()
    shop = house.client(secret)
    await shop.looks_up(code, account="cust-77")
    await shop.get("/v1/accounts/cust-77")
    await shop.looks_up(code, "nothing-sold")
    said = capsys.readouterr().out
    assert "/v1/accounts/{account_id}" in said
    assert secret.split("_")[1] in said
    for private in (code, code.replace("-", ""), secret, "cust-77", NEW_PHONE):
        assert private not in said
    await shop.http.aclose()
