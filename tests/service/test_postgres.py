"""Schema and writer against a real PostgreSQL, as the service's own role."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import uuid
from pathlib import Path

import psycopg
import pytest

from predictor import database as module
from predictor import schema
from predictor.database import Database, DatabaseError, parameters
from tests.service.postgres import PASSWORD, Postgres, wait_until
from tests.service.server import FLIGHT, SOURCE

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


def _migrate(environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "predictor.schema"]
    pipe = subprocess.PIPE
    env = {"PYTHONPATH": str(SOURCE), **environment}
    return subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, text=True)


def test_the_schema_is_made_once_however_often_and_by_however_many(database: dict[str, str], cluster: Postgres) -> None:
    waiting = b"select count(*) = 4 from pg_locks where locktype = 'advisory' and not granted"
    with cluster.admin("service") as connection:
        connection.execute("select pg_advisory_lock(%s)", (schema.LOCK,))
        processes = [_migrate(database) for _ in range(4)]
        wait_until(lambda: connection.execute(waiting).fetchone() == (True,), 20, "all four wait for the lock")
    outputs = sorted(process.communicate(timeout=60)[0] for process in processes)
    assert outputs == ["migrated: [1]\n", "unchanged\n", "unchanged\n", "unchanged\n"]
    assert _count(cluster) == 0


def test_the_role_needs_no_right_to_create_schemas(cluster: Postgres) -> None:
    with cluster.admin("service") as connection:
        row = connection.execute("select has_database_privilege('service', 'service', 'create')").fetchone()
        assert row == (False,), "the premise: on a host the role `database` makes the schema"
    assert schema.main() == 0


def test_without_the_schema_an_owner_of_the_database_makes_it(cluster: Postgres) -> None:
    with cluster.admin("service") as connection:
        connection.execute("drop schema service")
        connection.execute("alter database service owner to service")
    assert schema.main() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"PGHOST": "/nonexistent"},
        {"SERVICE_DATABASE_PASSWORD_FILE": "/nonexistent"},
        {"PGDATABASE": "postgres"},
    ],
    ids=str,
)
def test_a_failing_migration_says_why_and_what_to_do(database: dict[str, str], changes: dict[str, str]) -> None:
    process = _migrate(database | changes)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "predictions would not be logged" in err
    assert "Traceback" not in err
    assert PASSWORD not in err


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
