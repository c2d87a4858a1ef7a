"""Which gateway this is: the name under which it holds messages, and whose messages nobody holds any more.

The name stands in a file that its process keeps locked; the kernel gives the lock back however the process ends. So
whoever gets the lock knows that the name in the file is a dead one's. A second gateway over the same folder doesn't get
it, and learns of other senders' ends by their leases alone, as it does of those on other machines.
"""

import fcntl
import os
from pathlib import Path

from tradein.delivery import new_owner

FILE = "bot.owner"


class Instance:
    """``owner`` is this gateway's name, ``predecessor`` the dead one's that had the folder before it, if any."""

    def __init__(self, folder: Path) -> None:
        self.owner = new_owner()
        self.predecessor: str | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._file = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        self.predecessor = os.read(self._file, 64).decode(errors="replace") or None
        os.pwrite(self._file, self.owner.encode(), 0)

    def close(self) -> None:
        """Let the next gateway have the file."""
        os.close(self._file)
