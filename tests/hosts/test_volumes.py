"""Data lies on the volumes that the Footprint names: never on the root disk, never over what somebody left there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.environment import ROOT
from tests.hosts.site import Recap, Site, recap

pytestmark = pytest.mark.full  # it has a host, a PostgreSQL and a gateway of its own

VOLUMES = [{"purpose": "database", "size": "1G"}, {"purpose": "bucket", "size": "256M"}]
HOST: dict[str, Any] = {"name": "data1", "address": "10.78.6.11", "groups": ["database", "bucket", "service", "proxy"]}
REHEARSAL = {"bridge": "shoetestv", "subnet4": "10.78.6.0/24", "subnet6": "fd78:5705:6::/64"}
DEVICE = "/dev/disk/by-id/shoestring-"
PLACES = {"/var/lib/postgresql": f"{DEVICE}database", "/srv/bucket": f"{DEVICE}bucket"}
DATA = ("/var/lib/postgresql/17/main", "/srv/bucket/data", "/srv/bucket/versions")


@pytest.fixture(scope="module")
def data(_vault_key: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A bare host with two blank volumes, and its Footprint."""
    directory = tmp_path_factory.mktemp("stacks") / "test-volume"
    directory.mkdir()
    write(directory, VOLUMES)
    site = Site(directory)
    site.verb("down")
    try:
        site.must("hosts")
        yield site
    finally:
        site.must("down")


def write(directory: Path, volumes: list[dict[str, str]]) -> Path:
    file = directory / "rehearsal.yml"
    file.write_text(yaml.safe_dump(REHEARSAL | {"hosts": [HOST | {"volumes": volumes}]}))
    return file


def rehearsal(*words: str | Path) -> None:
    argv = [sys.executable, "-m", "rehearsal.hosts", *words, "--environment", "test-volume"]
    subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=300)


def attach(site: Site, volumes: list[dict[str, str]]) -> None:
    """Power the host on with these disks; what is on them stays. The Footprint does not learn of it."""
    rehearsal("create", write(site.directory, volumes), "--authorized-key", site.environment.state / "id_ed25519.pub")


def configure(site: Site, *options: str) -> tuple[Recap, str]:
    done = site.playbook("site", "--tags", "host,certificates,bucket,database", *options)
    assert (done.returncode == 0) == (recap(done.stdout)["data1"].failed == 0), done.stdout
    return recap(done.stdout)["data1"], re.sub(r"\s+", " ", done.stdout)


def must(site: Site, command: str) -> str:
    done = site.ssh("data1", command)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout.strip()


def mounted(site: Site) -> dict[str, str]:
    """Mount point -> device, of the volumes that are mounted."""
    found = json.loads(must(site, "findmnt --json --list --types ext4") or "{}").get("filesystems", [])
    return {each["target"]: each["source"] for each in found if each["source"].startswith(DEVICE)}


def active(site: Site, unit: str) -> bool:
    return site.ssh("data1", f"systemctl is-active {unit}").stdout.strip() == "active"


FOREIGN = {
    "a signature that mkfs would write over": "mkswap {device}",
    "bytes that no tool knows": "printf precious | dd of={device} bs=1 seek=70000 conv=fsync",
}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_volume_with_foreign_data_is_refused_and_left_alone(data: Site, what: str) -> None:
    device = f"{DEVICE}bucket"
    must(data, FOREIGN[what].format(device=device))
    before = must(data, f"sha256sum < {device}")
    for mode in ((), ("--check",)):
        ran, said = configure(data, *mode)
        assert (ran.failed, ran.changed) == (1, 0), said
        assert device in said
    assert must(data, f"sha256sum < {device}") == before
    assert mounted(data) == {}, "the other volume has to wait, too"
    fix = re.search(r"To lose it: `(.+?)`", said)
    assert fix is not None, said
    must(data, fix[1])  # the next test is the proof that this command mends it


def test_one_disk_under_two_names_is_not_two_volumes(data: Site) -> None:
    """Clouds and servers give a disk several names; the Footprint's rules can't know that they are one."""
    must(data, f"ln -s shoestring-database {DEVICE}other")
    footprint = data.environment.footprint
    text = footprint.read_text()
    footprint.write_text(text.replace(f"{DEVICE}bucket", f"{DEVICE}other"))
    try:
        ran, said = configure(data)
    finally:
        footprint.write_text(text)
    assert (ran.failed, ran.changed) == (1, 0), said
    assert f"{DEVICE}other and {DEVICE}database are one disk" in said


