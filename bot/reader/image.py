"""From the bytes of a photo to a picture that is safe to look at.

Everything that can be known is asked before anything is decoded: the number of bytes, the format, the size that the
header declares, whether it moves. What is left is decoded at no more than the working size.
"""

import io
import warnings

import cv2
import numpy as np
from cv2.typing import MatLike
from PIL import Image, ImageOps, UnidentifiedImageError

from bot.reader.outcome import (
    MAX_BYTES,
    PhotoFormatUnknown,
    PhotoMoves,
    PhotoRefused,
    PhotoTooLarge,
    PhotoTooManyPixels,
    PhotoUnreadable,
)

type Pixels = MatLike
"""Rows, columns, blue-green-red of 0 to 255: the order of OpenCV, which the reading is done with. Grey has no third."""

MAX_PIXELS = 70_000_000
"""More than phones' cameras make of their own accord; 210 MB when decoded."""
WORKING_SIDE = 2560
"""The longer side, in pixels, that is enough for a label's small print; Telegram's own photos have 1280 or 2560."""
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_MOVING = ("PNG", "WEBP", "GIF")


def pixels(photo: bytes) -> Pixels:
    """Return the upright picture, its longer side at most :data:`WORKING_SIDE`; raises the PhotoRefused that fits."""
    if len(photo) > MAX_BYTES:
        raise PhotoTooLarge
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # decoders warn of odd metadata; the size is judged below
        try:
            image = Image.open(io.BytesIO(photo), formats=_FORMATS)
        except Image.DecompressionBombError:
            raise PhotoTooManyPixels from None
        except UnidentifiedImageError:
            raise PhotoFormatUnknown from None
        except Exception:  # noqa: BLE001  # a decoder raises whatever its format's author thought of
            raise PhotoUnreadable from None
        if image.width * image.height > MAX_PIXELS:
            raise PhotoTooManyPixels
        try:
            return _decoded(image)
        except PhotoRefused:
            raise
        except Exception:  # noqa: BLE001  # as above
            raise PhotoUnreadable from None


def _decoded(image: Image.Image) -> Pixels:
    # A JPEG with several pictures in it is a still with its preview or its depth, not a film.
    if image.format in _MOVING and getattr(image, "is_animated", False):
        raise PhotoMoves
    image.draft("RGB", (WORKING_SIDE, WORKING_SIDE))  # a JPEG is decoded at a fraction of its size right away
    image.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        paper = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(paper, upright.convert("RGBA"))
    return cv2.cvtColor(np.asarray(upright.convert("RGB")), cv2.COLOR_RGB2BGR)
