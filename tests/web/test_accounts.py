"""Linking the shop's account to the chat: the credit appears there."""

from sqlalchemy import select

from tests.builders import opens_link
from tests.web.conftest import VALUE_MINOR, Shop, refused
from tradein.customers import Customer
from tradein.database import reading, transaction
from tradein.idempotency import IdempotentCall
from tradein.invitations import Invitation


async def test_a_linked_account_shows_the_credit_and_its_coupons(shop: Shop) -> None:
    """Mission, line 4: from the shop's page to the chat and back."""
    code, customer_id = shop.house.coupon()
    empty = {"account_id": "cust-1", "linked": False, "balance_minor": 0, "currency": "INR", "coupons": []}
    assert (await shop.get("/v1/accounts/cust-1")).json() == empty
    made = await shop.post("/v1/links", {"account_id": "cust-1"})
    link = made.json()
    assert made.status_code == 201
    assert link["expires_at"] == "2026-11-24T06:30:00Z"
    assert link["url"] == f"https://t.me/exchange_bot?start={link['start']}"
    assert link["start"].startswith("l_")
    assert len(link["start"]) <= 64, "Bot API: a start parameter has up to 64 characters"
    with transaction(shop.house.maker) as session:
        token = link["start"].removeprefix("l_")
        opens_link(session, session.get_one(Customer, customer_id), token, now=shop.house.clock.now)
    account = (await shop.get("/v1/accounts/cust-1")).json()
    assert (account["linked"], account["balance_minor"]) == (True, VALUE_MINOR)
    assert account["coupons"] == [
        {
            "code": code,
            "ending": code[-4:],
            "value_minor": VALUE_MINOR,
            "state": "issued",
            "expires_at": "2026-12-08T18:29:59.999999Z",
        }
    ]


async def test_a_repeated_link_is_the_same_and_its_token_is_kept_nowhere(either_shop: Shop) -> None:
    """What is kept of the answer opens nothing without the shop's own secret; another intention is another link."""
    first = await either_shop.post("/v1/links", {"account_id": "cust-1"}, key="k")
    again = await either_shop.post("/v1/links", {"account_id": "cust-1"}, key="k")
    other = await either_shop.post("/v1/links", {"account_id": "cust-1"}, key="l")
    assert (again.headers["idempotency-replayed"], again.json()) == ("true", first.json())
    assert other.json()["start"] != first.json()["start"]
    token = first.json()["start"].removeprefix("l_")
    with reading(either_shop.house.maker) as session:
        kept = [str(call.body) for call in session.scalars(select(IdempotentCall))]
        assert not any(token in body for body in kept)
        assert session.scalars(select(Invitation.token_digest)).all() != []
        assert not any(token in digest for digest in session.scalars(select(Invitation.token_digest)))


async def test_an_account_has_a_name_that_fits_an_address(shop: Shop) -> None:
    """What could never be looked up is not linked either."""
    for account in ("", "a/b", "a b", "x" * 129, "ключ", "a\n"):
        refused(await shop.post("/v1/links", {"account_id": account}), 422, "invalid_request")
