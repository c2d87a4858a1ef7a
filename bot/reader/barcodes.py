"""The barcodes in a picture (zxing-cpp): every kind that stands on a phone, its box or its screen, several at once.

A code carries checks of its own, so what comes out was there; what it *is* has still to be told from what is printed
beside it, for a serial number has a barcode too.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from cv2.typing import MatLike
from zxingcpp import BarcodeFormat

from bot.reader.image import Pixels

_KINDS = zxingcpp.BarcodeFormats(
    [
        BarcodeFormat.Code128,
        BarcodeFormat.Code39,
        BarcodeFormat.Code93,
        BarcodeFormat.EAN13,
        BarcodeFormat.UPCA,
        BarcodeFormat.QRCode,
        BarcodeFormat.DataMatrix,
        BarcodeFormat.PDF417,
        BarcodeFormat.Aztec,
    ]
)
_CONTENT = (zxingcpp.ContentType.Text, zxingcpp.ContentType.Mixed)
"""Codes of the GS1 standard tell articles and serial numbers by rules of their own: never an IMEI."""
_LEAN = 2.0
"""Degrees that bars may lean: they are looked for along the rows and the columns."""
_LARGEST = 1600
"""Up to this side, in pixels, a picture is looked at in double size too: narrow bars come out."""
_MOST = 24
"""More codes than this are a carton's, not a phone's."""


@dataclass(frozen=True, slots=True)
class Barcode:
    """What a barcode holds, and its corners in the picture as (x, y)."""

    content: str
    corners: tuple[tuple[float, float], ...]


def barcodes(picture: Pixels, angle: float) -> list[Barcode]:
    """Return the barcodes of a picture whose text stands at ``angle`` degrees, each content once."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    lean = (angle + 45) % 90 - 45
    found: dict[str, Barcode] = {}
    turn = 0.0 if abs(lean) < _LEAN else lean
    for scale in (1.0, 2.0) if max(grey.shape) <= _LARGEST else (1.0,):
        matrix, size = _turning(grey, turn, scale)
        plain = cv2.warpAffine(grey, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        sharp = cv2.addWeighted(plain, 2.5, cv2.GaussianBlur(plain, (0, 0), 2 * scale), -1.5, 0)
        found = _read(plain, matrix) | _read(sharp, matrix) | found
        found = found or _read(255 - plain, matrix)
    return list(found.values())[:_MOST]


def _read(look: Pixels, matrix: MatLike) -> dict[str, Barcode]:
    codes = zxingcpp.read_barcodes(np.ascontiguousarray(look), formats=_KINDS)
    plain = (code for code in codes if code.content_type in _CONTENT)
    return {code.text: Barcode(code.text, _corners(code.position, matrix)) for code in plain}


def _turning(grey: Pixels, turn: float, scale: float) -> tuple[MatLike, tuple[int, int]]:
    """Return the map onto the picture turned back by ``turn`` degrees and scaled, and that picture's size."""
    height, width = grey.shape
    cos, sin = abs(math.cos(math.radians(turn))), abs(math.sin(math.radians(turn)))
    size = (round((width * cos + height * sin) * scale), round((width * sin + height * cos) * scale))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, scale)
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return matrix, size


def _corners(position: zxingcpp.Position, matrix: MatLike) -> tuple[tuple[float, float], ...]:
    back = cv2.invertAffineTransform(matrix)
    points = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return tuple((float(x), float(y)) for x, y in (back @ (point.x, point.y, 1) for point in points))
