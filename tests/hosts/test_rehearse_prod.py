"""aws-prod rehearsed: two machines behind one door, reached by a tunnel, and a managed database with a secret."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import pytest
import yaml

from infra.settings import Settings
from ops import vault
from ops.cloud.aws.ways import declared
from rehearsal.hosts import state
from rehearsal.planes.hosts import MANAGED
from tests.hosts import cloud as clouds
from tests.hosts import managed, openings
from tests.hosts.cloud import Cloud
from tests.hosts.scanning import CONTROLLER
from tests.hosts.test_requests import FLIGHT

pytestmark = pytest.mark.full
FAULTS: dict[str, tuple[str, str, Callable[[Cloud], dict[str, Any]], Callable[[Cloud], list[str]]]] = {
    # service of AWS, its operation that breaks something, the operation's parameters, what the error names
    "the database's secret is gone": (
        "secretsmanager",
        "delete_secret",
        lambda cloud: {"SecretId": managed.secret(cloud), "RecoveryWindowInDays": 7},
        lambda cloud: [managed.secret(cloud), managed.identity(cloud)],
    ),
    "the database is stopped": (
        "rds",
        "stop_db_instance",
        lambda cloud: {"DBInstanceIdentifier": managed.identity(cloud)},
        lambda cloud: [managed.identity(cloud), "stopped"],
    ),
    "an instance is stopped": (
        "ec2",
        "stop_instances",
        lambda cloud: {"InstanceIds": [cloud.identity("aws:ec2/instance:Instance", "app2")]},
        lambda cloud: ["app2", cloud.identity("aws:ec2/instance:Instance", "app2"), "stopped"],
    ),
}
PHASES = {"Account", "Cloud", "Machines", "Buckets", "Database", "Footprint", "Boot", "Configure", "Deploy", "Verify"}
SERVING = ("app1", "app2")
first, cloud = clouds.fixtures("test-prod")


def test_it_says_what_was_made_what_it_costs_and_what_was_proved(first: tuple[Cloud, str]) -> None:
    cloud, said = first
    assert clouds.phases(said) >= PHASES
    assert "87 resources" in said
    assert "139.53 USD a month" in said, "as `make plan` and README's table have it"
    footprint, database = cloud.footprint(), managed.described(cloud)
    assert f"The model came from s3://{footprint['buckets']['artifacts']['name']}/models/" in said
    assert f"row was found in the database ({database['Endpoint']['Address']})" in said
    kept = database["BackupRetentionPeriod"]
    assert f"RDS would keep {kept} days of backups of {database['DBInstanceIdentifier']} by itself" in said
    assert kept >= 7


def test_a_row_is_in_the_managed_database_whichever_host_answered_and_nowhere_else(cloud: Cloud) -> None:
    status, answer = cloud.predict([FLIGHT])
    assert status == 200
    ids = [answer["predictions"][0]["id"], *(managed.predict_at(cloud, name) for name in SERVING)]
    managed.arrived(cloud, *ids)
    empty = {"postgres", cloud.footprint()["database"]["name"]}
    databases = managed.asked(cloud, "select datname from pg_database where not datistemplate").split()
    assert set(databases) == {"service", *empty}
    for other in empty:
        schemas = managed.asked(cloud, "select nspname from pg_namespace where nspname !~ '^(pg_|information_)'", other)
        assert schemas == "public", other
    for name in SERVING:
        assert managed.found(cloud, name, *ids) == "", f"{name} keeps rows that are in the database"


def test_the_admins_password_is_only_where_rds_keeps_it(cloud: Cloud) -> None:
    password = re.split(r"\W", managed.password(cloud))[0]  # the part that nothing need quote
    assert len(password) >= 16
    for name in (*SERVING, MANAGED):
        assert managed.found(cloud, name, password) == "", name
    for name in SERVING:
        known = cloud.ssh(name, "cat /etc/shoestring/credentials/service/database-password").stdout
        assert "database-password" in managed.found(cloud, name, known), "the search finds what is there"
    files = managed.here(cloud)
    assert {"footprint.json", "vault.yml", "registry.json"} <= files.keys()
    assert [name for name, content in files.items() if password.encode() in content] == []
    assert password not in json.dumps(vault.read(cloud.environment.vault, vault.key()))


def test_no_host_has_a_key_to_a_bucket(cloud: Cloud) -> None:
    """Not even its id: what a host fetches by an address that was signed for it is not kept, nor logged."""
    keys = json.loads((cloud.place.planes / "keys.json").read_text())
    assert set(keys) == {"controller"}
    root = json.loads((cloud.place.planes / "s3" / "root.json").read_text())
    for name in (*SERVING, MANAGED):
        known = [keys["controller"]["access"], keys["controller"]["secret"], *root.values()]
        assert managed.found(cloud, name, *known) == "", name


def test_the_accounts_security_groups_open_what_the_table_says(cloud: Cloud) -> None:
    opened = openings.ways(cloud)
    assert opened == declared(Settings.load(cloud.place.stack))
    assert {(way.source, way.port) for way in opened if way.to == "database"} == {(name, 5432) for name in SERVING}


def test_open_from_each_peer_is_what_the_table_says(cloud: Cloud) -> None:
    """By both versions of IP."""
    made = yaml.safe_load((cloud.place.planes / "hosts.json").read_text())
    addresses = {one["name"]: {4: one["address"], 6: one["address6"]} for one in made["hosts"]}
    addresses[CONTROLLER] = {4: made["gateway4"], 6: made["gateway6"]}
    pairs = [pair for pair in product((CONTROLLER, *SERVING), (*SERVING, MANAGED), (4, 6)) if pair[0] != pair[1]]
    assert len(pairs) == 14
    shell = managed.shell(cloud)
    shell.run("systemd-run --quiet --collect --unit=stray python3 -m http.server --bind :: 8080")
    try:
        with ThreadPoolExecutor(3) as pool:
            seen = list(
                pool.map(lambda pair: openings.seen(cloud, pair[0], pair[1], addresses[pair[1]][pair[2]]), pairs)
            )
    finally:
        shell.run("systemctl stop stray")
    wrong = {
        f"{source} -> {target} v{version}": (sorted(opened), "listed:", sorted(listed))
        for (source, target, version), opened in zip(pairs, seen, strict=True)
        if opened != (listed := openings.listed(cloud, target, source, addresses[source][version]))
    }
    assert wrong == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_the_command_that_mends_it(cloud: Cloud, fault: str) -> None:
    """All that stands goes on serving meanwhile."""
    service, operation, what, names = FAULTS[fault]
    parameters, named = what(cloud), names(cloud)
    getattr(cloud.aws(service), operation)(**parameters)
    done = cloud.rehearse()
    assert done.returncode == 1, done.stdout
    error = done.stdout.rpartition("\nerror: ")[2]
    for name in named:
        assert name in error.partition("\n  so: ")[0], f"{name} is not in the cause of:\n{error}"
    assert cloud.predict([FLIGHT])[0] == 200
    cloud.obey(error)


def test_a_database_whose_host_does_not_boot_is_named_and_the_same_command_goes_on(cloud: Cloud) -> None:
    """One whole run for all the faults above, since each takes the better part of a minute."""
    before = {one["urn"]: one["id"] for one in cloud.registry}
    clouds.hosts("kill", cloud.place.name, MANAGED)
    systemd = state.ROOT / cloud.place.name / MANAGED / "upper/usr/lib/systemd/systemd"
    assert not systemd.exists(), "the image's own is used"
    systemd.parent.mkdir(parents=True, exist_ok=True)
    systemd.write_text("no program")
    systemd.chmod(0o755)
    try:
        broken = cloud.rehearse()
        status, answer = cloud.predict([FLIGHT])
    finally:
        systemd.unlink()
    assert broken.returncode == 1, broken.stdout
    cause, _, rest = broken.stdout.rpartition("\nerror: ")[2].partition("\n  so: ")
    assert cause.startswith(f"{MANAGED} ")
    assert managed.identity(cloud) in cause
    assert f"make down ENV={cloud.place.name}" in rest
    assert status == 200, "its row waits on the host"
    whole = cloud.rehearse()
    assert whole.returncode == 0, whole.stdout
    assert re.search(r"^ok  Configure .*changed=0$", whole.stdout, re.MULTILINE), whole.stdout
    assert {one["urn"]: one["id"] for one in cloud.registry} == before
    managed.arrived(cloud, answer["predictions"][0]["id"])
