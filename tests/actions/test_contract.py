"""The domain, the examples and the actions speak of the same things."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

from actions import buttons
from tradein import refusals

ROOT = Path(__file__).parents[2]
DOMAIN: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text())
RESPONSES: dict[str, list[dict[str, Any]]] = DOMAIN["responses"]
EXAMPLES: dict[str, list[str]] = {
    block["intent"]: re.findall(r"^- (.+)$", block["examples"], re.MULTILINE)
    for path in sorted((ROOT / "data/nlu").glob("*.yml"))
    for block in yaml.safe_load(path.read_text())["nlu"]
}
SOURCES = {path.name: ast.parse(path.read_text()) for path in sorted((ROOT / "actions").glob("*.py"))}
RESPONSE_NAME = re.compile(r"utter_(?!action$)\w+[a-z0-9]")
"""Not ``utter_action``, a key of Rasa's own."""
SLOTS = set(DOMAIN["slots"])
TAGS = {"b", "i", "code", "a"}


def refusal_classes(cls: type[refusals.Refusal] = refusals.Refusal) -> Iterator[type[refusals.Refusal]]:
    """Give every refusal of the core."""
    yield cls
    for child in cls.__subclasses__():
        yield from refusal_classes(child)


def texts(response: str) -> list[str]:
    """Return the variations of a response."""
    return [variation["text"] for variation in RESPONSES[response]]


def blanks(response: str) -> set[str]:
    """Return the names in braces, slots aside: what an action or notice has to supply."""
    named = {name for text in texts(response) for name in re.findall(r"\{(\w+)\}", text)}
    return named - SLOTS


def supplied(keys: set[str]) -> set[str]:
    """Return the names that facts become: amounts and moments lose their suffix."""
    return {re.sub(r"_(minor|at|on)$", "", key) for key in keys}


def mentions() -> Iterator[tuple[str, set[str] | None]]:
    """Give every response named in an action, with the names of its facts where they stand beside it."""
    for tree in SOURCES.values():
        beside: set[int] = set()
        for node in ast.walk(tree):
            items = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
            match items:
                case [ast.Constant(value=str(name)), ast.Dict() as facts, *_] if RESPONSE_NAME.fullmatch(name):
                    given = {key.value for key in facts.keys if isinstance(key, ast.Constant)}
                case [ast.Constant(value=str(name))] if isinstance(node, ast.Call) and RESPONSE_NAME.fullmatch(name):
                    if any(keyword.arg is None for keyword in node.keywords):
                        continue  # **facts: what they hold is not to be seen here
                    given = {keyword.arg for keyword in node.keywords if keyword.arg}
                case _:
                    continue
            for keyword in node.keywords if isinstance(node, ast.Call) else []:
                if isinstance(keyword.value, ast.Dict):
                    given |= {key.value for key in keyword.value.keys if isinstance(key, ast.Constant)}
            beside.add(id(items[0]))
            yield name, {str(name) for name in given}
        for node in ast.walk(tree):
            match node:
                case ast.Constant(value=str(name)) if id(node) not in beside and RESPONSE_NAME.fullmatch(name):
                    yield name, None


def test_every_action_of_the_domain_is_served_and_no_other() -> None:
    """What the domain declares is what the action server registers."""
    executor = ActionExecutor()
    executor.register_package("actions")

    assert set(executor.actions) == set(DOMAIN["actions"])


def test_every_response_that_an_action_names_is_in_the_domain() -> None:
    """A misspelt name would be an empty message."""
    assert {name for name, _ in mentions()} - RESPONSES.keys() == set()


def test_every_response_gets_what_its_text_names() -> None:
    """A blank that nobody fills would be shown with its braces."""
    for name, given in mentions():
        if given is not None:
            assert blanks(name) <= supplied(given), name


@pytest.mark.parametrize("refusal", list(refusal_classes()), ids=lambda refusal: refusal.__name__)
def test_every_refusal_has_words_that_name_only_its_evidence(refusal: type[refusals.Refusal]) -> None:
    """A new refusal needs one response, ``utter_refused_<code>``; only the docstring's evidence may be named."""
    name = "utter_refused" if refusal is refusals.Refusal else f"utter_refused_{refusal.code}"
    evidence = set(re.findall(r"``(\w+)``", refusal.__doc__ or "")) | {"why"}

    assert blanks(name) <= supplied(evidence)


