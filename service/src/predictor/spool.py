"""Rows that could not be written to the database, kept on disk until some instance writes them.

A file belongs to whoever holds its flock: the instance that appends to it, later the one that replays it. The
kernel drops the lock with its holder, so a crash leaves nothing to clean up, and two releases that share a
directory can't both take a file.
"""

from __future__ import annotations

import fcntl
import os
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import IO

import orjson

FILE_BYTES = 4 * 1024 * 1024  # a file is replayed from memory, so it stays small
_REJECTED_BYTES = 16 * 1024 * 1024


class SpoolFullError(OSError):
    """The spool's own limit is reached."""


class Claim:
    """A spool file that this process alone replays."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path, self._file = path, file

    def rows(self) -> tuple[list[bytes], list[bytes]]:
        """The rows of the file, and the lines that are none (the torn end that a crash leaves)."""
        good: list[bytes] = []
        bad: list[bytes] = []
        self._file.seek(0)
        for line in self._file.read().split(b"\n"):
            if line:
                (good if _is_object(line) else bad).append(line)
        return good, bad

    def done(self) -> None:
        """Every row is in the database: the file goes."""
        self._path.unlink()
        self._file.close()

    def release(self) -> None:
        """Leaves the file, if it is still there, to the next claim."""
        self._file.close()


class Spool:
    """A directory of append-only JSON lines; a write is on the disk when it returns. Thread-safe."""

    def __init__(self, directory: Path, max_bytes: int) -> None:
        self._directory, self._max_bytes = directory, max_bytes
        self._lock = Lock()
        self._current: IO[bytes] | None = None

    def size(self) -> int:
        """Bytes that wait here, of all instances together."""
        total = 0
        for path in self._directory.glob("*.jsonl"):
            try:
                total += path.stat().st_size
            except FileNotFoundError:  # replayed meanwhile, perhaps by another instance
                continue
        return total

    def write(self, rows: Sequence[bytes]) -> None:
        """Appends rows and syncs. All or none: raises OSError (SpoolFullError) with nothing written."""
        data = b"".join(row + b"\n" for row in rows)
        with self._lock:
            if self.size() + len(data) > self._max_bytes:
                raise SpoolFullError(f"{self._directory} holds its limit of {self._max_bytes} bytes")
            file = self._current or self._create()
            self._current = file
            before = os.fstat(file.fileno()).st_size
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
            except OSError:
                os.ftruncate(file.fileno(), before)
                raise
            if before + len(data) >= FILE_BYTES:
                self._close()

    def rotate(self) -> None:
        """Ends the file being appended to, so that it can be claimed."""
        with self._lock:
            self._close()

    def claim(self) -> Claim | None:
        """The oldest file that no living process holds, or None. Ends the one being appended to."""
        self.rotate()
        for path in sorted(self._directory.glob("*.jsonl")):
            try:
                file = path.open("rb")
            except FileNotFoundError:
                continue
            if _take(file):
                return Claim(path, file)
            file.close()
        return None

    def reject(self, rows: Sequence[bytes]) -> None:
        """Sets aside, for a human, rows that the database will never take. Raises OSError."""
        path = self._directory / "rejected"
        with self._lock, path.open("ab") as file:
            if file.tell() < _REJECTED_BYTES:
                file.writelines(row + b"\n" for row in rows)

    def _create(self) -> IO[bytes]:
        while True:
            path = self._directory / f"{time.time_ns()}-{uuid.uuid4().hex[:8]}.jsonl"
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
            file = os.fdopen(descriptor, "ab", buffering=0)
            # Another instance may claim, and remove, the empty file between these two lines.
            if _take(file):
                _sync_directory(self._directory)
                return file
            file.close()

    def _close(self) -> None:
        if self._current is not None:
            self._current.close()
            self._current = None


def _take(file: IO[bytes]) -> bool:
    """True when this process now holds the file, and the file still has a name."""
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(file.fileno()).st_nlink > 0


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False
