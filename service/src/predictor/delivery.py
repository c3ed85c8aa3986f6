"""From the spool, or from memory, into the database; what the database will never take is set aside."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from predictor.buffer import Buffer
from predictor.database import Database
from predictor.spool import Claim, Spool

BATCH_ROWS = 1000

logger = logging.getLogger("predictor.log")


class Delivery:
    """Writes rows to the database; counts them in `written` and `rejected`."""

    def __init__(self, database: Database, spool: Spool) -> None:
        self.written = self.rejected = 0
        self._database, self._spool = database, spool

    async def memory(self, rows: Buffer) -> None:
        """Writes and removes all rows of a buffer. Raises DatabaseError; then it holds what was not written."""
        while rows:
            batch = rows.take(BATCH_ROWS)
            try:
                await self._insert(batch)
            except BaseException:
                rows.put_back(batch)
                raise

    async def segment(self, take: Callable[[], Claim | None]) -> int | None:
        """Writes a segment and lets go of it; its rows, or None without one. Raises DatabaseError, OSError."""
        claim = await asyncio.to_thread(take)
        if claim is None:
            return None
        try:
            rows, torn = await asyncio.to_thread(claim.rows)
            await self._reject(torn)
            for start in range(0, len(rows), BATCH_ROWS):
                await self._insert(rows[start : start + BATCH_ROWS])
            await asyncio.to_thread(claim.done)
        finally:
            claim.release()
        return len(rows)

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
