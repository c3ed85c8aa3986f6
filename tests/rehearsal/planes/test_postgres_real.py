"""A real host as a managed database: who gets in and who does not, and that it stays so."""

import dataclasses
import json
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ops.errors import OperationError
from rehearsal.planes import postgres
from rehearsal.planes.authority import Authority
from rehearsal.planes.postgres import files
from rehearsal.planes.shell import Shell
from rehearsal.planes.wanted import Database
from tests.rehearsal.kit import ROOT
from tests.rehearsal.planes import databases
from tests.rehearsal.planes.databases import GATEWAY, PASSWORD

pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="hosts need root on Linux: sudo make test"),
]

ENVIRONMENT, BRIDGE = "test-rds", "shoetest60"
# It logs statements that set a password; none of ours is to be among them.
DATABASE = dataclasses.replace(databases.DATABASE, parameters={**databases.DATABASE.parameters, "log_statement": "ddl"})
PIDS = "/var/lib/postgresql/17/main/postmaster.pid"
OTHER = "10.78.60.9"  # another address of this machine, which is the gateway
# What the database is at first: other addresses may reach it, and one parameter is not as it is later.
FIRST = dataclasses.replace(DATABASE, allowed=(OTHER,), parameters={**DATABASE.parameters, "max_connections": "40"})
ASKED = "select current_setting('max_connections'), current_setting('log_min_duration_statement')"
HOSTS = {
    "bridge": BRIDGE,
    "subnet4": "10.78.60.0/24",
    "subnet6": "fd78:5705:60::/64",
    "hosts": [{"name": "rds", "address": DATABASE.address, "groups": ["database"]}],
}


def hosts(verb: str, *words: str) -> dict[str, Any]:
    """A verb of rehearsal.hosts on the environment, and its answer."""
    argv = [sys.executable, "-m", "rehearsal.hosts", verb, "--environment", ENVIRONMENT, *words]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@dataclasses.dataclass(frozen=True)
class Managed:
    """The host, and ways to its database from this machine, which is the bridge's gateway."""

    shell: Shell
    authority: Authority

    def ensure(self, database: Database = DATABASE) -> list[str]:
        """What it told of, a line for each thing it did."""
        told: list[str] = []
        postgres.ensure(database, self.shell, self.authority, told.append)
        return told

    def login(self, user: str = DATABASE.user, password: str = PASSWORD, **changes: str) -> psycopg.Connection[Any]:
        """A connection by the address; over TLS and verified unless `changes` say something else."""
        given = {
            "host": DATABASE.address,
            "port": str(DATABASE.port),
            "dbname": DATABASE.name,
            "sslmode": "verify-full",
            "sslrootcert": str(self.shell.directory / "authority.pem"),
            "connect_timeout": "2",
            **changes,
        }
        return psycopg.connect(**given, user=user, password=password, autocommit=True)  # type: ignore[arg-type]

    def service(self) -> psycopg.Connection[Any]:
        """As the role that the admin has made."""
        return self.login("service", "of-the-service", dbname="service")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Managed]:
    directory = tmp_path_factory.mktemp("rds")
    (directory / "rehearsal.yml").write_text(json.dumps(HOSTS))
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / "key"], check=True)
    hosts("destroy")
    try:
        answer = hosts("create", str(directory / "rehearsal.yml"), f"--authorized-key={directory}/key.pub")
        subprocess.run(["ip", "address", "add", f"{OTHER}/32", "dev", BRIDGE], check=True)
        shell = Shell(DATABASE.address, answer["hosts"][0]["host_keys"], directory / "key", directory)
        yield Managed(shell, Authority.of(directory, ENVIRONMENT))
    finally:
        hosts("destroy")


@pytest.fixture
def managed(made: Managed) -> Managed:
    made.ensure()
    return made


def reaches(source: str, port: int = DATABASE.port, address: str = DATABASE.address) -> bool:
    """Whether a TCP connection comes about at once; what a firewall drops gets no answer."""
    try:
        socket.create_connection((address, port), timeout=0.5, source_address=(source, 0)).close()
    except TimeoutError:
        return False
    return True


