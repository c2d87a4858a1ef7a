"""The lines of text in a picture, at whatever angle they stand (RapidOCR).

The detector finds where text is; the angle that most of it shares makes the picture upright; each line is then cut out
of the picture and read. A line can be read again in another *view* (other margins, sharpness, polarity), because a
misreading that luck has given a right check digit does not come out the same again.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray

from bot.reader.image import Pixels

type Points = NDArray[np.float32]

_MODELS = Path(rapidocr.__file__).parent / "models"
_LINE_HEIGHT = 48
"""The height, in pixels, of the lines that the recogniser was trained on."""
_VOTERS = 3
"""So many of the longest lines are read both ways round to tell which way up the picture is."""
_SAME = 12.0
"""Degrees by which lines of one label may differ, seen aslant."""
_MOST_LINES = 40
"""A cluttered table makes hundreds of would-be lines: the longest are enough."""
_LONG = 2.5
"""A region this many times as wide as high shows which way its text runs."""


@dataclass(frozen=True, slots=True)
class Region:
    """A place with text in the picture: its centre, length and height in pixels, the text's direction in degrees."""

    x: float
    y: float
    length: float
    height: float
    angle: float

    def turned(self, degrees: float) -> "Region":
        """Return the same place read in another direction."""
        return Region(self.x, self.y, self.length, self.height, self.angle + degrees)

    def crosswise(self) -> "Region":
        """Return the same place with its short side taken for the line."""
        return Region(self.x, self.y, self.height, self.length, self.angle + 90)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was read: where it stands, its text, how sure the recogniser is (0 to 1)."""

    region: Region
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class View:
    """A way to cut a line out: margin as a share of its height, detail kept as a share of the full, polarity."""

    margin: float = 0.0
    detail: float = 1.0
    inverted: bool = False


FIRST = View()
OTHERS = (View(margin=0.16), View(margin=0.06, inverted=True), View(margin=-0.05, detail=0.8))


class Eyes:
    """The recogniser with its models in memory (0.3 GB, one thread)."""

    def __init__(self) -> None:
        # The models are named by their files: without that RapidOCR would look on the network for what is missing.
        self._ocr = rapidocr.RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,
                "Global.use_preprocess_img": False,
                "Global.use_vertical_padding": False,
                "Global.text_score": 0.0,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "Det.limit_type": "max",
                "Det.limit_side_len": 4096,
                "Det.model_path": str(_MODELS / "PP-OCRv6_det_small.onnx"),
                "Rec.model_path": str(_MODELS / "PP-OCRv6_rec_small.onnx"),
            }
        )

    def lines(self, picture: Pixels, side: int) -> tuple[list[Line], float]:
        """Return the lines seen with the longer side at ``side`` pixels, and the angle in degrees they stand at."""
        regions = self._regions(picture, side)
        angle = _common_angle(regions)
        aligned = [_aligned(region, angle) for region in regions]
        read = {region: self.read(picture, region) for region in aligned[:_VOTERS]}
        turned = {region: self.read(picture, region.turned(180)) for region in read}
        if sum(line.score for line in turned.values()) > sum(line.score for line in read.values()):
            angle += 180
            read, aligned = {line.region: line for line in turned.values()}, [region.turned(180) for region in aligned]
        return [read.get(region) or self.read(picture, region) for region in aligned], angle

    def read(self, picture: Pixels, region: Region, view: View = FIRST) -> Line:
        """Read one line in one view."""
        cut = _cut(picture, region, view)
        found: Any = self._ocr(cut, use_det=False, use_cls=False, use_rec=True)
        return Line(region, found.txts[0] if found.txts else "", float(found.scores[0]) if found.scores else 0.0)

    def _regions(self, picture: Pixels, side: int) -> list[Region]:
        scale = side / max(picture.shape[:2])
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=interpolation)
        found: Any = self._ocr(small, use_det=True, use_cls=False, use_rec=False)
        regions = [
            _region(np.asarray(quad, np.float32) / scale) for quad in (() if found.boxes is None else found.boxes)
        ]
        return sorted(regions, key=lambda region: -region.length)[:_MOST_LINES]


def _region(quad: Points) -> Region:
    (x, y), (width, height), angle = cv2.minAreaRect(quad)
    if width < height:
        width, height, angle = height, width, angle + 90
    return Region(x, y, max(width, 1.0), max(height, 1.0), angle)


def _common_angle(regions: Sequence[Region]) -> float:
    """Return the angle, in degrees from -90 to 90, that most of the text shares."""
    long = [region for region in regions if region.length > _LONG * region.height]
    if not long:
        return 0.0

    def agreeing(angle: float) -> list[Region]:
        return [region for region in long if abs(_between(region.angle, angle)) < _SAME]

    best = max(long, key=lambda region: sum(other.length for other in agreeing(region.angle)))
    near = agreeing(best.angle)
    weight = sum(region.length for region in near)
    mean = best.angle + sum(_between(region.angle, best.angle) * region.length for region in near) / weight
    return _between(mean, 0.0)


def _between(angle: float, other: float) -> float:
    """Return by how many degrees ``angle`` leads ``other``, -90 to 90: a line has no direction yet."""
    return (angle - other + 90) % 180 - 90


def _aligned(region: Region, angle: float) -> Region:
    """Return the region read along ``angle``, or as near to it as one of its sides is."""
    if abs(_between(region.angle, angle)) > 45:  # noqa: PLR2004  # nearer to the other side
        region = region.crosswise()
    return Region(region.x, region.y, region.length, region.height, angle + _between(region.angle, angle))


def _cut(picture: Pixels, region: Region, view: View) -> Pixels:
    """Return the line upright, as high as the recogniser wants it, with its contrast stretched."""
    margin = view.margin * region.height
    length, height = region.length + 2 * margin, region.height + 2 * margin
    radians = math.radians(region.angle)
    cos, sin = math.cos(radians), math.sin(radians)
    # Half the line's length and height, as steps in the picture.
    along, down = (cos * length / 2, sin * length / 2), (-sin * height / 2, cos * height / 2)
    corners = np.array(
        [
            [region.x + i * along[0] + j * down[0], region.y + i * along[1] + j * down[1]]
            for i, j in ((-1, -1), (1, -1), (-1, 1))
        ],
        np.float32,
    )
    wide, high = max(round(length), 8), max(round(height), 8)
    matrix = cv2.getAffineTransform(corners, np.array([[0, 0], [wide, 0], [0, high]], np.float32))
    cut = cv2.warpAffine(picture, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    cut = _resized(_resized(cut, _LINE_HEIGHT * view.detail), _LINE_HEIGHT)
    low, top = np.percentile(cut, (1, 99))
    clear: Pixels = np.clip((cut.astype(np.float32) - low) * (255 / max(top - low, 8)), 0, 255).astype(np.uint8)
    return 255 - clear if view.inverted else clear


def _resized(cut: Pixels, height: float) -> Pixels:
    scale = height / cut.shape[0]
    size = (min(max(round(cut.shape[1] * scale), 8), 2400), round(height))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized: Pixels = cv2.resize(cut, size, interpolation=interpolation)
    return resized
