"""The prediction log with a disk that fails on command: answers go on, rows are durable as far as anything is."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from predictor import commit
from predictor import log as module
from predictor.log import DEGRADED, OK, PredictionLog
from predictor.spool import Spool
from tests.service.log_kit import FailingSpool, FakeDatabase, make_log, rows, spooled, until

pytestmark = pytest.mark.usefixtures("fast_log")


def test_requests_that_wait_together_share_a_write(tmp_path: Path) -> None:
    async def run() -> None:
        spool = FailingSpool(tmp_path)
        log = make_log(FakeDatabase(), spool)
        spool.hang.clear()
        appends = [asyncio.create_task(log.append(rows(1, number))) for number in range(64)]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in appends), "answered before the row was durable"
        spool.hang.set()
        await asyncio.gather(*appends)
        assert spool.writes <= 2
        await log.stop()

    asyncio.run(run())


def test_a_request_that_is_given_up_harms_no_other(tmp_path: Path) -> None:
    async def run() -> None:
        spool = FailingSpool(tmp_path)
        log = make_log(FakeDatabase(), spool)
        spool.hang.clear()
        appends = [asyncio.create_task(log.append(rows(1, number))) for number in range(3)]
        await asyncio.sleep(0.05)
        appends[1].cancel()
        spool.hang.set()
        await asyncio.gather(appends[0], appends[2])
        await log.stop()

    asyncio.run(run())


def test_with_a_full_disk_the_answer_waits_for_the_database(tmp_path: Path) -> None:
    async def run() -> None:
        spool, database = FailingSpool(tmp_path), FakeDatabase()
        log = make_log(database, spool)
        log.start()
        await until(lambda: log.state == OK)
        spool.full = True
        await log.append(rows(10))
        assert database.rows == rows(10), "answered while no disk and no database had it"
        assert log.spool_state == DEGRADED
        spool.full = False
        await asyncio.sleep(2 * commit.RETRY_SECONDS)
        await log.append(rows(10, 10))
        assert log.spool_state == OK
        await log.stop()

    asyncio.run(run())


def test_with_a_full_disk_and_a_hanging_database_the_answer_waits_no_longer_than_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.2)

    async def run() -> None:
        spool, database = FailingSpool(tmp_path), FakeDatabase()
        log = make_log(database, spool)
        log.start()
        await until(lambda: log.state == OK)
        spool.full = database.hang = True
        started = time.monotonic()
        await log.append(rows(10))
        assert time.monotonic() - started < 2
        spool.full = False
        await asyncio.sleep(2 * commit.RETRY_SECONDS)
        await log.stop()

    asyncio.run(run())
    assert spooled(Spool(tmp_path, 1 << 30)) == rows(10), "the disk is back in time for the stop"


def test_a_disk_that_hangs_is_one_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "STUCK_SECONDS", 0.1)

    async def run() -> None:
        spool, database = FailingSpool(tmp_path), FakeDatabase()
        log = make_log(database, spool)
        log.start()
        await until(lambda: log.state == OK)
        spool.hang.clear()
        for number in range(3):
            started = time.monotonic()
            await log.append(rows(10, 10 * number))
            assert time.monotonic() - started < 1
        assert database.rows == rows(30)
        assert log.spool_state == DEGRADED
        assert spool.writes == 1
        spool.hang.set()
        await asyncio.sleep(2 * commit.RETRY_SECONDS)
        await log.append(rows(10, 30))
        assert log.spool_state == OK
        await log.stop()
        assert database.rows == rows(40)

    asyncio.run(run())


def test_with_database_and_disk_gone_the_oldest_rows_go_and_are_counted(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=0)

    async def run() -> None:
        database = FakeDatabase()
        database.down = True
        log = make_log(database, spool, memory=1000)
        log.start()
        for number in range(100):
            await log.append(rows(100, number * 100))
        assert log.dropped > 9000
        assert log.waiting * 10 <= 1000
        assert log.spool_state == DEGRADED
        database.down = False
        await until(lambda: log.waiting == 0 and log.state == OK)
        assert database.rows[-1] == rows(1, 9999)[0], "the newest are kept"
        await log.stop()

    asyncio.run(run())


@pytest.mark.parametrize("sync", [True, False], ids=["always", "interval"])
def test_without_a_sync_before_each_answer_it_follows_soon(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, sync: bool
) -> None:
    assert commit.INTERVAL_SECONDS <= 0.2, "the settings' error tells people that a power cut costs 0.2 s"
    monkeypatch.setattr(commit, "INTERVAL_SECONDS", 0.1)
    synced: list[float] = []
    real = os.fdatasync

    def counted(descriptor: int) -> None:
        synced.append(time.monotonic())
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", counted)

    async def run() -> None:
        database = FakeDatabase()
        database.hang = True
        log = PredictionLog(database, spool, 1 << 20, sync=sync)  # type: ignore[arg-type]
        log.start()
        for number in range(10):
            await log.append(rows(1, number))
        assert len(synced) == (10 if sync else 0)
        await until(lambda: synced)
        await log.stop()

    asyncio.run(run())
    assert len(synced) <= 11