def test_check_mode_on_a_virgin_host_makes_nothing(data: Site) -> None:
    ran, said = configure(data, "--check", "--diff")
    assert ran.failed == 0, said
    assert "What=/dev/disk/by-id/shoestring-database" in said, "the diff does not show where the data will be"
    assert mounted(data) == {}
    assert must(data, f"wipefs --no-act {DEVICE}database {DEVICE}bucket") == ""


def test_data_lies_on_the_volumes(data: Site) -> None:
    ran, said = configure(data)
    assert ran.failed == 0, said
    assert mounted(data) == PLACES
    for path in DATA:
        device = must(data, f"findmnt --noheadings --output SOURCE --target {path}")
        assert device == next(device for place, device in PLACES.items() if path.startswith(place)), path
    owners = must(data, "stat --format=%U:%a /var/lib/postgresql /var/lib/postgresql/17/main /srv/bucket")
    assert owners.split() == ["postgres:755", "postgres:700", "versitygw:750"]


def test_a_second_run_changes_nothing(data: Site) -> None:
    for mode in ((), ("--check", "--diff")):
        ran, said = configure(data, *mode)
        assert (ran.failed, ran.changed) == (0, 0), said


@pytest.mark.parametrize("how", ["reboot", "kill"])
def test_reboots_and_power_cuts_keep_it(data: Site, how: str) -> None:
    data.sql("create table if not exists kept (x int); insert into kept values (7)")
    before = data.sql("select count(*) from kept")
    rehearsal(how, "data1")
    rehearsal("start", "data1")
    must(data, "systemctl start postgresql@17-main versitygw")  # is told once it is up
    assert mounted(data) == PLACES
    assert data.sql("select count(*) from kept") == before
    assert must(data, "systemctl list-units --failed --no-legend") == ""


def test_nothing_starts_on_the_root_disk_when_a_volume_is_missing(data: Site) -> None:
    rehearsal("kill", "data1")
    attach(data, [])
    try:
        assert site_is_up_without_data(data)
        ran, said = configure(data)
        assert (ran.failed, ran.changed) == (1, 0), said
        assert f"there is no block device {DEVICE}database" in said
        assert f"there is no block device {DEVICE}bucket" in said
        assert site_is_up_without_data(data), "the run put data where a volume belongs"
    finally:
        rehearsal("kill", "data1")
        attach(data, VOLUMES)
    must(data, "systemctl start postgresql@17-main versitygw")
    assert data.sql("select distinct x from kept") == "7"


def site_is_up_without_data(site: Site) -> bool:
    """SSH answers, the daemons are down and stay so when asked, nothing is below the mount points."""
    for unit in ("postgresql@17-main", "versitygw"):
        refused = site.ssh("data1", f"systemctl start {unit}")
        assert refused.returncode != 0, f"{unit} starts without its volume"
        assert "dependency" in refused.stderr
        assert not active(site, unit)
    told = must(site, "journalctl --boot --no-pager --unit var-lib-postgresql.mount")
    assert "Volume for database" in told, "the journal does not say why"
    return must(site, f"find {' '.join(PLACES)} -mindepth 1") == ""


def test_data_that_a_mount_would_hide_is_refused(data: Site) -> None:
    must(data, "systemctl stop postgresql@17-main && umount /var/lib/postgresql && touch /var/lib/postgresql/precious")
    verified = data.playbook("verify")
    assert verified.returncode != 0
    ran, said = configure(data)
    assert (ran.failed, ran.changed) == (1, 0), said
    assert "/var/lib/postgresql holds data already (precious)" in said
    assert must(data, "ls /var/lib/postgresql") == "precious"
    must(data, "rm /var/lib/postgresql/precious")
    assert "does not have its volumes in place: /var/lib/postgresql" in data.playbook("verify").stdout


def test_an_ext4_that_is_not_ours_is_kept_until_its_owner_says_so(data: Site) -> None:
    must(data, f"e2label {DEVICE}database photos")
    ran, said = configure(data)
    assert (ran.failed, ran.changed) == (1, 0), said
    assert "holds ext4 photos" in said
    fix = re.search(r"To use the ext4 on it as it is: `(.+?)`", said)
    assert fix is not None, said
    must(data, fix[1])
    ran, said = configure(data)
    assert ran.failed == 0, said
    assert mounted(data) == PLACES
    assert data.sql("select distinct x from kept") == "7"
