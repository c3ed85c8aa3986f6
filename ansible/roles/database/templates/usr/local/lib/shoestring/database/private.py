"""Starts a restored cluster where nobody else can reach it, and looks whether it is what was asked for."""

import re
import time
from pathlib import Path
from typing import Any

from history import SEGMENT_BYTES, lsn
from repository import BASE, BIN, RESTORING, BackupError, run

LOG, SOCKET = BASE / "restore.log", BASE / ".restore"
OPTIONS = {
    "config_file": "/etc/postgresql/17/main/postgresql.conf",
    "data_directory": RESTORING,
    "listen_addresses": "",
    "unix_socket_directories": SOCKET,
    "external_pid_file": "",
    # Archiving is on and goes nowhere: what it would ship waits, and is shipped only once this cluster is the real one.
    "archive_command": "/bin/false",
    # Closed until it has been promoted, so its limits need not be those of the day of the backup.
    "hot_standby": "off",
    "statement_timeout": 0,
    "ssl": "off",
}
RECOVERY = ("restore_command", "recovery_target_time", "recovery_target_action", "recovery_target_timeline")


def running(directory: Path) -> bool:
    """Whether a server runs on a cluster's files."""
    return run(BIN / "pg_ctl", "status", "-D", directory).returncode == 0


def stop() -> None:
    """Stop the private server, if it runs."""
    if running(RESTORING):
        run(BIN / "pg_ctl", "stop", "-D", RESTORING, "-m", "fast", "-w", "-t", "600")


def verify(wanted: dict[str, Any], services: list[str]) -> None:
    """Recover, promote and examine; leaves the server stopped. Raises BackupError with what is not right."""
    _start()
    end = lsn(_sql("select pg_last_wal_replay_lsn()"))
    if wanted["until"] is None and (end - 1) // SEGMENT_BYTES < wanted["last_segment"]:
        number = end // SEGMENT_BYTES
        raise BackupError(
            f"Replay ended at WAL segment {wanted['timeline']:08X}{number // 256:08X}{number % 256:08X}, before "
            "the last "
            ""
            f"that the archive holds: that object is damaged. PostgreSQL said: {_tail()}. The new cluster was "
            "thrown away"
        )
    _expect("checksums are on", _sql("show data_checksums"), "on")
    _expect("it is promoted", _sql("select pg_is_in_recovery()"), "f")
    owners = _sql(
        "select d.datname || '=' || r.rolname from pg_database d join pg_roles r on r.oid = d.datdba"
    ).splitlines()
    for service in services:
        if f"{service}={service}" not in owners:
            raise BackupError(f"The restored cluster has no database and role {service}. Restore to a later time")
    _amcheck()
    for name in RECOVERY:  # or they would lie in wait for the next recovery
        _sql(f"alter system reset {name}")
    stop()
    done = run(BIN / "pg_checksums", "--check", "-D", RESTORING)
    if done.returncode != 0:
        raise BackupError(f"Pages of the restored cluster are damaged: {done.stderr.strip()}. It was thrown away")


def _start() -> None:
    SOCKET.mkdir(mode=0o700, exist_ok=True)
    words = " ".join(f"-c {name}='{value}'" for name, value in OPTIONS.items())
    started = run(BIN / "pg_ctl", "start", "-D", RESTORING, "-W", "-l", LOG, "-o", words).returncode == 0
    # As long as there is WAL to replay it goes on; a server that can't ends itself.
    time.sleep(1)
    while started and running(RESTORING):
        if run("psql", "-AtXc", "select 1", "-h", SOCKET, "-d", "postgres").returncode == 0:
            return
        time.sleep(0.5)
    raise BackupError(f"The restored cluster did not come up: {_tail()}. It was thrown away")


def _tail() -> str:
    """What PostgreSQL said at last that is worth repeating."""
    lines = LOG.read_text(errors="replace").splitlines() if LOG.is_file() else []
    telling = [line for line in lines if re.search(r"FATAL|PANIC|ERROR|invalid|could not|ended before|stopping", line)]
    return " / ".join(line.split("] ", 1)[-1] for line in (telling or lines)[-4:])


def _amcheck() -> None:
    databases = _sql("select datname from pg_database where datallowconn").splitlines()
    lacking = [
        name for name in databases if _sql("select count(*) from pg_extension where extname = 'amcheck'", name) == "0"
    ]
    done = run(BIN / "pg_amcheck", "--all", "--install-missing", "--heapallindexed", "--host", SOCKET, "--jobs=2")
    for name in lacking:  # the content is to be what it was
        _sql("drop extension amcheck", name)
    if done.returncode != 0:
        raise BackupError(
            f"amcheck found damage in the restored cluster: {(done.stdout + done.stderr).strip()[:1000]}. "
            "It was thrown away"
        )


def _sql(statement: str, database: str = "postgres") -> str:
    done = run("psql", "-AtXq", "-v", "ON_ERROR_STOP=1", "-h", SOCKET, "-d", database, "-c", statement)
    if done.returncode != 0:
        raise BackupError(f"The restored cluster does not answer: {done.stderr.strip()}. It was thrown away")
    return done.stdout.strip()


def _expect(what: str, found: str, wanted: str) -> None:
    if found != wanted:
        raise BackupError(
            f"The restored cluster is not as it should be ({what}): {found}, not {wanted}. It was thrown away"
        )
