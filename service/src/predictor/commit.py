"""Group commit: the rows of all requests that wait become durable in one write and one sync."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from predictor.spool import SEGMENT_BYTES, Spool

STUCK_SECONDS = 2.0  # a disk that takes longer is treated as one that fails
RETRY_SECONDS = 2.0  # a disk that failed is not asked by every request
INTERVAL_SECONDS = 0.2  # without a sync before each answer: what a power cut can take


class GroupCommit:
    """Writes to the spool in a thread of its own, one write at a time; never blocks the event loop.

    With `sync` rows survive a power cut when `append` returns, else INTERVAL_SECONDS later; a kill they survive always.
    """

    def __init__(self, spool: Spool, memory_bytes: int, *, sync: bool) -> None:
        self._spool, self._memory_bytes, self._sync = spool, memory_bytes, sync
        self._waiting: deque[tuple[Sequence[bytes], asyncio.Future[OSError | None]]] = deque()
        self._bytes = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._task: asyncio.Task[None] | None = None
        self._later: asyncio.Task[None] | None = None
        self._failed: OSError | None = None
        self._failed_until = 0.0

    async def append(self, rows: Sequence[bytes]) -> OSError | None:
        """None when the rows are in the spool, or what it failed with: then they may or may not be there."""
        if self._failed is not None and time.monotonic() < self._failed_until:
            return self._failed
        length = sum(map(len, rows))
        if self._bytes + length > self._memory_bytes and self._waiting:
            return OSError("more waits for the disk than memory may hold")
        done: asyncio.Future[OSError | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, done))
        self._bytes += length
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._write())
        return await done

    async def close(self) -> None:
        """Ends the thread; does not wait for a disk that hangs."""
        if self._later is not None:
            self._later.cancel()
            await asyncio.gather(self._later, return_exceptions=True)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _write(self) -> None:
        while self._waiting:
            rows, asked = self._take()
            write = partial(self._spool.write, rows, sync=self._sync)
            job = asyncio.get_running_loop().run_in_executor(self._thread, write)
            await asyncio.wait({job}, timeout=STUCK_SECONDS)
            self._failed = _outcome(job)
            self._failed_until = time.monotonic() + RETRY_SECONDS
            _answer(asked, self._failed)
            if not job.done():
                await self._wait_out(job)
            elif not self._sync and (self._later is None or self._later.done()):
                self._later = asyncio.get_running_loop().create_task(self._sync_later())

    async def _sync_later(self) -> None:
        await asyncio.sleep(INTERVAL_SECONDS)
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._spool.sync)
        except OSError as error:
            self._failed, self._failed_until = error, time.monotonic() + RETRY_SECONDS

    async def _wait_out(self, job: asyncio.Future[None]) -> None:
        """Refuses everything until a disk that hangs has answered."""
        while not job.done():
            self._failed_until = time.monotonic() + RETRY_SECONDS
            while self._waiting:
                _answer(self._take()[1], self._failed)
            await asyncio.wait({job}, timeout=RETRY_SECONDS / 2)
        self._failed = _outcome(job)

    def _take(self) -> tuple[list[bytes], list[asyncio.Future[OSError | None]]]:
        """The rows that go into the next write, and who waits for them."""
        rows: list[bytes] = []
        asked: list[asyncio.Future[OSError | None]] = []
        size = 0
        while self._waiting and size < SEGMENT_BYTES:
            more, done = self._waiting.popleft()
            rows += more
            asked.append(done)
            size += sum(map(len, more))
        self._bytes -= size
        return rows, asked


def _outcome(job: asyncio.Future[None]) -> OSError | None:
    if not job.done():
        return OSError(f"no answer within {STUCK_SECONDS:g} s")
    error = job.exception()
    # A bug must not leave its requests waiting for ever either.
    return error if error is None or isinstance(error, OSError) else OSError(repr(error))


def _answer(asked: list[asyncio.Future[OSError | None]], result: OSError | None) -> None:
    for done in asked:
        if not done.done():  # its request was given up
            done.set_result(result)
