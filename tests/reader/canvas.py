"""What the pictures of the reader's tests are drawn on: text in six faces, barcodes, boxes.

The faces come with Pillow and OpenCV, so that every machine draws the same pictures.
"""

import random

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

type Pixels = NDArray[np.uint8]
type Colour = tuple[int, int, int]

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
_BARS = (zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.Code39, zxingcpp.BarcodeFormat.EAN13)
FACES = ("aileron", "aileron bold", "rubik", "rubik bold", "rubik italic", "hei")


def imei(rng: random.Random, start: str = "") -> str:
    """Return a number with a right check digit, as a phone's is made up: 35…, 86…, 01… ."""
    digits = start or rng.choice(("35", "86", "35", "86", "01"))
    digits += "".join(str(rng.randrange(10)) for _ in range(14 - len(digits)))
    return digits + check_digit(digits)


def check_digit(digits: str) -> str:
    """Return the Luhn digit that follows ``digits`` (3GPP TS 23.003, Annex B)."""
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


class Canvas:
    """A picture to draw on; places are pixels from the top left."""

    def __init__(self, width: int, height: int, colour: Colour = WHITE, face: str = "aileron") -> None:
        self.pixels: Pixels = np.full((height, width, 3), colour, np.uint8)
        self.face = face

    @property
    def width(self) -> int:
        """The width in pixels."""
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        """The height in pixels."""
        return self.pixels.shape[0]

    def text(self, x: int, y: int, text: str, size: int, colour: Colour = BLACK) -> int:
        """Write ``text`` with its top left at (x, y), letters ``size`` pixels high or so; return where it ends."""
        face = self.face
        if face.startswith("aileron"):
            image = Image.fromarray(self.pixels)
            font = ImageFont.load_default(size=size)
            bold = size / 30 if "bold" in face else 0
            ImageDraw.Draw(image).text((x, y), text, fill=colour, font=font, stroke_width=bold)
            self.pixels = np.array(image)
            return x + int(font.getlength(text))
        font_face = cv2.FontFace({"rubik": "sans", "rubik bold": "sans", "rubik italic": "italic"}.get(face, "uni"))
        weight = 700 if "bold" in face else 400
        end, _ = cv2.putText(self.pixels, text, (x, y + size), colour, font_face, round(size * 0.8), weight)
        return int(end[0])

    def box(self, corners: tuple[int, int, int, int], colour: Colour, radius: int = 0) -> None:
        """Fill a box from its left and top to its right and lower end, its corners rounded by ``radius``."""
        image = Image.fromarray(self.pixels)
        ImageDraw.Draw(image).rounded_rectangle(corners, radius, fill=colour)
        self.pixels = np.array(image)

    def barcode(
        self,
        x: int,
        y: int,
        content: str,
        kind: zxingcpp.BarcodeFormat = zxingcpp.BarcodeFormat.Code128,
        *,
        scale: int = 2,
        height: int = 44,
    ) -> tuple[int, int]:
        """Put a barcode with its quiet zone at (x, y); return its right and lower end."""
        bars = np.array(zxingcpp.create_barcode(content, kind).to_image(scale=scale, add_quiet_zones=True))
        if kind in _BARS:
            bars = np.repeat(bars[bars.shape[0] // 2][None], height, axis=0)
        high, wide = bars.shape
        self.pixels[y : y + high, x : x + wide] = bars[: self.height - y, : self.width - x, None]
        return x + wide, y + high
