"""The prediction log with a database that fails on command: nothing lost, nothing unbounded, nobody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from predictor import log as module
from predictor.log import DEGRADED, OK
from predictor.spool import Spool
from tests.service.log_kit import FakeDatabase, make_log, rows, spooled, until

pytestmark = pytest.mark.usefixtures("fast_log")


def test_a_row_is_in_the_spool_when_append_returns(spool: Spool) -> None:
    async def run() -> None:
        database = FakeDatabase()
        database.hang = True
        log = make_log(database, spool)
        log.start()
        for number in range(5):
            await log.append(rows(10, 10 * number))
            assert spool.size() == sum(len(row) + 1 for row in rows(10 * number + 10))
        await log.stop()

    asyncio.run(run())
    assert spooled(spool) == rows(50)


def test_what_is_in_the_database_leaves_the_spool(spool: Spool) -> None:
    async def run() -> None:
        database = FakeDatabase()
        log = make_log(database, spool)
        log.start()
        for number in range(20):
            await log.append(rows(10, 10 * number))
        await until(lambda: len(database.rows) == 200 and spool.size() == 0)
        await log.stop()

    asyncio.run(run())


def test_rows_of_many_requests_share_few_transactions(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINGER_SECONDS", 0.1)
    sizes: list[int] = []

    class Counting(FakeDatabase):
        async def insert(self, rows: Sequence[bytes]) -> list[bytes]:
            sizes.append(len(rows))
            return await super().insert(rows)

    async def run() -> None:
        database = Counting()
        log = make_log(database, spool)
        log.start()
        await until(lambda: log.state == OK)
        await asyncio.gather(*(log.append([row]) for row in rows(100)))
        await until(lambda: len(database.rows) == 100)
        await log.stop()

    asyncio.run(run())
    assert len([size for size in sizes if size]) <= 3


def test_a_stop_writes_what_waits(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 60.0)  # else a busy machine's disk decides

    async def run() -> None:
        database = FakeDatabase()
        log = make_log(database, spool)
        log.start()
        await log.append(rows(5000))
        await log.stop()
        assert database.rows == rows(5000)

    asyncio.run(run())
    assert spooled(spool) == []


def test_a_stop_writes_what_came_while_a_batch_was_on_its_way(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 60.0)  # else a busy machine's disk decides

    async def run() -> None:
        database = FakeDatabase()
        log = make_log(database, spool)
        log.start()
        await until(lambda: log.state == OK)
        database.seconds = 0.1
        await log.append(rows(10))
        await until(lambda: database.busy)
        await log.append(rows(10, 10))
        await log.stop()
        assert database.rows == rows(20)

    asyncio.run(run())
    assert spooled(spool) == []


@pytest.mark.parametrize("fault", ["down", "hang"])
def test_a_stop_without_the_database_leaves_what_waits_in_the_spool(spool: Spool, fault: str) -> None:
    async def run() -> None:
        database = FakeDatabase()
        log = make_log(database, spool)
        log.start()
        await until(lambda: log.state == OK)
        setattr(database, fault, True)
        await log.append(rows(2500))
        await asyncio.sleep(0.02)
        await log.append(rows(10, 2500))
        await log.stop()

    asyncio.run(run())
    assert sorted(set(spooled(spool))) == sorted(rows(2510)), "also the rows that were on their way"


def test_after_an_outage_the_rows_of_it_arrive(spool: Spool) -> None:
    async def run() -> None:
        database = FakeDatabase()
        log = make_log(database, spool)
        log.start()
        await until(lambda: log.state == OK)
        database.down = True
        for number in range(10):
            await log.append(rows(10, 10 * number))
            await asyncio.sleep(0.02)
        assert log.state == DEGRADED
        database.down = False
        await until(lambda: len(database.rows) == 100 and spool.size() == 0)
        assert log.state == OK
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
        log = make_log(database, spool)
        log.start()
        await log.append(rows(10))
        await until(lambda: len(database.rows) == 10)
        await log.stop()

    asyncio.run(run())


def test_a_row_that_can_never_be_written_is_set_aside(spool: Spool, tmp_path: Path) -> None:
    class Picky(FakeDatabase):
        async def insert(self, rows: Sequence[bytes]) -> list[bytes]:
            await super().insert([row for row in rows if b"bad" not in row])
            return [row for row in rows if b"bad" in row]

    async def run() -> None:
        database = Picky()
        log = make_log(database, spool)
        log.start()
        await log.append([*rows(2), b'{"bad":1}'])
        await until(lambda: log.rejected == 1)
        assert database.rows == rows(2)
        await log.stop()

    asyncio.run(run())
    assert (tmp_path / "rejected").read_bytes() == b'{"bad":1}\n'
