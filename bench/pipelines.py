"""Pipelines of the dialogue model side by side: what each makes of strangers' messages, and what it costs.

Each is trained on our data in a folder of its own, then reads the blind messages of ``tests/nlu`` in one process of the
engine's environment, one after the other, on one thread.
"""

import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.nlu.understanding import BLIND, ENGINE, ROOT, Guess, Line, Understanding, lines, unseen

PYTHON = ENGINE / ".venv" / "bin" / "python"
WORDS_AND_PIECES: list[dict[str, Any]] = [
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
]
STOCK_TOKENS: dict[str, Any] = {"name": "WhitespaceTokenizer"}
STOCK_REGRESSION: dict[str, Any] = {"name": "LogisticRegressionClassifier", "max_iter": 200, "random_state": 42}
# The answers are chosen by ours in each: Rasa's own selector is a network per intent and would hide the rest.
PEERS: dict[str, list[dict[str, Any]]] = {
    "n-grams, Rasa's logistic regression": [STOCK_TOKENS, *WORDS_AND_PIECES, STOCK_REGRESSION],
    "the same with a CRF entity extractor": [
        STOCK_TOKENS,
        {"name": "LexicalSyntacticFeaturizer"},
        *WORDS_AND_PIECES,
        STOCK_REGRESSION,
        {"name": "CRFEntityExtractor"},
    ],
    "DIET, 100 epochs": [
        STOCK_TOKENS,
        {"name": "LexicalSyntacticFeaturizer"},
        *WORDS_AND_PIECES,
        {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True, "random_seed": 42},
    ],
}
THRESHOLDS = (0.2, 0.3, 0.4, 0.5)
OURS = "ours, as in config.yml"

_READ = """
import asyncio, json, os, resource, sys, time
from sealed.environment import SWITCHES
os.environ.update(SWITCHES)
from sealed import quiet
quiet.calm()
from rasa.core.agent import Agent
began = time.monotonic()
agent = Agent.load(sys.argv[1])
loaded = time.monotonic() - began
async def read(messages):
    await agent.parse_message(messages[0])
    for message in messages:
        began = time.perf_counter()
        found = await agent.parse_message(message)
        took = time.perf_counter() - began
        intent = found["intent"]["name"]
        chosen = found.get("response_selector", {}).get(intent, {}).get("response", {}).get("intent_response_key")
        yield intent, chosen, took
async def main():
    return [each async for each in read(json.load(sys.stdin))]
heard = asyncio.run(main())
memory = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS")) / 1024
json.dump({"heard": heard, "loaded": loaded, "memory": memory}, sys.stdout)
"""


@dataclass(frozen=True)
class Measured:
    """One pipeline: what it understood; milliseconds a message, MiB, seconds to load and to train."""

    name: str
    understanding: Understanding
    median_ms: float
    memory_mib: float
    load_seconds: float
    train_seconds: float


def measure(folder: Path, *, diet: bool) -> list[Measured]:
    """Train and question each pipeline below ``folder``; DIET alone takes many minutes and may be left out."""
    config = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))
    own = config["pipeline"]
    fallback = own[-1]
    pipelines = {
        OURS: own,
        **{
            f"ours, a threshold of {threshold}": [*own[:-1], fallback | {"threshold": threshold}]
            for threshold in THRESHOLDS
            if threshold != fallback["threshold"]
        },
        **{name: [*pipeline, fallback] for name, pipeline in PEERS.items() if diet or not name.startswith("DIET")},
    }
    asked = unseen(lines(BLIND))
    return [
        one(folder / str(number), name, config | {"pipeline": pipeline}, asked)
        for number, (name, pipeline) in enumerate(pipelines.items())
    ]


def one(folder: Path, name: str, config: dict[str, Any], asked: list[Line]) -> Measured:
    """Train a pipeline on our data and let it read the messages."""
    folder.mkdir()
    (folder / "config.yml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
    shutil.copy(ROOT / "domain.yml", folder)
    shutil.copytree(ROOT / "data", folder / "data")
    environment = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1"}
    began = time.monotonic()
    trained = subprocess.run(  # noqa: S603 - our own script
        [PYTHON, ENGINE / "train.py", "--root", folder, "--models", folder / "models"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds = time.monotonic() - began
    read = subprocess.run(  # noqa: S603 - our own program
        [PYTHON, "-c", _READ, trained.stdout.strip()],
        cwd=ENGINE, env=environment, input=json.dumps([line.text for line in asked]),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(read.stdout)
    guesses = [Guess(line, intent, answer) for line, (intent, answer, _) in zip(asked, told["heard"], strict=True)]
    times = sorted(took for *_, took in told["heard"])
    return Measured(
        name, Understanding(guesses), times[len(times) // 2] * 1000, told["memory"], told["loaded"], seconds
    )


def rows(measured: list[Measured]) -> list[tuple[str, ...]]:
    """Return what is shown of each."""
    return [
        (
            got.name,
            f"{got.understanding.macro_f1:.3f}",
            f"{got.understanding.recall({'out_of_scope'}):.1%}",
            f"{got.understanding.good_refused:.1%}",
            f"{got.median_ms:.1f} ms",
            f"{got.memory_mib:.0f} MiB",
            f"{got.load_seconds:.1f} s",
            f"{got.train_seconds:.0f} s",
        )
        for got in measured
    ]
