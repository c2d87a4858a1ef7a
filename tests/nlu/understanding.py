"""What the trained model and the core make of messages that neither was made with: the figures and their page.

The messages are in ``blind/``, in the format of Rasa's own test data. Their ``metadata`` says what the core should hear
in the same words: the phone, as :func:`tests.phones.listed.verdict` writes it, and the answers about its condition.
"""

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import mean
from typing import Any

import yaml

from tests.phones.listed import CATALOGUE, Verdict, index, verdict
from tradein.condition_files import read_conditions
from tradein.phones.resolver import read

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "engine"
BLIND = Path(__file__).parent / "blind"

OUTSIDE = "out_of_scope"
REFUSED = frozenset({OUTSIDE, "nlu_fallback"})
"""With either the assistant says that it can't help with that, or didn't understand it."""

# For the engine's interpreter: reads messages from standard input, writes what the model made of each.
_PARSE = """
import asyncio, json, os, sys
from sealed.environment import SWITCHES
os.environ.update(SWITCHES)
from sealed import quiet
from sealed.fingerprint import ROOT, model_path
model = model_path(ROOT, ROOT / "models")
if not model.is_file():
    sys.exit("there is no model of the data as they are: train it first (engine/train.py)")
quiet.calm()
from rasa.core.agent import Agent
agent = Agent.load(model)
async def parse(messages):
    for message in messages:
        found = await agent.parse_message(message)
        intent = found["intent"]["name"]
        chosen = found.get("response_selector", {}).get(intent, {}).get("response", {}).get("intent_response_key")
        yield intent, chosen
async def main():
    return [guess async for guess in parse(json.load(sys.stdin))]
json.dump(asyncio.run(main()), sys.stdout)
"""


@dataclass(frozen=True)
class Line:
    """A message and what a person means by it; ``intent`` may be one of a retrieval intent, "faq/bill"."""

    text: str
    intent: str
    heard: dict[str, Any] = field(default_factory=dict)

    @property
    def meant(self) -> str:
        """The intent without the answer chosen below it."""
        return self.intent.partition("/")[0]

    @property
    def phone(self) -> str | None:
        """What :func:`verdict` judges by, None where no phone is spoken of."""
        match self.heard:
            case {"phone": slug}:
                return str(slug)
            case {"phones": slugs}:
                return f"? {' '.join(slugs)}"
            case {"brand": slug}:
                return f"brand {slug}"
            case {"outside": name}:
                return f"out {name}"
            case {"unlisted": slug}:
                return f"no {slug}"
        return None


@dataclass(frozen=True)
class Guess:
    """What the model made of a line; ``answer`` is that of a retrieval intent, "faq/bill"."""

    line: Line
    intent: str
    answer: str | None

    @property
    def right(self) -> bool:
        """Whether the intent is the one meant; a refusal of what is out of scope is right, whichever it is."""
        return self.intent == self.line.meant or (self.line.meant == OUTSIDE and self.intent in REFUSED)


@dataclass(frozen=True)
class Score:
    """How well one intent is understood."""

    lines: int
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def lines(folder: Path) -> list[Line]:
    """Read the messages of a folder."""
    found: list[Line] = []
    for file in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(file.read_text("utf-8"))["nlu"]:
            examples = block["examples"]
            if isinstance(examples, str):
                examples = [{"text": line.removeprefix("- ")} for line in examples.splitlines() if line.strip()]
            found += [Line(example["text"], block["intent"], example.get("metadata", {})) for example in examples]
    return found


def described() -> list[Line]:
    """Read what people write of a phone's condition: ``text => screen=light faults=battery,cameras``."""
    found: list[Line] = []
    for entry in (Path(__file__).parent / "conditions.txt").read_text("utf-8").splitlines():
        if entry and not entry.startswith("#"):
            text, _, answers = entry.partition(" =>")
            pairs = (answer.partition("=") for answer in answers.split())
            said = {question: [option for option in options.split(",") if option] for question, _, options in pairs}
            found.append(Line(text, "inform", {"condition": said}))
    return found


def unseen(of: list[Line]) -> list[Line]:
    """Return the lines that don't stand word for word in the training data: who hasn't read it writes "yes" too."""
    trained = {
        line.strip().removeprefix("- ").casefold()
        for file in (ROOT / "data").rglob("*.yml")
        for line in file.read_text("utf-8").splitlines()
    }
    return [line for line in of if line.text.casefold() not in trained]


