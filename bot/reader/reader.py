"""The IMEI on a photo of a phone's ``*#06#`` screen or of a label: asked of a process that is there while it is needed.

    photo ──► Reader.read ──► worker process (started on the first photo, gone some idle minutes after the last)
                  ◄── Reading: none, one or two IMEIs    or a PhotoRefused

Reading takes seconds and half a gigabyte, and pictures from strangers are what decoders break on. So the gateway keeps
nothing of it: a process of its own reads, one photo at a time, and is ended when it takes too long or breaks. No
number, text or picture gets into a log or an exception.
"""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from typing import Any

import structlog

from bot.reader.outcome import (
    MAX_BYTES,
    REFUSALS,
    PhotoTooHard,
    PhotoTooLarge,
    ReaderBusy,
    ReaderUnavailable,
    Reading,
)
from bot.reader.worker import LENGTH
from tradein import imei

TIME_LIMIT = 20.0
"""Seconds that one photo may take; most take two."""
START_LIMIT = 60.0
"""Seconds that the process may take to come up: two, on a busy machine more."""
IDLE_LIMIT = 180.0
"""Seconds without a photo after which the process ends and gives its memory back."""
MOST_WAITING = 8
"""Photos that may wait for their turn: more are refused, for each is held in memory."""
_LONGEST_ANSWER = 4096

_COMMAND = (sys.executable, "-I", "-m", "bot.reader.worker")
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2", "LC_ALL": "C.UTF-8"}
_LOG = structlog.get_logger()


class Reader:
    """Reads photos one after another; make one for the gateway and close it when the gateway stops.

    ``time_limit`` and ``idle_limit`` are seconds: for one photo, and without any.
    """

    def __init__(self, *, time_limit: float = TIME_LIMIT, idle_limit: float = IDLE_LIMIT) -> None:
        self.time_limit, self.idle_limit = time_limit, idle_limit
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._worker: Process | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._retiring: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process id of the worker, None while there is none."""
        return self._worker.pid if self._worker else None

    async def read(self, photo: bytes) -> Reading:
        """Return the IMEIs on a photo; raises the PhotoRefused that says why it can't be read."""
        if len(photo) > MAX_BYTES:
            raise PhotoTooLarge
        if self._waiting > MOST_WAITING:
            raise ReaderBusy
        self._waiting += 1
        try:
            async with self._turn:
                if self._idle:
                    self._idle.cancel()
                answer = await self._answer(photo)
                self._idle = asyncio.get_running_loop().call_later(self.idle_limit, self._retire)
        finally:
            self._waiting -= 1
        return _reading(answer)

    async def close(self) -> None:
        """End the worker; whoever waits gets ReaderUnavailable."""
        self._closed = True
        if self._idle:
            self._idle.cancel()
        await self._end()
        if self._retiring:
            await self._retiring

    async def _answer(self, photo: bytes) -> dict[str, Any]:
        used = self._worker is not None
        try:
            return await self._asked(photo)
        except EOFError:
            if not used or self._closed:
                raise PhotoTooHard from None
        # It may have died of the photos before, or while nobody looked: once more, with a new one.
        try:
            return await self._asked(photo)
        except EOFError:
            raise PhotoTooHard from None

    async def _asked(self, photo: bytes) -> dict[str, Any]:
        """Return the worker's answer; raises EOFError if it dies over it. Whatever goes wrong ends the worker."""
        worker = self._worker or await self._started()
        try:
            async with asyncio.timeout(self.time_limit):
                _stdin(worker).write(len(photo).to_bytes(LENGTH) + photo)
                await _stdin(worker).drain()
                return await _received(worker)
        except TimeoutError:
            _LOG.warning("reader.too_slow", seconds=self.time_limit)
            await self._end()
            raise PhotoTooHard from None
        except (ConnectionError, EOFError):
            await self._end()
            _LOG.warning("reader.died", returncode=worker.returncode)
            raise EOFError from None
        except BaseException:
            # The turn was cancelled: the answer to this photo must not be taken for the next one's.
            await self._end()
            raise

    async def _started(self) -> Process:
        if self._closed:
            raise ReaderUnavailable
        self._worker = await asyncio.create_subprocess_exec(
            *_COMMAND, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_ENVIRONMENT
        )
        try:
            async with asyncio.timeout(START_LIMIT):
                await _received(self._worker)
        except (TimeoutError, EOFError):
            _LOG.error("reader.not_started")  # a traceback says no more
            await self._end()
            raise ReaderUnavailable from None
        except BaseException:
            await self._end()
            raise
        return self._worker

    def _retire(self) -> None:
        self._retiring = asyncio.get_running_loop().create_task(self._end_idle())

    async def _end_idle(self) -> None:
        async with self._turn:
            await self._end()

    async def _end(self) -> None:
        """End the worker at once: it has nothing to tidy up."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        _stdin(worker).close()
        if worker.returncode is None:
            worker.kill()
        await worker.wait()


def _stdin(worker: Process) -> asyncio.StreamWriter:
    assert worker.stdin is not None  # noqa: S101  # it was started with a pipe
    return worker.stdin


async def _received(worker: Process) -> dict[str, Any]:
    assert worker.stdout is not None  # noqa: S101  # as above
    length = int.from_bytes(await worker.stdout.readexactly(LENGTH))
    if length > _LONGEST_ANSWER:
        raise EOFError
    message: dict[str, Any] = json.loads(await worker.stdout.readexactly(length))
    return message


def _reading(answer: dict[str, Any]) -> Reading:
    """Return what an answer says. The worker is not trusted with more than a claim: the numbers are checked again."""
    if "refused" in answer:
        raise REFUSALS[answer["refused"]]
    numbers = tuple(str(number) for number in answer["numbers"])
    if any(imei.read(number).problem for number in numbers):
        raise ReaderUnavailable
    return Reading(numbers, answer["source"])
