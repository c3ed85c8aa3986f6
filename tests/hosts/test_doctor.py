"""`doctor` on real hosts: nothing red on a site that is well, and every fault that is planted is red, with a fix."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.doctor import hosts, run, show
from ops.doctor.line import FAIL, OK, WARN, Line, worst
from ops.environment import ROOT
from tests.hosts import variant
from tests.hosts.site import Site
from tests.hosts.variant import Variant
from tests.infra import footprints
from tests.ops.doctor.leaves import leaf

FAULT = "shoestring-doctor-fault"
TLS = "/etc/shoestring/tls/doctor-fault.pem"
RECORD = {"by": "ada", "from": "here", "pid": 1, "since": "2026-11-26T20:00:00+00:00", "doing": "deploy 1"}
# Topic -> on which host it is planted, how, and how it is taken back.
PLANTED: dict[str, tuple[str, str, str]] = {
    "disk": (
        "app2",
        "mkdir /mnt/fault && mount -t tmpfs -o size=16m fault /mnt/fault && fallocate -l 16300K /mnt/fault/full",
        "umount /mnt/fault; rmdir /mnt/fault",
    ),
    "units": ("app2", f"systemd-run --quiet --wait --unit={FAULT} false; true", f"systemctl reset-failed {FAULT}"),
    "DNS": (
        "app2",
        "cp -a /etc/resolv.conf /root/resolv.conf && echo nameserver 192.0.2.1 > /etc/resolv.conf",
        "cat /root/resolv.conf > /etc/resolv.conf && rm /root/resolv.conf",
    ),
    "reboot": ("app2", "touch /run/reboot-required", "rm -f /run/reboot-required"),
    "certificates": ("app2", f"umask 022; cat > {TLS}", f"rm -f {TLS}"),
    "secrets on hosts": ("data1", "chmod o+r /etc/pgbackrest.conf", "chmod o-r /etc/pgbackrest.conf"),
    "backup": ("data1", "systemctl stop versitygw", "systemctl start versitygw"),
    "deploy lock": (
        "data1",
        "umask 077; cat > /run/lock/shoestring-deploy.lock",
        "rm -f /run/lock/shoestring-deploy.lock",
    ),
}


def look(site: Site) -> tuple[int, list[Line]]:
    """The exit code, and the lines that a program gets."""
    done = site.verb("doctor", FORMAT="json")
    told: dict[str, Any] = json.loads(done.stdout)
    lines = [Line(**line) for line in told["lines"]]
    assert told["result"] == worst(lines)
    return done.returncode, lines


def red(lines: list[Line]) -> set[tuple[str, str]]:
    return {(line.topic, line.where) for line in lines if line.state != OK}


def power(site: Site, verb: str) -> None:
    """Takes app2's power, or gives it back."""
    argv = [sys.executable, "-B", "-m", "rehearsal.hosts", verb, "app2", "--environment", site.environment.name]
    subprocess.run(argv, cwd=ROOT, capture_output=True, check=True, timeout=300)


def test_nothing_is_red_on_a_site_that_is_well(site: Site) -> None:
    """And nothing is left out: an empty screen is no good news."""
    code, lines = look(site)
    assert [line for line in lines if line.state == FAIL] == []
    assert code == 0
    assert {line.topic for line in lines} == set(run.TOPICS)
    assert len(run.TOPICS) == 24
    for topic in hosts.TOPICS:
        told = {line.where for line in lines if line.topic == topic}
        assert told == ({"data1"} if topic in hosts.OF_DATABASE else set(site.hosts())), topic
    assert len(show.folded(lines)) <= 30, "one screen, and room for what is red"


@pytest.fixture
def sick(site: Site, tmp_path: Path) -> Iterator[Variant]:
    """The site with every fault at once, and app1 behind another host key; well again afterwards."""
    drift, key = site.environment.state / "drift.json", site.environment.state / "api-key"
    before = drift.read_bytes() if drift.is_file() else None
    given = {"certificates": leaf(700) + leaf(3), "deploy lock": json.dumps(RECORD)}
    document = site.footprint()
    document["hosts"][0]["ssh"]["host_keys"] = [footprints.key(9)]
    away = variant.beside(site, tmp_path)
    away.directory.mkdir()
    (away.directory / "footprint.yml").write_text(yaml.safe_dump(document))
    (away.directory / "group_vars").symlink_to(site.directory / "group_vars")
    record = {"at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "result": "drift", "count": 2}
    try:
        for topic, (host, command, _) in PLANTED.items():
            done = site.ssh(host, command, given.get(topic, ""))
            assert done.returncode == 0, (topic, done.stderr)
        drift.write_text(json.dumps(record))
        key.chmod(0o644)
        yield away
    finally:
        key.chmod(0o600)
        drift.unlink()
        if before is not None:
            drift.write_bytes(before)
        for host, _, back in PLANTED.values():
            site.ssh(host, back)


@pytest.mark.full
def test_every_fault_is_red_where_it_is_and_nothing_else_is(sick: Variant) -> None:
    """All at once: one fault hides no other. What was red before is not counted: updates come when they come."""
    code, lines = look(sick)
    assert code == 1
    planted = {(topic, host) for topic, (host, _, _) in PLANTED.items()}
    planted |= {(hosts.KEYS, "app1"), ("drift", "controller"), ("secrets here", "controller")}
    assert len(planted) == 11
    found = {one for one in red(lines) if one[0] not in ("security updates", "last restore")}
    assert found == planted, [line for line in lines if line.state != OK]
    warned = {line.topic for line in lines if line.state == WARN}
    assert warned - {"security updates", "last restore"} == {"reboot", "deploy lock"}
    assert all(line.fix for line in lines if line.state != OK)


@pytest.mark.full
def test_a_host_that_is_down_is_told_from_one_with_another_key(site: Site) -> None:
    """The others are looked at all the same, and the command that is told brings it back."""
    power(site, "kill")
    try:
        code, lines = look(site)
        assert code == 1
        (away,) = [line for line in lines if line.topic == hosts.REACHABLE and line.state == FAIL]
        assert away.where == "app2"
        assert away.fix.startswith("make up ENV=")
        assert {line.where for line in lines if line.topic == "disk"} == {"app1", "data1"}
        assert (hosts.KEYS, "app2") not in red(lines)
    finally:
        power(site, "start")
    end = time.monotonic() + 120
    while site.ssh("app2", "systemctl is-system-running").stdout.strip() != "running":
        assert time.monotonic() < end, "app2 does not come back"
        time.sleep(1)
    assert look(site)[0] == 0