def guesses(of: list[Line]) -> list[Guess]:
    """Return what the trained model makes of the lines; it is loaded once, in the engine's own environment."""
    parsed = subprocess.run(  # noqa: S603 - our own program
        [ENGINE / ".venv" / "bin" / "python", "-c", _PARSE],
        cwd=ENGINE,
        env={"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1"},
        input=json.dumps([line.text for line in of]),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert parsed.returncode == 0, parsed.stderr
    heard = json.loads(parsed.stdout)
    return [Guess(line, intent, answer) for line, (intent, answer) in zip(of, heard, strict=True)]


@dataclass(frozen=True)
class Understanding:
    """All figures of a set of guesses. Its repr shows none of them: pytest prints it where a gate fails."""

    guesses: list[Guess] = field(repr=False)

    @cached_property
    def confusion(self) -> dict[str, Counter[str]]:
        """How often each intent that was meant was heard as which."""
        table: dict[str, Counter[str]] = {}
        for guess in sorted(self.guesses, key=lambda guess: guess.line.meant):
            heard = guess.line.meant if guess.right else guess.intent
            table.setdefault(guess.line.meant, Counter())[heard] += 1
        return table

    @cached_property
    def scores(self) -> dict[str, Score]:
        """The score of each intent."""
        heard = sum(self.confusion.values(), Counter[str]())
        return {
            intent: Score(row.total(), row[intent] / heard[intent] if heard[intent] else 0.0, row[intent] / row.total())
            for intent, row in self.confusion.items()
        }

    @property
    def macro_f1(self) -> float:
        """The mean over the intents, rare ones counting as much as common ones."""
        return mean(score.f1 for score in self.scores.values())

    def recall(self, intents: Iterable[str]) -> float:
        """Return the share of the lines of these intents, together, that were understood."""
        return _share(guess.right for guess in self.guesses if guess.line.meant in intents)

    @property
    def good_refused(self) -> float:
        """The share of what is in scope that was refused all the same."""
        return _share(guess.intent in REFUSED for guess in self.guesses if guess.line.meant != OUTSIDE)

    @property
    def answers(self) -> dict[str, tuple[int, int]]:
        """For each answer of a retrieval intent how many lines ask for it, and how many get it."""
        table: dict[str, tuple[int, int]] = {}
        for guess in self.guesses:
            if "/" in guess.line.intent:
                asked, got = table.get(guess.line.intent, (0, 0))
                right = guess.right and guess.answer == guess.line.intent
                table[guess.line.intent] = (asked + 1, got + right)
        return dict(sorted(table.items()))

    def answered(self, retrieval: str) -> float:
        """Return the share of the lines of a retrieval intent that get their own answer."""
        pairs = [pair for intent, pair in self.answers.items() if intent.startswith(f"{retrieval}/")]
        return sum(got for _, got in pairs) / sum(asked for asked, _ in pairs)


@dataclass(frozen=True)
class Hearing:
    """What the core hears in the lines that speak of a phone or of its condition; its repr shows none either."""

    phones: list[tuple[Line, Verdict]] = field(repr=False)
    conditions: list[tuple[Line, dict[str, list[str]]]] = field(repr=False)

    @property
    def phones_right(self) -> float:
        """The share of the phones understood, or asked about with the right short list."""
        return _share(judged in {"right", "short list"} for _, judged in self.phones)

    @property
    def conditions_right(self) -> float:
        """The share of the messages about the condition in which exactly what they say was heard."""
        return _share(heard == line.heard["condition"] for line, heard in self.conditions)

    @property
    def conditions_invented(self) -> float:
        """The share in which something was heard that they don't say."""
        return _share(
            any(line.heard["condition"].get(key) != options for key, options in heard.items())
            for line, heard in self.conditions
        )


def hearing(of: list[Line]) -> Hearing:
    """Let the core read the lines that say what is to be heard in them."""
    listed = index()
    book = read_conditions(CATALOGUE / "conditions.yml")
    return Hearing(
        [(line, verdict(read(listed, line.text), line.phone)) for line in of if line.phone],
        [(line, book.read(line.text)) for line in of if "condition" in line.heard],
    )


def _share(right: Iterable[bool]) -> float:
    found = list(right)
    return sum(found) / len(found)
