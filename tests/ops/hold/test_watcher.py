"""What stands between a run and its lock: signs of life as long as the run lives, and an end to both at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.hold import attempt
from ops.hold.process import Process
from ops.hold.watcher import Job

# A host that writes what it hears, and ends when its input does.
HEARS = """
import json, os, sys
print("a shell's start-up file may say something", flush=True)
print(json.dumps({"held": True, "stale": None, "watcher": os.getppid()}), flush=True)
with open(sys.argv[1], "wb", buffering=0) as file:
    while heard := os.read(0, 4096):
        file.write(heard)
with open(sys.argv[1] + ".ended", "w"):
    pass
"""
# A host that frees the lock after a second of silence.
SLEEPER = """
import json, os, select
print(json.dumps({"held": True, "watcher": os.getppid()}), flush=True)
while select.select([0], [], [], 1)[0] and os.read(0, 4096):
    pass
"""
# Ends with 7 when it is interrupted, but not at once if it is told to be slow.
RUN = """
import sys, time
print("began", flush=True)
try:
    time.sleep(300)
except KeyboardInterrupt:
    if "slow" in sys.argv:
        time.sleep(300)
    sys.exit(7)
"""


@pytest.fixture
def run() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Stands for ansible-playbook's main process."""
    running: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        running.append(
            subprocess.Popen(
                [sys.executable, "-c", RUN, *arguments],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
        )  # fmt: skip
        assert running[-1].stdout is not None
        assert running[-1].stdout.readline() == "began\n"
        return running[-1]

    yield begin
    for each in running:
        each.kill()
        each.communicate()


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., Job]:
    def build(pid: int, **more: Any) -> Job:
        command = [sys.executable, "-c", HEARS, str(tmp_path / "heard")]
        return Job(**{"name": "deploy", "host": "app1", "command": command, "directory": str(tmp_path), "call": {},
                      "pid": pid, "bell": tmp_path / "bell", "beat": 0.2, **more})  # fmt: skip

    return build


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def test_signs_of_life_follow_the_call(run, job, tmp_path: Path) -> None:
    attempt.take(job(run().pid, call={"path": "x"}))
    until(lambda: (tmp_path / "heard").exists() and (tmp_path / "heard").read_bytes().count(b"\n") >= 5)
    call, *beats = (tmp_path / "heard").read_bytes().split(b"\n")
    assert json.loads(call) == {"path": "x"}
    assert set(beats) == {b""}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_end_of_the_run_ends_the_connection(run, job, tmp_path: Path, number: signal.Signals) -> None:
    its = run()
    asked = job(its.pid)
    attempt.take(asked)
    its.send_signal(number)
    until((tmp_path / "heard.ended").exists)
    until(lambda: not attempt.held(asked.bell))


def test_a_run_that_does_not_heed_the_interrupt_is_ended(run, job) -> None:
    """The lock is free after a minute of silence: it must have stopped by then."""
    its = run("slow")
    command = [sys.executable, "-c", "print('{\"held\": true}', flush=True)"]
    assert attempt.take(job(its.pid, command=command)) == {"held": True}
    assert its.wait(timeout=60) == -signal.SIGTERM


def test_a_run_is_told_why_before_it_is_interrupted(run, job) -> None:
    its = run()
    command = [
        sys.executable,
        "-c",
        "print('{\"held\": true}', flush=True); raise SystemExit('Timeout, not responding')",
    ]
    attempt.take(job(its.pid, command=command))
    _, told = its.communicate(timeout=60)
    assert its.returncode == 7
    assert told.startswith("[ERROR]: The lock 'deploy' on app1 is lost: Timeout, not responding\n  so:  This run was")


def test_the_bell_ends_it_and_leaves_the_run_alone(run, job, tmp_path: Path) -> None:
    its = run()
    asked = job(its.pid)
    attempt.take(asked)
    assert attempt.held(asked.bell)
    assert attempt.release(asked.bell)
    assert (tmp_path / "heard.ended").exists(), "the lock was to be free by then"
    assert not attempt.held(asked.bell)
    assert not attempt.release(asked.bell), "there was nothing left to free"
    time.sleep(0.5)
    assert its.poll() is None


def test_a_watcher_that_slept_finds_its_lock_gone(run, job) -> None:
    """A laptop was closed, and the host has freed the lock for its silence: another run may be at work."""
    its = run()
    command = [sys.executable, "-c", SLEEPER]
    watcher = attempt.take(job(its.pid, command=command))["watcher"]
    os.kill(watcher, signal.SIGSTOP)
    time.sleep(2)
    assert its.poll() is None
    os.kill(watcher, signal.SIGCONT)
    assert its.wait(timeout=60) == 7


def test_a_watcher_that_cannot_begin_says_why(job) -> None:
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    assert "ProcessLookupError" in attempt.take(job(gone.pid))["failed"]


def test_where_there_are_no_pidfds_an_end_is_noticed_by_asking(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    its = run()
    seen = Process(its.pid)
    assert seen.waited_for == []
    assert not seen.ended()
    seen.send(signal.SIGINT)
    until(seen.ended)
    with pytest.raises(ProcessLookupError):
        seen.send(signal.SIGINT)
    its.wait()
    with pytest.raises(ProcessLookupError):
        Process(its.pid)
