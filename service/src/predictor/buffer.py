"""Rows in memory, oldest first, and how many bytes they are."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence


class Buffer:
    """A queue of rows that knows its size; `bytes` is that of all rows together."""

    def __init__(self) -> None:
        self._rows: deque[bytes] = deque()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, rows: Sequence[bytes]) -> None:
        """Puts rows at the end."""
        self._rows.extend(rows)
        self.bytes += sum(map(len, rows))

    def put_back(self, rows: Sequence[bytes]) -> None:
        """Puts rows, taken before, at the front again."""
        self._rows.extendleft(reversed(rows))
        self.bytes += sum(map(len, rows))

    def take(self, count: int) -> list[bytes]:
        """Removes and returns the oldest rows, at most `count`."""
        rows = [self._rows.popleft() for _ in range(min(count, len(self._rows)))]
        self.bytes -= sum(map(len, rows))
        return rows

    def shrink(self, limit: int) -> int:
        """Drops the oldest rows until at most `limit` bytes are left; how many went."""
        dropped = 0
        while self.bytes > limit:
            self.bytes -= len(self._rows.popleft())
            dropped += 1
        return dropped
