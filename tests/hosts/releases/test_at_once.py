"""However many begin at once, one deploy goes on and each of the others is told whose it is."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from infra import inventory
from ops import hold, probe
from ops.hold import attempt, holder
from ops.hold.watcher import Job
from tests.hosts.releases.test_deploy import SERVICE, served, settled
from tests.hosts.releases.trial import Trial
from tests.hosts.site import Site, recap

pytestmark = pytest.mark.full

ROUNDS = 20


def job(site: Site, directory: Path, number: int) -> Job:
    """As the action plugin `held` has it: the same host, ssh and file."""
    read = inventory.read(site.environment.footprint)
    record = {"by": f"client {number}", "from": "here", "pid": os.getpid(), "since": "now", "doing": f"deploy {number}"}
    path = "/run/lock/shoestring-trial.lock"
    return Job(
        name="trial",
        host="app1",
        command=list(map(str, probe.command(read.common, read.hosts["app1"], holder.COMMAND, hold.OPTIONS))),
        directory=str(Path.cwd()),
        call={"script": Path(holder.__file__).read_text(), "path": path, "record": record, "silence": hold.SILENCE},
        pid=os.getpid(),
        bell=directory / f"bell{number}",
    )


@pytest.mark.parametrize("count", [2, 8])
def test_of_all_that_try_at_once_exactly_one_has_the_lock(site: Site, tmp_path: Path, count: int) -> None:
    jobs = [job(site, tmp_path, number) for number in range(count)]
    inventory.pin(inventory.read(site.environment.footprint))
    winners = set()
    for turn in range(ROUNDS):
        begin = threading.Barrier(count)

        def take(one: Job, begin: threading.Barrier = begin) -> dict[str, Any]:
            begin.wait()
            return attempt.take(one)

        with ThreadPoolExecutor(count) as pool:
            said = list(pool.map(take, jobs))
        (won,) = [number for number, answer in enumerate(said) if "held" in answer]
        assert all(answer["busy"]["by"] == f"client {won}" for answer in said if "held" not in answer), (turn, said)
        assert attempt.release(jobs[won].bell)
        winners.add(won)
    assert len(winners) > 1, "it is always the same, so they did not come at once"


@pytest.mark.parametrize("count", [2, 8])
def test_of_several_deploys_one_is_done(site: Site, trial: Trial, count: int) -> None:
    """Plain ansible-playbook, as from as many controllers: the verbs of one have a lock of their own before that."""
    releases = [json.dumps({"service_environment": {"TRIAL": f"{time.time_ns()}"}}) for _ in range(count)]
    before = served(site)

    def deploy(settings: str) -> subprocess.CompletedProcess[str]:
        return site.playbook("deploy", "-e", settings)

    with ThreadPoolExecutor(count) as pool:
        done = list(pool.map(deploy, releases))
    won = [run for run in done if run.returncode == 0]
    assert len(won) == 1, "\n".join(run.stdout for run in done)
    for run in done:
        if run is not won[0]:
            assert "The lock 'deploy' on app1 is held for deploy 0" in run.stdout, run.stdout
            assert "since 20" in run.stdout
            assert all(host.changed == 0 for host in recap(run.stdout).values())
    assert len(now := served(site)) == 1
    assert now != before
    assert all(settled(site, host) for host in SERVICE)
    assert trial.site is site  # whose own release comes back
