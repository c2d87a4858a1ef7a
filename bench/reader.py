"""``python -m bench.reader``: every look under every condition, and photos at the edge of what can be read.

The first table is the read rate, kind by kind. The second asks only whether a wrong number ever comes out: the photos
are small, blurred and compressed until people can't read them either.
"""

import argparse
import asyncio
import io
import random
import statistics
import time
from collections.abc import Iterable, Iterator

import cv2
import numpy as np
import psutil
from PIL import Image

from bot.reader.outcome import PhotoRefused, Reading
from bot.reader.reader import Reader
from tests.reader.camera import jpeg
from tests.reader.looks import READABLE, UNREADABLE
from tests.reader.rates import Picture, Rates, every, picture


def edge(count: int, seed: int) -> Iterator[Picture]:
    """Yield photos of 400 to 800 pixels, blurred, noisy and compressed to quality 10 to 40."""
    rng = random.Random(f"edge/{seed}")  # noqa: S311  # pictures, not secrets
    for _ in range(count):
        look = rng.choice([*READABLE, *UNREADABLE])
        clear = picture(look, rng.choice(["plain", "tilted", "far", "aslant", "moire"]), rng.randrange(10**6))
        pixels = np.asarray(Image.open(io.BytesIO(clear.photo)).convert("RGB"))
        share = rng.uniform(400, 800) / max(pixels.shape[:2])
        small = cv2.resize(pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        worse = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.3, 1.5))
        noisy = worse + np.random.default_rng(rng.randrange(10**6)).normal(0, rng.uniform(0, 12), worse.shape)
        photo = jpeg(np.clip(noisy, 0, 255).astype(np.uint8), rng.randrange(10, 40))
        yield Picture(look, "edge", photo, clear.numbers)


async def measure(pictures: Iterable[Picture]) -> None:
    """Read the pictures, one after another, and print the table, the time for each and the memory."""
    reader, rates, seconds = Reader(time_limit=120), Rates(), []
    try:
        for shown in pictures:
            began = time.perf_counter()
            try:
                reading = await reader.read(shown.photo)
            except PhotoRefused as refused:
                print(f"{shown.look}, {shown.condition}: {refused.code}")
                reading = Reading(())
            rates.count(shown, reading)
            seconds.append(time.perf_counter() - began)
        assert reader.pid is not None
        memory = psutil.Process(reader.pid).memory_info().rss / 1024**2
        used = psutil.Process(reader.pid).cpu_times()
    finally:
        await reader.close()
    print("\n".join(rates.table()))
    print(f"seconds per photo: median {statistics.median(seconds):.1f}, longest {max(seconds):.1f};", end=" ")
    print(f"of processor time {(used.user + used.system) / len(seconds):.1f}; memory after: {memory:.0f} MiB")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.reader", description=__doc__)
    parser.add_argument("--edge", type=int, default=200, help="how many photos at the edge (default 200)")
    parser.add_argument("--seed", type=int, default=1, help="other pictures (default 1; the tests have 0)")
    parser.add_argument("--seeds", type=int, default=1, help="so many times every look and condition (default 1)")
    parser.add_argument("--count", type=int, help="only so many of these pictures, drawn at random")
    options = parser.parse_args()
    for seed in range(options.seed, options.seed + options.seeds):
        asyncio.run(measure(every(seed, options.count)))
    if options.edge:
        asyncio.run(measure(edge(options.edge, options.seed)))


if __name__ == "__main__":
    main()
