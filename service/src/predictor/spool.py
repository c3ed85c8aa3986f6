"""The prediction log's write-ahead files: a row is here before its prediction is answered, until it is in Postgres.

Each instance appends to a segment of its own. A segment whose rows are in the database is emptied and used again, so
an ordinary request makes no new file. What a crash or an outage leaves here, some instance writes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from predictor import segment
from predictor.segment import Segment

SEGMENT_BYTES = 4 * 1024 * 1024  # a segment is replayed from memory, so it stays small
_EMPTY_KEPT = 2  # one to append to while another is on its way to the database
_COUNT_SECONDS = 1.0
_REJECTED_BYTES = 16 * 1024 * 1024


class SpoolFullError(OSError):
    """The spool's own limit is reached."""


class Claim:
    """A segment whose rows this process alone writes to the database."""

    def __init__(self, spool: Spool, held: Segment) -> None:
        self._spool, self._held = spool, held
        self._ended = False

    def rows(self) -> tuple[list[bytes], list[bytes]]:
        """The rows, and the lines that are none (the torn end that a crash leaves)."""
        return self._held.rows()

    def done(self) -> None:
        """Every row is in the database: the segment is no longer needed."""
        self._ended = True
        self._spool.reuse(self._held)

    def release(self) -> None:
        """Unless it is done, leaves the segment to the next claim, of this or another instance."""
        if not self._ended:
            self._ended = True
            self._held.release()


class Spool:
    """A directory of segments. Thread-safe."""

    def __init__(self, directory: Path, max_bytes: int) -> None:
        self._directory, self._max_bytes = directory, max_bytes
        self._lock = Lock()
        self._current: Segment | None = None
        self._empty: list[Segment] = []
        self._counted, self._counted_at = 0, -_COUNT_SECONDS

    def size(self) -> int:
        """Bytes that wait here, of all instances together."""
        return segment.size(self._paths())

    def write(self, rows: Sequence[bytes], *, sync: bool = True) -> None:
        """Appends rows, with `sync` to the disk itself. All or none: raises OSError (SpoolFullError)."""
        data = b"".join(row + b"\n" for row in rows)
        with self._lock:
            self._admit(len(data))
            if self._current is None:
                self._current = self._empty.pop() if self._empty else Segment.create(self._directory)
            before = self._current.bytes
            try:
                self._current.append(data)
                if sync:
                    self._current.sync()
            except OSError:
                # The kernel may have let go of what it could not sync: nothing more goes into this file.
                ended, self._current = self._current, None
                ended.abandon(before)
                raise
            if self._current.bytes >= SEGMENT_BYTES:
                self._end().release()

    def sync(self) -> None:
        """What was written is on the disk when this returns. Raises OSError."""
        with self._lock:
            if self._current is not None:
                kept = self._end()  # where a sync fails, nothing more goes into the file
                self._current = kept

    def seal(self) -> Claim | None:
        """This instance's own segment, to be written to the database, or None when it has no rows."""
        with self._lock:
            if self._current is None or not self._current.bytes:
                return None
            return Claim(self, self._end())

    def claim(self) -> Claim | None:
        """The oldest segment that no living process holds, or None. Raises OSError."""
        for path in sorted(self._paths()):
            held = Segment.take(path)
            if held is not None:
                return Claim(self, held)
        return None

    def reuse(self, held: Segment) -> None:
        """Empties a segment and keeps it for later rows, or removes it."""
        with self._lock:
            if len(self._empty) < _EMPTY_KEPT:
                held.empty()
                self._empty.append(held)
            else:
                held.remove()

    def reject(self, rows: Sequence[bytes]) -> None:
        """Sets aside, for a human, rows that the database will never take. Raises OSError."""
        path = self._directory / "rejected"
        with self._lock, path.open("ab") as file:
            if file.tell() < _REJECTED_BYTES:
                file.writelines(row + b"\n" for row in rows)

    def close(self) -> None:
        """Lets go of every segment: what has rows can be claimed, the rest is gone. Raises OSError."""
        with self._lock:
            if self._current is not None and self._current.bytes:
                self._end().release()
            elif self._current is not None:
                self._empty.append(self._current)
                self._current = None
            while self._empty:
                self._empty.pop().remove()

    def _paths(self) -> list[Path]:
        return list(self._directory.glob(f"*{segment.SUFFIX}"))

    def _admit(self, count: int) -> None:
        """Raises SpoolFullError when `count` bytes more are too many; looks at the directory once a second."""
        now = time.monotonic()
        if now - self._counted_at >= _COUNT_SECONDS:
            self._counted, self._counted_at = self.size(), now
        if self._counted + count > self._max_bytes:
            raise SpoolFullError(f"{self._directory} holds its limit of {self._max_bytes} bytes")
        self._counted += count

    def _end(self) -> Segment:
        """The segment being appended to, on the disk, and no longer appended to."""
        assert self._current is not None
        ended, self._current = self._current, None
        try:
            ended.sync()
        except OSError:
            ended.release()
            raise
        return ended