def test_a_bare_host_becomes_a_database_and_follows_its_record(made: Managed) -> None:
    assert made.ensure(FIRST), "a bare host has nothing"
    assert reaches(OTHER)
    assert not reaches(GATEWAY), "that it may use ssh opens no database"
    assert not reaches(OTHER, 22)
    assert not reaches("fd78:5705:60::1", address="fd78:5705:60::5")
    shown = made.shell.run(f"cd /; runuser -u postgres -- psql -AtXF ' ' -c {shlex.quote(ASKED)}").split()
    assert shown == ["40", "1s"]
    made.ensure()
    assert not reaches(OTHER)
    with made.login() as admin:
        assert admin.execute(ASKED).fetchone() == ("100", "1s"), "what no file holds is no longer in force either"


def test_the_admin_makes_what_the_role_database_makes(managed: Managed) -> None:
    with managed.login() as admin:
        row = admin.execute("select rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user")
        assert row.fetchone() == (False, True, True)
        # As ansible/roles/database/tasks/managed.yml has it done.
        admin.execute("create role service login password 'of-the-service'")
        admin.execute("grant service to shoestring")
        admin.execute("create database service owner service")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            admin.execute("create role boss superuser")
    with managed.service() as service:
        service.execute("create table predictions (id int)")
        asked = service.execute("select ssl, version from pg_stat_ssl where pid = pg_backend_pid()").fetchone()
        assert asked == (True, "TLSv1.3")
        shown = service.execute("select current_setting('data_checksums'), current_setting('server_encoding')")
        assert shown.fetchone() == ("on", "UTF8")


def test_nobody_else_gets_in(managed: Managed, tmp_path: Path) -> None:
    refused = {
        "no encryption": {"sslmode": "disable"},
        "password authentication failed": {"password": "wrong"},
        "pg_hba.conf rejects connection": {"user": "postgres"},
    }
    for why, change in refused.items():
        with pytest.raises(psycopg.OperationalError, match=why):
            managed.login(**change)
    Authority.of(tmp_path, "another")
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        managed.login(sslrootcert=str(tmp_path / "authority.pem"))


def test_again_changes_nothing(managed: Managed) -> None:
    def state() -> str:
        return managed.shell.run(f"head -n 1 {PIDS}; stat -c '%y %n' /{files.LEAF} /{files.FIREWALL}")

    before = state()
    assert managed.ensure() == []
    assert state() == before


def test_what_somebody_did_to_the_running_kernel_is_put_right(managed: Managed) -> None:
    managed.shell.run("nft flush ruleset")
    assert reaches(OTHER)
    managed.ensure()
    assert not reaches(OTHER)


def test_a_new_password_replaces_the_old_and_is_nowhere_else(managed: Managed) -> None:
    new = "xyzzy'\\$HOME"
    managed.ensure(dataclasses.replace(DATABASE, password=new))
    managed.login(password=new).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        managed.login()
    managed.ensure()
    # Not the data directory: there the server keeps what scram makes of it.
    places = "/var/log /etc /var/lib/shoestring-database /tmp /root /home"
    managed.shell.run(f'old=$(cat); if grep -rIF -e "$old" -e xyzzy {places} >&2; then exit 1; fi', PASSWORD)


def test_a_parameter_that_postgresql_does_not_know_is_named_and_harms_nobody(managed: Managed) -> None:
    with pytest.raises(OperationError) as failed:
        managed.ensure(dataclasses.replace(DATABASE, parameters={"no_such_thing": "1"}))
    assert DATABASE.identity in failed.value.cause
    assert '"no_such_thing"' in failed.value.cause
    assert managed.ensure() == []


def test_it_survives_a_reboot(managed: Managed) -> None:
    hosts("reboot", "rds")
    assert not reaches(OTHER)
    managed.shell.run("systemctl is-system-running --wait")
    managed.login().close()
    assert managed.ensure() == []
