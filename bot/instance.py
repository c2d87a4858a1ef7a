"""Which sender this is: the name under which it holds messages, and whose messages nobody holds any more.

The name stands in a file that its process keeps locked; the kernel gives the lock back however the process ends. So
whoever gets the lock knows that the names in the file are dead ones'. A second process over the same folder gets the
next file. Of senders whose file nobody opens again, and of those on other machines, their leases tell.
"""

import fcntl
import os
from pathlib import Path

from tradein.delivery import new_owner

FILE = "bot.owner"
AT_MOST = 64
"""Processes over one folder that have a file; a further one goes without."""


class Instance:
    """``owner`` is this process's name, ``dead`` the names of those that had its file before it."""

    def __init__(self, folder: Path) -> None:
        self.owner = new_owner()
        self.dead: frozenset[str] = frozenset()
        folder.mkdir(parents=True, exist_ok=True)
        self._file: int | None = None
        for number in range(AT_MOST):
            file = os.open(
                folder / (f"{FILE}.{number}" if number else FILE), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(file)
                continue
            self._file = file
            self.dead = frozenset(os.read(file, 1 << 16).decode(errors="replace").split())
            self._write(self.owner, *self.dead)  # who is killed before the recovery leaves all of them to the next one
            break

    def recovered(self) -> None:
        """Note that what the dead ones held was dealt with."""
        if self.dead:
            self.dead = frozenset()
            self._write(self.owner)

    def close(self) -> None:
        """Let the next process have the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self, *names: str) -> None:
        if self._file is not None:
            written = " ".join(names).encode()
            os.pwrite(self._file, written, 0)
            os.ftruncate(self._file, len(written))
