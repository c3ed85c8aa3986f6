"""What a managed database's host is told, and what is refused before it is told anything: no host needed."""

import dataclasses
import datetime
import io
import tarfile
from pathlib import Path

import pytest

from infra.aws.database import PARAMETERS
from ops.errors import OperationError
from rehearsal.planes import authority, postgres
from rehearsal.planes.authority import Authority
from rehearsal.planes.postgres import files, leaf, parameters, plane
from tests.rehearsal.planes.databases import DATABASE, GATEWAY, PASSWORD, Told, encoded

FINE = {
    "origin": GATEWAY,
    **dict.fromkeys(("installed", "made", "unchanged", "walled", "running"), "yes"),
    "admin": "t",
}


@pytest.fixture
def ca(tmp_path: Path) -> Authority:
    return Authority.of(tmp_path / "authority", "test")


@pytest.fixture
def host(tmp_path: Path) -> Told:
    return Told(DATABASE.address, (), tmp_path / "key", tmp_path)


def settled(ca: Authority, **changes: str) -> dict[str, str]:
    """What a host says on which all is done; `changes` are made to that."""
    certificate = ca.leaf(DATABASE.address)[0]
    digests = {path: files.digest(text) for path, text in files.render(DATABASE, ca.ca, GATEWAY).items()}
    manifest = files.manifest({**digests, files.LEAF: "0" * 64})
    there = {"leaf": "0" * 64, "certificate": encoded(certificate), "manifest": encoded(manifest)}
    return {**FINE, **there, **changes}


def nothing_said(text: str) -> None:
    raise AssertionError(f"there is nothing to tell of, and it said: {text}")


def written(host: Told) -> dict[str, tarfile.TarInfo]:
    """Path below / -> what was sent."""
    data = next(stdin for verb, stdin in host.ran if verb == "Puts")
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {entry.name: entry for entry in archive}


def test_what_the_program_tells_rds_is_understood() -> None:
    meaning = parameters.read(PARAMETERS)
    assert (meaning.connections, meaning.method) == ("hostssl", "scram-sha-256")
    assert meaning.settings == {name: value for name, value in PARAMETERS.items() if not name.startswith("rds.")}


def test_without_parameters_it_is_closed() -> None:
    assert parameters.read({}) == parameters.Meaning("hostssl", "scram-sha-256", {})


def test_a_laxer_parameter_group_is_as_lax_as_with_rds() -> None:
    lax = parameters.read({"rds.force_ssl": "0", "rds.accepted_password_auth_method": "md5+scram"})
    assert (lax.connections, lax.method) == ("host", "md5")


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("rds.logical_replication", "1", "RDS's own"),
        ("rds.force_ssl", "on", "expected one of: 1, 0"),
        ("rds.accepted_password_auth_method", "md5", "scram"),
        ("port", "5433", "argument of the database"),
        ("ssl", "0", "rds.force_ssl"),
        ("hba_file", "/tmp/hba", "security group"),  # noqa: S108
        ("work_mem = 1\nssl", "off", "no name"),
        ("Work_Mem", "1", "no name"),
        ("log_line_prefix", "%m\nssl = off", "no line"),
    ],
)
def test_a_parameter_that_cannot_be_had_is_named_before_anything_is_done(
    ca: Authority, host: Told, name: str, value: str, why: str
) -> None:
    asked = dataclasses.replace(DATABASE, parameters={**PARAMETERS, name: value})
    with pytest.raises(OperationError) as refused:
        postgres.ensure(asked, host, ca, nothing_said)
    assert refused.value.cause.startswith(f"The database {DATABASE.identity} ")
    assert name.splitlines()[0] in refused.value.cause
    assert why in refused.value.cause
    assert host.ran == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"version": "16.4"}, "PostgreSQL 16.4"),
        ({"version": "170"}, "PostgreSQL 170"),
        ({"user": "postgres"}, "'postgres'"),
        ({"user": "pg_monitor"}, "'pg_monitor'"),
        ({"allowed": ("10.78.60.300",)}, "10.78.60.300"),
    ],
)
def test_what_cannot_be_had_is_refused_before_anything_is_done(
    ca: Authority, host: Told, change: dict[str, object], named: str
) -> None:
    with pytest.raises(OperationError) as refused:
        postgres.ensure(dataclasses.replace(DATABASE, **change), host, ca, nothing_said)  # type: ignore[arg-type]
    assert DATABASE.identity in refused.value.cause
    assert named in refused.value.cause
    assert host.ran == []


def test_a_minor_version_is_debians_to_choose(ca: Authority, host: Told) -> None:
    host.says.update(settled(ca))
    postgres.ensure(dataclasses.replace(DATABASE, version="17.4"), host, ca, nothing_said)


def test_only_allowed_addresses_reach_the_database() -> None:
    def rules(*allowed: str) -> list[str]:
        text = files.render(dataclasses.replace(DATABASE, allowed=allowed), "", GATEWAY)[files.FIREWALL]
        return [line.strip() for line in text.splitlines() if "dport" in line]

    ssh = f"ip saddr {GATEWAY} tcp dport 22 accept"
    assert rules() == [ssh], "a security group without rules lets nobody in"
    assert rules("10.0.0.5", "10.1.0.0/24", "fd00::5") == [
        ssh,
        "ip saddr { 10.0.0.5, 10.1.0.0/24 } tcp dport 5432 accept",
    ]
    # nft refuses a set with an address twice.
    assert rules("10.1.0.5", "10.1.0.0/24", "10.1.0.5")[1] == "ip saddr { 10.1.0.0/24 } tcp dport 5432 accept"


