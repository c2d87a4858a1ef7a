"""Whatever response the gateway names is in the domain."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from bot.courier.cards import Cards
from bot.reader.outcome import REFUSALS
from tests.bot.words import words
from tradein.orders import NOTHING_PAID, SAYS_WHAT_COMES_BACK
from tradein.progress import Stage
from tradein.visits import VisitState

ROOT = Path(__file__).parents[2]
RESPONSES: dict[str, list[dict[str, str]]] = yaml.safe_load((ROOT / "domain.yml").read_text())["responses"]
_NAME = re.compile(r"utter_\w+[a-z0-9]")


def named() -> set[str]:
    """Return every response that the gateway's sources name in full."""
    return {
        node.value
        for path in (ROOT / "bot").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _NAME.fullmatch(node.value)
    }


def of_cards(method: str) -> set[str]:
    """Return the names that the courier's modules give to a method of :class:`Cards`."""
    found = set()
    for path in (ROOT / "bot/courier").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(attr=name), args=[ast.Constant(value=str(value)), *_]) if (
                    name == method
                ):
                    found.add(value)
    return found


def test_every_response_named_in_the_gateway_is_in_the_domain() -> None:
    """A misspelt one would be found by a customer."""
    assert named() - RESPONSES.keys() == set()


def test_the_courier_is_never_at_a_loss_for_words() -> None:
    """Texts, titles of buttons, every state and every reason."""
    texts = {f"utter_courier_{name}" for name in of_cards("text")}
    titles = {f"utter_button_courier_{name}" for name in of_cards("title") | of_cards("button")}
    states = {f"utter_courier_state_{state.value}" for state in VisitState}
    overs = {f"utter_courier_over_{state}" for state in ("accepted", "refused", "cancelled")}
    asks = {
        f"utter_courier_ask_{kind}" for kind in ("set_out", "code", "code_again", "imei", "accept", "refuse", "offer")
    }
    kinds = {f"utter_button_courier_{kind}" for kind in ("accept", "refuse", "offer")}
    photos = {f"utter_refused_{code}" for code in REFUSALS}
    stages = {f"utter_progress_{stage.value}" for stage in Stage} | {
        f"utter_progress_{stage.value}{NOTHING_PAID}" for stage in (Stage.REFUSED, Stage.CANCELLED)
    }
    stages |= {response + NOTHING_PAID for response in SAYS_WHAT_COMES_BACK}
    assert (texts | titles | states | overs | asks | kinds | photos | stages) - RESPONSES.keys() == set()


@pytest.mark.parametrize("value", ["<b>x</b>", "R&D", "{name}"])
def test_what_a_person_is_called_is_never_markup(value: str) -> None:
    """A name is escaped in a message and plain in a button's title."""
    cards = Cards(words(), "en")
    assert value not in cards.text("welcome", name=value) or value == "{name}"
    assert cards.title("ending", ending=value) == f"Ends in {value}"