def test_every_notice_of_the_core_is_in_the_domain() -> None:
    """The core names a response and its parameters; the sender words it."""
    sources = "".join(path.read_text() for path in (ROOT / "tradein").glob("*.py"))

    assert set(re.findall(r'response="(utter_\w+)"', sources)) - RESPONSES.keys() == set()
    assert blanks("utter_coupon_issued") <= {"code", "value", "phone", "usable", "expires"}


@pytest.mark.parametrize("response", RESPONSES)
def test_every_response_is_sound_html_of_a_bearable_length(response: str) -> None:
    """Telegram refuses a message with a tag that is open or unknown."""
    for text in texts(response):
        parser = _Balance()
        parser.feed(text)
        parser.close()

        assert parser.open == []
        assert len(text) < 800


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        assert not attrs or tag == "a"
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag


@pytest.mark.parametrize("response", [name for name in RESPONSES if not name.startswith("utter_faq/")])
def test_every_message_asks_one_thing_at_most(response: str) -> None:
    """Two questions in one message get one answer."""
    for text in texts(response):
        assert re.sub(r"<i>.*?</i>", "", text).count("?") <= 1 + response.startswith("utter_chitchat/")


def test_every_button_sends_an_intent_of_the_domain() -> None:
    """A payload with an unknown intent would be read as free text."""
    written = [
        button["payload"] for name in RESPONSES for each in RESPONSES[name] for button in each.get("buttons", [])
    ]
    sent = [*written, *buttons.PAYLOADS.values()]

    # The buttons of the door are the gateway's own: the engine never hears of them.
    known = {*DOMAIN["intents"], "courier", "offer", "link", "coupon", "rate_help"}
    assert {re.match(r"/(\w+)", payload)[1] for payload in sent} <= known  # type: ignore[index]


def test_every_button_named_in_an_action_has_a_title_and_a_payload() -> None:
    """``turn.buttons("x")`` needs both; ``turn.button("x", payload)`` needs the title."""
    for tree in SOURCES.values():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"button", "buttons"}
            ):
                names = [str(arg.value) for arg in node.args if isinstance(arg, ast.Constant)]
                for name in names[:1] if node.func.attr == "button" else names:
                    assert f"utter_button_{name}" in RESPONSES
                    assert name in buttons.PAYLOADS or (node.func.attr == "button" and len(node.args) > 1)


@pytest.mark.parametrize(("retrieval", "least"), [("faq", 40), ("chitchat", 8), ("out_of_scope", 8)])
def test_every_question_has_examples_and_an_answer(retrieval: str, least: int) -> None:
    """An FAQ is a dozen examples and one response of the same key."""
    asked = {intent.partition("/")[2] for intent in EXAMPLES if intent.startswith(f"{retrieval}/")}
    answered = {name.partition("/")[2] for name in RESPONSES if name.startswith(f"utter_{retrieval}/")}

    assert asked == answered
    assert len(asked) >= least
    assert [key for key in asked if len(EXAMPLES[f"{retrieval}/{key}"]) < 12] == []


def test_intents_and_examples_are_the_same_ones() -> None:
    """An intent without examples is never recognised; what only a button says needs none."""
    silent = {"nlu_fallback", "language_chosen"}
    assert {intent.partition("/")[0] for intent in EXAMPLES} == set(DOMAIN["intents"]) - silent


def test_no_example_stands_twice() -> None:
    """The same words under two intents teach nothing."""
    said = Counter(example.casefold() for examples in EXAMPLES.values() for example in examples)

    assert [example for example, times in said.items() if times > 1] == []


def test_what_must_never_be_missed_has_many_examples() -> None:
    """Yes, no, stop and a person."""
    assert [intent for intent in ("affirm", "deny", "stop", "request_human") if len(EXAMPLES[intent]) < 80] == []


def test_no_fact_of_the_programme_is_typed_into_an_answer() -> None:
    """Days and amounts come from the settings; only an IMEI's fifteen digits and dialling codes are fixed."""
    for name in RESPONSES:
        for text in texts(name) if name.startswith("utter_faq/") else []:
            assert re.findall(r"\d+", re.sub(r"\*#06#|15 (digits|अंक)", "", text)) == [], name


def test_languages_of_a_session_are_those_of_the_responses() -> None:
    """A variation for a language has to be offered to be heard."""
    from tradein.languages import LANGUAGES  # noqa: PLC0415 - beside the test that needs it

    written = {
        condition["value"]
        for name in RESPONSES
        for variation in RESPONSES[name]
        for condition in variation.get("condition", [])
        if condition["name"] == "language"
    }
    assert written <= set(LANGUAGES)
