"""Files as the Bot API knows them: bytes under a file_id, and the size of a picture read from its header."""

import secrets
import struct
from dataclasses import asdict, dataclass
from typing import Final

from sandbox.errors import Json, bad_request
from sandbox.store import Store

DOWNLOAD_LIMIT: Final = 20 * 1024 * 1024
PHOTO_LIMIT: Final = 10 * 1024 * 1024
UPLOAD_LIMIT: Final = 50 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PREFIXES: Final = {
    "photo": "AgAC",
    "document": "BQAC",
    "video": "BAAC",
    "animation": "CgAC",
    "audio": "CQAC",
    "voice": "AwAC",
    "video_note": "DQAC",
    "sticker": "CAAC",
}
_SIDES_LIMIT = 10_000
_RATIO_LIMIT = 20


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of a file beside its bytes; `width` and `height` are pixels, 0 for what is no picture.

    `kind` is the Bot API's name of what it was sent as; a file goes out again only as that.
    """

    file_id: str
    unique_id: str
    path: str
    size: int
    name: str = ""
    mime: str = ""
    width: int = 0
    height: int = 0
    kind: str = ""
    seconds: int = 0


class Files:
    """All files of the world, by id and by the path they are downloaded from."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._files: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._bytes: dict[str, bytes] = {str(key): data for key, data in store.load("bytes")}
        for _, kept in store.load("file"):
            self._know(StoredFile(**{"kind": "photo" if kept["width"] else "document", **kept}))

    def _know(self, file: StoredFile) -> None:
        self._files[file.file_id] = self._by_path[file.path] = file

    def add_photo(self, data: bytes) -> StoredFile:
        """Keep a JPEG, PNG, GIF or WebP. Refuses what is none, too big, or of a shape Telegram won't take."""
        if len(data) > PHOTO_LIMIT:
            raise bad_request("file is too big")
        size = picture_size(data)
        if size is None:
            raise bad_request("IMAGE_PROCESS_FAILED")
        if sum(size) > _SIDES_LIMIT or max(size) > _RATIO_LIMIT * min(size):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        return self._keep(data, "photo", name="", mime="image/jpeg", extension="jpg", size=size)

    def add(self, kind: str, data: bytes, *, name: str, mime: str, seconds: int = 0) -> StoredFile:
        """Keep a file that is sent as this kind: any but an empty one, up to 50 MB; a photo as `add_photo` does.

        `seconds` is how long it plays.
        """
        if kind == "photo":
            return self.add_photo(data)
        if not data:
            raise bad_request("file must be non-empty")
        if len(data) > UPLOAD_LIMIT:
            raise bad_request("file is too big")
        extension = name.rpartition(".")[2] if "." in name else "bin"
        size = (picture_size(data) or (0, 0)) if kind == "sticker" else (0, 0)
        return self._keep(data, kind, name=name, mime=mime, extension=extension, size=size, seconds=seconds)

    def _keep(
        self,
        data: bytes,
        kind: str,
        *,
        name: str,
        mime: str,
        extension: str,
        size: tuple[int, int],
        seconds: int = 0,
    ) -> StoredFile:
        file = StoredFile(
            file_id=_PREFIXES[kind] + secrets.token_urlsafe(42),
            unique_id="AQAD" + secrets.token_urlsafe(9),
            path=f"{kind}s/file_{len(self._files)}.{extension}",
            size=len(data),
            name=name,
            mime=mime,
            width=size[0],
            height=size[1],
            kind=kind,
            seconds=seconds,
        )
        self._know(file)
        self._bytes[file.file_id] = data
        self._store.put("bytes", file.file_id, data)
        self._store.put("file", file.file_id, asdict(file))
        return file

    def get(self, file_id: str) -> StoredFile | None:
        """Return the file of this id, or None."""
        return self._files.get(file_id)

    def at(self, path: str) -> tuple[StoredFile, bytes] | None:
        """Return the file downloaded from this path and its bytes, or None."""
        file = self._by_path.get(path)
        return (file, self._bytes[file.file_id]) if file else None

    def described(self, file_id: str) -> Json:
        """Return the Bot API's File. Refuses an unknown id and a file too big to download."""
        file = self.get(file_id)
        if file is None:
            raise bad_request("invalid file_id")
        if file.size > DOWNLOAD_LIMIT:
            raise bad_request("file is too big")
        return {
            "file_id": file.file_id,
            "file_unique_id": file.unique_id,
            "file_size": file.size,
            "file_path": file.path,
        }


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels from the header of a PNG, GIF, JPEG or WebP; None for anything else."""
    try:
        if data.startswith(_PNG) and data[12:16] == b"IHDR":
            width, height = struct.unpack(">II", data[16:24])
        elif data[:6] in {b"GIF87a", b"GIF89a"}:
            width, height = struct.unpack("<HH", data[6:10])
        elif data.startswith(b"\xff\xd8"):
            width, height = _jpeg_size(data)
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            width, height = _webp_size(data)
        else:
            return None
    except (struct.error, IndexError):
        return None
    return (width, height) if width and height else None


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while True:
        while data[at] == 0xFF:  # noqa: PLR2004 - every marker begins so, fill bytes included
            at += 1
        marker = data[at]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", data[at + 4 : at + 8])
            return width, height
        at += 1 + struct.unpack(">H", data[at + 1 : at + 3])[0]


def _webp_size(data: bytes) -> tuple[int, int]:
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack("<HH", data[26:30])
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack("<I", data[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
        case _:
            return 0, 0
