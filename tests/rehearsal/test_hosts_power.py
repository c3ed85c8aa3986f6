"""Real hosts: reboots, power cuts, and commands killed half-way."""

import os
import signal
import subprocess
import sys
import time

import pytest

from rehearsal.hosts import processes, state
from tests.rehearsal.kit import ENVIRONMENT, HOSTS, ROOT, Rehearsal, found, until

pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="hosts need root on Linux: sudo make test"),
]


def test_reboot_from_inside_and_by_verb(running: Rehearsal) -> None:
    first = found("h1").leaders
    running.ssh("h1", "sudo systemd-run --on-active=1 --timer-property=AccuracySec=100ms systemctl reboot")
    until(lambda: found("h1").leaders not in ([], first))
    running.run("create")
    second = found("h1").leaders
    running.run("reboot", "h1")
    assert found("h1").leaders not in ([], second)
    assert running.ssh("h1", "systemctl is-system-running --wait") == "running"


@pytest.mark.full
def test_power_off_and_power_cut_keep_the_disk_and_the_key(running: Rehearsal) -> None:
    keys = [h["host_keys"] for h in running.run("list")["hosts"]]
    running.ssh("h1", "echo kept > stopped && sync")
    assert [h["state"] for h in running.run("stop", "h1")["hosts"]] == ["stopped", "running"]
    assert not found("h1").everything
    assert [h["state"] for h in running.run("start", "h1")["hosts"]] == ["running", "running"]
    running.ssh("h1", "echo kept > cut && sync")
    assert [h["state"] for h in running.run("kill", "h1")["hosts"]] == ["stopped", "running"]
    assert not found("h1").everything
    running.run("create")
    assert running.ssh("h1", "cat stopped cut") == "kept\nkept"
    assert [h["host_keys"] for h in running.run("list")["hosts"]] == keys, "a pinned key has to stay"


def test_a_lost_supervisor_is_replaced_without_a_reboot(running: Rehearsal) -> None:
    before = found("h1")
    processes.send(before.supervisors[0], signal.SIGKILL, state.Environment(ENVIRONMENT).host("h1"))
    until(lambda: not found("h1").supervisors)
    running.run("create")
    after = found("h1")
    assert len(after.supervisors) == 1
    assert after.supervisors != before.supervisors
    assert after.leaders == before.leaders
    running.run("reboot", "h1")
    assert found("h1").leaders not in ([], before.leaders)


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("booting", 0),
        *(pytest.param(*one, marks=pytest.mark.full) for one in (("", 0.2), ("made", 0), ("booting", 0.8))),
    ],
)
def test_a_killed_create_is_taken_up_by_the_next(hosts: Rehearsal, line: str, seconds: float) -> None:
    hosts.run("destroy")
    argv = hosts.argv("create")
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    while line and line not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(seconds)
    process.kill()
    process.wait()
    hosts.run("create")
    for host in HOSTS:
        assert hosts.ssh(host, "systemctl is-system-running --wait") == "running"
        assert len(found(host).supervisors) == len(found(host).nspawns) == len(found(host).leaders) == 1
