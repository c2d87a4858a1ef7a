"""Coupons, and what may be done to one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, override

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, joinedload
from starlette.requests import Request
from starlette_admin import row_action

from tradein import issuing, occasions, remedies, report
from tradein.catalogue import Model, Variant
from tradein.coupons import GROUP, Coupon, CouponState
from tradein.customers import Customer
from tradein.policy import Policy
from tradein.quotes import Quote
from tradein.report import Due
from tradein.staff import Staff
from web.console.listing import Beyond, Column, Listing, Part, Told, history
from web.console.local import Local, masked, words
from web.parts import parts_of


class Coupons(Listing):
    """Every coupon there ever was."""

    key, menu_label, icon = "coupons", "Coupons", "fa fa-ticket"
    table = Coupon
    columns = (
        Column("code", "Coupon"),
        Column("state", "State", Coupon.state),
        Column("customer", "Customer"),
        Column("phone", "Old phone"),
        Column("value", "Value", Coupon.value_minor),
        Column("imei", "IMEI", detail=True),
        Column("expires", "Last moment", Coupon.expires_at),
        Column("issued", "Issued", Coupon.issued_at),
        Column("usable", "Usable from", detail=True),
        Column("extended", "Given more days", detail=True),
    )
    default = ("issued", True)
    search_hint = "Last characters of a code, or a first name"
    empty = "No coupons here. The first is issued when a customer agrees to the terms in the chat."
    row_actions = ("withdraw", "extend")

    @override
    def query(self) -> Select[Any]:
        phone = joinedload(Coupon.quote).joinedload(Quote.variant).joinedload(Variant.model).joinedload(Model.brand)
        return select(Coupon).options(joinedload(Coupon.customer), joinedload(Coupon.device), phone)

    @override
    def parts(self, *, policy: Policy, now: datetime) -> Mapping[str, Part]:
        today, week = report.since(policy=policy, now=now)
        states = {state.value: Part(words(state.value).capitalize(), (Coupon.state == state,)) for state in CouponState}
        return {
            Due.EXPIRING: Part("Expire today", report.due_rows(policy=policy, now=now)[Due.EXPIRING][1]),
            "issued-today": Part("Issued today", (Coupon.issued_at >= today,)),
            "issued-week": Part("Issued in 7 days", (Coupon.issued_at >= week,)),
            **{state: part for state, part in states.items() if state != CouponState.ISSUED},
            "waiting": Part("Not used yet", (Coupon.state == CouponState.ISSUED,)),
        }

    @override
    def matching(self, words: str) -> ColumnElement[bool] | None:
        code = "".join(char for char in words.upper() if char.isalnum())
        named = Coupon.customer_id.in_(select(Customer.id).where(Customer.first_name.icontains(words, autoescape=True)))
        return or_(Coupon.code.endswith(code, autoescape=True), named) if len(code) >= GROUP else named

    @override
    def told(self, row: Coupon, local: Local) -> Told:
        return {
            "code": masked(row.code),
            "state": words(row.state.value),
            "customer": row.customer.first_name,
            "phone": row.quote.variant.name,
            "value": local.money(row.value_minor, row.currency),
            "imei": row.device.masked,
            "issued": local.moment(row.issued_at),
            "usable": local.moment(row.usable_from),
            "expires": local.moment(row.expires_at),
            "extended": local.moment(row.extended_at),
        }

    @override
    def opened(self, session: Session, row: Coupon, local: Local) -> Told:
        return {"code": row.printed}

    @override
    def beyond(self, session: Session, row: Coupon, local: Local) -> Sequence[Beyond]:
        told = [
            (local.moment(each.due_at), words(each.kind), words(each.state.value), words(each.reason or ""))
            for each in occasions.of_coupon(session, row)
        ]
        lines = [
            (str(line["label"] or words(line["code"])), local.money(line["amount_minor"], row.currency))
            for line in row.quote.lines
        ]
        return [
            history(session, Coupon.__tablename__, row.id, local),
            Beyond("What its value was made of", ("", "Amount"), lines),
            Beyond("What its customer is reminded of", ("Due", "Kind", "State", "Why"), told),
        ]

    @override
    def may(self, row: Coupon) -> frozenset[str]:
        if row.state is CouponState.ISSUED:
            return frozenset({"withdraw", "extend"} if row.extended_at is None else {"withdraw"})
        return frozenset({"extend"} if row.state is CouponState.RESERVED and row.extended_at is None else ())

    @row_action(
        name="withdraw",
        text="Withdraw",
        header="Withdraw this coupon?",
        confirmation="It is worth nothing any more, its credit is reversed and the phone is free again. The customer "
        "is told at once. This can't be undone.",
        submit_btn_text="Withdraw it",
        submit_btn_class="btn btn-danger",
        exclude_from_list=True,
    )
    async def withdraw(self, request: Request, pk: str) -> None:
        """Take a coupon back that no order has used yet."""

        def verb(session: Session, coupon: Coupon, member: Staff, now: datetime) -> str:
            issuing.withdraw(session, coupon, actor=member.actor, now=now)
            return "The coupon is withdrawn; its customer is told."

        await self.change(request, pk, verb)

    @row_action(
        name="extend",
        text="Give more days",
        header="Give this coupon more days?",
        confirmation="Once for a coupon. Its reminders are planned anew and the customer is told.",
        submit_btn_text="Give more days",
        exclude_from_list=True,
    )
    async def extend(self, request: Request, pk: str) -> None:
        """Give a coupon that can still be used more days, once."""
        policy, local = parts_of(request).settings.policy, Local.of(parts_of(request).settings)

        def verb(session: Session, coupon: Coupon, member: Staff, now: datetime) -> str:
            given = remedies.give_days(session, coupon, member, policy=policy, now=now)
            return f"The coupon is good until {local.moment(given.expires_at)}; its customer is told."

        await self.change(request, pk, verb)
