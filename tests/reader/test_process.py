"""The process that reads: there when it is needed, gone when not, replaced when it hangs or dies."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from bot.reader.outcome import PhotoTooHard, ReaderBusy, ReaderUnavailable, Reading
from bot.reader.reader import MOST_WAITING, Reader
from tests.reader.rates import picture

PICTURE = picture("dialog_light", "screenshot")
MEGABYTE = 1024**2


async def gone(pid: int) -> bool:
    """Say whether a process ends within some seconds."""
    for _ in range(100):
        if not psutil.pid_exists(pid):
            return True
        await asyncio.sleep(0.05)
    return False


async def pid_of(reader: Reader) -> int:
    """Return the id of the reader's process, which must be there."""
    assert reader.pid is not None
    return reader.pid


async def test_there_is_no_process_before_the_first_photo() -> None:
    """A gateway that gets no photo pays nothing."""
    assert Reader().pid is None


async def test_the_gateway_stays_small_and_its_loop_free_while_a_photo_is_read(reader: Reader) -> None:
    """The models, the picture and the work are the other process's."""
    here = psutil.Process()
    before, ticks = here.memory_info().rss, 0
    reading = asyncio.ensure_future(reader.read(PICTURE.photo))
    while not reading.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert reading.result().numbers == PICTURE.numbers
    assert here.memory_info().rss - before < 16 * MEGABYTE
    assert ticks > 20
    assert psutil.Process(await pid_of(reader)).memory_info().rss < 600 * MEGABYTE


async def test_a_process_that_hangs_is_ended_and_replaced(reader: Reader) -> None:
    """The photo is refused in time, the next one is read."""
    await reader.read(PICTURE.photo)
    hung = await pid_of(reader)
    os.kill(hung, signal.SIGSTOP)
    usual, reader.time_limit = reader.time_limit, 0.5
    with pytest.raises(PhotoTooHard):
        await reader.read(PICTURE.photo)
    reader.time_limit = usual
    assert await gone(hung)
    assert (await reader.read(PICTURE.photo)).numbers == PICTURE.numbers


async def test_a_process_that_died_between_two_photos_is_not_noticed(reader: Reader) -> None:
    """The photo is given to a new one."""
    await reader.read(PICTURE.photo)
    dead = await pid_of(reader)
    os.kill(dead, signal.SIGKILL)
    assert (await reader.read(PICTURE.photo)).numbers == PICTURE.numbers
    assert reader.pid != dead


async def test_a_reading_that_nobody_waits_for_any_more_does_not_answer_the_next_photo(reader: Reader) -> None:
    """The turn was cancelled in the middle."""
    other = picture("dialog_light", "screenshot", seed=1)
    await reader.read(PICTURE.photo)
    cancelled = asyncio.ensure_future(reader.read(other.photo))
    await asyncio.sleep(0.1)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert (await reader.read(PICTURE.photo)).numbers == PICTURE.numbers


async def test_too_many_photos_at_once_are_refused_at_once(reader: Reader) -> None:
    """Each that waits is held in memory."""
    photos = [asyncio.ensure_future(reader.read(b"no photo")) for _ in range(MOST_WAITING + 5)]
    results = await asyncio.gather(*photos, return_exceptions=True)
    assert sum(isinstance(result, ReaderBusy) for result in results) == 4


async def test_the_process_ends_when_no_photo_came_for_a_while_and_with_the_reader() -> None:
    """Its memory is given back; a closed reader starts none."""
    reader = Reader(idle_limit=0.3)
    assert (await reader.read(PICTURE.photo)).numbers == PICTURE.numbers
    assert await gone(await pid_of(reader))
    assert reader.pid is None
    assert (await reader.read(PICTURE.photo)).numbers == PICTURE.numbers
    last = await pid_of(reader)
    await reader.close()
    assert await gone(last)
    with pytest.raises(ReaderUnavailable):
        await reader.read(PICTURE.photo)


async def test_the_process_knows_no_secret_and_may_write_no_file(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures from strangers are what decoders break on."""
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:secret")
    await reader.read(PICTURE.photo)
    process = psutil.Process(await pid_of(reader))
    assert set(process.environ()) <= {"OMP_NUM_THREADS", "MALLOC_ARENA_MAX", "LC_ALL"}
    assert process.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    assert process.net_connections() == []


async def test_no_number_gets_into_what_is_printed_of_a_reading_or_logged(
    reader: Reader, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Not by accident either."""
    reading = await reader.read(PICTURE.photo)
    out, err = capfd.readouterr()
    for text in (repr(reading), str(reading), f"{reading}", out, err, caplog.text):
        assert PICTURE.numbers[0] not in text
    assert repr(Reading(("352099001761481",), "digits")) == "Reading(1 numbers, digits)"


@pytest.mark.parametrize(
    "deed",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.write(os.open('/tmp/reader', os.O_CREAT | os.O_WRONLY), b'x')",
        "bytearray(4 * 1024**3)",
    ],
    ids=["the network", "another program", "a file", "more memory"],
)
async def test_what_reading_does_not_need_is_out_of_reach(deed: str, tmp_path: Path) -> None:
    """Of whatever takes the process over, too."""
    code = f"from bot.reader.worker import _confined; _confined(); {deed}".replace("/tmp", str(tmp_path))  # noqa: S108
    process = await asyncio.create_subprocess_exec(sys.executable, "-I", "-c", code, stderr=asyncio.subprocess.PIPE)
    _, complaint = await process.communicate()
    assert process.returncode != 0
    assert any(name in complaint for name in (b"PermissionError", b"OSError", b"MemoryError")), complaint
