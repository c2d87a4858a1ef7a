"""How long the resolver takes to find a phone in a message, in a catalogue of 5,000 models."""

import gc
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, islice

from tests.phones.listed import index
from tests.phones.written import cases
from tradein.phones.index import ListedModel, PhoneIndex
from tradein.phones.resolver import read

MODELS = 5000
_STEP = 23
_PIECES = re.compile(r"\d+|\D+")


@dataclass(frozen=True)
class Found:
    """Milliseconds a message, each read once, and seconds to build the index."""

    models: int
    messages: int
    median_ms: float
    p99_ms: float
    build_seconds: float


def measure() -> Found:
    """Read what people write of the catalogue's phones, with invented ones beside them."""
    catalogue = index()
    invented = list(islice(_invented(catalogue), MODELS - len(catalogue.models)))
    began = time.perf_counter()
    large = index(invented)
    built = time.perf_counter() - began
    texts = [case.text for case in cases(catalogue)]
    gc.collect()
    spent = sorted(_timed(large, text) for text in texts)
    return Found(
        len(large.models), len(texts), statistics.median(spent) * 1000, spent[int(0.99 * len(spent))] * 1000, built
    )


def _invented(catalogue: PhoneIndex) -> Iterator[ListedModel]:
    """Give phones with names like the catalogue's: the same words, other numbers."""
    names = {(model.brand_id, model.name) for model in catalogue.models}
    for turn in count(1):
        for model in catalogue.models:
            name = "".join(
                str(int(piece) + turn * _STEP) if piece.isdigit() else piece for piece in _PIECES.findall(model.name)
            )
            if (model.brand_id, name) not in names:
                names.add((model.brand_id, name))
                yield replace(
                    model, id=f"{model.id}-{turn}", name=name, full_name=name, popularity=model.popularity + 99
                )


def _timed(large: PhoneIndex, text: str) -> float:
    began = time.perf_counter()
    read(large, text)
    return time.perf_counter() - began
