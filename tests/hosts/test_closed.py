"""What is not listed stays closed: a cloud's metadata, ports that containers publish, what somebody opened by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from ops.environment import ROOT
from tests.hosts.scanning import CONTROLLER, scan
from tests.hosts.site import Site
from tests.hosts.test_mended import HOST, KEPT, WITHIN

METADATA = ("169.254.169.254", "fd00:ec2::254", "fd20:ce::254")
STATE = "/usr/local/lib/shoestring/guard state"
VERIFY = ("--limit", HOST)
# As a container engine publishes a port: led elsewhere before our chain sees the packet.
PUBLISHED = (
    "add table ip nat; add chain ip nat prerouting { type nat hook prerouting priority dstnat; }; "
    "add rule ip nat prerouting tcp dport 8088 dnat to 127.0.0.1:9000"
)
LOCAL = "sysctl -q -w net.ipv4.conf.all.route_localnet={0} net.ipv4.conf.host0.route_localnet={0}"
REDIRECT = "add rule ip nat prerouting tcp dport 8089 redirect to :9000"


@contextmanager
def listener(site: Site, port: int, address: str = "0.0.0.0", name: str = "stray") -> Iterator[None]:  # noqa: S104
    run = f"systemd-run --quiet --collect --unit={name} python3 -m http.server {port} --bind {address}"
    assert site.ssh(HOST, f"{run}; sleep 1; systemctl is-active {name}").stdout == "active\n"
    try:
        yield
    finally:
        site.ssh(HOST, f"systemctl stop {name}")


def test_the_metadata_of_a_cloud_answer_root_alone(site: Site) -> None:
    """Whoever reads them there has the machine's own keys, so a hole in a daemon would be a hole in the account.

    No cloud is here: what answers is a listener that has their addresses.
    """
    users = site.ssh(HOST, "cut -d: -f1 /etc/passwd").stdout.split()
    assert {"service", "www-data", "deploy", "nobody"} <= set(users)
    ask = 'timeout 5 runuser -u $user -- bash -c "exec 3<>/dev/tcp/$address/80" 2>/dev/null && echo "$user $address"'
    loop = f"for user in {' '.join(users)}; do for address in {' '.join(METADATA)}; do ({ask}) & done; done; wait"
    own = [f"{address}/{128 if ':' in address else 32} dev lo" for address in METADATA]
    try:
        added = "; ".join(f"ip address add {one} nodad" for one in own)
        assert site.ssh(HOST, f"set -e; {added}").returncode == 0
        with listener(site, 80, "::", "metadata"):
            done = site.ssh(HOST, loop)
    finally:
        site.ssh(HOST, "; ".join(f"ip address del {one}" for one in own))
    assert set(done.stdout.splitlines()) == {f"root {address}" for address in METADATA}, done.stderr


def test_a_containers_rule_opens_nothing_and_is_told(site: Site) -> None:
    """It goes before ours, which is how a published port comes past a firewall in other set-ups."""
    rules = f'{LOCAL.format(1)}; nft "{PUBLISHED}; {REDIRECT}"'
    with listener(site, 9000):
        try:
            assert site.ssh(HOST, rules).returncode == 0
            for source in (CONTROLLER, "app1"):
                assert scan(site, source, site.hosts()[HOST], (8088, 8089)) == set()
            assert "drift=foreign table ip nat\n" in site.ssh(HOST, STATE).stdout
        finally:
            site.ssh(HOST, f"nft delete table ip nat; {LOCAL.format(0)}")
    assert "drift=\n" in site.ssh(HOST, STATE).stdout


@pytest.mark.full
def test_verify_fails_for_a_containers_rule(site: Site) -> None:
    try:
        assert site.ssh(HOST, f'nft "{PUBLISHED}"').returncode == 0
        done = site.playbook("verify", *VERIFY)
        assert done.returncode != 0
        assert "foreign table ip nat" in done.stdout
    finally:
        site.ssh(HOST, "nft delete table ip nat")


@pytest.mark.full
def test_what_was_opened_on_disk_does_not_stay_open_after_a_reboot(site: Site) -> None:
    """The host boots with the widened file, before anything of ours runs; the guard's first look closes it."""
    before = site.ssh(HOST, KEPT).stdout
    widened = "sed -i 's/iif lo accept/iif lo accept; tcp dport 8080 accept/' /etc/nftables.conf"
    assert site.ssh(HOST, f"{widened}; grep -c 8080 /etc/nftables.conf").stdout == "1\n"
    argv = [sys.executable, "-B", "-m", "rehearsal.hosts", "reboot", HOST, "--environment", site.environment.name]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    end = time.monotonic() + WITHIN
    while site.ssh(HOST, KEPT).stdout != before:
        assert time.monotonic() < end, site.ssh(HOST, "nft list ruleset").stdout
        time.sleep(1)
    with listener(site, 8080):
        assert scan(site, CONTROLLER, site.hosts()[HOST], (8080, 8080)) == set()


@pytest.mark.full
def test_a_line_taken_out_of_the_table_closes_its_port(site: Site, tmp_path: Path) -> None:
    """Also the only line to a group: its daemon then serves its own host alone.

    A checkout of its own has the changed table, as a user's has: plain ansible-playbook reads it from the repository.
    """
    checkout = tmp_path / "checkout"
    # What runs of others keep below .shoestring comes and goes meanwhile.
    left = shutil.ignore_patterns(".venv", ".git", ".shoestring", ".*_cache", "__pycache__")
    shutil.copytree(ROOT, checkout, symlinks=True, ignore=left)
    table = yaml.safe_load((ROOT / "stacks/exposure.yml").read_text())
    shorter = [line for line in table if (line["from"], line["to"]) != ("service", "database")]
    assert len(shorter) == len(table) - 1
    (checkout / "stacks/exposure.yml").write_text(yaml.safe_dump(shorter))
    address = site.hosts()["data1"]
    assert scan(site, HOST, address, (5432, 5432)) == {5432}
    command = [
        f"{Path(sys.executable).parent}/ansible-playbook",
        "-i",
        str(site.environment.footprint),
        "ansible/site.yml",
        "--tags",
        "host",
    ]
    try:
        done = subprocess.run(
            [*command, "--limit", "data1"],
            cwd=checkout, env=os.environ | {"PYTHONPATH": str(checkout)}, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        assert scan(site, HOST, address, (5432, 5432)) == set()
        here = site.ssh("data1", 'bash -c "exec 3<>/dev/tcp/127.0.0.1/5432"')
        assert here.returncode == 0, f"the daemon itself is to go on: {here.stderr}"
    finally:
        assert site.playbook("site", "--tags", "host", "--limit", "data1").returncode == 0
    assert scan(site, HOST, address, (5432, 5432)) == {5432}
