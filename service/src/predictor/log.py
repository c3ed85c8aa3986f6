"""The prediction log: a row is in the spool before its prediction is answered, and goes to Postgres in batches later.

All of it runs in the event loop, so nothing here needs a lock and every wait has a limit. Where the spool takes
nothing (disk full), rows wait in memory and the answer waits for the database instead. Where neither takes them,
predictions go on, and rows that no memory is left for are counted. Writing a row twice is harmless (its id makes
it one).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence

from predictor.buffer import Buffer
from predictor.commit import GroupCommit
from predictor.database import Database, DatabaseError
from predictor.delivery import Delivery
from predictor.spool import Spool

OK, DEGRADED, OFF = "ok", "degraded", "off"

LINGER_SECONDS = 0.05  # rows of many requests share one transaction
RETRY_SECONDS = 2.0
ANSWER_SECONDS = 1.0  # the longest that an answer waits for the database while the spool takes nothing
STOP_SECONDS = 5.0

logger = logging.getLogger("predictor.log")


class PredictionLog:
    """Makes rows durable at once and writes them to the database later.

    `state` is the database's, `spool_state` the spool's; `dropped` and `rejected` count rows that will not arrive.
    """

    def __init__(self, database: Database, spool: Spool, memory_bytes: int, *, sync: bool = True) -> None:
        self.state, self.spool_state = DEGRADED, OK
        self.dropped = 0
        self._database, self._spool, self._memory_bytes = database, spool, memory_bytes
        self._commit = GroupCommit(spool, 4 * memory_bytes, sync=sync)
        self._delivery = Delivery(database, spool)
        self._memory = Buffer()  # rows that the spool did not take
        self._reported = ""
        self._turn, self._wake, self._stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._next_claim = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Rows in memory alone."""
        return len(self._memory)

    @property
    def written(self) -> int:
        return self._delivery.written

    @property
    def rejected(self) -> int:
        return self._delivery.rejected

    async def append(self, rows: Sequence[bytes]) -> None:
        """Takes rows, each a JSON object; they are durable when it returns, as far as anything is."""
        error = await self._commit.append(rows)
        self._set_spool(error)
        if error is not None:
            self._memory.add(rows)
            self._shrink()
        turn = self._turn
        self._wake.set()
        if error is not None and self.state == OK:
            await _until(turn, ANSWER_SECONDS)

    def start(self) -> None:
        """Starts writing, in the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Writes what waits to the database, or leaves it in the spool; returns within STOP_SECONDS and a sync."""
        self._stop.set()
        self._wake.set()
        if self._task is not None:
            _, late = await asyncio.wait({self._task}, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._park()
        await self._commit.close()
        with contextlib.suppress(OSError):
            await asyncio.to_thread(self._spool.close)
        await self._database.close()
        if self._memory:
            logger.error("prediction log: %d rows are lost, neither database nor spool took them", len(self._memory))

    async def _run(self) -> None:
        while True:
            more, last = False, self._stop.is_set()
            turn, self._turn = self._turn, asyncio.Event()
            self._wake.clear()
            try:
                more = await self._write()
            except DatabaseError as error:
                self._set_state(DEGRADED, str(error))
                await self._park()
            except OSError as error:
                self._set_spool(error)
                self._next_claim = time.monotonic() + RETRY_SECONDS
            except Exception:
                # A bug here must not end the log for good; the rows are still in the spool or in memory.
                logger.exception("prediction log: failed, goes on")
                self.state = DEGRADED
            finally:
                turn.set()
            # What came while the last pass was under way has a pass of its own, if the database takes rows at all.
            if last or (self._stop.is_set() and self.state != OK):
                return
            if self.state != OK:
                await _until(self._stop, RETRY_SECONDS)
                continue
            if not more:
                await _until(self._wake, RETRY_SECONDS)
            await _until(self._stop, LINGER_SECONDS)

    async def _write(self) -> bool:
        """Writes what waits to the database; True when more may be there. Raises DatabaseError, OSError."""
        asked = self.state != OK
        if asked:
            await self._database.insert([])  # asks whether rows could be written
        waited = len(self._memory)
        await self._delivery.memory(self._memory)
        sealed = await self._delivery.segment(self._spool.seal)
        if not (asked or waited or sealed):
            await self._database.insert([])
        self._set_state(OK)
        return await self._replay()

    async def _replay(self) -> bool:
        """Writes one segment that an outage or a predecessor left; True when there may be another."""
        if self._stop.is_set() or time.monotonic() < self._next_claim:
            return False
        count = await self._delivery.segment(self._spool.claim)
        if count is None:
            self._next_claim = time.monotonic() + RETRY_SECONDS
            return False
        if count:
            logger.info("prediction log: %d spooled rows are in the database", count)
        return True

    async def _park(self) -> None:
        """Offers the spool what waits in memory; it stays there when the disk does not take it."""
        rows = self._memory.take(len(self._memory))
        if not rows:
            return
        try:
            error = await self._commit.append(rows)
        except BaseException:
            self._memory.put_back(rows)
            raise
        self._set_spool(error)
        if error is not None:
            self._memory.put_back(rows)
            self._shrink()

    def _shrink(self) -> None:
        """Disk and database both fail: the oldest rows go, since memory must not grow."""
        lost = self._memory.shrink(self._memory_bytes)
        if lost:
            if not self.dropped:
                logger.error("prediction log: rows are being dropped, neither database nor spool takes them")
            self.dropped += lost

    def _set_state(self, state: str, reason: str = "") -> None:
        self.state = state
        if state == self._reported:
            return
        self._reported = state
        if state == OK:
            logger.info("prediction log: the database takes rows")
        else:
            self._next_claim = 0.0  # what it did not take is in the spool
            logger.warning("prediction log: the database takes no rows (%s); they wait here", reason)

    def _set_spool(self, error: OSError | None) -> None:
        state = OK if error is None else DEGRADED
        if state == self.spool_state:
            return
        self.spool_state = state
        if error is None:
            logger.info("prediction log: the spool takes rows")
        else:
            logger.error("prediction log: the spool takes nothing (%s); answers wait for the database", error)


async def _until(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
