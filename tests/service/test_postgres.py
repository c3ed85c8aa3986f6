"""The writer against a real PostgreSQL, as the service's own role."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path

import psycopg
import pytest

from predictor import database as module
from predictor import schema
from predictor.database import Database, DatabaseError, parameters
from tests.service.postgres import PASSWORD, Postgres
from tests.service.server import FLIGHT

pytestmark = pytest.mark.usefixtures("database")


def _row(key: str | None = None, **changes: object) -> bytes:
    row = {
        "id": key or str(uuid.uuid4()),
        "at": "2026-01-01T00:00:00+00:00",
        "release": "r1",
        "model": "arrival-delay",
        "model_version": "v",
        "input": FLIGHT,
        "output": 1.5,
    }
    return json.dumps(row | changes).encode()


def _insert(*rows: bytes) -> list[bytes]:
    async def run() -> list[bytes]:
        database = Database()
        try:
            return await database.insert(rows)
        finally:
            await database.close()

    return asyncio.run(run())


def _count(cluster: Postgres) -> int:
    with cluster.admin("service") as connection:
        (count,) = connection.execute("select count(*) from service.predictions").fetchone() or (0,)
    return int(count)


def test_a_row_written_twice_is_there_once(cluster: Postgres) -> None:
    assert schema.main() == 0
    row = _row()
    assert _insert(row, row, _row()) == []
    assert _insert(row) == []
    assert _count(cluster) == 2


def test_a_row_arrives_as_it_was(cluster: Postgres) -> None:
    assert schema.main() == 0
    key = str(uuid.uuid4())
    _insert(_row(key))
    with cluster.admin("service") as connection:
        row = connection.execute(
            "select id::text, at::text, release, model, model_version, input, output from service.predictions"
        ).fetchone()
    assert row is not None
    assert row[:1] + row[2:] == (key, "r1", "arrival-delay", "v", FLIGHT, 1.5)


def test_bad_rows_do_not_hold_up_good_ones(cluster: Postgres) -> None:
    assert schema.main() == 0
    bad = [_row(release="\0"), _row(key="not-a-uuid"), _row(release=None)]
    rows = [_row() for _ in range(20)]
    assert _insert(*rows[:7], bad[0], *rows[7:12], bad[1], bad[2], *rows[12:]) == bad
    assert _count(cluster) == 20


def test_without_the_table_rows_stay_with_their_writer() -> None:
    with pytest.raises(DatabaseError, match="predictions"):
        _insert(_row())
    with pytest.raises(DatabaseError, match="predictions"):
        _insert()


def test_the_password_is_read_at_each_connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert schema.main() == 0
    secret = tmp_path / "password"
    secret.write_text("wrong")
    monkeypatch.setenv("SERVICE_DATABASE_PASSWORD_FILE", str(secret))
    with pytest.raises(DatabaseError, match="password"):
        _insert()
    secret.write_text(PASSWORD)
    assert _insert() == []


def test_no_connection_waits_for_ever() -> None:
    values = parameters({})
    assert {"connect_timeout", "tcp_user_timeout", "keepalives_idle"} <= values.keys()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host="192.0.2.1", **{**values, "connect_timeout": 1})  # type: ignore[arg-type]


@pytest.mark.full  # psycopg gives its own cancelling up to ten seconds
def test_a_frozen_database_is_given_up(cluster: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    assert schema.main() == 0
    monkeypatch.setattr(module, "OPERATION_SECONDS", 0.5)

    async def run() -> None:
        database = Database()
        await database.insert([_row()])
        cluster.freeze(frozen=True)
        try:
            async with asyncio.timeout(30):  # its own error comes first, or this one fails the test
                with pytest.raises(DatabaseError):
                    await database.insert([_row()])
        finally:
            cluster.freeze(frozen=False)
        assert await database.insert([_row()]) == [], "the next try connects anew"
        await database.close()

    asyncio.run(run())
    assert _count(cluster) >= 2
