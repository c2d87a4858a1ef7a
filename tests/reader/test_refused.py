"""Photos that are not read, and why."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from bot.reader.image import MAX_PIXELS, WORKING_SIDE, pixels
from bot.reader.outcome import (
    MAX_BYTES,
    REFUSALS,
    PhotoFormatUnknown,
    PhotoMoves,
    PhotoRefused,
    PhotoTooLarge,
    PhotoTooManyPixels,
    PhotoUnreadable,
)
from bot.reader.reader import Reader
from tests.reader.canvas import Pixels


def encoded(kind: str, *, size: tuple[int, int] = (640, 480), frames: int = 1, orientation: int = 1) -> bytes:
    """Return a picture with a ramp from the left to the right, in several frames if asked."""
    ramp = np.broadcast_to(np.linspace(0, 255, size[0])[None, :, None], (size[1], size[0], 3)).astype(np.uint8)
    images = [Image.fromarray(np.roll(ramp, place * 40, axis=1)) for place in range(frames)]
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    more = {"save_all": True, "append_images": images[1:]} if frames > 1 else {}
    images[0].save(buffer, kind, exif=exif, **more)
    return buffer.getvalue()


def declared(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that declares a size."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


REFUSED: dict[str, tuple[bytes, type[PhotoRefused]]] = {
    "more than 20 MB": (encoded("JPEG") + b"\0" * MAX_BYTES, PhotoTooLarge),
    "a bomb of 2.5 billion pixels": (declared(50_000, 50_000), PhotoTooManyPixels),
    "a little more than allowed": (declared(10_000, MAX_PIXELS // 10_000 + 1), PhotoTooManyPixels),
    "a bomb within the limit": (declared(8_000, 8_000), PhotoUnreadable),
    "a JPEG cut off": (encoded("JPEG")[:2000], PhotoUnreadable),
    "a PNG cut off": (encoded("PNG")[:300], PhotoUnreadable),
    "an animated GIF": (encoded("GIF", frames=3), PhotoMoves),
    "an animated WebP": (encoded("WEBP", frames=3), PhotoMoves),
    "an animated PNG": (encoded("PNG", frames=3), PhotoMoves),
    "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 4000, PhotoFormatUnknown),
    "a TIFF": (encoded("TIFF"), PhotoFormatUnknown),
    "a text": (b"IMEI: 352099001761481", PhotoFormatUnknown),
    "nothing": (b"", PhotoFormatUnknown),
}


@pytest.mark.parametrize(("photo", "refusal"), REFUSED.values(), ids=REFUSED)
def test_a_photo_that_cannot_be_looked_at_is_refused_by_name(photo: bytes, refusal: type[PhotoRefused]) -> None:
    """One class for each reason, and nothing of the photo in it."""
    with pytest.raises(refusal) as raised:
        pixels(photo)
    assert raised.value.args == (refusal.code,)
    assert raised.value.__cause__ is None


async def test_the_refusal_comes_through_from_the_process(reader: Reader) -> None:
    """The process lives on."""
    for photo, refusal in REFUSED.values():
        with pytest.raises(refusal):
            await reader.read(photo)
    assert (await reader.read(encoded("PNG"))).numbers == ()


def test_every_refusal_has_a_code_of_its_own() -> None:
    """The gateway words them by their codes."""
    assert len(REFUSALS) == len(PhotoRefused.__subclasses__())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_still_is_decoded_whatever_its_format(kind: str) -> None:
    """A GIF with one frame is a still."""
    assert pixels(encoded(kind)).shape == (480, 640, 3)


def test_the_orientation_that_the_camera_noted_is_honoured() -> None:
    """Turned by 90 degrees: the ramp runs from the top to the bottom."""
    upright: Pixels = pixels(encoded("JPEG", orientation=6)).astype(np.uint8)
    assert upright.shape == (640, 480, 3)
    assert upright[0].mean() < 10
    assert upright[-1].mean() > 245


def test_a_large_photo_is_scaled_to_the_working_size() -> None:
    """What comes after costs the same for every camera."""
    assert max(pixels(encoded("JPEG", size=(6000, 4000))).shape) == WORKING_SIDE


def test_what_is_transparent_is_white() -> None:
    """A screenshot with holes."""
    buffer = io.BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(buffer, "PNG")
    assert pixels(buffer.getvalue()).min() == 255
