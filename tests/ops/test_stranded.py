"""A worker of a killed ansible-playbook that can't end by itself does not keep an environment from its next verb."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops import lock, processes
from ops.environment import Environment
from ops.stranded import stranded

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="who holds a file is seen in /proc alone")

# As ansible-core's: a worker has a session of its own, and both ends of the pipe that it hands its results over by.
PROGRAM = """
import os, subprocess, sys, time
read, write = os.pipe()
if worker := os.fork():
    print(worker, flush=True)
    time.sleep(300)
os.setsid()
if sys.argv[2] == "working":
    subprocess.run(["sleep", "300"])
os.write(write, bytes(1_000_000))
"""


@pytest.fixture
def killed_run(one: Environment, tmp_path: Path) -> Iterator[Callable[[str], int]]:
    """Leaves the worker of a run that held the environment's lock and was killed with its verb; its pid."""
    program = tmp_path / "ansible-playbook"
    program.write_text(PROGRAM)
    workers: list[int] = []

    def leave(what: str) -> int:
        path = one.make_state() / "lock"
        with path.open("w") as file:
            os.set_inheritable(file.fileno(), True)
            fcntl.flock(file, fcntl.LOCK_EX)
            run = subprocess.Popen(
                [sys.executable, str(program), "site.yml", what], stdout=subprocess.PIPE, text=True, close_fds=False
            )
        assert run.stdout is not None
        workers.append(int(run.stdout.readline()))
        time.sleep(0.5)  # it gets to its pipe, or to its child
        run.send_signal(signal.SIGKILL)
        run.wait()
        run.stdout.close()
        path.write_text(f'{{"verb": "up", "pid": {run.pid}, "since": "2026"}}')
        return workers[-1]

    yield leave
    for worker in workers:
        subprocess.run(["pkill", "-KILL", "-P", str(worker)], check=False)
        if processes.lives(worker):
            os.kill(worker, signal.SIGKILL)


def test_one_that_waits_for_a_dead_run_is_ended(one: Environment, killed_run: Callable[[str], int]) -> None:
    worker = killed_run("waiting")
    assert stranded(one.state / "lock") == [worker]
    with lock.held(one, "up"):
        assert stranded(one.state / "lock") == []


def test_one_that_has_somebody_at_work_is_waited_for(one: Environment, killed_run: Callable[[str], int]) -> None:
    """Its ssh may be in the middle of a change on a host."""
    worker = killed_run("working")
    assert stranded(one.state / "lock") == []
    assert processes.lives(worker)


def test_a_verb_that_lives_is_left_alone(one: Environment) -> None:
    with lock.held(one, "up"):
        assert stranded(one.state / "lock") == []
