"""What a killed ansible-playbook can leave on this machine: a worker that waits for ever to hand over what it found.

It has both ends of the pipe to the process that was killed, so nothing tells it that nobody reads there any more. It
does nothing, and holds the environment's lock. Workers lead sessions of their own, so a killed terminal misses them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

PROGRAM = b"ansible-playbook"
# Seconds without any change: one whose ssh has just ended may be about to end too.
STILL = 3.0


class Watch:
    """Looks at who holds the file `lock` open; `end` ends those that have been stranded for STILL seconds."""

    def __init__(self, lock: Path) -> None:
        self._lock = lock
        self._since: dict[int, float] = {}

    def end(self) -> list[int]:
        """Their pids, killed. Where there is no /proc, none are found."""
        now = time.monotonic()
        self._since = {pid: self._since.get(pid, now) for pid in stranded(self._lock)}
        ended = [pid for pid, since in self._since.items() if now - since >= STILL]
        for pid in ended:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        return ended


def stranded(lock: Path) -> list[int]:
    """Workers that hold `lock` open, whose run is gone and who have nobody at work for them."""
    parents = _parents()
    workers = [pid for pid in parents if pid != os.getpid() and _is_ansible(pid) and _holds(pid, lock)]
    busy = set(parents.values())
    return [pid for pid in workers if parents[pid] not in workers and pid not in busy and not _is_ansible(parents[pid])]


def _parents() -> dict[int, int]:
    """Process -> its parent, as far as they can be seen."""
    found = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            found[int(file.parent.name)] = int(file.read_text().rpartition(") ")[2].split()[1])
    return found


def _is_ansible(pid: int) -> bool:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return any(word.rpartition(b"/")[2] == PROGRAM for word in words[:3])
    return False


def _holds(pid: int, lock: Path) -> bool:
    with contextlib.suppress(OSError):
        return any(link.samefile(lock) for link in Path(f"/proc/{pid}/fd").iterdir() if link.exists())
    return False
