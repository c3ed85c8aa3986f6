"""`make up` killed at twenty moments, from the first on an empty machine: the same command again ends well.

How well, `drift` says: it names each file, package and unit that no clean run would have left.
Six of the first twelve fall at random while hosts are made and configured, two while apt is at work on a host (one of
them takes the host's power too); eight more fall while the settings of a configured site are changed. The moments are
random; SHOESTRING_TEST_SEED repeats a run.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from ops.environment import ROOT
from tests.hosts import killing
from tests.hosts.site import Site, recap

RANGE = {"bridge": "shoetestk", "subnet4": "10.79.81.0/24", "subnet6": "fd79:5705:51::/64"}
TRIAL = {"database_statement_timeout": "58s", "nginx_worker_connections": 4064, "service_environment": {"TRIAL": "yes"}}


@pytest.fixture
def killed(_vault_key: None, tmp_path: Path) -> Iterator[Site]:
    """The layout of stacks/local in a range of its own; nothing of it is there yet."""
    directory = tmp_path / "test-killed"
    directory.mkdir()
    local = yaml.safe_load((ROOT / "stacks/local/rehearsal.yml").read_text())
    hosts = [{**host, "address": host["address"].replace("10.77.0.", "10.79.81.")} for host in local["hosts"]]
    (directory / "rehearsal.yml").write_text(yaml.safe_dump({**local, **RANGE, "hosts": hosts}))
    site = Site(directory)
    site.verb("down")
    try:
        yield site
    finally:
        site.must("down")


@contextmanager
def _apt_at_work(site: Site, host: str, state: str, log: Path) -> Iterator[None]:
    """A run whose dpkg is at work there and has a package in that state (a pattern); killed after the block."""
    states = 'dpkg-query --show --showformat="\\${db:Status-Status} \\${Package}\\n"'
    ask = f'pgrep -x dpkg && {states} | grep -E "{state}"'
    run, end = killing.up(site, log), time.monotonic() + 900
    try:
        while not (site.directory / "footprint.yml").exists() or site.ssh(host, ask).returncode != 0:
            assert run.poll() is None, log.read_text()
            assert time.monotonic() < end, f"apt never had a package {state} on {host}"
            time.sleep(0.1)
        yield
    finally:
        killing.kill(run)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_the_same_command_again_ends_in_the_state_of_a_clean_run(killed: Site, tmp_path: Path) -> None:
    seed = int(os.environ.get("SHOESTRING_TEST_SEED", time.time_ns() % 100_000))
    print(f"SHOESTRING_TEST_SEED={seed}")
    moments, log = random.Random(seed), tmp_path / "log"  # noqa: S311 - no secret

    def kill_within(count: int, shortest: float, longest: float) -> None:
        for _ in range(count):
            run = killing.up(killed, log)
            time.sleep(moments.uniform(shortest, longest))
            killing.kill(run)

    kill_within(4, 0.2, 6)
    with _apt_at_work(killed, "data1", "half|unpacked", log):
        pass  # the host's apt goes on, and holds dpkg's lock
    with _apt_at_work(killed, "data1", "(half|unpacked).* postgresql-17$", log):
        power = [sys.executable, "-B", "-m", "rehearsal.hosts", "kill", "data1", "--environment", "test-killed"]
        subprocess.run(power, cwd=ROOT, check=True, capture_output=True, timeout=60)
    kill_within(6, 1, 20)
    killed.must("up")
    assert killing.litter(killing.snapshot(killed)) + killing.left_here(killed) == []
    drift = killed.verb("drift")
    assert drift.returncode == 0, drift.stdout

    group_vars = killed.directory / "group_vars/all/main.yml"
    group_vars.write_text(yaml.safe_dump(TRIAL))
    kill_within(8, 1, 20)
    killed.must("up")
    assert killed.sql("show statement_timeout") == "58s"
    for host in ("app1", "app2"):
        pid = "systemctl show -P MainPID"
        limits = killed.ssh(host, f"cat /proc/$({pid} nginx.service)/limits").stdout
        assert "16256" in limits
        environment = killed.ssh(host, f'tr "\\0" "\\n" < /proc/$({pid} shoestring-service@*)/environ').stdout
        assert "TRIAL=yes" in environment.splitlines()
    assert killing.litter(killing.snapshot(killed)) + killing.left_here(killed) == []
    for name in ("site", "deploy"):
        done = killed.playbook(name)
        assert done.returncode == 0, done.stdout
        assert {one.changed for one in recap(done.stdout).values()} == {0}, done.stdout
