"""The prediction log: rows wait in memory and go to Postgres in batches, or to the spool when it takes none.

All of it runs in the event loop, so nothing here needs a lock and every wait has a limit. A row leaves memory
only when it is in the database or synced to disk; writing it twice is harmless (its id makes it one).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence

from predictor.buffer import Buffer
from predictor.database import Database, DatabaseError
from predictor.spool import Spool

OK, DEGRADED, OFF = "ok", "degraded", "off"

LINGER_SECONDS = 0.05  # rows of many requests share one transaction
RETRY_SECONDS = 2.0  # also the time that rows stay in memory alone while the database is down
STOP_SECONDS = 5.0
BATCH_ROWS = 1000

logger = logging.getLogger("predictor.log")


class PredictionLog:
    """Takes rows at once and writes them later. `dropped` and `rejected` count rows that will not arrive."""

    def __init__(self, database: Database, spool: Spool, memory_bytes: int) -> None:
        self.state, self._reported = DEGRADED, ""
        self.dropped = self.rejected = self.written = 0
        self._database, self._spool, self._memory_bytes = database, spool, memory_bytes
        self._waiting = Buffer()
        self._wake, self._stop = asyncio.Event(), asyncio.Event()
        self._overflow: asyncio.Task[None] | None = None
        self._next_park = self._next_replay = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Rows in memory."""
        return len(self._waiting)

    def append(self, rows: Sequence[bytes]) -> None:
        """Takes rows, each a JSON object; never waits."""
        self._waiting.add(rows)
        if self._waiting.bytes > self._memory_bytes:
            self._make_room()
        self._wake.set()

    def start(self) -> None:
        """Starts writing, in the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Writes what waits, to the database or else to the spool; returns within STOP_SECONDS and a sync."""
        self._stop.set()
        self._wake.set()
        tasks = [task for task in (self._task, self._overflow) if task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        # The last resort may exceed the spool's memory bound but not the time: one attempt, one sync.
        await self._park()
        self._spool.rotate()
        await self._database.close()
        if self._waiting:
            logger.error("prediction log: %d rows are lost, neither database nor spool took them", len(self._waiting))

    async def _run(self) -> None:
        while True:
            more = False
            try:
                if await self._drain():
                    more = await self._replay()
                else:
                    await self._park()
            except Exception:
                # A bug here must not end the log for good; the rows are still in memory.
                logger.exception("prediction log: failed, goes on")
                self.state = DEGRADED
            if self._stop.is_set():
                return
            if self.state != OK:
                await _until(self._stop, RETRY_SECONDS)
                continue
            if not more and not self._waiting:
                self._wake.clear()
                await _until(self._wake, RETRY_SECONDS)
            await _until(self._stop, LINGER_SECONDS)

    async def _drain(self) -> bool:
        """Writes all that waits to the database; False when it did not take it."""
        try:
            if not self._waiting:
                await self._database.insert([])  # asks whether rows could be written
            while self._waiting:
                rows = self._waiting.take(BATCH_ROWS)
                try:
                    await self._insert(rows)
                except BaseException:
                    self._waiting.put_back(rows)
                    raise
        except DatabaseError as error:
            self._set_state(DEGRADED, str(error))
            return False
        self._set_state(OK)
        return True

    async def _replay(self) -> bool:
        """Writes one spool file, its own or a predecessor's; True when there may be another."""
        if self._stop.is_set() or time.monotonic() < self._next_replay:
            return False
        claim = await asyncio.to_thread(self._spool.claim)
        if claim is None:
            self._next_replay = time.monotonic() + RETRY_SECONDS
            return False
        try:
            rows, torn = await asyncio.to_thread(claim.rows)
            await self._reject(torn)
            for start in range(0, len(rows), BATCH_ROWS):
                await self._insert(rows[start : start + BATCH_ROWS])
            await asyncio.to_thread(claim.done)
        except DatabaseError as error:
            self._set_state(DEGRADED, str(error))
            return False
        finally:
            claim.release()
        logger.info("prediction log: %d spooled rows are in the database", len(rows))
        return True

    async def _insert(self, rows: list[bytes]) -> None:
        refused = await self._database.insert(rows)
        self.written += len(rows) - len(refused)
        await self._reject(refused)

    async def _reject(self, rows: list[bytes]) -> None:
        if rows:
            self.rejected += len(rows)
            logger.error("prediction log: %d rows can't be written; they are in the spool's `rejected`", len(rows))
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self._spool.reject, rows)

    def _make_room(self) -> None:
        """Starts moving rows to disk, beside a database operation that may be hanging."""
        if (self._overflow is None or self._overflow.done()) and time.monotonic() >= self._next_park:
            self._overflow = asyncio.get_running_loop().create_task(self._park())
        # Disk and database both fail: the oldest rows go, since memory must not grow.
        lost = self._waiting.shrink(4 * self._memory_bytes)
        if lost:
            if not self.dropped:
                logger.error("prediction log: rows are being dropped, neither database nor spool takes them")
            self.dropped += lost

    async def _park(self) -> None:
        """Moves what waits to the spool; it stays in memory when the disk does not take it."""
        rows = self._waiting.take(len(self._waiting))
        if not rows:
            return
        try:
            await asyncio.to_thread(self._spool.write, rows)
        except OSError as error:
            logger.error("prediction log: the spool takes nothing (%s)", error)
            self._next_park = time.monotonic() + RETRY_SECONDS
            self._waiting.put_back(rows)
        except BaseException:
            self._waiting.put_back(rows)
            raise

    def _set_state(self, state: str, reason: str = "") -> None:
        self.state = state
        if state == self._reported:
            return
        self._reported = state
        if state == OK:
            logger.info("prediction log: the database takes rows")
        else:
            logger.warning("prediction log: the database takes no rows (%s); they wait here", reason)


async def _until(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
