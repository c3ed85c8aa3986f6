"""The prediction log with a database that fails on command: nothing lost, nothing unbounded, nobody waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from predictor import log as module
from predictor.database import DatabaseError
from predictor.log import DEGRADED, OK, PredictionLog
from predictor.spool import Spool


class FakeDatabase:
    """Keeps rows; `down` refuses, `hang` never answers."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []
        self.down = self.hang = False

    async def insert(self, rows: Sequence[bytes]) -> list[bytes]:
        if self.hang:
            await asyncio.sleep(3600)
        if self.down:
            raise DatabaseError("refused")
        self.rows += [row for row in rows if row not in self.rows]
        return []

    async def close(self) -> None:
        pass


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(module, "LINGER_SECONDS", 0.005)
    monkeypatch.setattr(module, "STOP_SECONDS", 0.5)


pytestmark = pytest.mark.usefixtures("fast")


def _rows(count: int, start: int = 0) -> list[bytes]:
    return [b'{"id":"%d"}' % number for number in range(start, start + count)]


def _log(database: FakeDatabase, spool: Spool, memory: int = 1 << 20) -> PredictionLog:
    return PredictionLog(database, spool, memory)  # type: ignore[arg-type]


async def _until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, 1 << 30)


def _spooled(spool: Spool) -> list[bytes]:
    rows: list[bytes] = []
    spool.rotate()
    while (claim := spool.claim()) is not None:
        rows += claim.rows()[0]
        claim.done()
    return rows


def test_rows_of_many_requests_share_few_transactions(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINGER_SECONDS", 0.05)
    sizes: list[int] = []

    class Counting(FakeDatabase):
        async def insert(self, rows: Sequence[bytes]) -> list[bytes]:
            sizes.append(len(rows))
            return await super().insert(rows)

    async def run() -> None:
        database = Counting()
        log = _log(database, spool)
        log.start()
        await _until(lambda: log.state == OK)
        for row in _rows(100):
            log.append([row])
            await asyncio.sleep(0)
        await _until(lambda: len(database.rows) == 100)
        await log.stop()

    asyncio.run(run())
    assert len([size for size in sizes if size]) <= 3


def test_a_stop_writes_what_waits(spool: Spool) -> None:
    async def run() -> None:
        database = FakeDatabase()
        log = _log(database, spool)
        log.start()
        log.append(_rows(5000))
        await log.stop()
        assert database.rows == _rows(5000)
        assert log.waiting == 0

    asyncio.run(run())
    assert _spooled(spool) == []


@pytest.mark.parametrize("fault", ["down", "hang"])
def test_a_stop_without_the_database_spools_what_waits(spool: Spool, fault: str) -> None:
    async def run() -> None:
        database = FakeDatabase()
        log = _log(database, spool)
        log.start()
        await _until(lambda: log.state == OK)
        setattr(database, fault, True)
        log.append(_rows(2500))
        await asyncio.sleep(0.02)
        log.append(_rows(10, 2500))
        started = time.monotonic()
        await log.stop()
        assert time.monotonic() - started < 3

    asyncio.run(run())
    assert sorted(set(_spooled(spool))) == sorted(_rows(2510)), "also the rows that were on their way"


def test_a_stop_right_after_the_start_loses_nothing(spool: Spool) -> None:
    async def run() -> None:
        database = FakeDatabase()
        database.hang = True
        log = _log(database, spool)
        log.start()
        log.append(_rows(10))
        await log.stop()

    asyncio.run(run())
    assert _spooled(spool) == _rows(10)


def test_rows_do_not_stay_in_memory_alone_while_the_database_is_down(spool: Spool) -> None:
    async def run() -> None:
        database = FakeDatabase()
        database.down = True
        log = _log(database, spool)
        log.start()
        log.append(_rows(10))
        # A power cut during an outage of hours must not take hours of rows.
        await _until(lambda: log.waiting == 0 and spool.size() > 0)
        assert log.state == DEGRADED
        database.down = False
        await _until(lambda: len(database.rows) == 10 and spool.size() == 0)
        assert log.state == OK
        await log.stop()

    asyncio.run(run())


def test_memory_is_bounded_while_the_database_hangs(spool: Spool) -> None:
    async def run() -> None:
        database = FakeDatabase()
        log = _log(database, spool, memory=20_000)
        log.start()
        await _until(lambda: log.state == OK)
        database.hang = True
        total = 0
        most = 0
        for _ in range(300):
            log.append(_rows(100, total))
            total += 100
            most = max(most, log.waiting)
            await asyncio.sleep(0.001)
        assert most * 12 < 4 * 20_000 + 2000
        await log.stop()
        assert log.dropped == 0, "the disk takes what memory may not hold"
        assert len(set(_spooled(spool))) == total

    asyncio.run(run())


def test_with_database_and_disk_gone_the_oldest_rows_go_and_are_counted(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=0)

    async def run() -> None:
        database = FakeDatabase()
        database.down = True
        log = _log(database, spool, memory=1000)
        log.start()
        for number in range(100):
            log.append(_rows(100, number * 100))
            await asyncio.sleep(0)
        assert log.dropped > 9000
        assert log.waiting * 10 <= 4000
        database.down = False
        await _until(lambda: log.waiting == 0 and log.state == OK)
        assert database.rows[-1] == _rows(1, 9999)[0], "the newest are kept"
        await log.stop()

    asyncio.run(run())


def test_a_bug_does_not_end_the_log(spool: Spool) -> None:
    class Buggy(FakeDatabase):
        failures = 3

        async def insert(self, rows: Sequence[bytes]) -> list[bytes]:
            if self.failures:
                self.failures -= 1
                raise RuntimeError("a bug")
            return await super().insert(rows)

    async def run() -> None:
        database = Buggy()
        log = _log(database, spool)
        log.start()
        log.append(_rows(10))
        await _until(lambda: len(database.rows) == 10)
        await log.stop()

    asyncio.run(run())


def test_a_row_that_can_never_be_written_is_set_aside(spool: Spool, tmp_path: Path) -> None:
    class Picky(FakeDatabase):
        async def insert(self, rows: Sequence[bytes]) -> list[bytes]:
            await super().insert([row for row in rows if b"bad" not in row])
            return [row for row in rows if b"bad" in row]

    async def run() -> None:
        database = Picky()
        log = _log(database, spool)
        log.start()
        log.append([*_rows(2), b'{"bad":1}'])
        await _until(lambda: log.rejected == 1)
        assert database.rows == _rows(2)
        await log.stop()

    asyncio.run(run())
    assert (tmp_path / "rejected").read_bytes() == b'{"bad":1}\n'
