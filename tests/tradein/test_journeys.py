"""The state machines as data: total, and drawn as they are."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import pytest

from tradein import journeys

PAGE = Path(__file__).resolve().parents[2] / "docs" / "journeys.md"


@pytest.mark.parametrize("name", journeys.MACHINES)
def test_every_state_says_where_it_may_go(name: str) -> None:
    """A state without a row would be a KeyError in the middle of somebody's exchange."""
    moves: Mapping[StrEnum, frozenset[StrEnum]] = journeys.MACHINES[name]
    states = type(next(iter(moves)))
    assert set(moves) == set(states)
    reached = {next(iter(states))} | {to for targets in moves.values() for to in targets}
    assert reached == set(states), "a state that nothing leads to"


def test_the_page_shows_the_tables_as_they_are() -> None:
    """`tradein journeys > docs/journeys.md` draws it anew."""
    assert PAGE.read_text(encoding="utf-8") == journeys.drawn()
