"""What our buttons send, and where their titles stand: ``utter_button_<name>`` in the domain."""

import json
from typing import Any

PAYLOADS = {
    "evaluate": "/start_exchange",
    "coupons": "/list_exchanges",
    "track": "/track_exchange",
    "new_phones": "/list_new_phones",
    "fewer_reminders": "/fewer_reminders",
    "reminders_all": '/resume_reminders{"wish": "all"}',
    "reminders_again": '/resume_reminders{"wish": "all"}',
    "reminders_last_day": '/stop_reminders{"wish": "last_day"}',
    "reminders_none": '/stop_reminders{"wish": "none"}',
    "help": "/help",
    "person": "/request_human",
    "another_phone": "/start_over",
    "change": "/change",
    "change_phone": '/change{"brand": "another"}',
    "pick_again": '/change{"brand": "another"}',
    "another_brand": '/change{"brand": "another"}',
    "correct_phone": '/change{"brand": "another"}',
    "get_coupon": "/accept_quote",
    "later": "/keep_quote",
    "resume": "/resume",
    "decline": "/decline_terms",
    "todays_price": "/start_exchange",
    "read_terms": "/accept_quote",
    "try_again": "/accept_quote",
}


def payload(intent: str, **entities: str) -> str:
    """Return what a button sends for an intent with entities."""
    return f"/{intent}{json.dumps(entities)}"


def text_of(responses: dict[str, list[dict[str, Any]]], response: str, language: str) -> str:
    """Return a response's text: its variation for the language, else the one without a condition."""
    plain = ""
    for variation in responses[response]:
        conditions = variation.get("condition") or []
        if any(entry.get("name") == "language" and entry.get("value") == language for entry in conditions):
            return str(variation["text"])
        if not conditions:
            plain = plain or str(variation["text"])
    return plain