def test_users_come_by_tls_and_password_and_the_superuser_by_the_socket() -> None:
    def rules(**group: str) -> list[list[str]]:
        asked = dataclasses.replace(DATABASE, parameters=group)
        text = files.render(asked, "", GATEWAY)[f"{files.CLUSTER}/pg_hba.conf"]
        return [line.split() for line in text.splitlines() if not line.startswith("#")]

    superuser = [["local", "all", "postgres", "peer"], ["host", "all", "postgres", "all", "reject"]]
    assert rules() == [*superuser, ["hostssl", "all", "all", "0.0.0.0/0", "scram-sha-256"]]
    assert rules(**{"rds.force_ssl": "0"})[2][0] == "host"


def test_a_parameters_value_stays_one_value() -> None:
    asked = dataclasses.replace(DATABASE, parameters={"log_line_prefix": "it's \\ %m"})
    text = files.render(asked, "", GATEWAY)[f"{files.CLUSTER}/postgresql.conf"]
    assert text.endswith("log_line_prefix = 'it''s \\\\ %m'\n\n")


def test_a_certificate_is_kept_while_it_serves(ca: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = DATABASE.address
    assert leaf.good(ca.leaf(address)[0], ca.ca, address)
    assert not leaf.good(ca.leaf("10.78.60.6")[0], ca.ca, address), "made for another address"
    assert not leaf.good(Authority.of(tmp_path / "other", "test").leaf(address)[0], ca.ca, address), "of another CA"
    assert not leaf.good("", ca.ca, address)
    monkeypatch.setattr(authority, "LIFETIME", leaf.NEAR_ITS_END - datetime.timedelta(hours=1))
    assert not leaf.good(ca.leaf(address)[0], ca.ca, address), "near its end"


def test_a_host_on_which_all_is_done_is_only_looked_at(ca: Authority, host: Told) -> None:
    host.says.update(settled(ca))
    postgres.ensure(DATABASE, host, ca, nothing_said)
    assert host.ran == [("Says", PASSWORD.encode())]


def test_a_bare_host_gets_everything_in_order(ca: Authority, host: Told) -> None:
    host.says.update(FINE | dict.fromkeys(("installed", "made", "unchanged", "walled", "running"), "no"))
    host.says["admin"] = "psql: not found"
    told: list[str] = []
    with pytest.raises(OperationError, match="a package is missing"):  # since this host says so to the end
        postgres.ensure(DATABASE, host, ca, told.append)
    assert host.verbs() == ["Says", "Installs", "Makes", "Puts", "Says"]
    assert all(line.startswith(DATABASE.identity) for line in told)
    assert files.LEAF in written(host)


@pytest.mark.parametrize("what", ["unchanged", "walled", "running"])
def test_what_is_not_as_it_should_be_is_put_into_force_again(ca: Authority, host: Told, what: str) -> None:
    host.says.update(settled(ca, **{what: "no"}))
    with pytest.raises(OperationError, match="is not as it should be after all was done"):
        postgres.ensure(DATABASE, host, ca, lambda _: None)
    assert host.verbs() == ["Says", "Puts", "Says"]
    assert plane.MANIFEST.removeprefix("/") in written(host)
    assert files.LEAF not in written(host), "a certificate that serves is kept"


def test_a_change_is_written(ca: Authority, host: Told) -> None:
    host.says.update(settled(ca))
    postgres.ensure(dataclasses.replace(DATABASE, allowed=()), host, ca, lambda _: None)
    assert host.verbs() == ["Says", "Puts", "Says"]


def test_a_leaf_that_was_not_put_into_force_is_made_anew(ca: Authority, host: Told) -> None:
    host.says.update(settled(ca, leaf="1" * 64))
    postgres.ensure(DATABASE, host, ca, lambda _: None)
    assert files.LEAF in written(host), "a killed run, or somebody, may have left half of one"


def test_an_admin_who_cannot_log_in_is_made_by_standard_input_alone(ca: Authority, host: Told) -> None:
    host.says.update(settled(ca, admin="psql: error: password authentication failed"))
    with pytest.raises(OperationError, match="password authentication failed"):
        postgres.ensure(DATABASE, host, ca, lambda _: None)
    assert host.verbs() == ["Says", "Makes", "Says"]
    assert host.ran[1][1] == PASSWORD.encode()


def test_nobody_but_root_and_postgres_reads_the_key() -> None:
    contents = {files.LEAF: "key", files.CA: "ca", files.FIREWALL: "rules", f"{files.CLUSTER}/pg_hba.conf": "rules"}
    with tarfile.open(fileobj=io.BytesIO(files.packed(contents))) as archive:
        entries = {entry.name: (entry.uname, entry.gname, oct(entry.mode)) for entry in archive}
    assert entries == {
        files.LEAF: ("root", "postgres", "0o640"),
        files.CA: ("root", "root", "0o644"),
        files.FIREWALL: ("root", "root", "0o600"),
        f"{files.CLUSTER}/pg_hba.conf": ("root", "postgres", "0o640"),
    }
