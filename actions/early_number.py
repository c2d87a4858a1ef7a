"""A number that came before it was asked for: kept for its question, so that nobody is asked twice.

The slot holds the reference that stands in the text, which says nothing to who has only Rasa's store.
"""

from typing import Any

from actions.core import Desk
from actions.said import Said
from tradein import imei
from tradein.refusals import Refusal

SLOT = "imei_noted"


def sent(said: Said) -> bool:
    """Say whether there is a number in the message."""
    return imei.REFERENCE.search(said.text) is not None


def take(desk: Desk, said: Said) -> tuple[dict[str, Any], list[tuple[str, dict[str, object]]]]:
    """Return the slot that keeps the number of a message and what to say of it; nothing where there is none."""
    reference = imei.REFERENCE.search(said.text)
    if reference is None:
        return {}, []
    try:
        device = imei.device_claimed(imei.claimed(desk.session, reference.group(), chat_id=desk.customer.chat_id))
    except Refusal as refusal:
        return {}, [(f"utter_refused_{refusal.code}", dict(refusal.evidence))]
    return {SLOT: reference.group()}, [("utter_imei_noted", {"ending": device.imei[-4:]})]
