"""The state machines of the programme, drawn from their tables of moves."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from tradein import checkout, coupons, exchanges, hooks, orders, quotes, refunds, visits
from tradein.support import conversations, tickets

MACHINES: Mapping[str, Mapping[Any, frozenset[Any]]] = {
    "Exchange": exchanges.MOVES,
    "Quote": quotes.MOVES,
    "Coupon": coupons.MOVES,
    "Reservation": checkout.MOVES,
    "Order": orders.MOVES,
    "Visit": visits.MOVES,
    "Refund": refunds.MOVES,
    "Webhook": hooks.MOVES,
    "Support conversation": conversations.MOVES,
    "Ticket": tickets.MOVES,
}

_HEAD = """# The journeys

Drawn from the tables of moves in `tradein/`; a test compares. `tradein journeys > docs/journeys.md` draws them anew.
"""


def drawn() -> str:
    """Return all machines as a page of Mermaid diagrams."""
    parts = [_HEAD]
    for name, moves in MACHINES.items():
        parts.append(f"## {name}\n\n```mermaid\nstateDiagram-v2\n{_diagram(moves)}```\n")
    return "\n".join(parts)


def _diagram(moves: Mapping[StrEnum, frozenset[StrEnum]]) -> str:
    states = list(moves)
    entered = {to for reached in moves.values() for to in reached}
    lines = [f"[*] --> {state.value}" for state in states if state is states[0] or state not in entered]
    for state, reached in moves.items():
        lines += [f"{state.value} --> {to.value}" for to in states if to in reached]
        if not reached:
            lines.append(f"{state.value} --> [*]")
    return "".join(f"    {line}\n" for line in lines)
