"""Where a customer's exchange stands, for the agents: the phone, its quote, coupon and order, the IMEI masked."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.words import Words
from tradein import exchanges, orders
from tradein.customers import Customer
from tradein.exchanges import Exchange
from tradein.overview import overview
from tradein.policy import Policy

MOST = 3
"""Quotes and coupons shown: the newest; more would be no overview."""


def standing(session: Session, customer: Customer, words: Words, *, policy: Policy, now: datetime) -> list[str]:
    """Return the lines of a card that say it, HTML."""

    def say(name: str, **params: Any) -> str:  # noqa: ANN401 - what a response takes
        return words.say(f"utter_desk_{name}", params=params)

    return list(_lines(session, customer, say, policy=policy, now=now))


def _lines(session: Session, customer: Customer, say: Any, *, policy: Policy, now: datetime) -> Iterator[str]:  # noqa: ANN401
    latest = exchanges.latest(session, customer)
    if latest is not None:
        yield say(f"exchange_{latest.state.value}", phone=_phone(latest))
        if latest.device is not None:
            yield say("imei", masked=latest.device.masked)
    for found in overview(session, customer, policy=policy, now=now)[:MOST]:
        yield say(
            found.kind,
            phone=found.phone,
            value_minor=found.value_minor,
            expires_at=found.expires_at,
            state=found.state,
            ending=found.ending,
        )
    placed = orders.of_customer(session, customer)
    for order in placed[:MOST]:
        yield say("order", reference=order.reference, state=order.state.value, phone=order.phone)


def _phone(exchange: Exchange) -> str:
    chosen = exchange.variant or exchange.model or exchange.brand
    return chosen.name if chosen else "–"  # noqa: RUF001 - nothing chosen yet
