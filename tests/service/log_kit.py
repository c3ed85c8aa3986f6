"""A database and a disk that fail on command, and what the tests of the prediction log share."""

from __future__ import annotations

import asyncio
import errno
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from predictor.database import DatabaseError
from predictor.log import PredictionLog
from predictor.spool import Spool


class FakeDatabase:
    """Keeps rows; `down` refuses, `hang` never answers; each batch takes `seconds`, and it is `busy` meanwhile."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []
        self.down = self.hang = self.busy = False
        self.seconds = 0.0

    async def insert(self, rows: Sequence[bytes]) -> list[bytes]:
        if self.hang:
            await asyncio.sleep(3600)
        if self.down:
            raise DatabaseError("refused")
        if self.seconds:
            self.busy = True
            await asyncio.sleep(self.seconds)
            self.busy = False
        self.rows += [row for row in rows if row not in self.rows]
        return []

    async def close(self) -> None:
        pass


def rows(count: int, start: int = 0) -> list[bytes]:
    return [b'{"id":"%d"}' % number for number in range(start, start + count)]


def make_log(database: FakeDatabase, spool: Spool, memory: int = 1 << 20) -> PredictionLog:
    return PredictionLog(database, spool, memory)  # type: ignore[arg-type]


async def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


class FailingSpool(Spool):
    """Takes nothing while `full`; takes for ever while `hang` is not set."""

    full = False

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, 1 << 30)
        self.hang = threading.Event()
        self.hang.set()
        self.writes = 0

    def write(self, rows: Sequence[bytes], *, sync: bool = True) -> None:
        self.writes += 1
        self.hang.wait(10)
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        super().write(rows, sync=sync)


def spooled(spool: Spool) -> list[bytes]:
    """What is in the spool and held by nobody; empties it."""
    found: list[bytes] = []
    while (claim := spool.claim()) is not None:
        found += claim.rows()[0]
        claim.done()
    return found
