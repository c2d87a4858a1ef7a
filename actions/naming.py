"""Which phone a message names: a slug to choose, or what has to be asked first."""

from collections.abc import Sequence
from typing import Any

from actions.buttons import payload
from actions.core import Desk
from actions.said import Said
from tradein.exchanges import Exchange
from tradein.phones import resolver
from tradein.phones.index import ListedModel
from tradein.phones.resolver import Resolution

Choice = dict[str, str]
Unclear = dict[str, Any]


def phone(desk: Desk, said: Said, exchange: Exchange | None, *, about_phone: bool) -> tuple[Choice, Unclear | None]:
    """Return what to choose, or what is unclear.

    Where another question is on the screen (not ``about_phone``) only a phone named in full counts: "one scratch" is
    no model.
    """
    found = resolver.resolve(
        desk.session,
        said.text,
        brand_id=exchange.brand_id if exchange and said.asked != "brand" else None,
        model_id=exchange.model_id if exchange else None,
    )
    if choice := _choice(found, exchange, about_phone=about_phone):
        return choice, None
    return {}, _unclear(found) if about_phone else None


def _choice(found: Resolution, exchange: Exchange | None, *, about_phone: bool) -> Choice:
    """Return the most exact slug that is news."""
    if found.variant:
        return {"variant_id": found.variant.id}
    if found.kind == "model" and found.model:
        return {} if exchange and exchange.model_id == found.model.id else {"model_id": found.model.id}
    if found.kind == "brand" and found.brand and about_phone:
        return {} if exchange and exchange.brand_id == found.brand.id else {"brand_id": found.brand.id}
    return {}


def _unclear(found: Resolution) -> Unclear | None:
    if found.kind == "choice":
        return _ask("utter_which_one" if len(found.candidates) > 1 else "utter_this_one", found.candidates)
    if found.kind != "not_listed":
        return None
    if found.outside:
        brand = found.outside_kind == "brand"
        return _ask("utter_outside_brand", (), outside=found.outside) if brand else _ask("utter_outside_thing", ())
    near = "utter_not_listed" if found.nearest else "utter_not_listed_nothing_near"
    return _ask(near, found.nearest)


def _ask(response: str, models: Sequence[ListedModel], **facts: str) -> Unclear:
    buttons = [{"title": model.full_name, "payload": payload("inform", model=model.id)} for model in models]
    return {"response": response, "facts": facts, "buttons": buttons, "models": [model.id for model in models]}
