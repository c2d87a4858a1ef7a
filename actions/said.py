"""What a customer said, free of Rasa's shapes."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Said:
    """What the customer said, as far as Rasa can tell.

    ``text`` is empty for a button; ``entities`` only buttons have; ``asked`` is the slot that was asked for, None
    outside a form and at its beginning.
    """

    intent: str
    confidence: float
    text: str
    entities: dict[str, str]
    asked: str | None
    slots: dict[str, Any] = field(repr=False)
