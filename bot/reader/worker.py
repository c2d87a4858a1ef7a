"""The process that looks at photos: it takes one on its standard input and answers on its standard output.

It holds no token and no database address (it is started with an empty environment), may write no file and open no
connection, and has a limit on its memory: whatever a hostile picture does to a decoder, it does it here. It lives as
long as its input is open, so it never outlives the gateway.

    gateway → worker    4 bytes of length, the photo
    worker → gateway    4 bytes of length, JSON: {"ready": true}, {"numbers": [...], "source": ...}, {"refused": code}
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Mapping
from typing import BinaryIO

from bot.reader.outcome import PhotoRefused

LENGTH = 4
"""Bytes that say how long what follows is, the highest first."""
MEMORY = 3 * 512 * 1024**2
"""Bytes of address space: three times what the models and a usual photo take."""
_UNSEEN = ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.fork")


def main() -> None:
    """Answer photo after photo until the input ends."""
    answers = _confined()
    # Only now: what is imported here parses pictures.
    import cv2  # noqa: PLC0415

    from bot.reader.digits import Eyes  # noqa: PLC0415
    from bot.reader.image import pixels  # noqa: PLC0415
    from bot.reader.looking import look  # noqa: PLC0415

    cv2.setNumThreads(1)
    eyes = Eyes()
    _send(answers, {"ready": True})
    while (photo := _received(sys.stdin.buffer)) is not None:
        try:
            reading = look(pixels(photo), eyes)
            _send(answers, {"numbers": reading.numbers, "source": reading.source})
        except PhotoRefused as refused:
            _send(answers, {"refused": refused.code})


def _confined() -> BinaryIO:
    """Give up what reading a picture doesn't need; return where the answers go."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the gateway's to hear: it closes the input
    for limit, value in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(limit, (value, value))
    sys.addaudithook(_refuse)
    # A library that prints must not be taken for an answer.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _refuse(event: str, _arguments: tuple[object, ...]) -> None:
    if event in _UNSEEN:
        raise PermissionError(event)


def _received(source: BinaryIO) -> bytes | None:
    length = source.read(LENGTH)
    return source.read(int.from_bytes(length)) if len(length) == LENGTH else None


def _send(answers: BinaryIO, message: Mapping[str, object]) -> None:
    body = json.dumps(message).encode()
    answers.write(len(body).to_bytes(LENGTH) + body)


if __name__ == "__main__":
    main()
