"""Imports every module of the core that holds a table, so that ``Base.metadata`` is whole."""

from tradein import (
    accounts,
    catalogue,
    conditions,
    coupons,
    customers,
    events,
    exchanges,
    imei,
    inbox,
    outbox,
    quotes,
    support,
    terms,
)

__all__ = [
    "accounts",
    "catalogue",
    "conditions",
    "coupons",
    "customers",
    "events",
    "exchanges",
    "imei",
    "inbox",
    "outbox",
    "quotes",
    "support",
    "terms",
]
