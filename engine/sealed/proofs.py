"""What must be so before the door opens. Each raises NotProved with the sentence to print.

Imports nothing of Rasa: the launcher wants `NotProved` before it knows that Rasa can be imported.
"""

from __future__ import annotations

import asyncio
from typing import Any


class NotProved(Exception):  # noqa: N818 - a sentence for the operator, not an error of the program
    """Something the engine relies on is not so; the message is the one sentence to print."""


def store_is(store: Any, configured: str) -> None:
    """Prove that the store is of the configured class itself: Rasa falls back to one in memory, with a warning."""
    if f"{type(store).__module__}.{type(store).__name__}" != configured:
        raise NotProved(f"the conversations are not kept in the configured store but in {type(store).__name__}")


def understands(agent: Any) -> None:
    """Prove that the model finds an intent: a classifier that could not be read is an untrained one to Rasa."""
    try:
        parsed = asyncio.run(agent.parse_message("hello"))
    except Exception as error:
        raise NotProved(f"the model does not understand a word ({type(error).__name__})") from error
    ranking = parsed.get("intent_ranking") or []
    trained = [ranked for ranked in ranking if ranked["name"] in agent.domain.intents and ranked["confidence"] > 0]
    if not parsed["intent"].get("name") or not trained:
        raise NotProved("the model finds no intent in a greeting")
