"""Every prediction is in Postgres; without Postgres the service still predicts, and the log catches up."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from tests.hosts.site import Site
from tests.hosts.test_requests import FLIGHT


def _ids(site: Site, requests: int, batch: int = 1) -> list[str]:
    """The ids of predictions that were answered."""
    ids = []
    for _ in range(requests):
        status, answer = site.predict([FLIGHT] * batch)
        assert status == 200, answer
        ids += [one["id"] for one in answer["predictions"]]
    return ids


def _logged(site: Site, ids: list[str]) -> int:
    quoted = ",".join(f"$${uuid.UUID(one)}$$" for one in ids).replace("$$", "\\$\\$")
    return int(site.sql(f"select count(*) from service.predictions where id in ({quoted})"))  # noqa: S608 - UUIDs


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.5)
    return condition()


def test_a_batch_is_logged_row_by_row(site: Site) -> None:
    ids = _ids(site, 2, batch=50)
    assert _until(lambda: _logged(site, ids) == 100, 10)


def test_a_graceful_stop_loses_none(site: Site) -> None:
    """Rows answered an instant before SIGTERM are written, or spooled and replayed by the next start."""
    ids = _ids(site, 40)
    for name in ("app1", "app2"):
        assert site.ssh(name, "systemctl restart shoestring-service@*.service").returncode == 0
    assert _until(lambda: site.ask("/readyz")[0] == 200, 30)
    assert _until(lambda: _logged(site, ids) == 40, 20)


def test_without_the_database_predictions_go_on_and_the_log_catches_up(site: Site) -> None:
    assert site.ssh("data1", "systemctl stop postgresql@17-main").returncode == 0
    try:
        ids = _ids(site, 30)
        assert _until(lambda: b"degraded" in site.ask("/readyz")[2], 15), "readiness does not say that the log waits"
        ids += _ids(site, 10)
    finally:
        assert site.ssh("data1", "systemctl start postgresql@17-main").returncode == 0
    assert _until(lambda: _logged(site, ids) == 40, 20)
    assert site.ask("/readyz")[0] == 200


def test_rows_wait_on_disk_when_the_service_stops_while_the_database_is_down(site: Site) -> None:
    assert site.ssh("data1", "systemctl stop postgresql@17-main").returncode == 0
    try:
        ids = _ids(site, 20)
        for name in ("app1", "app2"):
            assert site.ssh(name, "systemctl restart shoestring-service@*.service").returncode == 0
        assert _until(lambda: site.ask("/readyz")[0] == 200, 30), "the service needs the database to start"
    finally:
        assert site.ssh("data1", "systemctl start postgresql@17-main").returncode == 0
    assert _until(lambda: _logged(site, ids) == 20, 30)


def test_postgres_lets_in_the_service_alone_over_tls(site: Site) -> None:
    """No TLS, another database, another role, the superuser: all refused, from a host that may connect."""
    address = site.hosts()["data1"]
    psql = "/opt/shoestring/current/venv/bin/python -c"
    script = (
        "import sys,psycopg\n"
        'password=open("/etc/shoestring/credentials/service/database-password").read()\n'
        "try:\n psycopg.connect(host=sys.argv[1],user=sys.argv[2],dbname=sys.argv[3],sslmode=sys.argv[4],"
        'password=password,connect_timeout=5)\n print("in")\n'
        'except psycopg.OperationalError as e: print("refused")\n'
    )

    def tried(user: str, database: str, mode: str) -> str:
        done = site.ssh("app2", f"{psql} '{script}' {address} {user} {database} {mode}")
        return done.stdout.strip() or done.stderr

    assert tried("service", "service", "require") == "in"
    assert tried("service", "service", "disable") == "refused"
    assert tried("service", "postgres", "require") == "refused"
    assert tried("postgres", "service", "require") == "refused"
    assert tried("deploy", "service", "require") == "refused"
