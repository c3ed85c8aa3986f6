"""One file of the spool: JSON lines, held by whoever has its flock.

The kernel drops the lock with its holder, so a crash leaves nothing to clean up, and two releases that share a
directory can't both take a file.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import orjson

SUFFIX = ".jsonl"


class Segment:
    """An open file that this process holds; `bytes` is its length."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path, self._descriptor = path, descriptor
        self.bytes = os.fstat(descriptor).st_size
        self._dirty = False

    @classmethod
    def create(cls, directory: Path) -> Segment:
        """A new, empty one, whose name is on the disk too. Raises OSError."""
        while True:
            path = directory / f"{time.time_ns()}-{uuid.uuid4().hex[:8]}{SUFFIX}"
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND, 0o600)
            # Another instance may take, and remove, the empty file between these two lines.
            if _hold(descriptor):
                _sync_directory(directory)
                return cls(path, descriptor)
            os.close(descriptor)

    @classmethod
    def take(cls, path: Path) -> Segment | None:
        """The file at `path`, or None while a living process holds it or when it is gone. Raises OSError."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            return None
        if _hold(descriptor):
            return cls(path, descriptor)
        os.close(descriptor)
        return None

    def append(self, data: bytes) -> None:
        """Writes at the end. After an OSError part of it may be there: see `abandon`."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self._dirty = True
        self.bytes += len(data)

    def sync(self) -> None:
        """What was appended is on the disk when this returns. Raises OSError."""
        if self._dirty:
            os.fdatasync(self._descriptor)
            self._dirty = False

    def empty(self) -> None:
        """Takes every row away; the file stays held. Raises OSError."""
        os.ftruncate(self._descriptor, 0)
        self.bytes = 0

    def abandon(self, length: int) -> None:
        """After a failed write: keeps the first `length` bytes for the next taker, and goes if that is none."""
        if not length:
            self.remove()
            return
        with contextlib.suppress(OSError):  # the half row that stays is found when the file is read
            os.ftruncate(self._descriptor, length)
        self.release()

    def rows(self) -> tuple[list[bytes], list[bytes]]:
        """The rows of the file, and the lines that are none (the torn end that a crash leaves)."""
        good: list[bytes] = []
        bad: list[bytes] = []
        for line in _read(self._descriptor).split(b"\n"):
            if line:
                (good if _is_object(line) else bad).append(line)
        return good, bad

    def remove(self) -> None:
        """The file goes, or is at least left to the next taker. Raises OSError."""
        try:
            self.path.unlink(missing_ok=True)
        finally:
            self.release()

    def release(self) -> None:
        """Leaves the file, if it is still there, to the next taker. Any number of times."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def size(paths: Sequence[Path]) -> int:
    """Bytes of the files that are (still) there."""
    total = 0
    for path in paths:
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # replayed meanwhile, perhaps by another instance
            continue
    return total


def _hold(descriptor: int) -> bool:
    """True when this process now holds the file, and the file still has a name."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(descriptor).st_nlink > 0


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> bytes:
    parts = []
    offset = 0
    while part := os.pread(descriptor, 1 << 20, offset):
        parts.append(part)
        offset += len(part)
    return b"".join(parts)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False
