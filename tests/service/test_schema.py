"""`python -m predictor.schema` as the deploy and the rollback run it: by environment, words and exit codes."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading

import pytest

from predictor import schema
from predictor.migration import LOCK, Contraction
from tests.service.postgres import PASSWORD, Postgres, wait_until
from tests.service.schema_kit import BASE, ask, everything
from tests.service.server import SOURCE

pytestmark = pytest.mark.usefixtures("database")


def _start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "predictor.schema", *arguments]
    pipe = subprocess.PIPE
    env = {"PYTHONPATH": str(SOURCE), **environment}
    return subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, text=True)


def _run(environment: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    process = _start(environment, *arguments)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_the_schema_is_made_once_however_often_and_by_however_many(database: dict[str, str], cluster: Postgres) -> None:
    waiting = b"select count(*) = 4 from pg_locks where locktype = 'advisory' and not granted"
    with cluster.admin("service") as connection:
        connection.execute("select pg_advisory_lock(%s)", (LOCK,))
        processes = [_start(database | {"SERVICE_RELEASE": "r1", "SERVICE_RUNNING": "r0"}) for _ in range(4)]
        wait_until(lambda: connection.execute(waiting).fetchone() == (True,), "all four wait for the lock")
    outputs = sorted(process.communicate(timeout=60)[0] for process in processes)
    assert outputs == ["migrated: [1]\n", "unchanged\n", "unchanged\n", "unchanged\n"]
    assert ask("select count(*) from service.predictions") == [(0,)]
    assert ask("select release, schema from service.releases") == [("r1", len(schema.STEPS))]


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


def test_a_check_of_what_was_never_made_is_fine_and_makes_nothing(database: dict[str, str], cluster: Postgres) -> None:
    assert _run(database, "--check") == (0, "to migrate: [1]\n", "")
    assert everything() == []
    with cluster.admin("service") as connection:
        connection.execute("drop schema service")
    assert _run(database, "--check") == (0, "to migrate: [1]\n", "")
    assert ask("select to_regnamespace('service')") == [(None,)]


def test_a_check_of_what_fits_is_unchanged(database: dict[str, str]) -> None:
    assert schema.main() == 0
    before = everything()
    assert _run(database | {"SERVICE_RELEASE": "r0"}, "--check") == (0, "unchanged\n", "")
    assert everything() == before, "not even the release is recorded"


def test_what_the_deploy_says_in_the_environment_decides(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(release: str, running: str, *arguments: str) -> tuple[int, str]:
        monkeypatch.setenv("SERVICE_RELEASE", release)
        monkeypatch.setenv("SERVICE_RUNNING", running)
        code = schema.main(arguments)
        said = capsys.readouterr()
        return code, said.out + said.err

    contraction = Contraction("drop table service.notes", since=2, why="notes are kept elsewhere")
    monkeypatch.setattr(schema, "STEPS", (BASE,))
    assert run("r1", "") == (0, "migrated: [1]\n")
    monkeypatch.setattr(schema, "STEPS", (BASE, "select 1"))
    assert run("r2", "r1") == (0, "migrated: [2]\n")
    monkeypatch.setattr(schema, "STEPS", (BASE, "select 1", contraction))
    for arguments in ([], ["--check"]):
        code, said = run("r3", "r1, r2", *arguments)
        assert code == 1
        assert "r1 knows only step 1" in said
        assert "(notes are kept elsewhere)" in said
        assert "Traceback" not in said
    assert run("r3", "r2,", "--check") == (0, "to migrate: [3]\n")
    assert run("r3", "r2,") == (0, "migrated: [3]\n")
    monkeypatch.setattr(schema, "STEPS", (BASE,))
    code, said = run("r1", "r3", "--check")
    assert code == 1
    assert "This release's code needs what step 3 took away" in said


@pytest.mark.parametrize(
    "changes",
    [
        {"SERVICE_DATABASE_PASSWORD_FILE": "/nonexistent"},
        {"SERVICE_DATABASE_PASSWORD_FILE": "/proc/version"},
        {"PGDATABASE": "postgres"},
        {"PGDATABASE": "nonexistent"},
    ],
    ids=str,
)
def test_a_failing_migration_says_why_and_what_to_do(database: dict[str, str], changes: dict[str, str]) -> None:
    code, out, err = _run(database | changes)
    assert (code, out) == (1, ""), "a database that answered no is not one that is away"
    assert "predictions would not be logged" in err
    assert "Traceback" not in err
    assert PASSWORD not in err


@pytest.mark.parametrize("arguments", [(), ("--check",)], ids=str)
@pytest.mark.parametrize(
    "changes",
    [
        {"PGHOST": "/nonexistent"},
        {"PGHOST": "127.0.0.1", "PGPORT": "1"},
        {"PGHOST": "nowhere.invalid"},
    ],
    ids=str,
)
def test_a_database_that_is_away_has_a_code_of_its_own(
    database: dict[str, str], changes: dict[str, str], arguments: tuple[str, ...]
) -> None:
    code, out, err = _run(database | changes, *arguments)
    assert (code, out) == (3, "")
    assert "could not be reached" in err
    assert "Traceback" not in err


def test_one_host_of_several_that_answers_no_is_an_answer(database: dict[str, str]) -> None:
    hosts = f"/nonexistent,{database['PGHOST']},/nonexistent"
    assert _run(database | {"PGHOST": hosts, "SERVICE_DATABASE_PASSWORD_FILE": "/proc/version"})[0] == 1


def test_a_database_that_takes_connections_and_never_answers_is_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(schema, "CONNECT_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("PGHOST", "127.0.0.1")
        monkeypatch.setenv("PGPORT", str(listener.getsockname()[1]))
        assert schema.main() == 3
    assert "timeout expired" in capsys.readouterr().err


def test_a_database_that_only_starts_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
    answer = b"E" + (len(fields) + 4).to_bytes(4) + fields

    def refuse(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(1000)
            peer.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=refuse, args=(listener,), daemon=True)
        thread.start()
        monkeypatch.setenv("PGHOST", "127.0.0.1")
        monkeypatch.setenv("PGPORT", str(listener.getsockname()[1]))
        monkeypatch.setenv("PGSSLMODE", "disable")
        assert schema.main() == 3
        thread.join(timeout=5)


def test_a_database_that_stopped_is_away(database: dict[str, str], cluster: Postgres) -> None:
    assert schema.main() == 0
    cluster.stop()
    try:
        assert _run(database, "--check")[0] == 3
    finally:
        cluster.start()
    assert _run(database, "--check")[0] == 0
