"""What a camera, a hand and a messenger make of a screen or a label: tilt, light, blur, moiré, JPEG."""

import io
import random
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from tests.reader.canvas import Canvas, Pixels

TELEGRAM_SIDE = 1280
"""The longer side to which Telegram scales what is sent as a photo."""

type Shot = Callable[[Pixels, random.Random], Pixels]


def _noise(rng: random.Random, pixels: Pixels, strength: float) -> Pixels:
    drawn = np.random.default_rng(rng.getrandbits(32)).normal(0, strength, pixels.shape)
    return np.clip(pixels + drawn, 0, 255).astype(np.uint8)


def _ground(rng: random.Random, high: int, wide: int) -> Pixels:
    """Return a table top: two colours that run into each other, with a grain."""
    draw = np.random.default_rng(rng.getrandbits(32))
    ends = draw.integers(40, 190, (2, 3))
    ramp = np.linspace(0, 1, wide)[None, :, None] * (ends[1] - ends[0]) + ends[0]
    grain = cv2.resize(draw.normal(0, 14, (high // 3, wide // 40 + 2)), (wide, high), interpolation=cv2.INTER_LINEAR)
    return np.clip(np.broadcast_to(ramp, (high, wide, 3)) + grain[:, :, None], 0, 255).astype(np.uint8)


def photographed(
    canvas: Canvas,
    rng: random.Random,
    *,
    angle: float = 0,
    share: float = 0.85,
    perspective: float = 0.02,
    side: int = TELEGRAM_SIDE,
) -> Pixels:
    """Return a photo of the canvas on a table: turned by ``angle`` degrees, filling ``share`` of the frame."""
    radians = np.deg2rad(angle)
    cos, sin = abs(np.cos(radians)), abs(np.sin(radians))
    wide, high = canvas.width * cos + canvas.height * sin, canvas.width * sin + canvas.height * cos
    frame = (side, round(side * 0.75)) if wide > high else (round(side * 0.75), side)
    scale = share * min(frame[0] / wide, frame[1] / high)
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [canvas.width / 2, canvas.height / 2] * scale
    half *= 1 + np.array([[rng.uniform(-perspective, perspective) for _ in range(2)] for _ in range(4)])
    turn = np.array([[np.cos(radians), np.sin(radians)], [-np.sin(radians), np.cos(radians)]])
    corners = (half @ turn + np.array(frame) / 2).astype(np.float32)
    flat = np.array([[0, 0], [canvas.width, 0], [canvas.width, canvas.height], [0, canvas.height]], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, corners)
    # Drawn at twice the size and then averaged, as a lens does.
    double = np.diag([2.0, 2.0, 1.0]) @ matrix
    size = (frame[0] * 2, frame[1] * 2)
    big = cv2.warpPerspective(canvas.pixels, double, size, flags=cv2.INTER_CUBIC, borderValue=(0, 0, 0))
    mask = cv2.warpPerspective(np.full(canvas.pixels.shape[:2], 255, np.uint8), double, size)
    photo = cv2.resize(big, frame, interpolation=cv2.INTER_AREA)
    cover = cv2.resize(mask, frame, interpolation=cv2.INTER_AREA)[:, :, None] / 255
    return (photo * cover + _ground(rng, frame[1], frame[0]) * (1 - cover)).astype(np.uint8)


def jpeg(pixels: Pixels, quality: int = 87) -> bytes:
    """Return the picture as Telegram would send it."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def dim(pixels: Pixels, rng: random.Random) -> Pixels:
    """Take the light away: an evening, with the sensor's noise."""
    return _noise(rng, (pixels * rng.uniform(0.18, 0.28)).astype(np.uint8), 3)


def glaring(pixels: Pixels, rng: random.Random) -> Pixels:
    """Let too much light in, more on one side: contrast is washed out."""
    side = np.linspace(0.25, 0.7, pixels.shape[1])[None, :, None]
    lit = pixels * (1 - side) + 255 * side
    return _noise(rng, np.clip(lit, 0, 255).astype(np.uint8), 2)


def inverted(pixels: Pixels, _rng: random.Random) -> Pixels:
    """Turn light and dark round."""
    return 255 - pixels


def blurred(pixels: Pixels, rng: random.Random) -> Pixels:
    """Move the hand a little and miss the focus a little."""
    length = rng.choice((3, 4))
    kernel = np.zeros((length, length))
    kernel[length // 2] = 1 / length
    return cv2.GaussianBlur(cv2.filter2D(pixels, -1, kernel), (0, 0), rng.uniform(0.8, 1.1)).astype(np.uint8)


def moire(pixels: Pixels, rng: random.Random) -> Pixels:
    """Lay the rings over it that a screen and a sensor make together, and the screen's flicker."""
    high, wide = pixels.shape[:2]
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    angle, period = rng.uniform(0, 3.14), rng.uniform(5, 9)
    waves = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period + np.sin(y / 90) * 4)
    bands = np.sin(y * 2 * np.pi / rng.uniform(150, 300))
    return np.clip(pixels * (1 + 0.14 * waves + 0.12 * bands)[:, :, None], 0, 255).astype(np.uint8)


def plain(pixels: Pixels, rng: random.Random) -> Pixels:
    """Take a good photo: only the sensor's noise."""
    return _noise(rng, pixels, 2)


def shot(canvas: Canvas, kind: str, rng: random.Random) -> bytes:
    """Return a photo of the canvas under the conditions named ``kind``, one of :data:`CONDITIONS`."""
    if kind == "screenshot":
        buffer = io.BytesIO()
        Image.fromarray(canvas.pixels).save(buffer, "PNG")
        return buffer.getvalue()
    angle = {
        "tilted": rng.uniform(5, 45) * rng.choice((-1, 1)),
        "on its side": rng.choice((90, 270)) + rng.uniform(-4, 4),
        "upside down": 180 + rng.uniform(-4, 4),
    }.get(kind, rng.uniform(-3, 3))
    share = 0.6 if kind == "far" else rng.uniform(0.85, 0.98)
    photo = photographed(canvas, rng, angle=angle, share=share, perspective=0.06 if kind == "aslant" else 0.015)
    change = {"dim": dim, "glaring": glaring, "inverted": inverted, "blurred": blurred, "moire": moire}.get(kind, plain)
    return jpeg(change(photo, rng), 20 if kind == "JPEG 20" else 87)


CONDITIONS = (
    "screenshot",
    "plain",
    "tilted",
    "on its side",
    "upside down",
    "far",
    "aslant",
    "JPEG 20",
    "dim",
    "glaring",
    "inverted",
    "blurred",
    "moire",
)
"""How the photo was taken."""
