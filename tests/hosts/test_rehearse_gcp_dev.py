"""gcp-dev rehearsed: the real program, a recorded project, real hosts, Google's storage emulated, the same roles."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.hosts import cloud as clouds
from tests.hosts import twin
from tests.hosts.cloud import Cloud
from tests.hosts.test_restore import serves

pytestmark = pytest.mark.full
PHASES = {"Account", "Cloud", "Machines", "Buckets", "Footprint", "Configure", "Deploy", "Verify", "Backup"}
KEPT = "/etc /opt /srv /usr/local /var/lib/shoestring /var/log /root"
KEY = "/etc/shoestring/credentials-database/backups.json"
ALONE = r".* is on one of the two only"
# Path below /etc -> the lines that say where backups go and by what key, and what networks and clocks the cloud has.
OF_THE_FOOTPRINT = {
    "nftables.conf": r"\s+ip6? saddr \S.* (tcp dport 22 accept|reject with tcp reset)",
    "pgbackrest.conf": r"repo1-(type|s3-\S+|gcs-\S+|storage-port)=.+",
    "shoestring/artifacts-ca.pem": r"[\w/+=]+",
    "shoestring/backups-ca.pem": r"[\w/+=]+",
    "shoestring/credentials-database": ALONE,
    "shoestring/credentials-database/backups.json": ALONE,
    "systemd/timesyncd.conf.d/shoestring.conf": r"NTP=169\.254\.169\.\d+",
}
first, cloud = clouds.fixtures("test-gdev")


def email(cloud: Cloud) -> str:
    """The service account that the machine has."""
    (one,) = (one for one in cloud.registry if one["type"] == "gcp:compute/instance:Instance")
    return str(one["inputs"]["serviceAccount"]["email"])


def test_it_says_what_was_made_what_it_costs_and_how_long_each_phase_took(first: tuple[Cloud, str]) -> None:
    assert clouds.phases(first[1]) >= PHASES
    assert "24 resources" in first[1]
    assert "20.15 USD a month" in first[1], "as `make plan` and README's table have it"


def test_the_model_came_from_the_bucket_with_a_token(cloud: Cloud) -> None:
    """By the bucket's own log: stored from the controller's address, fetched from the host's."""
    bucket = cloud.footprint()["buckets"]["artifacts"]["name"]
    log = [line.split() for line in (cloud.store.directory / "access.log").read_text().splitlines()]
    model = json.loads((cloud.environment.state / "release.json").read_text())["model"]
    for name, digest in model["files"].items():
        path = f"models/{model['name']}/{model['version']}/{name}"
        assert cloud.store.digest(bucket, path) == digest
        fetched = [words[1] for words in log if words[3:] == ["GET", f"/{bucket}/{path}", "200"]]
        assert fetched == [cloud.hosts()["solo"]] * len(fetched) != [], name
    stored = {words[1] for words in log if words[3] == "POST" and f"/{bucket}/" in words[4] and words[5] == "200"}
    assert stored == {cloud.store.address}


def test_a_predictions_row_and_its_backup_are_where_the_footprint_says(cloud: Cloud) -> None:
    assert serves(cloud)
    backups = json.loads(cloud.ssh("solo", "runuser -u postgres -- pgbackrest --output=json info").stdout)[0]
    assert backups["status"]["code"] == 0
    objects = cloud.store.objects(cloud.footprint()["buckets"]["backups"]["name"])
    assert any(f"/backup/main/{backups['backup'][-1]['label']}/" in f"/{name}" for name in objects)


def test_a_row_that_was_deleted_comes_back_from_the_bucket(cloud: Cloud) -> None:
    """To the time before it: full backup and WAL, both of them objects of the emulated store."""
    cloud.sql("create table public.ledger as select 'kept' as word")
    time.sleep(1.1)  # TO= has whole seconds
    before = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    time.sleep(1.1)
    cloud.sql("drop table public.ledger")
    done = cloud.verb("restore", TO=before, YES="1")
    assert done.returncode == 0, done.stdout
    assert cloud.sql("select word from public.ledger") == "kept"
    assert serves(cloud)


