"""What must be so before the door opens. Each raises NotProved with the sentence to print."""

from __future__ import annotations

import asyncio
from typing import Any

from sealed.remote import NotProved


def store_is(store: Any, configured: str) -> None:
    """The store is of the configured class itself: Rasa falls back to one in memory with a warning at most."""
    if f"{type(store).__module__}.{type(store).__name__}" != configured:
        raise NotProved(f"the conversations are not kept in the configured store but in {type(store).__name__}")


def understands(agent: Any) -> None:
    """The model finds an intent: Rasa loads an untrained classifier when it can't read the trained one, and says nothing."""
    try:
        parsed = asyncio.run(agent.parse_message("hello"))
    except Exception as error:
        raise NotProved(f"the model does not understand a word ({type(error).__name__})") from error
    ranking = parsed.get("intent_ranking") or []
    trained = [ranked for ranked in ranking if ranked["name"] in agent.domain.intents and ranked["confidence"] > 0]
    if not parsed["intent"].get("name") or not trained:
        raise NotProved("the model finds no intent in a greeting")
