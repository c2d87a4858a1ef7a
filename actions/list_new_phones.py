"""action_list_new_phones: the new phones of the shop, and what is left to pay for each with the customer's coupon."""

from dataclasses import dataclass
from datetime import datetime

from actions import core
from actions.act import Act
from actions.buttons import payload
from actions.turn import Button, Event, Turn
from tradein import catalogue
from tradein.catalogue import ProductKind
from tradein.coupons import CouponState
from tradein.overview import overview

IN_FORM = 5
"""How many are named amid a form's questions, where no button would last."""


@dataclass(frozen=True)
class _Coupon:
    """The coupon that ends first."""

    value_minor: int
    expires_at: datetime


@dataclass(frozen=True)
class _Phone:
    sku: str
    name: str
    price_minor: int
    discount_minor: int

    @property
    def rest_minor(self) -> int:
        return self.price_minor - self.discount_minor


class ActionListNewPhones(Act):
    """Lists them with what is left to pay; on a tap one of them, with its sum."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_list_new_phones"

    async def act(self, turn: Turn) -> list[Event]:
        """Show the list, or the phone that was tapped."""
        phones, coupon = await core.read(turn.conversation_id, _look)
        tapped = next((phone for phone in phones if phone.sku == turn.said.entities.get("product")), None)
        if not phones:
            turn.say("utter_new_phones_none", buttons=[] if turn.in_form else turn.buttons("coupons", "person"))
        elif turn.in_form:
            lines = (_line(turn, tapped or phone) for phone in phones[: 1 if tapped else IN_FORM])
            turn.say("utter_new_phones_in_form", html={"phones": "\n".join(lines)})
        elif tapped:
            _show(turn, tapped, coupon)
        else:
            _list(turn, phones, coupon)
        return []


def _look(desk: core.Desk) -> tuple[list[_Phone], _Coupon | None]:
    usable = [
        _Coupon(standing.value_minor, standing.expires_at)
        for standing in overview(desk.session, desk.customer, policy=desk.policy, now=desk.now)
        if standing.kind == "coupon" and standing.state == CouponState.ISSUED
    ]
    coupon = min(usable, key=lambda each: each.expires_at, default=None)
    worth = coupon.value_minor if coupon else 0
    # The shop's rule (tradein.baskets): a coupon is worth at most the phone it is used for.
    return [
        _Phone(phone.sku, phone.name, phone.price_minor, min(worth, phone.price_minor))
        for phone in catalogue.products(desk.session, ProductKind.SMARTPHONE)
    ], coupon


def _list(turn: Turn, phones: list[_Phone], coupon: _Coupon | None) -> None:
    buttons = [_button(turn, phone) for phone in phones]
    if coupon:
        facts = {"value_minor": coupon.value_minor, "expires_at": coupon.expires_at}
        turn.say("utter_new_phones_with_coupon", facts, buttons=[*buttons, *turn.footer("coupons")])
    else:
        turn.say("utter_new_phones", buttons=[*buttons, *turn.footer("evaluate")])


def _show(turn: Turn, phone: _Phone, coupon: _Coupon | None) -> None:
    facts: dict[str, object] = {"phone": phone.name, "price_minor": phone.price_minor}
    if coupon is None:
        turn.say("utter_new_phone", facts, buttons=turn.buttons("new_phones", "evaluate"))
        return
    facts |= {
        "discount_minor": phone.discount_minor,
        "rest_minor": phone.rest_minor,
        "expires_at": coupon.expires_at,
    }
    turn.say("utter_new_phone_with_coupon", facts, buttons=turn.buttons("new_phones", "coupons"))


def _button(turn: Turn, phone: _Phone) -> Button:
    # A title is no HTML, and the name is the shop's own.
    rest = turn.presented({"rest_minor": phone.rest_minor})["rest"]
    return turn.button("new_phone", payload("list_new_phones", product=phone.sku), phone=phone.name, rest=rest)


def _line(turn: Turn, phone: _Phone) -> str:
    return turn.word("utter_new_phone_line", **turn.presented({"phone": phone.name, "price_minor": phone.price_minor}))