def test_an_old_backup_is_removed_from_the_bucket(cloud: Cloud) -> None:
    """By pgBackRest itself, which asks the store to delete many objects at once."""
    assert cloud.verb("backup", TYPE="full").returncode == 0
    ask = "runuser -u postgres -- pgbackrest --stanza=main"
    kept = json.loads(cloud.ssh("solo", f"{ask} --output=json info").stdout)[0]["backup"]
    oldest, bucket = kept[0]["label"], cloud.footprint()["buckets"]["backups"]["name"]

    def there() -> bool:
        return any(f"/backup/main/{oldest}/" in f"/{name}" for name in cloud.store.objects(bucket))

    assert there()
    done = cloud.ssh("solo", f"{ask} --set={oldest} expire")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not there()


def test_the_only_key_on_a_host_is_its_own_account_s(cloud: Cloud) -> None:
    """It stands for the identity that a machine in the cloud has by itself, and which nothing here can give it."""
    there = json.loads(cloud.ssh("solo", f"cat {KEY}").stdout)
    assert there["client_email"] == email(cloud)
    controller = json.loads((cloud.place.planes / "controller.json").read_text())
    lines = [line for line in controller["private_key"].splitlines() if len(line) == 64]
    # By standard input: sudo writes each command line into the journal, which is searched too.
    assert cloud.ssh("solo", f"grep -rlsFf - {KEPT}", "\n".join(lines)).stdout == "", "the controller's key"
    mine = max(there["private_key"].split("\\n"), key=len).splitlines()[1]
    assert cloud.ssh("solo", f"grep -rlsFf - {KEPT}", mine).stdout == f"{KEY}\n"


def test_that_account_may_keep_backups_and_nothing_else(cloud: Cloud) -> None:
    policies = json.loads((cloud.store.directory / "policies.json").read_text())
    member, buckets = f"serviceAccount:{email(cloud)}", cloud.footprint()["buckets"]
    held = {(bucket, role) for bucket, roles in policies.items() for role, who in roles.items() if member in who}
    assert held == {(buckets["backups"]["name"], "roles/storage.objectUser")}


def test_nothing_is_drifted_and_a_rule_that_is_opened_is_named(cloud: Cloud) -> None:
    """Who reaches what is read from the project's firewall rules."""
    clean = cloud.verb("drift")
    assert clean.returncode == 0, clean.stdout
    path = cloud.place.planes / "registry.json"
    before = path.read_text()
    entries = json.loads(before)
    (rule,) = (one for one in entries if one["name"].endswith("proxy-service-in-22tcp"))
    rule["inputs"]["sourceRanges"] = [*rule["inputs"]["sourceRanges"], "198.51.100.0/24"]
    path.write_text(json.dumps(entries))
    try:
        said = cloud.verb("drift")
    finally:
        path.write_text(before)
    assert said.returncode == 2, said.stdout
    assert "198.51.100.0/24 to solo at tcp/22 is open, and stacks/exposure.yml does not list it" in said.stdout


def test_it_is_the_configuration_of_a_server_that_one_owns(cloud: Cloud, tmp_path: Path) -> None:
    """The trees under /etc, byte by byte: only values of the Footprint may differ, and an environment's own secrets."""
    (host,) = cloud.footprint()["hosts"]
    with twin.standing(cloud, host, tmp_path) as owned:
        wrong = twin.differences(twin.hidden(cloud, host["name"]), twin.hidden(owned, host["name"]))
    assert not wrong, "".join(wrong.values())


def test_it_is_that_of_the_same_machine_on_aws(cloud: Cloud, tmp_path: Path) -> None:
    """No role chooses by a cloud. What differs is of the Footprint: the bucket, the networks, who keeps the time."""
    with clouds.standing("test-move", tmp_path) as (aws, _):
        wrong = twin.differences(twin.hidden(aws, "solo"), twin.hidden(cloud, "solo"))
    assert wrong.keys() == OF_THE_FOOTPRINT.keys(), "".join(wrong.values())
    for path, lines in OF_THE_FOOTPRINT.items():
        for line in twin.lines(wrong[path]):
            assert re.fullmatch(lines, line), f"{path}: {line}"
