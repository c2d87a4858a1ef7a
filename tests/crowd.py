"""Many customers with a coupon whose reminders are due: one made by the programme's own verbs, the others after it."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

from tests.builders import Shopper, imei_number, stock
from tradein import coupons, occasions, reminders
from tradein.coupons import Coupon
from tradein.customers import Customer
from tradein.database import Base
from tradein.exchanges import Exchange
from tradein.imei import Device
from tradein.outbox import Message
from tradein.policy import Policy
from tradein.quotes import Quote
from tradein.reminders import Kind, Kinds, Reminder

NEVER_QUIET = {"TRADEIN_QUIET_FROM": "00:00", "TRADEIN_QUIET_UNTIL": "00:00"}
"""What a process is told so that a crowd is reminded at any hour."""
POLICY = Policy(quiet_from=time(0), quiet_until=time(0))
KINDS = Kinds(reminders=(Kind(key="older", days_before=14, at=time(0)), Kind(key="newest", days_before=13, at=time(0))))
WORDS = """
  utter_reminder_older:
    - text: "too late"
  utter_reminder_newest:
    - text: "<b>{value}</b>, {days} days, until {expires}"
      buttons:
        - {title: "Fewer reminders", payload: "/fewer_reminders"}
"""
"""The responses of KINDS, to be put under ``responses:``."""
_FIRST_ID = 1_000_000


def gather(session: Session, chat_ids: Sequence[int], *, now: datetime) -> None:
    """Give everybody a coupon two days ago; the older reminder came due yesterday, the newest today."""
    stock(session)
    reminders.put_in_force(session, KINDS, now=now)
    first = Shopper.arrives(session, chat_ids[0])
    first.now = now - timedelta(days=2)
    first.describes().gets_quote()
    coupon = first.gives_imei(imei_number()).agrees(policy=POLICY)
    session.execute(delete(Message))  # that there is a coupon was told long ago
    session.flush()
    people = list(enumerate(chat_ids[1:], start=_FIRST_ID))
    _copy(session, Customer, coupon.customer_id, [
        {"id": n, "telegram_user_id": chat_id, "chat_id": chat_id, "conversation_id": f"{n:032d}"}
        for n, chat_id in people
    ])  # fmt: skip
    _copy(session, Device, coupon.device_id, [{"id": n, "imei": imei_number(n % _FIRST_ID + 2)} for n, _ in people])
    _copy(session, Exchange, coupon.exchange_id, [{"id": n, "customer_id": n, "device_id": n} for n, _ in people])
    _copy(session, Quote, coupon.quote_id, [{"id": n, "exchange_id": n} for n, _ in people])
    _copy(session, Coupon, coupon.id, [
        {"id": n, "code": coupons.new_code(), "customer_id": n, "exchange_id": n, "quote_id": n, "device_id": n}
        for n, _ in people
    ])  # fmt: skip
    for kind, planned in enumerate(occasions.of_coupon(session, coupon)):
        _copy(session, Reminder, planned.id, [
            {"id": 2 * n + kind, "coupon_id": n, "customer_id": n} for n, _ in people
        ])  # fmt: skip


def _copy(session: Session, rows: type[Base], of: int, others: list[dict[str, Any]]) -> None:
    table = cast("Table", rows.__table__)
    like = dict(session.execute(select(table).where(table.c.id == of)).mappings().one())
    known = {name: value for name, value in like.items() if name in table.c}
    if others:
        session.execute(insert(table), [known | {k: v for k, v in other.items() if k in table.c} for other in others])
