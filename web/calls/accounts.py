"""The shop's accounts: linking one to a chat, so that the exchange credit appears in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from tradein import accounts, links, tokens
from tradein.coupons import Coupon
from tradein.customers import Customer
from tradein.refusals import UnknownAccount
from web.authentication import Reading
from web.calls import PREFIX
from web.documented import documented
from web.json_only import json_only
from web.models import ACCOUNT_PATTERN, AccountCoupon, AccountOut, LinkIn, LinkOut
from web.once import Changing
from web.parts import parts_of

router = APIRouter(prefix=PREFIX, tags=["Accounts"])
type AccountPath = Annotated[str, Path(pattern=ACCOUNT_PATTERN, examples=["cust-20931"])]
START = "l_"


class _Invited(BaseModel):
    """What is kept of a link to answer the same again: not its token, which is made anew with the key's own secret."""

    nonce: str
    expires_at: datetime


@router.post(
    "/links",
    status_code=201,
    response_model=LinkOut,
    summary="Link an account to a chat",
    dependencies=[Depends(json_only)],
    **documented(body=True, changes=True),
)
async def link_account(once: Changing, asked: LinkIn) -> JSONResponse:
    """Make an address for the signed-in customer: opened in Telegram within a day, it asks them once."""
    bot = once.parts.settings.bot_username

    def invite(session: Session, now: datetime) -> _Invited:
        nonce = tokens.new()
        _, expires_at = links.invite(
            session, account=asked.account_id, now=now, token=tokens.derived(once.secret, nonce)
        )
        return _Invited(nonce=nonce, expires_at=expires_at)

    def completed(kept: dict[str, Any]) -> LinkOut:
        invited = _Invited.model_validate(kept)
        start = f"{START}{tokens.derived(once.secret, invited.nonce)}"
        url = f"https://t.me/{bot}?start={start}" if bot else None
        return LinkOut(url=url, start=start, expires_at=invited.expires_at)

    return await once.run(asked, invite, status=201, completed=completed)


@router.get(
    "/accounts/{account_id}",
    summary="Read an account's exchange credit",
    **documented(),
)
async def read_account(request: Request, _key: Reading, account_id: AccountPath) -> AccountOut:
    """Return what the account has from exchanges: its balance and its coupons, the newest first."""
    currency = parts_of(request).settings.currency

    def read(session: Session) -> AccountOut:
        try:
            customer = links.customer_of(session, account_id)
        except UnknownAccount:
            return AccountOut(account_id=account_id, linked=False, balance_minor=0, currency=currency, coupons=[])
        return AccountOut(
            account_id=account_id,
            linked=True,
            balance_minor=accounts.balance(session, customer, currency=currency),
            currency=currency,
            coupons=[AccountCoupon.of(coupon) for coupon in _coupons(session, customer)],
        )

    return await parts_of(request).store.read(read)


def _coupons(session: Session, customer: Customer) -> Sequence[Coupon]:
    return session.scalars(select(Coupon).where(Coupon.customer_id == customer.id).order_by(Coupon.id.desc())).all()
