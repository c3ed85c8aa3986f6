"""One host holds every group, by a ten-line Footprint written by hand: servers you own, from a virgin host on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from infra import unpacked
from ops import ssh_key
from ops.environment import ROOT, Environment
from tests.hosts import killing
from tests.hosts.site import Site, recap

ADDRESS = "10.78.4.11"
REHEARSAL = {
    "bridge": "shoetest1",
    "subnet4": "10.78.4.0/24",
    "subnet6": "fd78:5705:4::/64",
    "hosts": [{"name": "solo", "address": ADDRESS, "groups": ["proxy", "service", "database", "bucket"]}],
}
FOOTPRINT = """\
environment: test-one
accept: [backups-on-database-host]
hosts:
  - {{name: solo, address: {address}, groups: [proxy, service, database, bucket],
     ssh: {{address: {address}, user: deploy, host_keys: ["{key}"]}}}}
network: {{private_cidrs: [10.78.4.0/24], admin_cidrs: [10.78.4.1/32], public_cidrs: [0.0.0.0/0]}}
public: {{names: [{address}]}}
database: {{kind: host}}
buckets: {{artifacts: {{kind: host}}, backups: {{kind: host}}}}
"""


def _rehearsal(*words: str | Path) -> str:
    argv = [sys.executable, "-m", "rehearsal.hosts", *words, "--environment", "test-one"]
    return subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=300).stdout


@pytest.fixture(scope="module")
def solo(_vault_key: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A bare Debian host that somebody else made, and an environment whose only file is the Footprint."""
    directory = tmp_path_factory.mktemp("stacks") / "test-one"
    directory.mkdir()
    rehearsal = directory.parent / "rehearsal.yml"
    rehearsal.write_text(yaml.safe_dump(REHEARSAL))
    (directory / "footprint.yml").write_text("")
    state = Environment.resolve(str(directory)).make_state()
    unpacked.unpack({unpacked.VARIABLE: ssh_key.new()}, state)
    key = state / "id_ed25519.pub"
    _rehearsal("destroy")
    try:
        made = json.loads(_rehearsal("create", rehearsal, "--authorized-key", key))
        text = FOOTPRINT.format(address=ADDRESS, key=made["hosts"][0]["host_keys"][0])
        (directory / "footprint.yml").write_text(text)
        yield Site(directory)
    finally:
        _rehearsal("destroy")


# What check mode must leave alone; apt's own lists and the journal move by themselves.
STATE = (
    "find /etc /opt /srv /usr/local /var/lib -xdev -not -path /var/lib/apt/\\* -not -path /var/lib/systemd/\\* "
    "-type f -exec sha256sum {} + | sort; "
    "systemctl list-unit-files --no-legend --type=service,timer,socket; ss -Hltun; nft list ruleset; dpkg --list"
)


@pytest.mark.full
def test_check_mode_on_a_virgin_host_changes_nothing_and_says_what_would_be(solo: Site) -> None:
    solo.verb("secrets")
    before, whole = solo.ssh("solo", STATE).stdout, killing.snapshot(solo)
    assert len(before) > 10_000
    done = solo.playbook("site", "--check", "--diff")
    assert done.returncode == 0, done.stdout
    assert recap(done.stdout)["solo"].changed > 5
    assert "nftables.conf" in done.stdout, "the diff does not show what would be written"
    for package in ("nginx", "pgbackrest", "postgresql", "unattended-upgrades"):
        assert package in done.stdout, f"that {package} would be installed is not told"
    assert solo.ssh("solo", STATE).stdout == before
    assert not (wrong := killing.difference(whole, killing.snapshot(solo))), wrong


@pytest.mark.full
def test_up_serves_from_one_host(solo: Site) -> None:
    assert len(solo.environment.footprint.read_text().splitlines()) <= 10
    output = solo.must("up")
    assert f"https://{ADDRESS}" in output
    assert solo.status()["result"] == "ok"


@pytest.mark.full
def test_a_second_run_changes_nothing(solo: Site) -> None:
    for name in ("site", "deploy"):
        done = solo.playbook(name)
        assert done.returncode == 0, done.stdout
        assert recap(done.stdout)["solo"].changed == 0, done.stdout


@pytest.mark.full
def test_down_leaves_servers_that_one_owns_alone(solo: Site) -> None:
    done = solo.verb("down")
    assert done.returncode == 1
    assert solo.status()["result"] == "ok"
