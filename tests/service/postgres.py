"""A real PostgreSQL on a unix socket of its own, that tests may stop, freeze and kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

GUARD = 90  # seconds; no wait of a sound service comes near it, on a machine that is busy with other tests either
ROLE, PASSWORD = "service", "throwaway-database-password"

# The service's role must give its password, as on a host; the test itself is let in as it is.
_HBA = "local all postgres trust\nlocal all all scram-sha-256\n"


def binaries() -> Path | None:
    """Debian's directory of the newest server installed here."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


class Postgres:
    """One cluster in a temporary directory; initdb refuses root, so root runs it as `postgres`."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self.directory = Path(tempfile.mkdtemp(prefix="shoestring-postgres-"))
        if os.geteuid() == 0:
            shutil.chown(self.directory, "postgres", "postgres")
        self._run("initdb", "--pgdata", str(self._data), "--username", "postgres", "--auth", "trust", "--no-sync")
        (self._data / "pg_hba.conf").write_text(_HBA, encoding="utf-8")

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def prepare(self) -> None:
        """Starts it for the first time and makes the service's role."""
        self.start()
        with self.admin() as connection:
            connection.execute(f"create role {ROLE} login password '{PASSWORD}'".encode())

    def start(self) -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self.directory} -c max_connections=30"
        log = str(self.directory / "log")
        self._run("pg_ctl", "start", "--wait", "--pgdata", str(self._data), "--log", log, "--options", options)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--wait", "--mode", "immediate", "--pgdata", str(self._data))

    def freeze(self, *, frozen: bool) -> None:
        """Stops (or lets go on) the server and all its children: it accepts and never answers."""
        main = int((self._data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for process in [main, *map(int, children)]:
            os.kill(process, signal.SIGSTOP if frozen else signal.SIGCONT)

    def remove(self) -> None:
        if (self._data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.directory)

    def admin(self, database: str = "postgres") -> psycopg.Connection:
        """A superuser's connection."""
        return psycopg.connect(host=str(self.directory), user="postgres", dbname=database, autocommit=True)

    def create(self, database: str) -> dict[str, str]:
        """A fresh database with the service's schema, as on a host; libpq's environment for it."""
        with self.admin() as connection:
            connection.execute(f"drop database if exists {database} with (force)".encode())
            connection.execute(f"create database {database}".encode())
        with self.admin(database) as connection:
            connection.execute(f"create schema service authorization {ROLE}".encode())
        secret = self.directory / "password"
        secret.write_text(PASSWORD + "\n", encoding="utf-8")
        return {
            "PGHOST": str(self.directory),
            "PGUSER": ROLE,
            "PGDATABASE": database,
            "SERVICE_DATABASE_PASSWORD_FILE": str(secret),
        }

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        # pg_ctl's server inherits the descriptors: a pipe here would never end.
        result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", check=False)
        assert result.returncode == 0, f"{program} failed, see {self.directory}/log"


def wait_until(condition: object, why: str) -> None:
    """Polls `condition()` until it is true; fails with `why` when it never is."""
    assert callable(condition)
    deadline = time.monotonic() + GUARD
    while not condition():
        assert time.monotonic() < deadline, f"not within {GUARD} s: {why}"
        time.sleep(0.05)
