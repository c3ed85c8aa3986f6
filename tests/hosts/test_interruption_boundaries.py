"""Runs that are killed at one task boundary after the other; then one run that is not."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.hosts import killing
from tests.hosts.releases import load
from tests.hosts.releases.test_deploy import lost
from tests.hosts.running import LOST, TRIAL
from tests.hosts.site import Site

EVERY = int(os.environ.get("SHOESTRING_TEST_EVERY", "6"))  # 1 takes them all; which of the others is by the clock


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_a_run_that_is_killed_at_one_boundary_after_the_other(site: Site, tmp_path: Path) -> None:
    """Every EVERY-th task boundary of site.yml, each kill while the settings change again; then one whole run."""
    before, log, tasks = killing.snapshot(site), tmp_path / "log", tmp_path / "tasks"
    trial = ("--extra-vars", json.dumps({name: value for name, value in TRIAL.items() if name != "bucket_region"}))
    cuts = 0
    for turn, number in enumerate(range(1 + time.time_ns() % EVERY, 200, EVERY)):
        code = killing.playbook(site, log, "site", *(trial if turn % 2 == 0 else ()), cut=str(number), tasks=tasks)
        if code == 0:
            break
        assert code == killing.KILLED, f"at boundary {number}: {log.read_text()}"
        cuts += 1
    assert cuts >= 50 // EVERY, tasks.read_text()
    assert killing.playbook(site, log, "site") == 0, log.read_text()
    after = killing.snapshot(site)
    assert not (wrong := killing.difference(before, after)), wrong
    for role, host, _, ask in LOST:
        assert not ask(site, host), f"the running {role} on {host} is as a killed run had it"


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_a_deploy_that_is_killed_at_one_boundary_after_the_other(site: Site, tmp_path: Path) -> None:
    """No request is lost; in the end every host runs the release alone, with its settings; nothing half-made stays."""
    before, release, log = killing.snapshot(site), site.status()["release"], tmp_path / "log"
    mark = f"at-{time.time_ns()}"  # a release that no host has yet
    trial = ("--extra-vars", json.dumps({"service_environment": {"TRIAL": mark}}))
    cuts = 0
    with load.steady(site) as seen:
        for number in range(2 + time.time_ns() % EVERY, 200, EVERY):
            code = killing.playbook(site, log, "deploy", *trial, cut=str(number))
            if code == 0:
                break
            assert code == killing.KILLED, f"at boundary {number}: {log.read_text()}"
            cuts += 1
        assert killing.playbook(site, log, "deploy", *trial) == 0, log.read_text()
    assert not (wrong := lost(site, seen, 3000)), wrong
    assert cuts >= 30 // EVERY
    assert killing.litter(killing.snapshot(site)) == []
    for host in ("app1", "app2"):
        pid = "$(systemctl show -P MainPID shoestring-service@*)"
        environment = site.ssh(host, f'tr "\\0" "\\n" < /proc/{pid}/environ').stdout.splitlines()
        assert f"TRIAL={mark}" in environment, f"{host} runs another release than `current`"
        enabled = 'find /etc/systemd/system -path "*.wants/shoestring-service@*" -printf "%f "'
        current = site.ssh(host, "readlink /opt/shoestring/current").stdout.strip().removeprefix("releases/")
        assert site.ssh(host, enabled).stdout.split() == [f"shoestring-service@{current}.service"], (
            "a reboot would start another release"
        )
    assert killing.playbook(site, log, "deploy") == 0, log.read_text()
    assert site.status()["release"] == release
    after = killing.snapshot(site)
    assert not (wrong := killing.difference(_without_earlier(before, release), _without_earlier(after, release))), wrong


def _without_earlier(lines: dict[str, list[str]], release: str) -> dict[str, list[str]]:
    """A host's record grows, and its retention takes the oldest release."""
    record, releases = "/opt/shoestring/deploys.jsonl", "/opt/shoestring/releases/"
    return {
        host: [line for line in found if record not in line and (releases not in line or release in line)]
        for host, found in lines.items()
    }
