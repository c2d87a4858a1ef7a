"""What may come of a photo: a reading, or a refusal with a code. Light to import, for the gateway."""

from dataclasses import dataclass
from typing import ClassVar, Literal

MAX_BYTES = 20 * 1024 * 1024
"""What a bot may download (Bot API, getFile)."""

type Source = Literal["barcode", "digits"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The IMEIs of a photo, in the order of their slots: none, one or two; and where they were read."""

    numbers: tuple[str, ...]
    source: Source | None = None

    def __repr__(self) -> str:
        return f"Reading({len(self.numbers)} numbers, {self.source})"  # a number has no business in a log


class PhotoRefused(Exception):
    """A photo is not read; ``code`` says why, and nothing of the photo stands in the exception."""

    code: ClassVar[str] = "photo_refused"

    def __init__(self) -> None:
        super().__init__(self.code)


class PhotoTooLarge(PhotoRefused):
    """It has more than :data:`MAX_BYTES` bytes."""

    code = "photo_too_large"


class PhotoTooManyPixels(PhotoRefused):
    """It would decode to too many pixels: a camera's largest setting, or a decompression bomb."""

    code = "photo_too_many_pixels"


class PhotoFormatUnknown(PhotoRefused):
    """It is no JPEG, PNG, WebP or GIF: HEIC as iPhones store it, a document, anything."""

    code = "photo_format_unknown"


class PhotoMoves(PhotoRefused):
    """It is an animation."""

    code = "photo_moves"


class PhotoUnreadable(PhotoRefused):
    """It is broken: cut off, or not what its first bytes promise."""

    code = "photo_unreadable"


class PhotoTooHard(PhotoRefused):
    """Reading it took too long or too much memory."""

    code = "photo_too_hard"


class ReaderBusy(PhotoRefused):
    """Too many photos wait already: later."""

    code = "reader_busy"


class ReaderUnavailable(PhotoRefused):
    """The reading process doesn't come up, or the reader is closed: an operator has to look."""

    code = "reader_unavailable"


REFUSALS: dict[str, type[PhotoRefused]] = {kind.code: kind for kind in PhotoRefused.__subclasses__()}
"""Every way to refuse, by its code."""
