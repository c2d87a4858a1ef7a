"""Deep links: what opens the chat with ``/start l_<token>`` or ``/start s_<token>`` (Bot API, "Deep Linking").

The token is used in the transaction that stores the update, and only what came of it is stored: no row of the inbox,
no line of a log and no turn of the engine ever holds one. A link of another shape is a plain ``/start``. An account's
link only asks: :mod:`bot.linking` has the answer.
"""

import re
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.support.door import WRITTEN
from tradein import links, staff
from tradein.customers import Customer
from tradein.refusals import Refusal
from tradein.staff import Role

OPENED = "opened"
"""The key beside Telegram's own ones in a stored update: ``{"response", "params"}``. No update can bring it along."""

_LINK = re.compile(r"/start(?:@\w+)? (?P<kind>[ls])_(?P<token>\S*)", re.IGNORECASE)
_START = "/start"
_TOKEN = re.compile(r"(?<![\w-])([ls]_)[\w-]{32}(?![\w-])")
"""A token where it doesn't belong: somebody pastes the link into the chat instead of opening it, or edits a message."""
_STRUCK = rf"\1{'…' * 32}"  # as long as it was: the formatting behind it stays where it is


def use_link(session: Session, payload: dict[str, Any], customer: Customer, *, now: datetime) -> None:
    """Use the token in a ``/start``, if there is one: it leaves the payload, and what to say of it is noted there."""
    message = payload.get("message") or {}
    match = _LINK.match(message.get("text") or "")
    if match is None:
        _strike_out(message or payload.get("edited_message") or {})
        return
    message["text"] = _START
    message.pop(WRITTEN, None)
    message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(_START)}]
    try:
        with session.begin_nested():  # a link that is refused is not used up
            response, params = _use(session, match["kind"].lower(), match["token"], customer, now)
    except Refusal as refusal:
        response, params = f"utter_refused_{refusal.code}", refusal.evidence
    payload[OPENED] = {"response": response, "params": params}


def _strike_out(message: dict[str, Any]) -> None:
    """Take the tokens out of what is stored and shown to the engine: they are still good."""
    for words in (message, message.get(WRITTEN) or {}, message.get("quote") or {}):
        for key in words.keys() & {"text", "caption"}:
            words[key] = _TOKEN.sub(_STRUCK, words[key])
        if "entities" in words:
            words["entities"] = [found for found in words["entities"] if not _TOKEN.search(found.get("url", ""))]


def _use(session: Session, kind: str, token: str, customer: Customer, now: datetime) -> tuple[str, dict[str, Any]]:
    if kind == "l":
        asked = links.ask(session, customer, token, now=now)
        params = {"invitation": asked.invitation_id, "account": asked.account, "linked": asked.linked}
        if asked.linked is None:
            return "utter_link_question", params
        return "utter_account_linked" if asked.linked == asked.account else "utter_link_question_replacing", params
    member = staff.accept(session, token, telegram_user_id=customer.telegram_user_id, chat_id=customer.chat_id, now=now)
    welcome = "utter_courier_welcome" if Role.COURIER in member.roles else "utter_staff_welcome"
    return welcome, {"name": member.name}
