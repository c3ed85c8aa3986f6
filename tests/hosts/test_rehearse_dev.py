"""aws-dev rehearsed: the real program, an emulated account, real hosts and buckets, the unchanged roles."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.hosts import cloud as clouds
from tests.hosts import killing, twin
from tests.hosts.cloud import Cloud
from tests.hosts.test_restore import serves

pytestmark = pytest.mark.full
PHASES = {"Account", "Cloud", "Machines", "Buckets", "Footprint", "Configure", "Deploy", "Verify", "Backup"}
KEPT = "/etc /opt /srv /usr/local /var/lib/shoestring /var/log /root"
METADATA = "169.254.169.254"
LONGEST = timedelta(hours=12)  # that AWS gives a role's key
first, cloud = clouds.fixtures("test-dev")


def test_it_says_what_was_made_what_it_costs_and_how_long_each_phase_took(first: tuple[Cloud, str]) -> None:
    assert clouds.phases(first[1]) >= PHASES
    assert "56 resources" in first[1]
    assert "23.81 USD a month" in first[1], "as `make plan` and README's table have it"


def test_the_model_came_from_the_bucket(cloud: Cloud) -> None:
    """By the bucket's own log: stored from the controller's address, fetched from the host's."""
    bucket = cloud.footprint()["buckets"]["artifacts"]
    log = (cloud.place.planes / "s3" / "access.log").read_text().splitlines()
    model = json.loads((cloud.environment.state / "release.json").read_text())["model"]
    for name, digest in model["files"].items():
        path = f"models/{model['name']}/{model['version']}/{name}"
        done = [line for line in log if path in line and " 200 " in line]
        assert any("PutObject" in line and f" {cloud.gateway.address} " in line for line in done), name
        assert any("GetObject" in line and f" {cloud.hosts()['solo']} " in line for line in done), name
        assert cloud.gateway.digest(bucket["name"], path) == digest


def test_a_predictions_row_and_its_backup_are_where_the_footprint_says(cloud: Cloud) -> None:
    assert serves(cloud)
    backups = json.loads(cloud.ssh("solo", "runuser -u postgres -- pgbackrest --output=json info").stdout)[0]
    assert backups["status"]["code"] == 0
    objects = cloud.gateway.objects(cloud.footprint()["buckets"]["backups"]["name"])
    assert any(f"/backup/main/{backups['backup'][-1]['label']}/" in f"/{name}" for name in objects)


def test_the_only_key_on_a_host_is_short_lived_and_may_do_what_its_role_may(cloud: Cloud) -> None:
    keys = json.loads((cloud.place.planes / "keys.json").read_text())
    (role,) = set(keys) - {"controller"}
    assert role.startswith("arn:aws:iam::"), "it was got by the role that the instance has"
    until = datetime.fromisoformat(keys[role]["until"])
    assert datetime.now(UTC) < until < datetime.now(UTC) + LONGEST
    there = cloud.ssh("solo", "cat /etc/pgbackrest.conf").stdout
    assert f"repo1-s3-key={keys[role]['access']}\n" in there
    root = (cloud.place.planes / "s3" / "root.json").read_text()
    others = [keys["controller"]["access"], keys["controller"]["secret"], *json.loads(root).values()]
    # By standard input: sudo writes each command line into the journal, which is searched too.
    found = cloud.ssh("solo", f"grep -rlsFf - {KEPT}", "\n".join(others)).stdout
    assert found == "", f"a key that is no host's: {found}"
    assert cloud.ssh("solo", f"grep -rlsFf - {KEPT}", keys[role]["secret"]).stdout == "/etc/pgbackrest.conf\n"


def test_no_host_asks_at_the_address_of_a_clouds_metadata(cloud: Cloud) -> None:
    """Here it is somebody else's: a rehearsal on a machine in a cloud would get that machine's own keys."""
    chain = f"chain out {{ type filter hook output priority 0; ip daddr {METADATA} counter; }}"
    cloud.ssh("solo", f"echo 'table inet metadata {{ {chain}; }}' | nft -f -")
    try:
        assert cloud.verb("backup", TYPE="incr").returncode == 0
        assert cloud.verb("deploy").returncode == 0
        counted = cloud.ssh("solo", "nft list table inet metadata").stdout
    finally:
        cloud.ssh("solo", "nft delete table inet metadata")
    assert f"ip daddr {METADATA} counter packets 0 bytes 0" in counted


def test_it_is_the_configuration_of_a_server_that_one_owns(cloud: Cloud, tmp_path: Path) -> None:
    """The trees under /etc, byte by byte: only values of the Footprint may differ, and an environment's own secrets."""
    (host,) = cloud.footprint()["hosts"]
    with twin.standing(cloud, host, tmp_path) as owned:
        wrong = twin.differences(twin.hidden(cloud, host["name"]), twin.hidden(owned, host["name"]))
    assert not wrong, "".join(wrong.values())


def test_a_bucket_that_refuses_is_named_and_the_same_command_goes_on(cloud: Cloud) -> None:
    """The account takes away what the host's role may do there; here its key may do it no more either."""
    role, iam = cloud.identity("aws:iam/role:Role", "database-proxy-service"), cloud.aws("iam")
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]

    def put(statements: list[dict[str, str]]) -> None:
        text = json.dumps(document | {"Statement": statements})
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=text)

    put([one for one in document["Statement"] if one["Sid"] != "KeepBackups"])
    try:
        refused = cloud.rehearse()
    finally:
        put(document["Statement"])
    assert refused.returncode == 1
    assert "The bucket refuses our key" in refused.stdout
    assert f"make rehearse ENV={cloud.stack} goes on from here" in refused.stdout
    assert f"make down ENV={cloud.environment.name} ends it" in refused.stdout
    assert cloud.footprint()["buckets"]["backups"]["name"] in refused.stdout.partition("error:")[2]


def test_a_machine_that_does_not_boot_is_named_and_the_same_command_goes_on(cloud: Cloud) -> None:
    """Its system is gone from its disk, as after a bad upgrade."""
    name = cloud.environment.name
    clouds.hosts("kill", name, "solo")
    init = Path("/var/lib/shoestring-rehearsal", name, "solo/upper/usr/lib/systemd/systemd")
    init.parent.mkdir(parents=True, exist_ok=True)
    init.write_text("#!/bin/false\n")
    init.chmod(0o755)
    try:
        dead = cloud.rehearse()
    finally:
        clouds.hosts("kill", name, "solo")
        init.unlink()
    assert dead.returncode == 1
    said = dead.stdout.partition("error:")[2]
    assert "solo" in said
    assert cloud.identity("aws:ec2/instance:Instance") in said


def test_after_ansible_was_killed_the_same_command_goes_on_and_finds_everything_as_it_is(
    cloud: Cloud, tmp_path: Path
) -> None:
    before = {one["urn"]: one["id"] for one in cloud.registry}
    log = tmp_path / "log"
    run = cloud.begin(log)
    end = time.monotonic() + 120
    while "..  Configure" not in log.read_text() and time.monotonic() < end:
        time.sleep(0.2)
    killing.child(run.pid, b"ansible-playbook")
    assert run.wait(timeout=120) == 1
    assert "site.yml ended with code -9 before it was through" in log.read_text()
    done = cloud.rehearse()
    assert done.returncode == 0, done.stdout
    assert re.search(r"^ok  Configure .*changed=0$", done.stdout, re.MULTILINE), done.stdout
    assert {one["urn"]: one["id"] for one in cloud.registry} == before
    assert serves(cloud)
